"""The gateway as a child of this program: started, watched, asked for its log of requests, ended.

It ends with this program, whatever becomes of that: its standard input is a pipe whose other end is here.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal

from pydantic import SecretStr, ValidationError

from app.lean_dataclass import dataclass
from app.paths import code_folder
from app.services.gateway_log import PATH, TOKEN_PREFIX, WINDOW_TOKEN_VARIABLE, LoggedRequest
from app.services.last_words import LastWords
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.http import HttpDoor
from app.services.observe import Event
from app.services.process import LIBRARY_PATHS, READ_BYTES, end_group, start_options
from app.services.tasks import TaskOwner
from app.services.wording import is_translated, say

logger = logging.getLogger(__name__)

START_LIMIT_S = 30.0
#: From the wish that it ends to the kill. It gives running answers a little less by itself.
STOP_GRACE_S = 3.0
#: Between the end of its output and the word that it has ended.
EXIT_NOTICE_S = 1.0
REQUESTS_LIMIT_S = 5.0
MAX_WORDS_BYTES = 16 * 1024
#: A frozen program starts itself with this argument and the words of a command.
FROZEN_ARGUMENT = "--command"
HERE, EVERYWHERE = "127.0.0.1", "0.0.0.0"  # noqa: S104 - listened on only where the user says so
_PORTS_TRIED = 20
_READY = "listening on "

#: Isolated, so that nothing from the current folder is imported; then the very code that runs here.
_RUN = "import sys; sys.path.insert(0, {root!r}); from app.cli.main import main; sys.exit(main())"
_PACKAGES = ("site-packages", "dist-packages")


@dataclass(frozen=True, slots=True)
class GatewayOrder:
    """What to listen on: port 0 takes a free one. `rate_limit` as in the settings."""

    port: int
    allow_lan: bool = False
    rate_limit: int | None = None

    @property
    def host(self) -> str:
        return EVERYWHERE if self.allow_lan else HERE


GatewayStatus = Literal["stopped", "starting", "listening", "stopping", "failed"]


@dataclass(frozen=True, slots=True)
class GatewayState:
    """What is known of it. `address` reaches it from this computer; `free_port` may be taken in place of a taken one.

    `message` and `hint` say why it failed.
    """

    status: GatewayStatus = "stopped"
    order: GatewayOrder | None = None
    address: str = ""
    message: str = ""
    hint: str = ""
    free_port: int | None = None

    @property
    def port(self) -> int:
        """The one it listens on, 0 where it does not."""
        return int(self.address.rpartition(":")[2] or 0)


def serve_command(*words: str) -> tuple[str, ...]:
    """The arguments after the interpreter, or after this program where it is frozen, that run a command of `aica`."""
    if getattr(sys, "frozen", False):
        return (FROZEN_ARGUMENT, *words)
    root = code_folder()
    if root.name in _PACKAGES:  # in front of Python's own modules it might hide one of them
        return ("-I", "-m", "app.cli.main", *words)
    return ("-I", "-c", _RUN.format(root=str(root)), *words)


class GatewayProcess:
    """Belongs to one loop. At most one child at a time; one that ends by itself is told, not started again: whoever
    ended it, or what broke it, would do so once more, and clients see a gateway that comes and goes."""

    def __init__(
        self,
        door: HttpDoor,
        *,
        home: str | None = None,
        config_file: Path | None = None,
        command: tuple[str, ...] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """`home`, an absolute path, and `config_file`: what this program was started with. `command`, `environment`:
        in place of ours (tests)."""
        self._door = door
        self._home = home
        self._config_file = config_file
        self._command = command
        self._environment = os.environ if environment is None else environment
        self._child: asyncio.subprocess.Process | None = None
        self._life: asyncio.Task[None] | None = None
        self._words = LastWords(MAX_WORDS_BYTES)
        self._key: SecretStr | None = None
        self._stopping = False
        self._tasks = TaskOwner()
        self.state = GatewayState()
        #: On this loop.
        self.changed: Event[GatewayState] = Event()

    @property
    def process_id(self) -> int | None:
        """Of the running child, None while there is none."""
        return self._child.pid if self._child is not None and self._child.returncode is None else None

    # -- for whoever owns it

    def start(self, order: GatewayOrder) -> None:
        """Begin to start it; `changed` tells what becomes of it. Does nothing where it runs."""
        if self._life is None or self._life.done():
            self._stopping = False
            self._set(GatewayState("starting", order))
            self._life = self._tasks.start(self._live(order), name="gateway.life")

    async def stop(self) -> None:
        """End it; answers that run get a moment. Also takes a failure away that is on show."""
        life = self._life
        if life is None or life.done():
            self._set(GatewayState())
            return
        self._stopping = True
        self._set(replace(self.state, status="stopping"))
        self._let_go()
        done, _ = await asyncio.wait({life}, timeout=STOP_GRACE_S)
        if not done:
            logger.warning("the gateway did not end within %.0f s", STOP_GRACE_S)
            if self._child is not None:
                await self._kill(self._child)
            await asyncio.wait({life}, timeout=EXIT_NOTICE_S)

    async def requests(self) -> list[LoggedRequest]:
        """Its newest requests, the newest first; none while it does not listen.

        Raises:
            LLMError: it does not answer as it should.
        """
        address, key = self.state.address, self._key
        if not address or key is None:
            return []
        answer = await self._door.direct().request_json(
            "GET", f"{address}{PATH}", purpose="gateway", key=key, timeout_s=REQUESTS_LIMIT_S
        )
        if answer.status != 200 or not isinstance(answer.value, list):
            hint = say("It answered {status}.", status=answer.status)
            raise LLMError(ErrorKind.PROTOCOL, say("The gateway does not tell its requests."), hint)
        try:
            return [LoggedRequest.model_validate(one) for one in answer.value]
        except ValidationError as exc:
            raise LLMError(ErrorKind.PROTOCOL, say("The gateway tells its requests in another form."), "") from exc

    async def aclose(self) -> None:
        await self.stop()
        await self._tasks.aclose()

    # -- one life

    async def _live(self, order: GatewayOrder) -> None:
        key = SecretStr(TOKEN_PREFIX + secrets.token_urlsafe(32))
        try:
            child = self._child = await self._spawn(order, key)
        except OSError as exc:
            self._set(
                GatewayState("failed", order, "", say("The gateway could not be started."), exc.strerror or str(exc))
            )
            return
        listened = late = False
        hearing = self._tasks.start(self._words.hear(child.stderr), name="gateway.words")
        if self._stopping:
            self._let_go()
        try:
            assert child.stdout is not None
            try:
                async with asyncio.timeout(START_LIMIT_S):
                    address = _address_in(await child.stdout.readline())
            except TimeoutError:
                address, late = "", True
            if address and not self._stopping:
                listened, self._key = True, key
                self._set(GatewayState("listening", order, address))
                logger.info("the gateway listens at %s in process %d", address, child.pid)
            if not late:
                while await child.stdout.read(READ_BYTES):  # it says nothing more; its end is the child's
                    continue
        finally:
            await self._finish(child, hearing)
        self._set(GatewayState() if self._stopping else await self._failure(order, child, listened=listened, late=late))

    async def _spawn(self, order: GatewayOrder, key: SecretStr) -> asyncio.subprocess.Process:
        program = Path(sys.executable)
        words = ["serve", "--host", order.host, "--port", str(order.port), "--end-with-stdin"]
        words += ["--allow-lan"] if order.allow_lan else []
        words += ["--rate-limit", str(order.rate_limit)] if order.rate_limit is not None else []
        words += ["--home", self._home] if self._home else []
        words += ["--config", str(self._config_file)] if self._config_file is not None else []
        options = start_options(program, self._own_environment(key)) | {"stdin": subprocess.PIPE}
        return await asyncio.create_subprocess_exec(
            str(program),
            *(self._command or serve_command(*words)),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **options,
        )

    def _own_environment(self, key: SecretStr) -> dict[str, str]:
        """All of ours, unlike other children: it is this program once more, and obeys the same variables and keys."""
        ours = {name: value for name, value in self._environment.items() if name not in LIBRARY_PATHS}
        return ours | {WINDOW_TOKEN_VARIABLE: key.get_secret_value()}

    def _let_go(self) -> None:
        if self._child is not None and self._child.stdin is not None:
            self._child.stdin.close()

    async def _kill(self, child: asyncio.subprocess.Process) -> None:
        if child.returncode is None:
            await end_group(child.pid, lambda: child.returncode is not None)

    async def _finish(self, child: asyncio.subprocess.Process, hearing: asyncio.Task[None]) -> None:
        self._key = None
        self._let_go()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(EXIT_NOTICE_S):
                while child.returncode is None:  # noqa: ASYNC110 - `wait()` waits for its pipes, too
                    await asyncio.sleep(0.01)
        await self._kill(child)
        await asyncio.wait({hearing}, timeout=EXIT_NOTICE_S)
        # Process offers no way to close pipes that others hold open; asyncio's own tests do it like this.
        child._transport.close()  # type: ignore[attr-defined]  # private, see above

    async def _failure(
        self, order: GatewayOrder, child: asyncio.subprocess.Process, *, listened: bool, late: bool
    ) -> GatewayState:
        """Why it is not there, in its own words where it found any."""
        said = [line.strip() for line in self._words.lines if line.strip()]
        message, hint = "", " ".join(said[-1:])
        if late:
            message = say("The gateway did not listen within {seconds:.0f} s.", seconds=START_LIMIT_S)
        elif listened:
            message = _end_text(child.returncode)
        elif said:
            message, hint = said[0].removeprefix("aica: "), " ".join(said[1:])
        free_port = None if listened or late else await asyncio.to_thread(_another_port, order)
        if said and not listened and not late and is_translated():  # its own words are English
            message, hint = _translated(order, said, is_taken=free_port is not None)
        logger.warning("the gateway failed: %s %s", message or _end_text(child.returncode), hint)
        return GatewayState("failed", order, "", message or _end_text(child.returncode), hint, free_port)

    def _set(self, state: GatewayState) -> None:
        if state != self.state:
            self.state = state
            self.changed.emit(state)


def _address_in(line: bytes) -> str:
    """The address that reaches it from here; "" where it tells none."""
    text = line.decode("utf-8", "replace").strip()
    return text.removeprefix(_READY).replace(EVERYWHERE, HERE) if text.startswith(_READY) else ""


def _translated(order: GatewayOrder, said: list[str], *, is_taken: bool) -> tuple[str, str]:
    """Message and hint in the window's language; what is not known here is quoted."""
    if is_taken:
        return say("{host}:{port} cannot be listened on.", host=order.host, port=order.port), say(
            "Choose another port."
        )
    return say("The gateway could not be started."), say("It said: “{message}”", message=" ".join(said))


def _end_text(status: int | None) -> str:
    if status is not None and status < 0:
        return say("The gateway was ended by signal {status}.", status=-status)
    return say("The gateway ended by itself, with status {status}.", status=status)


def _another_port(order: GatewayOrder) -> int | None:
    """A port to offer where the wanted one cannot be listened on; None where it can: the reason is another one."""
    if not order.port or can_listen(order.host, order.port):
        return None
    nearby = range(order.port + 1, min(order.port + 1 + _PORTS_TRIED, 65_536))
    return next((port for port in nearby if port > 1024 and can_listen(order.host, port)), 0)


def can_listen(host: str, port: int) -> bool:
    """Whether this program could listen there now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as trial:
        if sys.platform != "win32":  # there it would let two programs share a port
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
            trial.listen(1)
        except OSError:
            return False
    return True
