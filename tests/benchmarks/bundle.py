"""What starting the packaged program costs beside the same program from its sources, and how large it is.

CPU of the whole process with its children, taken in alternation in one run; `packaging/build.py bundle` comes first.
`--case` takes one; AICA_BENCHMARK_BUNDLE names another folder than `dist/ai-coder-assistant`.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from tests.benchmarks._measure import Figures, Limit
from tests.benchmarks.startup import STARTS, alternating, make_home, run_for_cpu

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 1
#: As an installation starts it, without the installer's own wrapper.
SOURCE_WINDOW = "import sys; from app.desktop.main import main; sys.exit(main())"
SOURCE_AICA = "import sys; from app.cli.main import main; sys.exit(main())"


def folder() -> Path:
    """The packaged program.

    Raises:
        SystemExit: it was not built.
    """
    found = Path(os.environ.get("AICA_BENCHMARK_BUNDLE") or ROOT / "dist" / "ai-coder-assistant")
    if not (found / "_internal").is_dir():
        sys.exit(f"there is no {found}; build it: python3 packaging/build.py bundle")
    return found


def compared(source: str, program: str, *arguments: str) -> Figures:
    medians = alternating(
        {
            "source": lambda: run_for_cpu([sys.executable, "-c", source, *arguments]),
            "bundle": lambda: run_for_cpu([str(folder() / program), *arguments]),
        },
        STARTS,
    )
    ratio = medians["bundle"] / medians["source"]
    return {**{f"{name}_ms": value for name, value in medians.items()}, "bundle_to_source": ratio}


def window() -> Figures:
    """A window with a chat in it, from its start over its picture to its end."""
    with tempfile.TemporaryDirectory(prefix="aica-bundle-") as home:
        make_home(Path(home))
        picture = str(Path(home) / "window.png")
        return compared(SOURCE_WINDOW, "ai-coder-assistant", "--home", home, "--screenshot", picture)


def version() -> Figures:
    return compared(SOURCE_AICA, "aica", "--version")


def models() -> Figures:
    """A command that opens the whole core."""
    with tempfile.TemporaryDirectory(prefix="aica-bundle-") as home:
        return compared(SOURCE_AICA, "aica", "--home", home, "models", "--provider", "mock")


def size() -> Figures:
    """Megabytes of 10^6 bytes; the engine's are apart."""
    engine = whole = 0
    for path in folder().rglob("*"):
        if not path.is_dir():
            bytes_of = path.lstat().st_size
            whole += bytes_of
            engine += bytes_of if "xllamacpp" in str(path.relative_to(folder())) else 0
    return {"without_engine_mb": (whole - engine) / 1e6, "engine_mb": engine / 1e6}


CASES = {"window": window, "version": version, "models": models, "size": size}
LIMITS = [
    Limit("window", "bundle_to_source", at_most=1.1),
    Limit("models", "bundle_to_source", at_most=1.1),
    Limit("size", "without_engine_mb", at_most=200),
]
