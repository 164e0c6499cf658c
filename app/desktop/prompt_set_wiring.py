"""Joins the page over a set of prompts to its controller, inside the Compare pane."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QObject

from app.desktop.controllers.prompt_set_controller import PromptSetController
from app.desktop.models.prompt_set_facts import chart_of
from app.desktop.questions import choose_files, choose_save_file
from app.desktop.views.compare.prompt_set_page import PromptSetPage

if TYPE_CHECKING:
    from app.desktop.controllers.compare_controller import ChosenContender
    from app.desktop.core_wiring import CoreWiring
    from app.desktop.views.compare.pane import ComparePane

EXPORT_NAME = "prompt set"


def tr(text: str) -> str:
    return QCoreApplication.translate("Compare", text)


class PromptSetWiring(QObject):
    """Made when somebody first asks for a file of prompts."""

    def __init__(
        self,
        wiring: CoreWiring,
        pane: ComparePane,
        start: Callable[[Coroutine[Any, Any, None]], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._window = wiring.window
        self._pane = pane
        self._start = start
        self.controller = PromptSetController(wiring.engine, wiring.session.on_task_error, self)
        self.page = PromptSetPage(wiring.theme, pane)
        self.page.stop_requested.connect(self.controller.stop)
        self.page.export_requested.connect(lambda: start(self._export()))
        self.controller.begun.connect(self._show)
        self.controller.changed.connect(self._show)
        self.controller.begun.connect(lambda: self.page.tell(""))
        self.controller.broke.connect(
            lambda: self.page.tell(tr("It ended with an unexpected error; the log has the details. What came counts."))
        )
        self.controller.failed.connect(lambda message, hint: pane.tell(f"{message} {hint}".strip(), is_error=True))

    async def ask(self, contenders: Sequence[ChosenContender], *, together: bool | None) -> None:
        """Choose a file, and ask these models all of it."""
        kinds = (tr("JSON Lines (*.jsonl *.json)"), tr("All files (*)"))
        files = await choose_files(self._window, tr("Prompts to ask"), kinds)
        if files:
            self.begin(files[0], contenders, together=together)

    def begin(self, file: Path, contenders: Sequence[ChosenContender], *, together: bool | None) -> None:
        names = [(one.provider, one.model) for one in contenders]
        self.controller.start(file, names, [one.name for one in contenders], together=together)

    def _show(self) -> None:
        controller, page = self.controller, self.page
        progress = controller.progress
        if progress is None:
            return
        page.show_progress(progress, ", ".join(controller.names))
        names = controller.names if controller.summaries else []
        page.model.set_rows(names, controller.summaries)
        page.show_chart(names, chart_of(controller.summaries))
        self._pane.show_set(page, over=not progress.runs)

    async def _export(self) -> None:
        path = await choose_save_file(self._window, tr("Export the answers"), EXPORT_NAME, ((tr("JSON"), "json"),))
        if path is None:
            return
        try:
            await self.controller.export(path)
        except OSError as exc:
            reason = exc.strerror or str(exc)
            self.page.tell(tr("{path} could not be written: {reason}.").format(path=path, reason=reason))
