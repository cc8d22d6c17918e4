"""Measure ragqa on the hand-written questions: `python eval/run.py [--split dev] [--json OUT] [--html OUT]`.

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
from ragqa.evaluation.writing import check_writable, write_report

HERE = Path(__file__).resolve().parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=["test", "dev"], default="test")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the figures and every row here too")
    parser.add_argument("--html", type=Path, metavar="OUT", help="write the report here as a page with diagrams")
    arguments = parser.parse_args()
    for path in filter(None, (arguments.json, arguments.html)):
        check_writable(path)

    questions = load_questions(HERE / f"{arguments.split}.jsonl")
    index = ragqa.Index.build(HERE.parent / "seeds")
    stderr = Console(stderr=True)
    with Progress(console=stderr, transient=True, disable=not stderr.is_terminal) as bar:
        task = bar.add_task("asking", total=len(questions))
        report = evaluate(index, questions, progress=lambda done: bar.update(task, completed=done))

    Console().print(*report.to_tables())
    command = shlex.join(["python", "eval/run.py", *sys.argv[1:]])
    if arguments.split == "test":
        write_report(HERE / "RESULTS.md", report.to_markdown(command=command))
    if arguments.json:
        write_report(arguments.json, report.to_json())
    if arguments.html:
        write_report(arguments.html, report.to_html(command=command))


if __name__ == "__main__":
    main()
