"""Passage vectors in one FAISS file, searched by inner product (cosine, as they have unit length)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ragqa.errors import DamagedIndexError
from ragqa.index.ranking import best

FILE = "vectors.faiss"
EXACT_UP_TO = 100_000  # passages; beyond that an exact search takes longer than reading the answer
PROBED = 32  # inverted lists visited by an approximate search


def factory(count: int) -> str:
    """The FAISS factory string for so many vectors: exact while small, then inverted lists of 8-bit vectors."""
    if count <= EXACT_UP_TO:
        return "IDMap2,Flat"
    lists = 2 ** round(np.log2(4 * count**0.5))
    return f"IVF{lists},SQ8"


class Vectors:
    """Vectors by passage number."""

    def __init__(self, dimension: int) -> None:
        import faiss

        self.factory = factory(0)
        self._index: Any = faiss.index_factory(dimension, self.factory, faiss.METRIC_INNER_PRODUCT)

    @classmethod
    def load(cls, folder: Path, factory: str, *, writable: bool = False) -> Vectors:
        """Read `folder/vectors.faiss`: memory-mapped, or into memory when it is to be changed."""
        import faiss

        path = folder / FILE
        vectors = cls.__new__(cls)
        vectors.factory = factory
        try:
            vectors._index = faiss.read_index(str(path), 0 if writable else faiss.IO_FLAG_MMAP_IFC)
        except Exception as error:
            raise DamagedIndexError(f"{path}: FAISS can't read it ({error}); build the index again") from error
        vectors._set_probes()
        return vectors

    def save(self, folder: Path) -> None:
        """Write `folder/vectors.faiss`. Raises `OSError`."""
        import faiss

        with (folder / FILE).open("wb") as file:  # by itself FAISS does not notice that the last block found no room
            faiss.write_index(self._index, faiss.PyCallbackIOWriter(file.write))  # type: ignore[attr-defined]

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        return int(self._index.d)

    def add(self, numbers: Sequence[int], vectors: NDArray[np.float32]) -> None:
        """Add vectors, shape (len(numbers), dimension); moves to a larger kind of index when it is time."""
        if not len(numbers):
            return
        wanted = factory(len(self) + len(numbers))
        ids = np.asarray(numbers, dtype=np.int64)
        if wanted.startswith("IVF") and not self.factory.startswith("IVF"):  # never back: its vectors are rounded
            self._rebuild(wanted, ids, vectors)
        else:
            self._index.add_with_ids(np.ascontiguousarray(vectors), ids)

    def remove(self, numbers: Sequence[int]) -> None:
        if len(numbers):
            self._index.remove_ids(np.asarray(numbers, dtype=np.int64))

    def search(self, vectors: NDArray[np.float32], k: int) -> list[list[tuple[int, float]]]:
        """The k nearest (number, similarity) of each row, most similar first; ties go to the lower number."""
        # one by one: FAISS sums batches in another order, and answers must not depend on that
        return [best(partial(self._nearest, row[None, :]), k, len(self)) for row in vectors]

    def _nearest(self, row: NDArray[np.float32], count: int) -> list[tuple[int, float]]:
        scores, numbers = self._index.search(row, count)
        return [(int(n), float(s)) for n, s in zip(numbers[0], scores[0], strict=True) if n >= 0]

    def _rebuild(self, wanted: str, ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> None:
        import faiss

        old = faiss.vector_to_array(self._index.id_map)
        everything = np.concatenate([self._index.reconstruct_batch(old), vectors]) if len(old) else vectors
        self.factory = wanted
        self._index = faiss.index_factory(everything.shape[1], wanted, faiss.METRIC_INNER_PRODUCT)
        self._index.train(everything)
        self._index.add_with_ids(everything, np.concatenate([old, ids]))
        self._set_probes()

    def _set_probes(self) -> None:
        if self.factory.startswith("IVF"):
            self._index.nprobe = PROBED
