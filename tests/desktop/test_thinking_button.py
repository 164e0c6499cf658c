"""How much a model thinks is the chat's own choice, where the model has one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QMenu

from app.desktop.session import Session
from app.desktop.theme import Theme
from app.desktop.views.chat.thinking_button import ThinkingButton
from app.services.conversations import queries
from app.services.mock_server import MockServer
from tests.desktop.session_window import named, open_session, until

pytestmark = pytest.mark.anyio

THINKER, CODER = "simulated/thinker-4b", "simulated/coder-7b"


def button_of(session: Session) -> ThinkingButton:
    button = session.window.chat.composer.thinking
    assert button is not None
    return button


async def choose(session: Session, model: str) -> None:
    await until(lambda: session.engine.services.catalogue.find("lm_studio", model) is not None)
    session.chat.choose_model("lm_studio", model)
    await until(lambda: session.parts.models.chosen().model == model)


async def answered(session: Session, simulator: MockServer, text: str) -> dict[str, Any]:
    """Send a prompt; what the server was asked."""
    session.chat.send(text)
    await until(lambda: session.chat.is_busy)
    await until(lambda: not session.chat.is_busy)
    asked = [request for request in simulator.stats.recorded if request.path.endswith("/chat/completions")]
    body: dict[str, Any] = asked[-1].body
    assert body["messages"][-1]["content"] == text
    return body


async def test_the_choice_is_sent_and_kept_with_the_chat(
    qtbot: Any, theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        await choose(session, THINKER)
        button = button_of(session)
        await until(lambda: button.isVisible())
        assert (named(session.window, "Thinking"), button.text()) == (button, "Thinking: auto")
        assert "reasoning_effort" not in await answered(session, simulator, "one")
        button.chosen.emit("off")
        assert (button.text(), button.accessibleDescription()) == ("Thinking: off", "off")
        assert (await answered(session, simulator, "two"))["reasoning_effort"] == "none"
        answer = session.chat.transcript.message(3)
        assert answer is not None
        stored = await session.engine.run(session.engine.store.message(answer.message_id))
        assert stored is not None and stored.parameters is not None
        assert stored.parameters["reasoning_effort"] == {"value": "off", "origin": "chat"}
        session.new_chat()
        assert button.text() == "Thinking: auto", "another chat has its own"
    async with open_session(theme, home) as again:
        chats = await again.engine.run(again.engine.store.read(queries.list_conversations, 5))
        again.open_chat(chats[0].id)
        await until(lambda: button_of(again).text() == "Thinking: off")
        button_of(again).chosen.emit("")
        assert "reasoning_effort" not in await answered(again, simulator, "three")


async def test_a_model_that_does_not_think_has_no_button_and_is_told_nothing(
    theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        await choose(session, THINKER)
        button_of(session).chosen.emit("off")
        await choose(session, CODER)
        assert not button_of(session).isVisible()
        assert "reasoning_effort" not in await answered(session, simulator, "one")
        await choose(session, THINKER)
        assert button_of(session).text() == "Thinking: off", "what was chosen here is not forgotten"


async def test_the_menu_lists_what_this_model_can_be_told(theme: Theme, home: Path, simulator: MockServer) -> None:
    async with open_session(theme, home) as session:
        await choose(session, THINKER)
        button_of(session).open_menu()
        menu = button_of(session).findChild(QMenu)
        assert menu is not None
        assert [(action.text(), action.isChecked()) for action in menu.actions()] == [("Auto", True), ("Off", False)]
        menu.actions()[1].trigger()
        assert session.chat.state.parameters == {"reasoning_effort": "off"}
        menu.close()
