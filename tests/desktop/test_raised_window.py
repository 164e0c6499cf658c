"""A prompt that does not fit can ask for a larger window, where the provider takes one with each request."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication

from app.desktop.session import Session
from app.desktop.theme import Theme
from tests.desktop.session_window import answered, open_session, until
from tests.fakes.raw_http import RawServer, answer, refused_port, stream

pytestmark = pytest.mark.anyio

MODEL = "coder:7b"
OTHER = "writer:70b"
LISTED = {
    "models": [
        {"name": name, "model": name, "digest": digest, "size": 4_000_000_000, "details": {}}
        for name, digest in ((MODEL, "1"), (OTHER, "2"))
    ]
}
ABOUT = {
    "model_info": {
        "general.architecture": "qwen2",
        "qwen2.context_length": 32_768,
        "qwen2.block_count": 28,
        "qwen2.embedding_length": 3_584,
        "qwen2.attention.head_count": 28,
        "qwen2.attention.head_count_kv": 4,
    },
    "capabilities": ["completion"],
}
#: Layers × heads × width × keys and values × two bytes.
BYTES_PER_TOKEN = 28 * 4 * 128 * 2 * 2
LONG = "word " * 4_000


def ollama() -> RawServer:
    said = {"model": MODEL, "message": {"role": "assistant", "content": "fine"}, "done": False}
    last = {**said, "message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop"}
    lines = b"".join(json.dumps(line).encode() + b"\n" for line in (said, last))
    routes = {
        "/api/version": answer({"version": "0.32.9"}),
        "/api/tags": answer(LISTED),
        "/api/ps": answer({"models": []}),
        "/api/show": answer(ABOUT),
        "/api/chat": stream(lines, content_type="application/x-ndjson"),
    }
    return RawServer(answer("404 page not found", 404), routes)


def asked(server: RawServer) -> list[int]:
    """The window of each chat request."""
    return [seen.json["options"]["num_ctx"] for seen in server.requests if seen.path == "/api/chat"]


@asynccontextmanager
async def only_ollama(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RawServer]:
    """Ollama runs and LM Studio does not."""
    monkeypatch.setenv("LMSTUDIO_BASE_URL", f"http://127.0.0.1:{refused_port()}")
    async with ollama() as server:
        monkeypatch.setenv("OLLAMA_HOST", server.url)
        yield server


def choice(session: Session, begins: str) -> QAbstractButton:
    notice = session.window.chat.notice
    found = [b for b in notice.findChildren(QAbstractButton) if b.text().startswith(begins) and b.isVisibleTo(notice)]
    assert len(found) == 1, [b.text() for b in notice.findChildren(QAbstractButton)]
    return found[0]


def with_a_small_window(home: Path) -> None:
    config: dict[str, Any] = {"provider_configurations": {"ollama": {"context_length": 4_096}}}
    (home / "config").mkdir(parents=True)
    (home / "config" / "llm_studio_config.json").write_text(json.dumps(config), encoding="utf-8")


async def test_raising_the_window_sends_the_prompt_and_holds_for_this_chat(
    theme: Theme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    async with only_ollama(monkeypatch) as server:
        with_a_small_window(home)
        async with open_session(theme, home) as session:
            await until(lambda: session.parts.models.chosen().model)
            session.chat.choose_model("ollama", MODEL)
            await until(lambda: session.parts.models.chosen().model == MODEL)
            composer = session.window.chat.composer
            composer.edit.setPlainText(LONG)
            composer.send_requested.emit(composer.text())
            await until(lambda: session.window.chat.notice.isVisible())
            cost = (8_192 - 4_096) * BYTES_PER_TOKEN / 1e9
            button = choice(session, "Raise to")
            assert button.text() == f"Raise to 8.2k (+≈{cost:.1f} GB)"
            assert asked(server) == [], "nothing goes out unasked"
            button.click()
            await answered(session, 2)
            assert asked(server) == [8_192]
            assert not session.window.chat.notice.isVisible()
            await until(lambda: session.parts.context.controller.window().tokens == 8_192)
            session.chat.send("and on")
            await answered(session, 4)
            assert asked(server) == [8_192, 8_192]
            session.new_chat()
            await until(
                lambda: session.parts.context.controller.window().tokens == 4_096, what="another chat has its own"
            )


async def test_what_no_window_of_the_model_holds_offers_none(
    theme: Theme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with only_ollama(monkeypatch):
        async with open_session(theme, tmp_path / "home") as session:
            await until(lambda: session.parts.models.chosen().model)
            session.chat.choose_model("ollama", MODEL)
            await until(lambda: session.parts.models.chosen().model == MODEL)
            session.window.chat.composer.send_requested.emit("word " * 40_000)
            await until(lambda: session.window.chat.notice.isVisible())
            texts = [b.text() for b in session.window.chat.notice.findChildren(QAbstractButton)]
            assert "Send anyway" in texts and not any(text.startswith("Raise") for text in texts)


async def test_a_raised_window_stays_with_the_model_it_was_raised_for(
    theme: Theme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    async with only_ollama(monkeypatch) as server:
        with_a_small_window(home)

        async def say(session: Session, text: str) -> None:
            count = session.chat.transcript.count
            session.chat.send(text)
            await until(lambda: session.chat.transcript.count == count + 2 and not session.chat.is_busy)

        async with open_session(theme, home) as session:
            await until(lambda: session.parts.models.chosen().model)
            session.chat.choose_model("ollama", MODEL)
            session.chat.choose_window(16_384)
            await say(session, "first")
            session.chat.choose_model("ollama", OTHER)
            await until(lambda: session.parts.context.controller.window().tokens == 4_096, what="the other's own")
            await say(session, "second")
            session.chat.choose_model("ollama", MODEL)
            await until(lambda: session.parts.context.controller.window().tokens == 16_384, what="what it was")
            await say(session, "third")
            assert asked(server) == [16_384, 4_096, 16_384]
            chat = session.chat.conversation_id or 0
            session.chat.choose_model("ollama", OTHER)
        async with open_session(theme, home) as session:
            session.open_chat(chat)
            await until(lambda: session.chat.transcript.count == 6)
            await until(lambda: session.parts.models.chosen().model == OTHER)
            await say(session, "fourth")
            session.chat.choose_model("ollama", MODEL)
            await say(session, "fifth")
            assert asked(server)[3:] == [4_096, 16_384], "also in the next run"


async def test_a_raised_window_is_lowered_again_from_the_token_bar(
    qtbot: Any, theme: Theme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    async with only_ollama(monkeypatch) as server:
        with_a_small_window(home)
        async with open_session(theme, home) as session:
            await until(lambda: session.parts.models.chosen().model)
            session.chat.choose_model("ollama", MODEL)
            window = session.parts.context.controller.window
            await until(lambda: window().tokens == 4_096)
            bar = session.window.chat.composer.token_bar
            assert bar is not None
            await until(lambda: bar.isVisible())
            bar.open_popup()
            assert bar.popup is not None and not bar.popup.findChildren(QAbstractButton), "nothing was raised"
            bar.popup.close()
            await until(lambda: bar.popup is None)
            session.chat.choose_window(16_384)
            session.parts.context.take_settings()
            await until(lambda: "16k" in bar.figure())
            bar.open_popup()
            (button,) = bar.popup.findChildren(QAbstractButton)
            assert button.text().replace(",", "") == "Back to 4096 tokens"
            qtbot.keyClick(bar.popup, Qt.Key.Key_Tab)
            assert QApplication.focusWidget() is button, "the keyboard reaches it"
            qtbot.keyClick(button, Qt.Key.Key_Return)
            await until(lambda: window().tokens == 4_096)
            assert bar.popup is None or not bar.popup.isVisible()
            session.chat.send("and on")
            await answered(session, 2)
            assert asked(server) == [4_096], "asked for: the model is loaded with the larger one"
