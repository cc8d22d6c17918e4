"""Whether two passages are about the same thing, by the names and the words of the question that they share.

Two sources contradict each other only when they speak of the same thing: "Who was the judge?" has another answer in
every trial.
"""

from __future__ import annotations

import re

from ragqa.tokens import plain, stem
from ragqa.wording import HOLLOW

_ASKING = HOLLOW | {"what", "whom", "why", "how", "much", "many"}
_WORD = re.compile(r"[^\W_]+")
_LONG_WORD = re.compile(r"\b[^\W\d_][^\W_]+")
_INSIDE = re.compile(r"(?<=[\w,;] )[^\W\d_][^\W_]+")  # one that does not begin a sentence


def asks_something(question: str) -> bool:
    """Whether a question has any word that tells what it is about."""
    first, *others = _WORD.findall(question) or [""]
    # "What is IT?" and "Who is Will?" name something
    return plain(first) not in _ASKING | {""} or any(w[0].isupper() or plain(w) not in _ASKING for w in others)


def same_subject(question: str, one: str, other: str) -> bool:
    """Whether two passages share a name, or all that the question's words say of either.

    Args:
        question: what was asked.
        one: a passage, with its title and heading.
        other: another passage, likewise.
    """
    words = _WORD.findall(question)
    written = any(character.isupper() for character in question[1:])  # with capitals where they belong
    # "judge" is no name, though a text has "Judge Holm"
    nouns = {stem(plain(word)) for word in words if written and word.islower()}
    inside, anywhere = (_names(pattern, one) & _names(pattern, other) for pattern in (_INSIDE, _LONG_WORD))
    if (inside | anywhere.intersection(stem(plain(word)) for word in words)) - nouns:
        return True
    asked = _content(question)
    ours, theirs = asked & _content(one), asked & _content(other)
    return ours == theirs and len(ours) >= 2


def _names(pattern: re.Pattern[str], text: str) -> set[str]:
    words = {plain(word) for word in pattern.findall(text) if word[0].isupper()}
    return {stem(word) for word in words if word not in HOLLOW}


def _content(text: str) -> set[str]:
    return {stem(word) for word in _WORD.findall(plain(text)) if word not in HOLLOW}
