"""Joins the Statistics pane to its controller. Nothing of it is loaded before somebody opens it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, Qt
from PySide6.QtWidgets import QFileDialog

if TYPE_CHECKING:
    from app.desktop.controllers.statistics_controller import ModelHistory, StatisticsController
    from app.desktop.core_wiring import CoreWiring
    from app.desktop.views.statistics.pane import StatisticsPane

EXPORT_NAME = "statistics.csv"


def tr(text: str) -> str:
    return QCoreApplication.translate("Window", text)


class StatisticsWiring(QObject):
    """One per window, with its core."""

    def __init__(self, wiring: CoreWiring) -> None:
        super().__init__(wiring)
        self._wiring = wiring
        self._window = wiring.window
        self.controller: StatisticsController | None = None
        self.pane: StatisticsPane | None = None

    def open(self) -> StatisticsPane:
        """Bring the pane to the front, with the figures of now."""
        pane = self.pane or self._build()
        self._window.close_overlay()
        self._window.show_pane(pane)
        self._window.sidebar.set_settings_open(False)
        self._look(pane.days)
        pane.take_focus()
        return pane

    def _build(self) -> StatisticsPane:
        # Here: no start needs them.
        from app.desktop.controllers.statistics_controller import StatisticsController
        from app.desktop.views.statistics.pane import StatisticsPane

        wiring = self._wiring
        controller = self.controller = StatisticsController(wiring.engine, self, on_error=self._on_error)
        pane = self.pane = StatisticsPane(wiring.theme, sidebar_hidden=wiring.panes.sidebar_hidden, parent=self._window)
        pane.close_requested.connect(wiring.panes.leave)
        pane.sidebar_requested.connect(self._window.toggle_sidebar)
        pane.time_chosen.connect(self._look)
        pane.model_chosen.connect(controller.choose)
        pane.export_requested.connect(self._ask_where_to_export)
        controller.found.connect(pane.show_models)
        controller.charted.connect(self._show_history)
        controller.told.connect(lambda words, is_error: pane.tell(words, is_error=is_error))
        return pane

    @property
    def is_reading(self) -> bool:
        """Whether figures are on their way."""
        return self.controller is not None and self.controller.is_reading

    def _look(self, days: int | None) -> None:
        assert self.controller is not None
        self.controller.look(days)

    def _show_history(self, history: ModelHistory) -> None:
        assert self.pane is not None
        self.pane.show_history(history.title, history.facts, history.charts, history.periods)

    def _on_error(self, _name: str, error: BaseException) -> None:
        """A fault of ours: said where the figures are missing."""
        assert self.pane is not None
        text = tr("Unexpected error: {name}. The log has the details.").format(name=type(error).__name__)
        self.pane.tell(text, is_error=True)

    def _ask_where_to_export(self) -> None:
        assert self.controller is not None
        controller = self.controller
        dialog = QFileDialog(self._window, tr("Export statistics"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(tr("Comma-separated values (*.csv)"))
        dialog.setDefaultSuffix("csv")
        dialog.selectFile(str(Path.home() / EXPORT_NAME))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: controller.export(Path(name)))
        dialog.open()

    async def aclose(self) -> None:
        if self.controller is not None:
            await self.controller.aclose()
