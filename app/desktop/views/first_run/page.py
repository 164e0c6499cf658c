"""The page that stands where the chat will be while there is nothing to talk to."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QStyle, QToolButton, QVBoxLayout, QWidget

from app.desktop.glyphs import StateGlyph
from app.desktop.models.first_run_rows import FirstModelFacts, FirstRunState
from app.desktop.models.setup_rows import SetupFacts
from app.desktop.views.first_run.first_model_card import FirstModelCard
from app.desktop.views.first_run.place_line import PlaceLine
from app.desktop.views.first_run.setup_card import SetupCard
from app.desktop.views.settings.controls import Column, push_button, text_label
from app.desktop.views.state_light import StateLight
from app.desktop.views.watched_frame import WatchedFrame

if TYPE_CHECKING:
    from app.desktop.theme import Theme

COLUMN, TOP = 680, 160
#: Design pixels below which a row's button stands under its texts.
STACKED = 520


class FirstRunPage(WatchedFrame):
    """Signals:
    acted(key of the place, action).
    look_again_requested(), simulated_requested(), cloud_key_requested(), privacy_requested().
    sidebar_requested().
    """

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
        self._state: FirstRunState | None = None
        #: One of the places can be started or used as it is.
        self._has_primary = False
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
        self._place_sidebar_button()

    def _place_sidebar_button(self) -> None:
        """In the corner where lines begin."""
        place = self.sidebar_button.rect().translated(self._theme.px(16), self._theme.px(10))
        self.sidebar_button.move(QStyle.visualRect(self.layoutDirection(), self.rect(), place).topLeft())

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
        self.setup = SetupCard(theme, self._body)
        self._over_setup = QWidget(self._body)
        self._over_setup.setFixedHeight(px(12))
        self._over_setup.hide()
        column.addWidget(self._over_setup)
        column.addWidget(self.setup)
        column.addSpacing(px(12))
        self.first_model = FirstModelCard(theme, self._body)
        column.addWidget(self.first_model)
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
        self._state = state
        self.setup.set_primary(not state.has_server_to_use)
        primary = self._primary_place(state)
        self._has_primary = bool(primary or self.setup.buttons())
        added = False
        for row in state.rows:
            line = self._lines.get(row.key)
            if line is None:
                line = self._lines[row.key] = PlaceLine(self._theme, first=not self._lines, parent=self._frame)
                line.acted.connect(lambda action, key=row.key: self.acted.emit(key, action))
                self._places.addWidget(line)
                added = True
                line.set_narrow(self._is_narrow)
            line.show_row(row, primary=row.key == primary)
        if added:
            self._set_tab_order()
        by_hand = next((row.key for row in state.rows if row.key == "other"), state.rows[0].key)
        button = self.setup.button if self._setup_first(state) else self._lines[primary or by_hand].button
        self._offer(button, looked=bool(state.looked_at))

    def _setup_first(self, state: FirstRunState) -> bool:
        """Whether the card that sets a server up is the most useful thing: no other server only waits to be used."""
        return bool(self.setup.buttons()) and not state.has_server_to_use

    def _primary_place(self, state: FirstRunState) -> str:
        """The key of the place whose button is the page's most useful one; "" where none is."""
        if self._setup_first(state):
            return ""
        return next((row.key for row in state.rows if row.action in ("use_other", "start")), "")

    def show_setup(self, facts: SetupFacts) -> None:
        """The card that sets a server up, under the places."""
        state = self._state
        changed = self.setup.show_facts(facts, primary=state is None or not state.has_server_to_use)
        self._over_setup.setVisible(facts.offered)
        if changed:
            self._set_tab_order()
            if state is not None:
                self.show_state(state)
            self._place()

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
        after = [*self.setup.buttons(), *self.first_model.buttons(), self.look_again, self._cloud, self._simulated]
        for first, second in pairwise([self.sidebar_button, *places, *after]):
            self.setTabOrder(first, second)

    def show_first_model(self, facts: FirstModelFacts) -> None:
        """The card under the places; where none of them can be started its button is the most useful one."""
        if self.first_model.show_facts(facts, primary=not self._has_primary, narrow=self._is_narrow):
            self._set_tab_order()
            self._place()

    @property
    def _is_narrow(self) -> bool:
        return self.width() < self._theme.px(STACKED)

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

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_sidebar_button()
        self._place()

    def _place(self) -> None:
        px = self._theme.px
        room = self.height() - self._body.sizeHint().height()
        top = max(px(48), min(px(TOP), room // 2))
        side = px(24 if self.width() < px(760) else 32)
        self._scroll.box.setContentsMargins(side, top, side, px(24))
        self.sidebar_button.setVisible(self._sidebar_hidden())
        for line in self._lines.values():
            line.set_narrow(self._is_narrow)
        self.first_model.set_narrow(self._is_narrow)


class _Hairline(QWidget):
    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setFixedHeight(1)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        line = self._theme.hairline(self.devicePixelRatioF())
        painter.fillRect(QRectF(0, 0, self.width(), line), self._theme.color("line"))
