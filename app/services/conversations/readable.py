"""Chats as documents for people: Markdown, plain text, or one HTML page. The shown versions, without thinking.

What a model wrote is foreign text: in HTML its own tags are text, nothing is loaded, and no script runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from app.services.conversations.portable import PortableChat, PortableMessage

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

    from app.services.conversations.portable_attachment import PortableAttachment

ReadableFormat = Literal["markdown", "text", "html"]

_MARKS = frozenset("\\`*_{}[]()#+-.!|<>&~")
_LINKS = ("http://", "https://", "mailto:")
#: Nothing is fetched and nothing runs, whatever the page holds.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.6 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
article + article { border-top: 1px solid #8886; margin-top: 3rem; padding-top: 1rem; }
section.you { background: #8881; border-radius: 8px; padding: .25rem 1rem; margin: 1.5rem 0; }
h2 { font-size: 1rem; } h2 small { font-weight: normal; opacity: .7; }
pre { overflow-x: auto; background: #8881; border-radius: 8px; padding: .75rem; }
code { font-family: ui-monospace, monospace; font-size: .9em; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
td, th { border: 1px solid #8886; padding: .3rem .6rem; }
blockquote { border-left: 3px solid #8886; margin-left: 0; padding-left: 1rem; }
.note { opacity: .7; font-style: italic; }
"""


def opening_of(kind: ReadableFormat) -> str:
    """What stands before the first chat."""
    if kind != "html":
        return ""
    return (
        f'<!doctype html>\n<html>\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        f'<meta name="referrer" content="no-referrer">\n'
        f"<title>Chats</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
    )


def closing_of(kind: ReadableFormat) -> str:
    return "</body>\n</html>\n" if kind == "html" else ""


def document_of(chat: PortableChat, kind: ReadableFormat, *, first: bool = True) -> str:
    """One chat. `first`: nothing stands above it that it must be set apart from."""
    return ("" if first or kind == "html" else "\n") + _WRITERS[kind](chat)


def _title(chat: PortableChat) -> str:
    return " ".join(chat.title.split()) or "New chat"


def _name(message: PortableMessage) -> str:
    return "You" if message.role == "user" else (message.model_name or message.model or "Assistant")


def _ending(message: PortableMessage) -> str:
    """Why an answer is not whole, "" for one that is."""
    if message.status == "complete":
        return ""
    said = (message.error or {}).get("message")
    return said if isinstance(said, str) and said else {"stopped": "Stopped."}.get(message.status, "It broke off.")


def _attached(message: PortableMessage) -> str:
    """What went with a prompt, "" for nothing."""
    names = ", ".join(one.name for one in message.attachments)
    return f"Attached: {names}" if names else ""


# -- Markdown: what was written is Markdown already and stays as it is; names are made plain


def markdown_with_files(chat: PortableChat, places: Mapping[str, str]) -> str:
    """One chat as Markdown; `places` says by the hash of an attached file where it lies, relative to the document."""
    return _markdown(chat, places)


def _markdown(chat: PortableChat, places: Mapping[str, str] | None = None) -> str:
    lines = [f"# {plain(_title(chat))}", ""]
    for message in chat.messages:
        mark = " (simulated)" if message.simulated else ""
        lines += [f"## {plain(_name(message))}{mark}", ""]
        if places is not None:
            lines += [line for one in message.attachments for line in (_link_to(one, places), "")]
        elif attached := _attached(message):
            lines += [f"*{plain(attached)}*", ""]
        lines += [message.text.rstrip("\n"), ""]
        if ending := _ending(message):
            lines += [f"*{plain(ending)}*", ""]
    return "\n".join(lines)


def _link_to(attachment: PortableAttachment, places: Mapping[str, str]) -> str:
    """A picture is shown where it stands; anything else is opened from there."""
    link = f"[{plain(attachment.name)}]({quote(places[attachment.attachment().hash])})"
    return f"!{link}" if attachment.kind == "image" else f"Attached: {link}"


def plain(text: str) -> str:
    """One line in which no character is Markdown or HTML."""
    return "".join(f"\\{c}" if c in _MARKS else c for c in " ".join(text.split()))


# -- plain text


def _text(chat: PortableChat) -> str:
    lines = [_title(chat), "=" * min(72, len(_title(chat))), ""]
    for message in chat.messages:
        mark = " (simulated)" if message.simulated else ""
        lines += [f"{' '.join(_name(message).split())}{mark}:", ""]
        if attached := _attached(message):
            lines += [f"[{attached}]", ""]
        lines += [message.text.rstrip("\n"), ""]
        if ending := _ending(message):
            lines += [f"[{ending}]", ""]
    return "\n".join(lines)


# -- HTML


def _html(chat: PortableChat) -> str:
    parts = [f"<article>\n<h1>{escape(_title(chat))}</h1>\n"]
    for message in chat.messages:
        about = [_time(message.created_at)] if message.created_at else []
        about += ["simulated"] if message.simulated else []
        small = f" <small>{escape(' · '.join(about))}</small>" if about else ""
        kind = "you" if message.role == "user" else "answer"
        parts.append(f'<section class="{kind}">\n<h2>{escape(_name(message))}{small}</h2>\n')
        if attached := _attached(message):
            parts.append(f'<p class="note">{escape(attached)}</p>\n')
        parts.append(_parser().render(message.text))
        if ending := _ending(message):
            parts.append(f'<p class="note">{escape(ending)}</p>\n')
        parts.append("</section>\n")
    return "".join([*parts, "</article>\n"])


def _time(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M} UTC"


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt  # here: 25 ms, and only a page needs it

    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": 20}).enable(["table", "strikethrough"])
    parser.validateLink = lambda url: url.strip().lower().startswith(_LINKS)  # type: ignore[method-assign]  # its own way
    parser.add_render_rule("image", _picture)
    parser.add_render_rule("link_open", _link)
    return parser


def _picture(_renderer: Any, tokens: Any, place: int, _options: Any, _environment: Any) -> str:
    """A picture is named and not shown: showing it would ask somebody's server."""
    token = tokens[place]
    name = escape(token.content or "picture")
    return f'<a href="{escape(str(token.attrs.get("src", "")))}" rel="noopener noreferrer nofollow">{name}</a>'


def _link(renderer: Any, tokens: Any, place: int, options: Any, _environment: Any) -> str:
    tokens[place].attrSet("rel", "noopener noreferrer nofollow")
    return str(renderer.renderToken(tokens, place, options, _environment))


_WRITERS: dict[ReadableFormat, Callable[[PortableChat], str]] = {"markdown": _markdown, "text": _text, "html": _html}
