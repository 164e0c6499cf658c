"""The next request's size in words: "≈1.9k of 33k"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QLocale

from app.services.llm import limits

if TYPE_CHECKING:
    from app.services.conversations.records import ContextSegment, ContextUse


def tr(text: str) -> str:
    return QCoreApplication.translate("TokenBar", text)


def short_count(tokens: int | None) -> str:
    """412, 1.9k, 33k, 131k, 1.2M; "" for what is unknown. k is a thousand, as in whole counts: 32,768 is 33k."""
    if not tokens:
        return ""
    if tokens < 1_000:
        return str(tokens)
    thousands = tokens / 1_000
    value, unit = (thousands, "k") if thousands < 999.5 else (thousands / 1_000, "M")
    rounded = round(value, 1)
    digits = 0 if value >= 9.95 or rounded == int(rounded) else 1
    return f"{QLocale().toString(value, 'f', digits)}{unit}"


def used_text(use: ContextUse) -> str:
    """ "≈1.9k", without the mark where the server counted all of it."""
    number = short_count(use.total) or "0"
    return number if use.exact else tr("≈{n}").format(n=number)


def bar_text(use: ContextUse) -> str:
    """What stands beside the bar."""
    if use.window is None:
        return tr("{used} · window unknown").format(used=used_text(use))
    form = tr("{used} of at most {window}") if use.at_most else tr("{used} of {window}")
    return form.format(used=used_text(use), window=short_count(use.window))


def raise_text(tokens: int, cost_bytes: int | None) -> str:
    """ "Raise to 33k (+≈2.1 GB)": the window, and what it takes more where that is known."""
    window = short_count(tokens)
    if cost_bytes is None:
        return tr("Raise to {window}").format(window=window)
    gigabytes = QLocale().toString(cost_bytes / 1e9, "f", 1)
    return tr("Raise to {window} (+≈{gb} GB)").format(window=window, gb=gigabytes)


def load_text(tokens: int, cost_bytes: int | None) -> str:
    """ "Load with 33k tokens (≈2.1 GB more)"."""
    window = short_count(tokens)
    if cost_bytes is None:
        return tr("Load with {window} tokens").format(window=window)
    gigabytes = QLocale().toString(cost_bytes / 1e9, "f", 1)
    return tr("Load with {window} tokens (≈{gb} GB more)").format(window=window, gb=gigabytes)


def lower_text(tokens: int) -> str:
    """The button that takes a raised window back."""
    return tr("Back to {n} tokens").format(n=QLocale().toString(tokens))


def spoken_text(use: ContextUse) -> str:
    """The same as a screen reader says it."""
    if use.window is None:
        return tr("{used} tokens, window unknown").format(used=used_text(use))
    return tr("{text} tokens").format(text=bar_text(use))


def too_large_text(use: ContextUse) -> str:
    """Why a prompt was not sent."""
    return tr("This prompt does not fit: {text} tokens.").format(text=bar_text(use))


def not_loaded_text(use: ContextUse, model: str) -> str:
    """Why a prompt was not sent to a model that its server would load."""
    return tr(
        "{model} is not loaded. Its server would load it with a window of its own choosing, often {n} tokens; this "
        "takes {used}."
    ).format(model=model, n=short_count(limits.USUAL_SERVER_WINDOW), used=used_text(use))


def segment_name(segment: ContextSegment) -> str:
    names = {
        "system": tr("System prompt"),
        "summary": tr("Summary of earlier messages"),
        "files": tr("Files"),
        "history": tr("This chat so far"),
        "draft": tr("Your message"),
    }
    return names[segment.name]


def segment_count(segment: ContextSegment) -> str:
    return _whole(segment.tokens, segment.exact)


def total_count(use: ContextUse) -> str:
    return _whole(use.total, use.exact)


def window_lines(use: ContextUse) -> tuple[tuple[str, str], ...]:
    """Name and number of what the window leaves; one line where it is unknown."""
    if use.window is None:
        return ((tr("Window"), tr("unknown")),)
    name = tr("Window, at most") if use.at_most else tr("Window")
    room = use.window - use.total
    left = tr("Room left") if room >= 0 else tr("Too much")
    return ((name, _whole(use.window, True)), (left, _whole(abs(room), use.exact)))


def source_text(use: ContextUse) -> str:
    """Where the numbers come from."""
    if use.exact:
        return tr("Counted by the server.") if use.total else tr("Nothing to send yet.")
    return tr("≈ is estimated from the length of the text.")


def _whole(tokens: int, exact: bool) -> str:
    number = QLocale().toString(tokens)
    return number if exact else tr("≈{n}").format(n=number)
