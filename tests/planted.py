"""Files that somebody else put where our programs are started: modules of known names, and settings."""

from __future__ import annotations

import json
from pathlib import Path

#: A value that no settings of ours hold.
PLANTED_SETTING = "planted_provider"
#: Modules that a start, a command or a child would import if it looked here.
MODULES = ("sitecustomize", "usercustomize", "json", "asyncio", "sqlite3", "pygments", "pydantic", "PySide6", "keyring")


def plant(folder: Path, marker: Path) -> Path:
    """Fill `folder`; whatever runs of it writes its name into the file `marker`, which is returned."""
    folder.mkdir(parents=True, exist_ok=True)
    write = f"open({str(marker)!r}, 'a').write(__name__ + ' ')\nraise SystemExit('planted')\n"
    for name in MODULES:
        (folder / f"{name}.py").write_text(write)
    for package in ("app", "config"):
        (folder / package).mkdir(exist_ok=True)
        (folder / package / "__init__.py").write_text(write)
    (folder / "planted.pth").write_text(f"import sys; {write.splitlines()[0].replace('__name__', repr('pth'))}\n")
    settings = json.dumps({"default_provider": PLANTED_SETTING})
    for place in ("llm_studio_config.json", "config/llm_studio_config.json", ".env"):
        (folder / place).write_text(settings if place != ".env" else f"LLM_PROVIDER={PLANTED_SETTING}\n")
    return marker


def planted_was_used(marker: Path) -> str:
    """The names of what ran, "" where nothing did."""
    return marker.read_text() if marker.exists() else ""
