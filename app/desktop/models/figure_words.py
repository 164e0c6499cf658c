"""Figures of models in words: the tables, the charts and the tooltips of Statistics write them alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QDate, QLocale

from app.desktop.models.message_rows import seconds

if TYPE_CHECKING:
    from app.services.statistics.figures import Spread, Totals
    from app.services.statistics.periods import Bucket

FAST = 100.0


def tr(text: str, n: int = -1) -> str:
    """`n` chooses the plural form in languages that have them."""
    return QCoreApplication.translate("Statistics", text, None, n)


def count_words(count: float | None) -> str:
    """A whole number; "" for unknown."""
    return "" if count is None else QLocale().toString(round(count))


def ttft_words(value_s: float | None) -> str:
    return "" if value_s is None else seconds(value_s * 1000)


def speed_words(tokens_per_second: float | None, *, estimated: bool = False) -> str:
    """`41.2 tok/s`; no tenths from `FAST` on. `estimated`: of tokens that were counted here, `≈ 41.2 tok/s`."""
    if tokens_per_second is None:
        return ""
    text = QLocale().toString(float(tokens_per_second), "f", 1 if tokens_per_second < FAST else 0)
    return (tr("≈ {n} tok/s") if estimated else tr("{n} tok/s")).format(n=text)


def middle_speed_words(spread: Spread | None) -> str:
    """≈ where tokens of some of these answers were counted here."""
    return "" if spread is None else speed_words(spread.median, estimated=spread.estimated > 0)


def about_speed_words(tokens_per_second: float | None) -> str:
    """`≈ 38 tok/s`: two digits are as exact as an expectation is."""
    if tokens_per_second is None:
        return ""
    return tr("≈ {n} tok/s").format(n=QLocale().toString(float(f"{tokens_per_second:.2g}"), "f", -128))


def axis_words(number: float) -> str:
    """As short as it can be: the unit stands with the values."""
    return QLocale().toString(float(number), "g", 6)


def axis_seconds(value_s: float) -> str:
    return tr("{n} s").format(n=axis_words(value_s))


def axis_money(dollars: float) -> str:
    whole_cents = dollars >= 0.01 and abs(dollars * 100 - round(dollars * 100)) < 1e-6
    return f"${QLocale().toString(float(dollars), 'f', 2) if whole_cents and dollars < 1 else axis_words(dollars)}"


def money_words(dollars: float) -> str:
    """Two digits that count, also of a hundredth of a cent."""
    if dollars == 0:
        return "$0"
    places = 2 if dollars >= 1 else 4
    return f"${QLocale().toString(float(dollars), 'f', places)}" if dollars >= 0.0001 else "< $0.0001"


def cost_words(totals: Totals) -> str:
    """What is known; `+ unknown` where runs without a price come on top, "" where nothing was written."""
    if totals.cost_usd is None:
        return tr("unknown") if totals.unpriced else ""
    known = money_words(totals.cost_usd)
    return tr("{cost} + unknown").format(cost=known) if totals.unpriced else known


def tokens_words(totals: Totals) -> str:
    """Of what was written; ≈ where some of it was counted here."""
    text = count_words(totals.output_tokens)
    return f"≈ {text}" if text and totals.estimated else text


def period_words(begins: float, bucket: Bucket, *, short: bool = False) -> str:
    """The date of a day, the first day of a week, the name of a month. `short`: as it stands under a chart."""
    day, locale = QDate.fromString(_iso(begins), "yyyy-MM-dd"), QLocale()
    if bucket == "month":
        return locale.toString(day, "MMM yyyy")
    if short:
        return locale.toString(day, "d MMM")
    text = locale.toString(day, "ddd d MMM yyyy" if bucket == "day" else "d MMM yyyy")
    return tr("week of {date}").format(date=text) if bucket == "week" else text


def _iso(moment: float) -> str:
    from datetime import datetime  # here: not before the first paint

    return datetime.fromtimestamp(moment).strftime("%Y-%m-%d")


def kind_words(kind: str) -> str:
    """What an error kind means, in two or three words."""
    known = {
        "not_installed": tr("not installed"),
        "not_running": tr("server not running"),
        "unreachable": tr("not reachable"),
        "timeout": tr("too long silent"),
        "auth": tr("key refused"),
        "model_not_found": tr("model not found"),
        "rate_limited": tr("too many requests"),
        "overloaded": tr("overloaded"),
        "context_length": tr("prompt too long"),
        "bad_request": tr("request refused"),
        "content_filter": tr("blocked by a filter"),
        "protocol": tr("not an answer"),
        "interrupted": tr("broke off"),
        "server_error": tr("server failed"),
        "too_large": tr("answer too large"),
        "unsupported": tr("not supported"),
        "config": tr("setting not valid"),
        "cancelled": tr("cancelled"),
    }
    return known.get(kind, kind.replace("_", " "))


def failures_words(totals: Totals) -> str:
    """`2 failed: too long silent 1, broke off 1`; "" where none did."""
    if not totals.failed:
        return ""
    kinds = ", ".join(f"{kind_words(kind)} {count_words(count)}" for kind, count in totals.failures.items())
    return tr("{n} failed: {kinds}").format(n=count_words(totals.failed), kinds=kinds)
