"""Load on the HTTP server: clients that ask one question after another, for some time.

python benchmarks/server.py --seconds 600 --clients 16 --json server.json

Starts `ragqa serve` over the corpus that ships, on a free port; the questions are those of eval/dev.jsonl.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import contextlib
import json
import platform
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import httpx2
import numpy as np

import ragqa
from ragqa.processors import cores

QUESTIONS = Path(__file__).parents[1] / "eval" / "dev.jsonl"


class Load:
    """What the clients saw."""

    def __init__(self, url: str, seconds: float) -> None:
        self.url = url
        self.statuses: collections.Counter[str] = collections.Counter()
        self.latencies: list[float] = []
        self._questions = [json.loads(line)["question"] for line in QUESTIONS.read_text("utf-8").splitlines()]
        self._next = count()
        self._end = time.perf_counter() + seconds

    async def client(self) -> None:
        """Ask until the time is over; a refusal is waited out as it says."""
        async with httpx2.AsyncClient(base_url=self.url, timeout=120) as http:
            while (begin := time.perf_counter()) < self._end:
                question = self._questions[next(self._next) % len(self._questions)]
                try:
                    response = await http.post("/ask", json={"question": question})
                except httpx2.HTTPError as error:
                    self.statuses[type(error).__name__] += 1
                    continue
                self.statuses[str(response.status_code)] += 1
                if response.status_code == 200:
                    self.latencies.append(time.perf_counter() - begin)
                await asyncio.sleep(float(response.headers.get("Retry-After", 0)))


async def figures(url: str) -> tuple[float, float]:
    """(resident megabytes, seconds of processor time) of the server, from its metrics."""
    async with httpx2.AsyncClient(base_url=url, timeout=120) as http:
        text = (await http.get("/metrics")).text
    resident, cpu = (
        float(match[1]) if (match := re.search(rf"^{name} (\S+)$", text, re.MULTILINE)) else float("nan")
        for name in ("process_resident_memory_bytes", "process_cpu_seconds_total")
    )
    return resident / 1e6, cpu


async def measure(url: str, seconds: float, clients: int) -> dict[str, Any]:
    """Load the server and say how it did."""
    async with httpx2.AsyncClient(base_url=url, timeout=120) as http:
        for _ in range(clients):  # so that "start" is a server that has worked
            await http.post("/ask", json={"question": "Who founded Scale AI?"})
    start, cpu_before = await figures(url)
    begin, load = time.perf_counter(), Load(url, seconds)
    running = [asyncio.ensure_future(load.client()) for _ in range(clients)]
    await asyncio.sleep(seconds / 2)
    middle, _ = await figures(url)
    await asyncio.gather(*running)
    elapsed = time.perf_counter() - begin
    end, cpu_after = await figures(url)
    percentiles = np.percentile(load.latencies or [float("nan")], [50, 95, 99]) * 1e3
    return {
        "clients": clients,
        "seconds": round(elapsed, 1),
        "requests_per_second": round(len(load.latencies) / elapsed, 2),
        **{
            name: round(float(value), 1)
            for name, value in zip(("p50_ms", "p95_ms", "p99_ms"), percentiles, strict=True)
        },
        "statuses": dict(load.statuses),
        "errors": sum(n for status, n in load.statuses.items() if status not in ("200", "429", "503")),
        "resident_mb": {"start": round(start, 1), "middle": round(middle, 1), "end": round(end, 1)},
        "busy_processors": round((cpu_after - cpu_before) / elapsed, 2),
    }


@contextlib.contextmanager
def served(options: list[str]) -> Iterator[str]:
    """The address of a server that runs until it is no longer needed."""
    command = [sys.executable, "-m", "ragqa", "serve", "--port", "0", *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            line = process.stderr.readline()
            yield line.split(" at ")[1].split()[0]
        finally:
            process.terminate()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--json", type=Path, help="also write the figures here")
    parser.add_argument("--serve", nargs="*", default=[], metavar="OPTION=VALUE", help="of ragqa serve: concurrency=2")
    given = parser.parse_args()
    with served([f"--{option}" for option in given.serve]) as url:
        report = asyncio.run(measure(url, given.seconds, given.clients))
    machine = f"{platform.system()} {platform.machine()}, {cores()} cores, Python {platform.python_version()}"
    text = json.dumps({"ragqa": ragqa.__version__, "machine": machine, "options": given.serve, **report}, indent=1)
    print(text)
    if given.json is not None:
        given.json.write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
