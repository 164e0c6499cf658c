"""The few questions that block one window: opened, never executed, so that the loop goes on underneath."""

from __future__ import annotations

import asyncio
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget


async def choose_save_file(parent: QWidget, title: str, name: str) -> Path | None:
    """Ask for a file to write; None when the person changed their mind. `name` is only a proposal."""
    dialog = QFileDialog(parent, title)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.selectFile(Path(name).name)
    answer: asyncio.Future[Path | None] = asyncio.get_running_loop().create_future()

    def finished(result: int) -> None:
        if not answer.done():
            files = dialog.selectedFiles()
            answer.set_result(Path(files[0]) if result and files else None)

    dialog.finished.connect(finished)
    dialog.open()
    return await answer


async def choose_files(parent: QWidget, title: str) -> list[Path]:
    """Ask for files to read, several at once; none when the person changed their mind."""
    dialog = QFileDialog(parent, title)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    answer: asyncio.Future[list[Path]] = asyncio.get_running_loop().create_future()

    def finished(result: int) -> None:
        if not answer.done():
            answer.set_result([Path(name) for name in dialog.selectedFiles()] if result else [])

    dialog.finished.connect(finished)
    dialog.open()
    return await answer


async def ask(parent: QWidget, title: str, text: str, buttons: tuple[str, ...]) -> int:
    """Show a question and return the index of the chosen button; closing it chooses the last one."""
    box = QMessageBox(parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setWindowModality(Qt.WindowModality.WindowModal)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setText(title)
    box.setInformativeText(text)
    roles = QMessageBox.ButtonRole
    made = [box.addButton(label, roles.AcceptRole if i == 0 else roles.ActionRole) for i, label in enumerate(buttons)]
    box.setDefaultButton(made[0])
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
