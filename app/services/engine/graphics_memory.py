"""Free memory of the graphics cards, where it can be read: AMD's driver has files for it, NVIDIA's a program."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from app.services import process
from app.services.llm.errors import LLMError

logger = logging.getLogger(__name__)

#: Linux, amdgpu: `card0/device/mem_info_vram_total` and `…_used`, bytes in decimal (kernel documentation, amdgpu).
CARDS_FOLDER = Path("/sys/class/drm")
PROGRAM = "nvidia-smi"
_ASK = ("--query-gpu=memory.free", "--format=csv,noheader,nounits")
PROGRAM_WAIT_S = 3.0
_MEBIBYTE = 1024 * 1024


async def free_bytes(cards: Path = CARDS_FOLDER, program: Path | None = None) -> int | None:
    """Free memory of the card that has most of it; None where no card tells. Shared memory is not counted.

    `cards` and `program` take the place of the system's own (tests).
    """
    found = await asyncio.to_thread(_of_amd, cards)
    path = program or await asyncio.to_thread(process.find_program, PROGRAM)
    if path is not None:
        found += await _of_nvidia(path)
    return max(found, default=None)


def _of_amd(cards: Path) -> list[int]:
    free = []
    for total in cards.glob("card*/device/mem_info_vram_total"):
        try:
            whole, used = (
                int(path.read_text(encoding="ascii")) for path in (total, total.with_name("mem_info_vram_used"))
            )
        except (OSError, ValueError):
            continue  # the card went, or its driver says something else: then it is not known
        free.append(max(0, whole - used))
    return free


async def _of_nvidia(program: Path) -> list[int]:
    try:
        result = await process.run(program, _ASK, timeout_s=PROGRAM_WAIT_S)
    except LLMError as exc:
        logger.debug("%s tells nothing: %s", program.name, exc)
        return []
    if not result.succeeded:
        return []
    return [int(line) * _MEBIBYTE for line in result.stdout.split() if line.isdigit()]
