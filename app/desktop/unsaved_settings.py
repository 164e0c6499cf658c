"""The question before what was changed in Settings is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from app.desktop.questions import ask

if TYPE_CHECKING:
    from app.desktop.pane_wiring import PaneWiring

SAVE, DISCARD, STAY = range(3)


def tr(text: str) -> str:
    return QCoreApplication.translate("Window", text)


async def may_lose_settings(window: QWidget, panes: PaneWiring) -> bool:
    """Whether the window may close: nothing is unsaved, or the person saved it or lets it go.

    Nothing is discarded here: who stays at a later question still has what they typed.
    """
    pane = panes.pane
    if pane is None:
        return True
    await panes.settings.until_saved()
    if not pane.has_changes:
        return True
    buttons = (tr("Save and quit"), tr("Discard and quit"), tr("Stay"))
    answer = await ask(window, tr("Settings are not saved."), pane.unsaved_text(), buttons)
    if answer != SAVE:
        return answer == DISCARD
    panes.open_settings()  # in front: a save that fails says why where it happened
    pane.save()
    await panes.settings.until_saved()
    return not pane.has_changes
