"""The words that start our terminal command are words that work."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.services import terminal_command
from app.services.terminal_command import in_terminal

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def asked_anew() -> Iterator[None]:
    terminal_command._command.cache_clear()
    yield
    terminal_command._command.cache_clear()


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


@pytest.mark.skipif(os.name == "nt", reason="the stand-ins are shell scripts")
def test_a_script_that_the_terminal_finds_is_called_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "aica")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert in_terminal("doctor") == "aica doctor"


@pytest.mark.skipif(os.name == "nt", reason="the stand-ins are shell scripts")
def test_a_script_beside_the_interpreter_only_is_called_by_its_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(program(tmp_path / "my env" / "bin" / "python")))
    program(tmp_path / "my env" / "bin" / "aica")
    assert in_terminal("doctor") == f"'{tmp_path}/my env/bin/aica' doctor"


def test_in_a_checkout_it_is_what_works_in_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(ROOT / ".venv" / "bin" / "python"))
    if not (ROOT / ".venv" / "bin" / "aica").exists():
        assert in_terminal("doctor") == f"{Path('.venv/bin/python')} -m app.cli.main doctor"


def test_what_it_says_starts_our_command() -> None:
    """Also where this test runs from an installed program: no words but those that a shell takes."""
    done = subprocess.run(
        in_terminal("--version"), shell=True, cwd=ROOT, capture_output=True, text=True, check=False, timeout=30
    )
    assert (done.returncode, done.stdout.split()[0]) == (0, "aica"), done.stderr


def test_a_frozen_program_names_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "AI-Coder"))
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert in_terminal("doctor") == "AI-Coder doctor"
