"""The rows of `aica doctor` for one provider.

The connection check is the one that the window has, too. What the terminal adds: a missing key is told before anything
is sent, fixes are commands, and a model that is loaded answers one token.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from app.cli.start_hints import missing_program
from app.lean_dataclass import dataclass
from app.services.llm.connection_check import check_provider
from app.services.llm.connection_report import ConnectionReport, Finding, Fix, FixAction, Step
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.local_products import LOCAL_PRODUCTS
from app.services.llm.models import ChatRequest, Message, ModelConfig, ModelState, ModelType, SamplingParameters
from app.services.llm.server_presets import FOUND_SERVER
from app.services.terminal_command import in_terminal

if TYPE_CHECKING:
    from app.services.container import Services
    from app.services.llm.providers.base import BaseProvider

#: Steps whose published name is another one.
_PUBLISHED_NAMES = {Step.PORT: "tcp"}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `fix` is empty where there is nothing to do."""

    area: str
    step: str
    status: Literal["ok", "failed", "skipped", "warning"]
    detail: str
    fix: str = ""
    took_ms: float | None = None
    kind: ErrorKind | None = None
    """What a failure was, for the exit status."""

    def as_dict(self) -> dict[str, Any]:
        names = ("area", "step", "status", "detail", "fix", "took_ms")
        return {name: getattr(self, name) for name in names}


async def examine(services: Services, provider: BaseProvider, *, answer: bool) -> AsyncIterator[Check]:
    """All rows of one provider as they come; the first one that failed is the last.

    `answer`: ask for one token even where that loads a model.
    """
    area = f"{provider.name} ({provider.instance_id})"
    try:
        provider.check_key()
    except LLMError as exc:
        yield _failed(area, "key", exc)
        return
    models: tuple[ModelConfig, ...]
    if provider.only_when_chosen and not provider.config.base_url:  # it has no server until it is asked
        began = time.perf_counter()
        try:
            models = tuple(await provider.list_models())
        except LLMError as exc:
            yield _failed(area, "models", exc, began)
            return
        simulated = ", simulated" if any(m.simulated for m in models) else ""
        yield Check(area, "models", "ok", f"{len(_chat(models))} chat models{simulated}", took_ms=_ms_since(began))
    else:
        report = await check_provider(provider, also_try=services.settings.addresses(provider.instance_id))
        for row in await _rows(services, provider, area, report):
            yield row
        if not report.ok:
            return
        models = report.models
    yield await _one_token(provider, area, models, answer)


async def _rows(services: Services, provider: BaseProvider, area: str, report: ConnectionReport) -> list[Check]:
    rows = []
    for step in report.steps:
        took_ms = None if step.took_ms is None else round(step.took_ms, 1)
        name = _PUBLISHED_NAMES.get(step.step, step.step.value)
        if step.status == "ok":
            rows.append(Check(area, name, "ok", step.text, took_ms=took_ms))
        elif step.status == "failed" and report.finding is not None:
            finding = report.finding
            if any(fix.action is FixAction.START_SERVER for fix in finding.fixes):
                finding = await _startable(services, provider, finding)
            ways = [_way(services, provider, finding, fix) for fix in finding.fixes]
            fix_text = " ".join(text for text in (finding.why, *ways) if text)
            rows.append(Check(area, name, "failed", finding.sentence, fix_text, took_ms, finding.kind))
    return rows


async def _startable(services: Services, provider: BaseProvider, finding: Finding) -> Finding:
    """With the way to start the server; where its program is not here, that is the reason instead."""
    if provider.provider_id not in LOCAL_PRODUCTS:  # a plug-in's own runtime is not ours to ask
        return finding
    missing = await missing_program(services, provider.provider_id)
    if not missing:
        start = LOCAL_PRODUCTS[provider.provider_id].start_hint(provider.config.base_url)
        return replace(finding, why=f"{finding.why} {start}")
    around = f"{finding.why} " if finding.is_inside else ""
    elsewhere = in_terminal(f"config set {_setting(provider.instance_id)} ADDRESS")
    why = f"{around}{missing} If it runs on another one: {elsewhere}"
    return replace(finding, kind=ErrorKind.NOT_INSTALLED, why=why)


def _way(services: Services, provider: BaseProvider, finding: Finding, fix: Fix) -> str:
    """The command for what the window has a button for, "" where the finding has said it."""
    if fix.action is FixAction.USE_ADDRESS:
        return _change_of_address(services, provider.instance_id, fix.value)
    if fix.action is FixAction.SET_CA_FILE:
        return f"To trust it: {in_terminal('config set network.ca_file FILE')}"
    if fix.action is FixAction.LEAVE_PROXY:
        return f"To reach it without: {in_terminal('config set network.proxy_for_local false')}"
    if fix.action is FixAction.ADD_SERVER:
        return _new_server(fix.value)
    command = in_terminal(f"key set {provider.instance_id}")
    if fix.action is FixAction.ENTER_KEY and command not in finding.why:
        return f"Run: {command}"
    return ""


def _change_of_address(services: Services, instance_id: str, url: str) -> str:
    """How to take another address into use, depending on what named the present one."""
    origin = services.settings.origin("provider_configurations", instance_id, "base_url")
    if origin.kind == "flag":
        kept = services.settings.address_without_flags(instance_id) == url
        return f"Leave out {origin.name}." if kept else f"Use {origin.name} {url}"
    if origin.kind == "environment":
        return f"The present address comes from {origin.name}: set that to {url}"
    return f"To use it: {in_terminal(f'config set {_setting(instance_id)} {url}')}"


def _new_server(url: str) -> str:
    """How to keep an address as a named server."""
    type_setting = f"provider_configurations.{FOUND_SERVER}.type"
    return (
        f"To add it: {in_terminal(f'config set {type_setting} openai_compatible')}, "
        f"then {in_terminal(f'config set {_setting(FOUND_SERVER)} {url}')}"
    )


def _setting(instance_id: str) -> str:
    return f"provider_configurations.{instance_id}.base_url"


async def _one_token(provider: BaseProvider, area: str, models: tuple[ModelConfig, ...], answer: bool) -> Check:
    chat = _chat(models)
    loaded = [m for m in chat if m.state is ModelState.LOADED]
    if not loaded and not answer and not provider.capabilities.local:
        return Check(
            area,
            "answer",
            "skipped",
            "not asked, it would cost",
            f"“{in_terminal('doctor --answer')}” asks for one token.",
        )
    if not loaded and not answer:
        fix = f"“{in_terminal('doctor --answer')}” loads one and asks it."
        return Check(area, "answer", "skipped", "no model is loaded", fix)
    if not chat:
        return Check(area, "answer", "failed", "There is no model that could.", kind=ErrorKind.MODEL_NOT_FOUND)
    model = (loaded or chat)[0].name
    request = ChatRequest(
        model=model, messages=(Message(role="user", content="Hi"),), parameters=SamplingParameters(max_tokens=1)
    )
    began = time.perf_counter()
    try:
        async with aclosing(provider.stream(request)) as events:  # type: ignore[type-var]  # a generator
            async for _event in events:
                pass
    except LLMError as exc:
        return _failed(area, "answer", exc, began)
    return Check(area, "answer", "ok", f"{model} answers", took_ms=_ms_since(began))


def _chat(models: tuple[ModelConfig, ...]) -> list[ModelConfig]:
    return [m for m in models if m.model_type is ModelType.CHAT]


def _failed(area: str, step: str, error: LLMError, began: float | None = None) -> Check:
    took_ms = None if began is None else _ms_since(began)
    return Check(area, step, "failed", error.message, error.hint, took_ms, error.kind)


def _ms_since(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 1)
