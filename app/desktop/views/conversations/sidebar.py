"""The left column: search, new chat, conversations, settings and the servers' health."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRectF,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QAccessible, QAccessibleEvent, QFocusEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.desktop.glyphs import ARC_STEPS
from app.desktop.icons import set_icon_beside_text
from app.desktop.models.conversation_list_model import ConversationListModel, Role
from app.desktop.models.conversation_rows import FOLDABLE
from app.desktop.motion import ARC_INTERVAL_MS
from app.desktop.views.conversations.chat_acts import ChatActs
from app.desktop.views.conversations.chat_list_view import ChatListView
from app.desktop.views.conversations.conversation_delegate import ConversationDelegate
from app.desktop.views.conversations.health_line import HealthLine
from app.desktop.views.conversations.name_bar import NameBar
from app.desktop.views.conversations.trash_bar import TrashBar
from app.desktop.views.search_field import SearchField
from app.desktop.views.undo_bar import UndoBar

if TYPE_CHECKING:
    from app.desktop.theme import Theme

SEARCH_DELAY_MS = 120
_Index = QModelIndex | QPersistentModelIndex
_BY_KEYBOARD = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)


class Sidebar(QWidget):
    """Signals:
    search_changed(str): what to look for; "" shows all chats again.
    new_chat_requested(), settings_requested().
    open_requested(conversation_id, message_id or 0).
    delete_requested(list of ids), rename_requested(id).
    export_requested(list of ids), copy_link_requested(id).
    trash_requested(bool): the trash in the place of the list, or the list again.
    """

    search_changed = Signal(str)
    new_chat_requested = Signal()
    settings_requested = Signal()
    open_requested = Signal(int, int)
    delete_requested = Signal(list)
    rename_requested = Signal(int)
    trash_requested = Signal(bool)
    export_requested = Signal(list)
    copy_link_requested = Signal(int)

    def __init__(self, theme: Theme, model: ConversationListModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._model = model
        self.setObjectName("sidebar")
        self.setProperty("surface", "chrome")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._make_top()
        self._make_list()
        self._make_bars()
        self._make_footer()
        px = theme.px
        top = QHBoxLayout()
        top.setContentsMargins(px(12), px(8), px(12), px(8))
        top.setSpacing(px(8))
        top.addWidget(self.search, 1)
        top.addWidget(self.new_chat_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(top)
        column.addWidget(self.name_bar)
        column.addWidget(self.trash_bar)
        column.addWidget(self.empty_label)
        column.addWidget(self.list, 1)
        column.addWidget(self._footer)
        self.undo_bar = UndoBar(theme, self, bottom_margin=px(52))
        self.undo_bar.heir = self.list
        self._busy_timer = QTimer(self, interval=ARC_INTERVAL_MS)
        self._busy_timer.timeout.connect(self._turn)
        model.dataChanged.connect(self._on_rows_changed)
        model.rowsInserted.connect(self._on_rows_changed)
        model.rowsRemoved.connect(self._on_rows_changed)
        theme.changed.connect(self.restyle)
        theme.motion.changed.connect(self._on_rows_changed)
        self.restyle()

    def _make_top(self) -> None:
        #: What the list was found for; "" while it holds all chats.
        self.shown_query = ""
        #: Enter was pressed before there was anything to open.
        self._opens_first = False
        self.search = SearchField(self._theme, "search", parent=self)
        self.search.setObjectName("search")
        self.search.setAccessibleName(self.tr("Search"))
        self.search.setPlaceholderText(self.tr("Search"))
        self.search.setToolTip(
            self.tr(
                "Words of chats. Also model: provider: folder: tag: role: in:code has:file before: after: is:pinned"
            )
        )
        self.search.installEventFilter(self)
        self._delay = QTimer(self, singleShot=True, interval=SEARCH_DELAY_MS)
        self._delay.timeout.connect(lambda: self.search_changed.emit(self._query()))
        self.search.textEdited.connect(self._on_search_edited)
        self.new_chat_button = QToolButton(self)
        self.new_chat_button.setObjectName("newChat")
        self.new_chat_button.setIcon(self._theme.icon("new-chat"))
        self.new_chat_button.setAccessibleName(self.tr("New chat"))
        self.new_chat_button.setToolTip(self.tr("New chat (Ctrl+N)"))
        self.new_chat_button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.new_chat_button.clicked.connect(self.new_chat_requested)

    def _make_list(self) -> None:
        self.empty_label = QLabel(self.tr("No conversations yet."), self)
        self.empty_label.setProperty("tone", "text3")
        self.empty_label.setContentsMargins(self._theme.px(16), self._theme.px(8), self._theme.px(16), 0)
        self.empty_label.setWordWrap(True)
        self.empty_label.hide()
        self.list = ChatListView(self._theme, self)
        self.list.setObjectName("conversations")
        self.list.setAccessibleName(self.tr("Conversations"))
        self.list.setModel(self._model)
        self._delegate = ConversationDelegate(self._theme, self)
        self.list.setItemDelegate(self._delegate)
        self.list.setMouseTracking(True)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._show_menu)
        self.list.clicked.connect(self._on_clicked)
        self.list.installEventFilter(self)

    def _make_bars(self) -> None:
        self.acts = ChatActs(self._theme, self._model, self)
        self.acts.delete_requested.connect(self.delete_requested)
        self.name_bar = NameBar(self._theme, self)
        self.name_bar.left.connect(lambda: self.list.setFocus(Qt.FocusReason.OtherFocusReason))
        self.trash_bar = TrashBar(self._theme, self)
        self.trash_bar.back_requested.connect(lambda: self.trash_requested.emit(False))
        self.trash_bar.empty_requested.connect(self.acts.empty_trash_requested)

    def _make_footer(self) -> None:
        self._footer = QWidget(self)
        self._footer.setFixedHeight(self._theme.px(44))
        row = QHBoxLayout(self._footer)
        row.setContentsMargins(self._theme.px(8), 0, self._theme.px(8), 0)
        row.setSpacing(self._theme.px(4))
        self.settings_button = QPushButton(self.tr("Settings"), self._footer)
        self.settings_button.setObjectName("settings")
        self.settings_button.setAccessibleName(self.tr("Settings"))
        set_icon_beside_text(self.settings_button, self._theme.icon("settings"), self._theme)
        self.settings_button.setProperty("kind", "quiet")
        self.settings_button.setCheckable(True)
        self.settings_button.clicked.connect(self._on_settings)
        self.health = HealthLine(self._theme, self._footer)
        row.addWidget(self.settings_button)
        row.addWidget(self.health, 1)

    # -- what the window says

    def set_current(self, conversation_id: int) -> None:
        """Mark the open chat."""
        self._delegate.current_id = conversation_id
        self.list.viewport().update()

    def set_settings_open(self, is_open: bool) -> None:
        self.settings_button.setChecked(is_open)

    def set_empty_text(self, text: str) -> None:
        """Shown in place of an empty list; "" hides it."""
        self.empty_label.setText(text)
        self.empty_label.setVisible(bool(text))

    def show_trash(self, is_open: bool) -> None:
        """The list now holds the trash, or all chats again."""
        if is_open == self.trash_bar.isVisibleTo(self):
            return
        self.trash_bar.setVisible(is_open)
        if self.list.hasFocus() and self._model.rowCount():
            self.list.setCurrentIndex(self._model.index(0 if is_open else self._model.rowCount() - 1))

    def show_found(self, query: str) -> None:
        """The list now holds what was found for this."""
        self.shown_query = query
        if self._opens_first and query == self._query():
            self._opens_first = False
            if self.search.hasFocus():
                self._leave_search(opens=True)

    def focus_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def clear_search(self) -> None:
        """All chats again, after a search or the trash."""
        if self.trash_bar.isVisibleTo(self):
            self.trash_requested.emit(False)
        if self.search.text():
            self._empty_search()
            self.search_changed.emit("")

    # -- inside

    def _on_settings(self) -> None:
        self.settings_requested.emit()

    def _on_clicked(self, index: QModelIndex) -> None:
        modifiers = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        from PySide6.QtWidgets import QApplication  # here: asked once a click

        if not QApplication.keyboardModifiers() & modifiers:
            self._open(index)

    def _open(self, index: QModelIndex) -> None:
        """Do what a row is for."""
        kind = index.data(Role.KIND)
        if kind in FOLDABLE:
            self._fold(index, not index.data(Role.FOLDED))
        elif kind == "trash":
            self.open_trash()
        elif kind == "trashed":
            self._show_menu(self.list.visualRect(index).center())
        elif index.data(Role.CONVERSATION_ID):
            self.open_requested.emit(index.data(Role.CONVERSATION_ID), index.data(Role.MESSAGE_ID) or 0)

    def leave_trash(self) -> bool:
        """Esc in the sidebar while it shows the trash; False elsewhere."""
        focused = self.window().focusWidget()
        is_here = focused is not None and self.isAncestorOf(focused) and self.trash_bar.isVisibleTo(self)
        if is_here:
            self.trash_requested.emit(False)
        return is_here

    def _fold(self, index: QModelIndex, folded: bool) -> None:
        """Its name says whether it is open: a screen reader says it again."""
        self._model.set_folded(index, folded)
        if QAccessible.isActive():
            event = QAccessibleEvent(self.list, QAccessible.Event.NameChanged)
            event.setChild(index.row())
            QAccessible.updateAccessibility(event)

    def _empty_search(self) -> None:
        """What was typed a moment ago is not looked for any more: it would take the place of what comes instead."""
        self._opens_first = False
        self._delay.stop()
        self.search.clear()

    def open_trash(self) -> None:
        """The trash in the place of the list, whatever was looked for."""
        self._empty_search()
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)
        self.trash_requested.emit(True)

    def chosen_ids(self) -> list[int]:
        """The chats that are selected in the list."""
        ids = [i.data(Role.CONVERSATION_ID) for i in self.list.selectionModel().selectedIndexes()]
        return list(dict.fromkeys(i for i in ids if i))

    def rename_chosen(self) -> bool:
        """Rename what is chosen in the list, a chat or a folder; False while the list has not the focus."""
        if not self.list.hasFocus():
            return False
        index = self.list.currentIndex()
        if index.data(Role.KIND) == "folder":
            self.acts.folder_rename_requested.emit(index.data(Role.FOLDER_ID))
            return True
        chosen = self.chosen_ids()
        if chosen and index.data(Role.KIND) != "trashed":
            self.rename_requested.emit(chosen[0])
        return bool(chosen)

    def _show_menu(self, position: QPoint) -> None:
        index = self.list.indexAt(position)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if index.data(Role.KIND) == "folder":
            self.acts.fill_folder(menu, index.data(Role.FOLDER_ID))
        elif index.data(Role.CONVERSATION_ID):
            self._fill_menu(menu, index)
        else:
            menu.addAction(self.tr("New folder"), lambda: self.acts.new_folder_requested.emit([]))
        menu.popup(self.list.viewport().mapToGlobal(position))

    def _fill_menu(self, menu: QMenu, index: QModelIndex) -> None:
        """For all that are selected where this row is among them, else for this one."""
        conversation_id = index.data(Role.CONVERSATION_ID)
        ids = self.chosen_ids()
        if conversation_id not in ids:
            ids = [conversation_id]
        if index.data(Role.KIND) == "trashed":
            self.acts.fill_trashed(menu, ids)
            return
        if len(ids) == 1:
            row = QPersistentModelIndex(index)
            menu.addAction(self.tr("Open"), lambda: self._open(self._model.index(row.row())))
            menu.addAction(self.tr("Rename"), lambda: self.rename_requested.emit(conversation_id))
        self.acts.fill(menu, ids)
        menu.addSeparator()
        self._add_ways_out(menu, ids)
        menu.addAction(self.tr("Delete"), lambda: self.delete_requested.emit(ids))

    def _add_ways_out(self, menu: QMenu, ids: list[int]) -> None:
        """How chats leave the list without leaving the store."""
        if len(ids) == 1:
            menu.addAction(self.tr("Copy link"), lambda: self.copy_link_requested.emit(ids[0]))
        menu.addAction(self.tr("Export…"), lambda: self.export_requested.emit(ids))
        menu.addSeparator()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if watched is self.list and self._list_key(event):
                return True
            if watched is self.search and self._search_key(event):
                return True
        elif watched is self.list and isinstance(event, QFocusEvent) and event.gotFocus():
            self._on_list_focus(event.reason())
        return super().eventFilter(watched, event)

    def _on_list_focus(self, reason: Qt.FocusReason) -> None:
        """The keyboard came here: begin at the open chat, else where it was, else at the first chat."""
        if reason not in _BY_KEYBOARD:
            return
        row = self._model.row_of(self._delegate.current_id)
        if row is None and not self.list.currentIndex().data(Role.CONVERSATION_ID):
            rows = range(self._model.rowCount())
            row = next((r for r in rows if self._model.index(r).data(Role.CONVERSATION_ID)), None)
        if row is not None:
            self.list.setCurrentIndex(self._model.index(row))

    def _list_key(self, event: QKeyEvent) -> bool:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(self.list.currentIndex())
            return True
        if event.key() == Qt.Key.Key_Escape and self.search.text():
            self.clear_search()
            return True
        if event.key() == Qt.Key.Key_Escape and self.leave_trash():
            return True
        if self._place_key(event):
            return True
        if event.key() == Qt.Key.Key_Delete and self.chosen_ids():
            in_trash = self.list.currentIndex().data(Role.KIND) == "trashed"
            (self.acts.destroy_requested if in_trash else self.delete_requested).emit(self.chosen_ids())
            return True
        return event.key() == Qt.Key.Key_F2 and self.rename_chosen()

    def _place_key(self, event: QKeyEvent) -> bool:
        """Keys of a row that holds others, and those of the menu on any."""
        index = self.list.currentIndex()
        kind, key = index.data(Role.KIND), event.key()
        shift_f10 = key == Qt.Key.Key_F10 and event.modifiers() == Qt.KeyboardModifier.ShiftModifier
        if (key == Qt.Key.Key_Menu or shift_f10) and index.isValid():
            self._show_menu(self.list.visualRect(index).center())
            return True
        if kind in FOLDABLE and key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._fold(index, key == Qt.Key.Key_Left)
            return True
        if kind == "folder" and key == Qt.Key.Key_Delete:
            self.acts.folder_delete_requested.emit(index.data(Role.FOLDER_ID))
            return True
        if kind in (*FOLDABLE, "trash") and key == Qt.Key.Key_Space:
            self._open(index)
            return True
        return False

    def _search_key(self, event: QKeyEvent) -> bool:
        if self.search.composing:
            return False
        if event.key() == Qt.Key.Key_Escape and self.search.text():
            self.clear_search()
            return True
        if event.key() == Qt.Key.Key_Down:
            self._leave_search(opens=False)
            return True
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.shown_query == self._query():
                self._leave_search(opens=True)
            else:  # what stands there was found for something else
                self._opens_first = True
                if self._delay.isActive():
                    self._delay.stop()
                    self.search_changed.emit(self._query())
            return True
        return False

    def _query(self) -> str:
        """A space at the end counts: the last word is finished."""
        return self.search.text().lstrip()

    def _on_search_edited(self) -> None:
        self._opens_first = False
        self._delay.start()

    def _leave_search(self, *, opens: bool) -> None:
        """To the first chat of the list."""
        for row in range(self._model.rowCount()):
            index = self._model.index(row)
            if index.data(Role.CONVERSATION_ID):
                self.list.setCurrentIndex(index)
                self.list.setFocus(Qt.FocusReason.OtherFocusReason)
                if opens:
                    self._open(index)
                return

    def _on_rows_changed(self) -> None:
        busy = any(
            self._model.index(row).data(Role.STATE) == "answering" for row in range(min(self._model.rowCount(), 500))
        )
        if busy and not self._theme.reduced_motion:
            if not self._busy_timer.isActive():
                self._busy_timer.start()
        else:
            self._busy_timer.stop()
            self._delegate.step = 0
            self.list.viewport().update()

    def _turn(self) -> None:
        self._delegate.step = (self._delegate.step + 1) % ARC_STEPS
        self.list.viewport().update()

    def restyle(self) -> None:
        """Fonts and colours once more: the theme changed, or the sidebar moved to another parent."""
        theme = self._theme
        self.search.setFont(theme.font("body"))
        self.settings_button.setFont(theme.font("body-medium"))
        self.empty_label.setFont(theme.font("small"))
        self.health.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        line = self._theme.hairline(self.devicePixelRatioF())
        y = self._footer.y()
        painter.fillRect(QRectF(0, y - line, self.width(), line), self._theme.color("line"))
