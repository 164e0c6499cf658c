"""Whether a model fits: the figures against the memory that the real engine takes, and the verdicts."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

import psutil
import pytest

from app.services.engine import memory
from app.services.engine.engine_process import EngineOrder, EngineProcess
from app.services.engine.footprint import SPARE_BYTES, Verdict, footprint, judge, largest_context
from app.services.engine.gguf import GgufHeader, read_header
from app.services.engine.gguf_finder import GgufFinder
from app.services.llm.http import HttpDoor
from tests.services.engine.conftest import needs_engine, needs_generator

KEY = "of-the-measured-engine"


@pytest.fixture
def header(tiny: Path) -> GgufHeader:
    return read_header(tiny)


# -- against the real engine


def read_a_prompt(address: str, tokens: int, begins: str) -> None:
    """Buffers are memory once they are written to: a prompt longer than the 512 tokens that are read at a time does
    that. Three of four `tokens`, since each letter is one."""
    body = json.dumps({"prompt": f"{begins} b " * (tokens // 4), "n_predict": 2}).encode()
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(f"{address}/completion", body, headers), timeout=300) as answer:
        answer.read()


async def measured(
    model: Path, context: int, prompts: int = 1, prompt_cache_mib: int = 0, tokens: int = 700
) -> list[int]:
    """Bytes that the engine's process holds after each of some long prompts that have nothing in common."""
    door = HttpDoor()
    order = EngineOrder(model.stem, model, context, prompt_cache_mib=prompt_cache_mib)
    engine = EngineProcess(order, door, key=KEY)
    try:
        await engine.start(120)
        assert engine.process_id is not None
        took = []
        for number in range(prompts):
            read_a_prompt(engine.address, tokens, chr(ord("a") + number))
            took.append(int(psutil.Process(engine.process_id).memory_info().rss))
        return took
    finally:
        await engine.aclose()
        await door.aclose()


@pytest.mark.slow
@needs_engine
@pytest.mark.anyio
@pytest.mark.parametrize(
    ("layers", "width", "inner", "heads", "kv_heads", "quantization"),
    [
        (8, 512, 2_048, 8, 8, "F32"),
        (12, 768, 3_072, 12, 12, "F32"),
        (8, 768, 3_072, 12, 4, "F16"),
        (12, 768, 3_072, 12, 4, "Q8_0"),
    ],
)
async def test_the_figure_is_within_ten_percent_of_what_the_engine_takes(
    tmp_path: Path, layers: int, width: int, inner: int, heads: int, kv_heads: int, quantization: str
) -> None:
    from tests.fakes.tiny_gguf import Shape, write_tiny_model

    model = tmp_path / "measured.gguf"
    shape = Shape(layers, width, heads, inner, 32_768, kv_heads)
    write_tiny_model(model, shape=shape, endless=True, quantization=quantization)
    size = model.stat().st_size
    assert size > 100_000_000
    for context in (4_096, 16_384):
        told = footprint(read_header(model), size, context)
        assert told is not None
        (took,) = await measured(model, context)
        assert abs(told.total - took) < took / 10, f"told {told.total:,}, took {took:,} with {context}"


@pytest.mark.slow
@needs_engine
@pytest.mark.anyio
async def test_sliding_layers_and_their_copies_are_within_ten_percent(tmp_path: Path) -> None:
    from tests.fakes.tiny_gguf import Shape, write_tiny_model

    model = tmp_path / "sliding.gguf"
    write_tiny_model(model, shape=Shape(12, 512, 8, 2_048, 32_768), sliding_window=1_024)
    for context in (4_096, 8_192):
        told = footprint(read_header(model), model.stat().st_size, context)
        assert told is not None
        (took,) = await measured(model, context, tokens=1_000)
        assert abs(told.total - took) < took / 10, f"told {told.total:,}, took {took:,} with {context}"


@pytest.mark.slow
@needs_engine
@pytest.mark.anyio
async def test_other_chats_take_no_more_memory_than_they_are_given(tmp_path: Path) -> None:
    """Of itself the engine keeps the windows of other chats until they fill 8 GiB."""
    from tests.fakes.tiny_gguf import Shape, write_tiny_model

    model = tmp_path / "measured.gguf"
    write_tiny_model(model, shape=Shape(8, 512, 8, 256, 4_096), endless=True)
    window = read_header(model).window
    assert window is not None
    one_prompt = window.size_bytes(1_000)
    without = await measured(model, 2_048, prompts=4, tokens=1_000)
    assert without[-1] - without[0] < one_prompt / 2
    limited = await measured(model, 2_048, prompts=6, prompt_cache_mib=32, tokens=1_000)
    assert one_prompt / 2 < limited[-1] - limited[0] < 32 * 1024 * 1024 * 1.2


# -- verdicts


@needs_generator
def test_the_verdict_goes_by_what_is_free(header: GgufHeader) -> None:
    size = 4_000_000_000
    told = footprint(header, size, 512)
    assert told is not None
    verdicts = [judge(header, size, 512, told.total + spare).verdict for spare in (SPARE_BYTES, SPARE_BYTES - 1, 0, -1)]
    assert verdicts == [Verdict.FITS, Verdict.TIGHT, Verdict.TIGHT, Verdict.TOO_LARGE]
    assert judge(header, size, 512, None).verdict is Verdict.UNKNOWN


@needs_generator
def test_other_chats_get_half_of_what_a_model_leaves_or_nothing(tiny: Path) -> None:
    model = GgufFinder([tiny.parent]).find().models[0]
    needed = memory.needed_bytes(model, 512)
    mebibyte = 1024 * 1024
    assert memory.prompt_cache_mib(model, 512, needed) == 0, "not even one window has room"
    assert memory.prompt_cache_mib(model, 512, needed + 200 * mebibyte) == 100
    assert memory.prompt_cache_mib(model, 512, 10**12) == memory.MOST_PROMPT_CACHE_MIB
    assert memory.prompt_cache_mib(model, 512, None) == memory.UNKNOWN_PROMPT_CACHE_MIB


@needs_generator
def test_no_more_than_the_trained_window_is_judged(header: GgufHeader) -> None:
    fit = judge(header, 1_000, 1_000_000, 10**12)
    assert (fit.context_length, fit.largest_context) == (512, 512)


@needs_generator
def test_the_largest_window_fits_and_the_next_one_does_not(tmp_path: Path) -> None:
    from tests.fakes.tiny_gguf import Shape, write_tiny_model

    write_tiny_model(tmp_path / "m.gguf", shape=Shape(context=131_072))
    header = read_header(tmp_path / "m.gguf")
    beyond = footprint(header, 10**9, 20_000)
    assert beyond is not None
    found = largest_context(header, 10**9, beyond.total)
    assert found == 20_000 // 256 * 256
    assert largest_context(header, 10**9, 10**9) == 0, "weights alone fill it"


def test_without_a_head_only_what_is_certain_is_told() -> None:
    assert judge(None, 9_000, 4_096, 8_000).verdict is Verdict.TOO_LARGE
    assert judge(None, 7_000, 4_096, 8_000).verdict is Verdict.UNKNOWN
    assert judge(None, None, 4_096, 8_000).verdict is Verdict.UNKNOWN


@needs_generator
def test_a_graphics_card_is_judged_by_itself(header: GgufHeader) -> None:
    assert judge(header, 10**9, 512, 10**8, graphics_bytes=10**10).fits_graphics is True
    assert judge(header, 10**9, 512, 10**10, graphics_bytes=10**8).fits_graphics is False
    assert judge(header, 10**9, 512, 10**10).fits_graphics is None
