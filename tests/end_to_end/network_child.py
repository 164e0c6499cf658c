"""The real window, led through everything that makes it connect; then what its Privacy page lists, as JSON lines.

Arguments are those of `ai-coder-assistant`. It walks through a chat, the models, the hub, a comparison and the gateway;
when that listens it says `gateway ADDRESS TOKEN` and waits for a line on standard input.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QWidget

from app.desktop import application, main
from app.desktop.pane_names import GATEWAY, LOCAL_MODELS, PRIVACY
from app.desktop.session import Session
from app.desktop.views.settings.privacy_page import PrivacyPage
from tests.desktop.session_window import answered, named, until

PATIENCE_S = 60.0
Step = Callable[[Session], Awaitable[None]]


def click(window: QWidget, name: str) -> None:
    button = named(window, name)
    assert isinstance(button, QAbstractButton)
    button.click()


async def chat(session: Session) -> None:
    await until(lambda: session.parts is not None and session.parts.models.all_looked_at, PATIENCE_S, "the models")
    QTest.keyClicks(session.window.chat.composer.edit, "What is a token bucket?")
    QTest.keyClick(session.window.chat.composer.edit, Qt.Key.Key_Return)
    await answered(session, 2)
    answer = session.chat.transcript.message(1)
    assert answer is not None and answer.status == "complete", answer
    session.parts.models.refresh()


async def look_at_a_server(session: Session) -> None:
    """Its connection is tested, step by step."""
    pane = session.parts.panes.open_settings(LOCAL_MODELS)
    await until(lambda: pane.is_loaded, PATIENCE_S, "the page")
    page = session.parts.panes.local_models_parts.page
    page.test("lm_studio")
    await asyncio.sleep(0.5)


async def look_for_models(session: Session) -> None:
    session.parts.shortcuts.run("get_models")
    pane: Any = session.window.panes.currentWidget()
    pane.search.field.setText("tiny")
    QTest.keyClick(pane.search.field, Qt.Key.Key_Return)
    await until(lambda: pane.search.words.text(), PATIENCE_S, "what the hub has")


async def compare(session: Session) -> None:
    pane, controller = session.parts.compare.open(), session.parts.compare.controller
    for name in ("simulated/coder-7b", "simulated/writer-13b"):
        controller.add("lm_studio", name, name)
    pane.setup.prompt.setPlainText("Say it in Python.")
    QTest.keyClick(pane.setup.prompt, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    await until(lambda: controller.kept is not None and controller.kept.is_over, PATIENCE_S, "both answers")


async def serve(session: Session) -> None:
    """The gateway in a process of its own; whoever reads this asks it something."""
    pane = session.parts.panes.open_settings(GATEWAY)
    await until(lambda: pane.is_loaded, PATIENCE_S, "the page")
    page: Any = pane.page(GATEWAY)
    click(session.window, "Start gateway")
    await until(lambda: page.card.here.isVisible(), PATIENCE_S, "the gateway's address")
    click(session.window, "New token")
    QTest.keyClicks(named(session.window, "Token name"), "test")
    click(session.window, "Create token")

    def shown() -> list[QLineEdit]:
        edits = session.window.findChildren(QLineEdit)
        return [one for one in edits if one.accessibleName() == "New token, shown once" and one.isVisible()]

    await until(shown, PATIENCE_S, "the token")
    print(f"gateway {page.card.here.edit.text()} {shown()[0].text()}", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    click(session.window, "Stop gateway")
    await until(lambda: not page.card.here.isVisible(), PATIENCE_S, "its end")


async def tell_log(session: Session) -> None:
    """What a person reads on the Privacy page. The models were looked at just now, and are not again for a while."""
    pane = session.parts.panes.open_settings(PRIVACY)
    page = pane.page(PRIVACY)
    assert isinstance(page, PrivacyPage)
    entries = session.engine.services.network_log.entries
    await until(lambda: len(session.parts.panes.network_log.model.lines) == len(entries), PATIENCE_S, "the log")
    for line in session.parts.panes.network_log.model.lines:
        print("log " + json.dumps([line.host, line.port, line.purpose]), flush=True)


#: What makes a window connect.
WALK: tuple[Step, ...] = (chat, look_at_a_server, look_for_models, compare, serve)


async def walk(session: Session, steps: Sequence[Step]) -> None:
    for step in steps:
        await step(session)
    print("done", flush=True)


def run(*steps: Step) -> int:
    """The window from its first paint to its end, led through these steps."""
    options = main.parser().parse_args(sys.argv[1:])
    options.safe_mode = False
    application.make_application()
    session = application.prepare(options)
    walking: list[asyncio.Task[None]] = []

    def ended(task: asyncio.Task[None]) -> None:
        session.exit_status = 1 if task.exception() is not None else 0
        if (error := task.exception()) is not None:
            print(f"failed: {error!r}", file=sys.stderr, flush=True)
        session.close_soon()

    def begin() -> None:
        walking.append(asyncio.get_running_loop().create_task(walk(session, steps)))
        walking[0].add_done_callback(ended)

    QTimer.singleShot(0, begin)
    return application.run_until_closed(session)


if __name__ == "__main__":
    sys.exit(run(*WALK, tell_log))
