"""The real window in a process of its own, which says what happens to it: one word a line on standard output.

`shown` when the core is open, `told to show` when another launch asked for it, `open: N` when chat N is in front, and
`at message N` when it was led to a place in it.
Takes from standard input `send TEXT`, and `close`, which does what the window's own button does. Arguments are those of
`ai-coder-assistant`.
"""

from __future__ import annotations

import sys
import threading

from PySide6.QtCore import QObject, Qt, Signal

from app.desktop import application, main
from app.desktop.core_wiring import CoreWiring
from app.desktop.window import MainWindow


class Watcher(QObject):
    close_wanted = Signal()
    prompt_typed = Signal(str)


def say(text: str) -> None:
    print(text, flush=True)


def watch() -> None:
    """Speak of what the window does, without changing it."""
    come_forward, begin, paint_shell = MainWindow.come_forward, CoreWiring.begin, application.paint_shell
    watcher = Watcher()

    def told(window: MainWindow) -> None:
        come_forward(window)
        say("told to show" if window.isVisible() else "told to show, but hidden")

    async def begun(wiring: CoreWiring) -> None:
        await begin(wiring)
        for notice in wiring.engine.services.notices:
            say(f"notice: {notice}")
        say(f"saved: {wiring.engine.store.state.saved} {wiring.engine.store.state.reason}".strip())
        chat = wiring.session.chat
        watcher.prompt_typed.connect(wiring.session.window.chat.composer.send_requested)
        chat.created.connect(lambda number: say(f"open: {number}"))
        chat.opened.connect(lambda number: say(f"open: {number}"))
        chat.branch.revealed.connect(lambda place: say(f"at message {place}"))
        say(f"open: {chat.conversation_id}")
        say("shown")

    def painted(options: object) -> object:
        result = paint_shell(options)  # type: ignore[arg-type]  # passed through
        watcher.close_wanted.connect(result[0].close, Qt.ConnectionType.QueuedConnection)
        return result

    MainWindow.come_forward = told  # type: ignore[method-assign]  # watched, then done
    CoreWiring.begin = begun  # type: ignore[method-assign]  # as above
    application.paint_shell = painted  # type: ignore[assignment]  # as above

    def listen() -> None:
        for line in sys.stdin:
            if line.strip() == "close":
                watcher.close_wanted.emit()
            elif line.startswith("send "):
                watcher.prompt_typed.emit(line[5:].strip())

    threading.Thread(target=listen, daemon=True).start()


if __name__ == "__main__":
    watch()
    sys.exit(main.main(sys.argv[1:]))
