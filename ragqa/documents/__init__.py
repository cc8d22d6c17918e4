"""Sources in, `Document`s out: files, folders, JSONL and documents already in memory."""

from __future__ import annotations

from ragqa.documents.loading import Loaded, load
from ragqa.documents.reading import load_file
from ragqa.documents.walking import scan

__all__ = ["Loaded", "load", "load_file", "scan"]
