"""`aica mcp`: the assistant's local models for programs that speak the Model Context Protocol, on standard input and
output. Nothing but the protocol is written there.
"""

from __future__ import annotations

import argparse
from collections.abc import Coroutine
from typing import Any

from app.cli import running


def configure(parser: argparse.ArgumentParser, _common: argparse.ArgumentParser) -> None:
    parser.description = (
        "Serve the Model Context Protocol on standard input and output, for programs such as editors. BACKEND and "
        "MODEL_NAME choose who answers; without them and without a settings file it is Ollama."
    )
    parser.add_argument(
        "--chats",
        choices=("none", "read", "write"),
        default="none",
        help="what programs may do with your own chats: list, search and read them, or add to them, too "
        "(default: none). What they read they may send on",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> Coroutine[Any, Any, int]:
    from app.mcp_server import run as mcp_server  # here: the protocol's library takes half a second

    overrides = running.overrides_of(arguments, keep_history=arguments.chats != "none")
    return mcp_server.serve(running.paths_of(arguments), overrides, arguments.chats)
