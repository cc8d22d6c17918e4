"""The report as one HTML page: no scripts, nothing fetched, every text escaped.

The page's own content security policy forbids everything but its style sheet, named by its hash, so that not even a
fault of the escaping could run what a document says.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from ragqa.evaluation import tables
from ragqa.evaluation.charts import reliability_diagram, risk_coverage_curve
from ragqa.evaluation.evidence import Excerpt
from ragqa.evaluation.figures import RIGHT_F1, Row
from ragqa.evaluation.markup import Markup, element, join
from ragqa.evaluation.style import STYLE
from ragqa.evaluation.tables import TextTable

if TYPE_CHECKING:
    from ragqa.evaluation.report import Report

FAULTS_SHOWN = 200
_GOLDS_SHOWN = 8
_LONGEST_TEXT = 300  # characters of an answer or a gold text
_SECTIONS = (
    ("figures", "Figures"),
    ("tags", "By tag"),
    ("confidence", "Confidence"),
    ("wrong", "Wrong answers"),
    ("environment", "Environment"),
)


def render(report: Report, command: str | None = None) -> str:
    """The page, well-formed as HTML and as XML.

    Lists the first 200 wrong answers in the order of `report.faults()`, and counts all of them by kind.

    Args:
        report: what to show.
        command: the command that made it, shown to the reader; None to leave it out.
    """
    body = element(
        "body",
        element("header", *_header(report, command)),
        element("main", *_main(report)),
    )
    title = f"Evaluation on {len(report.rows)} questions"
    return f"<!DOCTYPE html>\n{element('html', _head(title), body, lang='en')}\n"


def _head(title: str) -> Markup:
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", title),
        element("style", Markup(STYLE)),
    )


def _header(report: Report, command: str | None) -> list[Markup]:
    links = [
        element("li", element("a", title, href=f"#{name}"))
        for name, title in _SECTIONS
        if name != "tags" or report.by_tag
    ]
    parts = [
        element("h1", f"Evaluation on {len(report.rows)} questions"),
        element("nav", element("ul", *links), aria_label="Sections"),
    ]
    if command is not None:
        parts.insert(1, element("p", "Made by ", element("code", command), class_="note"))
    return parts


def _main(report: Report) -> list[Markup]:
    figures = _section("figures", _table(tables.figure_table(report.figures)), _note(tables.INTERVALS))
    by_tag = _section("tags", *(_table(table) for table in tables.tag_tables(report.by_tag))) if report.by_tag else None
    return [
        part
        for part in (
            figures,
            by_tag,
            _section("confidence", *_confidence(report)),
            _section("wrong", *_wrong_answers(report)),
            _section("environment", _table(tables.environment_table(report.environment), "words")),
        )
        if part is not None
    ]


def _section(name: str, *children: Markup) -> Markup:
    return element("section", element("h2", dict(_SECTIONS)[name], id=name), *children, aria_labelledby=name)


def _note(text: str) -> Markup:
    return element("p", text, class_="note")


def _table(table: TextTable, class_: str | None = None) -> Markup:
    """A table that scrolls sideways on its own where the screen is narrow, by keyboard too."""
    head = element("tr", *(element("th", heading, scope="col") for heading in table.header))
    rows = (
        element("tr", element("th", row[0], scope="row"), *(element("td", cell) for cell in row[1:]))
        for row in table.rows
    )
    made = element(
        "table", element("caption", table.title), element("thead", head), element("tbody", *rows), class_=class_
    )
    return element("div", made, class_="scroll", role="region", aria_label=table.title, tabindex="0")


def _confidence(report: Report) -> list[Markup]:
    values = {figure.name: figure.value for figure in report.figures}
    error, area = values.get("calibration error"), values.get("risk-coverage area")
    coverage, risk = values.get("coverage"), values.get("selective risk")
    operating = None if coverage is None or risk is None else (coverage, risk)
    diagram = element(
        "figure",
        reliability_diagram(report.reliability, error),
        element("figcaption", _reliability_caption(report)),
        _table(tables.reliability_table(report.reliability)),
    )
    curve = element(
        "figure",
        risk_coverage_curve(report.risk_coverage, area, operating),
        element("figcaption", _risk_caption(report)),
        _table(tables.risk_coverage_table(report.risk_coverage)),
    )
    return [_note(tables.CONFIDENCE), element("div", diagram, curve, class_="charts")]


def _reliability_caption(report: Report) -> str:
    counts = sorted({each.n for each in report.reliability})
    if not counts:
        return "Reliability diagram: no questions."
    sizes = str(counts[0]) if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    return (
        f"Reliability diagram, {len(report.reliability)} bins of {sizes} questions, counts beside the dots. On the "
        "dashed diagonal confidence is the share that is right; below it the answers are less often right than they "
        "say. Bars: 95 % intervals (Wilson)."
    )


def _risk_caption(report: Report) -> str:
    said = [row.confidence for row in report.rows if not row.abstained]
    kept = [row.confidence for row in report.rows if row.abstained]
    lowest = f"lowest confidence answered {min(said):.3f}" if said else "nothing answered"
    highest = f"highest confidence refused {max(kept):.3f}" if kept else "nothing refused"
    return (
        "Risk-coverage curve. The ring is the operating point, which min_confidence sets: the answers given "
        f"({lowest}, {highest}). The dashed line is the risk of answering everything, or in random order."
    )


def _wrong_answers(report: Report) -> list[Markup]:
    faults = report.faults()
    if not faults:
        return [element("p", "None.")]
    shown, rest = faults[:FAULTS_SHOWN], faults[FAULTS_SHOWN:]
    legend = element(
        "p",
        "In the sources: ",
        element("mark", "cited by the best claim", class_="cited"),
        ", ",
        element("mark", "gold", class_="gold"),
        ", ",
        element("mark", "both", class_="cited gold"),
        ".",
    )
    summary = f"{len(faults)} of {len(report.rows)} questions; "
    summary += f"the first {len(shown)}" if rest else "all of them"
    return [
        element(
            "p",
            f"{summary}, lowest F1 first, then most confident. Not exact is an F1 above 0; from {RIGHT_F1} on it "
            "counts as right in the figures of confidence.",
        ),
        _table(tables.fault_table(faults, len(report.rows))),
        legend,
        *(_wrong_answer(row, position) for position, row in enumerate(shown, start=1)),
        *([_note(_rest(rest))] if rest else []),
    ]


def _rest(rest: Sequence[Row]) -> str:
    kinds = Counter(row.fault for row in rest)
    counted = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
    return f"And {len(rest)} more, not listed here: {counted}. The JSON report has every one."


def _wrong_answer(row: Row, position: int) -> Markup:
    name = f"wrong-{position}"
    return element(
        "article",
        element("h3", element("bdi", row.question), id=name),
        element(
            "p",
            element("span", "; ".join(row.faults).capitalize(), class_="kind"),
            element("span", f" · {row.id}" + (f" · {', '.join(row.tags)}" if row.tags else ""), class_="meta"),
        ),
        element("dl", *(join(element("dt", term), element("dd", fact)) for term, fact in _facts(row))),
        *(_source(excerpt) for excerpt in row.sources),
        class_="fault",
        aria_labelledby=name,
    )


def _facts(row: Row) -> Iterator[tuple[str, Markup]]:
    yield "Gold", _golds(row)
    confidence = f"confidence {row.confidence:.3f}"
    if not row.abstained:
        yield "Said", join(_quoted(row.got or ""), f", {confidence}{_f1(row.f1)}")
    elif row.best is None:
        yield "Said", join(f"nothing, {confidence}")
    else:
        yield "Said", join("nothing")
        yield "Nearest", join(_quoted(row.best), f", {confidence}{_f1(row.f1_best)}")
    yield "Retrieved", join(_retrieved(row))
    if invalid := row.citations - row.valid_citations:
        yield "Citations", join(f"{invalid} of {row.citations} are not what stands there")


def _golds(row: Row) -> Markup:
    if not row.expected:
        return join("nothing: the documents don't say")
    texts = [_quoted(text) for text in row.expected[:_GOLDS_SHOWN]]
    more = len(row.expected) - len(texts)
    return join(texts[0], *(join(" / ", text) for text in texts[1:]), f" and {more} more" if more else None)


def _retrieved(row: Row) -> str:
    if row.unanswerable:
        return "nothing to find"
    return "no passage with a gold span" if row.rank is None else f"gold span in the passage of rank {row.rank}"


def _f1(value: float | None) -> str:
    return "" if value is None else f", F1 {value:.2f}"


def _quoted(text: str) -> Markup:
    """An answer as it stands, apart from what goes beyond some lines."""
    return element("bdi", text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + "…")


def _source(excerpt: Excerpt) -> Markup:
    title = f" {excerpt.title}" if excerpt.title else ""
    return element(
        "figure",
        element("figcaption", element("code", f"{excerpt.document_id}:{excerpt.line}"), element("bdi", title)),
        element(
            "blockquote",
            "… " if excerpt.cut_before else None,
            *_marked(excerpt),
            " …" if excerpt.cut_after else None,
            dir="auto",
        ),
        class_="source",
    )


def _marked(excerpt: Excerpt) -> list[Markup]:
    """The text, cut where a mark begins or ends, each part in the marks that hold it."""
    end = excerpt.start + len(excerpt.text)
    ends = {offset for part in (*excerpt.cited, *excerpt.gold) for offset in part}
    cuts = sorted({excerpt.start, end, *(offset for offset in ends if excerpt.start < offset < end)})
    parts = []
    for left, right in pairwise(cuts):
        kinds = [
            kind
            for kind, ranges in (("cited", excerpt.cited), ("gold", excerpt.gold))
            if any(start <= left and right <= stop for start, stop in ranges)
        ]
        text = excerpt.text[left - excerpt.start : right - excerpt.start]
        parts.append(element("mark", text, class_=" ".join(kinds)) if kinds else join(text))
    return parts
