"""Streamed tool calls: which call a piece belongs to, however a server numbers them (reliability A15)."""

from __future__ import annotations

import json
import uuid
from typing import Any

from app.services.llm import limits
from app.services.llm.safe_json import loads, mapping_of
from app.services.llm.stream_events import ToolCallDelta


class ToolCallIndex:
    """Which call a piece belongs to: by `index`; by id where servers leave the index out or repeat it."""

    def __init__(self) -> None:
        self._by_key: dict[int | str, int] = {}
        self._ids: list[str] = []
        self._named: set[int] = set()
        self._last: int | None = None
        self._bytes = 0

    @property
    def count(self) -> int:
        return len(self._ids)

    def piece(self, call: dict[str, Any]) -> ToolCallDelta | None:
        """None when a limit was passed."""
        function = call.get("function")
        if not isinstance(function, dict):
            function = {}
        given_id = call["id"] if isinstance(call.get("id"), str) else ""
        index = self._index(call.get("index"), given_id)
        first = index == len(self._ids)
        if first:
            self._ids.append(given_id or f"call_{uuid.uuid4().hex[:12]}")
        self._last = index
        arguments = _arguments(function.get("arguments"))
        name = function["name"] if isinstance(function.get("name"), str) and index not in self._named else ""
        if name:
            self._named.add(index)
        self._bytes += len(arguments)
        if len(self._ids) > limits.MAX_TOOL_CALLS or self._bytes > limits.MAX_TOOL_ARGUMENTS_BYTES:
            return None
        return ToolCallDelta(index, self._ids[index] if first else "", name[:256], arguments)

    def _index(self, given: Any, given_id: str) -> int:
        key: int | str | None = given if isinstance(given, int) and not isinstance(given, bool) else None
        if key is None:
            if not given_id and self._last is not None:
                return self._last
            key = given_id or "only"
        elif key in self._by_key and given_id and self._ids[self._by_key[key]] not in (given_id, ""):
            key = given_id  # one index for every call: the id tells them apart
        return self._by_key.setdefault(key, len(self._ids))


def _arguments(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return ""


def arguments_object(arguments: str) -> dict[str, Any]:
    """For wires that take arguments as an object: what is none cannot be replayed and goes as an empty one."""
    try:
        return mapping_of(loads(arguments))
    except ValueError:
        return {}
