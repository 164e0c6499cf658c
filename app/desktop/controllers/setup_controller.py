"""Sets a local server up in one click: which one is offered, how far it is, what came of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, Signal

from app.desktop.glyphs import StateGlyph
from app.desktop.models.download_facts import progress_words
from app.desktop.models.model_list_model import size_text
from app.desktop.models.setup_rows import SetupFacts, SetupRow
from app.services import runtimes
from app.services.llm.errors import LLMError
from app.services.local_setup import Ready, SetupNews, SetupStep, set_up
from app.services.tasks import OnError, TaskOwner

if TYPE_CHECKING:
    from app.desktop.engine import Engine
    from app.services.hub.suggestions import Offer
    from app.services.runtimes.records import PullProgress

_GLYPHS = {"doing": StateGlyph.BUSY, "done": StateGlyph.LOADED, "failed": StateGlyph.FAILED}


def tr(text: str) -> str:
    return QCoreApplication.translate("Setup", text)


class SetupController(QObject):
    """One server at a time.

    Signals:
        changed(SetupFacts).
        ready(Ready): it answers, and has a model in memory.
    """

    changed = Signal(object)
    ready = Signal(object)
    _came = Signal(object)
    """News from the engine's thread."""

    def __init__(self, engine: Engine, parent: QObject | None = None, *, on_error: OnError | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._tasks = TaskOwner(on_error)
        self._backend = ""
        self._product = ""
        self._running: asyncio.Task[None] | None = None
        self._news: dict[SetupStep, SetupNews] = {}
        self._stopped = ""
        self._came.connect(self._take)

    def offer(self, backend: str, product: str) -> None:
        """Which server's program is there to be set up, "" for none; one that is being set up stays."""
        if self._running is None and backend != self._backend:
            self._backend, self._product, self._news, self._stopped = backend, product, {}, ""
            self.tell()

    @property
    def is_running(self) -> bool:
        return self._running is not None

    def act(self) -> None:
        """The card's button: begin, or stop what runs."""
        if self._running is not None:
            self._running.cancel()
        elif self._backend and self._engine.is_ready:
            self._news, self._stopped = {}, ""
            self._running = self._tasks.start(self._run(self._backend), name="setup.run")
            self._running.add_done_callback(self._on_ended)
            self.tell()

    async def _run(self, backend: str) -> None:
        try:
            ready = await self._engine.run(set_up(self._engine.services, backend, self._came.emit))
        except LLMError:
            return  # the failed step says why
        self.ready.emit(ready)

    def _take(self, news: SetupNews) -> None:
        if self._running is not None:
            self._news[news.step] = news
            self.tell()

    def _on_ended(self, task: asyncio.Task[None]) -> None:
        self._running = None
        if task.cancelled():
            self._stopped = self._after_stop()
        self.tell()

    def _after_stop(self) -> str:
        at = next((step for step, news in self._news.items() if news.status == "doing"), None)
        if at is SetupStep.MODEL and self._news[at].offer is not None:
            return tr("Stopped. {what}").format(what=runtimes.cancelled_pull(self._backend))
        if at is SetupStep.LOAD:
            return tr("Stopped. {what}").format(what=runtimes.cancelled_load(self._backend))
        return tr("Stopped.")

    # -- into words

    def tell(self) -> None:
        self.changed.emit(self.facts())

    def facts(self) -> SetupFacts:
        """What the card shows now."""
        if not self._backend:
            return SetupFacts()
        busy = self._running is not None
        button = tr("Stop") if busy else tr("Set up {name}").format(name=self._product)
        rows = tuple(self._row(step) for step in SetupStep) if self._news or busy else ()
        return SetupFacts(True, tr("Set up {name}").format(name=self._product), self._text(), button, busy, rows)

    def _text(self) -> str:
        if self._stopped:
            return self._stopped
        text = tr(
            "In one go: start its server, take a model that is there or download a small one for code, load it, save "
            "the address, test the connection."
        )
        if self._news or not self._engine.is_ready:
            return text
        place = self._engine.services.hub.client.hub_url.partition("://")[2]
        return text + " " + tr("Only where there is no model yet, {place} is asked for one.").format(place=place)

    def _row(self, step: SetupStep) -> SetupRow:
        news = self._news.get(step)
        if news is None or (news.status == "doing" and self._running is None):
            return SetupRow(step, StateGlyph.IDLE, self._waiting(step))
        problem = f"{news.error.message} {news.error.hint}".strip() if news.error is not None else ""
        words = {"doing": self._doing, "done": self._done}.get(news.status)
        return SetupRow(step, _GLYPHS[news.status], words(news) if words else self._waiting(step), problem)

    def _waiting(self, step: SetupStep) -> str:
        return {
            SetupStep.FIND: tr("Find {name}").format(name=self._product),
            SetupStep.START: tr("Start its server"),
            SetupStep.MODEL: tr("Take or download a model"),
            SetupStep.LOAD: tr("Load it"),
            SetupStep.ADDRESS: tr("Save the address"),
            SetupStep.TEST: tr("Test the connection"),
        }[step]

    def _doing(self, news: SetupNews) -> str:
        if news.step is SetupStep.FIND:
            return tr("Looking for {name}.").format(name=self._product)
        if news.step is SetupStep.START:
            return tr("Starting its server. This can take a minute.")
        if news.step is SetupStep.MODEL:
            return _download_words(news.offer, news.progress) if news.offer else tr("Looking for a model.")
        if news.step is SetupStep.LOAD:
            text = tr("Loading {model}.").format(model=news.what)
            return text if news.share is None else f"{text} " + tr("{n} %").format(n=int(news.share * 100))
        return self._waiting(news.step)

    def _done(self, news: SetupNews) -> str:
        texts = {
            (SetupStep.FIND, True): tr("{name} is on this computer.").format(name=self._product),
            (SetupStep.START, False): tr("Its server answers at {what}."),
            (SetupStep.START, True): tr("Its server runs already at {what}."),
            (SetupStep.MODEL, False): tr("Downloaded: {what}."),
            (SetupStep.MODEL, True): tr("A model is there: {what}."),
            (SetupStep.LOAD, False): tr("{what} is in memory."),
            (SetupStep.LOAD, True): tr("{what} was in memory already."),
            (SetupStep.ADDRESS, False): tr("Address saved: {what}."),
            (SetupStep.ADDRESS, True): tr("The address was set already: {what}."),
            (SetupStep.TEST, False): tr("Connected."),
        }
        return texts[news.step, news.was_so].format(what=news.what)

    async def aclose(self) -> None:
        await self._tasks.aclose()


def notice_of(ready: Ready, product: str) -> str:
    """What is said in the chat once it answers."""
    text = tr("{name} is set up, with {model}.").format(name=product, model=ready.model)
    return " ".join((text, *ready.notices))


def _download_words(offer: Offer, progress: PullProgress | None) -> str:
    licence = offer.repository.model.licence
    text = tr("Downloading {name}, {size}, {licence}.").format(
        name=offer.suggestion.name,
        size=size_text(offer.item.size_bytes) or tr("size unknown"),
        licence=tr("licence {name}").format(name=licence) if licence else tr("licence unknown"),
    )
    if progress is None or not progress.completed_bytes:
        return text
    words = progress_words(
        progress.completed_bytes, progress.total_bytes, progress.bytes_per_second, progress.seconds_left
    )
    return f"{text} {words}"
