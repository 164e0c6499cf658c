"""Joins the Privacy page to the network log: copies it for the page, sums it up, exports it."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal

from app.desktop.models.network_log_model import LogLine, NetworkLogModel, Place
from app.lean_dataclass import dataclass
from app.services.atomic_file import write_atomically
from app.services.llm.address import host_of, is_loopback, is_private_network
from app.services.spreadsheet_cell import harmless
from app.services.tasks import OnError, TaskOwner

if TYPE_CHECKING:
    from app.desktop.engine import Engine
    from app.services.container import Services
    from app.services.llm.network_log import NetworkEntry

#: The log may grow by hundreds of entries a second; the page follows at this pace.
DELAY_MS = 200
COLUMNS = (
    "time_utc",
    "purpose",
    "method",
    "host",
    "port",
    "path",
    "bytes_out",
    "bytes_in",
    "status",
    "error",
    "took_ms",
)


def tr(text: str) -> str:
    return QCoreApplication.translate("NetworkLog", text)


@dataclass(frozen=True, slots=True)
class _Log:
    lines: tuple[LogLine, ...]
    configured_hosts: frozenset[str]


class NetworkLogController(QObject):
    """Signals:
    head_changed(str): the sentence over the list.
    exported(str): what became of an export, as a sentence.
    """

    head_changed = Signal(str)
    exported = Signal(str)

    def __init__(self, engine: Engine, parent: QObject | None = None, *, on_error: OnError | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._tasks = TaskOwner(on_error)
        self._watched = False
        self._reading = False
        self.model = NetworkLogModel(self)
        self._delay = QTimer(self, singleShot=True, interval=DELAY_MS)
        self._delay.timeout.connect(self._read_soon)
        engine.network_changed.connect(self._on_network_changed)

    def watch(self, watching: bool) -> None:
        """Whether somebody looks at the page."""
        self._watched = watching
        if watching:
            self._read_soon()
        else:
            self._delay.stop()

    def pause(self, paused: bool) -> None:
        """Let the list stand still; recording goes on."""
        self.model.paused = paused
        if not paused:
            self._read_soon()

    def _on_network_changed(self) -> None:
        if self._watched and not self.model.paused and not self._delay.isActive():
            self._delay.start()

    def _read_soon(self) -> None:
        if self._engine.is_ready and not self._reading:
            self._reading = True
            self._tasks.start(self._read(), name="network_log.read")

    async def _read(self) -> None:
        try:
            log = await self._engine.run(_copy(self._engine.services))
        finally:
            self._reading = False
        self.model.set_lines(log.lines)
        self.head_changed.emit(head_line(log.lines, log.configured_hosts))

    def export(self, path: Path) -> None:
        """Write the whole log as CSV, with the permissions of any file the user saves."""

        async def write() -> None:
            log = await self._engine.run(_copy(self._engine.services))
            try:
                await asyncio.to_thread(write_atomically, path, as_csv(log.lines).encode())
            except OSError as exc:
                why = exc.strerror or str(exc)
                self.exported.emit(tr("{path} cannot be written: {why}").format(path=path, why=why))
            else:
                self.exported.emit(tr("{n} connections written to {path}.").format(n=len(log.lines), path=path))

        self._tasks.start(write(), name="network_log.export")

    async def aclose(self) -> None:
        self._delay.stop()
        await self._tasks.aclose()


async def _copy(services: Services) -> _Log:
    """On the engine's loop, where the log is written: no entry changes while it is copied."""
    hosts = {host_of(p.config.base_url) for p in services.manager.providers.values() if p.config.base_url}
    return _Log(tuple(_line(entry) for entry in services.network_log.entries), frozenset(hosts))


def _line(entry: NetworkEntry) -> LogLine:
    return LogLine(
        entry.started_at,
        entry.purpose,
        entry.method,
        entry.host,
        entry.port,
        entry.path,
        entry.bytes_out,
        entry.bytes_in,
        entry.status,
        entry.error or "",
        entry.took_ms,
        place_of(entry.host),
    )


def place_of(host: str) -> Place:
    """Where a host is, by its spelling."""
    shown = f"http://[{host}]" if ":" in host else f"http://{host}"
    if is_loopback(shown):
        return "here"
    return "network" if is_private_network(shown) else "outside"


def head_line(lines: Sequence[LogLine], configured_hosts: frozenset[str]) -> str:
    """How many hosts beside this computer were contacted, and whether each of them is a configured server."""
    if not lines:
        return tr("Nothing has left this app since it started.")
    others = {line.host for line in lines if line.place != "here"}
    if not others:
        return tr("Nothing has left this computer since the app started.")
    count = tr("1 host since the app started") if len(others) == 1 else tr("{n} hosts since the app started")
    text = count.format(n=len(others))
    strange = sorted(others - configured_hosts)
    if strange:
        return tr("{hosts}, not all of them servers of yours: {names}.").format(hosts=text, names=", ".join(strange))
    return tr("{hosts}, all set up by you.").format(hosts=text)


def as_csv(lines: Sequence[LogLine]) -> str:
    """The log for a spreadsheet. Text that a spreadsheet would take for a formula is quoted with an apostrophe."""
    import csv  # here: only an export needs it

    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for line in lines:
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(line.started_at))
        took = "" if line.took_ms is None else f"{line.took_ms:.1f}"
        status = "" if line.status is None else line.status
        texts = (line.purpose, line.method, line.host)
        row = [at, *(harmless(text) for text in texts), line.port, harmless(line.path)]
        writer.writerow([*row, line.bytes_out, line.bytes_in, status, line.error, took])
    return out.getvalue()
