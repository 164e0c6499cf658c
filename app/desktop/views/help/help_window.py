"""The guide in a window of its own: pages and sections on the left, what was chosen on the right, search over all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QKeySequence, QShortcut, QTextBlock, QTextCursor, QTextDocument
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QSplitter,
    QTextBrowser,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.desktop.models.plain_tooltip import plain_tooltip
from app.desktop.views.search_field import SearchField
from app.desktop.views.settings.controls import text_label

if TYPE_CHECKING:
    from app.desktop.theme import Theme

WIDTH, HEIGHT, LIST, ROW = 980, 720, 260, 28
SEARCH_DELAY_MS = 120
BACK = "Alt+Left"
#: (page, section) → its row.
Key = tuple[str, str]


class HelpWindow(QDialog):
    """Signals:
    chosen(page, section): show it. searched(text). link_activated(address). back_requested().
    """

    chosen = Signal(str, str)
    back_requested = Signal()
    searched = Signal(str)
    link_activated = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setWindowTitle(self.tr("Help"))
        self.setAccessibleName(self.tr("Help"))
        self.setObjectName("help")
        px = theme.px
        self.resize(px(WIDTH), px(HEIGHT))
        self.search = SearchField(theme, "search", parent=self)
        self.search.setPlaceholderText(self.tr("Search the help"))
        self.search.setAccessibleName(self.tr("Search the help"))
        self._delay = QTimer(self, singleShot=True, interval=SEARCH_DELAY_MS)
        self._delay.timeout.connect(lambda: self.searched.emit(self.search.text()))
        self.search.textEdited.connect(lambda _text: self._delay.start())
        self.tree = QTreeWidget(self)
        self.tree.setHeaderHidden(True)
        self.tree.setAccessibleName(self.tr("Pages"))
        self.tree.setIndentation(px(16))
        self.tree.setFont(theme.font("body"))
        self.tree.setUniformRowHeights(True)
        self.tree.currentItemChanged.connect(self._on_item)
        self.empty = text_label(theme, self.tr("Nothing found"), "body", "text2", wrap=True, parent=self)
        self.empty.hide()
        self.text = _HelpText(theme, self)
        self.text.setAccessibleName(self.tr("Page"))
        self.text.anchorClicked.connect(lambda url: self.link_activated.emit(url.toString()))
        self.back = QToolButton(self)
        self.back.setObjectName("helpBack")
        self.back.setIcon(theme.icon("chevron-left"))
        self.back.setAccessibleName(self.tr("Back"))
        self.back.setToolTip(
            f"{self.tr('Back')} ({QKeySequence(BACK).toString(QKeySequence.SequenceFormat.NativeText)})"
        )
        self.back.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.back.clicked.connect(self.back_requested)
        self.back.setEnabled(False)
        QShortcut(QKeySequence(BACK), self, self.back_requested.emit)
        left = QWidget(self)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, px(8), 0)
        column.setSpacing(px(8))
        top = QHBoxLayout()
        top.setSpacing(px(4))
        top.addWidget(self.back)
        top.addWidget(self.search, 1)
        column.addLayout(top)
        for part in (self.empty, self.tree):
            column.addWidget(part)
        splitter = QSplitter(self)
        splitter.addWidget(left)
        splitter.addWidget(self.text)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([px(LIST), px(WIDTH - LIST)])
        box = QHBoxLayout(self)
        box.setContentsMargins(px(16), px(16), px(16), px(16))
        box.addWidget(splitter)
        self._rows: dict[Key, QTreeWidgetItem] = {}
        theme.changed.connect(self._on_theme)

    def show_pages(self, pages: Sequence[tuple[str, str, Sequence[tuple[str, str]]]]) -> None:
        """(name, title, (slug, title) of each section) of what is to be chosen from; all of them stand open in hits."""
        self.tree.blockSignals(True)
        self.tree.clear()
        self._rows.clear()
        for name, title, sections in pages:
            page = QTreeWidgetItem([title])
            page.setData(0, Qt.ItemDataRole.UserRole, (name, sections[0][0] if sections else ""))
            page.setSizeHint(0, QSize(0, self._theme.px(ROW)))  # all rows are as high as the first
            self.tree.addTopLevelItem(page)
            for slug, words in sections:
                item = page if words == title else QTreeWidgetItem(page, [words])
                item.setData(0, Qt.ItemDataRole.UserRole, (name, slug))
                item.setToolTip(0, plain_tooltip(words))
                self._rows[name, slug] = item
        self.tree.blockSignals(False)
        is_search = bool(self.search.text().strip())
        if is_search:
            self.tree.expandAll()
        self.empty.setVisible(is_search and not pages)

    @property
    def picture_width(self) -> int:
        """Pixels that a picture may take."""
        return max(200, self.text.viewport().width() - self._theme.px(48))

    def show_section(self, page: str, section: str, document: QTextDocument, heading: str = "") -> None:
        """Show a section; `heading`: scroll to the one of these words."""
        item = self._rows.get((page, section))
        if item is not None:
            self.tree.blockSignals(True)
            self.tree.setCurrentItem(item)
            item.setExpanded(True)  # what else the page has
            self.tree.scrollToItem(item)
            self.tree.blockSignals(False)
        self.text.show_document(document)
        self.text.scroll_to(heading)

    def _on_item(self, item: QTreeWidgetItem | None, _before: object) -> None:
        if item is not None:
            page, section = item.data(0, Qt.ItemDataRole.UserRole)
            self.chosen.emit(page, section)

    def _on_theme(self) -> None:
        item = self.tree.currentItem()
        if item is not None:
            self._on_item(item, None)


class _HelpText(QTextBrowser):
    """Documents of our own files. It loads nothing by itself; links are only told."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setOpenLinks(False)
        self.setFont(theme.font("body"))
        self.setTabChangesFocus(True)
        self._shown: QTextDocument | None = None

    def show_document(self, document: QTextDocument) -> None:
        self._shown = document  # Qt does not keep it
        self.setDocument(document)

    def scroll_to(self, heading: str) -> None:
        """Bring a heading to the top, the beginning where there is none of it."""
        block: QTextBlock = self.document().begin()
        self.moveCursor(QTextCursor.MoveOperation.Start)
        while heading and block.isValid():
            if block.blockFormat().headingLevel() and block.text() == heading:
                top = self.document().documentLayout().blockBoundingRect(block).top()
                self.verticalScrollBar().setValue(round(top))
                return
            block = block.next()

    def loadResource(self, _kind: int, _name: QUrl | str) -> Any:
        return None
