"""What goes wrong is told in the window's language, to the last word: real failures in a language of brackets."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from app.desktop.session import Session
from app.desktop.theme import Theme
from app.paths import user_paths
from app.services.llm.errors import LLMError
from app.services.mock_server import MockServer
from app.services.mock_server.script import Fault
from tests.desktop.bracket_language import CLOSE, MODELS, OPEN, plain, shown
from tests.desktop.session_window import (
    BLIND,
    answered,
    arguments,
    line_edit,
    open_session,
    open_tab,
    press,
    ready,
    type_over,
    until,
)
from tests.desktop.test_loading_models import open_form, open_page
from tests.fakes.raw_http import refused_port

pytestmark = pytest.mark.anyio
#: The server's own words, which are quoted as they are.
SAID = (
    "Rate limit reached",
    "The server is overloaded",
    "Internal server error",
    "'messages' field is required",
    "The model has crashed without additional information. (Exit code: 18446744072635812000)",
    "Failed to load the model into memory: out of memory",
    "Router",
)


@pytest.fixture
def own_home(tmp_path: Path) -> Path:
    """A home whose servers are off, and where the settings file alone says where they are."""
    off = f"http://127.0.0.1:{refused_port()}"
    servers = {"lm_studio": {"base_url": f"{off}/v1"}, "ollama": {"base_url": off}}
    write_settings(tmp_path / "own", {"provider_configurations": servers})
    return tmp_path / "own"


def in_brackets(text: str) -> str:
    return f"{OPEN}{text}{CLOSE}"


def write_settings(home: Path, values: dict[str, Any]) -> Path:
    file = user_paths(home).config / "llm_studio_config.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(values), encoding="utf-8")
    return file


def drop(session: Session, *paths: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, mime, buttons, keys)
    QApplication.sendEvent(session.window.chat.composer.edit.viewport(), enter)
    event = QDropEvent(QPointF(100, 100), Qt.DropAction.CopyAction, mime, buttons, keys)
    QApplication.sendEvent(session.window.chat, event)


@pytest.mark.parametrize(
    "fault",
    [
        Fault.REFUSE_AUTH,
        Fault.HTML,
        Fault.NOT_JSON,
        Fault.ERROR_200,
        Fault.RATE_LIMITED,
        Fault.SERVER_ERROR,
        Fault.OVERLOADED,
        Fault.BAD_REQUEST,
        Fault.CRASH,
        Fault.NO_MODELS,
        Fault.CONTEXT_LENGTH,
        Fault.REDIRECT,
        Fault.CLOSE,
        Fault.CUT,
        Fault.NO_FINISH,
        Fault.ERROR_MID,
        Fault.EMPTY,
    ],
)
async def test_an_answer_that_fails(
    theme: Theme, home: Path, simulator: MockServer, brackets: None, fault: Fault
) -> None:
    simulator.script.fault, simulator.script.retry_after = fault, "0"
    simulator.script.update({"answer": "1234 5678 9012 3456"})
    write_settings(home, {"provider_configurations": {"lm_studio": {"max_retries": 0}}})
    async with open_session(theme, home, *arguments()) as session:
        session.chat.send("1234")
        await answered(session, 2)
        note = session.chat.transcript.message(1).note
        assert fault is Fault.EMPTY or (note is not None and OPEN in note.title)
        assert plain(session.window, *MODELS, *SAID) == []


async def test_a_server_that_is_off(theme: Theme, home: Path, monkeypatch: pytest.MonkeyPatch, brackets: None) -> None:
    monkeypatch.setenv("LMSTUDIO_BASE_URL", f"http://127.0.0.1:{refused_port()}")
    async with open_session(theme, home, *arguments()) as session:
        session.chat.send("1234")
        await answered(session, 2)
        assert plain(session.window, *MODELS) == []


async def test_a_model_that_is_missing(theme: Theme, home: Path, brackets: None) -> None:
    async with open_session(theme, home, *arguments("simulated/none-1")) as session:
        session.chat.send("1234")
        await answered(session, 2)
        assert plain(session.window, *MODELS, "None 1") == []


@pytest.mark.parametrize("address", ["refused", "nobody.invalid", "other", "http://192.0.2.1:99999"])
async def test_an_address_that_is_wrong(
    qtbot: Any, theme: Theme, own_home: Path, simulator: MockServer, brackets: None, address: str
) -> None:
    typed = {"refused": f"127.0.0.1:{refused_port()}", "other": simulator.base_url}.get(address, address)
    async with open_session(theme, own_home) as session:
        page = await open_page(session)
        card = page.cards["ollama" if address == "other" else "lm_studio"]
        card.address.edit.setText(typed)
        card.address.on_edited()
        card.test_button.click()
        await until(lambda: card.has_failed)
        assert plain(page, "nobody.invalid") == []


async def test_an_address_that_is_none_cannot_be_saved(
    qtbot: Any, theme: Theme, own_home: Path, brackets: None
) -> None:
    async with open_session(theme, own_home) as session:
        page = await open_page(session)
        field = page.cards["lm_studio"].address.edit
        type_over(qtbot, field, "ftp://somewhere")
        press(qtbot, session.window, in_brackets("Save Settings"))
        await until(lambda: in_brackets("only http and https are spoken") in field.accessibleDescription())
        assert plain(session.window, "ftp://somewhere") == []


async def test_a_value_that_is_refused_stands_at_its_field(
    qtbot: Any, theme: Theme, own_home: Path, brackets: None
) -> None:
    async with open_session(theme, own_home) as session:
        pane = await open_tab(session, "Chat")
        field = line_edit(session.window, in_brackets("Temperature"))
        type_over(qtbot, field, "9.5")
        assert field.accessibleDescription()
        assert plain(pane) == []
        services = session.engine.services
        with pytest.raises(LLMError) as refused:
            services.settings.save({("network", "hub_url"): "http://hub.example"})
        assert "⟦only https protects what is fetched on its way⟧" in refused.value.hint
        assert refused.value.setting == "network.hub_url", "found without reading the words"


async def test_a_settings_file_with_a_wrong_value(theme: Theme, home: Path, brackets: None) -> None:
    write_settings(home, {"defaults": {"temperature": 9}, "interface": {"theme": "pink"}})
    async with open_session(theme, home, *arguments()) as session:
        pane = await open_tab(session, "Chat")
        assert not pane.broken_card.isHidden()
        assert plain(session.window, "interface.theme", "defaults.temperature", "'system', 'light' or 'dark'") == []


async def test_files_that_cannot_be_attached(
    qtbot: Any, theme: Theme, home: Path, tmp_path: Path, brackets: None
) -> None:
    contents = {
        "a.exe": b"MZ\x00\x01" * 9,
        "b.txt": b"",
        "c.pdf": b"%PDF-1.7 broken",
        "d.docx": b"PK\x03\x04broken",
        "e.png": b"\x89PNG\r\n\x1a\n broken",
        "f.bin": bytes(range(256)),
    }
    for name, data in contents.items():
        (tmp_path / name).write_bytes(data)
    async with open_session(theme, home, *arguments(BLIND)) as session:
        drop(session, *(tmp_path / name for name in contents), tmp_path)
        found = await ready(session, len(contents) + 1)
        assert all(OPEN in chip.look.spoken for chip in found)
        assert plain(session.window, *MODELS, *contents, tmp_path.name) == []


async def test_a_hub_that_cannot_be_reached_and_one_that_refuses(theme: Theme, home: Path, brackets: None) -> None:
    write_settings(home, {"network": {"hub_url": f"http://127.0.0.1:{refused_port()}"}})
    async with open_session(theme, home, *arguments()) as session:
        await until(lambda: session.parts.models.all_looked_at)
        session.parts.shortcuts.run("get_models")
        pane = session.window.panes.currentWidget()
        pane.search.field.setText("tiny")
        pane.search.field.returnPressed.emit()
        await until(lambda: not pane._busy.isVisible() and pane.search.words.text())
        assert plain(session.window, *MODELS) == []


async def test_a_model_that_does_not_load(
    qtbot: Any, theme: Theme, home: Path, simulator: MockServer, brackets: None
) -> None:
    simulator.script.load_error = "Failed to load the model into memory: out of memory"
    async with open_session(theme, home, *arguments()) as session:
        page = await open_page(session)
        form = await open_form(page, BLIND)
        assert plain(form, *MODELS) == []
        press(qtbot, form, in_brackets("Load"))
        await until(lambda: page.note.isVisible() and page.note.property("tone") == "error")
        assert plain(page, *MODELS, *SAID) == []


async def test_a_key_that_is_none(qtbot: Any, theme: Theme, own_home: Path, brackets: None) -> None:
    async with open_session(theme, own_home) as session:
        pane = await open_tab(session, "Providers")
        type_over(qtbot, line_edit(session.window, in_brackets("API key, ⟦OpenAI⟧")), "two words")
        press(qtbot, session.window, in_brackets("Store key, ⟦OpenAI⟧"))
        await until(lambda: any(in_brackets("This does not look like a key.") in text for text in shown(pane)))
        assert plain(pane) == []


async def test_a_port_of_the_gateway_that_is_taken(qtbot: Any, theme: Theme, own_home: Path, brackets: None) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        write_settings(own_home, {"gateway": {"port": taken}})
        async with open_session(theme, own_home) as session:
            page = (await open_tab(session, "Gateway")).page("Gateway")
            press(qtbot, session.window, in_brackets("Start gateway"))
            await until(lambda: page.card.port_button.isVisible(), 30, "another port is offered")
            assert in_brackets(f"127.0.0.1:{taken} cannot be listened on.") in "".join(shown(page.card))
            assert plain(page) == []
