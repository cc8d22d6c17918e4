"""What was asked before, with other question words: "when was Scale AI founded" after "who founded Scale AI"."""

from __future__ import annotations

import re

from ragqa.conversation import words
from ragqa.conversation.clauses import Clause, Completed
from ragqa.conversation.mentions import Mention, mentions
from ragqa.conversation.topics import Said
from ragqa.tokens import word_at

_LONG_ANSWER = 8  # words of an answer that can stand as the subject of a question
_EMPTY = frozenset({"year", "day", "time", "date", "month", "money", "city", "country", "place", "way"})


def asked_anew(asking: str, before: Clause, last: Said) -> Completed | None:
    """The proposition of the question before, with other question words; None when there is no telling it."""
    asking = asking[:1].upper() + asking[1:]
    if before.asking < 0:
        text = before.text[:1].lower() + before.text[1:]
        return Completed(f"{asking} {text}?", (before.text,)) if before.helping == 0 else None
    if before.subject_asked:
        return _passive(asking, before) or _cleft(asking, before, last)
    if before.helping < 0:
        return None
    kept, content = before.rest(before.helping), _content(before)
    if before.tokens[before.helping].text in words.BE and before.tokens[before.asking].text in ("who", "what"):
        return _holder(asking, before, last) or Completed(f"{asking} {kept}?", (kept,))
    return Completed(f"{asking} {kept} the {content}?" if content else f"{asking} {kept}?", (kept, content))


def _holder(asking: str, before: Clause, last: Said) -> Completed | None:
    """ "Since when is Ada Palmer the chief executive?" after "Who is the chief executive?"; it takes a name."""
    answer, rest = _short(last.answer), before.rest(before.helping + 1)
    if before.tokens[before.asking].text != "who" or not answer[:1].isupper():
        return None
    if any(mention.name and mention.start == 0 for mention in mentions(rest)):
        return None  # "Who is Ada Palmer?"
    be = before.tokens[before.helping].text
    return Completed(f"{asking} {be} {answer} {rest}?", (answer, rest))


def _content(before: Clause) -> str:
    """The noun of the old question words, which is part of what was asked: "share of Scale AI"."""
    head, first = before.tokens[before.asking].text, before.asking + 1
    if head == "how" or before.asking > 0:
        first += 1
        if word_at(before.tokens, first - 1) not in ("many", "much"):
            return ""
    elif head not in ("what", "which"):
        return ""
    if first >= before.after:
        return ""
    text = before.text[before.tokens[first].start : before.tokens[before.after - 1].end]
    return "" if text.lower() in _EMPTY else text


def _passive(asking: str, before: Clause) -> Completed | None:
    """ "When was Scale AI founded?" after "Who founded Scale AI?"; None unless a past form and its object are there."""
    if before.helping >= 0 or before.after + 1 >= len(before.tokens):
        return None
    verb = before.tokens[before.after]
    if not words.is_past(verb.text) or verb.text in words.INTRANSITIVE:
        return None
    start = before.tokens[before.after + 1].start
    thing = _mention_at(before, start)
    if thing is None:
        return None
    end = thing.end
    while link := re.match(r"(?:['’]s|(?:['’]s)? of(?: the)?) ", before.text[end:]):
        part = _mention_at(before, end + link.end())
        if part is None:
            break
        end = part.end  # "the owner of the ship"
    patient, tail = before.text[start:end], before.text[end:].strip()
    participle = words.IRREGULAR.get(verb.text, verb.text)
    made = " ".join(filter(None, (asking, "were" if thing.plural else "was", patient, participle, tail)))
    return Completed(f"{made}?", (patient, before.text[verb.start : verb.end], tail))


def _mention_at(before: Clause, start: int) -> Mention | None:
    """The mention that begins at a place, but for an article."""
    found = next((mention for mention in before.mentions if mention.end > start), None)
    return found if found and before.text[start : found.start].strip().lower() in ("", "the") else None


def _cleft(asking: str, before: Clause, last: Said) -> Completed | None:
    """ "Why is it that Google left?" after "Which customer left?"; the subject is the answer or the noun asked for."""
    answer, content, kept = _short(last.answer), _content(before), before.rest(before.after)
    many = before.tokens[before.asking].text == "how"
    subject = content if content and (many or not answer) else answer
    if not subject or not kept:
        return None
    if before.helping >= 0:
        helping = before.text[before.tokens[before.helping].start : before.tokens[before.helping].end]
        rest = before.rest(before.helping + 1)
        return Completed(f"{asking} {helping} {subject} {rest}?", (subject, rest))
    past = words.is_past(before.tokens[before.after].text)
    return Completed(f"{asking} {'was' if past else 'is'} it that {subject} {kept}?", (subject, kept))


def _short(answer: str | None) -> str:
    """An answer that can be the subject of a question: a short phrase without a mark that would end one."""
    if not answer or len(answer.split()) > _LONG_ANSWER or re.search(r"[.!?;:|*\n]\s|[|*\n]", answer):
        return ""
    return answer.strip(" ,.;:*\"'")
