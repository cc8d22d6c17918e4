"""Measure ragqa on the hand-written questions: `python eval/run.py [--split SPLIT] [--json OUT] [--html OUT]`.

`test` (the default) and `ferry`, another corpus, write a RESULTS.md beside their questions. `dev` is for trying things
out: its figures are no result.
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
from ragqa.evaluation.writing import check_writable, write_report

HERE = Path(__file__).resolve().parent
SEEDS = HERE.parent / "seeds"
# of each split its corpus, its questions, and where its results go
SPLITS = {
    "test": (SEEDS, HERE / "test.jsonl", HERE / "RESULTS.md"),
    "dev": (SEEDS, HERE / "dev.jsonl", None),
    "ferry": (HERE / "ferry" / "corpus", HERE / "ferry" / "questions.jsonl", HERE / "ferry" / "RESULTS.md"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=SPLITS, default="test")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the figures and every row here too")
    parser.add_argument("--html", type=Path, metavar="OUT", help="write the report here as a page with diagrams")
    arguments = parser.parse_args()
    for path in filter(None, (arguments.json, arguments.html)):
        check_writable(path)

    corpus, asked, results = SPLITS[arguments.split]
    questions = load_questions(asked)
    index = ragqa.Index.build(corpus)
    stderr = Console(stderr=True)
    with Progress(console=stderr, transient=True, disable=not stderr.is_terminal) as bar:
        task = bar.add_task("asking", total=len(questions))
        report = evaluate(index, questions, progress=lambda done: bar.update(task, completed=done))

    Console().print(*report.to_tables())
    command = shlex.join(["python", "eval/run.py", *sys.argv[1:]])
    if results:
        write_report(results, report.to_markdown(command=command))
    if arguments.json:
        write_report(arguments.json, report.to_json())
    if arguments.html:
        write_report(arguments.html, report.to_html(command=command))


if __name__ == "__main__":
    main()
