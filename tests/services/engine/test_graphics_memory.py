"""Free memory of graphics cards, as AMD's driver and NVIDIA's program tell it."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import pytest

from app.services.engine import graphics_memory
from app.services.engine.graphics_memory import free_bytes
from tests.fakes.programs import install

pytestmark = [pytest.mark.anyio, pytest.mark.skipif(sys.platform == "win32", reason="shell scripts as programs")]


def card(folder: Path, name: str, total: str, used: str) -> None:
    device = folder / name / "device"
    device.mkdir(parents=True)
    (device / "mem_info_vram_total").write_text(total, encoding="ascii")
    (device / "mem_info_vram_used").write_text(used, encoding="ascii")


def program(path: Path, lines: str, status: int = 0) -> Path:
    path.write_text(f"#!/bin/sh\nprintf '{lines}'\nexit {status}\n", encoding="ascii")
    path.chmod(0o755)
    return path


async def test_the_card_with_most_room_counts(tmp_path: Path) -> None:
    card(tmp_path, "card0", "8000\n", "3000\n")
    card(tmp_path, "card1", "9000\n", "8500\n")
    nothing = program(tmp_path / "broken", "No devices were found", 6)
    assert await free_bytes(tmp_path, nothing) == 5_000
    nvidia = program(tmp_path / "nvidia", "100\\n24000\\n[N/A]\\n")
    assert await free_bytes(tmp_path, nvidia) == 24_000 * 1024 * 1024


async def test_cards_that_do_not_tell_are_not_known(tmp_path: Path) -> None:
    card(tmp_path, "card0", "many\n", "1\n")
    assert await free_bytes(tmp_path, program(tmp_path / "old", "Field is not valid", 1)) is None
    assert await free_bytes(tmp_path, tmp_path / "not-there") is None


@pytest.mark.parametrize(
    "behaviour",
    [{"hang": True}, {"flood": 10_000_000}, {"crash": True}, {"says": "Keine Grafikkarte gefunden"}, {"status": 9}],
    ids=["hangs", "floods for ever", "crashes", "speaks another language", "fails with a number"],
)
async def test_E3_an_nvidia_smi_that_does_not_do_its_work_keeps_nobody_waiting_and_tells_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, behaviour: dict[str, Any]
) -> None:
    monkeypatch.setattr(graphics_memory, "PROGRAM_WAIT_S", 0.5)
    card(tmp_path, "card0", "8000\n", "3000\n")
    source = 'print(behaviour.get("says", "24000")); sys.exit(behaviour.get("status", 0))'
    fake = install(tmp_path / "bin", "nvidia-smi", source, **behaviour)
    began = time.monotonic()
    assert await free_bytes(tmp_path, fake.path) == 5_000, "what the other card tells still counts"
    assert time.monotonic() - began < 5
