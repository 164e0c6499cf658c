"""`aica mcp`: the tools on standard input and output, by the official SDK."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from typing import Any

from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS, CallToolRequestParams, CallToolResult, ListToolsResult, PaginatedRequestParams

from app import __version__
from app.mcp_server import answer_tools, backend_tools
from app.mcp_server.backend import Backend
from app.mcp_server.chat_tools import Access, chat_tools
from app.paths import Paths
from app.services.container import Overrides, open_services
from app.services.tasks import TaskOwner

logger = logging.getLogger(__name__)

NAME = "ai-coder-assistant"
HOW_TO_USE = (
    "Local language models. Call init_llm once: it starts the backend and loads the model. Then generate answers a "
    "prompt, and get_instructions writes steps for a task."
)


async def serve(paths: Paths, overrides: Overrides, chats: Access = "none") -> int:
    """Serve until standard input ends; the exit status. `chats`: what others may do with the user's own.

    Raises:
        LLMError: kind `config`.
    """
    logging.getLogger("mcp").setLevel("WARNING")  # its INFO is a line for every call
    async with await open_services(paths, overrides) as services:
        for notice in services.notices:
            logger.warning("%s", notice)
        backend = Backend(services)
        logger.info("serving %s over MCP", backend.id)
        asked_to_end, tasks = _signals(), TaskOwner()
        serving = tasks.start(_serve(make_server(backend, chats)), name="mcp.serve")
        ending = tasks.start(asked_to_end.wait(), name="mcp.signals")
        await asyncio.wait({serving, ending}, return_when=asyncio.FIRST_COMPLETED)
        if not serving.done():
            await services.aclose()
            logging.shutdown()
            # The SDK's thread waits for a line of standard input, and Python would wait for that thread.
            os._exit(0)
        await tasks.aclose()
        await serving
    return 0


def make_server(backend: Backend, chats: Access) -> Server[Any]:
    """The protocol's server around one backend."""
    tools = {tool.name: tool for tool in (*backend_tools.TOOLS, *answer_tools.TOOLS, *chat_tools(chats))}

    async def list_tools(_context: Any, _params: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(tools=[tool.described() for tool in tools.values()])

    async def call_tool(context: Any, params: CallToolRequestParams) -> CallToolResult:
        tool = tools.get(params.name)
        if tool is None:
            raise MCPError(code=INVALID_PARAMS, message=f"There is no tool {params.name!r}.")

        async def progress(done: float, total: float | None, message: str) -> None:
            await context.session.report_progress(done, total, message)

        return await tool.call(backend, params.arguments or {}, progress)

    return Server(
        NAME,
        version=__version__,
        title="AI Coder Assistant",
        instructions=HOW_TO_USE,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


async def _serve(server: Server[Any]) -> None:
    # While it serves, the SDK sends whatever else is printed to standard error.
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())


def _signals() -> asyncio.Event:
    """Set by Ctrl-C and by termination, which are ordinary ends of a server."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(asked.set))
    return asked
