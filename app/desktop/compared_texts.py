"""The texts of a comparison outside of their columns: word by word against each other, and as a file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from app.desktop.questions import choose_save_file
from app.services.atomic_file import write_atomically
from app.services.conversations.comparison_rows import LETTERS

if TYPE_CHECKING:
    from app.desktop.controllers.compare_controller import CompareController
    from app.desktop.theme import Theme
    from app.desktop.views.ledger.difference_dialog import DifferenceDialog
    from app.services.conversations.kept_comparisons import KeptComparison

EXPORT_NAME = "comparison"


def tr(text: str) -> str:
    return QCoreApplication.translate("Compare", text)


class ComparedTexts:
    """Of what the controller shows; nothing while names are hidden."""

    def __init__(
        self,
        window: QWidget,
        theme: Theme,
        controller: CompareController,
        start: Callable[[Coroutine[Any, Any, None]], None],
        complain: Callable[[str], None],
    ) -> None:
        """`start` runs what takes a while; `complain` says where the person looks what could not be done."""
        self._window = window
        self._theme = theme
        self._controller = controller
        self._start = start
        self._complain = complain

    async def compare(self) -> None:
        """Open the window that shows how two of them differ."""
        from app.desktop.views.ledger.difference_dialog import DifferenceDialog, Version  # here: as the pane

        kept = self._controller.kept
        if kept is None or kept.hidden:
            return
        versions = [Version(n, f"{LETTERS[n]} · {one.name}") for n, one in enumerate(kept.answers)]
        dialog = DifferenceDialog(self._theme, versions, 0, 1, self._window)
        dialog.chosen.connect(lambda first, second: self._start(self._fill(dialog, kept, first, second)))
        await self._fill(dialog, kept, 0, 1)
        dialog.show()

    async def _fill(self, dialog: DifferenceDialog, kept: KeptComparison, first: int, second: int) -> None:
        from app.services.conversations.answer_diff import differences

        pieces = await asyncio.to_thread(differences, kept.answers[first].text, kept.answers[second].text)
        try:
            if dialog.versions() == (first, second):  # others may have been chosen meanwhile
                dialog.show_pieces([(piece.kind, piece.text) for piece in pieces])
        except RuntimeError:  # the window was closed meanwhile
            return

    async def export(self) -> None:
        """Ask for a file and write it, off the window's thread."""
        from app.services.conversations.comparison_export import exported

        kept = self._controller.kept
        if kept is None or kept.hidden:
            return
        formats = ((tr("Markdown"), "md"), (tr("JSON"), "json"))
        path = await choose_save_file(self._window, tr("Export the comparison"), EXPORT_NAME, formats)
        if path is None:
            return
        ending = "json" if path.suffix.lower() == ".json" else "md"
        try:
            data = await asyncio.to_thread(exported, kept, ending)
            await asyncio.to_thread(write_atomically, path, data)
        except OSError as exc:
            text = tr("{path} could not be written: {reason}.").format(path=path, reason=exc.strerror)
            self._complain(text)
