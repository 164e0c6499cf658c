"""A fake Ollama over real HTTP, with a memory: what is pulled is listed, what is loaded shows in `ps`."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

from tests.fakes.raw_http import Exchange, RawServer, Reply, answer, chunk, head

LIBRARY = {"llama3:latest": 4_700_000_000, "nomic-embed-text:latest": 274_000_000}


@dataclass
class FakeOllama:
    """`async with FakeOllama() as ollama:`. Behaviour:

    routes        path → another reply, for what no Ollama would say
    pull_pieces   progress lines of a pull; `pull_pause_s` between them
    lies          "pull": success without a model; "load": done without a loaded one
    words         what a chat answers, one word at a time; `word_pause_s` between them
    """

    sizes: dict[str, int] = field(default_factory=lambda: dict(LIBRARY))
    loaded: dict[str, dict[str, Any]] = field(default_factory=dict)
    pull_pieces: int = 4
    pull_pause_s: float = 0.0
    lies: str = ""
    words: list[str] = field(default_factory=lambda: ["one", "two", "three"])
    word_pause_s: float = 0.0
    routes: dict[str, Reply] = field(default_factory=dict)

    async def __aenter__(self) -> Self:
        self.server = RawServer(self._reply)
        await self.server.__aenter__()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.server.__aexit__(*exc_info)

    @property
    def url(self) -> str:
        return self.server.url

    def bodies(self, path: str) -> list[Any]:
        """What was sent to a path."""
        return [seen.json for seen in self.server.requests if seen.path == path]

    async def _reply(self, exchange: Exchange) -> None:
        path = exchange.request.path
        if path in self.routes:
            await self.routes[path](exchange)
            return
        known = {
            "/api/version": self._version, "/api/tags": self._tags, "/api/ps": self._ps, "/api/show": self._show,
            "/api/pull": self._pull, "/api/generate": self._generate, "/api/embed": self._embed,
            "/api/chat": self._chat, "/api/delete": self._delete,
        }  # fmt: skip
        await known.get(path, self._unknown)(exchange)

    async def _unknown(self, exchange: Exchange) -> None:
        await answer("404 page not found", 404, content_type="text/plain")(exchange)

    async def _version(self, exchange: Exchange) -> None:
        await answer({"version": "0.32.9"})(exchange)

    async def _tags(self, exchange: Exchange) -> None:
        models = [
            {"name": name, "model": name, "size": size, "digest": "d" + name, "details": self._details(name)}
            for name, size in self.sizes.items()
        ]
        await answer({"models": models})(exchange)

    async def _ps(self, exchange: Exchange) -> None:
        await answer({"models": list(self.loaded.values())})(exchange)

    def _details(self, name: str) -> dict[str, Any]:
        family = "nomic-bert" if "embed" in name else "llama"
        return {"format": "gguf", "family": family, "families": [family], "parameter_size": "8B",
                "quantization_level": "Q4_K_M"}  # fmt: skip

    async def _show(self, exchange: Exchange) -> None:
        name = self._asked(exchange)
        abilities = ["embedding"] if "embed" in name else ["completion", "tools"]
        info = {"general.architecture": "llama", "llama.block_count": 32, "llama.context_length": 131_072}
        await answer({"details": self._details(name), "model_info": info, "capabilities": abilities})(exchange)

    def _asked(self, exchange: Exchange) -> str:
        name = str(exchange.request.json["model"])
        return name if ":" in name.rpartition("/")[2] else f"{name}:latest"

    async def _delete(self, exchange: Exchange) -> None:
        name = self._asked(exchange)
        if exchange.request.method != "DELETE" or self.sizes.pop(name, None) is None:
            await answer({"error": f"model '{name}' not found"}, 404)(exchange)
            return
        await answer(b"", content_type="text/plain")(exchange)

    async def _pull(self, exchange: Exchange) -> None:
        name, size = self._asked(exchange), 1_000_000_000
        if "nope" in name:
            await answer({"error": "pull model manifest: file does not exist"})(exchange)
            return
        await exchange.write(head(200, "application/x-ndjson", chunked=True))
        lines: list[dict[str, Any]] = [{"status": "pulling manifest"}]
        lines += [
            {"status": "pulling aa", "digest": "sha256:aa", "total": size, "completed": size * n // self.pull_pieces}
            for n in range(1, self.pull_pieces + 1)
        ]
        for line in [*lines, {"status": "success"}]:
            await exchange.write(chunk(json.dumps(line).encode() + b"\n"))
            if self.pull_pause_s:
                await self._pause(exchange, self.pull_pause_s)
        if self.lies != "pull":
            self.sizes[name] = size
        await exchange.write(b"0\r\n\r\n")

    async def _pause(self, exchange: Exchange, seconds: float) -> None:
        """Wait, unless the client leaves, which is noted.

        Raises:
            ConnectionError: it left.
        """
        try:
            async with asyncio.timeout(seconds):
                await exchange.until_client_leaves()
        except TimeoutError:
            return
        raise ConnectionError("the client left")

    async def _generate(self, exchange: Exchange) -> None:
        if "embed" in self._asked(exchange):
            await answer({"error": f'"{self._asked(exchange)}" does not support generate'}, 400)(exchange)
            return
        await self._load_or_let_go(exchange)

    async def _embed(self, exchange: Exchange) -> None:
        await self._load_or_let_go(exchange)

    async def _load_or_let_go(self, exchange: Exchange) -> None:
        name, body = self._asked(exchange), exchange.request.json
        if name not in self.sizes:
            await answer({"error": f"model '{name}' not found"}, 404)(exchange)
            return
        if body.get("keep_alive") == 0:
            self.loaded.pop(name, None)
            await answer({"done": True, "done_reason": "unload"})(exchange)
            return
        if self.lies != "load":
            self._put_into_memory(name, body)
        await answer({"done": True, "done_reason": "load"})(exchange)

    def _put_into_memory(self, name: str, body: dict[str, Any]) -> None:
        seconds = float(str(body.get("keep_alive", "300s")).removesuffix("s"))
        seconds = 290 * 365 * 24 * 3600 if seconds < 0 else seconds  # as it says never
        self.loaded[name] = {
            "name": name, "model": name, "size": self.sizes[name], "size_vram": self.sizes[name] // 2,
            "context_length": body.get("options", {}).get("num_ctx", 4096),
            "expires_at": datetime.fromtimestamp(time.time() + seconds, UTC).isoformat(),
        }  # fmt: skip

    async def _chat(self, exchange: Exchange) -> None:
        name = self._asked(exchange)
        if name not in self.sizes:
            await answer({"error": f"model '{name}' not found"}, 404)(exchange)
            return
        self._put_into_memory(name, exchange.request.json)
        await exchange.write(head(200, "application/x-ndjson", chunked=True))
        for number, word in enumerate(self.words):
            line = {"model": name, "message": {"role": "assistant", "content": f"{' ' if number else ''}{word}"}}
            await exchange.write(chunk(json.dumps({**line, "done": False}).encode() + b"\n"))
            if self.word_pause_s:
                await self._pause(exchange, self.word_pause_s)
        done = {"model": name, "message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop",
                "prompt_eval_count": 5, "eval_count": len(self.words)}  # fmt: skip
        await exchange.write(chunk(json.dumps(done).encode() + b"\n") + b"0\r\n\r\n")
