"""What moves, and for whom: the setting, what the system says, and every animation that asks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psutil
import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from app.desktop.glyphs import StateGlyph
from app.desktop.models.conversation_list_model import ConversationListModel
from app.desktop.motion import Motion, system_reduces_motion
from app.desktop.theme import Theme
from app.desktop.views.conversations.sidebar import Sidebar
from app.desktop.views.state_light import StateLight
from app.desktop.views.undo_bar import UndoBar
from app.services.conversations.listing import ChatList
from app.services.conversations.records import Conversation
from tests.desktop.session_window import open_session, until
from tests.fakes.programs import FakeProgram, install
from tests.fakes.raw_http import refused_port

pytestmark = pytest.mark.anyio

GSETTINGS = """
if behaviour.get("fail"):
    sys.exit("No such schema")
print(behaviour["says"])
"""


@pytest.fixture
def gsettings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeProgram:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return install(tmp_path / "bin", "gsettings", GSETTINGS, says="true")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    config = tmp_path / "home" / "config"
    config.mkdir(parents=True)
    servers = {name: {"base_url": f"http://127.0.0.1:{refused_port()}"} for name in ("lm_studio", "ollama")}
    (config / "llm_studio_config.json").write_text(json.dumps({"provider_configurations": servers}), encoding="utf-8")
    return tmp_path / "home"


# -- what the system says


async def test_gnome_says_whether_it_animates(gsettings: FakeProgram) -> None:
    assert not await system_reduces_motion()
    gsettings.behave(says="false")
    assert await system_reduces_motion()
    assert gsettings.calls[0]["arguments"] == ["get", "org.gnome.desktop.interface", "enable-animations"]


@pytest.mark.parametrize(
    "behaviour",
    [{"fail": True}, {"says": "maybe"}, {"says": ""}, {"hang": True}, {"crash": True}, {"flood": 10_000_000}],
)
async def test_E3_a_system_that_does_not_say_wants_full_motion(
    gsettings: FakeProgram, monkeypatch: pytest.MonkeyPatch, behaviour: dict[str, Any]
) -> None:
    monkeypatch.setattr("app.desktop.motion.READ_TIMEOUT_S", 0.3)
    gsettings.behave(**{"says": "false", **behaviour})
    assert not await system_reduces_motion()


async def test_a_system_without_the_program_wants_full_motion(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not await system_reduces_motion()


def test_the_setting_stands_above_the_system() -> None:
    motion = Motion()
    told: list[bool] = []
    motion.changed.connect(lambda: told.append(motion.reduced))
    assert motion.duration_ms(140) == 140
    motion.set_system_reduces(True)
    assert motion.duration_ms(140) == 0
    motion.choose("full")
    assert motion.duration_ms(140) == 140
    motion.choose("reduced")
    motion.set_system_reduces(False)
    assert motion.duration_ms(140) == 0
    assert told == [True, False, True]


async def test_the_window_follows_the_system_and_then_the_setting(
    theme: Theme, home: Path, gsettings: FakeProgram
) -> None:
    gsettings.behave(says="false")
    async with open_session(theme, home, "--provider", "mock") as session:
        await until(lambda: theme.motion.reduced, what="the system is asked")
        assert theme.reduced_motion
        session.parts.panes.open_settings()
        session.parts.panes.settings.save({("interface", "motion"): "full"})
        await until(lambda: not theme.motion.reduced)


async def test_a_setting_that_says_it_asks_no_system(theme: Theme, home: Path, gsettings: FakeProgram) -> None:
    file = home / "config" / "llm_studio_config.json"
    values = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({**values, "interface": {"motion": "reduced"}}), encoding="utf-8")
    async with open_session(theme, home, "--provider", "mock") as session:
        assert theme.motion.reduced
        await until(lambda: session.parts.models.all_looked_at)
    assert not gsettings.calls


# -- what moves


@pytest.mark.parametrize("choice", ["full", "reduced"])
def test_the_undo_bar_rises_where_things_move(qtbot: Any, theme: Theme, choice: Any) -> None:
    theme.motion.choose(choice)
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(600, 400)
    bar = UndoBar(theme, window)
    window.show()
    bar.offer("“Old notes” deleted", lambda: None)
    end = window.height() - bar.height() - 8
    assert (bar.y() == end) is (choice == "reduced")
    qtbot.waitUntil(lambda: bar.y() == end, timeout=2_000)


@pytest.mark.parametrize("choice", ["full", "reduced"])
async def test_the_sidebar_slides_over_a_narrow_window_where_things_move(theme: Theme, home: Path, choice: Any) -> None:
    async with open_session(theme, home, "--provider", "mock", width=800) as session:
        theme.motion.choose(choice)
        window = session.window
        window.toggle_sidebar()
        overlay = window._overlay
        assert overlay is not None
        assert (overlay.x() == 0) is (choice == "reduced")
        assert overlay.width() == 264, "a window that was never wider has the whole sidebar too"
        await until(lambda: overlay.x() == 0, 2)
        assert window.sidebar.search.hasFocus(), "it can be used while it comes"
        window.resize(700, 600)
        assert (overlay.x(), overlay.height()) == (0, window.height())
        window.toggle_sidebar()
        assert not overlay.isVisible()


@pytest.mark.parametrize("choice", ["full", "reduced"])
async def test_the_picker_fades_in_where_things_move_and_can_be_used_meanwhile(
    qtbot: Any, theme: Theme, home: Path, choice: Any
) -> None:
    async with open_session(theme, home, "--provider", "mock") as session:
        theme.motion.choose(choice)
        session.parts.open_picker()
        picker = session.parts.picker
        assert picker._fade.isVisible() is (choice == "full")
        if choice == "full":
            covered = picker._fade._before.toImage().convertToFormat(QImage.Format.Format_RGB32)
            assert not covered.isNull(), "it begins with what lay under it"
            assert picker.grab().toImage().convertToFormat(QImage.Format.Format_RGB32) == covered
        qtbot.keyClicks(picker.filter, "x")
        assert picker.filter.text() == "x"
        picker.filter.clear()
        await until(lambda: not picker._fade.isVisible(), 2)
        picker.hide()


@pytest.mark.parametrize("choice", ["full", "reduced"])
def test_arcs_turn_where_things_move_and_stand_as_a_ring_elsewhere(qtbot: Any, theme: Theme, choice: Any) -> None:
    theme.motion.choose(choice)
    light = StateLight(theme, glyph=StateGlyph.BUSY)
    model = ConversationListModel()
    sidebar = Sidebar(theme, model)
    for widget in (light, sidebar):
        qtbot.addWidget(widget)
        widget.show()
    row = Conversation(1, "u", "One", False, 0.0, 0.0, None, None, "", {}, "", False, False, None, 2)
    model.know_list(ChatList(dated=[row]), {1})
    model.show_list()
    assert light._timer.isActive() is (choice == "full")
    assert sidebar._busy_timer.isActive() is (choice == "full")
    theme.motion.choose("full" if choice == "reduced" else "reduced")
    assert light._timer.isActive() is (choice == "reduced"), "the change shows at once"
    assert sidebar._busy_timer.isActive() is (choice == "reduced")


async def test_closing_while_the_system_is_asked_leaves_nothing_behind(
    theme: Theme, home: Path, gsettings: FakeProgram
) -> None:
    gsettings.behave(hang=True, says="true")
    async with open_session(theme, home, "--provider", "mock"):
        await until(lambda: gsettings.calls)
    assert not psutil.pid_exists(gsettings.calls[0]["pid"]), "the child is gone with the window"
