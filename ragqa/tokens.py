"""The words, numbers and marks of a short text, as the grammars of figures, times and names read them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

_LETTER = "(?:[^\\W\\d_][\u0300-\u036f]*)"  # with its combining accents
_TOKEN = re.compile(
    r"(?P<number>\d{1,3}(?:[, \u00a0\u202f]\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?)"
    rf"|(?P<dotted>(?:[^\W\d_]\.)+[^\W\d_](?!\w)\.?)|(?P<word>{_LETTER}+(?:['’]{_LETTER}+)*)|(?P<mark>[^\w\s])"
)


class Token(NamedTuple):
    """A number, a word ("U.S." is "us") or a punctuation mark."""

    text: str  # case, accents and typographic variants aside
    start: int
    end: int
    kind: str  # "number", "word" or "mark"
    capital: bool


def tokenize(text: str) -> list[Token]:
    """The tokens of a text, with their places in it."""
    tokens = []
    for match in _TOKEN.finditer(text):
        raw, kind = match.group(), match.lastgroup or ""
        if kind == "dotted":
            raw, kind = raw.replace(".", ""), "word"
        tokens.append(Token(plain(raw), match.start(), match.end(), kind, raw[:1].isupper()))
    return tokens


def plain(text: str) -> str:
    """The text in lower case without accents, with straight quotes and plain dashes."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKD", text.translate(_TYPOGRAPHY)).casefold()
    return "".join(character for character in folded if not unicodedata.combining(character))


_TYPOGRAPHY = dict.fromkeys(map(ord, "‐‑‒–—―−"), "-") | dict.fromkeys(map(ord, "‘’′"), "'")


@lru_cache(maxsize=4096)
def stem(word: str) -> str:
    """A word without its ending, only ever compared with another stem: "closes", "closed" and "closing" agree."""
    if word.endswith(("'s", "'")):
        word = word.rstrip("s").rstrip("'")
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith("s") and len(word) > 3 and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            if word[-1] == word[-2] and word[-1] not in "lsz":
                word = word[:-1]
            break
    return word[:3] + word[3:].rstrip("e")


_IRREGULAR = {"people": "person", "men": "man", "women": "woman", "children": "child", "feet": "foot", "lives": "life"}
_IRREGULAR |= {"bought": "buy", "buys": "buy", "sold": "sell", "paid": "pay", "left": "leave", "fell": "fall"}
_IRREGULAR |= {"rose": "rise", "grew": "grow", "made": "make", "took": "take", "cities": "city", "wives": "wife"}


def word_at(tokens: Sequence[Token], i: int) -> str:
    """The text of a token, "" past either end."""
    return tokens[i].text if 0 <= i < len(tokens) else ""


def glued(tokens: Sequence[Token], i: int) -> bool:
    """Whether no space stands before the token."""
    return 0 < i < len(tokens) and tokens[i - 1].end == tokens[i].start
