"""Joins the pane “Get models” to the hub, the downloads and the programs that fetch for themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, QUrl
from PySide6.QtGui import QDesktopServices

from app.desktop.controllers.fetched_controller import FetchedController
from app.desktop.controllers.hub_controller import HubController
from app.desktop.controllers.program_pulls import ProgramPulls
from app.desktop.questions import ask
from app.desktop.views.get_models.pane import GetModelsPane
from app.services.llm.errors import LLMError
from app.services.tasks import TaskOwner

if TYPE_CHECKING:
    from app.desktop.controllers.downloads_controller import DownloadsController
    from app.desktop.core_wiring import CoreWiring


def tr(text: str) -> str:
    return QCoreApplication.translate("Window", text)


class GetModelsWiring(QObject):
    """Made when somebody first opens the pane."""

    def __init__(self, wiring: CoreWiring, downloads: DownloadsController, parent: QObject) -> None:
        super().__init__(parent)
        self._wiring = wiring
        self._window = wiring.window
        self._downloads = downloads
        tell = wiring.session.on_task_error
        self._tasks = TaskOwner(tell)
        self.hub = HubController(wiring.engine, self, on_error=tell)
        self.pulls = ProgramPulls(wiring.engine, self, on_error=tell)
        self.fetched = FetchedController(wiring.engine, downloads, self, on_error=tell)
        self.pane = GetModelsPane(wiring.theme, sidebar_hidden=wiring.panes.sidebar_hidden, parent=wiring.window)
        self._join_pane()
        self._join_downloads()

    def _join_pane(self) -> None:
        pane, hub, fetched = self.pane, self.hub, self.fetched
        pane.close_requested.connect(self._wiring.panes.leave)
        pane.sidebar_requested.connect(self._window.toggle_sidebar)
        pane.watched.connect(self._wiring.models.watch)
        pane.search.searched.connect(hub.search)
        pane.search.opened.connect(hub.show)
        pane.left_details.connect(hub.forget)
        pane.details.link_activated.connect(self._wiring.open_link)
        pane.details.card.save_code_requested.connect(self._wiring.save_code_as)
        pane.details.fetch_requested.connect(self._fetch)
        hub.busy_changed.connect(pane.show_busy)
        hub.found.connect(pane.show_found)
        hub.shown.connect(pane.show_repository)
        hub.failed.connect(pane.show_trouble)
        self._wiring.models.servers_changed.connect(hub.refresh)
        pane.fetched_opened.connect(fetched.look)
        pane.fetched.updates_requested.connect(fetched.look_for_updates)
        pane.fetched.update_requested.connect(fetched.update)
        pane.fetched.delete_requested.connect(self._ask_to_delete)
        pane.fetched.offer_requested.connect(fetched.offer)
        pane.fetched.folder_requested.connect(lambda path: QDesktopServices.openUrl(QUrl.fromLocalFile(path)))
        fetched.changed.connect(pane.fetched.show_rows)
        fetched.busy_changed.connect(pane.fetched.show_busy)

    def _join_downloads(self) -> None:
        self._downloads.changed.connect(self._show_downloads)
        self._downloads.arrived.connect(lambda _model: self.fetched.look())
        self.pulls.changed.connect(self._show_downloads)
        self.pulls.arrived.connect(self._refresh)
        self.pane.download_acted.connect(self._act)

    def open(self) -> None:
        """Bring the pane to the front; it asks nothing by itself."""
        self._downloads.begin()
        self._window.close_overlay()
        self._window.show_pane(self.pane)
        words = tr("Searches go to {place}, and nothing is asked before you search.").format(place=self.hub.place)
        if not self.pane.results.rowCount():
            self.pane.search.show_words(words)
        self._show_downloads()
        self.pane.search.field.setFocus()

    # -- downloads

    def _show_downloads(self) -> None:
        self.pane.show_downloads([*self._downloads.facts(), *self.pulls.facts()])

    def _act(self, key: str, action: str) -> None:
        mine = any(one.key == key for one in self._downloads.facts())
        (self._downloads if mine else self.pulls).act(key, action)

    def _fetch(self, backend: str, path: str, name: str) -> None:
        if self._wiring.engine.services.manager.provider(backend).capabilities.needs_address:
            product = self._wiring.engine.services.manager.provider(backend).name
            self.pulls.fetch(backend, product, name)
        else:
            self._tasks.start(self._download(path), name="get_models.download")

    async def _download(self, path: str) -> None:
        found = self.hub.item(path)
        if found is None:
            return
        try:
            await self._downloads.add(*found)
        except LLMError as exc:
            self.pane.show_trouble(f"{exc.message} {exc.hint}".strip())

    def _refresh(self, backend: str) -> None:
        services = self._wiring.engine.services
        self._tasks.start(self._wiring.engine.run(services.catalogue.refresh(backend)), name="get_models.refresh")

    # -- deleting

    def _ask_to_delete(self, name: str) -> None:
        self._tasks.start(self._delete(name), name="get_models.delete")

    async def _delete(self, name: str) -> None:
        title = tr("Delete {name}?").format(name=name)
        size = self.fetched.size_of(name)
        text = tr("{size} are free again then. This cannot be undone; it would have to be fetched once more.")
        if await ask(self._window, title, text.format(size=size), (tr("Delete"), tr("Keep")), default=1) == 0:
            self.fetched.delete(name)

    async def aclose(self) -> None:
        await self._tasks.aclose()
        for part in (self.hub, self.pulls, self.fetched):
            await part.aclose()
        self.pane.details.release()
