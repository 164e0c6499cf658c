"""The simulated LM Studio in a process of its own: `lm_studio_child.py PORT SCRIPT`. It has no model of its own.

Started by the fake `lms`. SCRIPT: JSON with fields of `Script`.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.services.mock_server import MockServer, Script
from app.services.mock_server.models import demo_models


async def serve(port: int, changes: dict[str, Any]) -> None:
    script = Script(ttft=0.01, tokens_per_second=2_000.0, download_seconds=0.5)
    script.update({"hidden_models": [model.key for model in demo_models()], **changes})
    server = MockServer(script)
    await server.start(port)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), json.loads(sys.argv[2])))
