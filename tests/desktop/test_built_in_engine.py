"""The built-in engine in the window: a computer with a model file and no server, and one without either."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLabel, QPlainTextEdit, QWidget

from app.desktop.session import Session
from app.desktop.theme import Theme
from app.desktop.views.first_run.page import FirstRunPage
from tests.desktop.session_window import named, open_session, until

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(
        not all(importlib.util.find_spec(name) for name in ("xllamacpp", "gguf", "numpy")),
        reason="xllamacpp, gguf and numpy are not installed",
    ),
]


@pytest.fixture
def home(bare_computer: Callable[..., Path]) -> Path:
    return bare_computer()


def put_model(folder: Path) -> Path:
    from tests.fakes.tiny_gguf import write_tiny_model

    folder.mkdir(parents=True, exist_ok=True)
    write_tiny_model(folder / "tiny.gguf")
    return folder


def shown_texts(root: QWidget) -> str:
    labels = [label.text() for label in root.findChildren(QLabel) if label.isVisibleTo(root)]
    return "\n".join(labels + [button.text() for button in root.findChildren(QAbstractButton)])


def first_run_page(session: Session) -> FirstRunPage:
    page = session.window.panes.currentWidget()
    assert isinstance(page, FirstRunPage)
    return page


def is_first_run(session: Session) -> bool:
    return isinstance(session.window.panes.currentWidget(), FirstRunPage)


def click(qtbot: Any, root: QWidget, text: str) -> None:
    (found,) = [b for b in root.findChildren(QAbstractButton) if b.text() == text and b.isVisibleTo(root)]
    qtbot.mouseClick(found, Qt.MouseButton.LeftButton)


async def test_a_model_file_is_enough_to_chat_and_the_message_stays_on_this_computer(theme: Theme, home: Path) -> None:
    from tests.fakes.tiny_gguf import SENTENCE

    put_model(Path.home() / ".lmstudio/models/maker/tiny-GGUF")
    async with open_session(theme, home) as session:
        await until(lambda: session.parts.models.chosen().model)
        chosen = session.parts.models.chosen()
        assert (chosen.model, chosen.server) == ("maker/tiny-GGUF/tiny", "Built-in engine")
        assert session.parts.models.destination().text == "Stays on this computer"
        assert not is_first_run(session)
        session.window.chat.composer.send_requested.emit("Tell me a story")
        await until(lambda: session.chat.transcript.count == 2 and not session.chat.running, 60)
        stored = session.chat.transcript.message(1)
        assert stored.text == SENTENCE, stored
        session.parts.models.refresh()
        await until(lambda: session.parts.models.chosen().state == "loaded")


async def test_first_run_says_what_the_engine_lacks_and_goes_on_when_a_folder_is_named(
    qtbot: Any, theme: Theme, home: Path, tmp_path: Path
) -> None:
    models = put_model(tmp_path / "models")
    async with open_session(theme, home) as session:
        await until(lambda: is_first_run(session))
        page = first_run_page(session)
        await until(lambda: "Ready. It needs a model file (GGUF)." in shown_texts(page))
        assert "No model server is running yet" in shown_texts(page)
        click(qtbot, page, "Name a folder")
        await until(lambda: session.parts.panes.settings_open and session.parts.panes.pane.is_loaded)
        folders = named(session.window, "Folders with GGUF files")
        assert isinstance(folders, QPlainTextEdit)
        await until(folders.hasFocus)
        assert "No model file found" in shown_texts(session.window)
        folders.setPlainText("models")
        assert "models is not a full path." in shown_texts(session.window)
        folders.setPlainText(f"{models}\n\n")
        click(qtbot, session.window, "Save Settings")
        await until(lambda: session.parts.models.chosen().model == "tiny")
        saved = json.loads((home / "config/llm_studio_config.json").read_text())
        assert saved["provider_configurations"]["embedded"]["folders"] == [str(models)]
        await until(lambda: "Ready, no model loaded" in shown_texts(session.window))


async def test_an_engine_that_is_not_installed_is_told_with_the_way_to_get_it(
    qtbot: Any, theme: Theme, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    async with open_session(theme, home) as session:
        await until(lambda: is_first_run(session))
        page = first_run_page(session)
        await until(lambda: "How to install" in shown_texts(page))
        click(qtbot, page, "How to install")
        await until(lambda: "pip install xllamacpp" in shown_texts(session.window))


@pytest.mark.parametrize(
    "wrong",
    [
        {"provider_configurations": {"embedded": {"folders": ["~no-such-user/models"]}}},
        {"network": {"ca_file": "~no-such-user/company.pem"}},
    ],
)
async def test_the_window_opens_with_a_path_that_leads_nowhere_and_tells(
    theme: Theme, home: Path, wrong: dict[str, Any]
) -> None:
    file = home / "config" / "llm_studio_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | wrong))
    async with open_session(theme, home) as session:
        if "network" in wrong:
            await until(session.window.isVisible)
        else:
            await until(lambda: "provider_configurations.embedded.folders" in session.window.chat.notice.text())
