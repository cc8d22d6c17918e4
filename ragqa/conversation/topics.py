"""What a conversation is about: the things spoken of in its turns, and which of them a reference means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from ragqa.asked import asks as asked_for
from ragqa.conversation import words
from ragqa.conversation.mentions import Mention, fit, mentions, names, person_shaped, read
from ragqa.conversation.references import Reference
from ragqa.tokens import word_at

_LONG_ANSWER = 10  # words; of longer answers only names are taken up
_DISTANCE = 1.0  # what a turn further back costs, beside
_MISFIT = 1.5  # what a doubtful agreement costs


_WHO_IS = re.compile(r"(?:and |so )?who (?:is|was|are)\b", re.IGNORECASE)


class Said(NamedTuple):
    """One earlier turn."""

    asked: str  # as it stands alone
    answer: str | None  # None when the documents didn't say
    typed: str = ""  # as it was typed, where that differs


class Topic(NamedTuple):
    """Something that was spoken of."""

    mention: Mention
    rank: float  # within its turn, 0 for what it is most about
    answer: bool = False  # whether the answer names it, rather than the question
    sole: bool = False  # whether its question speaks of nothing else
    pronoun: str = ""  # "he" or "she" where the question as typed said so
    turns_ago: int = 0


def topics(history: Sequence[Said]) -> list[Topic]:
    """What was spoken of, last turn first."""
    return [topic._replace(turns_ago=ago) for ago, said in enumerate(reversed(history)) for topic in _spoken_of(said)]


@lru_cache(maxsize=1024)
def _spoken_of(said: Said) -> tuple[Topic, ...]:
    spoken = [mention for mention in mentions(said.asked) if not _generic(mention)]
    if _WHO_IS.match(said.asked) and len(spoken) == 1 and person_shaped(spoken[0]):
        spoken = [spoken[0]._replace(kind="person")]
    found = [_asked(mention, said.typed)._replace(sole=len(spoken) == 1) for mention in spoken]
    return (*found, *_answered(said.asked, said.answer)) if said.answer else tuple(found)


def _asked(mention: Mention, typed: str) -> Topic:
    """A thing that a question speaks of; what a pronoun in it stood for is what the conversation is about."""
    if not typed or mention.text.lower() in typed.lower():
        return Topic(mention, _rank(mention))
    said = {words.PRONOUNS.get(token.text) or words.POSSESSIVES.get(token.text) for token in read(typed)}
    genders = [gender for gender in ("he", "she") if gender in said and fit(mention, "he")]
    return Topic(mention, _rank(mention) - 0.3, pronoun=genders[0] if len(genders) == 1 else "")


def _generic(mention: Mention) -> bool:
    """Whether a name is but an attribute: "AI" in "AI company"."""
    return mention.modifier and mention.text.isupper() and len(mention.text) <= 3


def _rank(mention: Mention) -> float:
    return (0.0 if mention.name else 0.2 if mention.definite else 0.5) + 0.3 * mention.modifier


def _answered(asked: str, answer: str) -> list[Topic]:
    """What an answer speaks of: first what it names, where the question asked who or which."""
    tokens = read(asked)
    spoken = mentions(asked, tokens)
    asks = next((token.text for token in tokens if token.text in words.ASKING), "")
    found = [mention for mention in mentions(answer) if not _generic(mention)]
    entity = asks in ("who", "whom", "which") or any(mention.slot == "asked" for mention in spoken)
    person = asks in ("who", "whom", "whose") and _person_asked([token.text for token in tokens])
    describes = len(spoken) == 1 and spoken[0].name and word_at(tokens, 1) in words.BE  # "Who is Ada Palmer?"
    long = len(answer.split()) > _LONG_ANSWER
    several = [] if long else _listed(answer, list(names(found)))
    for mention in found:
        kind = mention.kind
        if mention.name and (asks == "where" or asked_for(asked).one == "place"):
            kind = "place"
        elif mention.name and person and not kind and not _office(mention):
            kind = "person"
        rank = _rank(mention) + (0.6 if describes else 0.4 if long else -0.2 if entity and mention.name else 0.15)
        slot = "subject" if entity else "other"
        several.append(Topic(mention._replace(kind=kind, slot=slot), rank, answer=True))
    return several


def _listed(answer: str, named: Sequence[Mention]) -> list[Topic]:
    """Several names as one thing: "Google, Microsoft and xAI"."""
    if len(named) < 2:
        return []
    first, last = named[0].start, named[-1].end
    text = answer[first:last]
    if any(word.islower() and word not in ("and", "or", "the", "of") for word in re.findall(r"\w+", text)):
        return []
    return [Topic(Mention(text, first, last, True, plural=True, slot="subject"), -0.2, answer=True)]


def _office(mention: Mention) -> bool:
    return bool((words.PEOPLE | {"chief"}).intersection(mention.text.lower().split()))


def _person_asked(asked: Sequence[str]) -> bool:
    """Whether who is asked for must be a person: who founded, led or wrote it, or was its chief executive."""
    return any(word in words.PEOPLE or word in words.PERSON_VERBS for word in asked)


def meant(reference: Reference, known: Iterable[Topic], taken: Iterable[str]) -> Mention | None:
    """The thing that a reference means, None where nothing agrees with it.

    Args:
        reference: the reference.
        known: what was spoken of.
        taken: what the question speaks of already, which a reference in it can't mean.
    """
    taken = list(taken)
    known, kind = list(known), reference.kind
    genders = {topic.mention.text: topic.pronoun for topic in known if topic.pronoun} if kind in ("he", "she") else {}
    best: tuple[float, Mention] | None = None
    for topic in known:
        agreement = _agreement(reference, topic) * (genders.get(topic.mention.text, kind) == kind)
        if not agreement or any(_same(topic.mention.text, text) for text in taken):
            continue
        sole = topic.sole and not topic.mention.name and reference.kind not in ("he", "she")
        agreement = 2 if sole else agreement
        cost = topic.turns_ago * _DISTANCE + (2 - agreement) * _MISFIT + topic.rank
        if reference.kind != "noun" or reference.noun in words.FIRMS:
            subject = topic.mention.slot == "subject"
            wanted = reference.subject or reference.kind == "they"  # those who act
            cost += (0.3 if wanted else 0.1) * (subject != wanted)
        if best is None or cost < best[0]:
            best = cost, topic.mention
    return best[1] if best else None


def _same(one: str, other: str) -> bool:
    """Whether the words of one stand in the other."""
    mine, its = (set(re.findall(r"\w+", text.lower())) for text in (one, other))
    return mine <= its or its <= mine


def _agreement(reference: Reference, topic: Topic) -> int:
    mention = topic.mention
    if reference.kind != "noun":
        return fit(mention, reference.kind)
    singular = reference.noun.removesuffix("s")
    if singular in words.PEOPLE or reference.noun in words.PEOPLE:
        return fit(mention, "he") if mention.name else 0
    if reference.noun in words.FIRMS:
        office = words.OFFICES.intersection(mention.text.lower().split())
        thing = mention.name and not mention.plural and mention.kind == "" and not office and not mention.modifier
        return 2 * (thing and not person_shaped(mention))
    head = mention.text.split()[-1].lower()
    return 2 * (not mention.name and head.removesuffix("s") == singular)
