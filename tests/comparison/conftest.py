from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

TRAINING = Path(__file__).parents[2] / "training"


@pytest.fixture(scope="session")
def fp32_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Makes the PyTorch folder with the weights of a model that ships, read back from its int8 graph."""
    for package in ("onnx", "torch", "transformers"):
        pytest.importorskip(package)
    sys.path.insert(0, str(TRAINING))
    try:
        from dequantise import MODELS, restore
    finally:
        sys.path.remove(str(TRAINING))

    def make(kind: str) -> Path:
        folder = tmp_path_factory.mktemp(kind) / "fp32"
        restore(kind, MODELS / kind, folder)
        return folder

    return make
