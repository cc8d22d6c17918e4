"""What the index asks of an embedding model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray


@runtime_checkable
class Embedding(Protocol):
    """Anything with these members can be passed as `embedding=`; no base class is needed."""

    @property
    def name(self) -> str:
        """What `load_embedding` takes to load this model again; kept in the index's manifest."""
        ...

    @property
    def fingerprint(self) -> str:
        """Changes whenever the vectors would; an index refuses a model of another fingerprint."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    @property
    def max_tokens(self) -> int:
        """Longest text, in tokens without the special ones, that is read whole; the rest is cut off."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, without the special ones."""
        ...

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of passages, shape (len(texts), dimension)."""
        ...

    def embed_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of questions, shape (len(texts), dimension)."""
        ...
