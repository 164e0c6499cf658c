"""Continue: the rest of an answer that broke off, was stopped or reached its limit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.desktop.session import Session
from app.desktop.theme import Theme
from app.services.mock_server import Fault, MockServer
from tests.desktop.session_window import answered, open_session, until

pytestmark = pytest.mark.anyio

WHOLE = "one two three four five six seven eight nine ten"


def note_actions(session: Session) -> list[str]:
    shown = session.chat.transcript.message(session.chat.transcript.count - 1)
    return [action.label for action in shown.note.actions] if shown is not None and shown.note is not None else []


def text(session: Session) -> str:
    return session.chat.transcript.text(session.chat.transcript.count - 1) or ""


def press(session: Session, action: str) -> None:
    view = session.window.chat.transcript
    assert view is not None
    shown = session.chat.transcript.message(session.chat.transcript.count - 1)
    assert shown is not None
    view.note_action.emit(shown.message_id, action)


async def break_off(session: Session, simulator: MockServer) -> str:
    simulator.script.answer = WHOLE
    simulator.script.fault, simulator.script.fault_times = Fault.NO_FINISH, 1
    simulator.script.fault_after_tokens = 7
    session.chat.send("count")
    await answered(session, 2)
    return text(session)


async def test_continue_writes_the_rest_behind_what_is_there_all_the_time(
    theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        begun = await break_off(session, simulator)
        assert begun and WHOLE.startswith(begun) and begun != WHOLE
        assert note_actions(session) == ["Continue", "Regenerate", "Keep as it is"]
        simulator.script.answer = WHOLE.removeprefix(begun)
        simulator.script.ttft = 0.3
        press(session, "continue")
        await until(lambda: session.chat.transcript.is_streaming(1), what="it is being written")
        assert text(session) == begun, "what there is stands there from the first moment"
        await answered(session, 2)
        assert text(session) == WHOLE and not note_actions(session)
        shown = session.chat.transcript.message(1)
        assert shown is not None and shown.version == (2, 2), "the broken one is still there"


async def test_thinking_that_was_taken_for_text_leaves_the_beginning_alone(
    theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        begun = await break_off(session, simulator)
        simulator.script.answer = WHOLE.removeprefix(begun)
        simulator.script.reasoning, simulator.script.reasoning_text = "lone_close_tag", "Hm, what now?"
        press(session, "continue")
        await answered(session, 2)
        # The space that follows thinking goes with it.
        await until(lambda: text(session) == begun + WHOLE.removeprefix(begun).strip())
        shown = session.chat.transcript.message(1)
        assert shown is not None and "what now" in shown.reasoning


async def test_an_answer_that_reached_its_limit_says_so_and_can_be_continued(
    theme: Theme, home: Path, simulator: MockServer
) -> None:
    (home / "config").mkdir(parents=True)
    config = {"chat": {"max_tokens": 8}}
    (home / "config" / "llm_studio_config.json").write_text(json.dumps(config), encoding="utf-8")
    async with open_session(theme, home) as session:
        simulator.script.answer = WHOLE
        session.chat.send("count")
        await answered(session, 2)
        assert note_actions(session) == ["Continue", "Keep as it is"]
        begun = text(session)
        simulator.script.answer = WHOLE.removeprefix(begun)
        press(session, "continue")
        await answered(session, 2)
        await until(lambda: text(session) == WHOLE)
        assert not note_actions(session)
