"""Bearer tokens of the gateway. Only hashes are stored, and looked at on every request."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import re
import secrets
import time
from dataclasses import field
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict
from sqlalchemy import (
    Column,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    delete,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from app.lean_dataclass import dataclass
from app.services.gateway_log import TOKEN_PREFIX
from app.services.llm.errors import ErrorKind, LLMError
from app.services.shared_database.access import DatabaseAccess
from app.services.shared_database.utc import UtcTime
from app.services.tasks import TaskOwner
from app.services.wording import say

PREFIX = TOKEN_PREFIX
_RANDOM_BYTES = 32
_TOKEN = re.compile(re.escape(PREFIX) + r"[A-Za-z0-9_-]{43}")
#: Begins with a letter or digit; what looks like a token is none, or somebody would store one in plain text.
_NAME = re.compile(rf"(?!{PREFIX})[A-Za-z0-9][A-Za-z0-9 ._@-]{{0,63}}(?<! )")

#: A revoked token may be taken for so long, in other processes too.
FRESH_S = 2.0
#: Unknown tokens make us look again, but no more often than this.
_LOOK_AGAIN_S = 0.25
NOTE_USE_EVERY_S = 60.0

_TOKENS = Table(
    "gateway_tokens",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("name", Text),
    Column("hash", LargeBinary),
    Column("hint", Text),
    Column("created_at", UtcTime),
    Column("last_used_at", UtcTime),
)


class TokenInfo(BaseModel):
    """What may be shown of a token."""

    model_config = ConfigDict(frozen=True)

    name: str
    created_at: datetime
    last_used_at: datetime | None = None
    """To the minute."""
    hint: str
    """Its last four characters."""


@dataclass(slots=True)
class _Known:
    """All tokens as they were at one moment: hash → token."""

    begun_at: float = float("-inf")
    tokens: dict[bytes, TokenInfo] = field(default_factory=dict)


def hash_of(token: str) -> bytes:
    """What is stored. A fast hash is enough: 256 random bits cannot be guessed, as the passwords of slow ones can."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


class GatewayTokens:
    """The tokens of the shared database. Belongs to one loop."""

    def __init__(self, access: DatabaseAccess) -> None:
        self._access = access
        self._known = _Known()
        self._revoked_at = float("-inf")
        self._look: asyncio.Task[LLMError | None] | None = None
        self._noted: dict[bytes, float] = {}
        self._tasks = TaskOwner()

    async def create(self, name: str) -> str:
        """A new token. It is returned this once; what is stored cannot give it back.

        Raises:
            LLMError: kind `config`, the name is taken or not valid; or unreachable.
        """
        if not _NAME.fullmatch(name):
            raise LLMError(
                ErrorKind.CONFIG,
                say("This is not a name for a token."),
                say("Use up to 64 letters, digits, spaces and . _ @ -, beginning with a letter or digit."),
            )
        token = PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
        row = {"name": name, "hash": hash_of(token), "hint": token[-4:], "created_at": datetime.now(UTC)}

        def work(connection: Connection) -> None:
            try:
                connection.execute(insert(_TOKENS).values(row))
            except IntegrityError:
                raise LLMError(
                    ErrorKind.CONFIG,
                    say("There is a token named {name!r} already.", name=name),
                    say("Choose another name, or revoke it."),
                ) from None

        await self._access.write(work)
        return token

    async def list(self) -> list[TokenInfo]:
        """All tokens, the oldest first. Raises: LLMError: unreachable, or `config`."""
        return list((await self._access.read(_all_tokens)).values())

    async def revoke(self, name: str) -> bool:
        """Take a token's right away, here at once and in other processes within `FRESH_S`; False where there is none.

        Raises:
            LLMError: unreachable, or `config`.
        """
        gone = await self._access.write(lambda c: c.execute(delete(_TOKENS).where(_TOKENS.c.name == name)).rowcount)
        self._revoked_at = time.monotonic()  # a look that is under way may have seen it still
        return gone > 0

    async def find(self, token: str) -> TokenInfo | None:
        """Whose token this is; None for one that is unknown or revoked. Meant for every request.

        Mostly it is answered from memory, which holds the tokens that exist and nothing about those that were tried.

        Raises:
            LLMError: unreachable, or `config`: nobody is let in by what was true a while ago.
        """
        if not _TOKEN.fullmatch(token):
            return None
        asked_at = time.monotonic()
        digest = hash_of(token)
        still_true_from = max(asked_at - FRESH_S, self._revoked_at)
        if self._known.begun_at >= still_true_from and (found := self._lookup(digest)):
            return self._used(digest, found)
        # Unknown here may be new in another process: only a look begun after the question tells.
        while self._known.begun_at < asked_at:
            await self._look_at_all()
        found = self._lookup(digest)
        return self._used(digest, found) if found else None

    def _lookup(self, digest: bytes) -> TokenInfo | None:
        for stored, info in self._known.tokens.items():
            if hmac.compare_digest(stored, digest):
                return info
        return None

    async def _look_at_all(self) -> None:
        """One look for all who wait. It goes on when one of them leaves."""
        if self._look is None or self._look.done():
            self._look = self._tasks.start(self._refresh(), name="gateway tokens")
        if failure := await asyncio.shield(self._look):
            raise failure

    async def _refresh(self) -> LLMError | None:
        since = time.monotonic() - self._known.begun_at
        if since < _LOOK_AGAIN_S:
            await asyncio.sleep(_LOOK_AGAIN_S - since)
        begun_at = time.monotonic()
        try:
            tokens = await self._access.read(_all_tokens)
        except LLMError as exc:  # an answer like any other: those who wait raise it
            return exc
        self._known = _Known(begun_at, tokens)
        self._noted = {digest: at for digest, at in self._noted.items() if digest in tokens}
        return None

    def _used(self, digest: bytes, found: TokenInfo) -> TokenInfo:
        now = time.monotonic()
        if now - self._noted.get(digest, float("-inf")) >= NOTE_USE_EVERY_S:
            self._noted[digest] = now
            self._tasks.start(self._note_use(digest), name="note the use of a token")
        return found

    async def _note_use(self, digest: bytes) -> None:
        now = datetime.now(UTC)
        before = datetime.fromtimestamp(now.timestamp() - NOTE_USE_EVERY_S, UTC)
        used = _TOKENS.c.last_used_at
        statement = update(_TOKENS).where(_TOKENS.c.hash == digest, or_(used.is_(None), used <= before))
        with contextlib.suppress(LLMError):  # logged there; the request itself goes on
            await self._access.write(lambda c: c.execute(statement.values(last_used_at=now)))

    async def aclose(self) -> None:
        """End what goes on in the background."""
        await self._tasks.aclose()


def _all_tokens(connection: Connection) -> dict[bytes, TokenInfo]:
    rows = connection.execute(select(_TOKENS).order_by(_TOKENS.c.id)).mappings()
    return {bytes(row["hash"]): TokenInfo.model_validate(dict(row)) for row in rows}
