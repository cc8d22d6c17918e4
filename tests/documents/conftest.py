from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ragqa.documents import load
from ragqa.errors import UnreadableDocumentError
from ragqa.schema import Document

Read = Callable[[str, bytes], Document]
Refuse = Callable[[str, bytes], str]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write a file, load it, return its only document."""

    def write_and_load(name: str, data: bytes) -> Document:
        path = tmp_path / name
        path.write_bytes(data)
        (document,) = load(path).documents
        assert (document.id, document.source) == (name, path.as_posix())
        return document

    return write_and_load


@pytest.fixture
def refuse(tmp_path: Path) -> Refuse:
    """Write a file that can't be loaded, return the reason; the message must name the file."""

    def write_and_fail(name: str, data: bytes) -> str:
        path = tmp_path / name
        path.write_bytes(data)
        with pytest.raises(UnreadableDocumentError) as caught:
            load(path)
        assert caught.value.source == path.as_posix()
        assert str(caught.value) == f"{path.as_posix()}: {caught.value.reason}"
        return caught.value.reason

    return write_and_fail
