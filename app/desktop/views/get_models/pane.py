"""The pane “Get models”: find them, look at one, what was fetched; the downloads stand under all of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from app.desktop.glyphs import StateGlyph
from app.desktop.models.download_facts import DownloadFacts
from app.desktop.models.hub_rows import FileTableModel, RepositoryFacts, ResultTableModel
from app.desktop.views.download_line import DownloadLines
from app.desktop.views.get_models.details_page import DetailsPage
from app.desktop.views.get_models.fetched_page import FetchedPage
from app.desktop.views.get_models.search_page import SearchPage
from app.desktop.views.pane_header import PaneHeader, begin_pane
from app.desktop.views.settings.controls import TabBar, text_label
from app.desktop.views.settings.page import NARROW_PANE
from app.desktop.views.state_light import StateLight
from app.desktop.views.watched_frame import WatchedFrame

if TYPE_CHECKING:
    from app.desktop.theme import Theme

FIND, FETCHED = 0, 1
#: Of the height of the pane, for the downloads.
MOST_FOR_DOWNLOADS = 0.3


class _ScrolledLines(DownloadLines):
    """As high as its texts are at the width they have, and not as at the smallest one."""

    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), 0)


class GetModelsPane(WatchedFrame):
    """Signals:
    close_requested(), sidebar_requested().
    fetched_opened(): its second tab.
    left_details(): nobody looks at a repository any more.
    download_acted(key, action).
    """

    close_requested = Signal()
    sidebar_requested = Signal()
    fetched_opened = Signal()
    left_details = Signal()
    download_acted = Signal(str, str)

    def __init__(
        self,
        theme: Theme,
        *,
        sidebar_hidden: Callable[[], bool] = lambda: False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._sidebar_hidden = sidebar_hidden
        self.header = PaneHeader(theme, self.tr("Get models"), self.tr("Close “Get models”"), self)
        self.header.close_requested.connect(self.close_requested)
        self.header.sidebar_requested.connect(self.sidebar_requested)
        self.tabs = TabBar(theme, self)
        self.tabs.setAccessibleName(self.tr("Tabs of “Get models”"))
        for text in (self.tr("Find"), self.tr("Fetched")):
            self.tabs.setAccessibleTabName(self.tabs.addTab(text), text)
        self.results, self.files = ResultTableModel(self), FileTableModel(self)
        self.stack = QStackedWidget(self)
        self.search = SearchPage(theme, self.results, self.stack)
        self.details = DetailsPage(theme, self.files, self.stack)
        self.fetched = FetchedPage(theme, self.stack)
        for page in (self.search, self.details, self.fetched):
            self.stack.addWidget(page)
        self.details.back_requested.connect(self.show_results)
        self.tabs.currentChanged.connect(self._on_tab)
        self.tabs.tabBarClicked.connect(self._on_clicked)
        self._arrange()
        self.setFocusProxy(self.search.field)
        self.header.follow(self.search.field)
        self.setTabOrder(self.header.close_button, self.tabs)

    def _arrange(self) -> None:
        theme, px = self._theme, self._theme.px
        self._tab_row = QHBoxLayout()
        self._tab_row.addWidget(self.tabs)
        self._light = StateLight(theme, self, StateGlyph.BUSY)
        self._busy = text_label(theme, "", "small", "text2", parent=self)
        self._trouble = text_label(theme, "", "body", "error", wrap=True, parent=self)
        self._trouble.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        busy = QHBoxLayout()
        busy.setSpacing(px(8))
        busy.addWidget(self._light)
        busy.addWidget(self._busy, 1)
        self.downloads = _ScrolledLines(theme, self)
        self.downloads.acted.connect(self.download_acted)
        self._scroll = QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(self.downloads)
        for widget in (self._scroll.viewport(), self.downloads):  # the card around them is the ground
            widget.setAutoFillBackground(False)
        self._card = QFrame(self)
        self._card.setProperty("card", True)
        inner = QVBoxLayout(self._card)
        inner.setContentsMargins(1, 1, 1, 1)
        inner.addWidget(self._scroll)
        self._body = QVBoxLayout()
        self._body.setSpacing(px(12))
        self._body.addWidget(self._trouble)
        self._body.addLayout(busy)
        self._body.addWidget(self.stack, 1)
        self._body.addWidget(self._card)
        column = begin_pane(self, "getModelsPane", self.tr("Get models"), self.header)
        column.addLayout(self._tab_row)
        column.addLayout(self._body, 1)
        self._card.hide()
        self._place()
        self.show_busy("")
        self.show_trouble("")

    # -- moving

    def _on_tab(self, tab: int) -> None:
        self.show_trouble("")
        self.stack.setCurrentWidget(self.search if tab == FIND else self.fetched)
        if tab == FETCHED:
            self.fetched_opened.emit()
        self.left_details.emit()

    def _on_clicked(self, tab: int) -> None:
        """The tab that is in front already leads back to its beginning."""
        if tab == FIND and self.stack.currentWidget() is self.details:
            self.show_results()

    def show_results(self) -> None:
        """Back from a repository to what was found."""
        self.show_trouble("")
        self.stack.setCurrentWidget(self.search)
        (self.search.table if self.results.rowCount() else self.search.field).setFocus(Qt.FocusReason.OtherFocusReason)
        self.left_details.emit()

    def go_back(self) -> bool:
        """From a repository to the results; False where there is nothing to go back to."""
        if self.stack.currentWidget() is not self.details:
            return False
        self.show_results()
        return True

    # -- showing

    def show_found(self, rows: tuple[object, ...], words: str) -> None:
        """The answer to a search."""
        self.show_trouble("")
        self.stack.setCurrentWidget(self.search)
        self.search.show_results(rows, words)

    def show_repository(self, facts: RepositoryFacts) -> None:
        """The answer about a repository, or a change of who can fetch its files."""
        is_new = self.stack.currentWidget() is not self.details
        if is_new:
            self.show_trouble("")
        self.details.show_facts(facts)
        if is_new and self.tabs.currentIndex() == FIND:
            self.stack.setCurrentWidget(self.details)
            self.details.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_busy(self, words: str) -> None:
        """What is being asked; "" for nothing."""
        self._busy.setText(words)
        for widget in (self._light, self._busy):
            widget.setVisible(bool(words))
        if words:
            self.show_trouble("")

    def show_trouble(self, text: str) -> None:
        """What the last question came to, and what to do; "" where it was answered."""
        self._trouble.setText(text)
        self._trouble.setVisible(bool(text))

    def show_downloads(self, downloads: Sequence[DownloadFacts]) -> None:
        """Under whatever page is in front."""
        self.downloads.show_downloads(downloads)
        self._card.setVisible(bool(downloads))
        self._fit_downloads()

    def _fit_downloads(self) -> None:
        room = self._scroll.viewport().width() or self.width()
        wanted = self.downloads.height_at(room)
        self._scroll.setFixedHeight(min(wanted, max(self._theme.px(64), int(self.height() * MOST_FOR_DOWNLOADS))))

    # -- Qt

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        line = self._theme.hairline(self.devicePixelRatioF())
        painter.fillRect(QRectF(0, self.tabs.geometry().bottom() + 1 - line, self.width(), line),
                         self._theme.color("line"))  # fmt: skip

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        px = self._theme.px
        side = 24 if self.width() < px(NARROW_PANE) else 32
        self.header.set_inset(side)
        self.header.sidebar_button.setVisible(self._sidebar_hidden())
        self._tab_row.setContentsMargins(px(side - self.tabs.gap // 2), 0, px(side), 0)
        self._body.setContentsMargins(px(side), px(16), px(side), px(16))
        self._fit_downloads()
