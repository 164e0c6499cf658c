"""The main window: arranges sidebar and panes, keeps its size and place. Holds no logic."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEasingCurve, QMargins, QPoint, QPropertyAnimation, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QCloseEvent,
    QCursor,
    QGuiApplication,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QApplication, QMainWindow, QMenuBar, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from app.desktop.focus_ring import FocusRing
from app.desktop.models.conversation_list_model import ConversationListModel
from app.desktop.views.chat.chat_pane import ChatPane
from app.desktop.views.conversations.sidebar import Sidebar
from app.desktop.window_place import FRAME, fitted

if TYPE_CHECKING:
    from app.desktop.theme import Theme

SIDEBAR_WIDTH, SIDEBAR_LEAST, SIDEBAR_MOST = 264, 208, 400
NARROW = 1040
SLIDE_MS = 140
FIRST_SIZE = QSize(1200, 800)
LEAST_SIZE = QSize(560, 400)


class MainWindow(QMainWindow):
    """Signals:
    close_requested(): the person wants to close; the session decides when the window may go.
    """

    close_requested = Signal()

    def __init__(self, theme: Theme, remembered: dict[str, Any] | None = None) -> None:
        super().__init__()
        self._theme = theme
        #: What the last run remembered, as it was read.
        self.state_before = dict(remembered or {})
        self._remembered = self.state_before
        self.may_close = False
        self.setObjectName("window")
        self.setWindowTitle("AI Coder Assistant")
        self.setMinimumSize(LEAST_SIZE)
        self.conversations = ConversationListModel(self)
        self.conversations.remember_folds(self._remembered)
        # Each is made with the parent it stays with: under a style sheet Qt drops the fonts of a subtree that moves.
        self.splitter = QSplitter(Qt.Orientation.Horizontal, self)
        self.sidebar = Sidebar(theme, self.conversations, self.splitter)
        self.panes = QStackedWidget(self.splitter)
        self.chat = ChatPane(theme, self.panes)
        self.panes.addWidget(self.chat)
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(self.sidebar)
        self.splitter.addWidget(self.panes)
        self.splitter.setStretchFactor(0, 0)
        self.splitter.setStretchFactor(1, 1)
        self.setCentralWidget(self.splitter)
        self._overlay: SidebarOverlay | None = None
        self._sidebar_wanted = bool(self._remembered.get("sidebar", True))
        self.sidebar.setMinimumWidth(theme.px(SIDEBAR_LEAST))
        self.sidebar.setMaximumWidth(theme.px(SIDEBAR_MOST))
        self._menu = QMenuBar(self)
        self.setMenuBar(self._menu)
        self._menu.setVisible(False)
        self._ring = FocusRing(self, theme)
        self._restore_geometry()
        self.chat.header.sidebar_requested.connect(self.toggle_sidebar)
        self._set_tab_order()
        self.chat.composer.focus()

    def _set_tab_order(self) -> None:
        order = [
            self.sidebar.search,
            self.sidebar.new_chat_button,
            self.sidebar.list,
            self.sidebar.settings_button,
            self.chat.header.menu_button,
            self.chat.composer.model_button,
            self.chat.composer.edit,
            self.chat.composer.send_button,
            self.chat.composer.stop_button,
        ]
        for first, second in pairwise(order):
            self.setTabOrder(first, second)

    # -- size and place

    def _restore_geometry(self) -> None:
        width, height = self._remembered.get("size", (0, 0))
        size = QSize(width, height) if width and height else FIRST_SIZE
        at = self._remembered.get("position")
        frame = QMargins(*self._remembered["frame"]) if "frame" in self._remembered else FRAME
        primary = QGuiApplication.primaryScreen()
        place = QRect(QPoint(0, 0), size)
        if at is not None:
            place.moveTopLeft(QPoint(*at))
            screens = [primary, *(one for one in QGuiApplication.screens() if one is not primary)]
        else:
            screens = [QGuiApplication.screenAt(QCursor.pos()) or primary]
            place.moveCenter(screens[0].availableGeometry().center())
        place = fitted(place, [one.availableGeometry() for one in screens], frame)
        self.setGeometry(place)
        sidebar = int(self._remembered.get("sidebar_width", SIDEBAR_WIDTH))
        self.splitter.setSizes([self._theme.px(sidebar), place.width()])
        if self._remembered.get("maximized"):
            self.setWindowState(Qt.WindowState.WindowMaximized)

    def state_to_remember(self) -> dict[str, Any]:
        """Size, place and sidebar as JSON values."""
        normal = self.normalGeometry() if self.isMaximized() else self.geometry()
        values: dict[str, Any] = {
            "size": [normal.width(), normal.height()],
            "position": [normal.x(), normal.y()],
            "maximized": self.isMaximized(),
            "sidebar": self._sidebar_wanted,
            **self.conversations.folds_to_remember(),
        }
        if self.sidebar.parentWidget() is self.splitter and self.sidebar.isVisible():
            values["sidebar_width"] = round(self.splitter.sizes()[0] / self._theme.scale)
        if frame := self._frame_to_remember():
            values["frame"] = frame
        return values

    def _frame_to_remember(self) -> list[int] | None:
        """What the system puts around the window; that of a maximized one may be another."""
        handle = self.windowHandle()
        if handle is None or not self.isVisible() or self.isMaximized() or self.isFullScreen():
            return self._remembered.get("frame")
        margins = handle.frameMargins()
        return [margins.left(), margins.top(), margins.right(), margins.bottom()]

    # -- sidebar

    @property
    def is_narrow(self) -> bool:
        return self.width() < self._theme.px(NARROW)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange_sidebar()

    def _arrange_sidebar(self) -> None:
        if self.is_narrow:
            if self.sidebar.parentWidget() is self.splitter:
                width = min(self.splitter.sizes()[0], self._theme.px(SIDEBAR_WIDTH))
                if width < self._theme.px(SIDEBAR_LEAST):  # hidden, or the window was never as wide as its parts
                    width = self._theme.px(SIDEBAR_WIDTH)
                self._overlay = SidebarOverlay(self.sidebar, width, self._theme, self)
                self.sidebar.restyle()
            if self._overlay is not None:
                self._overlay.fit()
        elif self._overlay is not None:
            self._overlay.hide()
            self.splitter.insertWidget(0, self.sidebar)
            self.sidebar.restyle()
            self.splitter.setSizes([self._theme.px(SIDEBAR_WIDTH), self.width()])
            self._overlay.deleteLater()
            self._overlay = None
            self.sidebar.setVisible(self._sidebar_wanted)
        else:
            self.sidebar.setVisible(self._sidebar_wanted)
        self.chat.header.set_narrow(self.is_narrow or not self._sidebar_wanted)

    def toggle_sidebar(self) -> None:
        if self._overlay is not None:
            if self._overlay.isVisible():
                self._overlay.hide()
            else:
                self._overlay.slide_in()
                self.sidebar.focus_search()
            return
        self._sidebar_wanted = not self._sidebar_wanted
        self._arrange_sidebar()

    def search(self) -> None:
        """Bring the search field to where it can be seen, and type there."""
        self.show_sidebar()
        self.sidebar.focus_search()

    def show_sidebar(self) -> None:
        """Bring it to where it can be seen."""
        if not self.sidebar.isVisible():
            self.toggle_sidebar()

    def close_overlay(self) -> bool:
        """Hide the sidebar where it lies over the chat; False when it does not."""
        if self._overlay is not None and self._overlay.isVisible():
            self._overlay.hide()
            return True
        return False

    # -- panes

    def show_pane(self, pane: QWidget) -> None:
        if self.panes.indexOf(pane) < 0:
            self.panes.addWidget(pane)
        self.panes.setCurrentWidget(pane)

    def add_shortcut(self, keys: str, run: object) -> QAction:
        """A command of the window, reachable by its keys."""
        action = QAction(self)
        action.setShortcuts([QKeySequence(part) for part in keys.split(" | ")])
        action.triggered.connect(lambda: run())  # type: ignore[operator]  # a callable
        self.addAction(action)
        return action

    def come_forward(self) -> None:
        """Another launch asked for this window."""
        if self.isMinimized():
            self.showNormal()
        self.show()
        self.raise_()
        self.activateWindow()

    def release(self) -> None:
        """Before the window is destroyed."""
        if self.chat.transcript is not None:
            self.chat.transcript.release()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.may_close:
            event.accept()
            return
        event.ignore()
        popup = QApplication.activePopupWidget()
        if popup is not None:  # a window of its own, which would stay and keep the keyboard
            popup.close()
        self.close_requested.emit()


class SidebarOverlay(QWidget):
    """The sidebar laid over a narrow window, from the left."""

    def __init__(self, sidebar: Sidebar, width: int, theme: Theme, window: MainWindow) -> None:
        super().__init__(window)
        self._theme = theme
        self._slide = QPropertyAnimation(self, b"pos", self)
        self._slide.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._width = width
        self._window = window
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 1, 0)  # the edge
        box.addWidget(sidebar)
        sidebar.show()
        self.hide()

    def slide_in(self) -> None:
        """From the edge it belongs to; it can be used while it comes."""
        self.fit()
        duration_ms = self._theme.motion.duration_ms(SLIDE_MS)
        if duration_ms:
            self._slide.setDuration(duration_ms)
            self._slide.setStartValue(QPoint(-self._width, 0))
            self._slide.setEndValue(QPoint(0, 0))
            self._slide.start()  # places it at its start before it shows
        self.show()
        self.raise_()

    def fit(self) -> None:
        self._slide.stop()
        self.setGeometry(0, 0, self._width, self._window.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(QRect(self.width() - 1, 0, 1, self.height()), self._theme.color("outline"))
