"""The programs, installed as pip installs them, in a folder where somebody else put modules and settings."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Programs
from tests.end_to_end.conftest import programs as programs
from tests.planted import PLANTED_SETTING, plant, planted_was_used

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(os.name == "nt", reason="the installed command is made of a script"),
]


@pytest.fixture
def commands(tmp_path: Path) -> dict[str, str]:
    """`aica` and the window as scripts of an installation."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, module in (("aica", "app.cli.main"), ("ai-coder-assistant", "app.desktop.main")):
        text = f"#!{sys.executable}\nimport sys\nfrom {module} import main\nsys.exit(main())\n"
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    return {name: str(folder / name) for name in ("aica", "ai-coder-assistant")}


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    return tmp_path / "project"


async def test_E11_settings_in_the_current_folder_are_not_read(
    programs: Programs, commands: dict[str, str], hostile: Path, tmp_path: Path
) -> None:
    marker = plant(hostile, tmp_path / "used")
    shown = await programs.run(commands["aica"], "config", "get", "default_provider", cwd=hostile)
    assert (shown.status, PLANTED_SETTING in shown.out) == (0, False), shown.err
    asked = await programs.run(commands["aica"], "ask", "--provider", "mock", "Hello", cwd=hostile)
    assert asked.status == 0, asked.err
    assert not planted_was_used(marker)


async def test_E11_the_window_and_its_children_load_nothing_from_the_current_folder(
    programs: Programs, commands: dict[str, str], hostile: Path, tmp_path: Path
) -> None:
    marker = plant(hostile, tmp_path / "used")
    picture = tmp_path / "window.png"
    show = ("--provider", "mock", "--prompt", "Write code", "--screenshot", str(picture))
    drawn = await programs.run(commands["ai-coder-assistant"], *show, cwd=hostile)
    assert (drawn.status, picture.exists()) == (0, True), drawn.err
    assert not planted_was_used(marker)


async def test_E11_what_is_planted_would_be_noticed(programs: Programs, hostile: Path, tmp_path: Path) -> None:
    """Python itself, started in that folder with a module's name, does run what lies there."""
    marker = plant(hostile, tmp_path / "used")
    await programs.run("-m", "json.tool", "--help", cwd=hostile)
    assert planted_was_used(marker)
