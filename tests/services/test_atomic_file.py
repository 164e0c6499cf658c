"""What is written replaces the whole file, keeps the user's permissions and follows the user's links."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.services.atomic_file import replacing, sync_folder, write_atomically

pytestmark = pytest.mark.skipif(os.name == "nt", reason="permissions and links as on POSIX")


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_is_private(tmp_path: Path) -> None:
    path = tmp_path / "new" / "x.json"
    write_atomically(path, b"{}")
    assert path.read_bytes() == b"{}"
    assert mode(path) == 0o600
    assert mode(path.parent) == 0o700


def test_a_file_saved_for_the_user_gets_what_the_umask_leaves(tmp_path: Path) -> None:
    path = tmp_path / "new" / "code.py"
    write_atomically(path, b"pass\n", private=False)
    assert mode(path) == 0o644
    assert mode(path.parent) == 0o755
    os.umask(0o077)
    write_atomically(tmp_path / "mine.py", b"", private=False)
    assert mode(tmp_path / "mine.py") == 0o600


@pytest.mark.parametrize("private", [True, False])
@pytest.mark.parametrize("before", [0o755, 0o640, 0o600, 0o666])
def test_a_file_of_the_users_keeps_its_mode_and_one_of_ours_is_private(
    tmp_path: Path, before: int, private: bool
) -> None:
    path = tmp_path / "run.sh"
    path.write_bytes(b"old")
    path.chmod(before)
    write_atomically(path, b"new", private=private)
    assert path.read_bytes() == b"new"
    assert mode(path) == (0o600 if private else before)


def test_of_a_link_the_target_is_replaced(tmp_path: Path) -> None:
    target = tmp_path / "dotfiles" / "settings.json"
    target.parent.mkdir()
    target.write_bytes(b"old")
    target.chmod(0o644)
    link = tmp_path / "settings.json"
    link.symlink_to(tmp_path / "between")
    (tmp_path / "between").symlink_to("dotfiles/settings.json")
    backup = tmp_path / "settings.json.bak"
    write_atomically(link, b"new", backup=backup)
    assert link.is_symlink() and (tmp_path / "between").is_symlink()
    assert target.read_bytes() == b"new" and not target.is_symlink()
    assert mode(target) == 0o600
    assert backup.read_bytes() == b"old" and mode(backup) == 0o600
    assert [p.name for p in target.parent.iterdir()] == ["settings.json"]


def test_a_link_to_nothing_gets_its_target(tmp_path: Path) -> None:
    link = tmp_path / "x.json"
    link.symlink_to(tmp_path / "there.json")
    write_atomically(link, b"{}")
    assert link.is_symlink()
    assert (tmp_path / "there.json").read_bytes() == b"{}"


def test_what_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(b"old")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["x.json"]


@pytest.mark.parametrize("name", ["x" * 255, "\N{GRINNING FACE}" * 63 + "xyz"])
def test_the_longest_name_that_a_file_may_have_is_written(tmp_path: Path, name: str) -> None:
    for over in (False, True):
        with replacing(tmp_path / name, over=over) as file:
            file.write(b"whole")
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [(name, b"whole")]


@pytest.mark.parametrize("links", [True, False], ids=["links", "a file system without links"])
def test_C8_what_must_not_be_written_over_stays_though_it_came_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    def refuse(_self: Path, _target: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    if not links:
        monkeypatch.setattr(Path, "hardlink_to", refuse)
    path = tmp_path / "x.json"
    with pytest.raises(FileExistsError), replacing(path, over=False) as file:
        file.write(b"new")
        path.write_bytes(b"somebody else's")
    assert path.read_bytes() == b"somebody else's"
    path.unlink()
    path.symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileExistsError), replacing(path, over=False) as file:
        file.write(b"new")
    assert path.is_symlink() and not path.exists()
    path.unlink()
    with replacing(path, over=False) as file:
        file.write(b"new")
    assert (path.read_bytes(), mode(path), path.stat().st_nlink) == (b"new", 0o600, 1)
    assert [p.name for p in tmp_path.iterdir()] == ["x.json"]


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs a file system that syncs no folders")
def test_a_folder_that_its_file_system_does_not_sync_is_no_failure() -> None:
    folder = Path("/proc/self")
    descriptor = os.open(folder, os.O_RDONLY)
    with pytest.raises(OSError, match="Invalid argument"):
        os.fsync(descriptor)
    os.close(descriptor)
    sync_folder(folder)


@pytest.mark.skipif(not hasattr(os, "setresuid") or os.getuid() != 0, reason="root alone becomes another user")
def test_what_was_put_into_a_folder_that_cannot_be_read_is_no_failure() -> None:
    """A folder that one may only put files into, as of a common in-tray."""
    tray = Path(tempfile.mkdtemp(prefix="tray"))
    try:
        tray.chmod(0o733)
        code = (
            "import os, sys, pathlib\n"
            "from app.services.atomic_file import replacing\n"
            "os.setresuid(65534, 65534, 65534)\n"
            "with replacing(pathlib.Path(sys.argv[1]), over=False) as file:\n"
            "    file.write(b'whole')\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, str(tray / "x.md")], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert [(one.name, one.read_bytes()) for one in tray.iterdir()] == [("x.md", b"whole")]
    finally:
        shutil.rmtree(tray)
