"""Joins setting a server up in one click to the first-run page and the chat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.desktop.controllers.setup_controller import SetupController, notice_of

if TYPE_CHECKING:
    from app.desktop.core_wiring import CoreWiring
    from app.desktop.models.first_run_rows import FirstRunState
    from app.desktop.models.setup_rows import SetupFacts
    from app.desktop.views.first_run.page import FirstRunPage
    from app.services.local_setup import Ready


class SetupWiring(QObject):
    """Made with the first-run page."""

    def __init__(self, wiring: CoreWiring, page: FirstRunPage) -> None:
        super().__init__(wiring)
        self._wiring = wiring
        self.controller = SetupController(wiring.engine, self, on_error=wiring.session.on_task_error)
        self.controller.changed.connect(page.show_setup)
        self.controller.changed.connect(self._on_changed)
        self.controller.ready.connect(self._on_ready)
        page.setup.acted.connect(self.controller.act)

    def follow(self, state: FirstRunState) -> None:
        """Offer what the page found installed."""
        self.controller.offer(*state.installed)

    @property
    def is_running(self) -> bool:
        return self.controller.is_running

    def _on_changed(self, facts: SetupFacts) -> None:
        if not facts.busy:  # the page waited for it
            self._wiring.panes.consider_first_run()

    def _on_ready(self, ready: Ready) -> None:
        """It answers: the chat begins with its model, and says where it came from."""
        name = dict(self._wiring.panes.local_models.runtimes())[ready.backend]
        self._wiring.session.chat.choose_model(ready.backend, ready.model)
        self._wiring.window.chat.notice.tell(notice_of(ready, name), token="text2", passing=True)

    async def aclose(self) -> None:
        await self.controller.aclose()
