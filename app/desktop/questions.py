"""The few questions that block one window: opened, never executed, so that the loop goes on underneath."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget


async def choose_save_file(
    parent: QWidget, title: str, name: str, filters: Sequence[tuple[str, str]] = ()
) -> Path | None:
    """Ask for a file to write; None when the person changed their mind. `name` is only a proposal.

    `filters` are the formats to choose from: words and ending. A name without an ending gets that of the chosen one.
    """
    dialog = QFileDialog(parent, title)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    endings = {f"{words} (*.{ending})": ending for words, ending in filters}
    if endings:
        dialog.setNameFilters(list(endings))
        dialog.setDefaultSuffix(filters[0][1])
        dialog.filterSelected.connect(lambda chosen: dialog.setDefaultSuffix(endings[chosen]))
    dialog.selectFile(Path(name).name)
    files = await _chosen_files(dialog)
    return files[0] if files else None


async def choose_files(parent: QWidget, title: str, filters: Sequence[str] = ()) -> list[Path]:
    """Ask for files to read, several at once; none when the person changed their mind."""
    dialog = QFileDialog(parent, title)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    if filters:
        dialog.setNameFilters(list(filters))
    return await _chosen_files(dialog)


async def _chosen_files(dialog: QFileDialog) -> list[Path]:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    answer: asyncio.Future[list[Path]] = asyncio.get_running_loop().create_future()

    def finished(result: int) -> None:
        if not answer.done():
            answer.set_result([Path(name) for name in dialog.selectedFiles()] if result else [])

    dialog.finished.connect(finished)
    dialog.open()
    return await answer


async def ask(parent: QWidget, title: str, text: str, buttons: tuple[str, ...], *, default: int = 0) -> int:
    """Show a question and return the index of the chosen button; closing it chooses the last one, Enter `default`."""
    box = QMessageBox(parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setWindowModality(Qt.WindowModality.WindowModal)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setText(title)
    box.setInformativeText(text)
    roles = QMessageBox.ButtonRole
    made = [box.addButton(label, roles.AcceptRole if i == 0 else roles.ActionRole) for i, label in enumerate(buttons)]
    box.setDefaultButton(made[default])
    box.setEscapeButton(made[-1])
    answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def finished(_result: int) -> None:
        clicked = box.clickedButton()
        if not answer.done():
            answer.set_result(next((i for i, button in enumerate(made) if button is clicked), len(made) - 1))

    box.finished.connect(finished)
    box.open()
    try:
        return await answer
    except asyncio.CancelledError:
        box.close()
        raise
