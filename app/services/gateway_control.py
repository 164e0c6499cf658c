"""The gateway of the window: the child with what the settings say of it, and the tokens that open it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from app.services.gateway_log import TOKEN_VARIABLE
from app.services.gateway_process import GatewayOrder, GatewayProcess
from app.services.llm.errors import ErrorKind, LLMError
from app.services.wording import say

if TYPE_CHECKING:
    from app.services.container import Services
    from app.services.gateway_log import LoggedRequest
    from app.services.settings.schema import AppConfig
    from app.services.shared_database.gateway_tokens import TokenInfo

_DATABASE = "DATABASE_URL"


class GatewayControl:
    """Belongs to the loop of the services. Methods that touch tokens raise `LLMError`: unreachable, or `config`."""

    def __init__(self, services: Services, *, home: str | None = None, config_file: Path | None = None) -> None:
        """`home`, absolute, and `config_file`: as this program was started with."""
        self._services = services
        self.process = GatewayProcess(services.door, home=home, config_file=config_file)

    # -- the child

    def wanted(self) -> GatewayOrder:
        """What the settings in force ask for."""
        return order_of(self._services.settings.config)

    async def start(self) -> None:
        """Begin to start it as the settings say; `process.changed` tells what becomes of it.

        Raises:
            LLMError: kind `config`, other computers are to reach it and there is no token; or of the database.
        """
        order = self.wanted()
        if order.allow_lan and not os.environ.get(TOKEN_VARIABLE, "").strip() and not await self.tokens():
            raise LLMError(
                ErrorKind.CONFIG,
                say("Other computers are to reach the gateway, and no token protects it."),
                say("Make a token first, or keep it to this computer."),
            )
        self.process.start(order)

    async def requests(self) -> list[LoggedRequest]:
        """As `GatewayProcess.requests`."""
        return await self.process.requests()

    async def aclose(self) -> None:
        await self.process.aclose()

    # -- tokens

    async def tokens(self) -> list[TokenInfo]:
        """All of them, the oldest first. Makes no database."""
        from app.services.shared_database.database import open_if_made  # here: SQLAlchemy takes 200 ms

        database = await open_if_made(self._services.paths, self._database_url)
        if database is None:
            return []
        async with database:
            return await database.tokens.list()

    async def create_token(self, name: str) -> str:
        """A new token, given this once."""
        from app.services.shared_database.database import open_shared_database  # here: as above

        async with await open_shared_database(self._services.paths, self._database_url) as database:
            return await database.tokens.create(name)

    async def revoke_token(self, name: str) -> bool:
        """Take its right away, in a running gateway within seconds; False where there is none."""
        from app.services.shared_database.database import open_if_made  # here: as above

        database = await open_if_made(self._services.paths, self._database_url)
        if database is None:
            return False
        async with database:
            return await database.tokens.revoke(name)

    @property
    def _database_url(self) -> str | None:
        return os.environ.get(_DATABASE) or None


def order_of(config: AppConfig) -> GatewayOrder:
    """What a configuration asks for."""
    gateway = config.gateway
    return GatewayOrder(gateway.port, gateway.allow_lan, gateway.rate_limit)
