"""What a failed step of the connection check means, in words. Looks at nothing itself: no network, no files."""

from __future__ import annotations

import time
from dataclasses import replace

from app.lean_dataclass import dataclass
from app.services.llm.address import host_of, is_loopback, origin_of, port_of
from app.services.llm.connection_report import Finding, Fix, FixAction
from app.services.llm.connections import DialError
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.local_products import LocalProduct
from app.services.llm.strangers import Stranger
from app.services.llm.whereabouts import Whereabouts
from app.services.wording import say


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
    return StepFailedError(say("Not an address"), Finding(ErrorKind.CONFIG, say("This is not a server address."), hint))


def silent_name_service(host: str, waited_s: float) -> StepFailedError:
    return _unreachable(
        say("No answer from the name service"),
        say("The name {host!r} could not be looked up.", host=host),
        say("The name service does not answer. Check the network."),
        f"lookup {host}\nno answer within {waited_s:g} s",
    )


def unknown_name(host: str, reason: str) -> StepFailedError:
    why = say("Check the spelling, or use the server's IP address.")
    return _unreachable(
        say("Not known"),
        say("The name {host!r} is not known.", host=host),
        why,
        f"lookup {host}\n{reason}",
    )


def silent_host(target: Target, waited_ms: float) -> StepFailedError:
    host, port = host_of(target.url), port_of(target.url)
    return _unreachable(
        say("No answer"),
        say("Nothing answers at {host}, port {port}.", host=host, port=port),
        say("The computer is off or asleep, the address is another one, or a firewall drops the call."),
        _evidence(f"connect {host}:{port}", f"no answer after {waited_ms:.0f} ms"),
    )


def no_connection(target: Target, exc: DialError, took_ms: float, where: Whereabouts) -> StepFailedError:
    host, port = host_of(target.url), port_of(target.url)
    evidence = _evidence(f"connect {host}:{port}", f"{exc.reason} after {took_ms:.0f} ms")
    if exc.forbidden:
        finding = Finding(
            ErrorKind.CONFIG,
            say("This address is not used."),
            say("Refused because {reason}.", reason=exc.reason),
            evidence,
        )
        return StepFailedError(say("Not allowed"), finding)
    if not exc.refused:
        seen = exc.reason[0].upper() + exc.reason[1:]
        return _unreachable(
            seen, say("{host} cannot be reached.", host=host), say("Check the address and the network."), evidence
        )
    another_port = say("The server is off, or it uses another port.")
    if not is_loopback(target.url):
        why = say(target.product.from_elsewhere) if target.product is not None else another_port
        sentence = say("That computer is there, but nothing listens on port {port}.", port=port)
        return _unreachable(say("Refused the connection"), sentence, why, evidence)
    if where.inside:
        return _nothing_in_here(target, where, evidence)
    why = say("{name}'s server is off, or it uses another port.", name=target.name)
    fixes = (Fix(FixAction.START_SERVER),) if target.startable else ()
    sentence = say("Nothing listens on port {port} of this computer.", port=port)
    return StepFailedError(
        say("Refused the connection"), Finding(ErrorKind.NOT_RUNNING, sentence, why, evidence, fixes)
    )


def _nothing_in_here(target: Target, where: Whereabouts, evidence: str) -> StepFailedError:
    """Inside WSL or a container `localhost` is not the computer that the server runs on."""
    port = port_of(target.url)
    around = "Windows" if where.inside == "WSL" else say("the computer around it")
    here = "WSL" if where.inside == "WSL" else say("this container")
    opening = (
        say(target.product.from_elsewhere)
        if target.product is not None
        else say("Let the server listen on 0.0.0.0 there.")
    )
    why = say(
        "localhost is {here} itself here, not {around}. If the server runs there: {opening}",
        here=here,
        around=around,
        opening=opening,
    )
    if where.hosts:
        why += say(" Then use {addresses}.", addresses=" or ".join(f"{host}:{port}" for host in where.hosts))
    fixes = (Fix(FixAction.START_SERVER),) if target.startable else ()  # its program may be in here as well
    sentence = say("Nothing listens on port {port} inside {here}.", port=port, here=here)
    finding = Finding(ErrorKind.NOT_RUNNING, sentence, why, f"{evidence}\ninside {here}", fixes, is_inside=True)
    return StepFailedError(say("Refused the connection"), finding)


def not_http(target: Target, error: LLMError) -> StepFailedError:
    evidence = error.details or f"GET {origin_of(target.url)}"
    port = port_of(target.url)
    if error.kind is ErrorKind.TIMEOUT:
        sentence = say("Something listens on port {port}, but says nothing.", port=port)
        why = say("It is another program, or a server that hangs. Restart it, or check the port.")
        return StepFailedError(say("Silent"), Finding(error.kind, sentence, why, evidence))
    if error.kind is ErrorKind.PROTOCOL and error.status is not None:
        return StepFailedError(say("Not an answer"), Finding(error.kind, error.message, error.hint, evidence))
    if error.kind is ErrorKind.UNREACHABLE and target.url.startswith("https://"):
        sentence = say("No secure connection comes about with {host}.", host=host_of(target.url))
        why = say("The server there speaks no TLS, or none that this program accepts. Check the address and its port.")
        return StepFailedError(say("No secure connection"), Finding(error.kind, sentence, why, evidence))
    if error.kind in (ErrorKind.UNREACHABLE, ErrorKind.NOT_RUNNING):  # it went away since its port was tried
        return StepFailedError(say("Gone"), Finding(error.kind, error.message, error.hint, evidence))
    sentence = say("Port {port} is open, but no HTTP server answers there.", port=port)
    why = say("Another program uses this port, or the address begins with the wrong one of http and https.")
    return StepFailedError(say("Not HTTP"), Finding(ErrorKind.PROTOCOL, sentence, why, evidence))


def somebody_else(target: Target, found: Stranger | None, error: LLMError | None) -> StepFailedError:
    """A server answers, but not the one that was meant. `found`: who it is, where it tells."""
    named = target.product.name if target.product is not None else target.name if target.is_service else ""
    wanted = named or say("an OpenAI-compatible server")
    path = target.product.path if target.product is not None else ""
    fixes: tuple[Fix, ...] = ()
    if found is not None and found.is_page:
        sentence, seen = (
            say("A web page answers there (“{name}”), not {wanted}.", name=found.name, wanted=wanted),
            say("A web page"),
        )
        why = say("Another program uses this port. Check the address.")
    elif found is not None:
        sentence, seen = (
            say("{name} answers there, not {wanted}.", name=found.name, wanted=wanted),
            say("It is {name}", name=found.name),
        )
        why = say("Enter this address for {name}, and {wanted}'s own here.", name=found.name, wanted=wanted)
        if found.speaks_openai:
            why = say("It can be used as a server of its own beside the others.")
            fixes = (Fix(FixAction.ADD_SERVER, f"{origin_of(target.url)}/v1"),)
    elif target.product is None and error is not None and error.status == 404:
        sentence, seen = (
            say("A server answers there, but it has no list of models at {url}/models.", url=target.url),
            say("No list"),
        )
        why = say("The path of the address is another one, or it is no OpenAI-compatible server.")
    else:
        sentence, seen = (
            say("A server answers there, but it is not {wanted}.", wanted=wanted),
            say("Not {wanted}", wanted=wanted),
        )
        why = say("Another program uses this port. Check the address.")
    evidence = (error.details if error is not None else "") or (
        f"GET {origin_of(target.url)}{path}\nno greeting of {wanted}"
    )
    return StepFailedError(seen, Finding(ErrorKind.PROTOCOL, sentence, why, evidence, fixes))


def gate(target: Target, status: int) -> StepFailedError | None:
    """Something in front of the server answers in its place; None where the status says no such thing."""
    evidence = f"GET {origin_of(target.url)}\nHTTP {status}"
    if status in (401, 403):
        sentence = say("Something in front of {name} lets nobody through.", name=target.name)
        why = say(
            "It answers {status} before {name} can say what it is, and no key is sent until then. Use the "
            "server's own address, or enter this one as an OpenAI-compatible server with its key.",
            status=status,
            name=target.name,
        )
        return StepFailedError(say("Closed"), Finding(ErrorKind.AUTH, sentence, why, evidence))
    if status in (502, 504):
        sentence = say("A gateway answers there, but {name} behind it does not.", name=target.name)
        why = say("It answered {status}. Start the server behind it, or use the server's own address.", status=status)
        return StepFailedError(say("Nothing behind it"), Finding(ErrorKind.NOT_RUNNING, sentence, why, evidence))
    return None


def list_failed(target: Target, error: LLMError, *, key_sent: bool) -> StepFailedError:
    """The list of models was refused. `key_sent`: the request carried a key."""
    evidence = error.details or f"GET {target.url}\n{error.kind.value}"
    if error.kind is ErrorKind.AUTH:
        return _not_let_in(target, error, evidence, key_sent)
    behind = gate(target, error.status or 0)
    if behind is not None:
        return behind
    if error.status == 503:
        loading = "loading" in f"{error.hint} {error.details}".lower()
        sentence = (
            say("{name} is still loading its model.", name=target.name)
            if loading
            else say("{name} is not ready yet.", name=target.name)
        )
        why = say("It answered 503. Wait a little, then test again.")
        seen = say("Loading") if loading else say("Not ready")
        return StepFailedError(seen, Finding(ErrorKind.OVERLOADED, sentence, why, evidence))
    if error.status == 404 or error.kind is ErrorKind.UNSUPPORTED:
        sentence = say("{name} answers, but has no list of models at this address.", name=target.name)
        why = say("It may be too old, or the path of the address is wrong.")
        return StepFailedError(say("No list"), Finding(error.kind, sentence, why, evidence))
    seen = {ErrorKind.TIMEOUT: say("Not listed in time")}.get(error.kind, say("Not listed"))
    return StepFailedError(seen, Finding(error.kind, error.message, error.hint, evidence))


def _not_let_in(target: Target, error: LLMError, evidence: str, key_sent: bool) -> StepFailedError:
    fixes = (Fix(FixAction.ENTER_KEY),)
    if error.status == 403 and key_sent:
        sentence = say("{name} knows the key, but does not allow this with it.", name=target.name)
        why = say("It answered 403. Ask for the right of listing models, or enter another key.")
        return StepFailedError(say("Not allowed"), Finding(error.kind, sentence, why, evidence, fixes))
    if error.status == 403:
        sentence = say("{name} does not let this computer in.", name=target.name)
        why = say("It answered 403. It allows only some computers or names, or it wants a key.")
        return StepFailedError(say("Not allowed"), Finding(error.kind, sentence, why, evidence, fixes))
    if not key_sent and not error.wants_key:
        sentence, why = (
            say("{name} asks for a key.", name=target.name),
            say("It answered {status}, and no key was sent.", status=error.status or 401),
        )
        return StepFailedError(say("Asks for a key"), Finding(error.kind, sentence, why, evidence, fixes))
    return StepFailedError(say("Asks for a key"), Finding(error.kind, error.message, error.hint, evidence, fixes))


def no_chat_model(target: Target, listed: int) -> StepFailedError:
    """The server is well, and has nothing to talk to."""
    sentence = say("{name} is running, but has no model yet.", name=target.name)
    if listed:
        sentence = say("{name} is running, but none of its models can chat.", name=target.name)
    why = say("Download a chat model there, then test again.")
    evidence = f"GET {target.url}\n{listed} models listed, none for chat"
    return StepFailedError(say("No chat model"), Finding(ErrorKind.MODEL_NOT_FOUND, sentence, why, evidence))


# -- another address answers


def other_scheme(before: Finding, url: str) -> Finding:
    """http was typed where the server speaks https, or the reverse."""
    spoken = url.partition("://")[0]
    typed = "http" if spoken == "https" else "https"
    sentence = say("This server speaks {spoken}, and the address begins with {typed}.", spoken=spoken, typed=typed)
    return replace(before, kind=ErrorKind.PROTOCOL, sentence=sentence, why="", fixes=_use(url))


def secure_twin(before: Finding, url: str) -> Finding:
    """http points to https of the same computer."""
    return replace(before, why=say("That is the same server, over https."), fixes=_use(url))


def other_family(before: Finding, typed: str, url: str) -> Finding:
    """The server listens on one of 127.0.0.1 and ::1 only."""
    sentence = say(
        "The server listens on {listening} only, not on {typed}.", listening=host_of(url), typed=host_of(typed)
    )
    return replace(before, sentence=sentence, why=say("Both mean this computer."), fixes=_use(url))


def other_path(before: Finding, typed: str, url: str) -> Finding:
    """The list of models is below another path."""
    had, has = (address.removeprefix(origin_of(address)) or "/" for address in (typed, url))
    sentence = say("The path of the address is wrong: the models are at {has}, not at {had}.", has=has, had=had)
    return replace(before, kind=ErrorKind.CONFIG, sentence=sentence, why="", fixes=_use(url))


def other_port(before: Finding, name: str, url: str) -> Finding:
    """The same computer answers at a port that is usual for such servers."""
    why = say("{name} answers at {address}.", name=name, address=place(url))
    return replace(before, why=why, fixes=_use(url))


def around(before: Finding, url: str, where: Whereabouts) -> Finding:
    """The server runs on the computer around this WSL or container."""
    outside = say("on Windows") if where.inside == "WSL" else say("on the computer around this container")
    here = "WSL" if where.inside == "WSL" else say("this container")
    why = say(
        "localhost is {here} itself here. The server runs {outside} and answers at {address}.",
        here=here,
        outside=outside,
        address=place(url),
    )
    return replace(before, why=why, fixes=_use(url))


def untrusted_https(before: Finding, insecure: Finding) -> Finding:
    """http was typed where the server speaks https with a certificate that is not trusted either."""
    sentence = say("This server speaks https, and the address begins with http.")
    evidence = f"{before.evidence}\n{insecure.evidence}"
    return replace(insecure, sentence=sentence, why=f"{insecure.sentence} {insecure.why}", evidence=evidence)


def _use(url: str) -> tuple[Fix, ...]:
    return (Fix(FixAction.USE_ADDRESS, url),)


def with_other_address(finding: Finding, product: LocalProduct, url: str) -> Finding:
    """The same finding with an address first that does answer: nothing needs to be started then."""
    here = say("On this computer, {name} answers at {address}.", name=product.name, address=place(url))
    there = say("{name} answers at {address}.", name=product.name, address=place(url))
    why = f"{finding.why} {here if is_loopback(url) else there}".strip()
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
