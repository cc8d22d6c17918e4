"""Evens out what int8 has to round, without changing what the network computes in fp32.

The runtime rounds the input of each product to 8 bits with one scale a sequence, so that a few large values take the
precision from all others. They are of two kinds: channels that are large throughout, and single tokens that are.

- Channels: each is divided by a factor, which the weights take back (SmoothQuant, Xiao et al., ICML 2023). Of what
  attention passes on, its value weights are divided instead, which costs nothing at run time.
- Tokens: behind the GELU each token is divided by its largest value, and the product multiplied by it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

DATA = Path(__file__).parent / "data"
SUFFIX = "_smoothing"  # of a weight's name, for what its input is multiplied by
SHARE = 0.8  # of a channel's size that moves from the input to the weights; measured, see README.md
SEQUENCES = 96
LONGEST = 256  # tokens

Feeds = dict[str, NDArray[np.int64]]


def sequences(tokenizer: Any, *, pairs: bool) -> Iterator[Feeds]:
    """A fixed sample of training/data/: questions with their passages, or either by itself."""
    records = [
        json.loads(line) for path in sorted(DATA.glob("*.jsonl")) for line in path.read_text("utf-8").splitlines()
    ]
    for i, record in enumerate(records[:: len(records) // SEQUENCES][:SEQUENCES]):
        question, passage = record["qas"][0]["question"], record["context"]
        texts = (question, passage) if pairs else (question if i % 4 == 0 else passage,)
        encoding = tokenizer.encode(*texts)
        ids, types = encoding.ids[:LONGEST], encoding.type_ids[:LONGEST]
        values = {"input_ids": ids, "attention_mask": [1] * len(ids), "token_type_ids": types}
        yield {name: np.array([value], dtype=np.int64) for name, value in values.items()}


class Graph:
    """A fused fp32 graph whose products are to be evened out."""

    def __init__(self, model: Any) -> None:
        from onnx import numpy_helper

        self.model = model
        self.weights = {tensor.name: tensor for tensor in model.graph.initializer}
        self.makers = {output: node for node in model.graph.node for output in node.output}
        self._read = numpy_helper.to_array
        self._write = numpy_helper.from_array

    def products(self) -> list[Any]:
        kinds = ("Attention", "MatMul")
        return [node for node in self.model.graph.node if node.op_type in kinds and node.input[1] in self.weights]

    def weight(self, name: str) -> NDArray[np.float32]:
        return np.array(self._read(self.weights[name]))

    def set_weight(self, name: str, value: NDArray[np.float32]) -> None:
        self.weights[name].CopyFrom(self._write(value.astype(np.float32), name))

    def add_weight(self, name: str, value: NDArray[np.float32]) -> str:
        tensor = self._write(value.astype(np.float32), name)
        self.model.graph.initializer.append(tensor)
        self.weights[name] = tensor
        return name

    def insert(
        self, kind: str, inputs: list[str], output: str, *, at: Any, after: bool = False, **settings: Any
    ) -> str:
        """A new node right before or after another one."""
        from onnx import helper

        nodes = self.model.graph.node
        place = next(i for i, node in enumerate(nodes) if node.name == at.name) + after
        nodes.insert(place, helper.make_node(kind, inputs, [output], name=f"{output}_node", **settings))
        return output


def channel_sizes(graph: Graph, feeds: list[Feeds], scratch: Path) -> dict[str, NDArray[np.float32]]:
    """Of each product's input the largest absolute value of every channel, averaged over the sequences."""
    import onnx
    import onnxruntime

    names = sorted({node.input[0] for node in graph.products()})
    watched = onnx.ModelProto()
    watched.CopyFrom(graph.model)
    watched.graph.output.extend(
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in names
    )
    onnx.save(watched, str(scratch))
    session = onnxruntime.InferenceSession(str(scratch), providers=["CPUExecutionProvider"])
    largest = [[np.abs(value[0]).max(axis=0) for value in session.run(names, feed)] for feed in feeds]
    return {name: np.mean([row[i] for row in largest], axis=0) for i, name in enumerate(names)}


def smooth(model: Any, feeds: list[Feeds], scratch: Path) -> None:
    """Change a fused graph in place."""
    graph = Graph(model)
    sizes = channel_sizes(graph, feeds, scratch)
    for node in graph.products():
        maker = graph.makers[node.input[0]]
        weight = graph.weight(node.input[1])
        if maker.op_type == "BiasGelu":
            _scale_tokens(graph, node)
        elif weight.shape[1] >= weight.shape[0]:  # not the few outputs of a head
            factor = _factor(sizes[node.input[0]], weight)
            graph.set_weight(node.input[1], weight * factor[:, None])
            if maker.op_type == "Attention":
                _divide_values(graph, maker, factor)
            else:
                name = graph.add_weight(node.input[1] + SUFFIX, 1 / factor)
                node.input[0] = graph.insert("Mul", [node.input[0], name], f"{node.name}_smooth", at=node)


def _factor(size: NDArray[np.float32], weight: NDArray[np.float32]) -> NDArray[np.float32]:
    least = 1e-5
    factor = np.maximum(size, least) ** SHARE / np.maximum(np.abs(weight).max(axis=1), least) ** (1 - SHARE)
    return np.asarray(factor / np.exp(np.log(factor).mean()), np.float32)


def _divide_values(graph: Graph, attention: Any, factor: NDArray[np.float32]) -> None:
    for name in attention.input[1:3]:  # weights and biases of query, key and value side by side
        joint = graph.weight(name)
        joint[..., -len(factor) :] /= factor
        graph.set_weight(name, joint)


def _scale_tokens(graph: Graph, product: Any) -> None:
    """Behind a GELU nothing is much below 0, so the largest value is the largest by size too."""
    stem, hidden, result = product.name, product.input[0], product.output[0]
    least = graph.add_weight(f"{stem}_least", np.array(1.0, np.float32))
    peaks = graph.insert("ReduceMax", [hidden], f"{stem}_peaks", at=product, axes=[-1], keepdims=1)
    scales = graph.insert("Max", [peaks, least], f"{stem}_scales", at=product)
    product.input[0] = graph.insert("Div", [hidden, scales], f"{stem}_scaled", at=product)
    product.output[0] = f"{stem}_unscaled"
    graph.insert("Mul", [f"{stem}_unscaled", scales], result, at=product, after=True)
