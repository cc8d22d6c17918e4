"""The index of a path follows its files."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ragqa import corpus
from ragqa.corpus import corpus_index
from ragqa.documents import load
from ragqa.errors import DuplicateDocumentError, NoDocumentsError, UnreadableDocumentError

from .conftest import Work

Follow = Callable[[Path], dict[str, str]]
THREE = {"a.txt": "Text of a.", "b.txt": "Text of b.", "c.txt": "Text of c."}


def restore_times(path: Path, change: Callable[[], object]) -> None:
    status = path.stat()
    change()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert path.stat().st_size == status.st_size


def deny(monkeypatch: pytest.MonkeyPatch, denied: Path) -> None:
    """As the superuser may read anything, permissions alone would not do."""
    path_open = Path.open

    def refusing(path: Path, *args: Any, **kwargs: Any) -> Any:
        if path == denied:
            raise PermissionError(13, "Permission denied")
        return path_open(path, *args, **kwargs)

    monkeypatch.setattr(Path, "open", refusing)


@pytest.mark.usefixtures("settled")
class TestUnchanged:
    def test_it_is_built_once_and_reused(self, folder: Path, follow: Follow, work: Work) -> None:
        assert follow(folder) == THREE
        assert work.done() == (1, 3, 3)
        index = corpus_index(folder)
        assert corpus_index(str(folder)) is corpus_index(folder) is index
        assert work.done() == (0, 0, 0)

    def test_a_new_process_opens_it(self, folder: Path, follow: Follow, work: Work, forget: Callable[[], None]) -> None:
        first = corpus_index(folder)
        work.done()
        forget()
        assert follow(folder) == THREE
        assert work.done() == (0, 0, 0)
        assert corpus_index(folder).generation == first.generation

    def test_a_touched_file_is_read_once_more_and_not_embedded(self, folder: Path, work: Work) -> None:
        index = corpus_index(folder)
        work.done()
        os.utime(folder / "a.txt", ns=(1, 1))
        assert corpus_index(folder) is index
        assert work.done() == (0, 0, 1)
        assert corpus_index(folder) is index
        assert work.done() == (0, 0, 0)
        (folder / "a.txt").unlink()  # whose documents must still be known
        assert corpus_index(folder).document_ids == ["b.txt", "c.txt"]

    def test_what_is_not_read_anyway_changes_nothing(self, folder: Path, work: Work) -> None:
        index = corpus_index(folder)
        work.done()
        for name in (".hidden.txt", "image.png", "empty/.keep"):
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text("Text of nothing.")
        assert corpus_index(folder) is index
        assert work.done() == (0, 0, 0)


@pytest.mark.usefixtures("work")
class TestChanged:
    @pytest.mark.usefixtures("settled")
    def test_same_size_and_restored_times_are_noticed(self, folder: Path, follow: Follow, work: Work) -> None:
        follow(folder)
        work.done()
        restore_times(folder / "b.txt", lambda: (folder / "b.txt").write_text("Text of B."))
        assert follow(folder) == {**THREE, "b.txt": "Text of B."}
        assert work.done() == (0, 1, 1)

    def test_times_too_coarse_to_show_a_change_are_not_trusted(
        self, folder: Path, follow: Follow, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """On such a file system all writes of these few seconds have the same time."""
        path_stat = Path.stat
        now = path_stat(folder / "a.txt").st_mtime_ns

        def coarse(path: Path, **how: Any) -> Any:
            real = path_stat(path, **how)
            fields = {name: getattr(real, name) for name in dir(real) if name.startswith("st_")}
            return SimpleNamespace(**{**fields, "st_mtime_ns": now, "st_ctime_ns": now})

        monkeypatch.setattr(Path, "stat", coarse)
        monkeypatch.setattr(corpus.time, "time_ns", lambda: now + corpus.RECENT_NS // 2)
        follow(folder)
        (folder / "b.txt").write_text("Text of B.")
        assert follow(folder)["b.txt"] == "Text of B."

    def test_a_file_added(self, folder: Path, follow: Follow, work: Work) -> None:
        follow(folder)
        work.done()
        (folder / "deep").mkdir()
        (folder / "deep" / "d.txt").write_text("Text of d.")
        assert follow(folder) == {**THREE, "deep/d.txt": "Text of d."}
        assert work.done()[:2] == (0, 1)

    def test_a_file_removed(self, folder: Path, follow: Follow, work: Work) -> None:
        follow(folder)
        work.done()
        (folder / "a.txt").unlink()
        assert follow(folder) == {"b.txt": "Text of b.", "c.txt": "Text of c."}
        assert work.done()[:2] == (0, 0)

    def test_a_file_renamed(self, folder: Path, follow: Follow, forget: Callable[[], None]) -> None:
        for extra in range(3):  # so that two changes are few
            (folder / f"{extra}.txt").write_text(f"Text of {extra}.")
        follow(folder)
        (folder / "a.txt").rename(folder / "z.txt")
        expected = load(folder).documents
        for _ in range(2):
            assert follow(folder) == {document.id: document.text for document in expected}
            assert corpus_index(folder).document("z.txt").source == (folder / "z.txt").as_posix()
            forget()

    @pytest.mark.parametrize("content", [b"", b"\0\1\2" * 50, None], ids=["empty", "binary", "denied"])
    def test_a_file_made_unreadable_and_readable_again(
        self, folder: Path, follow: Follow, monkeypatch: pytest.MonkeyPatch, content: bytes | None
    ) -> None:
        follow(folder)
        with monkeypatch.context() as patch:
            if content is None:
                deny(patch, folder / "a.txt")
            else:
                (folder / "a.txt").write_bytes(content)
            for _ in range(2):
                assert follow(folder) == {"b.txt": "Text of b.", "c.txt": "Text of c."}
        (folder / "a.txt").write_text("Text of a.")
        assert follow(folder) == THREE

    def test_everything_changed_is_built_anew(self, folder: Path, follow: Follow, work: Work) -> None:
        follow(folder)
        work.done()
        for name in THREE:
            (folder / name).write_text("Text, new.")
        assert set(follow(folder).values()) == {"Text, new."}
        assert work.done()[0] == 1

    def test_everything_removed_and_back(self, folder: Path, follow: Follow) -> None:
        follow(folder)
        away = folder.rename(folder.with_name("away"))
        with pytest.raises(NoDocumentsError, match="docs"):
            corpus_index(folder)
        folder.mkdir()
        with pytest.raises(NoDocumentsError, match="docs"):
            corpus_index(folder)
        shutil.copytree(away, folder, dirs_exist_ok=True)
        assert follow(folder) == THREE

    def test_nothing_readable_left_says_why(self, folder: Path, follow: Follow) -> None:
        for name in ("a.txt", "b.txt"):
            (folder / name).write_bytes(b"")
        follow(folder)
        (folder / "c.txt").write_bytes(b"")
        with pytest.raises(NoDocumentsError, match=r"c\.txt: empty"):
            corpus_index(folder)

    def test_one_file_alone(self, tmp_path: Path, follow: Follow) -> None:
        path = tmp_path / "one.txt"
        path.write_text("Text, one.")
        assert follow(path) == {"one.txt": "Text, one."}
        path.write_text("Text, two.")
        assert follow(path) == {"one.txt": "Text, two."}
        path.write_bytes(b"")
        with pytest.raises(UnreadableDocumentError, match=r"one\.txt"):
            corpus_index(path)

    def test_an_index_that_was_handed_out_stays_as_it_was(self, folder: Path, follow: Follow) -> None:
        old = corpus_index(folder)
        (folder / "a.txt").unlink()
        (folder / "b.txt").write_text("Text of B.")
        assert follow(folder) == {"b.txt": "Text of B.", "c.txt": "Text of c."}
        assert {old.document(hit.passage.document_id).text for hit in old.retrieve("text", 9)} == set(THREE.values())

    @pytest.mark.parametrize("gone", [False, True])
    def test_a_file_that_comes_while_the_others_are_read(
        self, folder: Path, follow: Follow, monkeypatch: pytest.MonkeyPatch, gone: bool
    ) -> None:
        def late(path: Path) -> Any:
            (folder / "late.txt").write_text("Text, late.")
            return load(path)

        with monkeypatch.context() as patch:
            patch.setattr(corpus, "load", late)
            assert follow(folder) == {**THREE, "late.txt": "Text, late."}
        if gone:
            (folder / "late.txt").unlink()
        assert follow(folder) == (THREE if gone else {**THREE, "late.txt": "Text, late."})


@pytest.mark.usefixtures("work")
class TestJsonl:
    def test_its_lines_are_documents(self, folder: Path, follow: Follow, write_jsonl: Callable[..., None]) -> None:
        write_jsonl(folder / "many.jsonl", one="Text, 1.", two="Text, 2.")
        assert follow(folder) == {**THREE, "one": "Text, 1.", "two": "Text, 2."}
        write_jsonl(folder / "many.jsonl", two="Text, 2!", three="Text, 3.")
        assert follow(folder) == {**THREE, "two": "Text, 2!", "three": "Text, 3."}
        (folder / "many.jsonl").unlink()
        assert follow(folder) == THREE

    def test_a_line_may_move_to_another_file(
        self, folder: Path, follow: Follow, write_jsonl: Callable[..., None]
    ) -> None:
        write_jsonl(folder / "x.jsonl", one="Text, 1.", two="Text, 2.")
        write_jsonl(folder / "y.jsonl", three="Text, 3.")
        before = follow(folder)
        write_jsonl(folder / "x.jsonl", two="Text, 2.")
        write_jsonl(folder / "y.jsonl", one="Text, 1.", three="Text, 3.")
        assert follow(folder) == before

    def test_an_id_given_twice_is_named_with_both_places_until_one_goes(
        self, folder: Path, follow: Follow, write_jsonl: Callable[..., None]
    ) -> None:
        write_jsonl(folder / "x.jsonl", one="Text, 1.")
        before = follow(folder)
        write_jsonl(folder / "y.jsonl", one="Text, 1.")
        for _ in range(2):
            with pytest.raises(DuplicateDocumentError, match=r"'one' .*x\.jsonl.*y\.jsonl"):
                corpus_index(folder)
        (folder / "y.jsonl").unlink()
        assert follow(folder) == before


NAMES = st.sampled_from(["a.txt", "b.txt", "c.txt", "d.txt", "e.txt", "sub/f.txt"])
CONTENTS = st.sampled_from([b"Text one.", b"Text two.", b"Text \xc3\xa9.", b"", None])


@pytest.mark.usefixtures("work")
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rounds=st.lists(st.tuples(st.dictionaries(NAMES, CONTENTS, max_size=3), st.booleans()), max_size=6))
def test_whatever_happens_to_the_files(
    tmp_path_factory: pytest.TempPathFactory, follow: Follow, forget: Callable[[], None], rounds: Any
) -> None:
    """The index has the documents that a new one would have."""
    folder = tmp_path_factory.mktemp("corpus")
    (folder / "always.txt").write_text("Text, always.")
    (folder / "sub").mkdir()
    for changes, restarted in rounds:
        for name, content in changes.items():
            (folder / name).unlink(missing_ok=True)
            if content is not None:
                (folder / name).write_bytes(content)
        if restarted:
            forget()
        assert follow(folder) == {document.id: document.text for document in load(folder).documents}
