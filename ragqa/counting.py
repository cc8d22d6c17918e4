"""What a number measures or counts: the words beside it, so that 12 dead are not compared with 15 injured."""

from __future__ import annotations

from collections.abc import Sequence

from ragqa.numerals import Numeral
from ragqa.tokens import Token, glued, stem, word_at
from ragqa.units import MONEY, PREFIXES, UNITS, Unit

_FUNCTION_WORDS = (
    "a an the of in on at to for from by with as and or but nor than that which who whose is are was were be been "
    "being has have had do does did will would could should may might can must it its their his her our your my this "
    "these those he she they we you i them him us after before during since until while when where because if per each "
    "every into onto over under about between out up down off not no so also ago later earlier most last next past "
    "first via within across among against near there here both either"
)
FUNCTION_WORDS = frozenset(_FUNCTION_WORDS.split())
_PASSED_OVER = frozenset({"more", "other", "additional", "extra", "new", "total", "full", "time", "different"})
_PASSED_OVER |= {"separate", "were", "was", "are", "have", "had", "been", "reported", "confirmed"}
_CASUALTIES = dict.fromkeys(("dead", "die", "dies", "died", "death", "deaths", "kill", "kills", "killed"), "dead")
_CASUALTIES |= dict.fromkeys(("fatality", "fatalities"), "dead") | {"missing": "missing"}
_CASUALTIES |= dict.fromkeys(("injured", "wounded", "hurt", "injury", "injuries", "injure", "injures"), "injured")
_STAFF = frozenset(map(stem, ("employee", "worker", "staff", "staffer")))
_LABELS = (
    "no number article page chapter phase version section type room flight level route figure # rule highway table "
    "gate act volume episode season model platform grade line track stage"
)
_LABEL_WORDS = frozenset(_LABELS.split())
_MOST_WORDS = 3


def noun(word: str) -> str:
    """The stem that stands for a counted thing: one for "workers" and "employees", one for "died" and "deaths"."""
    if word in _CASUALTIES:
        return _CASUALTIES[word]
    return "employee" if stem(word) in _STAFF else stem(word)


def nouns_after(tokens: Sequence[Token], i: int) -> tuple[frozenset[str], int]:
    """The stems of what is counted by a number that ends before a token, and where their words end.

    Names end them: of "300 Google employees" the name is told apart elsewhere.
    """
    nouns: list[str] = []
    last = j = i
    while j < min(len(tokens), i + 6) and tokens[j].kind == "word" and len(nouns) < _MOST_WORDS:
        text = tokens[j].text
        if text in _CASUALTIES:  # "12 people were killed" counts the dead
            return frozenset({_CASUALTIES[text]}), j + 1
        if word_at(tokens, j + 1) == "-" and glued(tokens, j + 1) and glued(tokens, j + 2):
            j += 2  # the first half of "full-time employees"
        elif text in _PASSED_OVER:
            j += 1
        elif text in FUNCTION_WORDS or tokens[j].capital or (nouns and j > last):
            break
        else:
            nouns.append(noun(text))
            j += 1
            last = j
    return frozenset(nouns), last


def label(tokens: Sequence[Token], i: int, *, counts: bool) -> bool:
    """Whether the word before a number makes it a name: "Article 5", "No. 10", and "Apollo 11" unless it `counts`."""
    if i == 0:
        return False
    before = tokens[i - 1]
    if before.text in _LABEL_WORDS or (before.text == "." and word_at(tokens, i - 2) == "no"):
        return True
    named = before.kind == "word" and before.capital and before.text not in FUNCTION_WORDS
    return named and tokens[i].kind == "number" and not counts


def currency_before(tokens: Sequence[Token], i: int) -> tuple[str, int]:
    """The currency that stands before a number, "" for none, and where the number begins."""
    pair = word_at(tokens, i) + word_at(tokens, i + 1)
    if pair in PREFIXES and glued(tokens, i + 1):
        return PREFIXES[pair], i + 2
    if word_at(tokens, i) in PREFIXES:
        return PREFIXES[tokens[i].text], i + 1
    return "", i


def unit_after(tokens: Sequence[Token], i: int, number: Numeral, currency: str) -> tuple[Unit, frozenset[str], int]:
    """What a number counts or measures, and where that ends."""
    hyphen = word_at(tokens, i) == "-" and glued(tokens, i) and glued(tokens, i + 1)
    j = i + 1 if hyphen and tokens[i + 1].kind == "word" else i
    j += number.most is not None and word_at(tokens, j) == "of"  # "dozens of people"
    nothing: frozenset[str] = frozenset()
    for length in (3, 2, 1):
        unit = UNITS.get(tuple(token.text for token in tokens[j : j + length]))
        if unit is None or j + length > len(tokens) or (currency and unit.dimension not in MONEY):
            continue
        last = j + length
        if unit.dimension == "duration" and word_at(tokens, last + (word_at(tokens, last) == "-")) == "old":
            last += 1 + (word_at(tokens, last) == "-")
        return Unit(currency, 1.0) if currency else unit, nothing, last
    if currency or number.share:
        return Unit(currency or "%"), nothing, i
    if word_at(tokens, j) in ("x", "times", "fold") or word_at(tokens, i - 1) == "twice":
        return Unit(""), frozenset({"time"}), j + (word_at(tokens, i - 1) != "twice")
    nouns, last = nouns_after(tokens, j)
    return Unit(""), nouns, last if nouns else i
