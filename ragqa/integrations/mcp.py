"""The Model Context Protocol: the functions of `ragqa.integrations.functions` as tools, the documents as resources."""

from __future__ import annotations

import socket
from collections.abc import Callable
from functools import partial
from typing import Any, Literal
from urllib.parse import quote, unquote

from ragqa import __version__
from ragqa.errors import InvalidArgumentError, RagqaError
from ragqa.integrations import needing
from ragqa.integrations.functions import TOOLS, call
from ragqa.pipeline import Index

with needing("mcp"):
    import anyio
    import uvicorn
    from anyio.to_thread import run_sync
    from mcp import types
    from mcp.server.lowlevel import Server
    from mcp.server.stdio import stdio_server
    from mcp.shared.exceptions import MCPError

SCHEME = "ragqa://document/"
PAGE = 100  # resources listed at a time
LOOPBACK = ("127.0.0.1", "localhost", "::1")
PORT = 8765
INSTRUCTIONS = "Questions are answered from a fixed set of documents: verbatim, with sources, or not at all."


def make_server(index: Index) -> Server[Any]:
    """The server, to be run over any transport."""

    async def list_tools(_context: Any, _given: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        return types.ListToolsResult(tools=_tools())

    async def call_tool(_context: Any, given: types.CallToolRequestParams) -> types.CallToolResult:
        try:
            result = await run_sync(partial(call, index, given.name, given.arguments or {}))
        except RagqaError as error:
            return types.CallToolResult(content=[types.TextContent(type="text", text=str(error))], is_error=True)
        content = types.TextContent(type="text", text=result.model_dump_json())
        return types.CallToolResult(content=[content], structured_content=result.model_dump(mode="json"))

    async def list_resources(_context: Any, given: types.PaginatedRequestParams | None) -> types.ListResourcesResult:
        cursor = (given.cursor if given else None) or "0"
        if not cursor.isdecimal():
            raise MCPError(types.INVALID_PARAMS, f"cursor: {cursor!r} was not given out by this server")
        return _resources(index, int(cursor))

    async def read_resource(_context: Any, given: types.ReadResourceRequestParams) -> types.ReadResourceResult:
        uri = str(given.uri)
        try:
            document = index.document(unquote(uri.removeprefix(SCHEME)))
        except RagqaError as error:
            raise MCPError(types.INVALID_PARAMS, str(error)) from error
        content = types.TextResourceContents(uri=uri, mime_type="text/plain", text=document.text)
        return types.ReadResourceResult(contents=[content])

    return Server(
        "ragqa",
        version=__version__,
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        on_list_resources=list_resources,
        on_read_resource=read_resource,
    )


def _tools() -> list[types.Tool]:
    return [
        types.Tool(
            name=name,
            description=tool.description,
            input_schema=tool.arguments.model_json_schema(),
            output_schema=tool.result.model_json_schema(mode="serialization"),
            annotations=types.ToolAnnotations(read_only_hint=True, open_world_hint=False),
        )
        for name, tool in TOOLS.items()
    ]


def _resources(index: Index, first: int) -> types.ListResourcesResult:
    ids = index.document_ids
    resources = [
        types.Resource(uri=SCHEME + quote(document_id, safe=""), name=document_id, mime_type="text/plain")
        for document_id in ids[first : first + PAGE]
    ]
    return types.ListResourcesResult(
        resources=resources, next_cursor=str(first + PAGE) if first + PAGE < len(ids) else None
    )


def serve(
    index: Index,
    say: Callable[[str], None],
    *,
    transport: Literal["stdio", "http"] = "stdio",
    host: str = LOOPBACK[0],
    port: int = PORT,
) -> None:
    """Serve until the client has gone (stdio) or the process is told to stop (http).

    Args:
        index: the documents.
        say: told what the operator should know.
        transport: "stdio", or streamable "http" at /mcp.
        host: where to listen; on a loopback address, requests by any other name than this machine's are refused.
        port: where to listen; 0 for any that is free.

    Raises:
        InvalidArgumentError: there is no such port.
        OSError: the address can't be bound to.
    """
    server = make_server(index)
    if transport == "stdio":
        anyio.run(_over_stdio, server)
        return
    if not 0 <= port < 65_536:
        raise InvalidArgumentError(f"port: {port} is not a number from 0 to 65535")
    if host not in LOOPBACK:
        say(f"warning: anyone who reaches {host} can read the documents")
    config = uvicorn.Config(server.streamable_http_app(host=host), log_config=None, access_log=False)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family, backlog=config.backlog) as listener:
        name = f"[{host}]" if ":" in host else host
        say(f"ragqa answers at http://{name}:{listener.getsockname()[1]}/mcp from {len(index)} documents")
        uvicorn.Server(config).run(sockets=[listener])


async def _over_stdio(server: Server[Any]) -> None:
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())
