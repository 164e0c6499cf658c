"""The main job, walked once from nothing to everything: what a person does on the first day."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget

from app.desktop.theme import Theme
from app.services.mock_server import MockServer
from tests.desktop.session_window import named, open_session, open_tab, press, until
from tests.fakes.raw_http import refused_port

pytestmark = pytest.mark.anyio


@pytest.fixture
def home(tmp_path: Path) -> Path:
    config = tmp_path / "home" / "config"
    config.mkdir(parents=True)
    closed = refused_port()
    servers = {name: {"base_url": f"http://127.0.0.1:{closed}"} for name in ("lm_studio", "ollama")}
    text = json.dumps({"provider_configurations": servers, "a_key_of_tomorrow": 1})
    (config / "llm_studio_config.json").write_text(text, encoding="utf-8")
    return tmp_path / "home"


def write(qtbot: Any, window: QWidget, text: str) -> None:
    message = named(window, "Message")
    qtbot.keyClicks(message, text)
    qtbot.keyClick(message, Qt.Key.Key_Return)


async def test_from_first_run_to_reopening(qtbot: Any, theme: Theme, home: Path, simulator: MockServer) -> None:
    simulator.script.answer = "# A bucket\n\nIt **limits** bursts.\n\n```python\nprint(1)\n```\n"
    async with open_session(theme, home) as session:
        window = session.window
        # First run: no server, so a page says where it looked; LM Studio's address is in Settings, Local Models.
        page = lambda: session.parts.panes.first_run_page  # noqa: E731 - asked again and again below
        await until(lambda: page() is not None and window.panes.currentWidget() is page(), what="the first-run page")
        await open_tab(session, "Local Models")
        url = named(window, "LM Studio server URL")
        assert isinstance(url, QLineEdit)
        await until(url.text, what="the address in force is shown")
        url.selectAll()
        qtbot.keyClicks(url, simulator.base_url.removeprefix("http://"))
        press(qtbot, window, "Test connection")
        await until(lambda: "passed" in _texts(window), what="the test of the connection passes")
        press(qtbot, window, "Save Settings")
        file = home / "config" / "llm_studio_config.json"
        await until(lambda: simulator.base_url in file.read_text(encoding="utf-8"), what="the address is saved")
        saved = json.loads(file.read_text(encoding="utf-8"))
        assert saved["provider_configurations"]["lm_studio"]["base_url"] == simulator.base_url + "/v1"
        assert saved["a_key_of_tomorrow"] == 1

        # Picker: the models are there; another one is chosen by typing.
        await until(lambda: len(session.parts.models.rows()) > 1, what="models are listed")
        session.new_chat()
        press(qtbot, window, "Model")
        picker = session.parts.picker
        assert picker.isVisible()
        other = session.parts.models.rows()[1]
        qtbot.keyClicks(picker.filter, other.config.display_name)
        qtbot.keyClick(picker.filter, Qt.Key.Key_Return)
        assert session.parts.models.chosen().model == other.model

        # Send, stream, and the whole answer is there.
        write(qtbot, window, "What is a token bucket?")
        await until(lambda: session.chat.transcript.count == 2 and not session.chat.running, what="the answer")
        assert session.chat.transcript.text(1) == simulator.script.answer
        first = session.chat.transcript.message(1)
        assert first is not None
        assert first.name == other.config.display_name

        # Stop one.
        simulator.script.answer = "word " * 4_000
        simulator.script.tokens_per_second = 300.0
        write(qtbot, window, "And now for ever")
        await until(lambda: session.chat.transcript.count == 4 and len(session.chat.transcript.text(3) or "") > 50)
        press(qtbot, window, "Stop")
        await until(lambda: not session.chat.running, 2)
        stopped = session.chat.transcript.message(3)
        assert stopped is not None
        assert stopped.status == "stopped"
        kept = stopped.text

        # Edit the second prompt: a sibling, the old branch stays.
        simulator.script.tokens_per_second = 2_000.0
        simulator.script.answer = "Shorter."
        prompt = session.chat.transcript.message(2)
        assert prompt is not None
        session.composing.begin_edit(prompt.message_id, prompt.text)
        window.chat.composer.edit.selectAll()
        write(qtbot, window, "And now briefly")
        await until(lambda: session.chat.transcript.text(3) == "Shorter." and not session.chat.running)
        edited = session.chat.transcript.message(2)
        assert edited is not None
        assert edited.version == (2, 2)
        session.chat.branch.show_version(edited.message_id, -1)
        await until(lambda: session.chat.transcript.text(3) == kept, what="the old branch")

        # Regenerate the stopped answer.
        simulator.script.answer = "Once more."
        session.chat.regenerate(stopped.message_id)
        await until(lambda: session.chat.transcript.text(3) == "Once more." and not session.chat.running)
        again = session.chat.transcript.message(3)
        assert again is not None
        assert again.version == (2, 2)

    async with open_session(theme, home) as reopened:
        await until(lambda: reopened.chat.transcript.count == 4, what="the chat is back")
        texts = [reopened.chat.transcript.text(i) for i in range(4)]
        assert texts[0] == "What is a token bucket?"
        assert texts[2:] == ["And now for ever", "Once more."]
        assert reopened.window.windowTitle().startswith("What is a token bucket?")
        chosen = reopened.parts.models.chosen()
        assert chosen.model == other.model


def _texts(window: QWidget) -> str:
    from PySide6.QtWidgets import QLabel

    return " ".join(label.text() for label in window.findChildren(QLabel) if label.isVisibleTo(window))
