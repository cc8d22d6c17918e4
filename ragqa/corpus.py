"""`ragqa.ask`: a question straight to a corpus. Its index is built once, kept, and follows the files' content.

An index is kept in the user's cache folder (or `RAGQA_CACHE_DIR`), with a record of every file it was made from.
Before each question the files are looked at again: one whose size and times are as recorded is unchanged, any
other is hashed, and only files of new content are read again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from ragqa import __version__
from ragqa.checksums import file_sha256
from ragqa.conversation import History
from ragqa.documents import load, load_file, scan
from ragqa.errors import (
    DuplicateDocumentError,
    IndexBusyError,
    IndexFolderError,
    UnknownDocumentError,
    UnreadableDocumentError,
)
from ragqa.index.folder import locked, read_manifest
from ragqa.pipeline import TOP_K, Index, Progress, Source
from ragqa.schema import Answer, Document

CACHE_VARIABLE = "RAGQA_CACHE_DIR"
INDEX, RECORD = "index", "files.json"
OPEN_INDEXES = 4  # kept open in this process
BUILD_SECONDS = 600.0  # waited for another process that builds or updates the same index
RECENT_NS = 2_000_000_000  # a file changed so shortly before it was recorded may change again unseen by its times


class FileState(BaseModel):
    """What a file was like when it was last looked at, and the documents it gave."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stat: tuple[int, int, int] = Field(
        description="Size, and times of the last change of content and of status, in ns."
    )
    settled: bool = Field(description="Whether another change would show in `stat`.")
    sha256: str
    documents: tuple[str, ...] = ()


UNSEEN = FileState(stat=(0, 0, 0), settled=False, sha256="not looked at yet")


class Record(BaseModel):
    """The files behind one generation of an index."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    generation: str | None
    files: dict[str, FileState]


def ask(
    question: str,
    corpus: Source | None = None,
    *,
    history: History = (),
    top_k: int = TOP_K,
    min_confidence: float | None = None,
) -> Answer:
    """Answer a question from a corpus, or abstain.

    Args:
        question: at most 2,000 characters.
        corpus: a folder, a file, a JSONL file, or documents; None for the corpus that ships with ragqa.
        history: the conversation so far, as for `Index.ask`.
        top_k: passages that are read.
        min_confidence: abstain below it; None for the value fitted with the reader.

    Raises:
        InvalidQuestionError, InvalidArgumentError: see `Index.ask`.
        NoDocumentsError, UnreadableDocumentError, DuplicateDocumentError: see `Index.build`.
    """
    return corpus_index(corpus).ask(question, history=history, top_k=top_k, min_confidence=min_confidence)


def default_corpus() -> Path:
    """The seed articles: inside the installed package, or beside it in a checkout."""
    inside = Path(__file__).parent / "seeds"
    return inside if inside.is_dir() else Path(__file__).parents[1] / "seeds"


def corpus_index(corpus: Source | None = None, *, progress: Progress | None = None) -> Index:
    """The up-to-date index of a corpus: from this process, from the cache folder, or newly built.

    Args:
        corpus: as for `ask`.
        progress: as for `Index.build`, called only when one is built.
    """
    if corpus is not None and not isinstance(corpus, (str, os.PathLike)):
        documents = load(corpus).documents
        key = hashlib.sha256(repr([document.model_dump() for document in documents]).encode()).hexdigest()
        return _remembered(key, lambda: _Fixed(documents)).current(progress)
    corpus = default_corpus() if corpus is None else corpus
    scan(corpus)  # so that a path that isn't there leaves nothing in the cache folder
    path = Path(os.fsdecode(corpus)).absolute()
    key = hashlib.sha256(os.fsencode(path)).hexdigest()[:24]
    return _remembered(key, lambda: _Watched(path, _home(key))).current(progress)


def cache_folder() -> Path:
    """Where the indexes of `ask` are kept."""
    from platformdirs import user_cache_path

    chosen = os.environ.get(CACHE_VARIABLE)
    return Path(chosen).absolute() if chosen else user_cache_path("ragqa") / "indexes"


def _home(key: str) -> Path | None:
    """A writable folder for one corpus; None where there can't be one, and the index stays in memory."""
    home = cache_folder() / key
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return home if os.access(home, os.W_OK) else None


_kept: OrderedDict[str, _Fixed | _Watched] = OrderedDict()
_kept_guard = threading.Lock()


def _remembered(key: str, make: Callable[[], _Fixed | _Watched]) -> _Fixed | _Watched:
    with _kept_guard:
        found = _kept.pop(key, None) or make()
        _kept[key] = found
        while len(_kept) > OPEN_INDEXES:
            _kept.popitem(last=False)
        return found


class _Fixed:
    """Documents in memory, which can't change."""

    def __init__(self, documents: list[Document]) -> None:
        self._documents = documents
        self._index: Index | None = None
        self._lock = threading.Lock()

    def current(self, progress: Progress | None) -> Index:
        with self._lock:
            if self._index is None:
                self._index = Index.build(self._documents, progress=progress)
            return self._index


class _Watched:
    """A path whose index follows its files.

    An index that was handed out is never changed: a new one takes its place, for threads that still ask the old one.
    """

    def __init__(self, path: Path, home: Path | None) -> None:
        self._path = path
        self._home = home
        self._index: Index | None = None
        self._record = Record(generation=None, files={})
        self._lock = threading.Lock()

    def current(self, progress: Progress | None) -> Index:
        with self._lock:
            try:
                with locked(self._home, BUILD_SECONDS) if self._home else contextlib.nullcontext():
                    self._index = self._updated(progress)
            except IndexBusyError:
                raise
            except (OSError, IndexFolderError):
                if self._home is None:
                    raise
                # the cache folder can't be used any more: full, read-only or gone
                self._home, self._index, self._record = None, None, Record(generation=None, files={})
                self._index = self._updated(progress)
            return self._index

    def _updated(self, progress: Progress | None) -> Index:
        index = self._reopened()
        files = dict(scan(self._path))
        now = {name: _look(file, self._record.files.get(name)) for name, file in files.items()}
        if index is None:
            index = self._build(now, progress)
        elif stale := _stale(self._record.files, now):
            index = self._follow(files, now, stale, progress)
        elif now != self._record.files:
            self._write(index, now)
        return index

    def _reopened(self) -> Index | None:
        """The index that this process or another has left, if it is whole and was made by this version."""
        if self._home is None:
            return self._index
        try:
            record = Record.model_validate_json((self._home / RECORD).read_text("utf-8"))
            manifest = read_manifest(self._home / INDEX)
            if manifest.ragqa != __version__:  # which may have read or cut the files in another way
                return None
            if self._index is not None and self._index.generation == record.generation == manifest.generation:
                return self._index
            index = Index.open(self._home / INDEX)
        except (OSError, ValueError, IndexFolderError):
            return None
        self._record = record
        return index if index.generation == record.generation and index.is_default else None

    def _build(self, now: dict[str, FileState], progress: Progress | None) -> Index:
        loaded = load(self._path)
        index = Index.build(loaded.documents, None if self._home is None else self._home / INDEX, progress=progress)
        index.skipped = tuple(loaded.skipped)
        late = dict.fromkeys(loaded.ids_by_file.keys() - now.keys(), UNSEEN)  # came while the others were looked at
        self._write(index, {n: _with(state, loaded.ids_by_file.get(n, ())) for n, state in (now | late).items()})
        return index

    def _follow(
        self, files: dict[str, Path], now: dict[str, FileState], stale: set[str], progress: Progress | None
    ) -> Index:
        """Read the changed files again."""
        if self._home is None or len(stale) > len(self._record.files) // 2:
            return self._build(now, progress)
        edited = Index.open(self._home / INDEX)
        gone = [
            document for name in stale & self._record.files.keys() for document in self._record.files[name].documents
        ]
        fresh: list[Document] = []
        try:
            for name in sorted(stale & now.keys()):
                documents = _read(files[name], name)
                now[name] = _with(now[name], [document.id for document in documents])
                fresh += documents
            if gone:
                edited.remove(gone)
            if fresh:
                edited.add(fresh)
        except (DuplicateDocumentError, UnknownDocumentError):
            return self._build(now, progress)  # which names both places, or puts it right
        if len(edited) == 0:
            return self._build(now, progress)  # which says why nothing can be read
        edited.save()
        self._write(edited, now)
        return edited

    def _write(self, index: Index, files: dict[str, FileState]) -> None:
        self._record = Record(generation=index.generation, files=files)
        if self._home is not None:
            temporary = self._home / f"{RECORD}.{os.getpid()}"
            temporary.write_text(self._record.model_dump_json(), "utf-8")
            temporary.replace(self._home / RECORD)


def _look(path: Path, before: FileState | None) -> FileState:
    """The state of a file now; its content is read only if its size or times say that it may have changed."""
    try:
        status = path.stat()
        stat = (status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        if before is not None and before.settled and before.stat == stat:
            return before
        settled = time.time_ns() - max(stat[1:]) > RECENT_NS
        digest = file_sha256(path)
    except OSError as error:
        return FileState(stat=(0, 0, 0), settled=False, sha256=f"unreadable: {error.strerror}")
    same = before is not None and before.sha256 == digest
    return FileState(stat=stat, settled=settled, sha256=digest, documents=before.documents if before and same else ())


def _stale(before: dict[str, FileState], now: dict[str, FileState]) -> set[str]:
    """Files that came, went, or have other content."""
    changed = {name for name in before.keys() & now.keys() if before[name].sha256 != now[name].sha256}
    return changed | (before.keys() ^ now.keys())


def _with(state: FileState, documents: Iterable[str]) -> FileState:
    return state.model_copy(update={"documents": tuple(documents)})


def _read(path: Path, name: str) -> list[Document]:
    try:
        return load_file(path, name)
    except UnreadableDocumentError:
        return []
