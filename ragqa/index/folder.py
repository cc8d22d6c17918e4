"""The index folder on disk: one manifest that names one generation of files, replaced atomically.

    my.index/
      manifest.json        names the current generation, with the size and checksum of each of its files
      gen-1f0c9a7be324/    store.sqlite, vectors.faiss, lexical/

A generation never changes after it is published, and no two have the same name. A writer prepares the next one in a
`work-*` folder, syncs it, renames it, and only then replaces the manifest: whoever opens the folder sees the old index
or the new one, whole, and whoever has the old one open keeps it. What a killed writer leaves behind is removed by the
next one.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import socket
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

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

# Exactly the names that are written here: everything else in the folder is somebody else's.
_GENERATION = re.compile(r"gen-[0-9a-f]{12}")
_WORK = re.compile(r"work-([A-Za-z0-9]+)-(\d{1,9})-[0-9a-f]{8}")
_TEMPORARY = re.compile(r"manifest\.json\.\d+")


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
    generation: str = Field(pattern=f"^{_GENERATION.pattern}$")
    ragqa: str
    embedding: EmbeddingRecord
    chunking: ChunkSettings
    documents: int
    passages: int
    vectors: str
    files: dict[str, FileRecord]

    @field_validator("files")
    @classmethod
    def _inside(cls, files: dict[str, FileRecord]) -> dict[str, FileRecord]:
        for name in files:
            if any(part in ("", ".", "..") or set(part) & {"\\", ":"} for part in name.split("/")):
                raise ValueError(f"{name!r} is no path inside the index")
        return files


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
    except (OSError, ValueError, RecursionError) as error:
        raise DamagedIndexError(f"{path}: can't be read ({error}); build the index again") from error
    version = content.get("format") if isinstance(content, dict) else None
    if isinstance(version, int) and version != FORMAT:
        raise IndexVersionError(
            f"{folder}: written in index format {version}, this ragqa reads format {FORMAT}; build the index again, "
            "or install the version of ragqa that wrote it"
        )
    try:
        return Manifest.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        raise DamagedIndexError(
            f"{path}: not a manifest ({'.'.join(map(str, first['loc']))}: {first['msg']}); build the index again"
        ) from error


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


def new_work_folder(parent: Path | None) -> Path:
    """A private folder in which a generation is prepared: beside the others, or among temporary files.

    Raises:
        IndexFolderError: it can't be made.
    """
    try:
        if parent is None:
            return Path(tempfile.mkdtemp(prefix="ragqa-"))
        work = parent / f"work-{_host()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        work.mkdir(parents=True)
        return work
    except OSError as error:
        where = parent or tempfile.gettempdir()
        raise IndexFolderError(f"{where}: an index can't be written there ({error.strerror})") from error


def copy_generation(folder: Path, manifest: Manifest, work: Path) -> None:
    """Copy a generation into a work folder: its own files, without what else has come to lie beside them.

    Raises:
        IndexBusyError: the generation has been replaced.
    """
    for name in manifest.files:
        target = work / name
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(folder / manifest.generation / name, target)
        except FileNotFoundError:
            raise _replaced(folder) from None


def check_target(folder: Path) -> None:
    """Refuse to write an index into a folder that holds something else.

    Raises:
        IndexExistsError: it does.
        IndexFolderError: no index can be there.
    """
    try:
        str(folder).encode()  # tantivy takes no other names
        if folder.is_dir():
            # a manifest.json may be anybody's
            foreign = next((p.name for p in folder.iterdir() if p.name == MANIFEST or not _is_ours(p.name)), None)
            if foreign is None or _holds_index(folder):
                return
            raise IndexExistsError(f"{folder}: holds {foreign!r}, which is no part of an index; choose another path")
        if folder.exists() or folder.is_symlink():
            raise IndexExistsError(f"{folder}: a file is in the way; choose another path")
    except IndexFolderError:
        raise
    except (OSError, ValueError) as error:
        raise IndexFolderError(f"{folder}: an index can't be written there ({error}); choose another path") from error


def _holds_index(folder: Path) -> bool:
    try:
        read_manifest(folder)
    except IndexVersionError:
        return True
    except IndexFolderError:
        return any(_GENERATION.fullmatch(path.name) for path in folder.iterdir())
    return True


@contextlib.contextmanager
def locked(folder: Path, seconds: float | None = None) -> Iterator[None]:
    """One writer at a time.

    Raises:
        IndexBusyError: another one holds the lock for longer than so many seconds; None for `LOCK_SECONDS`.
    """
    from filelock import FileLock, Timeout

    try:
        with FileLock(str(folder / LOCK), timeout=LOCK_SECONDS if seconds is None else seconds):
            yield
    except Timeout:
        raise IndexBusyError(f"{folder}: another process is writing this index; try again when it is done") from None


def publish(folder: Path, work: Path, base: str | None, **described: Any) -> Manifest:
    """Turn a prepared work folder into the current generation.

    Args:
        folder: the index folder.
        work: what `new_work_folder(folder)` gave, filled and closed.
        base: name of the generation that the work started from; None to replace whatever is there.
        described: the fields of the manifest other than format, generation and files.

    Raises:
        IndexBusyError: somebody else published in the meantime, or is doing so.
    """
    files = {name: FileRecord(bytes=path.stat().st_size, sha256=file_sha256(path)) for name, path in _files(work)}
    for path in (*(path for _, path in _files(work)), *(p for p in work.rglob("*") if p.is_dir()), work):
        _sync(path)
    with locked(folder):
        if base is not None and read_manifest(folder).generation != base:
            raise _replaced(folder)
        generation = f"gen-{uuid.uuid4().hex[:12]}"
        manifest = Manifest(format=FORMAT, generation=generation, files=files, **described)
        work.rename(folder / generation)
        _sync(folder)
        temporary = folder / f"{MANIFEST}.{os.getpid()}"
        temporary.write_text(manifest.model_dump_json(indent=2), "utf-8")
        _sync(temporary)
        temporary.replace(folder / MANIFEST)
        with contextlib.suppress(OSError):  # it is published: what fails now must not be taken for a failure to publish
            _sync(folder)
            _collect_garbage(folder, generation)
    return manifest


def _replaced(folder: Path) -> IndexBusyError:
    return IndexBusyError(
        f"{folder}: another process has changed this index since it was opened; open it again and repeat"
    )


def _collect_garbage(folder: Path, keep: str) -> None:
    """Remove older generations, and what writers of this machine that no longer live have left."""
    for path in folder.iterdir():
        if match := _WORK.fullmatch(path.name):
            dead = match[1] == _host() and not _alive(match[2])
        else:
            dead = _TEMPORARY.fullmatch(path.name) or (_GENERATION.fullmatch(path.name) and path.name != keep)
        if dead:
            # an open file can't be deleted on some systems: the next writer will
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def _alive(pid: str) -> bool:
    if os.name == "nt":  # where os.kill(pid, 0) does harm
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except OSError:  # it lives, and is somebody else's
        return True
    return True


def _is_ours(name: str) -> bool:
    return name in (LOCK, MANIFEST) or any(p.fullmatch(name) for p in (_GENERATION, _WORK, _TEMPORARY))


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
