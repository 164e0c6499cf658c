"""Real PostgreSQL and Redis of a test's own: on a free port, in a folder of its own, gone after it.

Debian's packages are enough; nothing of the system's own servers is used. Where a program is missing, or none but root
is there to run it, `MissingServer` says why, and a test skips with that line.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import pwd  # there is none on Windows

START_TIMEOUT_S = 30.0


class MissingServer(Exception):
    """The program is not here, or cannot be run by whoever runs the tests."""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def program(name: str, folders: str = "") -> str:
    """Where a server program lies; Debian keeps PostgreSQL's outside the PATH, by version.

    Raises:
        MissingServer: nowhere.
    """
    if found := shutil.which(name):
        return found
    for folder in sorted(Path("/").glob(folders), reverse=True) if folders else ():
        if (folder / name).exists():
            return str(folder / name)
    raise MissingServer(f"{name} is not installed here")


class PostgresServer:
    """A PostgreSQL server that takes its user's password over TCP, with nothing kept safe for a power cut."""

    user, password = "gateway", "s3cret-pass"

    def __init__(self) -> None:
        self._initdb = program("initdb", "usr/lib/postgresql/*/bin")
        self._postgres = str(Path(self._initdb).resolve().with_name("postgres"))
        self._account = _account_for_servers()
        self.folder = Path(tempfile.mkdtemp(prefix="aica-postgres-"))
        self._data = self.folder / "data"
        self._numbers = itertools.count(1)
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        password_file = self.folder / "password"
        password_file.write_text(self.password)
        for path in (password_file, self.folder):
            self._give(path)
        self._run_initdb(password_file)

    def _give(self, path: Path) -> None:
        if self._account is not None:
            os.chown(path, self._account.pw_uid, self._account.pw_gid)

    def _as_account(self) -> dict[str, Any]:
        """Arguments of `Popen`: PostgreSQL refuses to run as root."""
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C", "HOME": str(self.folder)}
        if self._account is None:
            return {"env": environment, "cwd": self.folder}
        account = {"user": self._account.pw_uid, "group": self._account.pw_gid, "extra_groups": []}
        return {"env": environment, "cwd": self.folder, **account}

    def _run_initdb(self, password_file: Path) -> None:
        command = [self._initdb, "--pgdata", str(self._data), "--username", self.user, "--no-sync", "--no-instructions"]
        command += ["--encoding", "UTF8", "--locale", "C", "--auth", "scram-sha-256", "--pwfile", str(password_file)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **self._as_account())
        assert done.returncode == 0, done.stderr

    def start(self) -> None:
        """Listen, and come back when it answers. Also after `stop`: with the same port and data."""
        quick = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=16MB")
        options = [f"port={self.port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", *quick]
        command = [self._postgres, "-D", str(self._data), *(word for one in options for word in ("-c", one))]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, **self._as_account())
        _wait_until(self._answers, self._process, self.folder / "log")

    def _answers(self) -> bool:
        import psycopg

        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def url(self, database: str) -> str:
        return f"postgresql://{self.user}:{self.password}@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """The address of an empty database that nobody else uses."""
        import psycopg

        name = f"test_{next(self._numbers)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]  # a name of ours
        return self.url(name)

    def stop(self) -> None:
        """Cut every connection and stop; the data stays."""
        _end(self._process, signal.SIGINT)
        self._process = None

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class RedisServer:
    """A Redis server that keeps nothing on the disk and asks for a password."""

    def __init__(self) -> None:
        self._program = program("redis-server")
        self.port = free_port()
        self.password = secrets.token_hex(8)
        self.folder = Path(tempfile.mkdtemp(prefix="aica-redis-"))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        options = {"port": self.port, "bind": "127.0.0.1", "dir": self.folder, "requirepass": self.password}
        words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        with (self.folder / "log").open("ab") as log:
            command = [self._program, *words, "--save", "", "--appendonly", "no"]
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        _wait_until(self._answers, self._process, self.folder / "log")

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                connection.settimeout(2)
                answer = b""
                while b"PONG" not in answer and (piece := connection.recv(100)):
                    answer += piece
                return b"PONG" in answer
        except OSError:
            return False

    def stop(self) -> None:
        _end(self._process, signal.SIGKILL)
        self._process = None

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def _account_for_servers() -> pwd.struct_passwd | None:
    """None where we are not root; else the account to step down to."""
    if os.geteuid() != 0:
        return None
    import pwd

    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise MissingServer("there is no account but root's to run PostgreSQL")


def _wait_until(answers: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not answers():
        assert process.poll() is None, log.read_text(errors="replace")
        assert time.monotonic() < deadline, log.read_text(errors="replace")
        time.sleep(0.05)


def _end(process: subprocess.Popen[bytes] | None, how: signal.Signals) -> None:
    if process is None or process.poll() is not None:
        return
    process.send_signal(how)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)


Server = TypeVar("Server", PostgresServer, RedisServer)


@contextlib.contextmanager
def running(kind: type[Server]) -> Iterator[Server]:
    """A server of this kind, stopped and removed at the end.

    Raises:
        MissingServer: it cannot be run here.
    """
    if os.name == "nt":
        raise MissingServer("these servers are started on Linux and macOS only")
    server = kind()
    try:
        server.start()
        yield server
    finally:
        server.close()
