"""The page that stands where the chat will be while there is nothing to talk to."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QRectF, Qt, Signal
from PySide6.QtGui import QHideEvent, QIcon, QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from app.desktop.glyphs import StateGlyph
from app.desktop.icons import set_icon_beside_text
from app.desktop.models.first_run_rows import FirstRunState, PlaceRow
from app.desktop.views.settings.controls import Column, push_button, text_label
from app.desktop.views.state_light import StateLight

if TYPE_CHECKING:
    from app.desktop.theme import Theme

COLUMN, TOP, ROW, BUTTON, NAME = 680, 160, 56, 156, 124
#: Design pixels below which a row's button stands under its texts.
STACKED = 520


class PlaceLine(QWidget):
    """One place: glyph, name, what was found, address, one button.

    Signals:
        acted(action).
    """

    acted = Signal(str)

    def __init__(self, theme: Theme, *, first: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._first = first
        self._row: PlaceRow | None = None
        px = theme.px
        self.setMinimumHeight(px(ROW))
        self._light = StateLight(theme, self)
        self._name = text_label(theme, "", "body", parent=self)
        self._name.setFixedWidth(px(NAME))
        self._found = text_label(theme, "", "body", wrap=True, parent=self)
        self._address = QLabel(self)
        self._address.setTextFormat(Qt.TextFormat.PlainText)
        self._address.setFont(theme.font("mono-small"))
        self._address.setProperty("tone", "text3")
        self.button = QPushButton(self)
        self.button.setFont(theme.font("body-medium"))
        self.button.setFixedWidth(px(BUTTON))
        self.button.clicked.connect(self._on_clicked)
        texts = QVBoxLayout()
        texts.setSpacing(0)
        texts.addStretch(1)
        texts.addWidget(self._found)
        texts.addWidget(self._address)
        texts.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(px(12), px(8), px(12), px(8))
        row.setSpacing(px(8))
        row.addWidget(self._light)
        row.addWidget(self._name)
        row.addLayout(texts, 1)
        row.addWidget(self.button)

    def show_row(self, row: PlaceRow, *, primary: bool) -> None:
        if row == self._row and primary == (self.button.property("kind") == "primary"):
            return
        self._row = row
        self._light.set_glyph(row.glyph)
        self._name.setText(row.name)
        self._found.setText(row.found)
        self._address.setText(row.address)
        self.button.setText(row.button)
        self.button.setAccessibleDescription(f"{row.name}: {row.found} {row.address}")
        token = "on-accent" if primary else "text"
        set_icon_beside_text(self.button, self._theme.icon(row.icon, token) if row.icon else QIcon(), self._theme)
        if primary != (self.button.property("kind") == "primary"):
            self.button.setProperty("kind", "primary" if primary else None)
            self._theme.restyle(self.button)

    def set_narrow(self, narrow: bool) -> None:
        """Where there is little room the name gives way: the button names it."""
        self._name.setVisible(not narrow)

    def _on_clicked(self) -> None:
        if self._row is not None and not self._row.busy:  # switched off it would lose the focus
            self.acted.emit(self._row.action)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._first:
            painter = QPainter(self)
            line = self._theme.hairline(self.devicePixelRatioF())
            painter.fillRect(QRectF(0, 0, self.width(), line), self._theme.color("line"))


class FirstRunPage(QWidget):
    """Signals:
    watched(bool): the page is on the screen / no longer.
    acted(key of the place, action).
    look_again_requested(), simulated_requested(), cloud_key_requested(), privacy_requested().
    sidebar_requested().
    """

    watched = Signal(bool)
    acted = Signal(str, str)
    look_again_requested = Signal()
    simulated_requested = Signal()
    cloud_key_requested = Signal()
    sidebar_requested = Signal()

    def __init__(
        self,
        theme: Theme,
        *,
        look_interval_s: float,
        sidebar_hidden: Callable[[], bool] = lambda: False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._look_interval_s = look_interval_s
        self._theme = theme
        self._sidebar_hidden = sidebar_hidden
        self._lines: dict[str, PlaceLine] = {}
        #: The button that was given the focus before it was known which one is the most useful.
        self._given: QPushButton | None = None
        self.setObjectName("firstRun")
        self.setAccessibleName(self.tr("First run"))
        self.setProperty("surface", "base")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self._scroll = Column(theme, self)
        outer.addWidget(self._scroll)
        self._body = QWidget(self._scroll.content)
        self._body.setMaximumWidth(theme.px(COLUMN))
        self._make_body()
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self._body, 1000)
        row.addStretch(1)
        self._scroll.box.addLayout(row)
        self._scroll.box.addStretch(1)
        self.sidebar_button = QToolButton(self)
        self.sidebar_button.setIcon(theme.icon("sidebar"))
        self.sidebar_button.setAccessibleName(self.tr("Show conversations"))
        self.sidebar_button.setToolTip(self.tr("Show conversations"))
        self.sidebar_button.clicked.connect(self.sidebar_requested)
        self.sidebar_button.adjustSize()
        self.sidebar_button.move(theme.px(16), theme.px(10))

    def _make_body(self) -> None:
        theme, px = self._theme, self._theme.px
        column = QVBoxLayout(self._body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._title = text_label(theme, "", "page", wrap=True, parent=self._body)
        self._lead = text_label(theme, "", "section", "text2", wrap=True, parent=self._body)
        font = theme.font("section")
        font.setWeight(theme.font("body").weight())
        self._lead.setFont(font)
        self._frame = QFrame(self._body)
        self._frame.setProperty("card", True)
        self._places = QVBoxLayout(self._frame)
        self._places.setContentsMargins(1, 1, 1, 1)
        self._places.setSpacing(0)
        column.addWidget(self._title)
        column.addSpacing(px(4))
        column.addWidget(self._lead)
        column.addSpacing(px(20))
        column.addWidget(self._frame)
        column.addSpacing(px(12))
        column.addLayout(self._make_status())
        column.addSpacing(px(20))
        column.addWidget(_Hairline(theme, self._body))
        column.addSpacing(px(16))
        column.addLayout(self._make_others())
        column.addSpacing(px(16))
        self._foot = text_label(theme, "", "caption", "text3", wrap=True, parent=self._body)
        column.addWidget(self._foot)

    def _make_status(self) -> QHBoxLayout:
        theme = self._theme
        light = StateLight(theme, self._body, StateGlyph.BUSY)
        text = self.tr("Looking again every {n} s. This page goes on by itself when a server appears.").format(
            n=QLocale().toString(self._look_interval_s, "g", 3)
        )
        self._looked = text_label(theme, "", "caption", "text3", parent=self._body)
        self._looked.setFont(theme.font("caption", tabular=True))
        self.look_again = push_button(theme, self.tr("Look again"), small=True, parent=self._body)
        self.look_again.clicked.connect(self.look_again_requested)
        row = QHBoxLayout()
        row.setSpacing(theme.px(8))
        row.addWidget(light, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(text_label(theme, text, "small", "text2", wrap=True, parent=self._body), 1)
        row.addWidget(self._looked)
        row.addWidget(self.look_again)
        return row

    def _make_others(self) -> QHBoxLayout:
        theme = self._theme
        cloud = self._cloud = push_button(theme, self.tr("Cloud key"), icon="cloud", parent=self._body)
        cloud.clicked.connect(self.cloud_key_requested)
        simulated = push_button(theme, self.tr("Try the simulated model"), icon="simulated", parent=self._body)
        self._simulated = simulated
        simulated.clicked.connect(self.simulated_requested)
        row = QHBoxLayout()
        row.setSpacing(theme.px(8))
        text = self.tr("Or without a local server:")
        row.addWidget(text_label(theme, text, "body", "text2", wrap=True, parent=self._body), 1)
        row.addWidget(cloud)
        row.addWidget(simulated)
        return row

    # -- showing

    def show_state(self, state: FirstRunState) -> None:
        """The whole page anew; places keep their widgets, so the focus stays where it is."""
        self._title.setText(state.title)
        self._lead.setText(state.lead)
        self._foot.setText(self._contacted(state))
        self._looked.setText(self.tr("Last looked {time}").format(time=state.looked_at) if state.looked_at else "")
        self._looked.setAccessibleName(self.tr("Last looked"))
        self.look_again.setVisible(state.look_again)
        primary = next((row.key for row in state.rows if row.action in ("start", "use_other")), "")
        added = False
        for row in state.rows:
            line = self._lines.get(row.key)
            if line is None:
                line = self._lines[row.key] = PlaceLine(self._theme, first=not self._lines, parent=self._frame)
                line.acted.connect(lambda action, key=row.key: self.acted.emit(key, action))
                self._places.addWidget(line)
                added = True
                line.set_narrow(self.width() < self._theme.px(STACKED))
            line.show_row(row, primary=row.key == primary)
        if added:
            self._set_tab_order()
        by_hand = next((row.key for row in state.rows if row.key == "other"), state.rows[0].key)
        self._offer(self._lines[primary or by_hand].button, looked=bool(state.looked_at))

    def _offer(self, button: QPushButton, *, looked: bool) -> None:
        """The most useful button: F6 comes to it. Until the first look is over it keeps the focus it was given."""
        if self._given is not None and self._given is not button and self._given.hasFocus():
            button.setFocus(Qt.FocusReason.OtherFocusReason)
            self._given = button
        if looked:
            self._given = None
        self.setFocusProxy(button)

    def take_focus(self) -> None:
        """Focus in the most useful button."""
        button = self.focusProxy()
        if isinstance(button, QPushButton):
            button.setFocus(Qt.FocusReason.OtherFocusReason)
            self._given = button

    def _set_tab_order(self) -> None:
        """From top to bottom: the places were made after what stands below them."""
        places = [line.button for line in self._lines.values()]
        for first, second in pairwise([self.sidebar_button, *places, self.look_again, self._cloud, self._simulated]):
            self.setTabOrder(first, second)

    def _contacted(self, state: FirstRunState) -> str:
        if not state.only_these:
            contacted = self.tr("Other addresses than those above were contacted, too.")
        elif state.others:
            names = ", ".join(state.others)
            contacted = self.tr("Only the addresses above and {names} were contacted.").format(names=names)
        else:
            contacted = self.tr("Only the addresses above were contacted.")
        return contacted + " " + self.tr("Settings, Privacy lists every connection this app makes.")

    # -- Qt

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.watched.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.watched.emit(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        px = self._theme.px
        room = self.height() - self._body.sizeHint().height()
        top = max(px(48), min(px(TOP), room // 2))
        side = px(24 if self.width() < px(760) else 32)
        self._scroll.box.setContentsMargins(side, top, side, px(24))
        self.sidebar_button.setVisible(self._sidebar_hidden())
        for line in self._lines.values():
            line.set_narrow(self.width() < px(STACKED))


class _Hairline(QWidget):
    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setFixedHeight(1)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        line = self._theme.hairline(self.devicePixelRatioF())
        painter.fillRect(QRectF(0, 0, self.width(), line), self._theme.color("line"))
