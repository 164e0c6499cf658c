"""What every test shares: a private home, no keyring, no proxies, and no connection beyond this computer."""

from __future__ import annotations

import ipaddress
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from app.services.mock_server import MockServer
    from tests.fakes.postgres_and_redis import PostgresServer, RedisServer

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# A run in the background of a shell ignores Ctrl-C, and so would every program that it starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

ENVIRONMENT_OF_THE_CONTRACT = [
    "LLM_PROVIDER",
    "BACKEND",
    "LMSTUDIO_BASE_URL",
    "LM_STUDIO_BASE_URL",
    "LMSTUDIO_URL",
    "LM_STUDIO_TIMEOUT",
    "LMSTUDIO_MODEL",
    "MODEL_NAME",
    "LMSTUDIO_POLLING_INTERVAL",
    "MODEL_SOURCE",
    "OLLAMA_HOST",
    "OPENAI_API_KEY",
    "ANTHROPIC_API_KEY",
    "GEMINI_API_KEY",
    "GOOGLE_API_KEY",
    "DATABASE_URL",
    "AICA_GATEWAY_TOKEN",
    "AICA_GATEWAY_WINDOW_TOKEN",
    "LM_API_TOKEN",
    "OLLAMA_MODELS",
    "HF_HUB_CACHE",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    "SSL_CERT_FILE",
    "NO_COLOR",
    "FORCE_COLOR",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--clients", metavar="FOLDER", help="other people's clients, as bootstrap.py installs them")
    parser.addoption("--bundle", metavar="FOLDER", help="the packaged program, as packaging/build.py builds it")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Tests with other people's clients, and of the packaged program, run where there are some: `bootstrap.py test
    --clients`, `--bundle`."""
    for name in ("clients", "bundle"):
        if collection_path == ROOT / "tests" / name and not config.getoption(f"--{name}"):
            return True
    return None


@pytest.fixture(autouse=True)
def private_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """State goes below the test's own folder; the developer's environment and keyring stay out of it."""
    make_private(tmp_path, monkeypatch)


def make_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ENVIRONMENT_OF_THE_CONTRACT:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AICA_HOME", str(tmp_path / "home"))
    # The built-in engine lists the model files of this computer: none but a test's own.
    if "XDG_CACHE_HOME" not in os.environ:  # fonts are listed there, which takes seconds the first time
        monkeypatch.setenv("XDG_CACHE_HOME", str(Path.home() / ".cache"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hugging_face"))
    monkeypatch.setenv("HOME", str(tmp_path / "person"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "person"))
    monkeypatch.setenv("AICA_KEYRING", "off")
    monkeypatch.setenv("AICA_SYSTEM_ROOT", str(tmp_path / "no system"))  # a computer of its own, wherever this runs


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A connection to any other machine fails the test that tried it."""
    refused: list[object] = []
    real_connect, real_connect_ex = socket.socket.connect, socket.socket.connect_ex

    def check(sock: socket.socket, address: object) -> None:
        if sock.family in (socket.AF_INET, socket.AF_INET6) and isinstance(address, tuple):
            try:
                inside = ipaddress.ip_address(str(address[0]).split("%")[0]).is_loopback
            except ValueError:
                inside = address[0] == "localhost"
            if not inside:
                refused.append(address)
                raise AssertionError(f"a test tried to connect to {address!r}")

    def connect(self: socket.socket, address: object) -> None:
        check(self, address)
        return real_connect(self, address)  # type: ignore[arg-type]  # the caller's address, unchanged

    def connect_ex(self: socket.socket, address: object) -> int:
        check(self, address)
        return real_connect_ex(self, address)  # type: ignore[arg-type]  # as above

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket.socket, "connect_ex", connect_ex)
    yield
    assert not refused, f"connections beyond loopback: {refused}"


@pytest.fixture
def anyio_backend() -> str:
    """Core tests run on a plain asyncio loop; desktop tests override this with the Qt loop."""
    return "asyncio"


@pytest.fixture
async def simulator() -> AsyncIterator[MockServer]:
    """The simulated LM Studio, over real HTTP, at the pace of tests."""
    from tests.fakes.simulator import quick_simulator  # here: the path to it is set above

    async with quick_simulator() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A real PostgreSQL for the whole run; use `postgres_url`, which is empty, or a `running` one to stop and start."""
    from tests.fakes import postgres_and_redis

    try:
        with postgres_and_redis.running(postgres_and_redis.PostgresServer) as server:
            yield server
    except postgres_and_redis.MissingServer as exc:
        pytest.skip(f"no PostgreSQL to test with: {exc}")


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> str:
    """An empty database of the test's own, as `DATABASE_URL` spells it."""
    return postgres_server.new_database()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """A real Redis for the whole run; `redis_server.url` has its password in it."""
    from tests.fakes import postgres_and_redis

    try:
        with postgres_and_redis.running(postgres_and_redis.RedisServer) as server:
            yield server
    except postgres_and_redis.MissingServer as exc:
        pytest.skip(f"no Redis to test with: {exc}")
