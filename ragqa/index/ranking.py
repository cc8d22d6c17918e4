"""The first k of a ranking, the same however many are asked for."""

from __future__ import annotations

from collections.abc import Callable


def best(search: Callable[[int], list[tuple[int, float]]], k: int, total: int) -> list[tuple[int, float]]:
    """The k best (number, score), best first; ties go to the lower number.

    Of equals an engine keeps whichever it likes, so the search is widened until it ends on a lower score.

    Args:
        search: the best so many, best first, or fewer when there are no more.
        k: how many are wanted.
        total: how many there are.
    """
    if not total:
        return []
    count = min(k + 1, total)
    while True:
        hits = search(count)
        if len(hits) < count or count == total or hits[-1][1] < hits[k - 1][1]:
            return sorted(hits, key=lambda hit: (-hit[1], hit[0]))[:k]
        count = min(4 * count, total)
