"""A lock on one file: one holder at a time, and none once the holder has ended."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from app.services.process_lock import FileLock

HOLDER = (
    "import sys; from pathlib import Path; from app.services.process_lock import FileLock\n"
    "lock = FileLock(Path(sys.argv[1])); print(lock.try_acquire(), flush=True); sys.stdin.read()"
)


def test_one_holds_it_until_it_lets_go(tmp_path: Path) -> None:
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert first.try_acquire()
    assert first.try_acquire(), "asking twice changes nothing"
    assert not second.try_acquire()
    first.release()
    assert second.try_acquire()
    second.release()
    second.release()


def test_a_killed_holder_holds_it_no_longer(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "lock")
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path / "lock")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline().strip() == b"True"
        assert not lock.try_acquire()
        child.kill()
    assert lock.try_acquire()
    lock.release()
