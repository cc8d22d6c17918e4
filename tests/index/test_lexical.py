from __future__ import annotations

import os
import tempfile
import unicodedata
from pathlib import Path

import pytest

from ragqa.errors import DamagedIndexError
from ragqa.index.lexical import FOLDER, LONGEST_WORD, MOST_TERMS, Lexical

Row = tuple[int, str, str]
ROWS: list[Row] = [
    (1, "Foxes", "The quick brown fox was jumping over the lazy dogs."),
    (2, "Coffee", "A café in Zürich, with crème brûlée and naïve prices."),
    (3, "Contracts", "Agreements were signed by the companies on Monday."),
    (4, "", "It is what it is, and that is that."),
    (5, "Numbers", "The fee is 1,250.50 euros for order AB-1234."),
]


def filled(folder: Path, rows: list[Row]) -> Lexical:
    lexical = Lexical(folder, create=True)
    lexical.add(rows)
    lexical.commit()
    return lexical


@pytest.fixture(scope="module")
def lexical(tmp_path_factory: pytest.TempPathFactory) -> Lexical:
    return filled(tmp_path_factory.mktemp("lexical"), ROWS)


def found(lexical: Lexical, question: str, k: int = 10) -> list[int]:
    return [number for number, _ in lexical.search(question, k)]


@pytest.mark.parametrize(
    ("question", "number"),
    [
        ("Which fox jumps?", 1),
        ("DOG", 1),
        ("the cafes", 2),
        ("zurich", 2),
        ("CRÈME", 2),
        ("brulees", 2),
        ("signing an agreement", 3),
        ("company", 3),
        ("1234", 5),
        ("ab-1234?", 5),
    ],
)
def test_words_are_found_in_other_forms(lexical: Lexical, question: str, number: int) -> None:
    assert found(lexical, question) == [number]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_composed_and_decomposed_letters_are_the_same(lexical: Lexical, tmp_path: Path, form: str) -> None:
    assert found(lexical, unicodedata.normalize(form, "brûlée")) == [2]
    other = filled(tmp_path, [(9, unicodedata.normalize(form, "Ångström"), unicodedata.normalize(form, "naïveté"))])
    assert found(other, "angstrom") == found(other, "naïveté") == [9]


def test_a_title_counts_but_less_than_the_body(tmp_path: Path) -> None:
    lexical = filled(tmp_path, [(1, "nothing", "wolf"), (2, "wolf", "nothing"), (3, "wolf", "wolf"), (4, "x", "y")])
    assert found(lexical, "wolf") == [3, 1, 2]


def test_a_question_of_stop_words_only_is_searched_for_as_it_is(lexical: Lexical) -> None:
    assert found(lexical, "is it that?")[0] == 4


def test_stop_words_don_t_count_beside_others(lexical: Lexical) -> None:
    assert found(lexical, "is it that this is a fox") == [1]


@pytest.mark.parametrize(
    "question", ["", " ", "?!.,;:-()", "🦊", "\0", "—…“”", "\u0301", "\n\t", "x" * (LONGEST_WORD + 1)]
)
def test_a_question_without_words_finds_nothing(lexical: Lexical, question: str) -> None:
    assert lexical.search(question, 10) == []


@pytest.mark.parametrize(
    "question",
    [
        'fox "',
        "(fox",
        "fox)",
        "body:fox",
        "+fox -dog",
        "fox AND NOT lazy",
        "fox^1000 OR *",
        "/fox/",
        "[fox TO dog}",
        "fox~2",
        "\\fox\\",
        "fox\0",
        "🦊fox🦊",
    ],
)
def test_no_character_has_a_meaning_of_its_own(lexical: Lexical, question: str) -> None:
    assert found(lexical, question) == [1]


def test_a_very_long_question_is_answered_by_its_end(lexical: Lexical) -> None:
    filler = " ".join(f"filler{i}" for i in range(10_000))
    assert len(filler) > 100_000
    assert found(lexical, f"{filler} fox") == [1]
    assert found(lexical, f"fox {filler}") == []
    assert found(lexical, " ".join(["fox", *(f"filler{i}" for i in range(MOST_TERMS - 1))])) == [1]
    assert found(lexical, "fox" + "x" * 100_000 + " dog") == [1]


def test_a_word_said_twice_counts_once(lexical: Lexical) -> None:
    assert lexical.search("fox fox foxes", 5) == lexical.search("fox", 5)


def test_changes_show_after_a_commit_only(tmp_path: Path) -> None:
    lexical = filled(tmp_path, ROWS)
    lexical.remove([1])
    lexical.add([(6, "", "another fox")])
    assert found(lexical, "fox") == [1]
    lexical.commit()
    assert found(lexical, "fox") == found(Lexical(tmp_path), "fox") == [6]


def test_a_commit_without_changes_does_nothing(tmp_path: Path) -> None:
    lexical = filled(tmp_path, ROWS)
    before = {path.name for path in (tmp_path / FOLDER).iterdir()}
    lexical.commit()
    assert {path.name for path in (tmp_path / FOLDER).iterdir()} == before


@pytest.mark.parametrize("commits", [1, 20])
def test_what_was_removed_is_found_no_more(tmp_path: Path, commits: int) -> None:
    lexical = Lexical(tmp_path, create=True)
    for commit in range(commits):
        lexical.add([(commit * 10 + i, "hello", "hello world") for i in range(3)])
        lexical.commit()
    everything = found(lexical, "hello", 1000)
    gone = everything[::2]
    lexical.remove(gone)
    lexical.commit()
    assert found(lexical, "hello", 1000) == found(Lexical(tmp_path), "hello", 1000) == everything[1::2]
    lexical.remove(everything)
    lexical.commit()
    assert lexical.search("hello", 5) == []


def test_ties_go_to_the_lower_number_whichever_commit_it_came_with(tmp_path: Path) -> None:
    lexical = Lexical(tmp_path, create=True)
    for number in range(20, 0, -1):  # as many commits as make tantivy merge some, and reorder them
        lexical.add([(number, "title", "hello world")])
        lexical.commit()
    for k in (1, 5, 19, 20):
        assert found(lexical, "hello", k) == list(range(1, k + 1))


def test_any_number_of_results_may_be_asked_for(lexical: Lexical, tmp_path: Path) -> None:
    assert found(lexical, "fox", 10**12) == [1]
    assert Lexical(tmp_path, create=True).search("fox", 10) == []


def test_two_builds_rank_alike(tmp_path: Path) -> None:
    words = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta"]
    rows = [(i, words[i % 3], " ".join(words[(i * j) % 8] for j in range(1, 3 + i % 11))) for i in range(400)]
    rankings = []
    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        lexical = filled(folder, rows[:250])
        lexical.remove(range(0, 100, 7))
        lexical.add(rows[250:])
        lexical.commit()
        rankings.append([lexical.search(" ".join(words[:n]), 50) for n in range(1, 8)])
    assert rankings[0] == rankings[1]
    assert len(rankings[0][0]) == 50


def test_reading_leaves_the_index_as_it_is_where_it_can_t_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The superuser may write anywhere, so the answer of the system is replaced as well as the permissions."""
    filled(tmp_path, ROWS)
    folder = tmp_path / FOLDER
    for lock in folder.glob("*.lock"):
        lock.unlink()
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    links = tmp_path / "links"
    links.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(links))
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK and access(path, mode))
    folder.chmod(0o555)
    try:
        lexical = Lexical(tmp_path)
        assert found(lexical, "fox") == [1]
        assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before
        del lexical
        assert not list(links.iterdir())
    finally:
        folder.chmod(0o755)


@pytest.mark.parametrize("harm", ["no folder", "no meta.json", "broken meta.json", "no segment"])
def test_what_tantivy_can_t_read_is_named(tmp_path: Path, harm: str) -> None:
    filled(tmp_path, ROWS)
    folder = tmp_path / FOLDER
    if harm == "no folder":
        folder.rename(tmp_path / "elsewhere")
    elif harm == "no meta.json":
        (folder / "meta.json").unlink()
    elif harm == "broken meta.json":
        (folder / "meta.json").write_text("{")
    else:
        next(folder.glob("*.store")).unlink()
    with pytest.raises(DamagedIndexError, match=rf"{FOLDER}.*build the index again"):
        Lexical(tmp_path)
