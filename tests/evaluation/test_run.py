"""A whole evaluation over a fake index."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

import ragqa
from ragqa.errors import InvalidArgumentError, QuestionSetError
from ragqa.evaluation import Question, Report, evaluate
from ragqa.schema import Answer, Document

from .fakes import FakeIndex, answer, citation, gold, hit, question

META = Document(id="meta.md", text="Meta bought 49% of Scale AI.")
OTHER = Document(id="other.md", text="Meta bought nearly half of Scale AI.")


@pytest.fixture
def questions() -> list[Question]:
    return [
        question("share", gold(META, "49%", "a"), gold(OTHER, "nearly half", "b"), tags=["conflict"]),
        question("who", gold(META, "Meta")),
        question("price", tags=["none"]),
        question("what", gold(META, "Scale AI")),
    ]


@pytest.fixture
def index() -> FakeIndex:
    answers = {
        "share?": answer("share", citation(META, "49%"), citation(OTHER, "nearly half"), confidence=0.9, conflict=True),
        "who?": answer("who", citation(META, "Meta bought"), confidence=0.6),
        "price?": answer("price", citation(META, "49%"), confidence=0.2, answered=False),
        "what?": answer("what", citation(META, "Scale AI", document_id="gone.md"), confidence=0.1, answered=False),
    }
    hits = {
        "share?": [hit(OTHER, 0, 36)],
        "who?": [hit(OTHER, 0, 36), hit(META, 0, 28)],
        "what?": [hit(META, 0, 20)],
    }
    return FakeIndex([META, OTHER], answers, hits)


@pytest.fixture
def report(index: FakeIndex, questions: list[Question]) -> Report:
    return evaluate(index, questions)


def test_figures(report: Report) -> None:
    values = {figure.name: figure.value for figure in report.figures[:-2]}
    assert values == {
        "recall@1": pytest.approx(1 / 3),
        "recall@5": pytest.approx(2 / 3),
        "recall@10": pytest.approx(2 / 3),
        "MRR": pytest.approx(1.5 / 3),
        "exact match": pytest.approx(1 / 3),
        "F1": pytest.approx((1 + 2 / 3) / 3),
        "F1 (best claim)": pytest.approx((1 + 2 / 3 + 1) / 3),
        "citation validity": 4 / 5,  # one of five is of a document that is not there
        "citation correctness": 1,
        "abstention AUROC": pytest.approx(2 / 3),
        "answered (answerable)": pytest.approx(2 / 3),
        "refused (unanswerable)": 1,
        "calibration error": pytest.approx(0.75 - 0.45),
        "risk-coverage area": pytest.approx((1 / 3 + 1 / 4) / 4),
        "coverage": 1 / 2,
        "selective risk": 0,
        "calibration error by chance": pytest.approx(0.15, abs=0.02),
        "conflict precision": 1,
        "conflict recall": 1,
        "conflict F1": 1,
    }


def test_rows(report: Report) -> None:
    share, who, price, what = report.rows
    assert (share.id, share.expected, share.got, share.rank) == ("share", ("49%", "nearly half"), "49%", 1)
    assert (share.conflict_expected, share.conflict_got, share.fault) == (True, True, None)
    assert (who.exact_match, who.rank, who.cites_gold) == (0, 2, True)
    assert who.f1 == pytest.approx(2 / 3)
    assert (price.unanswerable, price.f1, price.f1_best, price.rank, price.best) == (True, None, None, None, "49%")
    assert (what.got, what.best, what.f1, what.f1_best, what.cites_gold) == (None, "Scale AI", 0, 1, None)


def test_rows_with_a_fault_show_their_sources(report: Report) -> None:
    share, who, price, what = report.rows
    assert (share.sources, price.sources) == ((), ())
    (excerpt,) = who.sources
    assert (excerpt.document_id, excerpt.text) == ("meta.md", META.text)
    assert (excerpt.cited, excerpt.gold) == (((0, 11),), ((0, 4),))
    (excerpt,) = what.sources  # its citation is of a document that is not there
    assert (excerpt.cited, excerpt.gold) == ((), ((19, 27),))


def test_curves(report: Report) -> None:
    (one,) = report.reliability
    assert (one.n, one.lowest, one.highest, one.right) == (4, 0.1, 0.9, 0.75)
    assert one.confidence == pytest.approx(0.45)
    points = [(point.threshold, point.coverage, point.risk) for point in report.risk_coverage]
    assert points == [(0.9, 0.25, 0), (0.6, 0.5, 0), (0.2, 0.75, pytest.approx(1 / 3)), (0.1, 1, 0.25)]


def test_environment(report: Report) -> None:
    assert report.environment["ragqa"] == ragqa.__version__
    assert report.environment["documents"] == "2"
    assert report.environment["embedding model"] == "mini"
    assert report.environment["reader.name"] == "tiny"
    assert {"python", "platform", "CPUs"} <= set(report.environment)


def test_each_question_is_asked_alone_after_one_that_warms_up(index: FakeIndex, questions: list[Question]) -> None:
    done: list[int] = []
    evaluate(index, questions, progress=done.append)
    assert index.asked == ["share?", "share?", "who?", "price?", "what?"]
    assert done == [1, 2, 3, 4]


def test_latency_is_the_time_that_ask_takes(questions: list[Question], index: FakeIndex) -> None:
    class SlowStart(FakeIndex):
        def ask(self, question: str, /) -> Answer:
            time.sleep(0.2 if not self.asked else 0.005)
            self.asked.append(question)
            return index.ask(question)

    report = evaluate(SlowStart([META, OTHER]), questions)
    assert all(5 <= row.latency_ms < 150 for row in report.rows)


def test_a_citation_outside_the_claims_counts_too() -> None:
    lying = answer("who", citation(META, "Meta")).model_copy(update={"citations": (citation(META, "49%", line=9),)})
    report = evaluate(FakeIndex([META], {"who?": lying}), [question("who", gold(META, "Meta"))])
    assert (report.rows[0].citations, report.rows[0].valid_citations) == (2, 1)


def test_an_answer_without_claims() -> None:
    empty = answer("who", answered=False, confidence=0)
    report = evaluate(FakeIndex([META], {"who?": empty}), [question("who", gold(META, "Meta"))])
    assert (report.rows[0].best, report.rows[0].f1_best, report.value("citation validity")) == (None, 0, None)


def test_bad_arguments(index: FakeIndex, questions: list[Question]) -> None:
    with pytest.raises(InvalidArgumentError, match="k=9"):
        evaluate(index, questions, k=9)
    with pytest.raises(InvalidArgumentError, match="no questions"):
        evaluate(index, [])
    with pytest.raises(QuestionSetError, match=r"other\.md"):
        evaluate(FakeIndex([META]), questions)
    assert index.asked == []


def test_importing_ragqa_does_not_import_the_evaluation() -> None:
    code = "import sys, ragqa; sys.exit('ragqa.evaluation' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_importing_the_evaluation_does_not_import_rich() -> None:
    code = "import sys, ragqa.evaluation; sys.exit('rich' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
