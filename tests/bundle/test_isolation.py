"""What lies around the package does not get into it, and what is in it does not get into other programs."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.bundle.test_programs import engine_settings
from tests.end_to_end.conftest import Programs
from tests.fakes import programs as fakes
from tests.planted import PLANTED_SETTING, plant, planted_was_used

pytestmark = [pytest.mark.anyio, pytest.mark.skipif(os.name == "nt", reason="the programs are told apart by links")]


async def look_and_ask(programs: Programs, folder: Path, marker: Path, **environment: str) -> None:
    """Start both programs with planted files around them; none of those may have been read."""
    settings = {"environment": environment, "cwd": folder}
    aica, window = programs.aica, programs.window
    shown = await programs.run(aica, "config", "get", "default_provider", **settings)
    assert (shown.status, PLANTED_SETTING in shown.out) == (0, False), shown.err
    answered = await programs.run(aica, "ask", "--provider", "mock", "Hello", **settings)
    assert answered.status == 0, answered.err
    picture = folder / "window.png"
    asking = ("--provider", "mock", "--prompt", "Write code", "--screenshot", str(picture))
    drawn = await programs.run(window, *asking, **settings)
    assert (drawn.status, picture.exists()) == (0, True), drawn.err
    assert not planted_was_used(marker)


async def test_E11_nothing_is_loaded_from_the_folder_the_package_is_started_in(
    packaged: Programs, aica: str, window: str, tmp_path: Path
) -> None:
    packaged.aica, packaged.window = aica, window
    marker = plant(packaged.folder, tmp_path / "used")
    await look_and_ask(packaged, packaged.folder, marker)


async def test_E11_nothing_is_loaded_from_beside_the_package_nor_from_variables_of_python(
    packaged: Programs, bundle: Path, tmp_path: Path
) -> None:
    moved = tmp_path / "moved" / "program"
    shutil.copytree(bundle, moved, symlinks=True)
    marker = plant(moved, tmp_path / "used")
    (moved / "qt.conf").write_text("[Paths]\nPlugins = /nowhere\n")
    plant(moved.parent, tmp_path / "used")
    hostile = tmp_path / "hostile"
    plant(hostile, tmp_path / "used")
    packaged.aica, packaged.window = str(moved / "aica"), str(moved / "ai-coder-assistant")
    names = {"PYTHONPATH": str(hostile), "PYTHONHOME": str(hostile), "PYTHONSTARTUP": str(hostile / "json.py")}
    await look_and_ask(packaged, packaged.folder, marker, **names)


async def test_E2_other_programs_get_the_users_library_paths_and_not_the_packages(
    packaged: Programs, aica: str, bundle: Path, tmp_path: Path
) -> None:
    """Somebody's own llama-server, started by a child of ours that is the package once more."""
    settings = engine_settings(tmp_path)
    server = fakes.install(tmp_path, "llama-server", "sys.exit(1)")
    values = json.loads(settings.read_text())
    values["provider_configurations"]["embedded"]["executable"] = str(server.path)
    settings.write_text(json.dumps(values))
    asking = (aica, "--config", str(settings), "ask", "--provider", "embedded", "--model", "tiny", "Hello")
    for given in ({}, {"LD_LIBRARY_PATH": "/users/own"}):
        before = len(server.calls)
        ended = await packaged.run(*asking, environment=given)
        assert len(server.calls) > before, ended.err
        seen = server.calls[-1]["environment"]
        assert seen.get("LD_LIBRARY_PATH") == given.get("LD_LIBRARY_PATH")
        assert not [name for name, value in seen.items() if str(bundle) in value], seen
