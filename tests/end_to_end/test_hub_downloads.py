"""Downloads under real misfortune: the program is killed, the disk fills up."""

from __future__ import annotations

import asyncio
import random
import shlex
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.paths import user_paths
from tests.end_to_end.conftest import Programs
from tests.end_to_end.test_unwritable_home import in_namespace, needs_mounts
from tests.fakes.hub import FakeHub

pytestmark = pytest.mark.anyio
NAME = "maker/model"
FILE = "model-Q8_0.gguf"
DATA = random.Random(7).randbytes(4_000_000)


@pytest.fixture
async def fake() -> AsyncIterator[FakeHub]:
    async with FakeHub() as hub:
        hub.add(NAME, {FILE: DATA})
        yield hub


async def home_for(programs: Programs, fake: FakeHub, home: Path) -> Path:
    ended = await programs.run("-m", "app.cli.main", "--home", str(home), "config", "set", "network.hub_url", fake.url)
    assert ended.status == 0, ended.err
    return home


def pull(home: Path) -> tuple[str, ...]:
    return ("-m", "app.cli.main", "--home", str(home), "pull", NAME, "--backend", "embedded")


@pytest.mark.skipif(sys.platform == "win32", reason="kills")
async def test_E8_a_killed_download_goes_on_and_its_sum_is_right(
    programs: Programs, fake: FakeHub, tmp_path: Path
) -> None:
    home = await home_for(programs, fake, tmp_path / "home")
    fake.pause_s = 0.02
    for kills in range(3):
        fake.served.clear()
        child = await programs.start(*pull(home))
        async with asyncio.timeout(30):
            await fake.served.wait()
            while not any(part.stat().st_size for part in user_paths(home).models_folder.rglob("*.part")):
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.1 * kills)
        child.kill()
        await child.wait()
    fake.pause_s = 0
    ended = await programs.run(*pull(home))
    assert ended.status == 0, ended.err
    assert (user_paths(home).models_folder / NAME / FILE).read_bytes() == DATA
    assert any(one.startswith("bytes=") for one in fake.ranges), "it went on from where it was"


@needs_mounts
async def test_E8_a_disk_that_fills_up_pauses_the_download_and_keeps_the_part(
    programs: Programs, fake: FakeHub, tmp_path: Path
) -> None:
    """There was room when it began: something else took it meanwhile. A limit of the process stands for that."""
    home = await home_for(programs, fake, tmp_path / "home")
    models, kept = user_paths(home).models_folder, tmp_path / "kept"
    models.mkdir(parents=True)
    ended = await in_namespace(
        programs,
        "ulimit -f 5000",  # of 512 bytes
        *pull(home),
        afterwards=f"cp -r {shlex.quote(str(models))} {shlex.quote(str(kept))}",
    )
    assert ended.status == 5, ended.err
    assert "The disk is full." in ended.err
    assert "Traceback" not in ended.err
    (part,) = kept.rglob("*.part")
    assert part.stat().st_size >= 1_000_000
    assert DATA.startswith(part.read_bytes()), "what is kept is what came"


@needs_mounts
async def test_E8_a_disk_that_is_too_small_is_told_before(programs: Programs, fake: FakeHub, tmp_path: Path) -> None:
    home = await home_for(programs, fake, tmp_path / "home")
    models = user_paths(home).models_folder
    models.mkdir(parents=True)
    mount = f"mount -t tmpfs -o size=2m tmpfs {shlex.quote(str(models))}"
    ended = await in_namespace(programs, mount, *pull(home))
    assert (ended.status, "too little room on the disk" in ended.err) == (5, True)
    assert fake.ranges == []
