"""HTML to text by inscriptis, over a tree that is first made to suit a quoting reader.

inscriptis draws tables by padding columns, which interleaves the lines of neighbouring cells and can multiply
the size of a page. Here a row of short cells becomes one line, and a cell with blocks of its own is laid out as such.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Any

from ragqa.documents.content import Content, RefusedError, one_line, require
from ragqa.documents.decoding import decode

_DECLARED = re.compile(rb"""(?:<meta[^>]+?charset|<\?xml[^>]+?encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_DECLARED_WITHIN = 4096


def _tags(names: str) -> tuple[str, ...]:
    return tuple(names.split())


_INVISIBLE = _tags(
    "head script style template noscript select datalist iframe audio video canvas annotation annotation-xml"
)
_BLOCKS = _tags(
    "address article aside blockquote caption center dd details dialog dir div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header hgroup hr legend li main menu nav ol p pre section summary table tr ul"
)
_APART = _tags("blockquote caption figure h1 h2 h3 h4 h5 h6 hr p pre")
_INLINE = _tags("a b code em font i span strong")
_EMPTY_ROW = re.compile(r"^[ |]+\n", re.MULTILINE)
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none", re.IGNORECASE)


def read_html(data: bytes, stem: str) -> Content:
    """The visible text of a page.

    Raises:
        RefusedError: the page is binary, or nested more deeply than it can be followed.
        MissingExtraError: inscriptis is not installed.
    """
    inscriptis = require("inscriptis.html_engine", "inscriptis")
    declared = _DECLARED.search(data, 0, _DECLARED_WITHIN)
    tree = _parse(decode(data, declared[1].decode("ascii") if declared else ""))
    if tree is None:
        return Content("", stem)
    title = _title(tree) or stem
    _prepare(tree)
    try:
        text = inscriptis.Inscriptis(tree, _config()).get_text()
    except RecursionError as error:
        raise RefusedError("its HTML is nested too deeply") from error
    return Content(_EMPTY_ROW.sub("", text).strip("\n"), title)


def _parse(markup: str) -> Any:
    """The element tree, or None for a page without any element or text."""
    etree = require("lxml.etree", "inscriptis")
    # Without huge_tree libxml2 silently drops what is nested over 256 deep. The encoding is given because
    # the page's own declaration was true of the file, not of these bytes.
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        tree = etree.fromstring(markup.encode(), parser)
    except etree.XMLSyntaxError:
        return None
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        raise RefusedError("its HTML is nested too deeply")
    return tree


def _title(tree: Any) -> str:
    for path in ("//title[not(ancestor::svg)]", "//h1"):
        for element in tree.xpath(path):
            if title := one_line("".join(element.itertext())):
                return title
    return ""


def _prepare(tree: Any) -> None:
    for element in list(tree.iter()):
        if "hidden" in element.attrib or _HIDDEN_STYLE.search(element.attrib.pop("style", "")):
            element.tag = "template"
        element.text, element.tail = _escaped(element.text), _escaped(element.tail)
    for cell in list(tree.iter("td", "th")):
        _flatten(cell)
    for element in list(tree.iter("table", "tr")):
        element.tag = "div"
    for quotation in list(tree.iter("q")):  # inscriptis would set the marks again after each child
        quotation.tag, quotation.text, quotation.tail = "span", f"“{quotation.text or ''}", f"”{quotation.tail or ''}"


def _escaped(text: str | None) -> str | None:
    """The text as inscriptis needs it, which decodes entities once more and would make `<` of a page's `&amp;lt;`.

    libxml2 reads characters that lxml then refuses to write back; no reader would see them.
    """
    return text and _NOT_XML.sub(" ", text.replace("&", "&amp;"))


def _flatten(cell: Any) -> None:
    """Make a table cell part of its row's line, or a block if it holds several blocks."""
    blocks = list(islice(cell.iterdescendants(*_BLOCKS), 2))
    if len(blocks) == 2:
        cell.tag = "div"
        return
    for element in [*blocks, *cell.iterdescendants("br")]:
        element.tag = "span"
        element.text = " " + (element.text or "")
        element.tail = " " + (element.tail or "")
    cell.tag = "span"
    if cell.getprevious() is not None:
        cell.text = " | " + (cell.text or "")


def _config() -> Any:
    model = require("inscriptis.model.html_element", "inscriptis")
    display = require("inscriptis.html_properties", "inscriptis").Display
    css = dict(require("inscriptis.css_profiles", "inscriptis").STRICT_CSS_PROFILE)
    for tag in _BLOCKS:  # lists are indented and `pre` keeps its spaces, so those stay what they are
        css.setdefault(tag, model.HtmlElement(display=display.block))
    for tag in _APART:
        css[tag] = model.HtmlElement(
            display=display.block, whitespace=css[tag].whitespace, margin_before=1, margin_after=1
        )
    for tag in _INVISIBLE:
        css[tag] = model.HtmlElement(display=display.none)
    for tag in _INLINE:
        css[tag] = model.HtmlElement(whitespace=None)  # inherited: spaces count in highlighted code too
    return require("inscriptis.model.config", "inscriptis").ParserConfig(css=css)
