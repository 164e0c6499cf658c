"""What starting costs, beside the floor of the same run: Python for the command line, an empty window for ours.

CPU of the whole process (all threads), not wall clock; the median of nine starts each, taken in alternation.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from app.paths import Paths, user_paths
from tests.benchmarks._measure import Figures, Limit

STARTS = 9
IDLE_STARTS = 3
#: What an installed `aica` does, without the installer's own wrapper.
VERSION = "import sys; from app.cli.main import main; sys.exit(main(['--version']))"
HELP = "import sys; from app.cli.main import main; sys.exit(main(['ask', '--help']))"
MESSAGES = 40

ANSWER = """Keep the key in a header.

```python
def headers(key: str) -> dict[str, str]:
    # Nothing is sent without a key.
    return {"Authorization": f"Bearer {key}"} if key else {}
```

| where | seen by |
|---|---|
| header | the server |
| query | every proxy and log on the way |

So **never** put it into the address.
"""


def surroundings() -> dict[str, str]:
    """The environment of a start: byte code is kept from one to the next, as it is where the app is installed."""
    inherited = installed_surroundings()
    nowhere = {"LMSTUDIO_BASE_URL": "http://127.0.0.1:9", "OLLAMA_HOST": "http://127.0.0.1:9"}
    return {**inherited, **nowhere}


def installed_surroundings() -> dict[str, str]:
    """The environment without what changes how Python starts, and with byte code kept from one start to the next."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {**inherited, "AICA_KEYRING": "off", "PYTHONPYCACHEPREFIX": _byte_code()}


@lru_cache(maxsize=1)
def _byte_code() -> str:
    folder = tempfile.mkdtemp(prefix="aica-byte-code-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def run_for_cpu(command: list[str]) -> float:
    """CPU milliseconds of a program from its start to its end."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    nothing = subprocess.DEVNULL
    subprocess.run(command, env=surroundings(), stdout=nothing, stdin=nothing, check=True, timeout=60)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1e3


def alternating(runs: dict[str, Callable[[], float]], times: int) -> dict[str, float]:
    """Name -> median. The first round warms byte code and files and is not counted."""
    taken: dict[str, list[float]] = {name: [] for name in runs}
    for number in range(times + 1):
        for name, run in runs.items():
            value = run()
            if number:
                taken[name].append(value)
    return {name: statistics.median(values) for name, values in taken.items()}


def version() -> Figures:
    medians = alternating(
        {
            "python": lambda: run_for_cpu([sys.executable, "-c", "pass"]),
            "version": lambda: run_for_cpu([sys.executable, "-c", VERSION]),
            "help": lambda: run_for_cpu([sys.executable, "-c", HELP]),
        },
        STARTS,
    )
    return {
        **{f"{name}_ms": value for name, value in medians.items()},
        "version_to_python": medians["version"] / medians["python"],
        "help_to_python": medians["help"] / medians["python"],
    }


def make_home(folder: Path) -> Paths:
    """A state folder with one chat, which the window opens again."""
    from app.services.conversations.store import ConversationStore

    async def fill() -> int:
        store = ConversationStore(paths.store_file)
        await store.open()
        chat = await store.create_conversation(title="Where the key goes")
        turns = [("user", "Where does the key go?") if i % 2 == 0 else ("assistant", ANSWER) for i in range(MESSAGES)]
        await store.import_messages(chat, turns)  # type: ignore[arg-type]  # the two roles, spelled out above
        await store.aclose()
        return chat

    paths = user_paths(folder)
    paths.data.mkdir(parents=True, exist_ok=True)
    (paths.data / "window.json").write_text(json.dumps({"conversation": asyncio.run(fill())}), encoding="utf-8")
    return paths


def child(point: str, home: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.benchmarks._startup_child", point, str(home)]
    done = subprocess.run(command, env=surroundings(), capture_output=True, text=True, check=False, timeout=60)
    if done.returncode or not done.stdout:
        raise RuntimeError(f"{point} failed ({done.returncode}):\n{done.stderr[-3000:]}")
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def at_points(points: dict[str, str], figure: str, times: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="aica-startup-") as folder:
        make_home(Path(folder))
        return alternating(
            {name: lambda p=point: child(p, Path(folder))[figure] for name, point in points.items()}, times
        )


def window() -> Figures:
    medians = at_points({"bare": "bare", "shell": "shell", "caret": "caret"}, "cpu_ms", STARTS)
    return {
        **{f"{name}_ms": value for name, value in medians.items()},
        "shell_to_bare": medians["shell"] / medians["bare"],
        "caret_to_bare": medians["caret"] / medians["bare"],
    }


def memory() -> Figures:
    medians = at_points({"bare": "bare_idle", "idle": "idle"}, "rss_mb", IDLE_STARTS)
    return {
        **{f"{name}_rss_mb": value for name, value in medians.items()},
        "idle_to_bare": medians["idle"] / medians["bare"],
    }


def rest() -> Figures:
    """What a window costs that nobody touches: a chat open, no server answering, after all that a start does later."""
    with tempfile.TemporaryDirectory(prefix="aica-startup-") as folder:
        make_home(Path(folder))
        figures = {}
        for name, point in (("bare", "bare_rest"), ("rest", "rest")):
            for figure, value in child(point, Path(folder)).items():
                figures[f"{name}_{figure}"] = value
    return figures


CASES = {"version": version, "window": window, "memory": memory, "rest": rest}
LIMITS = [
    Limit("version", "version_to_python", at_most=1.25),
    Limit("window", "shell_to_bare", at_most=1.8),
    Limit("window", "caret_to_bare", at_most=3.0),
    # 2.25 until languages, crash care, the guide and ways back were added, which take 0.1 MB more than that allows.
    Limit("memory", "idle_to_bare", at_most=2.3),
    # A bare window costs nothing at all; ours blinks its caret and looks at the store, and asks servers now and then.
    Limit("rest", "rest_cpu_ms_per_s", at_most=6.0),
    Limit("rest", "rest_wakes_per_s", at_most=8.0),
]
