from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragqa.quantities import Amount, agree, amounts
from ragqa.tokens import tokenize


def told(text: str) -> list[str]:
    """The amounts of a text in a short notation: sense, figures, dimension, nouns."""
    return [
        " ".join(
            part
            for part in (
                amount.sense,
                "-".join(f"{value:.10g}" for value in dict.fromkeys((amount.low, amount.high))),
                amount.dimension,
                *sorted(amount.nouns),
            )
            if part
        )
        for amount in amounts(tokenize(text))
    ]


@pytest.mark.parametrize(
    ("texts", "meaning"),
    [
        # money
        ("$14.3B|14.3 billion dollars|USD 14.3bn|US$14.3 billion|14,300 million US dollars", "1.43e+10 usd"),
        ("fourteen point three billion dollars|$14.3-billion", "1.43e+10 usd"),
        ("£5m|5 million pounds|£5 million|five million pounds sterling|GBP 5m", "5000000 gbp"),
        ("€12|12 euros|EUR 12|twelve euros", "12 eur"),
        ("$5k|$5,000|5,000 dollars|five thousand dollars", "5000 usd"),
        ("a million dollars|$1 million|$1m|$1,000,000", "1000000 usd"),
        ("A$5 million|AUD 5m|5 million Australian dollars", "5000000 aud"),
        ("Rs 500|₹500|500 rupees", "500 inr"),
        ("50 pence", "0.5 gbp"),
        ("$2tn|$2 trillion", "2e+12 usd"),
        # shares
        ("49%|49 percent|49 per cent|forty-nine percent|49 pct", "49 %"),
        ("half|50%|one half|½|1/2", "50 %"),
        ("one in five|20%|a fifth|one fifth|1 in 5|two out of ten|1/5", "20 %"),
        ("three quarters|three-quarters|75%|¾", "75 %"),
        ("a quarter of a percent", "0.25 %"),
        ("2 percentage points", "2 points"),
        ("25 basis points", "0.25 points"),
        # numbers
        ("fourteen|14", "14"),
        ("twenty-five|twenty five|25", "25"),
        ("two hundred and fifty|250", "250"),
        ("a hundred and twenty|120", "120"),
        ("two thousand three hundred|2,300|2 300", "2300"),
        ("half a million|500,000|half-million", "500000"),
        ("two and a half million|2.5 million|2½ million", "2500000"),
        ("two dozen|24", "24"),
        ("a dozen|twelve", "12"),
        ("a couple|two|a pair", "2"),
        ("minus 5|-5|−5", "-5"),
        ("1,234,567.89", "1234567.89"),
        # counts
        ("1,200 employees|1200 workers|1,200 full-time employees|1,200 new employees", "1200 employee"),
        ("12 dead|12 people were killed|12 deaths|12 people died|twelve fatalities", "12 dead"),
        ("15 injured|15 people hurt|15 were wounded", "15 injured"),
        ("5m users|5 million users", "5000000 user"),
        ("twice|two times|2x", "2 time"),
        ("Apollo 11 astronauts", "11 astronaut"),
        # measures
        ("57 km|57 kilometres|57,000 metres|57-kilometre", "57000 length"),
        ("5 feet 10 inches|5 foot 10 inches", "1.778 length"),
        ("90 minutes|1.5 hours|an hour and a half|one hour and 30 minutes|90-minute", "5400 duration"),
        ("a year and a half|18 months|1.5 years", "47336400 duration"),
        ("28 years|28-year-old|28 years old", "883612800 duration"),
        ("2.5 tonnes|2,500 kg|2.5t", "2500 mass"),
        ("40 hectares|400,000 square metres|400,000 m²", "400000 area"),
        ("3 litres|3,000 ml", "3 volume"),
        ("100 km/h|100 kilometres per hour|100 kph", "100 speed"),
        ("60 mph", "96.56064 speed"),
        ("41°C|41 degrees Celsius|41 ℃", "41 temperature"),
        ("41°F", "5 temperature"),
        ("100 degrees", "100 degree"),
        ("5 m|5m tall|5 metres", "5 length"),
        # bounds and approximations
        ("over 10|more than 10|above 10|at least 10|north of 10|no fewer than 10", "over 10"),
        ("10+|10 or more|10-plus|in excess of 10|≥10|upwards of 10", "over 10"),
        ("under 10|fewer than 10|up to 10|at most 10|no more than 10|as many as 10|10 or less|below 10", "under 10"),
        ("nearly 10|almost 10|just under 10|close to 10|not quite 10", "nearly 10"),
        ("just over 10|slightly more than 10|a little over 10", "barely over 10"),
        ("about 10|some 10|around 10|roughly 10|circa 10|approximately 10", "about 10"),
        ("reportedly 10|an estimated 10|~10|c. 10|10-odd|10 or so", "about 10"),
        ("reportedly more than $10bn|possibly over 10 billion dollars", "over 1e+10 usd"),
        ("only 10|exactly 10|just 10|a total of 10", "10"),
        # ranges
        ("10 to 12|10-12|10–12|between 10 and 12|from 10 to 12|10 or 12", "10-12"),
        ("$10 to $12 million|$10-12 million|between $10 million and $12 million", "10000000-12000000 usd"),
        ("between $500 and $2 million", "500-2000000 usd"),
        ("10% to 12%|10-12%", "10-12 %"),
        ("two to three million", "2000000-3000000"),
        ("from 12 to 10", "10-12"),
        ("90 cm to 1.2 m", "0.9-1.2 length"),
        ("dozens of people", "12-200 person"),
        ("hundreds of millions of dollars", "100000000-1000000000 usd"),
        ("a few hundred people|several hundred people", "200-1000 person"),
        # ordinals and scores
        ("third|3rd|the third", "3 ordinal"),
        ("twenty-first|21st", "21 ordinal"),
        ("third place", "3 ordinal plac"),
        ("3-1|3–1|3 to 1", "3-1 score"),
    ],
)  # fmt: skip
def test_wordings_of_one_amount(texts: str, meaning: str) -> None:
    for text in texts.split("|"):
        assert told(text) == [meaning], text


@pytest.mark.parametrize(
    "text",
    [
        *("", "no figures", "one of them", "no one", "A320", "COVID-19", "GPT-4", "3D", "1.2.3", "24/7", "9/11", "4:1"),
        *("No. 10", "Article 5", "flight 370", "Apollo 11", "Windows 10", "Area 51", "percent", "million", "about"),
        *("multi-million", "millionaire", "1" * 16, "the other half", "a party", "over", "$", "£", "between"),
    ],
)  # fmt: skip
def test_what_is_no_amount(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize(
    ("text", "meanings"),
    [
        ("$14.3 billion for a 49% stake", ["1.43e+10 usd", "49 %"]),
        ("12 dead and 15 injured", ["12 dead", "15 injured"]),
        ("a third party paid £5", ["3 ordinal party pay", "5 gbp"]),
        ("120 of 150 students", ["120", "150 student"]),
        ("5 percent to $8 million", ["5 %", "8000000 usd"]),
        ("324 metres (1,063 ft)", ["324 length", "324.0024 length"]),
        ("one in March", ["1"]),
    ],
)
def test_several_amounts(text: str, meanings: list[str]) -> None:
    assert told(text) == meanings


def first(text: str) -> Amount:
    return amounts(tokenize(text))[0]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("$14.3 billion", "$14.8 billion", False),
        ("$14 billion", "$14.3 billion", True),
        ("$15 billion", "$14.8 billion", True),
        ("$15 billion", "$14.3 billion", False),
        ("about $15 billion", "$14.3 billion", False),
        ("about $14.3 billion", "$14.8 billion", False),
        ("$1 billion", "$1.4 billion", False),
        ("14,000", "14,300", True),
        ("14,000", "14,900", False),
        ("100", "140", False),
        ("19", "20", False),
        ("14.0", "14.3", False),
        ("over 10", "14.3", True),
        ("over 10", "9", False),
        ("over 10", "under 12", True),
        ("over 12", "under 10", False),
        ("up to 20", "20", True),
        ("up to 20", "25", False),
        ("nearly 40%", "36%", True),
        ("nearly 40%", "43%", False),
        ("just over 40%", "41%", True),
        ("just over 40%", "50%", False),
        ("half", "49%", True),
        ("half", "45%", False),
        ("about half", "46%", True),
        ("a third", "33.3%", True),
        ("10 to 12", "11", True),
        ("10 to 12", "13", False),
        ("10 to 12", "12 to 14", True),
        ("dozens", "40", True),
        ("dozens", "9", False),
        ("5 km", "3.1 miles", True),
        ("5 km", "5 miles", False),
        ("3-1", "2-1", False),
        ("3-1", "3-1", True),
        ("-5", "5", False),
        ("0", "1", False),
        ("about 1,000", "1,090", True),
        ("about 1,000", "1,200", False),
    ],
)
def test_whether_two_amounts_can_be_one_figure(one: str, other: str, expected: bool) -> None:
    assert agree(first(one), first(other)) is expected
    assert agree(first(other), first(one)) is expected


TEXT = "1 12 3.5 half a third - to $ % million dozen of in over ½ one and 1,000 km people or more than twenty"
PIECES = TEXT.split()


@given(text=st.text(max_size=60) | st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join))
def test_amounts_are_in_order_and_do_not_overlap(text: str) -> None:
    tokens = tokenize(text)
    found = amounts(tokens)
    assert all(0 <= amount.first < amount.last <= len(tokens) for amount in found)
    assert all(one.last <= other.first for one, other in pairwise(found))
    for amount in found:
        assert agree(amount, amount)
        assert amount.admits[0] <= amount.admits[1]
