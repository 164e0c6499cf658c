"""A changed address asks before the key of the old one is used there (promise C3), on the page where it was changed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget

from app.desktop.session import Session
from app.desktop.theme import Theme
from app.services.mock_server import MockServer
from tests.desktop.session_window import named, open_session, open_tab, until
from tests.fakes.raw_http import refused_port
from tests.fakes.simulator import quick_simulator

pytestmark = pytest.mark.anyio

KEY = "sk-canary-9a1f77c2-left"


@pytest.fixture
async def servers() -> AsyncIterator[tuple[MockServer, MockServer]]:
    async with quick_simulator() as old, quick_simulator() as new:
        yield old, new


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AICA_KEYRING", "off")
    (tmp_path / "home" / "config").mkdir(parents=True)
    return tmp_path / "home"


def configure(home: Path, old: MockServer) -> None:
    values = {
        "lm_studio": {"base_url": f"{old.base_url}/v1"},
        "ollama": {"base_url": f"http://127.0.0.1:{refused_port()}"},
        "box": {"type": "openai_compatible", "name": "Box", "base_url": f"{old.base_url}/v1", "is_enabled": True},
    }
    file = home / "config" / "llm_studio_config.json"
    file.write_text(json.dumps({"provider_configurations": values}), encoding="utf-8")


def place(server: MockServer) -> str:
    return server.base_url.partition("://")[2]


def keys_seen(server: MockServer) -> set[str | None]:
    return {request.headers.get("authorization") for request in server.stats.recorded}


def texts(root: QWidget) -> list[str]:
    return [label.text() for label in root.findChildren(QLabel) if label.isVisibleTo(root)]


def press(qtbot: Any, session: Session, name: str) -> None:
    button = named(session.window, name)
    button.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(button, Qt.Key.Key_Space)


async def change_address(qtbot: Any, session: Session, tab: str, field: str, address: str) -> Any:
    pane = await open_tab(session, tab)
    edit = named(session.window, field)
    assert isinstance(edit, QLineEdit)
    edit.selectAll()
    qtbot.keyClicks(edit, address)
    press(qtbot, session, "Save Settings")
    await until(lambda: pane.bar.text.text() == "Saved.")
    return pane.page(tab)


async def with_a_key(session: Session, instance_id: str) -> None:
    services = session.engine.services
    await session.engine.run(services.keys.set(services.manager.provider(instance_id), KEY))


@pytest.mark.parametrize(
    ("tab", "field", "instance_id", "name"),
    [
        ("Local Models", "LM Studio server URL", "lm_studio", "LM Studio"),
        ("Providers", "Address, Box", "box", "Box"),
    ],
)
async def test_C3_a_saved_address_change_asks_and_the_key_goes_there_after_the_click_only(
    qtbot: Any,
    theme: Theme,
    home: Path,
    servers: tuple[MockServer, MockServer],
    tab: str,
    field: str,
    instance_id: str,
    name: str,
) -> None:
    old, new = servers
    configure(home, old)
    async with open_session(theme, home, "--provider", "mock") as session:
        await with_a_key(session, instance_id)
        page = await change_address(qtbot, session, tab, field, new.base_url)
        told = f"The key stored for {place(old)} is not used for {place(new)}."
        await until(lambda: told in texts(page), what="the note")
        catalogue = session.engine.services.catalogue
        await until(lambda: catalogue.available(instance_id), what="the new address was asked")
        assert keys_seen(new) == {None}
        press(qtbot, session, f"Use it for {place(new)}, {name}")
        await until(lambda: told not in texts(page), what="the note goes")
        await until(lambda: f"Bearer {KEY}" in keys_seen(new), what="the key is used at once")
        focused = session.window.focusWidget()
        assert focused is not None and page.isAncestorOf(focused), "the focus stays on the page"
        assert KEY not in "\n".join(texts(session.window))
    for path in home.rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes(), path


async def test_entering_another_key_leads_to_the_field_and_ends_the_note(
    qtbot: Any, theme: Theme, home: Path, servers: tuple[MockServer, MockServer]
) -> None:
    old, new = servers
    configure(home, old)
    async with open_session(theme, home, "--provider", "mock") as session:
        await with_a_key(session, "lm_studio")
        page = await change_address(qtbot, session, "Local Models", "LM Studio server URL", new.base_url)
        press(qtbot, session, "Enter another key, LM Studio")
        await until(lambda: getattr(session.window.focusWidget(), "accessibleName", str)() == "API key, LM Studio")
        qtbot.keyClicks(session.window.focusWidget(), "sk-another-0123456789")
        qtbot.keyClick(session.window.focusWidget(), Qt.Key.Key_Return)
        providers = session.parts.panes.pane.page("Providers")
        told = f"The key stored for {place(old)} is not used for {place(new)}."
        await until(lambda: told not in texts(providers) and page.cards["lm_studio"].withheld.isHidden())
        assert f"Bearer {KEY}" not in keys_seen(new)


async def test_without_a_key_a_changed_address_asks_nothing(
    qtbot: Any, theme: Theme, home: Path, servers: tuple[MockServer, MockServer]
) -> None:
    old, new = servers
    configure(home, old)
    async with open_session(theme, home, "--provider", "mock") as session:
        page = await change_address(qtbot, session, "Local Models", "LM Studio server URL", new.base_url)
        assert page.cards["lm_studio"].withheld.isHidden()


async def test_a_refused_take_over_is_told_in_the_note(
    qtbot: Any, theme: Theme, home: Path, servers: tuple[MockServer, MockServer]
) -> None:
    old, new = servers
    configure(home, old)
    async with open_session(theme, home, "--provider", "mock") as session:
        await with_a_key(session, "lm_studio")
        page = await change_address(qtbot, session, "Local Models", "LM Studio server URL", new.base_url)
        secrets = session.engine.services.secrets
        await session.engine.run(secrets.delete("lm_studio", old.base_url))
        press(qtbot, session, f"Use it for {place(new)}, LM Studio")
        note = page.cards["lm_studio"].withheld
        await until(lambda: "The key is no longer there. Enter it again." in texts(note))
        assert keys_seen(new) == {None}
