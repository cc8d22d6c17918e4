"""A conversation with an index."""

from __future__ import annotations

import threading
from collections import deque
from typing import Protocol

from ragqa.conversation.turns import MOST_TURNS, History
from ragqa.schema import Answer


class Asked(Protocol):
    """What a chat needs of an index."""

    def ask(
        self, question: str, *, history: History = (), top_k: int = ..., min_confidence: float | None = None
    ) -> Answer: ...


class Chat:
    """Questions that may lean on those before them: "Who founded it?", "and when?", "what about Google?".

    It remembers the last turns and nothing else: the same questions in the same order give the same answers.
    Thread-safe; questions of several threads are answered one after another.
    """

    def __init__(self, index: Asked) -> None:
        """Internal: use `Index.chat`."""
        self._index = index
        self._turns: deque[Answer] = deque(maxlen=MOST_TURNS)
        self._lock = threading.Lock()

    def ask(self, question: str, *, top_k: int = 8, min_confidence: float | None = None) -> Answer:
        """Answer a question with the earlier ones in mind: see its `asked` and `carried` for what was made of it.

        Arguments and errors as for `Index.ask`. A question that raises an error is forgotten.
        """
        with self._lock:
            answer = self._index.ask(question, history=tuple(self._turns), top_k=top_k, min_confidence=min_confidence)
            self._turns.append(answer)
        return answer

    @property
    def turns(self) -> tuple[Answer, ...]:
        """The answers that the next question can lean on, oldest first."""
        with self._lock:
            return tuple(self._turns)

    def clear(self) -> None:
        """Begin another conversation."""
        with self._lock:
            self._turns.clear()
