"""Names of the hub: what a person types, and what the hub lists. Both come from outside and become parts of paths."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from urllib.parse import unquote

from app.lean_dataclass import dataclass

PUBLIC_HUB = "https://huggingface.co"
MAX_PATH_CHARACTERS = 240
MAX_PATH_PARTS = 5
_HUB_PREFIX = re.compile(r"(?:https://)?(?:www\.)?(?:huggingface\.co|hf\.co)/", re.IGNORECASE)
#: Of a repository, or of a file in it; what follows a question mark says how it is shown.
_PAGE = re.compile(r"([^/@:?#]+/[^/@:?#]+)(?:/(?:tree/[^?#]*|(?:blob|resolve)/[^/?#]+/([^?#]+))?)?(?:[?#].*)?")
_PART = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}"
_REPOSITORY = re.compile(rf"{_PART}/{_PART}")
_REVISION = re.compile(r"[0-9a-f]{40}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_FILE_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+()=,-]*")
#: Names that Windows gives to devices, whatever follows the dot.
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class HubName:
    """`user/repo@quant`, `hf.co/user/repo:quant` or a link: what a person means. Parts that are missing are ""."""

    repository: str
    quantization: str = ""
    """Or the path of a file in the repository."""
    is_link: bool = False

    @property
    def valid(self) -> bool:
        """Whether there can be a repository of that name."""
        return is_repository(self.repository)


def split_name(typed: str) -> HubName:
    """The parts of a name; nothing is checked."""
    text = typed.strip()
    prefix = _HUB_PREFIX.match(text)
    page = _PAGE.fullmatch(text[prefix.end() :]) if prefix else None
    if page is not None:  # as a browser shows it
        return HubName(page[1], unquote(page[2] or ""), True)
    repository, _, quantization = (text[prefix.end() :] if prefix else text).partition("@")
    # Ollama spells it with a colon; a link's own colon went with the prefix.
    if prefix and not quantization and ":" in repository:
        repository, _, quantization = repository.partition(":")
    return HubName(repository, quantization, prefix is not None)


def is_repository(text: str) -> bool:
    """Whether this can be the name of a repository; `..` and the like cannot."""
    return _REPOSITORY.fullmatch(text) is not None and all(_is_plain(part) for part in text.split("/"))


def is_revision(text: object) -> bool:
    return isinstance(text, str) and _REVISION.fullmatch(text) is not None


def is_sha256(text: object) -> bool:
    return isinstance(text, str) and _SHA256.fullmatch(text) is not None


def safe_path(listed: str) -> PurePosixPath | None:
    """A file's path below its repository, None for one that must not become a path here."""
    parts = listed.split("/")
    if len(listed) > MAX_PATH_CHARACTERS or len(parts) > MAX_PATH_PARTS:
        return None
    if not all(_FILE_PART.fullmatch(part) and _is_plain(part) for part in parts):
        return None
    return PurePosixPath(*parts)


def _is_plain(part: str) -> bool:
    return ".." not in part and not part.endswith(".") and _DEVICES.match(part) is None
