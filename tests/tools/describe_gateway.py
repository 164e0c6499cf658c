"""The gateway's routes as a table: what there is, and where a token is needed."""

from __future__ import annotations

from fastapi.routing import APIRoute

from app.gateway import catalogue_routes, settings_routes, state_routes
from app.gateway.guard import OPEN_ON_LOOPBACK, OPEN_PATHS
from app.gateway.openapi import RELAYED
from tests.tools.markdown import table


def routes() -> str:
    rows = [(f"`POST {path}`", about[0], _token(path)) for path, about in RELAYED.items()]
    for module in (catalogue_routes, settings_routes, state_routes):
        for route in module.routes.routes:
            assert isinstance(route, APIRoute)
            path = route.path.replace(":path}", "}")
            for method in sorted(route.methods):
                rows.append((f"`{method} {path}`", route.summary or "A page about all of these", _token(route.path)))
    return table(("route", "what it is", "token"), rows)


def _token(path: str) -> str:
    if path in OPEN_PATHS:
        return "no"
    return "not on this computer" if path in OPEN_ON_LOOPBACK else "yes"
