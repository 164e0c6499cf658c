"""What the windows over named things share: a list of names, what is done with the chosen one, and undo."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSignalBlocker, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.desktop.views.settings.controls import push_button, text_label
from app.desktop.views.undo_bar import UndoBar

if TYPE_CHECKING:
    from app.desktop.theme import Theme

ROW = 44
_KEY, _ABOUT = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1


class _Row(QStyledItemDelegate):
    """The name, and under it one line about it."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(self._theme.px(120), self._theme.px(ROW))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        theme, px = self._theme, self._theme.px
        rect: QRect = getattr(option, "rect")  # noqa: B009 - the stubs do not know it
        state = getattr(option, "state")  # noqa: B009 - as above
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, theme.color("selected"))
        inside = rect.adjusted(px(12), px(4), -px(12), -px(4))
        half = inside.height() // 2
        for text, font, token, box in (
            (index.data(), theme.font("body-medium"), "text", QRect(inside.topLeft(), QSize(inside.width(), half))),
            (index.data(_ABOUT), theme.font("small"), "text2", inside.adjusted(0, half, 0, 0)),
        ):
            painter.setFont(font)
            painter.setPen(theme.color(token))
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, box.width())
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading, shown)
        painter.restore()


class LibraryDialog(QDialog):
    """Not modal, made once and shown again. Subclasses put what the chosen one is beside the list, in `columns`."""

    def __init__(self, theme: Theme, title: str, empty: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        px = theme.px
        self.list = QListWidget(self)
        self.list.setAccessibleName(title)
        self.list.setItemDelegate(_Row(theme, self))
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._empty = text_label(theme, empty, "body", "text2", wrap=True, parent=self)
        self.note = text_label(theme, "", "small", "error", wrap=True, parent=self)
        self.note.hide()
        self.buttons = QHBoxLayout()
        self.buttons.setSpacing(px(8))
        self.buttons.addStretch(1)
        close = self.button(self.tr("Close"))
        close.clicked.connect(self.close)
        left = QVBoxLayout()
        left.addWidget(self._empty)
        left.addWidget(self.list, 1)
        self.columns = QHBoxLayout()
        self.columns.setSpacing(px(20))
        self.columns.addLayout(left, 2)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(px(20), px(20), px(20), px(16))
        self.column.setSpacing(px(12))
        self.column.addLayout(self.columns, 1)
        self.column.addWidget(self.note)
        self.column.addLayout(self.buttons)
        self.undo_bar = UndoBar(theme, self, bottom_margin=px(60))
        self.undo_bar.heir = self.list
        self.undo_bar.take_keys_of(self)

    def button(self, words: str, *, first: bool = False) -> QPushButton:
        """One more button: at the beginning of the row, or at its end."""
        made = push_button(self.theme, words, parent=self)
        made.setAutoDefault(False)
        self.buttons.insertWidget(0 if first else self.buttons.count(), made)
        return made

    def show_rows(self, rows: Sequence[tuple[str, str, str]]) -> None:
        """(key, name, a line about it) in order; the chosen one stays chosen, else the one in its place."""
        chosen, row = self.chosen(), self.list.currentRow()
        with QSignalBlocker(self.list):
            self.list.clear()
            for key, name, about in rows:
                item = QListWidgetItem(name, self.list)
                item.setData(_KEY, key)
                item.setData(_ABOUT, about)
                item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, about)
        keys = [key for key, _name, _about in rows]
        self._empty.setVisible(not rows)
        self.choose(chosen if chosen in keys else keys[min(max(row, 0), len(keys) - 1)] if keys else "")

    def chosen(self) -> str:
        """The key of the chosen row, "" for none."""
        item = self.list.currentItem()
        return str(item.data(_KEY)) if item is not None else ""

    def tell_about(self, key: str, about: str) -> None:
        """Another line about one of the rows."""
        for row in range(self.list.count()):
            if self.list.item(row).data(_KEY) == key:
                self.list.item(row).setData(_ABOUT, about)

    def choose(self, key: str) -> None:
        """Without telling anybody; what follows from it is the caller's."""
        with QSignalBlocker(self.list):
            rows = (row for row in range(self.list.count()) if self.list.item(row).data(_KEY) == key)
            self.list.setCurrentRow(next(rows, -1))

    def say(self, problem: str) -> None:
        """Why something could not be done; "" takes it away."""
        self.note.setText(problem)
        self.note.setVisible(bool(problem))
