"""How many threads are worth starting."""

from __future__ import annotations

import math
import os
from functools import lru_cache
from pathlib import Path

SYSTEM = Path("/")


@lru_cache(maxsize=1)
def cores() -> int:
    """Physical cores that this process may use, at least 1.

    Two hardware threads of a core count once, as they share its multipliers; a container's limit on processor time
    counts too (cgroup version 2). Where the system tells neither, every processor counts.
    """
    if not hasattr(os, "sched_getaffinity"):
        return os.cpu_count() or 1
    physical = len({_siblings(SYSTEM, cpu) for cpu in os.sched_getaffinity(0)})
    return max(1, int(min(physical, _granted(SYSTEM))))


def _siblings(system: Path, cpu: int) -> str:
    """The hardware threads of the core that a processor belongs to, as the kernel lists them."""
    try:
        return (system / f"sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list").read_text("ascii").strip()
    except (OSError, ValueError):
        return str(cpu)


def _granted(system: Path) -> float:
    """Processors that the process's control group may keep busy; infinity without a limit."""
    try:
        quota, period = (system / "sys/fs/cgroup/cpu.max").read_text("ascii").split()
        return math.inf if quota == "max" else math.ceil(int(quota) / int(period))
    except (OSError, ValueError, ZeroDivisionError):
        return math.inf
