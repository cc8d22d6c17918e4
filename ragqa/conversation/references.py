"""Words of a question that point out of it: pronouns and the like without an antecedent in the question itself."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

from ragqa.conversation import words
from ragqa.conversation.clauses import clause
from ragqa.conversation.mentions import Mention, fit, mentions
from ragqa.tokens import Token, word_at

# "it" that stands for nothing
_EMPTY_IT = re.compile(
    r"\bit (?:is|was|will be)?(?: ?\b(?:so|too|not|very|more)\b)? ?(?:true|possible|impossible|likely|unlikely|known|"
    r"clear|unclear|necessary|safe|worth|legal|easy|hard|difficult|important|better|best|common|normal|said|believed|"
    r"thought|certain)\b"
    r"|\b(?:is|was|be) it (?:(?:so|too|not|very|more) )?"
    r"(?!able|going|expected|supposed|used|meant|set|due|trying|willing|ready)\w+ (?:to|that|whether)\b"
    r"|\bit (?:take|takes|took|cost|costs|make|makes|matter|help|helps)\b.* (?:to|for|if|whether|when)\b"
    r"|\bit (?:rain|rains|rained|snow|snows|snowed)\b|\b(?:time|day|date|year) (?:is|was) it\b"
    r"|\b(?:is|was) it (?:that|who|like to|raining|snowing)\b|\bit (?:mean|means|meant) (?:to|when|if|that|for)\b"
    r"|\bmakes? it (?:possible|hard|easy|difficult|clear)\b|\bit (?:seem|seems|seemed|appear|appears)\b"
    r"|\bit be (?:until|till|before)\b"
)
_NO_POINTING = frozenset(
    {"year", "month", "week", "morning", "afternoon", "evening", "day", "days", "moment", "time", "century", "decade"}
)
_NO_POINTING |= {"season", "summer", "winter", "spring", "autumn", "kind", "sort", "way"}


_LONGEST_DEFINITE = 10  # tokens of a question in which "the company" may need telling which
_AFTER_OBJECTS = words.PREPOSITIONS | words.AUXILIARIES | words.BOUNDARIES | words.DETERMINERS
_AFTER_OBJECTS |= {"now", "there", "then", "so", "too", "up", "down", "again", "already", "instead"}


class Reference(NamedTuple):
    """A pronoun, or "that deal", that points back."""

    start: int
    end: int
    kind: str  # "he", "she", "it", "they", "there", "then", "that" (by itself), or "noun" (with one)
    possessive: bool = False
    subject: bool = False  # of an active verb
    noun: str = ""  # the noun of "that deal" and "the company"


def references(question: str, tokens: Sequence[Token], things: Collection[str] = ()) -> list[Reference]:
    """The references of a question that nothing in the question itself resolves, in its order.

    Args:
        question: the question.
        tokens: those of the question.
        things: names in lower case that are known to be of no person; any other may own what is "his".
    """
    question_read = _Read(question, tokens, mentions(question, tokens), clause(question).subject_asked, things)
    found: list[Reference] = []
    for i in range(len(tokens)):
        reference = _reference(question_read, i)
        if reference is not None and not any(other.end > reference.start for other in found):
            found.append(reference)
    return found


class _Read(NamedTuple):
    question: str
    tokens: Sequence[Token]
    inside: Sequence[Mention]
    subject_asked: bool
    things: Collection[str]


def _reference(read: _Read, i: int) -> Reference | None:
    tokens, token = read.tokens, read.tokens[i]
    if token.text in words.POSSESSIVES or words.PRONOUNS.get(token.text):
        return _pronoun(read, i)
    if token.text == "there":
        return None if _existential(tokens, i) or _bound(read, i, "there") else _of(token, "there")
    if token.text == "then" and i >= len(tokens) - 2 and i > 1:
        return _of(token, "then")
    if token.text in words.DEMONSTRATIVES:
        return _demonstrative(tokens, i)
    if token.text == "the":
        return _definite(tokens, i, read.inside)
    return None


def _of(token: Token, kind: str, *, possessive: bool = False, subject: bool = False) -> Reference:
    return Reference(token.start, token.end, kind, possessive, subject)


def _pronoun(read: _Read, i: int) -> Reference | None:
    tokens, token = read.tokens, read.tokens[i]
    if token.text == "it" and _EMPTY_IT.search(read.question.lower()):
        return None
    possessive = token.text in words.POSSESSIVES
    if token.text == "her":
        follows = tokens[i + 1] if i + 1 < len(tokens) else None
        possessive = follows is not None and follows.kind == "word" and follows.text not in _AFTER_OBJECTS
    kind = words.POSSESSIVES.get(token.text) or words.PRONOUNS[token.text]
    if _bound(read, i, kind, possessive=possessive):
        return None
    return _of(token, kind, possessive=possessive, subject=_active_subject(tokens, i))


def _active_subject(tokens: Sequence[Token], i: int) -> bool:
    """Whether the pronoun is the subject of a verb that is not passive and not "to be"."""
    helping, follows = word_at(tokens, i - 1), word_at(tokens, i + 1)
    if tokens[i].text not in words.SUBJECTS:
        return False
    if follows in words.ADVERBS:
        follows = word_at(tokens, i + 2)
    if helping in words.BE:
        return follows.endswith("ing")
    return helping in words.AUXILIARIES and follows not in ("be", "been")


def _bound(read: _Read, i: int, kind: str, *, possessive: bool = False) -> bool:
    """Whether the question holds an antecedent."""
    tokens, start = read.tokens, read.tokens[i].start
    if (
        possessive
        and kind != "it"
        and tokens[0].text == "who"
        and i > 1
        and word_at(tokens, 1) not in words.AUXILIARIES
    ):
        return True  # "Who lost his job?", but not "Who is his boss?"
    fitting = [mention for mention in read.inside if _may_be(mention, kind, read.things, possessive=possessive)]
    if any(mention.end <= start and _binds(read, mention, i, possessive=possessive) for mention in fitting):
        return True
    helping = next((token.start for token in tokens[i:] if token.text in words.AUXILIARIES), None)
    if possessive and helping is not None and any(m.slot == "subject" and m.start > helping for m in fitting):
        return True  # "How much of their charge could the cells hold?"
    comma = next((token.start for token in tokens[i:] if token.text == ","), None)
    inverted = any(token.text in words.AUXILIARIES for token in tokens[:i])
    return comma is not None and not inverted and any(mention.start > comma for mention in fitting)


def _may_be(mention: Mention, kind: str, things: Collection[str], *, possessive: bool) -> bool:
    if fit(mention, kind):
        return True
    if kind not in ("he", "she") or mention.kind in ("place", "time") or mention.plural:
        return False
    if mention.name:
        return mention.text.lower() not in things
    return possessive and (mention.definite or mention.slot == "subject")


def _binds(read: _Read, mention: Mention, i: int, *, possessive: bool) -> bool:
    """Whether a mention before the pronoun is its antecedent.

    What is in the clause of the pronoun can only be the antecedent of a possessive, unless it is itself a possessor.
    """
    if mention.slot == "asked":
        part = mention.before in words.PREPOSITIONS  # "What share of Scale AI ..."
        if (possessive or part) and (read.subject_asked or (possessive and part)):
            return True
    elif possessive or read.question[mention.end : mention.end + 2] in ("'s", "’s"):
        return True
    return _apart(read.tokens, mention, i)


def _apart(tokens: Sequence[Token], mention: Mention, i: int) -> bool:
    """Whether a clause begins between a mention and the pronoun."""
    between = [k for k in range(i) if tokens[k].start >= mention.end]
    if any(tokens[k].text in words.BOUNDARIES or tokens[k].text in (",", ";", ":") for k in between):
        return True
    if mention.slot != "subject" and any(
        tokens[k].text == "to" and words.is_verb(word_at(tokens, k + 1)) for k in between
    ):
        return True  # "What is done to the fragments to harden them?"
    if tokens[i].text not in words.SUBJECTS:
        return False
    follows = word_at(tokens, i + 1)
    if mention.slot == "other" and word_at(tokens, i - 1) in words.AUXILIARIES:
        return True  # "If you cut a worm in half, does it ..."
    finite = words.is_verb(follows) or follows in words.AUXILIARIES
    return finite and (word_at(tokens, i - 1) not in words.AUXILIARIES) and i > 1  # "the company he leaves"


def _existential(tokens: Sequence[Token], i: int) -> bool:
    before, after = word_at(tokens, i - 1), word_at(tokens, i + 1)
    if after in words.AUXILIARIES or i == 0:
        return True
    last = i + 1 >= len(tokens) or tokens[i + 1].kind == "mark"
    return before in words.BE and (tokens[0].text == "how" or not last)


def _demonstrative(tokens: Sequence[Token], i: int) -> Reference | None:
    """ "That" unless it is a conjunction or begins a relative clause; "this year" points at no word."""
    before, token = word_at(tokens, i - 1), tokens[i]
    after = tokens[i + 1] if i + 1 < len(tokens) and tokens[i + 1].kind == "word" else None
    free = i == 0 or before in words.AUXILIARIES | words.PREPOSITIONS | words.OPENERS | (
        words.ASKING - {"what", "which"}
    )
    if after is None or after.text in words.FUNCTION:
        if (
            before in ("of", "in", "for", "at", "by", "than", "after", "before", "about", "with")
            or free
            or after is None
        ):
            return _of(token, "that") if after is None or after.text not in ("who", "that", "which") else None
        return None
    if after.text in _NO_POINTING or not (free or words.is_verb(before)):
        return None
    if words.is_verb(after.text) and after.text not in words.EITHER:
        return _of(token, "that") if free and token.text in ("that", "this") else None
    last = i + 1
    while last + 1 < len(tokens) and tokens[last + 1].kind == "word" and _plain_noun(tokens[last + 1]):
        last += 1
    follows = word_at(tokens, last + 1)
    if follows in ("that", "who", "which", "of") or (
        not free and (words.is_verb(follows) or follows in words.AUXILIARIES)
    ):
        return None
    return Reference(token.start, tokens[last].end, "noun", noun=tokens[last].text)


def _plain_noun(token: Token) -> bool:
    return token.kind == "word" and not (token.text in words.FUNCTION or words.is_verb(token.text) or token.capital)


def _definite(tokens: Sequence[Token], i: int, inside: Sequence[Mention]) -> Reference | None:
    """ "The company", "the deal" in a question that names nothing."""
    own = word_at(tokens, i + 1).endswith("'s")
    noun = word_at(tokens, i + 1).removesuffix("'s")
    if (
        len(tokens) > _LONGEST_DEFINITE
        or noun not in words.FIRMS | words.DEALS
        or any(mention.name for mention in inside)
    ):
        return None
    follows = tokens[i + 2] if i + 2 < len(tokens) and not own else None
    if follows is not None and follows.text in ("that", "which", "who", "of", "behind", "with"):
        return None
    if follows is not None and _plain_noun(follows) and word_at(tokens, i - 1) not in words.AUXILIARIES:
        return None  # "the company car"
    subject = word_at(tokens, i - 1) in words.AUXILIARIES
    return Reference(tokens[i].start, tokens[i + 1].end, "noun", possessive=own, subject=subject, noun=noun)
