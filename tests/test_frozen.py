"""The beginning of the packaged program: which of the two it is, and an environment as the user had it."""

from __future__ import annotations

import os
import sys

import pytest

from app import __version__, frozen
from app.services import process


@pytest.fixture
def packaged(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """As PyInstaller's loader leaves it: the package's libraries first, and notes for its own next process."""
    for name in frozen.LIBRARY_PATHS:
        monkeypatch.delenv(f"{name}_ORIG", raising=False)
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LD_LIBRARY_PATH", "/package/_internal")
    monkeypatch.setenv("_PYI_ARCHIVE_FILE", "/package/aica")
    monkeypatch.setenv("_PYI_PARENT_PROCESS_LEVEL", "1")
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    return monkeypatch


def test_E2_the_packages_library_paths_are_taken_out_of_the_environment(packaged: pytest.MonkeyPatch) -> None:
    frozen.restore_environment()
    assert "LD_LIBRARY_PATH" not in os.environ
    assert not [name for name in os.environ if name.startswith("_PYI_")]
    assert "LD_LIBRARY_PATH" not in process.child_environment()


def test_E2_the_users_own_library_paths_come_back(packaged: pytest.MonkeyPatch) -> None:
    packaged.setenv("LD_LIBRARY_PATH_ORIG", "/users/own")
    frozen.restore_environment()
    assert os.environ["LD_LIBRARY_PATH"] == "/users/own"
    assert process.child_environment()["LD_LIBRARY_PATH"] == "/users/own"


def test_the_start_and_the_launcher_of_children_know_the_same_library_paths() -> None:
    assert frozen.LIBRARY_PATHS == process.LIBRARY_PATHS


@pytest.mark.parametrize(
    ("program", "says"),
    [
        ("/package/aica", f"aica {__version__}"),
        ("/package/ai-coder-assistant", f"AI Coder Assistant {__version__}"),
        ("/package/Aica.exe", f"aica {__version__}"),
    ],
)
def test_the_name_of_the_program_says_which_of_the_two_it_is(
    packaged: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], program: str, says: str
) -> None:
    packaged.setattr(sys, "executable", program)
    packaged.setattr(sys, "argv", [program, "--version"])
    try:
        status = frozen.main()
    except SystemExit as ended:  # argparse's way of telling a version
        status = int(ended.code or 0)
    assert (status, capsys.readouterr().out.strip()) == (0, says)
