"""Where sentences, list items and table rows begin and end: what passages are made of and no answer crosses."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from ragqa.layout import Kind

# A longer "sentence" is cut again by a plain rule.
LONGEST_SENTENCE = 500
_PLAIN_END = re.compile(r"""[.!?…]["'”’)\]]*\s+(?=["'“‘(\[]*[A-Z0-9])""")
# Sentence splitting is done on pieces of at most this many characters, which bounds its time.
SPLITTER_CHARS = 20_000


def sentences(text: str, start: int, end: int, language: str = "en") -> Iterator[tuple[int, int]]:
    """Sentences of text[start:end] as (start, end), without the white space around them."""
    import sentencex

    for first, last in cut(text, start, end, SPLITTER_CHARS):
        for boundary in sentencex.get_sentence_boundaries(language, text[first:last]):
            begin, stop = first + boundary["start_index"], first + boundary["end_index"]
            # the splitter takes all between two quotation marks, or what it takes for such, for one sentence
            plain = _PLAIN_END.finditer(text, begin, stop) if stop - begin > LONGEST_SENTENCE else ()
            for close in (*(match.end() for match in plain), stop):
                trimmed = trim(text, begin, close)
                if trimmed[0] < trimmed[1]:
                    yield trimmed
                begin = close


def pieces(text: str, kind: Kind, start: int, end: int, language: str = "en") -> Iterator[tuple[int, int]]:
    """The sentences of a block of prose, any other block whole."""
    if kind == "prose":
        yield from sentences(text, start, end, language)
    else:
        yield trim(text, start, end)


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def cut(text: str, start: int, end: int, longest: int) -> Iterator[tuple[int, int]]:
    """Trimmed pieces of at most `longest` characters, cut at white space where there is some in the last quarter."""
    start, end = trim(text, start, end)
    while end - start > longest:
        place = start + longest
        least = start + longest * 3 // 4
        space = max(text.rfind(" ", least, place), text.rfind("\n", least, place))
        place = space if space > start else before_marks(text, start, place)
        yield trim(text, start, place)
        start, end = trim(text, place, end)
    if start < end:
        yield start, end


def before_marks(text: str, start: int, cut: int) -> int:
    """Move a cut to before the character that the combining marks behind it belong to."""
    moved = cut
    while moved > start + 1 and unicodedata.combining(text[moved]):
        moved -= 1
    return moved if moved > start + 1 else cut
