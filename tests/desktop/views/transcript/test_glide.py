"""Jump to latest: a short way is shown, a long one is a jump, and whatever else moves the view ends it."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from app.desktop.views.transcript.view import TranscriptView
from tests.desktop.views.transcript.conftest import Show, answer


def up(show: Show, by: int) -> TranscriptView:
    view = show([answer("\n\n".join(f"Paragraph {n}." for n in range(200)))], size=(900, 400))
    view.scroll_by(-by)
    return view


def test_within_a_screen_the_way_to_the_end_is_shown(show: Show, qtbot: QtBot) -> None:
    view = up(show, 300)
    seen: list[int] = []
    view.verticalScrollBar().valueChanged.connect(seen.append)
    view.glide.start()
    assert view.glide.is_running and not view.at_end
    qtbot.waitUntil(lambda: not view.glide.is_running, timeout=2_000)
    assert view.at_end and view.flow.sticking
    assert seen == sorted(seen) and len(seen) > 2


@pytest.mark.parametrize("reduced", [False, True])
def test_a_longer_way_or_reduced_motion_is_a_jump(show: Show, reduced: bool) -> None:
    view = up(show, 300 if reduced else 900)
    view.theme.motion.choose("reduced" if reduced else "full")
    view.glide.start()
    assert view.at_end and view.flow.sticking and not view.glide.is_running


def test_scrolling_meanwhile_ends_it_where_the_reader_went(show: Show, qtbot: QtBot) -> None:
    view = up(show, 380)
    view.glide.start()
    view.scroll_by(-500)
    place = view.flow.position()
    qtbot.waitUntil(lambda: not view.glide.is_running, timeout=2_000)
    assert view.flow.position() == place and not view.at_end


def test_text_that_arrives_meanwhile_is_followed(show: Show, qtbot: QtBot) -> None:
    view = up(show, 300)
    index = view.model.append(answer(""))
    view.model.begin_stream(index)
    view.scroll_by(-100)
    view.glide.start()
    view.model.append_text(index, "More.\n\n" * 30)
    qtbot.waitUntil(lambda: not view.glide.is_running, timeout=2_000)
    assert view.at_end and view.flow.sticking
