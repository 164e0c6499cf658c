"""The menu over the transcript: commands that concern the open chat, and the pane about all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QMenu

if TYPE_CHECKING:
    from app.desktop.shortcuts import Shortcuts
    from app.desktop.window import MainWindow


def tr(text: str) -> str:
    return QCoreApplication.translate("Window", text)


def show_chat_menu(window: MainWindow, shortcuts: Shortcuts, fill: Callable[[QMenu], object]) -> None:
    """Open it under its button; each entry does what its keys do. `fill` adds where the chat can be put."""
    menu = QMenu(window)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    for name, text in (
        ("new_chat", tr("New chat")),
        ("find", tr("Find in chat")),
        ("rename", tr("Rename")),
        ("chat_settings", tr("Chat settings…")),
        ("copy_answer", tr("Copy last answer")),
        ("copy_link", tr("Copy link to this chat")),
        ("export_chat", tr("Export…")),
        ("delete_chat", tr("Delete chat")),
        ("undo", tr("Undo")),
        ("statistics", tr("Statistics")),
    ):
        action = menu.addAction(text)
        action.setShortcut(shortcuts.sequence(name))
        action.triggered.connect(lambda _checked=False, command=name: shortcuts.run(command))
    fill(menu)
    button = window.chat.header.menu_button
    menu.popup(button.mapToGlobal(button.rect().bottomLeft()))
