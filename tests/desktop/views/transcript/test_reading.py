"""What the reader asked for in Settings: thinking open by itself, answers said as they arrive."""

from __future__ import annotations

import pytest

from app.desktop.models.transcript_model import TranscriptMessage, TranscriptModel, packed_size
from app.desktop.theme import Theme
from app.desktop.views.transcript.announcer import SentenceAnnouncer
from app.desktop.views.transcript.view import TranscriptView


def make(theme: Theme, message: TranscriptMessage) -> TranscriptView:
    model = TranscriptModel()
    model.reset([packed_size("assistant", 3)], {0: message})
    view = TranscriptView(theme, model)
    model.setParent(view)
    view.resize(900, 700)
    view.show()
    return view


def an_answer(reasoning: str = "") -> TranscriptMessage:
    return TranscriptMessage(1, "assistant", "Model", "LM Studio", "12:00", "", reasoning, status="streaming")


@pytest.mark.parametrize("wanted", [True, False])
def test_thinking_is_open_only_when_asked_for(qtbot: object, theme: Theme, wanted: bool) -> None:
    view = make(theme, an_answer())
    view.set_reading(open_thinking=wanted, announce_sentences=False)
    view.model.reset([packed_size("assistant", 3)], {0: an_answer()})
    view.model.begin_stream(0)
    view.flow.document(0)
    view.model.append_reasoning(0, "First I look at the bucket.\n")
    assert view.flow.document(0).thinking.opened is wanted
    view.model.finish(0)
    view.deleteLater()


def test_sentences_are_announced_once_each_and_the_rest_at_the_end() -> None:
    said: list[str] = []
    announcer = SentenceAnnouncer(said.append, is_listening=lambda: True)
    announcer.is_on = True
    for piece in ("It lim", "its bursts. A buc", "ket has a ceil", "ing. And the re", "st"):
        announcer.feed(piece)
    assert said == ["It limits bursts.", "A bucket has a ceiling."]
    announcer.end()
    announcer.end()
    assert said[2:] == ["And the rest"]


def test_nothing_is_announced_where_nobody_listens() -> None:
    said: list[str] = []
    announcer = SentenceAnnouncer(said.append, is_listening=lambda: False)
    announcer.is_on = True
    announcer.feed("One. Two. ")
    announcer.end()
    assert said == []


def test_a_streamed_paragraph_ends_up_as_high_as_when_it_is_opened(qtbot: object, theme: Theme) -> None:
    # About as wide as the column: where an estimate says two lines and there is one.
    lines = [("ill it " * 30)[:length] for length in range(80, 130, 3)]
    text = "### A heading\n\n" + "\n\n".join(lines) + "\n"
    view = make(theme, an_answer())
    view.model.begin_stream(0)
    for start in range(0, len(text), 5):
        view.model.append_text(0, text[start : start + 5])
        view.viewport().repaint()
    view.model.finish(0)
    view.viewport().repaint()
    streamed = [block.height for block in view.flow.document(0).flat if block.kind == "text"]
    message = an_answer()
    message.text, message.status = text, "complete"
    view.model.reset([packed_size("assistant", 3)], {0: message})
    view.viewport().repaint()
    assert streamed == [block.height for block in view.flow.document(0).flat if block.kind == "text"]
    view.deleteLater()
