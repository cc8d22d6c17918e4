"""Amounts, shares and plain numbers in a text, in one notation: "$14.3B" is "14.3 billion dollars"."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

_SCALES = {
    "thousand": 3,
    "k": 3,
    "million": 6,
    "mn": 6,
    "m": 6,
    "billion": 9,
    "bn": 9,
    "b": 9,
    "trillion": 12,
    "tn": 12,
}
_CURRENCIES = {"$": "usd", "us$": "usd", "usd": "usd", "dollar": "usd", "€": "eur", "eur": "eur", "euro": "eur"}
_CURRENCIES |= {"£": "gbp", "gbp": "gbp", "pound": "gbp", "¥": "jpy", "yen": "jpy"}
_QUANTITY = re.compile(
    r"(?P<before>us\$|usd|eur|gbp|[$€£¥])?\s?"
    r"(?<![\w.])(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?:[\s-]?(?P<scale>thousand|million|billion|trillion|bn|mn|tn|[kmb])(?![a-z]))?(?P<plus>\+|-plus)?"
    r"(?:\s?(?P<after>%|percent|per\scent|usd|us\sdollars?|dollars?|eur|euros?|gbp|pounds?|yen)(?![a-z]))?",
    re.IGNORECASE,
)


class Quantity(NamedTuple):
    """A value with its unit: a currency code, "%", or "" for a plain number."""

    value: Decimal
    unit: str


def quantities(text: str) -> list[tuple[int, int, Quantity]]:
    """Every quantity of a text as (start, end, quantity), in order."""
    return [(match.start(), match.end(), _quantity(match)) for match in _QUANTITY.finditer(text)]


def _quantity(match: re.Match[str]) -> Quantity:
    value = Decimal(match["number"].replace(",", "")).scaleb(_SCALES.get((match["scale"] or "").lower(), 0))
    after = (match["after"] or "").lower()
    if after in ("%", "percent") or after.startswith("per"):
        return Quantity(value, "%")
    unit = after.removeprefix("us").strip().rstrip("s") or (match["before"] or "").lower()
    return Quantity(value, _CURRENCIES.get(unit, _CURRENCIES.get(after, "")))
