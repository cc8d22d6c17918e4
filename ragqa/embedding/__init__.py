"""Texts to vectors: what an embedding is, and how one is found by name."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from ragqa.embedding.base import Embedding
from ragqa.errors import InvalidArgumentError

__all__ = ["Embedding", "load_embedding"]

DEFAULT = "default"


def load_embedding(model: str | os.PathLike[str] | Embedding | None = None) -> Embedding:
    """The model that ships (None or "default"), a folder, a sentence-transformers name, or your own object.

    Raises:
        ModelError: the folder or name does not lead to a usable model.
        InvalidArgumentError: the object lacks a method of `Embedding`.
    """
    from ragqa.embedding.onnx import OnnxEmbedding
    from ragqa.encoder import MODEL_FILE

    if model is None or model == DEFAULT:
        return _shipped()
    if isinstance(model, (str, os.PathLike)) and str(model):
        # an index keeps the name, and may be opened from another working directory
        folder = Path(model).absolute()
        name = str(folder) if folder.is_dir() else str(model)
        if (folder / MODEL_FILE).is_file():
            return OnnxEmbedding(folder, name=name)
        from ragqa.embedding.sentence_transformers import SentenceTransformersEmbedding

        return SentenceTransformersEmbedding(name)
    if not isinstance(model, Embedding):
        raise InvalidArgumentError(
            f"embedding: {model!r} is neither a model name, a folder, nor an object with the methods of "
            "ragqa.embedding.Embedding"
        )
    return model


@lru_cache(maxsize=1)
def _shipped() -> Embedding:
    """One for the whole process, as each would hold the same weights."""
    from ragqa.embedding.onnx import SHIPPED, OnnxEmbedding

    return OnnxEmbedding(SHIPPED, name=DEFAULT)
