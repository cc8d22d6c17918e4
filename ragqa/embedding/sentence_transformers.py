"""Any sentence-transformers model, by name or folder, on CPU or GPU."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ragqa.errors import ModelError
from ragqa.torch_encoder import lacks_vocabulary, no_progress_bars

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BATCH = 32


class SentenceTransformersEmbedding:
    """sentence-transformers sorts by length and batches; the model's own query and document prompts are used."""

    def __init__(self, name: str, device: str | None = None) -> None:
        """Load a model.

        Args:
            name: a name on the hub, in the local cache, or a folder.
            device: "cpu", "cuda", ...; None lets sentence-transformers choose.

        Raises:
            ModelError: it can't be loaded.
        """
        from sentence_transformers import SentenceTransformer

        self.name = name
        try:
            with no_progress_bars():
                self._model: SentenceTransformer = SentenceTransformer(name, device=device)
        except Exception as error:  # the libraries below raise a dozen kinds
            raise ModelError(f"embedding model {name!r} can't be loaded by sentence-transformers: {error}") from error
        network = getattr(self._model[0], "auto_model", None)
        if network is not None and lacks_vocabulary(self._model.tokenizer, network):
            raise ModelError(f"embedding model {name!r} has no tokenizer of its own; get the whole folder")

    @cached_property
    def fingerprint(self) -> str:
        import hashlib

        digest = hashlib.sha256()
        for key, tensor in sorted(self._model.state_dict().items()):
            digest.update(key.encode())
            digest.update(tensor.detach().float().cpu().numpy().tobytes())
        digest.update(repr(sorted(self._model.prompts.items())).encode())
        return digest.hexdigest()[:16]

    @cached_property
    def dimension(self) -> int:
        return int(self.embed_questions(["?"]).shape[1])

    @cached_property
    def max_tokens(self) -> int:
        longest = self._model.max_seq_length
        special = len(self._model.tokenizer("")["input_ids"])
        return (longest if longest is not None else 512) - special

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        if not texts:
            return []
        encoded = self._model.tokenizer(list(texts), add_special_tokens=False, truncation=False, verbose=False)
        return [len(ids) for ids in encoded["input_ids"]]

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._encode(self._model.encode_document, texts)

    def embed_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._encode(self._model.encode_query, texts)

    def _encode(self, encode: Callable[..., Any], texts: Sequence[str]) -> NDArray[np.float32]:
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        vectors = encode(list(texts), batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors, dtype=np.float32)
