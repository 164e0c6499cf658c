"""Joins the ways a file comes to a prompt, dialog, drop and paste, to the files of the open chat and their chips."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QMimeData, QObject
from PySide6.QtGui import QImage

from app.desktop.controllers.attachments_controller import AttachmentsController, TakenOff
from app.desktop.controllers.pictures_controller import PicturesController
from app.desktop.models.draft_files import DraftFile
from app.desktop.questions import choose_files
from app.desktop.views.chat.notice_bar import NoticeAction
from app.services.tasks import TaskOwner

if TYPE_CHECKING:
    from app.desktop.controllers.chat_state import ChatState
    from app.desktop.core_wiring import CoreWiring
    from app.services.attachments.attachment import Attachment

#: Of the notice about files that cannot be sent.
SUBJECT = "attachments"


def tr(text: str) -> str:
    return QCoreApplication.translate("Attachments", text)


class Attaching(QObject):
    """Made with the core's other wiring."""

    def __init__(self, wiring: CoreWiring) -> None:
        super().__init__(wiring)
        self._wiring = wiring
        self._session = wiring.session
        self._pane = wiring.window.chat
        self._tasks = TaskOwner(wiring.session.on_task_error)
        self.controller = AttachmentsController(
            wiring.engine, wiring.session.chat, wiring.models, wiring.session.on_task_error, self
        )
        self.pictures = PicturesController(wiring.engine, wiring.session.on_task_error, self)
        #: Sent by the person while files were still being read.
        self._held: str | None = None

    def begin(self) -> None:
        composer, controller = self._pane.composer, self.controller
        chips = composer.add_attachments()
        composer.attach_requested.connect(self.choose)
        composer.mime_attached.connect(self._take_mime)
        composer.long_text_attached.connect(controller.add_text)
        self._pane.mime_dropped.connect(self._take_mime)
        chips.remove_requested.connect(self.remove)
        chips.text_requested.connect(lambda key: controller.take_as_text(key, composer.put_long_text))
        controller.changed.connect(self._show)
        controller.settled.connect(self._send_held)
        controller.refused.connect(lambda why: self._pane.notice.tell(why))
        self._session.chat.opened.connect(self._forget_held)
        self._session.composing.take_attaching(self)
        controller.load()
        view = self._pane.transcript
        assert view is not None, "the transcript is built before the core opens"
        view.pictures.wanted.connect(lambda digest: self.pictures.thumbnail(digest, partial(view.pictures.put, digest)))
        view.picture_activated.connect(self._open_picture)

    def _open_picture(self, digest: str, name: str) -> None:
        def show(image: QImage | None) -> None:
            if image is None:
                self._pane.notice.tell(tr("“{name}” cannot be shown.").format(name=name))
            else:
                from app.desktop.views.chat.picture_viewer import PictureViewer  # here: no start needs it

                PictureViewer(self._wiring.theme, image, name, self._wiring.window).open()

        self.pictures.whole(digest, show)

    def choose(self) -> None:
        """Ask for files, several at once."""
        self._tasks.start(self._choose(), name="attaching.choose")

    async def _choose(self) -> None:
        self.controller.add_paths(await choose_files(self._wiring.window, tr("Attach files")))
        self._pane.composer.focus()

    def _take_mime(self, mime: QMimeData) -> None:
        """Files first: what a file manager puts on the clipboard has their names as text, too."""
        paths = [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]
        if paths:
            self.controller.add_paths(paths)
        elif mime.hasImage():
            image = mime.imageData()
            if isinstance(image, QImage) and not image.isNull():
                self.controller.add_picture(image)

    def remove(self, key: int) -> None:
        """Take a file off, with undo."""

        state = self._session.chat.state

        def offer(file: DraftFile, attachment: Attachment) -> None:
            text = tr("“{name}” removed").format(name=file.name)
            chat = state.conversation.id if state.conversation is not None else None
            self._pane.undo_bar.offer(text, lambda: self.controller.add_again(state, attachment), chat)

        self.controller.remove(key, offer)

    def holds_back(self, text: str) -> bool:
        """Whether the prompt waits for its files, or for the person to take out what cannot be sent."""
        if self.controller.is_reading:
            self._held = text
            return True
        if too_many := self.controller.too_many():
            self._pane.notice.tell(too_many, token="error")
            return True
        unfit = self.controller.unfit()
        if unfit:
            self._tell_unfit(unfit)
        return bool(unfit)

    def _tell_unfit(self, unfit: list[DraftFile]) -> None:
        """Why they cannot be sent, and what helps: another model only where it is a sound picture that this one cannot
        see."""
        blind = self.controller.blind()
        sound = [file for file in unfit if not file.problem]
        problem = next((file.problem for file in unfit if file.problem), "") or blind
        choices = [NoticeAction(tr("Remove"), self._remove_unfit, spoken=tr("Remove what cannot be sent"))]
        if sound:
            other = NoticeAction(tr("Choose another model"), self._wiring.open_picker)
            choices.insert(0 if len(sound) == len(unfit) else 1, other)
        if len(unfit) > 1:
            hint = tr("Take the pictures out or choose a model with the mark.") if problem == blind else ""
            problem = tr("{n} files cannot be sent: {problem}").format(n=len(unfit), problem=problem)
        else:
            hint = tr("Take the picture out or choose a model with the mark.") if problem == blind else ""
        self._pane.notice.tell(f"{problem} {hint}".strip(), token="error", choices=choices)

    def _remove_unfit(self) -> None:
        unfit, state = self.controller.unfit(), self._session.chat.state

        def offer(taken: list[TakenOff]) -> None:
            text = tr("{n} files removed").format(n=len(taken))
            chat = state.conversation.id if state.conversation is not None else None
            self._pane.undo_bar.offer(text, lambda: self.controller.put_back(state, taken), chat)

        if len(unfit) > 1:
            self.controller.remove_all(unfit, offer)
        else:
            for file in unfit:
                self.remove(file.key)
        self._pane.composer.focus()

    def _send_held(self) -> None:
        text, self._held = self._held, None
        if text is not None and self._pane.composer.text() == text:
            self._pane.composer.send_requested.emit(text)

    def _forget_held(self) -> None:
        self._held = None

    def carry(self, before: ChatState) -> None:
        """The files of a draft go with it into another chat."""
        self._tasks.start(self.controller.carry(before), name="attaching.carry")

    def _show(self) -> None:
        self._pane.composer.show_attachments(self.controller.looks())
        self._session.composing.update_starters()

    async def aclose(self) -> None:
        self._held = None
        await self._tasks.aclose()
        await self.controller.aclose()
        await self.pictures.aclose()
