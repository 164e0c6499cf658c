"""What is shipped: pinned and hashed packages, entry points, files that are there wherever the app is installed."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from app import __version__
from app.paths import bundled

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def requirements(path: Path) -> dict[str, str]:
    """Package -> the lines that pin it (version, marker, hashes) of a lock file."""
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return {re.split(r"[=\s\[]", line, maxsplit=1)[0].lower(): line for line in lines}


def plain_name(requirement: str) -> str:
    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert match is not None
    return match[0].lower().replace("_", "-")


LOCKS = ["requirements.lock", "requirements-test.lock", "requirements-build.lock"]


@pytest.mark.parametrize("name", LOCKS)
def test_E10_every_locked_package_has_a_version_and_a_hash(name: str) -> None:
    locked = requirements(ROOT / "packaging" / name)
    assert len(locked) > 5
    for package, line in locked.items():
        assert re.search(r"==\d", line), package
        assert "--hash=sha256:" in line, package


def test_the_locks_cover_what_the_project_asks_for() -> None:
    run = requirements(ROOT / "packaging" / "requirements.lock")
    test = requirements(ROOT / "packaging" / "requirements-test.lock")
    asked = {plain_name(text) for text in PROJECT["project"]["dependencies"]}
    asked |= {plain_name(text) for extra in PROJECT["project"]["optional-dependencies"].values() for text in extra}
    assert asked <= set(run)
    assert asked | {plain_name(text) for text in PROJECT["dependency-groups"]["test"]} <= set(test)
    differing = [name for name in run if name in test and version_of(run[name]) != version_of(test[name])]
    assert not differing, "tests run with the versions that people get"


@pytest.mark.parametrize("name", LOCKS)
def test_no_lock_names_a_host(name: str) -> None:
    assert "://" not in (ROOT / "packaging" / name).read_text(encoding="utf-8")


def test_what_builds_the_package_fits_to_what_is_in_it() -> None:
    run = requirements(ROOT / "packaging" / "requirements.lock")
    build = requirements(ROOT / "packaging" / "requirements-build.lock")
    assert {plain_name(text) for text in PROJECT["dependency-groups"]["build"]} <= set(build)
    assert not [name for name in build if name in run and version_of(run[name]) != version_of(build[name])]
    version = version_of(build["pyinstaller"])
    assert version is not None
    assert int(version.split(".")[0]) >= 6, "older ones look into the current folder (CVE-2025-59042)"


def version_of(line: str) -> str | None:
    match = re.search(r"==([^\s;]+)", line)
    return match[1] if match else None


def test_the_entry_points_lead_to_functions() -> None:
    import importlib

    scripts = PROJECT["project"]["scripts"] | PROJECT["project"]["gui-scripts"]
    assert set(scripts) == {"aica", "ai-coder-assistant"}
    for target in scripts.values():
        module, _, function = target.partition(":")
        assert callable(getattr(importlib.import_module(module), function))


def test_both_commands_tell_the_same_version() -> None:
    for module, text in (("app.cli.main", f"aica {__version__}"), ("app", f"AI Coder Assistant {__version__}")):
        done = subprocess.run(
            [sys.executable, "-m", module, "--version"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        )
        assert done.stdout.strip() == text


def test_bundled_files_are_mapped_into_the_wheel() -> None:
    mapped = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert mapped == {"config": "app/_bundled/config", "resources": "app/_bundled/resources"}
    for folder in mapped:
        assert bundled(folder).is_dir()


def test_a_missing_bundled_file_says_that_the_installation_is_broken() -> None:
    with pytest.raises(FileNotFoundError, match="reinstall"):
        bundled("resources", "nothing.here")


@pytest.mark.parametrize("script", ["bootstrap.py", "build.py"])
def test_the_scripts_need_the_standard_library_only(script: str) -> None:
    done = subprocess.run(
        [sys.executable, "-E", "-s", "-S", str(ROOT / "packaging" / script), "nothing"],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == 2, done.stderr


def test_the_frozen_providers_are_found_by_the_package_and_not_by_a_list() -> None:
    """`pkgutil` sees every provider file; the packagers' `collect_submodules` reads the same folder."""
    from app.services.llm import registry

    files = {p.stem for p in (ROOT / "app" / "services" / "llm" / "providers").glob("[!_]*.py")} - {"base"}
    assert {cls.__module__.rpartition(".")[2] for cls in registry.all_classes().values()} == files
