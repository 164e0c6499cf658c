"""A day in minutes: a scripted person at a real window, and whether anything grows or the window ever waits.

`python -m tests.benchmarks soak [--minutes N] [--check]`, 20 minutes where nothing is said. What the person does is
decided by a seed (`AICA_BENCHMARK_SEED`); the model server, which misbehaves and is restarted, is a process of its own.
After every round, in which everything is done once, the window rests and is counted; `AICA_BENCHMARK_SAMPLES` names a
file that takes each count as a line of JSON. The first quarter is warm-up; slopes are those of the second half.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from tests.benchmarks._measure import Figures, Limit

ROUNDS = 1
#: Lines about each round are for whoever waits.
SHOWS_PROGRESS = True
MINUTES = 20.0

#: Growth in a hundred rounds of 26 acts each. Of ten minutes and less chance alone breaks some: programs that come and
#: go are counted as they are, and the list of connections fills until it holds 2,000.
LIMITS = [
    Limit("day", "rss_mb_per_100_rounds", at_most=10.0),
    Limit("day", "handles_per_100_rounds", at_most=3.0),
    Limit("day", "threads_per_100_rounds", at_most=2.0),
    Limit("day", "processes_per_100_rounds", at_most=1.0),
    Limit("day", "widgets_per_100_rounds", at_most=6.0),
    Limit("day", "windows_per_100_rounds", at_most=1.0),
    Limit("day", "qobjects_per_100_rounds", at_most=10.0),
    Limit("day", "tasks_per_100_rounds", at_most=4.0),
    Limit("day", "ui_cpu_p99_ms", at_most=50.0),
    Limit("day", "ui_cpu_max_ms", at_most=250.0),
    # Every widget of all pages and panes that were opened is dressed anew, 1,900 of them.
    Limit("day", "new_theme_cpu_max_ms", at_most=600.0),
]


def day() -> Figures:
    """The whole run in this process.

    Raises:
        GaveUpError: something that a person did had no end.
    """
    minutes = float(os.environ.get("AICA_BENCHMARK_MINUTES", MINUTES))
    with tempfile.TemporaryDirectory(prefix="aica-soak-") as folder:
        return _Run(Path(folder), minutes * 60).play()


class _Run:
    """One window from its start to its end."""

    def __init__(self, folder: Path, seconds: float) -> None:
        from tests.benchmarks._soak_servers import Hub, LmStudio, free_port

        self._folder, self._seconds = folder, seconds
        self._hub, self._server = Hub(), LmStudio()
        self._home = folder / "home"
        config = self._home / "config"
        config.mkdir(parents=True)
        nobody = f"http://127.0.0.1:{free_port()}"
        providers: dict[str, Any] = {
            "lm_studio": {"base_url": f"{self._server.base_url}/v1"},
            "ollama": {"base_url": nobody},
            "embedded": {"is_enabled": False},
        }
        values = {"provider_configurations": providers, "network": {"hub_url": self._hub.url}}
        (config / "llm_studio_config.json").write_text(json.dumps(values), encoding="utf-8")
        os.environ.update(AICA_KEYRING="off", LMSTUDIO_POLLING_INTERVAL="3s", HOME=str(folder / "person"))
        self._samples: list[Figures] = []
        self._figures: Figures = {}
        self._error: BaseException | None = None

    def play(self) -> Figures:
        from PySide6.QtCore import QTimer

        from app.desktop import application
        from app.desktop.main import parser

        arguments = [
            "--home",
            str(self._home),
            "--provider",
            "lm_studio",
            "--model",
            "simulated/vision-8b",
            "--size",
            "1200x800",
        ]
        application.make_application()
        options = parser().parse_args(arguments)
        options.safe_mode = False
        session = application.prepare(options)
        user: list[asyncio.Task[None]] = []
        QTimer.singleShot(0, lambda: user.append(asyncio.get_running_loop().create_task(self._live(session))))
        try:
            status = application.run_until_closed(session)
        finally:
            self._hub.stop()
        if self._error is not None:
            raise self._error
        if status:
            raise RuntimeError(f"the window ended with {status}")
        return self._figures

    async def _live(self, session: Any) -> None:
        from tests.benchmarks._soak_user import until
        from tests.benchmarks._soak_watch import Gaps

        gaps = Gaps()
        try:
            await self._server.start()
            await until(lambda: session.parts is not None and session.parts.models.rows(), "the core is open")
            await self._rounds(session, gaps)
        except BaseException as exc:
            self._error = exc
        finally:
            gaps.stop()
            await self._server.stop()
            session.close_soon()

    async def _rounds(self, session: Any, gaps: Any) -> None:
        from tests.benchmarks._soak_user import User
        from tests.benchmarks._soak_watch import growth, sample

        user = User(session, self._server, self._folder, int(os.environ.get("AICA_BENCHMARK_SEED", "1")))
        core = session.engine._loop
        began = time.monotonic()
        kinds: list[Counter[str]] = []
        while time.monotonic() - began < self._seconds or len(self._samples) < 4:
            warm = time.monotonic() - began > self._seconds / 4
            if warm:
                gaps.start()
            user.notice = lambda act: setattr(gaps, "doing", act)
            await user.play_round()
            gaps.stop()
            await asyncio.sleep(0.3)  # what was to be deleted later is
            self._samples.append(sample(session.window, core))
            self._tell(len(self._samples), time.monotonic() - began, user)
            if os.environ.get("AICA_BENCHMARK_KINDS"):
                kinds.append(_kinds())
        self._figures = growth(self._samples) | gaps.figures()
        self._figures |= {"rounds": float(len(self._samples)), "acts": float(sum(user.done.values()))}
        for cpu, late, doing in gaps.worst:
            _say(f"  {cpu * 1e3:6.0f} ms of work, {late * 1e3:6.0f} ms late: {doing}")
        if kinds:
            more = kinds[-1] - kinds[len(kinds) // 2]
            _say(f"more at the end than at the middle: {more.most_common(25)}")

    def _tell(self, number: int, seconds: float, user: Any) -> None:
        last = self._samples[-1]
        _say(f"round {number}, {seconds:.0f} s: " + ", ".join(f"{name} {value:g}" for name, value in last.items()))
        if name := os.environ.get("AICA_BENCHMARK_SAMPLES"):
            with Path(name).open("a", encoding="utf-8") as file:
                file.write(json.dumps({"round": number, "seconds": round(seconds, 1), **last}) + "\n")


def _kinds() -> Counter[str]:
    """How many there are of every kind of object, for who looks for what grows."""
    import gc

    from shiboken6 import Shiboken

    found = Counter(type(one).__qualname__ for one in gc.get_objects())
    found.update(f"Qt {type(one).__qualname__}" for one in Shiboken.getAllValidWrappers())
    return found


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


CASES = {"day": day}
