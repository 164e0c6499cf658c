"""What goes into the package and what does not: read by the spec, and by the tests that look at the result.

Standard library only.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

#: Distributions of the lock that the package does without, and why.
LEFT_OUT = {
    "pycparser": "cffi reads C with it while something is built",
    "pyjwt": "a client of MCP signs in with it; ours is the server, on standard input",
    "psycopg": "a team's gateway on PostgreSQL is installed from the checkout, or as a container",
    "psycopg-binary": "as psycopg",
    "redis": "as psycopg",
}
ENGINE = "xllamacpp"
#: Libraries that read files of theirs; PyInstaller knows the others.
LIBRARIES_WITH_FILES = ("ziamath", "ziafont", "latex2mathml")

#: Modules that are found and never used. Tests, Qt's other halves, drivers of databases that are not offered.
EXCLUDED_MODULES = [
    *("tkinter", "unittest", "doctest", "test", "lib2to3", "pytest", "_pytest", "pip", "setuptools", "pkg_resources"),
    *("_distutils_hack", "distutils", "turtle", "idlelib", "ensurepip", "venv", "pdb", "cffi.recompiler", "pycparser"),
    *(f"PySide6.Qt{name}" for name in ("Qml", "Quick", "QuickWidgets", "QuickControls2", "Sql", "Designer", "Help")),
    *(f"PySide6.Qt{name}" for name in ("UiTools", "Test", "PrintSupport", "OpenGL", "OpenGLWidgets", "Xml")),
    *(f"sqlalchemy.{name}" for name in ("testing", "dialects.mysql", "dialects.oracle", "dialects.mssql")),
    *("numpy", "PIL", "IPython", "rich", "trio", "gevent", "eventlet", "yaml", "httpx", "requests"),
    *("psycopg", "psycopg_binary", "redis"),
]

#: Hooks of PyInstaller that would run at every start, of the terminal too. The wheel of PySide finds its own files;
#: what the second does, `app/frozen.py` does where it is wanted; the third is for modules that have no file.
LEFT_OUT_HOOKS = ("pyi_rth_pyside6", "pyi_rth_multiprocessing", "pyi_rth_inspect")

_QT_LIBRARIES = (
    "Quick|Qml|Pdf|VirtualKeyboard|Eglfs|EglFs|EglFS|Sql|Test|Designer|Help|WaylandCompositor"
    "|PrintSupport|OpenGLWidgets"
)
_QT_PLUGINS = (
    "gtk3|eglfs|linuxfb|vkkhrdisplay|vnc|minimalegl|minimal|qpdf|pdf|tiff|wbmp|tga|icns|virtualkeyboard|tuiotouch|evdev"
)
_QT_FOLDERS = (
    "qtvirtualkeyboard|egldeviceintegrations|qmltooling|sqldrivers|networkinformation|designer|qmllint|printsupport"
)
#: What only the GTK plugin asks for; and what each system has in the form that fits to its other parts: D-Bus to the
#: bus, fontconfig to the settings of fonts, X11 and the library of C++ to the drivers of graphics cards.
_SYSTEM_LIBRARIES = (
    "gtk-3|gdk-3|epoxy|cairo|cairo-gobject|pango|pangocairo|pangoft2|atk|atk-bridge|gdk_pixbuf|atspi|harfbuzz|gio|gmodule"
    "|gobject|Xcursor|Xi|Xcomposite|Xdamage|Xfixes|Xrandr|Xinerama|thai|datrie|graphite2|fribidi|pixman|mount|blkid|selinux"
    r"|dbus-1|systemd|gcrypt|gpg-error|cap|lz4|fontconfig|freetype|X11|X11-xcb|stdc\+\+|gcc_s"
)
#: Qt's own words in the languages of the window (menus of text fields).
_QT_WORDS = r"qtbase_es\.qm$"
_DROPPED = re.compile(
    rf"Qt6?({_QT_LIBRARIES})|/plugins/[a-z]+/(lib)?q({_QT_PLUGINS})|/plugins/({_QT_FOLDERS})/"
    rf"|(^|/)lib({_SYSTEM_LIBRARIES})[-.\d]|/Qt/qml/|PySide6/(Qt/)?translations/(?!{_QT_WORDS})|opengl32sw|/(typesystems|glue|include|metatypes|support/generate_pyi)/"
)
#: Nothing reads these at run time, and none may run at a start.
_NEVER = re.compile(
    r"\.(pth|pyi|pyx|pxd|c|h|cpp|hpp)$|/py\.typed$"
    r"|/(RECORD|INSTALLER|REQUESTED|direct_url\.json)$|\.dist-info/sboms/"
)


def is_wanted(destination: str) -> bool:
    """Whether a file belongs into the package; `destination` is its path in there."""
    path = destination.replace("\\", "/")
    return _DROPPED.search(path) is None and _NEVER.search(path) is None


def of_engine(destination: str) -> bool:
    """Whether a file is part of the built-in engine; `destination` is its path in the package."""
    return destination.replace("\\", "/").lower().startswith(ENGINE)


def plain_name(name: str) -> str:
    """A distribution's name as the lock spells it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def distributions_of(destinations: Iterable[str]) -> set[str]:
    """The distributions that these files of the package come from, by the name that the lock has.

    `destinations`: paths in the package, which are those below `site-packages`, modules as byte code.
    """
    present = {re.sub(r"\.pyc$", ".py", path.replace("\\", "/")) for path in destinations}
    return {
        plain_name(distribution.metadata["Name"])
        for distribution in metadata.distributions()
        if not present.isdisjoint(file.as_posix() for file in distribution.files or () if ".dist-info" not in str(file))
    }


def notices_of_system(libraries: Iterable[str]) -> dict[str, Path]:
    """Package → the file that says whose work it is, of those of Debian that these libraries were taken from.

    `libraries`: where they lie here. Elsewhere than on Debian and its relatives nothing is found.
    """
    program = shutil.which("dpkg")
    if program is None:
        return {}
    names = set()
    for library in libraries:
        for path in (library, os.path.realpath(library)):
            names |= {path, path.removeprefix("/usr")}  # /lib leads to /usr/lib, and each package knows one of them
    asked = [program, "-S", *sorted(name for name in names if name.startswith(("/usr/lib/", "/lib/")))]
    said = subprocess.run(asked, capture_output=True, text=True, check=False).stdout  # fails where one is nobody's
    packages = {owner.split(":")[0] for line in said.splitlines() for owner in line.rpartition(": ")[0].split(", ")}
    notices = {package: Path("/usr/share/doc", package, "copyright") for package in packages}
    return {package: notice for package, notice in sorted(notices.items()) if notice.is_file()}
