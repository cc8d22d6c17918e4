"""ragqa answers questions from your documents and proves every answer.

import ragqa
ragqa.ask("What share of Scale AI did Meta buy?")         # over the corpus that ships
index = ragqa.Index.build("docs/", path="my.index")
index.ask("Who signed the contract?").citations
"""

from ragqa.chunking import ChunkSettings
from ragqa.corpus import ask
from ragqa.errors import RagqaError
from ragqa.pipeline import Index
from ragqa.schema import Answer, Citation, Claim, Document, Passage, Retrieved, Skipped

__version__ = "0.1.0"

__all__ = [
    "Answer",
    "ChunkSettings",
    "Citation",
    "Claim",
    "Document",
    "Index",
    "Passage",
    "RagqaError",
    "Retrieved",
    "Skipped",
    "ask",
]
