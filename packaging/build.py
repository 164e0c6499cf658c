"""Make the package that people install, and look at what was made.

    python3 packaging/build.py bundle [--with-engine]   dist/ai-coder-assistant: one folder with both programs in it
    python3 packaging/build.py tarball                  that folder as .tar.xz, with a script that installs it (Linux)
    python3 packaging/build.py deb                      the same as a package of Debian and Ubuntu
    python3 packaging/build.py all [--with-engine]      the folder anew, and what this system has of the others
    python3 packaging/build.py smoke [for pytest]       start what was built, and ask it

Standard library only. The packages come from the lock files, by their hashes, into an environment of their own below
`build/`; the result lies in `dist/`. On Windows: py packaging\\build.py … Releases: packaging/RELEASE.md.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import bootstrap
import linux_packages
from bootstrap import ROOT, WINDOWS, SetupError, say

HERE = Path(__file__).resolve().parent
WORK = ROOT / "build"
DIST = ROOT / "dist"
NAME = "ai-coder-assistant"
BUNDLE = DIST / NAME
ENVIRONMENT = WORK / "environment"
PYTHON = ENVIRONMENT / ("Scripts/python.exe" if WINDOWS else "bin/python")
LOCKS = (HERE / "requirements.lock", HERE / "requirements-build.lock")
STAMP = ENVIRONMENT / ".installed-locks"
ICONS = WORK / "icons"
#: In the bundle while it holds the built-in engine.
ENGINE_MARK = "xllamacpp"
ENGINE_FLAG = "--with-engine"
#: Where neither git nor the caller says when the sources were made: the first moment that a ZIP archive can hold.
NO_TIME = 315_532_800


def version() -> str:
    """The version of the sources."""
    found = re.search(r'^__version__ = "([^"]+)"', (ROOT / "app" / "__init__.py").read_text(encoding="utf-8"), re.M)
    if found is None:
        raise SetupError("app/__init__.py names no version.")
    return found[1]


def time_of_sources() -> int:
    """Seconds since 1970 that all files of a package carry, so that the same sources make the same package."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    if given.isdecimal():
        return int(given)
    git = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
    done = subprocess.run(git, capture_output=True, text=True, check=False) if shutil.which("git") else None
    return int(done.stdout) if done is not None and done.stdout.strip().isdecimal() else NO_TIME


# -- the environment that builds


def ensure_environment() -> None:
    """The locked packages and PyInstaller below `build/`; nothing to do when they are there."""
    wanted = "\n".join(bootstrap.fingerprint(lock) for lock in LOCKS)
    if PYTHON.exists() and STAMP.exists() and STAMP.read_text(encoding="utf-8") == wanted:
        return
    started = time.monotonic()
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    make_environment()
    locks = [part for lock in LOCKS for part in ("-r", str(lock))]
    checked = ["--quiet", "--require-hashes", "--only-binary", ":all:", *locks]
    what = "installing the locked packages and PyInstaller"
    if uv := shutil.which("uv"):
        try:
            bootstrap.run_quietly([uv, "pip", "install", "--python", str(PYTHON), *checked], what)
        except SetupError:
            say("uv could not be used here; pip does it instead")
            bootstrap.run_quietly([str(PYTHON), "-m", "ensurepip"], "adding pip", announced=True)
            bootstrap.run_quietly([str(PYTHON), "-m", "pip", "install", *checked], what, announced=True)
    else:
        bootstrap.run_quietly([str(PYTHON), "-m", "pip", "install", *checked], what)
    STAMP.write_text(wanted, encoding="utf-8")
    say(f"ready in {time.monotonic() - started:.0f} s")


def make_environment() -> None:
    try:
        import ensurepip  # noqa: F401 - Debian leaves it out of its bare python3
    except ImportError:
        rows = [("python3-venv", "python3", "python")]
        if not bootstrap.install_packages(rows, "Python's venv module is not complete here"):
            raise SetupError("Python cannot make a virtual environment yet.") from None
    bootstrap.run_quietly([sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)], f"making {ENVIRONMENT}")


# -- the folder


def bundle(*, with_engine: bool) -> None:
    """Build `dist/ai-coder-assistant` anew.

    Raises:
        SetupError: something is missing here, or PyInstaller failed; the text says what.
    """
    if not bootstrap.qt_is_ready("test", with_display=True):
        raise SetupError("Qt's system libraries are needed to build.")
    if bootstrap.on_linux() and not shutil.which("strip"):
        raise SetupError("strip is needed to build; it is in the package binutils.")
    ensure_environment()
    bootstrap.run_quietly([str(PYTHON), str(HERE / "make_icons.py"), str(icon_source()), str(ICONS)], "drawing icons")
    shutil.rmtree(BUNDLE, ignore_errors=True)
    command = [
        *(str(PYTHON), "-m", "PyInstaller", str(HERE / f"{NAME}.spec"), "--noconfirm", "--log-level", "WARN"),
        *("--distpath", str(DIST), "--workpath", str(WORK / "pyinstaller"), "--", "--icons", str(ICONS)),
    ]
    started = time.monotonic()
    with building_environment():
        run_in_work([*command, ENGINE_FLAG] if with_engine else command, "building the program")
    say(f"{BUNDLE}: {size_mb(BUNDLE):.0f} MB, built in {time.monotonic() - started:.0f} s")


def icon_source() -> Path:
    return ROOT / "resources" / "app-icon.svg"


class building_environment:  # noqa: N801 - used as a function
    """While inside, children see nothing of the caller's Python, and what makes builds alike."""

    def __enter__(self) -> None:
        self._before = dict(os.environ)
        for name in [name for name in os.environ if name.startswith("PYTHON")]:
            del os.environ[name]
        os.environ |= {
            "PYTHONHASHSEED": "0",
            "SOURCE_DATE_EPOCH": str(time_of_sources()),
            "PYINSTALLER_CONFIG_DIR": str(WORK / "pyinstaller-cache"),
            "QT_QPA_PLATFORM": "offscreen",
        }

    def __exit__(self, *_error: object) -> None:
        os.environ.clear()
        os.environ.update(self._before)


def run_in_work(command: list[str], what: str) -> None:
    """In `build/`: from the checkout PyInstaller would import what lies there."""
    WORK.mkdir(exist_ok=True)
    before = Path.cwd()
    os.chdir(WORK)
    try:
        bootstrap.run_quietly(command, what)
    finally:
        os.chdir(before)


def size_mb(folder: Path) -> float:
    """Megabytes (10^6 bytes) of all files below a folder, links not followed."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir()) / 1e6


def has_engine() -> bool:
    return (BUNDLE / "_internal" / ENGINE_MARK).is_dir()


# -- what is handed out


def need_bundle() -> None:
    if not BUNDLE.is_dir():
        raise SetupError(f"There is no {BUNDLE} yet: python3 packaging/build.py bundle")


def packages(kinds: tuple[str, ...]) -> None:
    """The tarball and the package of Debian, of the folder that is there."""
    need_bundle()
    if not bootstrap.on_linux():
        raise SetupError("Tarball and .deb are made on Linux. For Windows and macOS see packaging/RELEASE.md.")
    makers = {"tarball": linux_packages.tarball, "deb": linux_packages.deb}
    of = linux_packages.Release(BUNDLE, ICONS, DIST, WORK, version(), time_of_sources(), has_engine())
    for kind in kinds:
        started = time.monotonic()
        made = makers[kind](of)
        say(f"{made}: {made.stat().st_size / 1e6:.0f} MB, made in {time.monotonic() - started:.0f} s")


def smoke(rest: list[str]) -> int:
    need_bundle()
    command = [sys.executable, str(HERE / "bootstrap.py"), "test", f"--bundle={BUNDLE}", *rest]
    return subprocess.run(command, check=False).returncode


def main(arguments: list[str]) -> int:
    job, *rest = arguments or [""]
    with_engine = ENGINE_FLAG in rest
    known = {"bundle", "all"} if with_engine else {"bundle", "tarball", "deb", "all", "smoke"}
    if job not in known or (job != "smoke" and set(rest) - {ENGINE_FLAG}):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        if job == "smoke":
            return smoke(rest)
        if job in ("bundle", "all"):
            bundle(with_engine=with_engine)
        if job in ("tarball", "deb"):
            packages((job,))
        if job == "all" and bootstrap.on_linux():
            packages(("tarball", "deb") if shutil.which("dpkg-deb") else ("tarball",))
    except SetupError as exc:
        say(str(exc))
        return bootstrap.EXIT_SETUP
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
