"""The list of models that opens upward from the composer: type to filter, arrows, Enter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QListView,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.desktop.glyphs import ARC_STEPS, StateGlyph, paint_glyph
from app.desktop.mirror import Mirror
from app.desktop.models.model_list_model import STATE_WORDS, ModelListModel, PickerEntry, Role, tr
from app.desktop.motion import ARC_INTERVAL_MS
from app.desktop.views.chat.auto_line import paint_auto_line
from app.desktop.views.fade import FADE_MS, FadeIn
from app.desktop.views.search_field import SearchField
from app.desktop.views.spoken_control import SpokenPopup, let_controls_speak, tell_of_popup, tell_of_row

if TYPE_CHECKING:
    from app.desktop.theme import Theme

WIDTH, LEAST_WIDTH, TALLEST_SHARE = 720, 360, 0.6
MOST_COMPARED = 4
ROW, GROUP, FILTER, HEADS, FOOTER = 32, 28, 44, 26, 32
#: Columns from the right: width in design pixels, and how narrow the picker may be before the column goes.
COLUMNS = (("state", 120, 0), ("size", 76, 460), ("context", 112, 560), ("quantization", 84, 640))
BADGE_ICONS = {"tools": "tools", "vision": "image", "thinking": "thinking"}
GLYPHS = {
    "loaded": StateGlyph.LOADED,
    "loading": StateGlyph.BUSY,
    "idle": StateGlyph.IDLE,
    "down": StateGlyph.GONE,
    "gone": StateGlyph.GONE,
    "simulated": StateGlyph.IDLE,
}
STATE_TOKENS = {"loaded": "ok", "loading": "accent"}
_Index = QModelIndex | QPersistentModelIndex


def visible_columns(width: int) -> list[tuple[str, int]]:
    """Columns that fit, from the right end on."""
    return [(name, size) for name, size, least in COLUMNS if width >= least]


class PickerDelegate(QStyledItemDelegate):
    """Paints group lines and models from tokens."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.step = 0
        #: Of the row that is painted.
        self._mirror = Mirror(QRectF(), Qt.LayoutDirection.LeftToRight)

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        entry: PickerEntry = index.data(Role.ENTRY)
        return QSize(10, self._theme.px(GROUP if entry.kind == "group" else ROW))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        entry: PickerEntry = index.data(Role.ENTRY)
        rect: QRect = option.rect
        self._mirror = Mirror(QRectF(rect), option.direction)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if entry.kind == "group":
            self._paint_group(painter, entry, QRectF(rect))
        else:
            self._paint_ground(painter, QRectF(rect), option.state)
            if entry.kind == "auto":
                paint_auto_line(painter, self._theme, entry, QRectF(rect), self._mirror)
            else:
                self._paint_model(painter, entry, QRectF(rect))
        painter.restore()

    def _paint_group(self, painter: QPainter, entry: PickerEntry, rect: QRectF) -> None:
        theme, px = self._theme, self._theme.px
        box = rect.adjusted(px(16), px(4), -px(16), 0)
        font = theme.font("caption-label")
        painter.setFont(font)
        painter.setPen(theme.color("text2"))
        self._mirror.text(painter, box, entry.name)
        x = box.left() + QFontMetrics(font).horizontalAdvance(entry.name) + px(8)
        small = theme.font("caption")
        if entry.place:
            token = "text3" if entry.local else "cloud"
            icon = "cloud" if not entry.local else "cpu" if entry.on_this_computer else "server"
            words = entry.place
            size = px(14)
            ratio = painter.device().devicePixelRatioF()
            at = self._mirror.corner(QPointF(x, box.center().y() - size / 2), size)
            painter.drawPixmap(at, theme.pixmap(icon, token, size, ratio))
            painter.setFont(small)
            painter.setPen(theme.color(token))
            self._mirror.text(painter, box.adjusted(x + size + px(4) - box.left(), 0, 0, 0), words)
        if entry.note:
            painter.setFont(small)
            painter.setPen(theme.color("text3"))
            self._mirror.text(painter, box, entry.note, end=True)

    def _paint_ground(self, painter: QPainter, rect: QRectF, state: QStyle.StateFlag) -> None:
        theme, px = self._theme, self._theme.px
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        if chosen or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("selected" if chosen else "hover"))
            painter.drawRoundedRect(rect.adjusted(px(6), 0, -px(6), 0), px(6), px(6))

    def _paint_model(self, painter: QPainter, entry: PickerEntry, rect: QRectF) -> None:
        theme, px = self._theme, self._theme.px
        middle = rect.center().y()
        at = self._mirror.point(QPointF(rect.left() + px(20), middle))
        paint_glyph(painter, theme, GLYPHS[entry.state], at, self.step)
        right = rect.right() - px(16)
        for name, width in visible_columns(int(rect.width() / theme.scale)):
            right -= px(width)
            self._paint_column(painter, entry, name, QRectF(right, rect.top(), px(width), rect.height()))
        self._paint_name(
            painter, entry, QRectF(rect.left() + px(34), rect.top(), right - rect.left() - px(34), rect.height())
        )

    def _paint_column(self, painter: QPainter, entry: PickerEntry, name: str, box: QRectF) -> None:
        theme = self._theme
        if name == "state":
            text = tr(STATE_WORDS.get(entry.state, ""))
            painter.setFont(theme.font("body"))
            painter.setPen(theme.color(STATE_TOKENS.get(entry.state, "text3")))
            self._mirror.text(painter, box.adjusted(theme.px(20), 0, 0, 0), text)
            return
        text = {"size": entry.size, "context": entry.context, "quantization": entry.quantization}[name]
        mono = name == "quantization"
        painter.setFont(theme.font("mono") if mono else theme.font("body", tabular=True))
        painter.setPen(theme.color("text2"))
        self._mirror.text(painter, box, text, end=not mono)

    def _paint_name(self, painter: QPainter, entry: PickerEntry, box: QRectF) -> None:
        theme, px = self._theme, self._theme.px
        ratio = painter.device().devicePixelRatioF()
        size = px(14)
        icons = [BADGE_ICONS[b] for b in entry.badges] + (["star"] if entry.favourite else [])
        x = box.right() - px(8)
        for icon in reversed(icons):
            x -= size
            at = self._mirror.corner(QPointF(x, box.center().y() - size / 2), size)
            painter.drawPixmap(at, theme.pixmap(icon, "text2", size, ratio))
            x -= px(6)
        font = theme.font("body")
        font.setStrikeOut(entry.state == "gone")
        metrics = QFontMetrics(font)
        badge = entry.note == "simulated" or entry.state == "simulated"
        badge_width = metrics.horizontalAdvance(tr("Simulated")) + px(8) if badge else 0
        room = max(px(40), int(x - box.left()) - badge_width)
        text = metrics.elidedText(entry.name, Qt.TextElideMode.ElideRight, room)
        painter.setFont(font)
        painter.setPen(theme.color("text3" if entry.state in ("gone", "down") else "text"))
        self._mirror.text(painter, box, text)
        if badge:
            self._paint_badge(painter, box.left() + metrics.horizontalAdvance(text) + px(8), box.center().y())

    def _paint_badge(self, painter: QPainter, x: float, middle: float) -> None:
        theme, px = self._theme, self._theme.px
        font = theme.font("caption")
        width = QFontMetrics(font).horizontalAdvance(tr("Simulated")) + px(12)
        box = self._mirror.rect(QRectF(x, middle - px(9), width, px(18)).adjusted(0.5, 0.5, -0.5, -0.5))
        painter.setPen(QPen(theme.color("outline"), 1, Qt.PenStyle.DashLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, px(4), px(4))
        painter.setFont(font)
        painter.setPen(theme.color("text2"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, tr("Simulated"))


class ColumnHeads(QWidget):
    """The names of the columns."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setFixedHeight(theme.px(HEADS))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, px = self._theme, self._theme.px
        names = {"state": tr("State"), "size": tr("Size"), "context": tr("Context"), "quantization": tr("Quant")}
        painter = QPainter(self)
        painter.setFont(theme.font("caption"))
        painter.setPen(theme.color("text3"))
        mirror = Mirror(QRectF(self.rect()), self.layoutDirection())
        mirror.text(painter, QRectF(px(34), 0, 200, self.height()), tr("Model"))
        right = self.width() - px(16)
        for name, width in visible_columns(int(self.width() / theme.scale)):
            right -= px(width)
            leading = name in ("state", "quantization")
            box = QRectF(right + (px(20) if name == "state" else 0), 0, px(width), self.height())
            mirror.text(painter, box, names[name], end=not leading)


class ModelPicker(QFrame):
    """A popup over the chat. The filter keeps the focus; keys move in the list.

    Signals:
        chosen(provider, model), favourite_toggled(provider, model), refresh_requested().
        compare_toggled(provider, model): mark it to be compared, or not any more.
        get_models_requested(), closed().
    """

    chosen = Signal(str, str)
    favourite_toggled = Signal(str, str)
    refresh_requested = Signal()
    compare_toggled = Signal(str, str)
    get_models_requested = Signal()
    closed = Signal()

    def __init__(self, theme: Theme, model: ModelListModel, opener: QWidget, parent: QWidget | None = None) -> None:
        """`opener`: the button that a screen reader finds it under."""
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self._theme = theme
        self._model = model
        self._opener = opener
        let_controls_speak()
        self.setObjectName("modelPicker")
        self.setAccessibleName(tr("Choose a model"))
        self.setProperty("surface", "raised")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._make_filter()
        self._make_list()
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addLayout(self._filter_row)
        column.addWidget(ColumnHeads(theme, self))
        column.addWidget(self.list, 1)
        column.addWidget(self._make_footer())
        self._busy_timer = QTimer(self, interval=ARC_INTERVAL_MS)
        self._busy_timer.timeout.connect(self._turn)
        model.modelReset.connect(self._choose_first)
        self._fade = FadeIn(self)

    def make_accessible(self) -> SpokenPopup:
        return SpokenPopup(self, self._opener)

    def _make_filter(self) -> None:
        theme = self._theme
        self.filter = SearchField(theme, "search", plain=True, parent=self)
        self.filter.setObjectName("filterModels")
        self.filter.setAccessibleName(tr("Filter models"))
        self.filter.setFont(theme.font("body"))
        self.filter.textEdited.connect(self._model.set_filter)
        self.filter.installEventFilter(self)
        refresh = QToolButton(self)
        refresh.setIcon(theme.icon("regenerate"))
        refresh.setAccessibleName(tr("Refresh models, picker"))
        refresh.setToolTip(tr("Ask all servers again (Ctrl+R)"))
        refresh.clicked.connect(self.refresh_requested)
        #: The keys that open it.
        self.hint = QLabel(self)
        self.hint.setFont(theme.font("caption"))
        self.hint.setProperty("tone", "text3")
        self._filter_row = QHBoxLayout()
        px = theme.px
        self._filter_row.setContentsMargins(px(8), px(6), px(8), px(6))
        self._filter_row.addWidget(self.filter, 1)
        self._filter_row.addWidget(self.hint)
        self._filter_row.addWidget(refresh)

    def _make_list(self) -> None:
        self.list = QListView(self)
        self.list.setObjectName("models")
        self.list.setAccessibleName(tr("Models"))
        self.list.setModel(self._model)
        self._delegate = PickerDelegate(self._theme, self)
        self.list.setItemDelegate(self._delegate)
        self.list.setMouseTracking(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.clicked.connect(self._choose)

    def _make_footer(self) -> QWidget:
        theme, px = self._theme, self._theme.px
        footer = QWidget(self)
        footer.setProperty("surface", "sunken")
        footer.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        footer.setFixedHeight(px(FOOTER))
        label = self._keys = QLabel(footer)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setFont(theme.font("caption"))
        label.setProperty("tone", "text3")
        row = QHBoxLayout(footer)
        row.setContentsMargins(px(16), 0, px(16), 0)
        row.addWidget(label)
        row.addStretch(1)
        get = QPushButton(tr("Get models…"), footer)
        get.setProperty("kind", "link")
        get.setFont(theme.font("caption"))
        get.setCursor(Qt.CursorShape.PointingHandCursor)
        get.clicked.connect(self._on_get_models)
        row.addWidget(get)
        self.show_marked([])
        return footer

    def show_marked(self, names: Sequence[str]) -> None:
        """Which models are marked to be compared; without any the keys are told."""
        text = tr("Enter  choose      Ctrl+Enter  compare      Ctrl+D  favourite      Esc  close")
        if names:
            text = tr("To compare: {names}. Esc opens the comparison.")
            if len(names) >= MOST_COMPARED:
                text = tr("To compare, four at most: {names}. Esc opens the comparison.")
            text = text.format(names=", ".join(names))
        self._keys.setText(text)
        self._keys.setToolTip(text if names else "")

    # -- opening

    def open_above(self, anchor: QWidget, column: QRect, current: tuple[str, str]) -> None:
        """Open upward from the composer. `column`: its rectangle in `anchor`'s window."""
        top = column.top() - self._size_for(column, column.top()) - self._theme.px(4)
        self._open_at(anchor, QPoint(column.left(), top), current)

    def open_below(self, anchor: QWidget, room: QRect) -> None:
        """Open downward into this part of `anchor`'s window."""
        self._size_for(room, room.height())
        self._open_at(anchor, QPoint(room.left(), room.top() + self._theme.px(4)), ("", ""))

    def _size_for(self, column: QRect, room: int) -> int:
        """Take the width and, out of so much, the height that are needed; returns the height."""
        px = self._theme.px
        self.filter.clear()
        self._model.set_filter("")
        count = self._model.model_count
        text = tr("Filter 1 model") if count == 1 else tr("Filter {n} models").format(n=count)
        self.filter.setPlaceholderText(text)
        width = max(px(LEAST_WIDTH), min(px(WIDTH), column.width()))
        rows = sum(
            self._delegate.sizeHint(QStyleOptionViewItem(), self._model.index(i)).height()
            for i in range(self._model.rowCount())
        )
        wanted = rows + px(FILTER + HEADS + FOOTER) + px(12)
        height = min(wanted, int(self._opener.window().height() * TALLEST_SHARE), room - px(8))
        self.resize(width, max(height, px(160)))
        return self.height()

    def _open_at(self, anchor: QWidget, corner: QPoint, current: tuple[str, str]) -> None:
        window = anchor.window()
        self.move(window.mapToGlobal(corner))
        self._fade.start(window, self._theme.motion.duration_ms(FADE_MS))
        self.show()
        tell_of_popup(self, opened=True)
        self.filter.setFocus()
        row = self._model.row_of(*current)
        self._select(row if row is not None else self._model.first_model_row())
        self._busy_timer.start()

    def hideEvent(self, event: QEvent) -> None:
        self._busy_timer.stop()
        tell_of_popup(self, opened=False)
        self.closed.emit()

    # -- choosing

    def _choose(self, index: QModelIndex) -> None:
        entry: PickerEntry | None = index.data(Role.ENTRY)
        if entry is None or entry.kind == "group":
            return
        self.hide()
        self.chosen.emit(entry.provider, entry.model)

    def _on_get_models(self) -> None:
        self.hide()
        self.get_models_requested.emit()

    def _current(self) -> PickerEntry | None:
        entry = self.list.currentIndex().data(Role.ENTRY)
        return entry if isinstance(entry, PickerEntry) else None

    def _choose_first(self) -> None:
        self._select(self._model.first_model_row())

    def _select(self, row: int | None) -> None:
        if row is not None:
            self.list.setCurrentIndex(self._model.index(row))
            self.list.scrollTo(self._model.index(row))

    def _step(self, by: int) -> None:
        """Move to the next model in a direction, over group lines."""
        row = self.list.currentIndex().row()
        sign = 1 if by > 0 else -1
        target = row
        while by:
            row += sign
            if not 0 <= row < self._model.rowCount():
                break
            if self._model.index(row).data(Role.ENTRY).kind != "group":
                target = row
                by -= sign
        self._select(target)
        tell_of_row(self.list, target)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.filter and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return not self.filter.composing and self._on_key(event)
        return super().eventFilter(watched, event)

    def _on_key(self, event: QKeyEvent) -> bool:
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        key = Qt.Key(event.key())
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}
        if key in steps:
            self._step(steps[key])
        elif control and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            entry = self._current()
            if entry is not None and entry.kind == "model":
                self.compare_toggled.emit(entry.provider, entry.model)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self.list.currentIndex())
        elif key == Qt.Key.Key_Escape:
            self.hide()
        elif control and key == Qt.Key.Key_D:
            entry = self._current()
            if entry is not None and entry.kind == "model" and entry.state != "simulated":
                self.favourite_toggled.emit(entry.provider, entry.model)
        elif key == Qt.Key.Key_F4 and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            # An open popup has the whole keyboard, so the desktop does not see the keys that close its windows.
            self._opener.window().close()
        elif control and key == Qt.Key.Key_R:
            self.refresh_requested.emit()
        else:
            return False
        return True

    def _turn(self) -> None:
        if self._theme.reduced_motion:
            self._delegate.step = 0
            return
        self._delegate.step = (self._delegate.step + 1) % ARC_STEPS
        if any(self._model.index(i).data(Role.ENTRY).state == "loading" for i in range(self._model.rowCount())):
            self.list.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setPen(QPen(self._theme.color("line"), 1))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
