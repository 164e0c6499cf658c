"""What Ollama's answers say: lists of models, and the lines of a pull (ollama/ollama, api/types.go)."""

from __future__ import annotations

import time
from collections.abc import AsyncIterable, AsyncIterator
from datetime import datetime
from typing import Any

from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.event_stream import LineSplitter
from app.services.llm.profiles import looks_like_embedding
from app.services.llm.providers._ollama_names import full_name
from app.services.llm.safe_json import loads
from app.services.runtimes.base import quoted
from app.services.runtimes.records import InstalledModel, PullProgress, RunningModel
from app.services.wording import say

MAX_NAME_CHARACTERS = 400
#: A model has a handful; more are a server's nonsense and are not added up.
MAX_LAYERS = 1000
STALLED_AFTER_S = 2.0
#: Further away than this is Ollama's way to say "never" (a keep_alive below zero).
_NEVER_AFTER_S = 10 * 365 * 24 * 3600.0


def entry_name(entry: dict[str, Any]) -> str:
    """The name of a listed model, empty where it has none that can be used."""
    name = entry.get("model") or entry.get("name")
    return name if isinstance(name, str) and len(name) <= MAX_NAME_CHARACTERS else ""


def installed_model(entry: dict[str, Any], loaded: set[str]) -> InstalledModel | None:
    """An entry of `/api/tags`; `loaded` are the full names of those in memory."""
    name = entry_name(entry)
    if not name:
        return None
    given = entry.get("details")
    details = given if isinstance(given, dict) else {}
    abilities = entry.get("capabilities")
    if isinstance(abilities, list) and abilities:
        embedding = "embedding" in abilities and "completion" not in abilities
    else:
        families = details.get("families") or [details.get("family")]
        embedding = looks_like_embedding(name) or (isinstance(families, list) and _is_encoder(families))
    return InstalledModel(
        name,
        "embedding" if embedding else "chat",
        size_bytes=_whole(entry.get("size")),
        quantization=_text(details.get("quantization_level")),
        parameters=_text(details.get("parameter_size")),
        format=_text(details.get("format")),
        context_length=_whole(details.get("context_length")),
        loaded=full_name(name) in loaded,
        local=not (_text(entry.get("remote_host")) or _text(entry.get("remote_model"))),
    )


def running_model(entry: dict[str, Any]) -> RunningModel:
    """An entry of `/api/ps`."""
    name = entry_name(entry)
    return RunningModel(
        name,
        name,
        context_length_of(entry),
        _whole(entry.get("size")),
        _whole(entry.get("size_vram")),
        _moment(entry.get("expires_at")),
        memory_bytes=_whole(entry.get("size")),
        stays=_is_never(entry.get("expires_at")),
    )


def installed_size(entry: dict[str, Any]) -> int | None:
    """Bytes of the files behind an entry of `/api/tags`."""
    return _whole(entry.get("size"))


def context_length_of(entry: dict[str, Any]) -> int | None:
    return _whole(entry.get("context_length"))


def error_in(text: str) -> str:
    """What an answer says went wrong, empty where it says nothing."""
    try:
        value = loads(text)
    except ValueError:
        return ""
    error = value.get("error") if isinstance(value, dict) else None
    return str(error.get("message", "")) if isinstance(error, dict) else str(error or "")


class Layers:
    """Adds up the layers of a pull: several come side by side, each with its own figures."""

    def __init__(self) -> None:
        self._layers: dict[str, tuple[int, int]] = {}
        self._began = time.monotonic()
        self._first: int | None = None
        self._seen, self._moved_at = -1, time.monotonic()

    def take(self, line: dict[str, Any]) -> PullProgress:
        status = quoted(str(line.get("status", "")))
        digest, total, completed = line.get("digest"), line.get("total"), line.get("completed", 0)
        known = digest in self._layers or len(self._layers) < MAX_LAYERS
        if known and isinstance(digest, str) and isinstance(total, int) and isinstance(completed, int) and total >= 0:
            self._layers[digest] = (max(0, min(completed, total)), total)
        now = time.monotonic()
        if not self._layers:
            return PullProgress(status, stalled_s=self._stalled(now))
        done = sum(d for d, _ in self._layers.values())
        whole = sum(t for _, t in self._layers.values())
        if self._first is None:  # a resumed pull begins with what was there: no speed of ours
            self._first, self._began = done, now
        if done != self._seen:
            self._seen, self._moved_at = done, now
        took = now - self._began
        speed = max(0.0, (done - self._first) / took) if took > 1 else None  # a layer may begin anew
        return PullProgress(status, done, whole, speed, self._stalled(now))

    def _stalled(self, now: float) -> float:
        stalled_s = now - self._moved_at
        return stalled_s if stalled_s > STALLED_AFTER_S else 0.0


async def lines_of(stream: AsyncIterable[bytes]) -> AsyncIterator[dict[str, Any]]:
    """JSON objects of an NDJSON stream.

    Raises:
        LLMError: protocol, a line that is none; too_large.
    """
    splitter = LineSplitter()
    async for chunk in stream:
        for line in splitter.feed(chunk):
            yield _object(line)
    for line in splitter.end():
        yield _object(line)


def _object(line: bytes) -> dict[str, Any]:
    try:
        value = loads(line)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise LLMError(ErrorKind.PROTOCOL, say("Ollama sent something that is not an answer."))
    return value


def _is_encoder(families: list[Any]) -> bool:
    return any(isinstance(family, str) and "bert" in family.lower() for family in families)


def _moment(value: Any) -> float | None:
    """Unix seconds of a time in ISO 8601; None for none, and for "never"."""
    if not isinstance(value, str):
        return None
    at = _seconds(value)
    return at if at is not None and 0 < at < time.time() + _NEVER_AFTER_S else None


def _is_never(value: Any) -> bool:
    at = _seconds(value) if isinstance(value, str) else None
    return at is not None and at >= time.time() + _NEVER_AFTER_S


def _seconds(text: str) -> float | None:
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        return None


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63 else None


def _text(value: Any) -> str | None:
    return value[:MAX_NAME_CHARACTERS] if isinstance(value, str) and value else None
