"""The LlamaIndex adapter, with llama-index-core itself."""

from __future__ import annotations

import asyncio

import pytest

from ragqa import Answer, Index

pytest.importorskip("llama_index.core")

SHARE = "What share of Scale AI did Meta buy?"
PRICE = "How much did Meta invest in Scale AI?"
UNKNOWN = "What is the boiling point of tungsten?"


def test_the_retriever_gives_what_the_index_gives(seeds: Index) -> None:
    from llama_index.core.schema import MetadataMode

    from ragqa.integrations.llamaindex import RagqaRetriever

    retriever = RagqaRetriever(seeds, k=3)
    found = retriever.retrieve(SHARE)
    for one, hit in zip(found, seeds.retrieve(SHARE, 3), strict=True):
        document = seeds.document(hit.passage.document_id)
        assert one.node.ref_doc_id == document.id
        assert one.score == hit.score
        assert one.node.get_content(MetadataMode.NONE) == hit.passage.text
        start, end = one.node.start_char_idx, one.node.end_char_idx  # type: ignore[attr-defined]
        assert document.text[start:end] == hit.passage.text
        assert one.node.metadata["title"] == document.title
    again = asyncio.run(retriever.aretrieve(SHARE))
    assert [one.node.id_ for one in again] == [one.node.id_ for one in found]


def test_the_query_engine_answers_with_its_sources(seeds: Index) -> None:
    from ragqa.integrations.llamaindex import RagqaQueryEngine

    response = RagqaQueryEngine(index=seeds).query(SHARE)
    answer = seeds.ask(SHARE)
    assert str(response) == answer.text
    assert response.metadata is not None
    assert Answer.model_validate(response.metadata["answer"]).claims == answer.claims
    assert len(response.source_nodes) == len(answer.citations)
    for one, citation in zip(response.source_nodes, answer.citations, strict=True):
        text = seeds.document(citation.document_id).text
        assert one.node.ref_doc_id == citation.document_id
        assert text[one.node.start_char_idx : one.node.end_char_idx] == citation.sentence  # type: ignore[attr-defined]
        assert text[one.node.metadata["start"] : one.node.metadata["end"]] == citation.quote
        assert one.score == answer.confidence


def test_disagreement_is_said_and_every_side_is_a_source(seeds: Index) -> None:
    from ragqa.integrations.llamaindex import RagqaQueryEngine

    response = asyncio.run(RagqaQueryEngine(index=seeds).aquery(PRICE))
    answer = seeds.ask(PRICE)
    assert answer.conflict
    assert str(response).startswith("The sources disagree: ")
    assert all(claim.text in str(response) for claim in answer.sides)
    assert {node.node.ref_doc_id for node in response.source_nodes} == {
        citation.document_id for claim in answer.sides for citation in claim.citations
    }


def test_what_the_documents_do_not_say_has_no_source(seeds: Index) -> None:
    from ragqa.integrations.llamaindex import RagqaQueryEngine

    response = RagqaQueryEngine(index=seeds).query(UNKNOWN)
    assert (str(response), response.source_nodes) == ("The documents don't say.", [])
