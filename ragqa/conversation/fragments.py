"""Questions that are only a part of one: "and when?", "by whom?", "what about Google?", "who else?"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ragqa.conversation import words
from ragqa.conversation.anew import asked_anew
from ragqa.conversation.clauses import Clause, Completed, clause, stripped
from ragqa.conversation.mentions import fit, mentions, read
from ragqa.conversation.replacing import instead
from ragqa.conversation.topics import Said
from ragqa.tokens import Token, word_at

_ABOUT = re.compile(r"(?:what|how) (?:about|of)\s+", re.IGNORECASE)
_SO = re.compile(
    r"(when|where|why|how)(?: (?:is|was|did|does|has|were))? (?:that|this|so|not|it)(?: (?:happen|happened|be|been))?",
    re.I,
)
_ELSE = re.compile(r"(who|what|where|when|anyone|anything|anybody|which) (?:else|others?)", re.IGNORECASE)
_LONGEST = 9  # words of a fragment


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
    if (match := _SO.fullmatch(text)) and not _asks_where_it_is(text, last):
        return asked_anew(match.group(1), before, last)
    if _bare_question(text):
        return asked_anew(text, before, last)
    about = _ABOUT.match(text)
    topic = text[about.end() :] if about else text
    opened = bool(about) or text != question.strip(" ?!.")
    if not about and not _bare_topic(topic, opened=opened):
        return None
    turns = [clause(said.asked) for said in reversed(history)]
    found = next(filter(None, (instead(topic, turn, alike=True) for turn in turns)), None)
    return found or (instead(topic, before, alike=False) if opened else None)


def _asks_where_it_is(text: str, last: Said) -> bool:
    """Whether "where is that?" asks for what was answered, a name of no person, rather than for what was asked."""
    who = any(token.text in ("who", "whom") for token in read(last.asked))
    named = any(mention.name and not (who and fit(mention, "he")) for mention in mentions(last.answer or ""))
    return named and text[:5].lower() == "where"


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
    outside = [token for token in tokens if not any(m.start <= token.start < m.end for m in found)]
    if any(words.is_verb(token.text) and not token.capital for token in outside):
        return False
    return opened or (len(found) == 1 and (found[0].name or found[0].kind == "time") and len(tokens) <= 4)
