"""Run the benchmarks and the whole-process measurements, and write benchmarks/RESULTS.md.

python benchmarks/run.py
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import ragqa
from ragqa.processors import cores

HERE = Path(__file__).parent
RUNS = 7
HEAVY = ("torch", "transformers", "faiss", "onnxruntime")


def rooms(scratch: Path) -> list[str]:
    """Rows of the table of rooms, from pytest-benchmark's JSON."""
    report = scratch / "benchmarks.json"
    command = [sys.executable, "-m", "pytest", "-q", str(HERE / "test_speed.py"), f"--benchmark-json={report}"]
    subprocess.run(command, check=True, cwd=HERE.parent)
    rows = []
    for entry in json.loads(report.read_text("utf-8"))["benchmarks"]:
        stats, name = entry["stats"], entry["name"].removeprefix("test_").replace("_", " ")
        spread = f"{stats['q1'] * 1e3:.2f} to {stats['q3'] * 1e3:.2f}"
        rows.append(f"| {name} | {entry['extra_info']['unit']} | {stats['median'] * 1e3:.2f} | {spread} |")
    return rows


def timed(command: list[str], **variables: str) -> tuple[float, float, float]:
    """Median, least and most wall-clock seconds of a whole process; the first run is not counted."""
    seconds = []
    for _ in range(RUNS + 1):
        begin = time.perf_counter()
        subprocess.run(command, check=False, capture_output=True, env={**os.environ, **variables})
        seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds[1:]), min(seconds[1:]), max(seconds[1:])


def peak_megabytes(command: list[str]) -> float:
    """Largest resident memory of a whole process."""
    probe = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], capture_output=True); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    output = subprocess.run([sys.executable, "-c", probe, *command], capture_output=True, text=True, check=True)
    scale = 1e6 if sys.platform == "darwin" else 1e3  # bytes there, kilobytes elsewhere
    return float(output.stdout) / scale


def processes(scratch: Path) -> list[str]:
    """Rows of the table of whole processes."""
    index = scratch / "seeds.index"
    ragqa.Index.build(HERE.parent / "seeds", index).close()
    ask = [sys.executable, "-m", "ragqa", "ask", "What share of Scale AI did Meta buy?", "--index", str(index)]
    heavy = f"import sys, ragqa; print([m for m in {HEAVY} if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, check=True).stdout.strip()
    rows = []
    for what, statement in (
        (f"`import ragqa` (of {', '.join(HEAVY)} it loads {loaded})", "import ragqa"),
        ("`from ragqa import Index`, the first use of a name", "from ragqa import Index"),
    ):
        measure = f"import time; t = time.perf_counter(); {statement}; print(time.perf_counter() - t)"
        runs = [subprocess.run([sys.executable, "-c", measure], capture_output=True, text=True) for _ in range(RUNS)]
        seconds = sorted(float(run.stdout) for run in runs)
        rows.append(f"| {what} | {seconds[RUNS // 2]:.3f} s | {seconds[0]:.3f} to {seconds[-1]:.3f} |")
    median, least, most = timed(ask)
    rows.append(f"| `ragqa ask --index`, whole process | {median:.2f} s | {least:.2f} to {most:.2f} |")
    rows.append(f"| `ragqa ask --index`, peak memory | {peak_megabytes(ask):.0f} MB | |")
    return rows


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        whole, parts = processes(scratch), rooms(scratch)
    lines = [
        "# Speed",
        "",
        f"Made by `python benchmarks/run.py`. ragqa {ragqa.__version__}, Python {platform.python_version()}, "
        f"{platform.system()} {platform.machine()}, {cores()} cores.",
        "",
        "## Whole processes",
        "",
        f"| what | median of {RUNS} | range |",
        "| --- | ---: | --- |",
        *whole,
        "",
        "## Rooms",
        "",
        "In one warm process; the middle half of the runs as the spread.",
        "",
        "| what | work | median ms | spread ms |",
        "| --- | --- | ---: | --- |",
        *parts,
        "",
    ]
    (HERE / "RESULTS.md").write_text("\n".join(lines), "utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
