"""Questions that are only a part of one: "and when?", "by whom?", "what about Google?", "who else?"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from ragqa.conversation import words
from ragqa.conversation.clauses import Clause, clause, stripped
from ragqa.conversation.mentions import Mention, fit, mentions, person_shaped, read
from ragqa.conversation.topics import Said
from ragqa.tokens import Token, word_at

_ABOUT = re.compile(r"(?:what|how) (?:about|of)\s+", re.IGNORECASE)
_SO = re.compile(
    r"(when|where|why|how)(?: (?:is|was|did|does|has|were))? (?:that|this|so|not|it)(?: (?:happen|happened|be|been))?",
    re.I,
)
_ELSE = re.compile(r"(who|what|where|when|anyone|anything|anybody|which) (?:else|others?)", re.IGNORECASE)
_LONGEST = 9  # words of a fragment
_LONG_ANSWER = 8  # words of an answer that can stand as the subject of a question


class Completed(NamedTuple):
    """A question made whole, and the words of the earlier turn in it, verbatim."""

    question: str
    carried: tuple[str, ...]


def complete(question: str, history: Sequence[Said]) -> Completed | None:
    """The whole question that a fragment stands for; None when it is no fragment, or one that nothing is known of.

    Args:
        question: the question as typed.
        history: the turns before it, at least one.
    """
    text, last = stripped(question), history[-1]
    before = clause(last.asked)
    if not text or not before.tokens or len(text.split()) > _LONGEST:
        return None
    if match := _ELSE.fullmatch(text):
        return _again(match.group(1), before)
    where = text[:5].lower() != "where" or not any(m.name and not fit(m, "he") for m in mentions(last.answer or ""))
    if (match := _SO.fullmatch(text)) and where:
        return _asking_anew(match.group(1), before, last)
    if _bare_question(text):
        return _asking_anew(text, before, last)
    about = _ABOUT.match(text)
    topic = text[about.end() :] if about else text
    if not about and not _bare_topic(topic, opened=text != question.strip(" ?!.")):
        return None
    turns = [clause(said.asked) for said in reversed(history)]
    return next(filter(None, (_instead(topic, turn, alike=True) for turn in turns)), None) or _instead(topic, before)


def _again(asking: str, before: Clause) -> Completed | None:
    """ "Who else?" after "Who left the firm?"."""
    if before.asking != 0:
        return None
    kept = before.rest(1)
    head = before.tokens[0].text
    return Completed(f"{head.capitalize()} else {kept}?", (kept,)) if head == asking.lower() and kept else None


def _bare_question(text: str) -> bool:
    """Whether a text is question words and nothing else: "when", "by whom", "in which year", "how much"."""
    tokens = read(text)
    asking = 1 if tokens[0].text in words.PREPOSITIONS else 0
    if word_at(tokens, asking) == "for" or (
        asking and word_at(tokens, asking) in ("how", "what", "which", "whom", "when", "where")
    ):
        pass
    if word_at(tokens, asking) not in words.ASKING or len(tokens) > asking + 4:
        return False
    rest = tokens[asking + 1 :]
    if any(token.kind == "mark" for token in rest):
        return False
    if tokens[asking].text not in ("how", "what", "which", "whose"):
        return not rest
    if tokens[asking].text == "how":
        if not rest or (len(rest) == 1 and rest[0].text in words.ADJECTIVES):
            return True
        if rest[0].text not in ("much", "many", "come"):
            return False
        rest = rest[1:]
    elif not rest:
        return asking > 0
    return all(token.text in words.ADJECTIVES or _plain(token) for token in rest)


def _plain(token: Token) -> bool:
    return token.text not in words.FUNCTION and not token.capital and not words.is_verb(token.text)


def _bare_topic(text: str, *, opened: bool) -> bool:
    """Whether a text names something and asks nothing: "Google", "and in 2018", "the price".

    Without "and" before it only a name or time will do, as "ferry timetable" may well be typed for a question.
    """
    tokens = read(text)
    if any(token.text in words.ASKING | words.AUXILIARIES for token in tokens):
        return False
    found = mentions(text, tokens)
    if not found or (found[0].start > 0 and tokens[0].text not in words.PREPOSITIONS | words.DETERMINERS):
        return False
    if any(
        words.is_verb(t.text) and not t.capital and not any(m.start <= t.start < m.end for m in found) for t in tokens
    ):
        return False
    return opened or (len(found) == 1 and (found[0].name or found[0].kind == "time") and len(tokens) <= 4)


def _asking_anew(asking: str, before: Clause, last: Said) -> Completed | None:
    """The proposition of the question before, with other question words."""
    asking = asking[:1].upper() + asking[1:]
    if before.asking < 0:
        if before.helping != 0:
            return None
        return Completed(f"{asking} {_lowered(before.text)}?", (before.text,))
    if before.subject_asked:
        return _passive(asking, before) or _cleft(asking, before, last)
    if before.helping < 0:
        return None
    kept = before.rest(before.helping)
    answer = _short(last.answer)
    if before.tokens[before.helping].text in words.BE and before.tokens[before.asking].text in ("who", "what"):
        if (
            before.tokens[before.asking].text == "who"
            and answer
            and answer[:1].isupper()
            and before.after == before.asking + 1
        ):
            be, rest = before.tokens[before.helping].text, before.rest(before.helping + 1)
            named = any(m.name and m.start == 0 for m in mentions(rest))
            if not named:
                return Completed(f"{asking} {be} {answer} {rest}?", (be, answer, rest))
        return Completed(f"{asking} {kept}?", (kept,))
    content = _content(before)
    if content:
        return Completed(f"{asking} {kept} the {content}?", (kept, content))
    return Completed(f"{asking} {kept}?", (kept,))


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]


def _content(before: Clause) -> str:
    """The noun of the old question words, which is part of what was asked: "share of Scale AI"."""
    head = before.tokens[before.asking].text
    first = before.asking + 1
    if head == "how" or before.asking > 0:
        if word_at(before.tokens, first) not in ("many", "much"):
            return ""
        first += 1
    elif head not in ("what", "which"):
        return ""
    if first >= before.after:
        return ""
    text = before.text[before.tokens[first].start : before.tokens[before.after - 1].end]
    return (
        ""
        if text.lower() in ("year", "day", "time", "date", "month", "money", "city", "country", "place", "way")
        else text
    )


def _passive(asking: str, before: Clause) -> Completed | None:
    """ "When was Scale AI founded?" after "Who founded Scale AI?"; None unless a past form and its object are there."""
    if before.helping >= 0 or before.after >= len(before.tokens):
        return None
    verb = before.tokens[before.after]
    if not words.is_past(verb.text) or verb.text in words.INTRANSITIVE or before.after + 1 >= len(before.tokens):
        return None
    start = before.tokens[before.after + 1].start
    thing = next((m for m in before.mentions if m.end > start), None)
    if thing is None or before.text[start : thing.start].strip().lower() not in ("", "the"):
        return None
    end = thing.end
    while (follows := re.match(r"(?:'s|’s)?(?: of(?: the)?)? ", before.text[end:])) and follows.group() != " ":
        following = next((m for m in before.mentions if m.start >= end + follows.end()), None)
        if following is None or before.text[end + follows.end() : following.start].strip().lower() not in ("", "the"):
            break
        end = following.end
    patient, tail = before.text[start:end], before.text[end:].strip()
    participle = words.IRREGULAR.get(verb.text, verb.text)
    if participle != verb.text and verb.text in words.IRREGULAR.values():
        participle = verb.text
    made = " ".join(filter(None, (asking, "were" if thing.plural else "was", patient, participle, tail)))
    raw = before.text[verb.start : verb.end]
    return Completed(f"{made}?", tuple(filter(None, (patient, raw, tail))))


def _cleft(asking: str, before: Clause, last: Said) -> Completed | None:
    """ "Why is it that Google left?" after "Which customer left?"; the subject is the answer or the noun asked for."""
    answer = _short(last.answer)
    content = _content(before)
    many = before.tokens[before.asking].text == "how"
    subject = content if (many or not answer) and content else answer
    kept = before.rest(before.after)
    if not subject or not kept:
        return None
    if before.helping >= 0:
        helping = before.text[before.tokens[before.helping].start : before.tokens[before.helping].end]
        rest = before.rest(before.helping + 1)
        return Completed(f"{asking} {helping} {subject} {rest}?", (subject, helping, rest))
    past = words.is_past(before.tokens[before.after].text)
    return Completed(f"{asking} {'was' if past else 'is'} it that {subject} {kept}?", (subject, kept))


def _short(answer: str | None) -> str:
    """An answer that can be the subject of a question: a short phrase without a mark that would end one."""
    if not answer or len(answer.split()) > _LONG_ANSWER or re.search(r"[.!?;:|*\n]\s|[|*\n]", answer):
        return ""
    return answer.strip(" ,.;:*\"'")


def _instead(topic: str, before: Clause, *, alike: bool = False) -> Completed | None:
    """A question about another thing: what corresponds to it there is replaced.

    Args:
        topic: the other thing, with the preposition before it and further ones behind it.
        before: the question.
        alike: whether only a name of the same kind, person or not, may give way to a name.
    """
    found = mentions(topic)
    if not found or any(token.text in words.POSSESSIVES or words.PRONOUNS.get(token.text) for token in read(topic)):
        return None
    text, places = before.text, before.mentions
    lead = topic[: found[0].start].strip().lower().removesuffix("the").strip()
    if lead and lead not in words.PREPOSITIONS:
        return None
    edits: list[tuple[int, int, str]] = []
    if lead:
        end = found[0].end
        place = next((m for m in places if _led(text, m) == lead and (m.name or not found[0].name)), None)
        if place is not None:
            edits.append((place.start, place.end, found[0].text))
        elif found[0].kind == "time" or lead in ("in", "at", "on", "for", "to", "under"):
            time = next((m for m in places if m.kind == "time"), None) if found[0].kind == "time" else None
            span = (time.start, time.end) if time else (len(text), len(text))
            edits.append((*span, found[0].text if time else f" {topic[:end]}"))
        else:
            return None
    else:
        old = _counterpart(found[0], places, before, alike=alike)
        if old is None:
            return None
        article = "the " if found[0].name and found[0].before == "the" else ""
        edits.append((_with_article(text, old, found[0]), old.end, article + found[0].text))
    edits += _others(topic, found[1:], text, places, edits)
    return _edited(text, edits)


def _led(text: str, mention: Mention) -> str:
    """The preposition before a mention, "" for none."""
    match = re.search(r"(\w+)\s+(?:the\s+)?$", text[: mention.start])
    return match.group(1).lower() if match and match.group(1).lower() in words.PREPOSITIONS else ""


def _with_article(text: str, old: Mention, new: Mention) -> int:
    """Where the replaced part begins: with the article of a name that gives way to a thing with its own."""
    match = re.search(r"\bthe\s+$", text[: old.start], re.IGNORECASE)
    return match.start() if match and (new.definite or old.name) else old.start


def _others(
    topic: str, found: Sequence[Mention], text: str, places: Sequence[Mention], edits: Sequence[tuple[int, int, str]]
) -> list[tuple[int, int, str]]:
    """The further parts of "and Microsoft from Inflection AI?": each takes the place led in by the same preposition."""
    more: list[tuple[int, int, str]] = []
    for mention in found:
        lead = _led(topic, mention)
        free = (m for m in places if all(m.end <= start or m.start >= end for start, end, _ in [*edits, *more]))
        place = next((m for m in free if lead and _led(text, m) == lead), None)
        if place is not None:
            more.append((place.start, place.end, mention.text))
    return more


def _counterpart(new: Mention, places: Sequence[Mention], before: Clause, *, alike: bool) -> Mention | None:
    """The thing in the question before that corresponds to a new one."""
    ordered = sorted((m for m in places if not (m.modifier and m.text.isupper())), key=lambda m: m.slot != "subject")
    if new.kind == "time":
        return next((m for m in ordered if m.kind == "time"), None)
    person = new.kind == "person" or person_shaped(new)
    named = [m for m in ordered if m.name]
    if new.name:
        same = [m for m in named if (m.kind == "person" or person_shaped(m)) == person]
        return next(iter(same if alike else named or [m for m in ordered if m.definite]), None)
    if new.kind == "person" and not new.plural:
        found = next((m for m in ordered if fit(m, "he")), None)
        if found:
            return found
    nouns = [m for m in ordered if not m.name and m.kind != "time"]
    if new.definite:
        return next((m for m in nouns if m.definite), None) or next((m for m in nouns if m.slot == "asked"), None)
    asked = [m for m in nouns if m.slot == "asked" and word_at(before.tokens, before.asking + 1) in ("many", "much")]
    return next(iter(asked or nouns or named), None)


def _edited(text: str, edits: Sequence[tuple[int, int, str]]) -> Completed:
    made, carried, last = "", [], 0
    for start, end, new in sorted(edits):
        made += text[last:start] + new
        carried.append(text[last:start].strip())
        last = end
    carried.append(text[last:].strip())
    return Completed(f"{made}{text[last:]}?", tuple(filter(None, carried)))
