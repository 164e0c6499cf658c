"""Where things lie: bundled files and the four folders of a user. The only module that knows."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from app.lean_dataclass import dataclass

APP_NAME = "ai-coder-assistant"
CONFIG_FILE_NAME = "llm_studio_config.json"


def expanded(path: str | os.PathLike[str]) -> Path:
    """A path with `~` as the home folder. `~nobody` stays as it is written: such a path leads nowhere, and says so."""
    return Path(os.path.expanduser(path))  # noqa: PTH111 - Path.expanduser raises for users that do not exist


@dataclass(frozen=True, slots=True)
class Paths:
    """The user's folders. Nothing is created by building this."""

    config: Path
    data: Path
    cache: Path
    logs: Path

    @property
    def config_file(self) -> Path:
        return self.config / CONFIG_FILE_NAME

    @property
    def store_file(self) -> Path:
        return self.data / "conversations.db"

    @property
    def models_folder(self) -> Path:
        """Model files that this program fetched."""
        return self.data / "models"

    @property
    def gateway_file(self) -> Path:
        """The gateway's settings and tokens, where no server of PostgreSQL is named."""
        return self.data / "gateway.db"


def user_paths(home: str | os.PathLike[str] | None = None) -> Paths:
    """The folders for this run: under `home` (or AICA_HOME) when given, else the platform's own."""
    root = home or os.environ.get("AICA_HOME")
    if root:
        base = expanded(root).absolute()
        return Paths(base / "config", base / "data", base / "cache", base / "logs")
    import platformdirs  # deferred: `aica --version` must not pay for it

    dirs = platformdirs.PlatformDirs(APP_NAME, appauthor=False)
    return Paths(
        Path(dirs.user_config_dir), Path(dirs.user_data_dir), Path(dirs.user_cache_dir), Path(dirs.user_log_dir)
    )


def code_folder() -> Path:
    """The folder that holds the package `app`: the checkout, or an installation's `site-packages`."""
    return Path(__file__).resolve().parent.parent


def bundled(*parts: str) -> Path:
    """A file shipped with the program: `bundled("config", "llm_studio_config.json")`.

    Looks in the frozen folder, the wheel's `app/_bundled`, then the checkout.

    Raises:
        FileNotFoundError: the file is in none of them, so the installation is broken.
    """
    root = code_folder()
    roots = [root / "app" / "_bundled", root]
    frozen = getattr(sys, "_MEIPASS", None)
    if frozen:
        roots.insert(0, Path(frozen))
    for root in roots:
        candidate = root.joinpath(*parts)
        if candidate.exists():
            return candidate
    raise FileNotFoundError(f"bundled file {'/'.join(parts)} is missing; reinstall the program")
