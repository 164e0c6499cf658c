"""`aica doctor`: looks at everything an answer depends on, step by step, and says what to do."""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from app.cli import output, running
from app.services.terminal_command import in_terminal

if TYPE_CHECKING:
    from app.cli.provider_checks import Check
    from app.services.container import Services
    from app.services.llm.providers.base import BaseProvider

_MARKS = {"ok": "ok", "failed": "FAILED", "skipped": "-", "warning": "note"}


def configure(parser: argparse.ArgumentParser, _common: argparse.ArgumentParser) -> None:
    parser.add_argument("--provider", metavar="P", help="check only this provider")
    parser.add_argument("--base-url", metavar="URL", help="address of the provider's server")
    parser.add_argument("--answer", action="store_true", help="ask for one token even where that loads a model")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> Coroutine[Any, Any, int]:
    return _examine(arguments)


async def _examine(arguments: argparse.Namespace) -> int:
    from app.cli import provider_checks
    from app.services.llm.errors import exit_status_of

    rows = _Rows(shown=not arguments.json)
    usable: list[BaseProvider] = []
    async with await running.services_of(arguments, quiet=True) as services:
        manager = services.manager
        if arguments.provider:
            chosen = [await manager.ready(manager.provider(arguments.provider).instance_id)]
        else:
            chosen = await manager.enabled()
        for check in (_python(), _configuration(services), await _keyring(services), await _store(services)):
            rows.add(check)
        rows.add(_display())
        for provider in chosen:
            failed = False
            async for check in provider_checks.examine(services, provider, answer=arguments.answer):
                rows.add(check)
                failed = failed or check.status == "failed"
            usable += [] if failed else [provider]
        if not chosen:
            rows.add(_nothing_switched_on())
        summary = _summary(services, chosen, usable)
    first = next((c.kind for c in rows.checks if c.kind is not None), None)
    if any(c.area in ("configuration", "history") and c.status == "failed" for c in rows.checks):
        status = output.CONFIGURATION
    elif usable:
        status = 0
    else:
        status = output.CONFIGURATION if first is None else exit_status_of(first)
    if arguments.json:
        output.print_json({"ok": status == 0, "checks": [c.as_dict() for c in rows.checks]})
    else:
        output.say(f"\n{output.one_line(summary)}")
    return status


class _Rows:
    """What was looked at. Shown as it comes: an answer may take a model's whole time to load."""

    def __init__(self, *, shown: bool) -> None:
        self.checks: list[Check] = []
        self._shown = shown

    def add(self, check: Check) -> None:
        if self._shown:
            if not self.checks or self.checks[-1].area != check.area:
                gap = "\n" if self.checks else ""
                print(gap + output.styled(output.one_line(check.area), output.BOLD, sys.stdout))
            _print(check)
        self.checks.append(check)


def _print(check: Check) -> None:
    took = "" if check.took_ms is None else f" ({check.took_ms:.0f} ms)"
    style = {"failed": output.RED, "skipped": output.DIM}.get(check.status)
    plain = _MARKS[check.status].ljust(7)
    mark = output.styled(plain, style, sys.stdout) if style else plain
    line = f"  {plain} {check.step.ljust(10)} {output.one_line(check.detail)}{took}"
    whole = output.wrapped(line, sys.stdout, " " * 21)
    print(whole.replace(plain, mark, 1))
    if check.fix:
        print(output.wrapped(f"          → {output.one_line(check.fix)}", sys.stdout, " " * 12))
    sys.stdout.flush()


def _summary(services: Services, chosen: Sequence[BaseProvider], usable: Sequence[BaseProvider]) -> str:
    if not usable:
        nobody = f"{chosen[0].name} cannot answer yet." if len(chosen) == 1 else "No provider can answer yet."
        simulated = in_terminal('ask --provider mock "Hello"')
        return f"{nobody} To look around without one: {simulated}"
    names = ", ".join(provider.instance_id for provider in usable)
    default = services.settings.config.default_provider
    if any(provider.instance_id == default for provider in usable):
        return f"Ready to answer: {names}."
    other = usable[0].instance_id
    return (
        f"Ready to answer: {names}. The default provider, {default}, is not: say --provider {other}, "
        f"or “{in_terminal(f'config set default_provider {other}')}”."
    )


def _nothing_switched_on() -> Check:
    from app.cli.provider_checks import Check

    fix = in_terminal("config set provider_configurations.lm_studio.is_enabled true")
    return Check("providers", "enabled", "failed", "No provider is switched on.", fix)


def _python() -> Check:
    import platform

    from app import __version__
    from app.cli.provider_checks import Check

    detail = f"aica {__version__}, Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    return Check("program", "version", "ok", detail)


def _configuration(services: Services) -> Check:
    from app.cli.provider_checks import Check

    problems = services.settings.problems
    unusable = list(services.manager.unusable.values())
    if problems:
        first = problems[0]
        validate = in_terminal("config validate")
        fix = f"Mend the file, or “{validate}” for all of it. The defaults are used until then."
        fix = f"{fix} {first.hint}".strip()
        return Check("configuration", "file", "failed", f"{first.place}: {first.field} {first.reason}", fix)
    if unusable:
        return Check("configuration", "providers", "failed", unusable[0].message, unusable[0].hint)
    file = services.settings.user_file
    return Check("configuration", "file", "ok", f"{file}{'' if file.exists() else ' (not there yet: defaults)'}")


async def _keyring(services: Services) -> Check:
    from app.cli.provider_checks import Check
    from app.services.llm.errors import LLMError

    try:
        available = await services.secrets.available()
    except LLMError as exc:
        return Check("key store", "keyring", "warning", exc.message, exc.hint)
    if available:
        return Check("key store", "keyring", "ok", "keys are kept by the system")
    reason = services.secrets.unavailable_reason
    return Check(
        "key store", "keyring", "warning", reason, "Local servers need no key; for others use the environment."
    )


async def _store(services: Services) -> Check:
    from app.cli.provider_checks import Check

    state = services.store.state
    if not state.saved:
        fix = f"Look at {services.paths.store_file}: chats are kept in memory only until it can be used."
        return Check("history", "store", "failed", state.reason, fix)
    damage = await services.store.check()
    if damage is not None:
        return Check("history", "store", "failed", damage, "Export your chats, then move the file away.")
    return Check("history", "store", "ok", str(services.paths.store_file))


def _display() -> Check:
    from app.cli.provider_checks import Check

    chat = in_terminal("chat")
    if importlib.util.find_spec("PySide6") is None:
        return Check("window", "display", "warning", "Qt is not installed.", f"“{chat}” works without it.")
    shown = sys.platform in ("win32", "darwin") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if not shown:
        return Check("window", "display", "warning", "There is no display.", f"“{chat}” works without one.")
    return Check("window", "display", "ok", "a display is there")
