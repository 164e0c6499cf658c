"""The files beside the prompt that is being written: read off the UI thread, kept with their chat at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from app.desktop.controllers.chat_state import ChatState
from app.desktop.models.draft_files import PASTED_PICTURE, PASTED_TEXT, ChipLook, DraftFile, chip_look, tr
from app.services.attachments.attachment import MAX_FILES, TOO_MANY, Attachment, NotAttachableError, plain_name
from app.services.conversations import attached
from app.services.llm.pictures import cannot_read_pictures
from app.services.tasks import OnError, TaskOwner
from app.services.wording import say

if TYPE_CHECKING:
    from app.desktop.controllers.chat_controller import ChatController
    from app.desktop.controllers.models_controller import ModelsController
    from app.desktop.engine import Engine
    from app.services.conversations.records import StoredAttachment

#: Of the files of an edit that is given up: those that were added to the message's own, or all.
KeptFiles = Literal["none", "added", "all"]
#: A chip that was taken off, and what its file held: None where it could not be read.
TakenOff: TypeAlias = "tuple[DraftFile, Attachment | None]"


class AttachmentsController(QObject):
    """Joins the chips to the store. The files themselves are in the open chat's `ChatState.files`.

    Signals:
        changed(): other files, or they can be sent or not.
        refused(str): a file was not taken at all, and why.
        settled(): nothing is being read any more.
    """

    changed = Signal()
    refused = Signal(str)
    settled = Signal()

    def __init__(
        self,
        engine: Engine,
        chat: ChatController,
        models: ModelsController,
        on_error: OnError,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._chat = chat
        self._models = models
        self._tasks = TaskOwner(on_error)
        #: The draft's files while an earlier prompt is edited.
        self._put_aside: tuple[ChatState, list[DraftFile]] | None = None
        chat.opened.connect(lambda _id: self.load())
        chat.prompt_restored.connect(lambda _text: self.load())
        models.chosen_changed.connect(self.changed)

    # -- what is there

    @property
    def files(self) -> list[DraftFile]:
        return self._chat.state.files

    @property
    def is_reading(self) -> bool:
        return any(file.is_reading for file in self.files)

    @property
    def tokens(self) -> int:
        """Of all that would be sent, estimated."""
        return sum(file.stored.tokens for file in self.files if file.stored is not None)

    def blind(self) -> str:
        """Why the chosen model cannot be sent a picture, "" where it can or nobody knows."""
        chosen = self._models.chosen()
        found = self._engine.services.catalogue.find(chosen.provider, chosen.model) if self._engine.is_ready else None
        if found is None or found.sees_pictures is not False:
            return ""
        return cannot_read_pictures(found.display_name).message

    def looks(self) -> list[ChipLook]:
        blind = self.blind()
        return [chip_look(file, blind) for file in self.files]

    def unfit(self) -> list[DraftFile]:
        """Those that cannot be sent."""
        blind = bool(self.blind())
        return [f for f in self.files if f.problem or (blind and f.stored is not None and f.stored.kind == "image")]

    def too_many(self) -> str:
        """Why so many cannot be sent at once, "" where they can: those of an edit and of a draft come together."""
        return say(TOO_MANY, most=MAX_FILES) if len(self.files) > MAX_FILES else ""

    # -- adding

    def add_paths(self, paths: Sequence[Path]) -> None:
        """Attach these files, each as soon as it is read."""
        for path in paths:
            self._begin(self._chat.state, plain_name(path.name), partial(_read, path))

    def add_picture(self, image: QImage) -> None:
        from app.desktop.controllers.picture_scaling import picture_of  # here: no start needs it

        self._begin(self._chat.state, PASTED_PICTURE, partial(picture_of, PASTED_PICTURE, image))

    def add_text(self, text: str) -> None:
        """A long paste, as a file."""
        from app.services.attachments.reading import attachment_of  # here: as above

        data = text.encode("utf-8", "replace")
        self._begin(self._chat.state, PASTED_TEXT, partial(attachment_of, PASTED_TEXT, data))

    def add_again(self, state: ChatState, attachment: Attachment) -> None:
        """What was taken off comes back, in the chat where it was."""
        self._begin(state, attachment.name, lambda: attachment)

    def _begin(self, state: ChatState, name: str, read: Callable[[], Attachment]) -> None:
        if len(state.files) >= MAX_FILES:
            self.refused.emit(say(TOO_MANY, most=MAX_FILES))
            return
        file = DraftFile(name)
        state.files.append(file)
        reading = self._tasks.start(self._take(state, file, read), name="attachments.read")
        reading.add_done_callback(partial(self._on_read, file))
        self.changed.emit()

    async def _take(self, state: ChatState, file: DraftFile, read: Callable[[], Attachment]) -> None:
        try:
            attachment = await asyncio.to_thread(read)
        except NotAttachableError as exc:
            file.problem = str(exc)
        else:
            store = self._engine.store
            conversation_id = await self._chat.row_of(state)
            stored = await self._engine.run(store.attach(conversation_id, attachment))
            if not self._holds(state, file):  # taken off meanwhile
                await self._engine.run(store.detach(stored.id))
                return
            file.stored = stored
        self._tell_read()

    def _on_read(self, file: DraftFile, reading: asyncio.Task[None]) -> None:
        """A fault is told and logged; it must not hold the prompt back for ever."""
        if file.is_reading and not reading.cancelled():
            file.problem = tr("It could not be read. The log has the details.")
            self._tell_read()

    def _tell_read(self) -> None:
        self.changed.emit()
        if not self.is_reading:
            self.settled.emit()

    def _holds(self, state: ChatState, file: DraftFile) -> bool:
        aside = self._put_aside[1] if self._put_aside is not None and self._put_aside[0] is state else []
        return file in state.files or file in aside

    # -- taking off

    def remove(self, key: int, then: Callable[[DraftFile, Attachment], object] | None = None) -> DraftFile | None:
        """Take a file off; `then` gets what is needed to bring it back. None where it is not there."""
        file = next((one for one in self.files if one.key == key), None)
        if file is None:
            return None
        self.files.remove(file)
        if file.stored is not None:
            self._tasks.start(self._detach(file, file.stored, then), name="attachments.remove")
        self.changed.emit()
        return file

    def remove_all(self, files: Sequence[DraftFile], then: Callable[[list[TakenOff]], object]) -> None:
        """Take several off at once; `then` gets what is needed to bring them back."""
        taken = [file for file in files if file in self.files]
        self.files[:] = [file for file in self.files if file not in taken]
        self._tasks.start(self._detach_all(taken, then), name="attachments.remove")
        self.changed.emit()

    async def _detach_all(self, files: Sequence[DraftFile], then: Callable[[list[TakenOff]], object]) -> None:
        then([(one, await self._taken_off(one, one.stored) if one.stored is not None else None) for one in files])

    def put_back(self, state: ChatState, taken: Sequence[TakenOff]) -> None:
        """Undo `remove_all`, in the chat where they were: what could not be read comes back as it was, too."""
        for file, attachment in taken:
            if attachment is not None:
                self.add_again(state, attachment)
            elif file.problem:
                state.files.append(file)
        self.changed.emit()

    async def _detach(
        self, file: DraftFile, stored: StoredAttachment, then: Callable[[DraftFile, Attachment], object] | None
    ) -> None:
        found = await self._taken_off(file, stored)
        if found is not None and then is not None:
            then(file, found)

    async def _taken_off(self, file: DraftFile, stored: StoredAttachment) -> Attachment | None:
        """What it holds; that of an earlier prompt stays there, too."""
        store = self._engine.store
        if file.of_message:
            return await self._engine.run(store.read(attached.whole, stored.id))
        return await self._engine.run(store.detach(stored.id))

    def take_as_text(self, key: int, then: Callable[[str], object]) -> None:
        """Take a text file off; `then` gets its whole text."""
        from app.services.attachments.excerpt import decoded  # here: as above

        self.remove(key, lambda _file, attachment: then(decoded(attachment.data) or ""))

    # -- sending and editing

    def take(self) -> list[int]:
        """The ids of what goes with the prompt that is sent now; no file is beside the next one."""
        ids = [file.stored.id for file in self.files if file.stored is not None]
        self.files.clear()
        self.changed.emit()
        return ids

    def begin_edit(self, attachments: Sequence[StoredAttachment]) -> None:
        """Show the files of an earlier prompt; those of the draft come back with `end_edit`."""
        if self._put_aside is None:
            self._put_aside = (self._chat.state, list(self.files))
        self.files[:] = [DraftFile(one.name, one, of_message=True) for one in attachments]
        self.changed.emit()

    def show(self, files: Sequence[DraftFile]) -> None:
        """These are beside the prompt now, in place of what is."""
        self.files[:] = files
        self.changed.emit()

    def end_edit(self, keeps: KeptFiles = "none", then: Callable[[Attachment], object] | None = None) -> None:
        """Back to the draft's files, and behind them those of the edit that are kept; what was added to it and not
        kept goes, and `then` gets what is needed to bring it back."""
        if self._put_aside is None:
            return
        state, files = self._put_aside
        self._put_aside = None
        edited = list(state.files)
        added = [file for file in edited if not file.of_message]
        state.files[:] = [*files, *{"none": [], "added": added, "all": edited}[keeps]]

        def give(_file: DraftFile, attachment: Attachment) -> None:
            if then is not None:
                then(attachment)

        for file in added if keeps == "none" else []:
            if file.stored is not None:
                self._tasks.start(self._detach(file, file.stored, give), name="attachments.remove")
        self.changed.emit()

    # -- another chat

    def load(self) -> None:
        """Show what is kept with the open chat."""
        state = self._chat.state
        if state.conversation is not None:
            self._tasks.start(self._load(state, state.conversation.id), name="attachments.load")
        self.changed.emit()

    async def _load(self, state: ChatState, conversation_id: int) -> None:
        found = await self._engine.run(self._engine.store.draft_attachments(conversation_id))
        waiting = {one for prompt in state.queue for one in prompt.attachments}
        there = {file.stored.id for file in state.files if file.stored is not None}
        if self._put_aside is not None and self._put_aside[0] is state:
            there |= {file.stored.id for file in self._put_aside[1] if file.stored is not None}
        on_the_way = set(state.sending_files) if state.sending else set()
        new = [one for one in found if one.id not in waiting | there | on_the_way]
        # While an edit goes on, the draft's files lie beside its own.
        files = self._put_aside[1] if self._put_aside is not None and self._put_aside[0] is state else state.files
        if new and not any(file.is_reading for file in files):
            files.extend(DraftFile(one.name, one) for one in new)
            self.changed.emit()

    async def carry(self, state: ChatState) -> None:
        """Files of another chat's draft come over to the open one."""
        there = self._chat.state
        files, state.files = state.files, []
        for file in files:
            if file.stored is not None:
                found = await self._taken_off(file, file.stored)
                if found is not None:
                    self.add_again(there, found)

    async def aclose(self) -> None:
        await self._tasks.aclose()


def _read(path: Path) -> Attachment:
    # Here: as above, and this runs in a worker thread.
    from app.desktop.controllers.picture_scaling import made_small
    from app.services.attachments.reading import read_file

    return made_small(read_file(path))
