"""Keeps a comparison in the store while its models answer, so that a crash loses nothing that was read."""

from __future__ import annotations

import asyncio
from functools import partial

from app.lean_dataclass import dataclass
from app.services.comparison.comparison import Comparison
from app.services.conversations import comparison_rows
from app.services.conversations.answer_journal import JOURNAL_INTERVAL_S
from app.services.conversations.comparison_rows import NewComparedAnswer, NewComparison
from app.services.conversations.store import ConversationStore
from app.services.llm.llm_manager import Resolved


@dataclass(slots=True)
class _Written:
    """How much of one answer is in the journal."""

    text: int = 0
    reasoning: int = 0
    rewritten: int = 0
    sequence: int = 0
    is_over: bool = False


class ComparisonKeeper:
    """Runs a comparison and writes it down. `uid` names it in the store."""

    def __init__(self, store: ConversationStore, comparison: Comparison, uid: str, *, first: int = 0) -> None:
        """`first`: the position of its first answer, where others were there before."""
        self.uid = uid
        self._store = store
        self._comparison = comparison
        self._first = first
        self._written = [_Written() for _ in comparison.answers]

    @classmethod
    async def begin(cls, store: ConversationStore, comparison: Comparison, asked: NewComparison) -> ComparisonKeeper:
        """The rows are on the disk when this returns; nothing was sent yet."""
        models = [_row_of(one.model) for one in comparison.answers]
        uid = await store.write(comparison_rows.create, asked, models, store.owner_id)
        return cls(store, comparison, uid)

    @classmethod
    async def join(cls, store: ConversationStore, comparison: Comparison, uid: str, first: int) -> ComparisonKeeper:
        """As `begin`, for models that are asked later than those of a comparison that is there."""
        models = [_row_of(one.model) for one in comparison.answers]
        await store.write(comparison_rows.add_answers, uid, first, models, store.owner_id)
        return cls(store, comparison, uid, first=first)

    async def run(self) -> None:
        """Until every answer is over and written; a cancellation ends them, and they are written all the same."""
        journal = asyncio.create_task(self._journal(), name="comparison.journal")
        try:
            await self._comparison.run()
        finally:
            journal.cancel()
            await asyncio.wait({journal})
            await self._flush()
            if not journal.cancelled():
                journal.result()  # it ends by itself only where there is a bug in it

    async def _journal(self) -> None:
        while True:
            await asyncio.sleep(JOURNAL_INTERVAL_S)
            await self._flush()

    async def _flush(self) -> None:
        for n, (answer, written) in enumerate(zip(self._comparison.answers, self._written, strict=True)):
            place = (self.uid, self._first + n)
            if written.is_over:
                continue
            if answer.is_over:
                await self._store.write(comparison_rows.finish, *place, answer.as_dict())
                written.is_over = True
                continue
            anew = answer.rewritten != written.rewritten
            text = answer.text if anew else answer.text[written.text :]
            reasoning = answer.reasoning if anew else answer.reasoning[written.reasoning :]
            if not (anew or text or reasoning):
                continue
            written.text, written.reasoning = len(answer.text), len(answer.reasoning)
            written.rewritten = answer.rewritten
            written.sequence += 1
            piece = partial(comparison_rows.journal, text=text, reasoning=reasoning, anew=anew)
            await self._store.write_soon(piece, *place, written.sequence)


def _row_of(model: Resolved) -> NewComparedAnswer:
    name = model.description.display_name if model.description is not None else model.model
    return NewComparedAnswer(model.provider, model.model, name, model.local, model.simulated)
