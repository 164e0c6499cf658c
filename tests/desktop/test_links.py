"""Links of an answer in the real window, on every path to them: what opens, and what never does (reliability B3)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QDrag
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QMessageBox

from app.desktop.session import Session
from app.desktop.theme import Theme
from app.desktop.views.transcript.view import TranscriptView
from app.services.mock_server import MockServer
from tests.desktop.session_window import answered, open_session, until

pytestmark = pytest.mark.anyio

#: Nothing of these may leave the window, however somebody reaches for it.
BAD = [
    *("javascript:alert(1)", "JaVaScRiPt:alert(1)", "vbscript:x", "data:text/html,x", "blob:https://x.example/1"),
    *("file:///etc/passwd", "file://server/share/x", "FILE:/etc/passwd", "//server/share", "\\\\\\\\server\\\\share"),
    *("smb://server/share", "nfs://server/x", "ftp://x.example/x", "sftp://x.example", "ssh://x.example", "telnet://x"),
    *("ms-msdt:/id", "ms-officecmd:x", "search-ms:query=x", "shell:startup", "vscode://file/x", "steam://run/1"),
    *("zoommtg://x", "jar:https://x.example!/x", "view-source:https://x.example", "about:blank", "chrome://settings"),
    *("/etc/passwd", "C:\\\\x.exe", "x.desktop", "mailto:a@b.example?attach=/etc/passwd", "tel:+123", "aica://run/x"),
    *("https://", "http:///x", "https://x.example\\@evil.example", "https://exa%20mple.example\u202e"),
]
GOOD = "https://www.example.org/a?b=c"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was handed to other programs, in whatever way."""
    found: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: found.append(QUrl(url).toString()))
    monkeypatch.setattr(QDrag, "exec", lambda _drag, *_more: found.append("dragged"))
    monkeypatch.setattr(QMimeData, "setUrls", lambda _data, urls: found.append(f"urls {urls}"))
    return found


def everywhere(view: TranscriptView) -> list[QPoint]:
    """Points over all that is visible of the answer, close enough together that no link lies between them."""
    width, height = view.viewport().width(), view.viewport().height()
    tops = [p.top for p in view.flow.visible if p.index == 1 and p.block.kind == "text"]
    return [QPoint(x, y) for y in range(max(0, min(tops)), height, 11) for x in range(view.column_left(), width, 60)]


def boxes(session: Session) -> list[QMessageBox]:
    return [box for box in session.window.findChildren(QMessageBox) if box.isVisible()]


async def with_answer(session: Session, simulator: MockServer, text: str) -> TranscriptView:
    simulator.script.answer = text
    await until(lambda: session.parts.models.chosen().model)
    session.chat.send("Links?")
    await answered(session, 2)
    view = session.window.chat.transcript
    assert view is not None
    view.verticalScrollBar().setValue(0)
    view.viewport().repaint()
    return view


@pytest.mark.parametrize("part", range(3))
async def test_B3_what_is_no_web_or_mail_address_does_nothing_by_click_key_menu_or_drag(
    part: int, theme: Theme, home: Path, simulator: MockServer, opened: list[str]
) -> None:
    bad = BAD[part::3]
    forms = [f"[l{n}](<{url}>) <{url}> ![p{n}](<{url}>) {url}" for n, url in enumerate(bad)]
    async with open_session(theme, home) as session:
        view = await with_answer(session, simulator, "\n\n".join(forms))
        activated: list[str] = []
        view.link_activated.connect(activated.append)
        links = [c.argument for p in view.flow.visible for c in p.block.controls if c.action == "link"]
        # Of an address that looks like two, the part that is one may stand alone: nothing else is a link.
        assert {QUrl(link).scheme() for link in links} <= {"http", "https", "mailto"}
        assert not set(links) & set(bad)
        links_at = {id(c) for p in view.flow.visible for c in p.block.controls if c.action == "link"}
        for point in everywhere(view):
            placed = view.placed_at(point)
            control = None
            if placed is not None:
                control = placed.block.control_at(point - QPoint(view.column_left(), placed.top))
            if control is not None and (id(control) in links_at or control.action != "link"):
                continue
            QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, point)
            if placed is not None:
                menu = view.actions_.menu(placed.index, placed.number, control)
                assert not [a.text() for a in menu.actions() if a.text() in ("Open link", "Copy address")]
                menu.deleteLater()
        start, end = everywhere(view)[0], everywhere(view)[-1]
        QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
        for step in range(10):
            QTest.mouseMove(view.viewport(), start + (end - start) * (step / 10))
        QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, end)
        view.setFocus()
        for _ in range(80):
            if not view.keyboard.tab(forward=True):
                break
            control = view.keyboard.control
            if control is not None and control.action == "link":
                assert QUrl(control.argument).scheme() in ("http", "https", "mailto")
        await asyncio.sleep(0.05)
        assert (activated, opened, boxes(session)) == ([], [], [])


async def reach(view: TranscriptView, way: str) -> None:
    """Take the first link of the view."""
    placed, control = next((p, c) for p in view.flow.visible for c in p.block.controls if c.action == "link")
    at = control.rects[0].center() + QPoint(view.column_left(), placed.top)
    if way == "click":
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    elif way == "key":
        view.setFocus()
        while view.keyboard.control is None or view.keyboard.control.action != "link":
            assert view.keyboard.tab(forward=True)
        QTest.keyClick(view, Qt.Key.Key_Return)
    else:
        menu: QMenu = view.actions_.menu(placed.index, placed.number, control)
        next(action for action in menu.actions() if action.text() == "Open link").trigger()
        menu.deleteLater()


@pytest.mark.parametrize(
    ("way", "written", "address"),
    [
        ("click", GOOD, GOOD),
        ("key", GOOD, GOOD),
        ("menu", GOOD, GOOD),
        ("click", "http://раypal.example/x", "http://xn--ypal-43d9g.example/x"),
        ("menu", "https://google.example@evil.example/x", "https://evil.example/x"),
        ("key", "mailto:a@b.example", "mailto:a@b.example"),
    ],
)
async def test_B3_a_link_opens_after_its_whole_address_was_shown_and_somebody_agreed(
    way: str, written: str, address: str, theme: Theme, home: Path, simulator: MockServer, opened: list[str]
) -> None:
    async with open_session(theme, home) as session:
        view = await with_answer(session, simulator, f"[your bank](<{written}>)")
        for choice, expected in (("Cancel", []), ("Open", [address])):
            await reach(view, way)
            await until(lambda: boxes(session), what="the question")
            (box,) = boxes(session)
            assert opened == []
            assert address in box.informativeText()
            assert box.textFormat() == Qt.TextFormat.PlainText
            next(button for button in box.buttons() if button.text() == choice).click()
            await until(lambda: not boxes(session))
            await asyncio.sleep(0)
            assert opened == expected
