"""The default embedding: a sentence-transformers folder with an int8 ONNX file, run without torch."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ragqa.encoder import MODEL_FILE, OnnxEncoder
from ragqa.errors import ModelError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

SHIPPED = Path(__file__).parents[1] / "models" / "embedding"
BATCH = 256  # texts tokenised at a time, which bounds the memory of a large build


class OnnxEmbedding:
    """Vectors do not depend on which texts are embedded together."""

    def __init__(self, folder: Path, name: str) -> None:
        """Raises `ModelError` when the folder lacks a file."""
        self._encoder = OnnxEncoder(folder)
        self._folder = folder
        self.name = name

    @property
    def fingerprint(self) -> str:
        return self._encoder.fingerprint

    @cached_property
    def dimension(self) -> int:
        return self._setting("config.json", "hidden_size")

    @cached_property
    def _max_length(self) -> int:
        """Longest sequence, special tokens included."""
        return self._setting("sentence_bert_config.json", "max_seq_length")

    def _setting(self, name: str, key: str) -> int:
        path = self._folder / name
        try:
            return int(json.loads(path.read_text("utf-8"))[key])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(
                f"{path}: no {key} to be read there ({error!r}); is it a sentence-transformers folder?"
            ) from error

    @property
    def max_tokens(self) -> int:
        return self._max_length - self._truncating.num_special_tokens_to_add(False)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        encodings = self._whole.encode_batch_fast(list(texts), add_special_tokens=False)
        return [len(encoding.ids) for encoding in encodings]

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        for first in range(0, len(texts), BATCH):
            encodings = self._truncating.encode_batch_fast(list(texts[first : first + BATCH]))
            for i, (vector, *_) in enumerate(self._encoder.run(encodings), first):
                if vector.shape != (self.dimension,):
                    raise ModelError(
                        f"{self._folder / MODEL_FILE}: gives {vector.shape} for a text instead of one vector of "
                        f"{self.dimension} numbers; see training/export.py for how one with pooling is made"
                    )
                vectors[i] = vector
        return vectors

    embed_questions = embed_passages

    @cached_property
    def _whole(self) -> Tokenizer:
        return self._encoder.load_tokenizer()

    @cached_property
    def _truncating(self) -> Tokenizer:
        tokenizer = self._encoder.load_tokenizer()
        tokenizer.enable_truncation(self._max_length)
        return tokenizer
