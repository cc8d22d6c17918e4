from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ragqa.errors import QuestionSetError
from ragqa.evaluation import GoldSpan, check_against, load_questions
from ragqa.schema import Document

from .fakes import FakeIndex, gold, question

DOCUMENT = Document(id="a.md", text="Zürich 🏔 has 49 of 49.")
SPAN: dict[str, Any] = {"doc": "a.md", "start": 13, "end": 15, "text": "49"}


def record(**changes: Any) -> dict[str, Any]:
    return {"id": "q1", "question": "How many?", "answers": [SPAN], "unanswerable": False, "tags": []} | changes


def write(path: Path, *lines: dict[str, Any] | str) -> Path:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines)
    path.write_text(text + "\n", encoding="utf-8")
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "set.jsonl"


def test_load(path: Path) -> None:
    refused = record(id="q2", answers=[], unanswerable=True, tags=["none", "x"])
    grouped = record(id="q3", answers=[SPAN | {"group": "one"}, SPAN | {"group": "two"}], question="a\u2028b\x85?")
    first, second, third = load_questions(write(path, "", record(), "  ", refused, "", grouped, ""))
    assert first.answers == (GoldSpan(doc="a.md", start=13, end=15, text="49"),)
    assert (second.unanswerable, second.tags, second.texts) == (True, ("none", "x"), ())
    assert (first.conflict, second.conflict, third.conflict) == (False, False, True)
    assert third.question == "a\u2028b\x85?"
    assert third.texts == ("49",)


def test_windows_files_load(path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(record()).encode() + b"\r\n\r\n")
    assert [loaded.id for loaded in load_questions(path)] == ["q1"]


@pytest.mark.parametrize(
    ("groups", "conflict"),
    [((None, None), False), (("a", "a"), False), (("a", "b"), True), ((1, 2), True), ((None, "b"), True)],
)
def test_two_groups_are_a_conflict(path: Path, groups: tuple[Any, ...], conflict: bool) -> None:
    answers = [SPAN if group is None else SPAN | {"group": group} for group in groups]
    assert load_questions(write(path, record(answers=answers)))[0].conflict is conflict


def without(field: str) -> dict[str, Any]:
    return {name: value for name, value in record().items() if name != field}


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ('{"id": "q1", ', "Invalid JSON"),
        ("[]", "object"),
        *[(without(field), f"{field}: Field required") for field in record()],
        (record(answers=[{"doc": "a.md", "start": 1, "end": 2}]), "answers.0.text: Field required"),
        (record(id=""), "id: "),
        (record(id=7), "id: "),
        (record(question=" \n"), "question: "),
        (record(unanswerable=True), "unanswerable question has no answers"),
        (record(answers=[]), "answerable question needs at least one answer"),
        (record(answers=[SPAN, SPAN | {"end": 13}]), "answers.1: start 13 is not before end 13"),
        (record(answers=[SPAN | {"start": -1}]), "answers.0.start: "),
        (record(answers=[SPAN | {"start": "13"}]), "answers.0.start: "),
        (record(answers=[SPAN | {"groups": "x"}]), "answers.0.groups: Extra"),
        (record(id="first"), 'id "first" was used on line 1'),
    ],
)
def test_a_fault_names_the_file_the_line_and_the_field(path: Path, broken: Any, said: str) -> None:
    write(path, record(id="first"), "", broken, record(id="last"))
    with pytest.raises(QuestionSetError) as error:
        load_questions(path)
    assert str(error.value).startswith(f"{path}, line 3: ")
    assert said in str(error.value)


def test_bytes_that_are_not_utf8_name_the_line(path: Path) -> None:
    path.write_bytes(json.dumps(record()).encode() + b'\n{"id": "\xff"}\n')
    with pytest.raises(QuestionSetError, match="line 2: "):
        load_questions(path)


def test_an_empty_file_and_no_file(path: Path) -> None:
    with pytest.raises(QuestionSetError, match="no questions"):
        load_questions(write(path, "", " "))
    with pytest.raises(QuestionSetError, match=r"missing\.jsonl.*No such file"):
        load_questions(path.with_name("missing.jsonl"))
    with pytest.raises(QuestionSetError, match="can't read"):
        load_questions(path.parent)


def test_check_against_accepts_true_spans() -> None:
    check_against([question("q", gold(DOCUMENT, "49"), gold(DOCUMENT, "🏔")), question("none")], FakeIndex([DOCUMENT]))


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (SPAN | {"doc": "b.md"}, 'no document "b.md"'),
        (SPAN | {"start": 12}, r"' 49', not '49', which stands at 13"),
        (SPAN | {"start": 18, "end": 20}, "which stands at 19"),
        (SPAN | {"start": 90, "end": 92}, r"is '', not '49'"),
        (SPAN | {"text": "50"}, "nowhere in the document"),
    ],
)
def test_check_against_names_the_question_and_the_fault(span: dict[str, Any], said: str) -> None:
    with pytest.raises(QuestionSetError, match=said) as error:
        check_against([question("fine"), question("q7", GoldSpan(**span))], FakeIndex([DOCUMENT]))
    assert '"q7"' in str(error.value)


def test_check_against_tells_of_several_faults_but_not_of_a_thousand() -> None:
    bad = [question(f"q{number}", GoldSpan(**(SPAN | {"doc": "b.md"}))) for number in range(1000)]
    with pytest.raises(QuestionSetError, match="and 995 more") as error:
        check_against(bad, FakeIndex([DOCUMENT]))
    assert len(str(error.value)) < 1000
