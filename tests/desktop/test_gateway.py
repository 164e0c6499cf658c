"""Settings, Gateway: a real window, a real gateway in a process of its own, asked over real HTTP."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
from pathlib import Path
from typing import Any

import httpx2
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QLineEdit, QPlainTextEdit, QSpinBox, QWidget

from app.desktop.models.gateway_requests_model import Column
from app.desktop.session import Session
from app.desktop.theme import Theme
from app.desktop.views.focus import next_in_tab_order
from app.desktop.views.settings.gateway_page import GatewayPage
from app.services.gateway_process import GatewayProcess
from app.services.mock_server import MockServer
from app.services.process import process_exists
from tests.desktop.session_window import laid_out, named, open_session, open_tab, press, until
from tests.fakes.raw_http import refused_port

pytestmark = pytest.mark.anyio

QUESTION = {"model": "simulated/coder-7b", "messages": [{"role": "user", "content": "a secret of mine"}]}


@pytest.fixture
def home(tmp_path: Path, simulator: MockServer) -> Path:
    """A home whose one server is the simulator, and whose gateway takes a free port."""
    folder = tmp_path / "home"
    write_config(folder, simulator, port=0)
    return folder


def config_file(home: Path) -> Path:
    return home / "config" / "llm_studio_config.json"


def write_config(home: Path, simulator: MockServer, **gateway: Any) -> None:
    others = {"ollama": {"is_enabled": False}, "embedded": {"is_enabled": False}}
    providers = {"lm_studio": {"base_url": f"{simulator.base_url}/v1"}, **others}
    config_file(home).parent.mkdir(parents=True, exist_ok=True)
    values = {"provider_configurations": providers, "gateway": gateway}
    config_file(home).write_text(json.dumps(values), encoding="utf-8")


def saved(home: Path) -> Any:
    return json.loads(config_file(home).read_text(encoding="utf-8"))["gateway"]


async def open_page(session: Session) -> GatewayPage:
    page = (await open_tab(session, "Gateway")).page("Gateway")
    assert isinstance(page, GatewayPage)
    return page


def shown(root: QWidget) -> str:
    return "\n".join(label.text() for label in root.findChildren(QLabel) if label.isVisibleTo(root))


def child_of(session: Session) -> GatewayProcess:
    control = session.parts.panes.gateway.controller._control
    assert control is not None
    process = control.process
    assert isinstance(process, GatewayProcess)
    return process


async def make_token(qtbot: Any, window: QWidget, name: str) -> str:
    press(qtbot, window, "New token")
    qtbot.keyClicks(named(window, "Token name"), name)
    press(qtbot, window, "Create token")
    found: list[QWidget] = []

    def is_there() -> bool:
        found[:] = [w for w in window.findChildren(QLineEdit) if w.accessibleName() == "New token, shown once"]
        return bool(found and found[0].isVisibleTo(window))

    await until(is_there, what="the token is shown")
    edit = found[0]
    assert isinstance(edit, QLineEdit)
    return edit.text()


async def test_from_the_switch_to_a_request_and_back(qtbot: Any, theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        window, page = session.window, await open_page(session)
        press(qtbot, window, "Start gateway")
        await until(lambda: page.card.here.isVisible(), 30, "the address is shown")
        address = page.card.here.edit.text()
        process_id = child_of(session).process_id
        assert address.startswith("http://127.0.0.1:")
        assert "Running" in shown(page.card)
        press(qtbot, window, "Copy gateway address")
        assert QGuiApplication.clipboard().text() == address
        settings = named(window, "Settings of the program")
        assert isinstance(settings, QPlainTextEdit)
        assert f"curl {address}/v1/chat/completions" in settings.toPlainText()

        token = await make_token(qtbot, window, "editor")
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx2.AsyncClient(base_url=address, headers=headers, trust_env=False, timeout=20) as client:
            answer = await client.post("/v1/chat/completions", json=QUESTION)
            assert answer.status_code == 200
            page.watched.emit(True)  # now, rather than in two seconds
            model = page.table.model()
            await until(lambda: model.rowCount() == 1, what="the request is in the table")
            texts = [model.index(0, column).data() for column in Column]
            assert texts[Column.TOKEN : Column.STATUS + 1] == ["editor", "simulated/coder-7b", "LM Studio", "200"]
            assert "/" in texts[Column.TOKENS]
            assert model.index(0, Column.MODEL).data(Qt.ItemDataRole.AccessibleTextRole).endswith(", simulated")
            assert "secret" not in " ".join(texts)
            await until(lambda: "used today" in shown(page.tokens), what="the token was used")

            press(qtbot, window, "Revoke editor")
            press(qtbot, window, "Keep editor")
            assert page.tokens.count == 1
            press(qtbot, window, "Revoke editor")
            press(qtbot, window, "Revoke editor for good")
            await until(lambda: page.tokens.count == 0, what="the token is gone")
            async with asyncio.timeout(8):
                while (await client.get("/v1/models")).status_code != 401:
                    await asyncio.sleep(0.1)

        press(qtbot, window, "Stop gateway")
        await until(lambda: not page.card.here.isVisible() and "Not running" in shown(page.card), what="it stopped")
        assert process_id is not None
        assert not process_exists(process_id)
        assert session.parts.panes.pane is not None
        assert not session.parts.panes.pane.has_changes

    key = token.encode()
    for file in home.rglob("*"):
        assert not file.is_file() or key not in file.read_bytes(), f"the token stands in {file}"


async def test_a_new_token_is_shown_once_and_goes_with_the_page(qtbot: Any, theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        window, page = session.window, await open_page(session)
        token = await make_token(qtbot, window, "editor")
        press(qtbot, window, "Copy token")
        assert QGuiApplication.clipboard().text() == token
        assert f"…{token[-4:]}" in shown(page.tokens)

        session.parts.panes.open_settings("Privacy")
        session.parts.panes.open_settings("Gateway")
        assert not page.tokens.shown.isVisible()
        assert page.tokens.shown.edit.text() == ""

        press(qtbot, window, "New token")
        press(qtbot, window, "Create token")
        assert "A token needs a name." in shown(page.tokens)
        qtbot.keyClicks(named(window, "Token name"), "editor")
        press(qtbot, window, "Create token")
        await until(lambda: "already" in shown(page.tokens), what="the name is refused")
        qtbot.keyClick(named(window, "Token name"), Qt.Key.Key_Escape)
        assert not page.tokens.form.isVisible()
        assert named(window, "New token").hasFocus()


async def test_a_taken_port_is_told_and_another_one_taken_with_one_click(
    qtbot: Any, theme: Theme, home: Path, simulator: MockServer
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        write_config(home, simulator, port=taken)
        async with open_session(theme, home) as session:
            page = await open_page(session)
            press(qtbot, session.window, "Start gateway")
            await until(lambda: page.card.port_button.isVisible(), 30, "another port is offered")
            assert f"127.0.0.1:{taken} cannot be listened on" in shown(page.card)
            qtbot.mouseClick(page.card.port_button, Qt.MouseButton.LeftButton)
            await until(lambda: page.card.here.isVisible(), 30, "it listens")
            port = int(page.card.here.edit.text().rpartition(":")[2])
            assert port != taken
            assert saved(home)["port"] == port
            assert "cannot be listened on" not in shown(page.card)


async def test_what_is_typed_is_saved_and_started(qtbot: Any, theme: Theme, home: Path) -> None:
    port = refused_port()
    async with open_session(theme, home) as session:
        page = await open_page(session)
        box = named(session.window, "Gateway port")
        assert isinstance(box, QSpinBox)
        box.setValue(port)
        press(qtbot, session.window, "Start gateway")
        await until(lambda: page.card.here.isVisible(), 30, "it listens")
        assert page.card.here.edit.text() == f"http://127.0.0.1:{port}"
        assert saved(home) == {"port": port}

        named(session.window, "Start the gateway with the window").click()  # type: ignore[attr-defined]  # a check box
        press(qtbot, session.window, "Save Settings")
        pane = session.parts.panes.pane
        await until(lambda: pane.bar.text.text() == "Saved.", what="it is saved")
        assert saved(home) == {"port": port, "start_with_window": True}
        assert "before the last save" not in shown(page.card), "it is the same to the gateway that runs"
        page.rate.edit.setText("50")
        page.rate.on_edited()
        press(qtbot, session.window, "Save Settings")
        await until(lambda: "before the last save" in shown(page.card), what="it is to be restarted")
        before = child_of(session).process_id
        press(qtbot, session.window, "Restart gateway")
        await until(lambda: child_of(session).process_id not in (None, before), 30, "it was restarted")
        await until(lambda: page.card.here.isVisible() and "before" not in shown(page.card), 30, "it listens again")


async def test_other_computers_need_a_token_before_they_can_be_let_in(qtbot: Any, theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        page = await open_page(session)
        reach = named(session.window, "Reachable from other computers")
        assert not reach.isEnabled()
        assert "It needs a token first." in shown(page)
        press(qtbot, session.window, "Make a token")
        assert named(session.window, "Token name").hasFocus()
        qtbot.keyClicks(named(session.window, "Token name"), "laptop")
        qtbot.keyClick(named(session.window, "Token name"), Qt.Key.Key_Return)
        await until(reach.isEnabled, what="a token is there")
        assert "It needs a token first." not in shown(page)
        reach.click()  # type: ignore[attr-defined]  # a check box
        press(qtbot, session.window, "Start gateway")
        await until(lambda: page.card.others.isVisible(), 30, "the address for others is shown")
        assert saved(home)["allow_lan"] is True
        port = page.card.here.edit.text().rpartition(":")[2]
        assert page.card.others.edit.text().endswith(f":{port}")
        assert "0.0.0.0" not in page.card.others.edit.text()
        assert page.card.here.edit.text() == f"http://127.0.0.1:{port}"


async def test_one_that_starts_with_the_window_ends_with_it_and_says_when_it_failed(
    theme: Theme, home: Path, simulator: MockServer
) -> None:
    write_config(home, simulator, port=0, start_with_window=True)
    async with open_session(theme, home, "--provider", "mock") as session:
        await until(lambda: session.parts.panes.gateway.controller._control is not None)
        await until(lambda: child_of(session).state.status == "listening", 30, "it listens")
        process_id = child_of(session).process_id
    assert process_id is not None
    assert not process_exists(process_id)

    async with open_session(theme, home, "--provider", "mock") as session:
        await until(lambda: session.parts.panes.gateway.controller._control is not None)
        await until(lambda: child_of(session).state.status == "listening", 30, "it listens")
        process_id = child_of(session).process_id
        assert process_id is not None
        os.kill(process_id, signal.SIGKILL)
        text = "The gateway does not run. The gateway was ended by signal 9."
        await until(lambda: text in shown(session.window), what="it is told in the chat")
        page = await open_page(session)
        assert "The gateway was ended by signal 9." in shown(page.card)
        assert child_of(session).process_id is None, "it is not started again by itself"


async def test_nothing_is_asked_while_nobody_looks(qtbot: Any, theme: Theme, home: Path) -> None:
    async with open_session(theme, home, "--provider", "mock") as session:
        page = await open_page(session)
        press(qtbot, session.window, "Start gateway")
        await until(lambda: page.card.here.isVisible(), 30, "it listens")
        timer = session.parts.panes.gateway.controller._timer
        assert timer.isActive()
        assert timer.interval() == 2_000
        session.parts.panes.leave()
        assert not timer.isActive()


async def test_the_tab_key_goes_down_the_page(theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        page = await open_page(session)
        page.tokens.begin_new()
        names = []
        widget = page.card.switch
        while widget is not None and widget.accessibleName() != "Save Settings":
            focus = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
            if focus and widget.isVisible() and widget.isEnabled() and not isinstance(widget.parent(), QSpinBox):
                names.append(widget.accessibleName() or getattr(widget, "text", str)())
            widget = next_in_tab_order(widget)
            if widget is page.card.switch:
                break
    assert [name for name in names if name] == [
        *("Start gateway", "New token", "Token name", "Create token", "Cancel new token"),
        *(
            "Gateway port",
            "Reset Gateway port",
            "Make a token",
            "Requests a minute",
            "Start the gateway with the window",
        ),
        *("Program", "Copy settings of the program", "Settings of the program"),
    ]


async def test_the_tabs_move_together_before_they_scroll(theme: Theme, home: Path) -> None:
    async with open_session(theme, home, width=640) as session:
        await open_page(session)
        tabs = session.parts.panes.pane.tabs
        await laid_out(session)
        assert tabs.tabRect(tabs.count() - 1).right() <= tabs.width()
        narrow = tabs.gap
        session.window.resize(1200, 800)
        await until(lambda: tabs.gap > narrow, what="they have room again")
        assert tabs.tabRect(0).width() > narrow
