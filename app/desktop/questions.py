"""The few questions that block one window: opened, never executed, so that the loop goes on underneath."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget


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
