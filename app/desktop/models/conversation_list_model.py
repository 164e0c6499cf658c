"""Rows of the sidebar: the list of chats, the hits of a search, or the trash."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QMimeData, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from app.desktop.models import conversation_rows
from app.desktop.models.conversation_rows import ARCHIVE, DATED, FOLDABLE, Row, key_of

if TYPE_CHECKING:
    from app.services.conversations.folders import Folder
    from app.services.conversations.listing import ChatList, TrashedChat
    from app.services.conversations.records import Conversation, SearchHit

#: Ids of chats that are dragged, with blanks between.
DRAGGED = "application/x-ai-coder-assistant-chats"

#: Folders whose folding is remembered; the file for it is small.
MOST_FOLDS = 500


class Role(IntEnum):
    KIND = Qt.ItemDataRole.UserRole + 1
    CONVERSATION_ID = Qt.ItemDataRole.UserRole + 2
    MESSAGE_ID = Qt.ItemDataRole.UserRole + 3
    TIME = Qt.ItemDataRole.UserRole + 4
    STATE = Qt.ItemDataRole.UserRole + 5
    SNIPPET = Qt.ItemDataRole.UserRole + 6
    PINNED = Qt.ItemDataRole.UserRole + 7
    FOLDER_ID = Qt.ItemDataRole.UserRole + 8
    FOLDED = Qt.ItemDataRole.UserRole + 9
    COUNT = Qt.ItemDataRole.UserRole + 10


_Index = QModelIndex | QPersistentModelIndex
_NO_PARENT = QModelIndex()


class ConversationListModel(QAbstractListModel):
    """Keeps rows stable: only what differs is removed, inserted or repainted, so the list never jumps.

    Signals:
        dropped(list of ids, folder_id or 0): chats were dragged into a folder, or out of it.
        archive_opened(): archived chats are wanted.
    """

    dropped = Signal(list, int)
    archive_opened = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Row] = []
        #: What was found, in plain words; of the rows that were looked at.
        self._snippets: dict[str, str] = {}
        self._shown: tuple[ChatList, set[int], date | None] | None = None
        self._known: dict[int, Conversation] = {}
        #: Whether the rows are those of the list, not of a search or the trash.
        self._is_list = True
        self._folded = {ARCHIVE}

    def rowCount(self, parent: _Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row = self._rows[index.row()]
        if role == Role.KIND:  # asked of every row, for its height
            return row.kind
        if role == Role.SNIPPET:
            return self._snippet(row)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return conversation_rows.spoken(row, _without_marks(self._snippet(row)))
        if role == Qt.ItemDataRole.ToolTipRole and row.kind != "group":
            lines = (row.title, _without_marks(self._snippet(row)), row.told)
            return _plain_tooltip("\n".join(part for part in lines if part))
        values: dict[int, Any] = {
            Qt.ItemDataRole.DisplayRole: row.title,
            Role.CONVERSATION_ID: row.conversation_id,
            Role.MESSAGE_ID: row.message_id,
            Role.TIME: row.time,
            Role.STATE: row.state,
            Role.PINNED: row.pinned,
            Role.FOLDER_ID: row.folder_id,
            Role.FOLDED: row.folded,
            Role.COUNT: row.count,
        }
        return values.get(role)

    def _snippet(self, row: Row) -> str:
        """Made when the row is first looked at: of a hundred hits a dozen are in view."""
        if not row.found:
            return ""
        if row.found not in self._snippets:
            from app.desktop.models.plain_snippet import plain_snippet  # here: nothing of a search belongs to a start

            self._snippets[row.found] = plain_snippet(row.found)
        return self._snippets[row.found]

    def row_of(self, conversation_id: int) -> int | None:
        """Position of a chat's row."""
        return next(
            (i for i, row in enumerate(self._rows) if row.kind == "chat" and row.conversation_id == conversation_id),
            None,
        )

    # -- what is known of chats and folders

    def know(self, chats: Iterable[Conversation]) -> None:
        """Take in what the store has of these chats now, whether they are in the list or not."""
        self._known.update((one.id, one) for one in chats)

    def forget(self, conversation_ids: Iterable[int]) -> None:
        """These chats are gone for good."""
        for conversation_id in conversation_ids:
            self._known.pop(conversation_id, None)

    @property
    def has_list(self) -> bool:
        """Whether all chats were read once."""
        return self._shown is not None

    def chat(self, conversation_id: int) -> Conversation | None:
        """What was last read of a chat."""
        return self._known.get(conversation_id)

    def folders(self) -> Sequence[Folder]:
        """By name."""
        return self._shown[0].folders if self._shown is not None else ()

    def folder_names(self) -> Mapping[int, str]:
        return {one.id: one.name for one in self.folders()}

    # -- what is shown

    def know_list(self, shown: ChatList, answering: set[int], today: date | None = None) -> None:
        """Take in all chats and folders; `show_list` shows them."""
        for chats in (shown.placed, shown.dated, shown.archived):
            self.know(chats)
        self._shown = (shown, answering, today)

    def show_list(self) -> None:
        """All chats, in their groups."""
        self._is_list = True
        self._rebuild()

    def _rebuild(self) -> None:
        if self._shown is not None and self._is_list:
            shown, answering, today = self._shown
            self._set_rows(conversation_rows.rows_of(shown, self._folded, answering, today or date.today()))

    def show_hits(self, titles: Sequence[Conversation], hits: Sequence[SearchHit]) -> None:
        """What a search found: chats by title, then messages."""
        self._is_list = False
        self.know(titles)
        self._set_rows(conversation_rows.rows_of_hits(titles, hits, self._known, self.folder_names()))

    def show_trash(self, trashed: Sequence[TrashedChat]) -> None:
        """Deleted chats in the place of all others."""
        self._is_list = False
        self.know(one.conversation for one in trashed)
        self._set_rows(conversation_rows.rows_of_trash(trashed))

    # -- folding

    @property
    def is_archive_open(self) -> bool:
        return ARCHIVE not in self._folded

    def set_folded(self, index: _Index, folded: bool) -> None:
        """Fold a folder or the archived chats, or unfold them."""
        row = self._rows[index.row()]
        if row.kind not in FOLDABLE or row.folded == folded:
            return
        (self._folded.add if folded else self._folded.discard)(row.key)
        self._rebuild()
        if row.kind == "archive" and not folded:
            self.archive_opened.emit()

    def unfold_folder(self, folder_id: int) -> None:
        """Show what is in a folder."""
        self._folded -= {one.uid for one in self.folders() if one.id == folder_id}
        self._rebuild()

    def folds_to_remember(self) -> dict[str, Any]:
        """As JSON values; of folders that are gone nothing is kept."""
        there = {one.uid for one in self.folders()}
        folded = self._folded - {ARCHIVE}
        kept = folded & there if self._shown is not None else folded
        return {"folded": sorted(kept)[:MOST_FOLDS], "archive_open": self.is_archive_open}

    def remember_folds(self, remembered: Mapping[str, Any]) -> None:
        """What the last run remembered; anything else in its place counts as nothing."""
        folded = remembered.get("folded")
        if isinstance(folded, list):
            self._folded |= {key for key in folded if isinstance(key, str)}
        if remembered.get("archive_open") is True:
            self._folded.discard(ARCHIVE)

    # -- dragging

    def flags(self, index: _Index) -> Qt.ItemFlag:
        kind = self._rows[index.row()].kind if index.isValid() else "group"
        if kind == "group":
            return Qt.ItemFlag.ItemIsDropEnabled if index.isValid() else Qt.ItemFlag.NoItemFlags
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDropEnabled
        return flags | Qt.ItemFlag.ItemIsDragEnabled if kind in ("chat", "hit") else flags

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        return [DRAGGED]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        ids = dict.fromkeys(self._rows[index.row()].conversation_id for index in indexes)
        data = QMimeData()
        data.setData(DRAGGED, " ".join(str(one) for one in ids if one).encode())
        return data

    def canDropMimeData(self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: _Index) -> bool:
        return data.hasFormat(DRAGGED) and self._folder_at(parent) is not None

    def dropMimeData(self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: _Index) -> bool:
        """Nothing is moved here: the store does it, and the list follows."""
        folder_id = self._folder_at(parent)
        if folder_id is None or not data.hasFormat(DRAGGED):
            return False
        ids = [int(one) for one in bytes(data.data(DRAGGED).data()).split() if one.isdigit()]
        self.dropped.emit(ids, folder_id)
        return True

    def _folder_at(self, index: _Index) -> int | None:
        """The folder that what is dropped here goes into, 0 for none; None where nothing can be dropped."""
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if row.kind == "folder":
            return row.folder_id
        if row.kind == "group":
            return 0 if row.key == DATED else None
        if row.kind != "chat" or row.pinned:
            return None
        chat = self._known.get(row.conversation_id)
        if chat is not None and chat.archived_at is not None:
            return None
        return (chat.folder_id if chat is not None else None) or 0

    def _set_rows(self, rows: list[Row]) -> None:
        self._snippets.clear()
        old = self._rows
        start = next((i for i, (a, b) in enumerate(zip(old, rows, strict=False)) if key_of(a) != key_of(b)), None)
        if start is None:
            start = min(len(old), len(rows))
        end = 0
        while end < min(len(old), len(rows)) - start and key_of(old[-1 - end]) == key_of(rows[-1 - end]):
            end += 1
        if len(old) - end > start:
            self.beginRemoveRows(QModelIndex(), start, len(old) - end - 1)
            self._rows = old[:start] + old[len(old) - end :]
            self.endRemoveRows()
        if len(rows) - end > start:
            self.beginInsertRows(QModelIndex(), start, len(rows) - end - 1)
            self._rows = rows
            self.endInsertRows()
        self._rows = rows
        inserted = range(start, len(rows) - end)
        shift = len(old) - len(rows)
        changed = [i for i, row in enumerate(rows) if i not in inserted and row != old[i if i < start else i + shift]]
        if changed:  # the view lays itself out for each of these signals
            self.dataChanged.emit(self.index(changed[0]), self.index(changed[-1]))


def _without_marks(snippet: str) -> str:
    return snippet.replace("\x02", "").replace("\x03", "")


def _plain_tooltip(text: str) -> str:
    """A tooltip that Qt cannot take for rich text, whatever a title holds."""
    from html import escape

    return f"<span>{escape(text).replace(chr(10), '<br>')}</span>"
