"""Auto in the window: which model is proposed for what is being written, from evidence that was read before."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from app.services.tasks import OnError, TaskOwner

if TYPE_CHECKING:
    from app.desktop.controllers.chat_controller import ChatController
    from app.desktop.controllers.models_controller import ModelsController
    from app.desktop.engine import Engine
    from app.services.conversations.records import ContextUse
    from app.services.observe import Subscription
    from app.services.routing.need import ReadPrompt
    from app.services.routing.preferences import ModelKey
    from app.services.routing.proposing import Proposal

#: A proposal may change what was counted, and the count the proposal: only so often for one change of the draft.
MOST_RECOUNTS = 2


class AutoController(QObject):
    """Nothing is read and nothing of `routing` imported before a chat is on Auto or somebody looks at the picker.

    Signals:
        changed(): another proposal, or none any more.
        evidence_changed(): votes, figures or models differ from those of the last proposal.
    """

    changed = Signal()
    evidence_changed = Signal()

    def __init__(
        self,
        engine: Engine,
        chat: ChatController,
        models: ModelsController,
        on_error: OnError,
        parent: QObject | None = None,
        *,
        is_seen: Callable[[], bool],
    ) -> None:
        """`is_seen`: whether somebody looks at the proposal now."""
        super().__init__(parent)
        self._is_seen = is_seen
        self._engine = engine
        self._chat = chat
        self._models = models
        self._tasks = TaskOwner(on_error)
        self._text = ""
        #: What was read, and what it says.
        self._read: tuple[str, ReadPrompt] | None = None
        self._use: ContextUse | None = None
        self._pictures = self._earlier_pictures = False
        self._read_by: ModelKey | None = None
        self._answered_locally = False
        self._recounts = 0
        #: Told of changes on the core's thread; None before the first reading.
        self._watching: Subscription | None = None
        self.evidence_changed.connect(self._on_evidence, Qt.ConnectionType.QueuedConnection)
        #: Of what is being written; None until somebody wants to know.
        self.proposal: Proposal | None = None

    @property
    def is_on(self) -> bool:
        """Whether the open chat is on Auto."""
        return self._chat.state.on_auto

    # -- what happens

    def look(self, text: str, use: ContextUse | None, *, pictures: bool) -> None:
        """Propose for this draft; `use` as the token bar has it. Only computes: some microseconds a model, and up to
        some milliseconds where the text is another one."""
        self._text, self._use, self._pictures = text, use, pictures
        self._recounts = 0
        self._propose()

    def recounted(self, use: ContextUse | None) -> None:
        """What is sent beside the draft was counted anew."""
        self._use = use
        if self._recounts < MOST_RECOUNTS:
            self._recounts += 1
            self._propose()

    def refresh(self) -> None:
        """Votes, figures or the shown chat changed: read again, then propose again."""
        self._tasks.start(self._refresh(), name="auto.refresh")

    async def _refresh(self) -> None:
        auto, store, chat_id = self._engine.services.auto, self._engine.store, self._chat.conversation_id
        if self._watching is None:
            self._watching = auto.changed.subscribe(lambda _none: self.evidence_changed.emit())
        await self._engine.run(auto.refresh())
        if chat_id is not None:
            from app.services.conversations import attached, queries  # here: loaded by now
            from app.services.routing.chat_need import answered_by  # here: see the class
            from app.services.routing.evidence import was_answered_locally  # here: see the class

            part = await self._engine.run(store.read(queries.shown_part, chat_id))
            until = await self._engine.run(store.read(queries.path_length, chat_id))
            found = await self._engine.run(store.read(attached.has_pictures, chat_id, part.first, until))
            last = await self._engine.run(store.messages(chat_id, max(0, until - 1), 1))
            local = await self._engine.run(store.read(was_answered_locally, chat_id))
            if chat_id == self._chat.conversation_id:
                self._answered_locally = local
                self._earlier_pictures, self._read_by = found, answered_by(last)
                self._propose()

    def forget_chat(self) -> None:
        """Another chat is shown: nothing of the one before counts."""
        self._earlier_pictures, self._read_by = False, None
        self._answered_locally = False
        self._use = None

    async def aclose(self) -> None:
        if self._watching is not None:
            self._watching.close()
        await self._tasks.aclose()

    # -- inside

    def _on_evidence(self) -> None:
        if self._is_seen():
            self._propose()

    def _read_text(self) -> ReadPrompt:
        from app.services.routing.need import read_prompt  # here: see the class

        if self._read is None or self._read[0] != self._text:
            self._read = (self._text, read_prompt(self._text))
        return self._read[1]

    def _propose(self) -> None:
        if not (self._engine.is_ready and self._watching is not None):
            return
        from app.services.routing.need import need_of  # here: see the class

        beside = 0
        if self._use is not None:
            beside = self._use.total - self._use.tokens_of("draft")
        longest = self._chat.state.parameters.get("max_tokens")
        need = need_of(
            self._read_text(),
            tokens_beside=beside,
            answer_tokens=longest if isinstance(longest, int) else None,
            pictures=self._pictures or self._earlier_pictures,
            read_by=self._read_by,
            read_tokens=beside,
            answered_locally=self._answered_locally,
        )
        self.proposal = self._engine.services.auto.propose(need)
        chosen = self.proposal.chosen
        state = self._chat.state
        if self.is_on and chosen is not None and (state.provider, state.model) != chosen.candidate.key:
            state.provider, state.model = chosen.candidate.key
            self._models.choose(*chosen.candidate.key)
        self.changed.emit()

    # -- in words

    def reason(self) -> str:
        """Why the proposed model, in a line; where there is none, why not."""
        from app.services.routing.words import nobody_words, reason_line  # here: see the class

        if self.proposal is None:
            return ""
        return reason_line(self.proposal) or nobody_words(self.proposal)

    def details(self) -> Iterable[str]:
        """All reasons, the runners-up, and why others cannot."""
        from app.services.routing.words import detail_lines  # here: see the class

        return () if self.proposal is None else detail_lines(self.proposal)

    @property
    def name(self) -> str:
        """Of the proposed model, "" for none."""
        chosen = self.proposal.chosen if self.proposal is not None else None
        return "" if chosen is None else chosen.candidate.name
