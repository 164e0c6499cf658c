"""The question before chats are lost that the store could not write."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from app.desktop.questions import ask, choose_save_file
from app.services.atomic_file import write_atomically

if TYPE_CHECKING:
    from app.desktop.engine import Engine
    from app.services.conversations.store import ConversationStore

EXPORT_NAME = "chats.json"
#: Titles that the question names.
NAMED = 5


def tr(text: str) -> str:
    return QCoreApplication.translate("Window", text)


async def may_lose_chats(window: QWidget, engine: Engine, gather: Callable[[], Awaitable[None]]) -> bool:
    """Whether the window may close: nothing is lost, or the person exported it or lets it go.

    `gather` is awaited before an export: it puts into the store what is still elsewhere.
    """
    if not engine.has_store or engine.store.state.saved:
        return True
    if await engine.run(engine.store.try_again()):
        return True
    trouble = ""
    while chats := await engine.run(engine.store.unsaved_chats()):
        text = "\n\n".join(part for part in (trouble, await engine.run(_titles(engine.store, chats))) if part)
        buttons = (tr("Export…"), tr("Close without them"), tr("Stay"))
        answer = await ask(window, tr("These chats could not be saved."), text, buttons)
        if answer != 0:
            return answer == 1
        path = await choose_save_file(window, tr("Export chats"), EXPORT_NAME)
        if path is None:
            continue
        await gather()
        document = await engine.run(_document(engine.store))
        try:
            await asyncio.to_thread(write_atomically, path, document.encode("utf-8"))
        except OSError as exc:
            trouble = tr("{path} could not be written: {reason}.").format(path=path, reason=exc.strerror or exc)
        else:
            return True
    return True


async def _titles(store: ConversationStore, chats: list[int]) -> str:
    lines = []
    for conversation_id in chats[:NAMED]:
        found = await store.conversation(conversation_id)
        lines.append(found.title if found is not None and found.title else tr("New chat"))
    if len(chats) > NAMED:
        lines.append(tr("and {n} more").format(n=len(chats) - NAMED))
    return "\n".join(lines)


async def _document(store: ConversationStore) -> str:
    from app.services.conversations.chat_files import document  # here: hardly ever needed

    return "".join([piece async for piece in document(store, await store.unsaved_chats())])
