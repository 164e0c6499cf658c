"""All presets: renamed, deleted, and one made of the open chat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from app.desktop.views.conversations.name_bar import NameBar
from app.desktop.views.library.library_dialog import LibraryDialog

if TYPE_CHECKING:
    from app.desktop.theme import Theme


class PresetsDialog(LibraryDialog):
    """F2 renames, Delete deletes.

    Signals:
        rename_requested(uid, name), delete_requested(uid).
        save_requested(): of what the open chat chose.
    """

    rename_requested = Signal(str, str)
    delete_requested = Signal(str)
    save_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        empty = QCoreApplication.translate(
            "PresetsDialog", "No presets yet. Choose values in a chat's settings, then save them as a preset."
        )
        super().__init__(theme, QCoreApplication.translate("PresetsDialog", "Presets"), empty, parent)
        self.resize(theme.px(520), theme.px(440))
        self.name_bar = NameBar(theme, self, inset=0)
        self.column.insertWidget(1, self.name_bar)
        self._delete = self.button(self.tr("Delete"), first=True)
        self._rename = self.button(self.tr("Rename"), first=True)
        self._save = self.button(self.tr("Save the open chat's settings…"), first=True)
        self._rename.clicked.connect(self._ask_for_name)
        self._delete.clicked.connect(lambda: self.delete_requested.emit(self.chosen()))
        self._save.clicked.connect(self.save_requested)
        self.name_bar.left.connect(self.list.setFocus)
        self.list.itemActivated.connect(lambda _item: self._ask_for_name())
        self.list.installEventFilter(self)

    def show_presets(self, rows: Sequence[tuple[str, str, str]]) -> None:
        """(uid, name, what it sets) in order."""
        self.show_rows(rows)
        for button in (self._rename, self._delete):
            button.setEnabled(bool(rows))
        self.say("")

    def _ask_for_name(self) -> None:
        uid, item = self.chosen(), self.list.currentItem()
        if item is not None:
            question = self.tr("New name of “{name}”").format(name=item.text())
            self.name_bar.ask(question, item.text(), lambda typed: self.rename_requested.emit(uid, typed))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent) or event.key() not in (Qt.Key.Key_F2, Qt.Key.Key_Delete):
            return super().eventFilter(watched, event)
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()  # else the window behind would rename its chat
            return True
        if event.type() == QEvent.Type.KeyPress and self.chosen():
            if event.key() == Qt.Key.Key_F2:
                self._ask_for_name()
            else:
                self.delete_requested.emit(self.chosen())
        return True
