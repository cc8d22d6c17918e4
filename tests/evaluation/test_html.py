"""The page: well-formed, self-contained, escaped, and saying what the JSON says."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import Any

import pytest
from lxml import etree, html

from ragqa.evaluation import Report, evaluate
from ragqa.evaluation.evidence import Excerpt
from ragqa.evaluation.figures import Row
from ragqa.evaluation.style import STYLE
from ragqa.evaluation.tables import number
from ragqa.schema import Document

from .fakes import FakeIndex, answer, citation, gold, question, row, unanswerable_row

EVIL = """<script>alert(1)</script><img src=x onerror="alert(2)">'"&amp;]]>--><!--</style></mark>\x00\x1b\ud800\u2028"""
MISSES: dict[str, Any] = {"exact_match": 0, "f1": 0, "f1_best": 0, "got": "lead", "best": "lead"}
SOURCE = Excerpt(
    document_id="a.md", title="Title", line=7, start=100, text="All that glitters is not gold.", cited=((104, 117),),
    gold=((109, 117), (125, 129)), cut_before=True, cut_after=False,
)  # fmt: skip


def make(*rows: Row) -> Report:
    return Report.from_rows(rows, {"python": "3.10"})


@pytest.fixture(scope="module")
def report() -> Report:
    return make(
        *(row(f"fine{i}", tags=("easy",), confidence=0.5 + i / 50) for i in range(20)),
        row("off", **{**MISSES, "f1": 0.4, "f1_best": 0.4}, tags=("hard", "conflict"), rank=3, conflict_expected=True),
        row("shy", **{**MISSES, "got": None}, abstained=True, cites_gold=None, confidence=0.2, tags=("hard",)),
        row("bold", **MISSES, cites_gold=False, rank=None, confidence=0.95, sources=(SOURCE,)),
        row("liar", conflict_got=True, citations=3, valid_citations=1),
        unanswerable_row("fooled", got="x", best="x", abstained=False, confidence=0.5),
        unanswerable_row("refused"),
        row("mute", **{**MISSES, "got": None, "best": None}, abstained=True, cites_gold=None, confidence=0.0),
    )


def parse(page: str) -> Any:
    """The page as an XML tree, which only a well-formed one gives."""
    assert page.startswith("<!DOCTYPE html>\n<html")
    return etree.fromstring(page.removeprefix("<!DOCTYPE html>\n").encode())


def text_of(node: Any) -> str:
    return "".join(node.itertext())


def cells(tree: Any, caption: str) -> list[list[str]]:
    (table,) = tree.xpath(f"//table[caption='{caption}']")
    return [[text_of(cell) for cell in line] for line in table.iter("tr")]


def entry(tree: Any, name: str) -> Any:
    (found,) = tree.xpath(f"//article[h3/bdi='{name}?']")
    return found


def test_the_same_figures_as_in_the_json(report: Report) -> None:
    tree, document = parse(report.to_html()), json.loads(report.to_json())
    shown = cells(tree, "Figures")[1:]
    assert [line[0] for line in shown] == [figure["name"] for figure in document["figures"]]
    for (_, value, bounds, n), figure in zip(shown, document["figures"], strict=True):
        digits = 1 if "(ms)" in figure["name"] else 3
        low, high = number(figure["low"], digits), number(figure["high"], digits)
        assert (value, n) == (number(figure["value"], digits), str(figure["n"]))
        assert bounds == ("n/a" if low == "n/a" else f"{low} to {high}")
    points = [[number(p[key]) for key in ("coverage", "risk", "threshold")] for p in document["risk_coverage"]]
    assert all(line in points for line in cells(tree, "Risk and coverage")[1:])
    assert [(line[1], line[3]) for line in cells(tree, "Reliability")[1:]] == [
        (str(each["n"]), number(each["right"])) for each in document["reliability"]
    ]


def test_figures_by_tag(report: Report) -> None:
    tree = parse(report.to_html())
    for title in ("Answers", "Confidence", "Conflicts"):
        header, *lines = cells(tree, f"{title} by tag")
        assert [line[0] for line in lines] == (
            ["conflict", "hard"] if title == "Conflicts" else ["conflict", "easy", "hard"]
        )
        for line in lines:
            (tag,) = (tag for tag in report.by_tag if tag.tag == line[0])
            figures = {figure.name: figure for figure in tag.figures}
            for name, cell in zip(header[2:], line[2:], strict=True):
                figure = figures[name]
                bounds = "" if figure.low is None else f" ({number(figure.low, 2)}–{number(figure.high, 2)})"
                assert cell == number(figure.value) + bounds


def test_the_diagrams(report: Report) -> None:
    tree = parse(report.to_html())
    reliability, risk = tree.iter("svg")
    error, area = report.value("calibration error"), report.value("risk-coverage area")
    assert f"ECE {error:.3f}" in text_of(reliability)
    assert f"AURC {area:.3f}" in text_of(risk)
    assert len(reliability.xpath("circle[@class='dot']")) == len(report.reliability) == 2
    assert f"{report.reliability[0].n} questions, mean" in text_of(reliability)
    (ring,) = risk.xpath("circle[@class='operating']")
    coverage, selective = report.value("coverage"), report.value("selective risk")
    assert coverage is not None
    assert selective is not None
    assert (ring.get("cx"), ring.get("cy")) == (f"{52 + 280 * coverage:.1f}", f"{294 - 280 * selective:.1f}")
    (curve,) = risk.xpath("polyline")
    assert len(curve.get("points").split()) == len(report.risk_coverage)
    for svg in (reliability, risk):
        assert svg.get("role") == "img"
        named = [svg.xpath(f"*[@id='{name}']") for name in svg.get("aria-labelledby").split()]
        assert [found[0].tag for found in named] == ["title", "desc"]
        assert "None" not in etree.tostring(svg).decode()


def test_every_wrong_answer(report: Report) -> None:
    tree = parse(report.to_html())
    assert [text_of(h3) for h3 in tree.xpath("//article/h3")] == [f"{faulty.id}?" for faulty in report.faults()]
    said = {faulty.id: text_of(entry(tree, faulty.id)) for faulty in report.faults()}
    assert "Not exact; conflict missed · off · hard, conflict" in said["off"]
    assert "Goldgold" in said["off"]
    assert "Saidlead, confidence 0.900, F1 0.40" in said["off"]
    assert "rank 3" in said["off"]
    assert "Saidnothing" in said["shy"]
    assert "Nearestlead, confidence 0.200, F1 0.00" in said["shy"]
    assert "no passage with a gold span" in said["bold"]
    assert "Conflict invented" in said["liar"]
    assert "2 of 3 are not what stands there" in said["liar"]
    assert "Goldnothing: the documents don't say" in said["fooled"]
    assert "Saidx, confidence 0.500" in said["fooled"]
    assert "Saidnothing, confidence 0.000" in said["mute"]
    kinds = {line[0]: line[1] for line in cells(tree, "Kinds")[1:]}
    assert kinds == {"abstained": "2", "wrong answer": "1", "not exact": "1", "conflict missed": "1",
                     "conflict invented": "1", "answered the unanswerable": "1"}  # fmt: skip


def test_the_source_is_verbatim_with_citation_and_gold_marked_apart(report: Report) -> None:
    (quote,) = entry(parse(report.to_html()), "bold").iter("blockquote")
    assert text_of(quote) == f"… {SOURCE.text}"
    assert [(mark.get("class"), mark.text) for mark in quote.iter("mark")] == [
        ("cited", "that "), ("cited gold", "glitters"), ("gold", "gold"),
    ]  # fmt: skip


def test_nothing_of_a_document_or_question_set_is_markup() -> None:
    evil = EVIL.replace("\ud800", "")
    document = Document(id=f"d{evil}", title=evil, text=f"{evil} Bob {evil}", source=evil)
    asked = question(evil, gold(document, evil), gold(document, "Bob", evil), tags=[evil])
    index = FakeIndex([document], {f"{evil}?": answer(evil, citation(document, f"Bob {evil}"), conflict=True)})
    index.info = {evil: {evil: evil}}  # type: ignore[dict-item]
    measured = evaluate(index, [asked.model_copy(update={"answers": (gold(document, " B"),)})])
    page = measured.to_html(command=f"ragqa {EVIL}")
    tree = parse(page)
    for name in ("script", "img", "iframe", "link", "object", "comment()"):
        assert tree.xpath(f"//{name}") == []
    assert "<script" not in page.lower()
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", page)
    page.encode()
    (shown,) = map(text_of, tree.iter("article"))
    assert shown.count("<script>alert(1)</script>") >= 5
    lenient = html.fromstring(page)  # as a browser would read it
    assert lenient.xpath("//script | //img | //@onerror") == []
    assert len(lenient.xpath("//style")) == 1


def test_it_is_self_contained_and_its_policy_says_so(report: Report) -> None:
    page = report.to_html()
    tree = parse(page)
    assert {name.partition("-")[0] for node in tree.iter() for name in node.attrib} <= {
        *("lang", "charset", "http", "content", "name", "id", "href", "class", "scope", "role", "aria", "tabindex"),
        *("viewBox", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "points", "text", "transform", "dir"),
    }  # no src, no style, no on...  # fmt: skip
    assert all(link.startswith("#") for link in tree.xpath("//@href"))
    assert "url(" not in page
    assert "@import" not in page
    assert "://" not in page
    (policy,) = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    digest = base64.b64encode(hashlib.sha256(tree.findtext("head/style").encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_it_can_be_read_by_all(report: Report) -> None:
    tree = parse(report.to_html(command="ragqa eval"))
    assert tree.get("lang") == "en"
    assert tree.xpath("//meta[@name='viewport']/@content") == ["width=device-width, initial-scale=1"]
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in tree.xpath("//a/@href")} <= set(ids)
    for named in tree.xpath("//@aria-labelledby"):
        assert set(named.split()) <= set(ids)
    for table in tree.iter("table"):
        assert table.find("caption") is not None
        assert all(heading.get("scope") == "col" for heading in table.xpath("thead//th"))
        assert all(len(line.xpath("th[@scope='row']")) == 1 for line in table.xpath("tbody/tr"))
        assert len({len(line) for line in table.iter("tr")}) == 1


def luminance(colour: str) -> float:
    shares = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [share / 12.92 if share <= 0.03928 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return sum(weight * share for weight, share in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_contrast_of_text_is_at_least_that_of_wcag_aa() -> None:
    light, dark = (dict(re.findall(r"--([\w-]+): (#\w{6})", part)) for part in STYLE.split("@media", 2)[:2])
    for theme in (light, dark):
        assert len(theme) == 10
        pairs = [(text, ground) for text in ("text", "soft", "accent", "warn") for ground in ("page",)]
        for text, ground in [*pairs, ("text", "panel"), ("text", "cited"), ("text", "gold")]:
            lower, higher = sorted(luminance(theme[name]) for name in (text, ground))
            assert (higher + 0.05) / (lower + 0.05) >= 4.5, (text, ground)


@pytest.mark.parametrize(
    "rows",
    [
        [row()],
        [row(**MISSES)],
        [unanswerable_row()],
        [unanswerable_row("a"), unanswerable_row("b", abstained=False, got="x")],
        [row(f"q{i}", **MISSES, confidence=0.5) for i in range(30)],
        [row(**{**MISSES, "got": None, "best": None}, abstained=True, confidence=0.0)],
        [row(**{**MISSES, "got": "x" * 10_000, "expected": ("y" * 10_000,) * 30})],
    ],
    ids=["one right", "one wrong", "one unanswerable", "only unanswerable", "ties", "nothing answered", "long texts"],
)
def test_edge_cases(rows: list[Row]) -> None:
    page = make(*rows).to_html()
    tree = parse(page)
    assert len(list(tree.iter("svg"))) == 2
    assert not re.search(r"\b(nan|inf|None)\b", page.replace("<p>None.</p>", ""))
    operating = tree.xpath("//circle[@class='operating']")
    assert len(operating) == any(not measured.abstained for measured in rows)
    assert len(page) < 60_000


def test_a_flawless_run_says_so() -> None:
    (section,) = parse(make(row()).to_html()).xpath("//section[@aria-labelledby='wrong']")
    assert text_of(section) == "Wrong answersNone."


def test_the_list_of_wrong_answers_and_the_curve_are_bounded() -> None:
    wrong = [row(f"w{i}", **MISSES, confidence=i / 3000, sources=(SOURCE,)) for i in range(1500)]
    missed = [row(f"c{i}", conflict_expected=True, confidence=i / 3000) for i in range(1500)]
    # without tags and intervals, which take their time: the page alone is tested
    made = make(wrong[0]).model_copy(
        update={"rows": (*wrong, *missed), "risk_coverage": make(*wrong[:900]).risk_coverage}
    )
    page = made.to_html()
    tree = parse(page)
    assert len(list(tree.iter("article"))) == 200
    assert "3000 of 3000 questions; the first 200" in text_of(tree)
    assert "And 2800 more, not listed here: 1500 conflict missed, 1300 wrong answer." in text_of(tree)
    assert len(tree.xpath("//svg[2]/polyline | //svg/polyline")[-1].get("points").split()) <= 401
    assert len(page) < 500_000


def test_the_same_report_gives_the_same_page(report: Report) -> None:
    assert report.to_html() == Report.model_validate_json(report.to_json()).to_html()
