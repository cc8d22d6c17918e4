from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragqa.checksums import file_sha256
from ragqa.errors import DamagedIndexError, DuplicateDocumentError, UnknownDocumentError
from ragqa.index import store as store_module
from ragqa.index.store import FILE, Store
from ragqa.schema import Document, Passage

ODD_TEXTS = [
    "",
    "\0",
    "a\0b\0",
    "🦊👩‍👩‍👧 e\u0301 \U0010ffff",
    "one\r\ntwo\rthree\u2028four",
    "'; DROP TABLE documents; --",
]
odd = st.one_of(st.sampled_from(ODD_TEXTS), st.text(max_size=60))


def document(id: str, text: str = "some text") -> Document:
    return Document(id=id, text=text)


def cut(*documents: Document) -> list[Passage]:
    """Every document as two halves."""
    halves = []
    for d in documents:
        middle = len(d.text) // 2
        for start, end in ((0, middle), (middle, len(d.text))):
            halves.append(Passage(document_id=d.id, start=start, end=end, text=d.text[start:end]))
    return halves


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path, writable=True)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(odd, odd, odd, odd), max_size=4), st.lists(st.integers(0, 2**40), max_size=3))
def test_whatever_goes_in_comes_out(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str, str]], pages: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("store")
    given_documents = [
        Document(id=f"{i}{id}", text=text, title=title, source=source, page_starts=tuple(pages))
        for i, (id, text, title, source) in enumerate(rows)
    ]
    headed = [p.model_copy(update={"heading": d.title}) for d in given_documents for p in cut(d)]
    store = Store(folder, writable=True)
    numbers = store.add(given_documents, headed)
    store.close()
    reopened = Store(folder)
    assert [reopened.document(d.id) for d in given_documents] == given_documents
    assert reopened.passages(numbers) == headed
    assert reopened.ids() == [d.id for d in given_documents]
    assert reopened.counts() == (len(given_documents), len(headed))


def test_passages_come_in_the_order_asked_for(store: Store) -> None:
    passages = cut(document("a", "first second"), document("b", "third fourth"))
    numbers = store.add([document("a", "first second"), document("b", "third fourth")], passages)
    assert store.passages(numbers[::-1]) == passages[::-1]


@pytest.mark.parametrize(("second", "named"), [(["b", "a"], "a"), (["b", "c", "b"], "b")])
def test_a_duplicate_is_named_and_nothing_is_stored(store: Store, second: list[str], named: str) -> None:
    store.add([document("a")], cut(document("a")))
    with pytest.raises(DuplicateDocumentError, match=f"'{named}'"):
        store.add([document(id) for id in second], [])
    assert store.ids() == ["a"]


def test_an_unknown_id_is_named_and_nothing_is_removed(store: Store) -> None:
    store.add([document("a")], cut(document("a")))
    with pytest.raises(UnknownDocumentError, match="'nowhere'"):
        store.remove(["a", "nowhere"])
    with pytest.raises(UnknownDocumentError, match="'nowhere'"):
        store.document("nowhere")
    assert store.counts() == (1, 2)


def test_a_failed_addition_leaves_nothing(store: Store) -> None:
    with pytest.raises(KeyError):
        store.add([document("a")], cut(document("a"), document("of nobody")))
    assert store.counts() == (0, 0)
    assert store.add([document("a")], cut(document("a")))


def test_removal_gives_the_numbers_of_the_passages_that_went(store: Store) -> None:
    numbers = store.add([document("a"), document("b")], cut(document("a"), document("b")))
    store.document("a")  # a cached document must go as well
    assert store.remove(["a", "a"]) == numbers[:2]
    assert store.ids() == ["b"]
    with pytest.raises(UnknownDocumentError):
        store.document("a")
    with pytest.raises(DamagedIndexError, match=FILE):
        store.passages(numbers[:1])


def test_a_document_that_replaces_another_is_not_served_from_the_cache(store: Store) -> None:
    store.add([document("a", "old")], [])
    assert store.document("a").text == "old"
    store.remove(["a"])
    store.add([document("a", "new")], [])
    assert store.document("a").text == "new"


def test_numbers_are_never_used_again(tmp_path: Path) -> None:
    used: set[int] = set()
    for round in range(3):
        store = Store(tmp_path, writable=True)
        numbers = store.add([document("a"), document("b")], cut(document("a"), document("b")))
        assert min(numbers) > max(used, default=0), round
        used.update(numbers)
        store.remove(["b", "a"])
        store.close()


def test_the_cache_stays_within_its_limit(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "CACHED_CHARACTERS", 100)
    ids = [f"d{i}" for i in range(20)]
    store.add([document(id, id.ljust(30, ".")) for id in ids], [])
    for id in (*ids, *ids):
        assert store.document(id).text.startswith(id)
        assert store._cached_characters == sum(len(d.text) for d in store._cache.values()) <= 100
    assert len(store._cache) == 3
    store.remove(ids[-2:])
    assert store._cached_characters == sum(len(d.text) for d in store._cache.values()) == 30


def test_a_document_larger_than_the_cache_is_served(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "CACHED_CHARACTERS", 5)
    store.add([document("large", "x" * 50), document("small", "y")], [])
    assert [len(store.document(id).text) for id in ("large", "small", "large")] == [50, 1, 50]


def test_what_was_used_last_stays_longest(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "CACHED_CHARACTERS", 2)
    store.add([document(id, id) for id in "abc"], [])
    for id in "abac":
        store.document(id)
    assert [d.id for d in store._cache.values()] == ["a", "c"]


@pytest.mark.parametrize("limit", [1000, 1])
def test_the_cache_saves_reading_a_document_for_each_of_its_passages(
    store: Store, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(store_module, "CACHED_CHARACTERS", limit)
    numbers = store.add([document("a")], cut(document("a")) * 5)
    rows, read = store._rows, []
    monkeypatch.setattr(store, "_rows", lambda query, values=(): read.append(query) or rows(query, values))
    store.passages(numbers)
    assert sum("FROM documents" in query for query in read) == 1


def test_a_store_opened_to_read_changes_nothing_on_disk(tmp_path: Path) -> None:
    writable = Store(tmp_path, writable=True)
    numbers = writable.add([document("a")], cut(document("a")))
    writable.close()
    before = file_sha256(tmp_path / FILE)
    store = Store(tmp_path)
    store.passages(numbers)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        store.add([document("b")], [])
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
    assert file_sha256(tmp_path / FILE) == before


def test_a_missing_file_is_named_and_not_created(tmp_path: Path) -> None:
    with pytest.raises(DamagedIndexError, match=rf"{FILE}.*build the index again"):
        Store(tmp_path)
    assert not (tmp_path / FILE).exists()


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no database at all" * 100)
    with pytest.raises(DamagedIndexError, match=rf"{FILE}.*build the index again"):
        Store(tmp_path).ids()


def test_a_folder_name_may_hold_what_means_something_in_a_uri(tmp_path: Path) -> None:
    folder = tmp_path / "50% of what? #1 é"
    folder.mkdir()
    Store(folder, writable=True).add([document("a")], [])
    assert Store(folder).ids() == ["a"]
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]


def test_many_threads_may_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "CACHED_CHARACTERS", 100)  # so that the cache is always changing
    added = [document(f"d{i}", f"text of {i} " * 5) for i in range(30)]
    writable = Store(tmp_path, writable=True)
    numbers = writable.add(added, cut(*added))
    writable.close()
    store = Store(tmp_path)

    def read(first: int) -> bool:
        order = added[first:] + added[:first]
        return [store.document(d.id) for d in order] == order and store.passages(numbers) == cut(*added)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(read, range(30)))
    assert store._cached_characters == sum(len(d.text) for d in store._cache.values())
