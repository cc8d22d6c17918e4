"""The two diagrams of a report as SVG; colours come from the page's style sheet, sizes are in its units of 1/360 width.

Each carries a title and a description for who can't see it; the page has the points as tables besides.
"""

from __future__ import annotations

from collections.abc import Sequence

from ragqa.evaluation.curves import ReliabilityBin, RiskCoveragePoint
from ragqa.evaluation.markup import Markup, element, join

_WIDTH, _HEIGHT = 360, 340
_LEFT, _TOP, _SIDE = 52.0, 14.0, 280.0  # of the square from (0, 0) to (1, 1)
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
_MOST_POINTS = 400  # of a curve; more can't be seen


def reliability_diagram(bins: Sequence[ReliabilityBin], error: float | None) -> Markup:
    """Share right over mean confidence, a dot a bin with its interval and count, and the diagonal of perfection.

    Source: Niculescu-Mizil and Caruana 2005, "Predicting good probabilities with supervised learning".
    """
    measured = "" if error is None else f" Expected calibration error {error:.3f}."
    dots = "; ".join(f"{each.confidence:.2f} and {each.right:.2f} of {each.n}" for each in bins)
    description = (
        "Share of best claims that are right over their mean confidence, in bins of about as many questions; "
        f"perfect calibration is the diagonal.{measured} Mean confidence and share right by bin: {dots or 'none'}."
    )
    return _chart(
        "reliability",
        "Reliability diagram",
        description,
        _axes("mean confidence", "share right"),
        _line((0, 0), (1, 1), "reference"),
        *(_line((each.confidence, each.confidence), (each.confidence, each.right), "gap") for each in bins),
        *(_line((each.confidence, each.low), (each.confidence, each.high), "interval") for each in bins),
        _polyline([(each.confidence, each.right) for each in bins], "series"),
        *(_bin_dot(each) for each in bins),
        *_bin_counts(bins),
        _label(0.97, 0.04, "" if error is None else f"ECE {error:.3f}", "end", "strong"),
    )


def risk_coverage_curve(
    points: Sequence[RiskCoveragePoint], area: float | None, operating: tuple[float, float] | None
) -> Markup:
    """Risk over coverage, what answering in random order would have, and where the answers given stand.

    `operating` is their coverage and risk, None when none was given. Source: El-Yaniv and Wiener 2010, "On the
    foundations of noise-free selective classification".
    """
    description = "Share of answers that are wrong over the share of questions answered, most confident first."
    marks: list[Markup] = []
    if points:
        last = points[-1]
        description += f" Answering everything has risk {last.risk:.3f}: the level dashed line."
        marks += [
            _line((0, last.risk), (1, last.risk), "reference"),
            _polyline([(point.coverage, point.risk) for point in _thinned(points)], "series"),
        ]
    if area is not None:
        description += f" Area under the curve {area:.3f}."
        marks.append(_label(0.97, 0.95, f"AURC {area:.3f}", "end", "strong"))
    if operating is not None:
        coverage, risk = operating
        description += f" The answers given have coverage {coverage:.3f} and risk {risk:.3f}."
        marks += _operating_point(coverage, risk)
    return _chart("risk", "Risk-coverage curve", description, _axes("coverage", "risk"), *marks)


def _thinned(points: Sequence[RiskCoveragePoint]) -> Sequence[RiskCoveragePoint]:
    """At most about so many points, the first and the last among them."""
    step = -(-len(points) // _MOST_POINTS)
    return [*points[:-1:step], points[-1]]


def _operating_point(coverage: float, risk: float) -> tuple[Markup, ...]:
    text = f"answers given: coverage {coverage:.2f}, risk {risk:.2f}"
    across, anchor = (coverage + 0.02, "start") if coverage < 0.7 else (coverage - 0.02, "end")
    up = 0.04 if risk > 0.15 else risk + 0.1
    return (
        _line((coverage, 0), (coverage, risk), "gap"),
        element("circle", element("title", text), cx=_x(coverage), cy=_y(risk), r=6, class_="operating"),
        _label(across, up, f"{coverage:.2f}, {risk:.2f}", anchor, "operating-label"),
    )


def _bin_dot(each: ReliabilityBin) -> Markup:
    text = f"{each.n} questions, mean confidence {each.confidence:.3f}, share right {each.right:.3f}"
    return element("circle", element("title", text), cx=_x(each.confidence), cy=_y(each.right), r=4, class_="dot")


def _bin_counts(bins: Sequence[ReliabilityBin]) -> list[Markup]:
    """The count beside each dot, left out where it would lie upon another; the table has them all."""
    labels: list[Markup] = []
    taken: list[tuple[float, float]] = []
    for each in bins:
        at = (each.confidence, each.right)
        if any(abs(at[0] - x) < 0.09 and abs(at[1] - y) < 0.05 for x, y in taken):
            continue
        taken.append(at)
        flip = each.confidence > 0.9
        labels.append(
            _label(each.confidence + (-0.02 if flip else 0.02), each.right, str(each.n), "end" if flip else "start")
        )
    return labels


def _chart(name: str, title: str, description: str, *children: Markup) -> Markup:
    return element(
        "svg",
        element("title", title, id=f"{name}-title"),
        element("desc", description, id=f"{name}-desc"),
        *children,
        role="img",
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        aria_labelledby=f"{name}-title {name}-desc",
    )


def _axes(across: str, up: str) -> Markup:
    """Grid, ticks and names of both axes, each from 0 to 1."""
    lines = [_line((tick, 0), (tick, 1), "grid") for tick in _TICKS]
    lines += [_line((0, tick), (1, tick), "grid") for tick in _TICKS]
    ticks = [_text(_x(tick), _y(0) + 16, f"{tick:g}", "middle") for tick in _TICKS]
    ticks += [_text(_LEFT - 6, _y(tick) + 4, f"{tick:g}", "end") for tick in _TICKS]
    middle = _y(0.5)
    names = [
        _text(_x(0.5), _y(0) + 36, across, "middle"),
        element(
            "text", up, x=14.0, y=middle, text_anchor="middle", transform=f"rotate(-90 14 {middle:.1f})", class_="plain"
        ),
    ]
    return join(*lines, *ticks, *names)


def _x(share: float) -> float:
    return _LEFT + _SIDE * share


def _y(share: float) -> float:
    return _TOP + _SIDE * (1 - share)


def _line(begin: tuple[float, float], end: tuple[float, float], kind: str) -> Markup:
    return element("line", x1=_x(begin[0]), y1=_y(begin[1]), x2=_x(end[0]), y2=_y(end[1]), class_=kind)


def _polyline(points: Sequence[tuple[float, float]], kind: str) -> Markup:
    return element("polyline", points=" ".join(f"{_x(x):.1f},{_y(y):.1f}" for x, y in points), class_=kind)


def _label(across: float, up: float, text: str, anchor: str, kind: str = "plain") -> Markup:
    return _text(_x(across), _y(up) + 4, text, anchor, kind)


def _text(x: float, y: float, text: str, anchor: str, kind: str = "plain") -> Markup:
    return element("text", text, x=x, y=y, text_anchor=anchor, class_=kind)
