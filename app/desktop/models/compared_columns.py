"""What the columns of a comparison say: heads, figures with their bars, and the answers as a transcript has them.

While the names are hidden nothing here says more than letters: it is the one place that texts, tooltips, accessible
names and copies are made from.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QLocale

from app.desktop.models.message_rows import seconds
from app.desktop.models.model_list_model import size_text
from app.desktop.models.token_counts import short_count
from app.desktop.models.transcript_model import Note, NoteAction, Status, TranscriptMessage
from app.lean_dataclass import dataclass
from app.services.comparison.compared_answer import FIGURES, AnswerState, ComparedAnswer, best_at
from app.services.comparison.turns import TurnReason
from app.services.conversations.comparison_rows import LETTERS
from app.services.conversations.kept_comparisons import KeptComparison

ProviderName = Callable[[str], str]

_STATUS: dict[AnswerState, Status] = {
    AnswerState.WAITING: "streaming",
    AnswerState.RUNNING: "streaming",
    AnswerState.COMPLETE: "complete",
    AnswerState.STOPPED: "stopped",
    AnswerState.FAILED: "error",
    AnswerState.INTERRUPTED: "interrupted",
}
#: Kind of an error → what can be done about it beside asking again: name and words of a button.
_FIXES = {
    "not_running": "address",
    "unreachable": "address",
    "not_installed": "address",
    "protocol": "address",
    "auth": "key",
    "config": "settings",
}


def tr(text: str, n: int = -1) -> str:
    """`n` chooses the plural form in languages that have them."""
    return QCoreApplication.translate("Compare", text, None, n)


@dataclass(frozen=True, slots=True)
class Figure:
    """A line under an answer. `share`: of the largest of all answers, None without a bar. `why` it is not known."""

    label: str
    text: str
    share: float | None = None
    best: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """Beside its transcript. `detail` stands behind the name; `note` in the place of the figures."""

    letter: str
    name: str
    detail: str
    figures: tuple[Figure, ...] = ()
    note: str = ""
    is_choice: bool = False
    can_stop: bool = False
    can_copy: bool = False
    simulated: bool = False
    cloud: bool = False


def column_facts(kept: KeptComparison, position: int, provider_name: ProviderName) -> ColumnFacts:
    """What is known of one answer now, as far as it may be seen."""
    answer, letter = kept.answers[position], LETTERS[position]
    if kept.hidden:
        return ColumnFacts(
            letter,
            tr("Answer {letter}").format(letter=letter),
            tr("name hidden until you vote"),
            note=tr("Speed, tokens and cost appear after the vote: they would give the models away."),
            can_copy=kept.is_over and bool(answer.text),
        )
    about = answer.model.description
    window = short_count(about.loaded_context_length or about.context_length) if about is not None else ""
    quantization = about.quantization if about is not None else ""
    detail = (provider_name(answer.model.provider), quantization, window)
    return ColumnFacts(
        letter,
        answer.name,
        " · ".join(part for part in detail if part),
        figures=figures_of(kept, position, provider_name),
        note=_missing(answer),
        is_choice=kept.vote == letter,
        can_stop=not answer.is_over,
        can_copy=bool(answer.text),
        simulated=answer.model.simulated,
        cloud=not answer.model.local,
    )


def _missing(answer: ComparedAnswer) -> str:
    return tr("{names} not sent").format(names=", ".join(answer.left_out)) if answer.left_out else ""


def figures_of(kept: KeptComparison, position: int, provider_name: ProviderName) -> tuple[Figure, ...]:
    """Empty lines for an answer that has none yet, so that nothing moves when they come."""
    answers = kept.answers
    metrics = answers[position].metrics
    locale = QLocale()
    about = "≈ " if metrics is not None and metrics.estimated else ""
    values = {
        "ttft_ms": (tr("First token"), seconds),
        "tokens_per_second": (tr("Speed"), lambda value: f"{about}{locale.toString(value, 'f', 1)} tok/s"),
        "output_tokens": (tr("Tokens out"), lambda value: f"{about}{locale.toString(int(value))}"),
        "duration_ms": (tr("Total"), seconds),
        "memory_bytes": (tr("Memory"), lambda value: size_text(round(value))),
        "cost_usd": (tr("Cost"), cost_words),
    }
    found = []
    for figure, (label, words) in values.items():
        value = getattr(metrics, figure) if metrics is not None else None
        if value is None:
            unknown = {"cost_usd": tr("unknown"), "memory_bytes": "–"}.get(figure, "") if metrics is not None else ""
            why = _why_no_memory(answers[position], provider_name) if figure == "memory_bytes" and unknown else ""
            found.append(Figure(label, unknown, why=why))
            continue
        most = max(getattr(one.metrics, figure) or 0.0 for one in answers if one.metrics is not None)
        best = figure in FIGURES and position in best_at(figure, answers)
        found.append(Figure(label, words(float(value)), value / most if most else None, best))
    return tuple(found)


def _why_no_memory(answer: ComparedAnswer, provider_name: ProviderName) -> str:
    if answer.model.simulated:
        return tr("Simulated: no model is in memory.")
    if not answer.model.local:
        return tr("It runs in the cloud, and takes no memory here.")
    server = provider_name(answer.model.provider)
    return tr("{server} did not tell what the model takes of memory.").format(server=server)


def cost_words(dollars: float) -> str:
    return f"${dollars:.4f}" if dollars else tr("free")


# -- the answer as its transcript has it


def answer_row(kept: KeptComparison, position: int, provider_name: ProviderName) -> TranscriptMessage:
    """While names are hidden and somebody is still writing, without its text: answers appear together."""
    answer, hidden = kept.answers[position], kept.hidden
    name = tr("Answer {letter}").format(letter=LETTERS[position]) if hidden else answer.name
    row = TranscriptMessage(
        message_id=position,
        role="assistant",
        name=name,
        runtime="" if hidden else provider_name(answer.model.provider),
        time="",
        text="",
        alone=True,
    )
    if hidden and not kept.is_over:
        row.status, row.phase = "streaming", tr("All answers appear together, when the last one is done.")
        return row
    row.text = answer.text
    if not hidden:  # that a model thinks, and for how long, tells it from others
        row.reasoning, row.simulated = answer.reasoning, answer.model.simulated
        thought = answer.metrics.reasoning_ms if answer.metrics is not None else None
        row.reasoning_seconds = thought / 1000 if thought is not None else None
    row.status = _STATUS[answer.state]
    row.note = _note(answer, hidden=hidden)
    if answer.state is AnswerState.WAITING:
        row.phase = tr("Waits for its turn")
    return row


def _note(answer: ComparedAnswer, *, hidden: bool) -> Note | None:
    again = () if hidden else (NoteAction("again", tr("Ask again")),)
    if answer.state is AnswerState.STOPPED:
        return Note("info", tr("Stopped."), actions=again)
    if answer.state is AnswerState.INTERRUPTED:
        text = tr("The app closed while this was being written. What arrived is saved.")
        return Note("warn", tr("Interrupted"), text, again)
    if answer.error is None:
        if answer.state is AnswerState.COMPLETE and not answer.text.strip():
            return Note("info", tr("The answer is empty."), actions=again)
        return None
    if hidden:
        return Note("error", tr("This answer failed."), tr("What went wrong is shown after the vote."))
    fixes = {
        "address": NoteAction("address", tr("Test connection")),
        "key": NoteAction("key", tr("Enter key"), primary=True),
        "settings": NoteAction("settings", tr("Open setting"), primary=True),
    }
    fix = _FIXES.get(answer.error.kind.value)
    actions = (*((fixes[fix],) if fix else ()), *again)
    return Note("error", answer.error.message, answer.error.hint, actions, answer.error.details)


# -- sentences


def order_words(kept: KeptComparison) -> str:
    """Who answers when, and why; "" where all answer together."""
    words = {
        TurnReason.ASKED: tr("The models of this computer answer one after the other."),
        TurnReason.ONE_SERVER: tr(
            "Models of one server answer one after the other, since not all are in memory. Order “Together” asks them "
            "at once."
        ),
        TurnReason.MEMORY: tr(
            "The models of this computer answer one after the other, since they would not fit into free memory "
            "together. Order “Together” asks them at once."
        ),
        TurnReason.UNKNOWN_SIZE: tr(
            "The models of this computer answer one after the other, since not all sizes are known. Order “Together” "
            "asks them at once."
        ),
    }
    return next((text for reason, text in words.items() if reason.value == kept.order_reason), "")


def badge_words(kept: KeptComparison) -> str:
    """Behind the title; "" for one that was never blind."""
    if not kept.blind:
        return ""
    if kept.vote is not None:
        return tr("Blind, voted")
    return tr("Blind") if kept.hidden else tr("Names shown")


def vote_sentence(kept: KeptComparison) -> tuple[str, str]:
    """What was voted, and what is worth knowing of it."""
    said = {"tie": tr("A tie."), "bad": tr("Both bad.") if len(kept.answers) == 2 else tr("All bad.")}
    text = said.get(kept.vote or "", tr("You preferred {letter}.").format(letter=kept.vote))
    return text, tr("Names were hidden until your vote.") if kept.blind else ""
