"""Auto in the window: a model is proposed before sending, with the reason, and another one can always be chosen."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.desktop.models.model_list_model import Role
from app.desktop.session import Session
from app.desktop.theme import Theme
from app.paths import user_paths
from app.services.conversations import comparison_rows, queries
from app.services.conversations.comparison_rows import NewComparedAnswer, NewComparison
from app.services.conversations.replay import sent_request
from app.services.llm import connections
from app.services.mock_server import MockServer
from app.services.mock_server.script import Fault
from app.services.routing import need
from app.services.routing.language import language_of
from app.services.routing.need import Need
from app.services.routing.proposing import Barrier, Proposal
from tests.desktop.session_window import answered, asked, named, open_session, ready, until
from tests.fakes.simulator import quick_simulator

pytestmark = pytest.mark.anyio

CODER, THINKER, SEES = "simulated/coder-7b", "simulated/thinker-4b", "simulated/vision-8b"


def configure(home: Path, box: MockServer | None = None, **more: Any) -> None:
    """Nothing but LM Studio, and behind it another server of the user's."""
    off = {"is_enabled": False}
    providers: dict[str, Any] = {"ollama": off, "embedded": off, "lm_studio": {"max_retries": 0}}
    if box is not None:
        server = {"type": "openai_compatible", "name": "Box", "base_url": f"{box.base_url}/v1", "is_enabled": True}
        providers["box"] = {**server, "max_retries": 0}
    providers.update(more.pop("providers", {}))
    file = user_paths(home).config_file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"provider_configurations": providers, **more}))


@asynccontextmanager
async def window(theme: Theme, home: Path) -> AsyncIterator[Session]:
    async with open_session(theme, home) as session:
        await until(lambda: session.parts is not None and session.parts.models.chosen().model, what="a model is known")
        yield session


async def on_auto(session: Session) -> None:
    """Choose Auto in the picker, as a person does."""
    parts = session.parts
    parts.open_picker()
    first = parts.picker.list.model().index(0, 0)
    assert first.data(Role.ENTRY).name == "Auto", "it stands at the top"
    QTest.mouseClick(
        parts.picker.list.viewport(),
        Qt.MouseButton.LeftButton,
        pos=parts.picker.list.visualRect(first).center(),
    )
    await until(lambda: parts.auto.controller.proposal is not None, what="a proposal")


def away_address(server: MockServer) -> str:
    """A name of the internet that leads to this server once `on_this_computer` finds it."""
    return f"http://away.example:{server.base_url.rpartition(':')[2].split('/')[0]}/v1"


async def on_this_computer(_host: str, _port: int) -> list[str]:
    return ["127.0.0.1"]


def button_text(session: Session) -> str:
    return session.window.chat.composer.model_button._text()


def reason(session: Session) -> str:
    label = session.window.chat.composer.findChild(QLabel, "reason")
    return label.text() if label is not None and label.isVisible() else ""


def write(session: Session, text: str) -> None:
    session.window.chat.composer.edit.setPlainText(text)


async def send(session: Session, count: int) -> None:
    QTest.keyClick(session.window.chat.composer.edit, Qt.Key.Key_Return)
    await answered(session, count)


async def test_the_proposal_and_its_reason_stand_there_before_sending(
    qtbot: QtBot, theme: Theme, home: Path, simulator: MockServer
) -> None:
    configure(home)
    async with window(theme, home) as session:
        await on_auto(session)
        await until(lambda: button_text(session) == "Auto: Simulated Coder 7B")
        assert reason(session).endswith("no votes yet")
        write(session, "Write a Python function that parses dates.")
        await until(lambda: reason(session).startswith("code · "))
        tooltip = session.window.chat.composer.model_button.toolTip()
        assert "Next: Simulated" in tooltip and "no votes · ≈" in tooltip
        assert named(session.window, "Model") is session.window.chat.composer.model_button
        await send(session, 2)
        assert [body["model"] for body in asked(simulator)] == [CODER]
        answer = session.chat.transcript.message(1)
        assert answer is not None and answer.name == "Simulated Coder 7B"
        assert answer.metrics.endswith("chosen by Auto") and answer.note is None
        sent = await session.engine.run(session.engine.store.read(sent_request, answer.message_id))
        assert sent is not None and sent.parameters["model"]["origin"].startswith("Auto: code · ")


async def test_the_chat_and_those_begun_after_it_stay_on_auto(theme: Theme, home: Path, simulator: MockServer) -> None:
    configure(home)
    async with window(theme, home) as session:
        await on_auto(session)
        write(session, "Hello?")
        await send(session, 2)
        session.new_chat()
        await until(lambda: button_text(session).startswith("Auto: "))
    async with window(theme, home) as again:
        chats = await again.engine.run(again.engine.store.read(queries.list_conversations, 5))
        assert chats[0].provider == "lm_studio" and chats[0].model == CODER, "other programs see a real model"
        again.open_chat(chats[0].id)
        await until(lambda: button_text(again).startswith("Auto: Simulated"))
        assert again.parts.auto.is_on


async def test_a_chat_begun_on_auto_in_the_terminal_is_on_auto_here(
    theme: Theme, home: Path, simulator: MockServer
) -> None:
    configure(home)
    async with window(theme, home) as session:
        store = session.engine.store
        made = await session.engine.run(store.create_conversation(title="From the terminal", model="auto"))
        session.open_chat(made)
        await until(lambda: button_text(session) == "Auto: Simulated Coder 7B")
        write(session, "Hello?")
        await send(session, 2)
        assert asked(simulator)[-1]["model"] == CODER


async def test_what_waits_for_an_answer_is_proposed_for_when_its_turn_comes(
    theme: Theme, home: Path, simulator: MockServer
) -> None:
    configure(home)
    simulator.script.answer, simulator.script.tokens_per_second = "word " * 60, 100.0
    async with window(theme, home) as session:
        await on_auto(session)
        await until(lambda: "Coder" in button_text(session))
        write(session, "First?")
        QTest.keyClick(session.window.chat.composer.edit, Qt.Key.Key_Return)
        await until(lambda: session.chat.is_busy)
        write(session, "Second, in Python?")
        await send(session, 4)
        answer = session.chat.transcript.message(3)
        assert answer is not None and answer.metrics.endswith("chosen by Auto")
        sent = await session.engine.run(session.engine.store.read(sent_request, answer.message_id))
        assert sent is not None and sent.parameters["model"]["origin"].startswith("Auto: code · ")


async def test_another_model_can_always_be_chosen(theme: Theme, home: Path, simulator: MockServer) -> None:
    configure(home)
    async with window(theme, home) as session:
        await on_auto(session)
        await until(lambda: button_text(session).startswith("Auto: "))
        session.parts.open_picker()
        session.parts.picker.chosen.emit("lm_studio", THINKER)
        session.parts.picker.hide()
        await until(lambda: button_text(session) == "Simulated Thinker 4B")
        assert reason(session) == "" and not session.parts.auto.is_on
        write(session, "Write a Python function.")
        await send(session, 2)
        assert asked(simulator)[-1]["model"] == THINKER
        answer = session.chat.transcript.message(1)
        assert answer is not None and "chosen by Auto" not in answer.metrics


async def test_a_picture_beside_the_draft_is_a_need(
    theme: Theme, home: Path, simulator: MockServer, tmp_path: Path
) -> None:
    configure(home)
    picture = tmp_path / "a.png"
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    image.save(str(picture))
    async with window(theme, home) as session:
        await on_auto(session)
        await until(lambda: "Coder" in button_text(session))
        session.parts.attaching.controller.add_paths([picture])
        await ready(session, 1)
        await until(lambda: button_text(session) == "Auto: Simulated Vision 8B")
        assert reason(session) == "pictures · 1k tokens · the only model that can · no votes yet"
        assert "Not Simulated Coder 7B: cannot read pictures" in session.window.chat.composer.model_button.toolTip()
        write(session, "What is this?")
        await send(session, 2)
        assert asked(simulator)[-1]["model"] == SEES
        await until(lambda: button_text(session) == "Auto: Simulated Vision 8B", what="the picture is sent again")


async def test_a_prompt_that_only_a_larger_window_holds_goes_to_it(
    theme: Theme, home: Path, simulator: MockServer
) -> None:
    configure(home)
    async with window(theme, home) as session:
        await on_auto(session)
        await until(lambda: "Coder" in button_text(session))
        write(session, "one two " * 12_000)
        await until(lambda: "Coder" not in button_text(session), what="a model with a larger window")
        assert "k tokens" in reason(session)
        tooltip = session.window.chat.composer.model_button.toolTip()
        assert "Not Simulated Coder 7B: its window of 16k is too small for" in tooltip
        write(session, "word " * 500_000)
        await until(lambda: button_text(session) == "Auto")
        assert "window" in reason(session)
        assert session.window.chat.composer._destination.text() == "No model chosen"


async def test_who_does_not_answer_is_passed_over_with_a_note(theme: Theme, home: Path, simulator: MockServer) -> None:
    async with quick_simulator() as box:
        box.script.ttft, box.script.answer = 0.01, "From the box."
        configure(home, box)
        async with window(theme, home) as session:
            await on_auto(session)
            await until(lambda: "Coder" in button_text(session))
            await until(lambda: session.parts.models.states()["box"].status == "up")
            simulator.script.fault, simulator.script.retry_after = Fault.OVERLOADED, "90"
            write(session, "Hello?")
            await send(session, 2)
            answer = session.chat.transcript.message(1)
            assert answer is not None and (answer.text, answer.runtime) == ("From the box.", "Box")
            assert answer.note is not None
            assert answer.note.title.startswith("Simulated Coder 7B was overloaded. ")
            assert answer.note.title.endswith(f"{answer.name} answered instead.")


@pytest.mark.parametrize("allowed", [False, True])
async def test_nothing_leaves_for_the_cloud_unless_that_is_allowed(
    theme: Theme, home: Path, simulator: MockServer, monkeypatch: pytest.MonkeyPatch, allowed: bool
) -> None:
    async with quick_simulator() as cloud:
        cloud.script.ttft = 0.01
        away = {"type": "openai_compatible", "name": "Away", "base_url": away_address(cloud), "is_enabled": True}
        configure(home, providers={"away": {**away, "max_retries": 0}}, auto_may_use_cloud=allowed)
        monkeypatch.setattr(connections, "resolve", on_this_computer)
        async with window(theme, home) as session:
            await on_auto(session)
            await until(lambda: session.parts.models.states()["away"].status == "up", what="its models are known")
            simulator.script.fault, simulator.script.retry_after = Fault.OVERLOADED, "90"
            write(session, "Hello?")
            await send(session, 2)
            answer = session.chat.transcript.message(1)
            assert answer is not None
            assert (answer.status, answer.cloud) == (("complete", True) if allowed else ("error", False))
            proposal = session.parts.auto.controller.proposal
            assert proposal is not None
            barred = [one for one in proposal.excluded if one.barrier is Barrier.CLOUD]
            assert bool(barred) is not allowed
            assert all(one.candidate.local for one in proposal.ranked) is not allowed
        assert bool(asked(cloud)) is allowed


async def test_a_chat_that_was_local_is_proposed_no_cloud_when_nothing_local_is_switched_on(
    theme: Theme, home: Path, simulator: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(home)
    async with window(theme, home) as session:
        await on_auto(session)
        write(session, "Hello?")
        await send(session, 2)
    monkeypatch.setattr(connections, "resolve", on_this_computer)
    async with quick_simulator() as cloud:
        away = {"type": "openai_compatible", "name": "Away", "base_url": away_address(cloud), "is_enabled": True}
        configure(home, providers={"away": away, "lm_studio": {"is_enabled": False}}, default_provider="away")
        async with window(theme, home) as again:
            chats = await again.engine.run(again.engine.store.read(queries.list_conversations, 5))
            again.open_chat(chats[0].id)
            auto = again.parts.auto
            await until(lambda: reason(again) == "Auto may not use the cloud.", what="no model for this chat")
            again.new_chat()
            await until(lambda: auto.controller.name != "" and not auto.finds_nobody, what="a model for a new one")


async def test_votes_given_in_this_window_change_the_proposal(theme: Theme, home: Path, simulator: MockServer) -> None:
    configure(home)
    async with window(theme, home) as session:
        await on_auto(session)
        await until(lambda: "Coder" in button_text(session))
        store = session.engine.store
        ended = {"state": "complete", "text": "…", "reasoning": "", "finish_reason": "stop", "left_out": []}
        for _ in range(6):
            rows = [NewComparedAnswer("lm_studio", model, model, True, True) for model in (THINKER, CODER)]
            making = store.write(comparison_rows.create, NewComparison("The sea?"), rows, store.owner_id)
            uid = await session.engine.run(making)
            for place in (0, 1):
                whole = {**ended, "metrics": None, "error": None}
                await session.engine.run(store.write(comparison_rows.finish, uid, place, whole))
            await session.engine.run(store.write(comparison_rows.set_vote, uid, "A", "other"))
        session.parts.compare.controller.look_back()
        write(session, "Tell me about the sea.")
        await until(lambda: button_text(session) == "Auto: Simulated Thinker 4B")
        assert reason(session) == "your votes prefer it"


async def test_a_window_that_is_not_on_auto_reads_no_evidence(theme: Theme, home: Path, simulator: MockServer) -> None:
    configure(home)
    async with window(theme, home) as session:
        write(session, "Hello?")
        await send(session, 2)
        assert session.engine.services._auto is None
        assert session.window.chat.composer.findChild(QWidget, "reason") is None


async def test_a_draft_is_read_once_however_often_its_surroundings_change(
    theme: Theme, home: Path, simulator: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def noted(text: str) -> str | None:
        read.append(text)
        return language_of(text)

    monkeypatch.setattr(need, "language_of", noted)
    configure(home)
    async with window(theme, home) as session:
        await on_auto(session)
        write(session, "Write a Python function.")
        await until(lambda: reason(session).startswith("code · "))
        read.clear()
        auto = session.parts.auto
        for _ in range(3):
            auto.look()
            auto.controller.recounted(None)
        assert read == [] and reason(session).startswith("code · ")
        write(session, "Tell me about the sea.")
        await until(lambda: read == ["Tell me about the sea."])


async def test_new_evidence_makes_no_proposal_that_nobody_sees(
    theme: Theme, home: Path, simulator: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(home)
    async with window(theme, home) as session:
        await on_auto(session)
        parts = session.parts
        await until(lambda: button_text(session).startswith("Auto: "))
        parts.picker.chosen.emit("lm_studio", THINKER)
        parts.picker.hide()
        assert not parts.auto.is_on
        auto = session.engine.services.auto
        proposed: list[Need] = []
        real = auto.propose

        def noted(wanted: Need) -> Proposal:
            proposed.append(wanted)
            return real(wanted)

        told: list[None] = []
        parts.auto.controller.evidence_changed.connect(lambda: told.append(None), Qt.ConnectionType.QueuedConnection)
        monkeypatch.setattr(auto, "propose", noted)
        await session.engine.run(auto.refresh())
        await until(lambda: bool(told))
        assert proposed == []
        parts.open_picker()
        await until(lambda: bool(proposed), what="the picker tells what would be proposed")
        parts.picker.hide()
