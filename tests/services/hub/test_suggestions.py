"""What is suggested to somebody without a model: shipped names, the hub's sizes, this computer's memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.services.engine import memory
from app.services.engine.footprint import Verdict
from app.services.hub.hub import Hub
from app.services.hub.names import is_repository
from app.services.hub.suggestions import Suggestion, look_up, suggestions
from app.services.llm.errors import ErrorKind, LLMError
from tests.fakes.hub import FakeHub

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Three sizes of one model."""
    pytest.importorskip("gguf")
    from tests.fakes.tiny_gguf import Shape, write_tiny_model

    made = {}
    for name, layers in (("small", 1), ("middle", 4), ("large", 12)):
        path = tmp_path_factory.mktemp(name) / f"{name}.gguf"
        write_tiny_model(path, shape=Shape(layers=layers))
        made[name] = path.read_bytes()
    return made


def wanted(*names: str) -> list[Suggestion]:
    return [Suggestion(name, f"maker/{name}-GGUF", "Q4_K_M", "For tests.") for name in names]


def add_all(fake: FakeHub, models: dict[str, bytes]) -> None:
    for name, data in models.items():
        fake.add(f"maker/{name}-GGUF", {f"{name}-q4_k_m.gguf": data})


def test_the_shipped_list_names_repositories_and_says_what_they_are_good_for() -> None:
    listed = suggestions()
    assert len(listed) >= 3
    assert all(is_repository(one.repository) and one.quantization and one.good_for.endswith(".") for one in listed)


async def test_the_largest_that_fits_is_offered_first(hub: Hub, fake: FakeHub, models: dict[str, bytes]) -> None:
    add_all(fake, models)
    offers = await look_up(hub, wanted("small", "large", "middle"), 256)
    assert [one.suggestion.name for one in offers] == ["large", "middle", "small"]
    assert all(one.fit.verdict is Verdict.FITS and one.has_checksum for one in offers)
    assert offers[0].repository.model.licence == "apache-2.0"
    assert offers[0].item.size_bytes == len(models["large"])


async def test_where_memory_is_short_the_smallest_comes_first(
    hub: Hub, fake: FakeHub, models: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    add_all(fake, models)
    monkeypatch.setattr(memory, "available_bytes", lambda: 1_000_000)
    offers = await look_up(hub, wanted("large", "small", "middle"), 256)
    assert [one.suggestion.name for one in offers] == ["small", "middle", "large"]
    assert not any(one.runs_here for one in offers)


async def test_one_that_the_hub_lacks_is_left_out(hub: Hub, fake: FakeHub, models: dict[str, bytes]) -> None:
    fake.add("maker/small-GGUF", {"small-q4_k_m.gguf": models["small"]})
    fake.add("maker/middle-GGUF", {"middle-q8_0.gguf": models["middle"]})
    offers = await look_up(hub, wanted("small", "middle", "large"), 256)
    assert [one.suggestion.name for one in offers] == ["small"]


async def test_a_hub_that_is_out_of_reach_is_told(hub: Hub, fake: FakeHub, tmp_path: Path) -> None:
    await fake.api.__aexit__(None, None, None)
    with pytest.raises(LLMError) as caught:
        await look_up(hub, wanted("small", "large"), 256)
    assert caught.value.kind in (ErrorKind.UNREACHABLE, ErrorKind.NOT_RUNNING)
