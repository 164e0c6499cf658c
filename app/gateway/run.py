"""Starting the gateway: one process, or several workers on one socket. The only door for `aica serve`."""

from __future__ import annotations

import asyncio
import errno
import gc
import json
import logging
import os
import signal
import socket
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.loops.auto import auto_loop_factory
from uvicorn.supervisors import Multiprocess

from app import log
from app.gateway.context import RequestIdFilter
from app.gateway.gateway import Gateway, environment_tokens, most_at_once
from app.gateway.http_protocol import LimitedHttpProtocol
from app.gateway.metrics import SHARED_FOLDER_VARIABLE
from app.gateway.options import GRACE_S as GRACE_S
from app.gateway.options import GatewayOptions as GatewayOptions
from app.paths import Paths, user_paths
from app.services.container import Overrides, load_settings, open_services
from app.services.gateway_log import TOKEN_VARIABLE
from app.services.llm import strangers
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.http import HttpDoor
from app.services.shared_database.database import SharedDatabase, open_shared_database

logger = logging.getLogger(__name__)

#: What a worker is told by its parent; holds no secrets.
OPTIONS_VARIABLE = "AICA_GATEWAY_OPTIONS"
_BACKLOG = 2_048
_READY_LIMIT_S = 60.0
#: For a look at who holds a port.
_LOOK_S = 1.5

#: From the start until everything that stays is there.
_SETTLED_AFTER_S = 2.0
#: Objects that were made and not given back before the garbage collector looks.
_GARBAGE_AFTER = 20_000

OnReady = Callable[[str], None]
#: How the core is opened here, whatever else was asked for.
OVERRIDES: dict[str, Any] = {"keep_history": False, "person_present": False}


async def open_gateway(options: GatewayOptions, paths: Paths, overrides: Overrides) -> Gateway:
    """The gateway with everything it needs, not listening yet.

    Raises:
        LLMError: kind `config`: an option that is refused, a database that cannot be used.
    """
    database = await _checked_database(options, paths)
    try:
        services = await open_services(paths, overrides)
    except BaseException:
        await database.aclose()
        raise
    gateway = Gateway(
        options,
        services,
        database,
        run_tokens=environment_tokens(),
        redis_url=os.environ.get("REDIS_URL") or None,
        most_at_once=most_at_once(),
    )
    await gateway.start()
    return gateway


async def _checked_database(options: GatewayOptions, paths: Paths) -> SharedDatabase:
    """The open database, made and migrated, after the options were held against its tokens.

    Raises:
        LLMError: as `open_gateway`.
    """
    database = await open_shared_database(paths, os.environ.get("DATABASE_URL") or None)
    try:
        # The window's own token lets nobody else in.
        options.check(has_token=TOKEN_VARIABLE in environment_tokens() or bool(await database.tokens.list()))
    except BaseException:
        await database.aclose()
        raise
    return database


def run_until_ended(options: GatewayOptions, paths: Paths, overrides: Overrides, on_ready: OnReady) -> None:
    """Serve in this process and this thread until it is asked to end, on the fastest event loop there is.

    Raises:
        LLMError: as `serve`.
    """
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        runner.run(serve(options, paths, overrides, on_ready))


async def serve(options: GatewayOptions, paths: Paths, overrides: Overrides, on_ready: OnReady) -> None:
    """Serve until this process is asked to end. `on_ready` gets the address when requests are answered.

    Raises:
        LLMError: kind `config`, as `open_gateway`, and for a port that cannot be used.
    """
    from app.gateway.app import make_app

    taken = await _own_socket(options)
    try:
        async with await open_gateway(options, paths, overrides) as gateway:
            _make_requests_cheap()
            server = _Server(_config(make_app(gateway), options), lambda: on_ready(address_of(taken, options)))
            await server.serve(sockets=[taken])
    finally:
        taken.close()


def serve_with_workers(
    options: GatewayOptions, paths: Paths, overrides: Overrides, home: str | None, on_ready: OnReady
) -> None:
    """Serve with several processes on one socket; one that ends is replaced.

    Raises:
        LLMError: as `serve`.
    """
    taken = asyncio.run(_own_socket(options))
    try:
        asyncio.run(_check_once(options, paths, overrides))
        with tempfile.TemporaryDirectory(prefix="aica-gateway-") as figures:
            os.environ[SHARED_FOLDER_VARIABLE] = figures
            told = {"options": asdict(options), "home": home, "config": str(overrides.config_file or "") or None}
            os.environ[OPTIONS_VARIABLE] = json.dumps(told)
            config = _config("app.gateway.worker:make", options, workers=options.workers, factory=True)
            address = address_of(taken, options)
            waiting = threading.Thread(target=_tell_when_ready, args=(address, on_ready), daemon=True)
            waiting.start()
            Multiprocess(config, sockets=[taken]).run()
    finally:
        taken.close()


async def _check_once(options: GatewayOptions, paths: Paths, overrides: Overrides) -> None:
    """What would stop every worker is told once, before they start; nothing is asked over the network for it."""
    async with await _checked_database(options, paths):
        await asyncio.to_thread(load_settings, paths, overrides)


def _tell_when_ready(address: str, on_ready: OnReady) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + _READY_LIMIT_S
    while time.monotonic() < deadline:
        try:
            with opener.open(f"{address}/healthz", timeout=2) as answer:
                if answer.status == 200:
                    on_ready(address)
                    return
        except OSError:
            time.sleep(0.05)
    logger.error("no worker answered within %.0f s", _READY_LIMIT_S)


def options_from_environment() -> tuple[GatewayOptions, Paths, Overrides]:
    """What the parent of a worker said."""
    told: dict[str, Any] = json.loads(os.environ[OPTIONS_VARIABLE])
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in told["options"].items()
    }
    config = Path(told["config"]) if told["config"] else None
    return GatewayOptions(**values), user_paths(told["home"]), Overrides(config_file=config, **OVERRIDES)


def prepare_worker(paths: Paths) -> None:
    """Logging of a process that the supervisor started."""
    log.set_up(paths.logs)
    _make_requests_cheap()


def address_of(taken: socket.socket, options: GatewayOptions) -> str:
    """The address to print: the host that was asked for, and the real port."""
    port = taken.getsockname()[1]
    host = f"[{options.host}]" if ":" in options.host else options.host
    return f"http://{host}:{port}"


async def _own_socket(options: GatewayOptions) -> socket.socket:
    """The bound socket.

    Raises:
        LLMError: kind `config`; it says who holds a port that is taken, where that one tells.
    """
    try:
        return bound_socket(options)
    except (OSError, OverflowError) as exc:
        reason = getattr(exc, "strerror", None) or str(exc)
        holder = await _holder(options) if getattr(exc, "errno", None) == errno.EADDRINUSE else ""
        raise LLMError(
            ErrorKind.CONFIG,
            f"{options.host}:{options.port} cannot be listened on: {reason}.",
            f"{holder}Choose another port with --port, or --port 0 for any free one.",
        ) from exc


def bound_socket(options: GatewayOptions) -> socket.socket:
    """Raises: OSError, OverflowError."""
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    # With the protocol named: asyncio switches the delay of small packets off for such sockets only.
    taken = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform != "win32":  # there it would let two programs share a port
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((options.host, options.port))
        # So that a port which somebody listens on is found taken now, and not with the first request.
        taken.listen(_BACKLOG)
        taken.set_inheritable(True)
    except BaseException:
        taken.close()
        raise
    return taken


async def _holder(options: GatewayOptions) -> str:
    """A sentence about who answers at a port that is taken, "" where it does not tell."""
    host = options.host if options.loopback else "127.0.0.1"
    host = f"[{host}]" if ":" in host else host
    door = HttpDoor()
    try:
        found = await strangers.recognise(door, f"http://{host}:{options.port}", besides=None, timeout_s=_LOOK_S)
    finally:
        await door.aclose()
    return f"It is {found.name} that holds it. " if found is not None else ""


def _config(application: Any, options: GatewayOptions, **more: Any) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        loop="auto",  # uvloop where it is installed
        http=LimitedHttpProtocol,
        ws="none",
        lifespan="auto" if more else "off",
        log_config=None,
        access_log=False,
        proxy_headers=False,  # the guard counts by token; a header of the client's decides nothing
        server_header=False,
        backlog=_BACKLOG,
        timeout_graceful_shutdown=options.grace_s,
        **more,
    )


def _make_requests_cheap() -> None:
    """Settings of a process that does nothing else than serving, in its loop."""
    # What a line does not show need not be found out for every request; the manual of `logging` names these.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    if sys.version_info >= (3, 12):
        logging.logAsyncioTasks = False
    logging._srcfile = None
    for handler in logging.getLogger().handlers:
        if not any(isinstance(one, RequestIdFilter) for one in handler.filters):
            handler.addFilter(RequestIdFilter())
    asyncio.get_running_loop().call_later(_SETTLED_AFTER_S, _look_for_less_garbage)


def _look_for_less_garbage() -> None:
    """What stands now stays, and what a request makes goes with it: a tenth of its cost was looking for garbage."""
    gc.freeze()
    gc.set_threshold(_GARBAGE_AFTER)


class _Server(uvicorn.Server):
    """Says when it listens, and takes Ctrl-C and termination as its ordinary end."""

    def __init__(self, config: uvicorn.Config, on_listening: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_listening = on_listening

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Without raising the signals again afterwards, which would turn a clean end into a failure."""
        numbers = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self.handle_exit) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_listening()
