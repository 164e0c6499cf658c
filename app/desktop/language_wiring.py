"""Another language while the window is open: it is made anew, at once or when the person says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject

from app.desktop.language import language_of
from app.desktop.models.languages import ENGLISH, LANGUAGES

if TYPE_CHECKING:
    from app.desktop.core_wiring import CoreWiring

SUBJECT = "language"


def tr(text: str) -> str:
    return QCoreApplication.translate("Window", text)


class LanguageWiring(QObject):
    """One per window."""

    def __init__(self, wiring: CoreWiring) -> None:
        super().__init__(wiring)
        self._wiring = wiring
        options, state = wiring.session.options, wiring.window.state_before
        #: Code of the language that the window speaks; in safe mode it reads no other one's words.
        self.shown = ENGLISH if options.safe_mode else language_of(options.language or state.get("language", "system"))

    def follow(self, choice: str) -> None:
        """The language that the settings say. The command line's is for this run, and shown already."""
        session = self._wiring.session
        if session.options.language or session.options.screenshot or session.options.safe_mode:
            return
        self._wiring.window.state_before["language"] = choice
        notice, code = self._wiring.window.chat.notice, language_of(choice)
        if code == self.shown:
            notice.settle(SUBJECT)
        elif session.options.temporary or not self._wiring.engine.store.state.saved:
            text = tr("{language} is used from the next start on: what is in this window is kept nowhere else.")
            notice.tell(text.format(language=LANGUAGES[code]), subject=SUBJECT)
        elif self._is_at_work():
            text = tr("{language} is used from the next start on, or at once; what runs is ended then.")
            notice.tell(
                text.format(language=LANGUAGES[code]), action=tr("Change now"), run=session.open_anew, subject=SUBJECT
            )
        else:
            session.open_anew()

    def _is_at_work(self) -> bool:
        """Whether something would end with the window: an answer, a comparison, a download, the gateway, an edit."""
        wiring = self._wiring
        return bool(
            wiring.session.chat.is_answering
            or wiring.session.composing.editing is not None  # it would go on as a draft, beside no message
            or wiring.compare.controller.is_busy
            or wiring.hub.is_fetching
            or wiring.panes.gateway.controller.is_running
            or (wiring.panes.setup is not None and wiring.panes.setup.is_running)
        )
