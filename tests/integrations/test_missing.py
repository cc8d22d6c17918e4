"""An adapter whose package is not installed names the extra; the others are not touched."""

from __future__ import annotations

import importlib
import sys

import pytest

from ragqa.errors import MissingExtraError


@pytest.mark.parametrize(
    ("extra", "package"),
    [("langchain", "langchain_core"), ("llamaindex", "llama_index"), ("haystack", "haystack"), ("mcp", "mcp")],
)
def test_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, extra: str, package: str) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)  # type: ignore[arg-type]  # which makes importing it fail
    monkeypatch.delitem(sys.modules, f"ragqa.integrations.{extra}", raising=False)
    with pytest.raises(MissingExtraError, match=rf'{package}.* pip install "ragqa\[{extra}\]"'):
        importlib.import_module(f"ragqa.integrations.{extra}")


def test_functions_need_no_package() -> None:
    import subprocess

    code = (
        "import sys; sys.modules.update(dict.fromkeys(['langchain_core', 'llama_index', 'haystack', 'mcp']));"
        "import ragqa.integrations.functions as f; print(len(f.tool_schema()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "4\n"
