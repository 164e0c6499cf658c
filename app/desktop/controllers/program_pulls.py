"""Downloads that Ollama and LM Studio make for themselves, asked for from here."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, Signal

from app.desktop.glyphs import StateGlyph
from app.desktop.models.download_facts import DownloadFacts, progress_words
from app.lean_dataclass import dataclass
from app.services import runtimes
from app.services.llm.errors import LLMError
from app.services.tasks import OnError, TaskOwner

if TYPE_CHECKING:
    from app.desktop.engine import Engine
    from app.services.runtimes import PullProgress


def tr(text: str) -> str:
    return QCoreApplication.translate("Downloads", text)


@dataclass(frozen=True, slots=True)
class _Pull:
    backend: str
    product: str
    model: str
    glyph: StateGlyph = StateGlyph.BUSY
    words: str = ""
    share: float | None = None
    problem: str = ""
    is_over: bool = False

    @property
    def key(self) -> str:
        return f"{self.backend}:{self.model}"


class ProgramPulls(QObject):
    """They run in the program that fetches; what it keeps of a stopped one it says itself.

    Signals:
        changed(): some download is another one than before.
        arrived(backend): it has a model more.
    """

    changed = Signal()
    arrived = Signal(str)
    _news = Signal(str, object)

    def __init__(self, engine: Engine, parent: QObject | None = None, *, on_error: OnError | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._tasks = TaskOwner(on_error)
        self._pulls: dict[str, _Pull] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._news.connect(self._take)

    def fetch(self, backend: str, product: str, model: str) -> None:
        """Ask a program for a model, unless it is fetching it already."""
        pull = _Pull(backend, product, model, words=tr("Asked for"))
        if pull.key in self._running:
            return
        self._put(pull)
        self._running[pull.key] = self._tasks.start(self._fetch(pull), name="program_pulls.fetch")

    async def _fetch(self, pull: _Pull) -> None:
        place = self._engine.services.runtime_place(pull.backend)
        runtime = runtimes.runtime_for(pull.backend, **place)
        ended = replace(pull, is_over=True)
        try:
            name = await self._engine.run(runtime.pull(pull.model, lambda one: self._news.emit(pull.key, one)))
            ended = replace(ended, glyph=StateGlyph.LOADED, words=tr("Here, as {name}.").format(name=name))
        except LLMError as exc:
            problem = f"{exc.message} {exc.hint}".strip()
            ended = replace(ended, glyph=StateGlyph.FAILED, words=tr("Stopped"), problem=problem)
        except asyncio.CancelledError:
            stopped = tr("Stopped. {what}").format(what=runtime.cancelled_pull)
            ended = replace(ended, glyph=StateGlyph.SLOW, words=stopped)
            raise
        finally:
            self._running.pop(pull.key, None)
            self._put(ended)
        self.arrived.emit(pull.backend)

    def _take(self, key: str, progress: PullProgress) -> None:
        """On the Qt thread."""
        pull = self._pulls.get(key)
        if pull is None or pull.is_over:
            return
        share, words = None, progress.status
        if progress.total_bytes and progress.completed_bytes is not None:
            share = min(1.0, progress.completed_bytes / progress.total_bytes)
            words = progress_words(
                progress.completed_bytes, progress.total_bytes, progress.bytes_per_second, progress.seconds_left
            )
        self._put(replace(pull, share=share, words=words))

    def _put(self, pull: _Pull) -> None:
        self._pulls[pull.key] = pull
        self.changed.emit()

    def facts(self) -> list[DownloadFacts]:
        """In the order in which they were asked for."""
        return [
            DownloadFacts(
                one.key,
                one.model.rpartition("/")[2],
                one.product,
                one.glyph,
                one.words,
                None if one.is_over else one.share,
                one.problem,
                ("dismiss",) if one.is_over else ("cancel",),
                one.is_over,
            )
            for one in self._pulls.values()
        ]

    def act(self, key: str, action: str) -> None:
        """What a button of a line says; nothing where the line is not of these."""
        if action == "dismiss" and self._pulls.pop(key, None) is not None:
            self.changed.emit()
        elif action == "cancel" and key in self._running:
            self._running[key].cancel()

    async def aclose(self) -> None:
        await self._tasks.aclose()
