"""Joins what fetches models to the window: the first-run page's card, the pane “Get models”, what arrives."""

from __future__ import annotations

import asyncio
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject

from app.desktop.models.model_list_model import size_text
from app.services.llm.models import ProviderType
from app.services.tasks import TaskOwner

if TYPE_CHECKING:
    from app.desktop.controllers.downloads_controller import DownloadsController
    from app.desktop.controllers.first_model_controller import FirstModelController
    from app.desktop.core_wiring import CoreWiring
    from app.desktop.get_models_wiring import GetModelsWiring
    from app.desktop.models.download_facts import DownloadFacts
    from app.desktop.views.first_run.page import FirstRunPage
    from app.services.hub.library import FetchedModel

#: Of the notices about downloads: a newer one takes the place of an older one.
DOWNLOADS = "downloads"


def tr(text: str) -> str:
    return QCoreApplication.translate("Window", text)


class HubWiring(QObject):
    """One per window, with its core."""

    def __init__(self, wiring: CoreWiring) -> None:
        super().__init__(wiring)
        self._wiring = wiring
        self._tasks = TaskOwner(wiring.session.on_task_error)
        self.get_models: GetModelsWiring | None = None

    @cached_property
    def downloads(self) -> DownloadsController:
        """The queue of downloads. Made when somebody first has one, or could: a start needs none of the hub."""
        from app.desktop.controllers.downloads_controller import DownloadsController  # here: as said

        made = DownloadsController(self._wiring.engine, self, on_error=self._wiring.session.on_task_error)
        made.arrived.connect(self._on_arrived)
        made.stopped.connect(self._on_stopped)
        made.left_over.connect(self._on_left_over)
        return made

    @cached_property
    def first_model(self) -> FirstModelController:
        """What is offered to somebody without any model."""
        from app.desktop.controllers.first_model_controller import FirstModelController  # here: as above

        tell = self._wiring.session.on_task_error
        return FirstModelController(self._wiring.engine, self.downloads, self, on_error=tell)

    @property
    def is_fetching(self) -> bool:
        """Whether something is on its way."""
        return "downloads" in vars(self) and self.downloads.running > 0

    def join_first_run(self, page: FirstRunPage) -> None:
        """The card from which somebody without any model gets one."""
        controller, card = self.first_model, page.first_model
        page.watched.connect(controller.watch)
        card.look_requested.connect(controller.look_up)
        card.fetch_requested.connect(controller.fetch)
        card.download_acted.connect(self.downloads.act)
        controller.changed.connect(page.show_first_model)
        card.more_requested.connect(self.open_get_models)
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

    def begin(self) -> None:
        """Behind the start: tell of downloads that an earlier run did not finish."""
        self._tasks.start(self._look_for_left_over(), name="hub.left_over")

    async def _look_for_left_over(self) -> None:
        if await asyncio.to_thread(_has_left_over, self._wiring.engine.paths.models_folder):
            await self.downloads.tell_left_over()

    @property
    def _is_seen(self) -> bool:
        """Whether the downloads are on the screen, so that nobody has to be told of them elsewhere."""
        pane = self.get_models.pane if self.get_models is not None else None
        page = self._wiring.panes.first_run_page
        return any(one is not None and one.isVisible() for one in (pane, page))

    # -- what becomes of downloads

    def _on_left_over(self, count: int) -> None:
        if self._is_seen:
            return
        one = tr("A download of a model is not finished.")
        self._wiring.window.chat.notice.tell(
            one if count == 1 else tr("{n} downloads of models are not finished.").format(n=count),
            action=tr("Resume"),
            run=self._resume,
            subject=DOWNLOADS,
        )

    def _resume(self) -> None:
        self._wiring.window.chat.notice.settle(DOWNLOADS)
        self.downloads.resume_all()
        self.open_get_models()

    def _on_stopped(self, facts: DownloadFacts) -> None:
        if not self._is_seen:
            text = tr("The download of {name} stopped. {problem}").format(name=facts.name, problem=facts.problem)
            self._wiring.window.chat.notice.tell(
                text, token="error", action=tr("Show"), run=self.open_get_models, subject=DOWNLOADS
            )

    def _on_arrived(self, model: FetchedModel) -> None:
        self._tasks.start(self._take_in(model), name="hub.arrived")

    async def _take_in(self, model: FetchedModel) -> None:
        """Have the engine list it; where there was nothing to talk to, it is chosen, and the chat begins."""
        waited_for = not self._wiring.models.chosen().model
        await self._wiring.engine.run(self._wiring.engine.services.catalogue.refresh(ProviderType.EMBEDDED))
        text = tr("{name} is here, {size}.").format(name=model.path.stem, size=size_text(model.size_bytes))
        if all(file.sha256 for file in model.manifest.files):
            text += " " + tr("Its SHA-256 is the one that the hub names.")
        notice = self._wiring.window.chat.notice
        if waited_for:
            self._wiring.session.chat.choose_model(ProviderType.EMBEDDED, model.name)
            self._wiring.panes.consider_first_run()
            notice.tell(text, token="text2")
        elif not self._is_seen:
            notice.tell(text, token="text2", action=tr("Use it"), run=lambda: self._use(model), subject=DOWNLOADS)

    def _use(self, model: FetchedModel) -> None:
        self._wiring.window.chat.notice.settle(DOWNLOADS)
        self._wiring.session.chat.choose_model(ProviderType.EMBEDDED, model.name)

    async def aclose(self) -> None:
        await self._tasks.aclose()
        if self.get_models is not None:
            await self.get_models.aclose()
        made = vars(self)  # what was never wanted is not made to be closed
        for part in (made.get("first_model"), made.get("downloads")):
            if part is not None:
                await part.aclose()


def _has_left_over(models_folder: Path) -> bool:
    """Whether something lies where downloads arrive; False where nothing ever did, or it cannot be read."""
    if not models_folder.is_dir():
        return False
    from app.services.hub.library import INCOMING  # here: most starts have no use for it

    try:
        return any((models_folder / INCOMING).iterdir())
    except OSError:
        return False
