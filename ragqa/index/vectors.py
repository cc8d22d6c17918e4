"""Passage vectors in one FAISS file, searched by inner product (cosine, as they have unit length)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ragqa.errors import DamagedIndexError

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
        import faiss

        faiss.write_index(self._index, str(folder / FILE))

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
        if wanted.split(",")[0][:3] != self.factory.split(",")[0][:3]:
            self._rebuild(wanted, ids, vectors)
        else:
            self._index.add_with_ids(np.ascontiguousarray(vectors), ids)

    def remove(self, numbers: Sequence[int]) -> None:
        if len(numbers):
            self._index.remove_ids(np.asarray(numbers, dtype=np.int64))

    def search(self, vectors: NDArray[np.float32], k: int) -> list[list[tuple[int, float]]]:
        """The k nearest (number, similarity) of each row, most similar first; ties go to the lower number."""
        k = min(k, len(self))
        if k == 0:
            return [[] for _ in vectors]
        results = []
        for vector in vectors:  # one by one: FAISS sums batches in another order, and answers must not depend on that
            scores, numbers = self._index.search(vector[None, :], k)
            pairs = [(int(n), float(s)) for n, s in zip(numbers[0], scores[0], strict=True) if n >= 0]
            results.append(sorted(pairs, key=lambda pair: (-pair[1], pair[0])))
        return results

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
