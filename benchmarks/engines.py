"""Lexical search engines side by side: SQLite FTS5, tantivy and bm25s over the same passages.

    python benchmarks/engines.py --squad dev-*.json.gz --passages 100000

The passages are the paragraphs of the SQuAD files, padded by recombining their sentences; the questions are
theirs too. Each step of each engine runs in a process of its own, so that memory is measured apart and opening
is cold. Needs tantivy, bm25s and PyStemmer. The results are discussed in docs/engines.md.
"""

from __future__ import annotations

import argparse
import functools
import gzip
import importlib.metadata
import itertools
import json
import multiprocessing
import os
import platform
import random
import re
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import Stemmer

SEED, QUESTIONS, EDITS, TOP = 7, 500, 1_000, 50
VOCABULARY = """
CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab('main', 'words', 'row');
CREATE VIRTUAL TABLE temp.scratch USING fts5(word, tokenize='porter unicode61');
CREATE VIRTUAL TABLE temp.stems USING fts5vocab('temp', 'scratch', 'row');
"""

Row = tuple[int, str, str]  # id, title, text


class Fts5:
    """An external-content table: the passages stand once, in an ordinary table that a store needs anyway."""

    def __init__(self, rare: bool = False) -> None:
        self.rare = rare  # ask only for the terms that at most a tenth of the passages hold

    def build(self, folder: Path, rows: Iterable[Row]) -> None:
        self.db = sqlite3.connect(folder / "index.sqlite")
        self.db.execute("CREATE TABLE passages(id INTEGER PRIMARY KEY, title TEXT, body TEXT)")
        columns = "title, body, content='passages', content_rowid='id', tokenize='porter unicode61'"
        self.db.execute(f"CREATE VIRTUAL TABLE words USING fts5({columns})")
        self.db.executemany("INSERT INTO passages VALUES (?, ?, ?)", rows)
        self.db.commit()
        self.store = size(folder), time.perf_counter()  # the others keep no text: only the index counts
        self.db.execute("INSERT INTO words(words) VALUES ('rebuild'), ('optimize')")
        self.db.commit()
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.close()

    def open(self, folder: Path) -> None:
        self.db = sqlite3.connect(folder / "index.sqlite")
        if self.rare:  # FTS5 shows its stems only through a table, so the question's words go into one
            self.db.executescript(VOCABULARY)
            found = self.db.execute("SELECT term FROM vocabulary WHERE doc > (SELECT max(id) / 10 FROM passages)")
            self.common = {row[0] for row in found}

    @functools.cache  # noqa: B019 (one engine lives as long as its process)
    def is_common(self, word: str) -> bool:
        self.db.execute("INSERT OR REPLACE INTO temp.scratch(rowid, word) VALUES (1, ?)", (word,))
        return all(row[0] in self.common for row in self.db.execute("SELECT term FROM stems"))

    def search(self, question: str) -> list[int]:
        terms = list(dict.fromkeys(re.findall(r"\w+", question.lower())))
        if self.rare:
            terms = [term for term in terms if not self.is_common(term)] or terms
        match = " OR ".join(f'"{term}"' for term in terms)
        best = "SELECT rowid FROM words WHERE words MATCH ? ORDER BY rank LIMIT ?"
        return [row[0] for row in self.db.execute(best, (match, TOP))]

    def edit(self, new: list[Row], gone: list[int]) -> None:
        forget = "INSERT INTO words(words, rowid, title, body) SELECT 'delete', * FROM passages WHERE id = ?"
        old = [(number,) for number in gone]
        with self.db:  # an external-content table must be told the text that goes
            self.db.executemany(forget, old)
            self.db.executemany("DELETE FROM passages WHERE id = ?", old)
            self.db.executemany("INSERT INTO passages VALUES (?, ?, ?)", new)
            self.db.executemany("INSERT INTO words(rowid, title, body) VALUES (?, ?, ?)", new)


class Tantivy:
    """Title and body indexed without positions and not stored; the query is made of terms, never parsed."""

    def __init__(self, threads: int) -> None:
        self.threads = threads  # 0: one for each core

    def build(self, folder: Path, rows: Iterable[Row]) -> None:
        schema = self.library.SchemaBuilder().add_integer_field("id", stored=True, indexed=True, fast=True)
        for field in ("title", "body"):
            schema.add_text_field(field, tokenizer_name="en_stem", index_option="freq")
        self.index = self.library.Index(schema.build(), path=str(folder))
        self.edit(rows, [])

    def open(self, folder: Path) -> None:
        self.index = self.library.Index.open(str(folder))
        self.searcher = self.index.searcher()
        kinds = self.library.Filter
        words = self.library.TextAnalyzerBuilder(self.library.Tokenizer.simple()).filter(kinds.remove_long(40))
        self.analyser = words.filter(kinds.lowercase()).filter(kinds.stemmer("english")).build()  # as "en_stem"

    def search(self, question: str) -> list[int]:
        schema, should, query = self.index.schema, self.library.Occur.Should, self.library.Query
        pairs = itertools.product(dict.fromkeys(self.analyser.analyze(question)), ("title", "body"))
        terms = [(should, query.term_query(schema, field, term, index_option="freq")) for term, field in pairs]
        hits = self.searcher.search(query.boolean_query(terms), TOP, count=False).hits  # a count visits every match
        return self.searcher.fast_field_values("id", [address for _, address in hits])

    def edit(self, new: Iterable[Row], gone: list[int]) -> None:
        writer = self.index.writer(128_000_000, self.threads)
        for number in gone:
            writer.delete_documents_by_term("id", number)
        for number, title, body in new:
            writer.add_document(self.library.Document(id=number, title=title, body=body))
        writer.commit()
        writer.wait_merging_threads()
        self.index.reload()
        self.searcher = self.index.searcher()


class Bm25s:
    """A matrix of scores, made whole: an edit makes it again."""

    def build(self, folder: Path, rows: Iterable[Row]) -> None:
        rows = list(rows)
        self.model = self.library.BM25()
        self.model.index(self.tokens([f"{title} {text}" for _, title, text in rows]), show_progress=False)
        self.model.save(folder, show_progress=False)
        (folder / "ids.json").write_text(json.dumps([row[0] for row in rows]))

    def tokens(self, texts: list[str]) -> Any:
        stemmer = Stemmer.Stemmer("english")
        return self.library.tokenize(texts, stopwords="en", stemmer=stemmer, show_progress=False)

    def open(self, folder: Path) -> None:
        self.folder = folder
        self.model = self.library.BM25.load(folder, show_progress=False)
        self.ids = json.loads((folder / "ids.json").read_text())

    def search(self, question: str) -> list[int]:
        numbers, _ = self.model.retrieve(self.tokens([question]), k=TOP, show_progress=False)
        return [self.ids[number] for number in numbers[0]]

    def edit(self, new: list[Row], gone: list[int]) -> None:
        kept = set(self.ids).difference(gone)
        known = corpus(self.folder.parent, 0, max(self.ids) + 1)
        self.build(self.folder, [*(row for row in known if row[0] in kept), *new])
        self.open(self.folder)


ENGINES: dict[str, tuple[str, Any]] = {  # the module to import, and the engine
    "fts5": ("sqlite3", Fts5()),
    "fts5-rare": ("sqlite3", Fts5(rare=True)),
    "tantivy": ("tantivy", Tantivy(threads=1)),
    "tantivy-cores": ("tantivy", Tantivy(threads=0)),
    "bm25s": ("bm25s", Bm25s()),
}


def make_corpus(files: list[Path], folder: Path, count: int) -> None:
    """Write `count` passages and the ones to add later, and the questions with the id of their paragraph."""
    chance = random.Random(SEED)
    rows: list[tuple[str, str]] = []
    asked: list[tuple[str, int]] = []
    for file in files:
        text = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        for article in json.loads(text)["data"]:
            for paragraph in article["paragraphs"]:
                asked += [(entry["question"], len(rows)) for entry in paragraph["qas"] if len(rows) < count]
                rows.append((article.get("title", "").replace("_", " "), paragraph["context"]))
    cut = [re.split(r"(?<=[.!?])\s+", text) for _, text in rows]
    sentences = [sentence for each in cut for sentence in each]
    while len(rows) < count + EDITS:
        rows.append((chance.choice(rows)[0], " ".join(chance.choices(sentences, k=len(chance.choice(cut))))))
    with (folder / "corpus.jsonl").open("w", encoding="utf-8") as out:
        out.writelines(json.dumps((number, *row)) + "\n" for number, row in enumerate(rows[: count + EDITS]))
    (folder / "questions.json").write_text(json.dumps(chance.sample(asked, min(QUESTIONS, len(asked)))))


def corpus(folder: Path, start: int, stop: int) -> Iterator[Row]:
    with (folder / "corpus.jsonl").open(encoding="utf-8") as lines:
        yield from (tuple(json.loads(line)) for number, line in enumerate(lines) if start <= number < stop)


def size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir())


def memory() -> float:
    """Peak resident memory of this process so far in MB, mapped files included; nan where there is no /proc."""
    status = Path("/proc/self/status")
    return int(re.search(r"VmHWM:\s+(\d+)", status.read_text())[1]) / 1024 if status.exists() else float("nan")


def evict(folder: Path) -> None:
    """Ask the system to forget the files, so that opening reads them from the disk."""
    for file in folder.iterdir() if hasattr(os, "posix_fadvise") else ():
        with file.open("rb+") as opened:
            os.fsync(opened.fileno())
            os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def load(name: str) -> Any:
    module, engine = ENGINES[name]
    engine.library = importlib.import_module(module)
    return engine


def build(name: str, folder: Path, count: int) -> dict[str, float]:
    folder.mkdir()
    before = memory()
    engine = load(name)
    engine.store = 0, time.perf_counter()  # bytes and time of the start of the index
    engine.build(folder, corpus(folder.parent, 0, count))
    seconds, kept = time.perf_counter() - engine.store[1], size(folder) - engine.store[0]
    return {"build s": seconds, "size MB": kept / 1e6, "build peak MB": memory() - before}


def ask(name: str, folder: Path, count: int) -> dict[str, float]:
    asked = json.loads((folder.parent / "questions.json").read_text())
    evict(folder)
    before, start = memory(), time.perf_counter()
    engine = load(name)
    imported = time.perf_counter()
    engine.open(folder)
    engine.search(asked[0][0])
    opened = time.perf_counter()
    times, ranks = [], []
    for question, right in asked:
        begin = time.perf_counter()
        ids = engine.search(question)
        times.append((time.perf_counter() - begin) * 1e3)
        ranks.append(ids.index(right) if right in ids else count)
    return {
        "import ms": (imported - start) * 1e3,
        "open and first question ms": (opened - imported) * 1e3,
        "question p50 ms": statistics.median(times),
        "question p95 ms": statistics.quantiles(times, n=20)[-1],
        "ask peak MB": memory() - before,
        "recall@10": sum(rank < 10 for rank in ranks) / len(ranks),
        f"recall@{TOP}": sum(rank < TOP for rank in ranks) / len(ranks),
    }


def edit(name: str, folder: Path, count: int) -> dict[str, float]:
    engine = load(name)
    engine.open(folder)
    new = list(corpus(folder.parent, count, count + EDITS))
    number, _, text = new[-1]
    gone = [*random.Random(SEED).sample(range(count), EDITS - 1), number]
    figures = {}
    for what, rows, ids in (("add", new, []), ("delete", [], gone)):
        start = time.perf_counter()
        engine.edit(rows, ids)
        figures[f"{what} {EDITS} s"] = time.perf_counter() - start
        if (number in engine.search(text)) != bool(rows):
            raise RuntimeError("an added passage is not found, or a deleted one is")
    return figures


def report(results: dict[str, dict[str, float]]) -> str:
    versions = {name: importlib.metadata.version(name) for name in ("tantivy", "bm25s", "PyStemmer", "numpy")}
    versions |= {"Python": platform.python_version(), "SQLite": sqlite3.sqlite_version, "cores": os.cpu_count()}
    lines = [", ".join(f"{name} {version}" for name, version in versions.items()), ""]
    lines += [f"| | {' | '.join(results)} |", "| --- |" + " ---: |" * len(results)]
    for key in next(iter(results.values())):
        shown = (f"{row[key]:.{3 if row[key] < 1 else 1 if row[key] < 100 else 0}f}" for row in results.values())
        lines.append(f"| {key} | {' | '.join(shown)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--squad", type=Path, nargs="+", required=True, help="SQuAD 1.1 files, .json or .json.gz")
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    options = parser.parse_args()
    results: dict[str, dict[str, float]] = {name: {} for name in options.engines}
    with tempfile.TemporaryDirectory() as made:
        make_corpus(options.squad, Path(made), options.passages)
        for name, step in itertools.product(options.engines, (build, ask, edit)):
            with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
                results[name] |= process.submit(step, name, Path(made, name), options.passages).result()
    print(report(results))


if __name__ == "__main__":
    main()
