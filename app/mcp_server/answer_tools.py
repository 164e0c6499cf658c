"""The tools that make the local model write."""

from __future__ import annotations

from pydantic import Field

from app.mcp_server.backend import Backend
from app.mcp_server.tool import Arguments, ReportProgress, Tool, told_while_it_runs
from app.services.llm.models import Temperature, TokenCount

WRITING = "The model is answering"
INSTRUCTIONS = (
    "You write instructions for a capable coding assistant that will carry out a task. Answer with numbered steps and "
    "nothing else. Each step is concrete: what to look at, what to change, and how to check that it worked. Name "
    "files, commands and functions where the task names them, and invent none. Mention what could go wrong. Do not "
    "carry out the task yourself."
)


class GenerateArguments(Arguments):
    prompt: str = Field(min_length=1, description="What the local model is to answer.")
    system: str | None = Field(None, description="How it is to answer: a system prompt.")
    temperature: Temperature | None = Field(None, description="How freely it chooses its words.")
    max_tokens: TokenCount | None = Field(None, description="The longest answer, in tokens.")


class InstructionsArguments(Arguments):
    task: str = Field(min_length=1, description="What is to be done.")


async def _generate(backend: Backend, arguments: GenerateArguments, progress: ReportProgress) -> str:
    chosen = {"temperature": arguments.temperature, "max_tokens": arguments.max_tokens}
    parameters = {name: value for name, value in chosen.items() if value is not None}
    async with told_while_it_runs(progress, WRITING):
        return await backend.service().get_response(arguments.prompt, system=arguments.system or "", **parameters)


async def _instructions(backend: Backend, arguments: InstructionsArguments, progress: ReportProgress) -> str:
    async with told_while_it_runs(progress, WRITING):
        return await backend.service().get_response(f"Task:\n{arguments.task}", system=INSTRUCTIONS)


TOOLS = (
    Tool("generate", "Ask the local model and return its answer as text.", _generate, GenerateArguments),
    Tool(
        "get_instructions",
        "Have the local model write step-by-step instructions for a task.",
        _instructions,
        InstructionsArguments,
    ),
)
