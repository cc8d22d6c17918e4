"""ragqa beside other extractive readers: the same questions, passages and weights.

    pip install -c constraints.txt -e ".[peers]"
    python benchmarks/peers.py --reader READER_FOLDER --questions eval/test.jsonl

READER_FOLDER is a transformers question-answering folder with PyTorch weights. Every reader gets the eight passages
that ragqa retrieves; the last rows are ragqa as it ships. F1 is that of the best answer, abstaining aside; AUROC is of
its score for answerable against unanswerable questions (txtai gives no score). Times are medians of reading alone.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

import ragqa
from ragqa.evaluation import load_questions
from ragqa.evaluation.metrics import auroc, exact_match, token_f1
from ragqa.reader import load_reader
from ragqa.schema import Passage

Read = Callable[[str, Sequence[Passage]], tuple[str, float]]
SEEDS = Path(__file__).parents[1] / "seeds"


def haystack(folder: str) -> Read:
    from haystack import Document
    from haystack_integrations.components.readers.transformers import TransformersExtractiveReader

    reader = TransformersExtractiveReader(model=folder, top_k=5, no_answer=False)
    reader.warm_up()

    def read(question: str, passages: Sequence[Passage]) -> tuple[str, float]:
        best = reader.run(query=question, documents=[Document(content=p.text) for p in passages])["answers"][0]
        return best.data or "", best.score

    return read


def txtai(folder: str) -> Read:
    from txtai.pipeline import Questions

    questions = Questions(folder, gpu=False)

    def read(question: str, passages: Sequence[Passage]) -> tuple[str, float]:
        for passage in passages:
            try:
                if answer := questions([question], [passage.text])[0]:
                    return answer, 0.0
            except TypeError:  # its best start is a special token: it does not mask them
                continue
        return "", 0.0

    return read


def ours(model: str) -> Read:
    reader = load_reader(model)

    def read(question: str, passages: Sequence[Passage]) -> tuple[str, float]:
        spans = reader.read([question], [passages])[0]
        return (spans[0].text, spans[0].score) if spans else ("", -99.0)

    return read


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reader", required=True)
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--corpus", type=Path, default=SEEDS)
    arguments = parser.parse_args()
    questions = load_questions(arguments.questions)
    index = ragqa.Index.build(arguments.corpus)
    passages = [[hit.passage for hit in index.retrieve(question.question, 8)] for question in questions]
    readers: dict[str, Callable[[], Read]] = {
        "Haystack, the folder in fp32": lambda: haystack(arguments.reader),
        "txtai, the folder in fp32": lambda: txtai(arguments.reader),
        "ragqa's decoder, the folder in fp32": lambda: ours(arguments.reader),
        "ragqa's decoder, the reader that ships, int8": lambda: ours("default"),
    }
    print("| reader | EM | F1 | AUROC | ms a question |\n| --- | ---: | ---: | ---: | ---: |")
    for name, make in readers.items():
        read, rows, seconds = make(), [], []
        read(questions[0].question, passages[0])
        for question, own in zip(questions, passages, strict=True):
            begin = time.perf_counter()
            rows.append(read(question.question, own))
            seconds.append(time.perf_counter() - begin)
        report(name, questions, rows, statistics.median(seconds))
    answers = [index.ask(question.question) for question in questions]
    rows = [(answer.claims[0].text if answer.claims else "", answer.confidence) for answer in answers]
    report("ragqa, `ask`", questions, rows, statistics.median(answer.timings["total"] for answer in answers) / 1e3)


def report(name: str, questions: Sequence[object], rows: Sequence[tuple[str, float]], seconds: float) -> None:
    answerable = np.array([not question.unanswerable for question in questions])  # type: ignore[attr-defined]
    golds = [question.texts for question in questions]  # type: ignore[attr-defined]
    em = [exact_match(text, gold) for (text, _), gold in zip(rows, golds, strict=True) if gold]
    f1 = [token_f1(text, gold) for (text, _), gold in zip(rows, golds, strict=True) if gold]
    area = auroc(np.array([score for _, score in rows]), answerable)
    shown = "no score" if len({score for _, score in rows}) == 1 else f"{area:.3f}"
    print(f"| {name} | {np.mean(em):.3f} | {np.mean(f1):.3f} | {shown} | {seconds * 1e3:.0f} |", flush=True)


if __name__ == "__main__":
    main()
