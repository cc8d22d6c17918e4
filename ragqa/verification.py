"""Whether the quotes of a text, such as a language model's reply, stand verbatim in its sources.

A quote is looked up as it is, and then with what typesetting changes put aside: white space, the shapes of quotation
marks, dashes and ellipses, emphasis signs of Markdown, the case of the first letter, and the punctuation at its end.
A quote that is found only so is found, and not `exact`. Any other difference, such as of case, is one.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from ragqa.arguments import check_count
from ragqa.errors import InvalidArgumentError
from ragqa.quoting import Quotation, References, quotations, references, sentences
from ragqa.schema import (
    Answer,
    Citation,
    Context,
    Document,
    Passage,
    Place,
    Quote,
    Reference,
    Retrieved,
    Verification,
    is_unicode,
)

if TYPE_CHECKING:
    from ragqa.pipeline import Index

Cited: TypeAlias = Citation | Passage | Retrieved | Document
Sources: TypeAlias = Answer | Context | Sequence[Cited]
Status: TypeAlias = Literal["found", "misattributed", "stitched", "absent"]

MIN_WORDS = 2
PIECE_WORDS = 3  # words that stand together by more than chance
MOST_PIECES = 8

_SPACES = "".join(filter(str.isspace, map(chr, range(0x3001))))
_SHAPES = str.maketrans(
    {**dict.fromkeys('"“”„‟‘’‚‛«»‹›', "'"), **dict.fromkeys("‐‑‒–—―−", "-"), **dict.fromkeys(_SPACES, " ")}
)
_UNSEEN = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_EMPHASIS = r"(?<![\w*`])[*`]+(?=[^\s*`])|(?<=[^\s*`])[*`]+(?![\w*`])"  # a run of signs is tried at its start only
_LOOSE = re.compile(rf"\. ?\. ?\.|(?:[{_UNSEEN}]|{_EMPHASIS}| (?=[ {_UNSEEN}*`]))(?:[ {_UNSEEN}]|{_EMPHASIS})*")
_INSERTION = re.compile(r"\[[^\[\]…]{1,80}\]")  # words of the one who quotes
_GAP = re.compile(rf"[\[(]?\s?…\s?[\])]?|{_INSERTION.pattern}")
_WORD = re.compile(r"[^\W_]+")
_BETWEEN = re.compile(r"[\s.,;:!?…)\]'\-]*")
_LAST_POINT = re.compile(r"[.,;:!?]\Z")


def verify(text: str, citations: Sources, *, index: Index | None = None, min_words: int = MIN_WORDS) -> Verification:
    """Check that what a text quotes stands verbatim in its sources.

    Quotes are what stands in quotation marks or in block quotes. Reference marks after a quote, such as [1] or [2, 3],
    say which source it is from; one without a mark may be from any. The time that this takes grows with the length of
    the text, and with that of the sources for each different quote.

    Args:
        text: for example a language model's reply.
        citations: the sources, the n-th being meant by [n]: those of a context, the citations of all claims of an
            answer in their order, or a sequence of citations, passages or documents.
        index: where their documents are, whose whole text is then searched; without it, what `citations` holds of it.
        min_words: quotes of fewer words are checked only if a reference mark follows directly, as they may be irony.

    Raises:
        InvalidArgumentError: an argument is not what is said here.
        UnknownDocumentError: a document is not in the index.
    """
    if not isinstance(text, str):
        raise InvalidArgumentError(f"text: a string is needed, not {type(text).__name__}")
    if not is_unicode(text):
        raise InvalidArgumentError("text: it holds half a character (a lone surrogate); decode its bytes as UTF-8")
    min_words = check_count("min_words", min_words)
    library = _Library(_cited(citations), index)
    found = [quote for quote in quotations(text) if quote.adjacent or len(quote.text.split()) >= min_words]
    quotes = tuple(library.check(quote) for quote in found)
    marks = _outside(references(text), found)
    unknown = tuple(
        _reference(text, mark.start, mark.end, missing)
        for mark in marks
        if (missing := [number for number in mark.numbers if not library.has(number)])
    )
    return Verification(
        ok=not unknown and all(quote.status == "found" for quote in quotes),
        quotes=quotes,
        unquoted=tuple(_unquoted(text, marks, found)),
        unknown=unknown,
    )


def _outside(marks: Iterable[References], quotes: Sequence[Quotation]) -> list[References]:
    """The marks that are not part of a quote."""
    starts = [quote.start for quote in quotes]
    kept = []
    for mark in marks:
        before = bisect_right(starts, mark.start) - 1
        if before < 0 or mark.start >= quotes[before].end:
            kept.append(mark)
    return kept


def _unquoted(text: str, marks: Sequence[References], quotes: Sequence[Quotation]) -> Iterator[Reference]:
    """Sentences with marks, of which no part is in a quote, nor a mark goes with one."""
    if not marks:
        return
    used = {quote.references for quote in quotes}
    busy = [*((quote.start, quote.end) for quote in quotes)]
    position = 0
    for start, end in sentences(text):
        inside = []
        while position < len(marks) and marks[position].start < end:
            inside.append(marks[position])
            position += 1
        before = bisect_right(busy, (end, -1)) - 1
        quoting = before >= 0 and busy[before][1] > start
        if inside and not quoting and used.isdisjoint(inside):
            yield _reference(text, start, end, [number for mark in inside for number in mark.numbers])


def _reference(text: str, start: int, end: int, numbers: Iterable[int]) -> Reference:
    return Reference(text=text[start:end], start=start, end=end, marks=tuple(dict.fromkeys(numbers)))


def _cited(citations: object) -> list[Cited]:
    """The numbered sources. Raises `InvalidArgumentError`."""
    if isinstance(citations, Context):
        return [
            Passage(document_id=source.document_id, start=source.start, end=source.end, text=source.text)
            for source in citations.sources
        ]
    if isinstance(citations, Answer):
        return [citation for claim in citations.claims for citation in claim.citations]
    listed = list(citations) if isinstance(citations, Sequence) and not isinstance(citations, str) else None
    if listed is None or not all(isinstance(item, Citation | Passage | Retrieved | Document) for item in listed):
        raise InvalidArgumentError(
            "citations: an Answer, a Context, or a sequence of Citation, Passage, Retrieved or Document is needed"
        )
    return listed


class _Library:
    """What is known of the sources, searched."""

    def __init__(self, cited: Sequence[Cited], index: Index | None) -> None:
        self._numbered: list[str] = []
        self._stretches: dict[str, list[_Stretch]] = {}
        for item in cited:
            document_id, start, text = _stretch(item)
            self._numbered.append(document_id)
            if index is not None and not isinstance(item, Document):
                if document_id in self._stretches:
                    continue
                start, text = 0, index.document(document_id).text
            self._stretches.setdefault(document_id, []).append(_Stretch(document_id, start, text))
        self._seen: dict[tuple[str, frozenset[str]], tuple[Status, bool, tuple[Place, ...]]] = {}

    def has(self, number: int) -> bool:
        return 0 < number <= len(self._numbered)

    def check(self, quote: Quotation) -> Quote:
        numbers = quote.references.numbers if quote.references else ()
        meant = frozenset(self._numbered[number - 1] for number in numbers if self.has(number))
        key = (quote.text, meant)
        if key not in self._seen:
            self._seen[key] = self._verdict(*key)
        status, exact, places = self._seen[key]
        return Quote(
            text=quote.text,
            start=quote.start,
            end=quote.end,
            marks=numbers,
            status=status,
            exact=exact,
            places=places,
        )

    def _verdict(self, text: str, meant: frozenset[str]) -> tuple[Status, bool, tuple[Place, ...]]:
        hits = self._find(text)
        if cited := [hit for hit in hits if hit.place.document_id in meant]:
            hits = cited
        if hits:
            exact = any(hit.exact for hit in hits)
            places = tuple(hit.place for hit in hits if hit.exact == exact)
            return ("found" if cited or not meant else "misattributed"), exact, places
        plain = Plain(text).text
        pieces = self._pieces(plain, meant)
        if len(pieces) == 1 and not _INSERTION.search(plain):  # but for an ellipsis at an end it stands there
            own = not meant or pieces[0].document_id in meant
            return ("found" if own else "misattributed"), False, tuple(pieces)
        return ("stitched" if pieces else "absent"), False, tuple(pieces)

    def _find(self, text: str) -> list[_Hit]:
        """The first place in each document that holds a text."""
        text = text.strip()
        wordings = _wordings(Plain(text).text)
        hits = []
        for stretches in self._stretches.values():
            found = [hit for stretch in stretches if (hit := stretch.find(text, wordings))]
            hits += [min(found, key=lambda hit: (not hit.exact, hit.place.start))] if found else []
        return hits

    def _pieces(self, text: str, meant: frozenset[str]) -> list[Place]:
        """Where the pieces of a quote stand, in order, if all of them do; those of an ellipsis may be short."""
        stretches = [stretch for own in self._stretches.values() for stretch in own]
        stretches.sort(key=lambda stretch: stretch.document_id not in meant)

        def find(piece: str) -> Place | None:
            hits = (stretch.find(piece, _either_case(piece)) for stretch in stretches)
            return next((hit.place for hit in hits if hit), None)

        places: list[Place] = []
        for part in _GAP.split(text):
            ends = [word.end() for word in _WORD.finditer(part)]
            least = min(PIECE_WORDS, len(ends))
            position = 0
            while ends:
                position = _BETWEEN.match(part, position).end()  # type: ignore[union-attr]  # it may be empty
                words = _longest(lambda n: find(part[position : ends[n - 1]]) is not None, least, len(ends))  # noqa: B023
                place = find(part[position : ends[words - 1]]) if words else None
                if place is None or len(places) == MOST_PIECES:
                    return []
                places.append(place)
                position, ends = ends[words - 1], ends[words:]
        return places


def _longest(holds: Callable[[int], bool], least: int, most: int) -> int:
    """The largest n from `least` to `most` for which it holds, as it does for all smaller ones; 0 for none."""
    low, high = 0, least
    while high <= most and holds(high):
        if high == most:
            return most
        low, high = high, min(2 * high, most)
    while low and high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


class _Hit(NamedTuple):
    place: Place
    exact: bool


class _Stretch:
    """A stretch of a document, text[0] being the document's character at `start`."""

    def __init__(self, document_id: str, start: int, text: str) -> None:
        self.document_id = document_id
        self._start = start
        self._text = text

    @cached_property
    def _plain(self) -> Plain:
        return Plain(self._text)

    def find(self, text: str, wordings: Sequence[str]) -> _Hit | None:
        """The first place of a text, or else of the first of its plain wordings that there is."""
        at = self._text.find(text)
        if at >= 0:
            return _Hit(self._place(at, at + len(text)), True)
        for wording in wordings:
            at = self._plain.text.find(wording)
            if at >= 0:
                last = self._plain.origin(at + len(wording) - 1)
                return _Hit(self._place(self._plain.origin(at), last + 1), False)
        return None

    def _place(self, start: int, end: int) -> Place:
        return Place(document_id=self.document_id, start=self._start + start, end=self._start + end)


class Plain:
    """A text without what typesetting changes, and where its characters come from."""

    def __init__(self, text: str) -> None:
        shaped = text.translate(_SHAPES)
        parts: list[str] = []
        self._here, self._there = [0], [0]  # from here on as many characters further as there
        position = length = 0
        for loose in _LOOSE.finditer(shaped):
            kept = "…" if loose[0][0] == "." else " " if " " in loose[0] else ""
            parts += [shaped[position : loose.start()], kept]
            length += loose.start() - position + len(kept)
            position = loose.end()
            if len(kept) != len(loose[0]):
                self._here.append(length)
                self._there.append(position)
        self.text = "".join([*parts, shaped[position:]])

    def origin(self, position: int) -> int:
        """Where a character of `text` stands in the text it was made from."""
        change = bisect_right(self._here, position) - 1
        return self._there[change] + position - self._here[change]


def _wordings(text: str) -> list[str]:
    """The plain wordings that a quote may have in its source."""
    whole = text.strip()
    return [wording for words in (whole, _LAST_POINT.sub("", whole)) if words for wording in _either_case(words)]


def _either_case(words: str) -> list[str]:
    return [words, words[0].swapcase() + words[1:]]


def _stretch(item: Cited) -> tuple[str, int, str]:
    """What a source holds itself: id, offset and text of a stretch of a document."""
    if isinstance(item, Retrieved):
        item = item.passage
    if isinstance(item, Passage):
        return item.document_id, item.start, item.text
    if isinstance(item, Document):
        return item.id, 0, item.text
    return item.document_id, item.sentence_start, item.sentence
