"""Looks at a server step by step and says in one sentence where it ends: address, name, port, HTTP, identity, models.

Works on any address, saved or only typed. Never makes a server load a model; sends no key before the server has
said what it is, and then only the one stored for that very address. Shared by Settings and the terminal's doctor.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import SecretStr

from app.services.llm import connections, limits, registry
from app.services.llm.address import host_of, is_loopback, origin_of, parse_ip, port_of
from app.services.llm.connection_report import CheckStep, ConnectionReport, Finding, Fix, FixAction, Step
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.http import HttpDoor
from app.services.llm.models import ModelConfig, ModelState, ModelType
from app.services.llm.network_log import NetworkEntry
from app.services.llm.providers.base import BaseProvider

#: For name and port together: a wrong address is told within 3 s, the look at the usual one included.
REACH_TIMEOUT_S = 1.8
GREETING_TIMEOUT_S = 1.8
OTHER_ADDRESS_TIMEOUT_S = 0.8
PURPOSE = "connection check"

KeySource = Callable[[BaseProvider], Awaitable[SecretStr | None]]


@dataclass(frozen=True, slots=True)
class _Product:
    """How a product says who it is, and what to know about reaching it."""

    name: str
    path: str
    recognised: Callable[[Any], bool]
    from_elsewhere: str
    website: str


def _is_lm_studio(value: Any) -> bool:
    return isinstance(value, dict) and value.get("lmstudio") is True


def _is_ollama(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("version"), str)


#: Greetings: LM Studio's own clients ask `/lmstudio-greeting` (lmstudio-js), Ollama's `/api/version`.
_PRODUCTS: dict[str, _Product] = {
    "lm_studio": _Product(
        "LM Studio",
        "/lmstudio-greeting",
        _is_lm_studio,
        "LM Studio serves only its own computer until Serve on Local Network is on (Developer, Server Settings).",
        "https://lmstudio.ai",
    ),
    "ollama": _Product(
        "Ollama",
        "/api/version",
        _is_ollama,
        "Ollama serves only its own computer until OLLAMA_HOST=0.0.0.0 is set there.",
        "https://ollama.com",
    ),
}


async def _no_key(_provider: BaseProvider) -> SecretStr | None:
    return None


async def check_connection(
    provider_id: str,
    typed_address: str,
    *,
    door: HttpDoor,
    key_source: KeySource = _no_key,
    instance_id: str | None = None,
    also_try: Sequence[str] = (),
) -> ConnectionReport:
    """Look at the server at an address, as the given kind of provider would use it.

    Args:
        provider_id: id or alias of a registered provider, `openai_compatible` for named servers.
        typed_address: as a person typed it.
        key_source: gives the key stored for the address; asked only once the server has proven what it is.
        instance_id: key of a named server, for messages and its key.
        also_try: canonical addresses of the same product, offered where this one fails and they answer; the
            product's usual address on this computer is always among them.

    Raises:
        LLMError: kind `config`, there is no such provider. Everything about the server is in the report.
    """
    check = _Check(registry.find(provider_id), typed_address, door, key_source, instance_id, tuple(also_try))
    return await check.run()


class _StepFailedError(Exception):
    """A step found what is wrong. `seen` stands in its row."""

    def __init__(self, seen: str, finding: Finding) -> None:
        super().__init__(seen)
        self.seen = seen
        self.finding = finding


@dataclass(slots=True)
class _Check:
    provider_class: type[BaseProvider]
    typed: str
    door: HttpDoor
    key_source: KeySource
    instance_id: str | None
    also_try: tuple[str, ...] = ()
    url: str = ""
    provider: BaseProvider | None = None
    models: list[ModelConfig] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    listed_early: LLMError | None = None
    deadline: float = 0.0

    @property
    def product(self) -> _Product | None:
        return _PRODUCTS.get(self.provider_class.provider_id)

    @property
    def name(self) -> str:
        return self.provider.name if self.provider is not None else self.provider_class.display_name

    async def run(self) -> ConnectionReport:
        began = time.perf_counter()
        self.deadline = began + REACH_TIMEOUT_S
        works: dict[Step, Callable[[], Awaitable[str]]] = {
            Step.ADDRESS: self._address,
            Step.NAME: self._name,
            Step.PORT: self._port,
            Step.HTTP: self._http,
            Step.IDENTITY: self._identity,
            Step.MODELS: self._models,
        }
        steps: list[CheckStep] = []
        finding: Finding | None = None
        for step, work in works.items():
            if finding is not None:
                steps.append(CheckStep(step, "not_tried"))
                continue
            started = time.perf_counter()
            try:
                text = await work()
            except _StepFailedError as exc:
                steps.append(CheckStep(step, "failed", exc.seen, _ms_since(started)))
                finding = exc.finding
            else:
                steps.append(CheckStep(step, "ok", text, _ms_since(started)))
        if finding is not None and steps[0].status == "ok":
            finding = await self._with_other_address(finding)
        took_s = time.perf_counter() - began
        simulated = any(model.simulated for model in self.models)
        return ConnectionReport(
            self.instance_id or self.provider_class.provider_id,
            self.url or self.typed,
            tuple(steps),
            took_s,
            finding,
            tuple(self.models),
            simulated,
        )

    # -- steps: each returns what it saw, or raises what is wrong

    async def _address(self) -> str:
        try:
            self.url = self.provider_class.canonical_base_url(self.typed)
            config = self.provider_class.Config(base_url=self.url)
        except (LLMError, ValueError) as exc:
            hint = exc.hint if isinstance(exc, LLMError) else str(exc)
            finding = Finding(ErrorKind.CONFIG, "This is not a server address.", hint)
            raise _StepFailedError("Not an address", finding) from exc
        self.provider = self.provider_class(config, door=self.door, instance_id=self.instance_id)
        return self.url

    async def _name(self) -> str:
        host = host_of(self.url)
        if self.door.proxy_for(self.url) is not None:
            return "Left to the proxy"
        if parse_ip(host) is not None:
            self.addresses = [host]
            return f"{host} is an address, nothing to look up"
        resolve = self.door.resolver or connections.resolve
        try:
            async with asyncio.timeout(self._left()):
                self.addresses = await resolve(host, port_of(self.url))
        except TimeoutError as exc:
            raise self._unreachable(
                "No answer from the name service",
                f"The name {host!r} could not be looked up.",
                "The name service does not answer. Check the network.",
                f"lookup {host}\nno answer within {REACH_TIMEOUT_S:g} s",
            ) from exc
        except (OSError, UnicodeError) as exc:
            raise self._unreachable(
                "Not known",
                f"The name {host!r} is not known.",
                "Check the spelling, or use the server's IP address.",
                f"lookup {host}\n{exc.strerror if isinstance(exc, OSError) else exc}",
            ) from exc
        return ", ".join(self.addresses[:3])

    async def _port(self) -> str:
        if self.door.proxy_for(self.url) is not None:
            return "Left to the proxy"
        host, port = host_of(self.url), port_of(self.url)
        watch = connections.Watch()
        entry = NetworkEntry(PURPOSE, "CONNECT", host, port, "")
        log = self.door.network_log
        if log is not None:
            log.begin(entry)
        started = time.perf_counter()
        try:
            async with asyncio.timeout(self._left()):
                stream = await connections.Dialer(watch, entry, self.door.resolver).connect_tcp(host, port)
            await stream.aclose()
        except TimeoutError as exc:
            entry.error = ErrorKind.UNREACHABLE.value
            raise self._silent_host(host, port, started) from exc
        except connections.DialError as exc:
            entry.error = ErrorKind.UNREACHABLE.value
            raise self._no_connection(exc, host, port, started) from exc
        finally:
            if log is not None:
                log.end(entry)
        return "Accepts connections"

    async def _http(self) -> str:
        """Only the head of an answer is read, and no key is sent."""
        path = self.product.path if self.product is not None else "/"
        try:
            async with self.door.stream(
                "GET",
                origin_of(self.url) + path,
                purpose=PURPOSE,
                first_byte_timeout_s=GREETING_TIMEOUT_S,
                silence_timeout_s=GREETING_TIMEOUT_S,
            ) as answer:
                return f"Answers HTTP, status {answer.status}"
        except LLMError as exc:
            raise self._not_http(exc) from exc

    async def _identity(self) -> str:
        if self.product is not None:
            if await self._greets(self.product, origin_of(self.url), GREETING_TIMEOUT_S):
                return f"It is {self.product.name}"
            raise await self._somebody_else()
        # Servers of the OpenAI shape have no greeting: their list of models is what tells them.
        await self._list_early()
        early = self.listed_early
        if early is not None and early.kind in (ErrorKind.PROTOCOL, ErrorKind.UNSUPPORTED, ErrorKind.MODEL_NOT_FOUND):
            raise await self._somebody_else(early)
        return "Speaks the OpenAI interface"

    async def _models(self) -> str:
        if self.product is not None:
            await self._list_early()
        if self.listed_early is not None:
            raise self._list_failed(self.listed_early)
        chat = [m for m in self.models if m.model_type is ModelType.CHAT]
        if not chat:
            finding = Finding(
                ErrorKind.MODEL_NOT_FOUND,
                f"{self.name} is running, but has no model yet.",
                "Download a chat model there, then test again.",
                f"GET {self.url}\n{len(self.models)} models listed, none for chat",
            )
            raise _StepFailedError("No chat model", finding)
        loaded = sum(m.state is ModelState.LOADED for m in chat)
        count = "1 chat model" if len(chat) == 1 else f"{len(chat)} chat models"
        simulated = ", simulated" if any(m.simulated for m in chat) else ""
        return f"{count}, {loaded} loaded{simulated}" if loaded else f"{count}{simulated}"

    # -- the wire

    async def _list_early(self) -> None:
        """Ask for the models once; a failure is kept for the step that it belongs to."""
        provider = self.provider
        assert provider is not None, "the address step comes first"
        try:
            provider.key = await self.key_source(provider) if provider.capabilities.accepts_key else None
            if provider.capabilities.needs_key and provider.key is None:
                self.listed_early = LLMError(ErrorKind.AUTH, "No key is set for this address.", "Enter its key.")
                return
            async with asyncio.timeout(limits.LIST_TIMEOUT_S):
                self.models = await provider.list_models()
        except TimeoutError:
            self.listed_early = LLMError(
                ErrorKind.TIMEOUT,
                f"{self.name} did not list its models within {limits.LIST_TIMEOUT_S:g} s.",
                "It may be busy with an answer.",
            )
        except LLMError as exc:
            self.listed_early = exc

    async def _greets(self, product: _Product, origin: str, timeout_s: float) -> bool:
        """Whether this product answers at an origin; no key is sent."""
        try:
            # The door's own limit does not hold while a name is looked up.
            async with asyncio.timeout(timeout_s):
                answer = await self.door.request_json(
                    "GET",
                    origin + product.path,
                    purpose=PURPOSE,
                    timeout_s=timeout_s,
                    max_bytes=limits.MAX_ERROR_BODY_BYTES,
                )
        except (LLMError, TimeoutError):
            return False
        return answer.status == 200 and product.recognised(answer.value)

    def _left(self) -> float:
        return max(0.05, self.deadline - time.perf_counter())

    # -- findings

    def _unreachable(self, seen: str, sentence: str, why: str, evidence: str) -> _StepFailedError:
        return _StepFailedError(seen, Finding(ErrorKind.UNREACHABLE, sentence, why, evidence))

    def _silent_host(self, host: str, port: int, started: float) -> _StepFailedError:
        return self._unreachable(
            "No answer",
            f"Nothing answers at {host}, port {port}.",
            "The computer is off or asleep, the address is another one, or a firewall drops the call.",
            _evidence(f"connect {host}:{port}", f"no answer after {_ms_since(started):.0f} ms"),
        )

    def _no_connection(self, exc: connections.DialError, host: str, port: int, started: float) -> _StepFailedError:
        evidence = _evidence(f"connect {host}:{port}", f"{exc.reason} after {_ms_since(started):.0f} ms")
        if exc.forbidden:
            finding = Finding(ErrorKind.CONFIG, "This address is not used.", f"Refused because {exc.reason}.", evidence)
            return _StepFailedError("Not allowed", finding)
        if not exc.refused:
            why = "Check the address and the network." if exc.reason != "no answer within 5 s" else ""
            seen = exc.reason[0].upper() + exc.reason[1:]
            return self._unreachable(seen, f"{host} cannot be reached.", why, evidence)
        if is_loopback(self.url):
            why = f"{self.name}'s server is off, or it uses another port."
            fixes = (Fix(FixAction.START_SERVER),) if self.provider_class.capabilities.has_runtime else ()
            finding = Finding(
                ErrorKind.NOT_RUNNING, f"Nothing listens on port {port} of this computer.", why, evidence, fixes
            )
            return _StepFailedError("Refused the connection", finding)
        sentence = f"That computer is there, but nothing listens on port {port}."
        why = self.product.from_elsewhere if self.product is not None else "The server is off, or it uses another port."
        return _StepFailedError("Refused the connection", Finding(ErrorKind.UNREACHABLE, sentence, why, evidence))

    def _not_http(self, exc: LLMError) -> _StepFailedError:
        evidence = exc.details or f"GET {origin_of(self.url)}"
        port = port_of(self.url)
        if exc.kind is ErrorKind.TIMEOUT:
            sentence = f"Something listens on port {port}, but says nothing."
            why = "It is another program, or a server that hangs. Restart it, or check the port."
            return _StepFailedError("Silent", Finding(exc.kind, sentence, why, evidence))
        if exc.kind is ErrorKind.PROTOCOL and exc.status is not None:
            return _StepFailedError("Points elsewhere", Finding(exc.kind, exc.message, exc.hint, evidence))
        if exc.kind is ErrorKind.UNREACHABLE:
            return _StepFailedError("No secure connection", Finding(exc.kind, exc.message, exc.hint, evidence))
        sentence = f"Port {port} is open, but no HTTP server answers there."
        why = "Another program uses this port, or the address begins with the wrong one of http and https."
        return _StepFailedError("Not HTTP", Finding(exc.kind, sentence, why, evidence))

    async def _somebody_else(self, error: LLMError | None = None) -> _StepFailedError:
        """A server answers, but not the one that was meant: say which, where it tells."""
        origin = origin_of(self.url)
        others = [p for p in _PRODUCTS.values() if p is not self.product]
        known = await asyncio.gather(*(self._greets(p, origin, GREETING_TIMEOUT_S) for p in others))
        found = next((p.name for p, yes in zip(others, known, strict=True) if yes), None)
        wanted = self.product.name if self.product is not None else "an OpenAI-compatible server"
        why = "Another program uses this port. Check the address."
        if found is not None:
            sentence, seen = f"{found} answers there, not {wanted}.", f"It is {found}"
            why = f"Enter this address for {found}, and {wanted}'s own here."
        else:
            sentence, seen = f"A server answers there, but it is not {wanted}.", f"Not {wanted}"
        path = self.product.path if self.product is not None else ""
        evidence = (error.details if error is not None else "") or f"GET {origin}{path}\nno greeting of {wanted}"
        return _StepFailedError(seen, Finding(ErrorKind.PROTOCOL, sentence, why, evidence))

    def _list_failed(self, error: LLMError) -> _StepFailedError:
        fixes = (Fix(FixAction.ENTER_KEY),) if error.kind is ErrorKind.AUTH else ()
        seen = {ErrorKind.AUTH: "Asks for a key", ErrorKind.TIMEOUT: "Not listed in time"}.get(error.kind, "Not listed")
        evidence = error.details or f"GET {self.url}\n{error.kind.value}"
        return _StepFailedError(seen, Finding(error.kind, error.message, error.hint, evidence, fixes))

    async def _with_other_address(self, finding: Finding) -> Finding:
        """Look whether the product answers at another address known for it; then that is the first fix."""
        product = self.product
        if product is None or finding.kind in (ErrorKind.AUTH, ErrorKind.MODEL_NOT_FOUND):
            return finding
        usual = self.provider_class.canonical_base_url(self.provider_class.Config().base_url)
        others = {_place(url): url for url in (*self.also_try, usual)}
        others.pop(_place(self.url), None)
        looks = [self._greets(product, origin_of(url), OTHER_ADDRESS_TIMEOUT_S) for url in others.values()]
        answers = await asyncio.gather(*looks)
        found = next((url for url, yes in zip(others.values(), answers, strict=True) if yes), None)
        if found is None:
            return finding
        where = "On this computer, " if is_loopback(found) else ""
        why = f"{finding.why} {where}{product.name} answers at {_place(found)}.".strip()
        rest = tuple(fix for fix in finding.fixes if fix.action is not FixAction.START_SERVER)
        return replace(finding, why=why, fixes=(Fix(FixAction.USE_ADDRESS, found), *rest))


def website_of(provider_id: str) -> str:
    """Where a product's installer is, "" for providers that are no local program."""
    product = _PRODUCTS.get(registry.canonical_id(provider_id))
    return product.website if product is not None else ""


def _place(url: str) -> str:
    """Host and port; `localhost` is the address that local servers listen on."""
    host = host_of(url)
    return f"{'127.0.0.1' if host == 'localhost' else host}:{port_of(url)}"


def _ms_since(started: float) -> float:
    return (time.perf_counter() - started) * 1000


def _evidence(what: str, seen: str) -> str:
    return f"{what}\n{seen}, {time.strftime('%H:%M:%S')}"
