"""What the pane “Get models” shows, ready to paint: results, one repository with its files, what was fetched."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject, Qt

from app.desktop.models.row_table_model import Index, RowTableModel
from app.lean_dataclass import dataclass


def tr(text: str) -> str:
    return QCoreApplication.translate("Hub", text)


class Role(IntEnum):
    ROW = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True, slots=True)
class SearchWish:
    """What somebody looks for; None and False set no condition."""

    text: str
    most_billion: float | None = None
    quantization: str | None = None
    licence: str | None = None
    least_context: int | None = None
    coder: bool = False
    vision: bool = False
    tools: bool = False


@dataclass(frozen=True, slots=True)
class ResultRow:
    """A repository that was found. `note`: its abilities, and the conditions that it does not tell about."""

    repository: str
    parameters: str = ""
    context: str = ""
    licence: str = ""
    downloads: str = ""
    note: str = ""

    def texts(self) -> tuple[str, ...]:
        return (self.repository, self.parameters, self.context, self.licence, self.downloads, self.note)


@dataclass(frozen=True, slots=True)
class WayFacts:
    """A program that can take a file. `label`: of its button. `reason`: why it cannot, "" where it can."""

    backend: str
    product: str
    name: str
    label: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FileRow:
    """What is fetched as one. `verdict`: fits, tight, too_large, unknown, or "" for what is no model by itself."""

    path: str
    quantization: str
    size: str
    verdict: str
    fit: str
    memory: str
    largest_window: str
    file: str
    ways: tuple[WayFacts, ...] = ()
    speed: str = ""
    """Expected here; "" where nothing that ran here tells."""

    def texts(self) -> tuple[str, ...]:
        return (self.quantization, self.size, self.fit, self.speed, self.memory, self.largest_window, self.file)


@dataclass(frozen=True, slots=True)
class RepositoryFacts:
    """One repository. `chosen`: the row that is usually taken; -1 where none is."""

    name: str
    facts: str
    files: tuple[FileRow, ...]
    chosen: int = -1
    notes: tuple[str, ...] = ()
    """What has to be known before anything is fetched."""
    card: str = ""
    """What its maker says of it, Markdown from outside."""


@dataclass(frozen=True, slots=True)
class FetchedRow:
    """A model in our folder. `newer`: the hub's other revision, "" where none is known."""

    name: str
    facts: str
    size: str
    newer: str = ""
    problem: str = ""
    folder: str = ""
    can_offer: bool = False
    """Whether LM Studio is here to take it, too."""


class ResultColumn(IntEnum):
    """Columns in the order they stand."""

    REPOSITORY = 0
    PARAMETERS = 1
    CONTEXT = 2
    LICENCE = 3
    DOWNLOADS = 4
    NOTE = 5


class FileColumn(IntEnum):
    """Columns in the order they stand."""

    QUANT = 0
    SIZE = 1
    FIT = 2
    SPEED = 3
    MEMORY = 4
    WINDOW = 5
    FILE = 6


class _TextRows(RowTableModel):
    """Rows that say their own texts."""

    _shown: tuple[Any, ...] = ()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shown = ()

    def set_rows(self, rows: Sequence[Any]) -> None:
        self.beginResetModel()
        self._shown = tuple(rows)
        self.endResetModel()

    def row_at(self, row: int) -> Any:
        """The plain row, None where there is none."""
        return self._shown[row] if 0 <= row < len(self._shown) else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.row_at(index.row()) if index.isValid() else None
        if row is None:
            return None
        if role == Role.ROW:
            return row
        if role == Qt.ItemDataRole.AccessibleTextRole and index.column() == 0:
            return self._spoken(row)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return row.texts()[index.column()]
        return None

    def _spoken(self, row: Any) -> str:
        pairs = zip(self.heads()[1:], row.texts()[1:], strict=True)
        return ", ".join([row.texts()[0], *(f"{head} {text}".strip() for head, text in pairs if text)])


class ResultTableModel(_TextRows):
    """Repositories in the hub's order."""

    columns = ResultColumn

    def heads(self) -> tuple[str, ...]:
        return (tr("Repository"), tr("Parameters"), tr("Context"), tr("Licence"), tr("Downloads"), tr("Known for"))


class FileTableModel(_TextRows):
    """The files of one repository."""

    columns = FileColumn

    def heads(self) -> tuple[str, ...]:
        return (
            tr("Quant"),
            tr("Size"),
            tr("On this computer"),
            tr("Speed"),
            tr("Memory"),
            tr("Largest window"),
            tr("File"),
        )
