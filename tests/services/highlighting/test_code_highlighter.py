from __future__ import annotations

import asyncio
import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from app.services.highlighting import code_highlighter, worker
from app.services.highlighting.code_highlighter import (
    MAX_CHARACTERS,
    MAX_LINE_CHARACTERS,
    MAX_LINES,
    CodeHighlighter,
    wanted,
)
from app.services.piped_process import ChildEndedError, PipedProcess
from tests.slowness import slowness

pytestmark = pytest.mark.anyio

#: A lexer whose rule takes 2^n steps, and a child that serves with it: Pygments' own are not that slow on purpose.
SLOW_CHILD = """
import re, sys
sys.path.insert(0, {root!r})
from app.services.highlighting import worker
def colour(name, lines):
    if name == "python" and "stuck" in lines:
        re.match(r"(a|aa)+$", "a" * 60 + "b")
    return [[(0, 1, "key")] for _ in lines]
worker.colour = colour
worker.SECONDS_EACH = {seconds!r}
sys.exit(worker.main())
"""
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
async def highlighter() -> AsyncIterator[CodeHighlighter]:
    made = CodeHighlighter()
    yield made
    await made.aclose()


def slow_child(tmp_path: Path, *, timeout_s: float, own_limit_s: float = 60.0) -> CodeHighlighter:
    script = tmp_path / "child.py"
    script.write_text(SLOW_CHILD.format(root=str(ROOT), seconds=own_limit_s))
    made = CodeHighlighter(timeout_s=timeout_s)
    made._process = PipedProcess(Path(sys.executable), [str(script)], idle_s=30)
    return made


async def test_strings_and_comments_over_several_lines_have_one_colour(highlighter: CodeHighlighter) -> None:
    ranges = await highlighter.ranges(
        "py", ['x = """first', "still a string", '"""', "def name(): return len(x)  # why"]
    )
    assert ranges is not None
    assert ranges[1] == [(0, len("still a string"), "str")]
    kinds = {kind for _, _, kind in ranges[3]}
    assert {"key", "fn", "com"} <= kinds
    assert await highlighter.ranges("css", ["/* one", "two */ a { color: red }"]) is not None


async def test_positions_are_counted_as_qt_counts_them(highlighter: CodeHighlighter) -> None:
    ranges = await highlighter.ranges("python", ['x = "🙂🙂"  # end'])
    assert ranges is not None
    assert (4, 6, "str") in ranges[0]
    assert any(start == 12 and kind == "com" for start, _, kind in ranges[0])


@pytest.mark.parametrize("language", sorted(code_highlighter.LEXERS))
def test_every_language_has_a_lexer(language: str) -> None:
    assert worker.colour(code_highlighter.LEXERS[language], ["x"]) is not None


def test_only_known_languages_and_bounded_blocks_are_asked_for() -> None:
    assert wanted("Python", ["x"])
    assert not wanted("klingon", ["x"])
    assert not wanted("python", [])
    assert not wanted("python", ["x"] * (MAX_LINES + 1))
    assert not wanted("python", ["x" * 1_000] * (MAX_CHARACTERS // 1_000 + 1))
    assert not wanted("python", ["x" * 3_000])


async def test_B5_a_lexer_that_never_ends_costs_a_process_and_not_the_window(tmp_path: Path) -> None:
    highlighter = slow_child(tmp_path, timeout_s=0.3)
    try:
        assert await highlighter.ranges("python", ["fine"]) == [[(0, 1, "key")]]
        child = highlighter.process_id
        assert child is not None
        before, longest = time.perf_counter(), 0.0
        task = asyncio.ensure_future(highlighter.ranges("python", ["stuck"]))
        while not task.done():
            await asyncio.sleep(0.001)
            now = time.perf_counter()
            longest, before = max(longest, now - before), now
        assert await task is None
        assert longest < 0.25, "the loop waited with the lexer"
        assert not psutil.pid_exists(child), "the child that was stuck is gone"
        # Its next block is served by a new process; after a second failure this lexer is left alone.
        assert await highlighter.ranges("python", ["fine"]) == [[(0, 1, "key")]]
        assert await highlighter.ranges("python", ["stuck"]) is None
        assert await highlighter.ranges("python", ["fine"]) is None
        assert await highlighter.ranges("go", ["fine"]) == [[(0, 1, "key")]]
    finally:
        await highlighter.aclose()


#: Beginnings of tokens; each is repeated, or followed by one long word, up to the limits of what is asked for.
BEGINNINGS = (
    *(
        "'",
        '"',
        "`",
        '"""',
        "'\\\\",
        "/*",
        "//",
        "<!--",
        "<a ",
        "</",
        "{{",
        "{%",
        "((",
        "[[",
        "{",
        "$(",
        "${",
        "@",
        "#",
        "<<E",
    ),
    *(
        "0x",
        "1e",
        "1_",
        "a.",
        "a ",
        "a,",
        "a=",
        "a:",
        "\\",
        "\\u",
        "-",
        "=",
        "<",
        "&",
        "%",
        "~",
        "^",
        "|",
        "a::b",
        "r#",
        "é",
        "🙂",
    ),
)


def long_tokens(beginning: str) -> list[list[str]]:
    line = MAX_LINE_CHARACTERS
    whole = MAX_CHARACTERS // line
    return [
        [(beginning * line)[:line]] * whole,
        [(beginning + "a" * line)[:line], *["b" * line] * (whole - 1)],
        [(beginning + " " * line)[: line - 1] + "x", *[beginning] * 500],
    ]


async def check_long_tokens(lexers: list[str], texts: list[list[str]]) -> None:
    """Each ends in time, coloured or not, while the loop goes on."""
    languages = [next(name for name, found in code_highlighter.LEXERS.items() if found == lexer) for lexer in lexers]
    highlighter = CodeHighlighter(timeout_s=0.5)
    longest_step = 0.0
    try:
        for language in languages:  # each is imported when it is first used
            assert await highlighter.ranges(language, ["x"]) is not None
        for language, lines in itertools.product(languages, texts):
            assert wanted(language, lines)
            before = time.thread_time()  # of this thread: what the child computes, and others, is not its work
            task = asyncio.ensure_future(highlighter.ranges(language, lines))
            async with asyncio.timeout(20):  # the block's half second, and a start of the child on a busy machine
                while not task.done():
                    await asyncio.sleep(0.001)
                    now = time.thread_time()
                    longest_step, before = max(longest_step, now - before), now
            ranges = await task
            assert ranges is None or len(ranges) == len(lines)
    finally:
        await highlighter.aclose()
    assert longest_step < 0.1 * slowness()


LEXER_NAMES = sorted(set(code_highlighter.LEXERS.values()))


async def test_B5_a_line_of_one_long_token_ends_in_time_in_every_language() -> None:
    """What takes longer costs the block its colours; after two such blocks the lexer is left alone."""
    lines = [[(one * MAX_LINE_CHARACTERS)[:MAX_LINE_CHARACTERS]] for one in BEGINNINGS[::4]]
    await check_long_tokens(LEXER_NAMES, lines)


@pytest.mark.slow
@pytest.mark.skipif("not config.getoption('-m')", reason="by command: pytest -m slow")
@pytest.mark.parametrize("lexer", LEXER_NAMES)
async def test_B5_the_largest_blocks_of_long_tokens_end_in_time_in_every_language(lexer: str) -> None:
    await check_long_tokens([lexer], [lines for one in BEGINNINGS for lines in long_tokens(one)])


async def test_a_stuck_child_ends_itself_when_its_parent_died(tmp_path: Path) -> None:
    script = tmp_path / "child.py"
    script.write_text(SLOW_CHILD.format(root=str(ROOT), seconds=0.5))
    child = subprocess.Popen(
        [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    assert child.stdin is not None
    child.stdin.write(b'{"lexer":"python","lines":["stuck"]}\n')
    child.stdin.close()
    assert await asyncio.to_thread(child.wait, 20) != 0


async def test_a_child_that_was_killed_is_replaced(highlighter: CodeHighlighter) -> None:
    assert await highlighter.ranges("python", ["x = 1"])
    first = highlighter.process_id
    assert first is not None
    os.kill(first, signal.SIGKILL)
    async with asyncio.timeout(10):
        while highlighter.process_id == first:
            await asyncio.sleep(0.01)
    assert await highlighter.ranges("python", ["x = 1"])
    assert highlighter.process_id not in (None, first)


async def test_an_idle_child_gives_its_memory_back_and_closing_ends_it() -> None:
    highlighter = CodeHighlighter(idle_s=0.1)
    assert await highlighter.ranges("python", ["x = 1"])
    child = highlighter.process_id
    assert child is not None
    async with asyncio.timeout(10):
        while psutil.pid_exists(child):
            await asyncio.sleep(0.02)
    assert await highlighter.ranges("python", ["x = 1"])
    child = highlighter.process_id
    assert child is not None
    await highlighter.aclose()
    assert not psutil.pid_exists(child)
    assert await highlighter.ranges("python", ["x = 1"]) is None


async def test_many_at_once_are_answered_each_with_its_own(highlighter: CodeHighlighter) -> None:
    texts = [["x" * n] for n in range(1, 20)]
    found = await asyncio.gather(*(highlighter.ranges("python", [f'"{text}"']) for (text,) in texts))
    assert [ranges[0][0][1] for ranges in found if ranges] == [n + 2 for n in range(1, 20)]


async def test_cancelling_a_request_does_not_give_its_answer_to_the_next(highlighter: CodeHighlighter) -> None:
    assert await highlighter.ranges("python", ["x = 1"])
    first = asyncio.ensure_future(highlighter.ranges("python", ['"abc"'] * 1_000))
    await asyncio.sleep(0.005)
    first.cancel()
    assert await highlighter.ranges("python", ['"a"']) == [[(0, 3, "str")]]


async def test_A17_closing_while_a_child_starts_or_ends_leaves_none_behind() -> None:
    me = psutil.Process()
    before = {child.pid for child in me.children()}
    for delay_s in (0.0, 0.001, 0.01, 0.05, 0.2):
        highlighter = CodeHighlighter(idle_s=0.001)
        request = asyncio.ensure_future(highlighter.ranges("python", ["x = 1"]))
        await asyncio.sleep(delay_s)
        request.cancel()
        await highlighter.aclose()
        await asyncio.gather(request, return_exceptions=True)
    assert {child.pid for child in me.children()} <= before


def test_the_child_works_where_memory_cannot_be_limited_and_without_a_stderr(tmp_path: Path) -> None:
    script = tmp_path / "child.py"
    script.write_text(
        f"import sys, resource\nsys.path.insert(0, {str(ROOT)!r})\n"
        "def refuse(*_): raise ValueError('current limit exceeds maximum limit')\n"
        "resource.setrlimit = refuse\nsys.stderr = None\n"
        "from app.services.highlighting import worker\nsys.exit(worker.main())\n"
    )
    asked = b'{"lexer":"python","lines":["x = 1"]}\n'
    done = subprocess.run([sys.executable, str(script)], input=asked, capture_output=True, timeout=30, check=True)
    assert b"ranges" in done.stdout


def test_the_last_line_of_a_diff_is_coloured_too() -> None:
    assert worker.colour("diff", ["- old", "+ new"]) == [[(0, 5, "error")], [(0, 5, "ok")]]


async def test_a_child_that_cannot_be_started_is_an_error_with_a_reason(tmp_path: Path) -> None:
    process = PipedProcess(tmp_path / "nothing", [], idle_s=1)
    with pytest.raises(ChildEndedError, match="No such file"):
        await process.ask(b"x", timeout_s=1)
    await process.aclose()


async def test_E2_the_child_sees_no_key_and_imports_nothing_from_the_current_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "pygments.py").write_text("raise SystemExit('planted')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary")
    highlighter = CodeHighlighter()
    try:
        assert await highlighter.ranges("python", ["x = 1"])
        assert highlighter.process_id is not None
        environment = psutil.Process(highlighter.process_id).environ()
        assert "sk-canary" not in str(environment) and "PYTHONPATH" not in environment
    finally:
        await highlighter.aclose()
