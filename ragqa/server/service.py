"""What the doors of the server share: the index behind limits, in threads, counted."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ragqa.errors import InvalidArgumentError, InvalidQuestionError
from ragqa.pipeline import Index
from ragqa.schema import Answer, Document, Retrieved, Turn
from ragqa.server.metrics import Metrics
from ragqa.server.settings import ServerSettings
from ragqa.server.work import Workers


class Service:
    """An index that many callers ask at a time."""

    def __init__(self, index: Index, settings: ServerSettings) -> None:
        """Serve an index; its models are loaded now, so that the first callers do not load them twice."""
        self.info = index.info
        self.settings = settings
        self.workers = Workers(settings.max_concurrent, settings.queue_size, settings.time_limit)
        self.metrics = Metrics(self.workers)
        self._index = index

    async def ask(self, question: str, history: Sequence[Turn], top_k: int, min_confidence: float | None) -> Answer:
        """`Index.ask`.

        Raises:
            InvalidQuestionError, InvalidArgumentError: bad input, or more than the settings allow.
            OverloadedError, TimeLimitError: see `Workers.run`.
        """
        self._check_length(question)
        self._check_passages("top_k", top_k)
        call = partial(self._index.ask, question, history=history, top_k=top_k, min_confidence=min_confidence)
        answer = await self.workers.run(call)
        self.metrics.count([answer])
        return answer

    async def ask_many(self, questions: list[str], top_k: int, min_confidence: float | None) -> list[Answer]:
        """`Index.ask_many`. Errors as for `ask`."""
        if len(questions) > (most := self.settings.max_batch):
            raise InvalidArgumentError(f"questions: {len(questions)} are more than the limit of {most}; send fewer")
        for question in questions:
            self._check_length(question)
        self._check_passages("top_k", top_k)
        call = partial(self._index.ask_many, questions, top_k=top_k, min_confidence=min_confidence)
        answers = await self.workers.run(call)
        self.metrics.count(answers)
        return answers

    async def retrieve(self, question: str, k: int) -> list[Retrieved]:
        """`Index.retrieve`. Errors as for `ask`."""
        self._check_length(question)
        self._check_passages("k", k)
        return await self.workers.run(partial(self._index.retrieve, question, k))

    def document(self, document_id: str) -> Document:
        """`Index.document`, to be called in a thread. Raises `UnknownDocumentError`."""
        return self._index.document(document_id)

    def count_documents(self) -> int:
        """Number of documents. Raises `IndexClosedError` when the index can no longer be asked."""
        return len(self._index)

    def _check_length(self, question: str) -> None:
        if len(question) > (most := self.settings.max_question_length):
            raise InvalidQuestionError(
                f"the question has {len(question):,} characters, the limit is {most:,}; shorten it"
            )

    def _check_passages(self, name: str, value: int) -> None:
        if value > (most := self.settings.max_passages):
            raise InvalidArgumentError(f"{name}: more than the limit of {most} passages; ask for fewer")
