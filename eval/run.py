"""Measure ragqa on the hand-written questions: `python eval/run.py [--split dev] [--json OUT]`.

Only the test split writes RESULTS.md: the dev split is for trying things out, its figures are no result.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

import ragqa
from ragqa.evaluation import evaluate, load_questions

HERE = Path(__file__).resolve().parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=["test", "dev"], default="test")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the figures and every row here too")
    arguments = parser.parse_args()

    questions = load_questions(HERE / f"{arguments.split}.jsonl")
    index = ragqa.Index.build(HERE.parent / "seeds")
    stderr = Console(stderr=True)
    with Progress(console=stderr, transient=True, disable=not stderr.is_terminal) as bar:
        task = bar.add_task("asking", total=len(questions))
        report = evaluate(index, questions, progress=lambda done: bar.update(task, completed=done))

    Console().print(report.to_table())
    if arguments.split == "test":
        command = shlex.join(["python", "eval/run.py", *sys.argv[1:]])
        (HERE / "RESULTS.md").write_text(report.to_markdown(command=command), encoding="utf-8")
    if arguments.json:
        arguments.json.write_text(report.to_json(), encoding="utf-8")


if __name__ == "__main__":
    main()
