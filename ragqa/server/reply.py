"""An `Answer` as the message of a chat: Markdown that a front end shows, or that is read as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ragqa.schema import Answer, Citation, Claim

NEAREST = 3  # passages shown when the documents don't say
LIVE = re.compile(r"[\\`*<>\[\]]")  # what could begin a link, an image, a tag or code

_SAID = re.compile(r"^(?:- )?\*\*(.+)\*\* \[1\]", re.MULTILINE)
_ESCAPED = re.compile(r"\\([\\`*<>\[\]])")


def reply(answer: Answer) -> str:
    """The answer with numbered citations; disagreement side by side; or that the documents don't say.

    Text of documents is one line without live Markdown, so that no document can put an image or a link into a chat.
    """
    if not answer.answered:
        return "\n".join(_unanswered(answer))
    if answer.conflict:
        return "\n".join(_disagreement(answer))
    claim = answer.claims[0]
    lines = [_claim(claim, 1), "", *_sources(claim.citations)]
    return "\n".join(lines)


def replied(message: str) -> str | None:
    """The answer that a message of `reply` gave, the first one where sources disagree; None when it gave none."""
    said = _SAID.search(message)
    return said and _ESCAPED.sub(r"\1", said[1])


def _disagreement(answer: Answer) -> Iterator[str]:
    yield "The sources disagree:"
    yield ""
    citations: list[Citation] = []
    for claim in answer.sides:
        yield "- " + _claim(claim, len(citations) + 1)
        citations += claim.citations
    yield ""
    yield from _sources(citations)


def _unanswered(answer: Answer) -> Iterator[str]:
    yield "The documents don't say."
    nearest = {(c.document_id, c.sentence_start): c for claim in answer.claims for c in claim.citations[:1]}
    if nearest:
        yield ""
        yield "The nearest that they come to it:"
        yield ""
        yield from _sources(list(nearest.values())[:NEAREST])


def _claim(claim: Claim, first: int) -> str:
    numbers = "".join(f"[{number}]" for number in range(first, first + len(claim.citations)))
    return f"**{_dead(claim.text)}** {numbers} (confidence {claim.confidence:.2f})"


def _sources(citations: list[Citation] | tuple[Citation, ...]) -> Iterator[str]:
    for number, citation in enumerate(citations, 1):
        page = f", page {citation.page}" if citation.page else ""
        title = f" ({_dead(citation.title)})" if citation.title else ""
        place = f"{_dead(citation.document_id)}, line {citation.line}{page}{title}"
        yield f"- [{number}] {place}: “{_dead(citation.sentence)}”"


def _dead(text: str) -> str:
    line = "".join(c if c.isprintable() else "�" for c in " ".join(text.split()))
    return LIVE.sub(r"\\\g<0>", line)
