"""The palette over the window: a field that keeps the keyboard, what was found below it, and how to narrow it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QModelIndex, QObject, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QLabel, QListView, QVBoxLayout, QWidget

from app.desktop.models.palette_model import PaletteEntry, PaletteModel, Role
from app.desktop.views.command_palette.palette_delegate import PaletteDelegate
from app.desktop.views.focus import can_take_focus
from app.desktop.views.search_field import SearchField
from app.desktop.views.spoken_control import SpokenPopup, let_controls_speak, tell_of_popup, tell_of_row

if TYPE_CHECKING:
    from app.desktop.theme import Theme

WIDTH, TOP, FIELD, FOOTER, MARGIN = 720, 88, 52, 36, 16
RADIUS = 10
#: Black over the window, of 255.
SCRIM = round(0.22 * 255)
PAGE = 8


def tr(text: str) -> str:
    return QCoreApplication.translate("Palette", text)


class CommandPalette(QWidget):
    """Covers the window it is a child of. Shows a model; what is typed and chosen is only announced.

    Signals:
        typed(text), closed().
        entered(): Enter, for the current row.
        chosen(PaletteEntry): a row was clicked.
    """

    typed = Signal(str)
    entered = Signal()
    chosen = Signal(object)
    closed = Signal()

    def __init__(self, theme: Theme, model: PaletteModel, filters: Sequence[str], window: QWidget) -> None:
        """`filters`: the words that narrow a search."""
        super().__init__(window)
        self._theme = theme
        self._model = model
        self._before: QWidget | None = None
        #: The row that was moved to; None while the first one is chosen by itself.
        self._moved_to: tuple[object, ...] | None = None
        let_controls_speak()
        self.setObjectName("commandPalette")
        self.setAccessibleName(tr("Command palette"))
        self.hide()
        self.frame = QFrame(self)
        self.frame.setObjectName("paletteFrame")
        self._make_field()
        self._make_list()
        column = QVBoxLayout(self.frame)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addLayout(self._field_row)
        column.addSpacing(theme.px(4))
        column.addWidget(self.list, 1)
        column.addSpacing(theme.px(4))
        column.addWidget(self._make_footer(filters))
        model.modelReset.connect(self._on_rows)
        window.installEventFilter(self)
        theme.changed.connect(self._restyle)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._on_focus_changed)

    def make_accessible(self) -> SpokenPopup:
        return SpokenPopup(self, self.window())

    def _make_field(self) -> None:
        theme, px = self._theme, self._theme.px
        self.field = SearchField(theme, "search", plain=True, parent=self.frame)
        self.field.setObjectName("paletteField")
        self.field.setAccessibleName(tr("Search everything"))
        self.field.setPlaceholderText(tr("Messages, chats, commands, settings; > for commands only"))
        self.field.setFont(theme.font("reading"))
        self.field.textEdited.connect(self._on_typed)
        self.field.installEventFilter(self)
        self._hint = QLabel(tr("Esc"), self.frame)
        self._hint.setFont(theme.font("caption"))
        self._hint.setProperty("tone", "text3")
        self._field_row = QHBoxLayout()
        self._field_row.setContentsMargins(px(6), 0, px(16), 0)
        self._field_row.addStrut(px(FIELD))
        self._field_row.addWidget(self.field, 1)
        self._field_row.addWidget(self._hint)

    def _make_list(self) -> None:
        self.list = QListView(self.frame)
        self.list.setObjectName("paletteResults")
        self.list.setAccessibleName(tr("Results"))
        self.list.setModel(self._model)
        self.list.setItemDelegate(PaletteDelegate(self._theme, self))
        self.list.setMouseTracking(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.clicked.connect(self._choose)

    def _make_footer(self, filters: Sequence[str]) -> QWidget:
        theme, px = self._theme, self._theme.px
        footer = QWidget(self.frame)
        footer.setFixedHeight(px(FOOTER))  # its ground is painted with the frame, whose corners are round
        lead, names, enter = tr("Narrow with"), "  ".join(f"{name}:" for name in filters), tr("Enter  open")
        row = QHBoxLayout(footer)
        row.setContentsMargins(px(16), 0, px(16), 0)
        row.setSpacing(px(12))
        for text, role in ((lead, "caption"), (names, "mono-small"), (enter, "caption")):
            label = QLabel(text, footer)
            label.setFont(theme.font(role))
            label.setProperty("tone", "text2")
            row.addWidget(label)
        row.insertStretch(2, 1)
        #: Goes where there is room for the words of a search only.
        self._enter = label
        self._footer = footer
        return footer

    # -- opening and closing

    def open(self) -> None:
        """Over the window, with the keyboard in an empty field."""
        self._before = QApplication.focusWidget()
        self._moved_to = None
        self.field.clear()
        self._place()
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        tell_of_popup(self, opened=True)
        self.typed.emit("")

    def close_palette(self) -> bool:
        """The focus goes back to where it was; False where there was nothing to close."""
        if self.isHidden():
            return False
        before, self._before = self._before, None
        self.hide()
        if before is not None and can_take_focus(before):
            before.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def hideEvent(self, event: QEvent) -> None:
        tell_of_popup(self, opened=False)
        self.closed.emit()

    def _on_focus_changed(self, _before: QWidget | None, now: QWidget | None) -> None:
        """Something else of this window took the keyboard, a command by its keys perhaps: it keeps it."""
        if self.isVisible() and now is not None and now.window() is self.window() and not self.isAncestorOf(now):
            self._before = None
            self.hide()

    def focusNextPrevChild(self, _next: bool) -> bool:
        return True  # the field is the one stop; what lies under the palette is not there now

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self.frame.geometry().contains(event.position().toPoint()):
            self.close_palette()

    # -- rows

    def announce(self, words: str) -> None:
        """How much was found, to a screen reader."""
        if QAccessible.isActive() and self.isVisible():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self.field, words))

    @property
    def has_moved(self) -> bool:
        """Whether the current row was gone to, not only the first."""
        return self._moved_to is not None

    def current(self) -> PaletteEntry | None:
        return self._model.entry(self.list.currentIndex().row())

    def _on_typed(self, text: str) -> None:
        self._moved_to = None
        self.typed.emit(text)

    def _on_rows(self) -> None:
        """Other rows: the one that was moved to stays chosen, else the first one is."""
        row = self._model.row_of(self._moved_to) if self._moved_to is not None else None
        if row is None:
            self._moved_to = None
            row = next((i for i in range(self._model.rowCount()) if self._can_choose(i)), None)
        if row is not None:
            self._select(row)
        self._place()

    def _can_choose(self, row: int) -> bool:
        entry = self._model.entry(row)
        return entry is not None and entry.kind != "group"

    def _select(self, row: int) -> None:
        self.list.setCurrentIndex(self._model.index(row))
        # The line over the first row of a group is worth seeing with it.
        above = self._model.entry(row - 1)
        if above is not None and above.kind == "group":
            self.list.scrollTo(self._model.index(row - 1))
        self.list.scrollTo(self._model.index(row))

    def _choose(self, index: QModelIndex) -> None:
        entry: PaletteEntry | None = index.data(Role.ENTRY)
        if entry is not None and entry.kind != "group":
            self.chosen.emit(entry)

    def _step(self, by: int) -> None:
        """To the next row in a direction, over group lines; at most to the first or last one."""
        rows = [i for i in range(self._model.rowCount()) if self._can_choose(i)]
        if not rows:
            return
        here = self.list.currentIndex().row()
        place = rows.index(here) if here in rows else -1
        target = rows[max(0, min(len(rows) - 1, place + by))]
        self._select(target)
        entry = self._model.entry(target)
        self._moved_to = entry.key if entry is not None else None
        tell_of_row(self.list, target)

    # -- keys

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.parent() and event.type() == QEvent.Type.Resize and self.isVisible():
            QTimer.singleShot(0, self, self._place)
        elif watched is self.field and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return not self.field.composing and self._on_key(event)
        return super().eventFilter(watched, event)

    def _on_key(self, event: QKeyEvent) -> bool:
        key, everything = Qt.Key(event.key()), self._model.rowCount()
        steps = {
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_PageDown: PAGE,
            Qt.Key.Key_PageUp: -PAGE,
            Qt.Key.Key_Home: -everything,
            Qt.Key.Key_End: everything,
        }
        if key in steps and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._step(steps[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit()
        elif key == Qt.Key.Key_Escape:
            self.close_palette()
        elif key not in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            return False
        return True

    # -- looks

    def _place(self) -> None:
        px, window = self._theme.px, self.parentWidget()
        assert window is not None, "it lies over a window"
        self.setGeometry(window.rect())
        width = min(px(WIDTH), self.width() - 2 * px(MARGIN))
        top = min(px(TOP), self.height() // 7)
        rows = sum(self.list.sizeHintForRow(row) for row in range(self._model.rowCount()))
        wanted = rows + px(FIELD) + px(FOOTER) + px(12)
        height = min(max(wanted, px(FIELD + FOOTER + 48)), self.height() - top - px(MARGIN))
        self._enter.show()
        self._enter.setVisible(self._footer.sizeHint().width() <= width - 2)
        self.frame.setGeometry((self.width() - width) // 2, top, width, height)
        self.update()  # its edges and ground are painted here, also where it was before

    def _restyle(self) -> None:
        self.field.setFont(self._theme.font("reading"))
        self._place()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(0, 0, 0, SCRIM))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(self.frame.geometry())
        painter.setPen(QPen(theme.color("line"), 1))
        painter.setBrush(theme.color("raised"))
        radius = theme.px(RADIUS)
        painter.drawRoundedRect(frame.adjusted(-0.5, -0.5, 0.5, 0.5), radius, radius)
        shape = QPainterPath()
        shape.addRoundedRect(frame, radius, radius)
        painter.setClipPath(shape)
        painter.fillRect(frame.adjusted(0, frame.height() - theme.px(FOOTER), 0, 0), theme.color("sunken"))
        line = theme.hairline(self.devicePixelRatioF())
        painter.fillRect(QRectF(frame.left(), frame.top() + theme.px(FIELD), frame.width(), line), theme.color("line"))
