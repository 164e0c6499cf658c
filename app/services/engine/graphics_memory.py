"""Memory of the graphics cards, where it can be read: from files of AMD's driver, from NVIDIA's program."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Sequence
from pathlib import Path

from app.lean_dataclass import dataclass
from app.services import process
from app.services.llm.errors import LLMError

logger = logging.getLogger(__name__)

#: Linux, amdgpu: `card0/device/mem_info_vram_total` and `…_used`, bytes in decimal (kernel documentation, amdgpu).
CARDS_FOLDER = Path("/sys/class/drm")
PROGRAM = "nvidia-smi"
_FORMAT = "--format=csv,noheader,nounits"
_ASK = ("--query-gpu=memory.free", _FORMAT)
_ASK_USED = ("--query-gpu=memory.used,memory.total,name", _FORMAT)
PROGRAM_WAIT_S = 3.0
_MEBIBYTE = 1024 * 1024
_MEBIBYTES = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class GraphicsCard:
    """`name`: as its driver has it, "" where that does not say."""

    used_bytes: int
    total_bytes: int
    name: str = ""


async def find_program() -> Path | None:
    """The program that tells of NVIDIA's cards, where there is one."""
    return await asyncio.to_thread(process.find_program, PROGRAM)


async def cards_of(program: Path | None, cards: Path = CARDS_FOLDER) -> list[GraphicsCard]:
    """Every card that tells what it has; shared memory is not counted. `program`: of `find_program`."""
    found = await asyncio.to_thread(_cards_of_amd, cards)
    lines = await _lines_of(program, _ASK_USED) if program is not None else []
    return found + [card for line in lines if (card := _card(line)) is not None]


def _card(line: str) -> GraphicsCard | None:
    """`1024, 24576, NVIDIA GeForce RTX 3090` in mebibytes."""
    first, _, rest = line.partition(",")
    second, _, name = rest.partition(",")
    used, total = _bytes_of(first), _bytes_of(second)
    if used is None or not total:
        return None
    shown = name.strip()[:80]
    return GraphicsCard(used, total, shown if shown.isprintable() else "")


def _bytes_of(mebibytes: str) -> int | None:
    """What the program printed for a number; None for anything else."""
    return int(mebibytes) * _MEBIBYTE if _MEBIBYTES.fullmatch(mebibytes.strip()) else None


async def free_bytes(cards: Path = CARDS_FOLDER, program: Path | None = None) -> int | None:
    """Free memory of the card that has most of it; None where no card tells. Shared memory is not counted.

    `cards` and `program` take the place of the system's own (tests).
    """
    found = await asyncio.to_thread(_of_amd, cards)
    path = program or await find_program()
    if path is not None:
        found += [free for line in await _lines_of(path, _ASK) if (free := _bytes_of(line)) is not None]
    return max(found, default=None)


def _of_amd(cards: Path) -> list[int]:
    return [max(0, card.total_bytes - card.used_bytes) for card in _cards_of_amd(cards)]


def _cards_of_amd(cards: Path) -> list[GraphicsCard]:
    found = []
    for total in sorted(cards.glob("card*/device/mem_info_vram_total")):
        try:
            whole, used = (
                int(path.read_text(encoding="ascii")) for path in (total, total.with_name("mem_info_vram_used"))
            )
        except (OSError, ValueError):
            continue  # the card went, or its driver says something else: then it is not known
        found.append(GraphicsCard(used, whole))
    return found


async def _lines_of(program: Path, arguments: Sequence[str]) -> list[str]:
    try:
        result = await process.run(program, arguments, timeout_s=PROGRAM_WAIT_S)
    except LLMError as exc:
        logger.debug("%s tells nothing: %s", program.name, exc)
        return []
    if not result.succeeded:
        return []
    return [line.strip() for line in result.stdout.splitlines()]
