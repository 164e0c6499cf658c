"""Prompts of a file, to ask one after the other: one JSON value a line."""

from __future__ import annotations

from pathlib import Path

from app.lean_dataclass import dataclass
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.models import ImagePart, Message
from app.services.llm.safe_json import loads
from app.services.wording import say

MOST_PROMPTS = 10_000
MAX_FILE_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ComparedPrompt:
    text: str
    system: str = ""
    name: str = ""
    """What its file calls it; "" where it does not."""
    images: tuple[ImagePart, ...] = ()

    @property
    def messages(self) -> tuple[Message, ...]:
        system = (Message(role="system", content=self.system),) if self.system else ()
        return (*system, Message(role="user", content=self.text, images=self.images))


def read_prompt_set(file: Path, *, system: str = "") -> list[ComparedPrompt]:
    """Each line a string, or an object with `prompt` and maybe `system` and `id`; empty lines are passed over.

    `system` stands where a line has none. Blocks.

    Raises:
        LLMError: kind `config`, with the line; it cannot be read, is no such file, or has no prompt.
    """
    try:
        if file.stat().st_size > MAX_FILE_BYTES:
            raise LLMError(ErrorKind.CONFIG, say("{file} is larger than 64 MB.", file=file))
        lines = file.read_text(encoding="utf-8-sig").split("\n")
    except OSError as exc:
        raise LLMError(
            ErrorKind.CONFIG, say("{file} cannot be read: {reason}.", file=file, reason=exc.strerror or exc)
        ) from exc
    except UnicodeDecodeError as exc:
        raise LLMError(ErrorKind.CONFIG, say("{file} is not UTF-8 text.", file=file)) from exc
    prompts = [_prompt(file, n, line, system) for n, line in enumerate(lines, 1) if line.strip()]
    if not prompts:
        raise LLMError(ErrorKind.CONFIG, say("{file} has no prompts.", file=file))
    if len(prompts) > MOST_PROMPTS:
        raise LLMError(ErrorKind.CONFIG, say("{file} has more than {most:,} prompts.", file=file, most=MOST_PROMPTS))
    return prompts


def _prompt(file: Path, number: int, line: str, system: str) -> ComparedPrompt:
    try:
        value = loads(line)
    except ValueError:
        value = None
    if isinstance(value, str):
        value = {"prompt": value}
    fields = value if isinstance(value, dict) else {}
    text, own, name = fields.get("prompt"), fields.get("system", system), fields.get("id", "")
    if not (isinstance(text, str) and text.strip() and isinstance(own, str) and isinstance(name, (str, int))):
        raise LLMError(
            ErrorKind.CONFIG,
            say("Line {number} of {file} is no prompt.", number=number, file=file),
            say('A line is a JSON string, or an object as {"prompt": "…", "system": "…", "id": "…"}.'),
        )
    return ComparedPrompt(text, own, str(name))
