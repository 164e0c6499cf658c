"""Ollama as a runtime: `ollama serve` as a server of ours, models through its own API.

Source of the facts: ollama/ollama (api/types.go, server/routes.go, envconfig), its FAQ.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterable, AsyncIterator
from pathlib import Path
from typing import Any

from app.services import process
from app.services.atomic_file import write_atomically
from app.services.llm.errors import OLLAMA_NOT_INSTALLED, OLLAMA_NOT_RUNNING, ErrorKind, LLMError
from app.services.llm.event_stream import LineSplitter
from app.services.llm.http import JsonAnswer
from app.services.llm.safe_json import loads
from app.services.runtimes.base import (
    LOAD_TIMEOUT_S,
    PROBE_INTERVAL_S,
    START_TIMEOUT_S,
    STOP_TIMEOUT_S,
    UNLOAD_LIMIT_S,
    LoadedModel,
    OnPull,
    PullProgress,
    Runtime,
    quoted,
)

RECORD_NAME = "ollama-server.json"
LOG_NAME = "ollama-server.log"
#: A manifest of a slow registry, or a layer being verified: minutes without a line.
PULL_SILENCE_S = 300.0
#: The user's own settings of Ollama that a server we start must keep; nothing that holds a key.
PASSED_SETTINGS = (
    "OLLAMA_MODELS", "OLLAMA_CONTEXT_LENGTH", "OLLAMA_KEEP_ALIVE", "OLLAMA_NUM_PARALLEL", "OLLAMA_MAX_LOADED_MODELS",
    "OLLAMA_MAX_QUEUE", "OLLAMA_LOAD_TIMEOUT", "OLLAMA_FLASH_ATTENTION", "OLLAMA_KV_CACHE_TYPE", "OLLAMA_NO_CLOUD",
    "OLLAMA_ORIGINS", "OLLAMA_LLM_LIBRARY", "OLLAMA_GPU_OVERHEAD", "HSA_OVERRIDE_GFX_VERSION",
)  # fmt: skip


def find_ollama() -> Path | None:
    """The `ollama` executable: where its installers put it, then PATH."""
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        folders = [Path(local) / "Programs" / "Ollama"] if local else []
    elif sys.platform == "darwin":
        app = Path("Applications") / "Ollama.app" / "Contents" / "Resources"
        folders = [Path("/usr/local/bin"), Path("/opt/homebrew/bin"), Path("/") / app, Path.home() / app]
    else:
        folders = [Path("/usr/local/bin"), Path("/usr/bin"), Path.home() / ".local" / "bin"]
    return process.find_program("ollama", folders)


class OllamaRuntime(Runtime):
    backend = "ollama"
    product = "Ollama"
    not_running_text = OLLAMA_NOT_RUNNING
    missing_model_hint = "Check MODEL_NAME."

    async def installed(self) -> bool:
        return await asyncio.to_thread(find_ollama) is not None

    async def running(self) -> bool:
        answer = await self.probe("/api/version")
        return isinstance(answer, dict) and isinstance(answer.get("version"), str)

    # --- the server ---

    async def start(self, timeout_s: float = START_TIMEOUT_S) -> str:
        if await self.running():
            return self.base_url
        self.require_local("started")
        program = await asyncio.to_thread(find_ollama)
        if program is None:
            raise self.failed(ErrorKind.NOT_INSTALLED, OLLAMA_NOT_INSTALLED)
        environment = {name: os.environ[name] for name in PASSED_SETTINGS if name in os.environ}
        environment["OLLAMA_HOST"] = self.origin.partition("://")[2]
        log_file = self._log_file()
        child = process.start_detached(program, ["serve"], environment=environment, log_file=log_file)
        try:
            await self._wait_until_up(child, timeout_s, log_file)
            self._remember(child.process_id, program)
        except BaseException:
            await child.aclose()
            raise
        child.release()
        return self.base_url

    async def _wait_until_up(self, child: process.OwnedProcess, timeout_s: float, log_file: Path | None) -> None:
        deadline = time.monotonic() + timeout_s
        while not await self.running():
            if not child.running:
                said = quoted(_tail(log_file))
                hint = f"It ended at once. It said: “{said}”" if said else "It ended at once, without a word."
                raise self.failed(ErrorKind.NOT_RUNNING, OLLAMA_NOT_RUNNING, hint)
            if time.monotonic() >= deadline:
                message = f"Ollama did not answer within {timeout_s:.0f} s of its start."
                raise self.failed(ErrorKind.TIMEOUT, message, "Try “ollama serve” in a terminal to see why.")
            await asyncio.sleep(PROBE_INTERVAL_S)

    async def stop(self) -> None:
        """See `Runtime.stop`. Ollama has no command that stops its server: only one we started is ours to end."""
        if not await self.running():
            self._forget()
            return
        self.require_local("stopped")
        record = await self._started_by_us()
        if record is None:
            raise self.failed(
                ErrorKind.UNSUPPORTED,
                "Ollama was not started by this program, so it is not stopped by it.",
                "Quit the Ollama app, or on Linux run “sudo systemctl stop ollama”.",
            )
        await process.end_group(record[0], lambda: not process.process_exists(record[0]))
        deadline = time.monotonic() + STOP_TIMEOUT_S
        while await self.running():
            if time.monotonic() >= deadline:
                raise self.failed(ErrorKind.SERVER_ERROR, "Ollama is still running.", "Quit the Ollama app.")
            await asyncio.sleep(PROBE_INTERVAL_S)
        self._forget()

    async def why_not_stoppable(self) -> str:
        return "" if await self._started_by_us() is not None else "Stop it where it was started."

    async def _started_by_us(self) -> tuple[int, Path] | None:
        record = self._recorded()
        return record if record is not None and await process.runs_program(*record) else None

    def _log_file(self) -> Path | None:
        if self.state_folder is None:
            return None
        self.state_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self.state_folder / LOG_NAME

    def _remember(self, process_id: int, program: Path) -> None:
        if self.state_folder is not None:
            record = {"process_id": process_id, "program": str(program)}
            write_atomically(self.state_folder / RECORD_NAME, json.dumps(record).encode())

    def _recorded(self) -> tuple[int, Path] | None:
        if self.state_folder is None:
            return None
        try:
            record = json.loads((self.state_folder / RECORD_NAME).read_text(encoding="utf-8"))
            return int(record["process_id"]), Path(record["program"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):  # a damaged record: then it is not known to be ours
            return None

    def _forget(self) -> None:
        if self.state_folder is not None:
            (self.state_folder / RECORD_NAME).unlink(missing_ok=True)

    # --- models ---

    async def model_exists(self, model: str) -> bool:
        return _full_name(model) in await self._names("/api/tags")

    async def model_loaded(self, model: str) -> bool:
        return _full_name(model) in await self._names("/api/ps")

    async def _names(self, path: str) -> set[str]:
        answer = await self.call("GET", path, purpose="loaded models" if path == "/api/ps" else "models")
        value = self._checked(answer, "")
        models = value.get("models")
        found = [m.get("model") or m.get("name") for m in models or [] if isinstance(m, dict)]
        return {_full_name(name) for name in found if isinstance(name, str)}

    async def load(self, model: str, *, context_length: int | None = None) -> LoadedModel:
        """See `Runtime.load`. Asking again for a loaded model with the same context changes nothing in Ollama."""
        before = await self._loaded_context(model)
        if before is not None and (context_length is None or (before[0] or 0) >= context_length):
            return LoadedModel(model, before[0], was_loaded=True)
        request: dict[str, Any] = {"model": model, "stream": False}
        if context_length is not None:
            request["options"] = {"num_ctx": context_length}
        answer = await self.call("POST", "/api/generate", purpose="load", json=request, timeout_s=LOAD_TIMEOUT_S)
        self._checked(answer, model)
        after = await self._loaded_context(model)
        if after is None:
            raise self.failed(
                ErrorKind.SERVER_ERROR,
                f"Model {model!r} could not be loaded.",
                "Ollama reported success, but does not list it as loaded.",
                model=model,
            )
        return LoadedModel(model, after[0])

    async def unload(self, model: str) -> None:
        request = {"model": model, "keep_alive": 0, "stream": False}
        if not await self.model_loaded(model):
            return
        self._checked(await self.call("POST", "/api/generate", purpose="unload", json=request), model)
        deadline = time.monotonic() + UNLOAD_LIMIT_S
        while await self.model_loaded(model):  # it answers first and lets go afterwards
            if time.monotonic() >= deadline:
                raise self.failed(
                    ErrorKind.SERVER_ERROR, f"Model {model!r} is still loaded.", "It may be answering somebody else."
                )
            await asyncio.sleep(PROBE_INTERVAL_S)

    async def _loaded_context(self, model: str) -> tuple[int | None] | None:
        """The context of a loaded model (None in it where Ollama is silent), or None when it is not loaded."""
        value = self._checked(await self.call("GET", "/api/ps", purpose="loaded models"), model)
        for entry in value.get("models") or []:
            if isinstance(entry, dict) and _full_name(str(entry.get("model") or entry.get("name"))) == _full_name(
                model
            ):
                length = entry.get("context_length")
                return (length if isinstance(length, int) else None,)
        return None

    async def pull(self, model: str, on_progress: OnPull | None = None) -> None:
        """See `Runtime.pull`. Cancelling closes the connection, which cancels the download; a later one resumes."""
        report = on_progress or (lambda _progress: None)
        layers = _Layers()
        succeeded = False
        try:
            async with self.door.stream(
                "POST",
                f"{self.origin}/api/pull",
                purpose="pull",
                json={"model": model, "stream": True},
                first_byte_timeout_s=PULL_SILENCE_S,
                silence_timeout_s=PULL_SILENCE_S,
            ) as stream:
                if stream.status >= 400:
                    text = await stream.read_text()
                    raise self._error_of(_error_in(text), stream.status, model)
                async for line in _lines(stream):
                    if "error" in line:
                        raise self._error_of(str(line["error"]), stream.status, model)
                    succeeded = succeeded or line.get("status") == "success"
                    report(layers.take(line))
        except LLMError as exc:
            raise self.named(exc) from exc
        if not succeeded:
            raise self.failed(
                ErrorKind.INTERRUPTED,
                f"The download of {model!r} broke off.",
                "Start it again, it resumes.",
                model=model,
            )

    def _checked(self, answer: JsonAnswer, model: str) -> dict[str, Any]:
        if isinstance(answer.value, dict) and "error" not in answer.value and answer.status < 300:
            return answer.value
        raise self._error_of(_error_in(answer.text), answer.status, model)

    def _error_of(self, said: str, status: int, model: str) -> LLMError:
        """What an error text of Ollama's means; texts differ by route and version, so words decide."""
        lowered = said.lower()
        missing = "not found" in lowered or "does not exist" in lowered or "file does not exist" in lowered
        if missing and (status == 404 or "model" in lowered or "manifest" in lowered):
            return self.model_missing(model)
        shown = f"Ollama said: “{quoted(said)}”" if said.strip() else ""
        if "memory" in lowered:
            message = f"Model {model!r} could not be loaded."
            hint = f"Try a smaller model or context. {shown}"
            return self.failed(ErrorKind.OVERLOADED, message, hint, model=model, retryable=False)
        if status == 503:
            return self.failed(ErrorKind.OVERLOADED, "Ollama is busy.", shown, status=status)
        if 400 <= status < 500:
            return self.failed(ErrorKind.BAD_REQUEST, "Ollama refused the request.", shown, status=status)
        if not said and status < 400:
            return self.failed(
                ErrorKind.PROTOCOL,
                f"{self.origin} sent something that is not an answer.",
                "Is another program on this port?",
                retryable=False,
            )
        return self.failed(ErrorKind.SERVER_ERROR, "Ollama reported an error.", shown, status=status)


class _Layers:
    """Adds up the layers of a pull: several come side by side, each with its own figures."""

    def __init__(self) -> None:
        self._layers: dict[str, tuple[int, int]] = {}
        self._began = time.monotonic()
        self._first: int | None = None

    def take(self, line: dict[str, Any]) -> PullProgress:
        status = quoted(str(line.get("status", "")))
        digest, total, completed = line.get("digest"), line.get("total"), line.get("completed", 0)
        if isinstance(digest, str) and isinstance(total, int) and isinstance(completed, int) and total >= 0:
            self._layers[digest] = (max(0, min(completed, total)), total)
        if not self._layers:
            return PullProgress(status)
        done = sum(d for d, _ in self._layers.values())
        whole = sum(t for _, t in self._layers.values())
        if self._first is None:  # a resumed pull begins with what was there: no speed of ours
            self._first, self._began = done, time.monotonic()
        took = time.monotonic() - self._began
        speed = (done - self._first) / took if took > 1 else None
        return PullProgress(status, done, whole, speed)


async def _lines(stream: AsyncIterable[bytes]) -> AsyncIterator[dict[str, Any]]:
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
        raise LLMError(ErrorKind.PROTOCOL, "Ollama sent something that is not an answer.")
    return value


def _error_in(text: str) -> str:
    try:
        value = loads(text)
    except ValueError:
        return ""
    error = value.get("error") if isinstance(value, dict) else None
    return str(error.get("message", "")) if isinstance(error, dict) else str(error or "")


def _full_name(name: str) -> str:
    """Names compare without regard to case, and a missing tag means `latest`."""
    lowered = name.lower().removeprefix("registry.ollama.ai/").removeprefix("library/")
    last = lowered.rpartition("/")[2]
    return lowered if ":" in last else f"{lowered}:latest"


def _tail(log_file: Path | None) -> str:
    if log_file is None:
        return ""
    try:
        return process.without_terminal_codes(log_file.read_text(encoding="utf-8", errors="replace")[-4000:])
    except OSError:
        return ""
