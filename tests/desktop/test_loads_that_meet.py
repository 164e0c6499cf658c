"""Local Models: acts that meet each other, a server that changed meanwhile, and programs that keep silent."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest

from app.desktop.models.model_table_model import Action
from app.desktop.session import Session
from app.desktop.theme import Theme
from app.services import runtimes
from app.services.conversations import model_loads
from app.services.llm import registry
from app.services.llm.errors import ErrorKind, LLMError
from app.services.mock_server import MockServer
from tests.desktop.session_window import named, open_session, press, until
from tests.desktop.test_loading_models import (
    CODER,
    LLAMA,
    choose_template,
    choose_ttl,
    click_button,
    load,
    menu_of,
    ollama,
    open_form,
    open_page,
    shown,
    sub_menu,
)
from tests.fakes.ollama_server import FakeOllama
from tests.fakes.raw_http import Exchange, answer

__all__ = ["ollama"]
pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="the fakes are started by their first line"),
]
EMBEDDER = "nomic-embed-text:latest"


async def _set(event: asyncio.Event) -> None:
    event.set()


async def move_ollama(session: Session, url: str) -> None:
    session.parts.panes.settings.save({("provider_configurations", "ollama", "base_url"): url})
    manager = session.engine.services.manager
    await until(lambda: manager.base_url_of("ollama").startswith(url), what="the new address is in force")


async def test_undo_loads_nothing_at_a_server_that_took_the_place_of_the_old_one(
    qtbot: Any, theme: Theme, home: Path, ollama: FakeOllama, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OLLAMA_HOST")
    async with open_session(theme, home) as session, FakeOllama() as other:
        await move_ollama(session, ollama.url)
        page = await open_page(session)
        await load(qtbot, page, LLAMA, action=Action.UNLOAD)
        press(qtbot, session.window, "Eject all")
        await until(lambda: page.undo_bar.isVisible())
        await move_ollama(session, other.url)
        session.undo()
        await until(lambda: "it was in memory of another server" in page.note.text())
        assert ollama.url in page.note.text() and page.note.property("tone") == "error"
        assert other.bodies("/api/generate") == [], "nothing was loaded there"


async def test_two_quick_clicks_on_eject_all_are_one(
    qtbot: Any, theme: Theme, home: Path, ollama: FakeOllama, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        page = await open_page(session)
        await shown(page, CODER, action=Action.UNLOAD)
        parts = session.parts.panes.local_models_parts
        assert parts is not None
        offers: list[str] = []
        parts.loaded.undoable.connect(lambda text, _undo: offers.append(text))
        watched = parts.loaded.watched
        await until(lambda: watched.copies())
        there = len(watched.copies())
        for _ in range(2):
            parts.loaded.unload_all()
        await shown(page, CODER, state="Not loaded")
        await until(lambda: offers and not parts.loaded._tasks.running)
        unloads = [one for one in simulator.stats.recorded if one.path.endswith("/unload")]
        assert (len(offers), len(unloads)) == (1, there)


async def test_an_unload_that_ends_leaves_the_mark_of_another_one(
    qtbot: Any, theme: Theme, home: Path, ollama: FakeOllama, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        page = await open_page(session)
        await load(qtbot, page, LLAMA, action=Action.UNLOAD)
        go_on = asyncio.Event()

        async def hangs(exchange: Exchange) -> None:
            del ollama.routes["/api/generate"]
            await go_on.wait()
            await answer({"done": True})(exchange)

        parts = session.parts.panes.local_models_parts
        assert parts is not None
        ollama.routes["/api/generate"] = hangs
        parts.loaded.unload_all()
        parts.loaded.unload("ollama", LLAMA)  # before the other one has looked at what there is
        await shown(page, CODER, state="Not loaded")
        await until(lambda: page.undo_bar.isVisible(), what="the first one is over")
        await shown(page, LLAMA, state="Unloading")
        go_on.set()
        await shown(page, LLAMA, state="Not loaded")


async def test_a_store_that_cannot_be_read_leaves_no_row_unloading_for_ever(
    qtbot: Any, theme: Theme, home: Path, ollama: FakeOllama, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_arguments: object) -> dict[str, Any]:
        raise LLMError(ErrorKind.SERVER_ERROR, "The disk is gone.", "Look at it.")

    async with open_session(theme, home) as session:
        page = await open_page(session)
        await load(qtbot, page, LLAMA, action=Action.UNLOAD)
        monkeypatch.setattr("app.desktop.controllers.loaded_models_controller.load_of_model", refuses)
        for act in ("Unload", "Eject all"):
            parts = session.parts.panes.local_models_parts
            assert parts is not None
            await until(lambda: parts.loaded.watched.copies_of("ollama", LLAMA), what="the copy is known")  # noqa: B023
            if act == "Unload":
                click_button(page, LLAMA)
            else:
                press(qtbot, session.window, act)
            await shown(page, LLAMA, action=Action.LOAD, state="Not loaded")
            await until(lambda: "Undo knows the window alone: The disk is gone." in page.note.text(), what=act)
            session.undo()
            await shown(page, LLAMA, action=Action.UNLOAD, context_length=16_384)
            parts.loaded.forget_notes()


async def test_a_load_whose_options_cannot_be_remembered_is_a_load(
    qtbot: Any, theme: Theme, home: Path, ollama: FakeOllama, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_arguments: object) -> None:
        raise LLMError(ErrorKind.SERVER_ERROR, "The disk is full.", "Make room.")

    async with open_session(theme, home) as session:
        page = await open_page(session)
        form = await open_form(page, LLAMA)
        monkeypatch.setattr("app.desktop.controllers.loaded_models_controller.keep_load", refuses)
        press(qtbot, form, "Load")
        await shown(page, LLAMA, state="Loaded")
        await until(lambda: "not remembered for the next time: The disk is full." in page.note.text())
    assert model_loads.keep_load is not refuses


async def test_what_went_wrong_with_one_model_stays_when_another_one_is_loaded(
    qtbot: Any, theme: Theme, home: Path, ollama: FakeOllama, simulator: MockServer
) -> None:
    ollama.routes["/api/generate"] = answer({"error": "model requires more system memory"}, 500)
    async with open_session(theme, home) as session:
        page = await open_page(session)
        await shown(page, CODER, action=Action.UNLOAD)
        parts = session.parts.panes.local_models_parts
        assert parts is not None
        press(qtbot, await open_form(page, LLAMA), "Load")
        await until(lambda: "could not be loaded" in page.note.text())
        click_button(page, CODER)
        await shown(page, CODER, state="Not loaded")
        await until(lambda: page.undo_bar.isVisible())
        assert page.note.isVisible() and "could not be loaded" in page.note.text()
        assert page.note.property("tone") == "error"


async def test_a_program_that_does_not_say_what_it_holds_is_not_said_to_hold_nothing(
    qtbot: Any, theme: Theme, home: Path, ollama: FakeOllama, simulator: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = runtimes.list_loaded_models
    silent = True

    async def keeps_silent(backend: str, **where: Any) -> Any:
        if backend == "lm_studio" and silent:
            raise LLMError(ErrorKind.TIMEOUT, "It did not answer.")
        return await real(backend, **where)

    monkeypatch.setattr(runtimes, "list_loaded_models", keeps_silent)
    async with open_session(theme, home) as session:
        page = await open_page(session)
        await shown(page, CODER, action=Action.UNLOAD)
        await until(lambda: page.eject_button.isEnabled(), what="its rows say that they are loaded")
        press(qtbot, session.window, "Eject all")
        await shown(page, CODER, state="Not loaded")


async def test_a_program_that_hangs_keeps_nobody_from_the_others_models(
    qtbot: Any, theme: Theme, home: Path, ollama: FakeOllama, simulator: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, go_on = runtimes.list_loaded_models, asyncio.Event()
    asked: list[str] = []

    async def hangs(backend: str, **where: Any) -> Any:
        asked.append(backend)
        if backend == "lm_studio":
            await go_on.wait()
        return await real(backend, **where)

    async with open_session(theme, home) as session:
        page = await open_page(session)
        await shown(page, CODER, action=Action.UNLOAD)
        await shown(page, LLAMA, action=Action.LOAD)
        monkeypatch.setattr(runtimes, "list_loaded_models", hangs)
        parts = session.parts.panes.local_models_parts
        assert parts is not None
        parts.loaded.look()
        await until(lambda: {"lm_studio", "ollama"} <= set(asked), what="both are asked side by side")
        await session.engine.run(_set(go_on))  # on the loop that waits for it
        await until(lambda: not parts.loaded.watched._tasks.running, what="the look is over")


async def test_the_time_of_a_model_that_left_meanwhile_is_told_and_nothing_is_loaded(
    qtbot: Any, theme: Theme, home: Path, ollama: FakeOllama
) -> None:
    async with open_session(theme, home) as session:
        page = await open_page(session)
        await load(qtbot, page, LLAMA, action=Action.UNLOAD)
        menu = menu_of(page, LLAMA)
        ollama.loaded.clear()
        next(a for a in sub_menu(menu, "Keep in memory").actions() if a.text() == "4 h").trigger()
        menu.close()
        await until(lambda: "is not in memory any more" in page.note.text())
        assert ollama.loaded == {}


async def test_load_never_ends_what_a_model_writes_that_was_loaded_meanwhile(
    qtbot: Any, theme: Theme, home: Path, ollama: FakeOllama
) -> None:
    async with open_session(theme, home) as session:
        page = await open_page(session)
        form = await open_form(page, LLAMA)
        ollama._put_into_memory(LLAMA, {"options": {"num_ctx": 32_768}})  # by another program
        parts = session.parts.panes.local_models_parts
        assert parts is not None
        parts.loaded.look()
        await until(lambda: parts.loaded.watched.copies_of("ollama", LLAMA))
        press(qtbot, form, "Load")
        await shown(page, LLAMA, state="Loaded")
        assert [one for one in ollama.bodies("/api/generate") if one.get("keep_alive") == 0] == []
        assert ollama.loaded[LLAMA]["context_length"] == 32_768


async def test_rows_of_hundreds_of_models_ask_the_providers_once(
    qtbot: Any, theme: Theme, home: Path, ollama: FakeOllama, monkeypatch: pytest.MonkeyPatch
) -> None:
    ollama.sizes.update({f"model-{number}:latest": 10**9 + number for number in range(300)})
    async with open_session(theme, home) as session:
        page = await open_page(session)
        await shown(page, "model-7:latest", action=Action.LOAD)
        asked: list[int] = []
        real = registry.all_classes

        def counts() -> Any:
            asked.append(1)
            return real()

        monkeypatch.setattr(registry, "all_classes", counts)
        session.parts.panes.local_models.refresh_rows()
        assert len(asked) < 20, "not once for each row"


# --- the form


async def test_a_template_keeps_what_this_server_does_not_take(
    qtbot: Any, theme: Theme, home: Path, ollama: FakeOllama
) -> None:
    async with open_session(theme, home) as session:
        page = await open_page(session)
        form = await open_form(page, LLAMA)
        form.fields.gpu.setCurrentIndex(form.fields.gpu.findData("max"))
        choose_ttl(form, "never")
        press(qtbot, form, "Save as template…")
        form.name.setText("Long")
        press(qtbot, form, "Save template")
        await until(lambda: form.template.currentText() == "Long")
        form.close()

        form = await open_form(page, "simulated/vision-8b")  # LM Studio without its command
        choose_template(form, "Long")
        assert form.not_taken.text() == "Not taken here: GPU, time in memory." and form.not_taken.isVisible()
        form.fields.context.setValue(8_192)
        press(qtbot, form, "Save as template…")
        press(qtbot, form, "Save template")
        await until(lambda: form.save_button.hasFocus() or not form.name.isVisible())
        (kept,) = form._templates.values()
        assert dict(kept.values) == {"context_length": 8_192, "gpu": "max", "ttl_s": "never"}
        form.close()


async def test_a_verdict_of_another_window_does_not_stand_there(
    qtbot: Any, theme: Theme, home: Path, ollama: FakeOllama
) -> None:
    async with open_session(theme, home) as session:
        form = await open_form(await open_page(session), LLAMA)
        await until(lambda: form.verdict.text().startswith("Fits"))

        async def never(exchange: Exchange) -> None:
            await exchange.until_client_leaves()

        ollama.routes["/api/show"] = never
        form.fields.context.setValue(131_072)
        assert form.verdict.text() == "Looking whether it fits."
        form.close()
        assert not form.isVisible() and named(session.window, "Eject all")


async def test_a_template_with_odd_signs_is_shown_as_it_is(
    qtbot: Any, theme: Theme, home: Path, ollama: FakeOllama
) -> None:
    from app.services.conversations import presets

    async with open_session(theme, home) as session:
        store = session.engine.store
        await session.engine.run(
            store.write(presets.save_template, "A & <b>B</b>", {"context_length": 9_000}, "ollama", EMBEDDER)
        )
        form = await open_form(await open_page(session), LLAMA)
        assert form.template.findText("A & <b>B</b>") > 0
        form.template.setCurrentIndex(1)
        form.template.activated.emit(1)
        assert form.fields.context.value() == 9_000
        form.close()
