"""The page as files: the policy they come with, and the questions it suggests. In a browser: page/"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ragqa import Index
from ragqa.cli import app
from ragqa.server.page import SEEDS_QUESTIONS, STATIC

from .conftest import Client

FILES = sorted(f"/static/{path.name}" for path in STATIC.iterdir() if path.name != "index.html")


@pytest.mark.parametrize("path", ["/", *FILES])
def test_every_file_comes_with_the_strict_policy(client: Client, path: str) -> None:
    response = client().get(path)
    assert response.status_code == 200
    policy = dict(part.strip().split(" ", 1) for part in response.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert response.headers["x-content-type-options"] == "nosniff"


def test_the_page_holds_no_script_or_style_of_its_own(client: Client) -> None:
    markup = client().get("/").text
    assert markup.count("<script") == markup.count('<script type="module" src="static/app.js"></script>') == 1
    assert "<style" not in markup
    assert "style=" not in markup
    assert " on" not in "".join(tag.partition(">")[0] for tag in markup.split("<")[1:])
    assert "//" not in markup.replace("<!doctype html>", "")  # nothing from elsewhere


def test_examples_are_escaped_and_absent_unless_given(client: Client) -> None:
    assert "For example" not in client().get("/").text
    markup = client(examples=('Who & <b>"why"</b>?',)).get("/").text
    assert "Who &amp; &lt;b&gt;&quot;why&quot;&lt;/b&gt;?</a>" in markup
    assert 'href="?q=Who+%26+%3Cb%3E%22why%22%3C%2Fb%3E%3F"' in markup


@pytest.mark.parametrize(
    ("options", "suggested"),
    [([], SEEDS_QUESTIONS), (["--index", "saved"], None), (["--index", "saved", "--example", "Who?"], ["Who?"])],
)
def test_serve_suggests_questions_for_the_seeds_or_those_given(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, options: list[str], suggested: object, palace: Index
) -> None:
    served: list[dict[str, Any]] = []
    monkeypatch.setattr("ragqa.server.run.serve", lambda *_, **settings: served.append(settings))
    monkeypatch.chdir(tmp_path)
    if options:
        monkeypatch.setattr("ragqa.Index.open", lambda _: palace)
        monkeypatch.setattr(palace, "close", lambda: None)
    result = CliRunner().invoke(app, ["serve", *options])
    assert result.exit_code == 0, result.output
    assert [settings.get("examples") for settings in served] == [suggested]
