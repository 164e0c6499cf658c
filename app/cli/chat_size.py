"""A chat that outgrew its model's window, in the terminal: whether the next message fits, and what makes it fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.cli import output

if TYPE_CHECKING:
    from app.cli.model_choice import ModelChoice
    from app.services.container import Services
    from app.services.conversations.context_use import StoredUse
    from app.services.conversations.records import ContextUse
    from app.services.conversations.shortening import Boundary
    from app.services.llm.models import ModelConfig

#: Shorter requests fit everywhere; for them no server is asked about its model.
WORTH_A_LOOK = 1_000
OFFER = (
    "/shorten leaves the oldest messages out, /summarise lets the model put them into a summary; then it is sent. "
    "Nothing is deleted. /send sends it as it is."
)


class ChatSize:
    """What the next request of one terminal's chat would hold, of the window of the model that answers there."""

    def __init__(self, services: Services, choice: ModelChoice) -> None:
        self._services = services
        self._choice = choice
        self._known: ModelConfig | None = None

    async def use(
        self,
        conversation_id: int | None,
        draft: str,
        *,
        before: int | None = None,
        system: str = "",
        always_look: bool = False,
    ) -> ContextUse:
        """As the window's token bar counts it; with an unknown window where nobody can be asked about it, or where a
        chat is so short that it fits everywhere (unless `always_look`).

        `system`: the system prompt of a chat that is not there yet.
        """
        from app.services.conversations.context_use import context_use, window_of
        from app.services.conversations.records import Window
        from app.services.llm.errors import LLMError

        use = context_use(await self._stored(conversation_id, "", "", before, system), draft, Window(None))
        if use.total < WORTH_A_LOOK and not always_look:
            return use
        try:
            resolved = await self._services.manager.resolve(self._choice.provider, self._choice.model)
            model = await self._model(resolved.provider, resolved.model)
        except LLMError:
            return use  # asking for the answer says what is wrong
        stored = await self._stored(conversation_id, resolved.provider, resolved.model, before, system)
        return context_use(stored, draft, window_of(self._services.manager.provider(resolved.provider), model))

    async def _stored(
        self, conversation_id: int | None, provider: str, model: str, before: int | None, system: str
    ) -> StoredUse:
        from app.services.conversations.context_use import empty_chat, stored_use

        if conversation_id is None:
            return empty_chat(system)
        return await stored_use(self._services.store, conversation_id, provider, model, before=before)

    async def _model(self, provider: str, name: str) -> ModelConfig | None:
        """What its server says of the model; asked again until it is loaded, since then the window is known."""
        known = self._known
        if known is None or (known.provider, known.name) != (provider, name) or known.loaded_context_length is None:
            listed = await self._services.manager.provider(provider).list_models()
            self._known = next((model for model in listed if model.name == name), None)
        return self._known

    def tell(self, use: ContextUse) -> None:
        """Why a message was not sent, or might be refused."""
        about = "" if use.exact else "≈ "
        output.note(f"This does not fit the model's window: {about}{use.total:,} of {use.window:,} tokens.")

    async def shorten(
        self, conversation_id: int | None, draft: str, *, before: int | None = None, refused: bool = False
    ) -> bool:
        """Leave the oldest messages out; False where that changes nothing, which was told."""
        from app.services.conversations.shortening import shorten

        use = await self.use(conversation_id, draft, before=before, always_look=True)
        place = await self._boundary(conversation_id, use, before, refused, with_summary=False)
        if place is None:
            return False
        await shorten(self._services.store, place)
        output.note(f"{place.left_out:,} earlier messages are not sent any more. /whole takes that back.")
        return True

    async def summarise(
        self,
        conversation_id: int | None,
        draft: str,
        *,
        before: int | None = None,
        refused: bool = False,
    ) -> bool:
        """Put the oldest messages into a summary; False where that changes nothing, which was told.

        Raises:
            LLMError: there is none; the chat is as it was.
        """
        from app.services.conversations.shortening import summarising_window

        use = await self.use(conversation_id, draft, before=before, always_look=True)
        place = await self._boundary(conversation_id, use, before, refused, with_summary=True)
        if place is None or conversation_id is None:
            return False
        resolved = await self._services.manager.resolve(self._choice.provider, self._choice.model)
        output.note(f"Summarising {place.left_out:,} earlier messages with {output.one_line(resolved.model)}.")
        cut = await self._services.summariser.summarise(
            conversation_id,
            place,
            provider=resolved.provider,
            model=resolved.model,
            window=summarising_window(use, refused=refused),
            on_progress=lambda part, parts: output.note(f"Part {part} of {parts}.") if parts > 1 else None,
        )
        print(output.visible(cut.summary))
        output.note(f"{cut.messages:,} earlier messages are sent as this summary. /whole takes that back.")
        return True

    async def _boundary(
        self, conversation_id: int | None, use: ContextUse, before: int | None, refused: bool, *, with_summary: bool
    ) -> Boundary | None:
        from app.services.conversations.shortening import boundary

        if conversation_id is None:
            output.note("There is nothing to leave out yet.")
            return None
        if use.fits and not refused:
            output.note(f"This chat fits: {use.total:,} of {use.window:,} tokens. Nothing was left out.")
            return None
        if use.window is None and not refused:
            output.note("The model's window is not known, so nothing was left out.")
            return None
        place = await boundary(
            self._services.store, conversation_id, use, before=before, with_summary=with_summary, refused=refused
        )
        if place is None:
            output.note("Leaving out earlier messages does not make this fit.")
        return place

    async def whole(self, conversation_id: int | None) -> None:
        """Send everything again."""
        from app.services.conversations import queries
        from app.services.conversations.history_cut import take_cuts_back

        store = self._services.store
        found = await store.read(queries.shown_cut, conversation_id) if conversation_id is not None else None
        if found is None:
            output.note("The whole chat is sent already.")
            return
        await store.write(take_cuts_back, found[0])
        output.note("The whole chat is sent again.")
