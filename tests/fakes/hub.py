"""A hub of models and its content network: two real HTTP servers on loopback that can be as wrong as real ones.

`async with FakeHub() as hub:` then `hub.add(repo, {"file.gguf": data})`. Requests of both are remembered.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qs, unquote

import pytest

from tests.fakes.raw_http import Exchange, RawServer, Seen, answer, head

REVISION = "0123456789abcdef0123456789abcdef01234567"
NEWER = "89abcdef0123456789abcdef0123456789abcdef"
PIECE_BYTES = 64 * 1024
#: What setting up a computer without models fetches, and what the simulated LM Studio calls it then.
PROPOSED = "Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF"
FETCHED = "simulated/qwen2.5-coder-1.5b-instruct-gguf"


@dataclass
class FakeRepository:
    """What the hub says of one; `told` adds to or replaces fields of its JSON."""

    files: dict[str, bytes]
    revision: str = REVISION
    told: dict[str, Any] = field(default_factory=dict)
    sums: dict[str, str] = field(default_factory=dict)
    """SHA-256 that the hub names in place of the right one."""
    sizes_told: bool = True
    """In the list of files; `tree_told`: in the listing by folders."""
    tree_told: bool = True
    readme: str | None = None

    def as_json(self, name: str) -> dict[str, Any]:
        return {
            "id": name,
            "sha": self.revision,
            "tags": ["gguf", "license:apache-2.0"],
            "gated": False,
            "downloads": 1234,
            "likes": 5,
            "lastModified": "2026-11-01T12:00:00.000Z",
            "cardData": {"license": "apache-2.0"},
            "gguf": {"total": 7_000_000_000, "architecture": "llama", "context_length": 32_768},
            "siblings": [{"rfilename": "README.md", "size": 10}, *(self._sibling(path) for path in self.files)],
        } | self.told

    def _sibling(self, path: str) -> dict[str, Any]:
        if not self.sizes_told:
            return {"rfilename": path}
        size = len(self.files[path])
        return {"rfilename": path, "size": size, "lfs": {"sha256": self.sum_of(path), "size": size}}

    def tree(self) -> list[dict[str, Any]]:
        if not self.tree_told:
            return []
        return [
            {"type": "file", "path": path, "size": len(data), "lfs": {"oid": self.sum_of(path), "size": len(data)}}
            for path, data in self.files.items()
        ]

    def sum_of(self, path: str) -> str:
        return self.sums.get(path) or hashlib.sha256(self.files[path]).hexdigest()


class FakeHub:
    """The faults hold for files: each is asked anew with every request."""

    def __init__(self) -> None:
        self.repositories: dict[str, FakeRepository] = {}
        self.refusals: list[tuple[int, dict[str, str]]] = []
        """Statuses and headers with which the next requests of the API are answered."""
        self.file_refusals: list[tuple[int, dict[str, str]]] = []
        """The same for files, at the content network."""
        self.cuts: list[int] = []
        """After so many bytes of its body each of the next answers with a file breaks off."""
        self.knows_ranges = True
        self.etag: str | None = '"version-1"'
        self.pause_s = 0.0
        """Between two pieces of a file."""
        self.target: Callable[[str], str] = lambda path: f"{self.network.url}/lfs{path}?Signature=abc%2Bdef"
        """Where the hub points to for a file."""
        self.served = asyncio.Event()
        """Set once bytes of a file went out."""
        self.sent_bytes = 0
        """Of files."""
        self.api = RawServer(self._answer)
        self.network = RawServer(self._file)

    async def __aenter__(self) -> Self:
        await self.api.__aenter__()
        await self.network.__aenter__()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.api.__aexit__(*exc_info)
        await self.network.__aexit__(*exc_info)

    @property
    def url(self) -> str:
        return self.api.url

    @property
    def ranges(self) -> list[str]:
        """Which ranges were asked for, "" for a whole file."""
        return [seen.headers.get("range", "") for seen in self.network.requests]

    def add(self, name: str, files: dict[str, bytes], **more: Any) -> FakeRepository:
        self.repositories[name] = FakeRepository(files, **more)
        return self.repositories[name]

    # -- the hub

    async def _answer(self, exchange: Exchange) -> None:
        path = unquote(exchange.request.path)
        if "/resolve/" in path:
            await exchange.write(head(302, "text/plain", length=0, extra=[("Location", self.target(path))]))
            return
        if self.refusals:
            await self._refuse(exchange, self.refusals.pop(0))
            return
        if "/raw/" in path:
            said = self.repositories[path[1:].partition("/raw/")[0]].readme
            await answer(said or "Entry not found", 404 if said is None else 200, content_type="text/plain")(exchange)
            return
        await answer(*self._said(exchange.request, path))(exchange)

    def _said(self, request: Seen, path: str) -> tuple[object, int]:
        if path == "/api/models":
            asked = parse_qs(request.target.partition("?")[2])
            text, limit = asked.get("search", [""])[0].lower(), int(asked["limit"][0])
            names = [name for name in self.repositories if text in name.lower()]
            return [self.repositories[name].as_json(name) for name in names[:limit]], 200
        name, _, rest = path.removeprefix("/api/models/").partition("/tree/")
        repository = self.repositories.get(name)
        if repository is None:
            return {"error": "Repository not found"}, 404
        return (repository.tree() if rest else repository.as_json(name)), 200

    async def _refuse(self, exchange: Exchange, refusal: tuple[int, dict[str, str]]) -> None:
        status, headers = refusal
        await exchange.write(head(status, length=0, extra=list(headers.items())))

    # -- the content network

    async def _file(self, exchange: Exchange) -> None:
        if self.file_refusals:
            await self._refuse(exchange, self.file_refusals.pop(0))
            return
        name, _, rest = unquote(exchange.request.path).removeprefix("/lfs/").partition("/resolve/")
        revision, _, path = rest.partition("/")
        repository = self.repositories[name]
        assert revision == repository.revision
        data = repository.files[path]
        begin, last = self._range(exchange.request, len(data))
        headers = [("ETag", self.etag)] if self.etag else []
        if begin >= len(data):
            await exchange.write(head(416, length=0))
            return
        body = data[begin : last + 1]
        if self.knows_ranges and "range" in exchange.request.headers and (begin or last + 1 < len(data)):
            headers.append(("Content-Range", f"bytes {begin}-{last}/{len(data)}"))
            await exchange.write(head(206, "binary/octet-stream", length=len(body), extra=headers))
        else:
            await exchange.write(head(200, "binary/octet-stream", length=len(body), extra=headers))
        cut = self.cuts.pop(0) if self.cuts else None
        await self._send(exchange, body if cut is None else body[:cut])

    def _range(self, request: Seen, size: int) -> tuple[int, int]:
        """First and last byte that are asked for; all where ranges are not known, or the version is another one."""
        asked = request.headers.get("range", "")
        condition = request.headers.get("if-range")
        if not asked or not self.knows_ranges or (condition is not None and condition != self.etag):
            return 0, size - 1
        begin, _, last = asked.removeprefix("bytes=").partition("-")
        return int(begin), min(int(last), size - 1) if last else size - 1

    async def _send(self, exchange: Exchange, body: bytes) -> None:
        for at in range(0, len(body), PIECE_BYTES):
            await exchange.write(body[at : at + PIECE_BYTES])
            self.sent_bytes += len(body[at : at + PIECE_BYTES])
            self.served.set()
            if self.pause_s:
                await asyncio.sleep(self.pause_s)


@asynccontextmanager
async def public_hub(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeHub]:
    """In the place of the public one, with the model that is proposed to whoever has none."""
    async with FakeHub() as fake:
        fake.add(PROPOSED, {"coder-q4_k_m.gguf": b"x" * 1_000})
        monkeypatch.setattr("app.services.hub.client.PUBLIC_HUB", fake.url)
        yield fake
