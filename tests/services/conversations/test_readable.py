"""Chats as documents for people; what a model wrote must not become more than text there."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.conversations.portable import PortableChat, PortableMessage
from app.services.conversations.readable import ReadableFormat, closing_of, document_of, opening_of

#: Every tag that a page may hold, and every attribute; none of them loads or runs anything.
TAGS = frozenset(
    (
        *("html", "head", "meta", "title", "style", "body", "article", "section", "h1", "h2", "h3", "h4", "h5", "h6"),
        *("small", "p", "br", "a", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "hr"),
        *("table", "thead", "tbody", "tr", "th", "td"),
    )
)
ATTRIBUTES = frozenset({"charset", "http-equiv", "content", "name", "class", "href", "rel", "start", "style", "title"})

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=http://evil.example/x onerror=alert(1)>",
    "![beacon](http://evil.example/x.png)",
    "[click](javascript:alert(1)) [file](file:///etc/passwd) [smb](smb://host/x)",
    "</section></article><iframe src=//evil.example></iframe>",
    '<a href="x" onclick="y">z</a>',
    "| a | b |\n|---|:--|\n| <svg/onload=x> | `</code>` |",
    '```html" onmouseover="x\n</pre><script>\n```',
    'http://evil.example/ <http://evil.example/"onclick=x>',
    '[x]: http://evil.example/ "\'><script>"\n\n[x]',
    "&lt;script&gt; &#60;script&#62;",
]


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: dict[str, set[str]] = {}
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, set()).add(value or "")

    def handle_data(self, data: str) -> None:
        self.words += data


def chat_of(*texts: str, title: str = "A title", name: str = "Qwen3") -> PortableChat:
    messages = [
        PortableMessage(number=place, role="assistant" if place % 2 == 0 else "user", text=text, model_name=name)
        for place, text in enumerate(texts, start=1)
    ]
    return PortableChat(title=title, messages=tuple(messages))


def page(chat: PortableChat) -> Reader:
    reader = Reader()
    reader.feed(opening_of("html") + document_of(chat, "html") + closing_of("html"))
    return reader


def check_harmless(found: Reader) -> None:
    assert found.tags <= TAGS
    assert set(found.attributes) <= ATTRIBUTES
    assert all(
        target.lower().startswith(("http://", "https://", "mailto:")) for target in found.attributes.get("href", ())
    )
    assert found.attributes.get("style", set()) <= {f"text-align:{side}" for side in ("left", "right", "center")}


@pytest.mark.parametrize("text", HOSTILE)
def test_B10_in_a_page_what_a_model_wrote_is_text(text: str) -> None:
    found = page(chat_of("why?", text, title=text[:60], name=text[:60]))

    check_harmless(found)
    assert "default-src 'none'" in next(iter(value for value in found.attributes["content"] if "default-src" in value))


@given(st.lists(st.sampled_from([*HOSTILE, "**", "`", "\n\n", "    ", "> ", "- ", "a b", "\x00", "😀"]), max_size=8))
def test_B10_also_in_any_mixture(pieces: list[str]) -> None:
    check_harmless(page(chat_of("".join(pieces), "".join(reversed(pieces)))))


def test_B10_a_page_shows_markdown_and_names_pictures() -> None:
    found = page(chat_of("**why**", "| a |\n|---|\n| 1 |\n\n```py\nx = 1\n```\n\n![a cat](https://cats.example/1.png)"))

    assert {"strong", "table", "pre"} <= found.tags
    assert "a cat" in found.words and found.attributes["href"] == {"https://cats.example/1.png"}


@pytest.mark.parametrize("kind", ["markdown", "text", "html"])
def test_only_the_shown_branch_and_no_thinking_and_why_it_ended(kind: ReadableFormat) -> None:
    asked = PortableMessage(number=1, role="user", text="why?")
    broken = PortableMessage(
        number=2,
        parent=1,
        role="assistant",
        text="because",
        reasoning="secret thought",
        status="error",
        error={"message": "The server went away."},
        simulated=True,
    )
    other = PortableMessage(number=3, parent=1, role="assistant", text="another version")

    written = document_of(PortableChat(messages=(asked, broken), other_versions=(other,)), kind)

    assert "why?" in written and "because" in written and "simulated" in written
    assert "The server went away" in written
    assert "secret" not in written and "another version" not in written
