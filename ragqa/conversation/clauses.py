"""A question taken apart: question words, helping verb, subject, the rest."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from ragqa.conversation import words
from ragqa.conversation.mentions import Mention, mentions, read
from ragqa.tokens import Token, word_at


class Completed(NamedTuple):
    """A question that stands alone, and the words of earlier turns in it."""

    question: str
    carried: tuple[str, ...]


class Clause(NamedTuple):
    """A question, with the places of its parts."""

    text: str  # without openers, marks at its end and the like
    tokens: tuple[Token, ...]
    asking: int  # index of the token with the question word, -1 for none
    after: int  # index of the token after the phrase with the question word
    helping: int  # index of the helping verb at the head of the clause, -1 for none

    @property
    def mentions(self) -> list[Mention]:
        return mentions(self.text, self.tokens)

    @property
    def subject_asked(self) -> bool:
        """Whether the question words are its subject: "Who founded it?", "Which firm was sold?"."""
        if self.asking < 0 or self.tokens[self.asking].text in words.ADVERBIAL - {"how"}:
            return False
        if self.helping < 0:
            return True
        follows = word_at(self.tokens, self.helping + 1)
        if follows in ("not", "been", "also", "now"):
            follows = word_at(self.tokens, self.helping + 2)
        return words.is_verb(follows) and not self.tokens[min(self.helping + 1, len(self.tokens) - 1)].capital

    def rest(self, i: int) -> str:
        """The text from a token on."""
        return self.text[self.tokens[i].start :] if i < len(self.tokens) else ""


def stripped(question: str, *, closers: Collection[str] = words.CLOSERS) -> str:
    """The question without "and" or the like before it, and without "then", "please" and marks behind it."""
    tokens = list(read(question))
    while tokens and tokens[-1].kind == "mark" and tokens[-1].text in "?!.…,;-":
        tokens.pop()
    while len(tokens) > 1 and tokens[-1].text in closers:
        tokens.pop()
        while tokens and tokens[-1].text == ",":
            tokens.pop()
    first = 0
    while first < len(tokens) - 1 and (tokens[first].text in words.OPENERS or tokens[first].text in (",", "-", ".")):
        first += 1
    return question[tokens[first].start : tokens[-1].end] if tokens else ""


def clause(question: str) -> Clause:
    """Take a question apart."""
    text = stripped(question, closers=())
    tokens = read(text)
    asking = next((i for i, token in enumerate(tokens[:3]) if token.text in words.ASKING), -1)
    if asking > 0 and tokens[0].text not in words.PREPOSITIONS:
        asking = -1
    if asking < 0:
        helping = 0 if tokens and tokens[0].text in words.AUXILIARIES else -1
        return Clause(text, tokens, -1, 0, helping)
    after = asking + 1
    if tokens[asking].text not in ("who", "whom", "when", "where", "why"):
        while after < len(tokens) and not _verbal(tokens, after):
            after += 1
    helping = after if after < len(tokens) and tokens[after].text in words.AUXILIARIES else -1
    return Clause(text, tokens, asking, after, helping)


def _verbal(tokens: Sequence[Token], i: int) -> bool:
    token = tokens[i]
    if token.text in words.AUXILIARIES:
        return True
    if token.capital or not words.is_verb(token.text):
        return False
    # "which report says": a noun, as another verb follows
    return token.text not in words.EITHER or not any(
        t.text in words.AUXILIARIES or words.is_verb(t.text) for t in tokens[i + 1 :]
    )
