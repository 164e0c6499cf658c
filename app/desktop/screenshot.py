"""`--screenshot`: the real window, an answer if one is asked for, a picture, the exit status of contract §5."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from app.paths import expanded
from app.services.llm.errors import exit_status_of

if TYPE_CHECKING:
    from app.desktop.session import Session

FIRST_LOOK_S = 8.0
SETTLE_S = 0.4


async def take_screenshot(session: Session) -> None:
    """Wait for the servers' first answers, send the prompt if there is one, write the picture and close."""
    try:
        await _wait_for_servers(session)
        if session.options.prompt:
            session.exit_status = await _ask(session, session.options.prompt)
        await _wait_for_page(session)
        await asyncio.sleep(SETTLE_S)  # the last paint and fonts
        path = await asyncio.to_thread(expanded, session.options.screenshot)
        if not session.window.grab().save(str(path), "PNG"):
            raise OSError(f"{path} could not be written")
    except OSError as exc:
        print(f"no screenshot: {exc}", file=sys.stderr)  # noqa: T201 - a command's answer
        session.exit_status = session.exit_status or 1
    session.close_soon()


async def _wait_for_servers(session: Session) -> None:
    models = session.parts.models
    try:
        async with asyncio.timeout(FIRST_LOOK_S):
            while not models.all_looked_at or (session.options.provider and not models.states()):  # noqa: ASYNC110 - no event covers both
                await asyncio.sleep(0.02)
    except TimeoutError:
        return


async def _wait_for_page(session: Session) -> None:
    """Until the page that is asked for has been read; one that never is, is shown as it is."""
    panes = session.parts.panes
    try:
        async with asyncio.timeout(FIRST_LOOK_S):
            statistics = session.parts.statistics
            while statistics.is_reading:  # noqa: ASYNC110 - as below
                await asyncio.sleep(0.02)
            while panes.settings_open and not panes.pane.is_loaded:  # noqa: ASYNC110 - each page knows by other events
                await asyncio.sleep(0.02)
    except TimeoutError:
        return


async def _ask(session: Session, prompt: str) -> int:
    """Send as a person would and wait for the end; the status of what happened."""
    chat = session.chat
    ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def finished(_conversation_id: int, status: str) -> None:
        if not ended.done():
            ended.set_result(status)

    def failed(message: str, _hint: str) -> None:
        if not ended.done():
            ended.set_result(f"failed: {message}")

    chat.answer_finished.connect(finished)
    chat.failed.connect(failed)
    session.window.chat.composer.send_requested.emit(prompt)
    status = await ended
    if status == "complete":
        return 0
    conversation_id = chat.conversation_id
    if conversation_id is None:
        return 1
    messages = await session.engine.run(session.engine.store.messages(conversation_id))
    error = messages[-1].error if messages else None
    return exit_status_of(str(error["kind"]), began=bool(messages[-1].text)) if error else 1
