"""Adding, removing, saving and closing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ragqa import Answer, Document, Index
from ragqa.errors import DuplicateDocumentError, IndexClosedError, NoDocumentsError, UnknownDocumentError

KING = ("king", "Bob is the king of France. He was crowned in 1999.")
QUEEN = ("queen", "Ann is the queen of Spain. She was crowned in 2004.")
COOK = ("cook", "Carla cooks soup for the whole village.")
WHO = "Who is the king of France?"

Build = Callable[..., Index]
Facts = Callable[[Answer], dict[str, Any]]


def test_seen_at_once_and_on_disk_after_save(build: Build, tmp_path: Path) -> None:
    path = tmp_path / "my.index"
    build(KING, path=path)
    index = Index.open(path)
    index.add([Document(id="queen", text=QUEEN[1])])
    index.remove(["king"])
    assert index.document_ids == ["queen"]
    assert {hit.passage.document_id for hit in index.retrieve(WHO)} == {"queen"}
    assert Index.open(path).document_ids == ["king"]
    index.save()
    assert Index.open(path).document_ids == ["queen"]
    assert {hit.passage.document_id for hit in Index.open(path).retrieve(WHO)} == {"queen"}


def test_adding_gives_what_building_gives(build: Build, facts: Facts) -> None:
    grown = build(KING)
    grown.add(Document(id=name, text=text) for name, text in (QUEEN, COOK))
    assert facts(grown.ask(WHO)) == facts(build(KING, QUEEN, COOK).ask(WHO))


def test_removed_and_added_again_it_has_the_new_text(build: Build) -> None:
    index = build(KING, QUEEN)
    index.remove(["king"])
    index.add([Document(id="king", text="Rob is the king of France.")])
    found = " ".join(hit.passage.text for hit in index.retrieve(WHO))
    assert "Rob" in found
    assert "Bob" not in found
    assert index.document("king").text.startswith("Rob")


def test_all_removed_it_abstains_and_can_be_filled_again(build: Build, tmp_path: Path) -> None:
    index = build(KING, QUEEN, path=tmp_path / "my.index")
    index.remove(index.document_ids)
    index.save()
    for empty in (index, Index.open(tmp_path / "my.index")):
        answer = empty.ask(WHO, min_confidence=0)
        assert (len(empty), empty.retrieve(WHO), answer.claims, answer.confidence) == (0, [], (), 0.0)
        assert not answer.answered
        empty.add([Document(id="king", text=KING[1])])
        assert empty.ask(WHO, min_confidence=0).answered


def test_a_taken_id_adds_nothing(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ragqa.pipeline.ADD_PASSAGES", 1)  # so that the first would be in before the second is seen
    index = build(KING)
    with pytest.raises(DuplicateDocumentError, match="'king'"):
        index.add([Document(id="new", text="New."), Document(id="king", text="Other.")])
    assert index.document_ids == ["king"]
    assert index.document("king").text == KING[1]


def test_an_unknown_id_removes_nothing(build: Build) -> None:
    index = build(KING, QUEEN)
    with pytest.raises(UnknownDocumentError, match="'nobody'"):
        index.remove(["king", "nobody"])
    assert index.document_ids == ["king", "queen"]


def test_removing_nothing_is_no_change(build: Build, tmp_path: Path) -> None:
    index = build(KING, path=tmp_path / "my.index")
    before = index.generation
    index.remove([])
    index.save()
    assert index.generation == before


def test_adding_nothing_says_so_and_changes_nothing(build: Build) -> None:
    index = build(KING)
    for nothing in ([], [Document(id="blank", text=" \n")]):
        with pytest.raises(NoDocumentsError):
            index.add(nothing)
    assert index.document_ids == ["king"]


def test_what_is_left_out_is_listed(build: Build, tmp_path: Path) -> None:
    index = build(KING)
    index.add([Document(id="queen", text=QUEEN[1]), Document(id="blank", text="\u2003\r\n")])
    (tmp_path / "cook.txt").write_text(COOK[1])
    (tmp_path / "cook.bin").write_bytes(b"\0\1\2")
    index.add(tmp_path)
    assert index.document_ids == ["king", "queen", "cook.txt"]
    assert [Path(skipped.source).name for skipped in index.skipped] == ["blank", "cook.bin"]


def test_unsaved_changes_end_with_close(build: Build, tmp_path: Path) -> None:
    with build(KING, path=tmp_path / "my.index") as index:
        index.add([Document(id="queen", text=QUEEN[1])])
    assert Index.open(tmp_path / "my.index").document_ids == ["king"]


def test_nothing_works_after_close(build: Build, tmp_path: Path) -> None:
    index = build(KING, path=tmp_path / "my.index")
    index.close()
    index.close()
    for use in (
        lambda: len(index),
        lambda: index.info,
        lambda: index.document_ids,
        lambda: index.ask(WHO),
        lambda: index.ask_many([WHO]),
        lambda: index.retrieve(WHO),
        lambda: index.document("king"),
        lambda: index.add([Document(id="new", text="New.")]),
        lambda: index.remove(["king"]),
        lambda: index.save(tmp_path / "other.index"),
    ):
        with pytest.raises(IndexClosedError, match="closed"):
            use()
    assert not (tmp_path / "other.index").exists()
