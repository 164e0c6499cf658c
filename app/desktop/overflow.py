"""The ways out of a prompt that does not fit: more room, fewer messages, a summary."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject

from app.desktop.controllers.context_controller import ContextController
from app.desktop.controllers.history_controller import HistoryController
from app.desktop.models import token_counts
from app.desktop.views.chat.notice_bar import NoticeAction

if TYPE_CHECKING:
    from app.desktop.core_wiring import CoreWiring
    from app.services.conversations.records import ContextUse

#: The notice about work that goes on.
SUBJECT = "history"
#: A summary takes a place, too, and is worth nothing in a window that the message fills alone.
LEAST_ROOM_FOR_A_SUMMARY = 0.1

GoOn = Callable[[], None]


def tr(text: str) -> str:
    return QCoreApplication.translate("Window", text)


class Overflow(QObject):
    """Made with the token bar's wiring."""

    def __init__(self, wiring: CoreWiring, context: ContextController) -> None:
        super().__init__(wiring)
        self._session = wiring.session
        self._pane = wiring.window.chat
        self._context = context
        self.history = HistoryController(
            wiring.engine, wiring.session.chat, wiring.models, wiring.session.on_task_error, self
        )
        self._was_closed = False

    def begin(self) -> None:
        """Connect."""
        history, pane = self.history, self._pane
        history.working.connect(self._tell_work)
        history.undoable.connect(lambda text, undo: pane.undo_bar.offer(text, undo, self._session.chat.conversation_id))
        history.failed.connect(lambda message, hint: pane.notice.tell(f"{message} {hint}".strip(), token="error"))
        assert pane.transcript is not None, "the transcript is built before the core opens"
        pane.transcript.send_all_requested.connect(history.send_all_again)

    def ways_out(self, use: ContextUse, go_on: GoOn, before: int | None = None) -> list[NoticeAction]:
        """What makes this fit, and then goes on; `before`: the prompt or answer that is made anew."""
        choices = self._more_room(use, go_on)
        if not self._has_turns_above(before) or use.window is None or use.fixed > use.window:
            return choices
        choices.append(
            NoticeAction(tr("Leave out earlier messages"), lambda: self.history.shorten(use, go_on, before=before))
        )
        if use.fixed + use.window * LEAST_ROOM_FOR_A_SUMMARY <= use.window:
            summarise = tr("Summarise earlier messages")
            choices.append(NoticeAction(summarise, lambda: self.history.summarise(use, go_on, before=before)))
        return choices

    def _has_turns_above(self, before: int | None) -> bool:
        """Whether there is anything to leave out: the prompt of an answer that is made anew has to stay."""
        transcript = self._session.chat.transcript
        place = transcript.count if before is None else transcript.position_of(before)
        if place is not None and before is not None and not transcript.is_user(place):
            place -= 1
        return place is None or place >= 2

    def _more_room(self, use: ContextUse, go_on: GoOn) -> list[NoticeAction]:
        found = self._context.raised(use)
        if found is None:
            return []
        tokens = found.tokens

        def raise_and_go_on() -> None:
            self._session.chat.choose_window(tokens)
            self.history.changed.emit()
            go_on()

        if not found.by_loading:
            return [NoticeAction(token_counts.raise_text(tokens, found.cost_bytes), raise_and_go_on)]
        text = token_counts.load_text(tokens, found.cost_bytes)

        def name_the_cost(cost_bytes: int) -> None:
            self._pane.notice.rename_choice(text, token_counts.load_text(tokens, cost_bytes))

        if found.cost_bytes is None and not found.is_first:
            self.history.estimate_cost(use.window or 0, tokens, name_the_cost)
        return [NoticeAction(text, lambda: self.history.reload(tokens, use.total, go_on))]

    def run_note_action(self, answer_id: int, action: str) -> bool:
        """Do what the note of an answer offers, which its server refused or cut; False where that is another thing."""
        ways = {"shorten": self.history.shorten, "summarise": self.history.summarise}
        if action not in ways:
            return False

        def go_on() -> None:
            self._session.chat.regenerate(answer_id)

        def with_use(use: ContextUse | None) -> None:
            if use is not None:
                ways[action](use, go_on, before=answer_id, refused=True)

        self._context.look_at_answer(answer_id, with_use)
        return True

    async def aclose(self) -> None:
        await self.history.aclose()

    # -- inside

    def _tell_work(self, text: str) -> None:
        notice = self._pane.notice
        if not text:
            self._was_closed = False
            notice.settle(SUBJECT)
        elif not self._was_closed:
            notice.tell(
                text,
                token="text2",
                action=tr("Stop"),
                run=self.history.stop,
                on_close=self._close_notice,
                subject=SUBJECT,
            )

    def _close_notice(self) -> None:
        self._was_closed = True
