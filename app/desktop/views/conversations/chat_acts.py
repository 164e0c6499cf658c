"""What can be done to chats and folders, as menus: of a row of the list, and of the open chat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMenu

from app.desktop.models.conversation_list_model import ConversationListModel

if TYPE_CHECKING:
    from app.desktop.theme import Theme


class ChatActs(QObject):
    """Signals, each with the ids of the chats:
    pin_requested(ids, bool), archive_requested(ids, bool), tags_requested(ids), delete_requested(ids).
    move_requested(ids, folder_id or 0), new_folder_requested(ids that go into it).
    restore_requested(ids), destroy_requested(ids), empty_trash_requested(): of the trash.
    folder_rename_requested(folder_id), folder_delete_requested(folder_id).
    """

    pin_requested = Signal(list, bool)
    archive_requested = Signal(list, bool)
    tags_requested = Signal(list)
    delete_requested = Signal(list)
    move_requested = Signal(list, int)
    new_folder_requested = Signal(list)
    restore_requested = Signal(list)
    destroy_requested = Signal(list)
    empty_trash_requested = Signal()
    folder_rename_requested = Signal(int)
    folder_delete_requested = Signal(int)

    def __init__(self, theme: Theme, model: ConversationListModel, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme
        self._model = model

    def fill(self, menu: QMenu, ids: list[int]) -> None:
        """Add what moves chats about; of several, what is not true of all of them yet."""
        known = [self._model.chat(one) for one in ids]
        pinned = all(one is not None and one.pinned for one in known)
        archived = all(one is not None and one.archived_at is not None for one in known)
        menu.addAction(self.tr("Unpin") if pinned else self.tr("Pin"), lambda: self.pin_requested.emit(ids, not pinned))
        self._fill_folders(menu.addMenu(self.tr("Move to folder")), ids)
        menu.addAction(self.tr("Tags…"), lambda: self.tags_requested.emit(ids))
        menu.addAction(
            self.tr("Unarchive") if archived else self.tr("Archive"),
            lambda: self.archive_requested.emit(ids, not archived),
        )

    def _fill_folders(self, menu: QMenu, ids: list[int]) -> None:
        """All folders, the one that the chats are in marked."""
        known = [self._model.chat(one) for one in ids]
        places = {one.folder_id if one is not None else None for one in known}
        here = places.pop() if len(places) == 1 else None
        for folder in self._model.folders():
            # An ampersand would be taken for the mark of a key.
            action = menu.addAction(self._theme.icon("folder"), folder.name.replace("&", "&&"))
            action.triggered.connect(lambda _on=False, folder_id=folder.id: self.move_requested.emit(ids, folder_id))
            action.setCheckable(True)
            action.setChecked(folder.id == here)
        if self._model.folders():
            menu.addSeparator()
        if any(one is not None and one.folder_id for one in known):
            menu.addAction(self.tr("No folder"), lambda: self.move_requested.emit(ids, 0))
        menu.addAction(self.tr("New folder…"), lambda: self.new_folder_requested.emit(ids))

    def fill_folder(self, menu: QMenu, folder_id: int) -> None:
        """The menu of a folder."""
        menu.addAction(self.tr("Rename folder…"), lambda: self.folder_rename_requested.emit(folder_id))
        menu.addAction(self.tr("Delete folder"), lambda: self.folder_delete_requested.emit(folder_id))
        menu.addSeparator()
        menu.addAction(self.tr("New folder…"), lambda: self.new_folder_requested.emit([]))

    def fill_trashed(self, menu: QMenu, ids: list[int]) -> None:
        """The menu of chats in the trash."""
        menu.addAction(self.tr("Restore"), lambda: self.restore_requested.emit(ids))
        menu.addAction(self.tr("Delete for good…"), lambda: self.destroy_requested.emit(ids))
