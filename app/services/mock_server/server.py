"""The simulated LM Studio: real HTTP on loopback, scriptable while it runs."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Self
from urllib.parse import unquote

from app.services.mock_server import faults
from app.services.mock_server.http import ApiError, Connection, ConnectionCutError, Request
from app.services.mock_server.models import Collection
from app.services.mock_server.native_api import NativeApi
from app.services.mock_server.openai_api import OpenAiApi
from app.services.mock_server.script import Fault, FaultScope, Script
from app.services.mock_server.stats import RecordedRequest, Stats

logger = logging.getLogger(__name__)

Handler = Callable[[Request, Connection, Fault], Awaitable[None]]


class MockServer:
    """Imitates LM Studio's HTTP server closely enough to test against. Every answer carries `X-Simulated: 1`.

    Attributes:
        script: what it does; change it at any time (or `POST /_simulator/script`).
        stats: what it saw (or `GET /_simulator/stats`).
        base_url: origin such as `http://127.0.0.1:41233`, empty before `start`.
    """

    def __init__(self, script: Script | None = None) -> None:
        self.script = script or Script()
        self.stats = Stats()
        self.base_url = ""
        self.collection = Collection(self.script, self.stats)
        self._openai = OpenAiApi(self.script, self.stats, self.collection)
        self._native = NativeApi(self.script, self.stats, self.collection)
        self._server: asyncio.Server | None = None
        self._connections: set[Connection] = set()
        self._routes = self._make_routes()

    async def start(self, port: int = 0, host: str = "127.0.0.1") -> str:
        """Listen; port 0 takes a free one. Returns `base_url`.

        Raises:
            ValueError: `host` is not a loopback address: a simulator has no business on a network.
            OSError: the port is taken.
        """
        if not ipaddress.ip_address(host).is_loopback:
            raise ValueError(f"the simulator listens on loopback only, not on {host}")
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._connect, host, port)
        chosen = self._server.sockets[0].getsockname()[1]
        self.base_url = f"http://[{host}]:{chosen}" if ":" in host else f"http://{host}:{chosen}"
        return self.base_url

    async def aclose(self) -> None:
        """Stop listening and end every connection; harmless when not started."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        tasks = []
        for connection in tuple(self._connections):
            if connection.task is not None:
                connection.task.cancel()
                tasks.append(connection.task)
            if connection.transport is not None:
                connection.transport.abort()
        await asyncio.gather(*tasks, return_exceptions=True)
        if server is not None:
            await server.wait_closed()

    async def __aenter__(self) -> Self:
        if self._server is None:
            await self.start()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.aclose()

    def _connect(self) -> Connection:
        return Connection(self._serve, self.script, self.stats, self._connections)

    # --- one request ---

    async def _serve(self, request: Request, connection: Connection) -> None:
        self._record(request)
        try:
            if request.path.startswith("/_simulator/"):
                await self._control(request, connection)
                return
            if request.path == "/lmstudio-greeting" and not self._fault_everywhere():
                await connection.send_json(200, {"lmstudio": True})  # answers without a token, too
                return
            handler, scope = self._route(request)
            token = _bearer(request)
            if self.script.token is not None and token != self.script.token:
                raise faults.auth_refusal(token)
            fault = self.script.takes_fault(scope)
            if not await faults.apply_before_answer(fault, self.script, connection, token):
                await handler(request, connection, fault)
        except ApiError as exc:
            if connection.stream_started:  # too late for a status
                raise ConnectionCutError from exc
            await connection.send_json(exc.status, exc.body, exc.headers)

    def _fault_everywhere(self) -> bool:
        return self.script.fault is not Fault.NONE and self.script.fault_scope == "all"

    def _record(self, request: Request) -> None:
        body: Any = None
        if request.body:
            with contextlib.suppress(ApiError):  # a body that is not JSON is recorded as None
                body = request.json()
        self.stats.recorded.append(RecordedRequest(request.method, request.target, request.headers, body))

    def _make_routes(self) -> dict[tuple[str, str], tuple[Handler, FaultScope]]:
        return {
            ("GET", "/lmstudio-greeting"): (self._greeting, "all"),
            ("GET", "/v1/models"): (self._list(self.collection.openai_list), "models"),
            ("GET", "/api/v0/models"): (self._list(self.collection.v0_list), "models"),
            ("GET", "/api/v1/models"): (self._list(self.collection.v1_list), "models"),
            ("POST", "/v1/chat/completions"): (self._openai.chat, "generation"),
            ("POST", "/v1/completions"): (self._openai.completion, "generation"),
            ("POST", "/v1/embeddings"): (self._openai.embeddings, "generation"),
            ("POST", "/api/v0/chat/completions"): (self._openai.chat, "generation"),
            ("POST", "/api/v0/completions"): (self._openai.completion, "generation"),
            ("POST", "/api/v0/embeddings"): (self._openai.embeddings, "generation"),
            ("POST", "/api/v1/chat"): (self._native.chat, "generation"),
            ("POST", "/api/v1/models/load"): (self._native.load, "all"),
            ("POST", "/api/v1/models/unload"): (self._native.unload, "all"),
            ("POST", "/api/v1/models/download"): (self._native.download, "all"),
        }

    def _route(self, request: Request) -> tuple[Handler, FaultScope]:
        path = unquote(request.path)
        if not (self.script.old_server and path.startswith("/api/v1/")):
            if (request.method, path) in self._routes:
                return self._routes[request.method, path]
            if request.method == "GET" and path.startswith("/api/v0/models/"):
                return self._native.v0_model, "models"
            if request.method == "GET" and path.startswith("/api/v1/models/download/status/"):
                return self._native.download_status, "all"
        return self._unexpected, "all"

    async def _greeting(self, _request: Request, connection: Connection, _fault: Fault) -> None:
        await connection.send_json(200, {"lmstudio": True})

    async def _unexpected(self, request: Request, connection: Connection, _fault: Fault) -> None:
        """LM Studio's catch-all: status 200 and an error."""
        message = f"Unexpected endpoint or method. ({request.method} {request.path})"
        await connection.send_json(200, {"error": message})

    def _list(self, make: Callable[[], dict[str, Any]]) -> Handler:
        async def handler(_request: Request, connection: Connection, _fault: Fault) -> None:
            await asyncio.sleep(self.script.list_delay)
            await connection.send_json(200, make())

        return handler

    # --- remote control ---

    async def _control(self, request: Request, connection: Connection) -> None:
        _refuse_browsers(request, connection)
        if (request.method, request.path) == ("GET", "/_simulator/stats"):
            await connection.send_json(200, self.stats.as_dict())
        elif (request.method, request.path) == ("GET", "/_simulator/script"):
            await connection.send_json(200, self.script.as_dict())
        elif (request.method, request.path) == ("POST", "/_simulator/script"):
            try:
                self.script.update(request.json_object())
            except ValueError as exc:
                raise ApiError(400, {"error": str(exc)}) from exc
            await connection.send_json(200, self.script.as_dict())
        else:
            raise ApiError(404, {"error": f"No such control: {request.method} {request.path}"})


def _refuse_browsers(request: Request, connection: Connection) -> None:
    """Only programs of this computer may steer the simulator, not pages in a browser.

    Raises:
        ApiError: 403, a peer beyond loopback, a foreign Host, or an Origin; 415, a body that is not JSON.
    """
    peer = connection.transport.get_extra_info("peername") if connection.transport is not None else None
    host = request.headers.get("host", "").rpartition(":")[0].strip("[]")
    local_peer = peer is not None and ipaddress.ip_address(str(peer[0])).is_loopback
    if not local_peer or host not in ("127.0.0.1", "localhost", "::1") or "origin" in request.headers:
        raise ApiError(403, {"error": "The simulator takes orders from this computer only."})
    if request.method == "POST" and not request.headers.get("content-type", "").startswith("application/json"):
        raise ApiError(415, {"error": "Send application/json."})


def _bearer(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None
