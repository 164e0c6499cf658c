"""Settings used as a person uses it: real widgets, a real settings file, servers over real HTTP."""

from __future__ import annotations

import gc
import json
import time
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QSpinBox,
    QTableView,
    QWidget,
)

from app.desktop.controllers.settings_controller import _collect
from app.desktop.error_display import note_for_answer
from app.desktop.main import parser
from app.desktop.models.settings_form import provider_path
from app.desktop.pane_names import TABS
from app.desktop.session import Session
from app.desktop.shortcuts import DEFAULT_KEYS, command_names, conflicts, owner_of, why_refused
from app.desktop.theme import Theme
from app.desktop.views.focus import next_in_tab_order
from app.desktop.views.settings.local_models_page import LocalModelsPage
from app.desktop.views.settings.pane import SettingsPane
from app.desktop.views.settings.shortcuts_page import ShortcutsPage
from app.desktop.views.settings.suggestion_field import SuggestionField
from app.paths import user_paths
from app.services.container import open_services
from app.services.mock_server import MockServer
from app.services.terminal_command import in_terminal
from tests.desktop.session_window import (
    arguments,
    laid_out,
    line_edit,
    named,
    open_session,
    open_tab,
    press,
    type_over,
    until,
)
from tests.fakes.lms import FakeLms
from tests.fakes.raw_http import RawServer, answer, refused_port
from tests.tools.describe_dependencies import NOT_EVERYWHERE, locked

pytestmark = pytest.mark.anyio


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home in which nothing of this computer's own servers is asked."""
    config = tmp_path / "home" / "config"
    config.mkdir(parents=True)
    unused = refused_port()
    write_config(
        tmp_path / "home",
        {
            "provider_configurations": {
                "lm_studio": {"base_url": f"http://127.0.0.1:{unused}/v1"},
                "ollama": {"base_url": f"http://127.0.0.1:{unused}"},
            }
        },
    )
    return tmp_path / "home"


def config_file(home: Path) -> Path:
    return home / "config" / "llm_studio_config.json"


def write_config(home: Path, values: dict[str, Any]) -> None:
    config_file(home).write_text(json.dumps(values, indent=2), encoding="utf-8")


def saved(home: Path) -> dict[str, Any]:
    values = json.loads(config_file(home).read_text(encoding="utf-8"))
    assert isinstance(values, dict)
    return values


def shown_texts(root: QWidget) -> str:
    """Everything a person or a screen reader could read in the window."""
    parts: list[str] = []
    for widget in [root, *root.findChildren(QWidget)]:
        parts += [widget.accessibleName(), widget.accessibleDescription(), widget.toolTip()]
        if isinstance(widget, (QLabel, QLineEdit, QAbstractButton, QSpinBox)):
            parts.append(widget.text())
        if isinstance(widget, QPlainTextEdit):
            parts.append(widget.toPlainText())
        if isinstance(widget, QComboBox):
            parts.append(widget.currentText())
    return "\n".join(parts)


# -- the pane


async def test_settings_button_and_escape_open_and_close_the_pane(qtbot: Any, theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        session.chat.choose_model("mock", "")
        press(qtbot, session.window, "Settings")
        await until(lambda: session.parts.panes.settings_open)
        assert named(session.window, "Settings").isChecked()  # type: ignore[attr-defined]  # a button
        session.on_escape()
        await until(lambda: not session.parts.panes.settings_open)
        assert session.window.panes.currentWidget() is session.window.chat
        assert not named(session.window, "Settings").isChecked()  # type: ignore[attr-defined]  # as above


async def test_names_are_unique_in_every_tab_and_nothing_is_unsaved_after_filling(
    qtbot: Any, theme: Theme, home: Path
) -> None:
    async with open_session(theme, home) as session:
        pane = await open_tab(session, "General")
        assert tuple(pane._makers) == TABS
        for title in TABS:
            pane.show_tab(title)
            assert not pane.changes(), f"{title} was edited by being filled"
            names = [
                w.accessibleName()
                for w in session.window.findChildren(QWidget)
                if w.accessibleName() and w.isVisibleTo(session.window) and w.focusPolicy() != Qt.FocusPolicy.NoFocus
            ]
            doubled = {name for name in names if names.count(name) > 1}
            assert not doubled, f"{title}: {doubled}"
        assert not named(session.window, "Save Settings").isEnabled()


@pytest.mark.parametrize("said", ["100", "x", "1x1", "1200*800", "1200x800x2", "-5x300"])
def test_a_size_that_is_none_is_refused_with_a_sentence(said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parser().parse_args([f"--size={said}"])
    assert ended.value.code == 2
    assert "written like 1200x800" in capsys.readouterr().err
    assert parser().parse_args(["--size", "1000x700"]).size == (1_000, 700)


@pytest.mark.parametrize(
    ("said", "tab"),
    [
        ("Settings/Chat", "Chat"),
        ("settings/local models", "Local Models"),
        ("About", "About"),
        ("settings", "General"),
        ("chat", ""),
        ("Chat", ""),
    ],
)
async def test_a_pane_is_named_on_the_command_line(theme: Theme, home: Path, said: str, tab: str) -> None:
    async with open_session(theme, home, "--pane", said, "--provider", "mock") as session:
        panes = session.parts.panes
        assert panes.settings_open == bool(tab)
        assert not tab or panes.pane.current_title == tab


def test_the_tabs_of_the_command_line_are_those_of_settings(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parser().parse_args(["--pane", "Privcy"])
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert "there is no pane 'Privcy'" in told
    assert all(f"Settings/{tab}" in told for tab in TABS)


async def test_pages_are_built_when_they_are_first_shown(qtbot: Any, theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        pane = await open_tab(session, "Local Models")
        assert pane.built_page("Local Models") is not None
        assert pane.built_page("About") is None


async def test_settings_open_again_and_again_while_the_default_model_is_given_by_a_flag(
    theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home, *arguments("simulated/coder-7b"), width=1200) as session:
        for width, tab in (
            (1200, "General"),
            (1000, "Providers"),
            (1200, "General"),
            (1000, "Chat"),
            (1200, "General"),
        ):
            session.window.resize(width, 800)
            pane = await open_tab(session, tab)
            await until(lambda: session.parts.models.all_looked_at)
            await session.parts.panes.settings.reload_now()
        field = pane.findChild(SuggestionField)
        assert field is not None
        assert field.value() == field.edit.text() == "simulated/coder-7b"


async def test_about_copies_the_command_that_works_here(qtbot: Any, theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        await open_tab(session, "About")
        command = in_terminal("doctor")
        assert any(f"“{command}”" in label.text() for label in session.window.findChildren(QLabel))
        press(qtbot, session.window, "Copy command")
        assert QGuiApplication.clipboard().text() == command


async def test_discard_brings_back_what_is_in_force(qtbot: Any, theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        pane = await open_tab(session, "Chat")
        type_over(qtbot, line_edit(session.window, "Temperature"), "0.3")
        assert pane.changes() == {("chat", "temperature"): 0.3}
        assert pane.bar.text.text() == "Unsaved: Temperature"
        pane.bar.discard.click()
        assert not pane.changes()
        assert line_edit(session.window, "Temperature").text() == ""


async def test_value_that_is_no_number_says_so_at_the_field_and_cannot_be_saved(
    qtbot: Any, theme: Theme, home: Path
) -> None:
    async with open_session(theme, home) as session:
        await open_tab(session, "Chat")
        field = line_edit(session.window, "Temperature")
        type_over(qtbot, field, "warm")
        assert field.accessibleDescription() == "This is not a number."
        assert not named(session.window, "Save Settings").isEnabled()


async def test_saved_look_and_keys_take_effect_at_once(qtbot: Any, theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        pane = await open_tab(session, "General")
        themes = named(session.window, "Theme")
        assert isinstance(themes, QComboBox)
        themes.setCurrentIndex(themes.findData("dark"))
        themes.activated.emit(themes.currentIndex())
        shortcuts = pane.show_tab("Shortcuts")
        assert isinstance(shortcuts, ShortcutsPage)
        qtbot.keyClick(shortcuts.rows["sidebar"].edit, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
        qtbot.keyClick(shortcuts.rows["new_chat"].edit, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
        assert "Ctrl+N" in session.window.sidebar.new_chat_button.toolTip()
        press(qtbot, session.window, "Save Settings")
        await until(lambda: pane.bar.text.text() == "Saved.")
        assert theme.is_dark
        assert session.parts.shortcuts.sequence("sidebar").toString() == "Ctrl+J"
        assert saved(home)["interface"] == {
            "theme": "dark",
            "shortcuts": {"sidebar": "Ctrl+J", "new_chat": "Ctrl+G"},
        }
        assert session.window.sidebar.new_chat_button.toolTip() == "New chat (Ctrl+G)"


async def shortcuts_page(session: Session) -> tuple[SettingsPane, ShortcutsPage]:
    pane = await open_tab(session, "Shortcuts")
    page = pane.page("Shortcuts")
    assert isinstance(page, ShortcutsPage)
    return pane, page


async def test_keys_of_another_command_are_taken_over_only_by_choice(qtbot: Any, theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        pane, page = await shortcuts_page(session)
        row = page.rows["sidebar"]
        qtbot.keyClick(row.edit, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
        assert row.note.text() == "Ctrl+R is taken by Regenerate the last answer."
        assert row.edit.accessibleDescription() == row.note.text()
        assert row.keys == "Ctrl+B" and not pane.changes(), "nothing changed yet"
        qtbot.keyClick(row.edit, Qt.Key.Key_Escape)
        assert not row.note.isVisible() and not row.take_button.isVisible() and session.parts.panes.settings_open
        qtbot.keyClick(row.edit, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
        row.take_button.setFocus(Qt.FocusReason.TabFocusReason)  # the field tells its keys once more then
        assert row.take_button.isVisible()
        press(qtbot, session.window, "Take the keys over, Show or hide the sidebar")
        assert row.keys == "Ctrl+R" and page.rows["regenerate"].keys == "" and not row.note.text()
        press(qtbot, session.window, "Save Settings")
        await until(lambda: pane.bar.text.text() == "Saved.")
        assert saved(home)["interface"]["shortcuts"] == {"sidebar": "Ctrl+R", "regenerate": ""}
        assert session.parts.shortcuts.sequence("sidebar").toString() == "Ctrl+R"
        assert session.parts.shortcuts.sequence("regenerate").isEmpty()
        assert session.window.sidebar.new_chat_button.toolTip() == "New chat (Ctrl+N)"
        page.rows["regenerate"].reset_button.click()
        assert page.rows["regenerate"].note.text() == "Ctrl+R is taken by Show or hide the sidebar."
        press(qtbot, session.window, "Reset all keys")
        assert pane.changes() == {("interface", "shortcuts", name): None for name in ("sidebar", "regenerate")}
        assert not page.reset_all_button.isEnabled()


@pytest.mark.parametrize(
    ("key", "held", "why"),
    [
        (Qt.Key.Key_G, Qt.KeyboardModifier.NoModifier, "is needed for typing"),
        (Qt.Key.Key_G, Qt.KeyboardModifier.ShiftModifier, "is needed for typing"),
        (Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier, "is needed for typing"),
        (Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier, "is needed for typing"),
        (Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier, "copies, pastes, cuts or selects"),
        (Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier, "copies, pastes, cuts or selects"),
        (Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier, "is needed in every text field"),
        (Qt.Key.Key_F9, Qt.KeyboardModifier.NoModifier, ""),
        (Qt.Key.Key_G, Qt.KeyboardModifier.AltModifier, ""),
        (Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier, ""),
    ],
)
async def test_keys_that_a_text_field_needs_are_refused_with_the_reason(
    qtbot: Any, theme: Theme, home: Path, key: Qt.Key, held: Qt.KeyboardModifier, why: str
) -> None:
    async with open_session(theme, home) as session:
        pane, page = await shortcuts_page(session)
        row = page.rows["sidebar"]
        qtbot.keyClick(row.edit, key, held)
        assert why in row.note.text() and bool(row.note.text()) == bool(why)
        assert bool(pane.changes()) == (not why)
        assert not row.take_button.isVisible()


def test_no_default_is_refused_or_claimed_twice() -> None:
    assert set(DEFAULT_KEYS) == set(command_names())
    assert not conflicts(DEFAULT_KEYS)
    assert not [keys for keys in DEFAULT_KEYS.values() if why_refused(keys)]
    assert owner_of("Ctrl+=", DEFAULT_KEYS) == "zoom_in", "its second keys count"


async def test_two_commands_that_the_file_gives_the_same_keys_are_both_named(
    qtbot: Any, theme: Theme, home: Path
) -> None:
    folder = home / "config"
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"interface": {"shortcuts": {"sidebar": "Ctrl+K"}}})
    (folder / "llm_studio_config.json").write_text(text, encoding="utf-8")
    async with open_session(theme, home) as session:
        pane, page = await shortcuts_page(session)
        assert page.rows["sidebar"].note.text() == "Ctrl+K is also: Search everything."
        assert page.rows["palette"].note.text() == "Ctrl+K is also: Show or hide the sidebar."
        assert not named(session.window, "Save Settings").isEnabled()
        page.rows["sidebar"].reset_button.click()
        assert pane.changes() == {("interface", "shortcuts", "sidebar"): None}
        assert not page.rows["palette"].note.text()


@pytest.mark.parametrize(("width", "scale"), [(1000, 1), (560, 1), (1000, 2)])
async def test_the_text_of_a_conflict_is_all_to_be_read(
    qtbot: Any, theme: Theme, home: Path, qapp: QApplication, width: int, scale: int
) -> None:
    font = qapp.font()
    font.setPixelSize(13 * scale)
    qapp.setFont(font)
    theme.apply(qapp, "light")
    assert theme.scale == scale
    async with open_session(theme, home, width=width) as session:
        page = (await open_tab(session, "Shortcuts")).page("Shortcuts")
        assert isinstance(page, ShortcutsPage)
        row = page.rows["sidebar"]
        qtbot.keyClick(row.edit, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
        note = row.note
        # Not processEvents: called inside the loop's own turn it may never come back.
        await until(lambda: note.isVisible() and "is taken by" in note.text())
        await laid_out(session)
        left = note.mapTo(page.column.viewport(), QPoint(0, 0)).x()
        assert left >= 0 and left + note.width() <= page.column.viewport().width(), "beside the page"
        needed = note.fontMetrics().boundingRect(
            QRect(0, 0, note.width(), 10_000), Qt.TextFlag.TextWordWrap, note.text()
        )
        assert note.height() >= needed.height() and note.width() >= needed.width(), "cut off"
        assert row.rect().contains(note.geometry())


async def test_value_of_the_environment_is_shown_with_its_origin_and_cannot_be_edited(
    qtbot: Any, theme: Theme, home: Path, simulator: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LM_STUDIO_BASE_URL", simulator.base_url)
    async with open_session(theme, home) as session:
        await open_tab(session, "Local Models")
        field = line_edit(session.window, "LM Studio server URL")
        assert field.isReadOnly()
        assert field.text() == f"{simulator.base_url}/v1"
        assert "from LM_STUDIO_BASE_URL" in shown_texts(session.window)


async def test_value_of_the_file_shows_its_line_and_reset_takes_it_out(qtbot: Any, theme: Theme, home: Path) -> None:
    write_config(home, {**saved(home), "interface": {"zoom_percent": 150}})
    async with open_session(theme, home) as session:
        pane = await open_tab(session, "General")
        assert "from the file, line 11" in shown_texts(pane)
        press(qtbot, session.window, "Reset Text size of chats")
        press(qtbot, session.window, "Save Settings")
        await until(lambda: pane.bar.text.text() == "Saved.")
        assert saved(home)["interface"] == {}
        assert session.engine.services.settings.config.interface.zoom_percent == 100


async def test_C7_broken_file_is_explained_and_the_backup_can_be_used(qtbot: Any, theme: Theme, home: Path) -> None:
    good = config_file(home).read_bytes()
    config_file(home).with_suffix(".json.bak").write_bytes(good)
    config_file(home).write_text('{\n  "interface": {"theme": dark}\n}', encoding="utf-8")
    async with open_session(theme, home) as session:
        pane = await open_tab(session, "Chat")
        text = pane.broken_card.findChildren(QLabel)[1].text()
        assert "llm_studio_config.json could not be read: line 2, column" in text
        assert "the file is untouched" in text
        type_over(qtbot, line_edit(session.window, "Temperature"), "0.5")
        press(qtbot, session.window, "Save Settings")
        await until(lambda: pane.bar.text.text().startswith("Not saved:"))
        assert config_file(home).read_text(encoding="utf-8").startswith('{\n  "interface": {"theme": dark}')
        notice = session.window.chat.notice
        assert "Defaults are in use" in shown_texts(notice)
        assert not notice.isHidden()
        backup = next(b for b in pane.broken_card.findChildren(QAbstractButton) if b.text() == "Use the backup")
        backup.click()
        await until(lambda: pane.broken_card.isHidden())
        assert config_file(home).read_bytes() == good
        kept = config_file(home).with_name("llm_studio_config.json.broken")
        assert kept.read_text(encoding="utf-8").startswith('{\n  "interface": {"theme": dark}')
        await until(lambda: str(kept) in pane.bar.text.text())
        await until(notice.isHidden, what="nothing is wrong any more, so nothing is said")


async def test_the_notice_about_a_broken_file_leads_to_settings(theme: Theme, home: Path) -> None:
    config_file(home).write_text("{", encoding="utf-8")
    async with open_session(theme, home, "--provider", "mock") as session:
        notice = session.window.chat.notice
        await until(lambda: not notice.isHidden())
        next(b for b in notice.findChildren(QAbstractButton) if b.text() == "Open Settings").click()
        await until(lambda: session.parts.panes.settings_open)


# -- local models


async def test_address_typed_tested_and_saved_brings_its_models(
    qtbot: Any, theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        pane = await open_tab(session, "Local Models")
        page = pane.page("Local Models")
        assert isinstance(page, LocalModelsPage)
        type_over(qtbot, line_edit(session.window, "LM Studio server URL"), simulator.base_url.removeprefix("http://"))
        press(qtbot, session.window, "Test connection")
        result = page.cards["lm_studio"]._result_text
        await until(lambda: result.text().startswith("Connected. 6 of 6 checks passed in "))
        assert page.cards["lm_studio"].rows.isHidden()
        assert session.parts.panes.local_models.table.rowCount() == 0, "an address that is only tested is not in use"
        press(qtbot, session.window, "Save Settings")
        await until(lambda: pane.bar.text.text() == "Saved.")
        assert saved(home)["provider_configurations"]["lm_studio"]["base_url"] == f"{simulator.base_url}/v1"
        assert line_edit(session.window, "LM Studio server URL").text() == f"{simulator.base_url}/v1"
        await until(lambda: session.parts.panes.local_models.table.rowCount() > 0, what="models are listed")
        assert page.table.isVisible()


async def test_wrong_address_shows_its_diagnosis_within_three_seconds(qtbot: Any, theme: Theme, home: Path) -> None:
    port = refused_port()
    async with open_session(theme, home) as session:
        pane = await open_tab(session, "Local Models")
        page = pane.page("Local Models")
        assert isinstance(page, LocalModelsPage)
        type_over(qtbot, line_edit(session.window, "LM Studio server URL"), f"127.0.0.1:{port}")
        began = time.perf_counter()
        press(qtbot, session.window, "Test connection")
        await until(lambda: page.cards["lm_studio"].has_failed)
        assert time.perf_counter() - began < 3
        card = page.cards["lm_studio"]
        texts = shown_texts(card)
        assert f"Nothing listens on port {port} of this computer." in texts
        assert f"Port {port}: failed, Refused the connection" in texts
        assert "Models: not tried, Not tried" in texts
        button = next(b for b in card.finding.findChildren(QAbstractButton) if b.text() == "Copy details")
        button.click()
        assert f"connect 127.0.0.1:{port}" in QGuiApplication.clipboard().text()
        await until(lambda: page.cards["ollama"].y() > card.y(), what="a failed card takes the full width")


async def test_working_address_is_one_click_away_when_the_typed_one_fails(
    qtbot: Any, theme: Theme, home: Path, simulator: MockServer
) -> None:
    write_config(home, {"provider_configurations": {"lm_studio": {"base_url": f"{simulator.base_url}/v1"}}})
    async with open_session(theme, home) as session:
        pane = await open_tab(session, "Local Models")
        page = pane.page("Local Models")
        assert isinstance(page, LocalModelsPage)
        type_over(qtbot, line_edit(session.window, "LM Studio server URL"), f"127.0.0.1:{refused_port()}")
        press(qtbot, session.window, "Test connection")
        card = page.cards["lm_studio"]
        await until(lambda: card.has_failed)
        place = simulator.base_url.removeprefix("http://")
        next(b for b in card.finding.findChildren(QAbstractButton) if b.text() == f"Use {place}").click()
        await until(lambda: not card.has_failed and card._result_text.text().startswith("Connected."))
        assert line_edit(session.window, "LM Studio server URL").text() == f"{simulator.base_url}/v1"


async def test_address_that_is_none_is_refused_at_its_field_and_nothing_is_saved(
    qtbot: Any, theme: Theme, home: Path
) -> None:
    before = config_file(home).read_bytes()
    async with open_session(theme, home) as session:
        pane = await open_tab(session, "Local Models")
        field = line_edit(session.window, "LM Studio server URL")
        type_over(qtbot, field, "ftp://somewhere")
        press(qtbot, session.window, "Save Settings")
        await until(lambda: pane.bar.text.text().startswith("Not saved:"))
        assert "only http and https are spoken" in field.accessibleDescription()
        assert config_file(home).read_bytes() == before
        assert field.text() == "ftp://somewhere"


async def test_a_result_stays_while_its_address_does_and_goes_with_it(
    qtbot: Any, theme: Theme, home: Path, simulator: MockServer
) -> None:
    """Settings may be filled again behind a test that was just made."""
    write_config(home, {"provider_configurations": {"lm_studio": {"base_url": f"{simulator.base_url}/v1"}}})
    async with open_session(theme, home) as session:
        pane = await open_tab(session, "Local Models")
        page = pane.page("Local Models")
        assert isinstance(page, LocalModelsPage)
        card = page.cards["lm_studio"]
        press(qtbot, session.window, "Test connection")
        await until(lambda: card._result_text.text().startswith("Connected."))
        await session.parts.panes.settings.reload_now()
        assert card._result_text.text().startswith("Connected.")
        type_over(qtbot, line_edit(session.window, "LM Studio server URL"), f"127.0.0.1:{refused_port()}")
        press(qtbot, session.window, "Test connection")
        await until(lambda: card.has_failed)
        press(qtbot, session.window, "Discard")
        assert not card.has_failed, "the address that failed is no longer there"


async def test_a_program_that_is_not_installed_is_offered_to_get_and_not_to_start(
    qtbot: Any, theme: Theme, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "person"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    opened: list[str] = []
    monkeypatch.setattr("app.desktop.core_wiring.CoreWiring.open_link", lambda _self, url: opened.append(url))
    async with open_session(theme, home) as session:
        page = (await open_tab(session, "Local Models")).page("Local Models")
        assert isinstance(page, LocalModelsPage)
        card = page.cards["lm_studio"]
        await until(lambda: card.get_button.isVisible())
        assert not card.start_button.isVisible()
        assert card.why_no_stop.text() == "LM Studio is not installed on this computer."
        note = note_for_answer(
            {"kind": "not_running", "message": "x", "hint": ""}, "error", provider="lm_studio", tokens=None
        )
        assert note is not None and note.actions[0].name == "open_website"
        press(qtbot, session.window, "Get LM Studio")
        assert opened == ["https://lmstudio.ai"]
        FakeLms(tmp_path / "person")
        press(qtbot, session.window, "Refresh models")
        await until(lambda: card.start_button.isVisible())
        assert not card.get_button.isVisible() and not card.why_no_stop.isVisible()
        assert page.cards["ollama"].get_button.isVisible()


async def test_server_that_cannot_be_started_says_why_in_its_card(
    qtbot: Any, theme: Theme, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "person"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    fake = FakeLms(tmp_path / "person")
    async with open_session(theme, home) as session:
        pane = await open_tab(session, "Local Models")
        page = pane.page("Local Models")
        assert isinstance(page, LocalModelsPage)
        await until(lambda: session.parts.models.all_looked_at)
        fake.path.unlink()  # it goes while the page is open
        press(qtbot, session.window, "Start server")
        text = page.cards["lm_studio"]._result_text
        await until(
            lambda: (
                text.text() == "LM Studio CLI not found. Install from https://lmstudio.ai and enable CLI in settings."
            )
        )


async def test_stopping_is_offered_only_where_it_can_work(
    qtbot: Any, theme: Theme, home: Path, tmp_path: Path, simulator: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "person"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("LMSTUDIO_BASE_URL", simulator.base_url)
    async with open_session(theme, home) as session:
        page = (await open_tab(session, "Local Models")).page("Local Models")
        assert isinstance(page, LocalModelsPage)
        card = page.cards["lm_studio"]
        await until(lambda: card.why_no_stop.isVisible())
        assert card.why_no_stop.text() == "Stop it in LM Studio: its lms command is not installed."
        assert not card.stop_button.isVisible()
        assert not card.start_button.isVisible(), "it runs"
        session.parts.panes.leave()
        FakeLms(tmp_path / "person")
        session.parts.panes.open_settings("Local Models")
        await until(lambda: card.stop_button.isVisible())
        assert not card.why_no_stop.isVisible()


async def test_server_on_another_computer_cannot_be_started_from_here(
    qtbot: Any, theme: Theme, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    providers = {name: {"is_enabled": False} for name in ("lm_studio", "ollama")}
    providers["lm_studio"]["base_url"] = "http://192.168.1.13:1234/v1"  # type: ignore[assignment]  # mixed values
    write_config(home, {"provider_configurations": providers})
    async with open_session(theme, home) as session:
        await open_tab(session, "Local Models")
        await until(lambda: not named(session.window, "Start server").isEnabled())
        assert "another computer" in named(session.window, "Start server").toolTip()


async def test_tab_key_goes_through_a_card_in_its_order_and_ends_at_save(
    qtbot: Any, theme: Theme, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "person"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    FakeLms(tmp_path / "person")
    async with open_session(theme, home) as session:
        await open_tab(session, "Local Models")
        await until(lambda: session.parts.models.all_looked_at)
        parts = session.parts.panes.local_models_parts
        assert parts is not None
        await until(parts.page.cards["ollama"].get_button.isVisible)
        type_over(qtbot, line_edit(session.window, "LM Studio server URL"), "127.0.0.1:1")
        order: list[str] = []
        widget = next_in_tab_order(line_edit(session.window, "LM Studio server URL"))
        while widget.accessibleName() != "LM Studio server URL":
            takes_tab = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
            if takes_tab and widget.isVisibleTo(session.window) and widget.isEnabled():
                order.append(widget.accessibleName() or str(widget.property("text")))
            widget = next_in_tab_order(widget)
        expected = ["Test connection", "Start server", "Ollama server URL", "Test connection, Ollama"]
        expected += ["Get Ollama", "Filter local models", "Refresh models", "Discard", "Save Settings"]
        assert [name for name in order if name in expected] == expected


# -- providers and keys


async def test_C2_key_is_stored_masked_and_is_in_no_widget_file_or_log(
    qtbot: Any, theme: Theme, home: Path, simulator: MockServer
) -> None:
    key = "sk-canary-0123456789-wxyz"
    write_config(home, {"provider_configurations": {"lm_studio": {"base_url": f"{simulator.base_url}/v1"}}})
    async with open_session(theme, home) as session:
        pane = await open_tab(session, "Providers")
        type_over(qtbot, line_edit(session.window, "API key, LM Studio"), key)
        press(qtbot, session.window, "Store key, LM Studio")
        assert line_edit(session.window, "API key, LM Studio").text() == ""
        await until(lambda: "sk-…wxyz, kept until the app closes" in shown_texts(pane))
        assert "This system has no key store, so the key is kept until the app closes." in shown_texts(pane)
        assert key not in shown_texts(session.window)
        await until(
            lambda: any(key in r.headers.get("authorization", "") for r in simulator.stats.recorded),
            what="the key is used at once",
        )
        press(qtbot, session.window, "Delete key, LM Studio")
        await until(lambda: "sk-…wxyz" not in shown_texts(pane))
    for path in home.rglob("*"):
        assert not path.is_file() or key.encode() not in path.read_bytes(), path


async def test_a_cloud_service_is_shown_as_on_by_its_key_until_it_is_switched_off(
    qtbot: Any, theme: Theme, home: Path, simulator: MockServer
) -> None:
    values = json.loads(config_file(home).read_text(encoding="utf-8"))
    values["provider_configurations"]["openai"] = {"base_url": f"{simulator.base_url}/v1"}
    write_config(home, values)
    async with open_session(theme, home) as session:
        pane = await open_tab(session, "Providers")
        switch = named(session.window, "Use OpenAI")
        assert isinstance(switch, QAbstractButton)
        assert not switch.isChecked()
        named(session.window, "Priority, Claude").setValue(21)  # type: ignore[attr-defined]  # a number box
        type_over(qtbot, line_edit(session.window, "API key, OpenAI"), "sk-abcdefghijklmnop")
        press(qtbot, session.window, "Store key, OpenAI")
        await until(switch.isChecked, what="the switch shows what is in force")
        assert "by its key" in shown_texts(pane)
        assert list(pane.changes().values()) == [21]
        await until(lambda: any(r.path.endswith("/models") for r in simulator.stats.recorded))
        pane.discard()
        assert switch.isChecked(), "discarding does not go back behind the key"
        switch.click()
        press(qtbot, session.window, "Save Settings")
        await until(lambda: pane.bar.text.text() == "Saved.")
        assert saved(home)["provider_configurations"]["openai"]["is_enabled"] is False
        press(qtbot, session.window, "Delete key, OpenAI")
        await until(lambda: session.engine.services.manager.provider("openai").key is None)


async def test_a_key_of_the_environment_switches_its_service_on_and_the_card_says_so(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-abcdefghijklmnop")
    gc.collect()  # what earlier windows left must not be found by a thread of this test
    async with await open_services(user_paths(home)) as services:  # nothing is polled: nothing goes to OpenAI
        form = await _collect(services)
    switch = form.field(provider_path("openai", "is_enabled"))
    assert (switch.value, switch.origin) == (True, "by the key from the environment")


async def test_what_is_no_key_is_refused_without_being_repeated(qtbot: Any, theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        pane = await open_tab(session, "Providers")
        type_over(qtbot, line_edit(session.window, "API key, OpenAI"), "two words-secret")
        press(qtbot, session.window, "Store key, OpenAI")
        await until(lambda: "This does not look like a key." in shown_texts(pane))
        assert "words-secret" not in shown_texts(session.window)


async def test_C3_key_waits_until_a_changed_address_is_saved(qtbot: Any, theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        await open_tab(session, "Providers")
        assert line_edit(session.window, "API key, OpenAI").isEnabled()
        type_over(qtbot, line_edit(session.window, "Address, OpenAI"), "http://127.0.0.1:9/v1")
        assert not line_edit(session.window, "API key, OpenAI").isEnabled()


async def test_named_server_is_added_polled_and_removed_again(qtbot: Any, theme: Theme, home: Path) -> None:
    routes = {"/v1/models": answer({"object": "list", "data": [{"id": "qwen2.5-coder-7b"}]})}
    async with RawServer(answer("", 404), routes) as server, open_session(theme, home) as session:
        pane = await open_tab(session, "Providers")
        type_over(qtbot, line_edit(session.window, "Server key"), "workshop")
        type_over(qtbot, line_edit(session.window, "Server name"), "Workshop")
        type_over(qtbot, line_edit(session.window, "Server address"), f"127.0.0.1:{server.port}")
        press(qtbot, session.window, "Add server")
        assert pane.bar.text.text() == "Unsaved: new server Workshop"
        press(qtbot, session.window, "Save Settings")
        await until(lambda: pane.bar.text.text() == "Saved.")
        assert saved(home)["provider_configurations"]["workshop"]["base_url"] == f"{server.url}/v1"
        catalogue = session.engine.services.catalogue
        await until(lambda: catalogue.available("workshop"), what="the new server is polled")
        press(qtbot, session.window, "Remove Workshop")
        press(qtbot, session.window, "Save Settings")
        await until(lambda: "workshop" not in saved(home)["provider_configurations"])
        await until(lambda: catalogue.state("workshop") is None)


async def test_a_well_known_server_is_filled_in_and_added_only_on_demand(qtbot: Any, theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        pane = await open_tab(session, "Providers")
        press(qtbot, session.window, "Fill in OpenRouter")
        assert named(pane, "Server key").text() == "openrouter"
        assert named(pane, "Server address").text() == "https://openrouter.ai/api/v1"
        assert not pane.changes()
        press(qtbot, session.window, "Add server")
        assert pane.bar.text.text() == "Unsaved: new server OpenRouter"
        press(qtbot, session.window, "Discard")
        assert not pane.changes(), "nothing was saved, so nothing was asked"


async def test_server_key_that_is_taken_or_malformed_is_refused_in_the_form(
    qtbot: Any, theme: Theme, home: Path
) -> None:
    async with open_session(theme, home) as session:
        pane = await open_tab(session, "Providers")
        for key, reason in (
            ("Work Shop", "A short name is small letters"),
            ("ollama", "ollama is taken."),
            ("claude", "claude is taken."),
        ):
            type_over(qtbot, line_edit(session.window, "Server key"), key)
            type_over(qtbot, line_edit(session.window, "Server address"), "127.0.0.1:9")
            press(qtbot, session.window, "Add server")
            assert reason in shown_texts(pane)
            assert line_edit(session.window, "Server key").hasFocus(), "what is to be corrected"
        assert not pane.changes()


async def test_a_server_needs_no_more_than_its_address(qtbot: Any, theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        pane = await open_tab(session, "Providers")
        press(qtbot, session.window, "Add server")
        assert "Enter the server's address." in shown_texts(pane)
        assert line_edit(session.window, "Server address").hasFocus()
        for _ in range(2):
            type_over(qtbot, line_edit(session.window, "Server address"), "box.example:8080")
            press(qtbot, session.window, "Add server")
        type_over(qtbot, line_edit(session.window, "Server address"), "box.example:8081")
        type_over(qtbot, line_edit(session.window, "Server name"), "The Range!")
        press(qtbot, session.window, "Add server")
        keys = {path[1] for path in pane.changes()}
        assert keys == {"box-example", "box-example-2", "the-range"}


# -- privacy


async def test_every_connection_is_listed_and_exported_without_contents(
    qtbot: Any, theme: Theme, home: Path, tmp_path: Path, simulator: MockServer
) -> None:
    write_config(home, {"provider_configurations": {"lm_studio": {"base_url": f"{simulator.base_url}/v1"}}})
    async with open_session(theme, home) as session:
        await until(lambda: session.parts.models.all_looked_at)
        pane = await open_tab(session, "Privacy")
        log = session.parts.panes.network_log
        await until(lambda: log.model.rowCount() > 0)
        hosts = {log.model.index(row, 2).data() for row in range(log.model.rowCount())}
        assert simulator.base_url.removeprefix("http://") in hosts
        await until(lambda: "Nothing has left this computer since the app started." in shown_texts(pane))
        target = tmp_path / "connections.csv"
        log.export(target)
        await until(lambda: "connections written to" in shown_texts(pane))
        lines = target.read_text(encoding="utf-8").splitlines()
        assert lines[0].startswith("time_utc,purpose,method,host,port,path,bytes_out,bytes_in,status")
        assert len(lines) > log.model.rowCount() / 2


# -- notes of the transcript


async def ask_in_vain(session: Session) -> int:
    """A prompt to a server that is not there; the id of the answer that has the note."""
    session.chat.choose_model("lm_studio", "simulated/coder-7b")
    session.window.chat.composer.send_requested.emit("Hello")
    await until(lambda: session.chat.transcript.count == 2 and not session.chat.running)
    message = session.chat.transcript.message(1)
    assert message is not None
    return int(message.message_id)


async def test_test_connection_of_a_note_opens_local_models_and_tests(qtbot: Any, theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        answer_id = await ask_in_vain(session)
        session.window.chat.transcript.note_action.emit(answer_id, "test_connection")
        await until(lambda: session.parts.panes.settings_open)
        pane = session.parts.panes.pane
        assert pane.current_title == "Local Models"
        await until(lambda: pane.page("Local Models").cards["lm_studio"].has_failed)


async def test_enter_key_of_a_note_opens_the_key_field_of_its_provider(qtbot: Any, theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        answer_id = await ask_in_vain(session)
        session.window.chat.transcript.note_action.emit(answer_id, "enter_key")
        await until(lambda: getattr(session.window.focusWidget(), "accessibleName", str)() == "API key, LM Studio")


async def test_start_server_of_a_note_starts_it_and_asks_again(
    qtbot: Any, theme: Theme, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = MockServer()
    server.script.ttft, server.script.tokens_per_second = 0.01, 2_000.0
    async with open_session(theme, home) as session:
        address = session.engine.services.manager.provider("lm_studio").config.base_url
        port = int(address.rpartition(":")[2].partition("/")[0])

        async def start_backend(backend: str, **_where: object) -> str:
            assert backend == "lm_studio"
            return await server.start(port=port)

        monkeypatch.setattr("app.services.runtimes.start_backend", start_backend)
        answer_id = await ask_in_vain(session)
        session.window.chat.transcript.note_action.emit(answer_id, "start_server")
        try:
            await until(lambda: (session.chat.transcript.text(1) or "") and not session.chat.running)
        finally:
            await session.engine.run(server.aclose())


async def test_start_server_of_a_note_that_fails_says_why(
    qtbot: Any, theme: Theme, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "person"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    async with open_session(theme, home) as session:
        answer_id = await ask_in_vain(session)
        session.window.chat.transcript.note_action.emit(answer_id, "start_server")
        await until(lambda: "LM Studio CLI not found." in shown_texts(session.window.chat.notice))


async def test_a_provider_whose_settings_are_not_valid_does_not_take_the_window_down(
    qtbot: Any, theme: Theme, home: Path
) -> None:
    values = saved(home)
    values["provider_configurations"]["ollama"]["model_source"] = "zzz"
    write_config(home, values)
    async with open_session(theme, home) as session:
        pane = await open_tab(session, "Local Models")
        assert pane.built_page("Local Models") is not None
        assert session.parts.panes.first_run.state() is not None


async def test_the_theme_of_the_command_line_is_told_as_such_and_not_offered(theme: Theme, home: Path) -> None:
    async with open_session(theme, home, "--theme", "dark") as session:
        await open_tab(session, "General")
        box = named(session.window, "Theme")
        assert isinstance(box, QComboBox)
        assert (box.currentText(), box.isEnabled()) == ("Dark", False)
        labels = [label.text() for label in session.window.findChildren(QLabel) if label.isVisible()]
        assert "from --theme, for this run" in labels


async def test_about_lists_every_library_that_runs_here_with_its_licence(qtbot: Any, theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        pane = await open_tab(session, "About")
        table = named(session.window, "Libraries")
        assert isinstance(table, QTableView)

        def rows() -> dict[str, tuple[str, str]]:
            model = table.model()
            cells = [[model.index(row, column).data() for column in range(3)] for row in range(model.rowCount())]
            return {name: (version, licence) for name, version, licence in cells}

        found = rows()
        for name, pinned in locked().items():
            try:
                version = metadata.version(name)
            except metadata.PackageNotFoundError:
                assert name in NOT_EVERYWHERE, f"{name} {pinned} is neither here nor for other platforms"
                continue
            assert found[name][0] == version
            assert found[name][1], f"{name} has no licence"
        assert found["JetBrains Mono (font)"][1] == "OFL-1.1"
        assert "MIT" in found["Icons"][1]
        qtbot.keyClicks(line_edit(session.window, "Filter libraries"), "starlette")
        assert {"starlette", "sse-starlette"} == set(rows())
        qtbot.keyClicks(line_edit(session.window, "Filter libraries"), "zzz")
        assert "Nothing found for “starlettezzz”." in shown_texts(pane)


async def test_the_default_model_is_chosen_from_those_that_are_known_or_typed(
    qtbot: Any, theme: Theme, home: Path, simulator: MockServer
) -> None:
    write_config(home, {"provider_configurations": {"lm_studio": {"base_url": f"{simulator.base_url}/v1"}}})
    async with open_session(theme, home) as session:
        pane = await open_tab(session, "General")
        box = named(session.window, "Default model")
        assert isinstance(box, QComboBox)
        known = lambda: [box.itemText(row) for row in range(box.count())]  # noqa: E731 - asked again below
        await until(lambda: "simulated/coder-7b" in known(), what="the server's models are there")
        picker = {row.model for row in session.parts.models.rows()}
        assert set(known()) == picker, "those of the picker: no model for embeddings"
        assert box.currentText() == ""
        assert not pane.changes()
        box.setFocus()
        qtbot.keyClick(box, Qt.Key.Key_Down)
        assert pane.changes() == {("default_model",): known()[0]}
        box.lineEdit().selectAll()
        qtbot.keyClicks(box, "my/own-model")
        assert pane.changes() == {("default_model",): "my/own-model"}
        session.parts.models.servers_changed.emit()
        assert box.currentText() == "my/own-model"
        press(qtbot, session.window, "Save Settings")
        await until(lambda: saved(home).get("default_model") == "my/own-model", what="it is saved")
        await until(lambda: not pane.has_changes)
        assert box.currentText() == "my/own-model"


async def test_Tab_goes_through_the_cards_of_providers_before_the_form_below_them(theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        page = (await open_tab(session, "Providers")).page("Providers")
        order, widget = list[str](), next_in_tab_order(page)
        while widget is not None and page.isAncestorOf(widget):
            if widget.focusPolicy() != Qt.FocusPolicy.NoFocus and widget.accessibleName():
                order.append(widget.accessibleName())
            widget = next_in_tab_order(widget)
        assert order[0] == "Use LM Studio", order
        assert order[-1] == "Add server", order
