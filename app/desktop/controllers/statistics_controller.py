"""What the Statistics pane shows: figures of all models in a time, and how those of one changed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QObject, Signal

from app.desktop.controllers.learned_speeds import LearnedSpeeds
from app.desktop.controllers.provider_names import name_of_provider
from app.desktop.models.chart_facts import ChartFacts, charts_of
from app.desktop.models.figure_words import count_words, failures_words
from app.desktop.models.statistics_tables import FigureRow, model_row, period_row
from app.lean_dataclass import dataclass
from app.services.atomic_file import write_atomically
from app.services.statistics import run_rows
from app.services.statistics.export import as_csv
from app.services.statistics.reading import StatisticsReader, since_days
from app.services.tasks import OnError, TaskOwner

if TYPE_CHECKING:
    from app.desktop.engine import Engine
    from app.services.statistics.figures import ModelFigures
    from app.services.statistics.reading import History

Key = tuple[str, str]


def tr(text: str) -> str:
    return QCoreApplication.translate("Statistics", text)


@dataclass(frozen=True, slots=True)
class ModelHistory:
    """Of one model: what stands under the table of all."""

    key: Key
    title: str
    facts: str
    """Lines about it; "" for nothing."""
    charts: tuple[ChartFacts, ...]
    periods: tuple[FigureRow, ...]


class StatisticsController(QObject):
    """Reads the store only when it is asked to.

    Signals:
        found(tuple of FigureRow, key, ever, simulated): all models of the time, which of them is looked at (None for
            none), whether any model ever answered, and whether only the simulated one did.
        charted(ModelHistory): how the figures of that one changed.
        told(words, is_error): what became of an export.
    """

    found = Signal(object, object, bool, bool)
    charted = Signal(object)
    told = Signal(str, bool)

    def __init__(self, engine: Engine, parent: QObject | None = None, *, on_error: OnError | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._tasks = TaskOwner(on_error)
        self._days: int | None = None
        self._speeds = LearnedSpeeds(engine, self, on_error=on_error)
        self._figures: dict[Key, ModelFigures] = {}
        self._chosen: Key | None = None
        self._reading: asyncio.Task[None] | None = None

    @property
    def is_reading(self) -> bool:
        return self._reading is not None and not self._reading.done()

    def look(self, days: int | None) -> None:
        """Read the figures of so many days, today among them; None = of all time. `found` follows, then `charted`."""
        self._days = days
        self._start(self._look())

    def choose(self, key: Key) -> None:
        """Look at another model; `charted` follows."""
        if key != self._chosen and key in self._figures:
            self._chosen = key
            self._start(self._chart())

    def _start(self, coro: Coroutine[Any, Any, None]) -> None:
        """The newest question counts: an earlier one that is still read is given up."""
        if self.is_reading and self._reading is not None:
            self._reading.cancel()
        self._reading = self._tasks.start(coro, name="statistics.look")

    @property
    def _since(self) -> float | None:
        return since_days(self._days, time.time())

    async def _look(self) -> None:
        reader = StatisticsReader(self._engine.store)
        found = await self._engine.run(reader.models(self._since))
        self._figures = {(one.provider, one.model): one for one in found}
        if self._chosen not in self._figures:
            self._chosen = next(iter(self._figures), None)
        rows = tuple(model_row(one, self._name(*key), self._provider(key[0])) for key, one in self._figures.items())
        ever = bool(found) or bool(await self._engine.run(self._engine.store.read(run_rows.models)))
        simulated = not ever and await self._engine.run(reader.only_simulated(None))
        self.found.emit(rows, self._chosen, ever, simulated)
        await self._chart()

    async def _chart(self) -> None:
        key = self._chosen
        if key is None:
            return
        history = await self._engine.run(StatisticsReader(self._engine.store).history(*key, self._since))
        await self._speeds.learn()
        self.charted.emit(self._shown(key, history))

    def _shown(self, key: Key, history: History) -> ModelHistory:
        totals = self._figures[key].totals
        title = tr("{model} · {provider}").format(model=self._name(*key), provider=self._provider(key[0]))
        stopped = tr("{n} stopped by you").format(n=count_words(totals.stopped)) if totals.stopped else ""
        facts = " · ".join(part for part in (failures_words(totals), stopped) if part)
        speeds = self._speeds.predicted_beside_measured(*key)
        facts = "\n".join(part for part in (speeds, facts) if part)
        periods = tuple(period_row(one, history.bucket) for one in history.periods if one.totals.runs)
        return ModelHistory(key, title, facts, charts_of(history), periods)

    def _provider(self, provider: str) -> str:
        return name_of_provider(self._engine, provider)

    def _name(self, provider: str, model: str) -> str:
        return self._engine.services.chats.name_of_model(provider, model) if self._engine.is_ready else model

    # -- exporting

    def export(self, path: Path) -> None:
        """Write what every model did in this time as CSV; `told` follows."""
        self._tasks.start(self._export(path), name="statistics.export")

    async def _export(self, path: Path) -> None:
        reader, since = StatisticsReader(self._engine.store), self._since
        histories = [await self._engine.run(reader.history(*key, since)) for key in self._figures]
        try:
            await asyncio.to_thread(write_atomically, path, as_csv(histories).encode())
        except OSError as exc:
            why = exc.strerror or str(exc)
            self.told.emit(tr("{path} cannot be written: {why}").format(path=path, why=why), True)
        else:
            self.told.emit(tr("Written to {path}.").format(path=path), False)

    async def aclose(self) -> None:
        await self._tasks.aclose()
        await self._speeds.aclose()
