"""Haystack: a component that answers, with `ExtractedAnswer`s, and a retriever component.

pipeline.add_component("answers", RagqaAnswers(index))
pipeline.run({"answers": {"query": "Who founded Scale AI?"}})["answers"]["answers"][0].document_offset

Haystack loads a saved pipeline only with `allowed_modules=["ragqa.integrations.haystack"]`; it then opens the
index from the path that was kept with it.
"""

from __future__ import annotations

from typing import Any

from ragqa.errors import InvalidArgumentError
from ragqa.integrations import needing
from ragqa.pipeline import TOP_K, Index
from ragqa.schema import Citation, Claim

with needing("haystack"):
    from haystack import Document, component, default_from_dict, default_to_dict
    from haystack.dataclasses import ExtractedAnswer


def _to_dict(part: Any, index: Index, **settings: Any) -> dict[str, Any]:
    """What a pipeline keeps of a component: where the index is, and the settings."""
    if index.path is None:
        raise InvalidArgumentError(
            "an index that has no folder can't be kept with a pipeline; save it with index.save(path)"
        )
    data: dict[str, Any] = default_to_dict(part, index=str(index.path), **settings)
    return data


def _opened(data: dict[str, Any]) -> dict[str, Any]:
    settings = data["init_parameters"]
    return {**data, "init_parameters": {**settings, "index": Index.open(settings["index"])}}


@component
class RagqaAnswers:
    """Answers a query from the documents; an empty list means that they don't say.

    One `ExtractedAnswer` for each citation of each claim, best first: `document_offset` is where the quote stands in
    the content of its `document`, the whole one; `context` is the sentence around it.
    """

    def __init__(self, index: Index, top_k: int = TOP_K) -> None:
        self.index = index
        self.top_k = top_k

    @component.output_types(answers=list[ExtractedAnswer], conflict=bool)
    def run(self, query: str) -> dict[str, Any]:
        """Answer a query; `conflict` says whether the sources disagree."""
        answer = self.index.ask(query, top_k=self.top_k)
        claims = answer.claims if answer.answered else ()
        answers = [self._extracted(query, claim, citation) for claim in claims for citation in claim.citations]
        return {"answers": answers, "conflict": answer.conflict}

    def _extracted(self, query: str, claim: Claim, citation: Citation) -> ExtractedAnswer:
        document = self.index.document(citation.document_id)
        start = citation.start - citation.sentence_start
        return ExtractedAnswer(
            query=query,
            score=claim.confidence,
            data=citation.quote,
            document=Document(
                id=document.id, content=document.text, meta={"title": document.title, "source": document.source}
            ),
            context=citation.sentence,
            document_offset=ExtractedAnswer.Span(citation.start, citation.end),
            context_offset=ExtractedAnswer.Span(start, start + len(citation.quote)),
            meta={"claim": claim.text, "page": citation.page, "line": citation.line},
        )

    def to_dict(self) -> dict[str, Any]:
        return _to_dict(self, self.index, top_k=self.top_k)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> RagqaAnswers:
        return default_from_dict(cls, _opened(data))


@component
class RagqaRetriever:
    """The passages that match a query best, verbatim; their meta says where they stand."""

    def __init__(self, index: Index, top_k: int = 5) -> None:
        self.index = index
        self.top_k = top_k

    @component.output_types(documents=list[Document])
    def run(self, query: str, top_k: int | None = None) -> dict[str, Any]:
        """Find passages, as many as `top_k` or as the component was made with."""
        documents = []
        for hit in self.index.retrieve(query, self.top_k if top_k is None else top_k):
            passage, document = hit.passage, self.index.document(hit.passage.document_id)
            origin = {"title": document.title, "source": document.source, "page": document.page(passage.start)}
            documents.append(
                Document(
                    id=f"{passage.document_id}:{passage.start}-{passage.end}",
                    content=passage.text,
                    meta={**passage.model_dump(exclude={"text"}), **origin},
                    score=hit.score,
                )
            )
        return {"documents": documents}

    def to_dict(self) -> dict[str, Any]:
        return _to_dict(self, self.index, top_k=self.top_k)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> RagqaRetriever:
        return default_from_dict(cls, _opened(data))
