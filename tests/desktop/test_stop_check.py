"""A stop that the server does not follow is told under the answer, with a way out."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.desktop.models.transcript_model import Note
from app.desktop.session import Session
from app.desktop.theme import Theme
from app.services.llm.address import port_of
from app.services.mock_server import MockServer
from app.services.stop_check import StopCheck
from tests.desktop.session_window import open_session, until
from tests.fakes.lms import FakeLms

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="the fakes are started by their first line"),
]

CODER = "simulated/coder-7b"
WRITING = [{"modelKey": CODER, "identifier": CODER, "status": "generating", "queued": 0}]
IDLE = [{**WRITING[0], "status": "idle"}]
UNCONFIRMED = "The server has not confirmed the stop. It may still be computing."


@pytest.fixture
def lms(tmp_path: Path, simulator: MockServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeLms]:
    """The person's LM Studio: its server is the simulator, its command says what the model does."""
    person = tmp_path / "person"
    monkeypatch.setenv("HOME", str(person))
    monkeypatch.setenv("PATH", str(person / "bin"))
    fake = FakeLms(person, status_port=port_of(simulator.base_url))
    yield fake
    fake.close()


def says(lms: FakeLms, simulator: MockServer, loaded: list[dict[str, object]]) -> None:
    lms.behave(loaded=loaded, status_port=port_of(simulator.base_url))


def note(session: Session) -> Note | None:
    shown = session.chat.transcript.message(1)
    return shown.note if shown is not None else None


async def write_and_stop(session: Session, simulator: MockServer) -> None:
    services = session.engine.services
    services.chats.stop_check = StopCheck(services.is_computing, confirm_within_s=0.5, later_look_every_s=0.1)
    simulator.script.tokens_per_second = 50.0
    simulator.script.answer = "word " * 2_000
    await until(lambda: session.parts.models.chosen().model == CODER)
    session.chat.send("Write for ever")
    await until(lambda: any(running.has_text for running in session.chat.running.values()))
    session.chat.stop()
    await until(lambda: not session.chat.running)


async def test_a_server_that_goes_on_after_the_stop_is_told_until_it_is_idle(
    theme: Theme, home: Path, simulator: MockServer, lms: FakeLms
) -> None:
    says(lms, simulator, WRITING)
    async with open_session(theme, home) as session:
        await write_and_stop(session, simulator)
        await until(lambda: (found := note(session)) is not None and found.text == UNCONFIRMED, 15)
        found = note(session)
        assert found is not None
        assert found.level == "warn" and found.title.startswith("Stopped after")
        assert [action.label for action in found.actions] == ["Unload the model", "Continue", "Regenerate"]
        says(lms, simulator, IDLE)
        await until(lambda: (found := note(session)) is not None and not found.text, 15, "the doubt is gone")


async def test_unloading_the_model_ends_what_it_computes(
    theme: Theme, home: Path, simulator: MockServer, lms: FakeLms
) -> None:
    says(lms, simulator, WRITING)
    async with open_session(theme, home) as session:
        await write_and_stop(session, simulator)
        await until(lambda: (found := note(session)) is not None and found.text == UNCONFIRMED, 15)
        shown = session.chat.transcript.message(1)
        assert shown is not None
        session.window.chat.transcript.note_action.emit(shown.message_id, "unload_model")
        await until(lambda: "/api/v1/models/unload" in [request.path for request in simulator.stats.recorded])


async def test_a_server_that_stopped_or_cannot_be_asked_is_not_suspected(
    theme: Theme, home: Path, simulator: MockServer, lms: FakeLms
) -> None:
    says(lms, simulator, IDLE)
    async with open_session(theme, home) as session:
        await write_and_stop(session, simulator)
        await until(lambda: ["ps", "--json"] in [call["arguments"] for call in lms.calls], 10)
        await until(lambda: session.engine.services.chats._tasks.running == 0, 10)
        found = note(session)
        assert found is not None and not found.text
