"""Takes the pictures of README and guide from the real window: `python -m pytest tests/desktop/pictures.py`.

It has no tests, and its name keeps it out of the test run. What answers is the simulator, and the pictures say so.
"""

from __future__ import annotations

import asyncio
import math
import time
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QPainter
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.desktop.session import Session
from app.desktop.theme import Theme
from app.paths import user_paths
from app.services.conversations import folders
from app.services.conversations.store import ConversationStore
from app.services.mock_server import MockServer
from tests.desktop.session_window import arguments, open_session, press, until
from tests.desktop.test_compare import controller_of, finished, open_compare
from tests.desktop.test_first_model import home as first_home  # noqa: F401 - a fixture
from tests.desktop.test_get_models import NAME, fake, opened, search, tiny  # noqa: F401
from tests.desktop.test_get_models import home as hub_home  # noqa: F401
from tests.desktop.test_statistics import answers
from tests.fakes.hub import FakeHub

pytestmark = pytest.mark.anyio

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "screenshots"
WIDTH, HEIGHT = 1_200, 800
CODER, TWIN = "simulated/coder-7b", "simulated/twin-1b"
DAY = 86_400.0
ANSWER = r"""Keep the moments of the last calls in a queue. A call is allowed while fewer than `limit` lie in the
last second; each of the $n$ calls enters and leaves once, so all of them take $O(n)$.

```python limiter.py
from collections import deque


def allow(times: deque[float], now: float, limit: int = 5) -> bool:
    \"\"\"Whether one more call may be made at `now`.\"\"\"
    while times and now - times[0] > 1.0:
        times.popleft()
    if len(times) >= limit:
        return False
    times.append(now)
    return True
```

| calls within a second | answer | cost |
|---|---|---|
| 1 | `True` | $O(1)$ |
| 6 | `False` | $O(1)$ |
""".replace('\\"', '"')
OTHERS = ("Refund idempotency", "Retry policy", "Parser rewrite", "Release notes for 2.4", "Why is the CI cache cold?")


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest, theme: Theme, qapp: QApplication) -> str:
    theme.apply(qapp, request.param)
    return str(request.param)


async def fill(home: Path) -> None:
    """Chats of some days, one of them pinned, two in a folder."""
    made = []
    for number, title in enumerate(OTHERS):
        store = ConversationStore(user_paths(home).store_file, clock=lambda n=number: time.time() - n * 0.7 * DAY)
        await store.open()
        chat = await store.create_conversation(title=title)
        await store.import_messages(chat, [("user", title), ("assistant", "Where a retry helps, and where not.")])
        made.append(chat)
        if number == 1:
            folder = await store.create_folder("billing api")
            await store.write(folders.move, made, folder)
        if number == 3:
            await store.write(folders.set_pinned, [chat], True)
        await store.aclose()


def save(widget: QWidget, name: str, scheme: str) -> None:
    """With what stands open over it in windows of its own."""
    picture = widget.grab()
    painter = QPainter(picture)
    for popup in QApplication.topLevelWidgets():
        if popup.isVisible() and popup.windowType() == Qt.WindowType.Popup:
            painter.drawPixmap(widget.mapFromGlobal(popup.mapToGlobal(QPoint(0, 0))), popup.grab())
    painter.end()
    assert picture.save(str(FOLDER / f"{name}-{scheme}.png"), "PNG")


async def settled(seconds: float = 1.5) -> None:
    """Until colours of code, formulas and what servers say are there."""
    await asyncio.sleep(seconds)


async def chat(session: Session, simulator: MockServer) -> None:
    simulator.script.update({"tokens_per_second": 46, "answer": ANSWER, "ttft": 0.4})
    session.window.resize(WIDTH, HEIGHT)
    session.chat.send("How do I limit calls to five a second?")
    await until(lambda: session.chat.transcript.count == 2 and not session.chat.is_busy, 30)
    await settled()


async def test_chat_picker_palette(qtbot: QtBot, theme: Theme, home: Path, simulator: MockServer, scheme: str) -> None:
    await fill(home)
    async with open_session(theme, home, *arguments(CODER), width=WIDTH) as session:
        await chat(session, simulator)
        save(session.window, "chat", scheme)
        session.parts.shortcuts.run("choose_model")
        await settled(1.0)
        save(session.window, "models", scheme)
        session.parts.picker.close()
        session.parts.shortcuts.run("palette")
        qtbot.keyClicks(QGuiApplication.focusObject(), "retry")
        await settled(1.0)
        save(session.window, "palette", scheme)


async def test_chat_settings(qtbot: QtBot, theme: Theme, home: Path, simulator: MockServer, scheme: str) -> None:
    async with open_session(theme, home, *arguments(CODER), width=WIDTH) as session:
        await until(lambda: session.parts.chat_settings.controller.settings)
        session.parts.chat_settings.controller.set_prompt("Answer with the shortest code that works.")
        session.parts.chat_settings.controller.set_value("temperature", 0.2)
        session.parts.shortcuts.run("chat_settings")
        await settled(0.5)
        save(session.parts.chat_settings.dialog, "chat-settings", scheme)
        session.parts.chat_settings.dialog.close()
        session.parts.shortcuts.run("prompts")
        await settled(0.5)
        save(session.parts.prompts.library.dialog, "prompts", scheme)
        session.parts.prompts.library.dialog.close()
        session.window.resize(WIDTH, HEIGHT)
        session.parts.panes.open_settings("Chat")
        await settled(0.5)
        save(session.window, "settings-chat", scheme)


async def test_compare(qtbot: QtBot, theme: Theme, home: Path, simulator: MockServer, scheme: str) -> None:
    await fill(home)
    async with open_session(theme, home, *arguments(CODER), width=WIDTH) as session:
        session.window.resize(WIDTH, HEIGHT)
        simulator.script.update({"tokens_per_second": 60, "answer": ANSWER, "ttft": 0.3})
        pane = open_compare(session, CODER, TWIN)
        controller_of(session).start("How do I limit calls to five a second?", blind=False, together=None)
        await until(lambda: controller_of(session).kept is not None)
        await finished(session)
        press(qtbot, pane, "A is better")
        await settled()
        save(session.window, "compare", scheme)


async def test_statistics(qtbot: QtBot, theme: Theme, home: Path, scheme: str) -> None:
    for n in range(40):
        for model, speed, every in (("qwen3-coder-30b", 46.0, 1), ("gpt-oss-20b", 72.0, 3)):
            if n % every == 0:
                wave = 1 + 0.12 * math.sin(n * 0.9) + 0.05 * math.cos(n * 2.3)
                await answers(home, model, n * 0.7, metrics={"tokens_per_second": speed * wave, "ttft_ms": 600 / wave})
    store = ConversationStore(user_paths(home).store_file)
    await store.open()
    for number, one in enumerate(await store.conversations()):
        await store.rename(one.id, OTHERS[number % len(OTHERS)])
    await store.aclose()
    async with open_session(theme, home, width=WIDTH) as session:
        session.window.resize(WIDTH, HEIGHT)
        session.parts.shortcuts.run("statistics")
        await until(lambda: not session.parts.statistics.is_reading)
        await settled()
        save(session.window, "statistics", scheme)


async def test_local_models(qtbot: QtBot, theme: Theme, home: Path, simulator: MockServer, scheme: str) -> None:
    async with open_session(theme, home, *arguments(CODER), width=WIDTH) as session:
        session.window.resize(WIDTH, 1_000)  # so that the graphs and the table are in sight
        session.parts.panes.open_settings("Local Models")
        await settled(6.0)
        save(session.window, "local-models", scheme)


async def test_first_run(
    qtbot: QtBot,
    theme: Theme,
    first_home: Path,  # noqa: F811 - the fixture
    fake: FakeHub,  # noqa: F811
    tiny: bytes,  # noqa: F811
    scheme: str,
) -> None:
    async with open_session(theme, first_home, width=WIDTH) as session:
        session.window.resize(WIDTH, HEIGHT)
        await until(lambda: session.parts.panes.first_run_page is not None)
        await settled(2.0)
        save(session.window, "first-run", scheme)


async def test_get_models(
    qtbot: QtBot,
    theme: Theme,
    hub_home: Path,  # noqa: F811
    fake: FakeHub,  # noqa: F811
    tiny: bytes,  # noqa: F811
    scheme: str,
) -> None:
    fake.add(NAME, {f"coder-{quant}.gguf": tiny for quant in ("q4_k_m", "q5_k_m", "q8_0")})
    fake.repositories[NAME].readme = "# A small coder\n\nFor completions of a few lines. **Context:** 32k tokens."
    async with open_session(theme, hub_home, width=WIDTH) as session:
        session.window.resize(WIDTH, HEIGHT)
        pane = await opened(session)
        await search(qtbot, pane)
        pane.search.table.opened.emit(NAME)
        await until(lambda: pane.stack.currentWidget() is pane.details)
        await settled()
        save(session.window, "get-models", scheme)
