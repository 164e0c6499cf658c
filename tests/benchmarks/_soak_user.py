"""A scripted person at a real window: what is done in a day, again and again, in an order that a seed decides."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QMimeData, QModelIndex, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QMessageBox, QWidget

from app.desktop.models.conversation_list_model import Role
from app.desktop.pane_names import TABS
from app.desktop.session import Session
from app.services.mock_server import Fault
from tests.benchmarks._soak_servers import LmStudio

WORDS = (
    *("window", "model", "token", "stream", "bucket", "retry", "refund", "parser"),
    *("cache", "socket", "thread", "queue", "index", "folder", "answer"),
)
CODE = "```python\ndef add(a, b):\n    return a + b\n```"
TABLE = "| name | value |\n|---|---|\n| one | 1 |\n| two | $x^2$ |"
#: After these an answer never ends by itself.
ENDLESS = (Fault.HANG, Fault.STALL, Fault.DRIP)
#: `redirect` would lead the requests to a port that nobody has.
FAULTS = [one for one in Fault if one not in (Fault.NONE, Fault.REDIRECT)]
#: More chats than these are destroyed again, so that what a window shows stays as much.
MOST_CHATS = 24
MOST_MESSAGES = 12
PATIENCE_S = 30.0


class GaveUpError(Exception):
    """What was waited for did not happen."""


async def until(condition: Callable[[], object], what: str, timeout_s: float = PATIENCE_S) -> None:
    """Wait with the Qt loop running.

    Raises:
        GaveUpError: it did not happen in time.
    """
    try:
        async with asyncio.timeout(timeout_s):
            while not condition():
                await asyncio.sleep(0.005)
    except TimeoutError:
        raise GaveUpError(f"within {timeout_s:.0f} s did not happen: {what}") from None


class User:
    """`acts` is what a round has, each once; `folder` is for files to attach."""

    def __init__(self, session: Session, server: LmStudio, folder: Path, seed: int) -> None:
        self.session = session
        self.window = session.window
        self.server = server
        self.folder = folder
        self.random = random.Random(seed)
        self.done: dict[str, int] = {}
        self.doing = ""
        #: Told the name of each act as it begins.
        self.notice: Callable[[str], object] = lambda act: None
        self._faults = list(FAULTS)
        self._restarts = 0

    @property
    def acts(self) -> list[Callable[[], Awaitable[None]]]:
        often = [self.ask, self.ask, self.ask, self.switch, self.switch, self.search, self.change_settings]
        return [
            *often,
            *(self.ask_and_stop, self.ask_and_leave, self.queue_a_prompt, self.ask_with_a_fault),
            *(self.look_into_settings, self.look_into_panes, self.look_into_windows, self.use_the_palette),
            *(self.find_in_chat, self.choose_a_model, self.attach, self.compare, self.write_versions, self.organise),
            *(self.delete_and_restore, self.destroy_old_chats, self.resize, self.copy_and_menus, self.restart_server),
        ]

    async def play_round(self) -> None:
        """Every act once, in an order of its own; then nothing runs and the chat is in front.

        Raises:
            GaveUpError: an act did not come to its end.
        """
        acts = self.acts
        self.random.shuffle(acts)
        for act in acts:
            self.doing = act.__name__  # type: ignore[attr-defined]  # they are methods
            self.notice(self.doing)
            try:
                await act()
            except (GaveUpError, AssertionError) as exc:
                raise GaveUpError(f"{self.doing}: {exc}. {self.situation()}") from exc
            self.done[self.doing] = self.done.get(self.doing, 0) + 1
            await self.go_back_to_chat()
            if reports := sorted((self.session.paths.logs / "reports").glob("*")):
                raise GaveUpError(f"{self.doing}: an unexpected error:\n{reports[0].read_text(encoding='utf-8')}")
        self.doing = "rest"
        await self.idle()

    def situation(self) -> str:
        """What there is to see, for whoever reads that something had no end; a picture where one is asked for."""
        if name := os.environ.get("AICA_BENCHMARK_PICTURE"):
            self.window.grab().save(name)
        row = self.window.chat.composer.attachments
        chips = [chip.accessibleName() for chip in row.chips] if row is not None else []
        shown = [label.text() for label in self.window.chat.notice.findChildren(QLabel) if label.isVisible()]
        over = [type(one).__name__ for one in QApplication.topLevelWidgets() if one.isVisible()]
        chat = self.session.chat
        return (
            f"done: {self.done}; notice: {shown}; files: {chips}; windows: {over}; "
            f"messages: {chat.transcript.count}; model: {chat.state.model}; "
            f"size: {self.window.width()}; sidebar: {self.window.sidebar.isVisible()}, "
            f"trash: {self.window.sidebar.trash_bar.isVisible()}, search: {self.window.sidebar.search.text()!r}; "
            f"writing: {self.window.chat.composer.text()[:80]!r}; queued: {len(chat.state.queue)}"
        )

    # -- hands

    @property
    def parts(self) -> Any:
        return self.session.parts

    def run(self, command: str) -> None:
        """As its keys do."""
        self.parts.shortcuts.run(command)

    def words(self, count: int) -> str:
        return " ".join(self.random.choice(WORDS) for _ in range(count))

    async def write(self, text: str) -> None:
        """Letter by letter: between two the loop comes round, as between two keys of a person."""
        edit = self.window.chat.composer.edit
        for piece in text:
            QTest.keyClicks(edit, piece)
            await asyncio.sleep(0)

    async def send(self, text: str, answer: str | None = None, **script: Any) -> None:
        """Typed and sent; returns once the prompt is in the chat."""
        await self.server.play(answer=answer or self.an_answer(), **script)
        chat = self.session.chat
        before = chat.transcript.count
        await self.write(text)
        QTest.keyClick(self.window.chat.composer.edit, Qt.Key.Key_Return)
        self.answer_doubts()
        await until(lambda: chat.transcript.count > before or not chat.is_busy, "the prompt is in the chat")

    def answer_doubts(self) -> None:
        """Where it may not fit the model's window it is asked about first: sent as it is."""
        buttons = self.window.chat.notice.findChildren(QAbstractButton)
        anyway = next((one for one in buttons if one.isVisible() and one.text() == "Send anyway"), None)
        if anyway is not None and self.window.chat.composer.text():
            anyway.click()

    def an_answer(self) -> str:
        parts = [self.words(40), f"## {self.words(3)}\n\n- {self.words(8)}\n- **{self.words(4)}**", CODE, TABLE]
        return "\n\n".join(self.random.sample(parts, self.random.randint(1, len(parts))))

    async def idle(self) -> None:
        chat = self.session.chat
        await until(lambda: not chat.is_answering and not chat.is_busy and not chat.is_opening, "nothing is running")

    async def go_back_to_chat(self) -> None:
        """Whatever lies over the chat is closed, and answers that run come to their end."""
        await self.close_windows()
        await self.idle()
        self.parts.palette.close()
        self.window.sidebar.leave_trash()
        self.window.sidebar.clear_search()
        self.parts.find.close()
        if self.window.panes.currentWidget() is not self.window.chat:
            self.parts.panes.leave()
        if self.session.composing.editing is not None:
            self.session.composing.cancel_edit()
        await until(lambda: self.window.panes.currentWidget() is self.window.chat, "the chat is in front")

    async def close_windows(self) -> None:
        for widget in QApplication.topLevelWidgets():
            if widget is not self.window and widget.isVisible():
                widget.close()
        await asyncio.sleep(0)

    async def room_in_chat(self) -> None:
        """A chat that is not long yet; a new one where the open one is."""
        if self.session.chat.transcript.count >= MOST_MESSAGES:
            self.run("new_chat")
            await until(lambda: self.session.chat.transcript.count == 0, "an empty chat")

    async def answered_chat(self) -> None:
        """The open chat ends with an answer."""
        await self.room_in_chat()
        if not self.session.chat.transcript.count:
            await self.ask()

    def listed(self) -> list[tuple[int, QModelIndex]]:
        """The chats in the list, in their order: id and row."""
        model = self.window.conversations
        rows = [model.index(row) for row in range(model.rowCount())]
        return [(row.data(Role.CONVERSATION_ID), row) for row in rows if row.data(Role.KIND) == "chat"]

    # -- chats

    async def ask(self) -> None:
        await self.room_in_chat()
        await self.send(self.words(6))
        await self.idle()

    async def ask_and_stop(self) -> None:
        await self.room_in_chat()
        await self.send(self.words(4), self.words(2_000), tokens_per_second=400.0)
        chat = self.session.chat
        await until(lambda: len(chat.transcript.text(chat.transcript.count - 1) or "") > 80, "it is being written")
        self.run("stop")
        await until(lambda: not chat.is_busy, "it has stopped", 10)
        await self.server.play(tokens_per_second=2_000.0)

    async def ask_and_leave(self) -> None:
        """Another chat is looked at while an answer is written."""
        await self.room_in_chat()
        await self.send(self.words(4), self.words(300), tokens_per_second=500.0)
        await self.switch()
        await self.server.play(tokens_per_second=2_000.0)

    async def queue_a_prompt(self) -> None:
        await self.room_in_chat()
        await self.send(self.words(4), self.words(200), tokens_per_second=800.0)
        await self.write(self.words(3))
        QTest.keyClick(self.window.chat.composer.edit, Qt.Key.Key_Return)
        await self.idle()
        await self.server.play(tokens_per_second=2_000.0)

    async def ask_with_a_fault(self) -> None:
        """Each of the faults in turn."""
        if not self._faults:
            self._faults = list(FAULTS)
        fault = self._faults.pop(self.random.randrange(len(self._faults)))
        await self.room_in_chat()
        await self.send(self.words(4), fault=fault, retry_after="0")
        if fault in ENDLESS:
            await asyncio.sleep(0.3)
            self.run("stop")
        await self.idle()
        await self.server.play(fault=Fault.NONE)

    async def switch(self) -> None:
        """Another chat, by a click into the list."""
        view, chats = self.window.sidebar.list, self.listed()
        if not chats:
            return
        _id, index = self.random.choice(chats)
        view.scrollTo(index)
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(index).center())
        await until(lambda: not self.session.chat.is_opening, "the chat is shown")

    async def search(self) -> None:
        found: list[str] = []
        listening = self.session.conversations.shown.connect(found.append)
        try:
            self.run("search")
            QTest.keyClicks(self.window.sidebar.search, self.random.choice(WORDS))
            await until(lambda: found, "something was found")
            if self.random.random() < 0.5:
                QTest.keyClick(self.window.sidebar.search, Qt.Key.Key_Return)
                await until(lambda: not self.session.chat.is_opening, "what was found is shown")
        finally:
            self.session.conversations.shown.disconnect(listening)

    async def find_in_chat(self) -> None:
        await self.answered_chat()
        self.run("find")
        await self.write_into_focus(self.random.choice(WORDS))
        await asyncio.sleep(0.2)
        for _ in range(3):
            self.run("find_next")
            await asyncio.sleep(0.01)

    async def write_into_focus(self, text: str) -> None:
        widget = self.window.focusWidget()
        if widget is not None:
            QTest.keyClicks(widget, text)
        await asyncio.sleep(0)

    async def write_versions(self) -> None:
        """A prompt edited, an answer asked for again, looked at side by side, deleted, brought back, forked."""
        await self.answered_chat()
        chat = self.session.chat
        prompt = chat.transcript.message(0)
        if prompt is None or prompt.role != "user":
            return
        self.session.composing.begin_edit(prompt.message_id, prompt.text)
        await self.write(" again")
        QTest.keyClick(self.window.chat.composer.edit, Qt.Key.Key_Return)
        await asyncio.sleep(0.05)
        await self.idle()
        chat.branch.show_version(prompt.message_id, -1)
        await asyncio.sleep(0.1)
        self.run("regenerate")
        await asyncio.sleep(0.05)
        await self.idle()
        last = chat.transcript.message(chat.transcript.count - 1)
        if last is None:
            return
        view = self.window.chat.transcript
        assert view is not None
        view.delete_requested.emit(last.message_id)
        await asyncio.sleep(0.1)
        self.run("undo")
        await asyncio.sleep(0.1)
        if self.random.random() < 0.5:
            view.fork_requested.emit(last.message_id)
            await asyncio.sleep(0.1)

    async def organise(self) -> None:
        await self.answered_chat()
        for command in ("pin_chat", "archive_chat", "archive_chat", "pin_chat"):
            self.run(command)
            await asyncio.sleep(0.05)
        self.run("tag_chat")
        await until(self.window.sidebar.name_bar.edit.isVisible, "the tags are asked for")
        QTest.keyClicks(self.window.sidebar.name_bar.edit, self.random.choice(WORDS))
        QTest.keyClick(self.window.sidebar.name_bar.edit, Qt.Key.Key_Return)
        await asyncio.sleep(0.05)
        self.run("focus_composer")
        self.run("rename")
        await self.write_into_focus(self.words(2))
        QTest.keyClick(self.window.focusWidget() or self.window, Qt.Key.Key_Return)
        await asyncio.sleep(0.05)

    async def delete_and_restore(self) -> None:
        await self.answered_chat()
        before = self.window.sidebar.undo_bar.newest_at
        self.run("delete_chat")
        await until(lambda: self.session.chat.conversation_id is None, "an empty chat is in its place")
        await until(lambda: self.window.sidebar.undo_bar.newest_at > before, "undo is offered")
        self.run("undo")
        await until(lambda: self.session.chat.conversation_id is not None, "it is back")

    async def destroy_old_chats(self) -> None:
        """What is too much goes into the trash, and the trash is emptied."""
        ids = [chat for chat, _row in self.listed()]
        old = ids[MOST_CHATS // 2 :] if len(ids) > MOST_CHATS else ids[-1:]
        if not old:
            return
        before = self.window.sidebar.undo_bar.newest_at
        self.session.delete_chats(list(old))
        await until(lambda: self.window.sidebar.undo_bar.newest_at > before, "undo is offered")
        self.run("trash")
        await until(lambda: self.button("Empty trash") is not None, "the trash is open")
        await asyncio.sleep(0.1)
        button = self.button("Empty trash")
        assert button is not None
        button.click()
        await until(lambda: self.question() is not None, "it asks")
        box = self.question()
        assert box is not None
        box.buttons()[0].click()
        await until(lambda: self.question() is None, "it was answered")
        await asyncio.sleep(0.2)

    def button(self, name: str) -> QAbstractButton | None:
        """The visible button of this name or text."""
        for one in self.window.findChildren(QAbstractButton):
            if name in (one.accessibleName(), one.text()) and one.isVisible():
                return one
        return None

    def question(self) -> QMessageBox | None:
        return next((one for one in self.window.findChildren(QMessageBox) if one.isVisible()), None)

    # -- models, files, comparisons

    async def choose_a_model(self) -> None:
        await until(lambda: len(self.parts.models.rows()) > 1, "models are listed")
        self.run("choose_model")
        picker = self.parts.picker
        await until(picker.isVisible, "the list of models")
        names = [row.config.display_name for row in self.parts.models.rows() if row.provider == "lm_studio"]
        QTest.keyClicks(picker.filter, self.random.choice(names))
        await asyncio.sleep(0.02)
        QTest.keyClick(picker.filter, Qt.Key.Key_Return)
        await asyncio.sleep(0.02)
        picker.close()

    async def attach(self) -> None:
        """A file and a picture, one of them taken off again; what is left goes with a prompt."""
        await self.room_in_chat()
        text, picture = self.folder / "notes.py", self.folder / "picture.png"
        text.write_text(f"# {self.words(200)}\n", encoding="utf-8")
        image = QImage(320, 200, QImage.Format.Format_RGB32)
        image.fill(self.random.randrange(1 << 24))
        await asyncio.to_thread(image.save, str(picture))
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(text)), QUrl.fromLocalFile(str(picture))])
        buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        enter = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, mime, buttons, keys)
        QApplication.sendEvent(self.window.chat.composer.edit.viewport(), enter)
        drop = QDropEvent(QPointF(100, 100), Qt.DropAction.CopyAction, mime, buttons, keys)
        QApplication.sendEvent(self.window.chat, drop)
        row = self.window.chat.composer.attachments
        assert row is not None
        reading = self.parts.attaching.controller
        await until(lambda: len(row.chips) == 2 and not reading.is_reading, "both files are read")
        before = self.window.chat.undo_bar.newest_at
        QTest.keyClick(row.chips[1], Qt.Key.Key_Delete)
        await until(lambda: len(row.chips) == 1, "one is off")
        await until(lambda: self.window.chat.undo_bar.newest_at > before, "undo is offered")
        if self.random.random() < 0.5:
            self.run("undo")
            await until(lambda: len(row.chips) == 2 and not reading.is_reading, "it is back")
            QTest.keyClick(row.chips[1], Qt.Key.Key_Delete)
            await until(lambda: len(row.chips) == 1, "it is off again")
        await self.send(self.words(3))
        await self.idle()

    async def compare(self) -> None:
        """Two models; every other time they are stopped. The comparison is deleted, brought back, deleted."""
        pane = self.parts.compare.open()
        controller = self.parts.compare.controller
        controller.clear()
        controller.contenders = []
        rows = [row for row in self.parts.models.rows() if row.provider == "lm_studio"]
        for row in self.random.sample(rows, 2):
            controller.add(row.provider, row.model, row.config.display_name)
        stops = self.random.random() < 0.5
        await self.server.play(answer=self.words(120), tokens_per_second=300.0 if stops else 2_000.0)
        pane.setup.prompt.setPlainText(self.words(5))
        pane.setup.blind.setChecked(self.random.random() < 0.5)
        QTest.keyClick(pane.setup.prompt, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        await until(lambda: controller.kept is not None, "the columns are there")
        if stops:
            await asyncio.sleep(0.2)
            controller.stop()
        await until(
            lambda: controller.kept is not None and controller.kept.is_over and not controller.is_busy, "its end"
        )
        if controller.kept.hidden:
            controller.reveal()
        controller.clear()
        controller.look_back()
        await asyncio.sleep(0.1)
        for row in controller.earlier[2:]:
            controller.delete(row.uid)
            await asyncio.sleep(0.05)
        if len(controller.earlier) > 1:
            controller.delete(controller.earlier[-1].uid)
            await asyncio.sleep(0.1)
            self.run("undo")
            await asyncio.sleep(0.1)
        await self.server.play(tokens_per_second=2_000.0)

    # -- looking around

    async def use_the_palette(self) -> None:
        self.run("palette")
        view = self.parts.palette.view
        await until(view.isVisible, "the palette")
        QTest.keyClicks(view.field, self.random.choice([*WORDS, ">theme", ">zoom", "port"]))
        await until(lambda: not self.parts.palette.controller.is_looking, "what it finds")
        for _ in range(3):
            QTest.keyClick(view.field, Qt.Key.Key_Down)
        QTest.keyClick(view.field, Qt.Key.Key_Escape)

    async def look_into_settings(self) -> None:
        self.run("settings")
        pane = self.parts.panes.pane
        await until(lambda: pane.is_loaded, "the page has been read")
        for tab in TABS:
            pane.show_tab(tab)
            await asyncio.sleep(0.02)

    async def look_into_panes(self) -> None:
        self.run("get_models")
        pane = self.window.panes.currentWidget()
        field = pane.search.field  # type: ignore[union-attr]  # it is that pane
        field.clear()
        QTest.keyClicks(field, "tiny")
        QTest.keyClick(field, Qt.Key.Key_Return)
        await asyncio.sleep(0.2)
        self.run("statistics")
        await until(lambda: not self.parts.statistics.is_reading, "the figures")
        self.run("compare")
        await asyncio.sleep(0.02)
        self.run("trash")
        await asyncio.sleep(0.05)
        self.run("shortcuts")
        await asyncio.sleep(0.05)

    async def look_into_windows(self) -> None:
        """Every window of its own, opened and closed."""
        await self.answered_chat()
        await until(lambda: self.parts.chat_settings.controller.settings, "what the chat is asked with")
        for command in ("chat_settings", "presets", "prompts"):
            self.run(command)
            await asyncio.sleep(0.1)
            await self.close_windows()
        last = self.session.chat.transcript.message(self.session.chat.transcript.count - 1)
        if last is not None and last.role == "assistant":
            for command in ("request", "compare"):
                self.parts.ledger.run(last.message_id, command)
                await asyncio.sleep(0.15)
                await self.close_windows()

    async def change_settings(self) -> None:
        """Saved, as the pages save them."""
        self.run("settings")
        await until(lambda: self.parts.panes.pane.is_loaded, "the page has been read")
        theme, zoom = self.random.choice(["light", "dark"]), self.random.choice([90, 100, 110, 130])
        settings = self.parts.panes.settings
        settings.save({("interface", "theme"): theme, ("interface", "zoom_percent"): zoom})
        await settings.until_saved()
        await asyncio.sleep(0.02)

    async def resize(self) -> None:
        before = self.window.size()
        for width in (640, 900, 1_200):
            self.window.resize(width, 700)
            await asyncio.sleep(0.02)
            self.run("sidebar")
            await asyncio.sleep(0.02)
            self.run("sidebar")
        self.window.resize(before)
        await asyncio.sleep(0.02)

    async def copy_and_menus(self) -> None:
        await self.answered_chat()
        for command in ("copy_answer", "copy_code", "copy_link", "zoom_in", "zoom_out", "zoom_reset", "next_pane"):
            self.run(command)
        self.window.chat.header.menu_requested.emit()
        await self.close_popup()
        self.window.sidebar.list.customContextMenuRequested.emit(QPoint(40, 60))
        await self.close_popup()
        view = self.window.chat.transcript
        assert view is not None
        menu = view.actions_.menu(self.session.chat.transcript.count - 1, 0)
        menu.deleteLater()
        self.run("focus_composer")

    async def close_popup(self) -> None:
        await asyncio.sleep(0.02)
        popup: QWidget | None = QApplication.activePopupWidget()
        if popup is not None:
            popup.close()
        await asyncio.sleep(0)

    # -- the server

    async def restart_server(self) -> None:
        """It goes away, a prompt finds nobody, it comes back; once in three rounds, since it takes seconds."""
        self._restarts += 1
        if self._restarts % 3:
            return
        await self.room_in_chat()
        await self.server.play(answer=self.words(2_000), tokens_per_second=300.0)
        await self.write(self.words(3))
        QTest.keyClick(self.window.chat.composer.edit, Qt.Key.Key_Return)
        await asyncio.sleep(0.3)
        await self.server.stop()
        await self.idle()
        await self.write(self.words(3))
        QTest.keyClick(self.window.chat.composer.edit, Qt.Key.Key_Return)
        await self.idle()
        await self.server.start()
        self.parts.models.refresh()
        await until(lambda: self.parts.models.states()["lm_studio"].status == "up", "the server is seen again")
