"""Asks the highlighting process for the colours of a code block, within bounds of size, time and patience."""

from __future__ import annotations

import json
import logging
import time

from app.services.highlighting.child import IDLE_S, highlighting_process
from app.services.highlighting.worker import Range
from app.services.piped_process import ChildEndedError

logger = logging.getLogger(__name__)

MAX_LINES = 1_500
MAX_CHARACTERS = 60_000
MAX_LINE_CHARACTERS = 2_000
TIMEOUT_S = 2.0
#: The child's own start (imports, on a slow disk) is not the lexer's fault.
FIRST_TIMEOUT_S = 10.0
#: After so many blocks that ended the process a lexer is not asked again in this run.
PATIENCE = 2

#: Language of a fence -> Pygments lexer. Others keep the colours of the line rules.
LEXERS = {
    "python": "python", "py": "python", "javascript": "javascript", "js": "javascript", "jsx": "javascript",
    "typescript": "typescript", "ts": "typescript", "tsx": "typescript", "c": "c", "h": "c", "cpp": "cpp",
    "c++": "cpp", "java": "java", "go": "go", "golang": "go", "rust": "rust", "rs": "rust", "bash": "bash",
    "sh": "bash", "shell": "bash", "zsh": "bash", "json": "json", "yaml": "yaml", "yml": "yaml", "toml": "toml",
    "css": "css", "scss": "scss", "html": "html", "xml": "xml", "sql": "sql", "php": "php", "ruby": "ruby",
    "rb": "ruby", "kotlin": "kotlin", "kt": "kotlin", "swift": "swift", "csharp": "csharp", "c#": "csharp",
    "cs": "csharp", "lua": "lua", "dockerfile": "docker", "ini": "ini", "diff": "diff", "patch": "diff",
    "makefile": "make", "powershell": "powershell", "ps1": "powershell", "scala": "scala", "haskell": "haskell",
    "elixir": "elixir", "perl": "perl", "r": "r", "zig": "zig", "nix": "nix", "vue": "vue", "svelte": "html",
}  # fmt: skip


def wanted(language: str, lines: list[str]) -> bool:
    """Whether a block of this language and size is worth asking for."""
    return (
        language.lower() in LEXERS
        and 0 < len(lines) <= MAX_LINES
        and sum(map(len, lines)) <= MAX_CHARACTERS
        and max(map(len, lines)) <= MAX_LINE_CHARACTERS
    )


class CodeHighlighter:
    """Owns the child process; used on one event loop."""

    def __init__(self, *, timeout_s: float = TIMEOUT_S, idle_s: float = IDLE_S) -> None:
        self._process = highlighting_process(idle_s)
        self._timeout_s = timeout_s
        self._failures: dict[str, int] = {}

    @property
    def process_id(self) -> int | None:
        """Of the child, None while there is none."""
        return self._process.process_id

    async def ranges(self, language: str, lines: list[str]) -> list[list[Range]] | None:
        """Colour ranges of each line; None where the text keeps the colours it has."""
        lexer = LEXERS.get(language.lower(), "")
        if not wanted(language, lines) or self._failures.get(lexer, 0) >= PATIENCE:
            return None
        request = json.dumps({"lexer": lexer, "lines": lines}, separators=(",", ":")).encode()
        timeout_s = self._timeout_s if self.process_id is not None else max(self._timeout_s, FIRST_TIMEOUT_S)
        started = time.perf_counter()
        try:
            reply = json.loads(await self._process.ask(request, timeout_s=timeout_s))
        except ChildEndedError as exc:
            self._failures[lexer] = self._failures.get(lexer, 0) + 1
            took_s = time.perf_counter() - started
            logger.warning("highlighting %s was given up after %.1f s: %s", lexer, took_s, exc)
            return None
        if "error" in reply:
            logger.warning("highlighting %s failed: %s", lexer, reply["error"])
            return None
        return [[(start, length, kind) for start, length, kind in ranges] for ranges in reply["ranges"]]

    async def aclose(self) -> None:
        """End the child."""
        await self._process.aclose()
