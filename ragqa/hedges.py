"""Words that loosen a figure: bounds ("over", "up to") and approximations ("about", "nearly", "reportedly")."""

from __future__ import annotations

from collections.abc import Sequence

from ragqa.tokens import Token, tokenize, word_at

_BEFORE = {
    "over": "over, above, beyond, exceeding, exceeds, exceed, exceeded, more than, greater than, higher than, "
    "at least, larger than, upwards of, upward of, north of, in excess of, no less than, no fewer than, not less than, "
    "a minimum of, minimum of, well over, far more than, well above, >, > =, ≥",
    "under": "under, below, less than, fewer than, lower than, smaller than, up to, at most, no more than, not more "
    "than, as much as, as many as, a maximum of, maximum of, south of, well under, well below, <, < =, ≤",
    "nearly": "nearly, almost, just under, just below, a little less than, a little under, slightly less than, "
    "slightly under, slightly below, a bit less than, close to, approaching, not quite, just short of, virtually",
    "barely over": "just over, just above, slightly over, slightly more than, slightly above, a little over, a little "
    "more than, a bit more than, a bit over, barely more than",
    "about": "about, some, around, roughly, circa, c, c ., ca, ca ., approximately, approx, approx ., reportedly, "
    "allegedly, estimated, an estimated, ~, ≈, in the region of, something like, on the order of, perhaps, maybe, "
    "possibly, probably, supposedly, said to be",
    "": "only, exactly, precisely, just, merely, a total of, a record, a combined, as little as, as few as, a full",
}
_AFTER = {
    "over": "+, or more, or higher, or above, or over, - plus, at least, minimum",
    "under": "or less, or fewer, or lower, or below, or under, at most, maximum",
    "about": "or so, or thereabouts, - ish, ish, odd, - odd",
}
_NEAR = 40  # characters on each side of a span in which a hedge is looked for
_LONGEST = 9  # tokens of the hedges before a figure
_STRENGTH = ("", "about", "nearly", "barely over", "under", "over")  # of two hedges the later one counts


def _by_first_word(senses: dict[str, str]) -> dict[str, list[tuple[list[str], str]]]:
    phrases: dict[str, list[tuple[list[str], str]]] = {}
    for sense, listing in senses.items():
        for phrase in listing.split(","):
            words = phrase.split()
            phrases.setdefault(words[0], []).append((words, sense))
    for choices in phrases.values():
        choices.sort(key=lambda choice: -len(choice[0]))
    return phrases


_PREFIXES, _SUFFIXES = _by_first_word(_BEFORE), _by_first_word(_AFTER)
HEDGES = frozenset(_PREFIXES)  # the words that such a phrase begins with


def hedge_before(tokens: Sequence[Token], i: int) -> tuple[str, int]:
    """The sense of the phrases that begin at a token, "" for none, and where they end.

    The sense is "over", "under" (bounds, their end included), "nearly", "barely over" or "about".
    """
    sense = ""
    for _ in range(3):  # "reportedly more than"
        found = _phrase(_PREFIXES, tokens, i)
        if found is None:
            break
        sense, i = max(sense, found[0], key=_STRENGTH.index), found[1]
    return sense, i


def hedge_after(tokens: Sequence[Token], i: int) -> tuple[str, int]:
    """The same for what follows a figure: "10 or more", "20-odd"."""
    return _phrase(_SUFFIXES, tokens, i) or ("", i)


def _phrase(phrases: dict[str, list[tuple[list[str], str]]], tokens: Sequence[Token], i: int) -> tuple[str, int] | None:
    for words, sense in phrases.get(word_at(tokens, i), ()):
        if all(word_at(tokens, i + k) == word for k, word in enumerate(words)):
            return sense, i + len(words)
    return None


def widened(text: str, start: int, end: int) -> tuple[int, int]:
    """A span that begins or ends with a figure, with the bound or approximation that stands next to it.

    "$10 billion" of "over $10 billion" is a statement that the text does not make.
    """
    if not any(character.isdigit() for character in text[start:end]):
        return start, end
    left, right = max(0, start - _NEAR), min(len(text), end + _NEAR)
    tokens = tokenize(text[left:right])
    inside = [i for i, token in enumerate(tokens) if token.start < end - left and token.end > start - left]
    if not inside:
        return start, end
    first, last = inside[0], inside[-1]
    if _is_figure(tokens, first):
        for i in range(max(0, first - _LONGEST), first):
            sense, after = hedge_before(tokens, i)
            if sense and after == first:
                start = left + tokens[i].start
                break
    sense, after = hedge_after(tokens, last + 1)
    if sense:
        end = left + tokens[after - 1].end
    return start, end


def _is_figure(tokens: Sequence[Token], i: int) -> bool:
    """Whether a number begins at a token, perhaps with a sign or a currency before it."""
    return any(token.kind == "number" for token in tokens[i : i + 2]) and (
        tokens[i].kind == "number" or tokens[i].kind == "mark"
    )
