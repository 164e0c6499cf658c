"""Which words a failure gets: our own quit is not the server's fault, and a guess is marked as one."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QLocale, QTranslator
from PySide6.QtWidgets import QApplication

from app.desktop.error_display import APP_CLOSED, note_for_answer, note_for_fallback
from app.desktop.models.message_rows import message_row, metrics_line
from app.services.conversations import chat_service
from app.services.conversations.records import StoredMessage
from app.services.conversations.routed import Unanswered

CLOSED = "The app closed while this was being written. What arrived is saved."


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedStates))
    yield
    QLocale.setDefault(before)


def text_of(error: dict[str, Any] | None, status: str, **values: Any) -> str:
    note = note_for_answer(error, status, provider="lm_studio", **{"tokens": None, **values})
    assert note is not None
    return f"{note.title}|{note.text}"


def test_our_own_quit_is_not_blamed_on_the_server() -> None:
    assert APP_CLOSED in inspect.getsource(chat_service)
    error = {"kind": "interrupted", "message": APP_CLOSED, "hint": ""}
    assert text_of(error, "interrupted", tokens=12) == f"Interrupted|{CLOSED}"


def test_after_a_crash_the_app_closed() -> None:
    error = {"kind": "interrupted", "message": "Interrupted.", "hint": "", "after_crash": True}
    assert text_of(error, "interrupted") == f"Interrupted|{CLOSED}"


def test_a_connection_that_broke_still_says_so() -> None:
    error = {"kind": "interrupted", "message": "The connection closed.", "hint": ""}
    assert "The connection closed after 1,234 tokens, before" in text_of(error, "interrupted", tokens=1234)
    assert "The connection closed after ≈ 1,234 tokens, " in text_of(error, "interrupted", tokens=1234, estimated=True)
    assert "The connection closed early, before" in text_of(error, "interrupted", estimated=True)


def test_stopped_after_a_guess_says_that_it_is_one() -> None:
    assert text_of(None, "stopped", tokens=1234) == "Stopped after 1,234 tokens.|"
    assert text_of(None, "stopped", tokens=1234, estimated=True) == "Stopped after ≈ 1,234 tokens.|"
    assert text_of(None, "stopped", estimated=True) == "Stopped.|"


def test_numbers_follow_the_locale() -> None:
    QLocale.setDefault(QLocale(QLocale.Language.German, QLocale.Country.Germany))
    assert text_of(None, "stopped", tokens=1234) == "Stopped after 1.234 tokens.|"


@pytest.mark.parametrize(("estimated", "shown"), [(True, "≈ 12"), (False, "12")])
def test_a_stored_answer_passes_on_whether_its_count_is_a_guess(estimated: bool, shown: str) -> None:
    stored = StoredMessage(
        id=1,
        conversation_id=1,
        parent_id=None,
        role="assistant",
        text="half",
        reasoning="",
        status="stopped",
        created_at=0,
        finished_at=None,
        provider=None,
        model=None,
        model_name=None,
        local=None,
        simulated=False,
        finish_reason=None,
        metrics={"output_tokens": 12, "estimated": estimated},
    )
    row = message_row(stored, str)
    assert row.note is not None
    assert row.note.title == f"Stopped after {shown} tokens."


def test_one_token_is_not_many_and_other_languages_learn_how_many(qapp: QApplication) -> None:
    assert text_of(None, "stopped", tokens=1) == "Stopped after 1 token.|"
    broken = {"kind": "interrupted", "message": "The connection closed.", "hint": ""}
    assert "after 1 token, before" in text_of(broken, "interrupted", tokens=1)
    counts: list[int] = []

    class Counting(QTranslator):
        def isEmpty(self) -> bool:
            return False

        def translate(self, context: str, source: str, disambiguation: str | None = None, n: int = -1) -> str:
            counts.append(n)
            return source

    translator = Counting()
    qapp.installTranslator(translator)
    try:
        text_of(None, "stopped", tokens=21)
        metrics_line({"output_tokens": 22}, "complete")
    finally:
        qapp.removeTranslator(translator)
    assert {21, 22} <= set(counts)


def test_a_parameter_that_was_not_sent_stands_before_the_figures() -> None:
    assert metrics_line({"output_tokens": 22}, "complete", ["temperature", "seed"]) == (
        "temperature, seed not sent · 22 tokens"
    )


@pytest.mark.parametrize("kind", ["not_running", "unreachable", "timeout", "protocol"])
@pytest.mark.parametrize(("provider", "offered"), [("lm_studio", True), ("workshop", True), ("embedded", False)])
def test_a_connection_that_failed_can_be_tested_from_its_note(kind: str, provider: str, offered: bool) -> None:
    note = note_for_answer({"kind": kind, "message": "x", "hint": ""}, "error", provider=provider, tokens=None)
    assert note is not None
    assert ("test_connection" in [action.name for action in note.actions]) is offered


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("not_running", "Qwen was not reachable."),
        ("unreachable", "Qwen was not reachable."),
        ("timeout", "Qwen was silent."),
        ("overloaded", "Qwen was overloaded."),
        ("model_not_found", "Qwen was not found."),
        ("server_error", "Qwen failed."),
    ],
)
def test_who_was_passed_over_is_told_with_who_answered(kind: str, said: str) -> None:
    failed = (Unanswered("Qwen", kind, "What the server said."),)
    note = note_for_fallback(failed, "Llama")
    assert (note.level, note.title) == ("info", f"{said} Llama answered instead.")
    assert note.details == "What the server said."
    assert note_for_fallback(failed, "Llama", is_over=False).title == f"{said} Llama is asked instead."
