"""Chat settings: system prompt and parameters of a chat with where each comes from, and presets over them."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit, QMenu
from pytestqt.qtbot import QtBot

from app.desktop.session import Session
from app.desktop.theme import Theme
from app.desktop.views.chat.preset_button import PresetButton
from app.desktop.views.chat_settings.dialog import ChatSettingsDialog
from app.desktop.views.ledger.request_dialog import RequestDialog
from app.desktop.views.library.presets_dialog import PresetsDialog
from app.paths import user_paths
from app.services.conversations import presets, queries
from app.services.conversations.records import Preset
from app.services.conversations.store import ConversationStore
from app.services.mock_server import MockServer
from tests.desktop.session_window import answered, named, open_session, press, until

pytestmark = pytest.mark.anyio


async def ready(session: Session) -> None:
    await until(lambda: session.parts.models.chosen().model and session.parts.chat_settings.controller.settings)


async def keep(session: Session, name: str, prompt: str | None = None, **values: Any) -> Preset:
    await ready(session)
    write = session.engine.store.write(presets.save_preset, name, prompt, values)
    kept, _before = await session.engine.run(write)
    controller = session.parts.chat_settings.controller
    controller.look()
    await until(lambda: kept in controller.presets)
    return kept


async def opened(session: Session, qtbot: QtBot) -> ChatSettingsDialog:
    await ready(session)
    press(qtbot, session.window, "Chat settings")
    dialog = session.parts.chat_settings.dialog
    assert dialog is not None and dialog.isVisible()
    await until(lambda: QApplication.activeWindow() is dialog)
    return dialog


def button_of(session: Session) -> PresetButton:
    button = session.window.chat.composer.preset
    assert button is not None
    return button


def line(dialog: ChatSettingsDialog, name: str) -> QLineEdit:
    control = dialog.fields[name].control
    assert isinstance(control, QLineEdit)
    return control


def origin(dialog: ChatSettingsDialog, name: str) -> str:
    return dialog.fields[name]._origin.text()


async def asked(session: Session, simulator: MockServer, text: str) -> dict[str, Any]:
    count = session.chat.transcript.count
    session.chat.send(text)
    await answered(session, count + 2)
    bodies = [r.body for r in simulator.stats.recorded if r.path.endswith("/chat/completions")]
    body: dict[str, Any] = bodies[-1]
    assert body["messages"][-1]["content"] == text
    return body


async def test_what_is_typed_is_taken_when_the_field_is_left_sent_and_kept_with_the_chat(
    qtbot: QtBot, theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        dialog = await opened(session, qtbot)
        assert [origin(dialog, name) for name in dialog.fields] == ["Not sent"] * 6
        assert line(dialog, "temperature").placeholderText() == "The server's own"
        dialog.prompt.edit.setPlainText("Be brief.")
        assert dialog.tokens.text() == "≈ 2 tokens, sent with every message"
        line(dialog, "temperature").setFocus()
        await until(lambda: origin(dialog, "system_prompt") == "Of this chat")
        qtbot.keyClicks(line(dialog, "temperature"), "0.3")
        qtbot.keyClick(line(dialog, "temperature"), Qt.Key.Key_Tab)
        await until(lambda: origin(dialog, "temperature") == "Of this chat")
        dialog.stop.edit.setPlainText("END\n\\n\\n")
        line(dialog, "seed").setText("7")
        dialog.close()
        await until(lambda: session.chat.state.parameters.get("stop") == ["END", "\n\n"])
        body = await asked(session, simulator, "one")
        assert body["messages"][0] == {"role": "system", "content": "Be brief."}
        assert (body["temperature"], body["stop"], body["seed"]) == (0.3, ["END", "\n\n"], 7)
        assert "top_p" not in body and "max_tokens" not in body
        answer = session.chat.transcript.message(1)
        assert answer is not None
        stored = await session.engine.run(session.engine.store.message(answer.message_id))
        assert stored is not None and stored.parameters is not None
        assert stored.parameters["temperature"] == {"value": 0.3, "origin": "chat"}
        session.new_chat()
        assert "temperature" not in await asked(session, simulator, "another chat")
    async with open_session(theme, home) as again:
        chats = await again.engine.run(again.engine.store.read(queries.list_conversations, 5))
        again.open_chat(next(chat.id for chat in chats if chat.title == "one"))
        await until(lambda: again.chat.state.parameters.get("seed") == 7)
        dialog = await opened(again, qtbot)
        await until(lambda: dialog.prompt.edit.toPlainText() == "Be brief.")
        assert line(dialog, "temperature").text() == "0.3" and dialog.stop.value() == "END\n\\n\\n"


async def test_a_reset_is_taken_back(qtbot: QtBot, theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        dialog = await opened(session, qtbot)
        controller = session.parts.chat_settings.controller
        controller.set_prompt("Mine.")
        controller.set_value("temperature", 0.3)
        await until(lambda: line(dialog, "temperature").text() == "0.3")
        press(qtbot, dialog, "Reset Temperature")
        await until(lambda: origin(dialog, "temperature") == "Not sent")
        assert line(dialog, "temperature").text() == "" and "temperature" not in session.chat.state.parameters
        dialog.undo_bar.undo()
        await until(lambda: line(dialog, "temperature").text() == "0.3")
        press(qtbot, dialog, "Reset System prompt")
        await until(lambda: origin(dialog, "system_prompt") == "Not sent")
        dialog.undo_bar.undo()
        await until(lambda: dialog.prompt.edit.toPlainText() == "Mine.")


async def test_a_value_that_cannot_be_sent_is_told_at_its_field_and_not_taken(
    qtbot: QtBot, theme: Theme, home: Path
) -> None:
    async with open_session(theme, home) as session:
        dialog = await opened(session, qtbot)
        line(dialog, "temperature").setText("9")
        line(dialog, "temperature").textEdited.emit("9")
        dialog.stop.edit.setPlainText("x" * 300)
        dialog.apply()
        assert dialog.fields["temperature"]._error.text() == "From 0 to 5."
        assert "At most 16 stop sequences" in dialog.stop._error.text()
        assert session.chat.state.parameters == {}


async def test_the_window_stays_once_for_a_value_that_cannot_be_taken(qtbot: QtBot, theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        dialog = await opened(session, qtbot)
        temperature = line(dialog, "temperature")
        temperature.clear()
        qtbot.keyClicks(temperature, "hot")
        press(qtbot, dialog, "Save as preset…")
        assert not dialog.name_bar.isVisible() and temperature.hasFocus()
        press(qtbot, dialog, "Close")
        assert dialog.isVisible() and dialog.fields["temperature"].error == "This is not a number."
        temperature.clear()
        qtbot.keyClicks(temperature, "warm")
        qtbot.keyClick(temperature, Qt.Key.Key_Escape)
        assert dialog.isVisible(), "something else was typed since then"
        qtbot.keyClick(temperature, Qt.Key.Key_Escape)
        assert not dialog.isVisible() and session.chat.state.parameters == {}


async def test_a_comma_is_understood_where_the_system_writes_a_point(qtbot: QtBot, theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        dialog = await opened(session, qtbot)
        qtbot.keyClicks(line(dialog, "temperature"), "0,7")
        press(qtbot, dialog, "Close")
        assert not dialog.isVisible() and session.chat.state.parameters["temperature"] == 0.7


async def test_the_settings_prompt_is_shown_with_its_origin_and_an_own_one_takes_its_place(
    qtbot: QtBot, theme: Theme, home: Path, simulator: MockServer
) -> None:
    file = user_paths(home).config_file
    file.parent.mkdir(parents=True)
    file.write_text('{"chat": {"system_prompt": "From the file.", "temperature": 0.9}}', encoding="utf-8")
    async with open_session(theme, home) as session:
        dialog = await opened(session, qtbot)
        assert (dialog.prompt.edit.toPlainText(), origin(dialog, "system_prompt")) == (
            "From the file.",
            "From Settings, Chat",
        )
        assert line(dialog, "temperature").placeholderText() == "0.9"
        dialog.prompt.edit.setPlainText("")
        dialog.apply()
        await until(lambda: origin(dialog, "system_prompt") == "Of this chat")
        body = await asked(session, simulator, "one")
        assert [message["role"] for message in body["messages"]] == ["user"], "an empty one is a choice"


async def test_a_preset_is_chosen_under_the_message_field_and_named_there(
    qtbot: QtBot, theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        await keep(session, "Careful", "Be careful.", temperature=0.1)
        button = button_of(session)
        assert (named(session.window, "Preset"), button.text(), button.accessibleDescription()) == (
            button,
            "Preset",
            "none",
        )
        button.open_menu()
        menu = button.findChild(QMenu)
        assert menu is not None
        assert [(a.text(), a.isChecked()) for a in menu.actions() if a.isCheckable()] == [
            ("Model's preset: none", True),
            ("No preset", False),
            ("Careful", False),
        ]
        next(a for a in menu.actions() if a.text() == "Careful").trigger()
        menu.close()
        await until(lambda: button.text() == "Careful")
        body = await asked(session, simulator, "one")
        assert (body["temperature"], body["messages"][0]["content"]) == (0.1, "Be careful.")
        dialog = await opened(session, qtbot)
        assert origin(dialog, "temperature") == "From preset “Careful”"
        assert line(dialog, "temperature").placeholderText() == "0.1"
        assert dialog.prompt.edit.toPlainText() == "Be careful."
        session.window.resize(560, 600)
        await until(lambda: button.text() == "")
        assert button.toolTip() == "Preset: Careful"


async def test_what_was_chosen_after_a_change_stays_when_that_is_taken_back(
    qtbot: QtBot, theme: Theme, home: Path
) -> None:
    async with open_session(theme, home) as session:
        careful = await keep(session, "Careful", "Be careful.", temperature=0.1)
        controller = session.parts.chat_settings.controller
        controller.set_prompt("Mine.")
        controller.set_value("temperature", 1.1)
        undo = controller.choose_preset(careful)
        controller.set_value("top_p", 0.5)
        undo()
        assert session.chat.state.parameters == {"system_prompt_from": "chat", "temperature": 1.1, "top_p": 0.5}
        assert session.chat.state.system_prompt == "Mine."
        undo = controller.set_value("temperature", None)
        controller.set_prompt("Another.")
        controller.set_value("temperature", 0.7)
        undo()
        assert session.chat.state.parameters["temperature"] == 0.7, "the later choice counts"
        assert session.chat.state.system_prompt == "Another."


async def test_a_preset_that_was_written_over_is_taken_back_with_no_work_left_undone(
    qtbot: QtBot, theme: Theme, home: Path, recwarn: pytest.WarningsRecorder
) -> None:
    async with open_session(theme, home) as session:
        careful = await keep(session, "Careful", temperature=0.1)
        controller = session.parts.chat_settings.controller
        controller.set_value("temperature", 0.9)
        await until(lambda: controller.settings.values["temperature"].value == 0.9)
        kept, undo = await controller.save_as("Careful")
        assert (kept.uid, kept.parameters) == (careful.uid, {"temperature": 0.9})
        undo()
        await until(lambda: controller.presets == [careful])
        gc.collect()
        assert [str(one.message) for one in recwarn if "never awaited" in str(one.message)] == []


async def test_presets_with_large_and_with_damaged_values_are_shown(qtbot: QtBot, theme: Theme, home: Path) -> None:
    seed = (1 << 64) - 1
    async with open_session(theme, home) as session:
        await keep(session, "Damaged", "Words.", temperature="hot", seed=None)
        large = await keep(session, "Large", seed=seed)
        session.parts.shortcuts.run("presets")
        shown = session.parts.chat_settings.presets
        assert isinstance(shown, PresetsDialog) and shown.list.count() == 2
        button_of(session).chosen.emit(large.uid)
        dialog = await opened(session, qtbot)
        await until(lambda: line(dialog, "seed").placeholderText() == str(seed))


async def test_values_that_gave_way_to_a_preset_come_back(qtbot: QtBot, theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        careful = await keep(session, "Careful", temperature=0.1)
        session.parts.chat_settings.controller.set_value("temperature", 1.1)
        values = lambda: session.parts.chat_settings.controller.settings.values  # noqa: E731
        await until(lambda: values()["temperature"].origin == "chat")
        button_of(session).chosen.emit(careful.uid)
        await until(lambda: values()["temperature"].origin == "preset Careful")
        assert session.window.chat.undo_bar.isVisible()
        session.undo()
        await until(lambda: (values()["temperature"].value, values()["temperature"].origin) == (1.1, "chat"))
        assert button_of(session).text() == "Preset"


async def test_every_chat_with_a_model_begins_with_its_preset(
    qtbot: QtBot, theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        careful = await keep(session, "Careful", temperature=0.1)
        button = button_of(session)
        button.chosen.emit(careful.uid)
        await until(lambda: button.text() == "Careful")
        button.open_menu()
        menu = button.findChild(QMenu)
        assert menu is not None
        default = next(a for a in menu.actions() if a.text().startswith("Use “Careful” for every chat with"))
        assert not default.isChecked()
        default.trigger()
        menu.close()
        controller = session.parts.chat_settings.controller
        await until(lambda: controller.models_of.get(careful.uid))
        session.new_chat()
        await until(lambda: controller.settings is not None and controller.settings.preset_from == "model")
        assert button.text() == "Careful"
        assert (await asked(session, simulator, "one"))["temperature"] == 0.1
        button.chosen.emit("none")
        await until(lambda: button.text() == "Preset")
        assert "temperature" not in await asked(session, simulator, "two")


async def test_the_chats_values_are_saved_as_a_preset_and_that_is_taken_back(
    qtbot: QtBot, theme: Theme, home: Path
) -> None:
    async with open_session(theme, home) as session:
        dialog = await opened(session, qtbot)
        controller = session.parts.chat_settings.controller
        press(qtbot, dialog, "Save as preset…")
        dialog.name_bar.edit.setText("Sober")
        qtbot.keyClick(dialog.name_bar.edit, Qt.Key.Key_Return)
        await until(lambda: "nothing to keep" in dialog.name_bar.edit.accessibleDescription())
        qtbot.keyClick(dialog.name_bar.edit, Qt.Key.Key_Escape)
        assert dialog.isVisible() and not dialog.name_bar.isVisible()
        controller.set_value("temperature", 0.3)
        await until(lambda: line(dialog, "temperature").text() == "0.3")
        press(qtbot, dialog, "Save as preset…")
        dialog.name_bar.edit.setText("Sober")
        qtbot.keyClick(dialog.name_bar.edit, Qt.Key.Key_Return)
        await until(lambda: origin(dialog, "temperature") == "From preset “Sober”")
        box = named(dialog, "Preset")
        assert isinstance(box, QComboBox) and box.currentText() == "Sober"
        dialog.undo_bar.undo()
        await until(lambda: not controller.presets)
        await until(lambda: line(dialog, "temperature").text() == "0.3")


async def test_presets_are_renamed_and_deleted_with_undo(qtbot: QtBot, theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        careful, wild = await keep(session, "Careful", temperature=0.1), await keep(session, "Wild", temperature=1.5)
        button_of(session).chosen.emit(careful.uid)
        session.parts.shortcuts.run("presets")
        dialog = session.parts.chat_settings.presets
        assert isinstance(dialog, PresetsDialog) and dialog.chosen() == careful.uid
        qtbot.keyClick(dialog.list, Qt.Key.Key_F2)
        dialog.name_bar.edit.setText("wild")
        qtbot.keyClick(dialog.name_bar.edit, Qt.Key.Key_Return)
        await until(lambda: "already" in dialog.name_bar.edit.accessibleDescription())
        dialog.name_bar.edit.setText("Sober")
        qtbot.keyClick(dialog.name_bar.edit, Qt.Key.Key_Return)
        await until(lambda: dialog.list.item(0).text() == "Sober")
        await until(lambda: button_of(session).text() == "Sober")
        qtbot.keyClick(dialog.list, Qt.Key.Key_Delete)
        await until(lambda: dialog.list.count() == 1)
        assert dialog.chosen() == wild.uid
        await until(lambda: "not here any more" in button_of(session).toolTip())
        dialog.undo_bar.undo()
        await until(lambda: dialog.list.count() == 2 and button_of(session).text() == "Sober")


async def test_the_window_over_the_settings_follows_the_open_chat(qtbot: QtBot, theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        dialog = await opened(session, qtbot)
        session.parts.chat_settings.controller.set_value("temperature", 0.3)
        await until(lambda: line(dialog, "temperature").text() == "0.3")
        session.chat.send("one")
        await answered(session, 2)
        await until(lambda: session.chat.conversation_id is not None)
        session.new_chat()
        await until(lambda: line(dialog, "temperature").text() == "")
        assert QApplication.activeModalWidget() is None


async def test_what_was_typed_last_is_kept_when_the_program_ends(qtbot: QtBot, theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        dialog = await opened(session, qtbot)
        session.chat.send("one")
        await answered(session, 2)
        dialog.prompt.edit.setPlainText("Typed last.")
    store = ConversationStore(user_paths(home).store_file)
    await store.open()
    (chat,) = await store.conversations()
    await store.aclose()
    assert chat.system_prompt == "Typed last."


async def test_what_another_process_chose_for_the_chat_is_shown_and_not_written_over(
    qtbot: QtBot, theme: Theme, home: Path
) -> None:
    async with open_session(theme, home) as session:
        dialog = await opened(session, qtbot)
        session.chat.send("one")
        await answered(session, 2)
        chat = session.chat.conversation_id
        assert chat is not None
        other = ConversationStore(user_paths(home).store_file)
        await other.open()
        kept, _before = await other.write(presets.save_preset, "Careful", None, {"top_p": 0.5})
        await other.set_chat_settings(chat, "Theirs.", {"system_prompt_from": "chat", "seed": 5, "preset": kept.uid})
        session.store_watch.look()
        await until(lambda: dialog.prompt.edit.toPlainText() == "Theirs." and line(dialog, "seed").text() == "5")
        await until(lambda: button_of(session).text() == "Careful")
        session.parts.chat_settings.controller.set_value("temperature", 0.3)
        await session.chat.settings_kept()
        found = await other.conversation(chat)
        await other.aclose()
    assert found is not None and found.system_prompt == "Theirs."
    assert (found.parameters["seed"], found.parameters["temperature"]) == (5, 0.3)


async def test_what_is_typed_belongs_to_the_chat_that_was_shown(qtbot: QtBot, theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        session.chat.send("one")
        await answered(session, 2)
        first = session.chat.conversation_id
        assert first is not None
        dialog = await opened(session, qtbot)
        dialog.prompt.edit.setPlainText("For the first chat.")
        session.new_chat()  # not by the person's hand: the field was never left
        await until(lambda: dialog.prompt.edit.toPlainText() == "")
        await session.chat.settings_kept()
        found = await session.engine.run(session.engine.store.conversation(first))
        assert found is not None and found.system_prompt == "For the first chat."
        assert session.chat.state.system_prompt is None


async def test_the_request_of_an_answer_names_the_preset(qtbot: QtBot, theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        careful = await keep(session, "Careful", temperature=0.1)
        button_of(session).chosen.emit(careful.uid)
        session.chat.send("one")
        await answered(session, 2)
        answer = session.chat.transcript.message(1)
        assert answer is not None
        session.parts.ledger.run(answer.message_id, "request")
        await until(lambda: session.window.findChildren(RequestDialog))
        (dialog,) = session.window.findChildren(RequestDialog)
        texts = [label.text() for label in dialog.findChildren(QLabel)]
        assert "temperature = 0.1 (from: preset Careful)" in texts
        dialog.close()


async def test_a_server_that_changes_while_the_window_closes_starts_no_more_looks(theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        controller = session.parts.chat_settings.controller
        await controller.aclose()
        controller.look()
        assert controller._tasks.running == 0
