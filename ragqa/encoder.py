"""Runs a transformer encoder from an ONNX file with onnxruntime and `tokenizers`: no torch.

Each sequence is run on its own, without padding, on a few threads at once. That is as fast as padded
batches on a CPU (see benchmarks/) and makes every result independent of what else is in the batch:
int8 graphs scale their activations by the batch's largest value, so batching would change answers.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ragqa.checksums import file_sha256
from ragqa.errors import ModelError
from ragqa.processors import cores

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Encoding, Tokenizer

MODEL_FILE = Path("onnx") / "model_int8.onnx"
_INPUTS = {"input_ids", "attention_mask", "token_type_ids"}

_lock = threading.Lock()
_pool: ThreadPoolExecutor | None = None


def _workers() -> ThreadPoolExecutor:
    global _pool
    with _lock:
        if _pool is None:
            _pool = ThreadPoolExecutor(cores(), thread_name_prefix="ragqa-encoder")
        return _pool


def _forget_workers() -> None:
    """A forked child inherits the pool object but none of its threads, nor a lock that anyone will release."""
    global _pool, _lock
    _pool, _lock = None, threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_workers)


def fits(tokens: int, rows: int) -> bool:
    """Whether a tokenizer of so many tokens can belong to a network with embeddings for so many.

    Published models pad their embeddings or add tokens, by under one in a hundred; the tokenizers of two related models
    (BERT cased and uncased) differ by five. A wrong one would give wrong vectors without any error.
    """
    return abs(tokens - rows) <= 0.03 * rows


class OnnxEncoder:
    """One model folder: `tokenizer.json` and an int8 graph. Loaded on first use; safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        """Raises `ModelError` when the folder lacks a file."""
        self.folder = folder
        self._loading = threading.Lock()
        for name in (Path("tokenizer.json"), MODEL_FILE):
            if not (folder / name).is_file():
                raise ModelError(f"{folder}: no {name.as_posix()} there; see training/export.py for how one is made")

    @cached_property
    def fingerprint(self) -> str:
        """Identifies the weights: the first 16 hexadecimal digits of the graph's SHA-256."""
        recorded = self.folder / "fingerprint.txt"
        if recorded.is_file():
            return recorded.read_text("utf-8").strip()[:16]
        return file_sha256(self.folder / MODEL_FILE)[:16]

    def load_tokenizer(self) -> Tokenizer:
        """A new tokenizer, which the caller may set to truncate.

        Raises:
            ModelError: the file is no tokenizer, or not this network's.
        """
        from tokenizers import Tokenizer

        try:
            tokenizer = Tokenizer.from_file(str(self.folder / "tokenizer.json"))
        except Exception as error:
            raise ModelError(f"{self.folder / 'tokenizer.json'}: not a tokenizer ({error})") from error
        tokens, rows = tokenizer.get_vocab_size(), self._embedding_rows()
        if rows is not None and not fits(tokens, rows):
            raise ModelError(
                f"{self.folder / 'tokenizer.json'}: of another model, it has {tokens:,} tokens and config.json {rows:,}"
            )
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return tokenizer

    def _embedding_rows(self) -> int | None:
        """What config.json says; None when there is none, as the graph runs without it."""
        try:
            return int(json.loads((self.folder / "config.json").read_text("utf-8"))["vocab_size"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    @property
    def session(self) -> InferenceSession:
        with self._loading:
            return self._session

    @cached_property
    def _session(self) -> InferenceSession:
        # from 1.29 on, importing it would look up a telemetry host and write an id into the user's cache folder
        os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # the threads are ours, one sequence each
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # else x86 processors without VNNI use products that overflow: 1.25 times as fast, but with other answers
        options.add_session_config_entry("session.x64quantprecision", "1")
        path = self.folder / MODEL_FILE
        try:
            session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise ModelError(
                f"{path}: onnxruntime can't load it ({error}); re-make it with training/export.py"
            ) from error
        names = {graph_input.name for graph_input in session.get_inputs()}
        if "input_ids" not in names or names - _INPUTS:
            raise ModelError(f"{path}: not a text encoder, it reads {sorted(names)} instead of {sorted(_INPUTS)}")
        return session

    def run(self, encodings: Sequence[Encoding]) -> list[list[NDArray[np.float32]]]:
        """The graph's outputs for each encoding, in order, each of shape (length, ...) or (d,). Raises `ModelError`."""
        session = self.session
        names = {graph_input.name for graph_input in session.get_inputs()}

        def run_one(encoding: Encoding) -> list[NDArray[np.float32]]:
            feeds: dict[str, Any] = {
                "input_ids": encoding.ids,
                "attention_mask": encoding.attention_mask,
                "token_type_ids": encoding.type_ids,
            }
            arrays = {name: np.array([values], dtype=np.int64) for name, values in feeds.items() if name in names}
            try:
                return [output[0] for output in session.run(None, arrays)]
            except Exception as error:
                raise ModelError(
                    f"{self.folder / MODEL_FILE}: onnxruntime can't run it ({error}); do its tokenizer.json and "
                    "config.json belong to it?"
                ) from error

        if len(encodings) == 1:
            return [run_one(encodings[0])]
        # longest first, so that no thread is left with a long sequence at the end
        order = sorted(range(len(encodings)), key=lambda i: -len(encodings[i].ids))
        results: list[list[NDArray[np.float32]]] = [[]] * len(encodings)
        for i, result in zip(order, _workers().map(lambda i: run_one(encodings[i]), order), strict=True):
            results[i] = result
        return results
