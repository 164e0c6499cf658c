"""What a broken connection means, in the user's words. The only place where transport failures become `LLMError`."""

from __future__ import annotations

import ssl

from app.lean_dataclass import dataclass
from app.services.llm.address import host_of, is_loopback, origin_of
from app.services.llm.connections import DeadlineError, DialError
from app.services.llm.errors import ErrorKind, LLMError
from app.services.wording import capitalised, say

_MAX_SHOWN_TARGET = 80


@dataclass(frozen=True, slots=True)
class Context:
    """Where and when it broke. `url` is shown without its query."""

    method: str
    url: str
    took_ms: float
    mid_body: bool

    def details(self, kind: ErrorKind, what: str) -> str:
        return f"{self.method} {self.url.partition('?')[0]}\n{kind.value}: {what} after {self.took_ms:.0f} ms"


def to_llm_error(exc: Exception, context: Context) -> LLMError:
    """The error people see for a failure of the connection."""
    cause = root_of(exc)
    if isinstance(cause, DialError):
        return _connect_failed(cause, context)
    if isinstance(cause, DeadlineError):
        return _deadline_passed(cause, context)
    if isinstance(cause, ssl.SSLCertVerificationError):
        what = say(
            "its certificate is not trusted ({verify_message})", verify_message=cause.verify_message or cause.reason
        )
        return _unreachable(what, context, retryable=False)
    if isinstance(cause, ssl.SSLError) and not context.mid_body:
        return _unreachable(say("no secure connection came about"), context, retryable=False)
    name = type(exc).__name__
    if name in ("RemoteProtocolError", "LocalProtocolError", "ProtocolError", "InvalidURL", "UnsupportedProtocol"):
        return _broken_framing(str(exc), context)
    if name == "ProxyError":
        return _unreachable(say("the proxy did not let the request through"), context)
    return _broke_off(context)


def shown_target(location: str) -> str:
    """Where a redirect points, cut to what may be shown: scheme and host, or a path."""
    target = "".join(c for c in location if c.isprintable())
    scheme, marker, rest = target.partition("://")
    if marker:
        host = rest.partition("/")[0].rpartition("@")[2].partition("?")[0]
        target = f"{scheme}://{host}"
    else:
        target = target.partition("?")[0]
    return target[:_MAX_SHOWN_TARGET]


def root_of(exc: BaseException) -> BaseException:
    """The failure below the wrappers of the library; ours or the operating system's where there is one."""
    seen: BaseException = exc
    while not isinstance(seen, DialError | DeadlineError | ssl.SSLError) and seen.__cause__ is not None:
        seen = seen.__cause__
    return seen


def _connect_failed(exc: DialError, context: Context) -> LLMError:
    if exc.forbidden:
        return LLMError(
            ErrorKind.CONFIG,
            say("A setting is not valid: server address."),
            say("Refused because {reason}.", reason=exc.reason),
            details=context.details(ErrorKind.CONFIG, exc.reason),
            setting="server address",
        )
    if exc.refused and is_loopback(context.url):
        return LLMError(
            ErrorKind.NOT_RUNNING,
            say("The server is not running."),
            say("Nothing answers at {address}.", address=origin_of(context.url)),
            details=context.details(ErrorKind.NOT_RUNNING, exc.reason),
        )
    return _unreachable(exc.reason, context)


def _unreachable(what: str, context: Context, *, retryable: bool = True) -> LLMError:
    return LLMError(
        ErrorKind.UNREACHABLE,
        say("{host} cannot be reached.", host=host_of(context.url)),
        say("{what}. Check the address or the network.", what=capitalised(what)),
        retryable=retryable,
        details=context.details(ErrorKind.UNREACHABLE, what),
    )


def _deadline_passed(exc: DeadlineError, context: Context) -> LLMError:
    host = host_of(context.url)
    if exc.clock == "closed":
        return LLMError(
            ErrorKind.CANCELLED, say("Stopped."), details=context.details(ErrorKind.CANCELLED, "closed by this program")
        )
    if exc.clock == "request":
        message, hint = (
            say("{host} did not answer within {seconds:g} s.", host=host, seconds=exc.after_s),
            say("It accepted the request but was too slow."),
        )
    else:
        message = say("{host} has been silent for {seconds:g} s.", host=host, seconds=exc.after_s)
        hint = say("It accepted the request but sent nothing. Large prompts can take minutes on local models.")
    if context.mid_body and exc.clock != "first token":
        hint = say("The answer stopped in the middle.")
    return LLMError(ErrorKind.TIMEOUT, message, hint, details=context.details(ErrorKind.TIMEOUT, exc.clock))


def _broken_framing(what: str, context: Context) -> LLMError:
    """Early ends come as protocol errors of the library; people know them as interruptions."""
    lowered = what.lower()
    if "disconnected without" in lowered or "peer closed connection" in lowered or "closed connection" in lowered:
        return _broke_off(context)
    first_line = "".join(c for c in what.partition("\n")[0] if c.isprintable())[:120]
    return LLMError(
        ErrorKind.PROTOCOL,
        say("{host} sent something that is not an answer.", host=host_of(context.url)),
        say("Not HTTP at {address}. Is another program on this port?", address=origin_of(context.url)),
        details=context.details(ErrorKind.PROTOCOL, first_line),
    )


def _broke_off(context: Context) -> LLMError:
    if context.mid_body:
        what = say("the connection closed before the server said it was done")
        return LLMError(
            ErrorKind.INTERRUPTED,
            say("Interrupted."),
            say("{what}. What arrived is kept.", what=capitalised(what)),
            details=context.details(ErrorKind.INTERRUPTED, what),
        )
    what = say("the connection closed before an answer began")
    return LLMError(
        ErrorKind.INTERRUPTED,
        say("Interrupted."),
        say("{host} closed the connection before it answered.", host=host_of(context.url)),
        details=context.details(ErrorKind.INTERRUPTED, what),
    )
