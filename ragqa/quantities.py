"""Amounts, shares, measures and counts in a text, in one notation: "$14.3B" is "14.3 billion dollars".

`amounts` reads bounds, approximations, ranges, units and what is counted; `agree` says whether two of them can be the
same figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ragqa.counting import currency_before, label, nouns_after, unit_after
from ragqa.hedges import HEDGES, hedge_after, hedge_before
from ragqa.numerals import NUMBER_WORDS, Numeral, numeral, ordinal
from ragqa.tokens import Token, glued, word_at
from ragqa.units import MONEY, PREFIXES, UNITS, Unit


class Amount(NamedTuple):
    """A figure as a text gives it, in the base unit of what it measures."""

    first: int  # its tokens
    last: int
    low: float  # as written: the ends of a range, otherwise equal
    high: float
    sense: str  # as `hedges` names them, "" for the plain figure
    unit: Unit  # that it was written in
    nouns: frozenset[str]  # stems of the words for what is counted
    step: float  # of the figure's last significant digit
    slack: float  # that rounding allows

    @property
    def dimension(self) -> str:
        """A currency, "%", "length", "ordinal", "score"; "" for a number and for a count of things."""
        return self.unit.dimension

    @property
    def bare(self) -> bool:
        """Whether it has neither a unit nor a noun, and takes what the question asks for."""
        return not self.unit.dimension and not self.nouns

    def measured(self, unit: Unit) -> Amount:
        """A bare number as one of a unit: "28" as 28 years."""
        low, high = self.low * unit.factor + unit.offset, self.high * unit.factor + unit.offset
        return self._replace(
            low=low, high=high, unit=unit, step=self.step * unit.factor, slack=self.slack * unit.factor
        )

    @property
    def meaning(self) -> tuple[object, ...]:
        """Equal for amounts that say the same, in whatever wording."""
        low, high = float(f"{self.low:.10g}"), float(f"{self.high:.10g}")  # 14.3 * 1e9 is not 14300 * 1e6
        return low, high, self.sense, self.dimension, self.nouns

    @property
    def admits(self) -> tuple[float, float]:
        """The least and the greatest figure that the wording allows."""
        if self.sense == "over":
            return self.low, _INFINITE
        if self.sense == "under":
            return -_INFINITE, self.high
        if self.dimension == "score":
            return (self.low * 1000 + self.high,) * 2
        tenth = abs(self.high) / 10
        if self.sense == "about":
            coarse = self.step * 10 if self.step and round(self.high / self.step, 6) % 10 == 0 else self.step
            around = max(self.slack, min(coarse / 2, tenth))  # what rounds to it
            return self.low - around, self.high + around
        if self.sense == "nearly":
            return self.low - max(tenth, self.slack), self.high + tenth / 10
        if self.sense == "barely over":
            return self.low - tenth / 10, self.high + tenth
        return self.low, self.high


_INFINITE = float("inf")
_CONVERTED = 0.02  # how far "3 miles" may be from "4.8 km", or 52 weeks from a year


def agree(one: Amount, other: Amount) -> bool:
    """Whether two amounts of one dimension can be the same figure: equal, rounded, or within a bound or a range."""
    (low, high), (other_low, other_high) = one.admits, other.admits
    gap = max(low - other_high, other_low - high)
    if gap <= 0:
        return True
    size = max(abs(one.high), abs(other.high))
    coarse = max(one, other, key=lambda amount: amount.step)
    allowed = size * 1e-9
    if coarse.sense not in ("over", "under", "about"):  # whose range has it already
        allowed += coarse.slack
    if one.unit != other.unit:
        allowed = max(allowed, size * _CONVERTED)
    return gap <= allowed


_OPENERS = HEDGES | NUMBER_WORDS | PREFIXES.keys() | {"us", "ca", "au", "hk", "r", "between", "from", "minus", "-"}


def amounts(tokens: Sequence[Token]) -> list[Amount]:
    """Every amount among the tokens of a text, in order."""
    found, i = [], 0
    while i < len(tokens):
        amount = None
        if tokens[i].kind == "number" or tokens[i].text in _OPENERS or "⁄" in tokens[i].text:
            amount = _amount(tokens, i)
        amount = amount or _ranked(tokens, i)
        if amount:
            found.append(amount)
        i = amount.last if amount else i + 1
    return found


class _Figure(NamedTuple):
    """One number with its unit, before ranges are made of two."""

    last: int
    value: float
    number: Numeral
    unit: Unit
    nouns: frozenset[str]
    sense: str


def _amount(tokens: Sequence[Token], i: int) -> Amount | None:
    sense, j = hedge_before(tokens, i)
    ranged = word_at(tokens, j) in ("between", "from")
    one = _figure(tokens, j + ranged)
    if one is None or (j == i and _names(tokens, i, one)):
        return None
    other = _second(tokens, one, ranged=ranged)
    if other is not None:
        return _range(tokens, i, one, other, sense, ranged=ranged)
    one = _with_smaller_unit(tokens, one)
    suffix, last = hedge_after(tokens, one.last)
    return _made(i, last, one, one, sense or one.sense or suffix)


def _made(first: int, last: int, low: _Figure, high: _Figure, sense: str) -> Amount:
    unit = high.unit
    top = high.number.most or high.value
    return Amount(
        first,
        last,
        low.value * unit.factor + unit.offset,
        top * unit.factor + unit.offset,
        sense,
        unit,
        high.nouns,
        high.number.step * unit.factor,
        high.number.slack * unit.factor,
    )


def _figure(tokens: Sequence[Token], i: int, *, second: bool = False) -> _Figure | None:
    currency, j = currency_before(tokens, i)
    minus = word_at(tokens, j) == "minus" or (word_at(tokens, j) == "-" and not glued(tokens, j))
    j += minus
    if j >= len(tokens) or ordinal(tokens, j) or (minus and tokens[j].kind != "number"):
        return None
    number = numeral(tokens, j, money=bool(currency)) or _article(tokens, j)
    if number is None or (not currency and not second and _inside_word(tokens, j)):
        return None
    sense, after = hedge_after(tokens, number.end)
    unit, nouns, last = unit_after(tokens, after, number, currency)
    if last == number.end and last < len(tokens) and tokens[last].kind == "word" and glued(tokens, last):
        return None  # "3D", "747s"
    value = -number.value if minus else number.value
    return _Figure(last, value, number, unit, nouns, sense)


def _article(tokens: Sequence[Token], i: int) -> Numeral | None:
    """ "A year", "an hour"; "a second attempt" is no time."""
    unit = UNITS.get((word_at(tokens, i + 1),))
    if tokens[i].text not in ("a", "an") or unit is None or unit.dimension != "duration":
        return None
    return Numeral(1, 1, 0, i + 1) if word_at(tokens, i + 1) != "second" else None


def _inside_word(tokens: Sequence[Token], i: int) -> bool:
    """Whether a number is a piece of something else: "A320", "COVID-19", "1.2.3", "24/7"."""
    if tokens[i].kind != "number":
        return False
    after = word_at(tokens, i + 1) in ("/", ":", ".") and glued(tokens, i + 1)
    if after and glued(tokens, i + 2) and word_at(tokens, i + 1) != "/" and tokens[i + 2].kind == "number":
        return True
    if not glued(tokens, i):
        return False
    before = tokens[i - 1]
    if before.kind == "word":
        return before.text not in ("c", "ca")
    return before.text in "/:.-" and glued(tokens, i - 1)


def _names(tokens: Sequence[Token], i: int, figure: _Figure) -> bool:
    """Whether a plain number belongs to a name: "Apollo 11", "Article 5", "No. 10"."""
    return not figure.unit.dimension and figure.number.scale == 1 and label(tokens, i, counts=bool(figure.nouns))


def _second(tokens: Sequence[Token], one: _Figure, *, ranged: bool) -> _Figure | None:
    """The second number of "10-12", "$10 to $12 million", "between 10 and 12"."""
    joint = word_at(tokens, one.last)
    if joint not in ("-", "to", "or") and not (joint == "and" and ranged):
        return None
    if one.nouns or one.last + 1 >= len(tokens):
        return None
    other = _figure(tokens, one.last + 1, second=True)
    if other is None or one.number.most:
        return None
    if one.unit.dimension in MONEY and not other.unit.dimension and not other.nouns:
        other = other._replace(unit=one.unit)  # "$10-12 million"
    if one.unit.dimension not in ("", other.unit.dimension):
        return None
    return other if joint != "or" or one.value < other.value else None


def _range(
    tokens: Sequence[Token], first: int, one: _Figure, other: _Figure, sense: str, *, ranged: bool
) -> Amount | None:
    scale = other.number.scale
    if one.number.scale == 1 < scale and one.value * scale <= other.value * (1 + 1e-9):
        one = one._replace(value=one.value * scale)  # "10 to 12 billion"
    suffix, last = hedge_after(tokens, other.last)
    amount = _made(first, last, one, other, sense or other.sense or suffix)
    if one.unit.dimension and one.unit != other.unit:  # "90 cm to 1.2 m"
        amount = amount._replace(low=one.value * one.unit.factor + one.unit.offset)
    if amount.low <= amount.high:
        return amount
    if ranged:
        return amount._replace(low=amount.high, high=amount.low)
    return amount._replace(unit=Unit("score")) if not amount.dimension else None


def _with_smaller_unit(tokens: Sequence[Token], one: _Figure) -> _Figure:
    """ "5 feet 10 inches", "2 hours and 30 minutes", "a year and a half"."""
    j = one.last
    if one.unit.dimension not in ("duration", "length", "mass"):
        return one
    if [word_at(tokens, j + k) for k in range(3)] == ["and", "a", "half"]:
        return one._replace(value=one.value + 0.5, last=j + 3, number=one.number._replace(step=0.1, slack=0.05))
    j += word_at(tokens, j) in ("and", ",")
    smaller = _figure(tokens, j) if j < len(tokens) and tokens[j].kind == "number" else None
    if smaller is None or smaller.unit.dimension != one.unit.dimension or smaller.unit.factor >= one.unit.factor:
        return one
    share = smaller.unit.factor / one.unit.factor
    number = one.number._replace(step=smaller.number.step * share, slack=smaller.number.slack * share)
    return one._replace(value=one.value + smaller.value * share, last=smaller.last, number=number)


def _ranked(tokens: Sequence[Token], i: int) -> Amount | None:
    """An ordinal: "third" is not three things."""
    found = ordinal(tokens, i)
    if found is None:
        return None
    nouns, last = nouns_after(tokens, found[1])
    return Amount(i, max(last, found[1]), found[0], found[0], "", Unit("ordinal"), nouns, 1, 0)
