"""The queue of downloads into our own folder, as the window shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, Signal

from app.desktop.glyphs import StateGlyph
from app.desktop.models.download_facts import DownloadFacts, bytes_of, progress_words
from app.desktop.models.model_list_model import size_text
from app.services.hub.downloads import Download, Downloads, DownloadState
from app.services.tasks import OnError, TaskOwner

if TYPE_CHECKING:
    from app.desktop.engine import Engine
    from app.services.hub.records import HubItem, HubRepository
    from app.services.observe import Subscription

_GLYPHS = {
    DownloadState.QUEUED: StateGlyph.IDLE,
    DownloadState.RUNNING: StateGlyph.BUSY,
    DownloadState.PAUSED: StateGlyph.SLOW,
    DownloadState.FAILED: StateGlyph.FAILED,
    DownloadState.DONE: StateGlyph.LOADED,
}
_ACTIONS = {
    DownloadState.QUEUED: ("pause", "cancel"),
    DownloadState.RUNNING: ("pause", "cancel"),
    DownloadState.PAUSED: ("resume", "cancel"),
    DownloadState.FAILED: ("resume", "cancel"),
    DownloadState.DONE: ("dismiss",),
}


def tr(text: str) -> str:
    return QCoreApplication.translate("Downloads", text)


class DownloadsController(QObject):
    """Asks no hub by itself: what earlier runs left unfinished is shown paused.

    Signals:
        changed(): some download is another one than before.
        arrived(FetchedModel): one is complete and was checked.
    stopped(DownloadFacts): one cannot go on by itself: its `problem` says why.
    left_over(int): so many were not finished by earlier runs.
    """

    changed = Signal()
    arrived = Signal(object)
    stopped = Signal(object)
    left_over = Signal(int)
    _news = Signal(object)

    def __init__(self, engine: Engine, parent: QObject | None = None, *, on_error: OnError | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._tasks = TaskOwner(on_error)
        self._begun = False
        self._closed = False
        self._downloads: dict[str, Download] = {}
        #: Done and told: the person does not want to see it any more.
        self._dismissed: set[str] = set()
        self._listening: Subscription | None = None
        self._news.connect(self._take)

    def begin(self) -> None:
        """Take up what earlier runs left; once, when somebody first looks at downloads."""
        if not self._begun and self._engine.is_ready:
            self._begun = True
            self._tasks.start(self._engine.run(self._begin()), name="downloads.begin")

    async def _begin(self) -> None:
        await self._heard().restore()

    async def tell_left_over(self) -> None:
        """Take up what earlier runs left: `left_over` follows where one was not finished. Asks no hub."""
        if self._begun or not self._engine.is_ready:
            return
        self._begun = True
        await self._engine.run(self._begin())
        paused = await self._engine.run(self._count_paused())
        if paused:
            self.left_over.emit(paused)

    async def _count_paused(self) -> int:
        return sum(one.state is DownloadState.PAUSED for one in self._heard().all())

    def resume_all(self) -> None:
        """Go on with everything that waits for it."""
        for one in list(self._downloads.values()):
            if one.state in (DownloadState.PAUSED, DownloadState.FAILED):
                self.act(one.key, "resume")

    def _heard(self) -> Downloads:
        """The queue, on the engine's thread, with every change of it coming here."""
        downloads = self._engine.services.hub.downloads
        if self._listening is None:
            self._listening = downloads.changed.subscribe(self._news.emit)
        return downloads

    def _take(self, download: Download) -> None:
        """On the Qt thread, whichever emitted; what was on its way while the window closed is nobody's any more."""
        if self._closed:
            return
        before = self._downloads.get(download.key)
        if download.state is DownloadState.CANCELLED:
            self._downloads.pop(download.key, None)
        else:
            self._downloads[download.key] = download
        if download.state is not DownloadState.DONE:
            self._dismissed.discard(download.key)
        self.changed.emit()
        was_done = before is not None and before.state is DownloadState.DONE
        if download.model is not None and download.state is DownloadState.DONE and not was_done:
            self.arrived.emit(download.model)
        if download.error is not None and (before is None or before.error is None):
            self.stopped.emit(_facts(download))

    # -- what there is

    def facts(self) -> list[DownloadFacts]:
        """In the order in which they were asked for."""
        return [_facts(one) for one in self._downloads.values() if one.key not in self._dismissed]

    def is_wanted(self, repository: str, file: str) -> bool:
        """Whether a file is on its way, paused or not."""
        return any(
            (one.repository, one.file) == (repository, file) and one.state is not DownloadState.DONE
            for one in self._downloads.values()
        )

    @property
    def running(self) -> int:
        """How many are on their way or wait for it."""
        return sum(one.state in (DownloadState.RUNNING, DownloadState.QUEUED) for one in self._downloads.values())

    # -- acting

    async def add(self, repository: HubRepository, item: HubItem) -> None:
        """Fetch a file of a repository.

        Raises:
            LLMError: as `Downloads.add`.
        """
        self.begin()
        self._dismissed.discard(await self._engine.run(self._add(repository, item)))
        self.changed.emit()

    async def _add(self, repository: HubRepository, item: HubItem) -> str:
        return (await self._heard().add(repository, item)).key

    def act(self, key: str, action: str) -> None:
        """What a button of a line says."""
        if action == "dismiss":
            self._dismissed.add(key)
            self.changed.emit()
        elif self._engine.is_ready:
            self._tasks.start(self._engine.run(self._act(key, action)), name=f"downloads.{action}")

    async def _act(self, key: str, action: str) -> None:
        downloads = self._heard()
        acts = {"pause": downloads.pause, "resume": downloads.resume, "cancel": downloads.cancel}
        await acts[action](key)

    async def aclose(self) -> None:
        """What runs goes on until the core closes, which pauses it."""
        self._closed = True
        if self._listening is not None:
            self._listening.close()
        await self._tasks.aclose()


# -- into words


def _facts(one: Download) -> DownloadFacts:
    name = one.repository.rpartition("/")[2]
    detail = " · ".join(part for part in (one.quantization, one.repository) if part)
    share = one.completed_bytes / one.total_bytes if one.total_bytes else None
    problem = ""
    if one.error is not None and one.state in (DownloadState.FAILED, DownloadState.PAUSED):
        problem = f"{one.error.message} {one.error.hint}".strip()
    elif one.waiting_for is not None:
        problem = tr("{reason} Trying again.").format(reason=one.waiting_for.message)
    is_over = one.state is DownloadState.DONE
    return DownloadFacts(
        one.key,
        name,
        detail,
        _GLYPHS[one.state],
        _words(one),
        None if is_over else share,
        problem,
        _ACTIONS[one.state],
        is_over,
    )


def _words(one: Download) -> str:
    so_far = bytes_of(one.completed_bytes, one.total_bytes) if one.total_bytes else size_text(one.completed_bytes)
    if one.state is DownloadState.QUEUED:
        return tr("Waits for its turn")
    if one.state is DownloadState.RUNNING:
        if one.total_bytes and one.completed_bytes >= one.total_bytes:
            return tr("{size}, checking the SHA-256").format(size=size_text(one.total_bytes))
        return progress_words(one.completed_bytes, one.total_bytes, one.bytes_per_second, one.seconds_left)
    if one.state is DownloadState.PAUSED:
        return tr("Paused, {so_far}").format(so_far=so_far)
    if one.state is DownloadState.FAILED:
        return tr("Stopped, {so_far}").format(so_far=so_far)
    return arrival_words(one)


def arrival_words(one: Download) -> str:
    """What came, and whether it is what the hub has."""
    size = size_text(one.model.size_bytes if one.model is not None else one.total_bytes)
    has_sums = one.model is not None and all(file.sha256 for file in one.model.manifest.files)
    if has_sums:
        return tr("Here, {size}. Its SHA-256 is the one that the hub names.").format(size=size)
    return tr("Here, {size}. The hub names no checksum for it.").format(size=size)
