"""The queue of downloads: what is wanted, what runs, what was paused; the same after a crash. One runs at a time.

Observable: `changed` fires with a new `Download` for each change of state, and a few times a second while bytes come.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import time
from dataclasses import field
from enum import StrEnum
from typing import Literal

from app.lean_dataclass import dataclass
from app.services.blocking_call import uninterrupted
from app.services.hub.client import HubClient
from app.services.hub.library import FetchedModel, Library, Manifest
from app.services.hub.records import HubItem, HubRepository
from app.services.hub.staged import Staged, staged_folder, staged_in
from app.services.hub.transfer import Progress, Transfer
from app.services.llm import limits
from app.services.llm.errors import ErrorKind, LLMError
from app.services.observe import Event
from app.services.tasks import TaskOwner
from app.services.wording import say

logger = logging.getLogger(__name__)

#: Two at a time would each take half as fast.
MOST_RUNNING = 1
MOST_LISTED = 100
REPORT_S = 0.1
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class DownloadState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    """By a person, by the end of the program, or because the disk is full: `error` tells."""
    FAILED = "failed"
    """It can be resumed: what came is kept, unless the error says that it was deleted."""
    DONE = "done"
    CANCELLED = "cancelled"


ENDED = frozenset({DownloadState.DONE, DownloadState.CANCELLED})
_RESTS = ENDED | {DownloadState.PAUSED, DownloadState.FAILED}


@dataclass(frozen=True, slots=True)
class Download:
    """One look at a download. None: not known."""

    key: str
    repository: str
    file: str
    """The first one's path in the repository."""
    quantization: str | None
    state: DownloadState
    completed_bytes: int
    total_bytes: int | None
    bytes_per_second: float | None = None
    seconds_left: float | None = None
    waiting_for: LLMError | None = None
    """What broke, while another try is waited for."""
    error: LLMError | None = None
    model: FetchedModel | None = None
    """Once it is there."""


@dataclass(slots=True, eq=False)
class _Entry:
    staged: Staged
    progress: Progress
    state: DownloadState = DownloadState.QUEUED
    error: LLMError | None = None
    model: FetchedModel | None = None
    task: asyncio.Task[None] | None = None
    wish: Literal["pause", "cancel"] | None = None
    """Why its task is being ended."""
    rests: asyncio.Event = field(default_factory=asyncio.Event)
    reported_at: float = 0.0
    folder: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while what lies in its folder is looked at or deleted without a task; none is started meanwhile."""


class Downloads:
    """Belongs to one loop; `aclose` ends what runs and keeps what came."""

    def __init__(
        self,
        client: HubClient,
        library: Library,
        *,
        most_running: int = MOST_RUNNING,
        backoff_first_s: float = limits.BACKOFF_FIRST_S,
    ) -> None:
        self.changed: Event[Download] = Event()
        self._client = client
        self._library = library
        self._most_running = most_running
        self._backoff_first_s = backoff_first_s
        self._entries: dict[str, _Entry] = {}
        self._tasks = TaskOwner()
        self._closed = False

    def all(self) -> list[Download]:
        """In the order in which they were asked for."""
        return [_snapshot(entry) for entry in self._entries.values()]

    def get(self, key: str) -> Download | None:
        entry = self._entries.get(key)
        return _snapshot(entry) if entry is not None else None

    async def restore(self) -> list[Download]:
        """Take up what earlier runs left unfinished, paused; what another process works on is left to it."""
        for staged in await uninterrupted(staged_in, self._library.incoming):
            try:
                await self._take_up(staged)
            except OSError as exc:  # one folder that cannot be used keeps none of the others
                logger.warning("the download in %s is not taken up: %s", staged.key, exc)
        return self.all()

    async def _take_up(self, staged: Staged) -> None:
        if staged.key in self._entries or not await uninterrupted(staged.claim):
            return
        try:
            if await uninterrupted(self._library.has, staged.manifest) is not None:
                await uninterrupted(staged.remove)  # it arrived; what was cut is the tidying up
                return
            entry = self._entry(staged)
            entry.progress.completed_bytes = await uninterrupted(staged.bytes_there)
        finally:
            await uninterrupted(staged.release)
        if staged.key not in self._entries:  # somebody may have asked for it meanwhile
            self._entries[staged.key] = entry
            self._set(entry, DownloadState.PAUSED)

    async def add(self, repository: HubRepository, item: HubItem) -> Download:
        """Fetch a model of a repository; at once done where it is there. What was begun before goes on.

        Raises:
            LLMError: bad_request, it cannot be fetched as it is; overloaded, the list is full; cancelled, closing.
        """
        _check_item(repository, item)
        if self._closed:
            raise LLMError(ErrorKind.CANCELLED, say("The program is closing."))
        manifest = Manifest(
            repository.name,
            repository.revision,
            item.files,
            item.quantization,
            repository.model.licence,
            self._client.hub_url,
        )
        staged = Staged(staged_folder(self._library.incoming, manifest), manifest)
        known = self._entries.get(staged.key)
        if known is not None and known.state not in ENDED:
            if known.staged.manifest.files == manifest.files or known.state not in _RESTS:
                await self.resume(staged.key)
                return _snapshot(known)
        elif len(self._entries) >= MOST_LISTED:
            self._forget_ended()
        entry = self._entries[staged.key] = self._entry(staged)
        try:
            async with entry.folder:
                entry.model = await uninterrupted(self._library.has, manifest)
                if entry.model is None and await uninterrupted(staged.claim):
                    await uninterrupted(staged.release)  # its sidecar is written: a crash does not forget it
        except BaseException as exc:
            if self._entries.get(staged.key) is entry:
                del self._entries[staged.key]
            if isinstance(exc, OSError):
                raise _disk_error(exc, staged) from exc
            raise
        if entry.model is not None:
            entry.progress.completed_bytes = entry.model.size_bytes
            self._set(entry, DownloadState.DONE)
        elif entry.state is DownloadState.QUEUED:  # nobody paused it meanwhile
            self._set(entry, DownloadState.PAUSED if self._closed else DownloadState.QUEUED)
            self._start_next()
        return _snapshot(entry)

    def _forget_ended(self) -> None:
        self._entries = {key: entry for key, entry in self._entries.items() if entry.state not in ENDED}
        if len(self._entries) >= MOST_LISTED:
            raise LLMError(
                ErrorKind.OVERLOADED,
                say("{most} downloads are waiting already.", most=MOST_LISTED),
                say("Cancel some of them."),
                retryable=False,
            )

    async def pause(self, key: str) -> None:
        """Stop it and keep what came. Does nothing where it rests, or there is none."""
        entry = self._entries.get(key)
        if entry is None or entry.state in _RESTS:
            return
        if entry.task is None:
            self._set(entry, DownloadState.PAUSED)
            return
        entry.wish = entry.wish or "pause"
        await self._end_task(entry, entry.task)

    async def resume(self, key: str) -> None:
        """Go on with one that was paused or failed, behind those that wait. Does nothing for any other."""
        entry = self._entries.get(key)
        if entry is not None and entry.state in (DownloadState.PAUSED, DownloadState.FAILED):
            entry.error = None
            self._set(entry, DownloadState.QUEUED)
            self._start_next()

    async def cancel(self, key: str) -> None:
        """Give it up and delete what came. Does nothing where it is done, or there is none."""
        entry = self._entries.get(key)
        if entry is None or entry.state in ENDED:
            return
        if entry.task is None:
            async with entry.folder:
                if entry.task is None and entry.state not in ENDED:
                    await self._remove(entry)
                    self._set(entry, DownloadState.CANCELLED)
                    return
        if entry.task is not None:
            entry.wish = "cancel"
            await self._end_task(entry, entry.task)

    async def _end_task(self, entry: _Entry, task: asyncio.Task[None]) -> None:
        task.cancel()
        await asyncio.wait({task})
        if entry.task is task:  # it had not begun to run, so nothing of it saw the end
            entry.task = None
            self._end(entry, await self._stopped(entry))
            self._start_next()

    async def _remove(self, entry: _Entry) -> None:
        """Delete what came, unless another process works on it."""
        if await uninterrupted(entry.staged.claim):
            await uninterrupted(entry.staged.remove)

    async def wait(self, key: str) -> Download:
        """Until it rests: done, failed, paused or cancelled.

        Raises:
            KeyError: there is none.
        """
        entry = self._entries[key]
        await entry.rests.wait()
        return _snapshot(entry)

    async def aclose(self) -> None:
        """End what runs; it can be resumed by the next run."""
        self._closed = True
        for entry in self._entries.values():
            if entry.state is DownloadState.QUEUED and entry.task is None:
                self._set(entry, DownloadState.PAUSED)
        await self._tasks.aclose()

    # -- running

    def _entry(self, staged: Staged) -> _Entry:
        sizes = [file.size_bytes for file in staged.manifest.files]
        total = None if None in sizes else sum(size for size in sizes if size is not None)
        entry = _Entry(staged, Progress(total, lambda: self._report(entry)))
        return entry

    def _start_next(self) -> None:
        running = sum(entry.task is not None for entry in self._entries.values())
        for entry in self._entries.values():
            if self._closed or running >= self._most_running:
                return
            if entry.state is DownloadState.QUEUED and entry.task is None and not entry.folder.locked():
                entry.wish = None
                entry.task = self._tasks.start(self._run(entry), name="hub.download")
                running += 1

    async def _run(self, entry: _Entry) -> None:
        state = DownloadState.FAILED
        try:
            await self._fetch(entry)
            state = DownloadState.DONE
        except asyncio.CancelledError:
            state = await self._stopped(entry)
            if self._closed or entry.wish is None:
                raise
        except LLMError as exc:
            entry.error = exc
        except OSError as exc:
            entry.error = _disk_error(exc, entry.staged)
            state = DownloadState.PAUSED if exc.errno in _FULL else DownloadState.FAILED
        finally:
            await uninterrupted(entry.staged.release)  # before anybody hears of the end, and begins anew
            entry.task = None
            self._end(entry, state)
            self._start_next()

    async def _fetch(self, entry: _Entry) -> None:
        if not await uninterrupted(entry.staged.claim):
            raise LLMError(
                ErrorKind.OVERLOADED,
                say("{repository} is being fetched already.", repository=entry.staged.manifest.repository),
                say("Another window or command of this program does it. Wait for it, or stop it there."),
                retryable=False,
            )
        entry.progress.completed_bytes = 0
        self._set(entry, DownloadState.RUNNING)
        await Transfer(self._client, entry.staged, entry.progress, backoff_first_s=self._backoff_first_s).run()
        await uninterrupted(self._take_in, entry)

    def _take_in(self, entry: _Entry) -> None:
        entry.model = self._library.take_in(entry.staged.folder, entry.staged.manifest)
        entry.staged.remove()

    async def _stopped(self, entry: _Entry) -> DownloadState:
        """What became of one whose task was ended."""
        if entry.model is not None:
            return DownloadState.DONE  # it was in its place already
        if entry.wish != "cancel":
            return DownloadState.PAUSED
        await self._remove(entry)
        return DownloadState.CANCELLED

    def _end(self, entry: _Entry, state: DownloadState) -> None:
        entry.progress.waiting_for = None
        self._set(entry, state)

    def _set(self, entry: _Entry, state: DownloadState) -> None:
        entry.state = state
        if state in _RESTS:
            entry.rests.set()
        else:
            entry.rests.clear()
        entry.reported_at = time.monotonic()
        self.changed.emit(_snapshot(entry))

    def _report(self, entry: _Entry) -> None:
        now = time.monotonic()
        if now - entry.reported_at >= REPORT_S:
            entry.reported_at = now
            self.changed.emit(_snapshot(entry))


def _snapshot(entry: _Entry) -> Download:
    manifest, progress = entry.staged.manifest, entry.progress
    running = entry.state is DownloadState.RUNNING
    total = progress.total_bytes
    done = max(0, progress.completed_bytes if total is None else min(progress.completed_bytes, total))
    return Download(
        entry.staged.key,
        manifest.repository,
        manifest.files[0].path,
        manifest.quantization,
        entry.state,
        done,
        total,
        progress.bytes_per_second if running else None,
        progress.seconds_left if running else None,
        progress.waiting_for if running else None,
        entry.error,
        entry.model,
    )


def _check_item(repository: HubRepository, item: HubItem) -> None:
    """Raises: LLMError: bad_request, a part is missing, or two files would get one name."""
    why = "" if item.complete else say("The hub does not have all its parts.")
    names = [file.path.rpartition("/")[2].lower() for file in item.files]
    if len(set(names)) < len(names):
        why = say("Two of its files have one name.")
    if why:
        raise LLMError(ErrorKind.BAD_REQUEST, say("{name} cannot be fetched.", name=repository.name), why)


def _disk_error(exc: OSError, staged: Staged) -> LLMError:
    reason = exc.strerror or str(exc)
    if exc.errno in _FULL:
        return LLMError(
            ErrorKind.OVERLOADED,
            say("The disk is full."),
            say(
                "What came of {repository} is kept in {folder}. Free some room, then go on.",
                repository=staged.manifest.repository,
                folder=staged.folder,
            ),
            retryable=False,
        )
    return LLMError(
        ErrorKind.SERVER_ERROR,
        say("{repository} cannot be saved.", repository=staged.manifest.repository),
        f"{reason} ({staged.folder}).",
        retryable=False,
    )
