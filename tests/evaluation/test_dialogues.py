from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ragqa import Answer, Document
from ragqa.errors import QuestionSetError
from ragqa.evaluation.dialogues import (
    Dialogue,
    dialogue_tables,
    load_dialogues,
    measure_dialogues,
    wrong_table,
)

SETS = Path(__file__).parents[2] / "eval" / "dialogues"
TEXT = "Ann founded the shop in 1999. Bob runs it."


def answer(question: str, text: str | None, asked: str = "") -> Answer:
    return Answer(
        question=question,
        text=text,
        answered=text is not None,
        confidence=0.5,
        claims=(),
        conflict=False,
        citations=(),
        timings={},
        asked=asked or question,
    )


class Parrot:
    """An index that knows three questions; its chat makes one out of "when?"."""

    known = {"When was the shop founded?": "1999", "Who founded the shop?": "Ann", "Who runs it?": "Bob"}  # noqa: RUF012

    def document(self, document_id: str, /) -> Document:
        return Document(id=document_id, text=TEXT)

    def ask(self, question: str, /) -> Answer:
        return answer(question, self.known.get(question))

    def chat(self) -> Parrot:
        return Chatting()


class Chatting(Parrot):
    def ask(self, question: str, /) -> Answer:
        asked = "When was the shop founded?" if question == "when?" else question
        return answer(question, self.known.get(asked), asked)


def turn(question: str, text: str | None, standalone: str = "", tags: tuple[str, ...] = ()) -> dict[str, Any]:
    start = TEXT.index(text) if text else 0
    spans = [{"doc": "a", "start": start, "end": start + len(text), "text": text}] if text else []
    standalone = standalone or question
    return {
        "question": question,
        "standalone": standalone,
        "answers": spans,
        "unanswerable": not text,
        "tags": list(tags),
    }


TURNS = [
    turn("Who founded the shop?", "Ann"),
    turn("when?", "1999", "When was the shop founded?", ("ellipsis",)),
    turn("Who runs it?", "Bob", "Who runs the shop?", ("pronoun",)),
    turn("Why?", None, "Why does Bob run the shop?", ("ellipsis", "unanswerable")),
]


def dialogue(*turns: dict[str, Any]) -> Dialogue:
    return Dialogue.model_validate_json(json.dumps({"id": "d", "half": "dev", "turns": turns}))


def test_every_follow_up_is_asked_three_ways() -> None:
    rows = measure_dialogues(Parrot(), [dialogue(*TURNS)])
    assert [row.id for row in rows] == ["d.2", "d.3", "d.4"]
    assert [row.got for row in rows] == [(None, "1999", "1999"), ("Bob", "Bob", None), (None, None, None)]
    assert [row.scores("exact match") for row in rows[:2]] == [[0, 1, 1], [1, 1, 0]]
    assert rows[2].scores("refused (unanswerable)") == [1, 1, 1]
    assert [row.last for row in rows] == [False, False, True]


def test_tables_set_them_side_by_side() -> None:
    rows = measure_dialogues(Parrot(), [dialogue(*TURNS)])
    everything, last, by_tag, rewriting = dialogue_tables(rows)
    cells = {row[0]: [cell.split(" ")[0] for cell in row[1:]] for row in everything.rows}
    assert cells == {
        "exact match": ["2", "0.500", "1.000", "0.500", "+0.500"],
        "F1": ["2", "0.500", "1.000", "0.500", "+0.500"],
        "refused (unanswerable)": ["1", "1.000", "1.000", "1.000", "+0.000"],
    }
    assert [row[0] for row in last.rows] == ["refused (unanswerable)"]
    assert by_tag.rows == (("ellipsis", "1", "0.000", "1.000", "1.000"), ("pronoun", "1", "1.000", "1.000", "0.000"))
    assert [row[1].split(" ")[0] for row in rewriting.rows] == ["n/a", "0.333", "0.333"]
    assert wrong_table(rows).rows == ()


def test_gold_spans_that_do_not_fit_are_refused() -> None:
    moved = turn("when?", "1999") | {"answers": [{"doc": "a", "start": 0, "end": 4, "text": "1999"}]}
    with pytest.raises(QuestionSetError, match=r"d\.2"):
        measure_dialogues(Parrot(), [dialogue(TURNS[0], moved)])


@pytest.mark.parametrize("turns", [TURNS[:1], TURNS + TURNS[:1]])
def test_a_dialogue_has_two_to_four_turns(tmp_path: Path, turns: list[dict[str, Any]]) -> None:
    (tmp_path / "d.jsonl").write_text(json.dumps({"id": "d", "half": "dev", "turns": turns}))
    with pytest.raises(QuestionSetError, match=r"line 1: turns"):
        load_dialogues(tmp_path / "d.jsonl")


def test_the_sets_are_as_their_readme_says() -> None:
    seeds, ferry = load_dialogues(SETS / "seeds.jsonl"), load_dialogues(SETS / "ferry.jsonl")
    assert [sum(each.half == half for each in seeds) for half in ("dev", "test")] == [25, 23]
    assert {each.half for each in ferry} == {"report"}
    for each in [*seeds, *ferry]:
        for one in each.turns:
            assert "standalone" not in one.tags or one.standalone == one.question
            assert one.unanswerable == ("unanswerable" in one.tags)
        assert each.turns[0].standalone == each.turns[0].question
