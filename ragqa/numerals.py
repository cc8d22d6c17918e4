"""Numbers: digits, words ("two dozen", "half a million"), fractions ("one in five"), scales ("14.3bn"), ordinals."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from ragqa.tokens import Token, glued, word_at

_MOST_DIGITS = 15  # longer ones are identifiers, and would not be exact as floats


class Numeral(NamedTuple):
    """A number as it was written, from some token up to `end`."""

    value: float
    step: float  # the place of its last significant digit: 1 in "14", 100,000,000 in "14.3 billion"
    slack: float  # how far a finer figure may be and still round to it
    end: int
    share: bool = False  # a fraction such as "a third", as a percentage
    scale: float = 1.0  # 1,000,000 when "million" stood behind it
    most: float | None = None  # of "dozens", "thousands": the largest figure one would call so


SCALES = {"hundred": 100.0, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_TIMES = SCALES | {"dozen": 12.0}
_SHORT_SCALES = {"k": 1e3, "mn": 1e6, "mln": 1e6, "mm": 1e6, "m": 1e6, "b": 1e9, "bn": 1e9, "bln": 1e9, "tn": 1e12}
_VAGUE = {"dozens": (12.0, 200.0), "scores": (20.0, 400.0), "hundreds": (100.0, 2e3), "thousands": (1e3, 1e6)}
_VAGUE |= {"millions": (1e6, 1e9), "billions": (1e9, 1e12), "trillions": (1e12, 1e15)}
_ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
_SMALL = {word: float(n) for n, word in enumerate(f"{_ONES} seventeen eighteen nineteen".split())}
_TENS = {"twenty": 20.0, "thirty": 30.0, "forty": 40.0, "fifty": 50.0, "sixty": 60.0, "seventy": 70.0}
_TENS |= {"eighty": 80.0, "ninety": 90.0}
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth"
ORDINALS = {w: n for n, w in enumerate(f"{_ORDINALS} fifteenth sixteenth seventeenth eighteenth".split(), start=1)}
ORDINALS |= {"nineteenth": 19, "twentieth": 20, "thirtieth": 30}
_PARTS = {word: n for word, n in ORDINALS.items() if 3 <= n <= 20} | {"quarter": 4, "half": 2}
_PARTS |= {f"{word}s": n for word, n in _PARTS.items()} | {"halves": 2}
NUMBER_WORDS = frozenset((*_SMALL, *_TENS, *_VAGUE, "half", "tens", "few", "several", "a", "an", "twice"))
_AFTER_FRACTION = frozenset({"of", "in", "the", "its", "their", "his", "her", "for", "to", "from", "by", "and", "or"})


def numeral(tokens: Sequence[Token], i: int, *, money: bool = False) -> Numeral | None:
    """The number that begins at a token, with its scale.

    Args:
        tokens: of a text.
        i: where the number begins.
        money: whether a currency stands before it, so that "m" is a million and no metre.
    """
    found = _digits(tokens, i) if tokens[i].kind == "number" else _fraction(tokens, i) or _words(tokens, i)
    if found is None or found.most is not None:
        return found
    if not found.share:
        found = _out_of(tokens, found) or _and_a_half(tokens, found)
    return found if found.share else _scaled(tokens, found, money=money)


def _digits(tokens: Sequence[Token], i: int) -> Numeral | None:
    digits = re.sub(r"[,\s]", "", tokens[i].text)
    whole, _, decimals = digits.partition(".")
    if len(digits) > _MOST_DIGITS:
        return None
    value, step, end = float(digits), 10.0 ** -len(decimals), i + 1
    parts = re.fullmatch(r"(\d)⁄(\d\d?)", word_at(tokens, end))  # how "½" unfolds
    if parts and glued(tokens, end):
        return _number(value + int(parts[1]) / int(parts[2]), 0.1, end + 1)
    if word_at(tokens, end) == "/" and glued(tokens, end) and glued(tokens, end + 1):
        below = word_at(tokens, end + 1)
        if not (below.isdecimal() and len(below) <= 2 and value < int(below) <= 10 and len(digits) < 3):
            return None  # "24/7", "9/11/2001"
        return _share(value / int(below), end + 2)
    zeros = len(whole) - len(whole.rstrip("0")) if not decimals and len(whole) > 2 else 0
    return _number(value, 10.0**zeros if zeros and value else step, end, slack=0.05 if zeros else 0.15)


def _number(value: float, step: float, end: int, slack: float = 0.15) -> Numeral:
    """A number with the slack of rounding: half its last place, but never as much as from 1 to 1.4.

    The zeros of "14,000" may be digits as well as rounding, so they are given less slack than "14 thousand" is.
    """
    return Numeral(value, step, min(step / 2, abs(value) * slack), end)


def _share(value: float, end: int) -> Numeral:
    return Numeral(100 * value, 5, min(2.0, 10 * value), end, share=True)  # "half" is also said of 49%


def _words(tokens: Sequence[Token], i: int, *, scale: bool = False) -> Numeral | None:
    """A number in words; with `scale`, one that begins with "hundred" or the like, as after "a"."""
    text = tokens[i].text
    if text == "twice":
        return _number(2, 1, i + 1)
    if text in ("a", "an"):
        follows = word_at(tokens, i + 1)
        if follows in ("couple", "pair"):
            return Numeral(2, 1, 0, i + (3 if word_at(tokens, i + 2) == "of" else 2))
        if follows == "few":
            return _vague(tokens, i + 1)
        return _words(tokens, i + 1, scale=True) if follows in SCALES or follows == "dozen" else None
    if text in _VAGUE or text in ("tens", "few", "several"):
        return _vague(tokens, i)
    if text == "one" and (word_at(tokens, i + 1) in ("of", "another") or word_at(tokens, i - 1) in ("no", "any")):
        return None
    total, part, step, j = 0.0, 0.0, 1.0, i
    while (word := word_at(tokens, j)) and j - i < 16:
        if word == "-" and j > i and _adds(part, word_at(tokens, j + 1)) and glued(tokens, j) and glued(tokens, j + 1):
            pass  # twenty-five
        elif (word == "and" and j > i and step >= 100 and _adds(part, word_at(tokens, j + 1))) or _adds(part, word):
            part, step = part + (_SMALL.get(word) or _TENS.get(word) or 0.0), 1.0 if word != "and" else step
        elif word in ("hundred", "dozen") and 0 <= part < 100:
            step = SCALES.get(word, 1.0)
            part = max(part, 1.0) * (12 if word == "dozen" else 100)
        elif word in SCALES and word != "hundred" and (part or j == i):
            total, part, step = total + max(part, 1.0) * SCALES[word], 0.0, SCALES[word]
        else:
            break
        j += 1
    if j == i or not (scale or text in _SMALL or text in _TENS):
        return None
    if word_at(tokens, j) == "point" and word_at(tokens, j + 1) in _SMALL:
        return _number(part + _SMALL[word_at(tokens, j + 1)] / 10, 0.1, j + 2)
    return _number(total + part, step, j, slack=0.05 if step == 100 else 0.15)._replace(
        scale=max(step, 1.0) if step != 100 else 1.0
    )


def _adds(part: float, word: str) -> bool:
    """Whether a number word goes on with a number: "five" after "twenty", not after "six"."""
    return (word in _SMALL and (part % 100 == 0 or (part % 10 == 0 and part % 100 >= 20 and _SMALL[word] < 10))) or (
        word in _TENS and part % 100 == 0
    )


def _vague(tokens: Sequence[Token], i: int) -> Numeral | None:
    if tokens[i].text in ("few", "several"):
        few = _TIMES.get(word_at(tokens, i + 1))
        return Numeral(2 * few, 1, 0, i + 2, scale=few, most=10 * few) if few else None
    low, high = _VAGUE.get(tokens[i].text, (10.0, 100.0))
    if word_at(tokens, i + 1) == "of" and word_at(tokens, i + 2) in _VAGUE:
        scale = _VAGUE[word_at(tokens, i + 2)][0]
        return Numeral(low * scale, 1, 0, i + 3, scale=scale, most=min(high, 1e3) * scale)
    if tokens[i].text == "tens":
        return None
    return Numeral(low, 1, 0, i + 1, scale=low, most=high)


def _fraction(tokens: Sequence[Token], i: int) -> Numeral | None:
    """ "Half", "a third", "two-thirds", "half a million"; not the ordinal of "a third party" or "the second half"."""
    if unfolded := re.fullmatch(r"(\d)⁄(\d\d?)", tokens[i].text):
        return _share(int(unfolded[1]) / int(unfolded[2]), i + 1)
    above, j = 1.0, i
    if tokens[i].text in _SMALL or tokens[i].text in ("a", "an"):
        above, j = _SMALL.get(tokens[i].text, 1.0), i + (2 if word_at(tokens, i + 1) == "-" else 1)
    part = word_at(tokens, j)
    below = _PARTS.get(part)
    if below is None or above >= below or (j == i and part != "half"):
        return None
    if j == i and (word_at(tokens, i - 1) in ORDINALS or word_at(tokens, i - 1) in ("the", "other", "each")):
        return None
    follows = j + 1
    if j == i and word_at(tokens, follows) == "-" and word_at(tokens, follows + 1) in SCALES:
        scale = SCALES[word_at(tokens, follows + 1)]
        return _number(scale / 2, scale / 10, follows + 2)._replace(scale=scale)
    if word_at(tokens, follows) == "of" and word_at(tokens, follows + 1) in ("a", "an"):
        follows += 1
    if word_at(tokens, follows) in ("a", "an"):
        times = _TIMES.get(word_at(tokens, follows + 1))
        number = _number(above / below * (times or 1), (times or 1) / 10, follows + (2 if times else 1))
        return number._replace(scale=times or 1.0)
    after = tokens[j + 1] if j + 1 < len(tokens) else None
    counted = tokens[i].text in _SMALL or part.endswith("s")
    if counted or after is None or after.text in _AFTER_FRACTION or (after.kind == "mark" and after.text != "-"):
        return _share(above / below, j + 1)
    return None


def _out_of(tokens: Sequence[Token], found: Numeral) -> Numeral | None:
    """ "One in five", "3 out of 10"."""
    j = found.end
    if word_at(tokens, j) == "out" and word_at(tokens, j + 1) == "of":
        j += 2
    elif word_at(tokens, j) == "in" or (word_at(tokens, j) == "of" and word_at(tokens, j + 1) == "every"):
        j += 2 if word_at(tokens, j + 1) == "every" else 1
    else:
        return None
    if j >= len(tokens):
        return None
    whole = _digits(tokens, j) if tokens[j].kind == "number" else _words(tokens, j)
    if whole is None or not 0 < found.value < whole.value <= 1000 or found.value > 99 or found.value % 1:
        return None
    return _share(found.value / whole.value, whole.end)


def _and_a_half(tokens: Sequence[Token], found: Numeral) -> Numeral:
    if [word_at(tokens, found.end + k) for k in range(3)] != ["and", "a", "half"] or found.share:
        return found
    return _number(found.value + 0.5, 0.1, found.end + 3)


def _scaled(tokens: Sequence[Token], found: Numeral, *, money: bool) -> Numeral:
    """The number times "million", "bn" or "k", which may stand behind a hyphen."""
    while True:
        j = found.end
        if word_at(tokens, j) == "-" and glued(tokens, j) and glued(tokens, j + 1):
            j += 1
        word = word_at(tokens, j)
        scale = _TIMES.get(word)
        if scale is None and (word != "m" or money or _million(tokens, j)) and (word != "b" or glued(tokens, j)):
            scale = _SHORT_SCALES.get(word)
        if scale is None and word == "t" and money:
            scale = 1e12
        if scale is None or found.value * scale > 1e18:
            return found
        scaled = _number(found.value, found.step, j + 1)  # the zeros of "100 million" are digits
        found = Numeral(
            scaled.value * scale, scaled.step * scale, scaled.slack * scale, j + 1, scale=found.scale * scale
        )


_LENGTHS = frozenset({"long", "tall", "high", "wide", "deep", "away", "thick", "below", "above", "sprint", "race", "x"})


def _million(tokens: Sequence[Token], j: int) -> bool:
    """Whether an "m" without a currency is a million: "5m users" and "5M", not "5 m" or "5m tall"."""
    follows = tokens[j + 1] if j + 1 < len(tokens) else None
    if not glued(tokens, j) or (follows and follows.text in _LENGTHS):
        return False
    return tokens[j].capital or (follows is not None and follows.kind == "word")


def ordinal(tokens: Sequence[Token], i: int) -> tuple[int, int] | None:
    """ "3rd", "third", "twenty-first": the number and where it ends; `None` where there is no ordinal."""
    text, j = tokens[i].text, i + 1
    if tokens[i].kind == "number":
        suffixed = glued(tokens, j) and word_at(tokens, j) in ("st", "nd", "rd", "th")
        return (int(text), j + 1) if suffixed and text.isdecimal() and len(text) < 4 else None
    if text in _TENS:
        j += word_at(tokens, j) == "-"
        ones = ORDINALS.get(word_at(tokens, j), 0)
        return (int(_TENS[text]) + ones, j + 1) if 0 < ones < 10 else None
    return (ORDINALS[text], j) if text in ORDINALS else None
