"""`aica token` as a program: the token alone on standard output, once, and never stored."""

from __future__ import annotations

import os
import re
import sqlite3
import time
from pathlib import Path

import pytest

from app.paths import user_paths
from app.services.shared_database.database import open_shared_database
from tests.cli.conftest import Aica

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["sqlite", "postgres"])
def shared(request: pytest.FixtureRequest, aica: Aica) -> Aica:
    """`aica` with its database in a file, and on a PostgreSQL."""
    if request.param == "postgres":
        aica.environment["DATABASE_URL"] = request.getfixturevalue("postgres_url")
    return aica


async def test_a_token_is_printed_alone_and_works_until_it_is_revoked(shared: Aica) -> None:
    made = await shared("token", "create", "laptop")
    assert made.status == 0
    assert re.fullmatch(r"aica_[A-Za-z0-9_-]{43}\n", made.out)
    assert "once" in made.err and made.out.strip() not in made.err
    token = made.out.strip()
    url = shared.environment.get("DATABASE_URL")
    async with await open_shared_database(user_paths(), url) as database:
        found = await database.tokens.find(token)
        assert found is not None and found.name == "laptop"
        listed = await shared("token", "list")
        assert listed.status == 0 and "laptop" in listed.out and token[-4:] in listed.out and token not in listed.out
        revoked = await shared("token", "revoke", "laptop")
        assert (revoked.status, "laptop" in revoked.out) == (0, True)
        assert await database.tokens.list() == []


async def test_with_json_each_prints_one_object(aica: Aica) -> None:
    made = (await aica("token", "create", "ci", "--json")).value
    assert set(made) == {"name", "token", "hint", "created_at"}
    assert made["name"] == "ci" and made["token"].endswith(made["hint"])
    assert abs(made["created_at"] - time.time()) < 60, "seconds since 1970, as everywhere"
    listed = (await aica("token", "list", "--json")).value
    assert listed == {"tokens": [{k: made[k] for k in ("name", "created_at", "hint")} | {"last_used_at": None}]}
    assert (await aica("token", "revoke", "ci", "--json")).value == {"name": "ci", "revoked": True}


async def test_what_cannot_be_done_is_a_setting_with_a_hint(aica: Aica) -> None:
    await aica("token", "create", "laptop")
    taken = await aica("token", "create", "laptop")
    assert (taken.status, taken.out) == (3, "") and "already" in taken.err
    bad = await aica("token", "create", "a\x1b[31m")
    assert bad.status == 3 and "\x1b" not in bad.err
    unknown = await aica("token", "revoke", "nobody")
    assert unknown.status == 3 and "no token named 'nobody'" in unknown.err
    assert (await aica("token")).status == 2


async def test_listing_makes_no_database(aica: Aica) -> None:
    listed = await aica("token", "list", "--json")
    assert (listed.status, listed.value) == (0, {"tokens": []})
    assert (await aica("token", "revoke", "x")).status == 3
    assert not user_paths().gateway_file.exists()


async def test_a_database_that_is_not_there_is_named_without_its_password(aica: Aica) -> None:
    aica.environment["DATABASE_URL"] = "postgresql://u:hidden-pw@127.0.0.1:9/d"
    result = await aica("token", "list", "--log-level", "debug")
    assert (result.status, result.out) == (4, "")
    assert "127.0.0.1:9" in result.err and "hidden-pw" not in result.err
    log = (user_paths().logs / "aica.log").read_text(encoding="utf-8")
    assert "127.0.0.1:9" in log and "hidden-pw" not in log


async def test_the_token_is_neither_stored_nor_logged(aica: Aica) -> None:
    made = await aica("token", "create", "laptop", "--log-level", "debug")
    token = made.out.strip()
    files = [path for path in Path(os.environ["AICA_HOME"]).rglob("*") if path.is_file()]
    assert user_paths().gateway_file in files
    assert not [path for path in files if token.encode() in path.read_bytes()]
    raw = sqlite3.connect(user_paths().gateway_file)
    assert len(raw.execute("SELECT hash FROM gateway_tokens").fetchone()[0]) == 32
    raw.close()
