"""Reads for Settings, About, whose work the program is made of."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import QCoreApplication, QObject

from app.desktop.models.library_table_model import LibraryRow, LibraryTableModel
from app.services import licences
from app.services.tasks import OnError, TaskOwner


def tr(text: str) -> str:
    return QCoreApplication.translate("Libraries", text)


class LicencesController(QObject):
    """Fills `model` when it is first asked to."""

    def __init__(self, parent: QObject | None = None, *, on_error: OnError | None = None) -> None:
        super().__init__(parent)
        self._tasks = TaskOwner(on_error)
        self._reading = False
        self.model = LibraryTableModel(self)

    def read(self) -> None:
        """Once a run: what is installed does not change under a program that runs."""
        if not self._reading:
            self._reading = True
            self._tasks.start(self._read(), name="licences.read")

    async def _read(self) -> None:
        found = await asyncio.to_thread(licences.libraries)  # a hundred small files
        self.model.set_rows([*_own_parts(), *((one.name, one.version, one.licence) for one in found)])

    async def aclose(self) -> None:
        await self._tasks.aclose()


def _own_parts() -> list[LibraryRow]:
    """What lies in `resources`. The font's version is that of its files."""
    return [
        (tr("JetBrains Mono (font)"), "2.242", "OFL-1.1"),
        (tr("Icons"), "", tr("MIT, part of this program")),
    ]
