"""`ragqa mcp` with the official client: in-process, as a subprocess over pipes, and over HTTP on loopback."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from ragqa import Answer, Document, Index, Verification
from ragqa.cli import main
from ragqa.integrations.functions import Excerpt, Passages

if TYPE_CHECKING:
    from mcp import Client

pytest.importorskip("mcp")

SHARE = "What share of Scale AI did Meta buy?"
Use = Callable[["Client"], Awaitable[Any]]


def using(server: Any, use: Use) -> Any:
    from mcp import Client

    async def session() -> Any:
        async with Client(server) as client:
            return await use(client)

    return asyncio.run(session())


async def every_tool(client: Client) -> None:
    """What each transport must do."""
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert set(tools) == {"ask", "retrieve", "document", "verify"}
    assert all(tool.annotations and tool.annotations.read_only_hint for tool in tools.values())
    asked = await client.call_tool("ask", {"question": SHARE})
    answer = Answer.model_validate(asked.structured_content)
    assert answer.text == "49%"
    [content] = asked.content
    assert Answer.model_validate_json(content.text) == answer  # type: ignore[union-attr]
    found = Passages.model_validate(
        (await client.call_tool("retrieve", {"question": SHARE, "k": 2})).structured_content
    )
    assert len(found.passages) == 2
    citation = answer.citations[0]
    place = {"document_id": citation.document_id, "start": citation.start, "length": len(citation.quote)}
    excerpt = Excerpt.model_validate((await client.call_tool("document", place)).structured_content)
    assert excerpt.text == citation.quote
    reply = {"text": f'It was "{citation.sentence}" [1]', "document_ids": [citation.document_id]}
    checked = Verification.model_validate((await client.call_tool("verify", reply)).structured_content)
    assert checked.ok
    assert len(checked.quotes) == 1
    wrong = await client.call_tool("document", {"document_id": "/etc/passwd"})
    assert wrong.is_error
    assert "/etc/passwd" in wrong.content[0].text  # type: ignore[union-attr]


def test_in_process(seeds: Index) -> None:
    from ragqa.integrations.mcp import make_server

    using(make_server(seeds), every_tool)


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("ask", {"question": " "}, "question is empty"),
        ("ask", {"question": 5}, "question"),
        ("ask", {}, "question"),
        ("retrieve", {"question": "Who?", "k": 1_000}, "k"),
        ("nonsense", {}, "nonsense"),
    ],
)
def test_a_wrong_call_is_told_to_the_model(seeds: Index, name: str, arguments: dict[str, Any], said: str) -> None:
    from ragqa.integrations.mcp import make_server

    async def use(client: Client) -> None:
        result = await client.call_tool(name, arguments)
        assert result.is_error
        assert said in result.content[0].text  # type: ignore[union-attr]

    using(make_server(seeds), use)


def test_documents_are_resources_a_page_at_a_time() -> None:
    from mcp.shared.exceptions import MCPError

    from ragqa.integrations.mcp import PAGE, make_server

    ids = [f"a b/ü?{number}#.txt" for number in range(PAGE + 1)]

    async def use(client: Client) -> None:
        first = await client.list_resources()
        second = await client.list_resources(cursor=first.next_cursor)
        resources = [*first.resources, *second.resources]
        assert second.next_cursor is None
        assert [resource.name for resource in resources] == ids
        for number in (0, PAGE):
            [content] = (await client.read_resource(resources[number].uri)).contents
            assert content.text == f"Text {number}."  # type: ignore[union-attr]
        for uri in ("ragqa://document/gone", "file:///etc/passwd", "ragqa://document/..%2F..%2Fetc%2Fpasswd"):
            with pytest.raises(MCPError):
                await client.read_resource(uri)
        with pytest.raises(MCPError, match="cursor"):
            await client.list_resources(cursor="-1")

    with Index.build([Document(id=own, text=f"Text {number}.") for number, own in enumerate(ids)]) as index:
        using(make_server(index), use)


def test_over_pipes(seeds: Index) -> None:
    from mcp import StdioServerParameters

    arguments = ["-m", "ragqa", "mcp", "--index", str(seeds.path)]
    using(StdioServerParameters(command=sys.executable, args=arguments, env=dict(os.environ)), every_tool)


@pytest.fixture
def address(seeds: Index) -> Iterator[str]:
    """Of a server in a process of its own."""
    command = [sys.executable, "-m", "ragqa", "mcp", "--index", str(seeds.path), "--transport", "http", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = process.stderr.readline()
        yield re.findall(r"^ragqa answers at (http://127\.0\.0\.1:\d+/mcp) from 5 documents\n$", said)[0]
        process.terminate()
        out, err = process.communicate(timeout=60)
        assert out == ""
        assert "Traceback" not in err


def test_over_http_on_loopback(address: str) -> None:
    using(address, every_tool)
    foreign = urllib.request.Request(address, b"{}", {"Host": "attacker.example", "Content-Type": "application/json"})
    with pytest.raises(urllib.error.HTTPError, match="421"):  # no other site's page gets here by a name of its own
        urllib.request.urlopen(foreign)


def test_bad_input_on_the_command_line(
    seeds: Index, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        http = ["--index", str(seeds.path), "--transport", "http", "--port"]
        for options, said in (
            (["--index", "missing"], "no index there"),
            ([*http, "65536"], "port: 65536"),
            ([*http, str(taken.getsockname()[1])], "in use"),
        ):
            monkeypatch.setattr(sys, "argv", ["ragqa", "mcp", *options])
            with pytest.raises(SystemExit, match="2"):
                main()
            out, err = capsys.readouterr()
            assert out == ""
            assert said in err
