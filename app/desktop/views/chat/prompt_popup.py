"""The saved prompts over the message field, while a slash and the beginning of a name stand in it.

It never takes the focus: typing goes on in the field, and the field hands the keys of the list on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QPoint, QRect, QRectF, QSize, QStringListModel, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QFrame, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QVBoxLayout, QWidget

from app.desktop.mirror import Mirror

if TYPE_CHECKING:
    from PySide6.QtCore import QModelIndex, QPersistentModelIndex

    from app.desktop.theme import Theme

ROW = 32
MOST_ROWS = 8
WIDTH = 560
NAME_WIDTH = 132


def tr(text: str) -> str:
    return QCoreApplication.translate("Prompts", text)


class _Row(QStyledItemDelegate):
    """The name, and behind it how the prompt begins."""

    def __init__(self, theme: Theme, texts: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.texts = texts

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(self._theme.px(200), self._theme.px(ROW))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        theme, px = self._theme, self._theme.px
        rect: QRect = getattr(option, "rect")  # noqa: B009 - the stubs do not know it
        state = getattr(option, "state")  # noqa: B009 - as above
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, theme.color("selected"))
        mirror = Mirror(QRectF(rect), getattr(option, "direction"))  # noqa: B009 - as above
        for text, font, token, box in (
            (index.data(), theme.font("body-medium"), "text", rect.adjusted(px(12), 0, 0, 0)),
            (self.texts[index.row()], theme.font("body"), "text2", rect.adjusted(px(12 + NAME_WIDTH), 0, -px(12), 0)),
        ):
            painter.setFont(font)
            painter.setPen(theme.color(token))
            has_text = bool(self.texts[index.row()])
            room = px(NAME_WIDTH - 8) if token == "text" and has_text else box.width()
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room)
            mirror.text(painter, QRectF(box), shown)
        painter.restore()


class PromptPopup(QFrame):
    """Signals:
    chosen(name): of the prompt that is to be put into the field; "" for the last line, which leads to all of them.
    """

    chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._over = parent
        self.setObjectName("promptPopup")
        self.setProperty("card", True)
        self.setProperty("surface", "raised")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._names = QStringListModel(self)
        self.list = QListView(self)
        self.list.setAccessibleName(tr("Prompts"))
        self.list.setModel(self._names)
        self._rows = _Row(theme, (), self)
        self.list.setItemDelegate(self._rows)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.list.clicked.connect(lambda index: self.chosen.emit(self._name(index)))
        column = QVBoxLayout(self)
        column.setContentsMargins(1, theme.px(4), 1, theme.px(4))
        column.addWidget(self.list)
        self.hide()

    def show_prompts(self, prompts: Sequence[tuple[str, str]], anchor: QWidget) -> None:
        """Names with the beginnings of their texts, above `anchor`; nothing to show hides it."""
        if not prompts:
            self.hide()
            return
        self._rows.texts = [*(" ".join(text.split()) for _name, text in prompts), ""]
        self._names.setStringList([*(f"/{name}" for name, _text in prompts), tr("Manage prompts…")])
        self.list.setCurrentIndex(self._names.index(0, 0))
        px = self._theme.px
        height = min(len(prompts) + 1, MOST_ROWS) * px(ROW) + 2 * px(4) + 2
        corner = anchor.mapTo(self._over, QPoint(0, 0))
        self.setGeometry(corner.x(), corner.y() - height - px(4), min(px(WIDTH), anchor.width()), height)
        self.show()
        self.raise_()

    def step(self, by: int) -> None:
        """Choose another row; from the last one on to the first."""
        row = (self.list.currentIndex().row() + by) % max(1, self._names.rowCount())
        self.list.setCurrentIndex(self._names.index(row, 0))

    def current(self) -> str:
        """The name that Enter takes; "" at the last line."""
        return self._name(self.list.currentIndex())

    def _name(self, index: QModelIndex) -> str:
        is_prompt = 0 <= index.row() < self._names.rowCount() - 1
        return str(index.data()).removeprefix("/") if is_prompt else ""
