"""The tarball and the package of Debian, made of the folder that PyInstaller built. Standard library only."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tarfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from bootstrap import SetupError
from bundle_contents import plain_name

NAME = "ai-coder-assistant"
HERE = Path(__file__).resolve().parent
LINUX = HERE / "linux"
PROGRAMS = (NAME, "aica")
MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}
#: What the folder itself does not hold.
DEPENDS = (
    "libgl1, libegl1, libfontconfig1, libfreetype6, libdbus-1-3, libxcb-cursor0, libxkbcommon-x11-0, libx11-6, "
    "libx11-xcb1, libstdc++6, libgcc-s1, libc6 (>= {glibc})"
)
RECOMMENDS = "libwayland-cursor0, libwayland-egl1, xdg-utils"


@dataclass(frozen=True)
class Release:
    """What is packed, and where to. `time`: of all files, in seconds since 1970."""

    bundle: Path
    icons: Path
    dist: Path
    work: Path
    version: str
    time: int
    with_engine: bool

    @property
    def machine(self) -> str:
        return os.uname().machine

    @property
    def title(self) -> str:
        """The start of a file's name."""
        return f"{NAME}-with-engine" if self.with_engine else NAME


def metainfo(release: Release) -> str:
    """The AppStream description, with version and date."""
    text = (LINUX / f"{NAME}.metainfo.xml").read_text(encoding="utf-8")
    day = time.strftime("%Y-%m-%d", time.gmtime(release.time))
    return text.replace("@VERSION@", release.version).replace("@DATE@", day)


def desktop_files(release: Release, share: Path) -> None:
    """The menu entry, the description and the icons, below a `share` folder."""
    copies = {
        f"applications/{NAME}.desktop": LINUX / f"{NAME}.desktop",
        f"icons/hicolor/scalable/apps/{NAME}.svg": HERE.parent / "resources" / "app-icon.svg",
    }
    for picture in release.icons.glob("*.png"):
        copies[f"icons/hicolor/{picture.stem}x{picture.stem}/apps/{NAME}.png"] = picture
    for place, source in copies.items():
        (share / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, share / place)
    (share / "metainfo").mkdir(parents=True, exist_ok=True)
    (share / "metainfo" / f"{NAME}.metainfo.xml").write_text(metainfo(release), encoding="utf-8")


def settle(folder: Path, moment: int) -> None:
    """Every file readable by all, written by nobody but root, and as old as the sources."""
    for path in [folder, *folder.rglob("*")]:
        if path.is_symlink():
            os.utime(path, (moment, moment), follow_symlinks=False)
            continue
        runs = path.is_dir() or path.stat().st_mode & 0o100
        path.chmod(0o755 if runs else 0o644)
        os.utime(path, (moment, moment))


def fresh(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


# -- tarball


def tarball(release: Release) -> Path:
    """`NAME-VERSION-linux-MACHINE.tar.xz`: the folder, and `install.sh` for one user."""
    top = f"{release.title}-{release.version}"
    stage = fresh(release.work / "tarball") / top
    shutil.copytree(release.bundle, stage / NAME, symlinks=True)
    desktop_files(release, stage / "share")
    for name in ("install.sh", "INSTALL.txt"):
        shutil.copy(LINUX / name, stage / name)
    shutil.copy(HERE.parent / "LICENSE", stage / "LICENSE")
    settle(stage, release.time)
    made = release.dist / f"{top}-linux-{release.machine}.tar.xz"
    with compressed(made) as target, tarfile.open(fileobj=target, mode="w|", format=tarfile.GNU_FORMAT) as archive:
        for path in sorted([stage, *stage.rglob("*")]):
            archive.add(path, str(path.relative_to(stage.parent)), recursive=False, filter=owned_by_root)
    return made


def owned_by_root(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    return entry


class compressed:  # noqa: N801 - used as a function
    """A file to write to that `xz` compresses on all processors; Python's own compressor uses one."""

    def __init__(self, made: Path) -> None:
        self._made = made

    def __enter__(self) -> IO[bytes]:
        program = shutil.which("xz")
        if program is None:
            raise SetupError("xz is needed for the tarball; it is in the package xz-utils.")
        self._file = self._made.open("wb")
        self._child = subprocess.Popen([program, "-6", "-T0"], stdin=subprocess.PIPE, stdout=self._file)
        assert self._child.stdin is not None
        return self._child.stdin

    def __exit__(self, error: object, *_rest: object) -> None:
        assert self._child.stdin is not None
        self._child.stdin.close()
        status = self._child.wait()
        self._file.close()
        if status and error is None:
            raise SetupError(f"xz ended with status {status}.")


# -- Debian


def deb(release: Release) -> Path:
    """`NAME_VERSION_MACHINE.deb`: the folder below /usr/lib, both programs in the PATH, the menu entry."""
    program = shutil.which("dpkg-deb")
    if program is None:
        raise SetupError("dpkg-deb is needed for the .deb; it is in the package dpkg.")
    machine = MACHINES.get(release.machine, release.machine)
    stage = fresh(release.work / "deb")
    shutil.copytree(release.bundle, stage / "usr" / "lib" / NAME, symlinks=True)
    commands = stage / "usr" / "bin"
    commands.mkdir(parents=True)
    for name in PROGRAMS:
        (commands / name).symlink_to(f"../lib/{NAME}/{name}")
    desktop_files(release, stage / "usr" / "share")
    about = stage / "usr" / "share" / "doc" / NAME
    about.mkdir(parents=True)
    (about / "copyright").write_text(copyright_of(release), encoding="utf-8")
    size_kib = sum(path.lstat().st_size for path in stage.rglob("*") if not path.is_dir()) // 1024
    (stage / "DEBIAN").mkdir()
    (stage / "DEBIAN" / "control").write_text(control(release, machine, size_kib), encoding="utf-8")
    settle(stage, release.time)
    made = release.dist / f"{release.title}_{release.version}_{machine}.deb"
    command = [program, "--root-owner-group", "-Zxz", "-b", str(stage), str(made)]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(release.time)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SetupError(f"dpkg-deb failed:\n{done.stderr.strip()}")
    return made


def control(release: Release, machine: str, size_kib: int) -> str:
    """The package's description. Both kinds have one name: the one with the engine takes the place of the other."""
    with_engine = " It brings the built-in engine (llama.cpp).\n" if release.with_engine else ""
    return (
        f"Package: {NAME}\nVersion: {release.version}\nArchitecture: {machine}\n"
        f"Maintainer: The AI Coder Assistant developers <ai-coder-assistant@localhost>\n"
        f"Installed-Size: {size_kib}\nDepends: {DEPENDS.format(glibc=glibc())}\nRecommends: {RECOMMENDS}\n"
        "Section: devel\nPriority: optional\n"
        "Description: native desktop chat for people who run their own language models\n"
        " It talks to LM Studio, Ollama and any OpenAI-compatible server, keeps every chat\n"
        " on your own disk, and serves all models to other programs on this computer.\n"
        f"{with_engine}"
    )


def copyright_of(release: Release) -> str:
    """Our licence, and whose work is in the package under which one: as each of them states it."""
    internal = release.bundle / "_internal"
    listed = (HERE.parent / "resources" / "help" / "licences.md").read_text(encoding="utf-8")
    inside = {plain_name(re.split("-[0-9]", about.name)[0]) for about in internal.glob("*.dist-info")}
    rows = [line.strip("| ").split(" | ") for line in listed.splitlines() if line.startswith("| ")]
    stated = [f"  {name} {version}: {licence}" for name, version, licence in rows if name in inside]
    place = f"/usr/lib/{NAME}/_internal"
    return (
        (HERE.parent / "LICENSE").read_text(encoding="utf-8")
        + "\n\nThe package brings Python, Qt and the libraries below, each under its own licence. Their notices:\n"
        + f"{place}/*.dist-info and {place}/resources/licences,\n"
        + "on Debian also in /usr/share/common-licenses. Qt and PySide6 are used under the LGPL, version 3; they are\n"
        + "files of their own that may be replaced, and their sources are at https://code.qt.io.\n\n"
        + "\n".join(stated)
        + "\n"
    )


def glibc() -> str:
    """The version of the C library here: what is built on it needs it, or a newer one."""
    return os.confstr("CS_GNU_LIBC_VERSION").split()[-1]  # type: ignore[union-attr]  # None on other systems only
