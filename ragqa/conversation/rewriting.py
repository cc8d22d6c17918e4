"""From a question within a conversation to one that stands alone. Rules only: no model, no document is looked at.

A question that points at nothing earlier is given back unchanged, and so is one that points at nothing known.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from ragqa.conversation import words
from ragqa.conversation.clauses import Completed
from ragqa.conversation.fragments import complete
from ragqa.conversation.mentions import Mention, fit, mentions, read
from ragqa.conversation.references import Reference, references
from ragqa.conversation.topics import Said, Topic, meant, topics
from ragqa.tokens import word_at

_MOVING = re.compile(
    r"\b(?:get|got|go|goes|going|went|come|came|travel|drive|fly|sail|move|moved) there\b", re.IGNORECASE
)
_LONGEST = 300  # characters; a longer question says itself what it is about
_SHORT_QUESTION = 7  # words
_LONG_ANSWER = 8  # words of an answer that "that" can stand for


@lru_cache(maxsize=1024)
def standalone(question: str, history: tuple[Said, ...]) -> Completed:
    """The question as it would be asked by someone who had said nothing before.

    Args:
        question: as typed.
        history: the turns before it, oldest first, their questions standing alone.
    """
    unchanged = Completed(question, ())
    if not history or len(question) > _LONGEST:
        return unchanged
    tokens = read(question)
    known = topics(history)
    pointing = references(question, tokens, _things(known))
    if not pointing or (len(pointing) == 1 and pointing[0].kind in ("that", "then")):
        completed = complete(question, history)
        if completed is not None:
            return completed
    if pointing:
        return _replaced(question, pointing, known, history[-1]) or unchanged
    return _of_topic(question, known) or unchanged


def _replaced(question: str, pointing: Sequence[Reference], known: Sequence[Topic], last: Said) -> Completed | None:
    """The question with the things meant in the places of what points at them."""
    pointed = [(reference.start, reference.end) for reference in pointing]
    spoken = [m for m in mentions(question) if not any(m.start < end and start < m.end for start, end in pointed)]
    taken = [mention.text for mention in spoken]
    edits: list[tuple[Reference, str]] = []
    carried: list[str] = []
    resolved: dict[str, Mention] = {}
    for reference in pointing:
        if reference.possessive and resolved.get(reference.kind):
            continue  # "he ... his": bound, now that the first is a name
        given = _that(question, last) if reference.kind == "that" else _noun(reference, known, taken)
        if given:
            edits.append((reference, _compound(reference, given)))
        elif reference.kind != "that" and (mention := meant(reference, known, taken)):
            resolved[reference.kind] = mention
            given = (mention.text,)
            edits.append((reference, _shaped(reference, mention, moving=bool(_MOVING.search(question)))))
        taken += given
        carried += given
    if not edits:
        return None
    made, end = "", 0
    for reference, text in edits:
        made += question[end : reference.start] + text
        end = reference.end
    return Completed(made + question[end:], tuple(dict.fromkeys(carried)))


def _things(known: Sequence[Topic]) -> frozenset[str]:
    """Names of the conversation, in lower case, that are of no person."""
    named = [topic.mention for topic in known if topic.mention.name]
    persons = {part for mention in named if fit(mention, "he") for part in mention.text.lower().split()}
    return frozenset(mention.text.lower() for mention in named if not fit(mention, "he")) - persons


def _that(question: str, last: Said) -> tuple[str, ...]:
    """What "that" by itself stands for: the last answer, when it is a short phrase; a reason is asked for no thing."""
    answer = (last.answer or "").strip(" .,")
    if not answer or len(answer.split()) > _LONG_ANSWER or set(answer) & set("\n|*?!;"):
        return ()
    found = mentions(answer)
    phrase = not answer[0].isalpha() or (found and found[0].start <= len("the "))
    return (answer,) if phrase and read(question)[0].text != "why" else ()


def _noun(reference: Reference, known: Sequence[Topic], taken: Sequence[str]) -> tuple[str, ...]:
    """The names that tell which one "that deal" is; none for what is replaced as a whole."""
    if reference.kind != "noun" or reference.noun not in words.EVENTS:
        return ()
    recent = [topic for topic in known if topic.turns_ago == 0 and topic.mention.name and topic.mention.kind != "time"]
    recent = [topic for topic in recent if not topic.answer] or recent
    recent = [topic for topic in recent if topic.mention.text not in taken]
    return tuple(dict.fromkeys(topic.mention.text for topic in recent[:2]))


def _compound(reference: Reference, text: Sequence[str]) -> str:
    return " ".join(("the", *text, reference.noun)) if reference.kind == "noun" else " ".join(text)


def _shaped(reference: Reference, mention: Mention, *, moving: bool) -> str:
    """A mention in the form of what it replaces; a name gets back the article that it had."""
    article = mention.before == "the" if mention.name else reference.kind == "they" and not mention.definite
    text = f"the {mention.text}" if article else mention.text
    if reference.start == 0:
        text = text[:1].upper() + text[1:]
    if reference.kind == "there":
        return f"{'to' if moving else 'in' if mention.kind == 'place' else 'at'} {text}"
    if reference.kind == "then":
        return f"{'on' if re.match(r'[0-9]{1,2} ', text) else 'in'} {text}"
    if reference.possessive:
        return f"{text}'" if mention.plural and text.endswith("s") else f"{text}'s"
    return text


def _of_topic(question: str, known: Sequence[Topic]) -> Completed | None:
    """ "Who is the chief executive?": a part or office without its whole, which the conversation is about."""
    tokens = [token for token in read(question) if token.kind != "mark"]
    asked = mentions(question, tokens)
    if not tokens or len(tokens) > _SHORT_QUESTION or any(m.name or m.kind == "time" for m in asked):
        return None
    if word_at(tokens, 0) not in words.ASKING or not asked or asked[-1].end != tokens[-1].end or len(asked) > 1:
        return None
    if tokens[-1].text not in words.PARTS or not asked[-1].definite or word_at(tokens, 1) not in words.BE:
        return None
    reference = Reference(asked[-1].start, asked[-1].end, "it")
    recent = [topic for topic in known if topic.turns_ago < 3]
    named = [topic for topic in recent if topic.mention.name]
    mention = meant(reference, named or recent, ())
    if mention is None:
        return None
    article = "the " if mention.before == "the" else ""
    end = tokens[-1].end
    return Completed(f"{question[:end]} of {article}{mention.text}{question[end:]}", (mention.text,))
