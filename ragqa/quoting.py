"""What a text quotes: words in quotation marks and block quotes, and the reference marks, such as [2], beside them.

Every step takes time in proportion to the text's length, whatever is in it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise, zip_longest

from ragqa.layout import blocks
from ragqa.sentences import pieces

_MARK = r"\[\s?[0-9]{1,3}(?:\s?[,;]\s?[0-9]{1,3})*\s?\]"
_MARKS = re.compile(rf"{_MARK}(?:[^\S\n]?{_MARK})*")
_MARKS_NEXT = re.compile(rf"[^\S\n]?[.,;:!?…)*_]{{0,4}}[^\S\n]?(?P<marks>{_MARKS.pattern})")
_MARKS_BELOW = re.compile(rf"\s{{0,3}}(?P<marks>{_MARKS.pattern})")
_MARKS_LAST = re.compile(rf"\s?(?P<marks>{_MARKS.pattern})[.,;:\s]{{0,3}}\Z")
_TAIL = 200  # characters at the end of a quote in which its marks are looked for

_BLOCK_LINE = re.compile(r"^[ \t]{0,3}>.*(?:\n|\Z)", re.MULTILINE)
_BLOCK_SIGN = re.compile(r"[ \t]{0,3}(?:>[ \t]?)+")
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")
_ATTRIBUTION = re.compile(r"\s*(?:—|–|--)")
_DECADE = re.compile(r"\d\ds\b")

_FAMILY = {
    **dict.fromkeys('"“”„‟', "double"),
    **dict.fromkeys("'‘’‚‛", "single"),
    **dict.fromkeys("«»", "angle"),
    **dict.fromkeys("‹›", "single angle"),
}
_OPENS, _CLOSES = frozenset("“„‟‘‚‛«‹"), frozenset("”’»›")
_SIGNS = re.compile("([%s])\\1*" % "".join(_FAMILY))  # noqa: UP031


@dataclass(frozen=True)
class References:
    """Reference marks side by side, text[start:end], such as [1][2, 3]."""

    start: int
    end: int
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class Quotation:
    """Quoted words. `text` is text[start:end] but for block quotes of several lines, where it lacks their ">"."""

    text: str
    start: int
    end: int
    close: int  # where what follows the quote begins
    references: References | None = None
    adjacent: bool = False  # whether the references follow directly


def references(text: str) -> list[References]:
    """All reference marks, in order."""
    return [_references(match.start(), match.end(), match.group()) for match in _MARKS.finditer(text)]


def _references(start: int, end: int, marks: str) -> References:
    return References(start, end, tuple(dict.fromkeys(map(int, re.findall("[0-9]+", marks)))))


def sentences(text: str) -> list[tuple[int, int]]:
    """Sentences as (start, end); reference marks after a full stop belong to the sentence before it."""
    found: list[tuple[int, int]] = []
    for block in blocks(text):
        for start, end in pieces(text, block.kind, block.start, block.end):
            marks = _MARKS.match(text, start, end)
            if marks and found and "\n" not in text[found[-1][1] : start]:
                found[-1] = (found[-1][0], marks.end())
                start = marks.end()
            if text[start:end].strip():
                found.append((start, end))
    return found


def quotations(text: str) -> list[Quotation]:
    """Quotations in order, the outermost ones, each with the reference marks that go with it.

    These follow it directly, or come later in its sentence and before the next quotation. Marks that open a quotation
    and are not closed before a blank line quote nothing.
    """
    found: list[Quotation] = []
    position = 0
    for start, end in _block_quotes(text):
        found += _inline(text, position, start)
        found += _block_quote(text, start, end)
        position = end
    found += _inline(text, position, len(text))
    return list(_referenced(text, [quote for quote in found if any(map(str.isalnum, quote.text))]))


def _referenced(text: str, quotes: list[Quotation]) -> Iterator[Quotation]:
    marks = references(text)
    starts = [mark.start for mark in marks]
    ends = [end for _, end in sentences(text)] if marks and quotes else []
    for quote, following in zip_longest(quotes, quotes[1:]):
        limit = following.start if following else len(text)
        if ends and not quote.references:
            sentence = bisect_left(ends, quote.close)
            limit = min([limit, *ends[sentence : sentence + 1]])
            first = bisect_left(starts, quote.close)
            if first < len(marks) and marks[first].start < limit:
                quote = replace(quote, references=marks[first])
        yield quote


def _inline(text: str, start: int, end: int) -> Iterator[Quotation]:
    """Quotations in quotation marks of text[start:end]."""
    for begin, stop in _paragraphs(text, start, end):
        for opening, closing in _pairs(text, begin, stop):
            quote = Quotation(text[opening + 1 : closing], opening + 1, closing, closing + 1)
            after = _MARKS_NEXT.match(text, closing + 1, stop)
            yield _adjacent(quote, after) if after else _trimmed(quote)


def _paragraphs(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    edges = [start, *(gap.end() for gap in _BLANK_LINE.finditer(text, start, end)), end]
    return pairwise(edges)


def _adjacent(quote: Quotation, match: re.Match[str]) -> Quotation:
    marks = _references(match.start("marks"), match.end("marks"), match["marks"])
    return replace(quote, references=marks, adjacent=True)


def _trimmed(quote: Quotation) -> Quotation:
    """A quotation whose reference marks stand inside it, before the closing mark: without them."""
    cut = max(0, len(quote.text) - _TAIL)
    last = _MARKS_LAST.search(quote.text, cut)
    if not last or quote.end - quote.start != len(quote.text):
        return quote
    marks = _references(quote.start + last.start("marks"), quote.start + last.end("marks"), last["marks"])
    text = quote.text[: last.start()]
    return replace(quote, text=text, end=quote.start + len(text), references=marks, adjacent=True)


def _pairs(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Positions of the opening and closing marks of the outermost quotations in text[start:end]."""
    pairs: list[tuple[int, int]] = []
    opened: list[tuple[str, int]] = []
    depth: Counter[str] = Counter()
    for family, opens, closes, position in _signs(text, start, end):
        if closes and depth[family]:
            while True:
                other, opening = opened.pop()
                depth[other] -= 1
                if other == family:
                    break
            while pairs and pairs[-1][0] > opening:
                pairs.pop()  # nested in this one
            pairs.append((opening, position))
        elif opens:
            opened.append((family, position))
            depth[family] += 1
    return pairs


def _signs(text: str, start: int, end: int) -> Iterator[tuple[str, bool, bool, int]]:
    """Quotation marks as (family, may open, may close, position); one that may do both closes what is open.

    As in CommonMark, a mark opens that has a word on its right alone, and closes that has one on its left alone. Where
    that does not tell, its shape does.
    """
    for run in _SIGNS.finditer(text, start, end):
        if run.end() - run.start() > 2:
            continue
        sign, family = run[1], _FAMILY[run[1]]
        before = text[run.start() - 1] if run.start() > start else " "
        after = text[run.end()] if run.end() < end else " "
        apostrophe = (before.isalnum() and after.isalnum()) or _DECADE.match(text, run.end(), end)
        if family == "single" and apostrophe:
            continue
        opens = not after.isspace() and (after.isalnum() or not before.isalnum())
        closes = not before.isspace() and (before.isalnum() or not after.isalnum())
        if opens == closes:
            opens, closes = sign not in _CLOSES, sign not in _OPENS
        for position in range(run.start(), run.end()):
            yield family, opens, closes, position


def _block_quotes(text: str) -> Iterator[tuple[int, int]]:
    """Runs of lines that begin with ">"."""
    start = end = -1
    for line in _BLOCK_LINE.finditer(text):
        if line.start() != end:
            if start >= 0:
                yield start, end
            start = line.start()
        end = line.end()
    if start >= 0:
        yield start, end


def _block_quote(text: str, start: int, end: int) -> Iterator[Quotation]:
    """The quotation that text[start:end] is, less its attribution; what is in quotation marks if that is all of it."""
    lines = list(_block_lines(text, start, end))
    marks = None
    if len(lines) > 1 and _ATTRIBUTION.match(text, *lines[-1]):
        marks = _MARKS.search(text, *lines.pop())
    if not lines:
        return
    joined = _Joined(text, lines)
    stop = len(joined.text)
    found = _references(marks.start(), marks.end(), marks[0]) if marks else None
    if found is None and (last := _MARKS_LAST.search(joined.text, max(0, stop - _TAIL))):
        place = joined.place(last.start("marks"))
        found = _references(place, place + len(last["marks"]), last["marks"])
        stop = last.start()
    elif found is None and (below := _MARKS_BELOW.match(text, end)):
        found = _references(below.start("marks"), below.end("marks"), below["marks"])
    first, last_character = 0, stop
    pairs = _pairs(joined.text, 0, stop)
    if len(pairs) == 1 and not any(map(str.isalnum, joined.text[: pairs[0][0]] + joined.text[pairs[0][1] : stop])):
        first, last_character = pairs[0][0] + 1, pairs[0][1]
    words = joined.text[first:last_character]
    if words:
        begin, finish = joined.place(first), joined.place(last_character - 1) + 1
        yield Quotation(words, begin, finish, end, found, adjacent=found is not None)


class _Joined:
    """Lines of a block quote, put together without their signs."""

    def __init__(self, text: str, lines: list[tuple[int, int]]) -> None:
        self.text = "\n".join(text[start:end] for start, end in lines)
        self._lines = [start for start, _ in lines]
        self._starts = [0, *accumulate(end - start + 1 for start, end in lines[:-1])]

    def place(self, position: int) -> int:
        """Where a character of the joined text stands in the whole one."""
        line = bisect_right(self._starts, position) - 1
        return self._lines[line] + position - self._starts[line]


def _block_lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for line in _BLOCK_LINE.finditer(text, start, end):
        sign = _BLOCK_SIGN.match(line[0])
        first = line.start() + (sign.end() if sign else 0)
        last = line.start() + len(line[0].rstrip())
        if first < last:
            yield first, last
