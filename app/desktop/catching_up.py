"""After another process wrote into the store: the list as it is now, and what became of the chat that is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

if TYPE_CHECKING:
    from app.desktop.session import Session
    from app.services.conversations.records import Conversation


def tr(text: str) -> str:
    return QCoreApplication.translate("Session", text)


async def catch_up(session: Session) -> None:
    """Show what the store holds now. A chat that was deleted elsewhere gives way to an empty one, which keeps what the
    person was writing, and that is told."""
    chat = session.chat
    before = chat.state.conversation
    await session.conversations.reload([before.id] if before is not None else ())
    if before is None or await chat.look_again():
        return
    if chat.conversation_id != before.id:
        return
    await _leave(session, before)


async def _leave(session: Session, gone: Conversation) -> None:
    session.chat.stop_answers([gone.id])
    state, kept = session.chat.state, session.composing.take_all()
    had_files = bool(state.files)
    session.chat.open_new()
    session.window.chat.composer.set_text(kept)
    carries = had_files and await _is_in_trash(session, gone)
    title = gone.title or tr("New chat")
    text = tr("“{title}” was deleted by another program.").format(title=title)
    if kept.strip() or carries:
        text += " " + tr("What you were writing is kept here.")
        session.composing.save_draft_soon()
    if carries:
        session.parts.attaching.carry(state)
    elif had_files:
        text += " " + tr("The files beside it went with the chat.")
    session.window.chat.notice.tell(text)
    session.composing.update_starters()


async def _is_in_trash(session: Session, chat: Conversation) -> bool:
    """Whether all of it is there still; else its number, and those of its files, may be others' by now."""
    found = await session.engine.run(session.engine.store.conversation(chat.id))
    return found is not None and found.uid == chat.uid and session.parts is not None
