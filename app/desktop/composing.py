"""What is being written: prompts on their way, drafts, the queue above the field, a new version of an old prompt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from app.desktop.controllers.chat_state import QueuedPrompt
from app.lean_dataclass import dataclass
from app.services.tasks import TaskOwner

if TYPE_CHECKING:
    from app.desktop.attaching import Attaching
    from app.desktop.controllers.attachments_controller import KeptFiles
    from app.desktop.controllers.chat_controller import ChatController
    from app.desktop.controllers.chat_state import ChatState
    from app.desktop.models.draft_files import DraftFile
    from app.desktop.views.chat.chat_pane import ChatPane
    from app.services.attachments.attachment import Attachment
    from app.services.conversations.records import StoredAttachment

DRAFT_DELAY_MS = 400


@dataclass(frozen=True, slots=True)
class EditPutBy:
    """A changed prompt, while another chat is open."""

    message_id: int
    text: str
    edited_from: str
    """What the text was when nothing of it was changed."""
    before: str
    """What was being written before the edit."""
    draft: str
    """As the chat keeps both meanwhile."""
    files: list[DraftFile]


def _joined(*parts: str) -> str:
    """Texts that are to be one, those of blanks alone left out."""
    return "\n\n".join(part for part in parts if part.strip())


class Composing(QObject):
    """Joins the message field to the open chat."""

    def __init__(
        self,
        pane: ChatPane,
        chat: ChatController,
        tasks: TaskOwner,
        is_ready: Callable[[], bool],
        holds_back: Callable[[str], bool],
        parent: QObject | None = None,
    ) -> None:
        """`holds_back` asks the person about a prompt that does not fit, and says whether it did."""
        super().__init__(parent)
        self._pane = pane
        self._chat = chat
        self._tasks = tasks
        self._is_ready = is_ready
        self._holds_back = holds_back
        #: Comes with the core.
        self._attaching: Attaching | None = None
        self._editing: int | None = None
        self._before_edit = ""
        #: The old prompt as it was put into the field: what was changed since is nobody's draft yet.
        self._edited_from = ""
        #: Chat → the edit that was left there.
        self._put_by: dict[int, EditPutBy] = {}
        #: What was being written in the chat that is left, until the next one is read.
        self._left: str | None = None
        self._draft_timer = QTimer(self, singleShot=True, interval=DRAFT_DELAY_MS)
        self._draft_timer.timeout.connect(self.save_draft)
        composer = pane.composer
        composer.send_requested.connect(self._send)
        composer.draft_changed.connect(self.save_draft_soon)
        composer.draft_changed.connect(self.update_starters)
        composer.recall_requested.connect(self._recall)
        pane.queue.edit_requested.connect(self._edit_queued)
        pane.starter_chosen.connect(self._take_starter)
        chat.transcript.appended.connect(lambda _index: self.update_starters())
        chat.transcript.truncated.connect(lambda _count: self.update_starters())
        chat.opened.connect(self._on_opened)
        chat.queues.changed.connect(self._show_queue)
        chat.prompt_restored.connect(self._restore_prompt)

    def take_attaching(self, attaching: Attaching) -> None:
        """From now on files go with the prompts."""
        self._attaching = attaching

    @property
    def editing(self) -> int | None:
        """The earlier prompt whose new version is being written."""
        return self._editing

    def _send(self, text: str) -> None:
        if not self._is_ready():
            self._pane.notice.tell(self.tr("Still starting. Your message is kept; send it again in a moment."))
        elif not (self._attaching is not None and self._attaching.holds_back(text)) and not self._holds_back(text):
            self._send_now(text)

    def send_anyway(self, text: str) -> None:
        """Send without asking whether it fits; not before its files are read."""
        if self._attaching is None or not self._attaching.holds_back(text):
            self._send_now(text)

    def _send_now(self, text: str) -> None:
        if self._editing is not None and self._chat.is_busy:
            self._pane.notice.tell(
                self.tr("An answer is being written. Stop it first, then send the edited message."),
                action=self.tr("Cancel edit"),
                run=self.give_up_edit,
                on_close=self._tell_editing,
                subject="edit",
            )
            return
        editing = self._editing
        self._draft_timer.stop()
        shown = list(self._chat.state.files)
        files = self._attaching.controller.take() if self._attaching is not None else []
        if editing is not None:
            self.cancel_edit()
            self.save_draft()  # what was changed is on its way now
            refused = partial(self._edit_again, self._chat.state, editing, text, shown)
            self._chat.edit(editing, text, files, refused)
        else:
            self._pane.composer.set_text("")
            self._chat.send(text, files)
        self.update_starters()
        if self._pane.transcript is not None:
            self._pane.transcript.jump_to_latest()

    def _restore_prompt(self, text: str) -> None:
        """Into the composer, before what is being written there: neither is lost. Behind an edit, which goes on."""
        if self._editing is not None:
            self._before_edit = _joined(text, self._before_edit)
        else:
            composer = self._pane.composer
            composer.set_text(_joined(text, composer.text()))

    def _recall(self) -> None:
        async def recall() -> None:
            prompts = await self._chat.recent_prompts()
            if prompts and not self._pane.composer.text():
                self._pane.composer.set_text(prompts[0])

        self._tasks.start(recall(), name="composing.recall")

    def _show_queue(self) -> None:
        queue = self._chat.state.queue
        held = {index for index, prompt in enumerate(queue) if prompt.held}
        self._pane.queue.show_prompts([prompt.text for prompt in queue], held)

    def _edit_queued(self, index: int) -> None:
        self.give_up_edit()  # of an earlier prompt, in whose place this one is written on
        self._restore_prompt(self._chat.queues.take(self._chat.state, index))
        if self._attaching is not None:
            self._attaching.controller.load()
        self.save_draft()
        self._pane.composer.focus()

    def _take_starter(self, prompt: str) -> None:
        self._pane.composer.set_text(prompt)
        self._pane.composer.focus()
        self.update_starters()

    def update_starters(self) -> None:
        empty = self._chat.transcript.count == 0 and not self._pane.composer.text() and not self._chat.state.files
        self._pane.show_starters(empty)

    # -- a new version of an earlier prompt

    def begin_edit(self, message_id: int, text: str, attachments: Sequence[StoredAttachment] = ()) -> None:
        """Put an old prompt into the composer; sending makes a new version of it, Esc brings back what was there."""
        composer = self._pane.composer
        self.give_up_edit()  # of another prompt, or of this one from the beginning
        self._before_edit = composer.text()
        self._editing = message_id
        self._edited_from = text
        if self._attaching is not None:
            self._attaching.controller.begin_edit(attachments)
        composer.set_text(text)
        composer.focus()
        self._tell_editing()

    def _edit_again(
        self, state: ChatState, message_id: int, text: str, files: list[DraftFile], why: str, hint: str
    ) -> None:
        """An edited prompt could not be sent: it goes on being edited, or waits while the person does other things."""
        if state is not self._chat.state or self._editing is not None:
            own = tuple(one.stored.id for one in files if one.stored is not None and not one.of_message)
            self._chat.queues.put_back(state, QueuedPrompt(text, held=True, attachments=own))
            self._pane.notice.tell(f"{why} {hint}".strip(), token="error")
            return
        self._edit_changed(message_id, text, files)
        self._pane.notice.tell(
            f"{why} {hint}".strip(),
            token="error",
            action=self.tr("Cancel edit"),
            run=self.give_up_edit,
            on_close=self._tell_editing,
            subject="edit",
        )

    def _tell_editing(self) -> None:
        """Closing this notice ends the edit: there is no edit that nothing tells of."""
        self._pane.notice.tell(
            self.tr("Editing an earlier message. Sending makes a new version; the old one stays."),
            action=self.tr("Cancel edit"),
            run=self.give_up_edit,
            on_close=self.give_up_edit,
            subject="edit",
        )

    def give_up_edit(self) -> None:
        """The person cancels it; what was changed can be brought back."""
        message_id, text, state = self._editing, self._pane.composer.text(), self._chat.state
        if message_id is None:
            return
        files = [file for file in state.files if file.of_message]
        has_added = any(file.stored is not None for file in state.files if not file.of_message)
        changed = has_added or (text != self._edited_from and bool(text.strip()))
        added: list[Attachment] = []

        def edit_on() -> None:
            if state is self._chat.state:
                self._edit_changed(message_id, text, files)
                if self._attaching is not None:
                    for one in added:
                        self._attaching.controller.add_again(state, one)

        self.cancel_edit(then=added.append)
        self.save_draft_soon()
        if changed:
            self._pane.undo_bar.offer(self.tr("Edit cancelled"), edit_on, self._chat.conversation_id)

    def _edit_changed(self, message_id: int, text: str, files: list[DraftFile], edited_from: str = "") -> None:
        """Go on with an edit in which something was changed already."""
        self.begin_edit(message_id, text)
        self._edited_from = edited_from
        if self._attaching is not None:
            self._attaching.controller.show(files)
        self.save_draft_soon()

    def cancel_edit(
        self, *, keeps_files: KeptFiles = "none", then: Callable[[Attachment], object] | None = None
    ) -> None:
        """Leave the old prompt as it was and bring back what was being written; `keeps_files`: those of the edit that
        stay beside it; `then` gets each of the others that was added to it."""
        if self._editing is None:
            return
        self._editing = None
        if self._attaching is not None:
            self._attaching.controller.end_edit(keeps_files, then)
        self._pane.notice.settle("edit")
        self._pane.composer.set_text(self._before_edit)

    def take_all(self) -> str:
        """What is being written, where its chat is gone: the new version of a prompt, and the draft before that. The
        files of both are beside it then."""
        if self._editing is None:
            return f"{self._left or ''}{self._pane.composer.text()}"
        edited = self._pane.composer.text()
        self.cancel_edit(keeps_files="all")
        return _joined(edited, self._before_edit)

    # -- drafts

    def save_draft(self) -> None:
        """Keep what is in the composer with its chat."""
        self._draft_timer.stop()
        self._chat.save_draft(self.draft_text())

    def draft_text(self) -> str:
        """What is being written in the open chat. The changed text of an old prompt is kept before the draft, so that
        neither a crash nor another chat takes it."""
        if self._left is not None:
            return self._left
        text = self._pane.composer.text()
        if self._editing is None:
            return text
        return _joined(text if text != self._edited_from else "", self._before_edit)

    def save_draft_soon(self) -> None:
        """Once nothing was typed for a moment."""
        self._draft_timer.start()

    def stop(self) -> None:
        """No draft is saved by itself any more."""
        self._draft_timer.stop()

    def leave_chat(self) -> None:
        """Keep the draft with the chat that is left; from here on what is typed belongs to the next one."""
        if self._left is not None:
            return
        left = self.draft_text()
        if self._editing is not None:
            self._put_edit_by(self._editing, left)
        self.cancel_edit(keeps_files="added")
        self._pane.composer.set_text(left)
        self.save_draft()
        self._left = left
        self._pane.composer.set_text("")

    def _put_edit_by(self, message_id: int, draft: str) -> None:
        """It goes on when its chat is opened again, if anything was changed; files that are not read yet are a draft's
        then."""
        chat, files = self._chat.conversation_id, list(self._chat.state.files)
        has_added = any(not file.of_message for file in files)
        is_whole = all(file.of_message or file.stored is not None for file in files)
        if chat is not None and is_whole and (has_added or draft != self._before_edit):
            text = self._pane.composer.text()
            self._put_by[chat] = EditPutBy(message_id, text, self._edited_from, self._before_edit, draft, files)

    def forget(self, conversation_ids: Sequence[int]) -> None:
        """These chats are gone for good: their numbers will be those of others."""
        for chat in conversation_ids:
            self._put_by.pop(chat, None)

    def take_up(self, conversation_id: int, draft: str) -> None:
        """A chat is shown with its draft, and what was typed while it was read stands behind that."""
        composer = self._pane.composer
        typed = composer.text()
        if typed == draft or not (draft or conversation_id in self._put_by):
            self._resume_edit(conversation_id)
            return
        composer.set_text(draft)
        self._resume_edit(conversation_id)
        composer.set_text(f"{composer.text()}{typed}")

    def _resume_edit(self, conversation_id: int) -> None:
        """Go on with the edit that was left in this chat, unless its text was taken up otherwise since."""
        edit, state = self._put_by.pop(conversation_id, None), self._chat.state
        if edit is not None and self._editing is None and edit.draft == self._pane.composer.text():
            of_edit = {file.stored.id for file in edit.files if file.stored is not None}
            state.files[:] = [one for one in state.files if one.stored is None or one.stored.id not in of_edit]
            self._pane.composer.set_text(edit.before)
            self._edit_changed(edit.message_id, edit.text, edit.files, edit.edited_from)

    def _on_opened(self, _conversation_id: int) -> None:
        self._left = None

    def stay(self) -> None:
        """The next chat cannot be shown: what was left is written on, what was typed since stands behind it."""
        left, self._left = self._left, None
        if left is not None:
            self.take_up(self._chat.conversation_id or 0, left)
            self.save_draft()
