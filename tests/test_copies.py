"""A document that lies in the index many times counts as one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from ragqa import Document, Index

SHARE = "What share of Scale AI did Meta buy?"
FIRST = "Meta bought 49% of Scale AI in June, people said. It was a large sum."
OTHER = "In the end Meta bought 51% of Scale AI, a paper wrote."
COPIES = 120  # more than are looked for at first


@pytest.fixture(scope="module")
def copied(build: Callable[..., Index]) -> Iterator[Index]:
    copies = [Document(id=f"copy-{i}", text=FIRST) for i in range(COPIES)]
    with build(*copies, Document(id="other", text=OTHER)) as index:
        yield index


@pytest.fixture(scope="module")
def once(build: Callable[..., Index]) -> Iterator[Index]:
    with build(Document(id="copy-0", text=FIRST), Document(id="other", text=OTHER)) as index:
        yield index


def test_the_answer_is_that_of_one_copy(copied: Index, once: Index) -> None:
    many, few = copied.ask(SHARE), once.ask(SHARE)
    assert [(claim.text, claim.confidence) for claim in many.claims] == [
        (claim.text, pytest.approx(claim.confidence)) for claim in few.claims
    ]
    assert many.conflict
    assert few.conflict


def test_every_copy_is_cited(copied: Index) -> None:
    cited = {claim.text: len(claim.citations) for claim in copied.ask(SHARE).claims}
    assert cited == {"49%": COPIES, "51%": 1}


@pytest.mark.parametrize("top_k", [1, 2, 8, 500])
def test_copies_take_no_place_among_the_passages_read(copied: Index, top_k: int) -> None:
    found = {citation.document_id for claim in copied.ask(SHARE, top_k=top_k).claims for citation in claim.citations}
    assert ("other" in found) == (top_k > 1 or found == {"other"})


def test_a_prompt_shows_each_text_once(copied: Index) -> None:
    assert {source.text for source in copied.context(SHARE).sources} == {FIRST, OTHER}
    assert len(copied.context(SHARE).sources) == 2


def test_retrieve_still_gives_passages_one_by_one(copied: Index) -> None:
    assert len(copied.retrieve(SHARE, 30)) == 30
