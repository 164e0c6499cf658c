"""The application of one worker process, made by the supervisor."""

from __future__ import annotations

from typing import Any

from app.gateway.gateway import Gateway
from app.gateway.run import open_gateway, options_from_environment, prepare_worker


def make() -> Any:
    """An ASGI application that opens its gateway with the server's start and closes it with its end."""
    return _Worker()


class _Worker:
    def __init__(self) -> None:
        self._gateway: Gateway | None = None
        self._app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        await receive()
        await self._open()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        assert self._gateway is not None
        await self._gateway.aclose()
        await send({"type": "lifespan.shutdown.complete"})

    async def _open(self) -> None:
        from app.gateway.app import make_app

        options, paths, overrides = options_from_environment()
        prepare_worker(paths)
        self._gateway = await open_gateway(options, paths, overrides)
        self._app = make_app(self._gateway)
