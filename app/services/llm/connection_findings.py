"""What a failed step of the connection check means, in words. Looks at nothing itself: no network, no files."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from app.services.llm.address import host_of, is_loopback, origin_of, port_of
from app.services.llm.connection_report import Finding, Fix, FixAction
from app.services.llm.connections import DialError
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.local_products import LocalProduct


class StepFailedError(Exception):
    """A step found what is wrong. `seen` stands in its row."""

    def __init__(self, seen: str, finding: Finding) -> None:
        super().__init__(seen)
        self.seen = seen
        self.finding = finding


@dataclass(frozen=True, slots=True)
class Target:
    """What was looked for. `product` is None for servers without a greeting of their own."""

    name: str
    url: str
    product: LocalProduct | None
    startable: bool
    is_service: bool = False
    """One known service of the cloud, called by its name."""


def no_address(error: LLMError | ValueError) -> StepFailedError:
    hint = error.hint if isinstance(error, LLMError) else str(error)
    return StepFailedError("Not an address", Finding(ErrorKind.CONFIG, "This is not a server address.", hint))


def silent_name_service(host: str, waited_s: float) -> StepFailedError:
    return _unreachable(
        "No answer from the name service",
        f"The name {host!r} could not be looked up.",
        "The name service does not answer. Check the network.",
        f"lookup {host}\nno answer within {waited_s:g} s",
    )


def unknown_name(host: str, reason: str) -> StepFailedError:
    why = "Check the spelling, or use the server's IP address."
    return _unreachable("Not known", f"The name {host!r} is not known.", why, f"lookup {host}\n{reason}")


def silent_host(target: Target, waited_ms: float) -> StepFailedError:
    host, port = host_of(target.url), port_of(target.url)
    return _unreachable(
        "No answer",
        f"Nothing answers at {host}, port {port}.",
        "The computer is off or asleep, the address is another one, or a firewall drops the call.",
        _evidence(f"connect {host}:{port}", f"no answer after {waited_ms:.0f} ms"),
    )


def no_connection(target: Target, exc: DialError, took_ms: float) -> StepFailedError:
    host, port = host_of(target.url), port_of(target.url)
    evidence = _evidence(f"connect {host}:{port}", f"{exc.reason} after {took_ms:.0f} ms")
    if exc.forbidden:
        finding = Finding(ErrorKind.CONFIG, "This address is not used.", f"Refused because {exc.reason}.", evidence)
        return StepFailedError("Not allowed", finding)
    if not exc.refused:
        seen = exc.reason[0].upper() + exc.reason[1:]
        return _unreachable(seen, f"{host} cannot be reached.", "Check the address and the network.", evidence)
    another_port = "The server is off, or it uses another port."
    if not is_loopback(target.url):
        why = target.product.from_elsewhere if target.product is not None else another_port
        sentence = f"That computer is there, but nothing listens on port {port}."
        return _unreachable("Refused the connection", sentence, why, evidence)
    why = f"{target.name}'s server is off, or it uses another port."
    fixes = (Fix(FixAction.START_SERVER),) if target.startable else ()
    sentence = f"Nothing listens on port {port} of this computer."
    return StepFailedError("Refused the connection", Finding(ErrorKind.NOT_RUNNING, sentence, why, evidence, fixes))


def not_http(target: Target, error: LLMError) -> StepFailedError:
    evidence = error.details or f"GET {origin_of(target.url)}"
    port = port_of(target.url)
    if error.kind is ErrorKind.TIMEOUT:
        sentence = f"Something listens on port {port}, but says nothing."
        why = "It is another program, or a server that hangs. Restart it, or check the port."
        return StepFailedError("Silent", Finding(error.kind, sentence, why, evidence))
    if error.kind is ErrorKind.PROTOCOL and error.status is not None:
        return StepFailedError("Points elsewhere", Finding(error.kind, error.message, error.hint, evidence))
    if error.kind is ErrorKind.UNREACHABLE:
        return StepFailedError("No secure connection", Finding(error.kind, error.message, error.hint, evidence))
    sentence = f"Port {port} is open, but no HTTP server answers there."
    why = "Another program uses this port, or the address begins with the wrong one of http and https."
    return StepFailedError("Not HTTP", Finding(error.kind, sentence, why, evidence))


def somebody_else(target: Target, found: str | None, error: LLMError | None) -> StepFailedError:
    """A server answers, but not the one that was meant. `found`: the product it is, where it tells."""
    named = target.product.name if target.product is not None else target.name if target.is_service else ""
    wanted = named or "an OpenAI-compatible server"
    if found is not None:
        sentence, seen = f"{found} answers there, not {wanted}.", f"It is {found}"
        why = f"Enter this address for {found}, and {wanted}'s own here."
    else:
        sentence, seen = f"A server answers there, but it is not {wanted}.", f"Not {wanted}"
        why = "Another program uses this port. Check the address."
    path = target.product.path if target.product is not None else ""
    evidence = (error.details if error is not None else "") or (
        f"GET {origin_of(target.url)}{path}\nno greeting of {wanted}"
    )
    return StepFailedError(seen, Finding(ErrorKind.PROTOCOL, sentence, why, evidence))


def list_failed(target: Target, error: LLMError) -> StepFailedError:
    fixes = (Fix(FixAction.ENTER_KEY),) if error.kind is ErrorKind.AUTH else ()
    seen = {ErrorKind.AUTH: "Asks for a key", ErrorKind.TIMEOUT: "Not listed in time"}.get(error.kind, "Not listed")
    evidence = error.details or f"GET {target.url}\n{error.kind.value}"
    return StepFailedError(seen, Finding(error.kind, error.message, error.hint, evidence, fixes))


def no_chat_model(target: Target, listed: int) -> StepFailedError:
    finding = Finding(
        ErrorKind.MODEL_NOT_FOUND,
        f"{target.name} is running, but has no model yet.",
        "Download a chat model there, then test again.",
        f"GET {target.url}\n{listed} models listed, none for chat",
    )
    return StepFailedError("No chat model", finding)


def with_other_address(finding: Finding, product: LocalProduct, url: str) -> Finding:
    """The same finding with an address first that does answer: nothing needs to be started then."""
    where = "On this computer, " if is_loopback(url) else ""
    why = f"{finding.why} {where}{product.name} answers at {place(url)}.".strip()
    rest = tuple(fix for fix in finding.fixes if fix.action is not FixAction.START_SERVER)
    return replace(finding, why=why, fixes=(Fix(FixAction.USE_ADDRESS, url), *rest))


def place(url: str) -> str:
    """Host and port; `localhost` is the address that local servers listen on."""
    host = host_of(url)
    return f"{'127.0.0.1' if host == 'localhost' else host}:{port_of(url)}"


def _unreachable(seen: str, sentence: str, why: str, evidence: str) -> StepFailedError:
    return StepFailedError(seen, Finding(ErrorKind.UNREACHABLE, sentence, why, evidence))


def _evidence(what: str, seen: str) -> str:
    return f"{what}\n{seen}, {time.strftime('%H:%M:%S')}"
