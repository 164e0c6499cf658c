"""Ask an advisory service for known weaknesses of every locked package: `python -m tests.tools.audit_dependencies`.

`--service` names another one that speaks the interface of OSV (https://google.github.io/osv.dev/api/, `querybatch`).
`--accept ID` passes over an advisory that somebody has read; say in the release notes why. Ends with 1 where something
is known, and with 0 where nothing is. Where no service answers one line says so and the status is 0 as well: a build
without a network must not fail for it, and the one who releases reads that line.
"""

from __future__ import annotations

import argparse
import http.client
import json
import re
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LOCKS = tuple(sorted((ROOT / "packaging").glob("requirements*.lock")))
SERVICE = "https://api.osv.dev/v1/querybatch"
#: The service takes a thousand questions at once.
MOST_AT_ONCE = 1_000
WAIT_S = 30.0
MOST_BYTES = 32 * 1024 * 1024
_PINNED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(?P<version>[^\s;\\]+)", re.MULTILINE)

Package = tuple[str, str]


def locked(locks: tuple[Path, ...] = LOCKS) -> list[Package]:
    """Name and version of everything that the lock files pin, each once."""
    found = {
        (match["name"].lower(), match["version"])
        for lock in locks
        for match in _PINNED.finditer(lock.read_text(encoding="utf-8"))
    }
    return sorted(found)


def advisories(packages: list[Package], service: str) -> dict[Package, list[str]]:
    """What is known of which of them, by the names of the advisories.

    Raises:
        OSError: nobody answers there.
        ValueError: what answers is no such service.
    """
    found: dict[Package, list[str]] = {}
    for start in range(0, len(packages), MOST_AT_ONCE):
        some = packages[start : start + MOST_AT_ONCE]
        for package, result in zip(some, _asked(some, service), strict=True):
            known = result.get("vulns", []) if isinstance(result, dict) else None
            if not isinstance(known, list):
                raise ValueError("an answer of an unknown form")
            if names := sorted(str(one["id"]) for one in known):
                found[package] = names
    return found


def _asked(packages: list[Package], service: str) -> list[Any]:
    queries = [{"package": {"name": n, "ecosystem": "PyPI"}, "version": v} for n, v in packages]
    data = json.dumps({"queries": queries}).encode()
    request = urllib.request.Request(service, data, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=WAIT_S) as answer:
            results = json.loads(answer.read(MOST_BYTES))["results"]
    except urllib.error.HTTPError as exc:
        raise OSError(f"status {exc.code}") from exc
    except http.client.HTTPException as exc:
        raise OSError(str(exc) or type(exc).__name__) from exc
    except (KeyError, TypeError) as exc:
        raise ValueError("an answer of an unknown form") from exc
    if not isinstance(results, list) or len(results) != len(packages):
        raise ValueError("an answer to other questions")
    return results


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Known weaknesses of the locked packages.")
    parser.add_argument("--service", default=SERVICE)
    parser.add_argument("--accept", action="append", default=[], metavar="ID")
    options = parser.parse_args(arguments)
    packages = locked()
    try:
        known = advisories(packages, options.service)
    except (OSError, ValueError) as exc:
        print(f"[audit] skipped: no advisory service answers at {options.service} ({exc})", file=sys.stderr)
        return 0
    left = {
        package: names for package, all_names in known.items() if (names := [*set(all_names) - set(options.accept)])
    }
    for (name, version), names in left.items():
        print(f"{name} {version}: {', '.join(sorted(names))}")
    print(f"[audit] {len(packages)} packages, {len(left)} with known advisories", file=sys.stderr)
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
