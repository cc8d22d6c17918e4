"""The types that every room shares, and the error tree."""

from __future__ import annotations

import inspect
import json
import pickle
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from ragqa import Answer, Citation, Claim, Document, Passage, RagqaError, Turn, errors, schema
from ragqa.schema import NOT_BLANK

MODELS = [value for value in vars(schema).values() if inspect.isclass(value) and value.__module__ == schema.__name__]
ERRORS = [value for value in vars(errors).values() if inspect.isclass(value) and issubclass(value, Exception)]

CITATION = Citation(
    document_id="a.md",
    title="A",
    source="/docs/a.md",
    start=4,
    end=9,
    quote="€5 🎉\n",
    sentence="It’s €5 🎉\n.",
    sentence_start=0,
    page=None,
    line=1,
)
CLAIM = Claim(text=CITATION.quote, confidence=0.1 + 0.2, citations=(CITATION,))
ANSWER = Answer(
    question="How much?",
    text=CLAIM.text,
    answered=True,
    confidence=CLAIM.confidence,
    claims=(CLAIM,),
    conflict=False,
    citations=CLAIM.citations,
    timings={"total": 1 / 3},
)


def test_the_sides_of_a_disagreement_are_the_best_claim_and_the_rivals() -> None:
    claims = tuple(CLAIM.model_copy(update={"text": text}) for text in ("best", "one", "beside", "other"))
    disputed = ANSWER.model_copy(update={"claims": claims, "conflict": True, "rivals": (1, 3)})
    assert [claim.text for claim in disputed.sides] == ["best", "one", "other"]
    assert ANSWER.model_copy(update={"claims": claims}).sides == claims[:1]


def test_not_blank_is_what_stripping_leaves() -> None:
    assert all(bool(re.search(NOT_BLANK, chr(i))) == bool(chr(i).strip()) for i in range(0x10000))
    with pytest.raises(ValidationError, match="question"):
        Turn(question="\x1f\x85 ")


class TestDocument:
    @given(st.text(alphabet="ab\n\r\u2028🎉", max_size=30), st.data())
    def test_lines_are_counted_from_one_and_end_with_a_line_feed(self, text: str, data: st.DataObject) -> None:
        offset = data.draw(st.integers(0, len(text)))
        assert Document(id="a", text=text).line(offset) == len(text[:offset].split("\n"))

    def test_pages_are_counted_from_one_and_only_where_there_are_some(self) -> None:
        paged = Document(id="a", text="one two", page_starts=(0, 4, 4))
        assert [paged.page(offset) for offset in (0, 3, 4, 6)] == [1, 1, 3, 3]
        assert Document(id="a", text="one two").page(3) is None

    def test_a_copy_with_another_text_has_its_lines(self) -> None:
        document = Document(id="a", text="one\ntwo\nthree")
        assert document.line(8) == 3
        assert document.model_copy(update={"text": "one line only"}).line(8) == 1

    @pytest.mark.parametrize("field", ["id", "text", "title", "source"])
    def test_half_a_character_is_refused_where_it_comes_in(self, field: str) -> None:
        fields = {"id": "a", "text": "b", field: "half \ud83d"}
        with pytest.raises(ValidationError, match=rf"(?s){field}\n.*(surrogate|unicode)"):
            Document(**fields)

    def test_an_id_is_needed(self) -> None:
        with pytest.raises(ValidationError, match="id"):
            Document(id="", text="b")

    def test_equal_and_hashed_by_content(self) -> None:
        one, other = (Document(id="a", text="b\nc") for _ in range(2))
        one.line(2)
        assert one == other
        assert len({one, other, Document(id="a", text="b\nd")}) == 2


@pytest.mark.parametrize(
    "value", [ANSWER, Passage(document_id="a", start=0, end=1, text="b"), Document(id="a", text="b")]
)
def test_round_trips(value: BaseModel) -> None:
    assert type(value).model_validate_json(value.model_dump_json()) == value
    assert pickle.loads(pickle.dumps(value)) == value


def test_the_wire_format_keeps_every_name_and_character() -> None:
    wire = json.loads(ANSWER.model_dump_json())
    fields = ["question", "text", "answered", "confidence", "claims", "conflict", "citations", "timings"]
    fields += ["asked", "carried", "rivals"]
    assert list(wire) == fields
    assert list(wire["claims"][0]) == ["text", "confidence", "citations"]
    assert wire["citations"][0] == CITATION.model_dump()
    assert wire["confidence"] == ANSWER.confidence


def test_every_type_is_frozen_and_knows_its_fields() -> None:
    assert len(MODELS) >= 7
    assert all(model.model_config["frozen"] and model.model_config["extra"] == "forbid" for model in MODELS)
    with pytest.raises(ValidationError, match="Extra inputs"):
        Answer.model_validate(ANSWER.model_dump() | {"score": 1})


@pytest.mark.parametrize("confidence", [-0.01, 1.01, float("nan"), None])
def test_a_confidence_is_a_probability(confidence: float) -> None:
    for good in (ANSWER, CLAIM):
        with pytest.raises(ValidationError, match="confidence"):
            type(good).model_validate(good.model_dump() | {"confidence": confidence})


@pytest.mark.parametrize("kind", ERRORS)
def test_every_error_is_of_one_tree_documented_and_picklable(kind: type[Exception]) -> None:
    assert issubclass(kind, RagqaError)
    assert kind.__doc__
    error = kind("a.txt", "empty") if kind is errors.UnreadableDocumentError else kind("what was wrong")
    copy = pickle.loads(pickle.dumps(error))  # as a worker process would hand it over
    assert (type(copy), str(copy)) == (kind, str(error))
    assert str(error) in ("a.txt: empty", "what was wrong")


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (errors.InvalidQuestionError, ValueError),
        (errors.InvalidArgumentError, ValueError),
        (errors.UnknownDocumentError, KeyError),
        (errors.IndexNotFoundError, FileNotFoundError),
        (errors.IndexExistsError, FileExistsError),
        (errors.IndexClosedError, ValueError),
        (errors.MissingExtraError, ImportError),
    ],
)
def test_errors_are_caught_as_the_builtin_that_one_expects(kind: type[Exception], builtin: type[Exception]) -> None:
    assert issubclass(kind, builtin)


def test_the_tree_is_told_apart() -> None:
    folder = {kind for kind in ERRORS if issubclass(kind, errors.IndexFolderError)}
    document = {kind for kind in ERRORS if issubclass(kind, errors.DocumentError)}
    assert not folder & document
    assert {errors.DamagedIndexError, errors.IndexVersionError, errors.IndexModelError} < folder
    assert not any(
        issubclass(one, other)
        for one in folder - {errors.IndexFolderError}
        for other in folder - {one, errors.IndexFolderError}
    )


def test_the_package_says_that_it_is_typed() -> None:
    assert (Path(schema.__file__).parent / "py.typed").is_file()
