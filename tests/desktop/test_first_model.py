"""From nothing to the first answer: a computer without server and model file, a hub on loopback, the real engine."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget

from app.desktop.session import Session
from app.desktop.theme import Theme
from app.desktop.views.first_run.page import FirstRunPage
from app.paths import user_paths
from app.services.engine import memory
from tests.desktop.session_window import named, notice_text, open_session, press, until
from tests.fakes.hub import FakeHub

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(
        not all(importlib.util.find_spec(name) for name in ("xllamacpp", "gguf", "numpy")),
        reason="xllamacpp, gguf and numpy are not installed",
    ),
]
SMALL = "Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF"
LARGE = "Qwen/Qwen2.5-Coder-7B-Instruct-GGUF"
FILE = "coder-q4_k_m.gguf"


@pytest.fixture
def home(bare_computer: Callable[..., Path], fake: FakeHub) -> Path:
    return bare_computer(hub_url=fake.url)


def texts(root: QWidget) -> str:
    labels = [label.text() for label in root.findChildren(QLabel) if label.isVisibleTo(root)]
    buttons = [button.text() for button in root.findChildren(QAbstractButton) if button.isVisibleTo(root)]
    return "\n".join(labels + buttons)


async def page_of(session: Session) -> FirstRunPage:
    await until(lambda: isinstance(session.window.panes.currentWidget(), FirstRunPage), what="the page")
    page = session.window.panes.currentWidget()
    assert isinstance(page, FirstRunPage)
    await until(lambda: page.first_model.isVisible(), what="the card of the first model")
    return page


async def test_nothing_is_asked_before_the_button_and_the_card_names_the_hub(
    theme: Theme, home: Path, fake: FakeHub
) -> None:
    async with open_session(theme, home) as session:
        page = await page_of(session)
        shown = texts(page.first_model)
        assert "Qwen2.5 Coder 1.5B" in shown
        assert fake.url.partition("://")[2] in shown and "nothing is asked before" in shown
        assert "Only the addresses above were contacted." in texts(page)
        assert not fake.api.requests


async def test_one_click_fetches_what_fits_and_the_chat_answers(
    qtbot: Any, theme: Theme, home: Path, fake: FakeHub, tiny: bytes
) -> None:
    from tests.fakes.tiny_gguf import SENTENCE

    fake.add(SMALL, {FILE: tiny})
    async with open_session(theme, home) as session:
        page = await page_of(session)
        press(qtbot, page, "Look up sizes")
        await until(lambda: "Fits, ≈" in texts(page.first_model))
        assert "apache-2.0" in texts(page.first_model)
        press(qtbot, page, "Download")
        await until(lambda: session.window.panes.currentWidget() is session.window.chat, what="the chat")
        await until(lambda: "SHA-256" in notice_text(session))
        assert session.parts.models.chosen().model == f"{SMALL}/coder-q4_k_m"
        session.window.chat.composer.send_requested.emit("Tell me a story")
        await until(lambda: session.chat.transcript.count == 2 and not session.chat.running, 60)
        assert session.chat.transcript.message(1).text == SENTENCE


async def test_a_download_is_paused_with_the_window_and_goes_on_in_the_next_run(
    qtbot: Any, theme: Theme, home: Path, fake: FakeHub, tiny: bytes
) -> None:
    padded = tiny + bytes(2_000_000)
    fake.add(SMALL, {FILE: padded})
    async with open_session(theme, home) as session:
        page = await page_of(session)
        press(qtbot, page, "Look up sizes")
        await until(lambda: "Download" in texts(page.first_model))
        fake.pause_s, already = 0.05, fake.sent_bytes
        press(qtbot, page, "Download")
        await until(lambda: fake.sent_bytes - already > 500_000)
        await until(lambda: "left" in texts(page.first_model), what="the time left")
        assert "/s" in texts(page.first_model) and "%" in texts(page.first_model)
    fake.pause_s = 0
    asked = len(fake.api.requests)
    async with open_session(theme, home) as session:
        page = await page_of(session)
        await until(lambda: "Paused" in texts(page.first_model))
        assert len(fake.api.requests) == asked, "nothing goes on by itself"
        press(qtbot, page, "Resume Qwen2.5-Coder-1.5B-Instruct-GGUF")
        await until(lambda: (user_paths(home).models_folder / SMALL / FILE).exists())
        assert fake.ranges[-1].startswith("bytes=")


async def test_pause_and_cancel_are_one_press_each(
    qtbot: Any, theme: Theme, home: Path, fake: FakeHub, tiny: bytes
) -> None:
    fake.add(SMALL, {FILE: tiny + bytes(2_000_000)})
    async with open_session(theme, home) as session:
        page = await page_of(session)
        press(qtbot, page, "Look up sizes")
        await until(lambda: "Download" in texts(page.first_model))
        fake.pause_s, already = 0.05, fake.sent_bytes
        press(qtbot, page, "Download")
        await until(lambda: fake.sent_bytes - already > 200_000)
        press(qtbot, page, "Pause Qwen2.5-Coder-1.5B-Instruct-GGUF")
        await until(lambda: "Paused" in texts(page.first_model))
        press(qtbot, page, "Cancel Qwen2.5-Coder-1.5B-Instruct-GGUF")
        await until(lambda: "Download" in texts(page.first_model))
        assert not list(user_paths(home).models_folder.rglob("*.part*"))


async def test_a_hub_out_of_reach_is_one_plain_sentence_and_can_be_asked_again(
    qtbot: Any, theme: Theme, home: Path, fake: FakeHub, tiny: bytes
) -> None:
    fake.add(SMALL, {FILE: tiny})
    fake.refusals = [(503, {})] * 3
    async with open_session(theme, home) as session:
        page = await page_of(session)
        press(qtbot, page, "Look up sizes")
        await until(lambda: "The hub answered with status 503." in texts(page.first_model))
        press(qtbot, page.first_model, "Look again")
        await until(lambda: "Download" in texts(page.first_model))


async def test_a_wrong_checksum_is_told_where_it_happened(
    qtbot: Any, theme: Theme, home: Path, fake: FakeHub, tiny: bytes
) -> None:
    fake.add(SMALL, {FILE: tiny}).sums[FILE] = "0" * 64
    async with open_session(theme, home) as session:
        page = await page_of(session)
        press(qtbot, page, "Look up sizes")
        await until(lambda: "Download" in texts(page.first_model))
        press(qtbot, page, "Download")
        await until(lambda: "SHA-256" in texts(page.first_model.downloads))
        assert named(page, "Resume Qwen2.5-Coder-1.5B-Instruct-GGUF").isEnabled()
        assert not list(user_paths(home).models_folder.rglob("*.gguf"))


async def test_what_does_not_fit_has_no_button(
    qtbot: Any, theme: Theme, home: Path, fake: FakeHub, tiny: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.add(SMALL, {FILE: tiny})
    fake.add(LARGE, {FILE: tiny})
    monkeypatch.setattr(memory, "available_bytes", lambda: 1_000_000)
    async with open_session(theme, home) as session:
        page = await page_of(session)
        press(qtbot, page, "Look up sizes")
        await until(lambda: "None of them fits" in texts(page.first_model))
        assert "Too large" in texts(page.first_model)
        assert "Download" not in texts(page.first_model)
