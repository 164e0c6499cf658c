"""Joins the token bar and the note about prompts that do not fit to chat, models and composer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, QTimer

from app.desktop.controllers.context_controller import ContextController
from app.desktop.controllers.learned_speeds import LearnedSpeeds
from app.desktop.models import token_counts
from app.desktop.overflow import Overflow
from app.desktop.views.chat.notice_bar import NoticeAction

if TYPE_CHECKING:
    from app.desktop.core_wiring import CoreWiring
    from app.services.conversations.records import ContextUse

#: The draft is measured when typing has stopped for so long.
TYPING_PAUSE_MS = 300


def tr(text: str) -> str:
    return QCoreApplication.translate("Window", text)


class ContextWiring(QObject):
    """Made with the core's other wiring."""

    def __init__(self, wiring: CoreWiring) -> None:
        super().__init__(wiring)
        self._wiring = wiring
        self._session = wiring.session
        self._pane = wiring.window.chat
        self._composer = wiring.window.chat.composer
        self.controller = ContextController(
            wiring.engine, wiring.session.chat, wiring.models, wiring.session.on_task_error, self
        )
        self._typing = QTimer(self, singleShot=True, interval=TYPING_PAUSE_MS)
        self._typing.timeout.connect(self.look)
        self._soon = QTimer(self, singleShot=True, interval=0)  # one answer changes several things at once
        self._soon.timeout.connect(self.look)
        #: Sent by the person while the chat was still being counted.
        self._held: tuple[str, tuple[str, int | None]] | None = None
        #: The answer that is asked for again while that is being counted.
        self._asked_again: int | None = None
        self._note = ""
        self._bar = self._pane.add_token_bar()
        self._speeds = LearnedSpeeds(wiring.engine, self, on_error=wiring.session.on_task_error)
        self.overflow = Overflow(wiring, self.controller)

    def begin(self) -> None:
        """Connect; the first count follows when the models are known."""
        chat = self._session.chat
        self._composer.draft_changed.connect(self._typing.start)
        self._composer.text_set.connect(self._soon.start)
        self._wiring.attaching.controller.changed.connect(self._soon.start)
        self._wiring.models.chosen_changed.connect(self._soon.start)
        chat.opened.connect(self._on_opened)
        chat.created.connect(lambda _id: self._soon.start())
        for signal in (chat.transcript.appended, chat.transcript.truncated, chat.transcript.finished):
            signal.connect(lambda _index: self._soon.start())
        self.overflow.begin()
        self.overflow.history.changed.connect(self.take_settings)
        chat.branch.cut_changed.connect(self.take_settings)
        self._bar.lower_requested.connect(self._lower_window)
        self._bar.opened.connect(self._speeds.look)
        self._speeds.changed.connect(self._show_speeds)
        self.controller.changed.connect(self._show)
        self.controller.settled.connect(self._send_held)
        self._soon.start()

    def look(self) -> None:
        """Count what would be sent now."""
        self._typing.stop()
        self._soon.stop()
        self._look(self._composer.text())

    def _look(self, text: str) -> None:
        self.controller.look(text, self._session.composing.editing, self._wiring.attaching.controller.tokens)

    def take_settings(self) -> None:
        """Settings were saved: system prompt and windows may be others."""
        self.controller.forget()
        self._soon.start()

    def take_system_prompt(self, prompt: str) -> None:
        """The open chat is asked with this one from now on."""
        self.controller.take_system_prompt(prompt)
        self._soon.start()

    def holds_back(self, text: str) -> bool:
        """Whether this prompt is not to be sent now: it does not fit, which is told with what can be done about it, or
        the chat is still being counted, and then it is sent or told of by itself."""
        if self._held is not None:
            self._held = text, self._at_hand()
            return True
        nobody_to_ask = bool(self._session.options.screenshot)
        if nobody_to_ask or self.controller.window().tokens is None:
            return False
        self._look(text)
        if not self.controller.is_settled:
            self._held = text, self._at_hand()
            return True
        use = self.controller.use
        if use is None or not self.controller.needs_question(use):
            return False
        self._tell(use, text)
        return True

    def regenerate(self, message_id: int) -> None:
        """Ask for this answer again; where that does not fit it is told first, as for a prompt."""
        self._ask_again(message_id, self._session.chat.regenerate)

    def go_on(self, message_id: int) -> None:
        """Ask for the rest of this answer; where that does not fit it is told first, too."""
        self._ask_again(message_id, self._session.chat.go_on, going_on=True)

    def _ask_again(self, message_id: int, ask: Callable[[int], None], *, going_on: bool = False) -> None:
        chat = self._session.chat
        nobody_to_ask = bool(self._session.options.screenshot)
        if nobody_to_ask or chat.is_busy or self.controller.window().tokens is None:
            ask(message_id)
        elif self._asked_again is None:
            self._asked_again = message_id
            self.controller.look_at_answer(
                message_id, lambda use: self._ask_if_it_fits(message_id, ask, use), going_on=going_on
            )

    def _ask_if_it_fits(self, message_id: int, ask: Callable[[int], None], use: ContextUse | None) -> None:
        if self._asked_again != message_id:  # another chat was opened meanwhile
            return
        self._asked_again = None
        if use is None or not self.controller.needs_question(use):
            ask(message_id)
            return
        self._note = self._why_asked(use)
        self._pane.notice.tell(
            self._note,
            choices=[
                *self.overflow.ways_out(use, lambda: ask(message_id), message_id),
                NoticeAction(tr("Choose another model"), self._wiring.open_picker),
                NoticeAction(tr("Send anyway"), lambda: ask(message_id)),
            ],
        )

    async def aclose(self) -> None:
        self._held = self._asked_again = None
        self._typing.stop()
        self._soon.stop()
        await self.overflow.aclose()
        await self._speeds.aclose()
        await self.controller.aclose()

    # -- inside

    def _on_opened(self, _conversation_id: int) -> None:
        self._held = self._asked_again = None  # it is the other chat's draft now
        self._hide_note()
        self._soon.start()

    def _show(self) -> None:
        use = self.controller.use
        self._bar.set_use(use, self.controller.lowered())
        if not self.controller.needs_question(use):
            self._hide_note()

    def _show_speeds(self) -> None:
        """What the answer will be like, where that was learned: beside what the request holds."""
        use, popup, chosen = self.controller.use, self._bar.popup, self._wiring.models.chosen()
        if use is not None and popup is not None:
            has_history = any(segment.name == "history" for segment in use.segments)
            lines = self._speeds.lines_for(chosen.provider, chosen.model, use.total, reads_all=not has_history)
            popup.add_lines(lines)

    def _send_held(self) -> None:
        """What waited for the count goes on, unless the person did: what stands there now is not for us to send."""
        held, self._held = self._held, None
        if held is None or held[1] != self._at_hand():
            return
        use, text = self.controller.use, held[0]
        if self.controller.is_settled and use is not None and self.controller.needs_question(use):
            self._tell(use, text)
        else:
            self._session.composing.send_anyway(text)

    def _at_hand(self) -> tuple[str, int | None]:
        """What stands in the field, and the earlier prompt that it is a new version of."""
        return self._composer.text(), self._session.composing.editing

    def _tell(self, use: ContextUse, text: str) -> None:
        self._note = self._why_asked(use)
        choices = [
            *self.overflow.ways_out(use, lambda: self._send_unchanged(text), self._session.composing.editing),
            NoticeAction(tr("Choose another model"), self._wiring.open_picker),
        ]
        history = use.tokens_of("history") + use.tokens_of("summary")
        if (
            history
            and self._session.composing.editing is None
            and use.window is not None
            and use.total - history <= use.window
        ):
            choices.append(
                NoticeAction(tr("New chat"), self._move_to_new_chat, spoken=tr("New chat with this message"))
            )
        choices.append(NoticeAction(tr("Send anyway"), lambda: self._send_anyway(text)))  # may fail: the last resort
        self._pane.notice.tell(self._note, choices=choices)

    def _why_asked(self, use: ContextUse) -> str:
        if use.fits is not False:
            return token_counts.not_loaded_text(use, self._wiring.models.chosen().name)
        return token_counts.too_large_text(use)

    def _lower_window(self, tokens: int) -> None:
        """Asked for as well: a model that is loaded with more would stay so otherwise."""
        self._session.chat.choose_window(tokens)
        self.take_settings()
        self._composer.focus()

    def _hide_note(self) -> None:
        if self._note and self._pane.notice.text() == self._note:
            self._pane.notice.hide()
        self._note = ""

    def _send_anyway(self, told: str) -> None:
        """What stands in the composer by now; `told` where it never stood there."""
        self._session.composing.send_anyway(self._composer.text() or told)
        self._composer.focus()

    def _send_unchanged(self, told: str) -> None:
        """What was held back, unless the person went on writing meanwhile: then it is not for us to send."""
        if self._composer.text() in ("", told):
            self._send_anyway(told)

    def _move_to_new_chat(self) -> None:
        text = self._composer.text()
        before = self._session.chat.state
        self._composer.set_text("")
        self._session.new_chat()
        self._composer.set_text(text)
        self._wiring.attaching.carry(before)
        self._session.composing.save_draft()
        self._composer.focus()
