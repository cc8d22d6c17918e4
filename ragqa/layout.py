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
_NUMBER = re.compile(r"\d{1,3}[.)]\s+")
_FENCE = re.compile(r"\s*(`{3,}(?=[^`]*$)|~{3,})")
_FRONT_MATTER_ENTRY = re.compile(r"[\w\"'-]+[ \t]*:(?!\S)")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_SENTENCE_END = re.compile(r"[.!?…][\"'”’)\]]*$")
LONGEST_HEADING = 90  # characters
LONGEST_MARKED = 300  # what is longer and begins like an item or a Markdown heading is prose that begins so
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
    found = list(_unrelated(text))
    for before, block, after in zip([None, *found], found, [*found[1:], None], strict=False):
        in_list = before is not None and before.kind == "item"
        is_heading = not in_list and after is not None and _is_numbered_heading(text, block, after)
        yield block._replace(kind="heading") if is_heading else block


def _is_numbered_heading(text: str, block: Block, after: Block) -> bool:
    """Whether "1. Data Advantage" stands above prose with a blank line between; items stand above each other."""
    if block.kind != "item" or after.kind != "prose" or block.end == after.start:
        return False
    line = text[block.start : block.end].strip()
    number = _NUMBER.match(line)
    return number is not None and "\n" not in line and _looks_like_heading(line[number.end() :])


def _unrelated(text: str) -> Iterator[Block]:
    """Blocks by their own looks and those of the lines beside them."""
    lines = [_Line(match.start(), match.end(), match.group().rstrip()) for match in _LINE.finditer(text)]
    verbatim = _front_matter(lines) | _code(lines)
    paragraph: list[_Line] = []
    for i, line in enumerate(lines):
        if line.text and i not in verbatim:
            paragraph.append(line)
            continue
        yield from _paragraph(paragraph)
        paragraph = []
        if line.text:
            yield Block("line", line.start, line.end)
    yield from _paragraph(paragraph)


def _front_matter(lines: list[_Line]) -> set[int]:
    """Indices of the lines of a YAML header, its edges included; a mere rule at the top begins none."""
    if len(lines) < 3 or lines[0].text != "---" or not _FRONT_MATTER_ENTRY.match(lines[1].text):
        return set()
    closing = next((i for i, line in enumerate(lines) if i and line.text in ("---", "...")), -1)
    return set(range(closing + 1))


def _code(lines: list[_Line]) -> set[int]:
    """Indices of the lines of fenced code, fences included; a fence that is never closed is a stray mark."""
    inside: set[int] = set()
    fence, opened = "", 0
    for i, line in enumerate(lines):
        mark = _FENCE.match(line.text)
        if mark and not fence:
            fence, opened = mark[1], i
        elif mark and mark[1].startswith(fence) and mark.end() == len(line.text):
            inside.update(range(opened, i + 1))
            fence = ""
    return inside


def _paragraph(lines: list[_Line]) -> Iterator[Block]:
    """Blocks of the lines between two blank ones."""
    plain: list[_Line] = []
    i = 0
    while i < len(lines):
        line, last = lines[i], i
        kind = _marked(line, lines[i + 1] if i + 1 < len(lines) else None)
        if kind == "heading" and i + 1 < len(lines) and _UNDERLINE.fullmatch(lines[i + 1].text):
            last = i + 1
        while kind == "item" and last + 1 < len(lines) and _is_more_of_item(lines, last + 1):
            last += 1
        if kind is None:
            plain.append(line)
        else:
            yield from _plain(plain, followed=True)
            plain = []
            too_long = kind == "item" and lines[last].end - line.start > LONGEST_MARKED
            yield Block("prose" if too_long else kind, line.start, lines[last].end)
        i = last + 1
    yield from _plain(plain, followed=len(lines) == 1)


def _marked(line: _Line, following: _Line | None) -> Kind | None:
    """The kind of a line that carries its mark; None for plain text."""
    if _ATX.match(line.text) and len(line.text) <= LONGEST_MARKED:
        return "heading"
    if line.text.count("|") >= 2 or line.text.count("\t") >= 2:
        return "row"
    if _ITEM.match(line.text):
        return "item"
    if following is not None and _UNDERLINE.fullmatch(following.text) and len(line.text) <= LONGEST_HEADING:
        return "heading"
    return None


def _is_more_of_item(lines: list[_Line], i: int) -> bool:
    """Whether a line goes on with the list item above it."""
    if _marked(lines[i], lines[i + 1] if i + 1 < len(lines) else None):
        return False
    return lines[i].text[0].isspace() or _continues(lines[i - 1], lines[i])


def _plain(lines: list[_Line], *, followed: bool) -> Iterator[Block]:
    """Blocks of lines without marks; `followed` says whether their paragraph goes on, or is a single line."""
    wrapped = _is_wrapped(lines)
    if not wrapped and _is_wrapped(lines[1:]) and _looks_like_heading(lines[0].text):
        yield Block("heading", lines[0].start, lines[0].end)
        lines, wrapped = lines[1:], True
    prose: list[_Line] = []
    for i, line in enumerate(lines):
        if prose and (wrapped or _continues(prose[-1], line)):
            prose.append(line)
            continue
        if prose:
            yield Block("prose", prose[0].start, prose[-1].end)
            prose = []
        above_text = _is_text_below(line, lines[i + 1]) if i + 1 < len(lines) else followed
        if not wrapped and above_text and _looks_like_heading(line.text):
            yield Block("heading", line.start, line.end)
        else:
            prose = [line]
    if prose:
        yield Block("prose", prose[0].start, prose[-1].end)


def _is_text_below(line: _Line, following: _Line) -> bool:
    """Of lines that look like headings, as in a poem or a list of names, only the last can be one."""
    return not (_looks_like_heading(following.text) or _continues(line, following))


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
