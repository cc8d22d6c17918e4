"""The int8 reader that ships against the same weights in fp32, run by transformers: only the arithmetic differs.

The weights are read back from the graph and multiplied by their scales. A processor whose int8 products overflow, or a
runtime that fuses the graph wrongly, shows here. training/parity.py compares with the weights before quantisation.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import ragqa
from ragqa.encoder import MODEL_FILE
from ragqa.evaluation import load_questions
from ragqa.evaluation.metrics import token_f1
from ragqa.reader import SHIPPED, Reader, Span, load_reader

QUESTIONS = 60
PASSAGES = 3
PRODUCTS = ("attention.output.dense", "intermediate.dense", "output.dense")  # in the order of the graph's layers


def fp32_weights(graph: Any) -> dict[str, NDArray[np.float32]]:
    """The state of `BertForQuestionAnswering`, from the initializers of the int8 graph."""
    numpy_helper = pytest.importorskip("onnx").numpy_helper
    tensors = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}

    def dequantised(name: str) -> NDArray[np.float32]:
        zero, scale = tensors[f"{name}_zero_point"].astype(np.float32), tensors[f"{name}_scale"]
        return ((tensors[f"{name}_quantized"].astype(np.float32) - zero) * scale).astype(np.float32)

    weights = {
        name.removeprefix("reader."): t for name, t in tensors.items() if re.match(r"reader\..*(weight|bias)$", name)
    }
    for name in tensors:
        if match := re.fullmatch(r"reader\.(bert\.embeddings\..*)_quantized", name):
            weights[match[1]] = dequantised(name.removesuffix("_quantized"))
    products = [
        dequantised(n.input[1].removesuffix("_quantized")).T for n in graph.node if n.op_type == "MatMulInteger"
    ]
    *layers, weights["qa_outputs.weight"] = products
    for i, product in enumerate(layers):
        weights[f"bert.encoder.layer.{i // 3}.{PRODUCTS[i % 3]}.weight"] = product
    for i in range(len(layers) // 3):
        joint, biases = dequantised(f"Attention_{i}_qkv_weight"), tensors[f"Attention_{i}_qkv_bias"]
        parts = zip(("query", "key", "value"), np.split(joint, 3, axis=1), np.split(biases, 3), strict=True)
        for part, weight, bias in parts:
            weights[f"bert.encoder.layer.{i}.attention.self.{part}.weight"] = weight.T
            weights[f"bert.encoder.layer.{i}.attention.self.{part}.bias"] = bias
    return weights


@pytest.fixture(scope="module")
def fp32(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    onnx, torch = pytest.importorskip("onnx"), pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    folder: Path = tmp_path_factory.mktemp("reader") / "fp32"
    shutil.copytree(SHIPPED, folder, ignore=shutil.ignore_patterns("onnx"))
    config = transformers.BertConfig(**json.loads((SHIPPED / "config.json").read_text("utf-8")))
    model = transformers.BertForQuestionAnswering(config)
    weights = fp32_weights(onnx.load(SHIPPED / MODEL_FILE).graph)
    state = {name: torch.from_numpy(np.array(weight)) for name, weight in weights.items()}
    missing = set(model.state_dict()) - set(state)
    assert not {name for name in missing if not name.endswith(("position_ids", "token_type_ids"))}
    model.load_state_dict(state, strict=False)
    model.save_pretrained(folder)
    return load_reader(folder)


@pytest.fixture(scope="module")
def spans(fp32: Reader, seeds_folder: Path) -> list[tuple[list[str], Span, Span]]:
    """Gold texts, and the best span of either reader, for answerable development questions."""
    asked = [q for q in load_questions(seeds_folder.parent / "eval" / "dev.jsonl") if q.texts][:QUESTIONS]
    with ragqa.Index.build(seeds_folder) as index:
        passages = [[hit.passage for hit in index.retrieve(q.question, PASSAGES)] for q in asked]
    questions = [q.question for q in asked]
    read = [[found[0] for found in reader.read(questions, passages)] for reader in (load_reader(), fp32)]
    return [(list(q.texts), ours, theirs) for q, ours, theirs in zip(asked, *read, strict=True)]


def test_the_best_spans_agree(spans: list[tuple[list[str], Span, Span]]) -> None:
    same = np.array([ours.text == theirs.text for _, ours, theirs in spans])
    sure = np.array([theirs.score for *_, theirs in spans]) >= np.median([theirs.score for *_, theirs in spans])
    assert same.mean() >= 0.7  # among spans that are nearly as good as each other, either may win
    assert same[sure].mean() >= 0.85


def test_scores_differ_little(spans: list[tuple[list[str], Span, Span]]) -> None:
    differences = [abs(ours.score - theirs.score) for _, ours, theirs in spans]
    assert np.median(differences) < 0.5


def test_answers_are_as_good(spans: list[tuple[list[str], Span, Span]]) -> None:
    ours, theirs = (np.mean([token_f1(row[i].text, row[0]) for row in spans]) for i in (1, 2))
    assert ours >= theirs - 0.03  # of so few questions; training/parity.py measures the half point
