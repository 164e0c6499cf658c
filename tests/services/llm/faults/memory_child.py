"""Asks a server once, in a process of its own, and says what it came to and how much memory that took, as JSON.

`python -m tests.services.llm.faults.memory_child WIRE ADDRESS`; `models` in the place of a wire asks LM Studio's list.
Like whoever shows an answer it keeps all of it, and joins it at the end.
"""

from __future__ import annotations

import asyncio
import json
import sys

from app.services.llm.errors import LLMError
from app.services.llm.http import HttpDoor
from app.services.llm.models import ChatRequest, Message
from app.services.llm.stream_events import TextDelta, ToolCallDelta
from tests.peak_memory import peak_kb
from tests.services.llm.faults.wires import MODEL, WIRES


async def answer(name: str, url: str) -> int:
    wire = next(one for one in WIRES if one.name == name)
    kept: list[str] = []
    request = ChatRequest(model=MODEL, messages=(Message(role="user", content="hi"),))
    async with wire.make(url) as provider:
        try:
            async for event in provider.stream(request):
                if isinstance(event, TextDelta):
                    kept.append(event.text)
                elif isinstance(event, ToolCallDelta):
                    kept.append(event.arguments)
        finally:
            size = len("".join(kept))
    return size


async def models(url: str) -> int:
    door = HttpDoor()
    found = await door.request_json("GET", f"{url}/v1/models", purpose="models", timeout_s=60)
    await door.aclose()
    return 0 if found.value is None else 1


def main(name: str, url: str) -> None:
    came, kind = -1, ""
    try:
        came = asyncio.run(models(url) if name == "models" else answer(name, url))
    except LLMError as exc:
        kind = exc.kind.value
    print(json.dumps({"kind": kind, "came": came, "peak_mb": peak_kb() / 1024}))


if __name__ == "__main__":
    main(*sys.argv[1:])
