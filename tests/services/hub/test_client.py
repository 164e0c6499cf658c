"""Asking the hub: what it says, says wrongly, refuses, and where it points to."""

from __future__ import annotations

from typing import Any

import pytest

from app.services.hub.client import HubClient
from app.services.hub.filters import Wanted, matching, traits_of
from app.services.hub.hub import Hub
from app.services.hub.records import HubModel
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.http import HttpDoor
from tests.fakes.hub import REVISION, FakeHub
from tests.services.hub.conftest import DATA, FILE, NAME

pytestmark = pytest.mark.anyio


async def failure_of(client: HubClient, name: str = NAME) -> LLMError:
    with pytest.raises(LLMError) as caught:
        await client.repository(name)
    return caught.value


async def test_nothing_is_asked_before_somebody_searches(hub: Hub, fake: FakeHub) -> None:
    await hub.downloads.restore()
    assert hub.library.models() == []
    assert fake.api.requests == []


async def test_a_search_tells_what_the_hub_knows(hub: Hub, fake: FakeHub) -> None:
    (result,) = await hub.search("tiny-7b")
    assert result.model == HubModel(
        NAME, ("gguf", "license:apache-2.0"), "apache-2.0", False, 1234, 5, "2026-11-01T12:00:00.000Z", 32_768,
        7_000_000_000, ("Q4_K_M",),
    )  # fmt: skip
    assert result.traits.parameters_billion == 7.0
    assert (result.traits.coder, result.traits.vision, result.traits.tools) == (True, None, None)
    assert "filter=gguf" in fake.api.requests[0].target
    assert "authorization" not in fake.api.requests[0].headers


async def test_a_repository_tells_its_files_and_their_sums(hub: Hub, fake: FakeHub) -> None:
    found = await hub.client.repository(NAME)
    assert (found.revision, found.architecture) == (REVISION, "llama")
    (item,) = found.items
    assert (item.quantization, item.size_bytes) == ("Q4_K_M", len(DATA))
    assert item.files[0].sha256 == fake.repositories[NAME].sum_of(FILE)


async def test_sizes_that_one_list_lacks_are_taken_from_the_other(hub: Hub, fake: FakeHub) -> None:
    fake.repositories[NAME].sizes_told = False
    found = await hub.client.repository(NAME)
    assert found.items[0].size_bytes == len(DATA)
    assert found.items[0].files[0].sha256 is not None


async def test_the_makers_text_is_bounded_and_may_be_missing(hub: Hub, fake: FakeHub) -> None:
    found = await hub.client.repository(NAME)
    assert await hub.client.readme(found) == ""
    fake.repositories[NAME].readme = "# Tiny\n<script>alert(1)</script>"
    assert await hub.client.readme(found) == fake.repositories[NAME].readme
    fake.repositories[NAME].readme = "x" * 2_000_000
    with pytest.raises(LLMError) as caught:
        await hub.client.readme(found)
    assert caught.value.kind is ErrorKind.TOO_LARGE


ODD: list[Any] = [None, 0, -1, 1.5, "text", "", "a\nb", [], {}, [1], {"a": 1}, True, "x" * 10_000, 10**30]


@pytest.mark.parametrize("odd", ODD, ids=lambda value: repr(value)[:20])
async def test_fields_of_any_shape_are_unknown_and_never_zero(hub: Hub, fake: FakeHub, odd: Any) -> None:
    fields = ("sha", "tags", "gated", "downloads", "likes", "lastModified", "cardData", "gguf", "siblings", "id")
    for field in fields:
        fake.repositories[NAME].told = {field: odd}
        found = await hub.client.repository(NAME)
        assert found.name == NAME
        assert found.revision in (None, REVISION)
        await hub.search("tiny")
    for inside in (
        {"gguf": {"total": odd, "architecture": odd, "context_length": odd}},
        {"cardData": {"license": odd}},
    ):
        fake.repositories[NAME].told = inside
        found = await hub.client.repository(NAME)
        assert found.model.context_length != 0
        assert found.model.parameter_count != 0


async def test_E8_files_with_hostile_names_are_not_offered(hub: Hub, fake: FakeHub) -> None:
    hostile = dict.fromkeys(("../../x.gguf", "/etc/x.gguf", "a\\..\\x.gguf", "con.gguf", "a/.ssh/x.gguf"), b"x")
    fake.add("bad/names", hostile | {"good-Q8_0.gguf": b"y"})
    found = await hub.client.repository("bad/names")
    assert [item.path for item in found.items] == ["good-Q8_0.gguf"]
    assert found.refused == len(hostile)


async def test_a_huge_listing_is_read_up_to_its_limit(hub: Hub, fake: FakeHub) -> None:
    siblings = [{"rfilename": f"m{number}-Q4_0.gguf", "size": 1} for number in range(60_000)]
    fake.repositories[NAME].told = {"siblings": siblings}
    assert len((await hub.client.repository(NAME)).items) == 20_000


@pytest.mark.parametrize(
    ("status", "headers", "kind", "word"),
    [
        (401, {}, ErrorKind.AUTH, "does not give out"),
        (403, {}, ErrorKind.AUTH, "terms"),
        (404, {}, ErrorKind.MODEL_NOT_FOUND, "has no"),
        (429, {"Retry-After": "17"}, ErrorKind.RATE_LIMITED, "17 s"),
        (500, {}, ErrorKind.SERVER_ERROR, "500"),
        (418, {}, ErrorKind.BAD_REQUEST, "418"),
    ],
)
async def test_refusals_say_what_to_do(
    hub: Hub, fake: FakeHub, status: int, headers: dict[str, str], kind: ErrorKind, word: str
) -> None:
    fake.refusals = [(status, headers)]
    error = await failure_of(hub.client)
    assert error.kind is kind
    assert word in str(error)
    assert error.retry_after_s == (17.0 if headers else None)


async def test_a_name_that_cannot_be_is_not_asked_for(hub: Hub, fake: FakeHub) -> None:
    assert (await failure_of(hub.client, "../api/whoami")).kind is ErrorKind.BAD_REQUEST
    assert fake.api.requests == []


async def test_a_web_page_in_place_of_an_answer_is_told(hub: Hub, fake: FakeHub) -> None:
    from tests.fakes.raw_http import answer

    fake.api.default = answer("<html>Sign in to the network</html>", content_type="text/html")
    error = await failure_of(hub.client)
    assert error.kind is ErrorKind.PROTOCOL
    assert "network.hub_url" in error.hint


# -- the one hop


async def test_the_beginning_of_a_file_comes_from_where_the_hub_points_and_both_hosts_are_logged(
    hub: Hub, fake: FakeHub, door: HttpDoor
) -> None:
    found = await hub.client.repository(NAME)
    assert await hub.client.beginning(NAME, found.revision, FILE, 1_000) == DATA[:1_000]
    assert fake.ranges == ["bytes=0-999"]
    seen = fake.network.requests[0]
    assert seen.target.endswith("?Signature=abc%2Bdef"), "a signed address arrives as it is"
    assert "authorization" not in seen.headers
    assert "cookie" not in seen.headers
    assert door.network_log is not None
    ports = [entry.port for entry in door.network_log.entries]
    assert ports == [fake.api.port, fake.api.port, fake.network.port]
    assert "Signature" not in " ".join(map(str, door.network_log.entries))


async def test_a_server_without_ranges_is_not_read_to_its_end(hub: Hub, fake: FakeHub) -> None:
    fake.knows_ranges = False
    fake.pause_s = 0.05
    assert await hub.client.beginning(NAME, REVISION, FILE, 1_000) == DATA[:1_000]


@pytest.mark.parametrize(
    "target",
    ["http://192.168.1.5/x", "ftp://127.0.0.1/x", "file:///etc/passwd", "https://u:p@127.0.0.1/x"],
)
async def test_E8_a_hop_to_anything_but_https_is_not_followed(hub: Hub, fake: FakeHub, target: str) -> None:
    fake.target = lambda _path: target
    with pytest.raises(LLMError) as caught:
        await hub.client.beginning(NAME, REVISION, FILE)
    assert caught.value.kind is ErrorKind.PROTOCOL
    assert not caught.value.retryable
    assert fake.network.requests == []


async def test_E8_only_one_hop_is_followed(hub: Hub, fake: FakeHub) -> None:
    fake.target = lambda path: f"{fake.url}{path}"
    with pytest.raises(LLMError) as caught:
        await hub.client.beginning(NAME, REVISION, FILE)
    assert caught.value.kind is ErrorKind.PROTOCOL
    assert len(fake.api.requests) == 2


# -- filters


def model(name: str, tags: tuple[str, ...] = (), **more: Any) -> HubModel:
    return HubModel(f"maker/{name}", tags, **more)


def test_what_is_not_told_is_unknown_and_stays() -> None:
    small, large, silent = model("Small-3B", licence="mit"), model("Mix-8x7B", licence="llama3"), model("Nameless")
    results = matching([small, large, silent], Wanted(most_billion=8, licence="MIT", tools=True))
    assert [(one.model, one.unknown) for one in results] == [
        (small, ("tools",)),
        (silent, ("size", "licence", "tools")),
    ]
    assert traits_of(large).parameters_billion == 56


def test_conditions_are_met_or_not() -> None:
    seeing = model("Qwen2.5-VL-7B", ("image-text-to-text",), context_length=4_096, quantizations=("Q4_K_M",))
    calling = model("Devstral-24B", ("function-calling",), context_length=131_072, quantizations=("Q8_0",))
    assert [one.model for one in matching([seeing, calling], Wanted(least_context=32_000))] == [calling]
    assert [one.model for one in matching([seeing, calling], Wanted(quantization="q4_k_m"))] == [seeing]
    (met,) = [one for one in matching([seeing, calling], Wanted(vision=True)) if not one.unknown]
    assert met.model == seeing
    assert traits_of(calling).tools and traits_of(calling).coder
