"""What the store knows of models: votes, what was measured, favourites, money spent; where local ones answered."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from app.lean_dataclass import dataclass
from app.services.conversations import queries
from app.services.conversations.comparison_votes import (
    SLICE,
    JudgedComparison,
    beginnings_of_prompts,
    judged_comparisons,
    judged_uids,
)
from app.services.routing.candidate import Pace
from app.services.routing.language import language_of
from app.services.routing.preferences import ModelKey, Preferences, VotedRound
from app.services.statistics.figures import ModelFigures
from app.services.statistics.reading import StatisticsReader

if TYPE_CHECKING:
    import sqlite3

    from app.services.conversations.store import ConversationStore

#: Older figures say little of a server as it is now.
RECENT_S = 30 * 86_400.0
Period = Literal["day", "month"]


@dataclass(frozen=True, slots=True)
class Measured:
    """Of one model, in the last 30 days."""

    pace: Pace = field(default_factory=Pace)
    answered: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Evidence:
    """Never changed: a newer state is another one. `spent_usd`: in the period of the budget."""

    preferences: Preferences = field(default_factory=Preferences)
    measured: Mapping[ModelKey, Measured] = field(default_factory=dict)
    favourites: frozenset[ModelKey] = frozenset()
    spent_usd: float = 0.0


class EvidenceReader:
    """Reads it in many short reads, between which the store's thread is free for others; what takes computing is done
    on a thread of its own. Keeps the language of each prompt that was voted on: it never changes."""

    def __init__(self, store: ConversationStore) -> None:
        self._store = store
        self._statistics = StatisticsReader(store)
        self._languages: dict[str, str | None] = {}

    async def read(self, now: float, period: Period | None) -> Evidence:
        """All of it as it is `now` (seconds since the epoch); `period` of the budget, None where there is none."""
        uses = await self._store.read(queries.model_uses)
        figures = await self._statistics.models(now - RECENT_S)
        return Evidence(
            await self._preferences(),
            {(one.provider, one.model): _measured(one) for one in figures},
            frozenset((one.provider, one.model) for one in uses if one.favourite),
            0.0 if period is None else await self.spent_usd(start_of(period, now)),
        )

    async def spent_usd(self, since: float) -> float:
        """What answers have cost from this time on, as far as their prices are known."""
        return sum(one.totals.cost_usd or 0.0 for one in await self._statistics.models(since))

    async def _preferences(self) -> Preferences:
        uids = await judged_uids(self._store)
        judged: list[JudgedComparison] = []
        prompts: dict[str, str] = {}
        for begin in range(0, len(uids), SLICE):
            part = uids[begin : begin + SLICE]
            judged += await self._store.read(judged_comparisons, part)
            new = [uid for uid in part if uid not in self._languages]
            if new:
                prompts |= await self._store.read(beginnings_of_prompts, new)
        known = {uid: self._languages[uid] for uid in uids if uid in self._languages}
        preferences, self._languages = await asyncio.to_thread(_learned, judged, known, prompts)
        return preferences


def was_answered_locally(db: sqlite3.Connection, conversation_id: int) -> bool:
    """Whether a local model was asked for any answer of this chat, shown or not. For `ConversationStore.read`."""
    row = db.execute(
        "SELECT 1 FROM message WHERE conversation_id = ? AND role = 'assistant' AND status <> 'streaming' "
        "AND local = 1 LIMIT 1",
        (conversation_id,),
    ).fetchone()
    return row is not None


def start_of(period: Period, now: float) -> float:
    """The first moment of today or of this month, by the local calendar."""
    day = datetime.fromtimestamp(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return (day.replace(day=1) if period == "month" else day).timestamp()


def _measured(one: ModelFigures) -> Measured:
    speeds = one.speeds
    pace = Pace(
        *(None if spread is None else spread.median for spread in (speeds.ttft_s, speeds.prompt, speeds.decode))
    )
    return Measured(pace, one.totals.answered, one.totals.failed)


def _learned(
    judged: Sequence[JudgedComparison], known: Mapping[str, str | None], prompts: Mapping[str, str]
) -> tuple[Preferences, dict[str, str | None]]:
    """What the votes say; and the languages of all these prompts, `known` ones and others."""
    languages = {**known, **{uid: language_of(prompt) for uid, prompt in prompts.items()}}
    rounds = (VotedRound(one.models, one.winner, one.bad, one.kind, languages.get(one.uid)) for one in judged)
    return Preferences(rounds), languages
