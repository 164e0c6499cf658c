"""Event-stream parsing by the WHATWG rules; the cases follow web-platform-tests `eventsource/format-*`."""

# ruff: noqa: E501 - recorded server texts and tables stay on one line

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.llm import limits
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.event_stream import EventStreamParser, LineSplitter


def parse(*chunks: bytes) -> list[tuple[str, str]]:
    parser = EventStreamParser()
    return [(name, data.decode("utf-8", "replace")) for chunk in chunks for name, data in parser.feed(chunk)]


CASES: list[tuple[str, bytes, list[tuple[str, str]]]] = [
    ("field order and spaces", b"data:\x000\ndata:  2\rData:1\ndata\x00:2\ndata:1\r\x00data:4\nda-ta:3\rdata_5\ndata:3\rdata:\r\n data:32\ndata:4\n\n",
     [("", "\x000\n 2\n1\n3\n\n4")]),
    ("bom", b"\xef\xbb\xbfdata:1\n\n\xef\xbb\xbfdata:2\n\ndata:3\n\n", [("", "1"), ("", "3")]),
    ("two boms", b"\xef\xbb\xbf\xef\xbb\xbfdata:1\n\ndata:2\n\ndata:3\n\n", [("", "2"), ("", "3")]),
    ("comments", b"data:1\r:\x00\n:\r\ndata:2\n:x\rdata:3\n:data:fail\r:x\ndata:4\n\n", [("", "1\n2\n3\n4")]),
    ("no final blank line", b"data:1\n\ndata:2", [("", "1")]),
    ("data field", b"data:\n\ndata\ndata\n\ndata:test\n\n", [("", ""), ("", "\n"), ("", "test")]),
    ("event name", b"event:test\ndata:x\n\ndata:x\n\n", [("test", "x"), ("", "x")]),
    ("event without data", b"event:test\n\ndata:x\n\n", [("", "x")]),
    ("event empty", b"event: \ndata:data\n\n", [("", "data")]),
    ("last event name wins", b"event: a\nevent: b\ndata: x\n\n", [("b", "x")]),
    ("leading space", b"data:\ttest\rdata: \ndata:test\n\n", [("", "\ttest\n\ntest")]),
    ("newlines of each kind", b"data:test\r\ndata\ndata:test\r\n\r\n", [("", "test\n\ntest")]),
    ("null in data", b"data:\x00\n\n\n\n", [("", "\x00")]),
    ("unknown field", b"data:test\n data\ndata\nfoobar:xxx\njustsometext\n:thisisacommentyay\n\n", [("", "test\n")]),
    ("retry and id", b"retry: 500\nid: 7\ndata: x\n\n", [("", "x")]),
    ("utf-8", "data:ok…\n\n".encode(), [("", "ok…")]),
    ("bad utf-8", b"data: a\xff\xfeb\n\ndata: c\n\n", [("", "a\ufffd\ufffdb"), ("", "c")]),
    ("separators that are no line ends", "data: a\u2028b\x0bc\x85\n\n".encode(), [("", "a\u2028b\x0bc\x85")]),
    ("carriage returns only", b"data: a\r\rdata: b\r\r", [("", "a"), ("", "b")]),
    ("many blank lines", b"\n\n\ndata: a\n\n\n\n\ndata: b\n\n", [("", "a"), ("", "b")]),
    ("ordinary", b'data: {"a": 1}\n\ndata: {"b": 2}\n\ndata: [DONE]\n\n', [("", '{"a": 1}'), ("", '{"b": 2}'), ("", "[DONE]")]),
]  # fmt: skip


@pytest.mark.parametrize("stream, expected", [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_A1_events_are_the_same_wherever_the_stream_is_cut(stream: bytes, expected: list[tuple[str, str]]) -> None:
    assert parse(stream) == expected
    assert parse(*(stream[i : i + 1] for i in range(len(stream)))) == expected
    for cut in range(len(stream) + 1):
        assert parse(stream[:cut], stream[cut:]) == expected, cut


lines = st.lists(
    st.sampled_from([b"data: x", b"data:y", b"data", b": c", b"event: e", b"id: 1", b"junk", b"", b"", "data: é…😀".encode()]),
    max_size=14,
)  # fmt: skip
ends = st.sampled_from([b"\n", b"\r\n", b"\r"])


@given(lines, st.lists(ends, min_size=14, max_size=14), st.lists(st.integers(0, 300), max_size=8), st.booleans())
def test_A1_random_streams_give_the_same_events_for_random_cuts(
    text: list[bytes], line_ends: list[bytes], cuts: list[int], bom: bool
) -> None:
    stream = (b"\xef\xbb\xbf" if bom else b"") + b"".join(a + b for a, b in zip(text, line_ends, strict=False))
    borders = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    expected = parse(*(stream[i : i + 1] for i in range(len(stream))))
    assert parse(stream) == expected
    assert parse(*(stream[a:b] for a, b in pairwise(borders))) == expected


def test_A2_a_character_split_between_chunks_is_whole() -> None:
    stream = "data: 😀é\n\n".encode()
    for cut in range(len(stream)):
        assert parse(stream[:cut], stream[cut:]) == [("", "😀é")]


@pytest.mark.parametrize("piece", [b"x" * 65_536, b"data: x\n" * 8_000, b": comment"])
def test_A10_a_line_or_event_without_end_is_too_large(piece: bytes) -> None:
    parser = EventStreamParser()
    parser.feed(b"data: ")
    with pytest.raises(LLMError) as caught:
        for _ in range(2 * limits.MAX_LINE_BYTES // len(piece)):
            parser.feed(piece)
    assert caught.value.kind is ErrorKind.TOO_LARGE


def test_A10_an_endless_stream_of_comments_takes_no_memory() -> None:
    parser = EventStreamParser()
    for _ in range(1000):
        assert parser.feed(b": keep-alive\n\n" * 100) == []
    assert parser.stray == b""


def test_a_bare_line_that_is_no_field_is_kept_for_the_caller() -> None:
    parser = EventStreamParser()
    assert parser.feed(b'data: x\n\nerror: {"a": 1}\n\n{"error": "bad"}\n\n') == [("", b"x"), ("error", b'{"a": 1}')]
    assert parser.stray == b'{"error": "bad"}\n'
    for _ in range(10_000):
        parser.feed(b"junk" * 10 + b"\n")
    assert len(parser.stray) < limits.MAX_ERROR_BODY_BYTES + 100


def test_an_event_without_its_blank_line_is_given_at_the_end() -> None:
    for tail in (b"data: [DONE]", b"data: [DONE]\n", b"data: [DONE]\r\n"):
        parser = EventStreamParser()
        assert parser.feed(b"data: x\n\n" + tail) == [("", b"x")]
        assert parser.end() == [("", b"[DONE]")]
    assert EventStreamParser().end() == []


def test_lines_of_json_are_split_wherever_the_stream_is_cut() -> None:
    stream = b'{"a": 1}\n\n{"b": "\xc3\xa9"}\r\n{"c": 3}'
    expected = [b'{"a": 1}', b'{"b": "\xc3\xa9"}', b'{"c": 3}']
    for cut in range(len(stream) + 1):
        splitter = LineSplitter()
        assert [*splitter.feed(stream[:cut]), *splitter.feed(stream[cut:]), *splitter.end()] == expected
    splitter = LineSplitter()
    with pytest.raises(LLMError) as caught:
        for _ in range(200):
            splitter.feed(b"x" * 65_536)
    assert caught.value.kind is ErrorKind.TOO_LARGE
