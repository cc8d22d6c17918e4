"""Average the weights of models of one shape (a model soup; Wortsman et al., ICML 2022).

python training/average.py training/runs/final training/runs/int8 --out training/runs/average
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

WEIGHTS = "model.safetensors"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path, nargs="+", help="folders; settings and tokenizer are the last one's")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    states = [load_file(folder / WEIGHTS) for folder in arguments.models]
    mean = {name: torch.stack([state[name].float() for state in states]).mean(0) for name in states[-1]}
    shutil.copytree(arguments.models[-1], arguments.out, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.txt"))
    save_file(
        {name: tensor.half() for name, tensor in mean.items()}, arguments.out / WEIGHTS, metadata={"format": "pt"}
    )
    print(f"done: {arguments.out}")


if __name__ == "__main__":
    main()
