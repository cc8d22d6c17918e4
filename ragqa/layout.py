"""The visible structure of a text: headings, list items, table rows, code lines and prose paragraphs.

Found from the characters alone, so it works on plain text, Markdown, and text extracted from other formats.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

Kind = Literal["heading", "item", "row", "line", "prose"]

_ATX = re.compile(r"\s{0,3}#{1,6}\s+\S")
_UNDERLINE = re.compile(r"\s{0,3}(={3,}|-{3,})\s*")
_ITEM = re.compile(r"\s*(?:[-*+•◦▪‣–]|\(?\d{1,3}[.)]|[a-z][.)])\s+\S")
_FENCE = re.compile(r"\s{0,3}(```|~~~)")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_SENTENCE_END = re.compile(r"[.!?…][\"'”’)\]]*$")
LONGEST_HEADING = 90  # characters
WRAP_WIDTH = 120  # prose in longer lines was not wrapped by hand or by a converter


class Block(NamedTuple):
    """text[start:end] with its role; line breaks at the end may be included."""

    kind: Kind
    start: int
    end: int

    def title(self, text: str) -> str:
        """The words of a heading, on one line, without its markup."""
        lines = text[self.start : self.end].strip().splitlines()
        return " ".join(line.strip().strip("#").strip() for line in lines if not _UNDERLINE.fullmatch(line)).strip(
            "*_ "
        )


class _Line(NamedTuple):
    start: int
    end: int
    text: str  # without the white space at its end


def blocks(text: str) -> Iterator[Block]:
    """Blocks in order; together they hold all characters that are not white space."""
    paragraph: list[_Line] = []
    fence = front_matter = False
    for match in _LINE.finditer(text):
        line = _Line(match.start(), match.end(), match.group().rstrip())
        at_fence = bool(_FENCE.match(line.text)) and not front_matter
        edge = line.text == "---" and (match.start() == 0 or front_matter)
        if line.text and not (fence or at_fence or edge or front_matter):
            paragraph.append(line)
            continue
        yield from _paragraph(paragraph)
        paragraph = []
        if line.text:
            yield Block("line", line.start, line.end)
        fence ^= at_fence
        front_matter ^= edge
    yield from _paragraph(paragraph)


def _paragraph(lines: list[_Line]) -> Iterator[Block]:
    """Blocks of the lines between two blank ones."""
    prose: list[_Line] = []
    wrapped = _is_wrapped(lines)
    skip = False
    for i, line in enumerate(lines):
        if skip:
            skip = False
            continue
        following = lines[i + 1] if i + 1 < len(lines) else None
        kind = _kind(line, following, alone=len(lines) == 1, wrapped=wrapped)
        if kind == "prose" and (wrapped or (prose and _continues(prose[-1], line))):
            prose.append(line)
            continue
        if prose:
            yield Block("prose", prose[0].start, prose[-1].end)
            prose = []
        if kind == "prose":
            prose = [line]
        else:
            skip = kind == "heading" and following is not None and bool(_UNDERLINE.fullmatch(following.text))
            yield Block(kind, line.start, following.end if skip and following else line.end)
    if prose:
        yield Block("prose", prose[0].start, prose[-1].end)


def _kind(line: _Line, following: _Line | None, *, alone: bool, wrapped: bool) -> Kind:
    if _ATX.match(line.text):
        return "heading"
    if line.text.count("|") >= 2 or line.text.count("\t") >= 2:
        return "row"
    if _ITEM.match(line.text):
        return "item" if len(line.text) <= 300 else "prose"
    if following is not None and _UNDERLINE.fullmatch(following.text) and len(line.text) <= LONGEST_HEADING:
        return "heading"
    if not wrapped and _looks_like_heading(line.text) and (alone or following is not None):
        return "heading"
    return "prose"


def _looks_like_heading(line: str) -> bool:
    """Short, starts like a title and does not end like a sentence."""
    stripped = line.strip()
    return (
        len(stripped) <= LONGEST_HEADING
        and len(stripped.split()) <= 14
        and (stripped[0].isupper() or stripped[0].isdigit() or stripped[0] in "\"'“‘*")
        and any(character.isalpha() for character in stripped)
        and stripped[-1] not in ".!,;…"
    )


def _is_wrapped(lines: list[_Line]) -> bool:
    """Whether line breaks inside the paragraph are mere wrapping: all lines but the last are about equally long."""
    if len(lines) < 2:
        return False
    widths = [len(line.text) for line in lines]
    widest = max(widths)
    return 40 <= widest <= WRAP_WIDTH and all(width >= widest * 0.7 for width in widths[:-1])


def _continues(before: _Line, line: _Line) -> bool:
    """Whether a line of an irregular paragraph goes on with the sentence of the line before."""
    return not _SENTENCE_END.search(before.text) and line.text.lstrip()[:1].islower()
