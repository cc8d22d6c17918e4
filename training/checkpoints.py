"""Where a training run stands, in a file that an interruption leaves whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch


def restore(path: Path, device: str, **parts: Any) -> int:
    """Load each part's state, as `save` was given them; the step that was reached, 0 without a file."""
    if not path.exists():
        return 0
    state = torch.load(path, map_location=device, weights_only=True)
    for name, part in parts.items():
        part.load_state_dict(state[name])
    return int(state["step"])


def save(path: Path, step: int, **parts: Any) -> None:
    """Replace the file at once by each part's state and the step."""
    torch.save({name: part.state_dict() for name, part in parts.items()} | {"step": step}, path.with_suffix(".part"))
    path.with_suffix(".part").replace(path)
