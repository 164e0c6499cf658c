"""Samples of this computer for the graphs, taken off the window's thread and only while somebody looks."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal

from app.desktop.models.model_list_model import size_text
from app.desktop.models.resource_facts import GraphFacts, Point
from app.services import runtimes
from app.services.llm.errors import LLMError
from app.services.resources.monitor import HISTORY_S, INTERVAL_S, ResourceMonitor, Sample
from app.services.tasks import OnError, TaskOwner

if TYPE_CHECKING:
    from app.desktop.controllers.local_models_controller import LocalModelsController
    from app.desktop.engine import Engine
    from app.services.runtimes import ProcessHint

logger = logging.getLogger(__name__)

SECOND_LOOK_MS = 300
PROCESSOR, MEMORY, GRAPHICS, RUNTIME = "processor", "memory", "graphics", "runtime"


def tr(text: str) -> str:
    return QCoreApplication.translate("Resources", text)


class ResourcesController(QObject):
    """Made when the page is first opened.

    Signals:
        sampled(graphs, missing): every graph that has a figure, and a sentence about what this system does not tell.
    """

    sampled = Signal(object, str)

    def __init__(
        self,
        engine: Engine,
        local: LocalModelsController,
        parent: QObject | None = None,
        *,
        on_error: OnError | None = None,
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._local = local
        self._tasks = TaskOwner(on_error)
        self._monitor = ResourceMonitor()
        self._taking = False
        self._timer = QTimer(self, interval=round(INTERVAL_S * 1000))
        self._timer.timeout.connect(self._take)
        #: How busy the processor is shows between two looks: the second one follows soon.
        self._second = QTimer(self, singleShot=True, interval=SECOND_LOOK_MS)
        self._second.timeout.connect(self._take)

    @property
    def is_watching(self) -> bool:
        return self._timer.isActive()

    def watch(self, watching: bool) -> None:
        """Somebody sees the graphs / no longer: hidden ones cost nothing."""
        if watching and not self._timer.isActive():
            self._timer.start()
            self._second.start()
            self._take()
        elif not watching and self._timer.isActive():
            self._timer.stop()
            self._second.stop()
            self._monitor.pause()

    def _take(self) -> None:
        if not self._engine.is_ready or self._taking:  # a slow look is not joined by another one
            return
        self._taking = True
        self._tasks.start(self._sample(), name="resources.sample")

    async def _sample(self) -> None:
        try:
            await self._engine.run(self._monitor.take(await self._hints()))
        finally:
            self._taking = False
        if self._timer.isActive():
            history = list(self._monitor.history)
            self.sampled.emit(graphs_of(history, self._names()), missing_words(history))

    def _names(self) -> dict[str, str]:
        return dict([*self._local.runtimes(), *self._local.engines()])

    async def _hints(self) -> dict[str, ProcessHint]:
        found = {}
        services = self._engine.services
        for instance_id in self._names():
            state = services.catalogue.state(instance_id)
            if state is None or state.status != "up" or state.simulated:
                continue  # nothing of it runs, or it would be the simulator that is measured
            try:
                place = services.runtime_place(instance_id)
                found[instance_id] = await self._engine.run(runtimes.process_hint(instance_id, **place))
            except LLMError as exc:
                logger.debug("the processes of %s are not known: %s", instance_id, exc)
        return found

    async def aclose(self) -> None:
        self._timer.stop()
        self._second.stop()
        await self._tasks.aclose()


# -- into what is drawn


def graphs_of(history: list[Sample], names: dict[str, str]) -> list[GraphFacts]:
    """A graph for everything that the newest sample knows; what it does not know is left out."""
    if not history:
        return []
    last = history[-1]
    found = []
    if any(sample.processor is not None for sample in history):
        found.append(_graph(PROCESSOR, tr("Processor"), history, lambda s: s.processor, _percent, 1.0))
    memory = last.memory
    if memory is not None:
        total = float(memory.total)
        used = _of(total)
        found.append(_graph(MEMORY, tr("Memory"), history, _used_memory, used, total))
        for instance_id in last.runtimes:
            name = tr("Memory, {name}").format(name=names.get(instance_id, instance_id))
            taken = _runtime_memory(instance_id)
            found.append(_graph(f"{RUNTIME}.{instance_id}", name, history, taken, _size, total))
    for number, card in enumerate(last.graphics):
        name = tr("Graphics memory") if len(last.graphics) == 1 else tr("Graphics memory {n}").format(n=number + 1)
        whole = float(card.total_bytes)
        taken = _graphics_memory(number)
        found.append(_graph(f"{GRAPHICS}.{number}", name, history, taken, _of(whole), whole, card.name))
    return found


def missing_words(history: list[Sample]) -> str:
    """What this system does not tell, as a sentence; "" where everything is known, or nothing was looked at yet."""
    if len(history) < 2:  # how busy the processor is shows between two looks
        return ""
    missing = []
    if all(sample.processor is None for sample in history):
        missing.append(tr("how busy the processor is"))
    if history[-1].memory is None:
        missing.append(tr("memory"))
    if not history[-1].graphics:
        missing.append(tr("graphics memory"))
    return tr("Not readable on this computer: {what}.").format(what=", ".join(missing)) if missing else ""


_Figure = Callable[[Sample], float | None]


def _graph(
    key: str,
    name: str,
    history: list[Sample],
    figure: _Figure,
    words: Callable[[float], str],
    most: float,
    note: str = "",
) -> GraphFacts:
    now = history[-1].at
    points = tuple(Point(now - sample.at, value) for sample in history if (value := figure(sample)) is not None)
    return GraphFacts(key, name, points, words, most, HISTORY_S, 2 * INTERVAL_S, note)


def _used_memory(sample: Sample) -> float | None:
    return None if sample.memory is None else float(sample.memory.total - sample.memory.available)


def _runtime_memory(instance_id: str) -> _Figure:
    def figure(sample: Sample) -> float | None:
        size = sample.runtimes.get(instance_id)
        return None if size is None else float(size)

    return figure


def _graphics_memory(number: int) -> _Figure:
    return lambda sample: float(sample.graphics[number].used_bytes) if number < len(sample.graphics) else None


def _percent(share: float) -> str:
    return tr("{n} %").format(n=round(share * 100))


def _size(size: float) -> str:
    return size_text(max(1, round(size)))


def _of(total: float) -> Callable[[float], str]:
    from app.desktop.models.download_facts import bytes_of

    return lambda used: bytes_of(max(1, round(used)), round(total))
