"""Measure conversation on the hand-written dialogues: `python eval/dialogues.py [--half dev] [--out FILE]`.

Without `--half dev` the test half and the ferry are measured, and dialogues/RESULTS.md is written. The dev half is for
tuning: its figures are no result.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import ragqa
from ragqa.evaluation.dialogues import (
    Dialogue,
    dialogue_tables,
    load_dialogues,
    measure_dialogues,
    wrong_table,
)
from ragqa.evaluation.report import markdown
from ragqa.evaluation.writing import check_writable, write_report

HERE = Path(__file__).resolve().parent
NOTE = (
    "Each follow-up three ways: `alone` without what was said before, `in conversation` with the answers that ragqa "
    "itself gave, `by hand` as someone who had said nothing before would ask it, which is the upper bound. Intervals "
    "are of 95 %: percentile bootstrap over questions, 1000 resamples. An abstention counts as wrong where the "
    "documents do answer."
)


def section(title: str, corpus: Path, dialogues: list[Dialogue], *, faults: bool) -> list[str]:
    """The tables of one corpus."""
    rows = measure_dialogues(ragqa.Index.build(corpus), dialogues)
    parts = [f"## {title}", f"{len(dialogues)} dialogues, {len(rows)} follow-ups."]
    for table in [*dialogue_tables(rows), *([wrong_table(rows)] if faults else [])]:
        parts += [f"### {table.title}", markdown(table)]
    return parts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--half", choices=["test", "dev"], default="test")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the report here too")
    arguments = parser.parse_args()
    if arguments.out:
        check_writable(arguments.out)

    seeds = [each for each in load_dialogues(HERE / "dialogues" / "seeds.jsonl") if each.half == arguments.half]
    test = arguments.half == "test"
    command = "python eval/dialogues.py" + ("" if test else " --half dev")
    parts = ["# Conversation", f"Made by:\n\n    {command}", NOTE]
    parts += section(f"seeds/, {arguments.half} half", HERE.parent / "seeds", seeds, faults=not test)
    if test:
        ferry = load_dialogues(HERE / "dialogues" / "ferry.jsonl")
        parts += section("The ferry", HERE / "ferry" / "corpus", ferry, faults=False)
    report = "\n\n".join(parts) + "\n"
    print(report)
    if test:
        write_report(HERE / "dialogues" / "RESULTS.md", report)
    if arguments.out:
        write_report(arguments.out, report)


if __name__ == "__main__":
    main()
