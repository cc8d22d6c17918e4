"""training/smoothing.py: what int8 rounds is evened out, what the network computes stays."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

onnx = pytest.importorskip("onnx")
TRAINING = Path(__file__).parents[2] / "training"
WIDTH, INNER, TOKENS = 8, 16, 12
IDS = np.random.default_rng(1).integers(0, TOKENS, (1, 20))


@pytest.fixture(scope="module", autouse=True)
def scripts() -> Any:
    sys.path.insert(0, str(TRAINING))
    yield
    sys.path.remove(str(TRAINING))


def model() -> Any:
    """Attention, then a feed-forward part, over embeddings with one large channel and one large token."""
    random = np.random.default_rng(0)
    embeddings = random.normal(size=(TOKENS, WIDTH))
    embeddings[:, 3] *= 30
    embeddings[5] *= 20
    weights = {
        "words": embeddings,
        "joint": random.normal(size=(WIDTH, 3 * WIDTH)) / 4,
        "joint_bias": random.normal(size=3 * WIDTH),
        "outward": random.normal(size=(WIDTH, WIDTH)),
        "inward": random.normal(size=(WIDTH, INNER)),
        "inward_bias": random.normal(size=INNER),
        "last": random.normal(size=(INNER, WIDTH)),
    }
    node, own = onnx.helper.make_node, {"domain": "com.microsoft"}
    nodes = [
        node("Gather", ["words", "input_ids"], ["hidden"], name="gather"),
        node("Attention", ["hidden", "joint", "joint_bias"], ["context"], name="attention", num_heads=2, **own),
        node("MatMul", ["context", "outward"], ["attended"], name="outward_product"),
        node("Add", ["attended", "hidden"], ["sum"], name="sum"),
        node("MatMul", ["sum", "inward"], ["wide"], name="inward_product"),
        node("BiasGelu", ["wide", "inward_bias"], ["active"], name="gelu", **own),
        node("MatMul", ["active", "last"], ["result"], name="last_product"),
    ]
    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        nodes,
        "tiny",
        [value("input_ids", onnx.TensorProto.INT64, [1, "length"])],
        [value("result", onnx.TensorProto.FLOAT, [1, "length", WIDTH])],
        [onnx.numpy_helper.from_array(array.astype(np.float32), name) for name, array in weights.items()],
    )
    opsets = [onnx.helper.make_opsetid("", 17), onnx.helper.make_opsetid("com.microsoft", 1)]
    return onnx.helper.make_model(graph, opset_imports=opsets, ir_version=9)


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., NDArray[np.float32]]:
    import onnxruntime
    from onnxruntime.quantization import QuantType, quantize_dynamic

    def result(model: Any, *, int8: bool = False) -> NDArray[np.float32]:
        path = tmp_path / "model.onnx"
        onnx.save(model, str(path))
        if int8:
            path = tmp_path / "int8.onnx"
            quantize_dynamic(
                str(tmp_path / "model.onnx"),
                str(path),
                op_types_to_quantize=["MatMul", "Attention"],
                per_channel=True,
                weight_type=QuantType.QInt8,
                extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
            )
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        return np.asarray(session.run(None, {"input_ids": IDS})[0], np.float32)

    return result


def smoothed(tmp_path: Path) -> Any:
    from smoothing import smooth

    changed = model()
    smooth(changed, [{"input_ids": IDS}], tmp_path / "scratch.onnx")
    return changed


def test_in_fp32_nothing_changes(run: Callable[..., NDArray[np.float32]], tmp_path: Path) -> None:
    changed = smoothed(tmp_path)
    assert [node.op_type for node in changed.graph.node].count("MatMul") == 3
    assert len(changed.graph.node) > len(model().graph.node)
    np.testing.assert_allclose(run(changed), run(model()), rtol=1e-4, atol=1e-3)


def test_int8_loses_much_less(run: Callable[..., NDArray[np.float32]], tmp_path: Path) -> None:
    exact = run(model())
    before, after = (np.median(np.abs(run(one, int8=True) - exact)) for one in (model(), smoothed(tmp_path)))
    assert after < before / 2


def test_the_sample_is_fixed_and_holds_pairs_or_single_texts() -> None:
    from smoothing import LONGEST, SEQUENCES, sequences
    from tokenizers import Tokenizer

    from ragqa.reader import SHIPPED

    tokenizer = Tokenizer.from_file(str(SHIPPED / "tokenizer.json"))
    pairs, single = (list(sequences(tokenizer, pairs=pairs)) for pairs in (True, False))
    assert len(pairs) == len(single) == SEQUENCES
    assert all(feed["input_ids"].shape[1] <= LONGEST for feed in pairs)
    assert any(feed["token_type_ids"].any() for feed in pairs)
    assert not any(feed["token_type_ids"].any() for feed in single)
    again = list(sequences(tokenizer, pairs=True))
    assert all(np.array_equal(one["input_ids"], other["input_ids"]) for one, other in zip(pairs, again, strict=True))
