"""Rows of the sidebar: chats grouped by pinned and date, or the hits of a search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QCoreApplication, QModelIndex, QObject, QPersistentModelIndex, Qt

if TYPE_CHECKING:
    from app.services.conversations.records import Conversation, SearchHit


def tr(text: str) -> str:
    return QCoreApplication.translate("Conversations", text)


class Role(IntEnum):
    KIND = Qt.ItemDataRole.UserRole + 1
    CONVERSATION_ID = Qt.ItemDataRole.UserRole + 2
    MESSAGE_ID = Qt.ItemDataRole.UserRole + 3
    TIME = Qt.ItemDataRole.UserRole + 4
    STATE = Qt.ItemDataRole.UserRole + 5
    SNIPPET = Qt.ItemDataRole.UserRole + 6
    PINNED = Qt.ItemDataRole.UserRole + 7


@dataclass(frozen=True, slots=True)
class Row:
    """`kind` is "group", "chat" or "hit"; `state` is "", "answering" or "unread"; `found` as `SearchHit.snippet`."""

    kind: str
    title: str
    conversation_id: int = 0
    message_id: int = 0
    time: str = ""
    state: str = ""
    pinned: bool = False
    found: str = ""


_Index = QModelIndex | QPersistentModelIndex
_NO_PARENT = QModelIndex()


class ConversationListModel(QAbstractListModel):
    """Keeps rows stable: only what differs is removed, inserted or repainted, so the list never jumps."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Row] = []
        #: What was found, in plain words; of the rows that were looked at.
        self._snippets: dict[str, str] = {}

    def rowCount(self, parent: _Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row = self._rows[index.row()]
        if role == Role.SNIPPET:
            return self._snippet(row)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return _spoken(row, self._snippet(row))
        if role == Qt.ItemDataRole.ToolTipRole and row.kind != "group":
            return _plain_tooltip("\n".join(part for part in (row.title, _without_marks(self._snippet(row))) if part))
        values: dict[int, Any] = {
            Qt.ItemDataRole.DisplayRole: row.title,
            Role.KIND: row.kind,
            Role.CONVERSATION_ID: row.conversation_id,
            Role.MESSAGE_ID: row.message_id,
            Role.TIME: row.time,
            Role.STATE: row.state,
            Role.PINNED: row.pinned,
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

    def flags(self, index: _Index) -> Qt.ItemFlag:
        if not index.isValid() or self._rows[index.row()].kind == "group":
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def row_of(self, conversation_id: int) -> int | None:
        """Position of a chat's row."""
        return next(
            (i for i, row in enumerate(self._rows) if row.kind == "chat" and row.conversation_id == conversation_id),
            None,
        )

    def show_conversations(
        self,
        conversations: Sequence[Conversation],
        answering: set[int],
        today: date | None = None,
        *,
        more: bool = False,
    ) -> None:
        """Chats, newest first, under Pinned, Today, Yesterday, Previous 7 days, months. `more`: there are others."""
        today = today or date.today()
        rows: list[Row] = []
        group = ""
        for conversation in conversations:
            name = tr("Pinned") if conversation.pinned else _group_name(conversation.updated_at, today)
            if name != group:
                rows.append(Row("group", name))
                group = name
            rows.append(_chat_row(conversation, answering, today))
        if more:
            rows.append(Row("group", tr("Older chats: search for them")))
        self._set_rows(rows)

    def show_hits(self, titles: Sequence[Conversation], hits: Sequence[SearchHit]) -> None:
        """What a search found: chats by title, then messages."""
        rows: list[Row] = []
        if titles:
            rows.append(Row("group", tr("Chats")))
            rows += [_chat_row(c, set(), date.today()) for c in titles]
        if hits:
            rows.append(Row("group", tr("Messages")))
            rows += [
                Row("hit", h.title or tr("Untitled"), h.conversation_id, h.message_id, found=h.snippet) for h in hits
            ]
        self._set_rows(rows)

    def _set_rows(self, rows: list[Row]) -> None:
        self._snippets.clear()
        old = self._rows
        start = next((i for i, (a, b) in enumerate(zip(old, rows, strict=False)) if _key(a) != _key(b)), None)
        if start is None:
            start = min(len(old), len(rows))
        end = 0
        while end < min(len(old), len(rows)) - start and _key(old[-1 - end]) == _key(rows[-1 - end]):
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
        if rows:
            self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))


def _key(row: Row) -> tuple[str, int, int, str]:
    return (row.kind, row.conversation_id, row.message_id, row.title if row.kind == "group" else "")


def _chat_row(conversation: Conversation, answering: set[int], today: date) -> Row:
    moment = datetime.fromtimestamp(conversation.updated_at)
    state = "answering" if conversation.id in answering else "unread" if conversation.unread else ""
    return Row(
        "chat",
        conversation.title or _draft_title(conversation.draft) or tr("New chat"),
        conversation.id,
        time=moment.strftime("%H:%M") if moment.date() == today else "",
        state=state,
        pinned=conversation.pinned,
    )


def _draft_title(draft: str) -> str:
    """What a chat that was never sent is called."""
    line = " ".join(draft.split())
    return tr("Draft: {text}").format(text=line[:60]) if line else ""


def _group_name(timestamp: float, today: date) -> str:
    day = datetime.fromtimestamp(timestamp).date()
    if day >= today:
        return tr("Today")
    if day == today - timedelta(days=1):
        return tr("Yesterday")
    if day > today - timedelta(days=7):
        return tr("Previous 7 days")
    if day > today - timedelta(days=30):
        return tr("Previous 30 days")
    return day.strftime("%B %Y") if day.year != today.year else day.strftime("%B")


def _spoken(row: Row, snippet: str) -> str:
    parts = [row.title, {"answering": tr("answering"), "unread": tr("unread")}.get(row.state, ""), row.time]
    if snippet:
        parts.append(_without_marks(snippet))
    return ", ".join(part for part in parts if part)


def _without_marks(snippet: str) -> str:
    return snippet.replace("\x02", "").replace("\x03", "")


def _plain_tooltip(text: str) -> str:
    """A tooltip that Qt cannot take for rich text, whatever a title holds."""
    from html import escape

    return f"<span>{escape(text).replace(chr(10), '<br>')}</span>"
