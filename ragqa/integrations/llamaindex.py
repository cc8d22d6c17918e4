"""LlamaIndex: a retriever, and a query engine that needs no language model.

RagqaRetriever(index, k=5).retrieve("Who founded Scale AI?")
response = RagqaQueryEngine(index=index).query("Who founded Scale AI?")
response.source_nodes[0].node.start_char_idx
"""

from __future__ import annotations

from typing import Any

from ragqa.integrations import needing, reply
from ragqa.pipeline import Index
from ragqa.schema import Citation, Document, Passage

with needing("llamaindex"):
    from llama_index.core.base.response.schema import Response
    from llama_index.core.query_engine import CustomQueryEngine
    from llama_index.core.retrievers import BaseRetriever
    from llama_index.core.schema import NodeRelationship, NodeWithScore, QueryBundle, RelatedNodeInfo, TextNode


class RagqaRetriever(BaseRetriever):
    """The passages that match best, verbatim, with their offsets."""

    def __init__(self, index: Index, k: int = 5) -> None:
        super().__init__()
        self._index = index
        self._k = k

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        hits = self._index.retrieve(query_bundle.query_str, self._k)
        return [NodeWithScore(node=_passage_node(self._index, hit.passage), score=hit.score) for hit in hits]


class RagqaQueryEngine(CustomQueryEngine):
    """Answers with what the documents say; its source nodes are the sentences that say it, one for each citation.

    When the sources disagree the response says so, and the source nodes are those of all sides. `metadata["answer"]`
    is the whole `Answer` as plain data.
    """

    index: Index

    def custom_query(self, query_str: str) -> Response:
        answer = self.index.ask(query_str)
        claims = answer.sides if answer.answered else ()
        nodes = [
            NodeWithScore(node=_citation_node(citation), score=claim.confidence)
            for claim in claims
            for citation in claim.citations
        ]
        return Response(response=reply(answer), source_nodes=nodes, metadata={"answer": answer.model_dump(mode="json")})


def _passage_node(index: Index, passage: Passage) -> TextNode:
    document = index.document(passage.document_id)
    metadata = {**_origin(document), "heading": passage.heading, "page": document.page(passage.start)}
    return _node(passage.document_id, passage.start, passage.text, metadata)


def _citation_node(citation: Citation) -> TextNode:
    metadata = citation.model_dump(exclude={"sentence", "sentence_start"})
    return _node(citation.document_id, citation.sentence_start, citation.sentence, metadata)


def _origin(document: Document) -> dict[str, Any]:
    return {"document_id": document.id, "title": document.title, "source": document.source}


def _node(document_id: str, start: int, text: str, metadata: dict[str, Any]) -> TextNode:
    end = start + len(text)
    return TextNode(
        id_=f"{document_id}:{start}-{end}",
        text=text,
        start_char_idx=start,
        end_char_idx=end,
        metadata=metadata,
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=document_id)},
    )
