"""The question before the window closes while an answer is being written."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from app.desktop.questions import ask

if TYPE_CHECKING:
    from app.desktop.controllers.chat_controller import ChatController


def tr(text: str) -> str:
    return QCoreApplication.translate("Window", text)


async def may_end_answers(window: QWidget, chat: ChatController) -> bool:
    """Whether nothing is being written, or the person gives it up. It ends by itself once all answers have ended."""
    if not chat.is_answering:
        return True
    question = ask(
        window,
        tr("An answer is still being written."),
        tr("The window closes by itself when it is finished. Prompts that wait are kept."),
        (tr("Quit and keep what arrived"), tr("Stay")),
    )
    with chat.queues.held() as held:
        async with asyncio.TaskGroup() as both:
            asked = both.create_task(question, name="window.may_quit")
            finished = both.create_task(chat.until_idle(), name="window.until_idle")
            await asyncio.wait({asked, finished}, return_when=asyncio.FIRST_COMPLETED)
            may_quit = asked.result() == 0 if asked.done() else True
            asked.cancel()
            finished.cancel()
        if may_quit:
            held.clear()
    return may_quit
