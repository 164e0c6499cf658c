"""The servers that tests start for themselves: real, private, and gone afterwards."""

from __future__ import annotations

import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.fakes import postgres_and_redis
from tests.fakes.postgres_and_redis import MissingServer, PostgresServer, RedisServer


def test_redis_answers_with_its_password_only(redis_server: RedisServer) -> None:
    with redis.Redis.from_url(redis_server.url) as client:
        assert client.ping()
    with (
        redis.Redis(port=redis_server.port, retry=Retry(NoBackoff(), 0)) as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()


@pytest.mark.parametrize("kind", [PostgresServer, RedisServer])
def test_nothing_is_left_of_a_server_after_its_test(
    kind: type[PostgresServer] | type[RedisServer], request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue(
        "postgres_server" if kind is PostgresServer else "redis_server"
    )  # skips where it is missing
    with postgres_and_redis.running(kind) as server:
        process = server._process
        assert process is not None and process.poll() is None
        assert server.folder.exists()
    assert process.poll() is not None
    assert not server.folder.exists()


def test_databases_of_two_tests_are_strangers(postgres_server: PostgresServer) -> None:
    one, two = postgres_server.new_database(), postgres_server.new_database()
    with psycopg.connect(one) as first, psycopg.connect(two) as second:
        first.execute("CREATE TABLE here()")
        assert second.execute("SELECT to_regclass('here')").fetchone() == (None,)


def test_a_program_that_is_not_here_says_so() -> None:
    with pytest.raises(MissingServer, match="no-such-server is not installed here"):
        postgres_and_redis.program("no-such-server", "usr/lib/postgresql/*/bin")
