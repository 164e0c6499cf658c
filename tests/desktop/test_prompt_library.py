"""The window over the saved prompts."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.desktop.session import Session
from app.desktop.theme import Theme
from app.desktop.views.library.prompts_dialog import PromptsDialog
from app.services.conversations import saved_prompts
from tests.desktop.session_window import named, open_session, press, until

pytestmark = pytest.mark.anyio

SHIPPED = ["/commit", "/explain", "/refactor", "/review", "/test"]


async def opened(session: Session) -> PromptsDialog:
    session.parts.shortcuts.run("prompts")
    assert session.parts.prompts.library is not None
    dialog = session.parts.prompts.library.dialog
    await until(lambda: dialog.list.count() >= 5)
    return dialog


def names(dialog: PromptsDialog) -> list[str]:
    return [dialog.list.item(row).text() for row in range(dialog.list.count())]


def about(dialog: PromptsDialog) -> str:
    return str(dialog.list.currentItem().data(Qt.ItemDataRole.UserRole + 1))


async def stored(session: Session) -> dict[str, str]:
    found = await session.engine.run(session.engine.store.read(saved_prompts.prompts))
    return {one.name: one.text for one in found if one.own}


def write(dialog: PromptsDialog, name: str, text: str) -> None:
    dialog.name.selectAll()
    dialog.name.setText(name)
    dialog.name.textEdited.emit(name)
    dialog.text.setPlainText(text)


async def test_a_prompt_is_written_changed_renamed_and_deleted_with_undo(
    qtbot: QtBot, theme: Theme, home: Path
) -> None:
    async with open_session(theme, home) as session:
        dialog = await opened(session)
        assert names(dialog) == SHIPPED
        press(qtbot, dialog, "New prompt")
        assert not named(dialog, "Save").isEnabled()
        write(dialog, "two words", "Plan {{input}}.")
        press(qtbot, dialog, "Save")
        await until(lambda: "cannot be the name" in dialog.note.text())
        assert dialog.text.toPlainText() == "Plan {{input}}.", "what was typed stays"
        write(dialog, "/Plan", "Plan {{input}}.")
        press(qtbot, dialog, "Save")
        await until(lambda: names(dialog) == sorted([*SHIPPED, "/plan"]) and dialog.chosen() == "plan")
        assert not named(dialog, "Save").isEnabled() and dialog.note.text() == ""
        write(dialog, "steps", "Plan {{input}} in steps.")
        press(qtbot, dialog, "Save")
        await until(lambda: dialog.chosen() == "steps")
        assert await stored(session) == {"steps": "Plan {{input}} in steps."}
        press(qtbot, dialog, "Delete")
        await until(lambda: names(dialog) == SHIPPED)
        dialog.undo_bar.undo()
        await until(lambda: dialog.chosen() == "steps")
        assert await stored(session) == {"steps": "Plan {{input}} in steps."}


async def test_one_of_the_program_is_overridden_and_put_back(qtbot: QtBot, theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        dialog = await opened(session)
        dialog.list.setCurrentRow(SHIPPED.index("/review"))
        original = dialog.text.toPlainText()
        assert original.startswith("Review this code") and not named(dialog, "Delete").isEnabled()
        write(dialog, "review", "My way: {{input}}")
        assert about(dialog) == "changed, not saved"
        press(qtbot, dialog, "Save")
        await until(lambda: about(dialog) == "your own, in place of the program's")
        press(qtbot, dialog, "Restore the program's")
        await until(lambda: dialog.text.toPlainText() == original)
        assert (dialog.chosen(), about(dialog)) == ("review", "came with the program")
        dialog.undo_bar.undo()
        await until(lambda: dialog.text.toPlainText() == "My way: {{input}}")


async def test_what_was_not_saved_stays_with_its_prompt(qtbot: QtBot, theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        dialog = await opened(session)
        dialog.list.setCurrentRow(0)
        write(dialog, "commit", "Half a thought")
        dialog.list.setCurrentRow(1)
        assert dialog.text.toPlainText().startswith("Explain")
        dialog.close()
        dialog = await opened(session)
        dialog.list.setCurrentRow(0)
        assert dialog.text.toPlainText() == "Half a thought" and named(dialog, "Save").isEnabled()
        assert await stored(session) == {}


async def test_no_other_prompt_gives_way_to_a_new_name(qtbot: QtBot, theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        save = session.engine.store.write(saved_prompts.save_prompt, "plan", "Plan it.")
        await session.engine.run(save)
        dialog = await opened(session)
        press(qtbot, dialog, "New prompt")
        write(dialog, "plan", "Another plan.")
        press(qtbot, dialog, "Save")
        await until(lambda: "There is a prompt /plan already" in dialog.note.text())
        assert await stored(session) == {"plan": "Plan it."}


async def test_what_was_deleted_takes_no_name_back_that_a_new_one_has(qtbot: QtBot, theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        await session.engine.run(session.engine.store.write(saved_prompts.save_prompt, "plan", "Plan it."))
        dialog = await opened(session)
        await until(lambda: "/plan" in names(dialog))
        dialog.choose("plan")
        dialog._show_chosen()
        press(qtbot, dialog, "Delete")
        await until(lambda: names(dialog) == SHIPPED)
        await session.engine.run(session.engine.store.write(saved_prompts.save_prompt, "plan", "A better plan."))
        dialog.undo_bar.undo()
        await until(lambda: "There is a prompt /plan already" in dialog.note.text())
        assert await stored(session) == {"plan": "A better plan."}


async def test_the_last_line_of_the_list_behind_a_slash_leads_there(qtbot: QtBot, theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        edit, popup = session.window.chat.composer.edit, session.parts.prompts.popup
        edit.setFocus()
        qtbot.keyClicks(edit, "/")
        await until(popup.isVisible)
        qtbot.keyClick(edit, Qt.Key.Key_Up)
        assert popup.list.currentIndex().data() == "Manage prompts…" and popup.current() == ""
        qtbot.keyClick(edit, Qt.Key.Key_Return)
        assert session.parts.prompts.library is not None and session.parts.prompts.library.dialog.isVisible()
        assert edit.toPlainText() == "" and not popup.isVisible()
