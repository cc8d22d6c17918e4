from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragqa.dates import Period, overlap, periods, refines
from ragqa.tokens import tokenize


def read(text: str, *, counting: bool = False) -> list[Period]:
    return periods(tokenize(text), counting=counting)


def first(text: str) -> Period:
    return read(text)[0]


@pytest.mark.parametrize(
    "texts",
    [
        "June 2025|2025-06|June, 2025|Jun 2025|June of 2025|in June 2025",
        "June 10, 2025|10 June 2025|10th June 2025|the 10th of June, 2025|2025-06-10|10.06.2025",
        "2025/06/10|10 Jun. 2025|June 10 2025",
        "31/03/2026|03/31/2026|31 March 2026|2026-03-31",
        "June 10|10 June|June 10th|the tenth of June",
        "June 10-12, 2025|10-12 June 2025|10 to 12 June 2025",
        "Sept. 11, 2001|September 11, 2001|11 Sep 2001",
        "2010-2014|2010–14|from 2010 to 2014|between 2010 and 2014|2010 to 2014",
        "June to August 2025|between June and August 2025|June-August 2025",
        "the 1990s|the '90s|the nineties|the 90s",
        "the 19th century|the nineteenth century",
        "44 BC|44 BCE",
        "AD 79|79 AD|79 CE",
        "Q3 2025|the third quarter of 2025|third quarter 2025|Q3 of 2025",
        "H2 2025|the second half of 2025",
        "fall 2024|autumn 2024|the fall of 2024",
        "mid-2025|mid 2025|the middle of 2025",
        "early June|the beginning of June|the start of June",
        "late 2025|the end of 2025",
        "3 pm|3 p.m.|3pm|3 in the afternoon",
        "3:30 pm|3.30pm|15:30",
        "noon|12:00 pm",
        "Tuesday, June 10|on Tuesday 10 June",
        "around 1850|c. 1850|about 1850",
    ],
)
def test_wordings_of_one_time(texts: str) -> None:
    meanings = {text: [period.meaning for period in read(text)] for text in texts.split("|")}
    assert all(len(found) == 1 for found in meanings.values()), meanings
    assert len({found[0] for found in meanings.values()}) == 1, meanings


@pytest.mark.parametrize(
    "text",
    [
        *("", "may", "she may go", "march", "they march on", "fall", "prices fall", "second", "the first", "24 hours"),
        *(
            "2000 people",
            "1,200",
            "14.3",
            "World Cup 2022",
            "Theresa May",
            "10 people",
            "in total",
            "3:75",
            "25 pm",
            "'",
        ),
    ],
)
def test_what_is_no_time(text: str) -> None:
    assert read(text) == []


@pytest.mark.parametrize(("text", "counting", "found"), [("2019", False, 1), ("2019", True, 0), ("in 2019", True, 1)])
def test_a_year_by_itself_may_be_a_number(text: str, counting: bool, found: int) -> None:
    assert len(read(text, counting=counting)) == found


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("June 2025", "June 10, 2025", True),
        ("2025", "June 10, 2025", True),
        ("June 2025", "July 2025", False),
        ("June 10", "June 10, 2025", True),
        ("June 10", "June 11, 2025", False),
        ("June 2024", "June 2025", False),
        ("June 10-12", "June 11", True),
        ("June 10-12", "June 13", False),
        ("early June", "June 5", True),
        ("early June", "June 25", False),
        ("early June", "late June", False),
        ("mid-June", "June 15", True),
        ("late 2025", "November 2025", True),
        ("late 2025", "March 2025", False),
        ("early 2025", "late 2025", False),
        ("summer 2025", "July 2025", True),
        ("summer 2025", "December 2025", False),
        ("winter 2024", "January 2024", True),
        ("winter 2024", "January 2025", True),
        ("winter 2024", "July 2024", False),
        ("winter", "January", True),
        ("winter", "summer", False),
        ("winter", "July 2024", False),
        ("Q3 2025", "August 2025", True),
        ("Q3 2025", "October 2025", False),
        ("the 1990s", "1994", True),
        ("the 1990s", "2000", False),
        ("the early 1990s", "1991", True),
        ("the early 1990s", "1998", False),
        ("the 1800s", "1855", True),
        ("the 19th century", "1900", True),
        ("the 19th century", "1800", False),
        ("the 5th century BC", "450 BC", True),
        ("44 BC", "44 AD", False),
        ("before 2020", "2019", True),
        ("before 2020", "2021", False),
        ("after 2020", "2021", True),
        ("after 2020", "2019", False),
        ("since 2019", "2019", True),
        ("by 2025", "2025", True),
        ("by 2025", "2026", False),
        ("before June", "July", True),
        ("about 1850", "1856", True),
        ("about 1850", "1870", False),
        ("around 10 June", "12 June", True),
        ("10/06/2025", "June 10, 2025", True),
        ("10/06/2025", "October 6, 2025", True),
        ("10/06/2025", "June 6, 2025", False),
        ("25/06/2025", "June 25, 2025", True),
        ("2010-14", "2012", True),
        ("2010-14", "2015", False),
        ("fiscal 2025", "2024", True),
        ("3 pm", "3:10 pm", True),
        ("3 pm", "3:30 pm", False),
        ("3:00 pm", "3:10 pm", False),
        ("3:30", "15:30", True),
        ("3:30 am", "15:30", False),
        ("3 pm GMT", "3 pm GMT", True),
        ("3 pm GMT", "5 pm GMT", False),
        ("3 pm GMT", "5 pm ET", True),
        ("before 3 pm", "2 pm", True),
        ("before 3 pm", "5 pm", False),
        ("noon", "midnight", False),
        ("Tuesday", "June 10", True),
        ("Tuesday", "Wednesday", True),
        ("June 10 at 3 pm", "June 10 at 5 pm", False),
    ],
)
def test_whether_two_times_can_be_one(one: str, other: str, expected: bool) -> None:
    assert overlap(first(one), first(other)) is expected
    assert overlap(first(other), first(one)) is expected


@pytest.mark.parametrize(
    ("full", "short", "expected"),
    [
        ("June 10, 2025", "June 10", True),
        ("Tuesday, June 10", "June 10", True),
        ("Tuesday, June 10", "Tuesday", True),
        ("June 10 at 3 pm", "3 pm", True),
        ("June 2025", "June", True),
        ("June 10, 2025", "June 2025", False),
        ("June 2025", "2025", False),
        ("June 10", "June 10, 2025", False),
        ("June 11, 2025", "June 10", False),
        ("before June 10", "June 10", False),
        ("winter 2024", "winter", False),
    ],
)
def test_whether_a_time_is_another_told_in_full(full: str, short: str, expected: bool) -> None:
    assert refines(first(full), first(short)) is expected


TEXT = "2025 June 10 - / 06 , of the early late 1990 s 19th century BC before between and to at 3 : 30 pm Tuesday ' Q 3"
PIECES = [*TEXT.split(), "winter", "2025-06-10", "10.06.2025", "1990s", "Q3", "may", "noon", "second", "half", "mid"]


@given(text=st.text(max_size=40) | st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join))
def test_times_are_in_order_and_do_not_overlap(text: str) -> None:
    tokens = tokenize(text)
    found = periods(tokens)
    assert all(0 <= period.first < period.last <= len(tokens) for period in found)
    assert all(one.last <= other.first for one, other in pairwise(found))
    for period in found:
        assert overlap(period, period)
        assert refines(period, period)
        assert all(low <= high for low, high in period.stretches), period
