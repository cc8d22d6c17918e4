"""Words that loosen a figure: bounds ("over", "up to") and approximations ("about", "nearly", "reportedly")."""

from __future__ import annotations

import re
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
_YEAR = re.compile(r"1\d{3}|20\d{2}")
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
    """A span that begins or ends with a figure, with the bound or approximation in words that stands next to it.

    "$10 billion" of "over $10 billion" is a statement that the text does not make. It stays within its line. Years are
    left alone: "over 2019" is no bound.
    """
    span = text[start:end]
    if not any(character.isdigit() for character in span) or _YEAR.fullmatch(span):
        return start, end
    left = max(start - _NEAR, text.rfind("\n", 0, start) + 1)
    line_end = text.find("\n", end)
    right = min(end + _NEAR, len(text) if line_end < 0 else line_end)
    tokens = tokenize(text[left:right])
    inside = [i for i, token in enumerate(tokens) if token.start < end - left and token.end > start - left]
    if not inside:
        return start, end
    first, last = inside[0], inside[-1]
    if _begins_figure(tokens, first):
        for i in range(max(0, first - _LONGEST), first):
            sense, after = hedge_before(tokens, i)
            if sense and after == first and all(_in_words(token) for token in tokens[i:after]):
                start = left + tokens[i].start
                break
    if _ends_figure(tokens, first, last):
        sense, after = hedge_after(tokens, last + 1)
        follows = after < len(tokens) and tokens[after].kind == "number"  # "in 5 towns at least 40 died"
        if sense and not follows and all(_in_words(token) for token in tokens[last + 1 : after]):
            end = left + tokens[after - 1].end
    return start, end


def _in_words(token: Token) -> bool:
    """Not a mark, which may be of Markdown or of a formula, nor the "C." of a name or an address."""
    return token.kind == "word" and not (token.capital and token.text in ("c", "ca"))


def _begins_figure(tokens: Sequence[Token], i: int) -> bool:
    """Whether a number begins at a token, perhaps with a sign or a currency before it."""
    return tokens[i].kind == "number" or (tokens[i].kind == "mark" and _kind(tokens, i + 1) == "number")


def _ends_figure(tokens: Sequence[Token], first: int, last: int) -> bool:
    """Whether the last token is a number, or a unit or scale right behind one."""
    return any(tokens[i].kind == "number" for i in range(max(first, last - 2), last + 1))


def _kind(tokens: Sequence[Token], i: int) -> str:
    return tokens[i].kind if i < len(tokens) else ""
