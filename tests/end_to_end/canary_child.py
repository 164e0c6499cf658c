"""The real window, led through everything that connects, and through everything that writes: exports, a report of an
unexpected error whose text holds the key of the environment, a picture of each pane, the clipboard.

`canary_child.py FOLDER [arguments of ai-coder-assistant]`; what is written on demand goes into the folder, what this
program saw into `looked` beside it.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from PySide6.QtGui import QGuiApplication

from app.desktop.controllers.chat_files_controller import ChatFilesController
from app.desktop.pane_names import TABS
from app.desktop.session import Session
from tests.desktop.session_window import until
from tests.end_to_end.network_child import PATIENCE_S, WALK, run

FOLDER = Path(sys.argv.pop(1))
LOOKED = FOLDER.parent / "looked"


async def export(session: Session) -> None:
    """All chats in every form, the list of connections, the figures."""
    files = ChatFilesController(session.engine, session.on_task_error, session)
    for kind in ("json", "markdown", "html", "text"):
        files.export(None, FOLDER / f"chats.{kind}", kind)
        await until(lambda: not files.is_busy, PATIENCE_S, "an export")
        assert (FOLDER / f"chats.{kind}").exists(), kind
    await files.aclose()
    log = FOLDER / "connections.csv"
    session.parts.panes.network_log.export(log)
    await until(log.exists, PATIENCE_S, "the list of connections")


async def fail(session: Session) -> None:
    """An error that nobody expected, with the key in its text and among the values around it."""
    key = os.environ["LM_API_TOKEN"]

    async def work() -> None:
        headers = {"Authorization": f"Bearer {key}"}
        raise RuntimeError(f"the server said no to {headers}")

    session.parts.start_task(work(), "test.fails")
    await until(lambda: list((session.paths.logs / "reports").glob("*")), PATIENCE_S, "the report")


async def look_around(session: Session) -> None:
    """A picture of every page, and what it leaves on the clipboard."""
    pane = session.parts.panes.open_settings()
    for number, tab in enumerate(TABS):
        pane.show_tab(tab)
        await asyncio.sleep(0.05)
        session.window.grab().save(str(LOOKED / f"page{number}.png"))
    session.new_chat()
    for command in ("copy_answer", "copy_code", "copy_link"):
        session.parts.shortcuts.run(command)
        (LOOKED / f"{command}.clipboard").write_text(QGuiApplication.clipboard().text(), encoding="utf-8")
    (LOOKED / "title").write_text(session.window.windowTitle(), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(run(*WALK, export, fail, look_around))
