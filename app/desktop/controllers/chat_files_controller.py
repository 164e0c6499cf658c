"""Chats out into a file and in from files, off the UI thread, with how far it is and a way to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, Signal

from app.lean_dataclass import dataclass
from app.services.conversations import exporting, folders, importing
from app.services.conversations.chat_files import NotChatsError
from app.services.conversations.import_files import ImportFiles
from app.services.tasks import OnError, TaskOwner

if TYPE_CHECKING:
    from app.desktop.engine import Engine
    from app.services.conversations.exporting import FileFormat
    from app.services.conversations.portable import PortableChat

_ALL = 1_000_000
EXPORT = "chat_files.export"


def tr(text: str) -> str:
    return QCoreApplication.translate("ChatFiles", text)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it, in a sentence; `imported` are the new chats, `folders` those that were made for them."""

    text: str
    failed: bool = False
    imported: tuple[int, ...] = ()
    folders: tuple[int, ...] = ()


class ChatFilesController(QObject):
    """One export or import at a time.

    Signals:
        progressed(text, done, total): `total` 0 where it is not known yet.
        finished(Outcome).
    """

    progressed = Signal(str, int, int)
    finished = Signal(object)
    _counted = Signal(int, int)  # from the engine's thread

    def __init__(self, engine: Engine, on_error: OnError, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._tasks = TaskOwner(on_error)
        self._work: asyncio.Task[None] | None = None
        self._text = ""
        #: An import is stopped between two chats: within one it would not be known whether it is there.
        self._stops_import = False
        self._is_counting = False
        self._counted.connect(self._on_counted)

    @property
    def is_busy(self) -> bool:
        return self._work is not None and not self._work.done()

    def cancel(self) -> None:
        """Stop; an export leaves no file, an import chats in the trash only and no folder."""
        self._stops_import = True
        if self._work is not None and self._work.get_name() == EXPORT:
            self._work.cancel()

    def _on_counted(self, done: int, total: int) -> None:
        if self._is_counting:
            self.progressed.emit(self._text, done, total)

    def _on_ended(self, _work: asyncio.Task[None]) -> None:
        if self._is_counting:  # a fault of ours, which is told and logged: nothing waits for it any longer
            self._finish(Outcome(tr("It broke off. The log has the details."), failed=True))

    def _finish(self, outcome: Outcome) -> None:
        self._is_counting = False  # what was counted on the other thread may arrive later than this
        self.finished.emit(outcome)

    # -- out

    def export(self, conversation_ids: Sequence[int] | None, path: Path, kind: FileFormat) -> None:
        """Write chats into a file, all of them where none are named; `finished` follows."""
        if not self.is_busy:
            self._text = tr("Exporting chats")
            self._work = self._tasks.start(self._export(conversation_ids, path, kind), name=EXPORT)
            self._work.add_done_callback(self._on_ended)

    async def _export(self, conversation_ids: Sequence[int] | None, path: Path, kind: FileFormat) -> None:
        self._is_counting = True
        self._on_counted(0, 0)
        if conversation_ids is None:
            chats = await self._engine.run(self._engine.store.conversations(_ALL))
            conversation_ids = [chat.id for chat in chats]
        total, done, written = len(conversation_ids), 0, 0
        leaves_files = False

        def count(chat: PortableChat | None) -> None:
            nonlocal done, written, leaves_files
            done, written = done + 1, written + (chat is not None)
            if chat is not None and kind not in exporting.WITH_FILES:
                leaves_files = leaves_files or any(message.attachments for message in chat.messages)
            self._counted.emit(done, total)

        work = exporting.write_file(self._engine.store, conversation_ids, kind, path, count)
        try:
            await self._engine.run(work)
        except OSError as exc:
            text = tr("{path} could not be written: {reason}. Choose another place.")
            self._finish(Outcome(text.format(path=path, reason=exc.strerror or exc), failed=True))
        except asyncio.CancelledError:
            self._finish(Outcome(tr("Stopped. No file was written.")))
            raise
        else:
            text = tr("1 chat exported to {path}") if written == 1 else tr("{n} chats exported to {path}")
            more = tr("{done}. Attached files are named only; “Markdown with the attached files” has them, too.")
            done_text = text.format(n=written, path=path)
            self._finish(Outcome(more.format(done=done_text) if leaves_files else done_text))

    # -- in

    def import_files(self, paths: Sequence[Path]) -> None:
        """Read all files, then store their chats; `finished` follows."""
        if not self.is_busy:
            self._text, self._stops_import = tr("Importing chats"), False
            self._work = self._tasks.start(self._import(paths), name="chat_files.import")
            self._work.add_done_callback(self._on_ended)

    async def _import(self, paths: Sequence[Path]) -> None:
        self._is_counting = True
        self._on_counted(0, 0)
        files = ImportFiles()
        for path in paths:
            try:
                await asyncio.to_thread(files.add, path, self._is_import_wanted)
            except (OSError, NotChatsError) as exc:
                self._finish(Outcome(_why_not(path, exc), failed=True))
                return
        await self._store(files)

    def _is_import_wanted(self) -> bool:
        return not self._stops_import

    async def _store(self, files: ImportFiles) -> None:
        stored: list[int] = []
        made: list[int] = []
        total = 0

        def begin(count: int) -> None:
            nonlocal total
            total = count

        def count(conversation_id: int) -> None:
            stored.append(conversation_id)
            self._counted.emit(len(stored), total)

        store = self._engine.store
        work = importing.import_chats(
            store,
            files,
            on_begin=begin,
            on_stored=count,
            on_folder=made.append,
            is_wanted=self._is_import_wanted,
        )
        try:
            await self._engine.run(work)
        except (OSError, NotChatsError) as exc:  # a file went, or became another one, between the two readings
            await self._engine.run(importing.take_back(store, stored, made))
            text = tr("The import broke off: {reason}. What was imported until then is in the trash.")
            reason = (exc.strerror or str(exc)) if isinstance(exc, OSError) else str(exc)
            self._finish(Outcome(text.format(reason=reason), failed=True))
            return
        if self._stops_import:
            await self._engine.run(importing.take_back(store, stored, made))
            in_trash = tr("Stopped. What was imported until then is in the trash.")
            self._finish(Outcome(in_trash if stored else tr("Stopped. Nothing was imported.")))
            return
        text = _how_many(len(stored), len(files) - len(stored))
        self._finish(Outcome(text, imported=tuple(stored), folders=tuple(made)))

    async def remove_folders(self, folder_ids: Sequence[int]) -> None:
        """Those that an import made, once its chats were taken back; the ones with other chats in them stay."""
        await self._engine.run(self._engine.store.write(folders.delete_empty, folder_ids))

    async def aclose(self) -> None:
        await self._tasks.aclose()


def _why_not(path: Path, exc: OSError | NotChatsError) -> str:
    if isinstance(exc, OSError):
        text = tr("{name} cannot be read: {reason}.")
        return text.format(name=path.name, reason=exc.strerror or exc)
    text = tr("{name} was not imported: {reason}. Nothing of it, or of files chosen with it, is in the list.")
    return text.format(name=path.name, reason=exc)


def _how_many(imported: int, left_out: int) -> str:
    first = tr("1 chat imported") if imported == 1 else tr("{n} chats imported")
    if not left_out:
        return first.format(n=imported) + "."
    more = tr("1 was already here") if left_out == 1 else tr("{n} were already here")
    return f"{first.format(n=imported)}, {more.format(n=left_out)}."
