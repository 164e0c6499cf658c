"""What the program is built from, with licences, read from the lock file and the installed packages' metadata."""

from __future__ import annotations

import re
from pathlib import Path

from app.services.licences import licence_of
from tests.tools.markdown import table

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "packaging" / "requirements.lock"

#: Packages that not every platform or version of Python gets, so that they may be missing where this is written.
NOT_EVERYWHERE = {
    "async-timeout": "Apache-2.0",
    "backports-tarfile": "MIT",
    "cffi": "MIT-0",
    "cryptography": "Apache-2.0 OR BSD-3-Clause",
    "importlib-metadata": "Apache-2.0",
    "jeepney": "MIT",
    "lazy-importer": "Apache-2.0",
    "pycparser": "BSD-3-Clause",
    "pywin32": "PSF-2.0",
    "pywin32-ctypes": "BSD-3-Clause",
    "secretstorage": "BSD-3-Clause",
    "tzdata": "Apache-2.0",
    "zipp": "MIT",
}
_LINE = re.compile(r"^(?P<name>[a-z0-9.-]+)==(?P<version>[^\s;\\]+)(?: ; (?P<marker>[^\\]+))?", re.MULTILINE)


def locked() -> dict[str, str]:
    """Name → version of everything the program may install; two versions where Python's own decides."""
    versions: dict[str, list[str]] = {}
    for found in _LINE.finditer(LOCK.read_text(encoding="utf-8")):
        # Packages for browsers only: the program does not run there.
        if "sys_platform == 'emscripten'" not in (found["marker"] or ""):
            versions.setdefault(found["name"], []).append(found["version"])
    return {name: " or ".join(each) for name, each in versions.items()}


def dependencies() -> str:
    """Every locked package of the program with version and licence.

    Raises:
        KeyError: a package is neither installed here nor among those that may be missing.
    """
    rows = [(name, version, licence_of(name) or NOT_EVERYWHERE[name]) for name, version in sorted(locked().items())]
    return table(("package", "version", "licence"), rows)
