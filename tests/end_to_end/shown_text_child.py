"""The real window, which is sent an answer, then opens each chat that it has, and says when all was painted."""

from __future__ import annotations

import asyncio
import sys

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.desktop.models.conversation_list_model import Role
from app.desktop.session import Session
from tests.desktop.session_window import answered, until
from tests.end_to_end.network_child import PATIENCE_S, run


async def ask(session: Session) -> None:
    await until(lambda: session.parts is not None and session.parts.models.all_looked_at, PATIENCE_S, "the models")
    session.new_chat()
    QTest.keyClicks(session.window.chat.composer.edit, "Show me a picture.")
    QTest.keyClick(session.window.chat.composer.edit, Qt.Key.Key_Return)
    await answered(session, 2)
    session.window.grab()


async def open_all(session: Session) -> None:
    model, view = session.window.conversations, session.window.sidebar.list
    rows = [model.index(row) for row in range(model.rowCount())]
    for row in [one for one in rows if one.data(Role.KIND) == "chat"]:
        at = view.visualRect(row).center()
        QApplication.sendEvent(view.viewport(), QHelpEvent(QEvent.Type.ToolTip, at, view.mapToGlobal(QPoint(at))))
        session.open_chat(row.data(Role.CONVERSATION_ID))
        await until(lambda: not session.chat.is_opening and session.chat.transcript.count, PATIENCE_S, "the chat")
        await asyncio.sleep(0.1)
        session.window.grab()
        transcript = session.window.chat.transcript
        assert transcript is not None
        transcript.jump_to_latest()
        session.window.grab()


if __name__ == "__main__":
    sys.exit(run(ask, open_all))
