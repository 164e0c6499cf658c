"""The one wire of every OpenAI-shaped server: send a chat request, stream the answer, list the models.

Subclasses are providers; they differ in address, key, dialect and what their model list tells.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.models import Capabilities, ChatRequest
from app.services.llm.providers._failures import Said, Server, adopt, clean, not_an_answer, refusal, words_of
from app.services.llm.providers._http_provider import HttpProvider
from app.services.llm.providers._openai_request import Dialect, build_body, refused_field
from app.services.llm.providers._openai_stream import AnswerReader
from app.services.llm.stream_events import Started, StreamEvent

if TYPE_CHECKING:
    from app.services.llm.http import ByteStream

logger = logging.getLogger(__name__)

#: Refused fields left out of one request at most; each costs a round trip, and only before the first token.
_MAX_STRIPPED = 4
_REFUSING = frozenset({400, 422})
#: Failures of the connection that no longer matter once the answer is complete.
_AFTER_THE_END = frozenset({ErrorKind.TIMEOUT, ErrorKind.INTERRUPTED, ErrorKind.PROTOCOL})


class OpenAIWireProvider(HttpProvider):
    """A provider whose server speaks chat completions. `base_url` ends in the API root (`…/v1`)."""

    dialect: ClassVar[Dialect] = Dialect()
    capabilities: ClassVar[Capabilities] = Capabilities()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._refused_fields: dict[str, frozenset[str]] = {}

    async def chat_root(self) -> str:
        """Where `/chat/completions` lies; subclasses that must find out first override it."""
        return self.base_url

    async def stream(self, request: ChatRequest) -> AsyncIterator[StreamEvent]:
        self.check_key()
        yield Started(self.instance_id, request.model, self.capabilities.local, self.is_simulated(request.model))
        url = f"{await self.chat_root()}/chat/completions"
        server = self.server(url)
        for _attempt in range(_MAX_STRIPPED + 1):
            body = build_body(request, self.dialect, self._refused_fields.get(request.model, frozenset()))
            try:
                async with self.door.stream(
                    "POST",
                    url,
                    purpose="chat",
                    key=self.key,
                    headers={"Accept": "text/event-stream", **self.extra_headers()},
                    json=body,
                    first_byte_timeout_s=request.first_token_timeout_s or self.first_token_timeout_s,
                    silence_timeout_s=request.timeout_s or self.config.timeout,
                    progress_by_caller=True,
                ) as answer:
                    self._note_headers(answer.headers)
                    if answer.status != 200:
                        if self._strip_refused(request.model, body, answer.status, text := await answer.read_text()):
                            continue
                        raise self._http_error(server, answer.status, text, answer.headers, request.model)
                    reader = AnswerReader(
                        server,
                        request.model,
                        content_type=answer.content_type,
                        json_answer=request.json_schema is not None,
                    )
                    try:
                        async for chunk in answer:
                            for event in reader.feed(chunk):
                                yield event
                            if reader.done:
                                break
                            _tell_progress(answer, reader)
                    except LLMError as exc:
                        if not (reader.complete and exc.kind in _AFTER_THE_END):
                            for event in reader.flush():
                                yield event
                            raise
                    for event in reader.finish():
                        yield event
                    error = reader.incomplete()
                    if error is not None:
                        raise error
                    for event in reader.end():
                        yield event
                    return
            except LLMError as exc:
                raise adopt(exc, server, request.model) from exc.__cause__

    # -- inside

    def _strip_refused(self, model: str, body: dict[str, Any], status: int, text: str) -> bool:
        """Leave out the field a 400 names, for this model from now on; False where it names none."""
        if status not in _REFUSING:
            return False
        said: Said = words_of(text)
        refused = self._refused_fields.get(model, frozenset())
        field = refused_field(body, said.param, said.message)
        if field is None or field in refused or len(refused) >= _MAX_STRIPPED:
            return False
        logger.warning("%s does not accept %r for %r; it is left out from now on", self.name, field, model)
        self._refused_fields[model] = refused | {field}
        return True

    def _http_error(self, server: Server, status: int, text: str, headers: Mapping[str, str], model: str) -> LLMError:
        said = words_of(text)
        if 200 <= status < 300:
            return not_an_answer(server, f"HTTP {status}, {clean(text) or 'no content'}", model, status=status)
        return refusal(server, said, status=status, model=model, headers=headers)


def _tell_progress(answer: ByteStream, reader: AnswerReader) -> None:
    """Complete events count as progress once the first token came; before it, only the first-token clock runs."""
    if reader.complete:
        answer.finishing()
    elif reader.answering and reader.take_progress():
        answer.progress()
