"""Make cloze questions from raw paragraphs: pre-training without questions (recurring spans, Ram et al., ACL 2021).

    python training/cloze.py --examples training/runs/*.jsonl --out training/runs/cloze.jsonl

A span of one to six words that stands in two sentences of a paragraph is masked in one of them; that sentence is the
question, the rest of the paragraph the context, the other occurrence the answer. Training paragraphs only. The output
is what train_reader.py reads.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ragqa.sentences import sentences

LONGEST = 6  # words of a span
MOST = 4  # questions of a paragraph
_WORD = re.compile(r"\w+(?:['’.-]\w+)*")
STOP = frozenset(
    _WORD.findall(
        "a an and are as at be but by for from had has have he her his i in is it its my not of on or our she so that "
        "the their them there they this to was we were which who will with would you your"
    )
)


def recurring(context: str) -> Iterator[tuple[tuple[int, int], tuple[int, int], tuple[int, int]]]:
    """(masked span, sentence around it, the other occurrence), for maximal spans that stand in two sentences."""
    seen: dict[str, tuple[int, tuple[int, int]]] = {}
    bounds = list(sentences(context, 0, len(context)))
    for number, (start, end) in enumerate(bounds):
        words = [match.span() for match in _WORD.finditer(context, start, end)]
        first = 0
        while first < len(words):
            for length in range(min(LONGEST, len(words) - first), 0, -1):
                begin, stop = words[first][0], words[first + length - 1][1]
                text = context[begin:stop].casefold()
                parts = text.split()
                if parts[0] in STOP or parts[-1] in STOP or len(text) < 3:
                    continue
                earlier = seen.setdefault(text, (number, (begin, stop)))
                if earlier[0] != number:
                    yield (begin, stop), (start, end), earlier[1]
                    first += length - 1
                    break
            first += 1


def clozes(context: str, rng: random.Random) -> Iterator[dict[str, Any]]:
    found = list(recurring(context))
    for masked, sentence, answer in rng.sample(found, min(MOST, len(found))):
        question = f"{context[sentence[0] : masked[0]]}[MASK]{context[masked[1] : sentence[1]]}".strip()
        rest = context[: sentence[0]] + context[sentence[1] :]  # the other occurrence stands in an earlier sentence
        yield {"question": question, "context": rest, "answers": [list(answer)], "negatives": []}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    lines = (line for path in arguments.examples for line in path.read_text("utf-8").splitlines())
    examples = (example for example in map(json.loads, lines) if example["split"] == "train")
    contexts = sorted({example["context"] for example in examples})
    rng = random.Random(0)
    made = [cloze for context in contexts for cloze in clozes(context, rng)]
    with arguments.out.open("w", encoding="utf-8") as file:
        for cloze in made:
            file.write(json.dumps({"source": "cloze", "split": "train", **cloze}, ensure_ascii=False) + "\n")
    print(f"{len(made):,} questions of {len(contexts):,} paragraphs")


if __name__ == "__main__":
    main()
