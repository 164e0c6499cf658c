"""Embeddings as base64: OpenAI's clients ask for them so, and LM Studio answers with lists all the same.

The client of Node does not look at what came, and would make numbers of no meaning out of a list.
"""

from __future__ import annotations

import base64
import json
import struct
from typing import Any

from app.services.llm.safe_json import loads


def packed(whole: bytes) -> bytes:
    """The answer with every list of numbers as base64 of 32-bit floats; anything else stays as it is."""
    try:
        answer = loads(whole)
    except ValueError:
        return whole
    rows = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(rows, list):
        return whole
    changed = [_pack(row) for row in rows]
    return json.dumps(answer, ensure_ascii=False).encode() if any(changed) else whole


def _pack(row: Any) -> bool:
    numbers = row.get("embedding") if isinstance(row, dict) else None
    if not isinstance(numbers, list) or not all(type(one) in (int, float) for one in numbers):
        return False
    try:
        raw = struct.pack(f"<{len(numbers)}f", *numbers)
    except (OverflowError, struct.error):  # no 32-bit number
        return False
    row["embedding"] = base64.b64encode(raw).decode()
    return True
