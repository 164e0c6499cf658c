"""One loaded model: starts the child, waits until it is ready, keeps its last words, ends it."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import json
import logging
import os
import subprocess
import sys
from dataclasses import field
from pathlib import Path

from app.lean_dataclass import dataclass
from app.services.engine import load_failures, worker
from app.services.last_words import LastWords
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.http import HttpDoor
from app.services.process import end_group, start_options
from app.services.tasks import TaskOwner
from app.services.wording import say
from app.services.worker_command import worker_command

logger = logging.getLogger(__name__)

#: A frozen program has no Python to run a file with, so it starts itself (app/desktop/main.py looks for this).
FROZEN_ARGUMENT = "--engine-worker"
LIBRARY = "xllamacpp"
MAX_WORDS_BYTES = 32 * 1024
HEALTH_POLL_S = 0.1
HEALTH_TIMEOUT_S = 2.0
#: Between a broken connection and the word that the child behind it has ended.
EXIT_NOTICE_S = 1.0


@dataclass(frozen=True, slots=True)
class EngineOrder:
    """What to load, and with what. `executable`: the user's own llama-server in place of the library."""

    name: str
    model: Path
    context_length: int
    executable: Path | None = None
    batch: int | None = None
    """Tokens of a prompt that are read at a time; None: as many as llama.cpp takes by itself."""
    gpu_layers: int | None = None
    """Layers on the graphics card; None: as llama.cpp decides."""
    needed_bytes: int = field(default=0, compare=False)
    """Memory that it is thought to take."""
    prompt_cache_mib: int = field(default=0, compare=False)
    """Mebibytes beside that for windows of other chats, so that going back to one need not read it anew; 0: none."""


def library_folder() -> Path | None:
    """The folder that holds the library, None where it is not installed. Loads nothing of it."""
    try:
        spec = importlib.util.find_spec(LIBRARY)
    except (ImportError, ValueError):
        return None
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent.parent


class EngineProcess:
    """Belongs to the loop that starts it. One life: a new model, or another try, is a new object."""

    def __init__(self, order: EngineOrder, door: HttpDoor, *, key: str, command: tuple[str, ...] | None = None) -> None:
        """`key`: what requests must carry. `command`: in place of the worker's own (tests)."""
        self.order = order
        self.address = ""
        self._door = door
        self._key = key
        self._command = command or worker_command(FROZEN_ARGUMENT, worker)
        self._child: asyncio.subprocess.Process | None = None
        self._words = LastWords(MAX_WORDS_BYTES)
        self._tasks = TaskOwner()

    @property
    def process_id(self) -> int | None:
        """Of the running child, None while there is none."""
        return self._child.pid if self._child is not None and self._child.returncode is None else None

    @property
    def ready(self) -> bool:
        """Whether it answers, as far as anybody knows."""
        return bool(self.address) and self.process_id is not None

    @property
    def exit_status(self) -> int | None:
        """Negative for a signal; None while it runs, or where it never did."""
        return self._child.returncode if self._child is not None else None

    @property
    def last_words(self) -> list[str]:
        """The end of what it wrote to stderr, line by line."""
        return self._words.lines

    async def start(self, timeout_s: float) -> None:
        """Start the child and wait until the model is loaded. Cancelling ends it.

        Raises:
            LLMError: not_installed, overloaded (memory), unsupported, server_error (the file), timeout.
        """
        try:
            async with asyncio.timeout(timeout_s):
                await self._start()
        except TimeoutError as exc:
            raise LLMError(
                ErrorKind.TIMEOUT,
                say("{name} was not loaded within {seconds:.0f} s.", name=self.order.name, seconds=timeout_s),
                say("A larger first_token_timeout waits longer."),
                retryable=False,
            ) from exc
        finally:
            if not self.address:
                await self.aclose()

    async def _start(self) -> None:
        folder = None if self.order.executable is not None else library_folder()
        if self.order.executable is None and folder is None:
            raise load_failures.not_installed()
        program = Path(sys.executable)
        options = start_options(program) | {"stdin": subprocess.PIPE}
        try:
            self._child = await asyncio.create_subprocess_exec(
                str(program), *self._command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options
            )
        except OSError as exc:
            raise load_failures.not_installed(exc.strerror or str(exc)) from exc
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        listening = self._tasks.start(self._words.hear(self._child.stderr), name="engine.words")
        with contextlib.suppress(ConnectionError):  # it has ended: its words say why
            self._child.stdin.write(json.dumps(self._wanted(folder)).encode() + b"\n")
            await self._child.stdin.drain()
        address = self._address_in(await self._child.stdout.readline())
        if not address:
            # All its words are there once it has ended.
            await asyncio.wait({listening}, timeout=EXIT_NOTICE_S)
            await self.ended_within(EXIT_NOTICE_S)
            raise load_failures.load_error(self.order.name, self.last_words, self.exit_status)
        await self._healthy(address)
        self.address = address
        logger.info("the engine serves %s in process %d", self.order.name, self._child.pid)

    def _wanted(self, folder: Path | None) -> dict[str, object]:
        return {
            "model": str(self.order.model),
            "context": self.order.context_length,
            "prompt_cache_mib": self.order.prompt_cache_mib,
            "batch": self.order.batch,
            "gpu_layers": self.order.gpu_layers,
            "key": self._key,
            "executable": str(self.order.executable) if self.order.executable is not None else None,
            "library": str(folder) if folder is not None else None,
            "parent": os.getpid(),
        }

    def _address_in(self, line: bytes) -> str:
        """The address it tells; "" where it tells of a failure, or nothing."""
        try:
            said = json.loads(line)
        except ValueError:
            return ""
        if said.get("error") == "not_installed":
            raise load_failures.not_installed(str(said.get("reason", "")))
        return str(said.get("address", ""))

    async def _healthy(self, address: str) -> None:
        """llama-server listens before the model is loaded, and says 503 until then."""
        while True:
            status = None
            try:
                answer = await self._door.request_json(
                    "GET", f"{address}/health", purpose="built-in engine", timeout_s=HEALTH_TIMEOUT_S
                )
                status = answer.status
            except LLMError as exc:
                logger.debug("the engine is not ready: %s", exc)
            if status == 200:
                return
            if await self.ended_within(HEALTH_POLL_S):
                raise load_failures.load_error(self.order.name, self.last_words, self.exit_status)

    async def ended_within(self, seconds: float) -> bool:
        """Whether the child has ended, or does so within this time."""
        if self._child is None:
            return True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._child.returncode is None:  # noqa: ASYNC110 - `wait()` waits for its pipes, too
                    await asyncio.sleep(min(seconds, 0.02))
        return self._child.returncode is not None

    async def aclose(self) -> None:
        """End the child and whatever it started. Harmless when there is none."""
        child = self._child
        if child is not None:
            if child.stdin is not None:
                child.stdin.close()
            await end_group(child.pid, lambda: child.returncode is not None)
        await self._tasks.aclose()
        if child is not None:
            # Process offers no way to close pipes that others hold open; asyncio's own tests do it like this.
            child._transport.close()  # type: ignore[attr-defined]  # private, see above
