"""The index folder on disk: one manifest that names one generation of files, replaced atomically.

    my.index/
      manifest.json        names the current generation, with the size and checksum of each of its files
      gen-000003/          store.sqlite, vectors.faiss, lexical/

A generation never changes after it is published. A writer prepares the next one in a `work-*` folder, syncs it,
renames it, and only then replaces the manifest: whoever opens the folder sees the old index or the new one, whole,
and whoever has the old one open keeps it. What a killed writer leaves behind is removed by the next one.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import socket
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from ragqa.checksums import file_sha256
from ragqa.chunking import ChunkSettings
from ragqa.errors import (
    DamagedIndexError,
    IndexBusyError,
    IndexExistsError,
    IndexFolderError,
    IndexNotFoundError,
    IndexVersionError,
)

FORMAT = 1
MANIFEST = "manifest.json"
LOCK = ".lock"
LOCK_SECONDS = 10.0
CHECKED_BYTES = 256_000_000  # a larger index is checked by size on opening, and in full by `verify`


class FileRecord(BaseModel):
    """Size and SHA-256 of a file of a generation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bytes: int
    sha256: str


class EmbeddingRecord(BaseModel):
    """The model that made the vectors."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    fingerprint: str
    dimension: int


class Manifest(BaseModel):
    """What is in the folder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int
    generation: str
    ragqa: str
    embedding: EmbeddingRecord
    chunking: ChunkSettings
    documents: int
    passages: int
    vectors: str
    files: dict[str, FileRecord]

    @property
    def number(self) -> int:
        return int(self.generation.removeprefix("gen-"))


def read_manifest(folder: Path) -> Manifest:
    """Read and check the manifest.

    Raises:
        IndexNotFoundError: there is none.
        IndexVersionError: it is of another format version.
        DamagedIndexError: it can't be understood.
    """
    path = folder / MANIFEST
    try:
        content: Any = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise IndexNotFoundError(
            f"{folder}: no index there; make one with ragqa.Index.build or `ragqa index`"
        ) from None
    except (OSError, ValueError) as error:
        raise DamagedIndexError(f"{path}: can't be read ({error}); build the index again") from error
    version = content.get("format") if isinstance(content, dict) else None
    if isinstance(version, int) and version != FORMAT:
        raise IndexVersionError(
            f"{folder}: written in index format {version}, this ragqa reads format {FORMAT}; build the index again, "
            "or install the version of ragqa that wrote it"
        )
    try:
        manifest = Manifest.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        raise DamagedIndexError(
            f"{path}: not a manifest ({'.'.join(map(str, first['loc']))}: {first['msg']}); build the index again"
        ) from error
    if not re.fullmatch(r"gen-\d{6,}", manifest.generation):
        raise DamagedIndexError(f"{path}: no such generation name: {manifest.generation!r}; build the index again")
    return manifest


def verify(folder: Path, manifest: Manifest, *, full: bool | None = None) -> None:
    """Compare the files of the current generation with the manifest.

    Args:
        full: read every byte; None does so when the files are small enough for it not to be felt.

    Raises:
        DamagedIndexError: a file is missing, of another size, or (in full) of other content.
    """
    if full is None:
        full = sum(record.bytes for record in manifest.files.values()) <= CHECKED_BYTES
    for name, record in manifest.files.items():
        path = folder / manifest.generation / name
        try:
            if path.stat().st_size != record.bytes:
                problem = f"has {path.stat().st_size:,} bytes instead of {record.bytes:,}"
            elif full and file_sha256(path) != record.sha256:
                problem = "has changed since it was written"
            else:
                continue
        except OSError as error:
            problem = f"can't be read ({error.strerror})"
        raise DamagedIndexError(f"{path}: {problem}; the index is damaged, build it again")


def new_work_folder(parent: Path) -> Path:
    """A private folder beside the generations in which the next one is prepared."""
    work = parent / f"work-{_host()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    try:
        work.mkdir(parents=True)
    except OSError as error:
        raise IndexFolderError(f"{parent}: an index can't be written there ({error.strerror})") from error
    return work


def check_target(folder: Path) -> None:
    """Refuse to write an index into a folder that holds something else.

    Raises:
        IndexExistsError: it does.
    """
    if folder.is_dir():
        foreign = next((p.name for p in folder.iterdir() if not _is_ours(p.name)), None)
        if foreign is None or (folder / MANIFEST).is_file():
            return
        raise IndexExistsError(f"{folder}: holds {foreign!r}, which is no part of an index; choose another path")
    if folder.exists() or folder.is_symlink():
        raise IndexExistsError(f"{folder}: a file is in the way; choose another path")


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One writer at a time.

    Raises:
        IndexBusyError: another one holds the lock for longer than `LOCK_SECONDS`.
    """
    from filelock import FileLock, Timeout

    try:
        with FileLock(str(folder / LOCK), timeout=LOCK_SECONDS):
            yield
    except Timeout:
        raise IndexBusyError(f"{folder}: another process is writing this index; try again when it is done") from None


def publish(folder: Path, work: Path, base: int | None, **described: Any) -> Manifest:
    """Turn a prepared work folder into the current generation.

    Args:
        folder: the index folder.
        work: what `new_work_folder(folder)` gave, filled and closed.
        base: number of the generation that the work started from; None to replace whatever is there.
        described: the fields of the manifest other than format, generation and files.

    Raises:
        IndexBusyError: somebody else published in the meantime, or is doing so.
    """
    files = {name: FileRecord(bytes=path.stat().st_size, sha256=file_sha256(path)) for name, path in _files(work)}
    for path in (*(path for _, path in _files(work)), *(p for p in work.rglob("*") if p.is_dir()), work):
        _sync(path)
    with locked(folder):
        current = _current_number(folder)
        if base is not None and current != base:
            raise IndexBusyError(
                f"{folder}: another process has changed this index since it was opened; open it again and repeat"
            )
        generation = f"gen-{1 + max([current, *_generation_numbers(folder)]):06d}"
        manifest = Manifest(format=FORMAT, generation=generation, files=files, **described)
        work.rename(folder / generation)
        _sync(folder)
        temporary = folder / f"{MANIFEST}.{os.getpid()}"
        temporary.write_text(manifest.model_dump_json(indent=2), "utf-8")
        _sync(temporary)
        temporary.replace(folder / MANIFEST)
        _sync(folder)
        _collect_garbage(folder, generation)
    return manifest


def _current_number(folder: Path) -> int:
    try:
        return read_manifest(folder).number
    except IndexFolderError:  # none yet, damaged or foreign: to be replaced
        return 0


def _generation_numbers(folder: Path) -> list[int]:
    names = (path.name.removeprefix("gen-") for path in folder.glob("gen-*"))
    return [int(name) for name in names if name.isdigit()]


def _collect_garbage(folder: Path, keep: str) -> None:
    """Remove older generations, and what writers of this machine that no longer live have left."""
    for path in folder.iterdir():
        dead = path.name.startswith("gen-") and path.name != keep
        if path.name.startswith("work-"):
            host, _, pid = path.name.removeprefix("work-").rsplit("-", 1)[0].rpartition("-")
            dead = host == _host() and not _alive(pid)
        if path.name.startswith(f"{MANIFEST}.") and not _alive(path.suffix[1:]):
            dead = True
        if dead:
            # an open file can't be deleted on some systems: the next writer will
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def _alive(pid: str) -> bool:
    if not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except OSError:  # it lives, and is somebody else's
        return True
    return True


def _is_ours(name: str) -> bool:
    return name == LOCK or name.startswith((MANIFEST, "gen-", "work-"))


def _host() -> str:
    return re.sub(r"[^A-Za-z0-9]", "", socket.gethostname()) or "host"


def _files(folder: Path) -> list[tuple[str, Path]]:
    """Every file but lock files, by its path relative to the folder."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock")
    return [(path.relative_to(folder).as_posix(), path) for path in paths]


def _sync(path: Path) -> None:
    if path.is_dir() and os.name == "nt":  # Windows can't sync a folder
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
