"""Inline markdown: display text and spans in Qt's units, HTML as text, links that are judged."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QTextLayout

from app.desktop.views.transcript.hostile import (
    original_text,
    reveal,
    tame,
    utf16_length,
    utf16_slice,
)
from app.desktop.views.transcript.inline import BOLD, CODE, ITALIC, LINK, PAD, parse_inline
from app.desktop.views.transcript.links import judge
from tests.slowness import slowness


def test_spans_are_in_utf16_units_as_qt_counts() -> None:
    content = parse_inline("😀 **bold** é *it*")
    assert utf16_slice(content.text, content.spans[0].start, content.spans[0].start + content.spans[0].length) == "bold"
    assert [span.flags for span in content.spans] == [BOLD, ITALIC]
    assert content.length == utf16_length(content.text) == len(content.text.encode("utf-16-le")) // 2


MARKUP = st.text(alphabet=st.sampled_from(list("ab *_`[]()!<>&\\~😀é\u202e\u200b://.h")), max_size=120)


@settings(max_examples=200, deadline=None)
@given(MARKUP)
def test_spans_lie_inside_the_text_and_do_not_overlap(source: str) -> None:
    content = parse_inline(source)
    at = 0
    for span in content.spans:
        assert span.start >= at and span.length > 0
        at = span.start + span.length
    assert at <= content.length == utf16_length(content.text)
    assert QTextLayout(content.text).text() == content.text


def test_B2_raw_html_is_text() -> None:
    source = '<b>x</b> <img src="file:///etc/passwd"> <script>alert(1)</script>'
    assert parse_inline(source).text == source


def test_B1_a_picture_becomes_a_link_that_names_the_host() -> None:
    content = parse_inline("![a chart](https://example.org/c.png) ![x](file:///etc/passwd)")
    assert content.text == "a chart (example.org) x (not shown)"
    assert [link.url for link in content.links] == ["https://example.org/c.png", ""]


def test_code_chips_have_padding_that_is_not_copied() -> None:
    content = parse_inline("use `a b` now")
    assert [span.flags for span in content.spans] == [CODE | PAD, CODE, CODE | PAD]
    assert original_text(content.text, content.edits, 0, content.length) == "use a b now"


@pytest.mark.parametrize(
    "href",
    [
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", "vbscript:x", "data:text/html,x", "file:///etc/passwd",
        "smb://host/share", "ms-msdt:/id", "\\\\host\\share", "//host/share", "ftp://host/x", "/etc/passwd", "C:\\x",
        "", "https://", "http:///path", "https://exa mple.org", "https://example.org\nX: y", "https://ex\u202eample.org",
        "https://example.org:port/", "mailto:", "mailto:a@b.c?attach=/etc/passwd", "mailto:no-address", "about:blank",
        "https://" + "a" * 3000, "vscode://file/x", "steam://run/1", "jar:https://x", "view-source:https://x",
    ],
)  # fmt: skip
def test_B3_anything_but_a_plain_web_or_mail_address_is_inert(href: str) -> None:
    assert not judge(href).opens
    content = parse_inline(f"[text](<{href}>)")
    assert not any(span.flags & LINK for span in content.spans if not content.links[span.link].opens)


def test_B3_the_link_of_a_chat_opens_and_what_only_looks_like_one_does_not() -> None:
    chat = "aica://chat/" + "0f" * 16
    assert judge(chat).url == chat and judge(f"{chat}#7").opens
    for other in (f"{chat}?x", f"{chat}#x", "aica://run/x", "aica:x", f"{chat}#7\n"):
        assert not judge(other).opens


def test_B3_the_true_host_is_shown_in_punycode_and_a_name_before_it_is_dropped() -> None:
    link = judge("https://раypal.com/login")  # the first two letters are Cyrillic
    assert link.opens and link.shown.startswith("xn--")
    assert link.url.startswith("https://xn--")
    assert judge("https://google.com@evil.example/x").shown.splitlines() == ["evil.example", "https://evil.example/x"]
    assert judge("mailto:a@example.org").opens and judge("http://[::1]:8080/x").url == "http://[::1]:8080/x"


def test_a_bare_address_is_a_link_without_the_sentence_around_it() -> None:
    content = parse_inline("See https://example.org/a_(b)_c). Then (http://x.example).")
    assert [link.url for link in content.links] == ["https://example.org/a_(b)_c", "http://x.example"]


def test_B7_hidden_characters_are_visible_in_code_and_links_and_exact_when_copied() -> None:
    source = "admin\u202e\u2066 // check\u200b\U000e0041"
    shown, edits = reveal(source)
    assert "[U+202E][U+2066]" in shown and "[U+200B]" in shown and not any(c in shown for c in "\u202e\u2066\u200b")
    assert original_text(shown, edits, 0, utf16_length(shown)) == source
    link = parse_inline("[pay\u202epal](https://example.org)")
    assert "[U+202E]" in link.text
    assert reveal("👩\u200d💻 ❤\ufe0f\u200d🔥")[1] == []  # one emoji of several parts stays one
    assert "[U+202E]" in parse_inline("`x\u202ey`").text


def test_B4_piles_of_marks_are_cut_with_a_note_and_honest_ones_are_not() -> None:
    assert tame("a" + "\u0301" * 5_000) == "a" + "\u0301" * 6 + "[+4994 marks]"
    for honest in ("việt nam", "กิ่งไม้", "שָׁלוֹם", "café"):
        assert tame(honest) == honest


@pytest.mark.parametrize(
    "source",
    ["[" * 2000, "![[" * 600, "*a_ " * 500, "`" * 1999, "<" * 2000, "a**b" * 500, "[a](b" * 400, "\\" * 2000,
     "_*" * 1000, "~~a" * 600, "&amp;" * 400, "**" * 1000, "[](" * 600, "<a " * 600],
)  # fmt: skip
def test_B4_pathological_inline_text_is_parsed_in_bounded_time(source: str) -> None:
    parse_inline("warm **up**")
    start = time.thread_time()
    parse_inline(source)
    assert time.thread_time() - start < 0.1 * slowness()


def test_lone_surrogates_and_control_characters_do_not_reach_qt() -> None:
    content = parse_inline("a\ud800b\x00c\x1b[31m")
    assert content.text == "a\ufffdb\u2400c\u241b[31m"
    assert QTextLayout(content.text).text() == content.text
