from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from ragqa.index.ranking import best

Hits = list[tuple[int, float]]


@given(scores=st.lists(st.integers(0, 3), max_size=40), k=st.integers(1, 50), random=st.randoms())
def test_the_first_of_the_whole_ranking_whichever_equals_the_engine_keeps(
    scores: list[int], k: int, random: Random
) -> None:
    whole = [(number, float(score)) for number, score in enumerate(scores)]

    def search(count: int) -> Hits:
        assert 0 < count <= len(whole)
        random.shuffle(whole)
        return sorted(whole, key=lambda hit: -hit[1])[:count]

    assert best(search, k, len(whole)) == sorted(whole, key=lambda hit: (-hit[1], hit[0]))[:k]


def test_a_search_that_matches_few_is_not_repeated() -> None:
    asked: list[int] = []

    def search(count: int) -> Hits:
        asked.append(count)
        return [(2, 1.0), (1, 1.0)]

    assert best(search, 5, 1000) == [(1, 1.0), (2, 1.0)]
    assert asked == [6]


def test_one_more_than_asked_for_is_enough_where_scores_differ() -> None:
    asked: list[int] = []

    def search(count: int) -> Hits:
        asked.append(count)
        return [(number, -float(number)) for number in range(count)]

    assert best(search, 3, 1000) == [(0, 0.0), (1, -1.0), (2, -2.0)]
    assert asked == [4]
