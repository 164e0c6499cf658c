"""Where the packaged program begins. Under the name `aica` it is the terminal, under any other the window.

Both are started by PyInstaller's loader, which leaves traces in the environment that no other program may inherit.
"""

from __future__ import annotations

import os
import sys

#: Variables that lead the system's loader to libraries; PyInstaller keeps the user's value beside them as `…_ORIG`.
LIBRARY_PATHS = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LIBPATH")
#: What PyInstaller's loader tells the next process; a child that is this program finds its files by itself.
LOADER_PREFIX = "_PYI_"
TERMINAL = "aica"
_WORKER_OF_SERVE = "--multiprocessing-fork"
_TRACKER = "from multiprocessing.resource_tracker import main;main("


def main() -> int:
    """The whole life of the packaged program; returns its exit status."""
    restore_environment()
    if sys.argv[1:2] == [_WORKER_OF_SERVE]:
        _be_worker_of_serve()
    if sys.argv[-2:-1] == ["-c"] and sys.argv[-1].startswith(_TRACKER):
        return _be_tracker(sys.argv[-1])
    # pathlib would cost `aica --version` more than all else
    name = os.path.splitext(os.path.basename(sys.executable))[0]  # noqa: PTH119, PTH122
    if name.lower() == TERMINAL:
        from app.cli.main import main as terminal

        return terminal()
    from app.desktop.main import main as window

    return window()


def restore_environment() -> None:
    """Give the environment back as the user had it: a browser that is opened must not load the package's libraries.

    This process keeps them, since the system reads these variables once, at the start.
    """
    for name in LIBRARY_PATHS:
        before = os.environ.get(f"{name}_ORIG")
        if before is not None:
            os.environ[name] = before
        else:
            os.environ.pop(name, None)
    for name in [name for name in os.environ if name.startswith(LOADER_PREFIX)]:
        del os.environ[name]


def _be_worker_of_serve() -> None:
    """A process of `aica serve --workers`, which Python starts with arguments of its own; does not come back."""
    from multiprocessing.spawn import freeze_support

    freeze_support()


def _be_tracker(code: str) -> int:
    """The process that Python starts beside such workers. The code is its own; only the number in it is taken."""
    from multiprocessing.resource_tracker import main as track

    track(int(code.removeprefix(_TRACKER).removesuffix(")")))
    return 0
