"""The Model Context Protocol: `ragqa mcp`, started and asked by the official client.

For an assistant's own configuration: {"command": "ragqa", "args": ["mcp", "--corpus", "seeds"]}
"""

import asyncio
import os
import sys

from mcp import Client, StdioServerParameters

SERVER = StdioServerParameters(
    command=sys.executable, args=["-m", "ragqa", "mcp", "--corpus", "seeds"], env=dict(os.environ)
)


async def main() -> None:
    async with Client(SERVER) as client:  # or Client("http://127.0.0.1:8765/mcp"), with --transport http
        print([tool.name for tool in (await client.list_tools()).tools])
        result = await client.call_tool("ask", {"question": "Who founded Scale AI?"})
        print(result.structured_content["text"])


asyncio.run(main())
