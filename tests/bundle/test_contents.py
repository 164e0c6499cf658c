"""What is in the package: what the lock file says, no more, and not too much of it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from tests.bundle.conftest import ENGINE
from tests.conftest import ROOT

MOST_MB = 200
#: What lies in the package and is of no distribution.
OURS = {"app", "config", "resources", "LICENSE"}
#: Its library in two forms, and what PyInstaller begins with.
PYTHONS_OWN = {"base_library", f"python{sys.version_info.major}", "_pyi_rth_utils"}

#: Distributions without such a file -> the text of ours that takes its place.
WITHOUT_NOTICE = {
    "latex2mathml": "latex2mathml.txt",
    "pyside6-essentials": "LGPL-3.0.txt",
    "shiboken6": "LGPL-3.0.txt",
}
#: Files that whoever passes a package on has to pass on with it.
NOTICE = re.compile(r"\.dist-info/.*(licen[cs]e|copying|notice|copyright)", re.IGNORECASE)


def locked() -> dict[str, str]:
    """Distribution -> version, of those that the lock has for this system and this Python."""
    found = {}
    for line in (ROOT / "packaging" / "requirements.lock").read_text(encoding="utf-8").splitlines():
        if line[:1].isalnum():
            requirement = Requirement(line.removesuffix("\\").strip())
            if requirement.marker is None or requirement.marker.evaluate():
                found[requirement.name] = str(requirement.specifier).removeprefix("==")
    return found


def packaged_distributions(bundle: Path) -> dict[str, str]:
    """Distribution -> version, as the package itself tells them."""
    found = {}
    for distribution in metadata.distributions(path=[str(bundle / "_internal")]):
        found[distribution.metadata["Name"].lower().replace("_", "-").replace(".", "-")] = distribution.version
    return found


def test_E10_the_package_holds_what_the_lock_file_says(bundle: Path, contents: Any) -> None:
    wanted = {name: version for name, version in locked().items() if name not in contents.LEFT_OUT}
    if not (bundle / "_internal" / ENGINE).exists():
        del wanted[ENGINE]
    assert packaged_distributions(bundle) == wanted


def test_E10_every_module_in_the_package_is_of_a_locked_distribution_or_of_python(bundle: Path) -> None:
    """The same distributions are installed where this test runs, in the same versions; they say what is theirs."""
    known = OURS | set(sys.stdlib_module_names) | PYTHONS_OWN
    for name in packaged_distributions(bundle):
        files = metadata.distribution(name).files or []
        known |= {file.parts[0].split(".")[0] for file in files}
    strangers = []
    for path in (bundle / "_internal").iterdir():
        is_library = ".so" in path.name and path.name.startswith("lib")
        if not is_library and path.suffix != ".dist-info" and path.name.split(".")[0] not in known:
            strangers.append(path.name)
    assert not [name for name in strangers if not name.startswith("_sysconfigdata")]


def test_E10_nothing_in_the_package_runs_by_itself_at_a_start(bundle: Path) -> None:
    names = {path.name for path in bundle.rglob("*")}
    assert not [name for name in names if name.endswith(".pth")]
    assert not names & {"sitecustomize.pyc", "usercustomize.pyc", "sitecustomize.py", "usercustomize.py"}


def test_the_package_without_the_engine_is_of_a_bearable_size(bundle: Path, contents: Any) -> None:
    inside = f"{(bundle / '_internal').as_posix()}/"
    size_mb = 0.0
    for path in bundle.rglob("*"):
        if not path.is_dir() and not contents.of_engine(path.as_posix().removeprefix(inside)):
            size_mb += path.lstat().st_size / 1e6
    assert 50 < size_mb <= MOST_MB, f"{size_mb:.0f} MB"


@pytest.mark.parametrize(
    "name", ["tests", "PySide6/QtQml.abi3.so", "PySide6/Qt/qml", "pip", "setuptools", "PyInstaller"]
)
def test_what_nobody_needs_is_left_out(bundle: Path, name: str) -> None:
    assert not (bundle / "_internal" / name).exists()


def test_the_words_of_each_language_are_there_and_qts_own_for_them_alone(bundle: Path) -> None:
    assert (bundle / "_internal" / "resources" / "translations" / "aica_es.qm").is_file()
    assert [path.name for path in (bundle / "_internal").rglob("qt*_*.qm")] == ["qtbase_es.qm"]


def test_every_file_of_ours_that_the_program_may_open_is_there(bundle: Path) -> None:
    """Pages of the help and their pictures, icons, fonts, schemas: a missing one is found by whoever needs it."""
    for folder in ("config", "resources"):
        wanted = {one.relative_to(ROOT) for one in (ROOT / folder).rglob("*") if one.is_file()}
        there = {one for one in wanted if (bundle / "_internal" / one).is_file()}
        left_out = {one for one in wanted - there if one.suffix not in (".ts",)}
        assert left_out == set(), folder


def test_the_package_brings_the_licences_of_what_it_is_made_of(bundle: Path) -> None:
    internal = bundle / "_internal"
    texts = {path.name for path in (internal / "resources" / "licences").iterdir()}
    python = Path(sysconfig.get_path("stdlib")) / "LICENSE.txt"
    assert texts >= {*WITHOUT_NOTICE.values(), "GPL-3.0.txt", *(["Python.txt"] if python.is_file() else [])}
    if shutil.which("dpkg"):  # for each library of the system that came along, as Debian tells whose it is
        told = subprocess.run(["dpkg", "-S", "*/libz.so.1"], capture_output=True, text=True, check=False).stdout
        owners = {line.split(":")[0] for line in told.splitlines()}
        assert not owners or owners & {path.stem for path in (internal / "resources/licences/system").glob("*.txt")}
    for name in packaged_distributions(bundle):
        of_it = [one for one in metadata.distribution(name).files or () if NOTICE.search(one.as_posix())]
        assert of_it or name in WITHOUT_NOTICE, f"{name} brings no licence: add its text to resources/licences"
        for file in of_it:
            assert (internal / file).is_file(), f"{name}: {file.as_posix()}"
