"""What no model means: of the default provider the one used last, by whichever front."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.paths import user_paths
from app.services.container import Overrides, open_services
from app.services.llm.last_models import LastModels
from app.services.mock_server import MockServer

pytestmark = pytest.mark.anyio

CODER, THINKER, WRITER = "simulated/coder-7b", "simulated/thinker-4b", "simulated/writer-13b"


async def asked(home: Path, simulator: MockServer, model: str | None, **options: bool) -> str:
    """The model that answers when this one is named, in a run of its own."""
    environment = {"AICA_KEYRING": "off", "LMSTUDIO_BASE_URL": simulator.base_url}
    overrides = Overrides(model=model, environment=environment, **options)
    async with await open_services(user_paths(home), overrides) as services:
        answer = await services.chats.send(await services.store.create_conversation(), "hi")
        await answer.wait()
        assert answer.status == "complete"
        return answer.model


@pytest.mark.parametrize("keep_history", [True, False], ids=["kept", "not kept"])
async def test_no_model_means_the_one_used_last_in_whichever_run(
    tmp_path: Path, simulator: MockServer, keep_history: bool
) -> None:
    assert await asked(tmp_path, simulator, None) == CODER, "the first, while none was used"
    assert await asked(tmp_path, simulator, THINKER, keep_history=keep_history) == THINKER
    assert await asked(tmp_path, simulator, None, keep_history=not keep_history) == THINKER
    assert await asked(tmp_path, simulator, "local-model", keep_history=keep_history) == THINKER


async def test_a_temporary_window_leaves_no_word_of_its_models(tmp_path: Path, simulator: MockServer) -> None:
    await asked(tmp_path, simulator, THINKER)
    assert await asked(tmp_path, simulator, WRITER, temporary=True) == WRITER
    assert await asked(tmp_path, simulator, None) == THINKER


def test_a_file_that_says_nothing_or_cannot_be_written_is_none(tmp_path: Path) -> None:
    file = tmp_path / "last.json"
    for broken in (b"", b"[]", b'{"lm_studio": 7}', b"\xff", b"{" * 5_000):
        file.write_bytes(broken)
        assert LastModels(file).of("lm_studio") is None
    models = LastModels(file)
    models.note("lm_studio", "a")
    models.note("ollama", "b")
    assert json.loads(file.read_text()) == {"lm_studio": "a", "ollama": "b"}
    assert LastModels(file).of("ollama") == "b"
    (tmp_path / "no folder").write_text("a file")
    blocked = LastModels(tmp_path / "no folder" / "last.json")
    blocked.note("lm_studio", "a")
    assert blocked.of("lm_studio") == "a", "for this run"
