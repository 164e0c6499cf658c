"""The network without other computers: what a program sends elsewhere is seen, and named with the program."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from types import ModuleType

import pytest

from tests.conftest import ROOT
from tests.end_to_end.test_bootstrap import load_bootstrap
from tests.tools import sealed_network

#: One try at each: a connection, an IPv6 connection, a datagram, a name; then something on this computer.
LEAKS = """
import socket, sys
def tried(family, kind, address):
    with socket.socket(family, kind) as made:
        made.settimeout(2)  # long enough to be looked for
        try:
            made.connect(address)
            made.send(b"x")
        except OSError:
            return
if "tcp" in sys.argv: tried(socket.AF_INET, socket.SOCK_STREAM, ("198.51.100.7", 443))
if "tcp6" in sys.argv: tried(socket.AF_INET6, socket.SOCK_STREAM, ("2001:db8::7", 8443))
if "udp" in sys.argv: tried(socket.AF_INET, socket.SOCK_DGRAM, ("203.0.113.9", 123))
if "name" in sys.argv:
    asked = b"\\x06canary\\x07example\\0\\0\\x01\\0\\x01"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.sendto(bytes([1, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]) + asked, ("127.0.0.53", 53))
with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()[:2]):
    print("this computer answers")
sys.exit(5 if "fail" in sys.argv else 0)
"""

allowed = pytest.mark.skipif(sealed_network.way_in() is None, reason="no network of its own can be made here")


def sealed(*what: str) -> subprocess.CompletedProcess[str]:
    """The leaky program in such a network."""
    environment = {name: value for name, value in os.environ.items() if name != sealed_network.MARK}
    command = [sys.executable, "-m", "tests.tools.sealed_network", sys.executable, "-c", LEAKS, *what]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)


@allowed
@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("tcp", "TCP to 198.51.100.7 port 443, by process "),
        ("tcp6", "TCP to 2001:db8::7 port 8443, by process "),
        ("udp", "UDP to 203.0.113.9 port 123"),
        ("name", "a lookup of canary.example"),
    ],
)
def test_whatever_is_sent_to_another_computer_fails_the_run_and_is_named(what: str, told: str) -> None:
    ended = sealed(what)
    assert ended.returncode == sealed_network.LEAKED
    assert ended.stdout == "this computer answers\n"
    assert told in ended.stderr
    assert "sent elsewhere" in ended.stderr


@allowed
def test_a_program_that_keeps_to_this_computer_ends_as_it_would_elsewhere() -> None:
    assert sealed().returncode == 0
    assert sealed("fail").returncode == 5
    assert "nothing was sent to any other computer" in sealed().stderr


def test_where_no_such_network_can_be_made_one_line_says_so_and_nothing_fails(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sealed_network, "way_in", lambda: None)
    monkeypatch.delenv(sealed_network.MARK, raising=False)
    assert sealed_network.main(["true"]) == sealed_network.NOT_ALLOWED
    assert capfd.readouterr().err.count("\n") == 1


def test_a_part_of_the_whole_suite_runs_without_such_a_network_where_none_can_be_made(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sealed_network, "way_in", lambda: None)
    monkeypatch.delenv(sealed_network.MARK, raising=False)
    command = load_bootstrap().in_sealed_network(
        [sys.executable, "-c", "print('tested'); raise SystemExit(5)"], or_without=True
    )
    assert sealed_network.main(command[3:]) == 5
    said = capfd.readouterr()
    assert said.out == "tested\n"
    assert (said.err.count("\n"), "no network of its own can be made here" in said.err) == (1, True)


@pytest.mark.parametrize(("ends_with", "status"), [(0, 0), (1, 1), (97, 97), (98, 0)])
def test_the_command_of_the_readme_runs_whole_programs_there(
    monkeypatch: pytest.MonkeyPatch, ends_with: int, status: int
) -> None:
    bootstrap, commands = load_bootstrap(), list[list[str]]()
    _without_set_up(bootstrap, monkeypatch)

    def run(command: list[str], **_more: object) -> subprocess.CompletedProcess[bytes]:
        commands.append(command)
        return subprocess.CompletedProcess(command, ends_with)

    monkeypatch.setattr(bootstrap.subprocess, "run", run)
    assert bootstrap.test(["--sealed"]) == status
    assert commands[0][1:3] == ["-m", "tests.tools.sealed_network"]
    assert commands[0][4:] == ["-m", "pytest", "-q", *bootstrap.SEALED_TESTS]
    assert all((ROOT / one).exists() for one in bootstrap.SEALED_TESTS)
    assert bootstrap.SEALED_NOT_ALLOWED == sealed_network.NOT_ALLOWED


@allowed
def test_the_whole_suite_fails_where_a_part_of_it_reaches_for_another_computer_which_is_named(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    bootstrap = load_bootstrap()
    monkeypatch.setattr(bootstrap, "PYTHON", sys.executable)
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv(sealed_network.MARK, raising=False)
    leak = bootstrap.in_sealed_network([sys.executable, "-c", LEAKS, "tcp"], or_without=True)
    status = bootstrap.run_beside_each_other([[sys.executable, "-c", ""], leak], dict(os.environ))
    assert status == sealed_network.LEAKED
    assert "TCP to 198.51.100.7 port 443, by process " in capfd.readouterr().out


def _without_set_up(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    ready: Callable[..., bool] = lambda *_args, **_more: True  # noqa: E731 - three stand-ins in one
    for step in ("ensure_environment", "qt_is_ready", "offer_test_servers"):
        monkeypatch.setattr(bootstrap, step, ready)
    monkeypatch.chdir(ROOT)  # it goes there itself; this takes it back
