"""The files beside the prompt that is being written: one chip each, above the text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QEnterEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from app.desktop.models.plain_tooltip import plain_tooltip
from app.desktop.views.wrap_row import WrapRow

if TYPE_CHECKING:
    from app.desktop.models.draft_files import ChipLook
    from app.desktop.theme import Theme

WIDEST_NAME, WIDEST = 240, 560


def tr(text: str) -> str:
    return QCoreApplication.translate("Attachments", text)


class AttachmentChip(QWidget):
    """Painted: icon, name, what is known of it. Del takes it off, the Menu key opens its choices.

    Signals:
        remove_requested(int), text_requested(int): its key.
    """

    remove_requested = Signal(int)
    text_requested = Signal(int)

    def __init__(self, theme: Theme, look: ChipLook, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.look = look
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.remove_button = QToolButton(self)
        self.remove_button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.remove_button.setIcon(theme.icon("close"))
        self.remove_button.clicked.connect(lambda: self.remove_requested.emit(self.look.key))
        self.set_look(look)

    def set_look(self, look: ChipLook) -> None:
        self.look = look
        self.setAccessibleName(f"{look.name}, {look.spoken}")
        self.setToolTip(plain_tooltip(look.tip or look.name))
        remove = tr("Remove {name}").format(name=look.name)
        self.remove_button.setAccessibleName(remove)
        self.remove_button.setToolTip(tr("Remove (Del)"))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        px, metrics = self._theme.px, self.fontMetrics()
        name = min(metrics.horizontalAdvance(self.look.name), px(WIDEST_NAME))
        wide = px(28) + name + px(8) + metrics.horizontalAdvance(self.look.detail) + px(8) + px(24)
        return QSize(min(wide, px(WIDEST)), px(26))

    def resizeEvent(self, _event: object) -> None:
        side = self._theme.px(24)
        self.remove_button.setGeometry(QRect(self.width() - side - 1, (self.height() - side) // 2, side, side))

    def restyle(self) -> None:
        self.setFont(self._theme.font("small"))
        self.remove_button.setIcon(self._theme.icon("close"))
        self.updateGeometry()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.remove_requested.emit(self.look.key)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space, Qt.Key.Key_Menu):
            self.open_menu(self.mapToGlobal(QPoint(0, self.height())))
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.open_menu(event.globalPos())

    def open_menu(self, at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAccessibleName(self.look.name)
        if self.look.is_pasted:
            menu.addAction(tr("Paste as text")).triggered.connect(lambda: self.text_requested.emit(self.look.key))
        menu.addAction(tr("Remove")).triggered.connect(lambda: self.remove_requested.emit(self.look.key))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    def enterEvent(self, event: QEnterEvent) -> None:
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, px, look = self._theme, self._theme.px, self.look
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        radius = px(6)
        painter.setPen(QPen(theme.color("focus" if self.hasFocus() else "line"), 2 if self.hasFocus() else 1))
        painter.setBrush(theme.color("hover" if self.underMouse() else "base"))
        inset = 1.0 if self.hasFocus() else 0.5
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), radius, radius)
        size = px(14)
        token = "error" if look.tone == "error" else "text2"
        pixmap = theme.pixmap(look.icon, token, size, self.devicePixelRatioF())
        painter.drawPixmap(QPoint(px(8), (self.height() - size) // 2), pixmap)
        metrics = self.fontMetrics()
        left, right = px(28), self.width() - px(28)
        name = metrics.elidedText(look.name, Qt.TextElideMode.ElideMiddle, min(px(WIDEST_NAME), right - left))
        align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.setPen(theme.color("text"))
        painter.drawText(QRect(left, 0, right - left, self.height()), align, name)
        left += metrics.horizontalAdvance(name) + px(8)
        detail = metrics.elidedText(look.detail, Qt.TextElideMode.ElideRight, max(0, right - left))
        painter.setPen(theme.color(look.tone))
        painter.drawText(QRect(left, 0, max(0, right - left), self.height()), align, detail)
        if look.is_reading:
            foot = QRect(radius, self.height() - px(2), self.width() - 2 * radius, px(2))
            painter.fillRect(foot, theme.color("accent"))


class AttachmentChips(QWidget):
    """The chips in the order in which they are sent; not there while there are none.

    Signals:
        remove_requested(int), text_requested(int): the key of a chip.
        emptied(): the last chip, which had the focus, went away.
    """

    remove_requested = Signal(int)
    text_requested = Signal(int)
    emptied = Signal()

    def __init__(self, theme: Theme, before: QWidget, after: QWidget, parent: QWidget | None = None) -> None:
        """`before` and `after`: the chips' neighbours in the order of Tab."""
        super().__init__(parent)
        self._theme = theme
        self._neighbours = (before, after)
        self.chips: list[AttachmentChip] = []
        self.setAccessibleName(tr("Attached files"))
        self._row = WrapRow(theme.px(6))
        self._row.setContentsMargins(0, theme.px(4), 0, theme.px(6))
        self.setLayout(self._row)
        self.hide()

    def come_after(self, before: QWidget) -> None:
        """Another neighbour came to stand before the chips."""
        self._neighbours = (before, self._neighbours[1])
        self._order()

    def show_files(self, looks: Sequence[ChipLook]) -> None:
        """These and no others; a chip that is there stays, and keeps the focus."""
        wanted = {look.key for look in looks}
        there = {chip.look.key: chip for chip in self.chips}
        focused = next((i for i, chip in enumerate(self.chips) if chip.hasFocus()), None)
        lost_focus = focused is not None and self.chips[focused].look.key not in wanted
        for key, chip in there.items():
            if key not in wanted:
                self._row.removeWidget(chip)
                chip.hide()
                chip.deleteLater()
        self.chips = [self._chip(look, there.get(look.key)) for look in looks]
        self.setVisible(bool(self.chips))
        self._order()
        if lost_focus and focused is not None:
            if self.chips:
                self.chips[min(focused, len(self.chips) - 1)].setFocus(Qt.FocusReason.OtherFocusReason)
            else:
                self.emptied.emit()

    def _chip(self, look: ChipLook, there: AttachmentChip | None) -> AttachmentChip:
        if there is not None:
            if there.look != look:
                there.set_look(look)
            return there
        chip = AttachmentChip(self._theme, look, self)
        chip.restyle()
        chip.remove_requested.connect(self.remove_requested)
        chip.text_requested.connect(self.text_requested)
        self._row.addWidget(chip)
        chip.show()
        return chip

    def restyle(self) -> None:
        for chip in self.chips:
            chip.restyle()

    def _order(self) -> None:
        previous, last = self._neighbours
        for chip in self.chips:
            QWidget.setTabOrder(previous, chip)
            previous = chip
        QWidget.setTabOrder(previous, last)
