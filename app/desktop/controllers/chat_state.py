"""The open conversation as its controller holds it, and what goes out with its prompts."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.desktop.models.draft_files import DraftFile
    from app.services.container import Services
    from app.services.conversations.chat_service import EffectiveParameters
    from app.services.conversations.records import Conversation


#: Among a chat's parameters: the window raised for each of its models, as {provider: {model: tokens}}. It is memory
#: on this computer, and what one model has room for is too much for another.
WINDOWS = "windows"


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
    #: What the person set for this chat alone: names of `SamplingParameters`, and `WINDOWS`.
    parameters: dict[str, Any] = field(default_factory=dict)
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
    windows = state.parameters.get(WINDOWS)
    of_provider = windows.get(provider) if isinstance(windows, dict) else None
    tokens = of_provider.get(model) if isinstance(of_provider, dict) else None
    return tokens if type(tokens) is int and tokens > 0 else None


def raise_window(state: ChatState, tokens: int) -> None:
    """From now on this chat asks its model for this window."""
    windows = state.parameters.get(WINDOWS)
    known = {name: of for name, of in windows.items() if isinstance(of, dict)} if isinstance(windows, dict) else {}
    provider, model = state.provider or "", state.model or ""
    state.parameters[WINDOWS] = {**known, provider: {**known.get(provider, {}), model: tokens}}


def parameters_of(services: Services, state: ChatState) -> EffectiveParameters:
    """What was set in the settings, and in this chat what its model can be told."""
    from app.services.conversations.chat_service import EffectiveParameters  # here: the core is open by now
    from app.services.llm.models import SamplingParameters

    chat = services.settings.config.chat
    values = {"temperature": chat.temperature, "top_p": chat.top_p, "max_tokens": chat.max_tokens}
    given: dict[str, Any] = {name: value for name, value in values.items() if value is not None}
    origins = dict.fromkeys(given, "settings")
    effort = state.parameters.get("reasoning_effort")
    if effort in effort_choices(services, state):
        given["reasoning_effort"], origins["reasoning_effort"] = effort, "chat"
    provider = services.manager.providers.get(state.provider or "")
    window = raised_window_of(state, state.provider, state.model)
    if window is not None and provider is not None and provider.capabilities.native_context_option:
        given["context_length"], origins["context_length"] = window, "chat"
    return EffectiveParameters(SamplingParameters(**given), origins)
