"""Small controls of forms, painted from tokens: choice, check box, labels, tabs, a form's scrolling column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QAccessible, QFocusEvent, QFontMetrics, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSpinBox,
    QStyle,
    QStyleOptionTab,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from app.desktop.icons import set_icon_beside_text
from app.desktop.views.spoken_control import SpokenControl, let_controls_speak

if TYPE_CHECKING:
    from app.desktop.theme import Theme


class ChoiceBox(QComboBox):
    """A drop-down list. The wheel scrolls the page, never the value under it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setFont(theme.font("body"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        let_controls_speak()

    def make_accessible(self) -> SpokenControl:
        """Known by its label; what is chosen is its value."""
        return SpokenControl(self, QAccessible.Role.ComboBox, self.currentText, press=self.showPopup, inside=self.view)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        size = self._theme.px(14)
        token = "text2" if self.isEnabled() else "disabled"
        pixmap = self._theme.pixmap("chevron-down", token, size, self.devicePixelRatioF())
        x = self.width() - size - self._theme.px(8)
        if self.isRightToLeft():
            x = self._theme.px(8)
        painter.drawPixmap(QPointF(x, (self.height() - size) / 2), pixmap)


class NumberBox(QSpinBox):
    """A whole number with its unit. Arrows on the keyboard step it; the wheel scrolls the page.

    The sheet gives its buttons no width: with `NoButtons` a styled spin box leaves its text no room (Qt 6.11).
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFont(theme.font("body", tabular=True))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedWidth(theme.px(112))
        self.lineEdit().setTextMargins(theme.px(8), 0, theme.px(8), 0)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """A word that stands for a number ("Default") is replaced by what is typed, not added to."""
        super().focusInEvent(event)
        if self.specialValueText() and self.value() == self.minimum():
            QTimer.singleShot(0, self, self.selectAll)


class CheckBox(QCheckBox):
    """A check box whose mark is our own icon, so that it is sharp and coloured in both themes."""

    def __init__(self, theme: Theme, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._theme = theme
        self.setFont(theme.font("body"))

    def sizeHint(self) -> QSize:
        px = self._theme.px
        width = QFontMetrics(self.font()).horizontalAdvance(self.text())
        return QSize(px(16) + (px(8) + width if self.text() else 0) + 2, px(28))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(16), self._theme.px(28))

    def hitButton(self, pos: QPoint) -> bool:
        return self.rect().contains(pos)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, px = self._theme, self._theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = px(16)
        box = QRect(0, (self.height() - edge) // 2, edge, edge)
        text = QRect(edge + px(8), 0, self.width() - edge - px(8), self.height())
        if self.isRightToLeft():
            box = QStyle.visualRect(Qt.LayoutDirection.RightToLeft, self.rect(), box)
            text = QStyle.visualRect(Qt.LayoutDirection.RightToLeft, self.rect(), text)
        on, enabled = self.isChecked(), self.isEnabled()
        edge_token = "line" if not enabled else "accent" if on else "outline"
        fill = "base" if not enabled else "accent" if on else "hover" if self.underMouse() else "raised"
        painter.setPen(QPen(theme.color(edge_token), 1))
        painter.setBrush(theme.color(fill))
        painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), px(4), px(4))
        if on:
            mark = theme.pixmap("check", "on-accent" if enabled else "disabled", px(12), self.devicePixelRatioF())
            painter.drawPixmap(QPointF(box.center().x() - px(12) / 2 + 0.5, box.center().y() - px(12) / 2 + 0.5), mark)
        painter.setPen(theme.color("text" if enabled else "disabled"))
        painter.setFont(self.font())
        shown = QFontMetrics(self.font()).elidedText(self.text(), Qt.TextElideMode.ElideRight, text.width())
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading, shown)


class TabBar(QTabBar):
    """Text tabs with a two-pixel line under the chosen one; the bold width is reserved, so that tabs never move."""

    GAP, LEAST_GAP = 20, 12

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        #: Pixels between two texts: less where all tabs fit only so.
        self.gap = theme.px(self.GAP)
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setUsesScrollButtons(True)
        self.setElideMode(Qt.TextElideMode.ElideNone)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def tabSizeHint(self, index: int) -> QSize:
        bold = QFontMetrics(self._theme.font("body-bold"))
        return QSize(bold.horizontalAdvance(self.tabText(index)) + self.gap, self._theme.px(40))

    def minimumTabSizeHint(self, index: int) -> QSize:
        return self.tabSizeHint(index)

    def fit(self, room: int) -> None:
        """Move the tabs together where they would need to scroll in so many pixels."""
        bold = QFontMetrics(self._theme.font("body-bold"))
        texts = sum(bold.horizontalAdvance(self.tabText(index)) for index in range(self.count()))
        px = self._theme.px
        gap = max(px(self.LEAST_GAP), min(px(self.GAP), (room - texts) // max(1, self.count())))
        if gap != self.gap:
            self.gap = gap
            self.setIconSize(self.iconSize())  # the one thing that makes Qt ask for all sizes again

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        hovered = self.tabAt(self.mapFromGlobal(self.cursor().pos())) if self.underMouse() else -1
        option = QStyleOptionTab()
        for index in range(self.count()):
            self.initStyleOption(option, index)
            chosen = index == self.currentIndex()
            rect = self.tabRect(index)
            painter.setFont(theme.font("body-bold" if chosen else "body"))
            painter.setPen(theme.color("text" if chosen or index == hovered else "text2"))
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, self.tabText(index))
            if chosen:
                inset = self.gap / 2
                line = QRectF(rect.left() + inset, rect.bottom() - 1, rect.width() - 2 * inset, 2)
                painter.fillRect(line, theme.color("accent"))


class _Content(QWidget):
    """As high as its texts are at the width they have: the smallest height that Qt asks for is that of the smallest
    width, which would leave a long page with an empty end."""

    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), 0)


class Column(QScrollArea):
    """The scrolling content of a page: one column, inset by the pane's margin."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.content = _Content(self)
        self.content.setProperty("surface", "base")
        self.content.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.box = QVBoxLayout(self.content)
        self.box.setContentsMargins(theme.px(32), theme.px(20), theme.px(32), theme.px(20))
        self.box.setSpacing(theme.px(16))
        self.setWidget(self.content)

    def set_narrow(self, narrow: bool) -> None:
        """Smaller margins in a narrow pane."""
        side = self._theme.px(24 if narrow else 32)
        self.box.setContentsMargins(side, self._theme.px(20), side, self._theme.px(20))

    def show_widget(self, widget: QWidget) -> None:
        self.ensureWidgetVisible(widget, 0, self._theme.px(32))


def leading(widget: QWidget) -> QHBoxLayout:
    """A row that lets a widget grow to its greatest width and keeps it at the leading edge (a box would centre it)."""
    row = QHBoxLayout()
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(0)
    row.addWidget(widget, 1000)
    row.addStretch(1)
    return row


def text_label(
    theme: Theme,
    text: str = "",
    role: str = "body",
    tone: str = "text",
    *,
    wrap: bool = False,
    parent: QWidget | None = None,
) -> QLabel:
    """A label of plain text in a type role and a tone."""
    label = QLabel(text, parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setFont(theme.font(role))
    label.setProperty("tone", tone)
    label.setWordWrap(wrap)
    if wrap:
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        label.setSizePolicy(policy)
    return label


def set_tone(theme: Theme, label: QLabel, tone: str) -> None:
    if label.property("tone") != tone:
        label.setProperty("tone", tone)
        theme.restyle(label)


def push_button(
    theme: Theme, text: str, *, kind: str = "", small: bool = False, icon: str = "", parent: QWidget | None = None
) -> QPushButton:
    """A button in one of the looks of the style sheet."""
    button = QPushButton(text, parent)
    if kind:
        button.setProperty("kind", kind)
    if small:
        button.setProperty("small", True)
    if icon:
        set_icon_beside_text(button, theme.icon(icon, "on-accent" if kind == "primary" else "text"), theme)
    button.setFont(theme.font("small" if kind == "link" else "small-medium" if small else "body-medium"))
    if kind == "link":
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    return button


def empty(box: QBoxLayout) -> None:
    """Take every widget out of a box and let it go."""
    while (item := box.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()


def card(theme: Theme, parent: QWidget | None = None) -> tuple[QFrame, QVBoxLayout]:
    """A framed card with its column."""
    frame = QFrame(parent)
    frame.setProperty("card", True)
    column = QVBoxLayout(frame)
    column.setContentsMargins(theme.px(16), theme.px(16), theme.px(16), theme.px(16))
    column.setSpacing(theme.px(8))
    return frame, column
