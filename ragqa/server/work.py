"""Blocking calls in a few threads, with a bounded queue before them and a time limit for each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from ragqa.server.problems import OverloadedError, TimeLimitError

Result = TypeVar("Result")


class Workers:
    """Runs calls for the coroutines of one event loop."""

    def __init__(self, threads: int, queue_size: int, time_limit: float) -> None:
        """Threads are started when they are first needed."""
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="ragqa")
        self._most = threads + queue_size
        self._time_limit = time_limit
        self.pending = 0

    @property
    def full(self) -> bool:
        """Whether the next call would be refused."""
        return self.pending >= self._most

    async def run(self, call: Callable[[], Result]) -> Result:
        """The result of a call made in a thread.

        A call that waits is dropped when its time is up or its caller gives up; one that runs can't be stopped, and
        keeps its thread until it ends.

        Raises:
            OverloadedError: too many calls are waiting, or this one waited as long as it could.
            TimeLimitError: it did not end in time.
        """
        if self.full:
            raise OverloadedError(f"{self.pending} requests are being worked on or waiting; try again soon")
        self.pending += 1
        working = self._pool.submit(call)
        result = asyncio.wrap_future(working)
        result.add_done_callback(self._ended)
        try:
            done, _ = await asyncio.wait([result], timeout=self._time_limit)
        except asyncio.CancelledError:
            working.cancel()
            raise
        if done:
            return result.result()
        if working.cancel():
            raise OverloadedError(f"the request waited {self._time_limit:g} s for its turn; try again later")
        raise TimeLimitError(f"no answer within {self._time_limit:g} s; ask less at a time")

    def _ended(self, result: asyncio.Future[Result]) -> None:
        self.pending -= 1
        if not result.cancelled():
            result.exception()  # seen, even when nobody waits for it any more
