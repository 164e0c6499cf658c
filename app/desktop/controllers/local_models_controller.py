"""Joins the Local Models page to runtimes, catalogue and connection check."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QLocale, QObject, Signal

from app.desktop.controllers.learned_speeds import LearnedSpeeds
from app.desktop.controllers.model_rows import NOTHING, LiveFacts, table_row
from app.desktop.controllers.provider_states import glyph_and_words
from app.desktop.error_display import tell_missing_programs
from app.desktop.glyphs import StateGlyph
from app.desktop.models.model_table_model import ModelTableModel, TableRow
from app.desktop.models.settings_form import CheckResult, CheckRow, EngineFacts, FixButton, HealthBar, RuntimeFacts
from app.services import runtimes
from app.services.llm import registry
from app.services.llm.address import is_loopback, port_of
from app.services.llm.catalogue import SLOW_MS
from app.services.llm.connection_check import check_connection, website_of
from app.services.llm.connection_findings import place
from app.services.llm.connection_report import ConnectionReport, Fix, FixAction, Step
from app.services.llm.errors import LLMError
from app.services.llm.models import ModelState
from app.services.tasks import OnError, TaskOwner
from app.services.wording import say

if TYPE_CHECKING:
    from app.desktop.engine import Engine
    from app.services.llm.catalogue import HealthSample, ProviderState

HISTORY_S, PLACES = 30 * 60, 60


def tr(text: str) -> str:
    return QCoreApplication.translate("LocalModels", text)


class LocalModelsController(QObject):
    """Signals:
    facts_changed(RuntimeFacts): one server's state or history.
    engine_changed(EngineFacts): the state of an engine of our own.
    checked(instance_id, CheckResult), trouble(instance_id, text): what a test, a start or a stop came to.
    started(instance_id): a server that was started answers.
    """

    facts_changed = Signal(object)
    engine_changed = Signal(object)
    checked = Signal(str, object)
    trouble = Signal(str, str)
    started = Signal(str)

    def __init__(self, engine: Engine, parent: QObject | None = None, *, on_error: OnError | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._tasks = TaskOwner(on_error)
        self._busy: dict[str, str] = {}
        #: By server: the state that was looked at last, and what was found then: why it could not be stopped, and
        #: whether its program is on this computer.
        self._looked_at: dict[str, tuple[bool, str]] = {}
        self._why_not_stoppable: dict[str, str] = {}
        self._installed: dict[str, bool] = {}
        self.table = ModelTableModel(self)
        self.speeds = LearnedSpeeds(engine, self, on_error=on_error)
        self.speeds.changed.connect(self.refresh_facts)
        #: What is known of a model beside the lists; of the page, once it was opened.
        self.live_facts: Callable[[str, str], LiveFacts] = lambda _instance_id, _model: NOTHING
        engine.catalogue_changed.connect(lambda _id: self.refresh_facts())
        engine.catalogue_polled.connect(self.refresh_facts)

    # -- what there is

    @cached_property
    def backends(self) -> tuple[str, ...]:
        """The providers whose runtime can load and let go, in the order of priority. Every row of the table asks."""
        return tuple(name for name, _title in [*self.runtimes(), *self.engines()])

    def runtimes(self) -> list[tuple[str, str]]:
        """(id, name) of each local server with a program that can be started, in the order of priority."""
        found = [
            cls
            for cls in registry.all_classes().values()
            if cls.capabilities.has_runtime and cls.Config().base_url and website_of(cls.provider_id)
        ]
        found.sort(key=lambda cls: cls.Config().priority)
        return [(cls.provider_id, say(cls.display_name)) for cls in found]

    def engines(self) -> list[tuple[str, str]]:
        """(id, name) of those that answer by themselves, without a server."""
        classes = registry.all_classes().items()
        return [(name, say(cls.display_name)) for name, cls in classes if not cls.capabilities.needs_address]

    def with_context_option(self) -> frozenset[str]:
        """The runtimes that take the context window with each load."""
        classes = registry.all_classes().items()
        return frozenset(name for name, cls in classes if cls.capabilities.native_context_option)

    def watch(self, watching: bool) -> None:
        """Whether somebody looks at the page; each look at the servers brings it up to date then."""
        if watching:
            self._looked_at.clear()  # programs may have come or gone meanwhile
            self.speeds.look()
            self.refresh_facts()

    def refresh_facts(self) -> None:
        """Tell the page what is known now."""
        if not self._engine.is_ready:
            return
        for instance_id, name in self.runtimes():
            facts = self._facts(instance_id, name)
            self.facts_changed.emit(facts)
            self._consider_program(facts)
        for instance_id, _name in self.engines():
            self.engine_changed.emit(self._engine_facts(instance_id))
        self.refresh_rows()

    def refresh_rows(self) -> None:
        """The same for the table alone."""
        if not self._engine.is_ready:
            return
        states = self._engine.services.catalogue.states().values()
        self.table.set_rows(self._rows(), complete=all(state.status != "unknown" for state in states if state.local))

    def _consider_program(self, facts: RuntimeFacts) -> None:
        """Find out whether a server here can be stopped or started from here, once for each time it comes or goes."""
        instance_id, address = facts.instance_id, self._engine.services.manager.base_url_of(facts.instance_id)
        if not is_loopback(address) or self._looked_at.get(instance_id) == (facts.running, address):
            return
        self._looked_at[instance_id] = (facts.running, address)
        look = self._look_at_stopping if facts.running else self._look_at_program
        self._tasks.start(look(instance_id), name="local_models.program")

    async def _look_at_program(self, instance_id: str) -> None:
        door = self._engine.services.door
        there = await self._engine.run(runtimes.check_backend_installed(instance_id, door=door))
        if self._installed.get(instance_id) != there:
            self._installed[instance_id] = there
            tell_missing_programs(name for name, found in self._installed.items() if not found)
            self.facts_changed.emit(self._facts(instance_id, dict(self.runtimes())[instance_id]))

    async def _look_at_stopping(self, instance_id: str) -> None:
        services = self._engine.services
        why = await self._engine.run(runtimes.why_not_stoppable(instance_id, **services.runtime_place(instance_id)))
        if self._why_not_stoppable.get(instance_id) != why:
            self._why_not_stoppable[instance_id] = why
            self.facts_changed.emit(self._facts(instance_id, dict(self.runtimes())[instance_id]))

    def refresh_models(self) -> None:
        """Ask all servers now, and look again for their programs."""
        self._looked_at.clear()

        async def refresh() -> None:
            await self._engine.run(self._engine.services.catalogue.refresh())

        self._tasks.start(refresh(), name="local_models.refresh")

    def is_on(self, instance_id: str) -> bool:
        """Whether it is asked for models, as far as its switch says."""
        services = self._engine.services
        entry = services.settings.config.provider_configurations.get(instance_id)
        on = entry is None or entry.is_enabled is not False
        return on or services.catalogue.state(instance_id) is not None

    def _engine_facts(self, instance_id: str) -> EngineFacts:
        state = self._engine.services.catalogue.state(instance_id)
        glyph, words = glyph_and_words(state, enabled=self.is_on(instance_id))
        error = state.error if state is not None else None
        return EngineFacts(instance_id, glyph, words, str(error) if error is not None else "")

    def _facts(self, instance_id: str, name: str) -> RuntimeFacts:
        services = self._engine.services
        state = services.catalogue.state(instance_id)
        glyph, words = glyph_and_words(state, enabled=self.is_on(instance_id))
        busy = self._busy.get(instance_id, "")
        address = state.base_url if state else services.manager.base_url_of(instance_id)
        here = is_loopback(address)
        samples, now = services.catalogue.history(instance_id), time.time()
        bars = health_bars(samples, now)
        answered = [s.latency_ms for s in samples if s.latency_ms is not None and now - s.at < HISTORY_S]
        from statistics import median  # here: it brings fractions and decimals, which nothing else needs

        median_ms = median(answered) if answered else None
        running = state is not None and state.status == "up"
        missing = here and not running and self._installed.get(instance_id) is False
        return RuntimeFacts(
            instance_id,
            name,
            StateGlyph.BUSY if busy else glyph,
            words,
            running=running,
            failed=glyph is StateGlyph.FAILED,
            busy=busy,
            startable=here,
            why_not="" if here else tr("This server is on another computer: start and stop it there."),
            website=website_of(instance_id) if missing else "",
            why_not_stoppable=self._why_not_stoppable.get(instance_id) if here else "",
            bars=bars,
            median_ms=median_ms,
            history=history_lines(state, bars, median_ms, services.catalogue.asks_every_s_of(instance_id)),
            simulated=state is not None and state.simulated and running,
        )

    def _rows(self) -> list[TableRow]:
        rows = []
        for instance_id, state in self._engine.services.catalogue.states().items():
            if state.local:
                models = sorted(state.models, key=lambda m: m.state is not ModelState.LOADED)
                rows += [
                    table_row(
                        instance_id,
                        state,
                        model,
                        self.live_facts(instance_id, model.name),
                        self.speeds.of(instance_id, model.name),
                    )
                    for model in models
                ]
        return rows

    # -- acting

    def test(self, instance_id: str, address: str) -> None:
        """Look at an address, saved or only typed; `checked` follows."""
        self._do(instance_id, "testing", self._test(instance_id, address))

    async def _test(self, instance_id: str, address: str) -> None:
        services = self._engine.services
        saved = services.manager.base_url_of(instance_id)
        report = await self._engine.run(
            check_connection(
                instance_id, address, door=services.door, key_source=services.keys.of, also_try=[saved] if saved else []
            )
        )
        installed = await self._engine.run(runtimes.check_backend_installed(instance_id, door=services.door))
        self.checked.emit(instance_id, check_result(report, installed=installed))

    def start(self, instance_id: str) -> None:
        """Start the server at its saved address; `started` or `trouble` follows."""
        self._do(instance_id, "starting", self._start(instance_id))

    async def _start(self, instance_id: str) -> None:
        if await self.start_and_wait(instance_id):
            self.started.emit(instance_id)

    async def start_and_wait(self, instance_id: str) -> bool:
        """Start the server and look at it; False, with `trouble`, when it would not start."""
        services = self._engine.services
        try:
            await self._engine.run(runtimes.start_backend(instance_id, **services.runtime_place(instance_id)))
        except LLMError as exc:
            self.trouble.emit(instance_id, f"{exc.message} {exc.hint}".strip())
            return False
        await self._look_at_stopping(instance_id)
        await self._engine.run(services.catalogue.refresh(instance_id))
        return True

    def stop(self, instance_id: str) -> None:
        self._do(instance_id, "stopping", self._stop(instance_id))

    async def _stop(self, instance_id: str) -> None:
        services = self._engine.services
        try:
            await self._engine.run(runtimes.stop_backend(instance_id, **services.runtime_place(instance_id)))
        except LLMError as exc:
            self.trouble.emit(instance_id, f"{exc.message} {exc.hint}".strip())
        await self._engine.run(services.catalogue.refresh(instance_id))

    async def unload(self, instance_id: str, model: str) -> str:
        """Take a model out of memory; what went wrong, empty when nothing did."""
        services = self._engine.services
        try:
            await self._engine.run(runtimes.unload_model(instance_id, model, **services.runtime_place(instance_id)))
        except LLMError as exc:
            return f"{exc.message} {exc.hint}".strip()
        await self._engine.run(services.catalogue.refresh(instance_id))
        return ""

    def _do(self, instance_id: str, what: str, work: Any) -> None:
        """One thing at a time for each server; its card says which."""
        if instance_id in self._busy:
            work.close()
            return
        self._busy[instance_id] = what
        self.refresh_facts()

        async def run() -> None:
            try:
                await work
            finally:
                self._busy.pop(instance_id, None)
                self.refresh_facts()

        self._tasks.start(run(), name=f"local_models.{what}")

    async def aclose(self) -> None:
        tell_missing_programs(())
        await self._tasks.aclose()
        await self.speeds.aclose()


# -- into words


def check_result(report: ConnectionReport, *, installed: bool) -> CheckResult:
    """A report as the page shows it. `installed`: the server's program is on this computer."""
    labels = {
        Step.ADDRESS: tr("Address"),
        Step.NAME: tr("Name"),
        Step.PORT: tr("Port"),
        Step.HTTP: tr("Server"),
        Step.IDENTITY: tr("Identity"),
        Step.MODELS: tr("Models"),
        Step.PROGRAM: tr("Program"),
    }
    if report.steps[0].step is Step.ADDRESS and report.steps[0].status == "ok":
        labels[Step.PORT] = tr("Port {n}").format(n=port_of(report.base_url))
    rows = tuple(
        CheckRow(
            labels[step.step],
            step.text if step.status != "not_tried" else tr("Not tried"),
            step.status,
            tr("{n} ms").format(n=round(step.took_ms)) if step.took_ms is not None else "",
        )
        for step in report.steps
    )
    took = QLocale().toString(report.took_s, "f", 2)
    finding = report.finding
    if finding is None:
        summary = tr("Connected. {n} of {m} checks passed in {t} s.").format(
            n=report.passed, m=len(report.steps), t=took
        )
        return CheckResult(True, rows, summary, address=report.base_url)
    fixes = tuple(_fix_button(fix, report, installed) for fix in finding.fixes)
    return CheckResult(
        False,
        rows,
        sentence=finding.sentence,
        why=finding.why,
        evidence=finding.evidence,
        fixes=fixes,
        address=report.base_url,
    )


def _fix_button(fix: Fix, report: ConnectionReport, installed: bool) -> FixButton:
    if fix.action is FixAction.USE_ADDRESS:
        same_place = place(fix.value) == place(report.base_url)  # only its beginning or its path differs
        shown = fix.value if same_place else fix.value.partition("://")[2].partition("/")[0]
        return FixButton(fix.action.value, fix.value, tr("Use {place}").format(place=shown))
    if fix.action is FixAction.START_SERVER and installed:
        return FixButton(fix.action.value, "", tr("Start server"))
    if fix.action is FixAction.ENTER_KEY:
        return FixButton(fix.action.value, "", tr("Enter key"))
    if fix.action is FixAction.SET_CA_FILE:
        return FixButton(fix.action.value, "", tr("Choose certificate file…"))
    if fix.action is FixAction.LEAVE_PROXY:
        return FixButton(fix.action.value, "", tr("Reach it without the proxy"))
    if fix.action is FixAction.ADD_SERVER:
        return FixButton(fix.action.value, fix.value, tr("Add as a server of its own"))
    name = say(registry.find(report.provider).display_name)
    return FixButton(FixAction.OPEN_WEBSITE.value, website_of(report.provider), tr("Get {name}").format(name=name))


def health_bars(samples: Sequence[HealthSample], now: float) -> tuple[HealthBar | None, ...]:
    """Sixty half minutes up to now: the slowest answer of each, or that there was none."""
    places: list[list[HealthSample]] = [[] for _ in range(PLACES)]
    width = HISTORY_S / PLACES
    for sample in samples:
        nth = PLACES - 1 - int((now - sample.at) // width)
        if 0 <= nth < PLACES:
            places[nth].append(sample)
    return tuple(_bar(found) for found in places)


def _bar(samples: list[HealthSample]) -> HealthBar | None:
    if not samples:
        return None
    answered = [sample.latency_ms for sample in samples if sample.latency_ms is not None]
    if len(answered) < len(samples):
        return HealthBar(None)
    slowest = max(answered)
    return HealthBar(slowest, slow=slowest > SLOW_MS)


def history_lines(
    state: ProviderState | None, bars: Sequence[HealthBar | None], median_ms: float | None, interval_s: float
) -> tuple[str, ...]:
    """What stands beside the bars, or in their place while a server is down: only what was seen."""
    if state is None or state.status == "unknown":
        return ()
    if state.status == "up":
        first = next((place for place, bar in enumerate(bars) if bar is not None), PLACES - 1)
        minutes = max(1, round((PLACES - first) * HISTORY_S / PLACES / 60))
        upper = tr("Last {n} min").format(n=minutes)
        if median_ms is not None:
            upper += " · " + tr("median {n} ms").format(n=round(median_ms))
        # The first look that found it; how long it had been up by then nobody told.
        return (upper, tr("seen since {t}").format(t=_clock(state.since)))
    seen = tr("Last seen at {t}.").format(t=_clock(state.last_seen)) if state.last_seen else tr("Not seen yet.")
    lines = [seen]
    if state.models:
        lines.append(tr("{n} models known from before.").format(n=len(state.models)))
    if state.error is not None and state.error_kind != "not_running":
        lines.append(state.error.message)
    again = tr("Looking again every {n} s.").format(n=QLocale().toString(interval_s, "g", 3))
    return (" ".join(lines), again)


def _clock(at: float | None) -> str:
    return time.strftime("%H:%M", time.localtime(at))
