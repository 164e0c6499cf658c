"""Desktop tests run their coroutines on the Qt loop, and leave neither tasks nor windows behind."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import qasync
from PySide6.QtCore import QEvent, QLocale
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication

from app.desktop import language
from app.desktop.theme import Theme
from app.services.mock_server import MockServer
from tests.desktop.bracket_language import brackets as brackets
from tests.fakes.bare_computer import make_bare
from tests.fakes.hub import FakeHub
from tests.fakes.raw_http import refused_port


@pytest.fixture
def anyio_backend(qapp: QApplication) -> tuple[str, dict[str, Callable[[], asyncio.AbstractEventLoop]]]:
    qapp.setQuitOnLastWindowClosed(False)  # else closing a test's window stops its loop
    return ("asyncio", {"loop_factory": lambda: qasync.QEventLoop(qapp)})


@pytest.fixture(autouse=True)
def no_task_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that leaves an asyncio task alive fails."""
    left: list[str] = []
    if request.node.get_closest_marker("anyio"):
        loops: list[asyncio.AbstractEventLoop] = []
        real_close = qasync.QEventLoop.close

        def close(self: Any) -> None:
            if self not in loops:
                loops.append(self)
                left.extend(task.get_name() for task in asyncio.all_tasks(self) if not task.done())
            real_close(self)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(qasync.QEventLoop, "close", close)
            yield
    else:
        yield
    assert not left, f"tasks still alive: {left}"


@pytest.fixture
def design_font(qapp: QApplication) -> Iterator[None]:
    """u = 1: the measures in the tests are those of the design."""
    before = qapp.font()
    font = QFont(before)
    font.setPixelSize(13)
    qapp.setFont(font)
    yield
    qapp.setFont(before)


@pytest.fixture
def theme(qapp: QApplication, design_font: None) -> Iterator[Theme]:
    """An applied light theme; the application is undressed again afterwards."""
    palette, sheet = qapp.palette(), qapp.styleSheet()
    made = Theme()
    made.apply(qapp, "light")
    yield made
    qapp.setStyleSheet(sheet)
    qapp.setPalette(palette)
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture(autouse=True)
def garbage_of_the_window_goes_on_its_own_thread() -> Iterator[None]:
    """A window leaves cycles behind; collected by a thread of a later test, their timers would crash Qt.

    What lives on is frozen: walking it after each of hundreds of tests would take a minute.
    """
    yield
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture
def bare_computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Makes this a computer without a model server, also at the address that the first-run page tries by itself; gives
    its state folder. Arguments as those of `make_bare`."""
    other = f"http://127.0.0.1:{refused_port()}/v1"
    monkeypatch.setattr("app.desktop.controllers.first_run_controller.OTHER_SERVER", other)
    return partial(make_bare, tmp_path, monkeypatch)


@pytest.fixture
async def fake() -> AsyncIterator[FakeHub]:
    """A hub on loopback."""
    async with FakeHub() as hub:
        yield hub


@pytest.fixture
def tiny(tmp_path: Path) -> bytes:
    """A model file that the real engine reads."""
    from tests.fakes.tiny_gguf import write_tiny_model  # here: it needs what is not installed everywhere

    write_tiny_model(tmp_path / "made.gguf")
    return (tmp_path / "made.gguf").read_bytes()


@pytest.fixture
def spanish(qapp: QApplication) -> Iterator[None]:
    language.use(qapp, "es")
    yield
    language.use(qapp, "system")
    QLocale.setDefault(QLocale.system())


@pytest.fixture
def home(tmp_path: Path, simulator: MockServer, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder whose LM Studio is the simulator."""
    monkeypatch.setenv("LMSTUDIO_BASE_URL", simulator.base_url)
    return tmp_path / "home"
