"""Dates and times of day in a text: "June 2025" is "2025-06", and has 10 June in it.

A period is kept as stretches of days on a calendar, so that two of them are compared by whether they overlap. A date
without a year is kept in the year 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ragqa.calendars import ABOUT, BOUNDS, OPENERS, Dated, Stretch, calendar_date
from ragqa.tokens import Token, glued, word_at

_EVER, _NEVER = (9999, 12, 31), (-9999, 1, 1)


class Period(NamedTuple):
    """A time as a text gives it: a calendar date, a day of the week, a time of day, or several of these."""

    first: int  # its tokens
    last: int
    stretches: tuple[Stretch, ...] = ()  # more than one when it may be read in two ways; none without a date
    dated: bool = False  # with a year
    weekday: int | None = None
    clock: tuple[int, int, bool] | None = None  # minutes of the day, from and to; whether a.m. or p.m. is known
    zone: str = ""
    bound: str = ""  # "before" or "after"

    @property
    def meaning(self) -> tuple[object, ...]:
        """Equal for periods that say the same, in whatever wording."""
        return self[2:]


def overlap(one: Period, other: Period) -> bool:
    """Whether two periods can be the same time, by all that both of them tell but the day of the week."""
    if one.stretches and other.stretches:
        ours, theirs = _same_years(one, other)
        if not any(a[0] <= b[1] and b[0] <= a[1] for a in ours for b in theirs):
            return False
    if one.clock and other.clock and one.zone == other.zone:
        return _clocks_overlap(one.clock, other.clock)
    return True


def refines(full: Period, short: Period) -> bool:
    """Whether one period is the other with its year, weekday or hour told: 10 June 2025 after 10 June.

    A day is no fuller wording of its month.
    """
    if short.stretches:
        ours, theirs = _same_years(full, short)
        if ours != theirs or (short.dated and not full.dated):
            return False
    told = (short.weekday in (None, full.weekday), short.clock in (None, full.clock), short.zone in ("", full.zone))
    return all(told) and full.bound == short.bound


def _same_years(one: Period, other: Period) -> tuple[tuple[Stretch, ...], tuple[Stretch, ...]]:
    if one.dated == other.dated:
        return one.stretches, other.stretches
    return tuple(_without_year(one)), tuple(_without_year(other))


def _without_year(period: Period) -> Iterator[Stretch]:
    for (year, *low), (other_year, *high) in period.stretches:
        first, last = (0, low[0], low[1]), (0, high[0], high[1])
        if year == other_year:
            yield first, last
        elif other_year == year + 1 and low > high:  # over the turn of a year
            yield first, (0, 12, 31)
            yield (0, 1, 1), last
        else:
            yield (0, 1, 1), (0, 12, 31)


def _clocks_overlap(one: tuple[int, int, bool], other: tuple[int, int, bool]) -> bool:
    shifts = (-720, 0, 720) if not (one[2] and other[2]) else (0,)
    return any(one[0] + shift <= other[1] and other[0] <= one[1] + shift for shift in shifts)


_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday"
_WEEKDAY = {name: n for n, name in enumerate(_WEEKDAYS.split())}
_ZONE_NAMES = "utc gmt bst cet cest est edt et cst cdt mst pst pdt pt ist jst aest"
_ZONES = frozenset(_ZONE_NAMES.split())
_OPENERS = OPENERS | _WEEKDAY.keys() | {"noon", "midnight"}


def periods(tokens: Sequence[Token], *, counting: bool = False) -> list[Period]:
    """Every date and time among the tokens of a text, in order.

    Args:
        tokens: of the text.
        counting: whether a number is looked for, so that "2019" by itself is no year.
    """
    found, i = [], 0
    while i < len(tokens):
        period = None
        if tokens[i].kind == "number" or tokens[i].text in _OPENERS:
            period = _period(tokens, i, counting=counting)
        if period:
            found.append(period)
        i = period.last if period else i + 1
    return found


def _period(tokens: Sequence[Token], i: int, *, counting: bool) -> Period | None:
    bound, j = BOUNDS.get(tokens[i].text, ""), i
    if bound:
        j += 2 if word_at(tokens, i + 1) in ("to", "-") else 1
    about = word_at(tokens, j) in ABOUT
    j += about + (about and word_at(tokens, j + 1) == ".")
    found, weekday, clock, zone = None, None, None, ""
    last = j
    for _ in range(3):  # a weekday, a date and an hour, in any order
        k = last
        while k > j and word_at(tokens, k) in (",", "at", "on", "of", "the", "around", "about", "in", "."):
            k += 1
        if weekday is None and word_at(tokens, k) in _WEEKDAY:
            weekday, last = _WEEKDAY[tokens[k].text], k + 1
        elif clock is None and (timed := _clock(tokens, k)):
            clock, zone, last = timed
        elif found is None and (found := calendar_date(tokens, k, counting=counting and not bound)):
            found = _to(tokens, found, ranged=bound == "range", counting=counting)
            last = found.end
        else:
            break
    if last == j:
        return None
    stretches, dated, _ = found or ((), False, 0)
    if about:
        stretches = tuple(_widened(stretch) for stretch in stretches)
    if clock and not stretches:
        clock = _bounded_clock(clock, bound)
    return Period(i, last, *_bounded(stretches, dated, bound), weekday, clock, zone, _KEPT.get(bound, ""))


def _bounded_clock(clock: tuple[int, int, bool], bound: str) -> tuple[int, int, bool]:
    low, high, sure = clock
    return (0 if bound in ("before", "to") else low), (1439 if bound in ("after", "from") else high), sure


_KEPT = {"before": "before", "to": "before", "after": "after", "from": "after"}


def _bounded(stretches: tuple[Stretch, ...], dated: bool, bound: str) -> tuple[tuple[Stretch, ...], bool]:
    if not stretches or bound in ("", "range"):
        return stretches, dated
    low, high = stretches[0][0], stretches[-1][1]
    ends = {"before": (_NEVER, low), "to": (_NEVER, high), "after": (high, _EVER), "from": (low, _EVER)}
    if not dated:  # "before June" may be of any year
        return ((_NEVER, _EVER),), True
    return (ends[bound],), True


def _widened(stretch: Stretch) -> Stretch:
    """The years that "about 1850" may be, the weeks of "around 10 June"."""
    (year, month, day), (last_year, last_month, last_day) = stretch
    if (month, last_month) == (1, 12):
        years = 10 if year < 1900 else 3
        return (year - years, month, day), (last_year + years, last_month, last_day)
    return (year, max(month - 1, 1), day), (last_year, min(last_month + 1, 12), last_day)


def _to(tokens: Sequence[Token], found: Dated, *, ranged: bool, counting: bool) -> Dated:
    """The range of which a date is the beginning: "2010-14", "June to August 2025", "2019 to present"."""
    stretches, dated, j = found
    joint = word_at(tokens, j)
    if joint not in ("-", "to", "through", "until", "till", "and") or (joint == "and" and not ranged):
        return found
    if word_at(tokens, j + 1) in ("present", "today", "now") and dated:
        return Dated(((stretches[0][0], _EVER),), dated=True, end=j + 2)
    low = stretches[0][0]
    short = tokens[j + 1] if j + 1 < len(tokens) else None
    if short and dated and joint == "-" and re.fullmatch(r"\d\d", short.text) and low[1:] == (1, 1):
        year = low[0] // 100 * 100 + int(short.text)
        return Dated(((low, (year, 12, 31)),), dated=True, end=j + 2) if year > low[0] else found
    other = calendar_date(tokens, j + 1, counting=counting)
    if other is None:
        return found
    high = other.stretches[-1][1]
    if other.dated and not dated:
        low = (high[0], *low[1:])
    elif dated and not other.dated:
        high = (stretches[0][1][0], *high[1:])
    return Dated(((low, high),), dated or other.dated, other.end) if low <= high else found


def _clock(tokens: Sequence[Token], i: int) -> tuple[tuple[int, int, bool], str, int] | None:
    """ "3 pm", "3:30 p.m.", "15:30 GMT", "noon": minutes from and to, the time zone, and where it ends."""
    text = word_at(tokens, i)
    if text in ("noon", "midnight"):
        minutes = 720 if text == "noon" else 0
        return (minutes, minutes, True), *_zone(tokens, i + 1)
    hours, _, decimals = text.partition(".")
    if not hours.isdecimal() or len(hours) > 2 or int(hours) > 23:
        return None
    hour, minute, j = int(hours), 0, i + 1
    exact = bool(decimals)
    if exact and re.fullmatch("[0-5][0-9]", decimals):
        minute = int(decimals)
    elif exact:
        return None
    elif word_at(tokens, j) == ":" and glued(tokens, j) and re.fullmatch("[0-5][0-9]", word_at(tokens, j + 1)):
        minute, j, exact = int(tokens[j + 1].text), j + 2, True
    half, j = _half_of_day(tokens, j)
    if (not half and (decimals or not exact)) or (half in ("am", "pm") and not 1 <= hour <= 12):
        return None
    if half in ("am", "pm"):
        hour = hour % 12 + (12 if half == "pm" else 0)
    minutes = hour * 60 + minute
    slack = 0 if exact else 15  # "3 pm" is also said of ten past
    return (minutes - slack, minutes + slack, half in ("am", "pm") or hour > 12 or hours[0] == "0"), *_zone(tokens, j)


def _half_of_day(tokens: Sequence[Token], j: int) -> tuple[str, int]:
    word = word_at(tokens, j)
    if word in ("am", "pm"):
        return word, j + 1
    clock = word == "o'clock"
    j += clock
    if word_at(tokens, j) == "in" and word_at(tokens, j + 1) == "the":
        half = {"morning": "am", "afternoon": "pm", "evening": "pm"}.get(word_at(tokens, j + 2), "")
        if half:
            return half, j + 3
    return ("o'clock" if clock else ""), j


def _zone(tokens: Sequence[Token], j: int) -> tuple[str, int]:
    return (tokens[j].text, j + 1) if word_at(tokens, j) in _ZONES else ("", j)
