"""The tools of Responses, all of them as functions: what the models behind understand, and the way back.

Codex offers functions one by one and in namespaces, and tools that take free text (`custom`). What the service itself
would run (web search and the like) is left out: no model behind this gateway can.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from app.gateway.dialects.reading import bad, objects
from app.lean_dataclass import dataclass

_NO_PARAMETERS: dict[str, Any] = {"type": "object", "properties": {}}
_FREE_TEXT: dict[str, Any] = {
    "type": "object",
    "properties": {"input": {"type": "string"}},
    "required": ["input"],
}


@dataclass(frozen=True, slots=True)
class OfferedTool:
    """`name` as the client knows it; `namespace` where it stands in one; `custom`: it takes free text."""

    name: str
    namespace: str | None
    custom: bool
    about: dict[str, Any]

    @property
    def flat_name(self) -> str:
        return flat_name(self.namespace, self.name)

    def as_function(self) -> dict[str, Any]:
        """Chat completions' form."""
        description = str(self.about.get("description") or "")
        parameters = self.about.get("parameters") or _NO_PARAMETERS
        if self.custom:
            parameters = _FREE_TEXT
            grammar = self.about.get("format")
            definition = grammar.get("definition") if isinstance(grammar, dict) else None
            if isinstance(definition, str):
                description = f"{description}\n\nThe input follows this grammar:\n{definition}".strip()
        function = {"name": self.flat_name, "description": description, "parameters": parameters}
        return {"type": "function", "function": function}


def flat_name(namespace: Any, name: str) -> str:
    if not isinstance(namespace, str) or not namespace:
        return name
    return f"{namespace.removesuffix('__')}__{name}"


def has_other_tools(body: dict[str, Any]) -> bool:
    """Whether a request offers what only OpenAI's own service knows. LM Studio knows `mcp`, too."""
    tools = body.get("tools")
    if not isinstance(tools, list):
        return False
    return any(isinstance(tool, dict) and tool.get("type") not in ("function", "mcp") for tool in tools)


def offered(body: dict[str, Any]) -> dict[str, OfferedTool]:
    """The tools that can be translated, by their flat names.

    Raises:
        LLMError: bad_request.
    """
    return {tool.flat_name: tool for tool in _tools(body.get("tools") or [], None)}


def _tools(tools: Any, namespace: str | None) -> Iterator[OfferedTool]:
    for tool in objects(tools, "tools"):
        kind, name = tool.get("type"), tool.get("name")
        if kind not in ("function", "custom", "namespace"):
            continue
        if not isinstance(name, str) or not name:
            raise bad("An entry of 'tools' has no name.")
        if kind == "namespace" and namespace is None:
            yield from _tools(tool.get("tools") or [], name)
        elif kind != "namespace":
            yield OfferedTool(name, namespace, kind == "custom", tool)


def free_text(arguments: str) -> str:
    """What a model gave a `custom` tool; where it did not keep to the form, all that it wrote."""
    try:
        value = json.loads(arguments)
    except (ValueError, RecursionError):
        return arguments
    text = value.get("input") if isinstance(value, dict) else None
    return text if isinstance(text, str) else arguments
