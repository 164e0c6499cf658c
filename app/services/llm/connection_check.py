"""Looks at a server step by step and says in one sentence where it ends: address, name, port, HTTP, identity, models.

Works on any address, saved or only typed. Never makes a server load a model; sends no key before the server has
said what it is, and then only the one stored for that very address. Shared by Settings and the terminal's doctor.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import field

from pydantic import SecretStr

from app.lean_dataclass import dataclass
from app.services.llm import connection_findings, connections, limits, registry, strangers, transport_findings
from app.services.llm.address import host_of, is_loopback, is_private_network, origin_of, parse_ip, port_of
from app.services.llm.connection_alternatives import Alternatives, answers_without_proxy
from app.services.llm.connection_findings import StepFailedError, Target
from app.services.llm.connection_report import CheckStep, ConnectionReport, Finding, Step
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.http import HttpDoor, RedirectError
from app.services.llm.local_products import LOCAL_PRODUCTS, LocalProduct
from app.services.llm.models import ModelConfig, ModelState, ModelType
from app.services.llm.network_log import NetworkEntry
from app.services.llm.providers.base import BaseProvider
from app.services.llm.strangers import PURPOSE
from app.services.llm.trust import CA_FILE_SETTING
from app.services.llm.whereabouts import Whereabouts, look_around
from app.services.runtimes import last_used_address
from app.services.wording import say

#: For name and port together: a wrong address is told within 3 s, the look at the usual one included.
REACH_TIMEOUT_S = 1.8
GREETING_TIMEOUT_S = 1.8

KeySource = Callable[[BaseProvider], Awaitable[SecretStr | None]]


async def _no_key(_provider: BaseProvider) -> SecretStr | None:
    return None


async def _own_key(provider: BaseProvider) -> SecretStr | None:
    return provider.key


async def check_connection(
    provider_id: str,
    typed_address: str,
    *,
    door: HttpDoor,
    key_source: KeySource = _no_key,
    instance_id: str | None = None,
    also_try: Sequence[str] = (),
    where: Whereabouts | None = None,
) -> ConnectionReport:
    """Look at the server at an address, as the given kind of provider would use it.

    Args:
        provider_id: id or alias of a registered provider, `openai_compatible` for named servers.
        typed_address: as a person typed it.
        key_source: gives the key stored for the address; asked only once the server has proven what it is.
        instance_id: key of a named server, for messages and its key.
        also_try: canonical addresses of the same product, offered where this one fails and they answer; the
            product's usual address on this computer, and the one it used last, are always among them.
        where: whether this runs inside WSL or a container; None reads it from the system.

    Raises:
        LLMError: kind `config`, there is no such provider. Everything about the server is in the report.
    """
    check = _Check(registry.find(provider_id), typed_address, door, key_source, instance_id, tuple(also_try), where)
    return await check.run()


async def check_provider(provider: BaseProvider, *, also_try: Sequence[str] = ()) -> ConnectionReport:
    """Look at a configured provider's server at its own address, with its own settings and key.

    `also_try`: as in `check_connection`.
    """
    check = _Check(
        type(provider),
        provider.config.base_url,
        provider.door,
        _own_key,
        provider.instance_id,
        tuple(also_try),
        provider=provider,
    )
    return await check.run()


@dataclass(slots=True)
class _Check:
    provider_class: type[BaseProvider]
    typed: str
    door: HttpDoor
    key_source: KeySource
    instance_id: str | None
    also_try: tuple[str, ...] = ()
    where: Whereabouts | None = None
    url: str = ""
    provider: BaseProvider | None = None
    """None until the address step, where only an address is checked."""
    models: list[ModelConfig] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    listed_early: LLMError | None = None
    deadline: float = 0.0
    status: int | None = None
    """Of the first HTTP answer."""
    pointed_to: str = ""

    @property
    def product(self) -> LocalProduct | None:
        return LOCAL_PRODUCTS.get(self.provider_class.provider_id)

    @property
    def name(self) -> str:
        return self.provider.name if self.provider is not None else say(self.provider_class.display_name)

    @property
    def _is_a_service(self) -> bool:
        """One known service of the cloud, not any server of a shape."""
        return self.provider_class.capabilities.needs_key

    @property
    def target(self) -> Target:
        has_runtime = self.provider_class.capabilities.has_runtime
        return Target(self.name, self.url, self.product, has_runtime, is_service=self._is_a_service)

    async def run(self) -> ConnectionReport:
        self.door.prepare()  # its import is no time of a step
        began = time.perf_counter()
        self.deadline = began + REACH_TIMEOUT_S
        works = self._works()
        steps: list[CheckStep] = []
        finding: Finding | None = None
        for step, work in works.items():
            if finding is not None:
                steps.append(CheckStep(step, "not_tried"))
                continue
            started = time.perf_counter()
            try:
                text = await work()
            except StepFailedError as exc:
                finding = exc.finding
                if self.url and step is not Step.ADDRESS:  # an address there is: another one may be the right one
                    finding = await self._with_other_address(step, finding)
                steps.append(CheckStep(step, "failed", exc.seen, _ms_since(started)))
            else:
                steps.append(CheckStep(step, "ok", text, _ms_since(started)))
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

    def _works(self) -> dict[Step, Callable[[], Awaitable[str]]]:
        if not self.provider_class.capabilities.needs_address:
            return {Step.PROGRAM: self._program, Step.MODELS: self._models}
        return {
            Step.ADDRESS: self._address,
            Step.NAME: self._name,
            Step.PORT: self._port,
            Step.HTTP: self._http,
            Step.IDENTITY: self._identity,
            Step.MODELS: self._models,
        }

    # -- steps: each returns what it saw, or raises what is wrong

    async def _address(self) -> str:
        try:
            self.url = self.provider_class.canonical_base_url(self.typed)
            if self.provider is None:
                config = self.provider_class.Config(base_url=self.url)
                self.provider = self.provider_class(config, door=self.door, instance_id=self.instance_id)
        except (LLMError, ValueError) as exc:
            raise connection_findings.no_address(exc) from exc
        return self.url

    async def _program(self) -> str:
        if self.provider is None:
            self.provider = self.provider_class(door=self.door, instance_id=self.instance_id)
        try:
            return await self.provider.own_program()
        except LLMError as exc:
            finding = Finding(exc.kind, exc.message, exc.hint)
            raise StepFailedError(say("Not installed"), finding) from exc

    async def _name(self) -> str:
        host = host_of(self.url)
        if self.door.proxy_for(self.url) is not None:
            return say("Left to the proxy")
        if parse_ip(host) is not None:
            self.addresses = [host]
            return say("{host} is an address, nothing to look up", host=host)
        resolve = self.door.resolver or connections.resolve
        try:
            async with asyncio.timeout(self._left()):
                self.addresses = await resolve(host, port_of(self.url))
        except TimeoutError as exc:
            raise connection_findings.silent_name_service(host, REACH_TIMEOUT_S) from exc
        except (OSError, UnicodeError) as exc:
            reason = str(exc.strerror if isinstance(exc, OSError) else exc)
            raise connection_findings.unknown_name(host, reason) from exc
        return ", ".join(self.addresses[:3])

    async def _port(self) -> str:
        if self.door.proxy_for(self.url) is not None:
            return say("Left to the proxy")
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
            raise connection_findings.silent_host(self.target, _ms_since(started)) from exc
        except connections.DialError as exc:
            entry.error = ErrorKind.UNREACHABLE.value
            took_ms = _ms_since(started)
            raise connection_findings.no_connection(self.target, exc, took_ms, await self._where()) from exc
        finally:
            if log is not None:
                log.end(entry)
        return say("Accepts connections")

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
                self.status = answer.status
        except LLMError as exc:
            # Servers without a greeting may send people on to a page of theirs; the list of models tells them.
            if self.product is None and isinstance(exc.__cause__, RedirectError):
                return say("Answers HTTP, status {status}", status=exc.status)
            raise await self._no_answer(exc) from exc
        await self._refuse_proxys_answer(self.status)
        return say("Answers HTTP, status {status}", status=self.status)

    async def _no_answer(self, error: LLMError) -> StepFailedError:
        """What it means that nothing came back over HTTP."""
        proxy = self.door.proxy_for(self.url)
        if proxy is not None:
            failed = transport_findings.proxy_failed(self.target, proxy, error, local=self._needs_no_proxy)
            if failed is not None:
                return await self._without_proxy(proxy, failed)
        if error.setting == CA_FILE_SETTING:
            return transport_findings.unusable_ca_file(error)
        if isinstance(error.__cause__, RedirectError):
            self.pointed_to = error.__cause__.target
        return (
            transport_findings.certificate(self.target, error)
            or transport_findings.redirect(self.target, error)
            or connection_findings.not_http(self.target, error)
        )

    async def _refuse_proxys_answer(self, status: int | None) -> None:
        proxy = self.door.proxy_for(self.url)
        if proxy is not None:
            failed = transport_findings.proxy_answered(self.target, proxy, status, local=self._needs_no_proxy)
            if failed is not None:
                raise await self._without_proxy(proxy, failed)

    @property
    def _needs_no_proxy(self) -> bool:
        """This computer or the local network, by its spelling: only a setting sends it through a proxy."""
        return is_loopback(self.url) or is_private_network(self.url)

    async def _without_proxy(self, proxy: str, failed: StepFailedError) -> StepFailedError:
        """A name of the own network that only the resolver knows as such goes to the proxy for nothing."""
        if not self._needs_no_proxy and await answers_without_proxy(self.door, self.url):
            finding = transport_findings.needs_no_proxy(self.target, proxy, failed.finding)
            return StepFailedError(failed.seen, finding)
        return failed

    async def _identity(self) -> str:
        if self.product is not None:
            if await strangers.greets(self.door, self.product, origin_of(self.url), GREETING_TIMEOUT_S):
                return say("It is {name}", name=self.product.name)
            closed = connection_findings.gate(self.target, self.status or 0)
            if closed is not None:
                raise closed
            raise connection_findings.somebody_else(self.target, await self._who_else(), None)
        # Servers of the OpenAI shape have no greeting: their list of models is what tells them.
        await self._list_early()
        early = self.listed_early
        if early is not None and early.kind in (ErrorKind.PROTOCOL, ErrorKind.UNSUPPORTED, ErrorKind.MODEL_NOT_FOUND):
            pointing = transport_findings.redirect(self.target, early)
            raise pointing or connection_findings.somebody_else(self.target, await self._who_else(), early)
        return say("Answers as {name}", name=self.name) if self._is_a_service else say("Speaks the OpenAI interface")

    async def _models(self) -> str:
        if self.product is not None or not self.provider_class.capabilities.needs_address:
            await self._list_early()
        if self.listed_early is not None:
            key_sent = self.provider is not None and self.provider.key is not None
            raise connection_findings.list_failed(self.target, self.listed_early, key_sent=key_sent)
        chat = [m for m in self.models if m.model_type is ModelType.CHAT]
        if not chat:
            raise connection_findings.no_chat_model(self.target, len(self.models))
        loaded = sum(m.state is ModelState.LOADED for m in chat)
        count = say("1 chat model") if len(chat) == 1 else say("{count} chat models", count=len(chat))
        said = [count]
        if loaded:
            said.append(say("{count} loaded", count=loaded))
        if any(m.simulated for m in chat):
            said.append(say("simulated"))
        return ", ".join(said)

    # -- the wire

    async def _list_early(self) -> None:
        """Ask for the models once; a failure is kept for the step that it belongs to."""
        provider = self.provider
        assert provider is not None, "the address step comes first"
        try:
            provider.key = await self.key_source(provider) if provider.capabilities.accepts_key else None
            async with asyncio.timeout(limits.LIST_TIMEOUT_S):
                self.models = await provider.list_models()
        except TimeoutError:
            self.listed_early = LLMError(
                ErrorKind.TIMEOUT,
                say(
                    "{name} did not list its models within {list_seconds:g} s.",
                    name=self.name,
                    list_seconds=limits.LIST_TIMEOUT_S,
                ),
                say("It may be busy with an answer."),
            )
        except LLMError as exc:
            self.listed_early = exc

    async def _who_else(self) -> strangers.Stranger | None:
        """Who answers at this address, where it tells."""
        return await strangers.recognise(
            self.door, origin_of(self.url), besides=self.product, timeout_s=GREETING_TIMEOUT_S
        )

    async def _with_other_address(self, step: Step, finding: Finding) -> Finding:
        """Look whether another address answers; then that is the first fix."""
        if self._is_a_service or self.door.proxy_for(self.url) is not None:
            return finding
        known: list[str] = []
        if self.product is not None:
            usual = self.provider_class.canonical_base_url(self.provider_class.Config().base_url)
            last_used = await asyncio.to_thread(last_used_address, self.provider_class.provider_id)
            # The place it used last before the usual one, where somebody else's server may stand.
            known = [*self.also_try, *([last_used] if last_used else []), usual]
        where = await self._where()
        looked = Alternatives(self.provider_class, self.door, self.target, where, known, self.pointed_to)
        return await looked.improve(step, finding)

    async def _where(self) -> Whereabouts:
        if self.where is None:
            self.where = await asyncio.to_thread(look_around)
        return self.where

    def _left(self) -> float:
        return max(0.05, self.deadline - time.perf_counter())


def website_of(provider_id: str) -> str:
    """Where a product's installer is, "" for providers that are no local program."""
    product = LOCAL_PRODUCTS.get(registry.canonical_id(provider_id))
    return product.website if product is not None else ""


def _ms_since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
