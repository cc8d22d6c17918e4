"""LangChain: a retriever, and tools that return answers.

retriever = RagqaRetriever(index=index, k=5)
retriever.invoke("Who founded Scale AI?")[0].metadata["start"]
agent = create_agent(model, tools=[ragqa_tool(index)])
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from ragqa.errors import RagqaError
from ragqa.integrations import needing
from ragqa.integrations.functions import call, tool_named
from ragqa.pipeline import Index
from ragqa.schema import Retrieved

with needing("langchain"):
    from langchain_core.callbacks import CallbackManagerForRetrieverRun
    from langchain_core.documents import Document
    from langchain_core.retrievers import BaseRetriever
    from langchain_core.tools import BaseTool, StructuredTool, ToolException


class RagqaRetriever(BaseRetriever):
    """The passages that match best, verbatim. Their metadata says where they stand: `document_id`, `start`, `end`,
    `title`, `source`, `heading`, `page`, and the retrieval `score`."""

    index: Index
    k: int = 5

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002  # part of the interface
    ) -> list[Document]:
        return [self._document(hit) for hit in self.index.retrieve(query, self.k)]

    def _document(self, hit: Retrieved) -> Document:
        passage = hit.passage
        document = self.index.document(passage.document_id)
        return Document(
            id=f"{passage.document_id}:{passage.start}-{passage.end}",
            page_content=passage.text,
            metadata={
                **passage.model_dump(exclude={"text"}),
                "title": document.title,
                "source": document.source,
                "page": document.page(passage.start),
                "score": hit.score,
            },
        )


def ragqa_tool(index: Index, name: str = "ask") -> BaseTool:
    """One of the functions of `ragqa.integrations.functions` as a tool.

    Its content is JSON; its artifact is the object itself, for "ask" an `Answer`. What a model calls wrongly is told
    to it.

    Raises:
        InvalidArgumentError: there is no such function.
    """
    tool = tool_named(name)

    def run(**arguments: Any) -> tuple[str, BaseModel]:
        try:
            result = call(index, name, arguments)
        except RagqaError as error:
            raise ToolException(str(error)) from error
        return result.model_dump_json(), result

    return StructuredTool.from_function(
        run,
        name=name,
        description=tool.description,
        args_schema=tool.arguments,
        response_format="content_and_artifact",
        handle_tool_error=True,
        handle_validation_error=True,
    )
