"""What the tarball and the package of Debian are made of: menu entry, description, icons, and the installer."""

from __future__ import annotations

import importlib.util
import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.conftest import ROOT

PACKAGING = ROOT / "packaging"
NAME = "ai-coder-assistant"

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="of Linux")


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, PACKAGING / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def packages(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """`linux_packages.py`, with its neighbours in reach."""
    monkeypatch.syspath_prepend(str(PACKAGING))
    yield load("linux_packages")
    for name in ("linux_packages", "bootstrap", "make_icons"):
        sys.modules.pop(name, None)


@pytest.fixture
def release(packages: ModuleType, tmp_path: Path) -> Any:
    """A small program in the place of the built one."""
    bundle = tmp_path / "built" / NAME
    (bundle / "_internal").mkdir(parents=True)
    (bundle / "_internal" / "module.pyc").write_bytes(b"code")
    for name in (NAME, "aica"):
        (bundle / name).write_text(f"#!/bin/sh\necho {name} from $0\n")
        (bundle / name).chmod(0o755)
    icons = tmp_path / "icons"
    icons.mkdir()
    for size in (16, 256):
        (icons / f"{size}.png").write_bytes(b"picture")
    dist = tmp_path / "dist"
    dist.mkdir()
    return packages.Release(bundle, icons, dist, tmp_path / "work", "1.2.3", 1_700_000_000, False)


def test_the_menu_entry_is_valid_and_named_as_the_window_names_itself() -> None:
    from app.desktop.application import APP_ID

    entry = PACKAGING / "linux" / f"{APP_ID}.desktop"
    lines = entry.read_text(encoding="utf-8").splitlines()
    assert {f"Icon={APP_ID}", f"StartupWMClass={APP_ID}", f"Exec={NAME} %u"} <= set(lines)
    if shutil.which("desktop-file-validate"):
        done = subprocess.run(["desktop-file-validate", str(entry)], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (0, "")


def test_the_description_is_valid_and_tells_the_version(packages: ModuleType, release: Any, tmp_path: Path) -> None:
    text = packages.metainfo(release)
    root = ElementTree.fromstring(text)
    told = root.find("releases/release")
    assert told is not None and told.attrib == {"version": "1.2.3", "date": "2023-11-14"}
    assert root.findtext("launchable") == f"{NAME}.desktop"
    if shutil.which("appstreamcli"):
        file = tmp_path / f"{NAME}.metainfo.xml"
        file.write_text(text, encoding="utf-8")
        command = ["appstreamcli", "validate", "--no-net", str(file)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def test_icons_are_drawn_for_every_system(packages: ModuleType, tmp_path: Path) -> None:
    drawing = [
        sys.executable,
        str(PACKAGING / "make_icons.py"),
        str(ROOT / "resources" / "app-icon.svg"),
        str(tmp_path),
    ]
    subprocess.run(drawing, check=True, timeout=60)
    pictures = sorted(tmp_path.glob("*.png"), key=lambda path: int(path.stem))
    sizes = [struct.unpack(">II", path.read_bytes()[16:24]) for path in pictures]
    assert sizes == [(int(path.stem), int(path.stem)) for path in pictures]
    assert {16, 48, 256} <= {size for size, _ in sizes}
    windows = (tmp_path / "app.ico").read_bytes()
    _, kind, count = struct.unpack("<HHH", windows[:6])
    assert kind == 1
    for number in range(count):
        length, offset = struct.unpack("<II", windows[6 + 16 * number + 8 : 6 + 16 * (number + 1)])
        assert windows[offset : offset + 8] == b"\x89PNG\r\n\x1a\n" and offset + length <= len(windows)
    macos = (tmp_path / "app.icns").read_bytes()
    assert (macos[:4], struct.unpack(">I", macos[4:8])[0]) == (b"icns", len(macos))


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg is not installed")
def test_the_package_of_debian_has_both_programs_in_the_path(packages: ModuleType, release: Any) -> None:
    made = packages.deb(release)
    assert made.name.startswith(f"{NAME}_1.2.3_")
    listed = subprocess.run(["dpkg-deb", "-c", str(made)], capture_output=True, text=True, check=True).stdout
    for line in (f"./usr/bin/aica -> ../lib/{NAME}/aica", f"./usr/bin/{NAME} -> ../lib/{NAME}/{NAME}"):
        assert line in listed
    assert f"./usr/share/applications/{NAME}.desktop" in listed
    assert f"./usr/share/icons/hicolor/256x256/apps/{NAME}.png" in listed
    assert all(" root/root " in line for line in listed.splitlines())
    fields = subprocess.run(["dpkg-deb", "-f", str(made)], capture_output=True, text=True, check=True).stdout
    assert "libxcb-cursor0" in fields and "Version: 1.2.3" in fields


def test_the_package_says_whose_work_is_in_it_and_under_which_licence(packages: ModuleType, release: Any) -> None:
    for name in ("pydantic_core-2.50.4", "mcp_types-2.3.0", "pyside6_essentials-6.11.3"):
        (release.bundle / "_internal" / f"{name}.dist-info").mkdir()
    text = packages.copyright_of(release)
    assert text.startswith((ROOT / "LICENSE").read_text(encoding="utf-8"))
    rows = [line.strip() for line in text.splitlines() if line.startswith("  ")]
    assert [row.split()[0] for row in rows] == ["mcp-types", "pydantic-core", "pyside6-essentials"]
    assert all(": " in row and row.rpartition(": ")[2] for row in rows)
    assert "LGPL" in text and "https://code.qt.io" in text


@pytest.mark.skipif(shutil.which("xz") is None, reason="xz is not installed")
def test_the_same_sources_make_the_same_tarball(packages: ModuleType, release: Any) -> None:
    first = packages.tarball(release).read_bytes()
    assert packages.tarball(release).read_bytes() == first


@pytest.fixture
def unpacked(packages: ModuleType, release: Any, tmp_path: Path) -> Path:
    if shutil.which("xz") is None:
        pytest.skip("xz is not installed")
    made = packages.tarball(release)
    subprocess.run(["tar", "-xJf", str(made), "-C", str(tmp_path)], check=True)
    return tmp_path / f"{NAME}-1.2.3"


def run_installer(unpacked: Path, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    home.mkdir(exist_ok=True)
    return subprocess.run(
        ["sh", str(unpacked / "install.sh"), *arguments],
        env={"HOME": str(home), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )


def files_below(home: Path) -> list[str]:
    return sorted(str(path.relative_to(home)) for path in home.rglob("*") if not path.is_dir())


def test_one_user_installs_starts_updates_and_removes_the_program(unpacked: Path, tmp_path: Path) -> None:
    home = tmp_path / "a person's $HOME & more"
    for _ in range(2):  # the second time over the first
        done = run_installer(unpacked, home)
        assert done.returncode == 0, done.stderr
    for name in (NAME, "aica"):
        said = subprocess.run([str(home / ".local/bin" / name)], capture_output=True, text=True, check=True).stdout
        assert said.startswith(f"{name} from ")
    entry = home / ".local/share/applications" / f"{NAME}.desktop"
    assert f'/.local/lib/{NAME}/{NAME}" %u' in entry.read_text()
    if shutil.which("desktop-file-validate"):
        subprocess.run(["desktop-file-validate", str(entry)], check=True)
    chats = home / ".local/share" / NAME / "conversations.db"
    chats.parent.mkdir()
    chats.write_text("chats")
    assert run_installer(unpacked, home, "--uninstall").returncode == 0
    assert files_below(home) == [f".local/share/{NAME}/conversations.db"]


def test_the_installer_leaves_a_command_of_somebody_else_alone(unpacked: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / ".local/bin").mkdir(parents=True)
    (home / ".local/bin/aica").write_text("somebody else's")
    done = run_installer(unpacked, home)
    assert done.returncode == 1
    assert "somebody else's" in done.stderr and "Move it away" in done.stderr
    assert run_installer(unpacked, home, "--uninstall").returncode == 0
    assert files_below(home) == [".local/bin/aica"]
