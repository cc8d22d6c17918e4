"""ragqa answers questions from your documents and proves every answer.

import ragqa

ragqa.ask("What share of Scale AI did Meta buy?")  # over the corpus that ships
index = ragqa.Index.build("docs/", path="my.index")
index.ask("Who signed the contract?").citations
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ragqa.chunking import ChunkSettings
    from ragqa.conversation import Chat
    from ragqa.corpus import ask
    from ragqa.errors import RagqaError
    from ragqa.pipeline import Index
    from ragqa.schema import (
        Answer,
        Citation,
        Claim,
        Context,
        Document,
        NumberedPassage,
        Passage,
        Place,
        Quote,
        Reference,
        Retrieved,
        Skipped,
        Turn,
        Verification,
    )
    from ragqa.verification import verify

__version__ = "0.1.0"

__all__ = [
    "Answer",
    "Chat",
    "ChunkSettings",
    "Citation",
    "Claim",
    "Context",
    "Document",
    "Index",
    "NumberedPassage",
    "Passage",
    "Place",
    "Quote",
    "RagqaError",
    "Reference",
    "Retrieved",
    "Skipped",
    "Turn",
    "Verification",
    "ask",
    "verify",
]

_ROOMS = {
    "chunking": ["ChunkSettings"],
    "conversation": ["Chat"],
    "corpus": ["ask"],
    "errors": ["RagqaError"],
    "pipeline": ["Index"],
    "schema": [
        "Answer",
        "Citation",
        "Claim",
        "Context",
        "Document",
        "NumberedPassage",
        "Passage",
        "Place",
        "Quote",
        "Reference",
        "Retrieved",
        "Skipped",
        "Turn",
        "Verification",
    ],
    "verification": ["verify"],
}


if not TYPE_CHECKING:  # or a type checker would let every misspelt name pass

    def __getattr__(name: str) -> object:
        """Names are imported on first use (PEP 562), as pydantic and numpy alone take longer than the import may."""
        if name in _ROOMS:
            return import_module(f"ragqa.{name}")
        for room, names in _ROOMS.items():
            if name in names:
                value = getattr(import_module(f"ragqa.{room}"), name)
                globals()[name] = value
                return value
        raise AttributeError(f"module 'ragqa' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
