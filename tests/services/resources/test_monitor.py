"""Samples of the computer: what is known is measured, what is not known is left out, and only some minutes are kept."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import psutil
import pytest

from app.services.engine.graphics_memory import GraphicsCard, cards_of
from app.services.resources.monitor import MAX_SAMPLES, ResourceMonitor
from app.services.resources.processor import ProcessorTime, busy_share, read_processor
from app.services.runtimes.records import ProcessHint
from tests.services.engine.test_graphics_memory import card, program

pytestmark = [pytest.mark.anyio, pytest.mark.skipif(sys.platform != "linux", reason="elsewhere less is readable")]


@pytest.fixture(autouse=True)
def no_graphics(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


async def test_the_first_sample_knows_the_memory_and_not_yet_how_busy_the_processor_is() -> None:
    monitor = ResourceMonitor()
    first = await monitor.take({})
    theirs = psutil.virtual_memory()
    assert first.memory is not None and first.memory.total == theirs.total
    assert abs(first.memory.available - theirs.available) < 500_000_000
    assert first.processor is None and first.runtimes == {}
    while (second := await monitor.take({})).processor is None:
        pass  # the system counts in hundredths of a second
    assert 0 <= second.processor <= 1
    monitor.pause()
    assert (await monitor.take({})).processor is None, "the pause between says nothing of now"


async def test_what_a_server_holds_is_measured_and_one_that_is_not_there_is_left_out() -> None:
    monitor = ResourceMonitor()
    hints = {"ours": ProcessHint(ids=(os.getpid(),)), "gone": ProcessHint(frozenset({"no such program"}), port=1)}
    sample = await monitor.take(hints)
    assert set(sample.runtimes) == {"ours"}
    own = psutil.Process().memory_info().rss
    assert sample.runtimes["ours"] >= own * 0.8


async def test_only_some_minutes_are_kept() -> None:
    monitor = ResourceMonitor()
    first = await monitor.take({})
    for _ in range(MAX_SAMPLES):
        last = await monitor.take({})
    assert len(monitor.history) == MAX_SAMPLES
    assert monitor.history[0] is not first and monitor.history[-1] is last


async def test_cards_tell_what_they_hold_of_what_they_have(tmp_path: Path) -> None:
    card(tmp_path, "card0", "8000\n", "3000\n")
    nvidia = program(tmp_path / "nvidia", "1024, 24576, NVIDIA GeForce RTX 3090\\n[N/A], 5, Old\\n")
    mebibyte = 1024 * 1024
    assert await cards_of(nvidia, tmp_path) == [
        GraphicsCard(3000, 8000),
        GraphicsCard(1024 * mebibyte, 24576 * mebibyte, "NVIDIA GeForce RTX 3090"),
    ]
    assert await cards_of(None, tmp_path / "none") == []
    assert await cards_of(program(tmp_path / "broken", "No devices", 6), tmp_path / "none") == []


def test_the_share_is_of_the_time_between_two_looks() -> None:
    assert busy_share(ProcessorTime(10, 100), ProcessorTime(40, 200)) == 0.3
    assert busy_share(ProcessorTime(10, 100), ProcessorTime(10, 100)) is None
    assert busy_share(None, ProcessorTime(1, 2)) is None


def test_waiting_for_a_disk_is_not_work(tmp_path: Path) -> None:
    stat = tmp_path / "stat"
    stat.write_text("cpu  10 5 15 100 40 1 1 2 7 7\ncpu0 1 1 1 1\n", encoding="ascii")
    assert read_processor(stat) == ProcessorTime(34, 174)
    stat.write_text("cpu  10 5\n", encoding="ascii")
    assert read_processor(stat) is None
    assert read_processor(tmp_path / "gone") is None
