"""The transcript on the screen: what stays still, what is copied, what opens, what survives hostile text."""

from __future__ import annotations

import gc
import random
import time

import pytest
from PySide6.QtCore import QLocale, QPoint, Qt
from PySide6.QtGui import QAccessible, QDesktopServices, QGuiApplication, QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.desktop.models.transcript_model import Note, NoteAction, packed_size
from app.desktop.theme import Theme
from app.desktop.views.transcript.blocks.base import Control
from app.desktop.views.transcript.blocks.code import CodeBlock
from app.desktop.views.transcript.selection import Copier, Selection, everything
from app.desktop.views.transcript.view import TranscriptView
from tests.benchmarks._data import Conversation, stream_text, tokens
from tests.desktop.views.transcript.conftest import Show, answer, prompt
from tests.slowness import slowness


def tops(view: TranscriptView) -> dict[tuple[int, int], int]:
    return {(p.index, p.number): p.top for p in view.flow.visible}


def control(view: TranscriptView, action: str, argument: str | None = None) -> tuple[int, int, Control, QPoint]:
    """A visible control and the viewport point in its middle."""
    for placed in view.flow.visible:
        for found in placed.block.controls:
            if found.action == action and argument in (None, found.argument):
                centre = found.rects[0].center() + QPoint(view.column_left(), placed.top)
                return placed.index, placed.number, found, centre
    raise AssertionError(f"no visible control {action}")


def click(view: TranscriptView, action: str, argument: str | None = None) -> None:
    QTest.mouseClick(
        view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, control(view, action, argument)[3]
    )


def clipboard() -> str:
    return QGuiApplication.clipboard().text()


# -- what is being read stays where it is


def test_scrolling_up_through_unseen_text_moves_every_block_by_exactly_the_step(show: Show) -> None:
    conversation = Conversation(400)
    view = show([conversation.message(i) for i in range(400)])
    compared = 0
    for _ in range(300):
        before = tops(view)
        view.verticalScrollBar().setValue(view.verticalScrollBar().value() - 60)
        view.viewport().repaint()
        after = tops(view)
        for place in before.keys() & after.keys():
            assert after[place] - before[place] == 60
            compared += 1
    assert compared > 2_000


def test_nothing_moves_while_text_arrives_below(show: Show, qapp: QApplication) -> None:
    conversation = Conversation(60)
    view = show([conversation.message(i) for i in range(60)])
    index = view.model.append(answer(""))
    view.model.begin_stream(index)
    text = stream_text()[:30_000]
    view.model.append_text(index, text[:8_000])
    view.scroll_by(-1_500)
    assert not view.flow.sticking
    before = tops(view)
    for at in range(8_000, len(text), 90):
        view.model.append_text(index, text[at : at + 90])
    view.viewport().repaint()
    after = tops(view)
    same = before.keys() & after.keys()
    assert len(same) >= 2 and all(before[place] == after[place] for place in same)
    view.model.finish(index)
    assert all(before[place] == tops(view)[place] for place in before.keys() & tops(view).keys())


def test_texts_that_arrive_later_do_not_move_what_is_visible(show: Show) -> None:
    conversation = Conversation(80)
    messages = [conversation.message(i) for i in range(80)]
    view = show(messages, missing=set(range(74)))
    wanted: list[tuple[int, int]] = []
    view.model.needed.connect(lambda a, b: wanted.append((a, b)))
    moved = 0
    for _ in range(120):
        view.scroll_by(-60)
        while wanted:
            first, last = wanted.pop(0)
            before = {k: v for k, v in tops(view).items() if view.flow.document(k[0]).flat[k[1]].kind != "placeholder"}
            view.model.put({i: messages[i] for i in range(first, last + 1)})
            after = tops(view)
            for place in before.keys() & after.keys():
                assert before[place] == after[place]
                moved += 1
    assert moved


def test_follows_at_the_end_lets_go_on_any_upward_move_and_comes_back(show: Show, qtbot: QtBot) -> None:
    view = show([answer(stream_text()[:20_000])])
    index = view.model.append(answer(""))
    view.model.begin_stream(index)
    assert view.at_end
    for _ in range(30):
        view.model.append_text(index, "Some more words in this answer.\n\n")
        assert view.at_end
    with qtbot.waitSignal(view.at_end_changed) as signal:
        view.scroll_by(-1)
        view.scroll_by(-40)
    assert signal.args == [False]
    place = view.flow.anchor.below, view.flow.anchor.index
    view.model.append_text(index, "More.\n\n" * 20)
    assert (view.flow.anchor.below, view.flow.anchor.index) == place and not view.at_end
    view.jump_to_latest()
    assert view.at_end and view.flow.sticking


def test_resizing_keeps_the_line_that_is_being_read(show: Show) -> None:
    view = show([answer("\n\n".join(f"Paragraph {n}. " + "words and more words " * 40 for n in range(60)))])
    view.scroll_by(-6_000)
    anchor = view.flow.anchor
    block = view.flow.document(0).flat[view.flow.document(0).position_of(anchor.key)]
    offset = block.offset_at(0, anchor.below)
    view.resize(600, 800)
    assert view.flow.anchor.key == anchor.key
    block = view.flow.document(0).flat[view.flow.document(0).position_of(anchor.key)]
    assert abs(block.offset_at(0, view.flow.anchor.below) - offset) <= 120


def test_streamed_and_reopened_text_give_the_same_blocks(show: Show) -> None:
    text = stream_text()[:12_000]
    view = show([])
    index = view.model.append(answer(""))
    view.model.begin_stream(index)
    for piece in tokens(text):
        view.model.append_text(index, piece)
    view.model.finish(index)
    streamed = [(b.kind, b.accessible_name()) for b in view.flow.document(index).flat]
    again = show([answer(text)])
    assert [(b.kind, b.accessible_name()) for b in again.flow.document(0).flat] == streamed


@pytest.mark.parametrize("start", ["", "# Title\n\n" + "Paragraph.\n\n" * 30])
def test_repainting_only_what_changed_leaves_nothing_stale(start: str, show: Show, qapp: QApplication) -> None:
    view = show([prompt("Q")], size=(700, 500))
    index = view.model.append(answer(start))
    view.model.begin_stream(index)
    text = "First words\nof a paragraph that ends here.\n\n- item `x`\n- next\n\n"
    text += "```py\nx = 1\ny = 2\n```\n\n|a|b|\n|-|-|\n|1|2|\n\nEnd."
    for at in range(0, len(text), 7):
        view.model.append_text(index, text[at : at + 7])
        qapp.processEvents()
        shown = view.screen().grabWindow(view.winId()).toImage()
        view.viewport().update()
        qapp.processEvents()
        assert shown == view.screen().grabWindow(view.winId()).toImage(), text[: at + 7]


def test_the_scroll_handle_does_not_shrink_while_an_answer_streams(show: Show) -> None:
    view = show([answer(stream_text()[:10_000])])
    bar = view.verticalScrollBar()
    index = view.model.append(answer(""))
    view.model.begin_stream(index)
    share = bar.pageStep() / (bar.pageStep() + bar.maximum())
    for _ in range(60):
        view.model.append_text(index, "Line after line.\n\n" * 5)
        assert bar.pageStep() / (bar.pageStep() + bar.maximum()) >= share - 0.01


# -- a stream's course


def test_an_unfinished_line_is_visible_at_once(show: Show) -> None:
    view = show([prompt("Why?")])
    index = view.model.append(answer(""))
    view.model.begin_stream(index)
    for piece, seen in (("Half a ", "Half a "), ("sentence", "Half a sentence"), (" and\n- an ite", "an ite")):
        view.model.append_text(index, piece)
        texts = [p.block.accessible_name() for p in view.flow.visible if p.index == index and p.block.kind == "text"]
        assert texts and seen.strip() in texts[-1]
    view.model.append_text(index, "m\n```py\nx = 1")
    code = next(p.block for p in view.flow.visible if isinstance(p.block, CodeBlock))
    assert code.plain(0, code.end_offset()) == "x = 1"


def test_A3_an_interrupted_answer_keeps_its_text_and_shows_the_note(show: Show, qtbot: QtBot) -> None:
    view = show([prompt("Why?")])
    index = view.model.append(answer("", phase="Queued behind 1 request"))
    view.model.begin_stream(index)
    assert any(p.block.kind == "phase" for p in view.flow.visible)
    view.model.append_reasoning(index, "Let me see. ")
    view.model.append_text(index, "Because of the ")
    assert not any(p.block.kind == "phase" for p in view.flow.visible)
    note = Note("warn", "Interrupted", "The connection closed.", (NoteAction("continue", "Continue"),), "evidence")
    view.model.finish(
        index, answer("Because of the ", message_id=7, status="interrupted", note=note, reasoning="Let me see. ")
    )
    kinds = [p.block.kind for p in view.flow.visible if p.index == index]
    assert kinds == ["header", "thinking", "text", "note", "metrics"]
    with qtbot.waitSignal(view.note_action) as signal:
        click(view, "note", "continue")
    assert signal.args == [7, "continue"]
    click(view, "details")
    click(view, "copy_details")
    assert clipboard() == "evidence"


def test_thinking_opens_and_closes_without_moving_its_line(show: Show) -> None:
    reasoning = "\n\n".join(f"Thought {n} with some words." for n in range(40))
    view = show([prompt("Q"), answer("The answer.", reasoning=reasoning, reasoning_seconds=6.2)])
    index, number, found, _ = control(view, "thinking")
    assert "Thought for 6 s" in found.name
    top = view.flow.top_of(index, number)
    blocks = len(view.flow.document(index).flat)
    click(view, "thinking")
    assert len(view.flow.document(index).flat) == blocks + 40
    assert view.flow.top_of(index, number) == top
    click(view, "thinking")
    assert len(view.flow.document(index).flat) == blocks


def test_thinking_that_was_cut_does_not_read_as_if_it_went_on(show: Show) -> None:
    cut = answer("", status="interrupted", reasoning="Let me see. ")
    view = show([prompt("Q"), cut])
    _index, _number, found, _ = control(view, "thinking")
    assert found.name == "Thought", "after a crash nobody knows how long"
    view.model.replace_from(1, [packed_size("assistant", 1)], {1: answer("", status="streaming")})
    view.model.begin_stream(1)
    view.model.append_reasoning(1, "Let me see. ")
    view.model.finish(1, answer("", status="interrupted", reasoning="Let me see. "))
    _index, _number, found, _ = control(view, "thinking")
    assert found.name == "Thought for less than 1 s"


def test_branch_switch_shows_the_other_messages(show: Show) -> None:
    view = show([prompt("one"), answer("first"), prompt("two"), answer("second")])
    view.model.replace_from(1, [packed_size("assistant", 1)], {1: answer("other branch", version=(2, 2))})
    assert view.model.count == 2
    assert "other branch" in [p.block.accessible_name() for p in view.flow.visible]
    view.model.remove_from(0)
    assert view.model.count == 0 and view.flow.visible == []
    view.viewport().repaint()


def test_versions_regenerate_and_edit_are_announced_with_the_message(show: Show, qtbot: QtBot) -> None:
    view = show([prompt("Q", message_id=11), answer("A", message_id=12, version=(2, 3))])
    for action, signal, arguments in (
        ("previous", view.version_requested, [12, -1]),
        ("next", view.version_requested, [12, 1]),
        ("regenerate", view.regenerate_requested, [12]),
        ("fork", view.fork_requested, [12]),
        ("edit", view.edit_requested, [11]),
    ):
        with qtbot.waitSignal(signal) as blocker:
            click(view, action)
        assert blocker.args == arguments
    menu = view.actions_.menu(1, 0)
    assert [a.text() for a in menu.actions() if a.text()] == [
        "Copy",
        "Copy as Markdown",
        "Regenerate",
        "Regenerate with another model…",
        "Continue",
        "Show the request…",
        "Compare versions…",
        "Compare with other models…",
        "Fork",
        "Copy link to this message",
        "Delete",
    ]
    for text, name in (("Continue", "continue"), ("Compare versions…", "compare")):
        with qtbot.waitSignal(view.answer_command) as blocker:
            next(action for action in menu.actions() if action.text() == text).trigger()
        assert blocker.args == [12, name]
    with qtbot.waitSignal(view.delete_requested) as blocker:
        menu.actions()[-1].trigger()
    assert blocker.args == [12]
    menu.deleteLater()


@pytest.mark.parametrize(("whole", "may_go_on"), [(True, False), (False, True)])
def test_what_the_model_ended_itself_is_not_offered_to_be_continued(
    show: Show, *, whole: bool, may_go_on: bool
) -> None:
    view = show([prompt("why?"), answer("because", is_whole=whole)])
    menu = view.actions_.menu(1, 0)
    assert next(action for action in menu.actions() if action.text() == "Continue").isEnabled() is may_go_on
    menu.deleteLater()


# -- copying

AWKWARD = "def f():\r\n\treturn '\x00 \u202e 😀'   \r\n\r\n  # trailing spaces   \r\n\tx = 1"


def test_B6_copied_code_is_exactly_what_was_written(show: Show) -> None:
    view = show([answer(f"Text\n\n```python\n{AWKWARD}\n```\nafter")])
    got: list[str] = []
    view.actions_._to_clipboard = lambda text, what: got.append(text)  # type: ignore[method-assign]  # a clipboard may alter line ends
    block = next(b for b in view.flow.document(0).flat if isinstance(b, CodeBlock))
    view.actions_.copy_code(0, block)
    assert got == [AWKWARD]


def test_B6_the_whole_chat_as_markdown_is_the_source(show: Show) -> None:
    texts = [f"# A\r\n\r\n{AWKWARD}\n\n- x\n- y  ", "**b** `c`\n\n| a |\n|---|\n| 1 |\n", "plain"]
    view = show([prompt(texts[0]), answer(texts[1]), prompt(texts[2])])
    selection = everything(3)
    assert selection is not None
    assert Copier(view.flow).markdown(selection) == "\n\n".join(texts)


def test_copy_gives_rendered_text_with_list_marks_and_without_padding(show: Show) -> None:
    view = show([answer("Use **bold** and `code`.\n\n1. one\n2. two\n   - sub\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")])
    view.set_selection(everything(1))
    QTest.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert clipboard() == "Use bold and code.\n\n1. one\n2. two\n    • sub\n\na\tb\n1\t2"


def test_a_drag_over_messages_selects_and_copies_what_lies_between(show: Show) -> None:
    view = show([prompt("first prompt"), answer("the answer"), prompt("second prompt")])
    texts = [p for p in view.flow.visible if p.block.kind == "text"]
    left = view.column_left() + 17
    start = QPoint(left, texts[0].top + texts[0].block.gap + 12)
    end = QPoint(left + 60, texts[2].top + texts[2].block.gap + 12)
    viewport = view.viewport()
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
    QTest.mouseMove(viewport, end)
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, end)
    assert isinstance(view.selection, Selection)
    view.actions_.copy_selection()
    got = clipboard()
    assert got.startswith("first prompt\n\nthe answer\n\nsecond")
    assert len(got) < len("first prompt\n\nthe answer\n\nsecond prompt")


def test_copying_messages_that_were_never_loaded_asks_for_their_texts(show: Show, qtbot: QtBot) -> None:
    messages = [prompt(f"text {i}") for i in range(300)]
    view = show(messages, missing=set(range(250)))
    view.set_selection(everything(300))
    with qtbot.waitSignal(view.model.texts_needed) as signal:
        view.actions_.copy_selection()
    first, last = signal.args
    view.model.put_texts(first, [messages[i].text for i in range(first, last + 1)])
    assert clipboard() == "\n\n".join(m.text for m in messages)


def test_copy_of_ten_thousand_messages_is_quick(show: Show) -> None:
    conversation = Conversation(10_000)
    view = show([])
    view.model.reset(conversation.sizes, conversation.messages(9_960, 9_999))
    texts = {i: conversation.text(i) for i in range(10_000)}
    selection = everything(10_000)
    assert selection is not None
    start = time.thread_time()
    text = Copier(view.flow, texts).rendered(selection)
    assert len(text) > 5_000_000 and time.thread_time() - start < 1.5 * slowness()


# -- links


def test_B3_links_are_announced_and_never_opened_by_the_view(
    show: Show, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[object] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url))
    view = show(
        [
            answer(
                "[good](https://example.org/a) [bad](javascript:alert(1)) [file](file:///etc/passwd) [m](mailto:a@b.c)"
            )
        ]
    )
    targets = [c.argument for p in view.flow.visible for c in p.block.controls if c.action == "link"]
    assert targets == ["https://example.org/a", "mailto:a@b.c"]
    with qtbot.waitSignal(view.link_hovered) as hovered:
        QTest.mouseMove(view.viewport(), control(view, "link")[3])
    assert hovered.args == ["https://example.org/a"]
    with qtbot.waitSignal(view.link_activated) as activated:
        click(view, "link")
    assert activated.args == ["https://example.org/a"]
    assert opened == []


def test_B3_links_work_from_the_keyboard_too(show: Show, qtbot: QtBot) -> None:
    view = show([answer("[one](https://one.example) and [two](https://two.example)")])
    view.setFocus()
    reached: list[str] = []
    for _ in range(4):
        if not view.keyboard.tab(forward=True):
            break
        assert view.keyboard.control is not None
        reached.append(view.keyboard.control.action)
    assert reached[:2] == ["link", "link"]
    view.keyboard.forget()
    view.keyboard.tab(forward=True)
    with qtbot.waitSignal(view.link_activated) as signal:
        QTest.keyClick(view, Qt.Key.Key_Return)
    assert signal.args == ["https://one.example"]


def test_B1_showing_text_asks_for_no_resource(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(QTextDocument, "loadResource", lambda self, kind, name: asked.append(name))
    opened: list[str] = []
    import builtins

    real_open = builtins.open

    def watch(file: object, *args: object, **kwargs: object) -> object:
        opened.append(str(file))
        return real_open(file, *args, **kwargs)  # type: ignore[call-overload]  # passed through

    view = show([prompt("warm")])
    monkeypatch.setattr(builtins, "open", watch)
    view.model.append(answer("![a](file:///etc/hostname) ![b](http://127.0.0.1:9/x.png) <img src='/etc/passwd'>"))
    view.viewport().repaint()
    assert asked == [] and opened == []


def test_B2_a_message_cannot_change_how_its_neighbours_look(show: Show) -> None:
    harmless, hostile = "x", "<style>*{color:red}</style>\u202e<div style='background:red'>\n```\n**"

    def neighbour(text: str) -> bytes:
        view = show([prompt(text), answer("neighbour **bold** text")])
        placed = next(p for p in view.flow.visible if p.index == 1 and p.block.kind == "text")
        image = view.viewport().grab().toImage()
        part = image.copy(0, placed.top, image.width(), placed.block.height)
        return bytes(part.constBits())

    assert neighbour(harmless) == neighbour(hostile)


# -- hostile text

HOSTILE = {
    "one line of 5 MB": "x" * 5_000_000,
    "one code line of 5 MB": "```\n" + "x" * 5_000_000 + "\n```",
    "5 MB of words": "word " * 1_000_000,
    "100,000 combining marks": "a" + "\u0301" * 100_000,
    "nested quotes": ">" * 20_000 + " deep",
    "nested lists": "\n".join("  " * n + "- x" for n in range(400)),
    "table of 1,000 × 50": "|a" * 50 + "|\n" + "|---" * 50 + "|\n" + ("|cell" * 50 + "|\n") * 1_000,
    "table of 2,000 columns": "|a" * 2_000 + "|\n" + "|---" * 2_000 + "|\n" + "|b" * 2_000 + "|\n",
    "one cell of 1 MB": "|a|b|\n|---|---|\n|" + "y" * 1_000_000 + "|z|\n",
    "brackets": "[" * 100_000,
    "stars": "*a_ " * 50_000,
    "backticks": "`" * 99_999,
    "100,000 headings": "# h\n" * 100_000,
    "100,000 code lines": "```python\n" + "x = '" + "\n" * 100_000 + "```",
    "bidi and zero width": "\u202e\u2066\u200b" * 30_000,
    "tag characters in code": "```\n" + "\U000e0041" * 50_000 + "\n```",
    "emoji": "👩\u200d💻" * 30_000,
    "arabic": "العربية " * 20_000,
    "spaces": (" " * 1_900 + "x\n") * 200,
    "heading of spaces": ("# " + " " * 1_900 + "#x\n") * 200,
    "dashes and spaces": ("a | b\n" + " " * 900 + "-" * 900 + " x\n") * 200,
    "escaped quotes in code": "```js\n" + "'\\" * 990 + "\n" + ("'\\" * 990 + "\n") * 200 + "```\n",
    "attributes": "```html\n" + ("a" * 1_900 + "\n") * 200 + "```\n",
    "one long word in a list": "- " + "w" * 500_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_B4_hostile_text_is_shown_in_bounded_time(name: str, show: Show) -> None:
    worst = 0.0
    gc.collect()
    gc.disable()  # as the window does: a full collection of this test process is not a step of ours
    try:
        for _ in range(3):  # one step may be slow for a reason of the machine's; ours is slow every time
            worst = _worst_step(HOSTILE[name], show)
            if worst < 0.25 * slowness():
                return
    finally:
        gc.enable()
    raise AssertionError(f"{worst * 1000:.0f} ms")


def _worst_step(text: str, show: Show) -> float:
    """CPU seconds of the longest step on the UI thread while a text arrives and is scrolled."""
    view = show([answer("warm **up** `x`\n\n```python\nx=1\n```\n\n|a|\n|---|\n|b|\n")])
    index = view.model.append(answer(""))
    view.model.begin_stream(index)
    worst = 0.0
    step = max(64, len(text) // 60)
    for at in range(0, len(text), step):  # the live form, in big flushes
        start = time.thread_time()
        view.model.append_text(index, text[at : at + step])
        view.viewport().repaint()
        worst = max(worst, time.thread_time() - start)
    start = time.thread_time()
    view.model.finish(index)
    view.viewport().repaint()
    worst = max(worst, time.thread_time() - start)
    for move in (-3_000, -60, -60, 200):
        start = time.thread_time()
        view.scroll_by(move)
        view.viewport().repaint()
        worst = max(worst, time.thread_time() - start)
    assert view.model.text(index) == text  # the full text stays for copy and save
    return worst


@pytest.mark.parametrize(
    "name", ["one line of 5 MB", "table of 1,000 × 50", "100,000 headings", "100,000 combining marks"]
)
def test_B4_hostile_history_opens_within_a_second(name: str, show: Show) -> None:
    view = show([prompt("warm **up**")])
    from app.desktop.models.transcript_model import estimate_lines, packed_size

    start = time.thread_time()
    view.model.reset([packed_size("assistant", estimate_lines(HOSTILE[name]))], {0: answer(HOSTILE[name])})
    view.viewport().repaint()
    assert time.thread_time() - start < 1.0 * slowness()


def test_B4_a_message_of_endless_blocks_is_cut_with_a_note_and_copied_whole(show: Show) -> None:
    text = HOSTILE["100,000 headings"]
    view = show([answer(text)])
    cut = next(b for b in view.flow.document(0).flat if b.kind == "cut")
    assert "more characters are not shown" in cut.accessible_name()
    view.actions_.copy_message(0)
    assert clipboard() == text


def test_B4_a_cut_line_says_so_and_is_copied_whole(show: Show) -> None:
    line = "y" * 30_000
    view = show([answer(f"```\n{line}\n```")])
    view.scroll_by(-100)
    block = next(b for b in view.flow.document(0).flat if isinstance(b, CodeBlock))
    assert f"{QLocale().toString(28_000)} more characters" in block._line(view.look, 0)[0].text()
    view.actions_.copy_code(0, block)
    assert clipboard() == line


def test_B9_names_from_servers_are_plain_short_text(show: Show) -> None:
    message = answer("x")
    message.name = "<b>" + "n" * 20_000 + "\x1b[31m\u202e"
    view = show([message])
    header = view.flow.document(0).flat[0]
    assert len(header.accessible_name()) < 700 and "\u202e" not in header.accessible_name()
    view.viewport().repaint()


# -- code


def test_long_code_folds_to_24_lines_when_opened_and_not_while_it_streams(show: Show) -> None:
    text = "```python\n" + "x = 1\n" * 132 + "```\n"
    view = show([answer(text)])
    block = next(b for b in view.flow.document(0).flat if isinstance(b, CodeBlock))
    assert block.folded and block.shown_lines() == 24
    assert control(view, "unfold")[2].name == "Show all 132 lines"
    click(view, "unfold")
    assert block.shown_lines() == 132
    view.jump_to_latest()
    index = view.model.append(answer(""))
    view.model.begin_stream(index)
    view.model.append_text(index, text)
    view.model.finish(index)
    streamed = next(b for b in view.flow.document(index).flat if isinstance(b, CodeBlock))
    assert streamed.shown_lines() == 132


def test_wrapping_shows_long_lines_whole_and_back(show: Show) -> None:
    view = show([answer("```sh\n" + "word " * 80 + "\n```")])
    block = next(b for b in view.flow.document(0).flat if isinstance(b, CodeBlock))
    height = block.height
    assert block.widest_scroll > 0
    click(view, "wrap")
    assert block.widest_scroll == 0 and block.height > height
    click(view, "wrap")
    assert block.height == height


def test_a_closed_fence_gets_the_colours_of_its_whole_text(show: Show, qtbot: QtBot) -> None:
    view = show([answer('```python\nx = """first\nstill a string\n"""\n```')])
    block = next(b for b in view.flow.document(0).flat if isinstance(b, CodeBlock))
    view.viewport().grab()  # what is seen is asked for
    assert block.wants_deep_highlight
    view.highlighter.take([[(0, 1, "fn")], [(0, len("still a string"), "str")], [(0, 3, "str")]])
    assert not block.wants_deep_highlight
    layout, _ = block._line(view.look, 1)
    assert layout.formats()[0].format == view.look.syntax("str") and layout.formats()[0].length == 14


def test_blocks_are_asked_for_one_at_a_time_and_only_once(show: Show, qtbot: QtBot) -> None:
    view = show([answer("text")])
    asked: list[tuple[str, list[str]]] = []
    view.highlighter.wanted.connect(lambda language, lines: asked.append((language, lines)))
    view.model.append(answer("```python\none\n```\n\n```sh\ntwo\n```\n\n```python\nthree"))
    view.jump_to_latest()
    view.viewport().grab()
    assert len(asked) == 1
    for _ in range(3):
        view.highlighter.take(None)
    view.viewport().grab()
    # What was answered with nothing is not asked for again.
    assert sorted(asked) == [("python", ["one"]), ("python", ["three"]), ("sh", ["two"])]


def test_an_answer_for_a_chat_that_is_closed_colours_nothing(show: Show) -> None:
    view = show([answer("```python\none\n```")])
    old = next(b for b in view.flow.document(0).flat if isinstance(b, CodeBlock))
    view.viewport().grab()
    view.model.reset([], {})
    view.highlighter.take([[(0, 3, "key")]])
    assert old.wants_deep_highlight


def test_copy_code_shows_that_it_was_copied(show: Show, qtbot: QtBot) -> None:
    view = show([answer("```sh\nls\n```")])
    with qtbot.waitSignal(view.copied):
        click(view, "copy_code")
    assert clipboard() == "ls"
    assert control(view, "copy_code")[2].name == "Copied"


# -- keyboard, look, accessibility


def test_keys_move_by_block_by_message_and_by_page(show: Show) -> None:
    view = show(
        [prompt("one"), answer("a\n\nb\n\nc"), prompt("two"), answer("\n\n".join("text " * 60 for _ in range(20)))]
    )
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Home)
    QTest.keyClick(view, Qt.Key.Key_Down)
    first = view.keyboard.current
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert first is not None and view.keyboard.current is not None and view.keyboard.current > first
    QTest.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.ControlModifier)
    assert view.keyboard.current == (first[0] + 1, 0)
    QTest.keyClick(view, Qt.Key.Key_End)
    assert view.at_end
    QTest.keyClick(view, Qt.Key.Key_PageUp)
    assert not view.at_end
    QTest.keyClick(view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert view.selection == everything(4)
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert view.selection is None


def test_zoom_scales_text_and_column_within_bounds(show: Show) -> None:
    view = show([answer("text")], size=(1_800, 800))
    view.set_zoom(2.0)
    assert view.flow.width == 1_440 and view.look.font("reading").pixelSize() == 30
    view.set_zoom(9)
    assert view.zoom == 2.0
    view.set_zoom(0.1)
    assert view.zoom == 0.8
    view.viewport().repaint()


@pytest.mark.parametrize("width", [320, 560, 900])
def test_narrow_panes_keep_the_column_inside(width: int, show: Show) -> None:
    view = show([prompt("p"), answer("text " * 100, metrics="a · b · c · d · e", version=(1, 2))], size=(width, 500))
    assert view.flow.width <= width
    view.viewport().repaint()


def test_theme_change_repaints_in_the_other_colours(show: Show, theme: Theme, qapp: QApplication) -> None:
    view = show([prompt("p"), answer("text")])
    light = view.viewport().grab().toImage().pixelColor(2, 2)
    theme.apply(qapp, "dark")
    dark = view.viewport().grab().toImage().pixelColor(2, 2)
    assert light != dark and dark == theme.color("base")


def test_the_transcript_is_a_list_with_one_item_a_message(show: Show) -> None:
    view = show(
        [prompt("Hello there"), answer("Answer\n\n```python\nx\n```\n\n|a|b|\n|---|---|\n|1|2|", simulated=True)]
    )
    view.scroll_by(-500)
    listed = QAccessible.queryAccessibleInterface(view)
    assert listed.role() == QAccessible.Role.List and listed.text(QAccessible.Text.Name) == "Transcript"
    assert listed.childCount() == 2
    first, second = listed.child(0), listed.child(1)
    assert first.text(QAccessible.Text.Name) == "You, 14:31. Hello there"
    assert second.text(QAccessible.Text.Name) == (
        "Qwen3 Coder 30B, 14:32, Simulated. Answer Code, Python, 1 line Table, 2 columns, 1 row"
    )
    assert first.role() == QAccessible.Role.ListItem and listed.indexOfChild(second) == 1
    assert listed.child(2) is None and first.rect().height() > 0


def test_random_use_never_fails(show: Show, qapp: QApplication) -> None:
    chance = random.Random(7)
    conversation = Conversation(200)
    view = show([conversation.message(i) for i in range(200)])
    bar = view.verticalScrollBar()
    index = -1
    for _ in range(250):
        roll = chance.random()
        if roll < 0.3:
            view.scroll_by(chance.randint(-900, 900))
        elif roll < 0.45:
            bar.setValue(chance.randint(0, bar.maximum()))
        elif roll < 0.55:
            view.resize(chance.randint(300, 1200), chance.randint(200, 900))
        elif roll < 0.6:
            view.set_zoom(chance.choice([0.8, 1.0, 1.5]))
        elif roll < 0.75:
            key = chance.choice([Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_Home, Qt.Key.Key_End])
            QTest.keyClick(view, key)
        elif roll < 0.8 and index < 0:
            index = view.model.append(answer(""))
            view.model.begin_stream(index)
        elif index >= 0:
            start = chance.randrange(100_000)
            view.model.append_text(index, stream_text()[start : start + 300])
        view.viewport().repaint()
        covered = [p for p in view.flow.visible if p.top <= 0 < p.top + p.block.height]
        assert covered or view.flow.visible[0].top == 0
        for above, below in zip(view.flow.visible, view.flow.visible[1:], strict=False):
            assert above.top + above.block.height == below.top


def test_a_column_that_belongs_to_something_above_stands_at_the_leading_edge(show: Show) -> None:
    view = show([answer("text")])
    view.resize(1_400, 400)
    middle = view.column_left()
    view.leads = True
    assert middle > 100 and view.column_left() == 0
    view.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    assert view.column_left() + view.flow.width == view.viewport().width()
