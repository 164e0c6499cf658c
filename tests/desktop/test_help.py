"""The guide inside the program: opened by F1, searched, followed by its links."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QImage, QTextCursor, QTextDocument, QTextFrame, QTextTable
from PySide6.QtWidgets import QApplication

from app.desktop.session import Session
from app.desktop.theme import Theme
from app.desktop.views.help.help_document import HelpLook, help_document
from app.desktop.views.help.help_window import HelpWindow
from app.paths import bundled
from tests.desktop.session_window import arguments, open_session, open_tab, press, until
from tests.desktop.test_accessible_names import check_names

pytestmark = pytest.mark.anyio


async def opened(session: Session) -> HelpWindow:
    session.parts.shortcuts.run("help")
    await until(lambda: session.parts.help.window is not None and session.parts.help.window.isVisible())
    window = session.parts.help.window
    assert isinstance(window, HelpWindow)
    return window


async def test_F1_opens_the_guide_at_its_beginning(theme: Theme, home: Path) -> None:
    async with open_session(theme, home, *arguments()) as session:
        window = await opened(session)
        assert window.tree.topLevelItem(0).text(0) == "Guide"
        await until(lambda: window.text.toPlainText().strip())
        check_names("help", window, least=2)
        window.text.verticalScrollBar().setValue(5)
        window.close()
        again = await opened(session)
        assert again is window


async def test_words_find_sections_and_their_text(qtbot: Any, theme: Theme, home: Path) -> None:
    async with open_session(theme, home, *arguments()) as session:
        window = await opened(session)
        qtbot.keyClicks(window.search, "blind")
        await until(lambda: "blind" in window.text.toPlainText().lower())
        shown = window.tree.topLevelItemCount()
        assert 0 < shown < 12
        window.search.clear()
        qtbot.keyClicks(window.search, "zzzz")
        await until(window.empty.isVisible)


async def test_a_link_leads_to_the_heading_on_another_page(theme: Theme, home: Path) -> None:
    async with open_session(theme, home, *arguments()) as session:
        window = await opened(session)
        window.text.anchorClicked.emit(QUrl("troubleshooting.md#logs"))
        await until(lambda: "aica.log" in window.text.toPlainText())
        assert window.tree.currentItem().text(0) == "Logs"


async def test_a_link_to_a_licence_shows_it_and_one_to_what_is_not_here_says_so(theme: Theme, home: Path) -> None:
    async with open_session(theme, home, *arguments()) as session:
        window = await opened(session)
        window.text.anchorClicked.emit(QUrl("../../LICENSE"))
        await until(lambda: "Permission is hereby granted" in window.text.toPlainText())
        window.text.anchorClicked.emit(QUrl("../../tests/nothing.md"))
        await until(lambda: "tests/nothing.md is not part of this installation" in window.text.toPlainText())
        window.back.click()
        await until(lambda: "Permission is hereby granted" in window.text.toPlainText())


async def test_the_way_back_leads_to_what_was_read_before(qtbot: Any, theme: Theme, home: Path) -> None:
    async with open_session(theme, home, *arguments()) as session:
        window = await opened(session)
        assert not window.back.isEnabled()
        await until(lambda: "Guide" in window.text.toPlainText())
        before = window.text.toPlainText()
        window.text.anchorClicked.emit(QUrl("troubleshooting.md#logs"))
        await until(lambda: "aica.log" in window.text.toPlainText())
        qtbot.keyClick(window, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
        await until(lambda: window.text.toPlainText() == before)
        assert not window.back.isEnabled()


async def test_a_link_to_the_network_is_asked_about_as_everywhere(
    theme: Theme, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_session(theme, home, *arguments()) as session:
        window = await opened(session)
        asked: list[str] = []
        monkeypatch.setattr(session.parts, "open_link", asked.append)
        window.text.anchorClicked.emit(QUrl("https://lmstudio.ai"))
        assert asked == ["https://lmstudio.ai"]


async def test_B1_only_pictures_of_the_help_are_loaded(
    theme: Theme, home: Path, qapp: QApplication, tmp_path: Path
) -> None:
    assert QImage(40, 40, QImage.Format.Format_RGB32).save(str(tmp_path / "secret.png"))
    text = f"![a](../screenshots/chat-light.png)\n\n![b]({tmp_path}/secret.png)\n\n![c](https://example.org/x.png)\n"
    pictures = bundled("resources", "screenshots")
    document = help_document(text, HelpLook.of(theme), 300, pictures, qapp.thread())
    image = QTextDocument.ResourceType.ImageResource.value
    assert document.resource(image, QUrl("help:0")).width() == 300
    assert document.resource(image, QUrl("help:1")) is None, "nothing else became a picture"
    assert "secret.png" not in document.toHtml() and "example.org" not in document.toHtml()
    async with open_session(theme, home, *arguments()) as session:
        window = await opened(session)
        window.text.show_document(document)
        for other in (f"{tmp_path}/secret.png", "https://example.org/x.png"):
            assert window.text.loadResource(image, QUrl(other)) is None


PAGE = """## Title

Words and `code` in them.

    aica --help
    aica doctor

| first | second |
|---|---|
| 1 | 2 |

- item

```sh
one
```
"""


def test_code_stands_on_a_ground_of_its_own_and_headings_and_tables_look_like_some(
    theme: Theme, qapp: QApplication
) -> None:
    look = HelpLook.of(theme)
    document = help_document(PAGE, look, 300, bundled("resources", "screenshots"), qapp.thread())
    frames = [one for one in document.rootFrame().childFrames() if not isinstance(one, QTextTable)]
    (table,) = (one for one in document.rootFrame().childFrames() if isinstance(one, QTextTable))

    def text_of(frame: QTextFrame) -> str:
        cursor = QTextCursor(document)
        cursor.setPosition(frame.firstPosition())
        cursor.setPosition(frame.lastPosition(), QTextCursor.MoveMode.KeepAnchor)
        return cursor.selectedText().replace("\u2029", "\n")

    assert [text_of(one) for one in frames] == ["aica --help\naica doctor", "one"]
    assert {one.frameFormat().background().color().name() for one in frames} == {theme.color("sunken").name()}
    cells = [table.cellAt(row, column) for row in range(2) for column in range(2)]
    assert [cell.firstCursorPosition().block().text() for cell in cells] == ["first", "second", "1", "2"]
    assert all(cell.firstCursorPosition().block() == cell.lastCursorPosition().block() for cell in cells)
    title = QTextCursor(document)
    title.movePosition(QTextCursor.MoveOperation.Right)
    assert title.charFormat().font().pixelSize() == look.headings[0].pixelSize()
    inside = document.find("code")
    assert inside.charFormat().font().family() == look.code.family() and inside.charFormat().background().color()


async def test_about_leads_to_the_guide(qtbot: Any, theme: Theme, home: Path) -> None:
    async with open_session(theme, home, *arguments()) as session:
        pane = await open_tab(session, "About")
        press(qtbot, pane, "Open the guide")
        await until(lambda: session.parts.help.window is not None and session.parts.help.window.isVisible())


async def test_escape_closes_it(qtbot: Any, theme: Theme, home: Path) -> None:
    async with open_session(theme, home, *arguments()) as session:
        window = await opened(session)
        qtbot.keyClick(window.tree, Qt.Key.Key_Escape)
        assert not window.isVisible()


async def test_the_guide_is_spanish_where_the_window_is_and_leads_to_pages_that_are_not(
    spanish: None, qtbot: Any, theme: Theme, home: Path
) -> None:
    async with open_session(theme, home, *arguments(), "--language", "es") as session:
        window = await opened(session)
        assert window.tree.topLevelItem(0).text(0) == "Guía"
        await until(lambda: "Cómo usar la ventana" in window.text.toPlainText())
        window.text.anchorClicked.emit(QUrl("#local-models"))
        await until(lambda: window.text.toPlainText().startswith("Modelos locales"))
        assert window.tree.currentItem().text(0) == "Modelos locales"
        window.text.anchorClicked.emit(QUrl("gateway.md#security"))
        await until(lambda: window.tree.currentItem().text(0) == "Security")
        assert window.tree.currentItem().parent().text(0) == "The gateway"
        qtbot.keyClicks(window.search, "papelera")
        await until(lambda: "papelera" in window.text.toPlainText())


async def test_in_safe_mode_the_guide_is_english_as_the_window_is(theme: Theme, home: Path) -> None:
    (home / "data").mkdir(parents=True, exist_ok=True)
    (home / "data" / "window.json").write_text(json.dumps({"language": "es"}))
    async with open_session(theme, home, *arguments(), "--safe-mode") as session:
        window = await opened(session)
        assert window.tree.topLevelItem(0).text(0) == "Guide"
