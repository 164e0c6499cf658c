"""Asks the hub: search, one repository, the bytes of a file. No account, no key: what needs one is told to be so.

Large files lie elsewhere: the hub answers with an address at its content network. That one hop is followed here and
nowhere else, to https only (from a hub on this computer also to loopback), and nothing that names anybody goes along.
Both requests stand in the network log.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import quote, urlencode, urljoin, urlsplit

from app.services.hub import wire
from app.services.hub.listing import items_of
from app.services.hub.names import PUBLIC_HUB, is_repository
from app.services.hub.records import HubModel, HubRepository
from app.services.llm.address import is_loopback
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.http import ByteStream, HttpDoor, JsonAnswer, RedirectError
from app.services.llm.retries import retry_after_s
from app.services.wording import say

PURPOSE = "model hub"
#: The hub looks through a million repositories; a file may have to be brought to the content network first.
ANSWER_TIMEOUT_S = 20.0
FIRST_BYTE_TIMEOUT_S = 60.0
SILENCE_TIMEOUT_S = 30.0
MOST_RESULTS = 100
#: Of a model file: more than what stands before its vocabulary takes.
HEAD_BYTES = 512 * 1024
MAX_LOCATION_CHARACTERS = 8_192
MAX_README_BYTES = 1024 * 1024


class HubClient:
    """Belongs to one loop. `hub_url`: scheme and host, without a slash at the end."""

    def __init__(self, door: HttpDoor, hub_url: str = PUBLIC_HUB) -> None:
        self.hub_url = hub_url.rstrip("/")
        self._door = door

    @property
    def is_public(self) -> bool:
        """Whether it is the hub that other programs fetch from, too."""
        return self.hub_url == PUBLIC_HUB

    async def search(self, text: str, limit: int = 30) -> list[HubModel]:
        """Repositories with GGUF files, those fetched most first.

        Raises:
            LLMError: unreachable, timeout, rate_limited, server_error, protocol.
        """
        query = {"search": text.strip(), "filter": "gguf", "sort": "downloads", "direction": "-1"}
        query |= {"limit": str(max(1, min(limit, MOST_RESULTS))), "full": "true"}
        answer = await self._ask(f"/api/models?{urlencode(query)}", say("the list of models"))
        if not isinstance(answer.value, list):
            raise self._not_an_answer()
        return wire.models_in(answer.value)

    async def repository(self, name: str) -> HubRepository:
        """One repository with its files.

        Raises:
            LLMError: model_not_found, auth (it is not given out), bad_request (no such name can be), and as `search`.
        """
        check_repository(name)
        answer = await self._ask(f"/api/models/{name}?blobs=true", name)
        found = wire.repository_in(answer.value, name)
        if found is None:
            raise self._not_an_answer()
        if found.revision is not None and any(item.size_bytes is None for item in found.items):
            found = await self._with_sizes(found, found.revision)
        return found

    async def readme(self, repository: HubRepository) -> str:
        """What the maker says of it: Markdown from outside, at most `MAX_README_BYTES`; "" where there is nothing.

        Raises:
            LLMError: as `search`.
        """
        answer = await self._door.request_json(
            "GET",
            f"{self.hub_url}/{repository.name}/raw/{repository.revision or 'main'}/README.md",
            purpose=PURPOSE,
            timeout_s=ANSWER_TIMEOUT_S,
            max_bytes=MAX_README_BYTES,
        )
        if answer.status == 404:
            return ""
        if answer.status != 200:
            raise self._refusal(
                answer.status, say("README of {name}", name=repository.name), retry_after_s(answer.headers)
            )
        return answer.text

    async def _with_sizes(self, found: HubRepository, revision: str) -> HubRepository:
        """The same with the sizes of the listing by folders, which a hub may have where the other list lacks them."""
        answer = await self._ask(f"/api/models/{found.name}/tree/{revision}?recursive=true", found.name)
        files, refused = wire.tree_in(answer.value)
        if not files:
            return found
        return HubRepository(found.model, revision, found.architecture, items_of(files), refused)

    async def _ask(self, path: str, what: str) -> JsonAnswer:
        answer = await self._door.request_json("GET", self.hub_url + path, purpose=PURPOSE, timeout_s=ANSWER_TIMEOUT_S)
        if answer.status != 200:
            raise self._refusal(answer.status, what, retry_after_s(answer.headers))
        return answer

    async def beginning(self, name: str, revision: str | None, path: str, count: int = HEAD_BYTES) -> bytes:
        """At most `count` first bytes of a file. Raises: LLMError: as `repository`, interrupted."""
        headers = {"Range": f"bytes=0-{count - 1}"}
        data = bytearray()
        async with self.file(name, revision, path, headers) as stream:
            if stream.status not in (200, 206):
                raise self._refusal(stream.status, path, retry_after_s(stream.headers))
            async for chunk in stream:
                data += chunk
                if len(data) >= count:  # a server that knows no ranges would go on
                    break
        return bytes(data[:count])

    @asynccontextmanager
    async def file(
        self, name: str, revision: str | None, path: str, headers: dict[str, str] | None = None
    ) -> AsyncIterator[ByteStream]:
        """A file's answer, whatever its status, from where it really lies. `path`: checked, as `HubFile` has it.

        Raises:
            LLMError: on entering: unreachable, timeout, protocol (it points where nobody may be sent), bad_request.
        """
        check_repository(name)
        url = f"{self.hub_url}/{name}/resolve/{revision or 'main'}/{quote(path)}"
        async with AsyncExitStack() as stack:
            try:
                stream = await stack.enter_async_context(self._stream(url, headers))
            except LLMError as exc:
                if not isinstance(exc.__cause__, RedirectError):
                    raise
                target = self._hop(url, exc.__cause__.location, exc)
                stream = await stack.enter_async_context(self._stream(target, headers))
            yield stream

    @asynccontextmanager
    async def _stream(self, url: str, headers: dict[str, str] | None) -> AsyncIterator[ByteStream]:
        async with self._door.stream(
            "GET",
            url,
            purpose=PURPOSE,
            headers=headers,
            first_byte_timeout_s=FIRST_BYTE_TIMEOUT_S,
            silence_timeout_s=SILENCE_TIMEOUT_S,
        ) as stream:
            yield stream

    def _hop(self, url: str, location: str, error: LLMError) -> str:
        """Where the one hop leads.

        Raises:
            LLMError: protocol, it must not be followed.
        """
        target = urljoin(url, location)
        parts = urlsplit(target)
        local = is_loopback(self.hub_url) and is_loopback(target)
        safe = parts.scheme == "https" or (parts.scheme == "http" and local)
        plain = len(target) <= MAX_LOCATION_CHARACTERS and target.isascii() and target.isprintable()
        if safe and plain and parts.hostname and parts.username is None:
            return target
        raise LLMError(
            ErrorKind.PROTOCOL,
            say("The hub points to an address that is not followed: {address}", address=exc_target(error)),
            say("Only addresses with https are."),
            retryable=False,
            details=error.details,
        ) from error

    def _refusal(self, status: int, what: str, wait_s: float | None) -> LLMError:
        if status in (401, 403):
            return LLMError(
                ErrorKind.AUTH,
                say("The hub does not give out {what}.", what=what),
                say(
                    "There is no such thing, it is private, or its maker's terms must be accepted at {hub_url} with "
                    "an account. Fetch it there by hand and put the file into a folder of the setting "
                    "provider_configurations.embedded.folders.",
                    hub_url=self.hub_url,
                ),
                status=status,
            )
        if status == 404:
            return LLMError(
                ErrorKind.MODEL_NOT_FOUND,
                say("The hub has no {what}.", what=what),
                say("Check the spelling: user/repo."),
                status=status,
            )
        if status == 429:
            when = say(" It asks for {wait_seconds:.0f} s.", wait_seconds=wait_s) if wait_s is not None else ""
            return LLMError(
                ErrorKind.RATE_LIMITED,
                say("The hub was asked too often."),
                say("Wait a little and try again.{when}", when=when),
                status=status,
                retry_after_s=wait_s,
            )
        kind = ErrorKind.SERVER_ERROR if status >= 500 else ErrorKind.BAD_REQUEST
        message = say("The hub answered with status {status}.", status=status)
        return LLMError(kind, message, say("Try again later."), status=status, retry_after_s=wait_s)

    def refused(self, stream: ByteStream, what: str) -> LLMError:
        """The error for an answer to `file` that is no success."""
        return self._refusal(stream.status, what, retry_after_s(stream.headers))

    def _not_an_answer(self) -> LLMError:
        return LLMError(
            ErrorKind.PROTOCOL,
            say("{hub_url} sent something that is not an answer of a model hub.", hub_url=self.hub_url),
            say("Check the setting network.hub_url."),
            retryable=False,
        )


def exc_target(error: LLMError) -> str:
    """Where an error says that it was pointed to, without what follows a question mark."""
    cause = error.__cause__
    return cause.target if isinstance(cause, RedirectError) else ""


def check_repository(name: str) -> None:
    """Raises: LLMError: bad_request, no repository can have that name."""
    if not is_repository(name):
        shown = "".join(c if c.isprintable() else " " for c in name)[:80]
        raise LLMError(
            ErrorKind.BAD_REQUEST, say("“{shown}” is no repository.", shown=shown), say("It is written user/repo.")
        )
