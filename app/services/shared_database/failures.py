"""What SQLAlchemy and the two databases raise, in our words: the one place that reads their exceptions."""

from __future__ import annotations

import re
import sqlite3

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoFreeConnection

from app.services.conversations.store_file import describe
from app.services.llm.errors import ErrorKind, LLMError
from app.services.shared_database.place import VARIABLE, DatabasePlace
from app.services.wording import say

_MAX_REASON = 200
#: What a server says of a connection that no patience will make succeed.
_REFUSED = re.compile(r"password|authentication|does not exist|pg_hba|permission", re.IGNORECASE)
#: Classes of SQLSTATE (PostgreSQL's manual, appendix A) that say: not now. 08 connection, 53 resources, 57 shut down.
_UNREACHABLE = ("08", "53", "57")
_NOT_ALLOWED = "42501"


def code_of(exc: Exception) -> str:
    """What a log may say of an exception: its kind and code, none of its words."""
    cause = exc.orig if isinstance(exc, DBAPIError) else exc
    return (
        f"{type(cause).__name__} {getattr(cause, 'sqlstate', None) or getattr(cause, 'sqlite_errorname', '')}".strip()
    )


def too_slow(place: DatabasePlace) -> LLMError:
    """The database took longer than anything here may take."""
    return _unreachable(place, say("It did not answer in time."))


def failure_of(exc: Exception, place: DatabasePlace) -> LLMError:
    """The error for a failed call. Never holds the address's password, nor the values that were to be written."""
    if isinstance(exc, NoFreeConnection):
        return too_slow(place)
    cause = exc.orig if isinstance(exc, DBAPIError) else exc
    if place.file is not None:
        return _of_file(cause, place)
    state = getattr(cause, "sqlstate", None)
    if state is None:
        return _of_connection(cause, place)
    if state.startswith(_UNREACHABLE):
        return _unreachable(place, say("The server ended the connection."))
    if state == _NOT_ALLOWED:
        return LLMError(
            ErrorKind.CONFIG,
            say("The user of {variable} may not do this at {name}.", variable=VARIABLE, name=place.name),
            say("It must own the tables llmsettings and gateway_tokens, or be allowed to create them."),
        )
    return _refused(place, say("PostgreSQL refused the call ({kind}).", kind=type(cause).__name__))


def _of_connection(cause: object, place: DatabasePlace) -> LLMError:
    """No answer to a statement, so no code either; what the server said stands after FATAL."""
    _, fatal, said = str(cause).partition("FATAL:")
    reason = place.without_password(" ".join(said.split("\n")[0].split()))[:_MAX_REASON]
    if fatal and _REFUSED.search(reason):
        return _refused(place, say("The server says: {reason}.", reason=reason))
    if type(cause).__name__ == "ProgrammingError":  # the library could not read its options, and quotes them
        return _refused(place, say("An option after the ? is not known to PostgreSQL."))
    return _unreachable(place, say("The server says: {reason}.", reason=reason) if fatal else "")


def _unreachable(place: DatabasePlace, reason: str) -> LLMError:
    hint = (
        say("Another program may hold the file.")
        if place.file is not None
        else say("Check {variable} and that PostgreSQL runs there.", variable=VARIABLE)
    )
    return LLMError(
        ErrorKind.UNREACHABLE,
        say("The database at {name} cannot be reached.", name=place.name),
        f"{reason} {hint}".strip(),
    )


def _refused(place: DatabasePlace, reason: str) -> LLMError:
    return LLMError(
        ErrorKind.CONFIG,
        say("The database at {name} cannot be used.", name=place.name),
        say("{reason} Check {variable}.", reason=reason, variable=VARIABLE),
    )


def _of_file(cause: object, place: DatabasePlace) -> LLMError:
    code = (getattr(cause, "sqlite_errorcode", 0) or 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return _unreachable(place, "")
    reason = describe(cause) if isinstance(cause, Exception) else say("it cannot be read")
    return LLMError(
        ErrorKind.CONFIG,
        say("The gateway's database cannot be used: {reason}.", reason=reason),
        say(
            "The file is {name}. Mend it or move it away; a new one is made then, without settings and tokens.",
            name=place.name,
        ),
    )
