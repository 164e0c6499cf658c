"""The package that `packaging/build.py` built, as a folder of programs that are started and asked.

The tests run where there is one: `bootstrap.py test --bundle` builds it first, `build.py smoke` takes what is there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.end_to_end.conftest import NOWHERE, Programs

#: Built with the engine where this is in it.
ENGINE = "xllamacpp"


@pytest.fixture(scope="session")
def bundle(pytestconfig: pytest.Config) -> Path:
    """The folder with both programs."""
    folder = Path(pytestconfig.getoption("--bundle")).absolute()
    assert (folder / "_internal").is_dir(), f"there is no bundle at {folder}; build it: packaging/build.py bundle"
    return folder


@pytest.fixture(scope="session")
def aica(bundle: Path) -> str:
    return str(bundle / "aica")


@pytest.fixture(scope="session")
def window(bundle: Path) -> str:
    return str(bundle / "ai-coder-assistant")


@pytest.fixture(scope="session")
def contents() -> Iterator[object]:
    """`packaging/bundle_contents.py`, which said what goes in."""
    sys.path.insert(0, str(ROOT / "packaging"))
    import bundle_contents

    yield bundle_contents
    sys.path.remove(str(ROOT / "packaging"))


@pytest.fixture
async def packaged(private_environment: None, tmp_path: Path) -> AsyncIterator[Programs]:
    """Starts programs in an empty folder, with nothing in the environment that leads to the sources or to a display."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "LD_LIBRARY_PATH"):
        kept.pop(name, None)
    made = Programs({**kept, "LMSTUDIO_BASE_URL": NOWHERE, "OLLAMA_HOST": NOWHERE})
    made.folder = tmp_path / "somewhere"
    made.folder.mkdir()
    yield made
    await made.aclose()


@pytest.fixture(scope="session")
def screen() -> Iterator[str]:
    """The DISPLAY of a screen that nobody sees."""
    program = shutil.which("Xvfb")
    if program is None:
        pytest.skip("Xvfb is not installed")
    reading, writing = os.pipe()
    server = subprocess.Popen(
        [program, "-displayfd", str(writing), "-screen", "0", "1400x1000x24", "-nolisten", "tcp"],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as told:
            number = told.readline().strip()
        assert number, "Xvfb did not start"
        yield f":{number}"
    finally:
        server.terminate()
        server.wait()
