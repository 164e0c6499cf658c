"""From stored messages to what the transcript shows: names, times, the line of honest numbers, the note."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from PySide6.QtCore import QCoreApplication, QDate, QLocale

from app.desktop.error_display import note_for_answer, note_for_fallback
from app.desktop.models.draft_files import detail_text
from app.desktop.models.transcript_model import Attachment, Boundary, Note, TranscriptMessage
from app.services.conversations.records import HistoryCut, StoredAttachment, StoredMessage
from app.services.conversations.routed import unanswered, was_routed

ProviderName = Callable[[str], str]


def tr(text: str, n: int = -1) -> str:
    """`n` chooses the plural form in languages that have them."""
    return QCoreApplication.translate("Messages", text, None, n)


def clock_time(timestamp: float) -> str:
    """Hours and minutes for today, the date before that for other days, in the locale's form."""
    moment = datetime.fromtimestamp(timestamp)
    text = moment.strftime("%H:%M")
    if moment.date() == datetime.now().date():
        return text
    day = QDate(moment.year, moment.month, moment.day)
    return f"{QLocale().toString(day, QLocale.FormatType.ShortFormat)} {text}"


def message_row(
    stored: StoredMessage,
    provider_name: ProviderName,
    *,
    dismissed: bool = False,
    cloud: bool | None = None,
    still_computing: bool = False,
    is_boundary: bool = False,
) -> TranscriptMessage:
    """The transcript's form of a stored message.

    `dismissed`: its note was put away with "Keep as it is". `still_computing`: it was stopped, but its server goes on.
    `is_boundary`: of the shown cuts, the one at this message counts.
    """
    is_prompt = stored.role == "user"
    metrics = stored.metrics
    reasoning_ms = metrics.get("reasoning_ms")
    return TranscriptMessage(
        message_id=stored.id,
        role=stored.role,
        name=tr("You") if is_prompt else stored.model_name or stored.model or tr("Answer"),
        runtime="" if is_prompt or not stored.provider else provider_name(stored.provider),
        time=clock_time(stored.created_at),
        text=stored.text,
        reasoning=stored.reasoning,
        reasoning_seconds=reasoning_ms / 1000 if reasoning_ms is not None else None,
        status=stored.status,
        is_whole=stored.status == "complete" and stored.finish_reason == "stop",
        simulated=stored.simulated,
        cloud=cloud if cloud is not None else stored.local is False,
        version=stored.version,
        metrics="" if is_prompt else _metrics(stored),
        note=None if is_prompt else _note(stored, dismissed=dismissed, still_computing=still_computing),
        attachments=tuple(_attachment(one) for one in stored.attachments),
        boundary=_boundary(stored.cut) if is_boundary and stored.cut is not None else None,
    )


def _metrics(stored: StoredMessage) -> str:
    line = metrics_line(stored.metrics, stored.status, not_sent(stored.parameters))
    return " · ".join(part for part in (line, tr("chosen by Auto") if was_routed(stored.parameters) else "") if part)


def _note(stored: StoredMessage, *, dismissed: bool, still_computing: bool) -> Note | None:
    metrics = stored.metrics
    found = note_for_answer(
        stored.error,
        stored.status,
        provider=stored.provider,
        tokens=metrics.get("output_tokens"),
        estimated=bool(metrics.get("estimated")),
        dismissed=dismissed,
        still_computing=still_computing,
        dropped_tokens=metrics.get("dropped_tokens"),
        has_text=bool(stored.text),
        finish_reason=stored.finish_reason,
    )
    if found is None and not dismissed and (failed := unanswered(stored.parameters)):
        return note_for_fallback(failed, stored.model_name or stored.model or tr("Another model"))
    return found


def _attachment(stored: StoredAttachment) -> Attachment:
    is_picture = stored.kind == "image"
    return Attachment(
        stored.name, detail_text(stored), stored.hash if is_picture else "", stored.shown_lines is not None
    )


def _boundary(cut: HistoryCut) -> Boundary:
    if not cut.summary:
        return Boundary()
    title = tr("Summary of {n} earlier messages, written by {model}", cut.messages)
    return Boundary(title.format(n=QLocale().toString(cut.messages), model=cut.model_name), cut.summary)


def estimated_tokens(text: str) -> int:
    """A rough count for a text that no server has counted; show it with ≈."""
    from app.services.llm.metering import estimate_tokens  # here: not before the first paint

    return estimate_tokens(text)


def not_sent(parameters: Mapping[str, Any] | None) -> list[str]:
    """Parameters that were set, but that the server does not accept."""
    return [
        name for name, entry in (parameters or {}).items() if isinstance(entry, dict) and entry.get("sent") is False
    ]


def metrics_line(metrics: Mapping[str, Any], status: str, missing: Sequence[str] = ()) -> str:
    """What went without a parameter, then what is known:

    "temperature not sent · 0.61 s to first token · 46.2 tok/s · 538 tokens · 12.3 s · 1,204 in, 792 reused · $0.0041".
    """
    locale = QLocale()
    # In front: a narrow window leaves out what stands last.
    parts = [tr("{names} not sent").format(names=", ".join(missing))] if missing else []
    if (ttft := metrics.get("ttft_ms")) is not None:
        parts.append(tr("{s} to first token").format(s=seconds(ttft)))
    approximate = "≈ " if metrics.get("estimated") else ""
    if (speed := metrics.get("tokens_per_second")) is not None:
        parts.append(tr("{n} tok/s").format(n=f"{approximate}{locale.toString(float(speed), 'f', 1)}"))
    if tokens := int(metrics.get("output_tokens") or 0):
        text = tr("{n} token") if tokens == 1 else tr("{n} tokens", tokens)
        parts.append(text.format(n=f"{approximate}{locale.toString(tokens)}"))
    if (duration := metrics.get("duration_ms")) is not None:
        parts.append(seconds(duration))
    if (given := metrics.get("input_tokens")) is not None:
        reused = metrics.get("cached_tokens")
        text = tr("{n} in").format(n=locale.toString(int(given)))
        parts.append(text + _reused(reused, str(metrics.get("prefix_break") or "")))
    if cost := metrics.get("cost_usd"):
        parts.append(f"${cost:.4f}")
    if status == "interrupted":
        parts.append(tr("interrupted"))
    elif status == "stopped":
        parts.append(tr("stopped"))
    return " · ".join(parts)


def _reused(tokens: Any, broken_by: str) -> str:
    """ ", 792 reused", and what kept the server from reusing more."""
    causes = {
        "model": tr("another model"),
        "system_prompt": tr("the system prompt changed"),
        "history": tr("earlier messages changed"),
        "shortened": tr("this chat was shortened"),
    }
    if not tokens and broken_by not in causes:
        return ""
    text = tr(", {n} reused").format(n=QLocale().toString(int(tokens or 0)))
    return f"{text} ({causes[broken_by]})" if broken_by in causes else text


def seconds(milliseconds: float) -> str:
    """A duration with three significant figures: 0.61 s, 12.3 s, 2 min 5 s."""
    value = milliseconds / 1000
    locale = QLocale()
    if value >= 60:
        minutes, rest = divmod(round(value), 60)
        return tr("{m} min {s} s").format(m=minutes, s=rest)
    return tr("{n} s").format(n=locale.toString(value, "f", 2 if value < 10 else 1))
