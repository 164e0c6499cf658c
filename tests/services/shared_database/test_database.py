"""Opening the shared database: which one, by whom first, and a sentence that says why not."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from app.paths import Paths
from app.services.llm.errors import ErrorKind, LLMError
from app.services.shared_database import access, migrations
from app.services.shared_database.database import SharedDatabase, open_shared_database, read_llm_settings
from app.services.shared_database.place import place_of
from tests.fakes.postgres_and_redis import PostgresServer, free_port

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).resolve().parents[3]
DATA = ROOT / "tests" / "data"
PASSWORD = "pw-of-the-address"


# -- which one


async def test_without_an_address_it_is_a_private_file_in_the_data_folder(paths: Paths) -> None:
    async with await open_shared_database(paths, None) as database:
        assert database.name == str(paths.gateway_file)
        await database.ping()
    if os.name != "nt":
        assert {file.stat().st_mode & 0o077 for file in paths.data.iterdir()} == {0}
    raw = sqlite3.connect(paths.gateway_file)
    assert raw.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    raw.close()


async def test_a_file_can_be_named_too(paths: Paths, tmp_path: Path) -> None:
    async with await open_shared_database(paths, f"sqlite:///{tmp_path}/team/shared.db") as database:
        await database.settings.change({"openai_model": "x"})
    assert (tmp_path / "team" / "shared.db").exists()
    assert not paths.gateway_file.exists()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg", "postgresql+asyncpg"])
async def test_every_spelling_of_postgresql_is_taken(paths: Paths, postgres_url: str, scheme: str) -> None:
    async with await open_shared_database(paths, postgres_url.replace("postgresql", scheme, 1)) as database:
        assert (await database.settings.read()).version == 0
        assert PostgresServer.password not in repr(database) + repr(database._access) + database.name
        assert "127.0.0.1" in repr(database)


@pytest.mark.parametrize(
    "address",
    [
        f"mysql://user:{PASSWORD}@host/db",
        f"not an address {PASSWORD}",
        f"postgresql://user:{PASSWORD}@host:port/db",
        f"postgresql://user:half@{PASSWORD}@host/db",
        f"postgresql:/{PASSWORD}",
        "sqlite://",
        "sqlite:///:memory:",
    ],
)
async def test_an_address_that_cannot_be_used_is_refused_without_repeating_it(paths: Paths, address: str) -> None:
    with pytest.raises(LLMError, match="DATABASE_URL") as caught:
        await open_shared_database(paths, address)
    assert caught.value.kind is ErrorKind.CONFIG and caught.value.hint
    assert PASSWORD not in told(caught.value)


def told(error: BaseException) -> str:
    """Everything that a log could write about an error."""
    import traceback

    return f"{error!r} {getattr(error, 'details', '')} {''.join(traceback.format_exception(error))}"


@pytest.mark.parametrize(
    ("address", "name"),
    [
        (f"postgres://u:{PASSWORD}@db.example/team", "db.example:5432/team"),
        (f"postgresql://u:{PASSWORD}@[::1]:5433/team?sslmode=require", "[::1]:5433/team"),
        ("postgresql:///team", "this computer/team"),
    ],
)
def test_a_place_is_named_without_user_and_password(paths: Paths, address: str, name: str) -> None:
    place = place_of(paths, address)
    assert place.name == name
    assert PASSWORD not in repr(place)


# -- a server that is not as it should be


async def refusal(paths: Paths, url: str, caplog: pytest.LogCaptureFixture) -> tuple[LLMError, float]:
    started = time.monotonic()
    with caplog.at_level(logging.DEBUG), pytest.raises(LLMError) as caught:
        await open_shared_database(paths, url)
    for secret in (PASSWORD, PostgresServer.password):
        assert secret not in told(caught.value) + caplog.text
    return caught.value, time.monotonic() - started


async def test_where_nothing_listens_the_host_is_told(paths: Paths, caplog: pytest.LogCaptureFixture) -> None:
    port = free_port()
    error, took_s = await refusal(paths, f"postgres://user:{PASSWORD}@127.0.0.1:{port}/db", caplog)
    assert error.kind is ErrorKind.UNREACHABLE
    assert f"127.0.0.1:{port}" in error.message
    assert "PostgreSQL" in error.hint
    assert took_s < 5


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Takes connections and never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


async def test_a_server_that_says_nothing_is_given_up_within_five_seconds(
    paths: Paths, silent_port: int, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert access._INNER_LIMIT_S < access.LIMIT_S <= 5
    monkeypatch.setattr(access, "_INNER_LIMIT_S", 2)  # what is waited for is the same
    error, took_s = await refusal(paths, f"postgresql://user:{PASSWORD}@127.0.0.1:{silent_port}/db", caplog)
    assert error.kind is ErrorKind.UNREACHABLE
    assert took_s < 4


async def test_a_wrong_password_and_a_missing_database_are_settings(
    paths: Paths, postgres_server: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    url = postgres_server.url("postgres")
    error, _ = await refusal(paths, url.replace(postgres_server.password, PASSWORD), caplog)
    assert (error.kind, "password authentication failed" in error.hint) == (ErrorKind.CONFIG, True)
    error, _ = await refusal(paths, postgres_server.url("nowhere"), caplog)
    assert (error.kind, '"nowhere" does not exist' in error.hint) == (ErrorKind.CONFIG, True)
    error, _ = await refusal(paths, url + f"?no_such_option={PASSWORD}", caplog)
    assert error.kind is ErrorKind.CONFIG


async def test_a_user_without_rights_is_told_what_is_missing_and_can_use_finished_tables(
    paths: Paths, postgres_server: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    url = postgres_server.new_database()
    role = f"guest_{free_port()}"
    with psycopg.connect(url, autocommit=True) as raw:
        raw.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'")  # type: ignore[arg-type]
    guest = url.replace(f"{postgres_server.user}:{postgres_server.password}", f"{role}:{PASSWORD}")
    error, _ = await refusal(paths, guest, caplog)
    assert (error.kind, "llmsettings" in error.hint) == (ErrorKind.CONFIG, True)
    await (await open_shared_database(paths, url)).aclose()
    with psycopg.connect(url, autocommit=True) as raw:
        raw.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")  # type: ignore[arg-type]
    async with await open_shared_database(paths, guest) as database:
        assert (await database.settings.read()).version == 0
        with pytest.raises(LLMError, match="may not") as caught:
            await database.settings.change({"openai_model": "x"})
        assert caught.value.kind is ErrorKind.CONFIG


async def test_tables_of_another_program_are_left_alone(paths: Paths, postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as raw:
        raw.execute("CREATE TABLE llmsettings(anything text)")
    with pytest.raises(LLMError) as caught:
        await open_shared_database(paths, postgres_url)
    assert caught.value.kind is ErrorKind.CONFIG
    with psycopg.connect(postgres_url) as raw:
        assert raw.execute("SELECT * FROM llmsettings").fetchall() == []
        assert raw.execute("SELECT to_regclass('gateway_migration')").fetchone() == (None,), "rolled back"


async def test_a_file_that_is_no_database_is_told_and_kept(paths: Paths) -> None:
    paths.data.mkdir(parents=True)
    paths.gateway_file.write_bytes(b"a letter to my aunt " * 100)
    with pytest.raises(LLMError, match="not a database") as caught:
        await open_shared_database(paths, None)
    assert caught.value.kind is ErrorKind.CONFIG
    assert str(paths.gateway_file) in caught.value.hint
    assert paths.gateway_file.read_bytes() == b"a letter to my aunt " * 100


async def test_a_folder_that_cannot_be_made_is_told(paths: Paths) -> None:
    paths.data.parent.mkdir(parents=True)
    paths.data.write_text("a file")
    with pytest.raises(LLMError) as caught:
        await open_shared_database(paths, None)
    assert caught.value.kind is ErrorKind.CONFIG


# -- versions


def add_unknown_step(paths: Paths, url: str | None) -> None:
    statement = "INSERT INTO gateway_migration(name, applied_at) VALUES ('0999_tomorrow', '2030-01-01 00:00:00')"
    if url is None:
        raw = sqlite3.connect(paths.gateway_file)
        raw.execute(statement)
        raw.commit()
        raw.close()
    else:
        with psycopg.connect(url) as server:
            server.execute(statement)


async def test_a_newer_version_s_tables_are_refused_and_not_written(paths: Paths, url: str | None) -> None:
    async with await open_shared_database(paths, url) as database:
        await database.settings.change({"openai_model": "x"})
    add_unknown_step(paths, url)
    before = paths.gateway_file.read_bytes() if url is None else b""
    for attempt in (open_shared_database, read_llm_settings):
        with pytest.raises(LLMError, match="newer version") as caught:
            await attempt(paths, url)
        assert caught.value.kind is ErrorKind.CONFIG
    assert url is not None or paths.gateway_file.read_bytes() == before


def test_every_released_schema_has_a_database_of_each_kind() -> None:
    names = [path.name for path in DATA.glob("gateway-v*")]
    for kind in ("db", "sql"):
        assert f"gateway-v{migrations.SCHEMA_VERSION}.{kind}" in names


RELEASED = range(1, migrations.SCHEMA_VERSION + 1)


@pytest.mark.parametrize("version", RELEASED)
async def test_a_database_of_a_released_schema_keeps_what_it_holds(paths: Paths, url: str | None, version: int) -> None:
    if url is None:
        paths.data.mkdir(parents=True)
        shutil.copy(DATA / f"gateway-v{version}.db", paths.gateway_file)
    else:
        with psycopg.connect(url, autocommit=True) as raw:
            raw.execute((DATA / f"gateway-v{version}.sql").read_text(encoding="utf-8"))  # type: ignore[arg-type]
    async with await open_shared_database(paths, url) as database:
        row = await database.settings.read()
        assert (row.provider, row.lmstudio_model, row.temperature) == ("lm_studio", "qwen/qwen3-4b", 0.5)
        (token,) = await database.tokens.list()
        assert (token.name, token.hint) == ("laptop", "abcd")
        assert await database.tokens.find("aica_" + "x" * 39 + "abcd") == token
        await database.tokens.create("new")
        assert (await database.settings.change({"max_tokens": 5})).version == row.version + 1


OPEN = """
import asyncio, sys
from app.paths import user_paths
from app.services.shared_database.database import open_shared_database
async def main():
    print("ready", flush=True)
    sys.stdin.readline()
    async with await open_shared_database(user_paths(sys.argv[1]), sys.argv[2] or None) as database:
        for number in range(3):
            await database.tokens.create(f"{sys.argv[3]}-{number}")
asyncio.run(main())
"""


async def test_processes_that_start_at_once_make_the_tables_once(paths: Paths, url: str | None, tmp_path: Path) -> None:
    children = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN, str(tmp_path / "home"), url or "", f"child{number}"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(3)
    ]
    for child in children:
        assert child.stdout is not None
        assert await asyncio.to_thread(child.stdout.readline) == "ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write("\n")
        child.stdin.flush()
    for child in children:
        _out, err = await asyncio.to_thread(child.communicate, timeout=30)
        assert (child.returncode, err) == (0, "")
    async with await open_shared_database(paths, url) as database:
        assert len(await database.tokens.list()) == 9
        assert (await database.settings.read()).version == 0


# -- reading without making anything


async def test_reading_makes_no_database(paths: Paths, url: str | None) -> None:
    assert await read_llm_settings(paths, url) is None
    assert not paths.data.exists()
    if url is not None:
        with psycopg.connect(url) as raw:
            assert raw.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)
    async with await open_shared_database(paths, url) as database:
        await database.settings.change({"provider": "ollama"})
        row = await read_llm_settings(paths, url)
        assert row is not None and row.provider == "ollama"


async def test_the_address_of_another_program_s_database_is_not_ours_to_read(paths: Paths, tmp_path: Path) -> None:
    assert await read_llm_settings(paths, "mysql://user:x@host/shop") is None
    raw = sqlite3.connect(tmp_path / "shop.db")
    raw.execute("CREATE TABLE goods(name)")
    raw.close()
    before = (tmp_path / "shop.db").read_bytes()
    assert await read_llm_settings(paths, f"sqlite:///{tmp_path}/shop.db") is None
    assert (tmp_path / "shop.db").read_bytes() == before
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith("shop")] == ["shop.db"]


async def test_closing_twice_is_harmless(database: SharedDatabase) -> None:
    await database.aclose()
