"""The buttons of a failed connection check do what they say: real servers, a real settings file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtWidgets import QAbstractButton, QFileDialog, QLineEdit

from app.desktop.session import Session
from app.desktop.theme import Theme
from app.desktop.views.settings.local_models_page import LocalModelsPage
from app.desktop.views.settings.runtime_card import RuntimeCard
from tests.desktop.session_window import named, open_session, open_tab, until
from tests.fakes.certificates import make_certificate
from tests.fakes.raw_http import RawServer, answer, refused_port

pytest.importorskip("cryptography")
pytestmark = pytest.mark.anyio

MODELS = answer({"models": [{"type": "llm", "key": "m", "loaded_instances": []}]})
LM_STUDIO = {"/lmstudio-greeting": answer({"lmstudio": True}), "/api/v1/models": MODELS}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    folder = tmp_path / "home" / "config"
    folder.mkdir(parents=True)
    file = folder / "llm_studio_config.json"
    servers = {name: {"base_url": f"http://127.0.0.1:{refused_port()}"} for name in ("lm_studio", "ollama")}
    file.write_text(json.dumps({"provider_configurations": servers}), encoding="utf-8")
    return file


async def failed_card(session: Session, address: str) -> RuntimeCard:
    """LM Studio's card after a test of an address that was typed there."""
    pane = await open_tab(session, "Local Models")
    page = pane.page("Local Models")
    assert isinstance(page, LocalModelsPage)
    card = page.cards["lm_studio"]
    card.address.edit.setText(address)
    card.address.on_edited()
    card.test_button.click()
    await until(lambda: card.has_failed)
    return card


def press(card: RuntimeCard, text: str) -> None:
    buttons = card.finding.findChildren(QAbstractButton)
    found = [b for b in buttons if b.text() == text]
    assert found, [b.text() for b in buttons]
    assert found[0].accessibleName(), "it has a name for screen readers"
    found[0].click()


def passed(card: RuntimeCard) -> bool:
    return not card.has_failed and card._result_text.text().startswith("Connected.")


async def test_certificate_file_is_chosen_saved_and_the_typed_address_tested_again(
    theme: Theme, config: Path, tmp_path: Path
) -> None:
    own = make_certificate(tmp_path, authority=True)
    async with RawServer(answer("", 404), LM_STUDIO, tls=own.context()) as server:
        async with open_session(theme, config.parent.parent) as session:
            card = await failed_card(session, server.url)
            press(card, "Choose certificate file…")
            await until(lambda: session.window.findChildren(QFileDialog))
            dialog = session.window.findChildren(QFileDialog)[0]
            dialog.fileSelected.emit(str(own.file))
            dialog.close()
            await until(lambda: passed(card))
            assert card.address.edit.text() == server.url, "the address is still there, and still not saved"
    saved = json.loads(config.read_text(encoding="utf-8"))
    assert saved["network"]["ca_file"] == str(own.file)
    assert saved["provider_configurations"]["lm_studio"]["base_url"] != f"{server.url}/v1"


async def test_address_that_differs_in_its_beginning_only_is_shown_whole(theme: Theme, config: Path) -> None:
    async with RawServer(answer("", 404), LM_STUDIO) as server:
        async with open_session(theme, config.parent.parent) as session:
            card = await failed_card(session, server.url.replace("http:", "https:"))
            press(card, f"Use {server.url}/v1")
            await until(lambda: passed(card))
            assert card.address.edit.text() == f"{server.url}/v1"


async def test_local_server_is_reached_without_the_proxy_after_one_click(
    theme: Theme, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = json.loads(config.read_text(encoding="utf-8"))
    config.write_text(json.dumps({**values, "network": {"proxy_for_local": True}}), encoding="utf-8")
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{refused_port()}")
    async with RawServer(answer("", 404), LM_STUDIO) as server:
        async with open_session(theme, config.parent.parent) as session:
            card = await failed_card(session, server.url)
            press(card, "Reach it without the proxy")
            await until(lambda: passed(card))
    assert json.loads(config.read_text(encoding="utf-8"))["network"]["proxy_for_local"] is False


async def test_another_openai_compatible_server_is_filled_in_and_not_added_yet(theme: Theme, config: Path) -> None:
    listed = answer({"object": "list", "data": [{"id": "m", "owned_by": "llamacpp"}]}, Server="llama.cpp")
    before = config.read_text(encoding="utf-8")
    async with RawServer(answer("", 404), {"/v1/models": listed}) as server:
        async with open_session(theme, config.parent.parent) as session:
            card = await failed_card(session, server.url)
            press(card, "Add as a server of its own")
            field = named(session.window, "Server address")
            assert isinstance(field, QLineEdit)
            assert field.text() == f"{server.url}/v1"
            assert config.read_text(encoding="utf-8") == before
