"""Joins the message field to the saved prompts: a slash offers them, and choosing one puts its text into the field."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent

if TYPE_CHECKING:
    from app.desktop.core_wiring import CoreWiring
    from app.desktop.prompt_gaps import PromptGaps
    from app.desktop.prompt_library import PromptLibrary
    from app.desktop.views.chat.prompt_popup import PromptPopup
    from app.services.conversations.saved_prompts import SavedPrompt

_BEGUN = re.compile(r"/([A-Za-z0-9_-]{0,40})")
MOST = 50


class PromptsWiring(QObject):
    """One per window, with its core."""

    def __init__(self, wiring: CoreWiring) -> None:
        super().__init__(wiring)
        self._wiring = wiring
        self._composer = wiring.window.chat.composer
        self._edit = self._composer.edit
        #: As they were when the slash was typed; None while none stands there.
        self._prompts: list[SavedPrompt] | None = None
        self._is_closed = False
        self._popup: PromptPopup | None = None
        self._gaps: PromptGaps | None = None
        self.library: PromptLibrary | None = None
        self._edit.textChanged.connect(self._look)
        self._edit.installEventFilter(self)

    @property
    def popup(self) -> PromptPopup:
        """Made when it is first needed."""
        if self._popup is None:
            from app.desktop.views.chat.prompt_popup import PromptPopup  # here: no start needs it

            self._popup = PromptPopup(self._wiring.theme, self._wiring.window.chat)
            self._popup.chosen.connect(self._take)
        return self._popup

    def _hide(self) -> None:
        if self._popup is not None:
            self._popup.hide()

    def _look(self) -> None:
        begun = _BEGUN.fullmatch(self._edit.toPlainText()) if self._edit.document().characterCount() < 50 else None
        if self._gaps is not None and self._edit.document().isEmpty():
            self._gaps.forget()  # it was sent, or thrown away
        if begun is None:
            self._prompts, self._is_closed = None, False
            self._hide()
        elif self._prompts is None:
            self._prompts = []
            self._wiring.start_task(self._fetch(), "window.prompts")
        else:
            self._offer()

    async def _fetch(self) -> None:
        from app.services.conversations import saved_prompts  # here: no start needs it

        engine = self._wiring.engine
        found = await engine.run(engine.store.read(saved_prompts.prompts))
        if self._prompts is not None:  # the slash is still there
            self._prompts = found
            self._offer()

    def _offer(self) -> None:
        begun = _BEGUN.fullmatch(self._edit.toPlainText())
        if begun is None or self._is_closed:
            self._hide()
            return
        from app.desktop.models.fuzzy_match import ranked  # here: as above

        fitting = ranked(begun[1], self._prompts or [], lambda one: one.name, MOST)
        self.popup.show_prompts([(one.name, one.text) for one in fitting], self._composer)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut:
            self._hide()
        if not isinstance(event, QKeyEvent):
            return False
        if self._popup is None or not self._popup.isVisible():
            of_gaps = self._gaps is not None and event.type() == QEvent.Type.KeyPress
            return of_gaps and self._gaps is not None and self._gaps.take_key(event)
        if event.type() == QEvent.Type.ShortcutOverride and event.key() == Qt.Key.Key_Escape:
            event.accept()  # else the window's own Esc would come first
            return True
        return event.type() == QEvent.Type.KeyPress and self._take_key(event)

    def _take_key(self, event: QKeyEvent) -> bool:
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
        if plain and event.key() in steps:
            self.popup.step(steps[Qt.Key(event.key())])
        elif plain and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab):
            self._take(self.popup.current())
        elif event.key() == Qt.Key.Key_Escape:
            self._is_closed = True
            self.popup.hide()
        else:
            return False
        return True

    def _take(self, name: str) -> None:
        """What was chosen: a prompt, or the window over all of them."""
        if name:
            self._put_in(name)
            return
        self.popup.hide()
        self._edit.clear()  # the slash was only the way there
        self.manage()

    def manage(self) -> None:
        """The window over all prompts."""
        if self.library is None:
            from app.desktop.prompt_library import PromptLibrary  # here: no start needs it

            self.library = PromptLibrary(self._wiring, self)
        self.library.open()

    def _put_in(self, name: str) -> None:
        """The prompt in place of what stands there; Tab goes through what is to be typed over in it."""
        prompt = next((one for one in self._prompts or [] if one.name == name), None)
        self.popup.hide()
        if prompt is None:
            return
        if self._gaps is None:
            from app.desktop.prompt_gaps import PromptGaps  # here: no start needs it

            self._gaps = PromptGaps(self._edit)
        self._gaps.put_in(prompt.text)
        self._edit.setFocus(Qt.FocusReason.OtherFocusReason)
