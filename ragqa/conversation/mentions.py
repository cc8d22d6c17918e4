"""What a question or an answer speaks of: named things, noun phrases and times, and what each can be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from ragqa.asked import ROLES
from ragqa.conversation import words
from ragqa.dates import periods
from ragqa.places import level
from ragqa.tokens import Token, glued, tokenize, word_at
from ragqa.units import UNITS

_MOST_WORDS = 8
_OWN = ("'s", "'")  # endings of a possessor
_BEFORE_PERSONS = frozenset({"mr", "mrs", "ms", "miss", "dr", "professor", "captain", "judge", "mayor", "governor"})
_BEFORE_PERSONS |= {"president", "minister", "sir", "lady", "king", "queen", "pope", "senator", "ceo", "officer"}


class Mention(NamedTuple):
    """A thing spoken of. Invariant: `text` is verbatim, from `start` to `end`."""

    text: str
    start: int
    end: int
    name: bool
    definite: bool = False  # after "the", "each" and the like, which the text includes
    slot: str = "other"  # "subject", "asked" (part of the phrase with the question word) or "other"
    kind: str = ""  # "person", "place", "ship" (a "she") or "time" where that is certain
    plural: bool = False
    before: str = ""  # the word before it
    modifier: bool = False  # stands before a noun, as "AI" in "AI company"


@lru_cache(maxsize=1024)
def read(text: str) -> tuple[Token, ...]:
    """The tokens of a text; those with a capital inside, as "xAI", count as having one."""
    return tuple(
        token._replace(capital=True)
        if token.kind == "word" and not token.capital and not text[token.start : token.end].islower()
        else token
        for token in tokenize(text)
    )


def mentions(text: str, tokens: Sequence[Token] | None = None) -> list[Mention]:
    """What a text speaks of, in its order."""
    tokens = read(text) if tokens is None else tokens
    times = {period.first: period.last for period in periods(tokens, counting=False)}
    found, i = [], 0
    while i < len(tokens):
        last = times.get(i) or _phrase_end(tokens, i)
        if last > i and last - i <= _MOST_WORDS:
            found.append(_mention(text, tokens, i, last, time=i in times))
            last += _verb_follows(tokens, i, last)
        i = max(last, i + 1)
    return found


def _verb_follows(tokens: Sequence[Token], first: int, last: int) -> bool:
    """Whether the word after a subject is a verb as "did" or the like stands before it: "did Meta obtain"."""
    if (
        last >= len(tokens)
        or tokens[last - 1].text.endswith(_OWN)
        or word_at(tokens, first - 1) not in words.DO | words.MODALS
    ):
        return False
    return tokens[last].kind == "word" and tokens[last].text not in words.FUNCTION and not tokens[last].capital


def _phrase_end(tokens: Sequence[Token], i: int) -> int:
    """Where the name or noun phrase ends that begins here; here, when none does."""
    if _capital(tokens, i):
        return _name_end(tokens, i)
    j = i + (tokens[i].text in words.DETERMINERS and not word_at(tokens, i + 1).startswith("of"))
    if j > i and j < len(tokens) and _capital(tokens, j):
        return _name_end(tokens, j)
    first = j
    while j < len(tokens) and _noun_at(tokens, j, first, determined=first > i):
        own = tokens[j].text.endswith("'s")
        j += 1
        if own:
            break
        if word_at(tokens, j) == "-" and glued(tokens, j) and glued(tokens, j + 1):
            j += 1
    if j - first > 1 and word_at(tokens, i - 1) in words.DO | words.MODALS and not words.is_verb(word_at(tokens, j)):
        j -= 1  # "did the students obtain": a verb that no list holds
    return j if j > first else i


def _noun_at(tokens: Sequence[Token], j: int, first: int, *, determined: bool) -> bool:
    token = tokens[j]
    joined = j > 0 and tokens[j - 1].text == "-" and glued(tokens, j)
    if token.kind == "mark" or (token.capital and j > 0 and token.text not in words.OFFICERS):
        return False
    if joined:
        return True
    if determined and j == first and token.text in words.ADJECTIVES | {"last", "first", "next", "new", "main"}:
        return True  # the last word
    if token.text in words.FUNCTION or token.text in words.IMPERATIVES:
        return False
    if token.text.endswith("ing") and j > first and not determined and not _plural(tokens[j - 1].text):
        return True  # active learning
    if token.text in words.EITHER and j > first and _plural(tokens[j - 1].text):
        return False  # "the passengers report"
    if token.text in words.EITHER:
        follows = word_at(tokens, j + 1)
        return (
            determined or (j > 0 and tokens[j - 1].text in words.PREPOSITIONS) or follows in ("of", *words.AUXILIARIES)
        )
    return not words.is_verb(token.text) or (determined and j == first)


def _capital(tokens: Sequence[Token], i: int) -> bool:
    token = tokens[i]
    if token.kind != "word" or not token.capital or token.text in words.OFFICERS:
        return False
    if token.text in words.FUNCTION and token.end - token.start == len(token.text):  # else "U.S."
        return i > 0 and token.text in ("us", "it")
    return i > 0 or token.text not in words.IMPERATIVES


def _name_end(tokens: Sequence[Token], i: int) -> int:
    j = i + 1
    while j < len(tokens) and not tokens[j - 1].text.endswith(_OWN):
        if _capital(tokens, j) or (tokens[j].capital and glued(tokens, j)):
            j += 1
        elif tokens[j].kind == "number" and word_at(tokens, j + 1) != "%":
            j += 1  # Apollo 11
        elif (
            tokens[j].text in (".", "-", "&", "'")
            and _capital(tokens, min(j + 1, len(tokens) - 1))
            and j + 1 < len(tokens)
        ):
            if tokens[j].text != "&" and not (glued(tokens, j) and glued(tokens, j + 1)):
                break
            j += 2
        elif tokens[j].text == "of" and tokens[j - 1].text not in ROLES and j + 1 < len(tokens):
            if not _capital(tokens, j + 1):
                break
            j += 2  # Department of Defense
        else:
            break
    return j


def _mention(text: str, tokens: Sequence[Token], first: int, last: int, *, time: bool) -> Mention:
    determined = tokens[first].text in words.DETERMINERS and last - first > 1
    end = tokens[last - 1].end
    surface = text[tokens[first].start : end]
    own = tokens[last - 1].text.endswith("'s")
    if own:
        end -= 2
        surface = surface[:-2]
    head = tokens[last - 1].text.removesuffix("'s")
    named = any(_capital(tokens, i) for i in range(first, last)) and not time
    if named and determined:  # the article is no part of a name
        start = tokens[first + 1].start
        surface = text[start:end]
    else:
        start = tokens[first].start
    before = word_at(tokens, first - 1) if not (named and determined) else tokens[first].text
    kind = "time" if time else _kind(tokens, first, last, named=named, head=head, before=before)
    plural = not time and (_plural(head) and surface[-1:] == "s" and surface[-3:-1].isupper())  # SMBs
    measured = tokens[first].kind == "number" and (head,) in UNITS  # "30 days" are no things
    plural = plural or (not measured and not named and not time and (head in words.PLURALS or _plural(head)))
    definite = determined and not named and tokens[first].text not in ("a", "an")
    follows = tokens[last] if last < len(tokens) else None
    modifier = named and not own and follows is not None and not follows.capital and follows.kind == "word"
    modifier = modifier and not _verb_follows(tokens, first, last)
    modifier = modifier and word_at(tokens, last) not in words.FUNCTION and not words.is_verb(word_at(tokens, last))
    return Mention(surface, start, end, named, definite, _slot(tokens, first), kind, plural, before, modifier)


def _plural(head: str) -> bool:
    return head.endswith("s") and not head.endswith(("ss", "us", "is")) and len(head) > 3


def _kind(tokens: Sequence[Token], first: int, last: int, *, named: bool, head: str, before: str) -> str:
    inside = [token.text.removesuffix("'s") for token in tokens[first:last]]
    if named:
        if before in _BEFORE_PERSONS or (inside[0] in _BEFORE_PERSONS and len(inside) > 1):
            return "person"
        known = level(tuple(inside))
        if known not in ("town", "region", "site"):
            return "place"
        return "ship" if before == "the" and any(token.text in words.AFLOAT for token in tokens) else ""
    if head in words.SHIPS:
        return "ship"
    return "person" if head in words.PEOPLE or head.removesuffix("s") in words.PEOPLE else ""


def _slot(tokens: Sequence[Token], first: int) -> str:
    """The part that a mention plays in its question, as far as the order of words tells."""
    helping = next((i for i, token in enumerate(tokens) if token.text in words.AUXILIARIES), len(tokens))
    if first < helping and any(token.text in words.ASKING for token in tokens[:first]):
        verb = any(words.is_verb(token.text) and not token.capital for token in tokens[:first])
        return "other" if verb else "asked"
    return "subject" if first == helping + 1 else "other"


def person_shaped(mention: Mention) -> bool:
    """Whether a name looks like one of a person: two or three words with capitals, nothing of a firm or place in it."""
    parts = mention.text.split()
    if not mention.name or mention.before == "the" or not 2 <= len(parts) <= 3:
        return False
    if any(not (part[:1].isupper() and part[1:].islower() and part.replace("-", "").isalpha()) for part in parts):
        return False
    return not (words.THING_WORDS | words.PEOPLE | {"chief"}).intersection(part.lower() for part in parts)


def fit(mention: Mention, kind: str) -> int:
    """How well a mention agrees with a pronoun: 2 well, 1 perhaps, 0 not at all.

    Args:
        mention: what was spoken of.
        kind: "he", "she", "it", "they", "there" or "then".
    """
    if kind == "then" or mention.kind == "time":
        return 2 * (kind == "then" and mention.kind == "time")
    person = mention.kind == "person"
    if kind in ("he", "she"):
        certain = person and (mention.name or mention.definite)
        return (
            0
            if mention.plural
            else 2
            if certain
            else int(person_shaped(mention) or (kind == "she" and mention.kind == "ship"))
        )
    if kind == "they":
        return 2 if mention.plural else 1 if mention.name or person else 0
    if kind == "there":
        return 0 if person else 2 if mention.kind == "place" else int(mention.name and not person_shaped(mention))
    if person or mention.plural:
        return 0
    adjective = mention.kind == "place" and mention.text.lower().endswith(("ican", "ian", "ese", "ish"))
    doubtful = adjective or person_shaped(mention)
    return 1 if doubtful or not (mention.name or mention.definite) else 2


def names(found: Sequence[Mention]) -> Iterator[Mention]:
    """Those of the mentions that are names."""
    return (mention for mention in found if mention.name)
