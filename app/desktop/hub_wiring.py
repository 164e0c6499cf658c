"""Joins what fetches models to the window: the first-run page's card, the pane “Get models”, what arrives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject

from app.desktop.controllers.downloads_controller import DownloadsController
from app.desktop.controllers.first_model_controller import BACKEND, FirstModelController
from app.desktop.models.model_list_model import size_text
from app.services.tasks import TaskOwner

if TYPE_CHECKING:
    from app.desktop.core_wiring import CoreWiring
    from app.desktop.get_models_wiring import GetModelsWiring
    from app.desktop.views.first_run.page import FirstRunPage
    from app.services.hub.library import FetchedModel


def tr(text: str) -> str:
    return QCoreApplication.translate("Window", text)


class HubWiring(QObject):
    """One per window, with its core."""

    def __init__(self, wiring: CoreWiring) -> None:
        super().__init__(wiring)
        self._wiring = wiring
        tell = wiring.session.on_task_error
        self._tasks = TaskOwner(tell)
        self.downloads = DownloadsController(wiring.engine, self, on_error=tell)
        self.first_model = FirstModelController(wiring.engine, self.downloads, self, on_error=tell)
        self.downloads.arrived.connect(self._on_arrived)
        self.get_models: GetModelsWiring | None = None

    def join_first_run(self, page: FirstRunPage) -> None:
        """The card from which somebody without any model gets one."""
        controller, card = self.first_model, page.first_model
        page.watched.connect(controller.watch)
        card.look_requested.connect(controller.look_up)
        card.fetch_requested.connect(controller.fetch)
        card.download_acted.connect(self.downloads.act)
        controller.changed.connect(page.show_first_model)
        self._wiring.models.servers_changed.connect(controller.tell)

    def open_get_models(self) -> None:
        """The pane in which models are found and fetched."""
        if self.get_models is None:
            from app.desktop.get_models_wiring import GetModelsWiring  # here: no start needs it

            self.get_models = GetModelsWiring(self._wiring, self.downloads, self)
        self.get_models.open()

    def go_back(self) -> bool:
        """Esc in that pane: from a repository to the results. False where there is nothing to go back to."""
        if self.get_models is None or self._wiring.window.panes.currentWidget() is not self.get_models.pane:
            return False
        return self.get_models.pane.go_back()

    def _on_arrived(self, model: FetchedModel) -> None:
        self._tasks.start(self._take_in(model), name="hub.arrived")

    async def _take_in(self, model: FetchedModel) -> None:
        """Have the engine list it; where there was nothing to talk to, it is chosen, and the chat begins."""
        services = self._wiring.engine.services
        waited_for = not self._wiring.models.chosen().model
        await self._wiring.engine.run(services.catalogue.refresh(BACKEND))
        if not waited_for:
            return
        self._wiring.session.chat.choose_model(BACKEND, model.name)
        self._wiring.panes.consider_first_run()
        has_sums = all(file.sha256 for file in model.manifest.files)
        text = tr("{name} is here, {size}.").format(name=model.path.stem, size=size_text(model.size_bytes))
        if has_sums:
            text += " " + tr("Its SHA-256 is the one that the hub names.")
        self._wiring.window.chat.notice.tell(text, token="text2")

    async def aclose(self) -> None:
        await self._tasks.aclose()
        if self.get_models is not None:
            await self.get_models.aclose()
        await self.first_model.aclose()
        await self.downloads.aclose()
