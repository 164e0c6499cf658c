"""What was fetched: newer versions beside earlier ones, deleting, and files that are not ours."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from app.services.hub.hub import Hub
from app.services.llm.errors import LLMError
from tests.fakes.hub import NEWER, REVISION, FakeHub
from tests.services.hub.conftest import DATA, FILE, NAME, PATIENCE_S, fetched, files_below

pytestmark = pytest.mark.anyio


async def test_a_newer_version_is_told_and_the_earlier_one_kept_until_it_is_deleted(hub: Hub, fake: FakeHub) -> None:
    first = await fetched(hub)
    assert first.model is not None
    repository = fake.repositories[NAME]
    repository.revision = NEWER
    assert await hub.updates() == [], "a commit that leaves the file alone is no newer version of it"
    repository.files[FILE] = DATA[::-1]
    (update,) = await hub.updates()
    assert (update.model.name, update.repository.revision) == (first.model.name, NEWER)
    second = await hub.downloads.add(update.repository, update.item)
    async with asyncio.timeout(PATIENCE_S):
        done = await hub.downloads.wait(second.key)
    assert done.model is not None
    assert [one.name for one in hub.library.models()] == [done.model.name, first.model.name]
    assert first.model.path.read_bytes() == DATA
    assert done.model.path.read_bytes() == DATA[::-1]
    assert await hub.updates() == []
    assert await hub.delete(first.model.name) == len(DATA)
    assert [one.name for one in hub.library.models()] == [done.model.name]


async def test_a_repository_that_is_gone_hides_no_newer_version_of_another_model(hub: Hub, fake: FakeHub) -> None:
    fake.add("aaa/gone", {"gone.gguf": b"g" * 1000})
    await fetched(hub, "aaa/gone")
    await fetched(hub)
    del fake.repositories["aaa/gone"]
    fake.repositories[NAME].files[FILE] = DATA[::-1]
    fake.repositories[NAME].revision = NEWER
    assert [one.model.manifest.repository for one in await hub.updates()] == [NAME]
    fake.refusals = [(503, {})]
    with pytest.raises(LLMError, match="503"):
        await hub.updates()


async def test_deleting_tells_what_is_free_again_and_is_refused_while_it_is_loaded(hub: Hub) -> None:
    done = await fetched(hub)
    assert done.model is not None
    with pytest.raises(LLMError, match="is loaded"):
        await hub.delete(done.model.name, loaded={done.model.path})
    assert done.model.path.exists()
    assert await hub.delete(done.model.name) == len(DATA)
    assert files_below(hub.library.folder) == []
    assert list(hub.library.folder.iterdir()) == [hub.library.incoming]
    with pytest.raises(LLMError, match="none that this program fetched"):
        await hub.delete(done.model.name)


async def test_a_file_of_somebody_else_with_that_name_is_left_alone(hub: Hub) -> None:
    own = hub.library.folder / NAME / FILE
    own.parent.mkdir(parents=True)
    own.write_bytes(b"put here by hand")
    done = await fetched(hub)
    assert done.model is not None
    assert done.model.path == own.parent / REVISION[:8] / FILE
    assert own.read_bytes() == b"put here by hand"


async def test_a_whole_file_and_one_in_parts_of_the_same_name_are_two_models(hub: Hub, fake: FakeHub) -> None:
    parts = {f"big-Q8_0-0000{number}-of-00002.gguf": bytes([number]) * 1000 for number in (1, 2)}
    fake.add("maker/big", {"big-Q8_0.gguf": b"w" * 2500, **parts})
    first = await fetched(hub, "maker/big@big-Q8_0.gguf")
    second = await fetched(hub, "maker/big@big-Q8_0-00001-of-00002.gguf")
    assert first.model is not None and second.model is not None
    assert len({first.model.name, second.model.name}) == 2
    assert {one.name: one.size_bytes for one in hub.library.models()} == {
        first.model.name: 2500,
        second.model.name: 2000,
    }
    assert await hub.delete(first.model.name) == 2500
    assert await hub.delete(second.model.name) == 2000


@pytest.mark.parametrize("path", ["../../outside.gguf", "/etc/outside.gguf"])
async def test_E8_a_manifest_cannot_name_files_outside(hub: Hub, tmp_path: Path, path: str) -> None:
    done = await fetched(hub)
    assert done.model is not None
    (manifest,) = hub.library.folder.rglob("*.manifest.json")
    told = json.loads(manifest.read_bytes())
    told["files"].append({"path": path, "size_bytes": 1, "sha256": None})
    manifest.write_text(json.dumps(told), encoding="utf-8")
    assert hub.library.models() == []
