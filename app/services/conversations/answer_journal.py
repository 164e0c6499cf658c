"""Keeps the text of a running answer on the disk while it arrives."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from app.services.conversations import changes

if TYPE_CHECKING:
    from app.services.conversations.running_answer import Answer
    from app.services.conversations.store import ConversationStore

#: Text is on the disk at the latest this long after it was shown (reliability C6: 250 ms).
JOURNAL_INTERVAL_S = 0.15


class AnswerJournal:
    """Writes what arrived since the last time, every `JOURNAL_INTERVAL_S`, in pieces that are only appended."""

    def __init__(self, store: ConversationStore, answer: Answer) -> None:
        self._store = store
        self._answer = answer
        self._texts = 0
        self._reasonings = 0
        self._sequence = 0
        self._rewritten = 0

    async def run(self) -> None:
        while True:
            await asyncio.sleep(JOURNAL_INTERVAL_S)
            await self._flush()

    async def _flush(self) -> None:
        answer = self._answer
        self._sequence += 1
        if answer.rewritten != self._rewritten:
            self._rewritten = answer.rewritten
            self._texts, self._reasonings = len(answer.text_parts), len(answer.reasoning_parts)
            whole = (answer.text, answer.reasoning)
            await self._store.write_soon(changes.rewrite_journal, answer.message_id, self._sequence, *whole)
            return
        texts, reasonings = len(answer.text_parts), len(answer.reasoning_parts)
        text = "".join(answer.text_parts[self._texts : texts])
        reasoning = "".join(answer.reasoning_parts[self._reasonings : reasonings])
        if not text and not reasoning:
            return
        self._texts, self._reasonings = texts, reasonings
        await self._store.journal(answer.message_id, self._sequence, text, reasoning)
