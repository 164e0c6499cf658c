"""Several launches at once: real processes, a real socket, one left behind by a crash."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtNetwork import QLocalSocket
from pytestqt.qtbot import QtBot

from app.desktop.single_instance import SingleInstance

LAUNCH = """
import sys, time
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from PySide6.QtNetwork import QLocalSocket
from app.desktop import single_instance

class SlowSocket(QLocalSocket):
    def waitForConnected(self, limit_ms):
        found = super().waitForConnected(limit_ms)
        time.sleep(0 if found else 0.2)  # wide enough for every other launch to see the same emptiness
        return found

single_instance.QLocalSocket = SlowSocket
application = QCoreApplication([])
alone = single_instance.SingleInstance(Path(sys.argv[1]))
link = sys.argv[2] if len(sys.argv) > 2 else None
sys.stdout.write("ready\\n"); sys.stdout.flush()
sys.stdin.readline()
sys.stdout.write("first\\n" if alone.is_first(link) else "second\\n"); sys.stdout.flush()
sys.stdin.readline()
"""


def launch(folder: Path, *link: str) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-c", LAUNCH, str(folder), *link], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None and child.stdout.readline() == "ready\n"
    return child


def go(child: subprocess.Popen[str]) -> None:
    assert child.stdin is not None
    child.stdin.write("go\n")
    child.stdin.flush()


def said(child: subprocess.Popen[str]) -> str:
    assert child.stdout is not None
    return child.stdout.readline().strip()


@pytest.mark.skipif(os.name == "nt", reason="a pipe of a dead process is gone on Windows")
def test_C11_of_many_starts_at_once_after_a_crash_one_keeps_the_window(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    for _ in range(3):
        crashed = launch(folder)
        go(crashed)
        assert said(crashed) == "first"
        crashed.send_signal(signal.SIGKILL)
        crashed.wait()
        crashed.communicate()
        starts = [launch(folder) for _ in range(5)]
        try:
            for start in starts:
                go(start)
            assert sorted(said(start) for start in starts) == ["first", *["second"] * 4]
        finally:
            for start in starts:
                start.kill()
                start.communicate()


def test_a_folder_that_cannot_be_made_does_not_keep_the_window_from_starting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    start = launch(tmp_path / "file" / "data")
    go(start)
    assert said(start) == "first"
    start.kill()
    start.communicate()


@pytest.mark.skipif(os.name == "nt", reason="named pipes belong to their session")
def test_E13_the_socket_lies_where_no_other_user_can_take_its_place(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    start = launch(folder)
    go(start)
    assert said(start) == "first"
    assert (folder / "window.sock").is_socket()
    assert folder.stat().st_mode & 0o077 == 0
    start.kill()
    start.communicate()
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    start = launch(shared)
    go(start)
    assert said(start) == "first" and not (shared / "window.sock").exists()
    start.kill()
    start.communicate()


@pytest.mark.skipif(os.name == "nt", reason="paths of sockets have no limit there")
def test_a_folder_too_deep_for_a_socket_still_has_one_window(tmp_path: Path) -> None:
    folder = tmp_path / ("deep" * 40)
    first, second = launch(folder), launch(folder)
    go(first)
    assert said(first) == "first"
    go(second)
    assert said(second) == "second"
    for start in (first, second):
        start.kill()
        start.communicate()


def test_E13_of_what_other_programs_say_only_the_link_of_a_chat_is_handed_on(qtbot: QtBot, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    alone = SingleInstance(folder)
    assert alone.is_first()
    heard: list[str] = []
    alone.show_requested.connect(lambda: heard.append("show"))
    alone.follow_links(heard.append)
    good = "aica://chat/" + "0f" * 16 + "#12"
    said_by_others = [
        (b"show\n", ["show"]),
        (f"open {good}\n".encode(), ["show", good]),
        (b"open aica://chat/../../etc\n", ["show", ""]),
        (b"open \xff\xfe\n", ["show", ""]),
        (b"run rm -rf /\n", []),
        (b"x" * 10_000, []),
        (b"\n", []),
    ]
    for said_now, expected in said_by_others:
        heard.clear()
        other = QLocalSocket()
        other.connectToServer(alone._name)
        assert other.waitForConnected(2_000)
        other.write(said_now[:3])
        other.flush()
        other.write(said_now[3:])
        qtbot.waitUntil(lambda: other.state() == QLocalSocket.LocalSocketState.UnconnectedState)  # noqa: B023 - of now
        assert heard == expected, said_now
    alone.close()


@pytest.mark.skipif(os.name == "nt", reason="named pipes belong to their session")
def test_a_second_launch_hands_its_link_to_the_first(qtbot: QtBot, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    alone = SingleInstance(folder)
    assert alone.is_first()
    heard: list[str] = []
    alone.follow_links(heard.append)
    good = "aica://chat/" + "0f" * 16
    for given, expected in ((good, good), ("aica:nonsense", "")):
        heard.clear()
        second = launch(folder, given)
        go(second)
        qtbot.waitUntil(lambda: heard == [expected])  # noqa: B023 - of now
        assert said(second) == "second"
        second.kill()
        second.communicate()
    alone.close()


def test_links_that_come_while_the_window_is_made_anew_are_held_for_the_next_one(qtbot: QtBot, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    alone = SingleInstance(folder)
    assert alone.is_first()
    before: list[str] = []
    after: list[str] = []
    shown: list[bool] = []
    alone.show_requested.connect(lambda: shown.append(True))
    alone.follow_links(before.append)
    alone.hold_links()
    link = "aica://chat/" + "0f" * 16
    other = QLocalSocket()
    other.connectToServer(alone._name)
    assert other.waitForConnected(2_000)
    other.write(f"open {link}\n".encode())
    qtbot.waitUntil(lambda: bool(shown))
    alone.follow_links(after.append)
    assert (before, after) == ([], [link])
    alone.follow_links(before.append)
    assert before == [], "each link is handed on once"
    alone.close()
