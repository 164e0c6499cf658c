"""The transcript's model: sizes, texts on demand, and the answer that arrives."""

from __future__ import annotations

import time

from pytestqt.qtbot import QtBot

from app.desktop.models.transcript_model import (
    MAX_LOADED,
    TranscriptMessage,
    TranscriptModel,
    estimate_lines,
    packed_size,
)


def message(text: str, role: str = "assistant", **values: object) -> TranscriptMessage:
    return TranscriptMessage(1, role, "Name", "Runtime", "14:31", text, **values)  # type: ignore[arg-type]  # fields


def test_a_packed_size_holds_role_and_lines() -> None:
    model = TranscriptModel()
    model.reset([packed_size("user", 3), packed_size("assistant", 40)])
    assert (model.count, model.is_user(0), model.is_user(1)) == (2, True, False)
    assert (model.estimated_lines(0), model.estimated_lines(1)) == (3, 40)
    assert estimate_lines("") == 1 and estimate_lines("a\n" * 100) > 80


def test_missing_texts_are_asked_for_once_and_arrive(qtbot: QtBot) -> None:
    model = TranscriptModel()
    model.reset([packed_size("user", 1)] * 50)
    with qtbot.waitSignal(model.needed) as needed:
        model.want(-5, 9)
    assert needed.args == [0, 9]
    with qtbot.assertNotEmitted(model.needed):
        model.want(3, 7)
    with qtbot.waitSignal(model.loaded) as loaded:
        model.put({i: message(f"text {i}") for i in range(10)})
    assert loaded.args == [0, 9]
    assert model.text(4) == "text 4" and model.message(10) is None
    model.want(20, 21)
    model.forget_request(20, 21)
    with qtbot.waitSignal(model.needed):
        model.want(20, 21)


def test_streamed_text_is_kept_whole_and_the_phase_goes_with_the_first_of_it() -> None:
    model = TranscriptModel()
    index = model.append(message("", phase="Loading"))
    model.begin_stream(index)
    model.append_reasoning(index, "hm ")
    model.append_reasoning(index, "well")
    for piece in ("Be", "cau", "se"):
        model.append_text(index, piece)
    assert model.text(index) == "Because"
    shown = model.message(index)
    assert shown is not None and shown.phase == "" and shown.reasoning == "hm well"
    assert shown.reasoning_seconds is not None and shown.reasoning_seconds >= 0
    model.finish(index)
    assert shown.status == "complete" and not model.is_streaming(index)
    model.append_text(index, "too late")
    assert model.text(index) == "Because"


def test_A3_the_stored_form_of_a_finished_answer_replaces_the_streamed_one(qtbot: QtBot) -> None:
    model = TranscriptModel()
    index = model.append(message(""))
    model.begin_stream(index)
    model.append_text(index, "Half an ans")
    with qtbot.waitSignal(model.finished):
        model.finish(index, message("Half an ans", status="interrupted", metrics="≈ 3 tokens"))
    shown = model.message(index)
    assert shown is not None and (shown.status, shown.text) == ("interrupted", "Half an ans")


def test_late_texts_do_not_overwrite_a_running_answer() -> None:
    model = TranscriptModel()
    index = model.append(message(""))
    model.begin_stream(index)
    model.append_text(index, "new")
    model.put({index: message("stale"), 99: message("gone")})
    assert model.text(index) == "new" and model.count == 1


def test_memory_is_bounded_and_a_running_answer_stays() -> None:
    model = TranscriptModel()
    model.reset([packed_size("user", 1)] * 3_000)
    index = model.append(message("running"))
    model.begin_stream(index)
    for first in range(0, 3_000, 100):
        model.put({i: message(f"t{i}") for i in range(first, first + 100)})
    held = sum(model.message(i) is not None for i in range(3_000))
    assert held <= MAX_LOADED and model.text(index) == "running"


def test_switching_the_branch_drops_what_followed(qtbot: QtBot) -> None:
    model = TranscriptModel()
    model.reset([packed_size("user", 1)] * 6, {i: message(f"old {i}") for i in range(6)})
    with qtbot.waitSignal(model.truncated) as signal:
        model.replace_from(2, [packed_size("assistant", 1)], {2: message("new 2")})
    assert signal.args == [2] and model.count == 3
    assert [model.text(i) for i in range(3)] == ["old 0", "old 1", "new 2"]
    model.remove_from(1)
    assert model.count == 1 and model.message(2) is None


def test_A11_ten_thousand_small_pieces_cost_linear_time() -> None:
    def cost(pieces: int) -> float:
        model = TranscriptModel()
        index = model.append(message(""))
        model.begin_stream(index)
        start = time.thread_time()
        for _ in range(pieces):
            model.append_text(index, "word ")
        assert len(model.text(index) or "") == pieces * 5
        return time.thread_time() - start

    cost(1_000)
    assert min(cost(40_000) for _ in range(3)) < 8 * min(cost(10_000) for _ in range(3))
