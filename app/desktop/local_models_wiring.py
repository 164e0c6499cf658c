"""Joins the Local Models page to its controllers. Made when the page is first opened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QObject, QUrl
from PySide6.QtGui import QDesktopServices

from app.desktop.controllers.load_form_controller import LoadFormController
from app.desktop.controllers.loaded_models_controller import LoadedModelsController
from app.desktop.controllers.resources_controller import ResourcesController
from app.desktop.questions import ask
from app.desktop.views.settings.local_models_page import LocalModelsPage
from app.services.runtimes.load_values import load_options

if TYPE_CHECKING:
    from app.desktop.controllers.local_models_controller import LocalModelsController
    from app.desktop.core_wiring import CoreWiring
    from app.desktop.models.load_facts import LoadFormFacts
    from app.desktop.models.model_table_model import TableRow
    from app.services.tasks import OnError


def tr(text: str) -> str:
    return QCoreApplication.translate("LocalModels", text)


class LocalModelsWiring(QObject):
    """Owns the page's controllers."""

    def __init__(
        self, wiring: CoreWiring, local: LocalModelsController, on_error: OnError, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        engine = wiring.engine
        self._wiring = wiring
        self._local = local
        self.loaded = LoadedModelsController(engine, local, self, on_error=on_error)
        self.form = LoadFormController(engine, self, on_error=on_error)
        self.resources = ResourcesController(engine, local, self, on_error=on_error)
        #: (provider, model) of the form that is to be shown.
        self._asked: tuple[str, str] | None = None
        self.page = self._make_page()

    def _make_page(self) -> LocalModelsPage:
        local, loaded = self._local, self.loaded
        page = LocalModelsPage(
            self._wiring.theme,
            local.runtimes(),
            local.table,
            with_window=local.with_context_option(),
            engines=local.engines(),
        )
        page.test_requested.connect(local.test)
        page.start_requested.connect(local.start)
        page.stop_requested.connect(local.stop)
        page.refresh_requested.connect(local.refresh_models)
        page.refresh_requested.connect(loaded.look)
        page.get_models_requested.connect(self._wiring.hub.open_get_models)
        page.watched.connect(local.watch)
        page.watched.connect(self._wiring.models.watch)
        page.watched.connect(loaded.watched.watch)
        local.facts_changed.connect(page.show_facts)
        local.engine_changed.connect(page.show_engine)
        local.checked.connect(page.show_result)
        local.trouble.connect(page.show_trouble)
        page.load_requested.connect(self._on_load)
        page.unload_requested.connect(lambda row: loaded.unload(*row.key))
        page.cancel_requested.connect(lambda row: loaded.cancel(*row.key))
        page.keep_requested.connect(self._on_keep)
        page.folder_requested.connect(self._show_folder)
        page.delete_requested.connect(self._ask_to_delete)
        page.unload_all_requested.connect(loaded.unload_all)
        loaded.told.connect(page.tell)
        loaded.undoable.connect(page.undo_bar.offer)
        loaded.loaded_changed.connect(page.show_loaded)
        page.graphs.watched.connect(self.resources.watch)
        self.resources.sampled.connect(page.graphs.show_graphs)
        self.form.ready.connect(self._show_form)
        self.form.presets_changed.connect(self._wiring.chat_settings.take_settings)
        return page

    def _on_keep(self, row: TableRow, seconds: float) -> None:
        self.loaded.keep(row.instance_id, row.model, seconds)

    # -- files

    def _show_folder(self, row: TableRow) -> None:
        folder = self.loaded.folder_of(row.instance_id)
        if folder is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def _ask_to_delete(self, row: TableRow) -> None:
        self._wiring.start_task(self._delete(row), "local_models.delete")

    async def _delete(self, row: TableRow) -> None:
        title = tr("Delete {name}?").format(name=row.name)
        text = tr("{runtime} deletes it at once. This cannot be undone; it would have to be fetched once more.")
        text = text.format(runtime=row.runtime)
        if await ask(self._wiring.window, title, text, (tr("Delete"), tr("Keep")), default=1) == 0:
            self.loaded.delete(*row.key)

    # -- the form

    def _on_load(self, row: TableRow) -> None:
        self.loaded.forget_notes()
        self._asked = row.key
        self.form.ask(*row.key)

    def _show_form(self, facts: LoadFormFacts) -> None:
        wanted, self._asked = self._asked, None
        if wanted != facts.key or not self.page.isVisible():  # the person went on meanwhile, or asked twice
            return
        form = self.page.open_load_form(facts)
        if form is None:
            return
        controller, key = self.form, facts.key
        form.fit_wanted.connect(lambda context: controller.judge(*key, context))
        form.save_requested.connect(lambda name, values: controller.save(name, values, *key))
        form.keep_requested.connect(lambda seconds: self.loaded.keep(*key, seconds))
        form.load_requested.connect(lambda values, uid: self._load(facts, values, uid))
        controller.judged.connect(form.show_fit)
        controller.saved.connect(form.show_saved)
        controller.refused.connect(form.show_error)

    def _load(self, facts: LoadFormFacts, values: Mapping[str, Any], uid: str) -> None:
        if uid:
            self.form.use_for_chats(uid, *facts.key)
        self.loaded.load(*facts.key, load_options(values), anew=facts.loaded)

    async def aclose(self) -> None:
        for part in (self.form, self.resources, self.loaded):
            await part.aclose()
