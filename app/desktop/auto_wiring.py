"""Joins Auto to the composer, the picker and what changes its proposals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, QTimer

from app.desktop.controllers.auto_controller import AutoController
from app.desktop.controllers.chat_state import AUTO
from app.desktop.models.auto_entry import auto_entry

if TYPE_CHECKING:
    from app.desktop.core_wiring import CoreWiring
    from app.desktop.models.model_list_model import PickerEntry

#: A proposal follows when typing has stopped for so long.
TYPING_PAUSE_MS = 300


def tr(text: str) -> str:
    return QCoreApplication.translate("Window", text)


class AutoWiring(QObject):
    """Made with the core's other wiring; it costs nothing until a chat is on Auto."""

    def __init__(self, wiring: CoreWiring) -> None:
        super().__init__(wiring)
        self._wiring = wiring
        self._chat = wiring.session.chat
        self._composer = wiring.window.chat.composer
        self.controller = AutoController(
            *(wiring.engine, wiring.session.chat, wiring.models, wiring.session.on_task_error, self),
            is_seen=lambda: self.is_on or wiring.picker.isVisible(),
        )
        self._typing = QTimer(self, singleShot=True, interval=TYPING_PAUSE_MS)
        self._typing.timeout.connect(self.look)
        self._soon = QTimer(self, singleShot=True, interval=0)  # one answer changes several things at once
        self._soon.timeout.connect(self.look)

    def begin(self) -> None:
        """Connect; a chat that is on Auto gets its first proposal."""
        self._composer.draft_changed.connect(lambda: self._later(self._typing))
        self._composer.text_set.connect(lambda: self._later(self._soon))
        self._wiring.attaching.controller.changed.connect(lambda: self._later(self._soon))
        self._chat.opened.connect(self._on_opened)
        self._chat.answer_finished.connect(lambda _chat, _status: self._read_again())
        self._wiring.compare.controller.listed.connect(self._read_again)
        self._wiring.context.controller.changed.connect(self._on_counted)
        self.controller.changed.connect(self._show)
        self._read_again()

    @property
    def is_on(self) -> bool:
        return self.controller.is_on

    @property
    def finds_nobody(self) -> bool:
        """Whether the open chat is on Auto and no model can take what stands in the composer."""
        proposal = self.controller.proposal
        return self.is_on and proposal is not None and proposal.chosen is None

    def switch_on(self) -> None:
        """A model is proposed for each message of the open chat from now on."""
        self._chat.switch_auto(True)
        self.look()
        self.controller.refresh()
        self._wiring.show_chosen()

    def look(self) -> None:
        """Propose for what stands in the composer now."""
        self._typing.stop()
        self._soon.stop()
        pictures = any(f.stored is not None and f.stored.kind == "image" for f in self._chat.state.files)
        self.controller.look(self._composer.text(), self._wiring.context.controller.use, pictures=pictures)

    def preview(self) -> None:
        """The picker is about to be shown: it tells what Auto would propose."""
        self.look()
        self.controller.refresh()

    def entry(self) -> PickerEntry:
        """Auto's line in the picker."""
        return auto_entry(self.controller.name, self.controller.reason())

    def button_name(self, model: str) -> str:
        """What the model button says: the model that would answer, or that one was proposed."""
        if not self.is_on:
            return model
        name = self.controller.name
        return tr("Auto: {name}").format(name=name) if name else tr("Auto")

    def spoken(self) -> str:
        """For a screen reader, behind the model: that it was proposed, and why."""
        if not self.is_on:
            return ""
        return tr("chosen by Auto: {reason}").format(reason=self.controller.reason())

    def show_reason(self) -> bool:
        """Beside the model button, in the place of the runtime; False where the chat is not on Auto."""
        if not self.is_on:
            self._composer.show_reason("")
            return False
        self._composer.show_reason(
            self.controller.reason() or tr("Looking at the models"),
            "warn" if self.finds_nobody else "text3",
            "\n".join(self.controller.details()),
        )
        return True

    def take_settings(self) -> None:
        """What Auto may do, and what it may cost, can be another."""
        self._read_again()

    async def aclose(self) -> None:
        self._typing.stop()
        self._soon.stop()
        await self.controller.aclose()

    # -- inside

    def _later(self, timer: QTimer) -> None:
        if self.is_on:
            timer.start()

    def _read_again(self) -> None:
        if self.is_on:
            self.controller.refresh()

    def _on_opened(self, _conversation_id: int) -> None:
        if self._chat.state.model == AUTO:  # begun elsewhere, with `--model auto`
            self._chat.switch_auto(True)
            self._chat.state.model = None
        self.controller.forget_chat()
        self._read_again()
        self._later(self._soon)
        self._wiring.show_chosen()

    def _on_counted(self) -> None:
        if self.is_on:
            self.controller.recounted(self._wiring.context.controller.use)

    def _show(self) -> None:
        self._wiring.show_chosen()
        self._wiring.fill_picker()
