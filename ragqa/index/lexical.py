"""Passages by their words: BM25 in a tantivy index (see docs/engines.md for why tantivy)."""

from __future__ import annotations

import os
import tempfile
import unicodedata
from collections.abc import Iterable
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from ragqa.errors import DamagedIndexError
from ragqa.index.ranking import best

if TYPE_CHECKING:
    import tantivy

FOLDER = "lexical"
TITLE_BOOST = 0.1
HEAP_BYTES = 64_000_000
LONGEST_WORD = 40
MOST_TERMS = 64  # of a question; a longer one is cut, its end kept


class Lexical:
    """Two fields, title (of the document, and heading) and body; the words are folded to ASCII and stemmed.

    Texts are composed (NFC) first, as the tokenizer would cut a word at a combining mark.
    """

    def __init__(self, folder: Path, *, create: bool = False) -> None:
        """Open `folder/lexical`, or create it empty."""
        import tantivy

        path = folder / FOLDER
        try:
            if create:
                path.mkdir()
                schema = tantivy.SchemaBuilder().add_unsigned_field("number", indexed=True, fast=True)
                for field in ("title", "body"):
                    schema = schema.add_text_field(field, tokenizer_name="words", index_option="freq")
                self._index = tantivy.Index(schema.build(), path=str(path))
            else:
                self._index = tantivy.Index.open(str(self._lockable(path)))
        except Exception as error:
            raise DamagedIndexError(f"{path}: tantivy can't read it ({error}); build the index again") from error
        self._index.register_tokenizer("words", self._words)
        self._writer: tantivy.IndexWriter | None = None
        self._refresh()

    @cached_property
    def _words(self) -> tantivy.TextAnalyzer:
        return self._analyzer(stopwords=False)

    @cached_property
    def _content_words(self) -> tantivy.TextAnalyzer:
        return self._analyzer(stopwords=True)

    @staticmethod
    def _analyzer(*, stopwords: bool) -> tantivy.TextAnalyzer:
        from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

        builder = TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.remove_long(LONGEST_WORD))
        builder = builder.filter(Filter.lowercase()).filter(Filter.ascii_fold())
        if stopwords:
            builder = builder.filter(Filter.stopword("english"))
        return builder.filter(Filter.stemmer("english")).build()

    def _lockable(self, path: Path) -> Path:
        """tantivy takes a lock through a file beside its own, even to read: on read-only media beside links to them."""
        if os.access(path, os.W_OK):
            return path
        self._links = tempfile.TemporaryDirectory(prefix="ragqa-")
        for file in path.iterdir():
            if file.suffix != ".lock":
                (Path(self._links.name) / file.name).symlink_to(file.resolve())
        return Path(self._links.name)

    def add(self, rows: Iterable[tuple[int, str, str]]) -> None:
        """Add (number, title, body) rows; they are searchable after `commit`."""
        import tantivy

        writer = self._open_writer()
        for number, title, body in rows:
            document = tantivy.Document()
            document.add_unsigned("number", number)
            document.add_text("title", unicodedata.normalize("NFC", title))
            document.add_text("body", unicodedata.normalize("NFC", body))
            writer.add_document(document)

    def remove(self, numbers: Iterable[int]) -> None:
        """Delete rows; they are found until `commit`."""
        from tantivy import Query

        writer = self._open_writer()
        for number in numbers:  # by query: tantivy 0.27 finds no term of an unsigned field
            writer.delete_documents_by_query(Query.term_query(self._index.schema, "number", number))

    def commit(self) -> None:
        """Make additions and deletions searchable and end the writer."""
        if self._writer is not None:
            self._writer.commit()
            self._writer.wait_merging_threads()
            self._writer = None
            self._index.reload()
            self._refresh()

    def search(self, question: str, k: int) -> list[tuple[int, float]]:
        """The k best (number, BM25 score), best first; ties go to the lower number."""
        from tantivy import Occur, Query

        question = unicodedata.normalize("NFC", question)
        terms = (self._content_words.analyze(question) or self._words.analyze(question))[-MOST_TERMS:]
        if not terms:
            return []
        schema = self._index.schema
        clauses = []
        for term in dict.fromkeys(terms):
            body = Query.term_query(schema, "body", term, index_option="freq")
            title = Query.term_query(schema, "title", term, index_option="freq")
            clauses += [(Occur.Should, body), (Occur.Should, Query.boost_query(title, TITLE_BOOST))]
        query = Query.boolean_query(clauses)
        return best(partial(self._hits, query), k, self._searcher.num_docs)

    def _hits(self, query: tantivy.Query, count: int) -> list[tuple[int, float]]:
        try:
            hits = self._searcher.search(query, limit=count, count=False).hits
        except ValueError as error:
            raise DamagedIndexError(f"the lexical index can't be read ({error}); build the index again") from error
        numbers = self._searcher.fast_field_values("number", [address for _, address in hits])
        return [(int(n), float(s)) for n, (s, _) in zip(numbers, hits, strict=True) if n is not None]

    def _open_writer(self) -> tantivy.IndexWriter:
        if self._writer is None:
            # one thread: the same input gives the same segments, hence the same scores
            self._writer = self._index.writer(heap_size=HEAP_BYTES, num_threads=1)
        return self._writer

    def _refresh(self) -> None:
        self._searcher = self._index.searcher()
