"""`aica hub` and `aica pull` for the built-in engine, as real processes against a hub on loopback."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.paths import user_paths
from tests.cli.conftest import Aica, eventually
from tests.fakes.hub import NEWER, FakeHub
from tests.fakes.lms import FakeLms

pytestmark = pytest.mark.anyio
NAME = "maker/Tiny-1B-Coder-GGUF"
MODEL = f"{NAME}/tiny-F32"


@pytest.fixture
async def fake(aica: Aica) -> AsyncIterator[FakeHub]:
    async with FakeHub() as hub:
        result = await aica("config", "set", "network.hub_url", hub.url)
        assert result.status == 0, result.err
        yield hub


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    pytest.importorskip("gguf")
    from tests.fakes.tiny_gguf import write_tiny_model

    path = tmp_path_factory.mktemp("models") / "tiny.gguf"
    write_tiny_model(path)
    return path.read_bytes()


def row_of(text: str, word: str) -> str:
    return next(line for line in text.splitlines() if word in line)


async def test_a_search_shows_what_is_told_and_names_what_is_not(aica: Aica, fake: FakeHub) -> None:
    fake.add(NAME, {"tiny-Q4_K_M.gguf": b"x"})
    fake.add(
        "maker/tiny-silent", {"m.gguf": b"x"}, told={"gguf": None, "cardData": None, "tags": [], "downloads": None}
    )
    result = await aica("hub", "search", "tiny", "--coder", "--licence", "apache")
    assert result.status == 0
    assert "7 B" in row_of(result.out, NAME) and "32,768" in row_of(result.out, NAME)
    assert "unknown: licence, coder" in row_of(result.out, "maker/tiny-silent")
    assert f"hub show {NAME}" in result.err
    found = (await aica("hub", "search", "tiny", "--json")).value["models"]
    assert [one["repository"] for one in found] == [NAME, "maker/tiny-silent"]
    assert found[1]["downloads"] is None
    assert (await aica("hub", "search", "nothing-like-that")).out == "Nothing was found.\n"


async def test_show_judges_every_file_for_this_computer(aica: Aica, fake: FakeHub, tiny: bytes) -> None:
    parts = {f"big-Q8_0-0000{number}-of-00002.gguf": bytes(100) for number in (1, 2)}
    repository = fake.add(NAME, {"tiny-F32.gguf": tiny, "mmproj-F16.gguf": b"x", **parts})
    huge = {"rfilename": "tiny-BF16.gguf", "size": 10**13, "lfs": {"sha256": "1" * 64}}
    repository.told = {"siblings": [*repository.as_json(NAME)["siblings"][1:], huge]}
    result = await aica("hub", "show", f"https://huggingface.co/{NAME}", "--context", "512")
    assert result.status == 0
    assert "(2 parts)" in row_of(result.out, "Q8_0")
    assert "too large" in row_of(result.out, "BF16")
    assert "for pictures" in row_of(result.out, "mmproj")
    assert "licence apache-2.0" in result.out
    assert "Ollama: " in result.err and "public hub only" in result.err
    files = (await aica("hub", "show", NAME, "--json")).value["files"]
    assert {one["quantization"] for one in files} == {"F32", "F16", "Q8_0", "BF16"}
    assert next(one for one in files if one["kind"] == "projector")["fit"] is None


async def test_show_reads_the_sizes_from_the_first_bytes_of_the_smallest_file(
    aica: Aica, fake: FakeHub, tiny: bytes
) -> None:
    fake.add(NAME, {"tiny-F32.gguf": tiny})
    (file,) = (await aica("hub", "show", NAME, "--context", "300", "--json")).value["files"]
    fit = file["fit"]
    assert fit["verdict"] == "fits"
    assert fit["footprint"]["weights"] == len(tiny)
    assert fit["footprint"]["window"] == 300 * 2 * 2 * 64 * 2
    assert fit["largest_context"] == 512
    assert fake.ranges == ["bytes=0-524287"]


async def test_refusals_of_the_hub_are_told_with_the_right_status(aica: Aica, fake: FakeHub) -> None:
    missing = await aica("hub", "show", "maker/none")
    assert (missing.status, "The hub has no maker/none." in missing.err) == (5, True)
    wrong = await aica("hub", "show", "no name")
    assert (wrong.status, "user/repo" in wrong.err) == (5, True)
    fake.refusals = [(429, {"Retry-After": "9"})]
    assert (await aica("hub", "search", "x", "--json")).value["kind"] == "rate_limited"


async def test_a_pull_for_the_built_in_engine_is_listed_answers_and_is_deleted(
    aica: Aica, fake: FakeHub, tiny: bytes
) -> None:
    pytest.importorskip("xllamacpp")
    fake.add(NAME, {"tiny-F32.gguf": tiny})
    result = await aica("pull", f"{NAME}@F32", "--backend", "embedded")
    assert (result.status, result.out) == (0, f"{MODEL} is there (The built-in engine).\n")
    assert MODEL in (await aica("ls", "embedded")).out
    answer = await aica("ask", "--provider", "embedded", "--model", MODEL, "hello", timeout_s=60)
    assert "Once upon a byte" in answer.out
    assert (await aica("hub", "updates")).out == "No fetched model has a newer version.\n"
    again = await aica("pull", f"hf.co/{NAME}:f32", "--backend", "embedded", "--json")
    assert again.lines[-1] == {"type": "done", "backend": "embedded", "model": MODEL}
    fake.repositories[NAME].revision = NEWER
    fake.repositories[NAME].files["tiny-F32.gguf"] = tiny + b"\0"
    assert f"pull {NAME}@tiny-F32.gguf" in (await aica("hub", "updates")).out
    deleted = await aica("hub", "delete", MODEL)
    assert (deleted.status, deleted.out) == (0, f"{MODEL} is deleted, 477 kB are free again.\n")
    gone = await aica("hub", "delete", MODEL, "--json")
    assert (gone.status, gone.value["kind"]) == (5, "model_not_found")


async def test_a_fetched_model_is_offered_to_lm_studio_and_takes_no_more_of_the_disk(
    aica: Aica, fake: FakeHub, tiny: bytes, tmp_path: Path
) -> None:
    fake.add(NAME, {"tiny-F32.gguf": tiny})
    assert (await aica("pull", f"{NAME}@F32", "--backend", "embedded")).status == 0
    person = Path(aica.environment["HOME"])
    missing = await aica("hub", "offer", MODEL)
    assert missing.status == 4 and "LM Studio CLI not found." in missing.err
    lms = FakeLms(person, models=str(person / "models"))
    offered = await aica("hub", "offer", MODEL)
    assert (offered.status, offered.out) == (0, f"LM Studio has {MODEL} in its list now.\n")
    linked = person / "models" / NAME / "tiny-F32.gguf"
    assert linked.read_bytes() == tiny and linked.stat().st_nlink == 2
    assert all("--user-repo" in call["arguments"] for call in lms.calls)
    again = await aica("hub", "offer", MODEL, "--json")
    assert again.status == 5 and "already exists" in again.value["hint"]
    assert (await aica("hub", "delete", MODEL)).status == 0 and linked.exists(), "LM Studio's stays"


async def test_a_quantization_that_is_not_there_names_those_that_are(aica: Aica, fake: FakeHub) -> None:
    fake.add(NAME, {"tiny-Q8_0.gguf": b"x", "tiny-Q2_K.gguf": b"y"})
    result = await aica("pull", f"{NAME}@Q4_0", "--backend", "embedded")
    assert result.status == 5
    assert "Q8_0, Q2_K" in result.err or "Q2_K, Q8_0" in result.err


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
async def test_ctrl_c_keeps_the_part_and_the_same_command_goes_on(aica: Aica, fake: FakeHub) -> None:
    fake.add(NAME, {"slow-Q8_0.gguf": bytes(2_000_000)})
    fake.pause_s = 0.05
    child = await aica.start("pull", NAME, "--backend", "embedded")
    await eventually(lambda: fake.sent_bytes > 500_000)
    child.send_signal(signal.SIGINT)
    async with asyncio.timeout(10):
        _, err = await child.communicate()
    assert child.returncode == 130
    assert b"the same command goes on from there" in b" ".join(err.split())
    fake.pause_s = 0
    assert (await aica("pull", NAME, "--backend", "embedded")).status == 0
    assert fake.ranges[1].startswith("bytes=")
    folder = user_paths(aica.environment["AICA_HOME"]).models_folder
    assert (folder / NAME / "slow-Q8_0.gguf").read_bytes() == bytes(2_000_000)


async def test_E8_progress_lines_of_a_pull_are_clamped_and_wrong_sums_are_told(aica: Aica, fake: FakeHub) -> None:
    repository = fake.add(NAME, {"m-Q8_0.gguf": bytes(500_000)})
    repository.sums["m-Q8_0.gguf"] = "0" * 64
    result = await aica("pull", NAME, "--backend", "embedded", "--json")
    assert result.status == 6
    assert "SHA-256" in result.lines[-1]["hint"]
    bytes_told = [line["completed_bytes"] for line in result.lines[:-1]]
    assert all(0 <= count <= 500_000 for count in bytes_told)
    assert "m-Q8_0.gguf" in json.dumps(result.lines[-1])
    assert not list(Path(aica.environment["AICA_HOME"]).rglob("*.gguf*"))
