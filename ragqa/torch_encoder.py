"""Runs a transformers question-answering model with PyTorch: for folders that have no ONNX file."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ragqa.encoder import fits
from ragqa.errors import ModelError

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer


@contextmanager
def no_progress_bars() -> Iterator[None]:
    """Keeps transformers and huggingface_hub from drawing any meanwhile."""
    from transformers.utils import logging as settings

    logging: Any = settings  # its functions carry no types
    enabled = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if enabled:
            logging.enable_progress_bar()


def lacks_vocabulary(tokenizer: Any, model: Any) -> bool:
    """Whether it is another model's, or the empty one that transformers makes up where the files are missing."""
    rows = getattr(model.config, "vocab_size", None)
    return rows is not None and not fits(len(tokenizer), rows)


class TorchEncoder:
    """The same interface as `ragqa.encoder.OnnxEncoder`."""

    def __init__(self, name: str) -> None:
        """Load a question-answering model by folder or name. Raises `ModelError`."""
        from transformers import AutoModelForQuestionAnswering, AutoTokenizer

        self.folder = Path(name)
        try:
            with no_progress_bars():
                self._tokenizer: Any = AutoTokenizer.from_pretrained(name, use_fast=True)
                model, problems = AutoModelForQuestionAnswering.from_pretrained(name, output_loading_info=True)
        except Exception as error:  # the libraries below raise a dozen kinds
            raise ModelError(f"reader {name!r} can't be loaded by transformers: {error}") from error
        lacking = [f"trained {key}" for key in sorted(problems["missing_keys"])]
        lacking += [] if self._tokenizer.is_fast else ["fast tokenizer"]
        lacking += ["tokenizer of its own"] if lacks_vocabulary(self._tokenizer, model) else []
        if lacking:
            raise ModelError(f"reader {name!r} has no {lacking[0]}; choose a transformers question-answering model")
        self._model: Any = model.float().eval()
        accepted = set(inspect.signature(model.forward).parameters)
        self._inputs = accepted.intersection(self._tokenizer.model_input_names)
        # a tokenizer that states no limit has an astronomical one
        limits = (self._tokenizer.model_max_length, getattr(model.config, "max_position_embeddings", None))
        self.longest = min(int(limit) for limit in limits if limit is not None)

    def load_tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_str(self._tokenizer.backend_tokenizer.to_str())
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return tokenizer

    def run(self, encodings: Sequence[Encoding]) -> list[list[NDArray[np.float32]]]:
        """[start logits, end logits] of each encoding, each of shape (length,); no result depends on the others."""
        import torch

        results = []
        for encoding in encodings:
            feeds = {
                "input_ids": encoding.ids,
                "attention_mask": encoding.attention_mask,
                "token_type_ids": encoding.type_ids,
            }
            with torch.inference_mode():
                output = self._model(**{key: torch.tensor([feeds[key]]) for key in feeds if key in self._inputs})
            results.append([logits[0].numpy() for logits in (output.start_logits, output.end_logits)])
        return results
