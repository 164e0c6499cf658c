"""Brings the files of one model into its staged folder: resumed where they were cut, summed while they are written.

A part goes on only where the server says that it is of the same version (`If-Range`) and begins at the right byte;
otherwise it begins anew. Connections that break are tried again, a bounded number of times.
"""

from __future__ import annotations

import asyncio
import logging
import re
import shutil
import time
from collections import deque
from collections.abc import Callable

from app.lean_dataclass import dataclass
from app.services.blocking_call import uninterrupted
from app.services.hub.client import HubClient
from app.services.hub.part_file import PartFile
from app.services.hub.records import HubFile
from app.services.hub.staged import MAX_ETAG_CHARACTERS, Staged
from app.services.llm import limits
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.http import ByteStream
from app.services.wording import say

logger = logging.getLogger(__name__)

#: Written at the latest after so many bytes or seconds: what a crash can cost.
WRITE_BYTES = 1024 * 1024
WRITE_AFTER_S = 0.5
#: Tries without a byte of progress worth the name, and breaks altogether.
MAX_TRIES = 6
MAX_BREAKS = 200
PROGRESS_BYTES = 1024 * 1024
BACKOFF_MAX_S = 30.0
#: What must stay free on the disk beside a model.
SPARE_DISK_BYTES = 256 * 1024 * 1024
SPEED_WINDOW_S = 5.0
_TRIED_AGAIN = frozenset(
    {
        *(ErrorKind.INTERRUPTED, ErrorKind.TIMEOUT, ErrorKind.UNREACHABLE, ErrorKind.NOT_RUNNING),
        *(ErrorKind.SERVER_ERROR, ErrorKind.RATE_LIMITED),
    }
)
_RANGE = re.compile(r"bytes (\d{1,15})-\d{1,15}/(\d{1,15}|\*)")


class Progress:
    """How far it is. `total_bytes` is None where the hub did not tell."""

    def __init__(self, total_bytes: int | None, on_change: Callable[[], None]) -> None:
        self.total_bytes = total_bytes
        self.completed_bytes = 0
        self.waiting_for: LLMError | None = None
        """Why nothing comes just now, while another try is waited for."""
        self._on_change = on_change
        self._seen: deque[tuple[float, int]] = deque()

    def arrived(self, count: int) -> None:
        self.completed_bytes += count
        self.waiting_for = None
        now = time.monotonic()
        self._seen.append((now, count))
        while self._seen and now - self._seen[0][0] > SPEED_WINDOW_S:
            self._seen.popleft()
        self._on_change()

    def found(self, count: int) -> None:
        """So many bytes were there already, or are no longer (below zero): no speed of ours."""
        self.completed_bytes += count
        self._on_change()

    def waits(self, error: LLMError) -> None:
        self.waiting_for = error
        self._seen.clear()
        self._on_change()

    @property
    def bytes_per_second(self) -> float | None:
        """Over the last seconds; None until there is enough to tell."""
        now = time.monotonic()
        recent = [(at, count) for at, count in self._seen if now - at <= SPEED_WINDOW_S]
        if len(recent) < 2 or now - recent[0][0] < 0.2:
            return None
        return sum(count for _, count in recent[1:]) / (now - recent[0][0])

    @property
    def seconds_left(self) -> float | None:
        speed = self.bytes_per_second
        if not speed or self.total_bytes is None:
            return None
        return max(0, self.total_bytes - self.completed_bytes) / speed


@dataclass(slots=True)
class _Arriving:
    """One file on its way. `have`: bytes of it that are written."""

    file: HubFile
    part: PartFile
    have: int = 0


class Transfer:
    """One run of a download. `backoff_first_s`: before the first try after a break; it doubles."""

    def __init__(
        self,
        client: HubClient,
        staged: Staged,
        progress: Progress,
        *,
        backoff_first_s: float = limits.BACKOFF_FIRST_S,
    ) -> None:
        self._client = client
        self._staged = staged
        self._manifest = staged.manifest
        self._progress = progress
        self._backoff_first_s = backoff_first_s

    async def run(self) -> None:
        """Until every file is there and checked. Cancelling keeps what came.

        Raises:
            LLMError: overloaded (no room on the disk), protocol (wrong sum or size: the file is deleted), and as
                `HubClient.file` where trying again did not help.
            OSError: the disk.
        """
        await self._check_room()
        for file in self._manifest.files:
            await self._fetch(file)

    async def _check_room(self) -> None:
        total = self._progress.total_bytes
        if total is None:
            return
        await self._check_free(total - await uninterrupted(self._staged.bytes_there))

    async def _check_free(self, missing: int) -> None:
        free = (await uninterrupted(shutil.disk_usage, self._staged.folder)).free
        if missing + SPARE_DISK_BYTES > free:
            raise LLMError(
                ErrorKind.OVERLOADED,
                say("There is too little room on the disk."),
                say(
                    "{missing} are still to come, {free} are free in {parent}. Free some, then go on.",
                    missing=_room(missing),
                    free=_room(free),
                    parent=self._staged.folder.parent,
                ),
                retryable=False,
            )

    async def _fetch(self, file: HubFile) -> None:
        final = self._staged.final(file)
        if await uninterrupted(final.is_file):  # it was checked before it got this name
            self._progress.found(file.size_bytes or 0)
            return
        arriving = _Arriving(file, PartFile(final))
        try:
            await self._take_up(arriving)
            if arriving.have != file.size_bytes:
                await self._until_complete(arriving)
            await self._check_sum(arriving)
            await uninterrupted(arriving.part.keep)
        finally:
            await uninterrupted(arriving.part.close)

    async def _take_up(self, arriving: _Arriving) -> None:
        """Open the part and sum what is there, so that the whole can be checked."""
        there = await uninterrupted(arriving.part.open)
        if arriving.file.size_bytes is not None and there > arriving.file.size_bytes:
            await uninterrupted(arriving.part.restart)
            return
        while count := await uninterrupted(arriving.part.sum_piece):
            arriving.have += count
            self._progress.found(count)

    async def _until_complete(self, arriving: _Arriving) -> None:
        tries = breaks = 0
        while True:
            before = arriving.have
            try:
                await self._receive(arriving)
                return
            except LLMError as exc:
                breaks += 1
                tries = 1 if arriving.have - before >= PROGRESS_BYTES else tries + 1
                wait_s = self._wait_after(exc, tries)
                if wait_s is None or tries >= MAX_TRIES or breaks >= MAX_BREAKS:
                    raise
                logger.info("the download broke off (%s), another try in %.1f s", exc.kind.value, wait_s)
                self._progress.waits(exc)
            await asyncio.sleep(wait_s)

    def _wait_after(self, error: LLMError, tries: int) -> float | None:
        """Seconds until the next try, None where it is of no use."""
        if error.kind not in _TRIED_AGAIN or not error.retryable:
            return None
        if error.retry_after_s is not None:
            return error.retry_after_s if error.retry_after_s <= limits.MAX_RETRY_AFTER_S else None
        return float(min(self._backoff_first_s * 2 ** (tries - 1), BACKOFF_MAX_S))

    async def _receive(self, arriving: _Arriving) -> None:
        """One answer, to its end. What arrived is written, however it ends."""
        file = arriving.file
        manifest = self._manifest
        headers = self._range_headers(arriving)
        async with self._client.file(manifest.repository, manifest.revision, file.path, headers) as stream:
            size_bytes = await self._align(arriving, stream)
            await self._remember_version(file, stream)
            buffer = bytearray()
            written_at = time.monotonic()
            try:
                async for chunk in stream:
                    if file.size_bytes is not None and arriving.have + len(buffer) + len(chunk) > file.size_bytes:
                        buffer.clear()
                        await self._discard(arriving)
                        raise _wrong(file, say("It is longer than the hub says"))
                    buffer += chunk
                    self._progress.arrived(len(chunk))
                    if len(buffer) >= WRITE_BYTES or time.monotonic() - written_at >= WRITE_AFTER_S:
                        if file.size_bytes is None:
                            await self._check_free(len(buffer))
                        await self._write(arriving, buffer)
                        written_at = time.monotonic()
            finally:
                if buffer:
                    await self._write(arriving, buffer)
        if size_bytes is not None and arriving.have < size_bytes:
            raise LLMError(
                ErrorKind.INTERRUPTED, say("{path} broke off.", path=file.path), say("It goes on from where it is.")
            )

    def _range_headers(self, arriving: _Arriving) -> dict[str, str]:
        if not arriving.have:
            return {}
        etag = self._staged.etags.get(arriving.file.path, "")
        # A weak one says nothing about bytes. Without it the sum at the end tells whether the pieces belong together.
        condition = {"If-Range": etag} if etag and not etag.startswith("W/") else {}
        return {"Range": f"bytes={arriving.have}-"} | condition

    async def _align(self, arriving: _Arriving, stream: ByteStream) -> int | None:
        """See that the body goes on where the part ends; a server that begins anew is followed in that.

        Returns the size of the whole file, None where nobody tells it.

        Raises:
            LLMError: it is neither, or no success; protocol, it is of another size; overloaded, no room on the disk.
        """
        if stream.status == 416:
            await self._begin_anew(arriving)
            raise LLMError(ErrorKind.INTERRUPTED, say("The hub does not go on from there."), say("It begins anew."))
        if stream.status not in (200, 206):
            raise self._client.refused(stream, self._manifest.repository)
        length = stream.headers.get("content-length", "")
        whole = int(length) if length.isascii() and length.isdigit() and len(length) < 16 else None
        if stream.status == 206:
            told = _RANGE.fullmatch(stream.headers.get("content-range", ""))
            if told is None or int(told[1]) != arriving.have:
                await self._begin_anew(arriving)
                raise LLMError(
                    ErrorKind.INTERRUPTED, say("The hub goes on from somewhere else."), say("It begins anew.")
                )
            whole = int(told[2]) if told[2] != "*" else None
        elif arriving.have:
            await self._begin_anew(arriving)
        if whole is not None and arriving.file.size_bytes not in (None, whole):
            await self._discard(arriving)
            raise _wrong(
                arriving.file,
                say(
                    "It has {whole:,} bytes instead of {size_bytes:,}", whole=whole, size_bytes=arriving.file.size_bytes
                ),
            )
        if whole is not None and arriving.file.size_bytes is None:  # the list of files did not tell
            await self._check_free(whole - arriving.have)
        return whole if arriving.file.size_bytes is None else arriving.file.size_bytes

    async def _remember_version(self, file: HubFile, stream: ByteStream) -> None:
        etag = stream.headers.get("etag", "")
        if len(etag) > MAX_ETAG_CHARACTERS or not etag.isascii() or not etag.isprintable():
            etag = ""
        if self._staged.etags.get(file.path, "") != etag:
            self._staged.etags[file.path] = etag
            await uninterrupted(self._staged.save)

    async def _write(self, arriving: _Arriving, buffer: bytearray) -> None:
        data = bytes(buffer)
        buffer.clear()
        await uninterrupted(arriving.part.write, data)
        arriving.have += len(data)

    async def _begin_anew(self, arriving: _Arriving) -> None:
        self._progress.found(-arriving.have)
        arriving.have = 0
        await uninterrupted(arriving.part.restart)

    async def _discard(self, arriving: _Arriving) -> None:
        self._progress.found(-arriving.have)
        await uninterrupted(arriving.part.discard)
        self._staged.etags.pop(arriving.file.path, None)

    async def _check_sum(self, arriving: _Arriving) -> None:
        expected = arriving.file.sha256
        if expected is not None and arriving.part.sha256() != expected:
            await self._discard(arriving)
            raise _wrong(arriving.file, say("Its SHA-256 is not the one that the hub names"))


def _wrong(file: HubFile, why: str) -> LLMError:
    return LLMError(
        ErrorKind.PROTOCOL,
        say("{path} did not arrive as it should.", path=file.path),
        say("{why}: it was deleted. Fetch it again; if that happens again, something on the way changes it.", why=why),
        retryable=False,
    )


def _room(count: int) -> str:
    count = max(0, count)
    return f"{count / 1e9:.1f} GB" if count >= 100_000_000 else f"{count / 1e6:.0f} MB"
