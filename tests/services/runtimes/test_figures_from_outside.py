"""Figures that programs and servers print: units as they come, and numbers that are none."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from app.services.engine import memory
from app.services.engine.graphics_memory import cards_of, free_bytes
from app.services.engine.memory import SystemMemory
from app.services.llm.address import port_of
from app.services.llm.errors import LLMError
from app.services.llm.http import HttpDoor
from app.services.runtimes import LoadOptions, RunningModel
from app.services.runtimes.lm_studio import LmStudioRuntime
from app.services.runtimes.load_values import known_load_values
from app.services.runtimes.ollama import OllamaRuntime
from app.services.runtimes.ollama_answers import Layers
from app.services.runtimes.records import NEVER
from tests.fakes.lms import FakeLms
from tests.fakes.ollama_server import FakeOllama
from tests.fakes.raw_http import answer

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="the fakes are started by their first line"),
]
VISION = "simulated/vision-8b"
MEBIBYTE, GIBIBYTE = 2**20, 2**30
HUGE = "9" * 5_000


@pytest.mark.parametrize(
    ("said", "size"),
    [
        ("512.00 MiB", 512 * MEBIBYTE),
        ("900.00 MB", 900_000_000),
        ("1.50 TiB", 1_536 * GIBIBYTE),
        ("2.00 GiB", 2 * GIBIBYTE),
        (f"{HUGE} GiB", None),
        ("²³ GiB", None),
        ("0.00 GiB", None),
    ],
)
async def test_E3_an_estimate_of_lms_is_read_in_its_unit_or_not_at_all(
    fake: FakeLms, studio: LmStudioRuntime, said: str, size: int | None
) -> None:
    fake.behave(status_port=port_of(studio.base_url), estimates={"4096": f"Estimated Total Memory: {said}"})
    assert await studio.estimated_memory(RunningModel(VISION, VISION, 4_096)) == size


@pytest.mark.parametrize("figure", ["²", HUGE, "-1", "1e9", "", "[N/A]", "１２"])
async def test_E3_numbers_of_nvidia_smi_that_are_none_are_not_known(tmp_path: Path, figure: str) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text(f"#!/bin/sh\ncat <<'END'\n{figure}, {figure}, A card\nEND\n", encoding="utf-8")
    program.chmod(0o755)
    assert await cards_of(program, tmp_path) == []
    program.write_text(f"#!/bin/sh\ncat <<'END'\n{figure}\nEND\n", encoding="utf-8")
    assert await free_bytes(tmp_path, program) is None


def test_a_pull_that_begins_a_layer_again_has_no_speed_below_zero() -> None:
    layers = Layers()
    layers.take({"digest": "a", "total": 1_000, "completed": 900})
    layers._began -= 10  # ten seconds ago
    again = layers.take({"digest": "a", "total": 1_000, "completed": 100})
    assert again.bytes_per_second == 0.0


async def test_what_lies_on_the_graphics_card_makes_no_room_in_memory(
    door: HttpDoor, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "system_memory", lambda: SystemMemory(16 * GIBIBYTE, 8 * GIBIBYTE))
    async with FakeOllama() as server:
        runtime = OllamaRuntime(door, server.url)
        server.routes["/api/show"] = answer({"model_info": {}})
        before = await runtime.fit("llama3", 4_096)
        await runtime.load("llama3")
        size = server.sizes["llama3:latest"]
        for on_card, makes_room in ((0, size), (size, 0), (size // 2, size - size // 2), (2 * size, 0)):
            server.loaded["llama3:latest"]["size_vram"] = on_card
            fit = await runtime.fit("llama3", 4_096)
            assert (fit.free_bytes or 0) - (before.free_bytes or 0) == makes_room


# --- values on the border


@pytest.mark.parametrize(
    "values",
    [
        {"context_length": 0},
        {"context_length": -1},
        {"context_length": 10**30},
        {"batch": 2**40},
        {"ttl_s": -5.0},
        {"ttl_s": 0},
        {"ttl_s": float("nan")},
        {"ttl_s": 1e300},
        {"ttl_s": 10**400},
        {"gpu": 1.01},
        {"gpu": float("nan")},
    ],
)
def test_a_value_that_no_backend_could_take_is_refused_and_not_offered(values: dict[str, Any]) -> None:
    with pytest.raises(LLMError) as caught:
        LoadOptions(**values)
    assert caught.value.kind == "bad_request"
    assert known_load_values(values) == {}, "also where a store holds it"


def test_the_longest_time_in_memory_is_never() -> None:
    assert LoadOptions(ttl_s=NEVER).ttl_s == NEVER
    assert known_load_values({"ttl_s": "never"}) == {"ttl_s": "never"}
