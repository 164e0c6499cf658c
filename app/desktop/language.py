"""The language of the window: which ones there are, which one is meant, and its words from Qt Linguist's files.

The source texts are English, so English needs no file. Texts of the core come through `app.services.wording`, which the
window gives its translator; the terminal, the gateway and MCP stay English.
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from app.desktop.models.languages import ENGLISH, LANGUAGES
from app.paths import bundled
from app.services import wording

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

logger = logging.getLogger(__name__)
CORE_CONTEXT = "Core"
_FOLDER = ("resources", "translations")
#: Kept here: Qt does not keep them.
_installed: list[QTranslator] = []


def language_of(choice: str) -> str:
    """The code that a choice means: the system's first language that there is, else English."""
    if choice in LANGUAGES:
        return choice
    spoken = [name.partition("-")[0].lower() for name in QLocale.system().uiLanguages()]
    return next((code for code in spoken if code in LANGUAGES), ENGLISH)


def use(application: QApplication, choice: str) -> str:
    """Take a language into use for widgets that are made from now on; its code. Reads a small file or two.

    With `system` numbers and dates stay in the system's form, whatever its language.
    """
    code = language_of(choice)
    for translator in _installed:
        application.removeTranslator(translator)
    _installed.clear()
    QLocale.setDefault(QLocale.system() if choice not in LANGUAGES else QLocale(code))
    if code != ENGLISH:
        _install(application, code)
    wording.speak(_core_text if code != ENGLISH else None)
    application.setLayoutDirection(QLocale(code).textDirection())
    words = sys.modules.get("app.desktop.views.transcript.words")
    if words is not None:  # at the start it is not loaded yet, and has nothing to forget
        words.forget()
    return code


def _install(application: QApplication, code: str) -> None:
    """Our words in front of Qt's own, those of text fields' menus."""
    qt = QTranslator(application)
    if qt.load(f"qtbase_{code}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        application.installTranslator(qt)
        _installed.append(qt)
    ours = QTranslator(application)
    try:
        found = ours.load(str(bundled(*_FOLDER, f"aica_{code}.qm")))
    except FileNotFoundError:
        found = False
    if not found:
        logger.warning("the words for %s are missing; the window stays English", code)
        return
    application.installTranslator(ours)
    _installed.append(ours)


def _core_text(text: str) -> str:
    """From any thread: Qt guards its translators."""
    return QCoreApplication.translate(CORE_CONTEXT, text)
