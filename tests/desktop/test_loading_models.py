"""Local Models: load with options, keep, let go, take back; what is in memory and for how long; templates."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QMessageBox

from app.desktop.models.model_table_model import Action, Column, TableRow
from app.desktop.session import Session
from app.desktop.theme import Theme
from app.desktop.views.settings.load_form import LoadForm
from app.desktop.views.settings.local_models_page import LocalModelsPage
from app.services.conversations import presets
from app.services.conversations.model_loads import load_of_model
from app.services.engine import memory
from app.services.engine.memory import SystemMemory
from app.services.llm.address import port_of
from app.services.mock_server import MockServer
from tests.desktop.session_window import named, open_session, open_tab, press, until
from tests.fakes.lms import FakeLms
from tests.fakes.ollama_server import FakeOllama
from tests.fakes.raw_http import Exchange, answer

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="the fakes are started by their first line"),
]
LLAMA, CODER = "llama3:latest", "simulated/coder-7b"
GIBIBYTE = 2**30
HEAD = {
    "general.architecture": "llama",
    "llama.block_count": 32,
    "llama.context_length": 131_072,
    "llama.embedding_length": 4_096,
    "llama.attention.head_count": 32,
    "llama.attention.head_count_kv": 8,
}


@pytest.fixture
async def ollama(home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[FakeOllama]:
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(memory, "system_memory", lambda: SystemMemory(16 * GIBIBYTE, 8 * GIBIBYTE))
    async with FakeOllama() as server:
        monkeypatch.setenv("OLLAMA_HOST", server.url)
        server.routes["/api/show"] = answer({"model_info": HEAD, "capabilities": ["completion"]})
        yield server


async def open_page(session: Session) -> LocalModelsPage:
    page = (await open_tab(session, "Local Models")).page("Local Models")
    assert isinstance(page, LocalModelsPage)
    return page


def row_of(page: LocalModelsPage, model: str) -> TableRow | None:
    rows = session_rows(page)
    return next((row for row in rows if row.model == model), None)


def session_rows(page: LocalModelsPage) -> list[TableRow]:
    found = [page.table.row_at(number) for number in range(page.table.model().rowCount())]
    return [row for row in found if row is not None]


async def shown(page: LocalModelsPage, model: str, **facts: Any) -> TableRow:
    """The row, once it has these facts."""

    def fits() -> bool:
        row = row_of(page, model)
        return row is not None and all(getattr(row, name) == value for name, value in facts.items())

    await until(fits, what=f"{model} with {facts}, not {row_of(page, model)}")
    row = row_of(page, model)
    assert row is not None
    return row


def click_button(page: LocalModelsPage, model: str) -> None:
    """A click of the mouse on the button that is painted in the row."""
    number = page.table.show_row(next(row.key for row in session_rows(page) if row.model == model))
    place = page.table.button_of(number).center()
    QTest.mouseClick(page.table.viewport(), Qt.MouseButton.LeftButton, pos=place)


async def open_form(page: LocalModelsPage, model: str) -> LoadForm:
    """By the keyboard: Enter on a row that is not loaded."""
    await shown(page, model, action=Action.LOAD)
    page.table.show_row(next(row.key for row in session_rows(page) if row.model == model))
    QTest.keyClick(page.table, Qt.Key.Key_Return)
    return await the_form(page)


async def the_form(page: LocalModelsPage) -> LoadForm:
    await until(lambda: [form for form in page.findChildren(LoadForm) if form.isVisible()], what="the form")
    return next(form for form in page.findChildren(LoadForm) if form.isVisible())


async def load(qtbot: Any, page: LocalModelsPage, model: str, **facts: Any) -> TableRow:
    """With what the form proposes; the row, once it has these facts."""
    press(qtbot, await open_form(page, model), "Load")
    return await shown(page, model, **facts)


def choose_template(form: LoadForm, name: str) -> None:
    form.template.setCurrentIndex(form.template.findText(name))
    form.template.activated.emit(form.template.currentIndex())


def choose_ttl(form: LoadForm, value: object) -> None:
    form.fields.ttl.setCurrentIndex(form.fields.ttl.findData(value))


def menu_of(page: LocalModelsPage, model: str) -> QMenu:
    """The menu of a row, by the keyboard."""
    from PySide6.QtGui import QContextMenuEvent

    page.table.show_row(next(row.key for row in session_rows(page) if row.model == model))
    reason = QContextMenuEvent.Reason.Keyboard
    QApplication.sendEvent(page.table.viewport(), QContextMenuEvent(reason, QPoint(5, 5), QPoint(5, 5)))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def sub_menu(menu: QMenu, text: str) -> QMenu:
    found = next(action.menu() for action in menu.actions() if action.text() == text)
    assert isinstance(found, QMenu)
    return found


# --- loading


async def test_a_model_is_loaded_with_what_the_form_says_and_its_row_says_how_long_it_stays(
    qtbot: Any, theme: Theme, home: Path, ollama: FakeOllama
) -> None:
    async with open_session(theme, home, width=1500) as session:
        page = await open_page(session)
        form = await open_form(page, LLAMA)
        assert form.fields.context.value() == 16_384, "as it would be loaded by itself"
        form.fields.context.setValue(8_192)
        form.fields.gpu.setCurrentIndex(form.fields.gpu.findData("off"))
        choose_ttl(form, 1_800.0)
        await until(lambda: form.verdict.text().startswith("Fits, ≈ "), what=form.verdict.text())
        press(qtbot, form, "Load")
        row = await shown(page, LLAMA, state="Loaded", keep="30 min left")
        sent = ollama.bodies("/api/generate")[-1]
        assert (sent["options"], sent["keep_alive"]) == ({"num_ctx": 8_192, "num_gpu": 0}, "1800s")
        assert (row.context, row.memory, row.action) == ("8.2k of 131k", "4.7 GB", Action.UNLOAD)
        assert not page.note.isVisible()
        click_button(page, LLAMA)
        await shown(page, LLAMA, state="Not loaded")
        again = await open_form(page, LLAMA)
        assert again.fields.values() == {"context_length": 8_192, "gpu": "off", "ttl_s": 1_800.0}, "as last time"
        again.close()


async def test_the_verdict_follows_the_window_before_anything_is_loaded(
    qtbot: Any, theme: Theme, home: Path, ollama: FakeOllama
) -> None:
    async with open_session(theme, home) as session:
        form = await open_form(await open_page(session), LLAMA)
        for window, begins in ((4_096, "Fits"), (131_072, "Too large"), (4_096, "Fits")):
            form.fields.context.setValue(window)
            await until(lambda b=begins: form.verdict.text().startswith(b), what=form.verdict.text())
        form.fields.context.setValue(131_072)
        await until(lambda: "The largest window that fits" in form.verdict.text())
        form.fields.context.setValue(0)
        await until(lambda: form.verdict.text() == "Choose a window to see what it takes.")
        QTest.keyClick(form, Qt.Key.Key_Escape)
        assert ollama.bodies("/api/generate") == [], "nothing was loaded"


async def test_what_a_runtime_does_not_take_is_off_and_says_why(
    qtbot: Any, theme: Theme, home: Path, ollama: FakeOllama
) -> None:
    async with open_session(theme, home) as session:
        page = await open_page(session)
        form = await open_form(page, LLAMA)
        assert not form.fields.batch.isEnabled()
        assert "its own batch size" in form.fields.batch.toolTip()
        assert form.fields.batch.accessibleDescription() == form.fields.batch.toolTip()
        form.close()
        form = await open_form(page, "simulated/vision-8b")
        assert form.fields.batch.isEnabled()
        assert not form.fields.gpu.isEnabled() and "lms command" in form.fields.gpu.toolTip()
        form.close()


async def test_options_that_exclude_each_other_switch_each_other_off(
    qtbot: Any, theme: Theme, home: Path, ollama: FakeOllama, simulator: MockServer
) -> None:
    fake = FakeLms(Path.home(), status_port=port_of(simulator.base_url))
    async with open_session(theme, home) as session:
        form = await open_form(await open_page(session), "simulated/vision-8b")
        assert all(control.isEnabled() for control in (form.fields.gpu, form.fields.ttl, form.fields.batch))
        form.fields.batch.setValue(256)
        assert not form.fields.gpu.isEnabled() and "together" in form.fields.gpu.toolTip()
        form.fields.batch.setValue(0)
        choose_ttl(form, 300.0)
        assert form.fields.gpu.isEnabled() and not form.fields.batch.isEnabled()
        form.close()
    fake.close()


async def test_a_load_that_fails_says_so_over_the_table_and_the_row_offers_it_again(
    qtbot: Any, theme: Theme, home: Path, ollama: FakeOllama
) -> None:
    ollama.routes["/api/generate"] = answer({"error": "model requires more system memory"}, 500)
    async with open_session(theme, home) as session:
        page = await open_page(session)
        form = await open_form(page, LLAMA)
        press(qtbot, form, "Load")
        await until(lambda: page.note.isVisible() and "could not be loaded" in page.note.text())
        assert "Try a smaller model or context." in page.note.text()
        assert page.note.property("tone") == "error"
        await shown(page, LLAMA, action=Action.LOAD, state="Not loaded")
        form = await open_form(page, LLAMA)
        assert not page.note.isVisible()
        form.close()


async def test_a_load_can_be_cancelled_and_what_becomes_of_it_is_told(
    qtbot: Any, theme: Theme, home: Path, ollama: FakeOllama
) -> None:
    async def never(exchange: Exchange) -> None:
        await exchange.until_client_leaves()

    ollama.routes["/api/generate"] = never
    async with open_session(theme, home) as session:
        page = await open_page(session)
        await load(qtbot, page, LLAMA, action=Action.CANCEL, state="Loading")
        await until(lambda: ollama.bodies("/api/generate"), what="the server is loading")
        click_button(page, LLAMA)
        await shown(page, LLAMA, action=Action.LOAD, state="Not loaded")
        assert page.note.text() == "Stopped. Ollama may go on loading the model."


async def test_a_loaded_model_is_loaded_anew_in_its_place(
    qtbot: Any, theme: Theme, home: Path, ollama: FakeOllama, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        page = await open_page(session)
        await shown(page, CODER, action=Action.UNLOAD)
        menu = menu_of(page, CODER)
        next(a for a in menu.actions() if a.text() == "Load anew with other options…").trigger()
        menu.close()
        form = await the_form(page)
        assert form.fields.context.value() == 16_384, "the window that it has"
        form.fields.context.setValue(20_480)
        press(qtbot, form, "Load anew")
        await shown(page, CODER, state="Loaded", context_length=20_480)
        paths = [r.path for r in simulator.stats.recorded if r.path.startswith("/api/v1/models/")]
        assert paths == ["/api/v1/models/unload", "/api/v1/models/load"]


# --- time in memory


async def test_the_time_in_memory_of_a_loaded_model_is_changed_from_its_menu(
    qtbot: Any, theme: Theme, home: Path, ollama: FakeOllama
) -> None:
    async with open_session(theme, home) as session:
        page = await open_page(session)
        await load(qtbot, page, LLAMA, keep="5 min left")
        menu = menu_of(page, LLAMA)
        keep = sub_menu(menu, "Keep in memory")
        next(a for a in keep.actions() if a.text() == "Until it is unloaded").trigger()
        menu.close()
        await shown(page, LLAMA, keep="stays loaded")
        assert len([b for b in ollama.bodies("/api/generate") if "num_ctx" in b.get("options", {})]) == 2
        assert ollama.loaded[LLAMA]["context_length"] == 16_384, "it was not loaded anew with another window"
        wanted = {"context_length": 16_384, "ttl_s": "never"}
        async with asyncio.timeout(10):  # it is written down behind the act
            while await session.engine.run(session.engine.store.read(load_of_model, "ollama", LLAMA)) != wanted:
                await asyncio.sleep(0.01)


async def test_where_the_time_cannot_be_changed_the_menu_says_why(
    qtbot: Any, theme: Theme, home: Path, ollama: FakeOllama
) -> None:
    async with open_session(theme, home) as session:
        page = await open_page(session)
        await shown(page, CODER, action=Action.UNLOAD, keep_fixed="LM Studio sets it when it loads a model.")
        menu = menu_of(page, CODER)
        keep = sub_menu(menu, "Keep in memory")
        assert not keep.isEnabled()
        assert keep.menuAction().toolTip() == "LM Studio sets it when it loads a model."
        menu.close()


# --- letting go


async def test_everything_leaves_memory_and_undo_loads_it_again_as_it_was(
    qtbot: Any, theme: Theme, home: Path, ollama: FakeOllama, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        page = await open_page(session)
        form = await open_form(page, LLAMA)
        form.fields.context.setValue(9_216)
        choose_ttl(form, 3_600.0)
        press(qtbot, form, "Load")
        await shown(page, LLAMA, keep="60 min left")
        press(qtbot, session.window, "Eject all")
        await until(lambda: page.undo_bar.isVisible())
        await shown(page, LLAMA, state="Not loaded")
        await shown(page, CODER, state="Not loaded")
        await until(lambda: not page.eject_button.isEnabled())
        assert ollama.loaded == {} and not page.note.isVisible()
        session.undo()  # Ctrl+Z
        row = await shown(page, LLAMA, state="Loaded", keep="60 min left")
        assert row.context_length == 9_216
        assert (await shown(page, CODER, state="Loaded")).context_length == 16_384


async def test_a_server_that_refuses_keeps_its_models_and_says_so(
    qtbot: Any, theme: Theme, home: Path, ollama: FakeOllama, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        page = await open_page(session)
        await load(qtbot, page, LLAMA, action=Action.UNLOAD)
        ollama.routes["/api/generate"] = answer({"error": "it is busy"}, 500)
        press(qtbot, session.window, "Eject all")
        await until(lambda: "Ollama reported an error." in page.note.text())
        await shown(page, CODER, state="Not loaded")
        await shown(page, LLAMA, state="Loaded")


# --- files


async def test_ollama_deletes_a_model_after_a_question(
    qtbot: Any, theme: Theme, home: Path, ollama: FakeOllama
) -> None:
    async with open_session(theme, home) as session:
        page = await open_page(session)
        await until(lambda: any(row.can_delete for row in session_rows(page)))
        for answer_text, left in (("Keep", True), ("Delete", False)):
            menu = menu_of(page, LLAMA)
            next(a for a in menu.actions() if a.text() == "Delete…").trigger()
            menu.close()
            await until(lambda: isinstance(QApplication.activeModalWidget(), QMessageBox))
            box = QApplication.activeModalWidget()
            assert isinstance(box, QMessageBox) and "cannot be undone" in box.informativeText()
            press(qtbot, box, answer_text)
            await until(lambda: QApplication.activeModalWidget() is None)
            if left:
                assert LLAMA in ollama.sizes
        await until(lambda: "is deleted, about 4.7 GB are free again." in page.note.text())
        assert LLAMA not in ollama.sizes
        await until(lambda: all(row.model != LLAMA for row in session_rows(page)))


async def test_a_loaded_model_offers_no_deletion(qtbot: Any, theme: Theme, home: Path, ollama: FakeOllama) -> None:
    async with open_session(theme, home) as session:
        page = await open_page(session)
        await load(qtbot, page, LLAMA, state="Loaded")
        menu = menu_of(page, LLAMA)
        assert "Delete…" not in [action.text() for action in menu.actions()]
        menu.close()


async def test_the_folder_of_lm_studios_models_is_shown(
    qtbot: Any, theme: Theme, home: Path, ollama: FakeOllama, simulator: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = home.parent / "person"
    (person / "big disk").mkdir(parents=True)
    (person / ".lmstudio").mkdir()
    settings = {"downloadsFolder": str(person / "big disk")}
    (person / ".lmstudio" / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    monkeypatch.setenv("HOME", str(person))
    opened: list[str] = []
    monkeypatch.setattr(
        "app.desktop.local_models_wiring.QDesktopServices.openUrl", lambda url: opened.append(url.toLocalFile())
    )
    async with open_session(theme, home) as session:
        page = await open_page(session)
        await until(lambda: any(row.has_folder for row in session_rows(page)))
        menu = menu_of(page, CODER)
        texts = [action.text() for action in menu.actions()]
        assert "Show folder" in texts and "Delete…" not in texts, "LM Studio deletes its models itself"
        next(a for a in menu.actions() if a.text() == "Show folder").trigger()
        menu.close()
        assert opened == [str(person / "big disk")]


# --- templates


async def test_a_template_is_saved_from_the_form_and_fills_it(
    qtbot: Any, theme: Theme, home: Path, ollama: FakeOllama
) -> None:
    async with open_session(theme, home) as session:
        store = session.engine.store
        careful, _ = await session.engine.run(store.write(presets.save_preset, "Careful", "Be careful.", {"seed": 7}))
        page = await open_page(session)
        form = await open_form(page, LLAMA)
        form.fields.context.setValue(32_768)
        choose_ttl(form, "never")
        press(qtbot, form, "Save as template…")
        form.name.setText("careful")
        press(qtbot, form, "Save template")
        await until(lambda: form.template.currentText() == "careful")
        kept = await session.engine.run(store.read(presets.preset, careful.uid))
        assert kept is not None
        assert (kept.system_prompt, kept.parameters) == ("Be careful.", {"seed": 7}), "what it set besides stays"
        assert kept.load == {"context_length": 32_768, "ttl_s": "never"}
        form.close()

        form = await open_form(page, "nomic-embed-text:latest")
        choose_template(form, "careful")
        assert form.fields.values() == {"context_length": 32_768, "ttl_s": "never"}
        assert form.for_chats.isChecked() and "seed 7" in form.for_chats.text()
        press(qtbot, form, "Load")
        await shown(page, "nomic-embed-text:latest", keep="stays loaded")
        of_model = store.read(presets.preset_of_model, "ollama", "nomic-embed-text:latest")
        found = await session.engine.run(of_model)
        assert found is not None and found.uid == careful.uid


async def test_a_name_that_cannot_be_kept_is_told_in_the_form(
    qtbot: Any, theme: Theme, home: Path, ollama: FakeOllama
) -> None:
    async with open_session(theme, home) as session:
        form = await open_form(await open_page(session), LLAMA)
        press(qtbot, form, "Save as template…")
        QTest.keyClick(form.name, Qt.Key.Key_Return)
        await until(lambda: "cannot be the name" in form.error.text() and form.error.isVisible())
        form.close()


# --- the table


async def test_a_click_on_a_head_sorts_and_what_is_chosen_stays_chosen(
    qtbot: Any, theme: Theme, home: Path, ollama: FakeOllama
) -> None:
    async with open_session(theme, home, width=1500) as session:
        page = await open_page(session)
        await shown(page, LLAMA, action=Action.LOAD)
        before = [row.model for row in session_rows(page)]
        page.table.show_row(("ollama", LLAMA))
        head = page.table.horizontalHeader()

        def click_head() -> None:
            x = head.sectionViewportPosition(Column.SIZE) + 20
            QTest.mouseClick(head.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(x, 10))

        click_head()
        sizes = [row.size_bytes for row in session_rows(page)]
        known = [size for size in sizes if size]
        assert known == sorted(known, reverse=True), "the largest first"
        assert sizes[len(known) :] == [0] * (len(sizes) - len(known)), "what is unknown is last"
        chosen = page.table.row_at(page.table.currentIndex().row())
        assert chosen is not None and chosen.model == LLAMA
        click_head()
        assert [row.size_bytes for row in session_rows(page)][: len(known)] == sorted(known)
        click_head()
        assert [row.model for row in session_rows(page)] == before


async def test_columns_leave_from_the_right_as_it_gets_narrow(
    qtbot: Any, theme: Theme, home: Path, ollama: FakeOllama
) -> None:
    async with open_session(theme, home, width=1600) as session:
        await session.engine.run(session.engine.store.record_model_use("ollama", LLAMA))
        page = await open_page(session)
        row = await load(qtbot, page, LLAMA, used="just now", memory="4.7 GB")
        told = set(Column) - {Column.SPEED}  # nothing was answered yet
        assert set(page.table.visible_columns()) == told
        order = [Column.USED, Column.RUNTIME, Column.MEMORY, Column.ACTION, Column.SIZE, Column.QUANT]
        most = 0
        for width in range(1600, 560, -40):
            session.window.resize(width, 800)
            for _ in range(3):  # the layouts of the pane, the page and the table
                await asyncio.sleep(0)
            left = told - set(page.table.visible_columns())
            assert left == set(order[: len(left)]), f"{left} at {width}"
            most = max(most, len(left))
        assert most >= 4, "the button leaves, too; Enter stays"
        page.table.show_row(row.key)
        QTest.keyClick(page.table, Qt.Key.Key_Return)
        await shown(page, LLAMA, state="Not loaded")


async def test_memory_that_nobody_reports_is_estimated_and_marked(
    qtbot: Any, theme: Theme, home: Path, ollama: FakeOllama, simulator: MockServer
) -> None:
    port = port_of(simulator.base_url)
    fake = FakeLms(Path.home(), status_port=port)
    fake.behave(status_port=port, estimates={"16384": "Estimated Total Memory: 5.00 GB"})
    async with open_session(theme, home) as session:
        page = await open_page(session)
        row = await shown(page, CODER, memory="≈ 5.0 GB")
        assert row.memory_bytes == 5_000_000_000
        twin = await shown(page, "simulated/twin-1b", state="Loaded")
        assert twin.memory == "", "of this one nothing is known"
    fake.close()


async def test_nothing_is_asked_while_the_page_is_not_looked_at(
    qtbot: Any, theme: Theme, home: Path, ollama: FakeOllama
) -> None:
    async with open_session(theme, home) as session:
        page = await open_page(session)
        parts = session.parts.panes.local_models_parts
        assert parts is not None
        await shown(page, LLAMA, action=Action.LOAD)
        assert parts.resources.is_watching and parts.loaded.watched.is_watching
        session.parts.panes.open_settings("General")
        await until(lambda: not parts.resources.is_watching and not parts.loaded.watched.is_watching)
        session.parts.panes.open_settings("Local Models")
        await until(lambda: parts.resources.is_watching and parts.loaded.watched.is_watching)
        session.parts.panes.leave()
        await until(lambda: not parts.resources.is_watching and not parts.loaded.watched.is_watching)


async def test_the_parts_of_the_page_are_made_when_it_is_first_opened(theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        assert session.parts.panes.local_models_parts is None
        session.parts.panes.open_settings("General")
        assert session.parts.panes.local_models_parts is None


# --- the built-in engine


async def test_the_built_in_engine_is_loaded_measured_and_let_go(
    qtbot: Any, theme: Theme, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("xllamacpp")
    from tests.fakes.tiny_gguf import write_tiny_model

    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (tmp_path / "models").mkdir()
    write_tiny_model(tmp_path / "models" / "tiny.gguf")
    (home / "config").mkdir(parents=True)
    providers = {"embedded": {"folders": [str(tmp_path / "models")]}}
    (home / "config" / "llm_studio_config.json").write_text(json.dumps({"provider_configurations": providers}))
    async with open_session(theme, home) as session:
        page = await open_page(session)
        form = await open_form(page, "tiny")
        assert not form.fields.gpu.isEnabled() or sys.platform == "darwin"
        await until(lambda: form.verdict.text().startswith("Fits, ≈ "), what=form.verdict.text())
        form.fields.batch.setValue(64)
        press(qtbot, form, "Load")
        row = await shown(page, "tiny", state="Loaded", keep="10 min left")
        await until(lambda: (row_of(page, "tiny") or row).memory_bytes > 10_000_000 or sys.platform != "linux")
        assert not (row_of(page, "tiny") or row).memory.startswith("≈"), "measured"
        graphs = page.graphs.graphs
        await until(lambda: "runtime.embedded" in graphs or sys.platform != "linux", what=str(list(graphs)))
        click_button(page, "tiny")
        await shown(page, "tiny", state="Not loaded")
        assert named(session.window, "Undo").isVisible()
