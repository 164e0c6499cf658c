"""Tells in the chat when the provider of the open chat goes down or comes back: one quiet notice at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, QTimer

if TYPE_CHECKING:
    from app.desktop.controllers.models_controller import ModelsController
    from app.desktop.views.chat.notice_bar import NoticeBar
    from app.services.llm.catalogue import ProviderState

SUBJECT = "health"
#: Good news goes by itself.
BACK_SHOWN_MS = 10_000
#: The provider is gone, not merely unwilling: what it said last would only repeat that.
_GONE = frozenset({"not_running", "unreachable", "timeout", "interrupted"})


def tr(text: str) -> str:
    return QCoreApplication.translate("HealthNotice", text)


class HealthNotice(QObject):
    """Follows the states of the providers. What was so when the window started, or a chat opened, is told elsewhere."""

    def __init__(self, models: ModelsController, notice: NoticeBar, parent: QObject) -> None:
        super().__init__(parent)
        self._models = models
        self._notice = notice
        #: Of each provider: the address and what the last look at it said.
        self._known: dict[str, tuple[str, str]] = {}
        #: Those that answered in this run, with their address: only they can be back.
        self._met: set[tuple[str, str]] = set()
        self._provider = ""
        self._fading = QTimer(self)
        self._fading.setSingleShot(True)
        self._fading.setInterval(BACK_SHOWN_MS)
        self._fading.timeout.connect(lambda: self._notice.settle(SUBJECT))
        models.servers_changed.connect(self._on_servers_changed)
        models.chosen_changed.connect(self._on_chosen_changed)
        self._on_servers_changed()

    def _on_chosen_changed(self) -> None:
        """What was told about the provider of another chat, or another model, is no news here."""
        provider = self._models.chosen().provider
        if provider != self._provider:
            self._provider = provider
            self._settle()

    def _on_servers_changed(self) -> None:
        self._on_chosen_changed()
        states = self._models.states()
        for instance_id, state in states.items():
            before = self._known.get(instance_id)
            now = self._known[instance_id] = (state.base_url, state.status)
            is_met = (instance_id, state.base_url) in self._met
            if state.status == "up":
                self._met.add((instance_id, state.base_url))
            if instance_id != self._provider or before is None or before == now:
                continue
            if before[0] == now[0] and before[1] != "unknown" and is_met:
                self._tell(state)
            else:
                self._settle()  # another address: what was said of the old one is over; or the first answer of all
        for gone in set(self._known) - set(states):
            del self._known[gone]
            if gone == self._provider:
                self._settle()

    def _tell(self, state: ProviderState) -> None:
        # Another notice asks for something to be done; the message field says that the server is down in any case.
        if self._notice.text() and self._notice.subject != SUBJECT:
            return
        self._fading.stop()
        if state.status == "up":
            self._notice.tell(tr("{server} answers again.").format(server=state.name), token="ok", subject=SUBJECT)
            self._fading.start()
            return
        text = tr("{server} does not answer any more.").format(server=state.name)
        if state.error is not None and state.error_kind not in _GONE:
            text = f"{state.error.message} {state.error.hint}".strip()
        self._notice.tell(text, token="warn", action=tr("Try again"), run=self._look_again, subject=SUBJECT)

    def _look_again(self) -> None:
        """The person does not want to wait for the next look. Where nothing answers still, that is told once more."""
        provider = self._provider

        def tell() -> None:
            state = self._models.states().get(provider)
            if state is not None and state.status != "up" and provider == self._provider:
                self._tell(state)

        self._models.refresh(tell)

    def close(self) -> None:
        """The window goes."""
        self._fading.stop()

    def _settle(self) -> None:
        self._fading.stop()
        self._notice.settle(SUBJECT)
