"""The Python contract of `ragqa.Index` and `ragqa.ask`."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ragqa
from ragqa import Answer, ChunkSettings, Document, Index, Passage, Retrieved
from ragqa.embedding import Embedding
from ragqa.errors import (
    IndexFolderError,
    UnknownDocumentError,
)
from ragqa.reader import Span

KING = ("king", "Bob is the king of France. He was crowned in 1999.")
QUEEN = ("queen", "Ann is the queen of Spain. She was crowned in 2004.")
COOK = ("cook", "Carla cooks soup for the whole village.")
WHO = "Who is the king of France?"
TOP_K = 3  # where many questions are asked

Build = Callable[..., Index]
Facts = Callable[[Answer], dict[str, Any]]


class FirstWord:
    """A reader as a user might write one: the answer is always the first word of the passage."""

    name = "first-word"

    def read(self, questions: Sequence[str], passages: Sequence[Sequence[Passage]]) -> list[list[Span]]:
        return [[self._span(*ranked) for ranked in enumerate(own)] for _, own in zip(questions, passages, strict=True)]

    def _span(self, rank: int, passage: Passage) -> Span:
        word = passage.text.split()[0]
        return Span(passage.document_id, passage.start, passage.start + len(word), word, 3.0 - rank, rank)


@pytest.fixture(scope="session")
def questions() -> list[str]:
    """More than are worked on at a time."""
    lines = (Path(__file__).parents[1] / "eval" / "dev.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line)["question"] for line in lines][:34]


@pytest.fixture(scope="session")
def one_by_one(seeds: Index, questions: list[str], facts: Facts) -> list[Any]:
    return [facts(seeds.ask(question, top_k=TOP_K)) for question in questions]


class TestBuilding:
    def test_from_a_folder_takes_its_files_by_relative_path(self, seeds: Index, seeds_folder: Path) -> None:
        assert seeds.document_ids == sorted(path.name for path in seeds_folder.glob("*.md"))
        assert len(seeds) == len(seeds.document_ids) == seeds.info["documents"]
        assert seeds.skipped == ()

    @pytest.mark.parametrize("kind", [str, Path])
    def test_from_one_file(self, tmp_path: Path, embedding: Embedding, kind: type) -> None:
        (tmp_path / "king.txt").write_text(KING[1])
        index = Index.build(kind(tmp_path / "king.txt"), embedding=embedding)
        assert index.document("king.txt").text == KING[1]

    def test_from_jsonl_and_from_a_generator_are_the_same(
        self, tmp_path: Path, embedding: Embedding, facts: Facts
    ) -> None:
        lines = [json.dumps({"id": name, "text": text}) for name, text in (KING, QUEEN)]
        (tmp_path / "all.jsonl").write_text("\n".join(lines))
        from_file = Index.build(tmp_path / "all.jsonl", embedding=embedding)
        generated = Index.build((from_file.document(name) for name in ("king", "queen")), embedding=embedding)
        assert from_file.document_ids == generated.document_ids == ["king", "queen"]
        assert facts(from_file.ask(WHO)) == facts(generated.ask(WHO))

    def test_without_a_path_it_can_be_asked_and_saved_later(self, build: Build, tmp_path: Path, facts: Facts) -> None:
        index = build(KING, QUEEN)
        assert (index.path, index.generation) == (None, None)
        before = facts(index.ask(WHO))
        with pytest.raises(IndexFolderError, match=r"save\(path\)"):
            index.save()
        index.save(tmp_path / "my.index")
        assert index.path == tmp_path / "my.index"
        assert index.generation is not None
        assert facts(index.ask(WHO)) == before == facts(Index.open(tmp_path / "my.index").ask(WHO))

    def test_with_a_path_it_is_saved(
        self, seeds: Index, seeds_folder: Path, questions: list[str], one_by_one: list[Any], facts: Facts
    ) -> None:
        opened = Index.open(str(seeds.path))
        assert opened.document_ids == seeds.document_ids
        assert opened.info == seeds.info
        assert opened.generation == seeds.generation
        for name in opened.document_ids:
            assert opened.document(name) == seeds.document(name)
            assert opened.document(name).text == (seeds_folder / name).read_text("utf-8")
        assert [facts(answer) for answer in opened.ask_many(questions[:5], top_k=TOP_K)] == one_by_one[:5]

    def test_over_an_existing_index_replaces_it(self, build: Build, tmp_path: Path) -> None:
        build(KING, path=tmp_path / "my.index")
        build(QUEEN, path=tmp_path / "my.index")
        assert Index.open(tmp_path / "my.index").document_ids == ["queen"]

    def test_reports_progress(self, seeds_folder: Path, hash_embedding: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("ragqa.pipeline.ADD_PASSAGES", 1)
        seen: list[tuple[int, int]] = []
        Index.build(seeds_folder, embedding=hash_embedding, progress=lambda done, total: seen.append((done, total)))
        assert seen == [(done, 5) for done in range(1, 6)]

    def test_cuts_passages_as_told(self, seeds_folder: Path, hash_embedding: Any) -> None:
        settings = ChunkSettings(max_tokens=20, overlap_tokens=0, min_tokens=0)
        index = Index.build(seeds_folder, embedding=hash_embedding, chunking=settings)
        hits = index.retrieve("Meta", 10_000)
        assert len(hits) == index.info["passages"] > 100
        assert max(hash_embedding.count_tokens([hit.passage.text for hit in hits])) <= 20

    def test_a_relative_path_survives_a_change_of_folder(
        self, build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        index = build(KING, path=Path("my.index"))
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")
        index.add([Document(id="queen", text=QUEEN[1])])
        index.save()
        assert Index.open(tmp_path / "my.index").document_ids == ["king", "queen"]
        assert list((tmp_path / "elsewhere").iterdir()) == []


class TestAsking:
    def test_many_are_answered_as_one_by_one(
        self, seeds: Index, questions: list[str], one_by_one: list[Any], facts: Facts
    ) -> None:
        assert len(questions) == 34
        together = seeds.ask_many((question for question in questions), top_k=TOP_K)
        assert [answer.question for answer in together] == questions
        assert [facts(answer) for answer in together] == one_by_one
        assert any(answer.answered for answer in together)
        assert seeds.ask_many([]) == []

    def test_another_process_gives_the_same(self, seeds: Index, questions: list[str], one_by_one: list[Any]) -> None:
        code = (
            "import json, sys, ragqa\n"
            "path, top_k, *questions = json.load(sys.stdin)\n"
            "answers = ragqa.Index.open(path).ask_many(questions, top_k=top_k)\n"
            "print(json.dumps([a.model_dump(mode='json', exclude={'timings'}) for a in answers]))"
        )
        given = json.dumps([str(seeds.path), TOP_K, *questions])
        done = subprocess.run([sys.executable, "-c", code], input=given, capture_output=True, text=True, check=True)
        assert json.loads(done.stdout) == one_by_one

    def test_eight_threads_give_the_same(
        self, seeds: Index, questions: list[str], one_by_one: list[Any], facts: Facts
    ) -> None:
        opened = Index.open(str(seeds.path))  # whose models and caches the threads fill together
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(partial(opened.ask, top_k=TOP_K), questions))
        assert [facts(answer) for answer in answers] == one_by_one

    def test_times_of_the_stages_add_up(self, seeds: Index) -> None:
        timings = seeds.ask(WHO).timings
        assert list(timings) == ["embed", "retrieve", "read", "resolve", "total"]
        assert timings.pop("total") == pytest.approx(sum(timings.values()))
        assert min(timings.values()) > 0

    def test_min_confidence_decides_and_changes_nothing_else(self, seeds: Index, facts: Facts) -> None:
        question = "What is the boiling point of tungsten?"
        low, high = (facts(seeds.ask(question, min_confidence=bound)) for bound in (0, 1))
        assert low["answered"]
        assert low["text"] == low["claims"][0]["text"] == low["citations"][0]["quote"]
        assert (high["answered"], high["text"], high["citations"], high["conflict"]) == (False, None, [], False)
        for same in ("claims", "confidence", "question"):
            assert low[same] == high[same]
        exact = seeds.ask(question, min_confidence=low["confidence"])
        assert exact.answered

    def test_more_passages_than_there_are(self, seeds: Index, facts: Facts) -> None:
        count = seeds.info["passages"]
        assert facts(seeds.ask(WHO, top_k=count)) == facts(seeds.ask(WHO, top_k=10**30))
        assert facts(seeds.ask(WHO, top_k=np.int64(8))) == facts(seeds.ask(WHO))

    def test_fewer_passages_are_read_with_a_lower_top_k(self, seeds: Index) -> None:
        question = "What share of Scale AI did Meta buy?"
        (hit,) = seeds.retrieve(question, 1)
        for claim in seeds.ask(question, top_k=1).claims:
            for citation in claim.citations:
                assert citation.document_id == hit.passage.document_id
                assert hit.passage.start <= citation.start < citation.end <= hit.passage.end

    def test_options_are_keywords(self, seeds: Index, tmp_path: Path) -> None:
        more: list[Any] = [None]
        with pytest.raises(TypeError):
            seeds.ask(WHO, *more)
        with pytest.raises(TypeError):
            Index.build([Document(id="a", text="b")], tmp_path / "i", *more)

    def test_ragqa_ask_takes_the_corpora_that_build_takes(self, seeds: Index, seeds_folder: Path, facts: Facts) -> None:
        question = "What share of Scale AI did Meta buy?"
        expected = facts(seeds.ask(question))
        assert facts(ragqa.ask(question)) == expected
        assert facts(ragqa.ask(question, corpus=seeds_folder)) == expected
        documents = [seeds.document(name) for name in seeds.document_ids]
        assert facts(ragqa.ask(question, corpus=documents, top_k=8, min_confidence=None)) == expected


class TestRetrieving:
    def test_best_first_and_the_first_of_many_are_the_few(self, seeds: Index) -> None:
        question = "What share of Scale AI did Meta buy?"
        everything = seeds.retrieve(question, 50)
        assert all(isinstance(hit, Retrieved) for hit in everything)
        scores = [hit.score for hit in everything]
        assert scores == sorted(scores, reverse=True)
        for k in (1, 2, 3, 10, 49):
            assert seeds.retrieve(question, k) == everything[:k]
        assert seeds.retrieve(question) == everything[:10]

    def test_more_than_there_are_gives_each_passage_once(self, seeds: Index) -> None:
        hits = seeds.retrieve("Meta", 10**30)
        places = {(hit.passage.document_id, hit.passage.start, hit.passage.end) for hit in hits}
        assert len(hits) == len(places) == seeds.info["passages"]

    def test_finds_by_words_what_the_vectors_do_not_know(self, build: Build) -> None:
        filler = [(f"filler{i}", f"Filler number {i} talks about the weather in spring.") for i in range(30)]
        index = build(*filler, ("part", "Order part QX-7741-B from the warehouse."))
        assert index.retrieve("QX-7741-B", 1)[0].passage.document_id == "part"


class TestOwnModels:
    def test_an_embedding_is_any_object_with_its_methods(self, tmp_path: Path, hash_embedding: Any) -> None:
        documents = [Document(id=name, text=text) for name, text in (KING, QUEEN, COOK)]
        built = Index.build(documents, tmp_path / "my.index", embedding=hash_embedding)
        assert "word-hashes" in built.info["embedding"]
        opened = Index.open(tmp_path / "my.index", embedding=hash_embedding)
        assert opened.retrieve("soup for the whole village", 1)[0].passage.document_id == "cook"
        assert opened.retrieve(WHO) == built.retrieve(WHO)

    def test_a_reader_is_any_object_with_its_methods(self, seeds: Index, embedding: Embedding) -> None:
        documents = [Document(id=name, text=text) for name, text in (KING, COOK)]
        index = Index.build(documents, embedding=embedding, reader=FirstWord())
        assert index.info["reader"] == "first-word"
        for answer in index.ask_many([WHO, "Who cooks?"], min_confidence=0):
            assert {claim.text for claim in answer.claims} == {"Bob", "Carla"}
        opened = Index.open(str(seeds.path), reader=FirstWord())
        for citation in opened.ask(WHO, min_confidence=0).citations:
            assert opened.document(citation.document_id).text[citation.start : citation.end] == citation.quote


def test_document_is_found_by_its_id_only(seeds: Index) -> None:
    assert isinstance(seeds.ask("Who?"), Answer)
    with pytest.raises(UnknownDocumentError, match=r"'minority-stake'.*document_ids") as caught:
        seeds.document("minority-stake")
    assert isinstance(caught.value, KeyError)
    assert not str(caught.value).startswith(("'", '"'))


@pytest.mark.parametrize(
    "odd", ["a\0b", "a\nb", "../up", "'; DROP TABLE documents; --", "🎉", " ", "%s{0}", "\x1b[31m", "é" * 300]
)
def test_any_string_can_be_an_id(build: Build, tmp_path: Path, odd: str) -> None:
    index = build((odd, KING[1]), QUEEN, path=tmp_path / "my.index")
    opened = Index.open(tmp_path / "my.index")
    assert opened.document(odd).id == odd
    assert odd in {citation.document_id for claim in opened.ask(WHO).claims for citation in claim.citations}
    opened.remove([odd])
    assert opened.document_ids == ["queen"]
    assert index.document_ids == [odd, "queen"]
