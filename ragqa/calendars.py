"""The calendar dates of English: days, months, seasons, quarters, years, decades, centuries.

A date is read as stretches of days: one, or two where it can be meant in two ways ("10/06/2025"). A date without a
year is put into the year 0. Seasons are those of the northern hemisphere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from ragqa.numerals import ORDINALS, ordinal
from ragqa.tokens import Token, glued, word_at

Day = tuple[int, int, int]  # year, month, day; every month has 31 days
Stretch = tuple[Day, Day]


class Dated(NamedTuple):
    """A date, and where it ends."""

    stretches: tuple[Stretch, ...]
    dated: bool  # with a year
    end: int


_MONTHS = "january february march april may june july august september october november december"
_MONTH = {name: n for n, name in enumerate(_MONTHS.split(), start=1)}
_MONTH |= {name[:3]: n for name, n in _MONTH.items()} | {"sept": 9}
_WORDS_TOO = frozenset({"may", "march", "mar", "jan", "dec", "sep"})  # months only where a date goes on
_SEASON = {"spring": ((3, 1), (6, 21)), "summer": ((6, 1), (9, 22)), "autumn": ((9, 1), (12, 21))}
_SEASON |= {"fall": _SEASON["autumn"], "winter": ((12, 1), (3, 20))}
_QUARTERS = tuple(((3 * n + 1, 1), (3 * n + 3, 31)) for n in range(4))
_HALVES = (((1, 1), (6, 31)), ((7, 1), (12, 31)))
_DECADES = {"twenties": 1920, "thirties": 1930, "forties": 1940, "fifties": 1950, "sixties": 1960, "seventies": 1970}
_DECADES |= {"eighties": 1980, "nineties": 1990}
_PART = dict.fromkeys(("early", "beginning", "start"), "early") | dict.fromkeys(("mid", "middle"), "mid")
_PART |= dict.fromkeys(("late", "end"), "late")
ABOUT = frozenset({"about", "around", "circa", "c", "ca", "approximately", "roughly"})
BOUNDS = {"before": "before", "after": "after", "since": "from", "by": "to", "until": "to", "till": "to"}
BOUNDS |= {
    "following": "after",
    "prior": "before",
    "from": "range",
    "between": "range",
    "post": "after",
    "pre": "before",
}
_LEADS = BOUNDS.keys() | _PART.keys() | ABOUT
_LEADS_YEAR = _LEADS | {"in", "of", "during", "to", "through", "year", "and", "the", "ad"}
# the words that a date, a bound included, can begin with
OPENERS = frozenset((*_MONTH, *_SEASON, *_DECADES, *_LEADS, *ORDINALS, "the", "q", "h", "twenty", "thirty", "fy", "ad"))
OPENERS |= {"fiscal", "'"}


def calendar_date(tokens: Sequence[Token], i: int, *, counting: bool) -> Dated | None:
    """The date that begins at a token; a year by itself is none where a number is looked for (`counting`)."""
    if i >= len(tokens):
        return None
    if tokens[i].text == "the":
        i += 1
    part, j = _part(tokens, i)
    found = _numeric(tokens, j) or _month(tokens, j, after_part=bool(part)) or _part_of_year(tokens, j)
    found = found or _years(tokens, j, counting=counting and not part)
    if found and part:
        return found._replace(stretches=tuple(_narrowed(stretch, part) for stretch in found.stretches))
    return found


def _part(tokens: Sequence[Token], i: int) -> tuple[str, int]:
    """ "Early", "mid-" or "the end of", and where it ends."""
    part = _PART.get(word_at(tokens, i), "")
    if not part:
        return "", i
    needs_of = tokens[i].text not in ("early", "mid", "late")
    j = i + 1 + (word_at(tokens, i + 1) in ("-", "of"))
    return ("", i) if needs_of and word_at(tokens, i + 1) != "of" else (part, j + (word_at(tokens, j) == "the"))


def _narrowed(stretch: Stretch, part: str) -> Stretch:
    """A part of a decade, a year or a month. Parts overlap a little, as the words do."""
    (year, month, day), (last_year, last_month, last_day) = stretch
    if last_year > year:
        span = last_year - year + 1
        low, high = {"early": (0, 0.5), "mid": (0.3, 0.7), "late": (0.5, 1)}[part]
        return (year + int(span * low), 1, 1), (year + max(int(span * high) - 1, 0), 12, 31)
    if (month, last_month) == (1, 12):
        low_month, high_month = {"early": (1, 5), "mid": (4, 9), "late": (8, 12)}[part]
        return (year, low_month, 1), (year, high_month, 31)
    if month == last_month and (day, last_day) == (1, 31):
        low_day, high_day = {"early": (1, 12), "mid": (9, 22), "late": (18, 31)}[part]
        return (year, month, low_day), (year, month, high_day)
    return stretch


def _numeric(tokens: Sequence[Token], i: int) -> Dated | None:
    """ "2025-06-10", "2025-06", "10/06/2025" (which may be June or October), "10.06.2025"."""
    if i >= len(tokens) or tokens[i].kind != "number":
        return None
    numbers, j = tokens[i].text.split("."), i + 1
    marks = {"."} if len(numbers) > 1 else set()
    while word_at(tokens, j) in ("-", "/", ".") and glued(tokens, j) and glued(tokens, j + 1) and len(numbers) < 4:
        if tokens[j + 1].kind != "number":
            break
        marks.add(tokens[j].text)
        numbers += tokens[j + 1].text.split(".")
        j += 2
    values = [int(number) if number.isdecimal() and len(number) < 5 else -1 for number in numbers]
    if len(marks) != 1 or -1 in values:
        return None
    mark = marks.pop()
    if len(numbers[0]) == 4 and mark in "-/":
        if len(values) == 2 and len(numbers[1]) == 2 and 1 <= values[1] <= 12:
            return Dated((((values[0], values[1], 1), (values[0], values[1], 31)),), dated=True, end=j)
        readings = [values] if len(values) == 3 else []
    elif len(values) == 3 and len(numbers[2]) == 4:
        readings = [values[::-1]] + ([[values[2], values[0], values[1]]] if mark != "." else [])
    else:
        return None
    days = sorted({(y, m, d) for y, m, d in readings if 1 <= m <= 12 and 1 <= d <= 31})
    return Dated(tuple((day, day) for day in days), dated=True, end=j) if days else None


def _month(tokens: Sequence[Token], i: int, *, after_part: bool) -> Dated | None:
    """ "June", "June 2025", "June 10, 2025", "10 June 2025", "the 10th of June", "June 10-12"."""
    low, high, j = _days(tokens, i)
    if low:
        j += word_at(tokens, j) == "of" or (word_at(tokens, j) == "-" and glued(tokens, j))
    month = _MONTH.get(word_at(tokens, j), 0)
    if not month:
        return None
    name = tokens[j]
    j += 1
    j += word_at(tokens, j) == "." and len(name.text) < 5
    if not low:
        low, high, j = _days(tokens, j)
    year, end = _year_behind(tokens, j)
    sure = low or year or after_part or name.text not in _WORDS_TOO
    if not sure and not (
        name.capital and word_at(tokens, i - 1) in ("", "in", "since", "until", "by", "of", "to", "from")
    ):
        return None
    return Dated((((year, month, low or 1), (year, month, high or 31)),), bool(year), end)


def _days(tokens: Sequence[Token], i: int) -> tuple[int, int, int]:
    """The first and the last day of "10", "10th", "10-12", 0 for none, and where that ends."""
    low, j = _day(tokens, i + (word_at(tokens, i) == "the"))
    if not low:
        return 0, 0, i
    high, end = _day(tokens, j + 1) if word_at(tokens, j) in ("-", "to", "and") else (0, j)
    return (low, high, end) if high > low else (low, low, j)


def _day(tokens: Sequence[Token], i: int) -> tuple[int, int]:
    """The day of a month that stands at a token, 0 for none, and where it ends."""
    if not 0 <= i < len(tokens):
        return 0, i
    ranked = ordinal(tokens, i)
    if ranked:
        return (ranked[0], ranked[1]) if ranked[0] <= 31 else (0, i)
    text = tokens[i].text
    if text.isdecimal() and len(text) <= 2 and 1 <= int(text) <= 31 and word_at(tokens, i + 1) not in (":", "%"):
        return int(text), i + 1
    return 0, i


def _year_number(tokens: Sequence[Token], i: int) -> int:
    """The year of four digits that stands at a token, 0 for none."""
    text = word_at(tokens, i)
    if len(text) != 4 or not text.isdecimal() or not 1000 <= int(text) < 2200:
        return 0
    joined = glued(tokens, i + 1) and (tokens[i + 1].kind == "word" or tokens[i + 1].text in "%:/")
    return 0 if joined else int(text)


def _year_behind(tokens: Sequence[Token], j: int) -> tuple[int, int]:
    """The year after a month or a season, which "," or "of" may lead in, 0 for none, and where all that ends."""
    k = j + (word_at(tokens, j) in (",", "of", "in", "-"))
    if word_at(tokens, k) == "'" and re.fullmatch(r"\d\d", word_at(tokens, k + 1)):
        year = int(tokens[k + 1].text)
        return (2000 if year < 50 else 1900) + year, k + 2
    year = _year_number(tokens, k)
    return (year, k + 1) if year else (0, j)


def _part_of_year(tokens: Sequence[Token], i: int) -> Dated | None:
    """ "Summer 2025", "Q3", "the third quarter of 2025", "H1 2025", "the second half of 2025"."""
    text, j = word_at(tokens, i), i + 1
    choices, which, sure = _QUARTERS, 0, False  # whether it needs no year to be a date
    if text in _SEASON:
        choices, which = (_SEASON[text],), 1
        # "spring" and "fall" are other words as well
        sure = text in ("summer", "autumn", "winter") or word_at(tokens, i - 1) in ("the", "this", "last", "next")
        sure = sure or (text == "spring" and word_at(tokens, i - 1) in ("", "in"))
    elif text in ("q", "h") and glued(tokens, j) and word_at(tokens, j) in ("1", "2", "3", "4"):
        choices, which, sure = (_QUARTERS if text == "q" else _HALVES), int(tokens[j].text), text == "q"
        j += 1
    elif i < len(tokens) and (ranked := ordinal(tokens, i)) and word_at(tokens, ranked[1]) in ("quarter", "half"):
        quarter = tokens[ranked[1]].text == "quarter"
        choices, which, sure = (_QUARTERS if quarter else _HALVES), ranked[0], quarter
        j = ranked[1] + 1
    year, end = _year_behind(tokens, j)
    if not 1 <= which <= len(choices) or not (year or sure):
        return None
    low, high = choices[which - 1]
    if low <= high:
        return Dated((((year, *low), (year, *high)),), bool(year), end)
    if not year:
        return Dated((((0, *low), (0, 12, 31)), ((0, 1, 1), (0, *high))), dated=False, end=end)
    # "winter 2024" may be the one that ends in it or the one that begins
    return Dated((((year - 1, *low), (year, *high)), ((year, *low), (year + 1, *high))), dated=True, end=end)


def _years(tokens: Sequence[Token], i: int, *, counting: bool) -> Dated | None:
    """ "2025", "the 1990s", "the nineties", "the 19th century", "44 BC", "fiscal 2025"."""
    text = word_at(tokens, i)
    if text == "ad" and word_at(tokens, i + 1).isdecimal() and len(tokens[i + 1].text) <= 4:
        return _span(int(tokens[i + 1].text), int(tokens[i + 1].text), i + 2)
    if text in ("fy", "fiscal"):
        year = _year_number(tokens, i + 1 + (word_at(tokens, i + 1) == "year"))
        # a company's year begins in this one or in the one before
        return _span(year - 1, year, i + 2 + (word_at(tokens, i + 1) == "year")) if year else None
    decade = _DECADES.get(text, 0)
    if re.fullmatch(r"\d{3}0|\d0", text) and glued(tokens, i + 1) and word_at(tokens, i + 1) == "s":
        if len(text) == 4:
            years = 100 if text.endswith("00") and int(text) < 2000 else 10
            return _span(int(text), int(text) + years - 1, i + 2)
        if word_at(tokens, i - 1) in ("the", "'", "early", "late", "mid", "-"):
            return _span(1900 + int(text), 1909 + int(text), i + 2)
    if decade and word_at(tokens, i - 1) in ("the", "early", "late", "mid", "-"):
        return _span(decade, decade + 9, i + 1)
    ranked = ordinal(tokens, i) if i < len(tokens) else None
    if ranked and word_at(tokens, ranked[1] + (word_at(tokens, ranked[1]) == "-")) in ("century", "centuries"):
        end = ranked[1] + 1 + (word_at(tokens, ranked[1]) == "-")
        if word_at(tokens, end) in ("bc", "bce"):
            return _span(-100 * ranked[0], -100 * ranked[0] + 99, end + 1)
        return _span(100 * ranked[0] - 99, 100 * ranked[0], end + (word_at(tokens, end) in ("ad", "ce")))
    return _year(tokens, i, counting=counting)


def _span(first: int, last: int, end: int) -> Dated:
    return Dated((((first, 1, 1), (last, 12, 31)),), dated=True, end=end)


def _year(tokens: Sequence[Token], i: int, *, counting: bool) -> Dated | None:
    era, before = word_at(tokens, i + 1), word_at(tokens, i - 1)
    text = word_at(tokens, i)
    if text.isdecimal() and len(text) <= 4 and era in _ERAS:
        year = -int(text) if era in ("bc", "bce") else int(text)
        return _span(year, year, i + 2)
    year = _year_number(tokens, i)
    if not year:
        return None
    led = before in _LEADS_YEAR or (before in (",", "-", "(") and i > 1)
    led = led or (before == "." and word_at(tokens, i - 2) in ABOUT)
    counts = _counts(tokens, i + 1)
    alone = not counting and i == 0 and not counts
    return _span(year, year, i + 1) if alone or (led and not (counts and before in ("the", "and", ",", "of"))) else None


_ERAS = ("bc", "bce", "ad", "ce")


def _counts(tokens: Sequence[Token], i: int) -> bool:
    """Whether the word at a token is a plural, so that "2000" before it counts."""
    if i >= len(tokens) or tokens[i].kind != "word" or tokens[i].capital:
        return False
    return tokens[i].text.endswith("s") or tokens[i].text in ("people", "men", "women", "children")
