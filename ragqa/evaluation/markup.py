"""HTML and SVG put together from Python, with every text escaped unless it says that it is markup."""

from __future__ import annotations

import html
import re
from typing import TypeAlias

_VOID = frozenset({"meta"})
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Markup(str):
    """Text that is HTML already, and is not escaped again."""

    __slots__ = ()


Child: TypeAlias = "str | None"


def escape(text: str) -> Markup:
    """The text as HTML shows it; characters that no HTML or XML may hold become �."""
    return text if isinstance(text, Markup) else Markup(html.escape(_FORBIDDEN.sub("�", text)))


def element(name: str, /, *children: Child, **attributes: str | float | None) -> Markup:
    """`<name attributes>children</name>`, well-formed as XML too.

    Children are escaped unless they are `Markup`; None is nothing. Of an attribute's name underscores become
    hyphens, save one at the end, which is dropped (`class_`); a value of None leaves it out, a float has one digit
    after the point.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_value(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID:
        return Markup(f"<{name}{written} />")
    return Markup(f"<{name}{written}>{join(*children)}</{name}>")


def join(*children: Child) -> Markup:
    """One after another, escaped likewise."""
    return Markup("".join(escape(child) for child in children if child is not None))


def _value(value: str | float) -> str:
    return f"{value:.1f}" if isinstance(value, float) else str(value)
