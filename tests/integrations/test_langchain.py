"""The LangChain adapter, with langchain-core itself."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from ragqa import Answer, Index
from ragqa.errors import InvalidArgumentError

if TYPE_CHECKING:
    from langchain_core.messages import ToolMessage

pytest.importorskip("langchain_core")

SHARE = "What share of Scale AI did Meta buy?"


def call(index: Index, name: str, **arguments: object) -> ToolMessage:
    from ragqa.integrations.langchain import ragqa_tool

    message: ToolMessage = ragqa_tool(index, name).invoke(
        {"name": name, "args": arguments, "id": "1", "type": "tool_call"}
    )
    return message


def test_the_retriever_gives_what_the_index_gives(seeds: Index) -> None:
    from ragqa.integrations.langchain import RagqaRetriever

    documents = RagqaRetriever(index=seeds, k=3).invoke(SHARE)
    assert len(documents) == 3
    for document, hit in zip(documents, seeds.retrieve(SHARE, 3), strict=True):
        where = document.metadata
        source = seeds.document(where["document_id"])
        assert document.page_content == source.text[where["start"] : where["end"]] == hit.passage.text
        assert (where["title"], where["source"], where["score"]) == (source.title, source.source, hit.score)
    assert len({document.id for document in documents}) == 3
    assert asyncio.run(RagqaRetriever(index=seeds, k=3).ainvoke(SHARE)) == documents


def test_the_retriever_is_a_runnable(seeds: Index) -> None:
    from langchain_core.runnables import RunnableLambda

    from ragqa.integrations.langchain import RagqaRetriever

    chain = RagqaRetriever(index=seeds, k=1) | RunnableLambda(lambda documents: documents[0].page_content)
    assert chain.invoke(SHARE) == seeds.retrieve(SHARE, 1)[0].passage.text


def test_the_tool_returns_the_answer(seeds: Index) -> None:
    message = call(seeds, "ask", question=SHARE)
    assert message.status == "success"
    assert isinstance(message.artifact, Answer)
    assert message.artifact.text == seeds.ask(SHARE).text
    assert Answer.model_validate_json(str(message.content)) == message.artifact


def test_the_tool_tells_a_model_what_it_takes(seeds: Index) -> None:
    from langchain_core.utils.function_calling import convert_to_openai_tool

    from ragqa.integrations.langchain import ragqa_tool

    schema = convert_to_openai_tool(ragqa_tool(seeds))["function"]
    assert (schema["name"], schema["parameters"]["required"]) == ("ask", ["question"])
    assert json.dumps(schema)
    with pytest.raises(InvalidArgumentError, match="no such function"):
        ragqa_tool(seeds, "aks")


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("ask", {"question": " "}),
        ("ask", {}),
        ("retrieve", {"question": "Who?", "k": 0}),
        ("document", {"document_id": "gone"}),
    ],
)
def test_a_wrong_call_is_a_message_to_the_model(seeds: Index, name: str, arguments: dict[str, object]) -> None:
    message = call(seeds, name, **arguments)
    assert message.status == "error"
    assert message.content
