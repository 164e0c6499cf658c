"""A real store with a clock, and answers in it as the product writes them."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from app.services.conversations.changes import NewAnswer
from app.services.conversations.store import ConversationStore

#: A Wednesday, noon UTC.
NOW = 1_795_608_000.0
DAY = 86_400.0

Ran = Callable[..., Awaitable[int]]


class SetClock:
    """What the store takes for the time."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
async def store(tmp_path: Path, clock: SetClock) -> AsyncIterator[ConversationStore]:
    opened = ConversationStore(tmp_path / "c.db", clock=clock)
    await opened.open()
    yield opened
    await opened.aclose()


@pytest.fixture
def ran(store: ConversationStore, clock: SetClock) -> Ran:
    """An answer that ended: its id. Each in a chat of its own unless `chat` and `parent` say which."""
    moments = itertools.count()

    async def run(
        model: str = "coder",
        *,
        provider: str = "ollama",
        status: Any = "complete",
        kind: str | None = None,
        at: float | None = None,
        local: bool = True,
        simulated: bool = False,
        chat: int | None = None,
        parent: int | None = None,
        **metrics: Any,
    ) -> int:
        clock.now = (NOW if at is None else at) + next(moments) * 0.01
        chat = chat or await store.create_conversation()
        prompt = await store.add_user_message(chat, parent, "Why?")
        new = NewAnswer(provider, model, model, local, simulated, {}, {}, "test")
        answer = await store.begin_answer(chat, prompt, new)
        clock.now += 1
        error = None if kind is None else {"kind": kind, "message": "x", "hint": ""}
        await store.finish_answer(answer, status, "Because.", "", metrics=metrics, error=error)
        return answer

    return run
