"""Joins export and import to the places they are asked for: Settings, the list's menu, the chat's menu."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject

from app.desktop.questions import choose_files, choose_save_file
from app.services.tasks import TaskOwner

if TYPE_CHECKING:
    from app.desktop.controllers.chat_files_controller import ChatFilesController, Outcome
    from app.desktop.session import Session
    from app.desktop.views.settings.chat_files_section import ChatFilesSection
    from app.services.conversations.exporting import FileFormat


def tr(text: str) -> str:
    return QCoreApplication.translate("ChatFiles", text)


class ChatFilesWiring(QObject):
    """Makes the controller when it is first needed."""

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._tasks = TaskOwner(session.on_task_error)
        self._controller: ChatFilesController | None = None
        self._section: ChatFilesSection | None = None
        #: What runs was asked for in Settings, and is told there.
        self._asked_in_settings = False

    def begin(self) -> None:
        self._session.window.sidebar.export_requested.connect(self.export_chats)

    def join(self, section: ChatFilesSection) -> None:
        """The part of Settings that shows all of this."""
        self._section = section
        section.export_requested.connect(self.export_all)
        section.import_requested.connect(self.import_chats)
        section.cancel_requested.connect(lambda: self._ready().cancel())

    def export_chats(self, conversation_ids: list[int]) -> None:
        """Ask where and as what, then write these chats."""
        self._tasks.start(self._export(conversation_ids), name="chat_files.ask_export")

    def export_open_chat(self) -> None:
        """The chat in view, where it is stored."""
        conversation_id = self._session.chat.conversation_id
        if conversation_id is not None:
            self.export_chats([conversation_id])

    def export_all(self) -> None:
        """Ask where and as what, then write every chat."""
        self._tasks.start(self._export(None), name="chat_files.ask_export")

    def import_chats(self) -> None:
        """Ask for files, then read the chats in them; how far it is stands in Settings."""
        self._tasks.start(self._import(), name="chat_files.ask_import")

    def _ready(self) -> ChatFilesController:
        if self._controller is None:
            from app.desktop.controllers.chat_files_controller import ChatFilesController  # here: no start needs it

            self._controller = ChatFilesController(self._session.engine, self._session.on_task_error, self)
            self._controller.progressed.connect(self._on_progress)
            self._controller.finished.connect(self._on_finished)
        return self._controller

    async def _export(self, conversation_ids: list[int] | None) -> None:
        from app.services.conversations import exporting  # here: as above

        words: dict[FileFormat, str] = {
            "markdown": tr("Markdown"),
            "markdown_with_files": tr("Markdown with the attached files"),
            "json": tr("JSON, whole, to import again"),
            "html": tr("HTML page"),
            "text": tr("Plain text"),
        }
        kinds = list(words)
        if conversation_ids is None:  # all of them, which is mostly for another computer
            kinds.sort(key=lambda kind: kind != "json")
        filters = [(words[kind], exporting.SUFFIXES[kind]) for kind in kinds]
        name = exporting.file_name(
            await self._title(conversation_ids), "json" if conversation_ids is None else "markdown"
        )
        title = tr("Export all chats") if conversation_ids is None else tr("Export")
        path = await choose_save_file(self._session.window, title, name, filters)
        if path is None:
            return
        kind = exporting.format_of(path)
        if kind is None:
            self._tell(
                tr("{name} has no ending that says the format: .md, .zip, .json, .html or .txt.").format(name=path.name)
            )
            return
        controller = self._ready()
        if controller.is_busy:
            self._tell(tr("Another export or import is still running."))
            return
        self._asked_in_settings = conversation_ids is None
        controller.export(conversation_ids, path, kind)

    async def _title(self, conversation_ids: list[int] | None) -> str:
        if conversation_ids is None or len(conversation_ids) != 1:
            return ""
        chat = await self._session.engine.run(self._session.engine.store.conversation(conversation_ids[0]))
        return chat.title if chat is not None else ""

    async def _import(self) -> None:
        paths = await choose_files(
            self._session.window, tr("Import chats"), [tr("Exports of chats (*.json)"), tr("All files (*)")]
        )
        controller = self._ready()
        if paths and not controller.is_busy:
            self._asked_in_settings = True
            controller.import_files([Path(path) for path in paths])

    # -- what comes of it

    def _on_progress(self, text: str, done: int, total: int) -> None:
        if self._section is not None and self._asked_in_settings:
            self._section.show_progress(text, done, total)

    def _on_finished(self, outcome: Outcome) -> None:
        if self._section is not None and self._asked_in_settings:
            self._section.show_result(outcome.text, failed=outcome.failed)
        else:
            self._tell(outcome.text, failed=outcome.failed)
        if outcome.imported:
            undo_bar = self._session.window.sidebar.undo_bar
            undo_bar.offer(outcome.text, lambda: self._take_back(outcome))
            self._tasks.start(self._session.conversations.reload(), name="chat_files.reload")

    def _take_back(self, outcome: Outcome) -> None:
        """The chats into the trash, then the folders that were made for them."""

        async def folders_too() -> None:
            await self._ready().remove_folders(outcome.folders)
            await self._session.conversations.reload()

        self._session.delete_chats(list(outcome.imported), instead_of_undo=folders_too)

    def _tell(self, text: str, *, failed: bool = True) -> None:
        self._session.window.chat.notice.tell(text, token="error" if failed else "text2", passing=not failed)

    async def aclose(self) -> None:
        await self._tasks.aclose()
        if self._controller is not None:
            await self._controller.aclose()
