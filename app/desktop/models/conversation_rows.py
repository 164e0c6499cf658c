"""What stands in the sidebar's list, row by row: groups, folders, chats, hits, the trash."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QDate, QLocale

from app.lean_dataclass import dataclass

if TYPE_CHECKING:
    from app.services.conversations.listing import ChatList, TrashedChat
    from app.services.conversations.records import Conversation, SearchHit

#: Rows that fold and unfold what is below them.
FOLDABLE = ("folder", "archive")
#: Rows of one chat.
OF_A_CHAT = ("chat", "hit", "trashed")
#: What the group of archived chats is remembered by; a folder is by its uid.
ARCHIVE = "archive"
#: Of the groups by date: what is in none of the others.
DATED = "date"


def tr(text: str) -> str:
    return QCoreApplication.translate("Conversations", text)


@dataclass(frozen=True, slots=True)
class Row:
    """`kind` is "group", "folder", "archive", "trash", "chat", "hit" or "trashed"; `state` is "", "answering" or
    "unread"; `found` as `SearchHit.snippet`; `key` is what a foldable row is remembered by; `told`: where a chat
    stands, in words; `count`: the chats below a foldable row, or in the trash."""

    kind: str
    title: str
    conversation_id: int = 0
    message_id: int = 0
    time: str = ""
    state: str = ""
    pinned: bool = False
    found: str = ""
    folder_id: int = 0
    key: str = ""
    folded: bool = False
    count: int = 0
    told: str = ""


def key_of(row: Row) -> tuple[str, int, int, int, str]:
    """What makes it the same row after a change."""
    is_chat = row.kind in OF_A_CHAT
    return (row.kind, row.conversation_id, row.message_id, row.folder_id, "" if is_chat else row.title)


def rows_of(shown: ChatList, folded: set[str], answering: set[int], today: date) -> list[Row]:
    """Pinned chats, folders by name, the others by date, archived ones and the trash. `folded`: keys of what is."""
    names = {one.id: one.name for one in shown.folders}
    in_folder: dict[int, list[Conversation]] = {}
    rows: list[Row] = []
    for one in shown.placed:
        if not one.pinned and one.folder_id in names:
            in_folder.setdefault(one.folder_id, []).append(one)
    pinned = [one for one in shown.placed if one.pinned]
    if pinned:
        rows.append(Row("group", tr("Pinned")))
        rows += [chat_row(one, answering, today, names) for one in pinned]
    for folder in shown.folders:
        inside = in_folder.get(folder.id, [])
        is_folded = folder.uid in folded
        rows.append(
            Row("folder", folder.name, folder_id=folder.id, key=folder.uid, folded=is_folded, count=len(inside))
        )
        if not is_folded:
            rows += [chat_row(one, answering, today, names) for one in inside]
    rows += _by_date(shown.dated, answering, today)
    if shown.more:
        rows.append(Row("group", tr("Older chats: search for them")))
    if shown.archived_count:
        is_folded = ARCHIVE in folded
        rows.append(Row("archive", tr("Archived"), key=ARCHIVE, folded=is_folded, count=shown.archived_count))
        if not is_folded:
            rows += [chat_row(one, answering, today, names) for one in shown.archived]
    rows.append(Row("trash", tr("Trash"), count=shown.trash_count))
    return rows


def _by_date(chats: Iterable[Conversation], answering: set[int], today: date) -> Iterator[Row]:
    group = ""
    for one in chats:
        name = _group_name(one.updated_at, today)
        if name != group:
            yield Row("group", name, key=DATED)
            group = name
        yield chat_row(one, answering, today, {})


def rows_of_hits(
    titles: Sequence[Conversation],
    hits: Sequence[SearchHit],
    known: Mapping[int, Conversation],
    names: Mapping[int, str],
) -> list[Row]:
    """What a search found: chats by title, then messages."""
    rows: list[Row] = []
    if titles:
        rows.append(Row("group", tr("Chats")))
        rows += [chat_row(c, set(), date.today(), names) for c in titles]
    if hits:
        rows.append(Row("group", tr("Messages")))
    for hit in hits:
        chat = known.get(hit.conversation_id)
        told = where_told(chat, names) if chat is not None else ""
        title = hit.title or tr("Untitled")
        rows.append(Row("hit", title, hit.conversation_id, hit.message_id, found=found_words(hit), told=told))
    return rows


def found_words(hit: SearchHit) -> str:
    """The piece with what was found; what the person wrote is told apart from what a model did."""
    # On a line of its own, so that what begins the piece, as the sign of a heading, is still known as such.
    return f"{tr('You:')}\n{hit.snippet}" if hit.role == "user" else hit.snippet


def rows_of_trash(trashed: Sequence[TrashedChat]) -> list[Row]:
    """Deleted chats, with the days they have left."""
    return [
        Row("trashed", title_of(one.conversation), one.conversation.id, time=_days_left(one.days_left))
        for one in trashed
    ]


def _days_left(days: int) -> str:
    return tr("1 day left") if days == 1 else tr("{n} days left").format(n=days)


def chat_row(conversation: Conversation, answering: set[int], today: date, folders: Mapping[int, str]) -> Row:
    """`folders`: their names by id."""
    moment = datetime.fromtimestamp(conversation.updated_at)
    state = "answering" if conversation.id in answering else "unread" if conversation.unread else ""
    return Row(
        "chat",
        title_of(conversation),
        conversation.id,
        time=moment.strftime("%H:%M") if moment.date() == today else "",
        state=state,
        pinned=conversation.pinned,
        told=where_told(conversation, folders),
    )


def title_of(conversation: Conversation) -> str:
    """What a chat is called where it has no title yet, too."""
    return conversation.title or _draft_title(conversation.draft) or tr("New chat")


def where_told(conversation: Conversation, folders: Mapping[int, str]) -> str:
    """Where a chat stands, in words: pinned, archived, its folder, its tags."""
    folder = folders.get(conversation.folder_id or 0)
    parts = [
        tr("pinned") if conversation.pinned else "",
        tr("archived") if conversation.archived_at is not None else "",
        tr("in folder {name}").format(name=folder) if folder else "",
        tr("tags: {tags}").format(tags=", ".join(conversation.tags)) if conversation.tags else "",
    ]
    return ", ".join(part for part in parts if part)


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
    as_date = QDate(day.year, day.month, day.day)
    name = QLocale().toString(as_date, "MMMM yyyy" if day.year != today.year else "MMMM")
    return name[:1].upper() + name[1:]


def spoken(row: Row, snippet: str) -> str:
    """The row for a screen reader: what it is, and where it stands."""
    if row.kind in FOLDABLE or row.kind == "trash":
        return ", ".join(part for part in (row.title, *_spoken_kind(row)) if part)
    if row.kind == "group":
        return tr("{title}, group").format(title=row.title)
    parts = [row.title, {"answering": tr("answering"), "unread": tr("unread")}.get(row.state, ""), row.time]
    if snippet:
        parts.append(snippet)
    parts.append(row.told)
    return ", ".join(part for part in parts if part)


def _spoken_kind(row: Row) -> tuple[str, ...]:
    chats = tr("1 chat") if row.count == 1 else tr("{n} chats").format(n=row.count)
    if row.kind == "trash":
        return (chats,)
    return (tr("folder") if row.kind == "folder" else tr("group"), chats, tr("folded") if row.folded else tr("open"))
