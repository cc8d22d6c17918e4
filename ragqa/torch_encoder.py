"""Runs a transformers question-answering model with PyTorch: for folders that have no ONNX file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ragqa.errors import ModelError

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

BATCH = 16


class TorchEncoder:
    """The same interface as `ragqa.encoder.OnnxEncoder`."""

    def __init__(self, name: str) -> None:
        """Load a question-answering model by folder or name. Raises `ModelError`."""
        from transformers import AutoModelForQuestionAnswering, AutoTokenizer

        self.folder = Path(name)
        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(name, use_fast=True)
            model, problems = AutoModelForQuestionAnswering.from_pretrained(name, output_loading_info=True)
        except Exception as error:  # the libraries below raise a dozen kinds
            raise ModelError(f"reader {name!r} can't be loaded by transformers: {error}") from error
        untrained = [key for key in problems["missing_keys"] if "qa_outputs" in key]
        if untrained or not self._tokenizer.is_fast:
            what = "has no trained question-answering head" if untrained else "has no fast tokenizer"
            raise ModelError(f"reader {name!r} {what}; choose a transformers question-answering model")
        self._model: Any = model.float().eval()

    def load_tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_str(self._tokenizer.backend_tokenizer.to_str())
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return tokenizer

    def run(self, encodings: Sequence[Encoding]) -> list[list[NDArray[np.float32]]]:
        """[start logits, end logits] of each encoding, each of shape (length,)."""
        import torch

        results: list[list[NDArray[np.float32]]] = [[]] * len(encodings)
        order = sorted(range(len(encodings)), key=lambda i: len(encodings[i].ids))
        for first in range(0, len(order), BATCH):
            batch = order[first : first + BATCH]
            longest = max(len(encodings[i].ids) for i in batch)
            feeds = {
                "input_ids": torch.full((len(batch), longest), self._tokenizer.pad_token_id or 0),
                "attention_mask": torch.zeros((len(batch), longest), dtype=torch.long),
                "token_type_ids": torch.zeros((len(batch), longest), dtype=torch.long),
            }
            for row, i in enumerate(batch):
                length = len(encodings[i].ids)
                feeds["input_ids"][row, :length] = torch.tensor(encodings[i].ids)
                feeds["attention_mask"][row, :length] = 1
                feeds["token_type_ids"][row, :length] = torch.tensor(encodings[i].type_ids)
            if "token_type_ids" not in self._tokenizer.model_input_names:
                del feeds["token_type_ids"]
            with torch.inference_mode():
                output = self._model(**feeds)
            for row, i in enumerate(batch):
                length = len(encodings[i].ids)
                results[i] = [logits[row, :length].numpy() for logits in (output.start_logits, output.end_logits)]
        return results
