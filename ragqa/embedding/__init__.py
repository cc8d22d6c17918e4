"""Texts to vectors: what an embedding is, and how one is found by name."""

from __future__ import annotations

import os
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
    from ragqa.embedding.onnx import SHIPPED, OnnxEmbedding
    from ragqa.encoder import MODEL_FILE

    if model is None or model == DEFAULT:
        return OnnxEmbedding(SHIPPED, name=DEFAULT)
    if isinstance(model, (str, os.PathLike)):
        folder = Path(model)
        if (folder / MODEL_FILE).is_file():
            return OnnxEmbedding(folder, name=str(model))
        from ragqa.embedding.sentence_transformers import SentenceTransformersEmbedding

        return SentenceTransformersEmbedding(str(model))
    if not isinstance(model, Embedding):
        raise InvalidArgumentError(
            f"embedding: {type(model).__name__} is neither a model name, a folder, nor an object with the methods of "
            "ragqa.embedding.Embedding"
        )
    return model
