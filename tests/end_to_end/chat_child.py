"""A process that chats until it is killed, and says what it has shown: one JSON object a line, at once.

Each line has `t`, the monotonic time at which the text was handed to whoever shows it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import time
from typing import Any

from app.paths import user_paths
from app.services.container import Overrides, open_services
from app.services.conversations.running_answer import Answer, AnswerBegan, AnswerEnded
from app.services.llm.stream_events import TextDelta


def say(**line: Any) -> None:
    """One write of less than a pipe's atomic size: a kill leaves whole lines only."""
    os.write(1, (json.dumps({**line, "t": time.monotonic()}) + "\n").encode())


def show(pair: tuple[Answer, Any]) -> None:
    answer, event = pair
    if isinstance(event, AnswerBegan):
        say(began=answer.message_id, prompt=answer.prompt_id)
    elif isinstance(event, TextDelta):
        say(answer=answer.message_id, text=event.text)
    elif isinstance(event, AnswerEnded):
        say(ended=answer.message_id, status=answer.status)


async def chat(home: str, base_url: str, turns: int) -> None:
    """Ask again and again in one new chat."""
    overrides = Overrides(provider="lm_studio", base_url=base_url, environment={"AICA_KEYRING": "off"})
    async with await open_services(user_paths(home), overrides) as services:
        services.chats.events.subscribe(show)
        conversation = await services.store.create_conversation(title="killed")
        say(ready=True, saved=services.store.state.saved, reason=services.store.state.reason)
        for turn in range(turns):
            answer = await services.chats.send(conversation, f"Question {turn} of this chat", provider="lm_studio")
            await answer.wait()
            state = services.store.state
            say(turn=turn, status=answer.status, saved=state.saved, reason=state.reason)
        texts = [message.text for message in await services.store.messages(conversation)]
        say(kept=len(texts))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--home", required=True)
    parser.add_argument("--base-url", required=True)
    parser.add_argument("--turns", type=int, default=1_000_000)
    options = parser.parse_args()
    asyncio.run(chat(options.home, options.base_url, options.turns))


if __name__ == "__main__":
    main()
