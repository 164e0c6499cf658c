"""What all routes share: the core, the database of settings and tokens, and what is running."""

from __future__ import annotations

import hmac
import logging
import os
from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Self

from app.gateway.context import RequestContext
from app.gateway.errors import RefusedError
from app.gateway.hosts import Hosts
from app.gateway.metrics import Metrics
from app.gateway.options import DEFAULT_RATE_LIMIT, GatewayOptions
from app.gateway.request_body import BodyRoom
from app.gateway.routing import Router
from app.services.container import Services
from app.services.gateway_log import TOKEN_VARIABLE, WINDOW_TOKEN_VARIABLE
from app.services.llm.relay_client import RelayClient
from app.services.shared_database.database import SharedDatabase
from app.services.shared_database.settings_row import LlmSettings
from app.services.tasks import TaskOwner

if TYPE_CHECKING:
    from app.gateway.rate_limit import RateLimit

logger = logging.getLogger(__name__)

ROUTES = frozenset(
    {
        "/v1/models",
        "/v1/chat/completions",
        "/v1/completions",
        "/v1/embeddings",
        "/v1/responses",
        "/v1/messages",
        "/v1/messages/count_tokens",
        "/api/models/public",
        "/api/v1/llm-settings",
        "/api/v1/requests",
        "/healthz",
        "/readyz",
        "/metrics",
        "/docs",
        "/openapi.json",
    }
)
#: The newest requests, for the window's log; contents are never kept.
_LISTED_REQUESTS = 500
#: Each request takes a connection of the client and one of a server.
_SPARE_FILES = 128


class Gateway:
    """Belongs to one loop. `most_at_once`: requests that are answered at a time; further ones are refused with 503.
    `run_tokens`: those of this run alone, by the names that the log of requests gives them."""

    def __init__(
        self,
        options: GatewayOptions,
        services: Services,
        database: SharedDatabase,
        *,
        run_tokens: Mapping[str, str] | None = None,
        redis_url: str | None = None,
        most_at_once: int = 1_000,
    ) -> None:
        self.options = options
        self.services = services
        self.database = database
        self.hosts = Hosts(services)
        self.router = Router(services, self.hosts)
        self.relay = RelayClient(services.door)
        self.bodies = BodyRoom()
        self.metrics = Metrics(ROUTES)
        self.requests: deque[RequestContext] = deque(maxlen=_LISTED_REQUESTS)
        self.missing_shapes: set[tuple[str, str]] = set()
        """Addresses and shapes that were found not to go together."""
        limit = options.requests_a_minute
        self._redis_url = redis_url
        self.rate_limit = _rate_limit(limit, redis_url) if limit else None
        self._guesses: RateLimit | None = self.rate_limit
        self._run_tokens = {name: token.encode() for name, token in (run_tokens or {}).items()}
        self._most_at_once = most_at_once
        self._running = 0
        self.settings = LlmSettings()
        self.tasks = TaskOwner()
        self._polled = services.catalogue.polled.subscribe(self._on_polled)

    async def start(self) -> None:
        """Begin to look at servers, and at what other gateways change, in the background."""
        await self.use_settings(await self.database.settings.read())
        self.services.catalogue.start()
        self.tasks.start(self._follow_settings(), name="gateway.settings")

    async def _follow_settings(self) -> None:
        async for row in self.database.settings.follow(self.settings):
            await self.use_settings(row)

    async def use_settings(self, row: LlmSettings) -> None:
        """Take the row into use: its provider and models, above the file and below the environment."""
        self.settings = row
        await self.services.use_row(row)
        self.router.forget()

    def _on_polled(self, _nothing: None) -> None:
        self.tasks.start(self._look_at_hosts(), name="gateway.hosts")

    async def _look_at_hosts(self) -> None:
        await self.hosts.look()
        self.router.forget()
        # An updated server may speak more than its older version did.
        self.missing_shapes.clear()

    async def token_name(self, given: str) -> str | None:
        """Whose token it is, None for one that is not known."""
        for name, token in self._run_tokens.items():
            if hmac.compare_digest(given.encode(), token):
                return name
        found = await self.database.tokens.find(given)
        return found.name if found is not None else None

    @property
    def guesses(self) -> RateLimit:
        """Counts wrong tokens, also where requests are not counted."""
        if self._guesses is None:
            self._guesses = _rate_limit(DEFAULT_RATE_LIMIT, self._redis_url)
        return self._guesses

    async def enter(self, context: RequestContext) -> None:
        """Raises: RefusedError: 503, there is too much to do."""
        if self._running >= self._most_at_once:
            raise RefusedError(
                503, "overloaded", "Too many requests at once.", "Try again in a moment.", {"retry-after": "1"}
            )
        self._running += 1

    def leave(self) -> None:
        self._running -= 1

    async def aclose(self) -> None:
        self._polled.close()
        self.router.close()
        await self.tasks.aclose()
        await self.relay.aclose()
        if self._guesses is not None:  # `rate_limit`, too, where there is one
            await self._guesses.aclose()
        await self.services.aclose()
        await self.database.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.aclose()


def _rate_limit(requests_a_minute: int, redis_url: str | None) -> RateLimit:
    from app.gateway.rate_limit import RateLimit  # here: on loopback nothing is counted

    return RateLimit(requests_a_minute, redis_url)


def most_at_once() -> int:
    """How many requests this process has files for, after its soft limit was raised to the hard one."""
    try:
        import resource  # not on Windows, where sockets are no files
    except ImportError:
        return 4_000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65_536 if hard == resource.RLIM_INFINITY else hard
    if soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, 65_536), hard))
            soft = min(wanted, 65_536)
        except (ValueError, OSError) as exc:
            logger.info("the limit of open files stays at %d: %s", soft, exc)
    return max(16, min(8_000, (soft - _SPARE_FILES) // 2))


def environment_tokens() -> dict[str, str]:
    """The tokens of this run, by the variables that hold them: the user's, and that of the window that started it."""
    given = {name: os.environ.get(name, "").strip() for name in (TOKEN_VARIABLE, WINDOW_TOKEN_VARIABLE)}
    return {name: token for name, token in given.items() if token}
