"""Reads of the table `run` (see `conversations.answer_runs`): functions for `ConversationStore.read`.

None of them looks at more than a slice of rows at once, so that the store's thread is free again soon: a store of a
million messages has half a million runs.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from app.lean_dataclass import dataclass
from app.services.conversations.answer_runs import COMPLETE, FAILED, STOPPED
from app.services.statistics.figures import Speeds, Spread, Totals

#: Runs that are looked at in one go.
SLICE = 50_000
#: The last so many runs of a model say how fast it is.
RECENT = 200
#: Of a day, week or month.
MOST_OF_A_PERIOD = 2_000
#: Fewer tokens were written too soon to tell a speed.
MIN_WRITTEN = 16
#: Reading fewer tokens is hidden by everything else a request costs: by the server's own time, and by ours.
MIN_READ_REPORTED, MIN_READ_MEASURED = 32, 256


@dataclass(frozen=True, slots=True)
class Run:
    """The times of one run."""

    started_at: float
    local: bool | None
    begins: bool
    ttft_ms: float | None
    load_ms: float | None
    prompt_ms: float | None
    tokens_per_second: float | None
    input_tokens: int | None
    cached_tokens: int | None
    output_tokens: int | None
    estimated: bool = False
    """Whether `output_tokens` was counted here instead of reported; and so what `decode` is worked out from."""

    @property
    def is_reported(self) -> bool:
        """Whether the server told how long it took."""
        return self.prompt_ms is not None

    @property
    def decode(self) -> float | None:
        """Tokens a second."""
        return self.tokens_per_second if (self.output_tokens or 0) >= MIN_WRITTEN else None

    @property
    def prompt(self) -> float | None:
        """Tokens of the prompt read a second. Where nothing tells what was in the cache, only of the first prompt."""
        read = self.input_tokens
        if read is None or (self.cached_tokens is None and not self.begins):
            return None
        read -= self.cached_tokens or 0
        if self.prompt_ms is not None:
            return read / self.prompt_ms * 1000 if read >= MIN_READ_REPORTED and self.prompt_ms > 0 else None
        if not self.local or self.ttft_ms is None or read < MIN_READ_MEASURED:
            return None  # elsewhere the time to the first token is the network's and the queue's as well
        took = self.ttft_ms - (self.load_ms or 0)
        return read / took * 1000 if took > 0 else None


_RUN = (
    "SELECT started_at, local, begins, ttft_ms, load_ms, prompt_ms, tokens_per_second, input_tokens, cached_tokens, "
    "output_tokens, estimated FROM run WHERE provider = ? AND model = ? AND started_at >= ? AND started_at < ? "
    f"AND outcome IN ('{COMPLETE}', '{STOPPED}')"
)
FOR_EVER = float("inf")


def models(db: sqlite3.Connection) -> list[tuple[str, str]]:
    """(provider, model) of all that ever ran; a seek or two for each, whatever the number of runs."""
    found: list[tuple[str, str]] = []
    provider = model = ""
    while True:
        next_model = "SELECT provider, model FROM run WHERE provider = ? AND model > ? ORDER BY model LIMIT 1"
        next_provider = "SELECT provider, model FROM run WHERE provider > ? ORDER BY provider, model LIMIT 1"
        row = db.execute(next_model, (provider, model)).fetchone() or db.execute(next_provider, (provider,)).fetchone()
        if row is None:
            return found
        provider, model = row
        found.append((provider, model))


def simulated_alone(db: sqlite3.Connection, since: float = 0.0) -> bool:
    """Whether the simulated model answered then or later, whose answers are no runs. Of a store without runs: looks at
    the newest `SLICE` messages, and at the comparisons."""
    of_chats = (
        "SELECT 1 FROM (SELECT role, simulated, created_at FROM message ORDER BY id DESC LIMIT ?) "
        "WHERE role = 'assistant' AND simulated = 1 AND created_at >= ?"
    )
    of_comparisons = (
        "SELECT 1 FROM compared_answer a JOIN comparison c ON c.uid = a.comparison_uid "
        "WHERE a.simulated = 1 AND c.created_at >= ?"
    )
    found = db.execute(f"SELECT EXISTS({of_chats}) OR EXISTS({of_comparisons})", (SLICE, since, since)).fetchone()
    return bool(found[0])


def last_run(db: sqlite3.Connection, provider: str, model: str) -> float | None:
    """When it began."""
    row = db.execute("SELECT max(started_at) FROM run WHERE provider = ? AND model = ?", (provider, model)).fetchone()
    return None if row[0] is None else float(row[0])


def first_run(db: sqlite3.Connection, provider: str, model: str, since: float) -> float | None:
    """The first one that began then or later."""
    row = db.execute(
        "SELECT min(started_at) FROM run WHERE provider = ? AND model = ? AND started_at >= ?", (provider, model, since)
    ).fetchone()
    return None if row[0] is None else float(row[0])


def end_of_slice(db: sqlite3.Connection, provider: str, model: str, since: float, most: int = SLICE) -> float | None:
    """When the run behind that many others began; None: there are no more than that."""
    row = db.execute(
        "SELECT started_at FROM run WHERE provider = ? AND model = ? AND started_at >= ? "
        "ORDER BY started_at LIMIT 1 OFFSET ?",
        (provider, model, since, most),
    ).fetchone()
    return None if row is None else float(row[0])


def totals(db: sqlite3.Connection, provider: str, model: str, since: float, until: float = FOR_EVER) -> Totals:
    """Of the runs that began in that time."""
    where = "provider = ? AND model = ? AND started_at >= ? AND started_at < ?"
    values = (provider, model, since, until)
    row = db.execute(
        f"SELECT count(*), total(outcome = '{COMPLETE}'), total(outcome = '{STOPPED}'), sum(input_tokens), "
        "sum(output_tokens), max(estimated AND output_tokens > 0), sum(cost_usd), "
        "total(cost_usd IS NULL AND output_tokens > 0), max(started_at), max(local) "
        f"FROM run WHERE {where}",
        values,
    ).fetchone()
    failures = db.execute(
        f"SELECT outcome, count(*) FROM run WHERE {where} AND {FAILED} GROUP BY outcome ORDER BY 2 DESC, 1", values
    )
    return Totals(
        runs=row[0],
        answered=int(row[1]),
        stopped=int(row[2]),
        failures=dict(failures.fetchall()),
        input_tokens=row[3],
        output_tokens=row[4],
        estimated=bool(row[5]),
        cost_usd=row[6],
        unpriced=int(row[7]),
        last_used=row[8],
        local=None if row[9] is None else bool(row[9]),
    )


def recent(
    db: sqlite3.Connection,
    provider: str,
    model: str,
    since: float = 0.0,
    most: int = RECENT,
    *,
    until: float = FOR_EVER,
) -> list[Run]:
    """The last ones of that time that were not failures, the newest first."""
    found = db.execute(f"{_RUN} ORDER BY started_at DESC LIMIT ?", (provider, model, since, until, most))
    return [_run(row) for row in found]


def _run(row: tuple[float | int | None, ...]) -> Run:
    started, local, begins, *rest, estimated = row
    values: list[Any] = [started, None if local is None else bool(local), bool(begins), *rest, bool(estimated)]
    return Run(*values)


def speeds(found: list[Run]) -> Speeds:
    ttft = [(run, run.ttft_ms / 1000) for run in found if run.ttft_ms is not None]
    decode = [(run, speed) for run in found if (speed := run.decode) is not None]
    prompt = [(run, speed) for run in found if (speed := run.prompt) is not None]
    return Speeds(_spread(ttft, timed_here=True), _spread(decode, of_written=True), _spread(prompt))


def _spread(measured: list[tuple[Run, float]], *, timed_here: bool = False, of_written: bool = False) -> Spread | None:
    """`of_written`: of the tokens of the answers. Those of prompts are reported or unknown."""
    reported = 0 if timed_here else sum(run.is_reported for run, _ in measured)
    estimated = sum(run.estimated for run, _ in measured) if of_written else 0
    return Spread.of([value for _, value in measured], reported, estimated)
