"""Several models and every prompt of a file: begin, follow, stop, and what came of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from app.desktop.error_display import told_failure
from app.desktop.models.prompt_set_facts import SetProgress, marked_name
from app.services.atomic_file import write_atomically
from app.services.llm.errors import LLMError
from app.services.tasks import OnError, TaskOwner

if TYPE_CHECKING:
    from app.desktop.engine import Engine
    from app.services.comparison.prompt_set_run import PromptSetRun
    from app.services.comparison.summary import ModelSummary

LOOK_MS = 500
END_LIMIT_S = 2.0


class PromptSetController(QObject):
    """Signals:
    changed(): `progress` or `summaries` differ.
    begun(), ended(): a set is asked, and is over. broke(): by a fault of ours.
    failed(message, hint): nothing was begun, and why.
    """

    changed = Signal()
    begun = Signal()
    ended = Signal()
    broke = Signal()
    failed = Signal(str, str)

    def __init__(self, engine: Engine, on_error: OnError, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._tasks = TaskOwner(on_error)
        self._asking: PromptSetRun | None = None
        self._work: asyncio.Task[None] | None = None
        self._file = ""
        self._summed = 0
        self._stopped = False
        self.names: list[str] = []
        self.summaries: list[ModelSummary] = []
        self._clock = QTimer(self, interval=LOOK_MS, timerType=Qt.TimerType.CoarseTimer)
        self._clock.timeout.connect(self._look)

    @property
    def is_running(self) -> bool:
        return self._work is not None and not self._work.done()

    @property
    def progress(self) -> SetProgress | None:
        """None while no set was asked."""
        asking = self._asking
        if asking is None:
            return None
        stopped = self._stopped and not self.is_running
        return SetProgress(self._file, len(asking.rounds), len(asking.prompts), self.is_running, stopped)

    def start(
        self, file: Path, names: Sequence[tuple[str, str]], shown: Sequence[str], *, together: bool | None
    ) -> None:
        """Ask models, as (provider, model), all prompts of a file; `shown` are their names."""
        if not self.is_running:
            self._work = self._tasks.start(self._ask(file, names, list(shown), together), name="prompt_set.ask")

    async def _ask(self, file: Path, names: Sequence[tuple[str, str]], shown: list[str], together: bool | None) -> None:
        from app.services.comparison import asking  # here: no start of the window needs it

        services = self._engine.services
        try:
            begun = await self._engine.run(asking.begin_set(services, names, file, together=together))
        except LLMError as exc:
            self.failed.emit(*told_failure(exc))
            return
        self._asking, self._file = begun, file.name
        self.names = [marked_name(name, model) for name, model in zip(shown, begun.models, strict=True)]
        self.summaries, self._summed = [], 0
        self._stopped = False
        self.begun.emit()
        self._clock.start()
        is_broken = True
        try:
            await self._engine.run(begun.run())
            is_broken = False
        except asyncio.CancelledError:
            is_broken = False
            raise
        finally:
            self._clock.stop()
            if is_broken:
                self.broke.emit()  # what it was is told and logged by whoever started the task
            await self._sum_up(begun)
            self._work = None
            self.changed.emit()
            self.ended.emit()

    def _look(self) -> None:
        """Rounds are counted here; what they say together is summed up elsewhere, since they may be thousands."""
        asking = self._asking
        if asking is not None and len(asking.rounds) != self._summed:
            self._tasks.start(self._sum_up(asking), name="prompt_set.sum")

    async def _sum_up(self, asking: PromptSetRun) -> None:
        self._summed = len(asking.rounds)
        summaries = await asyncio.to_thread(asking.summary)
        if self._asking is asking:
            self.summaries = summaries
            self.changed.emit()

    def stop(self) -> None:
        """End the answers that are being written; no further prompt is asked."""
        if self._asking is not None and self.is_running:
            self._stopped = True
            self._tasks.start(self._stop(self._asking), name="prompt_set.stop")

    async def _stop(self, asking: PromptSetRun) -> None:
        async def stop() -> None:
            asking.stop()

        await self._engine.run(stop())

    async def export(self, path: Path) -> None:
        """Answers, figures and summary as JSON.

        Raises:
            OSError: it cannot be written.
        """
        asking = self._asking
        if asking is None:
            return

        def write() -> None:
            text = json.dumps(asking.report(), ensure_ascii=False, indent=2)
            write_atomically(path, text.encode())

        await asyncio.to_thread(write)

    async def aclose(self) -> None:
        """Stop what runs; what came of it is written down before the store is closed."""
        self._clock.stop()
        work = self._work
        if self._asking is not None and work is not None and self.is_running:
            await self._stop(self._asking)
            await asyncio.wait({work}, timeout=END_LIMIT_S)
        await self._tasks.aclose()
