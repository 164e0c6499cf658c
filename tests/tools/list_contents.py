"""What is in a built package, file by file, and what differs from the list of an earlier one.

`python -m tests.tools.list_contents FOLDER [EARLIER]`: without EARLIER it prints a line a file (size, SHA-256, path),
to be kept with the release. With it, lines that came (`+`) and went (`-`), and status 1 where files came that belong to
no distribution of the earlier list: the first part of a path below `_internal` names whose it is.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path


def contents(folder: Path) -> list[str]:
    """A line for each file and link, by path."""
    lines = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            lines.append(f"link {path.readlink().as_posix()} {name}")
        elif path.is_file():
            lines.append(f"{path.stat().st_size} {hashlib.sha256(path.read_bytes()).hexdigest()} {name}")
    return lines


def owner(line: str) -> str:
    """The module or distribution that a file belongs to: without version and ending."""
    parts = line.split(" ", 2)[2].split("/")
    first = parts[1] if parts[0] == "_internal" and len(parts) > 1 else parts[0]
    return first.removesuffix(".dist-info").split("-")[0].split(".")[0].lower()


def differences(earlier: list[str], now: list[str]) -> tuple[list[str], list[str]]:
    """(lines of what differs, owners that were not there before)."""
    went, came = sorted(set(earlier) - set(now)), sorted(set(now) - set(earlier))
    strangers = sorted({owner(line) for line in came} - {owner(line) for line in earlier})
    return [f"- {line}" for line in went] + [f"+ {line}" for line in came], strangers


def main(arguments: list[str]) -> int:
    if len(arguments) not in (1, 2) or not Path(arguments[0]).is_dir():
        print(__doc__, file=sys.stderr)
        return 2
    now = contents(Path(arguments[0]))
    if len(arguments) == 1:
        print("\n".join(now))
        return 0
    changed, strangers = differences(Path(arguments[1]).read_text(encoding="utf-8").splitlines(), now)
    print("\n".join(changed))
    for one in strangers:
        print(f"[contents] new: {one}", file=sys.stderr)
    return 1 if strangers else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
