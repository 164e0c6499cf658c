"""Run a benchmark: `python -m tests.benchmarks transcript [--rounds N] [--json FILE] [--check] [--case CASE]`.

A benchmark is a module of this package with `CASES` (name -> function that returns figures) and `LIMITS`. Each case of
each round runs in a fresh process, so that none profits from what another left warm. Medians are printed; CPU figures
of the UI thread repeat within about a quarter on a busy machine, wall clock figures only on a quiet one.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import pkgutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.benchmarks._measure import Figures, medians

PACKAGE = "tests.benchmarks"
ROOT = Path(__file__).resolve().parent.parent.parent


def benchmark_names() -> list[str]:
    found = pkgutil.iter_modules([str(Path(__file__).parent)])
    return sorted(module.name for module in found if not module.name.startswith("_"))


def run_case(name: str, case: str, *, shows_progress: bool = False) -> Figures:
    """One case in a process of its own; `shows_progress`: what it says meanwhile is passed on as it comes.

    Raises:
        SystemExit: the case failed; its output was passed on.
    """
    command = [sys.executable, "-m", PACKAGE, name, "--inside", case]
    environment = {**os.environ, "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")}
    errors = None if shows_progress else subprocess.PIPE
    done = subprocess.run(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{name} {case} failed ({done.returncode}):\n{(done.stderr or '')[-4000:]}")
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(prog=f"python -m {PACKAGE}", description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=benchmark_names())
    parser.add_argument("--rounds", type=int, help="fresh processes a case (default 3, of `crash` and `soak` 1)")
    parser.add_argument("--runs", type=int, help="of `crash`: how many processes are killed (default 50)")
    parser.add_argument("--minutes", type=float, help="of `soak`: how long the window is used (default 20)")
    parser.add_argument("--case", action="append", help="only this case; may be repeated")
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    parser.add_argument("--check", action="store_true", help="fail where a figure breaks its limit")
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.runs:
        os.environ["AICA_BENCHMARK_RUNS"] = str(options.runs)
    if options.minutes:
        os.environ["AICA_BENCHMARK_MINUTES"] = str(options.minutes)
    module: Any = importlib.import_module(f"{PACKAGE}.{options.name}")
    if options.inside:
        print(json.dumps(module.CASES[options.inside]()), flush=True)
        os._exit(0)  # Qt's own tear-down is not part of any figure
    results: dict[str, Figures] = {}
    broken = 0
    rounds = options.rounds or getattr(module, "ROUNDS", 3)
    for case in options.case or module.CASES:
        shows = getattr(module, "SHOWS_PROGRESS", False)
        figures = [run_case(options.name, case, shows_progress=shows) for _ in range(max(1, rounds))]
        results[case] = medians(figures)
        broken += report(case, results[case], module.LIMITS)
    if options.json:
        options.json.write_text(json.dumps({"benchmark": options.name, "rounds": rounds, "cases": results}, indent=1))
    print(f"{broken} limit(s) broken" if broken else "all limits hold")
    return 1 if broken and options.check else 0


def report(case: str, figures: Figures, limits: list[Any]) -> int:
    """Print one case; returns how many of its limits are broken."""
    print(case)
    broken = 0
    for figure, value in figures.items():
        limit = next((x for x in limits if x.case == case and x.figure == figure), None)
        mark = ""
        if limit is not None:
            mark = f"   {limit}  {'ok' if limit.holds(value) else 'BROKEN'}"
            broken += not limit.holds(value)
        print(f"  {figure:28} {value:12,.2f}{mark}", flush=True)
    return broken


if __name__ == "__main__":
    sys.exit(main())
