"""Search hits of the sidebar: plain words on one line, the found ones marked and in view."""

from __future__ import annotations

import time
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QFontMetrics

from app.desktop.models.conversation_list_model import ConversationListModel, Role
from app.desktop.theme import Theme
from app.desktop.views.conversations.conversation_delegate import fitting
from app.desktop.views.conversations.sidebar import Sidebar
from app.services.conversations.records import MessageRole, SearchHit
from tests.slowness import slowness

LONG = "a long beginning of a sentence that goes on and on before the **\x02bucket\x03** is named, and then goes on"


def sidebar(qtbot: Any, theme: Theme, snippet: str, role: MessageRole = "assistant") -> Sidebar:
    model = ConversationListModel()
    made = Sidebar(theme, model)
    model.setParent(made)
    qtbot.addWidget(made)
    made.resize(264, 600)
    model.show_hits([], [SearchHit(1, 2, "A chat", role, 0.0, snippet)])
    made.show()
    return made


def test_a_hit_is_spoken_and_shown_in_plain_words(qtbot: Any, theme: Theme) -> None:
    made = sidebar(qtbot, theme, "## Use\n\nthe `\x02bucket\x03`")
    index = made.list.model().index(1, 0)
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "A chat, Use the bucket"
    assert "Use the bucket" in index.data(Qt.ItemDataRole.ToolTipRole)


def test_what_the_person_wrote_is_told_apart(qtbot: Any, theme: Theme) -> None:
    made = sidebar(qtbot, theme, "## Use\n\nthe `\x02bucket\x03`", role="user")
    index = made.list.model().index(1, 0)
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "A chat, You: Use the bucket"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_found_word_is_marked_however_late_it_comes(qtbot: Any, theme: Theme, qapp: Any, scheme: Any) -> None:
    theme.apply(qapp, scheme)
    made = sidebar(qtbot, theme, LONG)
    row = made.list.visualRect(made.list.model().index(1, 0))
    picture = made.list.viewport().grab(row).toImage()
    mark = theme.color("find").rgb()
    columns = [x for x in range(picture.width()) for y in (34, 36) if picture.pixel(QPoint(x, y)) == mark]
    assert columns, "the found word is not marked"
    font = theme.font("caption")
    assert max(columns) - min(columns) + 1 >= QFontMetrics(font).horizontalAdvance("bucket") - 2, "all of it"
    assert QRect(0, 0, picture.width() - 20, 1).contains(max(columns), 0)


def test_a_line_is_elided_around_the_found_word(qtbot: Any, theme: Theme) -> None:
    metrics = QFontMetrics(theme.font("caption"))
    room = 200
    shown = fitting([("before " * 20, False), ("bucket", True), (" after" * 20, False)], room, metrics)
    assert [found for _text, found in shown] == [False, True, False]
    assert shown[0][0].startswith("…") and shown[1][0] == "bucket" and shown[2][0].endswith("…")
    assert sum(metrics.horizontalAdvance(text) for text, _found in shown) <= room
    short = [("the ", False), ("bucket", True)]
    assert fitting(short, room, metrics) == short
    (alone,) = fitting([("bucket" * 40, True)], room, metrics)
    assert alone[1] and alone[0].endswith("…")
    at_the_end = fitting([("before " * 20, False), ("bucket", True)], room, metrics)
    assert metrics.horizontalAdvance("".join(text for text, _found in at_the_end)) > room * 0.8, "no room is wasted"


@pytest.mark.parametrize(
    "snippet",
    ["\x02bucket\x03" + "\n" * 10_000 + "end", "- [ ] **a** | `\x02bucket\x03` | [b](c) > d\n" * 20],
    ids=["blank lines", "Markdown"],
)
def test_a_search_costs_the_window_little_whatever_was_found(qtbot: Any, theme: Theme, snippet: str) -> None:
    made = sidebar(qtbot, theme, "\x02other\x03")
    model = made.list.model()
    assert isinstance(model, ConversationListModel)
    costs = []
    for turn in range(3):
        hits = [SearchHit(turn, i, "A chat", "assistant", 0.0, f"{snippet} {turn} {i}") for i in range(100)]
        begin = time.thread_time()
        model.show_hits([], hits)
        costs.append(time.thread_time() - begin)
    assert min(costs) < 0.005 * slowness(), "of one frame there is more left than is taken"
    begin = time.thread_time()
    made.list.viewport().grab()
    assert time.thread_time() - begin < 0.25 * slowness(), "only what is in view is made plain"
    assert "bucket" in model.index(100, 0).data(Role.SNIPPET)


def test_a_space_at_the_end_says_that_the_last_word_is_finished(qtbot: Any, theme: Theme) -> None:
    made = sidebar(qtbot, theme, "x")
    for typed, asked in (("retry ", "retry "), ("  ", ""), (" re", "re")):
        made.search.clear()
        with qtbot.waitSignal(made.search_changed) as signal:
            qtbot.keyClicks(made.search, typed)
        assert signal.args == [asked]
