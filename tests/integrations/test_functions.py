"""ragqa as functions of a language model."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ragqa import Answer, Index, Verification
from ragqa.errors import InvalidArgumentError, RagqaError, UnknownDocumentError
from ragqa.integrations.functions import MOST_CHARACTERS, TOOLS, Excerpt, Passages, call, tool_schema

SHARE = "What share of Scale AI did Meta buy?"


class TestSchema:
    def test_is_what_openai_takes(self) -> None:
        schema = tool_schema()
        assert [tool["function"]["name"] for tool in schema] == ["ask", "retrieve", "document", "verify"]
        for tool in schema:
            assert tool["type"] == "function"
            assert tool["function"]["description"]
            parameters = tool["function"]["parameters"]
            assert parameters["type"] == "object"
            assert parameters["additionalProperties"] is False
            assert all(field["description"] for field in parameters["properties"].values())
        assert json.loads(json.dumps(schema)) == schema

    def test_some_of_them(self) -> None:
        [tool] = tool_schema(["ask"])
        assert tool["function"]["parameters"]["required"] == ["question"]
        with pytest.raises(InvalidArgumentError, match=r"'aks': no such function; there are ask, retrieve"):
            tool_schema(["aks"])


class TestCall:
    def test_ask_is_the_index_asked(self, seeds: Index) -> None:
        answer = call(seeds, "ask", {"question": SHARE})
        assert isinstance(answer, Answer)
        assert answer.model_copy(update={"timings": {}}) == seeds.ask(SHARE).model_copy(update={"timings": {}})

    def test_arguments_may_be_json_as_a_model_sends_them(self, seeds: Index) -> None:
        found = call(seeds, "retrieve", json.dumps({"question": SHARE, "k": 2}))
        assert found == Passages(passages=tuple(seeds.retrieve(SHARE, 2)))

    def test_a_document_is_read_in_parts(self, seeds: Index) -> None:
        text = seeds.document("early-talks.md").text
        first = call(seeds, "document", {"document_id": "early-talks.md", "length": 100})
        assert isinstance(first, Excerpt)
        assert (first.start, first.end, first.length, first.text) == (0, 100, len(text), text[:100])
        rest = call(seeds, "document", {"document_id": "early-talks.md", "start": 100, "length": MOST_CHARACTERS})
        assert isinstance(rest, Excerpt)
        assert first.text + rest.text == text
        beyond = call(seeds, "document", {"document_id": "early-talks.md", "start": 10**9})
        assert isinstance(beyond, Excerpt)
        assert (beyond.start, beyond.end, beyond.text) == (len(text), len(text), "")

    def test_verify_numbers_the_documents_in_their_order(self, seeds: Index) -> None:
        text = 'It "receives 49% of the shares" [2].'
        given = {"text": text, "document_ids": ["early-talks.md", "technical-briefing.md"]}
        checked = call(seeds, "verify", given)
        assert isinstance(checked, Verification)
        assert checked.ok
        assert not call(seeds, "verify", {**given, "text": text.replace("2", "1")}).model_dump()["ok"]

    @pytest.mark.parametrize(
        ("name", "arguments", "error", "said"),
        [
            ("aks", {}, InvalidArgumentError, "no such function"),
            ("ask", {}, InvalidArgumentError, "ask: question: Field required"),
            ("ask", "{", InvalidArgumentError, "ask: arguments: Invalid JSON"),
            ("ask", "[1]", InvalidArgumentError, "ask: arguments"),
            ("ask", None, InvalidArgumentError, "ask: arguments"),
            ("ask", {"question": "Who \ud83d?"}, InvalidArgumentError, "question"),
            ("ask", {"question": "x" * 2001}, InvalidArgumentError, "question"),
            ("ask", {"question": " "}, RagqaError, "empty"),
            ("ask", {"question": "Who?", "more": 1}, InvalidArgumentError, "more: Extra"),
            ("retrieve", {"question": "Who?", "k": 21}, InvalidArgumentError, "k: "),
            ("document", {"document_id": "early-talks.md", "start": -1}, InvalidArgumentError, "start"),
            ("document", {"document_id": "early-talks.md", "length": 20_001}, InvalidArgumentError, "length"),
            ("document", {"document_id": "../../etc/passwd"}, UnknownDocumentError, "passwd"),
            ("verify", {"text": "", "document_ids": []}, InvalidArgumentError, "document_ids"),
            ("verify", {"text": "", "document_ids": ["gone"]}, UnknownDocumentError, "gone"),
        ],
    )
    def test_what_a_model_gets_wrong_is_told(
        self, seeds: Index, name: str, arguments: Any, error: type[Exception], said: str
    ) -> None:
        with pytest.raises(error, match=said):
            call(seeds, name, arguments)

    def test_every_function_has_a_result_that_json_carries(self, seeds: Index) -> None:
        given: dict[str, dict[str, Any]] = {
            "ask": {"question": SHARE},
            "retrieve": {"question": SHARE},
            "document": {"document_id": "early-talks.md"},
            "verify": {"text": "Nothing.", "document_ids": ["early-talks.md"]},
        }
        for name, tool in TOOLS.items():
            result = call(seeds, name, given[name])
            assert tool.result.model_validate_json(result.model_dump_json()) == result
