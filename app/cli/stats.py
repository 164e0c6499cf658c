"""`aica stats`: how fast, how much, how dear and how reliable each model was here."""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Coroutine
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from app.cli import output, running

if TYPE_CHECKING:
    from app.services.statistics.figures import ModelFigures, Spread
    from app.services.statistics.reading import StatisticsReader

HEAD = (
    *("MODEL", "RUNS", "FAILED", "FIRST TOKEN", "SPEED", "PROMPT SPEED", "TOKENS IN", "TOKENS OUT", "COST"),
    "LAST USED",
)
_DAYS = re.compile(r"(\d{1,4})\s*d?")


def configure(parser: argparse.ArgumentParser, _common: argparse.ArgumentParser) -> None:
    parser.description = (
        "Figures of the answers that were asked for here, by model: medians of the last runs, sums of all. They come "
        "from the kept chats and comparisons; what was deleted for good and simulated answers are not among them."
    )
    parser.add_argument(
        "--since", metavar="D", type=_since, help="only from then on: days with today (7d), or a date (2026-11-01)"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one JSON object, with every day, week or month")
    form.add_argument("--csv", action="store_true", help="one line for each model and day, week or month")
    parser.set_defaults(run=run)


def _since(text: str) -> float:
    from app.services.statistics.reading import since_days

    if found := _DAYS.fullmatch(text.strip().lower()):
        moment = since_days(int(found[1]), time.time()) if int(found[1]) else None
        if moment is not None:
            return moment
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is neither a number of days (7d) nor a date (2026-11-01)") from None
    return datetime(day.year, day.month, day.day).timestamp()


def run(arguments: argparse.Namespace) -> Coroutine[Any, Any, int]:
    return _print(arguments)


async def _print(arguments: argparse.Namespace) -> int:
    from app.services.statistics import export
    from app.services.statistics.reading import StatisticsReader

    async with await running.services_of(arguments, quiet=arguments.json or arguments.csv) as services:
        reader = StatisticsReader(services.store)
        found = await reader.models(arguments.since)
        histories = await _histories(reader, found, arguments) if arguments.json or arguments.csv else []
        simulated = not found and await reader.only_simulated(arguments.since)
    if arguments.json:
        models = [export.as_object(one, history) for one, history in zip(found, histories, strict=True)]
        output.print_json({"since": arguments.since, "models": models})
    elif arguments.csv:
        print(output.visible(export.as_csv(histories)), end="")  # with the line ends of this system
    elif found:
        print(output.table([_row(one) for one in found], HEAD))
        _print_failures(found)
    else:
        output.note(_nothing_words(simulated, since=arguments.since is not None))
    return 0


def _nothing_words(simulated: bool, *, since: bool) -> str:
    if simulated:
        when = "since then" if since else "yet"
        return f"No answers of a model {when}, only simulated ones, which have no figures of use."
    return "No answers since then." if since else "No answers yet."


async def _histories(reader: StatisticsReader, found: list[ModelFigures], arguments: argparse.Namespace) -> list[Any]:
    return [await reader.history(one.provider, one.model, arguments.since) for one in found]


def _row(one: ModelFigures) -> tuple[str, ...]:
    totals, speeds = one.totals, one.speeds
    about = "≈ " if totals.estimated else ""
    used = datetime.fromtimestamp(totals.last_used).strftime("%Y-%m-%d %H:%M") if totals.last_used else ""
    return (
        output.one_line(f"{one.provider}:{one.model}"),
        f"{totals.runs:,}",
        f"{totals.failed:,}" if totals.failed else "",
        _median(speeds.ttft_s, "{:.2f} s"),
        _median(speeds.decode, "{:.1f} tok/s"),
        _median(speeds.prompt, "{:,.0f} tok/s"),
        "" if totals.input_tokens is None else f"{totals.input_tokens:,}",
        "" if totals.output_tokens is None else f"{about}{totals.output_tokens:,}",
        _cost(one),
        used,
    )


def _median(spread: Spread | None, form: str) -> str:
    """≈ where tokens were counted here."""
    return "" if spread is None else ("≈ " if spread.estimated else "") + form.format(spread.median)


def _cost(one: ModelFigures) -> str:
    """Of what has a known price; `+` where some has none."""
    cost, unpriced = one.totals.cost_usd, one.totals.unpriced
    if cost is None:
        return "unknown" if unpriced else ""
    return f"${cost:.4f}" + (" + unknown" if unpriced else "")


def _print_failures(found: list[ModelFigures]) -> None:
    for one in found:
        if one.totals.failures:
            kinds = ", ".join(f"{kind.replace('_', ' ')} {count}" for kind, count in one.totals.failures.items())
            output.say(output.one_line(f"{one.provider}:{one.model} failed: {kinds}"))
