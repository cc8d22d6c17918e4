"""The Haystack adapter, with haystack-ai itself."""

from __future__ import annotations

import pytest

from ragqa import Index
from ragqa.errors import InvalidArgumentError

pytest.importorskip("haystack")

SHARE = "What share of Scale AI did Meta buy?"
PRICE = "How much did Meta invest in Scale AI?"
UNKNOWN = "What is the boiling point of tungsten?"


def test_answers_carry_their_places(seeds: Index) -> None:
    from haystack import Pipeline

    from ragqa.integrations.haystack import RagqaAnswers

    pipeline = Pipeline()
    pipeline.add_component("answers", RagqaAnswers(seeds))
    result = pipeline.run({"answers": {"query": SHARE}})["answers"]
    answer = seeds.ask(SHARE)
    citations = [(claim, citation) for claim in answer.claims for citation in claim.citations]
    assert result["conflict"] is False
    for one, (claim, citation) in zip(result["answers"], citations, strict=True):
        where, inside = one.document_offset, one.context_offset
        assert one.document.content[where.start : where.end] == one.data == citation.quote
        assert one.context[inside.start : inside.end] == one.data
        assert (one.query, one.score, one.document.id) == (SHARE, claim.confidence, citation.document_id)
        assert type(one).from_dict(one.to_dict()) == one


def test_disagreement_and_silence(seeds: Index) -> None:
    from ragqa.integrations.haystack import RagqaAnswers

    component = RagqaAnswers(seeds, top_k=8)
    assert component.run(query=PRICE)["conflict"] is True
    assert component.run(query=UNKNOWN) == {"answers": [], "conflict": False}


def test_the_retriever_feeds_other_components(seeds: Index) -> None:
    from haystack import Pipeline
    from haystack.components.builders import PromptBuilder

    from ragqa.integrations.haystack import RagqaRetriever

    pipeline = Pipeline()
    pipeline.add_component("retriever", RagqaRetriever(seeds, top_k=2))
    template = "{% for d in documents %}{{ d.content }}|{{ d.meta.start }}\n{% endfor %}"
    pipeline.add_component("prompt", PromptBuilder(template, required_variables="*"))
    pipeline.connect("retriever.documents", "prompt.documents")
    prompt = pipeline.run({"retriever": {"query": SHARE}})["prompt"]["prompt"]
    for hit in seeds.retrieve(SHARE, 2):
        assert f"{hit.passage.text}|{hit.passage.start}" in prompt
    [document] = RagqaRetriever(seeds).run(query=SHARE, top_k=1)["documents"]
    source = seeds.document(document.meta["document_id"])
    assert source.text[document.meta["start"] : document.meta["end"]] == document.content
    assert document.meta["title"] == source.title


def test_a_pipeline_is_kept_and_loaded(seeds: Index) -> None:
    from haystack import Pipeline

    from ragqa.integrations.haystack import RagqaAnswers, RagqaRetriever

    pipeline = Pipeline()
    pipeline.add_component("answers", RagqaAnswers(seeds, top_k=3))
    pipeline.add_component("retriever", RagqaRetriever(seeds, top_k=4))
    loaded = Pipeline.loads(pipeline.dumps(), allowed_modules=["ragqa.integrations.haystack"])
    assert loaded.get_component("retriever").top_k == 4
    before, after = (p.run({"answers": {"query": SHARE}, "retriever": {"query": SHARE}}) for p in (pipeline, loaded))
    assert before == after


def test_an_index_without_a_folder_can_not_be_kept(seeds: Index) -> None:
    from ragqa.integrations.haystack import RagqaAnswers

    with Index.build([seeds.document("early-talks.md")]) as index, pytest.raises(InvalidArgumentError, match="save it"):
        RagqaAnswers(index).to_dict()
