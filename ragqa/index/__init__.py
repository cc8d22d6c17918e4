"""Passages on disk, searchable by vector and by words."""

from __future__ import annotations

from ragqa.index.passages import PassageIndex

__all__ = ["PassageIndex"]
