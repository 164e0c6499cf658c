"""Joins the find bar to the transcript and to what looks through the chat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from app.desktop.controllers.find_controller import FindController
    from app.desktop.session import Session
    from app.desktop.views.chat.find_bar import FindBar


class FindWiring(QObject):
    """Makes both when somebody first looks for something."""

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._bar: FindBar | None = None
        self._controller: FindController | None = None

    def open(self) -> None:
        """Show the bar with the keyboard in it; nothing where no chat is in view."""
        pane = self._session.window.chat
        if pane.transcript is None or not pane.isVisible():
            return
        if self._bar is None:
            self._make()
        assert self._bar is not None
        self._bar.open()

    def close(self) -> bool:
        """Whether there was something to close."""
        if self._bar is None or not self._bar.isVisible():
            return False
        self._bar.hide()
        return True

    def step(self, *, forward: bool) -> None:
        """To the next place; opens the bar where nothing is looked for."""
        if self._bar is None or not self._bar.isVisible():
            self.open()
        elif self._controller is not None:
            self._controller.step(forward=forward)

    def _make(self) -> None:
        from app.desktop.controllers.find_controller import FindController  # here: no start needs it

        session = self._session
        pane, chat = session.window.chat, session.chat
        assert pane.transcript is not None
        bar = self._bar = pane.add_find_bar()
        controller = self._controller = FindController(
            session.engine,
            chat.transcript,
            pane.transcript.finder,
            lambda: chat.state.conversation.id if chat.state.conversation is not None else None,
            session.on_task_error,
            self,
        )
        bar.typed.connect(controller.find)
        bar.stepped.connect(lambda forward: controller.step(forward=forward))
        bar.closed.connect(controller.stop)
        controller.result_changed.connect(bar.show_result)

    async def aclose(self) -> None:
        if self._controller is not None:
            await self._controller.aclose()
