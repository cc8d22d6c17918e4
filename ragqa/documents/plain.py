"""Plain text and Markdown: the text exactly as decoded, and a title found in it."""

from __future__ import annotations

import re

from ragqa.documents.content import Content, first_line_title, one_line
from ragqa.documents.decoding import decode

_FRONT_MATTER = re.compile(r"---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*\r?$", re.DOTALL | re.MULTILINE)
_TITLE_ENTRY = re.compile(r"^title:[ \t]+(\S.*)$", re.MULTILINE | re.IGNORECASE)
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r" {0,3}#[ \t]+(\S.*)")


def read_text(data: bytes, stem: str) -> Content:
    """A text file; its title is the first line if that reads like one."""
    text = decode(data)
    return Content(text, first_line_title(text) or stem)


def read_records(data: bytes, stem: str) -> Content:
    """A table or a log: its first line is a header or an event, not a title."""
    return Content(decode(data), stem)


def read_markdown(data: bytes, stem: str) -> Content:
    """A Markdown file, front matter included: every character stays where the author sees it."""
    text = decode(data)
    front = _FRONT_MATTER.match(text)
    entry = _TITLE_ENTRY.search(front[1]) if front else None
    title = _unquoted(entry[1].rstrip()) if entry else ""
    return Content(text, title or _first_heading(text[front.end() :] if front else text) or stem)


def _unquoted(value: str) -> str:
    """A YAML scalar of one line; "" for the block and reference forms, which say nothing on this line."""
    if quoted := re.match(r"""(["'])(.*)\1[ \t]*(?:#.*)?$""", value):
        inner = quoted[2]
        value = inner.replace("''", "'") if quoted[1] == "'" else re.sub(r"\\(.)", r"\1", inner)
    elif value[0] in "|>&*[{#":
        return ""
    else:
        value = re.split(r"[ \t]#", value, maxsplit=1)[0]
    return one_line(value)


def _first_heading(text: str) -> str:
    """The first `# ` heading outside of fenced code, where that sign begins a comment."""
    fence = ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence):
            fence = ""
        elif not fence and (heading := _HEADING.match(line)):
            return _unclosed(heading[1].rstrip())
    return ""


def _unclosed(heading: str) -> str:
    """The heading without the signs that may close it; those of "C#" stand against a letter and stay."""
    shorter = heading.rstrip("#")
    return one_line(shorter if shorter.endswith((" ", "\t")) else heading)
