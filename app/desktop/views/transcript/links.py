"""Which links may open, and what the reader is told about their target first."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

from app.desktop.models.chat_link_target import is_chat_link
from app.desktop.views.transcript.hostile import reveal
from app.desktop.views.transcript.words import tr
from app.lean_dataclass import dataclass

ALLOWED_SCHEMES = frozenset({"http", "https", "mailto"})
MAX_URL = 2_048

_SUSPECT = re.compile(r"[\x00-\x20\x7f-\x9f\\\"<>^`{|}]")
_ADDRESS = re.compile(r"[^\s@/?#&]+@[^\s@/?#&]+")
# A bare address in running text; a closing bracket or full stop after it is not part of it.
BARE_URL = re.compile(r"https?://[^\s<>\"'`\\]{3,2000}", re.IGNORECASE)
_TRAILING = ".,:;!?…»”’*_~"


@dataclass(frozen=True, slots=True)
class Link:
    """`shown` names the true host (punycode) before the full address; `url` is empty where it must not open."""

    url: str
    shown: str

    @property
    def opens(self) -> bool:
        return bool(self.url)


def judge(href: str) -> Link:
    """What a link target may do. Anything but http, https and mailto with a plain address, or a chat, is inert."""
    if is_chat_link(href):
        return Link(href, tr("A chat of this program: {address}").format(address=href))
    visible, hidden = reveal(href[:MAX_URL])
    inert = Link("", tr("This link does not open: {address}").format(address=visible))
    if hidden or len(href) > MAX_URL or _SUSPECT.search(href):
        return inert
    try:
        parts = urlsplit(href)
        _ = parts.port  # a port that is no number raises here
    except ValueError:
        return inert
    if parts.scheme.lower() == "mailto":
        opens = _ADDRESS.fullmatch(parts.path) is not None and not parts.query and not parts.fragment
        return Link(href, href) if opens else inert
    if parts.scheme.lower() not in ALLOWED_SCHEMES or not parts.hostname:
        return inert
    return _web_link(parts) or inert


def _web_link(parts: SplitResult) -> Link | None:
    try:
        host = (parts.hostname or "").encode("idna").decode("ascii")
    except UnicodeError:
        return None
    if not host or host.startswith("-"):
        return None
    address = f"[{host}]" if ":" in host else host
    if parts.port is not None:
        address += f":{parts.port}"
    # The name before an @ is no host and is dropped: it exists to be mistaken for one.
    url = parts._replace(netloc=address).geturl()
    return Link(url, f"{host}\n{url}")


def trim_bare(url: str) -> str:
    """A bare address without the punctuation of the sentence around it."""
    while url:
        unopened = url[-1] in ")]" and url.count(url[-1]) > url.count("(" if url[-1] == ")" else "[")
        if url[-1] not in _TRAILING and not unopened:
            break
        url = url[:-1]
    return url
