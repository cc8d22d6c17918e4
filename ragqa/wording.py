"""A short text taken apart: its figures, times, states and name, and the words that are left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from ragqa.counting import FUNCTION_WORDS
from ragqa.dates import Period, periods
from ragqa.names import Name, name
from ragqa.quantities import Amount, amounts
from ragqa.states import NEGATORS, State, negated, negates, states
from ragqa.tokens import Token, stem, tokenize, word_at

_ARTICLES = frozenset({"a", "an", "the"})
_BEFORE_TIMES = frozenset({"on", "in", "at"})
_SEPARATORS = frozenset({",", ";", "and", "or"})
_SAYING = frozenset({"said", "says", "say", "according", "also", "now", "already", "just", "only", "yet"})
_SAYS = frozenset({"said", "says", "reported", "reports", "wrote", "writes", "told", "according", "citing"})
_LEADING_IN = frozenset({"in", "at", "on", "for", "among", "by", "per", "near"})
_MOST_COMPARED = 16  # figures of a text, and times: an answer has fewer
HOLLOW = FUNCTION_WORDS | NEGATORS | _SAYING  # words that tell nothing of what a text is about

Item = str | Amount | Period


class Wording(NamedTuple):
    """A text as the grammars see it."""

    items: tuple[Item, ...]  # its words, with figures and times in their places
    meaning: tuple[object, ...]  # the same, equal for equal figures and times
    parts: tuple[tuple[object, ...], ...]  # of a list
    content: frozenset[str]  # stems of the words that are no figure, time or function word
    stating: frozenset[str]  # those of them that name a state
    names: frozenset[str]  # those of them with a capital, but for whoever said it
    scope: frozenset[str]  # those of the words that "in", "for" or the like leads in
    amounts: tuple[Amount, ...]
    periods: tuple[Period, ...]
    states: dict[int, State]
    negative: bool
    denied: frozenset[str]  # stems of the words that its negations reach
    name: Name | None


@lru_cache(maxsize=4096)
def read(text: str, *, counting: bool) -> Wording:
    """Read a short text.

    Args:
        text: an answer; the words of very long ones would be kept for long, so cut those off before.
        counting: whether a number is looked for, so that "2019" by itself is no year.
    """
    tokens = tokenize(text)
    times = periods(tokens, counting=counting)
    rest = _without(tokens, times)
    figures = amounts(rest)
    rest = _without(rest, figures)
    held, places = states(rest)
    found: list[Amount | Period] = [*times, *figures]
    items, parts = _items(tokens, {thing.first: thing for thing in found})
    words = [(i, token) for i, token in enumerate(rest) if token.kind == "word" and token.text not in HOLLOW]
    names = [token for i, token in words if token.capital and i not in places and not _says(tokens, i)]
    return Wording(
        items=items,
        meaning=_meaning(items),
        parts=tuple(map(_meaning, parts)),
        content=frozenset(stem(token.text) for _, token in words),
        stating=frozenset(stem(token.text) for i, token in words if i in places),
        names=frozenset(stem(token.text) for token in names),
        scope=frozenset(stem(token.text) for i, token in words if _led_in(tokens, i)),
        amounts=tuple(figure for figure in figures[:_MOST_COMPARED] if word_at(tokens, figure.last) != "ago"),
        periods=tuple(times[:_MOST_COMPARED]),
        states=held,
        negative=any(negates(rest, i) for i in range(len(rest))),
        denied=frozenset(stem(token.text) for i, token in words if negated(rest, i)),
        name=name(tokens) if any(isinstance(item, str) for item in items) else None,
    )


def _without(tokens: Sequence[Token], found: Iterable[Amount | Period]) -> list[Token]:
    """The tokens with those of figures or times blanked, so that nothing else is read into them."""
    rest = list(tokens)
    for thing in found:
        for i in range(thing.first, thing.last):
            rest[i] = rest[i]._replace(text="", kind="mark")
    return rest


def _items(tokens: Sequence[Token], found: dict[int, Amount | Period]) -> tuple[tuple[Item, ...], list[list[Item]]]:
    items: list[Item] = []
    parts: list[list[Item]] = [[]]
    i = 0
    while i < len(tokens):
        thing, text = found.get(i), tokens[i].text
        if thing is not None:
            if isinstance(thing, Period) and items and items[-1] in _BEFORE_TIMES:
                items.pop()
                parts[-1] = parts[-1][:-1]
            items.append(thing)
            parts[-1].append(thing)
            i = thing.last
            continue
        if text in _SEPARATORS:
            parts.append([])
        if tokens[i].kind != "mark" and text not in _ARTICLES:
            items.append(text.removesuffix("'s"))
            if text not in _SEPARATORS and text != "both":
                parts[-1].append(text.removesuffix("'s"))
        i += 1
    if len(items) > 1 and items[0] in _BEFORE_TIMES:
        items, parts[0] = items[1:], parts[0][1:]
    return tuple(items), [part for part in parts if part]


def _meaning(items: Iterable[Item]) -> tuple[object, ...]:
    return tuple(item if isinstance(item, str) else item.meaning for item in items)


def _says(tokens: Sequence[Token], i: int) -> bool:
    """Whether a name is of a source: "Reuters reported", "according to Anna Berg"."""
    before = after = i
    while before > 0 and tokens[before].capital:
        before -= 1
    while after < len(tokens) - 1 and tokens[after].capital:
        after += 1
    before -= tokens[before].text == "to"
    return tokens[after].text in _SAYS or tokens[max(before, 0)].text in _SAYS


def _led_in(tokens: Sequence[Token], i: int) -> bool:
    before = i - 2 if word_at(tokens, i - 1) in _ARTICLES else i - 1
    return word_at(tokens, before) in _LEADING_IN and tokens[i].text not in ("total", "all", "cash")
