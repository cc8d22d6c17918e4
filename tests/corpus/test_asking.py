"""`ragqa.ask`: what may be asked from, and what comes back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import ragqa
from ragqa import Document, Index, corpus
from ragqa.corpus import corpus_index
from ragqa.errors import DuplicateDocumentError, InvalidArgumentError, NoDocumentsError

from .conftest import Work

Forget = Callable[[], None]


@pytest.mark.parametrize("name", ["nowhere", "", "a\0b"])
def test_a_path_that_is_not_there_leaves_nothing(tmp_path: Path, cache: Path, name: str) -> None:
    with pytest.raises(NoDocumentsError):
        ragqa.ask("What?", name and str(tmp_path / name))
    assert not cache.exists()


class TestDocumentsInMemory:
    def test_the_same_ones_are_indexed_once(self, cache: Path, work: Work) -> None:
        first = corpus_index([Document(id="a", text="Text."), Document(id="b", text="Words.")])
        again = corpus_index(iter([Document(id="a", text="Text."), Document(id="b", text="Words.")]))
        assert again is first
        assert work.done()[:2] == (1, 2)
        assert not cache.exists()

    @pytest.mark.parametrize("field", ["id", "title", "source", "text", "page_starts"])
    @pytest.mark.usefixtures("work")
    def test_another_one_is_another_corpus(self, field: str) -> None:
        one = Document(id="a", text="Text.")
        other = one.model_copy(update={field: (0, 2) if field == "page_starts" else "other"})
        assert corpus_index([one]) is not corpus_index([other])
        assert corpus_index([other]).document(other.id) == other

    def test_what_is_wrong_with_them_is_said(self) -> None:
        with pytest.raises(NoDocumentsError):
            ragqa.ask("What?", [])
        with pytest.raises(DuplicateDocumentError, match="'a'"):
            ragqa.ask("What?", [Document(id="a", text="x"), Document(id="a", text="y")])
        with pytest.raises(InvalidArgumentError):
            ragqa.ask("What?", [{"id": "a"}])
        with pytest.raises(InvalidArgumentError):
            ragqa.ask("What?", 7)


class TestAsk:
    def test_the_corpus_that_ships(self, cache: Path, monkeypatch: pytest.MonkeyPatch, forget: Forget) -> None:
        question = "What share of Scale AI did Meta buy?"
        first = ragqa.ask(question)
        monkeypatch.setattr(Index, "build", None)
        forget()
        again = ragqa.ask(question, None)
        assert again.model_dump(exclude={"timings"}) == first.model_dump(exclude={"timings"})
        assert set(corpus_index().document_ids) == {path.name for path in corpus.default_corpus().iterdir()}
        assert first.claims
        assert len(list(cache.iterdir())) == 1

    def test_the_answer_follows_the_file(self, tmp_path: Path) -> None:
        path = tmp_path / "king.md"
        for name in ("Robert", "Harold"):
            path.write_text(f"# The king\n\nThe king of the island is {name}.\n")
            answer = ragqa.ask("Who is the king of the island?", path, min_confidence=0)
            (citation, *_) = answer.citations
            assert name in citation.quote
            assert path.read_text()[citation.start : citation.end] == citation.quote
            assert citation.source == path.as_posix()

    def test_arguments_are_passed_on(self, folder: Path) -> None:
        with pytest.raises(InvalidArgumentError, match="top_k"):
            ragqa.ask("What?", folder, top_k=0)
        with pytest.raises(InvalidArgumentError, match="min_confidence"):
            ragqa.ask("What?", folder, min_confidence=2)

    @pytest.mark.usefixtures("work")
    def test_progress_is_told_while_building_only(self, folder: Path) -> None:
        told: list[tuple[int, int]] = []
        for _ in range(2):
            corpus_index(folder, progress=lambda done, total: told.append((done, total)))
        assert told == [(3, 3)]
