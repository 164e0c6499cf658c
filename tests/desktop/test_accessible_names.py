"""What a screen reader finds: every control of every pane has a name, of its own, and its state is not in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleEvent, QAccessibleInterface
from PySide6.QtWidgets import QAbstractButton, QComboBox, QKeySequenceEdit, QLabel, QLineEdit, QSpinBox, QWidget

from app.desktop.glyphs import StateGlyph
from app.desktop.models.download_facts import DownloadFacts
from app.desktop.models.hub_rows import FetchedRow, FileRow, RepositoryFacts, ResultRow, WayFacts
from app.desktop.pane_names import TABS
from app.desktop.session import Session
from app.desktop.theme import Theme
from app.desktop.views import spoken_control
from app.desktop.views.get_models.pane import GetModelsPane
from app.desktop.views.search_field import SearchField
from app.desktop.views.settings.pane import SettingsPane
from tests.desktop.session_window import named, open_session, open_tab, until
from tests.fakes.raw_http import refused_port

pytestmark = pytest.mark.anyio

ROLE = QAccessible.Role
#: What a person acts on. Not the tab bar itself: Qt names it by its current tab, and its tabs stand here.
CONTROLS = {
    ROLE.Button,
    ROLE.ButtonMenu,
    ROLE.CheckBox,
    ROLE.ComboBox,
    ROLE.EditableText,
    ROLE.HotkeyField,
    ROLE.Link,
    ROLE.List,
    ROLE.PageTab,
    ROLE.RadioButton,
    ROLE.Slider,
    ROLE.SpinBox,
    ROLE.Table,
    ROLE.Tree,
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A computer without servers and without their programs."""
    monkeypatch.setenv("HOME", str(tmp_path / "person"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    unused = refused_port()
    monkeypatch.setattr("app.desktop.controllers.first_run_controller.OTHER_SERVER", f"http://127.0.0.1:{unused}/v1")
    config = tmp_path / "home" / "config"
    config.mkdir(parents=True)
    servers = {name: {"base_url": f"http://127.0.0.1:{unused}"} for name in ("lm_studio", "ollama")}
    text = json.dumps({"provider_configurations": servers})
    (config / "llm_studio_config.json").write_text(text, encoding="utf-8")
    return tmp_path / "home"


def controls(root: QWidget) -> list[QAccessibleInterface]:
    """Everything of a pane that can be acted on, as a screen reader walks it."""
    return [one for one in walk(QAccessible.queryAccessibleInterface(root)) if one.role() in CONTROLS]


def walk(node: QAccessibleInterface) -> Iterator[QAccessibleInterface]:
    if node.state().invisible:  # type: ignore[attr-defined]  # a field of the state, missing in the stubs
        return
    yield node
    if node.role() == ROLE.Table or (node.role() == ROLE.List and node.childCount() > 50):
        return
    for index in range(node.childCount()):
        child = node.child(index)
        if child is not None:
            yield from walk(child)


def names_under(root: QWidget) -> set[str]:
    return {one.text(QAccessible.Text.Name) for one in walk(QAccessible.queryAccessibleInterface(root))}


def check_names(pane: str, root: QWidget, *, least: int) -> None:
    found = controls(root)
    assert len(found) >= least, f"{pane}: {len(found)} controls were found, so the walk does not reach them"
    names = [one.text(QAccessible.Text.Name).strip() for one in found]
    unnamed = [f"{one.role().name} {one.rect()}" for one, name in zip(found, names, strict=True) if not name]
    assert not unnamed, f"{pane}: without a name: {unnamed}"
    doubled = {name for name in names if names.count(name) > 1}
    assert not doubled, f"{pane}: more than one control is called {doubled}"


async def settings(session: Session) -> SettingsPane:
    return await open_tab(session, "General")


@pytest.mark.parametrize("width", [1200, 700])
async def test_names_of_sidebar_chat_and_composer(theme: Theme, home: Path, width: int) -> None:
    async with open_session(theme, home, "--provider", "mock", width=width) as session:
        session.window.chat.notice.tell("Something happened.", action="Try again")
        session.window.chat.undo_bar.offer("Message deleted", lambda: None)
        if width < 1000:
            session.window.toggle_sidebar()
        check_names("window", session.window, least=8)


async def test_names_in_the_picker(theme: Theme, home: Path) -> None:
    async with open_session(theme, home, "--provider", "mock") as session:
        session.parts.open_picker()
        check_names("picker", session.parts.picker, least=3)
        session.parts.picker.hide()


async def test_the_picker_is_a_dialog_under_its_button_while_it_is_open(
    qtbot: Any, theme: Theme, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[tuple[QAccessible.Event, str]] = []

    def listen(event: QAccessibleEvent) -> None:
        heard.append((event.type(), event.accessibleInterface().text(QAccessible.Text.Name)))

    monkeypatch.setattr(spoken_control.QAccessible, "updateAccessibility", listen)
    async with open_session(theme, home, "--provider", "mock") as session:
        window, picker = session.window, session.parts.picker
        assert "Choose a model" not in names_under(window)
        named(window, "Model").click()  # type: ignore[attr-defined]  # a button
        assert {"Choose a model", "Filter models", "Models"} <= names_under(window)
        dialog = QAccessible.queryAccessibleInterface(picker)
        assert dialog.role() == ROLE.Dialog
        opener = dialog.parent()
        assert (opener.role(), opener.text(QAccessible.Text.Name)) == (ROLE.ButtonMenu, "Model")
        assert opener.child(opener.indexOfChild(dialog)).object() is picker
        assert picker.focusWidget() is picker.filter
        models = QAccessible.queryAccessibleInterface(picker.list)
        assert models.role() == ROLE.List
        qtbot.keyClick(picker.filter, Qt.Key.Key_Down)
        chosen = models.child(picker.list.currentIndex().row())
        assert chosen.state().selected
        name = chosen.text(QAccessible.Text.Name)
        assert name.startswith("Simulated model")
        qtbot.keyClick(picker.filter, Qt.Key.Key_Escape)
        assert "Choose a model" not in names_under(window)
    opened, closed = QAccessible.Event.ObjectCreated, QAccessible.Event.ObjectDestroyed
    assert heard == [(opened, "Choose a model"), (QAccessible.Event.Focus, name), (closed, "Choose a model")]


@pytest.mark.parametrize("width", [1200, 700])
async def test_names_in_get_models(theme: Theme, home: Path, width: int) -> None:
    row = FileRow("a.gguf", "Q4_K_M", "1 GB", "fits", "Fits", "", "", "a.gguf", (WayFacts("x", "X", "a", "Download"),))
    async with open_session(theme, home, "--provider", "mock", width=width) as session:
        session.parts.hub.open_get_models()
        pane = session.window.panes.currentWidget()
        assert isinstance(pane, GetModelsPane)
        downloads = [
            DownloadFacts(key, key, "", StateGlyph.BUSY, "1 %", 0.01, actions=("pause", "cancel")) for key in "ab"
        ]
        pane.show_downloads(downloads)
        pane.show_found((ResultRow("maker/one"),), "1 repository")
        check_names("search", pane, least=16)
        pane.show_repository(RepositoryFacts("maker/one", "licence mit", (row,), 0, card="# One"))
        check_names("repository", pane, least=10)
        pane.tabs.setCurrentIndex(1)
        pane.fetched.show_rows([FetchedRow(name, "", "1 GB", newer="89abcdef") for name in "cd"], "")
        check_names("fetched", pane, least=12)


@pytest.mark.parametrize("title", TABS)
async def test_names_in_every_tab_of_settings(theme: Theme, home: Path, title: str) -> None:
    async with open_session(theme, home, "--provider", "mock") as session:
        pane = await settings(session)
        assert tuple(pane._makers) == TABS
        pane.show_tab(title)
        if title == "Providers":
            press(session.window, "Use Ollama")  # so that *Discard* is there too
        check_names(title, session.window, least=15)


async def test_names_beside_a_failed_connection_check(theme: Theme, home: Path) -> None:
    async with open_session(theme, home, "--provider", "mock") as session:
        page: Any = (await settings(session)).show_tab("Local Models")
        for server in ("lm_studio", "ollama"):
            session.parts.panes.local_models.test(server, f"127.0.0.1:{refused_port()}")
        await until(lambda: all(made.has_failed for made in page.cards.values()))
        check_names("failed check", session.window, least=25)


async def test_names_on_the_first_run_page(theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        page = lambda: session.parts.panes.first_run_page  # noqa: E731 - asked again below
        await until(lambda: page() is not None and session.window.panes.currentWidget() is page())
        await until(lambda: "Not installed." in [label.text() for label in page().findChildren(QLabel)])
        check_names("first run", session.window, least=9)


async def test_a_choice_is_called_by_its_label_and_its_value_is_told_apart(theme: Theme, home: Path) -> None:
    async with open_session(theme, home, "--provider", "mock") as session:
        await settings(session)
        box = named(session.window, "Motion")
        assert isinstance(box, QComboBox)
        box.setCurrentIndex(box.findData("reduced"))
        spoken = QAccessible.queryAccessibleInterface(box)
        assert spoken.role() == ROLE.ComboBox
        assert spoken.text(QAccessible.Text.Name) == "Motion"
        assert spoken.text(QAccessible.Text.Value) == "Reduced"
        assert spoken.text(QAccessible.Text.Description) == "Reduced"
        spoken.actionInterface().doAction(spoken.actionInterface().showMenuAction())
        assert box.view().isVisible(), "its action opens the list"
        box.hidePopup()


async def test_a_field_for_keys_is_one_control_whose_value_is_the_keys(qtbot: Any, theme: Theme, home: Path) -> None:
    async with open_session(theme, home, "--provider", "mock") as session:
        page: Any = (await settings(session)).show_tab("Shortcuts")
        field = page.rows["sidebar"].edit
        qtbot.keyClick(field, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
        spoken = QAccessible.queryAccessibleInterface(field)
        assert spoken.text(QAccessible.Text.Name) == "Keys, Show or hide the sidebar"
        assert spoken.text(QAccessible.Text.Value) == "Ctrl+J"
        assert spoken.childCount() == 0


@pytest.mark.parametrize("title", TABS)
async def test_every_field_of_settings_has_a_label_that_is_its_buddy(theme: Theme, home: Path, title: str) -> None:
    async with open_session(theme, home, "--provider", "mock") as session:
        page = (await settings(session)).show_tab(title)
        wants = [
            w for w in page.findChildren(QWidget) if isinstance(w, (QLineEdit, QComboBox, QSpinBox, QKeySequenceEdit))
        ]
        inner = {w for w in wants if isinstance(w.parentWidget(), (QSpinBox, QComboBox, QKeySequenceEdit))}
        buddies = {label.buddy() for label in page.findChildren(QLabel) if label.buddy() is not None}
        bare = [w.accessibleName() for w in wants if w not in inner | buddies and not isinstance(w, SearchField)]
        assert not bare, f"no label belongs to: {bare}"


def press(window: QWidget, name: str) -> None:
    button = named(window, name)
    assert isinstance(button, QAbstractButton)
    button.click()
