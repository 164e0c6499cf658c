"""The running program: Qt application, shell, then store, then the rest of the core, then the end."""

from __future__ import annotations

import argparse
import gc
import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtWidgets import QApplication

from app import __version__
from app.desktop import module_scan  # noqa: F401 - before the many modules below; see there
from app.desktop.icons import application_icon
from app.desktop.language import use as use_language
from app.desktop.models.languages import ENGLISH
from app.desktop.theme import STYLE, STYLE_PROPERTY, Theme
from app.desktop.window import MainWindow
from app.paths import Paths, bundled, user_paths
from app.services.run_record import SETTLED_S, RunRecord
from app.services.settings.window_state import read_window_state

if TYPE_CHECKING:
    from app.desktop.session import Session

APP_ID = "ai-coder-assistant"


def make_application() -> QApplication:
    """The one QApplication, with names that the desktop shows."""
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        if getattr(sys, "frozen", False):
            _settle_qt_files()
        # As an argument: asking for the style by name would load Python's view of QStyle, which costs 7 ms.
        application = QApplication([APP_ID, "-style", STYLE])
        application.setProperty(STYLE_PROPERTY, STYLE)
    application.setApplicationName("AI Coder Assistant")
    application.setApplicationDisplayName("AI Coder Assistant")
    application.setApplicationVersion(__version__)
    application.setDesktopFileName(APP_ID)
    application.setQuitOnLastWindowClosed(False)
    return application


def _settle_qt_files() -> None:
    """Qt finds its files in the package alone: it would obey a `qt.conf` that somebody put beside the program."""
    from _pyi_rth_utils.qt import create_embedded_qt_conf  # type: ignore[import-not-found]  # PyInstaller puts it in

    parts = ("PySide6",) if sys.platform == "win32" else ("PySide6", "Qt")
    create_embedded_qt_conf("PySide6", str(bundled(*parts)))


def run(options: argparse.Namespace) -> int:
    """Show the window until it is closed; returns the exit status."""
    make_application()
    if options.screenshot or options.temporary:
        return run_until_closed(prepare(options))
    from app.desktop.single_instance import SingleInstance

    alone = SingleInstance(user_paths(options.home).data)
    if not alone.is_first(options.link):
        return 0
    record = RunRecord(user_paths(options.home).data)
    record.begin()
    options.safe_mode_by_itself = record.wants_safe_mode and not options.safe_mode
    options.safe_mode = options.safe_mode or record.wants_safe_mode
    QTimer.singleShot(round(SETTLED_S * 1_000), record.settle)
    while True:
        session = prepare(options)
        alone.show_requested.connect(session.window.come_forward)
        alone.follow_links(session.links.follow)
        status = run_until_closed(session)
        if not (session.opens_again or session.links.came_late):
            break
        alone.hold_links()
        # What was asked for at the start is done; a link that came while the window closed is for the next one.
        done = {"link": session.links.unfollowed, "pane": session.pane_of_next, "safe_mode": False}
        options = argparse.Namespace(**{**vars(options), **done})
    record.end()
    alone.close()
    return status


def paint_shell(options: argparse.Namespace) -> tuple[MainWindow, Theme, Paths]:
    """The window on the screen, before asyncio, the store or the core are imported."""
    application = make_application()
    paths = user_paths(options.home)
    remembered = read_window_state(paths.data / "window.json")
    theme = Theme()
    theme.apply(application, options.theme or remembered.get("theme", "system"))
    spoken = options.language or remembered.get("language", "system")
    use_language(application, ENGLISH if options.safe_mode else spoken)
    window = MainWindow(theme, remembered)
    if options.size or options.screenshot:  # a picture has the design's size whatever the screen's is
        window.resize(*(options.size or (1_200, 800)))
    window.show()
    _paint_now(window)
    return window, theme, paths


def prepare(options: argparse.Namespace) -> Session:
    """The painted shell, and a session that will open the core behind it."""
    window, theme, paths = paint_shell(options)
    from app.desktop.session import Session  # here: asyncio and the chat come after the first paint

    return Session(window, theme, paths, options)


def run_until_closed(session: Session) -> int:
    """Run the Qt loop, with asyncio on it, until the session has closed; returns the exit status."""
    import asyncio  # here: after the first paint, like all that follows

    import qasync

    loop = qasync.QEventLoop(make_application())
    asyncio.set_event_loop(loop)
    session.closed.connect(loop.stop)
    if not (session.options.screenshot or session.options.temporary):  # the file may be that of a window that is open
        session.crash.care.look_back()
    session.crash.care.install(loop)
    QTimer.singleShot(0, session.start)
    QTimer.singleShot(0, _show_icon)
    QTimer.singleShot(3_000, _settle_memory)
    with loop:
        loop.run_forever()
    session.crash.care.uninstall()
    _take_apart(session.window)
    return session.exit_status


def _take_apart(window: MainWindow) -> None:
    """Destroy the widgets while Python still runs: Qt calls into their Python halves when they go."""
    window.release()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def _paint_now(window: MainWindow) -> None:
    """Bring the shell to the screen before anything heavy is imported."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
    QApplication.processEvents()
    window.repaint()


def _show_icon() -> None:
    """The program's icon, where the system does not have it by the program's name; after the first paint."""
    make_application().setWindowIcon(application_icon())


def _settle_memory() -> None:
    """What lives as long as the program need not be walked by every collection."""
    gc.collect()
    gc.freeze()
