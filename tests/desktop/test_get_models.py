"""The pane “Get models” in a real window: a hub on loopback, the real engine, Ollama's look-alike."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QMessageBox, QWidget

from app.desktop.controllers.hub_controller import card_text
from app.desktop.models.hub_rows import WayFacts
from app.desktop.session import Session
from app.desktop.theme import Theme
from app.desktop.views.get_models.pane import GetModelsPane
from app.paths import user_paths
from app.services.mock_server import MockServer
from tests.desktop.session_window import notice_text, open_session, open_tab, press, until
from tests.fakes.hub import NEWER, REVISION, FakeHub
from tests.fakes.lms import FakeLms
from tests.fakes.ollama_server import FakeOllama
from tests.fakes.raw_http import answer, refused_port

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(
        not all(importlib.util.find_spec(name) for name in ("xllamacpp", "gguf", "numpy")),
        reason="xllamacpp, gguf and numpy are not installed",
    ),
]
NAME = "maker/Tiny-1B-Coder-GGUF"
MODEL = f"{NAME}/tiny-F32"
CARD = """---
license: apache-2.0
---
# Tiny

Recites **one** sentence. ![logo](http://127.0.0.1:9/logo.png) See [the page](https://example.org/page).
"""


@pytest.fixture
def home(tmp_path: Path, fake: FakeHub, simulator: MockServer, monkeypatch: pytest.MonkeyPatch) -> Path:
    """LM Studio runs, Ollama does not; the hub is on loopback."""
    monkeypatch.setenv("LMSTUDIO_BASE_URL", simulator.base_url)
    config = tmp_path / "home" / "config"
    config.mkdir(parents=True)
    providers = {"ollama": {"base_url": f"http://127.0.0.1:{refused_port()}"}}
    settings = {"provider_configurations": providers, "network": {"hub_url": fake.url}}
    (config / "llm_studio_config.json").write_text(json.dumps(settings))
    return tmp_path / "home"


def texts(root: QWidget) -> str:
    labels = [label.text() for label in root.findChildren(QLabel) if label.isVisibleTo(root)]
    buttons = [button.text() for button in root.findChildren(QAbstractButton) if button.isVisibleTo(root)]
    return "\n".join(labels + buttons)


async def opened(session: Session) -> GetModelsPane:
    await until(lambda: session.parts.models.all_looked_at)
    session.parts.shortcuts.run("get_models")
    pane = session.window.panes.currentWidget()
    assert isinstance(pane, GetModelsPane)
    return pane


async def search(qtbot: Any, pane: GetModelsPane, text: str = "tiny") -> None:
    pane.search.show_words("")
    pane.search.field.setText(text)
    qtbot.keyClick(pane.search.field, Qt.Key.Key_Return)
    await until(lambda: not pane._busy.isVisible() and pane.search.words.text(), what="the answer")


async def looked_at(qtbot: Any, pane: GetModelsPane) -> None:
    await search(qtbot, pane)
    pane.search.table.opened.emit(NAME)
    await until(lambda: pane.stack.currentWidget() is pane.details, what="the repository")


def cells(pane: GetModelsPane, row: int) -> list[str]:
    return [str(pane.results.index(row, column).data()) for column in range(pane.results.columnCount())]


async def test_it_is_reached_from_local_models_the_picker_and_the_palette(
    qtbot: Any, theme: Theme, home: Path, fake: FakeHub
) -> None:
    async with open_session(theme, home) as session:
        settings = await open_tab(session, "Local Models")
        press(qtbot, settings, "Get models…")
        pane = session.window.panes.currentWidget()
        assert isinstance(pane, GetModelsPane)
        assert pane.search.field.hasFocus()
        qtbot.keyClick(session.window, Qt.Key.Key_Escape)
        await until(lambda: session.window.panes.currentWidget() is session.window.chat)
        session.parts.open_picker()
        press(qtbot, session.parts.picker, "Get models…")
        assert session.window.panes.currentWidget() is pane
        assert any(entry.command == "get_models" for entry in session.parts.palette._commands())
        assert fake.url.partition("://")[2] in texts(pane) and "nothing is asked before you search" in texts(pane)
        assert not fake.api.requests


async def test_a_search_lists_what_meets_the_conditions_and_names_what_is_unknown(
    qtbot: Any, theme: Theme, home: Path, fake: FakeHub
) -> None:
    fake.add(NAME, {"tiny-F32.gguf": b"x"})
    fake.add("maker/tiny-large", {"m.gguf": b"x"}, told={"gguf": {"total": 70_000_000_000}})
    fake.add("maker/tiny-silent", {"m.gguf": b"x"}, told={"gguf": None, "cardData": None, "tags": []})
    async with open_session(theme, home) as session:
        pane = await opened(session)
        pane.search.size_choice.setCurrentIndex(pane.search.size_choice.findData(8.0))
        pane.search.coder.setChecked(True)
        await search(qtbot, pane)
        assert [cells(pane, row)[0] for row in range(pane.results.rowCount())] == [NAME, "maker/tiny-silent"]
        assert cells(pane, 0)[1:4] == ["7 B", "33k", "apache-2.0"]
        assert "unknown: size, coder" in cells(pane, 1)[5]
        assert pane.search.table.hasFocus()
        await search(qtbot, pane, "nothing-like-that")
        assert "has nothing for “nothing-like-that”" in texts(pane)
        assert not pane.search.table.isVisible()


async def test_a_repository_shows_what_fits_its_revision_and_its_card_without_pictures_from_outside(
    qtbot: Any, theme: Theme, home: Path, fake: FakeHub, tiny: bytes
) -> None:
    repository = fake.add(NAME, {"tiny-F32.gguf": tiny, "mmproj-F16.gguf": b"x"}, readme=CARD)
    huge = {"rfilename": "tiny-BF16.gguf", "size": 10**13, "lfs": {"sha256": "1" * 64}}
    repository.told = {"siblings": [*repository.as_json(NAME)["siblings"][1:], huge]}
    async with open_session(theme, home) as session:
        pane = await opened(session)
        await looked_at(qtbot, pane)
        shown = texts(pane.details)
        assert NAME in shown and "licence apache-2.0" in shown and f"revision {REVISION[:8]}" in shown
        rows = {pane.files.row_at(n).quantization: pane.files.row_at(n) for n in range(pane.files.rowCount())}
        assert rows["F32"].fit.startswith("Fits") and rows["BF16"].fit == "Too large"
        assert rows["F16"].fit == "For pictures"
        message = pane.details.card.model.message(0)
        assert message is not None and message.text.startswith("# Tiny"), "the facts for machines are left out"
        assert not [entry for entry in session.engine.services.network_log.entries if entry.port == 9]
        menu = pane.details.card.actions_.menu(0, 0)
        assert "Copy as Markdown" in [action.text() for action in menu.actions()]
        assert "Regenerate" not in [action.text() for action in menu.actions()], "it is nobody's answer"
        blocks = pane.details.card.flow.document(0).flat
        assert not [control for block in blocks for control in block.controls if control.action == "regenerate"]
        qtbot.keyClick(session.window, Qt.Key.Key_Escape)
        await until(lambda: pane.stack.currentWidget() is pane.search)


async def test_fetched_here_it_is_listed_chosen_and_answers(
    qtbot: Any, theme: Theme, home: Path, fake: FakeHub, tiny: bytes
) -> None:
    from tests.fakes.tiny_gguf import SENTENCE

    fake.add(NAME, {"tiny-F32.gguf": tiny}, readme=CARD)
    async with open_session(theme, home) as session:
        pane = await opened(session)
        await looked_at(qtbot, pane)
        press(qtbot, pane.details, "Download")
        await until(lambda: "Its SHA-256 is the one that the hub names." in texts(pane.downloads))
        await until(lambda: any(row.model == MODEL for row in session.parts.models.rows()), what="the engine lists it")
        session.chat.choose_model("embedded", MODEL)
        session.window.chat.composer.send_requested.emit("Tell me a story")
        await until(lambda: session.chat.transcript.count == 2 and not session.chat.running, 60)
        assert session.chat.transcript.message(1).text == SENTENCE
        press(qtbot, pane, "Done Tiny-1B-Coder-GGUF")
        assert not pane.downloads.isVisible()


async def test_who_cannot_fetch_is_named_with_the_reason(
    qtbot: Any, theme: Theme, home: Path, fake: FakeHub, tiny: bytes
) -> None:
    fake.add(NAME, {"tiny-F32.gguf": tiny})
    async with open_session(theme, home) as session:
        pane = await opened(session)
        await looked_at(qtbot, pane)
        assert [button.text() for button in pane.details.buttons] == ["Download"]
        assert "Ollama: It fetches from the public hub only." in pane.details.why_not.text()


async def test_ollama_fetches_for_itself_and_its_download_can_be_stopped(
    qtbot: Any, theme: Theme, home: Path, fake: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.services.hub.client.PUBLIC_HUB", fake.url)
    fake.add(NAME, {"tiny-Q8_0.gguf": b"x"})
    config = home / "config" / "llm_studio_config.json"
    asked = f"hf.co/{NAME}:Q8_0"
    async with FakeOllama(pull_pause_s=0.05, pull_pieces=200) as ollama:
        ollama.sizes[asked] = 0
        settings = json.loads(config.read_text())
        settings["provider_configurations"]["ollama"]["base_url"] = ollama.url
        config.write_text(json.dumps(settings))
        async with open_session(theme, home) as session:
            pane = await opened(session)
            await looked_at(qtbot, pane)
            await until(lambda: "Fetch with Ollama" in texts(pane.details))
            press(qtbot, pane.details, "Fetch with Ollama")
            await until(lambda: "%" in texts(pane.downloads))
            assert ollama.bodies("/api/pull")[0]["model"] == asked
            press(qtbot, pane, "Cancel Tiny-1B-Coder-GGUF:Q8_0")
            await until(lambda: "Stopped." in texts(pane.downloads))
            ollama.pull_pieces, ollama.pull_pause_s = 2, 0.0
            press(qtbot, pane.details, "Fetch with Ollama")
            await until(lambda: f"Here, as {asked}." in texts(pane.downloads))
            ollama.routes["/api/pull"] = answer({"error": "pull model manifest: file does not exist"})
            press(qtbot, pane.details, "Fetch with Ollama")
            await until(lambda: "not found" in texts(pane.downloads), what="Ollama's refusal")


async def test_a_newer_revision_is_told_fetched_and_the_old_one_deleted_after_a_question(
    qtbot: Any, theme: Theme, home: Path, fake: FakeHub, tiny: bytes
) -> None:
    fake.add(NAME, {"tiny-F32.gguf": tiny})
    async with open_session(theme, home) as session:
        pane = await opened(session)
        await looked_at(qtbot, pane)
        press(qtbot, pane.details, "Download")
        await until(lambda: "SHA-256" in texts(pane.downloads))
        pane.tabs.setCurrentIndex(1)
        await until(lambda: MODEL in pane.fetched.lines)
        assert f"revision {REVISION[:8]}" in texts(pane.fetched)
        fake.repositories[NAME].revision = NEWER
        fake.repositories[NAME].files["tiny-F32.gguf"] = tiny + b"\0"
        press(qtbot, pane, "Look for newer revisions")
        await until(lambda: f"Newer revision {NEWER[:8]}" in texts(pane.fetched))
        press(qtbot, pane, f"Update {MODEL}")
        await until(lambda: len(pane.fetched.lines) == 2, what="both revisions")
        press(qtbot, pane, f"Delete {MODEL}")
        await until(lambda: isinstance(QApplication.activeModalWidget(), QMessageBox))
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        assert "cannot be undone" in box.informativeText() and "free again" in box.informativeText()
        press(qtbot, box, "Delete")
        await until(lambda: len(pane.fetched.lines) == 1)
        assert "are free again." in texts(pane.fetched)
        assert not (user_paths(home).models_folder / NAME / "tiny-F32.gguf").exists()


async def test_a_fetched_model_is_offered_to_lm_studio_where_it_is(
    qtbot: Any, theme: Theme, home: Path, fake: FakeHub, tiny: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = tmp_path / "person"
    monkeypatch.setenv("HOME", str(person))
    fake.add(NAME, {"tiny-F32.gguf": tiny})
    async with open_session(theme, home) as session:
        pane = await opened(session)
        await looked_at(qtbot, pane)
        press(qtbot, pane.details, "Download")
        await until(lambda: "SHA-256" in texts(pane.downloads))
        pane.tabs.setCurrentIndex(1)
        await until(lambda: MODEL in pane.fetched.lines)
        assert "Show folder" in texts(pane.fetched) and "Offer to LM Studio" not in texts(pane.fetched)
        FakeLms(person, models=str(person / "models"))
        pane.tabs.setCurrentIndex(0)
        pane.tabs.setCurrentIndex(1)
        await until(lambda: "Offer to LM Studio" in texts(pane.fetched))
        press(qtbot, pane, f"Offer {MODEL} to LM Studio")
        await until(lambda: "in its list now" in texts(pane.fetched))
        assert (person / "models" / NAME / "tiny-F32.gguf").read_bytes() == tiny
        press(qtbot, pane, f"Offer {MODEL} to LM Studio")
        await until(lambda: "already exists" in texts(pane.fetched))


async def test_a_loaded_model_is_not_deleted_and_its_line_says_so(
    qtbot: Any, theme: Theme, home: Path, fake: FakeHub, tiny: bytes
) -> None:
    fake.add(NAME, {"tiny-F32.gguf": tiny})
    async with open_session(theme, home) as session:
        pane = await opened(session)
        await looked_at(qtbot, pane)
        press(qtbot, pane.details, "Download")
        await until(lambda: any(row.model == MODEL for row in session.parts.models.rows()))
        session.chat.choose_model("embedded", MODEL)
        session.window.chat.composer.send_requested.emit("Hello")
        await until(lambda: session.chat.transcript.count == 2 and not session.chat.running, 60)
        pane.tabs.setCurrentIndex(1)
        await until(lambda: MODEL in pane.fetched.lines)
        session.parts.hub.get_models.fetched.delete(MODEL)
        await until(lambda: "Unload it first" in texts(pane.fetched))
        assert (user_paths(home).models_folder / NAME / "tiny-F32.gguf").exists()


async def test_errors_stand_where_the_question_was_asked(qtbot: Any, theme: Theme, home: Path, fake: FakeHub) -> None:
    async with open_session(theme, home) as session:
        pane = await opened(session)
        fake.refusals = [(429, {"Retry-After": "9"})]
        pane.search.field.setText("tiny")
        press(qtbot, pane, "Search the hub")
        await until(lambda: "The hub was asked too often." in texts(pane))
        fake.add(NAME, {"tiny-F32.gguf": b"x"})
        await search(qtbot, pane)
        assert "asked too often" not in texts(pane)
        del fake.repositories[NAME]
        pane.search.table.opened.emit(NAME)
        await until(lambda: f"The hub has no {NAME}." in texts(pane))
        assert pane.stack.currentWidget() is pane.search


async def test_a_running_download_can_be_paused_from_any_page_and_the_window_closes_over_it(
    qtbot: Any, theme: Theme, home: Path, fake: FakeHub, tiny: bytes
) -> None:
    fake.add(NAME, {"tiny-F32.gguf": tiny + bytes(3_000_000)})
    async with open_session(theme, home) as session:
        pane = await opened(session)
        await looked_at(qtbot, pane)
        fake.pause_s, already = 0.05, fake.sent_bytes
        press(qtbot, pane.details, "Download")
        await until(lambda: fake.sent_bytes - already > 300_000)
        pane.tabs.setCurrentIndex(1)
        press(qtbot, pane, "Pause Tiny-1B-Coder-GGUF")
        await until(lambda: "Paused" in texts(pane.downloads))
        press(qtbot, pane, "Resume Tiny-1B-Coder-GGUF")
        await until(lambda: "Resume" not in texts(pane.downloads))
    fake.pause_s = 0
    async with open_session(theme, home) as session:
        pane = await opened(session)
        await until(lambda: "Paused" in texts(pane.downloads))
        press(qtbot, pane, "Resume Tiny-1B-Coder-GGUF")
        await until(lambda: (user_paths(home).models_folder / NAME / "tiny-F32.gguf").exists())


async def test_what_an_earlier_run_did_not_finish_is_told_and_goes_on_when_asked(
    qtbot: Any, theme: Theme, home: Path, fake: FakeHub, tiny: bytes
) -> None:
    fake.add(NAME, {"tiny-F32.gguf": tiny + bytes(3_000_000)})
    async with open_session(theme, home) as session:
        pane = await opened(session)
        await looked_at(qtbot, pane)
        fake.pause_s, already = 0.05, fake.sent_bytes
        press(qtbot, pane.details, "Download")
        await until(lambda: fake.sent_bytes - already > 300_000)
    fake.pause_s, asked = 0, len(fake.api.requests)
    async with open_session(theme, home) as session:
        await until(lambda: "A download of a model is not finished." in notice_text(session))
        assert len(fake.api.requests) == asked, "nothing goes on by itself"
        press(qtbot, session.window.chat.notice, "Resume")
        await until(lambda: (user_paths(home).models_folder / NAME / "tiny-F32.gguf").exists())
        assert fake.ranges[-1].startswith("bytes=")


async def test_what_becomes_of_a_download_is_told_in_the_chat_where_the_pane_is_closed(
    qtbot: Any, theme: Theme, home: Path, fake: FakeHub, tiny: bytes
) -> None:
    repository = fake.add(NAME, {"tiny-F32.gguf": tiny})
    repository.sums["tiny-F32.gguf"] = "0" * 64
    fake.pause_s = 0.05
    async with open_session(theme, home) as session:
        pane = await opened(session)
        await looked_at(qtbot, pane)
        press(qtbot, pane.details, "Download")
        session.parts.panes.leave()
        await until(lambda: "The download of Tiny-1B-Coder-GGUF stopped." in notice_text(session))
        repository.sums.clear()
        press(qtbot, session.window.chat.notice, "Show")
        await looked_at(qtbot, pane)
        press(qtbot, pane.details, "Download")
        session.parts.panes.leave()
        await until(lambda: "tiny-F32 is here" in notice_text(session))
        press(qtbot, session.window.chat.notice, "Use it")
        assert session.parts.models.chosen().model == MODEL


async def test_the_focus_stays_on_the_button_when_another_program_can_fetch_too(
    qtbot: Any, theme: Theme, home: Path, fake: FakeHub, tiny: bytes
) -> None:
    fake.add(NAME, {"tiny-F32.gguf": tiny})
    async with open_session(theme, home) as session:
        pane = await opened(session)
        await looked_at(qtbot, pane)
        pane.details.buttons[0].setFocus()
        before = pane.details.buttons[0]
        session.parts.hub.get_models.hub.refresh()
        assert pane.details.buttons == [before], "nothing changed"
        (row,) = (pane.files.row_at(0),)
        more = replace(row, ways=(*row.ways, WayFacts("ollama", "Ollama", "x", "Fetch with Ollama")))
        facts = pane.details._facts
        assert facts is not None
        pane.show_repository(replace(facts, files=(more,)))
        assert [button.text() for button in pane.details.buttons] == ["Download", "Fetch with Ollama"]
        assert pane.details.buttons[0].hasFocus()


@pytest.mark.parametrize(
    ("readme", "shown"),
    [
        ("---\nlicense: mit\n---\n# One\n", "# One"),
        ("---\r\nlicense: mit\r\n---\r\nText", "Text"),
        ("---\nnever closed", "---\nnever closed"),
        ("# One\n---\nTwo", "# One\n---\nTwo"),
        ("", ""),
    ],
)
def test_a_card_is_shown_without_the_facts_for_machines(readme: str, shown: str) -> None:
    assert card_text(readme) == shown


def test_a_very_long_card_is_cut_and_says_so() -> None:
    text = card_text("x" * 200_000)
    assert len(text) < 70_000
    assert text.endswith("The rest is on the page of the hub.")
