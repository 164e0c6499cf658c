"""Joins the sidebar's menus, its name field and its trash to what moves chats about."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QMenu

from app.desktop.controllers.organise_controller import OrganiseController
from app.desktop.models.conversation_rows import title_of
from app.services.tasks import TaskOwner

if TYPE_CHECKING:
    from app.desktop.session import Session
    from app.services.conversations.records import Conversation


class OrganiseWiring(QObject):
    """Needs no core, only the store. Owns its controller."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._sidebar = session.window.sidebar
        self._model = session.window.conversations
        self._tasks = TaskOwner(session.on_task_error)
        self.controller = OrganiseController(session.engine, session.conversations, session.on_task_error, self)
        self._wire_acts()
        self._wire_trash()
        bar = self._sidebar.name_bar
        self.controller.refused.connect(bar.complain)
        self.controller.named.connect(bar.close_bar)
        self.controller.not_undone.connect(lambda why: session.window.chat.notice.tell(why, token="error"))
        self.controller.undoable.connect(self._sidebar.undo_bar.offer)
        self.controller.destroyed.connect(session.chat.forget)
        self.controller.destroyed.connect(session.composing.forget)
        self.controller.destroyed.connect(session.window.chat.undo_bar.forget_chats)
        self.controller.destroyed.connect(lambda _ids: self._sidebar.undo_bar.forget())
        self.controller.destroyed.connect(self._model.forget)
        self.controller.folder_shown.connect(self._model.unfold_folder)
        session.conversations.listed.connect(self._show_folder)
        session.chat.opened.connect(lambda _id: self._show_folder())

    def _wire_acts(self) -> None:
        acts, controller = self._sidebar.acts, self.controller
        acts.pin_requested.connect(controller.set_pinned)
        acts.archive_requested.connect(controller.set_archived)
        acts.move_requested.connect(controller.move)
        acts.new_folder_requested.connect(self.ask_for_folder)
        acts.tags_requested.connect(self.ask_for_tags)
        acts.folder_rename_requested.connect(self._ask_for_name)
        acts.folder_delete_requested.connect(controller.delete_folder)
        acts.restore_requested.connect(controller.restore)
        acts.destroy_requested.connect(lambda ids: self._start(self._destroy(ids)))
        acts.empty_trash_requested.connect(lambda: self._start(self._empty_trash()))
        self._model.dropped.connect(controller.move)

    def _wire_trash(self) -> None:
        conversations = self._session.conversations
        self._sidebar.trash_requested.connect(conversations.open_trash)
        self._model.archive_opened.connect(conversations.reload_soon)
        conversations.trash_shown.connect(self._sidebar.show_trash)
        conversations.trash_counted.connect(lambda count: self._sidebar.trash_bar.set_empty(not count))

    def _start(self, work: object) -> None:
        self._tasks.start(work, name="window.organise")  # type: ignore[arg-type]  # a coroutine

    # -- questions

    def ask_for_folder(self, ids: list[int] | None = None) -> None:
        """The name of a new folder, for these chats."""
        self._session.window.show_sidebar()
        take = partial(self._create_folder, ids or [])
        self._sidebar.name_bar.ask(self.tr("New folder"), "", take)

    def _create_folder(self, ids: list[int], name: str) -> None:
        self.controller.create_folder(name, ids)

    def _ask_for_name(self, folder_id: int) -> None:
        name = self._model.folder_names().get(folder_id, "")
        self._sidebar.name_bar.ask(
            self.tr("Rename folder"), name, lambda typed: self.controller.rename_folder(folder_id, typed)
        )

    def rename_open_chat(self, title: str) -> None:
        """Another title for the open chat; undo is offered."""
        state = self._session.chat.state.conversation
        if state is not None and title.strip():
            self._start(self._rename_chat(state.id, title.strip()))

    async def _rename_chat(self, chat: int, title: str) -> None:
        engine = self._session.engine
        known = await engine.run(engine.store.conversation(chat))
        if known is None:
            return
        await self._session.chat.rename(chat, title)
        before = known.title
        if before:
            undo = partial(self._name_again, chat, known.uid, before)
            self._sidebar.undo_bar.offer(self.tr("Chat renamed"), lambda: self._start(undo()), chat)

    async def _name_again(self, chat: int, uid: str, title: str) -> None:
        """Undo; another program may have deleted it for good, and its number is another chat's then."""
        engine = self._session.engine
        found = await engine.run(engine.store.conversation(chat))
        if found is None or found.uid != uid:
            self._session.tell_gone()
        else:
            await self._session.chat.rename(chat, title)

    def ask_for_tags(self, ids: list[int]) -> None:
        self._start(self._ask_for_tags_of(ids))

    async def _ask_for_tags_of(self, ids: list[int]) -> None:
        shown = await self.controller.tags_of(ids)
        self._session.window.show_sidebar()
        known = self._model.chat(ids[0]) if len(ids) == 1 else None
        question = self.tr("Tags of {n} chats").format(n=len(ids))
        if known is not None:
            question = self.tr("Tags of “{title}”").format(title=title_of(known))
        elif len(ids) == 1:
            question = self.tr("Tags")
        self._sidebar.name_bar.ask(
            question,
            ", ".join(shown),
            lambda typed: self.controller.set_tags(ids, typed, shown),
            hint=self.tr("with commas between"),
        )

    async def _destroy(self, ids: list[int]) -> None:
        store = self._session.engine.store
        known = self._model.chat(ids[0]) or await self._session.engine.run(store.conversation(ids[0]))
        if len(ids) == 1 and known is None:
            self._session.tell_gone()
            return
        question = self.tr("Delete {n} chats for good?").format(n=len(ids))
        if len(ids) == 1 and known is not None:
            question = self.tr("Delete “{title}” for good?").format(title=title_of(known))
        if await self._is_sure(question):
            await self._destroy_now(ids)

    async def _empty_trash(self) -> None:
        ids = await self.controller.trashed()
        if len(ids) == 1:
            await self._destroy(ids)
        elif ids and await self._is_sure(self.tr("Delete the {n} chats in the trash for good?").format(n=len(ids))):
            await self._destroy_now(ids)

    async def _destroy_now(self, ids: list[int]) -> None:
        """The focus goes on to the list: the button that had it may have nothing to do any more."""
        self._sidebar.list.setFocus(Qt.FocusReason.OtherFocusReason)
        await self.controller.destroy(ids)

    async def _is_sure(self, question: str) -> bool:
        from app.desktop.questions import ask  # here: hardly ever needed

        text = self.tr("It is removed from the file and from the search index. This cannot be undone.")
        for copy in await self._session.engine.run(self._session.engine.store.backups()):
            kept = self.tr("A copy from before an upgrade keeps what was in it: {file}")
            text += "\n\n" + kept.format(file=copy)
        buttons = (self.tr("Delete for good"), self.tr("Cancel"))
        return await ask(self._session.window, question, text, buttons, default=1) == 0

    # -- the open chat

    def turn_pin(self, chat: int) -> None:
        """Pin it, or take the pin away."""
        known = self._known(chat)
        self.controller.set_pinned([chat], not (known is not None and known.pinned))

    def turn_archive(self, chat: int) -> None:
        """Into the archive, or out of it."""
        known = self._known(chat)
        self.controller.set_archived([chat], known is None or known.archived_at is None)

    def _known(self, chat: int) -> Conversation | None:
        """As the list has it, else as it was when it was opened: one in the archive may not be listed."""
        return self._model.chat(chat) or self._session.chat.state.conversation

    def fill_menu(self, menu: QMenu) -> None:
        """What can be done to the open chat; nothing for one that was not begun."""
        state = self._session.chat.state.conversation
        if state is None:
            return
        if self._model.chat(state.id) is None:
            self._model.know([state])
        menu.addSeparator()
        self._sidebar.acts.fill(menu, [state.id])

    def _show_folder(self) -> None:
        """The open chat's folder and tags beside its title."""
        state = self._session.chat.state.conversation
        known = state and (self._model.chat(state.id) or state)
        name = self._model.folder_names().get(known.folder_id or 0, "") if known else ""
        tags = [f"#{tag}" for tag in known.tags] if known else []
        self._session.window.chat.header.set_folder("  ".join(part for part in (name, *tags) if part))

    async def aclose(self) -> None:
        await self._tasks.aclose()
        await self.controller.aclose()
