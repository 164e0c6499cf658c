"""The window whose chats are not kept, a process with its store in memory: how it is opened, and what it is then."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QObject, QProcess

from app.desktop.error_display import told_failure
from app.services.tasks import TaskOwner
from app.services.window_command import folder_of, window_command

if TYPE_CHECKING:
    from app.desktop.session import Session
    from app.desktop.views.chat.temporary_bar import TemporaryBar

#: Of the notice that a chat is kept, which ends with the next one's first message.
KEPT = "kept"
#: Flags of this window that another one is started with, too.
HANDED_ON = ("home", "config", "log_level", "theme", "language", "provider", "model", "base_url")


def tr(text: str) -> str:
    return QCoreApplication.translate("Temporary", text)


def arguments_for(options: Mapping[str, Any]) -> list[str]:
    """What a temporary window is started with behind the program's own words; `options`: those of this window."""
    given = [(name, options[name]) for name in HANDED_ON]
    return ["--temporary", *(word for name, value in given if value for word in (f"--{name.replace('_', '-')}", value))]


class TemporaryWiring(QObject):
    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._tasks = TaskOwner(session.on_task_error)
        self._bar: TemporaryBar | None = None

    def begin(self) -> None:
        """In a temporary window: say so, and offer to keep its chats."""
        if not self._session.options.temporary:
            return
        from app.desktop.views.chat.temporary_bar import TemporaryBar  # here: few windows are

        pane, chat = self._session.window.chat, self._session.chat
        self._bar = TemporaryBar(self._session.theme, pane)
        pane.add_above_notice(self._bar)
        self._bar.keep_requested.connect(lambda: self._tasks.start(self._keep(), name="temporary.keep"))
        chat.opened.connect(lambda _id: self._update())
        chat.transcript.appended.connect(lambda _index: self._update())
        chat.answer_finished.connect(lambda _id, _status: self._update())
        chat.created.connect(lambda _id: pane.notice.settle(KEPT))
        self._update()

    def open_window(self) -> None:
        """A temporary window, which goes on when this one closes."""
        program, *arguments = window_command()
        process = QProcess()
        process.setProgram(program)
        chosen = self._session.chat.state
        options = vars(self._session.options)
        if chosen.provider and chosen.model:
            options = {**options, "provider": chosen.provider, "model": chosen.model}
        process.setArguments([*arguments, *arguments_for(options)])
        folder = folder_of([program, *arguments])
        if folder is not None:
            process.setWorkingDirectory(str(folder))
        started = process.startDetached()
        if not (started[0] if isinstance(started, tuple) else started):
            self._session.window.chat.notice.tell(
                tr("The temporary window could not be opened: {program} does not start.").format(program=program),
                token="error",
            )

    def _update(self) -> None:
        if self._bar is not None:
            chat = self._session.chat
            self._bar.allow_keeping(chat.conversation_id is not None and not chat.is_busy)

    async def _keep(self) -> None:
        """The open chat goes to the others; here it is gone then."""
        from app.services.conversations.keeping import keep_chat  # here: hardly ever needed
        from app.services.llm.errors import LLMError

        session = self._session
        chat = session.chat.conversation_id
        if chat is None or session.chat.is_busy:
            return
        await session.chat.flush_draft(session.composing.draft_text())
        try:
            await session.engine.run(keep_chat(session.engine.store, chat, session.paths.store_file))
        except LLMError as exc:
            session.chat.failed.emit(*told_failure(exc))
            return
        title = session.chat.state.conversation.title if session.chat.state.conversation is not None else ""
        session.delete_chats([chat], instead_of_undo=partial(self._say_kept, title))

    async def _say_kept(self, title: str) -> None:
        text = tr("“{title}” is kept: it stands among your chats now.").format(title=title)
        self._session.window.chat.notice.tell(text, token="text2", subject=KEPT)

    async def aclose(self) -> None:
        await self._tasks.aclose()
