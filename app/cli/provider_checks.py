"""The steps of `aica doctor` for one provider: address, name, TCP, HTTP, identity, models, answer.

The first step that fails ends the row: what comes after it could only fail for the same reason.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from app.services.llm import limits
from app.services.llm.address import forbidden_reason, host_of, origin_of, port_of
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.models import ChatRequest, Message, ModelConfig, ModelState, ModelType, SamplingParameters

if TYPE_CHECKING:
    from app.services.container import Services
    from app.services.llm.providers.base import BaseProvider


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `fix` is empty where there is nothing to do."""

    area: str
    step: str
    status: Literal["ok", "failed", "skipped", "warning"]
    detail: str
    fix: str = ""
    took_ms: float | None = None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


async def examine(services: Services, provider: BaseProvider, *, answer: bool) -> tuple[list[Check], LLMError | None]:
    """All steps for one provider and the error that ended them, None when it can answer."""
    row = _Row(services, provider, answer)
    return row.checks, await row.run()


class _Row:
    def __init__(self, services: Services, provider: BaseProvider, answer: bool) -> None:
        self._services = services
        self._provider = provider
        self._answer_wanted = answer
        self._area = f"{provider.name} ({provider.instance_id})"
        self._models: list[ModelConfig] = []
        self.checks: list[Check] = []

    async def run(self) -> LLMError | None:
        provider = self._provider
        if provider.capabilities.needs_key and provider.key is None:
            missing = LLMError(
                ErrorKind.AUTH,
                "No key is set.",
                f"`aica key set {provider.instance_id}`",
                provider=provider.instance_id,
            )
            self._add("key", "failed", missing.message, missing.hint)
            return missing
        steps: list[tuple[str, Callable[[], Awaitable[str]]]] = []
        if provider.config.base_url:
            self._add("address", "ok", provider.config.base_url)
            steps += [("name", self._name)]
            # Through a proxy the name and the port are the proxy's business.
            if self._services.door.proxy_for(provider.config.base_url) is None:
                steps += [("tcp", self._tcp)]
            steps += [("http", self._http), ("identity", self._identity)]
        steps += [("models", self._list_models)]
        for step, work in steps:
            error = await self._do(step, work)
            if error is not None:
                return error
        return await self._one_token()

    async def _do(self, step: str, work: Callable[[], Awaitable[str]]) -> LLMError | None:
        began = time.perf_counter()
        try:
            detail = await work()
        except LLMError as exc:
            self._add(step, "failed", exc.message, exc.hint, began)
            return exc
        if detail:
            self._add(step, "ok", detail, "", began)
        return None

    def _add(
        self,
        step: str,
        status: Literal["ok", "failed", "skipped", "warning"],
        detail: str,
        fix: str = "",
        began: float | None = None,
    ) -> None:
        took_ms = None if began is None else round((time.perf_counter() - began) * 1000, 1)
        self.checks.append(Check(self._area, step, status, detail, fix, took_ms))

    # --- steps: each returns what it saw, or raises what is wrong ---

    async def _name(self) -> str:
        url = self._provider.config.base_url
        if self._services.door.proxy_for(url) is not None:
            return "looked up by the proxy"
        addresses = await self._addresses()
        return ", ".join(dict.fromkeys(address for _, address in addresses))

    async def _addresses(self) -> list[tuple[int, str]]:
        """The addresses behind the host; `localhost` is 127.0.0.1, where local servers listen."""
        host = host_of(self._provider.config.base_url)
        host = "127.0.0.1" if host == "localhost" else host
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(limits.CONNECT_TIMEOUT_S):
                found = await loop.getaddrinfo(host, port_of(self._provider.config.base_url), type=socket.SOCK_STREAM)
        except (OSError, TimeoutError) as exc:
            raise LLMError(
                ErrorKind.UNREACHABLE, f"The name {host!r} is not known.", "Check the address or the network."
            ) from exc
        for _, _, _, _, place in found:
            reason = forbidden_reason(ipaddress.ip_address(str(place[0]).partition("%")[0]))
            if reason is not None:
                raise LLMError(ErrorKind.CONFIG, "This address is not used.", f"Refused because {reason}.")
        return [(family, str(place[0])) for family, _, _, _, place in found]

    async def _tcp(self) -> str:
        port = port_of(self._provider.config.base_url)
        failure: Exception | None = None
        for _family, address in await self._addresses():
            try:
                async with asyncio.timeout(limits.CONNECT_TIMEOUT_S):
                    _reader, writer = await asyncio.open_connection(address, port)
            except (OSError, TimeoutError) as exc:
                failure = exc
                continue
            writer.close()
            return f"port {port} at {address} accepts connections"
        raise await self._not_there(port, failure)

    async def _not_there(self, port: int, failure: Exception | None) -> LLMError:
        refused = isinstance(failure, ConnectionRefusedError)
        runtime = self._runtime()
        if refused and runtime is not None and self._provider.capabilities.local:
            if not await runtime.installed():
                return LLMError(
                    ErrorKind.NOT_INSTALLED, f"{runtime.product} is not installed here.", "Install it, then start it."
                )
            return LLMError(ErrorKind.NOT_RUNNING, runtime.not_running_text, runtime.start_hint)
        what = f"Nothing listens on port {port}." if refused else f"Port {port} does not answer."
        return LLMError(
            ErrorKind.NOT_RUNNING if refused else ErrorKind.UNREACHABLE, what, "Start the server, or check the address."
        )

    async def _http(self) -> str:
        answer = await self._services.door.request_json(
            "GET", origin_of(self._provider.config.base_url) + "/", purpose="doctor", timeout_s=limits.LIST_TIMEOUT_S
        )
        return f"answers HTTP (status {answer.status})"

    async def _identity(self) -> str:
        runtime = self._runtime()
        if runtime is None:
            return ""
        if not await runtime.running():
            raise LLMError(
                ErrorKind.PROTOCOL,
                f"Something answers there, but it is not {runtime.product}.",
                "Another program uses this port. Check the address.",
            )
        return f"it is {runtime.product}"

    def _runtime(self) -> Any:
        from app.services import runtimes

        if not self._provider.capabilities.has_runtime:
            return None
        return runtimes.runtime_for(
            self._provider.provider_id,
            self._services.door,
            base_url=self._provider.config.base_url,
            key=self._provider.key,
        )

    async def _list_models(self) -> str:
        self._models = await self._provider.list_models()
        chat = [m for m in self._models if m.model_type is ModelType.CHAT]
        if not chat:
            raise LLMError(
                ErrorKind.MODEL_NOT_FOUND, f"{self._provider.name} has no chat model yet.", "Download one there."
            )
        loaded = sum(m.state is ModelState.LOADED for m in chat)
        simulated = ", simulated" if any(m.simulated for m in chat) else ""
        return f"{len(chat)} chat models, {loaded} loaded{simulated}"

    async def _one_token(self) -> LLMError | None:
        chat = [m for m in self._models if m.model_type is ModelType.CHAT]
        loaded = [m for m in chat if m.state is ModelState.LOADED]
        if not loaded and not self._answer_wanted:
            self._add("answer", "skipped", "no model is loaded", "`aica doctor --answer` loads one and asks it.")
            return None
        model = (loaded or chat)[0].name

        async def ask() -> str:
            request = ChatRequest(
                model=model,
                messages=(Message(role="user", content="Hi"),),
                parameters=SamplingParameters(max_tokens=1),
            )
            async with aclosing(self._provider.stream(request)) as events:  # type: ignore[type-var]  # a generator
                async for _event in events:
                    pass
            return f"{model} answers"

        return await self._do("answer", ask)
