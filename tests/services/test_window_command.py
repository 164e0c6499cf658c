"""How the window is started from wherever this program runs."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from app.services.window_command import window_command


@pytest.mark.parametrize("running", ["aica", "ai-coder-assistant"])
def test_the_packaged_window_lies_beside_the_packaged_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, running: str
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / running))
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert window_command() == [str(tmp_path / "ai-coder-assistant")]


def test_in_the_checkout_it_is_a_module_of_this_interpreter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    assert window_command() == [str(tmp_path / "python"), "-m", "app"]
