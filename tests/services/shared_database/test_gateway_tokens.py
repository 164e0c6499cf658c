"""Tokens: shown once, stored as a hash, found on every request, and dead soon after they are revoked."""

from __future__ import annotations

import asyncio
import gc
import re
import secrets
import sqlite3
import threading
import time
from datetime import UTC, datetime

import pytest

from app.paths import Paths
from app.services.llm.errors import ErrorKind, LLMError
from app.services.shared_database import gateway_tokens
from app.services.shared_database.database import SharedDatabase, open_shared_database
from tests.fakes.postgres_and_redis import PostgresServer

pytestmark = pytest.mark.anyio


async def test_a_token_is_random_and_stored_as_a_hash_only(paths: Paths) -> None:
    async with await open_shared_database(paths, None) as database:
        token = await database.tokens.create("laptop")
        assert re.fullmatch(r"aica_[A-Za-z0-9_-]{43}", token), "256 bits in base64"
        assert await database.tokens.create("phone") != token
    for file in paths.data.iterdir():
        assert token.encode() not in file.read_bytes()
        assert token[5:25].encode() not in file.read_bytes()


async def test_the_list_shows_what_tells_tokens_apart(database: SharedDatabase) -> None:
    token = await database.tokens.create("Annas laptop")
    await database.tokens.create("ci")
    first, second = await database.tokens.list()
    assert (first.name, second.name) == ("Annas laptop", "ci")
    assert first.hint == token[-4:]
    assert first.last_used_at is None
    assert abs((datetime.now(UTC) - first.created_at).total_seconds()) < 60


async def test_a_token_is_found_and_others_are_not(database: SharedDatabase) -> None:
    token = await database.tokens.create("laptop")
    await database.tokens.create("other")
    found = await database.tokens.find(token)
    assert found is not None and found.name == "laptop"
    changed = token[:-1] + ("A" if token[-1] != "A" else "B")
    for wrong in ("", "aica_", changed, token + "x", " " + token, token.upper(), "ä" * 48, "\ud800", token[5:]):
        assert await database.tokens.find(wrong) is None


@pytest.mark.parametrize("name", ["", " ", "-x", "a\nb", "x" * 65, "end ", "é", "aica_" + "x" * 43, "a\x00"])
async def test_a_bad_name_is_refused_and_not_repeated(paths: Paths, name: str) -> None:
    async with await open_shared_database(paths, None) as database:
        with pytest.raises(LLMError) as caught:
            await database.tokens.create(name)
        assert caught.value.kind is ErrorKind.CONFIG
        assert len(name.strip()) < 3 or name not in str(caught.value)
        assert await database.tokens.list() == []


async def test_a_name_can_be_used_once_until_it_is_revoked(database: SharedDatabase, other: SharedDatabase) -> None:
    await database.tokens.create("laptop")
    with pytest.raises(LLMError, match="'laptop' already") as caught:
        await other.tokens.create("laptop")
    assert caught.value.kind is ErrorKind.CONFIG
    assert await database.tokens.revoke("laptop")
    assert not await database.tokens.revoke("laptop")
    assert await other.tokens.create("laptop")


async def test_a_revoked_token_is_refused_at_once_here_and_soon_elsewhere(
    database: SharedDatabase, other: SharedDatabase
) -> None:
    token = await database.tokens.create("laptop")
    assert await database.tokens.find(token) and await other.tokens.find(token)
    assert await database.tokens.revoke("laptop")
    assert await database.tokens.find(token) is None
    started = time.monotonic()
    while await other.tokens.find(token):
        assert time.monotonic() - started < 5
        await asyncio.sleep(0.05)


async def test_a_token_made_elsewhere_is_good_at_once(database: SharedDatabase, other: SharedDatabase) -> None:
    assert await database.tokens.find("aica_" + "x" * 43) is None, "it has just looked"
    assert await database.tokens.find(await other.tokens.create("new")) is not None


async def test_a_revoke_while_a_look_is_under_way_wins(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    seen, go_on = threading.Event(), threading.Event()
    real = gateway_tokens._all_tokens

    def slow(connection: object) -> object:
        tokens = real(connection)  # type: ignore[arg-type]
        seen.set()
        go_on.wait(3)
        return tokens

    async with await open_shared_database(paths, None) as database, await open_shared_database(paths, None) as other:
        token = await database.tokens.create("laptop")
        monkeypatch.setattr(gateway_tokens, "_all_tokens", slow)
        asking = asyncio.ensure_future(database.tokens.find(token))
        await asyncio.to_thread(seen.wait, 3)
        await other.tokens.revoke("laptop")
        database.tokens._revoked_at = time.monotonic()  # what `revoke` does here after the same statement
        go_on.set()
        await asking
        assert await database.tokens.find(token) is None


async def test_known_tokens_are_answered_from_memory_and_unknown_ones_cost_few_looks(
    database: SharedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []
    real = gateway_tokens._all_tokens

    def counted(connection: object) -> object:
        looks.append(1)
        return real(connection)  # type: ignore[arg-type]

    token = await database.tokens.create("laptop")
    monkeypatch.setattr(gateway_tokens, "_all_tokens", counted)
    started = time.monotonic()
    for _ in range(500):
        assert await database.tokens.find(token) is not None
    assert len(looks) <= 1 + (time.monotonic() - started) / gateway_tokens.FRESH_S
    looks.clear()
    started = time.monotonic()
    guesses = ["aica_" + secrets.token_urlsafe(32) for _ in range(2000)]
    assert not any(await asyncio.gather(*(database.tokens.find(guess) for guess in guesses)))
    assert len(looks) <= 2 + (time.monotonic() - started) / 0.25
    gc.collect()
    assert len(database.tokens._known.tokens) == len(database.tokens._noted) == 1, "nothing is kept about guesses"
    assert database.tokens._tasks.running <= 1


async def test_the_last_use_is_written_at_most_once_a_minute(
    database: SharedDatabase, other: SharedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await database.tokens.create("laptop")

    async def noted(tokens: gateway_tokens.GatewayTokens) -> datetime | None:
        assert await tokens.find(token)
        async with asyncio.timeout(5):
            while tokens._tasks.running:
                await asyncio.sleep(0.01)
        return (await tokens.list())[0].last_used_at

    first = await noted(database.tokens)
    assert first is not None and abs((datetime.now(UTC) - first).total_seconds()) < 60
    assert await noted(database.tokens) == first
    assert await noted(other.tokens) == first, "another gateway does not write it again either"
    monkeypatch.setattr(gateway_tokens, "NOTE_USE_EVERY_S", 0.0)
    later = await noted(database.tokens)
    assert later is not None and later > first


async def test_the_loop_does_not_wait_while_another_program_holds_the_file(paths: Paths) -> None:
    async with await open_shared_database(paths, None) as database:
        token = await database.tokens.create("laptop")
        assert await database.tokens.find(token)
        raw = sqlite3.connect(paths.gateway_file, isolation_level=None)
        raw.execute("BEGIN EXCLUSIVE")
        writing = asyncio.ensure_future(database.settings.change({"openai_model": "x"}))
        gaps, before = [], time.monotonic()
        for _ in range(40):
            await asyncio.sleep(0.005)
            gaps.append(time.monotonic() - before)
            before = time.monotonic()
        assert max(gaps) < 0.2
        assert await database.tokens.find(token), "from memory"
        raw.execute("ROLLBACK")
        raw.close()
        assert (await writing).openai_model == "x"


async def test_nobody_is_let_in_by_memory_once_the_database_is_gone(
    paths: Paths, postgres_server: PostgresServer
) -> None:
    url = postgres_server.new_database()
    async with await open_shared_database(paths, url) as database:
        token = await database.tokens.create("laptop")
        assert await database.tokens.find(token)
        postgres_server.stop()
        try:
            started = time.monotonic()
            with pytest.raises(LLMError) as caught:
                while await database.tokens.find(token):
                    assert time.monotonic() - started < 5
                    await asyncio.sleep(0.05)
            assert caught.value.kind is ErrorKind.UNREACHABLE
            assert postgres_server.password not in f"{caught.value} {caught.value!r}"
            with pytest.raises(LLMError):
                await database.ping()
        finally:
            postgres_server.start()
        assert await database.tokens.find(token), "the connection comes back by itself"
