"""Whose work the program is made of: the packages it runs on, with the licences that they state themselves."""

from __future__ import annotations

import re
from importlib import metadata

from app.lean_dataclass import dataclass
from app.paths import bundled

#: The list of everything the program may install, which a test keeps equal to the lock file.
_LIST = ("resources", "help", "licences.md")
_ROW = re.compile(r"^\| (?P<name>[a-z0-9.-]+) \| (?P<version>\S[^|]*?) \| (?P<licence>[^|]+?) \|$", re.MULTILINE)
#: Older spellings in metadata -> the identifier that packages of today use.
_SPELLINGS = {"MIT License": "MIT", "BSD License": "BSD-3-Clause"}


@dataclass(frozen=True, slots=True)
class Library:
    """One package. `version` is the one that runs here."""

    name: str
    version: str
    licence: str


def libraries() -> tuple[Library, ...]:
    """Every package of the program that is installed here, by name; reads about a hundred files.

    Raises:
        FileNotFoundError: the installation is broken.
    """
    text = bundled(*_LIST).read_text(encoding="utf-8")
    found = []
    for row in _ROW.finditer(text):
        try:
            version = metadata.version(row["name"])
        except metadata.PackageNotFoundError:
            continue  # for another platform or version of Python, or an extra that nobody asked for
        found.append(Library(row["name"], version, licence_of(row["name"]) or row["licence"]))
    return tuple(found)


def licence_of(name: str) -> str | None:
    """The licence an installed package states, None where it is not installed."""
    try:
        about = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return None
    stated = about.get_all("License-Expression") or []
    if stated:
        return str(stated[0])
    classifiers = [
        line.rpartition(" :: ")[2]
        for line in about.get_all("Classifier") or []
        if line.startswith("License :: ") and not line.endswith("OSI Approved")
    ]
    if classifiers:
        return ", ".join(_SPELLINGS.get(one, one) for one in classifiers)
    lines = [line for text in about.get_all("License") or [] for line in str(text).strip().splitlines()]
    return lines[0] if lines else ""
