"""Downloads, end to end over real HTTP: resumed, checked, bounded, paused, cancelled, and nothing lost in a crash."""

from __future__ import annotations

import asyncio
import random
import shutil
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from app.services.hub import downloads, transfer
from app.services.hub.downloads import Download, Downloads, DownloadState
from app.services.hub.hub import Hub
from app.services.hub.staged import Staged, staged_in
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.http import HttpDoor
from tests.fakes.hub import NEWER, REVISION, FakeHub
from tests.fakes.raw_http import Seen
from tests.services.hub.conftest import DATA, FILE, NAME, PATIENCE_S, fetched, files_below

pytestmark = pytest.mark.anyio

HALF = len(DATA) // 2


def parts(hub: Hub) -> list[Path]:
    return list(hub.library.incoming.glob("*/*.part"))


@asynccontextmanager
async def another(hub: Hub, door: HttpDoor) -> AsyncIterator[Hub]:
    """The next run of the program, or another process, with the same folder."""
    made = Hub(door, hub.library.folder, hub.client.hub_url)
    made.downloads = Downloads(made.client, made.library, backoff_first_s=0.01)
    yield made
    await made.aclose()


async def test_a_model_arrives_with_its_manifest(hub: Hub, fake: FakeHub) -> None:
    seen: list[Download] = []
    hub.downloads.changed.subscribe(seen.append)
    done = await fetched(hub, f"{NAME}@Q4_K_M")
    assert (done.state, done.error, done.completed_bytes, done.total_bytes) == (
        DownloadState.DONE, None, len(DATA), len(DATA),
    )  # fmt: skip
    assert done.model is not None
    assert done.model.name == f"{NAME}/{FILE.removesuffix('.gguf')}"
    assert done.model.path.read_bytes() == DATA
    manifest = done.model.manifest
    assert (manifest.repository, manifest.revision, manifest.licence) == (NAME, REVISION, "apache-2.0")
    assert manifest.files[0].sha256 == fake.repositories[NAME].sum_of(FILE)
    assert manifest.fetched_at.endswith("Z")
    assert len(files_below(hub.library.folder)) == 2, "nothing is left of the way it came"
    states = [one.state for one in seen]
    assert [states[0], DownloadState.RUNNING in states, states[-1]] == [DownloadState.QUEUED, True, DownloadState.DONE]


async def test_E8_progress_is_clamped_and_never_beyond_the_whole(hub: Hub, fake: FakeHub) -> None:
    fake.cuts = [HALF]
    fake.knows_ranges = False
    seen: list[Download] = []
    hub.downloads.changed.subscribe(seen.append)
    await fetched(hub)
    assert all(one.total_bytes is not None and 0 <= one.completed_bytes <= one.total_bytes for one in seen)


async def test_what_is_there_is_not_fetched_again(hub: Hub, fake: FakeHub) -> None:
    await fetched(hub)
    asked = len(fake.network.requests)
    assert (await hub.fetch(NAME)).state is DownloadState.DONE
    assert len(fake.network.requests) == asked


async def test_parts_arrive_as_one_model(hub: Hub, fake: FakeHub) -> None:
    files = {f"Q8_0/big-Q8_0-0000{number}-of-00003.gguf": bytes([number]) * 200_000 for number in (1, 2, 3)}
    fake.add("maker/big", files)
    done = await fetched(hub, "maker/big@q8_0")
    assert done.model is not None
    assert (done.model.name, done.model.size_bytes) == ("maker/big/Q8_0/big-Q8_0", 600_000)
    for path, data in files.items():
        assert hub.library.folder.joinpath("maker/big", path).read_bytes() == data


# -- broken connections


@pytest.mark.parametrize("cut", [0, 1, 65_536, HALF, len(DATA) - 1])
async def test_E8_a_cut_connection_goes_on_from_where_it_was_cut(hub: Hub, fake: FakeHub, cut: int) -> None:
    fake.cuts = [cut]
    done = await fetched(hub)
    assert done.state is DownloadState.DONE
    assert done.model is not None
    assert done.model.path.read_bytes() == DATA
    assert fake.ranges == ["", f"bytes={cut}-" if cut else ""]


async def test_E8_a_server_without_ranges_is_begun_anew(hub: Hub, fake: FakeHub) -> None:
    fake.knows_ranges = False
    fake.cuts = [HALF]
    done = await fetched(hub)
    assert done.model is not None
    assert done.model.path.read_bytes() == DATA


async def test_E8_another_version_under_way_is_begun_anew(hub: Hub, fake: FakeHub) -> None:
    fake.cuts = [HALF]

    def move_on(_one: Download) -> None:
        if fake.served.is_set():
            fake.etag = '"version-2"'

    hub.downloads.changed.subscribe(move_on)
    done = await fetched(hub)
    assert done.model is not None
    assert done.model.path.read_bytes() == DATA
    assert fake.network.requests[1].headers["if-range"] == '"version-1"'


@pytest.mark.parametrize("ending", ["gguf", "GGUF"])
async def test_no_complete_part_of_another_version_is_put_beside_one_of_this(
    hub: Hub, fake: FakeHub, ending: str
) -> None:
    names = [f"big-Q8_0-0000{number}-of-00002.{ending}" for number in (1, 2)]
    earlier = fake.add("maker/big", dict.fromkeys(names, b"1" * 200_000))
    fake.cuts = [200_000, *[1000] * transfer.MAX_TRIES]
    assert (await fetched(hub, "maker/big")).state is DownloadState.FAILED, "after its first part"
    fake.cuts = []
    fake.etag = '"version-2"'
    fake.add("maker/big", dict.fromkeys(names, b"2" * 200_000), revision=NEWER)
    assert earlier.files.keys() == set(names)
    done = await fetched(hub, "maker/big")
    assert done.model is not None
    for name in names:
        assert done.model.path.with_name(name).read_bytes() == b"2" * 200_000


async def test_a_server_that_goes_on_breaking_is_given_up_and_the_part_kept(hub: Hub, fake: FakeHub) -> None:
    fake.cuts = [HALF] + [0] * 50
    failed = await fetched(hub)
    assert failed.state is DownloadState.FAILED
    assert failed.error is not None
    assert failed.error.kind is ErrorKind.INTERRUPTED
    assert len(fake.ranges) == transfer.MAX_TRIES
    assert parts(hub)[0].stat().st_size == HALF
    fake.cuts = []
    await hub.downloads.resume(failed.key)
    async with asyncio.timeout(PATIENCE_S):
        done = await hub.downloads.wait(failed.key)
    assert done.state is DownloadState.DONE
    assert fake.ranges[-1] == f"bytes={HALF}-"


async def test_a_short_wait_that_is_asked_for_is_kept_and_a_long_one_told(hub: Hub, fake: FakeHub) -> None:
    fake.file_refusals = [(429, {"Retry-After": "0"}), (503, {})]
    assert (await fetched(hub)).state is DownloadState.DONE
    fake.add("maker/other", {"o-Q8_0.gguf": b"x"})
    fake.file_refusals = [(429, {"Retry-After": "4000"})]
    failed = await fetched(hub, "maker/other")
    assert failed.error is not None
    assert failed.error.kind is ErrorKind.RATE_LIMITED
    assert "4000 s" in failed.error.hint


async def test_a_model_behind_terms_is_told_and_not_tried_again(hub: Hub, fake: FakeHub) -> None:
    fake.file_refusals = [(401, {})]
    failed = await fetched(hub)
    assert failed.error is not None
    assert failed.error.kind is ErrorKind.AUTH
    assert "terms" in failed.error.hint
    assert len(fake.ranges) == 1


# -- sums and sizes


async def test_E8_a_wrong_sum_deletes_the_file_and_says_so(hub: Hub, fake: FakeHub) -> None:
    fake.repositories[NAME].sums[FILE] = "0" * 64
    failed = await fetched(hub)
    assert failed.state is DownloadState.FAILED
    assert failed.error is not None
    assert "SHA-256" in failed.error.hint
    assert "deleted" in failed.error.hint
    assert not list(hub.library.folder.rglob("*.gguf*"))


@pytest.mark.parametrize("difference", [-1, 1])
async def test_E8_a_wrong_size_deletes_the_file_and_says_so(hub: Hub, fake: FakeHub, difference: int) -> None:
    sibling = {"rfilename": FILE, "size": len(DATA) + difference, "lfs": {"sha256": "1" * 64}}
    fake.repositories[NAME].told = {"siblings": [sibling]}
    failed = await fetched(hub)
    assert failed.state is DownloadState.FAILED
    assert failed.error is not None
    assert "bytes instead of" in failed.error.hint
    assert not list(hub.library.folder.rglob("*.gguf*"))


async def test_E8_damage_in_a_part_is_found_at_the_end(hub: Hub, fake: FakeHub, door: HttpDoor) -> None:
    fake.cuts = [HALF] + [0] * 50
    await fetched(hub)
    with parts(hub)[0].open("r+b") as file:
        file.seek(1_000)
        file.write(b"damaged")
    await hub.aclose()
    fake.cuts = []
    async with another(hub, door) as next_run:
        failed = await fetched(next_run)
        assert failed.state is DownloadState.FAILED
        assert parts(next_run) == []
        await next_run.downloads.resume(failed.key)
        async with asyncio.timeout(PATIENCE_S):
            assert (await next_run.downloads.wait(failed.key)).state is DownloadState.DONE


# -- pause, cancel, restart


async def running(hub: Hub, fake: FakeHub) -> str:
    """A download in the middle of its way."""
    fake.pause_s = 0.02
    key = (await hub.fetch(NAME)).key
    async with asyncio.timeout(PATIENCE_S):
        await fake.served.wait()
        while not (one := hub.downloads.get(key)) or one.completed_bytes < 200_000:
            await asyncio.sleep(0.01)
    return key


async def test_a_paused_download_keeps_every_byte_and_goes_on_from_there(hub: Hub, fake: FakeHub) -> None:
    key = await running(hub, fake)
    await hub.downloads.pause(key)
    paused = hub.downloads.get(key)
    assert paused is not None
    assert (paused.state, paused.bytes_per_second) == (DownloadState.PAUSED, None)
    kept = parts(hub)[0].stat().st_size
    assert kept == paused.completed_bytes >= 200_000
    fake.pause_s = 0
    await hub.downloads.resume(key)
    async with asyncio.timeout(PATIENCE_S):
        done = await hub.downloads.wait(key)
    assert done.model is not None
    assert done.model.path.read_bytes() == DATA
    assert fake.ranges == ["", f"bytes={kept}-"]


async def test_speed_and_time_left_are_told_once_there_is_something_to_tell(hub: Hub, fake: FakeHub) -> None:
    key = await running(hub, fake)
    async with asyncio.timeout(PATIENCE_S):
        while not (one := hub.downloads.get(key)) or one.bytes_per_second is None:
            await asyncio.sleep(0.02)
    assert one.seconds_left is not None
    assert one.seconds_left == pytest.approx((len(DATA) - one.completed_bytes) / one.bytes_per_second, rel=0.5)


async def test_E8_cancelling_deletes_what_came(hub: Hub, fake: FakeHub) -> None:
    key = await running(hub, fake)
    await hub.downloads.cancel(key)
    one = hub.downloads.get(key)
    assert one is not None
    assert one.state is DownloadState.CANCELLED
    assert files_below(hub.library.folder) == []
    fake.pause_s = 0
    assert (await fetched(hub)).state is DownloadState.DONE, "it can be asked for again"


async def test_cancelling_at_any_moment_leaves_all_or_nothing(hub: Hub, fake: FakeHub) -> None:
    moments = random.Random(3)
    for _ in range(40):
        key = (await hub.fetch(NAME)).key
        until = time.monotonic() + moments.uniform(0, 0.05)
        while time.monotonic() < until:
            await asyncio.sleep(0)
        await hub.downloads.cancel(key)
        one = hub.downloads.get(key)
        assert one is not None
        left = files_below(hub.library.folder)
        if one.state is DownloadState.DONE:
            assert len(left) == 2
            await hub.delete(f"{NAME}/{FILE.removesuffix('.gguf')}")
        else:
            assert (one.state, left) == (DownloadState.CANCELLED, [])


async def test_one_runs_at_a_time_and_the_next_follows(hub: Hub, fake: FakeHub) -> None:
    fake.add("maker/second", {"s-Q8_0.gguf": b"second"})
    first = await running(hub, fake)
    second = (await hub.fetch("maker/second")).key
    assert [one.state for one in hub.downloads.all()] == [DownloadState.RUNNING, DownloadState.QUEUED]
    await hub.downloads.pause(first)
    async with asyncio.timeout(PATIENCE_S):
        assert (await hub.downloads.wait(second)).state is DownloadState.DONE
    waiting = await hub.fetch("maker/second")
    assert waiting.state is DownloadState.DONE


@pytest.mark.parametrize("act", ["add", "cancel"])
async def test_one_that_is_being_made_ready_or_given_up_is_not_begun_meanwhile(
    hub: Hub, fake: FakeHub, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    fake.pause_s = 0.01
    fake.add("maker/second", {"second.gguf": DATA})
    first = await hub.fetch(NAME)
    reached, go_on = threading.Event(), threading.Event()

    def slowly(function: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object) -> object:
            reached.set()
            assert go_on.wait(PATIENCE_S)
            return function(*arguments)

        return call

    acting: asyncio.Task[object]
    if act == "add":
        monkeypatch.setattr(hub.library, "has", slowly(hub.library.has))
        acting = asyncio.create_task(hub.fetch("maker/second"))
    else:
        entry = hub.downloads._entries[(await hub.fetch("maker/second")).key]
        monkeypatch.setattr(entry.staged, "remove", slowly(entry.staged.remove))
        acting = asyncio.create_task(hub.downloads.cancel(entry.staged.key))
    async with asyncio.timeout(PATIENCE_S):
        await asyncio.to_thread(reached.wait)
        await hub.downloads.wait(first.key)  # what waits is begun now
        assert hub.downloads.all()[1].state is DownloadState.QUEUED
        assert hub.downloads._entries[hub.downloads.all()[1].key].task is None
        go_on.set()
        await acting
        second = await hub.downloads.wait(hub.downloads.all()[1].key)
    assert second.state is (DownloadState.DONE if act == "add" else DownloadState.CANCELLED)
    sent = [seen for seen in fake.network.requests if "/second/" in seen.path]
    assert len(sent) == (1 if act == "add" else 0), "nothing is fetched for what is given up"


async def test_the_list_is_bounded_and_what_ended_makes_room(
    hub: Hub, fake: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "MOST_LISTED", 1)
    fake.add("maker/second", {"s-Q8_0.gguf": b"second"})
    await fetched(hub, "maker/second")
    key = await running(hub, fake)
    assert [one.key for one in hub.downloads.all()] == [key]
    with pytest.raises(LLMError, match="waiting already"):
        await hub.fetch("maker/second")


async def test_an_incomplete_model_and_one_after_the_end_are_refused(hub: Hub, fake: FakeHub) -> None:
    fake.add("maker/half", {"h-Q8_0-00002-of-00002.gguf": b"x"})
    repository = await hub.client.repository("maker/half")
    with pytest.raises(LLMError) as caught:
        await hub.downloads.add(repository, repository.items[0])
    assert "parts" in caught.value.hint
    await hub.aclose()
    with pytest.raises(LLMError) as closed:
        await hub.fetch(NAME)
    assert closed.value.kind is ErrorKind.CANCELLED


async def test_closing_keeps_what_came_and_the_next_run_goes_on(hub: Hub, fake: FakeHub, door: HttpDoor) -> None:
    fake.add("maker/second", {"s-Q8_0.gguf": b"second"})
    key = await running(hub, fake)
    waiting = (await hub.fetch("maker/second")).key
    await hub.aclose()
    async with asyncio.timeout(PATIENCE_S):
        assert (await hub.downloads.wait(waiting)).state is DownloadState.PAUSED
    kept = parts(hub)[0].stat().st_size
    fake.pause_s = 0
    async with another(hub, door) as next_run:
        found = {one.key: one for one in await next_run.downloads.restore()}
        assert {one.state for one in found.values()} == {DownloadState.PAUSED}
        assert found[key].completed_bytes == kept
        assert waiting in found, "one that had not begun is not forgotten"
        await next_run.downloads.resume(key)
        async with asyncio.timeout(PATIENCE_S):
            done = await next_run.downloads.wait(key)
        assert done.model is not None
        assert done.model.path.read_bytes() == DATA
        assert fake.ranges == ["", f"bytes={kept}-"]


async def test_what_is_asked_for_while_earlier_ones_are_taken_up_is_not_put_aside(
    hub: Hub, fake: FakeHub, door: HttpDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.add("maker/second", {"second.gguf": DATA})
    fake.pause_s = 0.01
    for name in (NAME, "maker/second"):
        await hub.fetch(name)
    await asyncio.wait_for(fake.served.wait(), PATIENCE_S)
    await hub.downloads.aclose()
    fake.pause_s = 0.0
    usable = staged_in(hub.library.incoming)
    claim = Staged.claim

    def failing(staged: Staged) -> bool:
        if staged.manifest.repository == NAME:
            raise PermissionError(13, "Permission denied")
        return claim(staged)

    async with another(hub, door) as again:
        monkeypatch.setattr(Staged, "claim", failing)
        restored = await again.downloads.restore()
        assert [one.repository for one in restored] == ["maker/second"], "one that cannot be used keeps no other"
        monkeypatch.setattr(Staged, "claim", claim)
    assert len(usable) == 2
    async with another(hub, door) as again:
        reached, go_on = threading.Event(), threading.Event()
        there = Staged.bytes_there

        def slowly(staged: Staged) -> int:
            reached.set()
            assert go_on.wait(PATIENCE_S)
            return there(staged)

        monkeypatch.setattr(Staged, "bytes_there", slowly)
        restoring = asyncio.create_task(again.downloads.restore())
        await asyncio.to_thread(reached.wait)
        entry = again.downloads._entries.get
        asked = next(one for one in usable if entry(one.key) is None)
        key = (await again.fetch(asked.manifest.repository)).key
        mine = entry(key)
        go_on.set()
        await restoring
        assert entry(key) is mine


async def test_two_processes_do_not_write_into_one_file(hub: Hub, fake: FakeHub, door: HttpDoor) -> None:
    key = await running(hub, fake)
    async with another(hub, door) as other:
        assert await other.downloads.restore() == [], "what another one works on is left to it"
        failed = await fetched(other)
        assert failed.error is not None
        assert "already" in failed.error.message
        await other.downloads.cancel(failed.key)
    assert parts(hub), "cancelling it there deleted nothing here"
    async with asyncio.timeout(PATIENCE_S):
        fake.pause_s = 0
        assert (await hub.downloads.wait(key)).state is DownloadState.DONE


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"repository": "../x"}', b"\xff" * 500])
async def test_a_sidecar_that_cannot_be_read_costs_the_part_and_nothing_else(
    hub: Hub, fake: FakeHub, door: HttpDoor, damage: bytes
) -> None:
    key = await running(hub, fake)
    await hub.aclose()
    (hub.library.incoming / key / "download.json").write_bytes(damage)
    fake.pause_s = 0
    async with another(hub, door) as next_run:
        assert await next_run.downloads.restore() == []
        assert (await fetched(next_run)).state is DownloadState.DONE


# -- the disk


async def test_E8_too_little_room_is_told_before_a_byte_is_fetched(
    hub: Hub, fake: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = shutil.disk_usage(hub.library.folder.parent).free
    monkeypatch.setattr(transfer, "SPARE_DISK_BYTES", room)
    failed = await fetched(hub)
    assert failed.error is not None
    assert failed.error.kind is ErrorKind.OVERLOADED
    assert "room on the disk" in failed.error.message
    assert fake.network.requests == []


async def test_the_disk_is_looked_at_also_where_the_hub_tells_no_size(
    hub: Hub, fake: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.add(NAME, {FILE: DATA}, sizes_told=False, tree_told=False)
    free = shutil.disk_usage(hub.library.folder.parent).free
    monkeypatch.setattr(transfer, "SPARE_DISK_BYTES", free)
    failed = await fetched(hub)
    assert failed.error is not None
    assert (failed.total_bytes, failed.error.kind) == (None, ErrorKind.OVERLOADED)
    assert [path.stat().st_size for path in parts(hub)] == [0]


async def test_a_piece_that_is_shorter_than_was_asked_for_is_not_taken_for_all(
    hub: Hub, fake: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.add(NAME, {FILE: DATA}, sizes_told=False, tree_told=False)
    fake.cuts = [HALF]
    whole_range = fake._range

    def shortened(request: Seen, size: int) -> tuple[int, int]:
        begin, last = whole_range(request, size)
        return begin, min(last, begin + 499_999) if begin else last

    monkeypatch.setattr(fake, "_range", shortened)
    done = await fetched(hub)
    assert done.model is not None
    assert done.model.path.read_bytes() == DATA


async def test_a_link_in_the_place_of_a_part_is_not_written_through(hub: Hub, fake: FakeHub, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"mine")
    key = await running(hub, fake)
    await hub.downloads.pause(key)
    (part,) = parts(hub)
    part.unlink()
    part.symlink_to(victim)
    await hub.downloads.resume(key)
    async with asyncio.timeout(PATIENCE_S):
        assert (await hub.downloads.wait(key)).state is DownloadState.FAILED
    assert victim.read_bytes() == b"mine"
