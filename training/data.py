"""Make the reader's training and development examples.

    python training/data.py --squad squadshifts/*.json.gz policyqa/dev.json.gz --out training/runs/examples.jsonl

Takes SQuAD 1.1 files and the hand-written sets of training/data/. With `--asked` the questions on the paragraphs of
the SQuAD files are those of training/data/asked/ instead of the files' own. A fixed 8 % of the paragraphs (by a hash of
their text, so the split survives any change of order or of the rest) are for development. Every answerable
question gets the passages that ragqa's own retriever ranks high in the same source and that do not hold the answer.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import re
import time
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import ragqa
from ragqa.evaluation.metrics import normalize

OWN = Path(__file__).parent / "data"
DEVELOPMENT_PERCENT = 8
NEGATIVES = 4  # most kept for a question
DIGEST = 12  # hexadecimal digits that name a paragraph in training/data/asked/


def digest_of(context: str) -> str:
    """Names a paragraph, whatever its white space."""
    return hashlib.sha256(" ".join(context.split()).encode()).hexdigest()


def split_of(context: str) -> str:
    """ "dev" for a fixed share of all paragraphs, else "train"."""
    return "dev" if int(digest_of(context)[:8], 16) % 100 < DEVELOPMENT_PERCENT else "train"


def squad_paragraphs(path: Path) -> Iterator[dict[str, Any]]:
    content = json.loads(gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes())
    for article in content["data"]:
        yield from article["paragraphs"]


def squad_examples(path: Path) -> Iterator[dict[str, Any]]:
    source = f"{path.parent.name}/{path.name.split('.')[0]}"
    for paragraph in squad_paragraphs(path):
        for qa in paragraph["qas"]:
            answers = [answer for answer in qa["answers"] if answer["text"].strip()]
            spans = {(answer["answer_start"], answer["answer_start"] + len(answer["text"])) for answer in answers}
            if qa["question"].strip() and spans:
                yield _example(source, paragraph["context"], qa["question"], sorted(spans))


def asked_examples(asked: Sequence[Path], squad: Sequence[Path]) -> Iterator[dict[str, Any]]:
    """The questions of `asked` on the paragraphs of `squad`, which they name by the start of their digest.

    Raises `SystemExit` when a paragraph is in none of the files.
    """
    contexts = {digest_of(p["context"])[:DIGEST]: p["context"] for path in squad for p in squad_paragraphs(path)}
    for path in asked:
        for record in map(json.loads, path.read_text("utf-8").splitlines()):
            context = contexts.get(record["paragraph"])
            if context is None:
                raise SystemExit(f"{path}: paragraph {record['paragraph']} is in none of the --squad files")
            for qa in record["qas"]:
                yield _example(f"asked/{path.stem}", context, qa["question"], qa["answers"])


def own_examples(path: Path) -> Iterator[dict[str, Any]]:
    """The first answer at each place where it stands; a question without answers is unanswerable from its passage.

    The articles of a cluster are asked the same questions; `siblings` holds what the others answer, and `conflict`
    says that they answer in ways that cannot all be true.
    """
    records = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    asked: dict[tuple[str, str], list[dict[str, Any]]] = {}  # the articles of a cluster, by question
    for record in records:
        context = record["context"]
        cluster = record.get("cluster")
        for qa in record["qas"]:
            spans = [span_of(text, context) for text in qa["answers"]]
            example = _example(f"own/{path.stem}", context, qa["question"], spans, split_of(cluster or context))
            example["cluster"] = cluster
            example["conflict"] = qa.get("conflict", False)
            if cluster:
                asked.setdefault((cluster, qa["question"]), []).append(example)
            else:
                yield example
    for examples in asked.values():
        for example in examples:
            others = [other for other in examples if other is not example]
            example["siblings"] = [[other["context"], other["answers"]] for other in others]
            yield example


def span_of(text: str, context: str) -> tuple[int, int]:
    """Where an answer first stands as words of its own, so that "12" is not found in "2012"."""
    whole = re.search(rf"(?<!\w){re.escape(text)}(?!\w)", context)
    start = whole.start() if whole else context.index(text)
    return start, start + len(text)


def _example(
    source: str, context: str, question: str, spans: Sequence[Sequence[int]], split: str | None = None
) -> dict[str, Any]:
    return {
        "source": source,
        "split": split or split_of(context),
        "question": question.strip(),
        "context": context,
        "answers": [list(span) for span in spans],
        "negatives": [],
        "siblings": [],
    }


def add_negatives(examples: list[dict[str, Any]]) -> None:
    """Passages of the same source and split that the retriever ranks high and that do not hold the answer.

    Other articles of the question's cluster are left out: they may say the same in other words.
    """
    clusters = {example["context"]: example.get("cluster") for example in examples}
    contexts = sorted({example["context"] for example in examples if example["context"].strip()})
    index = ragqa.Index.build([ragqa.Document(id=str(i), text=context) for i, context in enumerate(contexts)])
    for example in examples:
        if not example["answers"]:
            continue
        golds = {normalize(example["context"][start:end]) for start, end in example["answers"]}
        found = []
        for hit in index.retrieve(example["question"], NEGATIVES * 3):
            text = contexts[int(hit.passage.document_id)]
            plain = normalize(text)
            related = text == example["context"] or (clusters[text] and clusters[text] == example["cluster"])
            if not related and text not in found and not any(gold and gold in plain for gold in golds):
                found.append(text)
        example["negatives"] = found[:NEGATIVES]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--squad", type=Path, nargs="*", default=[])
    parser.add_argument("--own", type=Path, nargs="*", default=sorted(OWN.glob("*.jsonl")))
    parser.add_argument(
        "--asked", type=Path, nargs="+", help="questions on the paragraphs of --squad instead of theirs"
    )
    parser.add_argument("--held-out", action="store_true", help="put every paragraph into the development split")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    by_source: dict[str, list[dict[str, Any]]] = {}
    public = (
        [asked_examples(arguments.asked, arguments.squad)] if arguments.asked else map(squad_examples, arguments.squad)
    )
    for example in chain(*public, *map(own_examples, arguments.own)):
        by_source.setdefault(example["source"], []).append(example)
    if arguments.held_out:
        for example in (example for examples in by_source.values() for example in examples):
            example["split"] = "dev"
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    with arguments.out.open("w", encoding="utf-8") as file:
        for source, examples in by_source.items():
            begin = time.perf_counter()
            for split in ("train", "dev"):
                own = [example for example in examples if example["split"] == split]
                if own:
                    add_negatives(own)
                file.writelines(json.dumps(example, ensure_ascii=False) + "\n" for example in own)
            print(f"{source}: {len(examples):,} questions, {time.perf_counter() - begin:.0f} s", flush=True)


if __name__ == "__main__":
    main()
