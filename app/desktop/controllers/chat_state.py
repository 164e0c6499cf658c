"""The open conversation as its controller holds it, and what goes out with its prompts."""

from __future__ import annotations

import asyncio
from dataclasses import field
from typing import TYPE_CHECKING, Any

from app.lean_dataclass import dataclass

if TYPE_CHECKING:
    from app.desktop.models.draft_files import DraftFile
    from app.services.container import Services
    from app.services.conversations.records import Conversation


#: The model's name in a request, and among a chat's parameters what says that it is on Auto.
AUTO = "auto"


@dataclass(slots=True)
class QueuedPrompt:
    """Typed while an answer runs; sent when it ends."""

    text: str
    #: Of an earlier run, or left over by an answer that broke off: waits for the person, is never sent by itself.
    held: bool = False
    #: Ids of the files that go with it.
    attachments: tuple[int, ...] = ()


@dataclass(slots=True)
class ChatState:
    """The open conversation. `conversation` is None for a chat that has no row yet."""

    conversation: Conversation | None = None
    provider: str | None = None
    model: str | None = None
    #: What the person set for this chat alone; the names are those of `chat_settings`.
    parameters: dict[str, Any] = field(default_factory=dict)
    #: Of a chat without a row: what it is to begin with; None = as the settings say.
    system_prompt: str | None = None
    queue: list[QueuedPrompt] = field(default_factory=list)
    #: What the store was last told of the queue.
    kept_queue: tuple[str, ...] = ()
    #: Of it the prompts with files, which are kept before the draft: there their files are in the store, too.
    kept_with_files: tuple[str, ...] = ()
    #: What was being written when it was last kept.
    draft: str = ""
    #: Beside the prompt that is being written; see `AttachmentsController`.
    files: list[DraftFile] = field(default_factory=list)
    #: A prompt is on its way: set when the person sends, until the answer has begun or failed to.
    sending: bool = False
    #: Ids of the files that go with it: the draft's in the store until it has begun.
    sending_files: tuple[int, ...] = ()
    #: Something other than an answer that has to end before the next prompt can go out: a summary, a model that loads.
    work: asyncio.Task[bool] | None = None
    #: Makes the row of a new chat; shared, so that a draft and a prompt never make two.
    creating: asyncio.Task[None] | None = None
    #: Grows with each text that is to be kept, so that an older one never overwrites a newer one.
    draft_version: int = 0

    @property
    def on_auto(self) -> bool:
        """Whether a model is proposed for each message; `provider` and `model` are the newest proposal then."""
        return self.parameters.get(AUTO) is True

    @property
    def asked_provider(self) -> str | None:
        """With `asked_model`, whom a prompt of this chat goes to: the core chooses where the chat is on Auto."""
        return None if self.on_auto else self.provider

    @property
    def asked_model(self) -> str | None:
        return AUTO if self.on_auto else self.model

    def of_new_chat(self) -> ChatState:
        """A chat that begins as this one goes on."""
        return ChatState(provider=self.provider, model=self.model, parameters={AUTO: True} if self.on_auto else {})

    @property
    def waiting_texts(self) -> tuple[str, ...]:
        """Of the prompts that wait, those without files."""
        return tuple(prompt.text for prompt in self.queue if not prompt.attachments)

    @property
    def waiting_with_files(self) -> tuple[str, ...]:
        """The texts of the other ones."""
        return tuple(prompt.text for prompt in self.queue if prompt.attachments)

    @property
    def draft_to_keep(self) -> str:
        """For the next run: the draft, before it the prompts whose files are beside it then."""
        return "\n\n".join(part for part in (*self.waiting_with_files, self.draft) if part.strip())

    def is_of(self, conversation: Conversation) -> bool:
        """Whether it is this chat's: numbers of destroyed chats are used again."""
        return self.conversation is not None and self.conversation.uid == conversation.uid


def effort_choices(services: Services, state: ChatState) -> tuple[str, ...]:
    """How the thinking of a chat's model can be switched; none where it cannot, or is not known yet."""
    if not state.provider or not state.model:
        return ()
    model = services.catalogue.find(state.provider, state.model)
    provider = services.manager.providers.get(state.provider)
    return provider.effort_choices(model) if model is not None and provider is not None else ()


def raised_window_of(state: ChatState, provider: str | None, model: str | None) -> int | None:
    """The window in tokens that was raised for this model in this chat; None where none was."""
    from app.services.conversations.chat_settings import raised_window  # here: no start needs it

    return raised_window(state.parameters, provider, model)


def raise_window(state: ChatState, tokens: int) -> None:
    """From now on this chat asks its model for this window."""
    from app.services.conversations.chat_settings import WINDOWS  # here: as above

    windows = state.parameters.get(WINDOWS)
    known = {name: of for name, of in windows.items() if isinstance(of, dict)} if isinstance(windows, dict) else {}
    provider, model = state.provider or "", state.model or ""
    state.parameters[WINDOWS] = {**known, provider: {**known.get(provider, {}), model: tokens}}
