"""One thing in the place of another: "what about Google?", "and in 2018?", "and the price?"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from ragqa.conversation import words
from ragqa.conversation.clauses import Clause, Completed
from ragqa.conversation.mentions import Mention, fit, mentions, person_shaped, read
from ragqa.tokens import word_at

_ADDED_AFTER = frozenset({"in", "at", "on", "for", "to", "under"})


class _Edit(NamedTuple):
    start: int
    end: int
    new: str


def instead(topic: str, before: Clause, *, alike: bool) -> Completed | None:
    """A question about another thing: what corresponds to it there is replaced. None where nothing does.

    Args:
        topic: the other thing, with the preposition before it and further ones behind it.
        before: the question.
        alike: whether only a name of the same kind, person or not, may give way to a name.
    """
    found = mentions(topic)
    if not found or any(token.text in words.POSSESSIVES or words.PRONOUNS.get(token.text) for token in read(topic)):
        return None
    lead = topic[: found[0].start].strip().lower().removesuffix("the").strip()
    if lead and lead not in words.PREPOSITIONS:
        return None
    edit = _after_preposition(topic, lead, found[0], before) if lead else _plainly(found[0], before, alike=alike)
    return _edited(before.text, [edit, *_others(topic, found[1:], before, edit)]) if edit else None


def _after_preposition(topic: str, lead: str, new: Mention, before: Clause) -> _Edit | None:
    """ "And in 2018?": in the place of what the same preposition leads in, of another time, or at the end."""
    text, places = before.text, before.mentions
    for place in places:
        if _led(text, place) == lead and (place.name or not new.name):
            return _Edit(place.start, place.end, new.text)
    if new.kind == "time":
        for place in places:
            if place.kind == "time":
                return _Edit(place.start, place.end, new.text)
    if new.kind == "time" or lead in _ADDED_AFTER:
        return _Edit(len(text), len(text), f" {topic[: new.end]}")
    return None


def _plainly(new: Mention, before: Clause, *, alike: bool) -> _Edit | None:
    old = _counterpart(new, before, alike=alike)
    if old is None:
        return None
    if old.definite and not old.plural and not (new.name or new.definite or new.kind) and old.slot == "subject":
        return _Edit(len(before.text), len(before.text), f" for {new.text}")  # "the policy": of that there is one
    article = re.search(r"\bthe\s+$", before.text[: old.start], re.IGNORECASE)
    start = article.start() if article and (new.definite or old.name) else old.start
    return _Edit(start, old.end, f"the {new.text}" if new.name and new.before == "the" else new.text)


def _counterpart(new: Mention, before: Clause, *, alike: bool) -> Mention | None:
    """The thing in the question before that corresponds to a new one; its subject first."""
    places = [mention for mention in before.mentions if not (mention.modifier and mention.text.isupper())]
    ordered = sorted(places, key=lambda mention: mention.slot != "subject")
    if new.kind == "time":
        return next((mention for mention in ordered if mention.kind == "time"), None)
    named = [mention for mention in ordered if mention.name]
    if new.name:
        same = [mention for mention in named if _personal(mention) == _personal(new)]
        return next(iter(same if alike else named or [mention for mention in ordered if mention.definite]), None)
    persons = [mention for mention in ordered if fit(mention, "he")]
    if new.kind == "person" and not new.plural and persons:
        return persons[0]
    nouns = [mention for mention in ordered if not mention.name and mention.kind != "time"]
    asked = [mention for mention in nouns if mention.slot == "asked"]
    if new.definite:
        return next(iter([mention for mention in nouns if mention.definite] or asked), None)
    counted = asked if word_at(before.tokens, before.asking + 1) in ("many", "much") else []
    return next(iter(counted or nouns or named), None)


def _personal(mention: Mention) -> bool:
    return mention.kind == "person" or person_shaped(mention)


def _led(text: str, mention: Mention) -> str:
    """The preposition before a mention, "" for none."""
    match = re.search(r"(\w+)\s+(?:the\s+)?$", text[: mention.start])
    return match.group(1).lower() if match and match.group(1).lower() in words.PREPOSITIONS else ""


def _others(topic: str, found: Sequence[Mention], before: Clause, edit: _Edit) -> list[_Edit]:
    """The further parts of "and Microsoft from Inflection AI?": each takes the place led in by the same preposition."""
    edits = [edit]
    for mention in found:
        lead = _led(topic, mention)
        free = (m for m in before.mentions if all(m.end <= e.start or m.start >= e.end for e in edits))
        place = next((m for m in free if lead and _led(before.text, m) == lead), None)
        if place is not None:
            edits.append(_Edit(place.start, place.end, mention.text))
    return edits[1:]


def _edited(text: str, edits: Sequence[_Edit]) -> Completed:
    made, carried, last = "", [], 0
    for edit in sorted(edits):
        made += text[last : edit.start] + edit.new
        carried.append(text[last : edit.start].strip())
        last = edit.end
    carried.append(text[last:].strip())
    return Completed(f"{made}{text[last:]}?", tuple(filter(None, carried)))
