"""How long each stage of an answer took."""

from __future__ import annotations

import time


class Clock:
    """Milliseconds of each stage, shared evenly by the questions of a batch."""

    def __init__(self, questions: int) -> None:
        self._questions = questions
        self._begin = self._last = time.perf_counter()
        self._stages: dict[str, float] = {}

    def stage(self, name: str) -> None:
        now = time.perf_counter()
        self._stages[name] = (now - self._last) * 1e3 / self._questions
        self._last = now

    def finish(self, name: str) -> dict[str, float]:
        self.stage(name)
        return {**self._stages, "total": (self._last - self._begin) * 1e3 / self._questions}
