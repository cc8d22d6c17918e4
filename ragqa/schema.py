"""The types that every room shares. All are frozen pydantic models; `model_dump_json()` is the wire format.

Offsets are Unicode code points into `Document.text`, half-open: `text[start:end]`.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

LONGEST_QUESTION = 2_000  # characters
NOT_BLANK = r"[^\s\x1c-\x1f\x85]"  # what `str.strip` leaves, in every dialect of regular expressions


def is_unicode(text: str) -> bool:
    """Whether the string is free of lone surrogates, which neither JSON nor a file can carry."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _whole(text: str) -> str:
    if not is_unicode(text):
        raise ValueError("holds half a character (a lone surrogate); decode with errors='replace'")
    return text


Text = Annotated[str, AfterValidator(_whole)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Document(_Frozen):
    """One source: its text is what every offset refers to, and it never changes.

    Invariant: a citation `c` of this document satisfies `text[c.start:c.end] == c.quote`.
    """

    id: Text = Field(min_length=1, description="Unique in a corpus; for files the path relative to the folder given.")
    text: Text = Field(description="The whole text, exactly as decoded or extracted.")
    title: Text = Field(default="", description="Title, empty when the source has none.")
    source: Text = Field(default="", description="Path or URI of the source, empty for in-memory text.")
    page_starts: tuple[int, ...] = Field(
        default=(), description="Offset at which each page begins, for paged formats; empty otherwise."
    )

    def line(self, offset: int) -> int:
        """Line number of an offset, counted from 1; lines end with a line feed."""
        return self.text.count("\n", 0, offset) + 1

    def page(self, offset: int) -> int | None:
        """Page number of an offset, counted from 1; None for a document without pages."""
        return bisect_right(self.page_starts, offset) or None


class Skipped(_Frozen):
    """A file that a build left out, and why."""

    source: str
    reason: str


class Passage(_Frozen):
    """A slice of one document. Invariant: `text == document.text[start:end]`."""

    document_id: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    text: str
    heading: str = Field(default="", description="The heading that the passage stands under, empty if none.")


class Retrieved(_Frozen):
    """A passage with its retrieval score; higher is better, comparable within one question only."""

    passage: Passage
    score: float


class Citation(_Frozen):
    """Where a claim stands, to the character. Invariant: `document.text[start:end] == quote`."""

    document_id: str
    title: str
    source: str = Field(description="Path or URI of the document, empty for in-memory text.")
    start: int = Field(ge=0, description="First code point of the quote in the document's text.")
    end: int = Field(ge=0, description="One past the last code point of the quote.")
    quote: str = Field(description="The span itself, verbatim.")
    sentence: str = Field(description="The sentence, or sentences, around the quote, verbatim.")
    sentence_start: int = Field(ge=0, description="First code point of the sentence in the document's text.")
    page: int | None = Field(description="Page from 1 for paged formats, otherwise None.")
    line: int = Field(ge=1, description="Line of the quote's first character, from 1.")


class Claim(_Frozen):
    """What one or more sources say: one wording and every citation that supports it."""

    text: str = Field(description="The best-supported wording, verbatim from `citations[0]`.")
    confidence: float = Field(ge=0, le=1, description="Calibrated probability that the claim answers the question.")
    citations: tuple[Citation, ...] = Field(description="One for each document that says it, best first.")


class Answer(_Frozen):
    """The answer to one question, or an honest abstention (`text is None`)."""

    question: str
    text: str | None = Field(description="`claims[0].text`, or None when the documents don't say.")
    answered: bool
    confidence: float = Field(
        ge=0, le=1, description="Calibrated probability that the best claim is right; low when abstaining."
    )
    claims: tuple[Claim, ...] = Field(description="Best first; kept when abstaining too.")
    conflict: bool = Field(description="Whether well-supported claims cannot all be true.")
    citations: tuple[Citation, ...] = Field(description="Those of `claims[0]`; empty when abstaining.")
    timings: dict[str, float] = Field(description="Milliseconds spent in each stage.")
    asked: str = Field(
        default="", description="The question as put to the documents: `question` unless words were carried into it."
    )
    carried: tuple[str, ...] = Field(
        default=(), description="Words of earlier turns that were carried into `asked`, verbatim; none outside a chat."
    )
    rivals: tuple[int, ...] = Field(
        default=(),
        description="Ranks, from 0, of the claims that contradict each other; empty when there is no conflict.",
    )

    @property
    def sides(self) -> tuple[Claim, ...]:
        """What has to be shown where sources disagree: the best claim and the rivals, best first."""
        return tuple(claim for rank, claim in enumerate(self.claims) if rank == 0 or rank in self.rivals)


class Turn(_Frozen):
    """An earlier question of a conversation, and what was answered."""

    question: Text = Field(pattern=NOT_BLANK, max_length=LONGEST_QUESTION, description="As typed.")
    answer: Text | None = Field(default=None, description="`Answer.text`: None when the documents didn't say.")
    asked: Text | None = Field(
        default=None,
        max_length=LONGEST_QUESTION,
        description="`Answer.asked`; None to have it worked out from the turns before.",
    )


class NumberedPassage(_Frozen):
    """A stretch of one document that a prompt shows as [number]. Invariant: `text == document.text[start:end]`."""

    number: int = Field(ge=1)
    document_id: str
    title: str
    source: str = Field(description="Path or URI of the document, empty for in-memory text.")
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    text: str
    page: int | None = Field(description="Page of its first character, from 1, for paged formats, otherwise None.")
    line: int = Field(ge=1, description="Line of its first character, from 1.")


class Context(_Frozen):
    """What the documents hold on a question, as text for the prompt of a language model."""

    question: str
    text: str = Field(description="Verdict, claims and numbered passages, ready for a prompt.")
    tokens: int = Field(ge=0, description="Tokens of `text`, counted by the index's embedding model.")
    sources: tuple[NumberedPassage, ...] = Field(description="The passages in `text`, `sources[n - 1]` being [n].")
    answer: Answer = Field(description="What ragqa itself answers, with all claims.")


class Place(_Frozen):
    """Where some words of a quote stand: `document.text[start:end]`."""

    document_id: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)


class Quote(_Frozen):
    """A quotation in a text and what became of it when it was looked up. Offsets are into that text."""

    text: str = Field(description="The words quoted, without quotation marks and reference marks.")
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    marks: tuple[int, ...] = Field(description="Numbers of the reference marks that go with it, such as [2].")
    status: Literal["found", "misattributed", "stitched", "absent"]
    exact: bool = Field(description="Whether its places hold it character by character.")
    places: tuple[Place, ...] = Field(
        description="One in each document that holds it; of a stitched quote one for each piece; none when absent."
    )


class Reference(_Frozen):
    """A stretch of a text with reference marks, `text[start:end]`, and the numbers in them."""

    text: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    marks: tuple[int, ...]


class Verification(_Frozen):
    """Whether the quotes of a text are what its sources say."""

    ok: bool = Field(description="Every quote is found where its marks say, and every mark names a source.")
    quotes: tuple[Quote, ...] = Field(description="Every quote that was checked, in order.")
    unquoted: tuple[Reference, ...] = Field(description="Sentences with reference marks that quote nothing.")
    unknown: tuple[Reference, ...] = Field(description="Reference marks that name no source.")
