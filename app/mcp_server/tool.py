"""What every tool is: a name, arguments that are checked, a function that returns text; and how a failure is told.

A failure is an answer with `isError`, its message and what to do next: the program that asked shows it to its model.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Protocol

from mcp_types import CallToolResult, TextContent, ToolAnnotations
from mcp_types import Tool as ToolDescription
from pydantic import BaseModel, ConfigDict, ValidationError

from app.lean_dataclass import dataclass
from app.mcp_server.backend import Backend
from app.services.llm.errors import ErrorKind, LLMError
from app.services.tasks import TaskOwner

logger = logging.getLogger(__name__)

TELL_EVERY_S = 5.0
START_IN_MCP = "Run init_llm to start it."


class Arguments(BaseModel):
    """Of a tool. An unknown name is refused: a misspelt one would be ignored without a word."""

    model_config = ConfigDict(extra="forbid")


class NoArguments(Arguments):
    """For tools that take none."""


class ReportProgress(Protocol):
    """Tells whoever asked how far a call is. Values only grow; nothing is sent to one that did not ask for it."""

    async def __call__(self, done: float, total: float | None, message: str) -> None: ...


@dataclass(frozen=True)
class Tool:
    """One tool. `run` gets the backend, the checked arguments and the way to report progress."""

    name: str
    description: str
    run: Callable[[Backend, Any, ReportProgress], Awaitable[str]]
    arguments: type[Arguments] = NoArguments
    changes_nothing: bool = False

    def described(self) -> ToolDescription:
        """As the protocol lists it."""
        schema = self.arguments.model_json_schema()
        schema.pop("description", None)  # of the class, for us
        schema.pop("title", None)
        return ToolDescription(
            name=self.name,
            description=self.description,
            input_schema=schema,
            annotations=ToolAnnotations(read_only_hint=self.changes_nothing, open_world_hint=False),
        )

    async def call(self, backend: Backend, given: dict[str, Any], progress: ReportProgress) -> CallToolResult:
        """Check the arguments, run it, and put what comes of it into an answer."""
        try:
            arguments = self.arguments.model_validate(given)
        except ValidationError as exc:
            return failure(_refusal(self.name, exc))
        try:
            return CallToolResult(content=[TextContent(type="text", text=await self.run(backend, arguments, progress))])
        except LLMError as exc:
            logger.info("%s failed: %s", self.name, exc.kind)
            return failure(words_of(exc, can_start=backend.has_runtime))
        except Exception:
            logger.exception("%s: unexpected error", self.name)
            return failure("Unexpected error. The log of AI Coder Assistant has the details.")


@asynccontextmanager
async def told_while_it_runs(
    progress: ReportProgress, message: str, value: Callable[[float], float] = float, total: float | None = None
) -> AsyncIterator[None]:
    """Tells now and then that a call still runs: many programs give up on one that is silent for a minute.

    `value`: the progress after so many seconds; it must grow.
    """
    began = time.monotonic()

    async def tell() -> None:
        while True:
            await asyncio.sleep(TELL_EVERY_S)
            elapsed_s = time.monotonic() - began
            await progress(value(elapsed_s), total, f"{message} ({elapsed_s:.0f} s)")

    tasks = TaskOwner()
    tasks.start(tell(), name="mcp.progress")
    try:
        yield
    finally:
        await tasks.aclose()


def failure(text: str) -> CallToolResult:
    """An answer that says that something went wrong."""
    return CallToolResult(content=[TextContent(type="text", text=text)], is_error=True)


def words_of(error: LLMError, *, can_start: bool) -> str:
    """Message and hint; where a server does not run that `init_llm` could start, the way to do that."""
    if error.kind is ErrorKind.NOT_RUNNING and can_start:
        return f"{error.message} {START_IN_MCP}"
    return str(error)


def _refusal(tool: str, error: ValidationError) -> str:
    """What is wrong with arguments: names and reasons, not the values."""
    problems = error.errors(include_url=False, include_input=False)
    told = "; ".join(f"{'.'.join(str(step) for step in one['loc']) or 'arguments'}: {one['msg']}" for one in problems)
    return f"The arguments of {tool} are not valid. {told}."
