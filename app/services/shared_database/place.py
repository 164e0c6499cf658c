"""Where the shared database is: a file in the data folder, or what `DATABASE_URL` names. No password leaves here."""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from app.lean_dataclass import dataclass
from app.paths import Paths
from app.services.llm.errors import ErrorKind, LLMError
from app.services.wording import later, say

VARIABLE = "DATABASE_URL"
_SPELLING = later(
    "Core", "Write it like postgresql://user:password@host:5432/database, or unset it to use a file of this computer."
)
_POSTGRES = re.compile(r"postgres(ql)?(\+\w+)?")


@dataclass(frozen=True, slots=True)
class DatabasePlace:
    """Where the database is. `name` is for people: a file, or host, port and database; never a password."""

    url: URL
    name: str
    file: Path | None = None
    """The file of an SQLite database, None for a server."""

    def __repr__(self) -> str:
        return f"DatabasePlace({self.name!r})"

    def without_password(self, text: str) -> str:
        """A text of the server or its library that may be shown."""
        secret = str(self.url.password or "")
        return text.replace(secret, "…") if secret else text


def is_of_another_kind(url: str) -> bool:
    """Whether this is the address of a database that is neither PostgreSQL's nor SQLite's, so of another program."""
    scheme, there, _ = url.strip().partition("://")
    return bool(there) and not _POSTGRES.fullmatch(scheme) and scheme.partition("+")[0] != "sqlite"


def place_of(paths: Paths, url: str | None) -> DatabasePlace:
    """The place that `DATABASE_URL` names; without one the file in the data folder.

    Raises:
        LLMError: kind `config`, the address is of another kind or cannot be read.
    """
    if url is None or not url.strip():
        return _file(paths.gateway_file)
    if is_of_another_kind(url):
        raise LLMError(
            ErrorKind.CONFIG,
            say("{variable} names a database of another kind than PostgreSQL.", variable=VARIABLE),
            say(_SPELLING),
        )
    try:
        parsed = make_url(url.strip())
    except (ArgumentError, ValueError):  # their texts may hold the address, and with it the password
        raise LLMError(
            ErrorKind.CONFIG, say("{variable} is not an address of a database.", variable=VARIABLE), say(_SPELLING)
        ) from None
    if parsed.drivername.partition("+")[0] == "sqlite":
        return _named_file(parsed)
    host = parsed.host or ""
    if "@" in host:  # an @ in a password cuts it in two, and one half would be shown as the host
        raise LLMError(
            ErrorKind.CONFIG,
            say("{variable} has more than one @.", variable=VARIABLE),
            say("Spell an @ of the user or the password as %40."),
        )
    host = f"[{host}]" if ":" in host else host
    server = f"{host}:{parsed.port or 5432}" if host else say("this computer")
    return DatabasePlace(parsed.set(drivername="postgresql+psycopg"), f"{server}/{parsed.database or ''}".rstrip("/"))


def _named_file(parsed: URL) -> DatabasePlace:
    if not parsed.database or parsed.database == ":memory:" or parsed.query:
        raise LLMError(
            ErrorKind.CONFIG,
            say("{variable} names no file.", variable=VARIABLE),
            say("Write it like sqlite:////folder/gateway.db, or unset it."),
        )
    return _file(Path(parsed.database).absolute())


def _file(path: Path) -> DatabasePlace:
    return DatabasePlace(URL.create("sqlite", database=str(path)), str(path), path)
