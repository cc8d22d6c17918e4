"""Claims and passages as text for the prompt of a language model, within a token budget.

What a document holds can't pass for what ragqa says: passages stand between lines of a fence that occurs in none of
them, titles, ids and claims are JSON strings on one line, and source numbers are given outside the fences only.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ragqa.chunking import TokenCounter
from ragqa.errors import InvalidArgumentError
from ragqa.layout import blocks
from ragqa.schema import Answer, Citation, Claim, Context, Document, NumberedPassage, Passage, Retrieved
from ragqa.sentences import pieces

LONGEST_NAME = 160  # characters of a title or an id

ABSTAINED = "The documents do not answer this question"
NEAREST = "nearest passages follow"
DISAGREE = "The sources disagree"
SAY = "The documents say"


def compose(
    answer: Answer,
    hits: Sequence[Retrieved],
    document: Callable[[str], Document],
    count_tokens: TokenCounter,
    *,
    max_tokens: int,
    min_confidence: float,
) -> Context:
    """The verdict, the claims, and as many passages as the budget has room for, the most relevant first.

    Only when not even the first passage fits, whole sentences of it are given, those around the cited one; then no
    passage at all; then fewer claims.

    Args:
        answer: to the question, from the passages of `hits`.
        hits: passages found for it, best first.
        document: looks a document up by its id.
        count_tokens: of the embedding model.
        max_tokens: the budget.
        min_confidence: claims below it are left out.

    Raises:
        InvalidArgumentError: the budget can't hold so much as the verdict.
    """
    claims = [claim for claim in answer.claims if answer.answered and claim.confidence >= min_confidence]
    passages = _by_use([hit.passage for hit in hits], claims)
    stretches = _sentences(passages[0], claims) if passages else []

    def made(claims: Sequence[Claim], passages: Sequence[Passage]) -> Context:
        sources = _numbered(passages, document)
        text = _text(answer, claims, sources)
        [tokens] = count_tokens([text])
        return Context(question=answer.question, text=text, tokens=tokens, sources=sources, answer=answer)

    attempts: list[tuple[int, Callable[[int], Context]]] = [
        (len(passages), lambda n: made(claims, passages[: n + 1])),
        (len(stretches), lambda n: made(claims, [stretches[n]])),
        (len(claims) + 1, lambda n: made(claims[:n], [])),
    ]
    for number, attempt in attempts:
        if fitting := _largest(number, attempt, max_tokens):
            return fitting
    raise InvalidArgumentError(
        f"max_tokens: {max_tokens} is too few to say even whether the documents answer; "
        f"{made([], []).tokens} or more are needed"
    )


def _largest(number: int, attempt: Callable[[int], Context], max_tokens: int) -> Context | None:
    """The last of `number` contexts, each longer than the one before, that keeps within the budget."""
    best, low, high = None, 0, number
    while low < high:
        middle = (low + high) // 2
        context = attempt(middle)
        if context.tokens <= max_tokens:
            best, low = context, middle + 1
        else:
            high = middle
    return best


def _by_use(passages: Sequence[Passage], claims: Sequence[Claim]) -> list[Passage]:
    """Passages that claims cite come first, one for each claim before a second one for any; the rest as found."""
    cited = [claim.citations[0] for claim in claims] + [c for claim in claims for c in claim.citations[1:]]
    holding = [passage for citation in cited for passage in passages if _holds(passage, citation)]
    return list(dict.fromkeys([*holding, *passages]))


def _holds(passage: Passage | NumberedPassage, citation: Citation) -> bool:
    return (
        passage.document_id == citation.document_id and passage.start <= citation.start and citation.end <= passage.end
    )


class _Stretch(NamedTuple):
    rank: int  # of its best passage
    document_id: str
    start: int
    end: int


def _numbered(passages: Sequence[Passage], document: Callable[[str], Document]) -> tuple[NumberedPassage, ...]:
    """Passages in their order; those that overlap are one."""
    stretches: list[_Stretch] = []
    for rank, passage in sorted(enumerate(passages), key=lambda item: (item[1].document_id, item[1].start)):
        last = stretches[-1] if stretches else None
        if last and last.document_id == passage.document_id and passage.start < last.end:
            stretches[-1] = last._replace(rank=min(last.rank, rank), end=max(last.end, passage.end))
        else:
            stretches.append(_Stretch(rank, passage.document_id, passage.start, passage.end))
    return tuple(
        _source(number, document(document_id), start, end)
        for number, (_, document_id, start, end) in enumerate(sorted(stretches), 1)
    )


def _source(number: int, document: Document, start: int, end: int) -> NumberedPassage:
    return NumberedPassage(
        number=number,
        document_id=document.id,
        title=document.title,
        source=document.source,
        start=start,
        end=end,
        text=document.text[start:end],
        page=document.page(start),
        line=document.line(start),
    )


def _sentences(passage: Passage, claims: Sequence[Claim]) -> list[Passage]:
    """Ever longer stretches of a passage: the first sentence that is cited, those after it, then those before it."""
    text = passage.text
    cuts = [cut for block in blocks(text) for cut in pieces(text, block.kind, block.start, block.end)]
    cited = [c.start - passage.start for claim in claims for c in claim.citations if _holds(passage, c)]
    first = max(0, bisect_right([start for start, _ in cuts], cited[0] if cited else 0) - 1)
    after = [(cuts[first][0], end) for _, end in cuts[first:]]
    before = [(start, cuts[-1][1]) for start, _ in reversed(cuts[:first])]
    return [
        passage.model_copy(update={"start": passage.start + start, "end": passage.start + end, "text": text[start:end]})
        for start, end in after + before
    ]


def _text(answer: Answer, claims: Sequence[Claim], sources: Sequence[NumberedPassage]) -> str:
    verdict = (DISAGREE if answer.conflict else SAY) if answer.answered else ABSTAINED
    if not answer.answered:
        parts = [f"{verdict}; {NEAREST}." if sources else f"{verdict}."]
    elif claims:
        parts = ["\n".join([f"{verdict}:", *(_claim(claim, sources) for claim in claims)])]
    else:
        parts = [f"{DISAGREE}." if answer.conflict else "The documents answer this question."]
    if sources:
        fence = _fence(answer.question, sources)
        parts.append(f"Each passage stands verbatim between two lines {fence}")
        parts += [f"{_heading(source)}\n{fence}\n{source.text}\n{fence}" for source in sources]
    return "\n\n".join(parts)


def _claim(claim: Claim, sources: Sequence[NumberedPassage]) -> str:
    numbers = [s.number for s in sources if any(_holds(s, citation) for citation in claim.citations)]
    marks = f"[{', '.join(map(str, numbers))}]" if numbers else "[its passage is left out]"
    return f"- {_quoted(claim.text)} {marks} (confidence {claim.confidence:.2f})"


def _heading(source: NumberedPassage) -> str:
    names = [_quoted(name[:LONGEST_NAME]) for name in (source.title, source.document_id) if name]
    page = [f"page {source.page}"] if source.page else []
    return f"[{source.number}] {', '.join(names + page)}"


def _quoted(text: str) -> str:
    return json.dumps(" ".join(text.split()), ensure_ascii=False)


def _fence(question: str, sources: Sequence[NumberedPassage]) -> str:
    """A line that occurs in no passage, title or id; the same for the same question and sources."""
    texts = [text for source in sources for text in (source.document_id, source.title, source.text)]
    digest = hashlib.sha256("\0".join([question, *texts]).encode())
    while True:
        fence = f"==={digest.hexdigest()[:6]}"
        if not any(fence in text for text in texts):
            return fence
        digest.update(fence.encode())
