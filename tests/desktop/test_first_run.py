"""The first-run page: shown while there is nothing to talk to, gone by itself when a server appears."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget

from app.desktop.session import Session
from app.desktop.theme import Theme
from app.desktop.views.first_run.page import FirstRunPage
from app.paths import user_paths
from app.services.conversations.store import ConversationStore
from app.services.mock_server import MockServer
from tests.desktop.session_window import named, open_session, until
from tests.fakes.lms import FakeLms
from tests.fakes.raw_http import RawServer, answer, refused_port

pytestmark = pytest.mark.anyio


@pytest.fixture
def port() -> int:
    """Where LM Studio is looked for."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def home(bare_computer: Callable[..., Path], port: int) -> Path:
    return bare_computer(lm_studio_port=port)


def page_of(session: Session) -> FirstRunPage:
    page = session.window.panes.currentWidget()
    assert isinstance(page, FirstRunPage)
    return page


def is_shown(session: Session) -> bool:
    return isinstance(session.window.panes.currentWidget(), FirstRunPage)


def name_of_focus(session: Session) -> str:
    widget = session.window.focusWidget()
    return widget.accessibleName() if widget is not None else ""


def texts(root: QWidget) -> str:
    labels = [label.text() for label in root.findChildren(QLabel)]
    return "\n".join(labels + [button.text() for button in root.findChildren(QAbstractButton)])


def click(qtbot: Any, root: QWidget, text: str) -> None:
    found = [b for b in root.findChildren(QAbstractButton) if b.text() == text and b.isVisibleTo(root)]
    assert len(found) == 1, f"{len(found)} buttons say {text!r}"
    qtbot.mouseClick(found[0], Qt.MouseButton.LeftButton)


async def test_page_says_where_it_looked_and_what_it_found(theme: Theme, home: Path, port: int) -> None:
    async with open_session(theme, home) as session:
        await until(lambda: is_shown(session), what="the page is shown")
        page = page_of(session)
        await until(lambda: "Not installed." in texts(page))
        shown = texts(page)
        assert "No model server is running yet" in shown
        assert f"127.0.0.1:{port} · refused" in shown
        assert "Nothing answers on the usual port." in shown
        assert "Get LM Studio" in shown
        assert "I use Ollama" in shown


def said_by_focus(session: Session) -> str:
    widget = session.window.focusWidget()
    return widget.text() if isinstance(widget, QAbstractButton) else name_of_focus(session)


async def test_focus_is_on_the_address_where_nothing_can_be_started_and_tab_goes_from_top_to_bottom(
    qtbot: Any, theme: Theme, home: Path
) -> None:
    async with open_session(theme, home) as session:
        await until(lambda: is_shown(session))
        page = page_of(session)
        await until(lambda: "Not installed." in texts(page))
        assert said_by_focus(session) == "Enter address"
        await until(page.first_model.isVisible)
        page._lines["lm_studio"].button.setFocus()
        seen = []
        for _step in range(8):
            seen.append(said_by_focus(session))
            qtbot.keyClick(session.window.focusWidget(), Qt.Key.Key_Tab)
        places = ["Get LM Studio", "I use Ollama", "Enter address", "Name a folder"]
        assert seen == [*places, "Other models…", "Look up sizes", "Cloud key", "Try the simulated model"]


async def test_focus_is_on_setting_up_where_lm_studio_is_installed(theme: Theme, home: Path, tmp_path: Path) -> None:
    FakeLms(tmp_path / "person")
    async with open_session(theme, home) as session:
        await until(lambda: is_shown(session))
        page = page_of(session)
        await until(lambda: "Start LM Studio" in texts(page))
        assert said_by_focus(session) == "Set up LM Studio"


async def test_the_first_run_page_takes_no_focus_from_the_search_field(theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        session.window.sidebar.search.setFocus()
        await until(lambda: is_shown(session))
        await until(lambda: "Not installed." in texts(page_of(session)))
        assert name_of_focus(session) == "Search"


async def test_page_goes_on_by_itself_when_a_server_appears(theme: Theme, home: Path, port: int) -> None:
    async with open_session(theme, home) as session:
        await until(lambda: is_shown(session))
        server = MockServer()
        await server.start(port=port)
        try:
            await until(lambda: session.window.panes.currentWidget() is session.window.chat, timeout_s=4)
            await until(lambda: session.parts.models.chosen().model)
        finally:
            await server.aclose()


async def test_page_is_not_shown_again_over_a_chat_with_messages(theme: Theme, home: Path, port: int) -> None:
    server = MockServer()
    server.script.ttft, server.script.tokens_per_second = 0.01, 2_000.0
    await server.start(port=port)
    async with open_session(theme, home) as session:
        await until(lambda: session.parts.models.chosen().model)
        session.window.chat.composer.send_requested.emit("Hello")
        await until(lambda: session.chat.transcript.count == 2 and not session.chat.running)
        await server.aclose()
        session.parts.models.refresh()
        await until(lambda: not session.parts.models.any_reachable)
        assert session.window.panes.currentWidget() is session.window.chat


async def test_simulated_model_is_chosen_and_the_chat_opens(qtbot: Any, theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        await until(lambda: is_shown(session))
        click(qtbot, page_of(session), "Try the simulated model")
        await until(lambda: session.window.panes.currentWidget() is session.window.chat)
        assert session.parts.models.chosen().simulated


async def test_enter_address_leads_to_a_named_server_of_any_kind(qtbot: Any, theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        await until(lambda: is_shown(session))
        click(qtbot, page_of(session), "Enter address")
        await until(lambda: session.parts.panes.settings_open and session.parts.panes.pane.is_loaded)
        assert session.parts.panes.pane.current_title == "Providers"
        address = named(session.window, "Server address")
        assert QApplication.focusWidget() is address
        qtbot.keyClicks(address, f"http://127.0.0.1:{refused_port()}/v1")
        click(qtbot, session.window, "Add")
        click(qtbot, session.window, "Save Settings")
        await until(lambda: "server" in session.engine.services.settings.config.provider_configurations)
        added = session.engine.services.settings.config.provider_configurations["server"]
        assert added.type == "openai_compatible"
        session.on_escape()
        await until(lambda: is_shown(session), what="there is still nothing to talk to")


async def test_cloud_key_leads_to_the_key_field(qtbot: Any, theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        await until(lambda: is_shown(session))
        click(qtbot, page_of(session), "Cloud key")
        await until(lambda: session.parts.panes.settings_open)
        await until(lambda: name_of_focus(session) == "API key, Claude")  # the first cloud service of the page


async def test_running_server_without_a_model_is_told_and_asked_again(qtbot: Any, theme: Theme, home: Path) -> None:
    routes = {"/lmstudio-greeting": answer({"lmstudio": True}), "/api/v1/models": answer({"models": []})}
    async with RawServer(answer({"error": "Unexpected endpoint"}), routes) as server:
        file = home / "config" / "llm_studio_config.json"
        values = json.loads(file.read_text(encoding="utf-8"))
        values["provider_configurations"]["lm_studio"]["base_url"] = server.url
        file.write_text(json.dumps(values), encoding="utf-8")
        async with open_session(theme, home) as session:
            await until(lambda: is_shown(session))
            assert "LM Studio is running, but has no model yet." in texts(page_of(session))
            model = {"type": "llm", "key": "qwen2.5-coder-7b", "loaded_instances": []}
            server.routes["/api/v1/models"] = answer({"models": [model]})
            click(qtbot, page_of(session), "Look again")
            await until(lambda: session.window.panes.currentWidget() is session.window.chat)


async def test_server_on_the_usual_port_is_offered_and_used_after_a_click(
    qtbot: Any, theme: Theme, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    routes = {"/v1/models": answer({"object": "list", "data": [{"id": "qwen2.5-coder-7b"}]})}
    async with RawServer(answer("", 404), routes) as server:
        monkeypatch.setattr("app.desktop.controllers.first_run_controller.OTHER_SERVER", f"{server.url}/v1")
        async with open_session(theme, home) as session:
            await until(lambda: is_shown(session) and "Use it" in texts(page_of(session)))
            click(qtbot, page_of(session), "Use it")
            await until(lambda: session.window.panes.currentWidget() is session.window.chat)
            assert session.engine.services.catalogue.available("local-server")


async def test_page_looks_only_while_it_is_shown(qtbot: Any, theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        await until(lambda: is_shown(session))
        timer = session.parts.panes.first_run._timer
        assert timer.isActive()
        session.new_chat()
        assert not timer.isActive()


async def test_the_first_enter_address_brings_its_field_into_sight(qtbot: Any, theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        session.window.resize(1000, 600)
        await until(lambda: is_shown(session))
        click(qtbot, page_of(session), "Enter address")
        await until(lambda: session.parts.panes.settings_open and session.parts.panes.pane.is_loaded)
        address = named(session.window, "Server address")
        await until(lambda: address.visibleRegion().boundingRect() == address.rect(), what="the field is in sight")
        assert QApplication.focusWidget() is address


async def test_page_claims_only_these_addresses_only_while_that_is_so(
    qtbot: Any, theme: Theme, home: Path, port: int
) -> None:
    async with open_session(theme, home) as session:
        await until(lambda: is_shown(session))
        await until(lambda: "Only the addresses above were contacted." in texts(page_of(session)))
        click(qtbot, page_of(session), "Enter address")
        await until(lambda: session.parts.panes.settings_open)
        session.parts.panes.local_models.test("lm_studio", f"http://127.0.0.1:{refused_port()}/v1")
        entries = session.engine.services.network_log.entries
        await until(lambda: any(entry.purpose == "connection check" for entry in entries))
        session.on_escape()
        await until(lambda: is_shown(session))
        await until(lambda: "Other addresses than those above were contacted, too." in texts(page_of(session)))
        assert "Only the addresses" not in texts(page_of(session))


async def test_chats_that_no_model_ever_answered_do_not_take_the_page_away(theme: Theme, home: Path) -> None:
    store = ConversationStore(user_paths(home).store_file)
    await store.open()
    chat = await store.create_conversation(title="hi")
    await store.import_messages(chat, [("user", "hi")])
    await store.aclose()
    async with open_session(theme, home) as session:
        await until(lambda: is_shown(session), what="the way to a model is still unknown")
        session.open_chat(chat)
        await until(lambda: session.chat.transcript.count == 1)
        assert not is_shown(session), "what was written can be read"


async def test_whoever_had_an_answer_before_is_not_shown_the_page(theme: Theme, home: Path) -> None:
    store = ConversationStore(user_paths(home).store_file)
    await store.open()
    chat = await store.create_conversation(title="hi")
    await store.import_messages(chat, [("user", "hi"), ("assistant", "hello")])
    await store.aclose()
    async with open_session(theme, home) as session:
        await until(lambda: session.parts.models.all_looked_at)
        await asyncio.sleep(0.1)
        assert not is_shown(session)
