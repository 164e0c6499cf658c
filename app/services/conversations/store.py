"""The conversation store: one SQLite connection on one owner thread, asynchronous to everyone else."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from app.lean_dataclass import dataclass
from app.services.attachments.attachment import Attachment
from app.services.conversations import (
    attached,
    changes,
    folders,
    listing,
    opened_file,
    queries,
    store_file,
    trash,
)
from app.services.conversations.changes import NewAnswer
from app.services.conversations.listing import ChatList, TrashedChat
from app.services.conversations.records import (
    Conversation,
    MessageRole,
    MessageStatus,
    ModelUse,
    OpenedConversation,
    StoredAttachment,
    StoredMessage,
)
from app.services.observe import Event
from app.services.process_lock import OwnerLock

if TYPE_CHECKING:  # what searches is loaded by the first search: a start can do without its ten milliseconds
    from app.services.conversations.searching import Found, Order

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

#: SQLite errors that mean "the world is so": the chat goes on in memory. Others are bugs and are raised.
_WORLD = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_PERM,
}

#: Messages that are taken into an index in one step, 50 ms of work, and the pause until the next.
_TAKEN_IN_AT_ONCE = 1_000
_PAUSE_S = 0.1


@dataclass(frozen=True, slots=True)
class StoreState:
    """Whether chats are saved. `reason` completes "Chats cannot be saved: …"."""

    saved: bool
    reason: str = ""


class ConversationStore:
    """Chats of this user. Every method may be called from any asyncio loop; calls run one after another.

    When the file cannot be written the store goes on in memory with the same content and says so in `state`;
    the file is kept as it is. `try_again()` writes the memory back.
    """

    def __init__(
        self,
        path: Path | None,
        *,
        copy_of: Path | None = None,
        without_chats: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`path` None keeps everything in memory on purpose: nothing of it reaches a disk. First it holds what
        `copy_of` holds; `without_chats`, for temporary chats, its prompts and presets alone."""
        self.path = path
        self._copy_of = copy_of
        self._without_chats = without_chats
        self.state = StoreState(True)
        self.state_changed: Event[StoreState] = Event()
        self._clock = clock
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        self._db: sqlite3.Connection | None = None
        #: Without the write-ahead log anything but FULL may damage the file when the power fails.
        self._has_log = False
        self._seen: tuple[int, int] | None = None
        #: Something was removed for good while an answer was being written: the rest follows at its end.
        self._untidy = False
        self._owner = OwnerLock(path.parent / "running") if path else None
        self.owner_id = self._owner.owner_id if self._owner else "memory"

    # -- life

    async def open(self) -> None:
        """Open or make the file, mark answers that a crash cut off, empty the old trash. Never raises for the file."""
        await self._submit(self._open)

    def _open(self) -> None:
        if self.path is None:
            self._use(store_file.open_memory(self._copy_of, without_chats=self._without_chats)[0])
            return
        try:
            self._use(store_file.open_file(self.path))
        except store_file.StoreUnusableError as exc:
            self._go_to_memory(exc.reason, self.path if exc.readable else None)
            return
        self._acquire_owner()
        now = self._clock()
        for message_id, owner in self._read(queries.streaming_answers):
            if owner is None or self._owner is None or not self._owner.is_alive(owner):
                self._write(changes.mark_interrupted, message_id, now)
        for uid, position, owner in self._read(queries.running_compared_answers):
            if self._owner is None or not self._owner.is_alive(owner):
                from app.services.conversations import comparison_rows  # here: after a crash alone

                self._write(comparison_rows.mark_interrupted, uid, position)
        self._write(trash.purge_trash, now)
        if self._read(trash.is_untidy):  # or was, when the program was killed
            self._leave_no_trace()
        self._seen = self._data_version()

    def _acquire_owner(self) -> None:
        assert self._owner is not None
        try:
            self._owner.acquire()
        except OSError as exc:
            logger.warning("no lock for this process: %s", exc)

    def _go_to_memory(self, reason: str, copy_from: Path | None) -> None:
        logger.warning("chats cannot be saved: %s", reason)
        if self._db is not None:
            self._db.close()
        memory, missing = store_file.open_memory(copy_from)
        self._use(memory)
        assert self.path is not None
        store_file.track(memory, self.path)
        self.state = StoreState(False, f"{reason}. {missing}".strip() if missing else reason)

    async def changed_elsewhere(self) -> bool:
        """Whether another process, or another window, wrote into the file since this was last asked. Costs nothing."""
        return await self._telling(self._changed_elsewhere)

    def _changed_elsewhere(self) -> bool:
        before, self._seen = self._seen, self._data_version()
        return before is not None and before != self._seen

    def _data_version(self) -> tuple[int, int]:
        """Differs after commits of others, not after ours; numbers of two connections cannot be compared."""
        version = int(self._read(lambda db: db.execute("PRAGMA data_version").fetchone()[0]))
        return id(self._connection()), version

    async def check(self) -> str | None:
        """Read the whole file and say what is wrong with it, None when it is sound."""
        if self.path is None or not self.state.saved:
            return None
        return await asyncio.to_thread(store_file.quick_check, self.path)

    async def try_again(self) -> bool:
        """Write what memory holds into the file; True when chats are saved again."""
        saved = await self._submit(self._try_again)
        self.state_changed.emit(self.state)
        return saved

    def _try_again(self) -> bool:
        if self.state.saved or self.path is None or self._db is None:
            return self.state.saved
        try:
            target = store_file.open_file(self.path)
        except store_file.StoreUnusableError as exc:
            self.state = StoreState(False, exc.reason)
            return False
        self._acquire_owner()  # before an answer of ours that still runs is there for others to see
        try:
            store_file.merge(self._db, target)
        except (sqlite3.Error, store_file.StoreUnusableError) as exc:
            target.close()
            self.state = StoreState(False, store_file.describe(exc))
            return False
        self._db.close()
        self._use(target)
        self.state = StoreState(True)
        self._leave_no_trace()  # what was destroyed in memory leaves the file and its log too (C10)
        return self.state.saved

    async def unsaved_chats(self) -> list[int]:
        """Chats with words that are held in memory only, newest first; none while chats are saved, or memory was
        asked for."""
        return await self._submit(self._unsaved_chats)

    def _unsaved_chats(self) -> list[int]:
        if self.state.saved or self._db is None:
            return []
        return store_file.unsaved_chats(self._db)

    async def aclose(self) -> None:
        """Finish what was submitted and close the file."""
        await self._submit(self._close)
        self._thread.shutdown(wait=True)

    def _close(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None
        if self._owner is not None:
            self._owner.release()

    # -- running on the owner thread

    async def _submit(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, lambda: fn(*args, **kwargs))

    async def read(
        self, query: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a function of `queries` and return what it returns."""
        return await self._telling(lambda: self._read(query, *args, **kwargs))

    async def write(
        self, change: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a function of `changes` in a transaction that is on the disk when this returns."""
        return await self._change(True, change, *args, **kwargs)

    async def write_soon(
        self, change: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """As `write`, but a power failure (not a crash) may lose it: for the journal of a running answer."""
        return await self._change(False, change, *args, **kwargs)

    async def _change(self, durable: bool, change: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        return await self._telling(lambda: self._write(change, *args, durable=durable, **kwargs))

    async def _telling(self, work: Callable[[], T]) -> T:
        before = self.state
        result = await self._submit(work)
        if self.state is not before:
            self.state_changed.emit(self.state)
        return result

    def _read(self, query: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        try:
            return query(self._connection(), *args, **kwargs)
        except sqlite3.Error as exc:
            self._give_up_file(exc)
            return query(self._connection(), *args, **kwargs)

    def _give_up_file(self, exc: sqlite3.Error) -> None:
        """Go on in memory where the file is to blame for an error; any other is a bug and is raised again."""
        code = (getattr(exc, "sqlite_errorcode", 0) or 0) & 0xFF
        if not self.state.saved or self.path is None or code not in _WORLD:
            raise exc
        self._go_to_memory(store_file.describe(exc), self.path)

    def _write(self, change: Callable[..., T], *args: Any, durable: bool = True, **kwargs: Any) -> T:
        try:
            return self._transaction(change, durable, *args, **kwargs)
        except sqlite3.Error as exc:
            self._give_up_file(exc)
            return self._transaction(change, False, *args, **kwargs)

    def _transaction(self, change: Callable[..., T], durable: bool, *args: Any, **kwargs: Any) -> T:
        db = self._connection()
        db.execute(f"PRAGMA synchronous = {'FULL' if durable or not self._has_log else 'NORMAL'}")
        db.execute("BEGIN IMMEDIATE")
        try:
            result = change(db, *args, **kwargs)
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise
        return result

    def _use(self, db: sqlite3.Connection) -> None:
        self._db, self._has_log = db, opened_file.has_log(db)

    def _connection(self) -> sqlite3.Connection:
        assert self._db is not None, "the store is not open"
        return self._db

    # -- what fronts ask for

    async def conversations(self, limit: int = 500, offset: int = 0) -> list[Conversation]:
        return await self.read(queries.list_conversations, limit, offset)

    async def chat_list(self, most: int, *, archived: bool) -> ChatList:
        """The list as a window shows it, at most so many chats of each kind."""
        return await self.read(listing.chat_list, most, archived=archived)

    async def chats_of(self, conversation_ids: Sequence[int]) -> list[Conversation]:
        """Those of them that are there, wherever they stand, in no order."""
        return await self.read(listing.chats_of, conversation_ids)

    async def trash(self, limit: int = -1) -> list[TrashedChat]:
        """What was deleted last first; -1 is all of it."""
        return await self.read(listing.trashed, self._clock(), limit)

    async def conversation(self, conversation_id: int) -> Conversation | None:
        return await self.read(queries.conversation, conversation_id)

    async def open_conversation(self, conversation_id: int, last: int = 50) -> OpenedConversation | None:
        return await self.read(queries.open_conversation, conversation_id, last)

    async def messages(self, conversation_id: int, first: int = 0, count: int = 1_000_000) -> list[StoredMessage]:
        """Messages of the shown branch."""
        return await self.read(queries.path_messages, conversation_id, first, count)

    async def message(self, message_id: int) -> StoredMessage | None:
        return await self.read(queries.message, message_id)

    async def search(self, text: str, limit: int = 50, order: Order = "newest") -> Found:
        """Messages that match what was typed; see `search_query` for what may be typed."""
        from app.services.conversations import search_query, searching

        query = search_query.parse(text, typing=order == "newest")  # what is typed yet has no best match
        return await self.read(searching.search, query, limit, order)

    async def complete_search_index(self) -> None:
        """Take what an earlier version stored into the newer index, a little at a time; others get their turn."""
        from app.services.conversations import searching

        while True:
            if not await self.write_soon(searching.take_in_older, _TAKEN_IN_AT_ONCE):
                return
            await asyncio.sleep(_PAUSE_S)

    async def search_titles(self, text: str, limit: int = 50) -> list[Conversation]:
        """Chats whose title holds the text; with filters of where a chat stands, those that pass them."""
        from app.services.conversations import chat_filters, search_query

        query = search_query.parse(text)
        if query.is_about_chats:
            return await self.read(chat_filters.titles, query, limit)
        return await self.read(queries.search_titles, text, limit)

    async def model_uses(self) -> list[ModelUse]:
        return await self.read(queries.model_uses)

    async def create_conversation(self, **fields: Any) -> int:
        return await self.write(changes.create_conversation, self._clock(), **fields)

    async def rename(self, conversation_id: int, title: str, *, by_user: bool = True) -> None:
        await self.write(changes.rename, conversation_id, title, by_user=by_user)

    async def set_draft(self, conversation_id: int, draft: str) -> None:
        await self.write(changes.set_draft, conversation_id, draft)

    async def set_queued(self, conversation_id: int, prompts: Sequence[str]) -> None:
        await self.write(changes.set_queued, conversation_id, tuple(prompts))

    async def set_parameters(self, conversation_id: int, parameters: dict[str, Any]) -> None:
        await self.write_soon(changes.set_parameters, conversation_id, parameters)

    async def set_chat_settings(self, conversation_id: int, system_prompt: str, parameters: dict[str, Any]) -> None:
        """Both together: the parameters say where the system prompt is from."""
        await self.write(changes.set_parameters, conversation_id, parameters, system_prompt)

    async def set_model(self, conversation_id: int, provider: str | None, model: str | None) -> None:
        await self.write(changes.set_model, conversation_id, provider, model)

    async def set_unread(self, conversation_id: int, unread: bool) -> None:
        await self.write_soon(changes.set_unread, conversation_id, unread)

    async def set_favourite(self, provider: str, model: str, favourite: bool) -> None:
        await self.write(changes.set_favourite, provider, model, favourite)

    async def create_folder(self, name: str) -> int:
        return await self.write(folders.create_folder, name, self._clock())

    async def set_archived(self, conversation_ids: Iterable[int], archived: bool) -> list[int]:
        """Returns which of them changed."""
        return await self.write(folders.set_archived, list(conversation_ids), archived, self._clock())

    async def delete_conversations(self, conversation_ids: Iterable[int]) -> None:
        """Into the trash; undone by `restore_conversations`."""
        await self.write(trash.delete_conversations, list(conversation_ids), self._clock())

    async def restore_conversations(self, conversation_ids: Iterable[int]) -> None:
        await self.write(trash.restore_conversations, list(conversation_ids))

    async def destroy_conversations(self, conversation_ids: Iterable[int]) -> int:
        """As `destroy_conversation`, those of them that are in the trash still; returns how many."""
        gone = await self.write(trash.destroy_trashed, list(conversation_ids))
        await self.leave_no_trace()
        return gone

    async def destroy_conversation(self, conversation_id: int) -> None:
        """Remove for good and from every page, the index and the log of the file (C10)."""
        await self.write(trash.destroy_conversation, conversation_id)
        await self.leave_no_trace()

    async def leave_no_trace(self) -> None:
        """Take what was removed out of the unused parts of the file and out of its log, too."""
        await self._telling(self._leave_no_trace)

    def _leave_no_trace(self) -> None:
        if self.path is not None and self.state.saved:
            self._untidy = not self._read(trash.leave_no_copies)
        self._checkpoint()

    def _checkpoint(self) -> None:
        self._read(lambda db: db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall())

    async def backups(self) -> list[Path]:
        """Copies of the file that upgrades left beside it; what is removed for good stays in them."""
        return [] if self.path is None else await asyncio.to_thread(opened_file.backups_of, self.path)

    async def delete_message(self, message_id: int) -> None:
        await self.write(changes.delete_message, message_id, self._clock())

    async def restore_message(self, message_id: int) -> None:
        await self.write(changes.restore_message, message_id, self._clock())

    async def choose_version(self, message_id: int) -> None:
        await self.write(changes.choose_version, message_id, self._clock())

    async def fork(self, message_id: int) -> int | None:
        """A new chat with a copy of the shown branch up to a message; None when the message is not shown."""
        return await self.write(changes.fork, message_id, self._clock())

    async def add_user_message(
        self, conversation_id: int, parent_id: int | None, text: str, attachments: Sequence[int] = ()
    ) -> int:
        return await self.write(changes.add_user_message, conversation_id, parent_id, text, self._clock(), attachments)

    async def attach(self, conversation_id: int, attachment: Attachment) -> StoredAttachment:
        """To the prompt that is being written."""
        return await self.write(attached.add, conversation_id, attachment)

    async def detach(self, attachment_id: int) -> Attachment | None:
        """From the prompt that is being written; what is returned can be attached again."""
        return await self.write(attached.remove_from_draft, attachment_id)

    async def draft_attachments(self, conversation_id: int) -> list[StoredAttachment]:
        return await self.read(attached.of_draft, conversation_id)

    async def attached_content(self, digest: str) -> bytes | None:
        """What was attached, by its hash; None where it is gone."""
        return await self.read(attached.content, digest)

    async def begin_answer(self, conversation_id: int, parent_id: int, answer: NewAnswer) -> int:
        return await self.write(changes.begin_answer, conversation_id, parent_id, answer, self._clock())

    async def journal(self, message_id: int, sequence: int, text: str, reasoning: str) -> None:
        await self.write_soon(changes.journal, message_id, sequence, text, reasoning)

    async def finish_answer(
        self, message_id: int, status: MessageStatus, text: str, reasoning: str, **fields: Any
    ) -> None:
        await self.write(changes.finish_answer, message_id, status, text, reasoning, self._clock(), **fields)
        if self._untidy:
            await self.leave_no_trace()

    async def record_model_use(self, provider: str, model: str) -> None:
        await self.write_soon(changes.record_model_use, provider, model, self._clock())

    async def import_messages(self, conversation_id: int, messages: Sequence[tuple[MessageRole, str]]) -> None:
        await self.write(changes.import_messages, conversation_id, messages, self._clock())
