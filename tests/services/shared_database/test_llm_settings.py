"""The settings row: what is given is changed, checked and seen by every process; the rest stays."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import UTC, datetime
from typing import Any

import pytest

from app.paths import Paths
from app.services.llm.errors import ErrorKind, LLMError
from app.services.shared_database.database import SharedDatabase, open_shared_database
from app.services.shared_database.llm_settings import LlmSettings

pytestmark = pytest.mark.anyio


async def test_a_new_row_says_nothing(database: SharedDatabase) -> None:
    row = await database.settings.read()
    assert row.model_dump(exclude={"updated_at"}) == LlmSettings().model_dump(exclude={"updated_at"})
    assert row.updated_at is not None and abs((datetime.now(UTC) - row.updated_at).total_seconds()) < 60


async def test_only_the_given_fields_change(database: SharedDatabase) -> None:
    before = await database.settings.change({"provider": "ollama", "ollama_model": "qwen2.5-coder:7b"})
    row = await database.settings.change({"temperature": 0.2, "max_tokens": 900, "lmstudio_model": " a/b "})
    assert (row.provider, row.ollama_model, row.lmstudio_model) == ("ollama", "qwen2.5-coder:7b", "a/b")
    assert (row.temperature, row.max_tokens) == (0.2, 900)
    assert row.version == before.version + 1
    assert row.updated_at is not None and before.updated_at is not None and row.updated_at >= before.updated_at
    assert await database.settings.read() == row


async def test_null_clears_a_field_and_nothing_changes_nothing(database: SharedDatabase) -> None:
    row = await database.settings.change({"openai_model": "gpt", "provider": "openai", "temperature": 1})
    assert await database.settings.change({}) == row
    cleared = await database.settings.change({"provider": None, "temperature": None})
    assert (cleared.provider, cleared.temperature, cleared.openai_model) == (None, None, "gpt")


@pytest.mark.parametrize(
    ("spelling", "stored"),
    [
        ("lmstudio", "lm_studio"),
        ("LM-Studio", "lm_studio"),
        ("lm_studio", "lm_studio"),
        ("claude", "anthropic"),
        ("google", "google_gemini"),
        ("gemini", "google_gemini"),
        ("mock", "mock"),
        ("gpu-box", "gpu-box"),
    ],
)
async def test_every_spelling_of_a_provider_is_understood(paths: Paths, spelling: str, stored: str) -> None:
    async with await open_shared_database(paths, None) as database:
        row = await database.settings.change({"provider": spelling}, servers=["gpu-box"])
        assert row.provider == stored


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"no_such_field": 1}, "no_such_field"),
        ({"version": 3}, "version"),
        ({"updated_at": None}, "updated_at"),
        ({"id": 2}, "id"),
        ({"provider": "skynet"}, "provider"),
        ({"provider": 7}, "provider"),
        ({"provider": ""}, "provider"),
        ({"lmstudio_model": ["a"]}, "lmstudio_model"),
        ({"lmstudio_model": ""}, "lmstudio_model"),
        ({"lmstudio_model": "a\nb"}, "lmstudio_model"),
        ({"lmstudio_model": "a\x00b"}, "lmstudio_model"),
        ({"lmstudio_model": "a\ud800"}, "lmstudio_model"),
        ({"ollama_model": "m" * 600}, "ollama_model"),
        ({"temperature": "0.5"}, "temperature"),
        ({"temperature": True}, "temperature"),
        ({"temperature": 9}, "temperature"),
        ({"temperature": float("nan")}, "temperature"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": 1.5}, "max_tokens"),
        ({"max_tokens": 2**31}, "max_tokens"),
    ],
)
async def test_what_is_not_valid_is_refused_by_its_field_and_nothing_changes(
    paths: Paths, changes: dict[str, Any], field: str
) -> None:
    async with await open_shared_database(paths, None) as database:
        before = await database.settings.read()
        with pytest.raises(LLMError, match=field) as caught:
            await database.settings.change({"openai_model": "x", **changes})
        assert caught.value.kind is ErrorKind.CONFIG
        assert caught.value.hint
        assert await database.settings.read() == before


async def test_writers_at_the_same_time_lose_nothing(database: SharedDatabase, other: SharedDatabase) -> None:
    async with asyncio.TaskGroup() as group:
        for number in range(10):
            group.create_task(database.settings.change({"ollama_model": f"a-{number}"}))
            group.create_task(other.settings.change({"openai_model": f"b-{number}"}))
    row = await database.settings.read()
    assert row.version == 20
    assert row.ollama_model is not None and row.openai_model is not None


async def test_a_change_of_another_process_is_noticed_within_two_seconds(
    database: SharedDatabase, other: SharedDatabase
) -> None:
    changes = database.settings.follow(await database.settings.read())
    async with asyncio.timeout(2):
        waiting = asyncio.ensure_future(anext(changes))
        await asyncio.sleep(0)
        await other.settings.change({"lmstudio_model": "seen"})
        assert (await waiting).lmstudio_model == "seen"
    await changes.aclose()


async def test_following_outlasts_a_failure(paths: Paths) -> None:
    async with await open_shared_database(paths, None) as database:
        changes = database.settings.follow(await database.settings.read(), every_s=0.02)
        waiting = asyncio.ensure_future(anext(changes))
        raw = sqlite3.connect(paths.gateway_file)
        raw.execute("ALTER TABLE llmsettings RENAME TO elsewhere")
        raw.commit()
        await asyncio.sleep(0.1)
        assert not waiting.done()
        raw.execute("ALTER TABLE elsewhere RENAME TO llmsettings")
        raw.execute("UPDATE llmsettings SET openai_model = 'back', version = version + 1")
        raw.commit()
        raw.close()
        async with asyncio.timeout(5):
            assert (await waiting).openai_model == "back"
        await changes.aclose()


async def test_a_row_that_another_program_spoilt_is_told(paths: Paths) -> None:
    async with await open_shared_database(paths, None) as database:
        raw = sqlite3.connect(paths.gateway_file)
        raw.execute("UPDATE llmsettings SET temperature = 99")
        raw.commit()
        with pytest.raises(LLMError, match="not valid"):
            await database.settings.read()
        assert (await database.settings.change({"temperature": 1})).temperature == 1, "and can be mended"
        raw.execute("DELETE FROM llmsettings")
        raw.commit()
        raw.close()
        with pytest.raises(LLMError, match="lost its row"):
            await database.settings.read()
