"""What a type checker makes of the public API: mypy reads this very file, `never_run` included."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import ragqa

if TYPE_CHECKING:
    from typing_extensions import assert_type


def never_run() -> None:
    document = ragqa.Document(id="a", text="b")
    index = ragqa.Index.build([document], path="a.index", embedding=None, reader=None)
    assert_type(ragqa.Index.build(Path("docs")), ragqa.Index)
    assert_type(ragqa.Index.build((d for d in [document]), chunking=ragqa.ChunkSettings()), ragqa.Index)
    assert_type(ragqa.Index.open(Path("a.index")), ragqa.Index)
    assert_type(ragqa.ask("?", corpus="docs", top_k=3, min_confidence=0.5), ragqa.Answer)
    assert_type(index.ask("?", top_k=3), ragqa.Answer)
    assert_type(ragqa.ask("?", history=["?"]), ragqa.Answer)
    assert_type(index.ask("?", history=[index.ask("?"), ragqa.Turn(question="?"), {"question": "?"}]), ragqa.Answer)
    assert_type(index.chat(), ragqa.Chat)
    assert_type(index.chat().ask("?", top_k=3, min_confidence=0.5), ragqa.Answer)
    assert_type(index.chat().turns, tuple[ragqa.Answer, ...])
    assert_type(index.ask_many(iter(["?"])), list[ragqa.Answer])
    assert_type(index.retrieve("?", 3), list[ragqa.Retrieved])
    assert_type(index.document("a"), ragqa.Document)
    assert_type(index.document_ids, list[str])
    assert_type(index.skipped, tuple[ragqa.Skipped, ...])
    assert_type(index.path, Path | None)
    assert_type(index.info, Mapping[str, Any])
    assert_type(len(index), int)
    answer = index.ask("?")
    assert_type(answer.text, str | None)
    assert_type(answer.claims, tuple[ragqa.Claim, ...])
    assert_type(answer.citations, tuple[ragqa.Citation, ...])
    assert_type(answer.citations[0].page, int | None)
    assert_type(index.retrieve("?")[0].passage, ragqa.Passage)
    context = index.context("?", max_tokens=100, top_k=3)
    assert_type(context, ragqa.Context)
    assert_type(context.sources, tuple[ragqa.NumberedPassage, ...])
    assert_type(ragqa.verify("", context, index=index, min_words=1), ragqa.Verification)
    assert_type(ragqa.verify("", answer).quotes, tuple[ragqa.Quote, ...])
    assert_type(ragqa.verify("", index.retrieve("?")).unknown, tuple[ragqa.Reference, ...])
    assert_type(ragqa.verify("", [document]).quotes[0].places, tuple[ragqa.Place, ...])
    with index as same:
        assert_type(same, ragqa.Index)


def never_right(index: ragqa.Index) -> None:
    """Each line is an error, or mypy warns that it need not be ignored."""
    print(ragqa.Indx)  # type: ignore[attr-defined]
    from ragqa import Ansver  # type: ignore[attr-defined]  # noqa: F401

    index.ask(5)  # type: ignore[arg-type]
    index.ask("?", 3)  # type: ignore[call-arg, arg-type]
    index.ask("?", history=5)  # type: ignore[arg-type]
    index.ask_many([5])  # type: ignore[list-item]
    ragqa.Index.build("docs", embedding=5)  # type: ignore[arg-type]


# Packages whose types the API does not show are not read, which saves most of the time.
CONFIG = """
[mypy]
strict = true
python_version = 3.10
follow_imports = silent
ignore_missing_imports = true

[mypy-torch.*,transformers.*,sentence_transformers.*,onnxruntime.*,faiss.*,tantivy.*,tokenizers.*,_pytest.*,pytest.*]
follow_imports = skip
"""


def test_the_public_api_is_typed(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    pytest.importorskip("mypy")
    assert request.config.cache is not None
    cache = request.config.cache.mkdir("mypy")
    (tmp_path / "mypy.ini").write_text(CONFIG)
    command = [sys.executable, "-m", "mypy", "--config-file", str(tmp_path / "mypy.ini"), "--cache-dir", str(cache)]
    done = subprocess.run([*command, __file__], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
