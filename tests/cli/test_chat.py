"""`aica chat`: the plain line loop, the store it shares with the window, and a real pseudo-terminal."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from app.services.mock_server import Fault, MockServer
from tests.cli.conftest import Aica, eventually

pytestmark = pytest.mark.anyio

ANSWER = "one two three four five six"


async def test_piped_lines_are_answered_in_one_conversation_that_is_kept(connected: Aica, server: MockServer) -> None:
    result = await connected("chat", stdin=b"first question\n\nsecond question\n")
    assert (result.status, result.out) == (0, f"{ANSWER}\n{ANSWER}\n")
    bodies = [r.body for r in server.stats.recorded if r.path.endswith("/chat/completions")]
    assert [m["content"] for m in bodies[1]["messages"]] == ["first question", ANSWER, "second question"]
    listed = (await connected("history", "list", "--json")).value["conversations"]
    assert [(c["title"], c["messages"]) for c in listed] == [("first question", 4)]


async def test_who_answers_is_told_when_it_changes_where_nobody_named_the_model(connected: Aica) -> None:
    script = b"one\ntwo\n/model simulated/twin-1b\nthree\n/model auto\nfour\nfive\n"
    result = await connected("chat", stdin=script)
    before, after = result.err.split("simulated/twin-1b through lm_studio answers from now on.")
    assert before.count("aica: Answered by lm_studio:simulated/coder-7b.\n") == 1
    assert after.partition("auto answers from now on.")[0].count("Answered by") == 0
    assert after.count("aica: Answered by lm_studio:simulated/") == 1


async def test_an_answer_is_continued_from_where_it_broke_off(connected: Aica, server: MockServer) -> None:
    server.script.fault, server.script.fault_times, server.script.fault_after_tokens = Fault.NO_FINISH, 1, 7
    server.script.answer = whole = "one two three four five six seven eight nine ten"
    result = await connected("chat", stdin=b"count\n/continue\n/continue please\n")
    first, second, _third = (r.body["messages"] for r in server.stats.recorded if r.path.endswith("/chat/completions"))
    begun = second[-1]["content"]
    assert first == second[:-1] and second[-1]["role"] == "assistant"
    assert begun and whole.startswith(begun)
    # The simulator says its whole answer again: what is there already is not said twice.
    assert result.out.startswith(f"{begun}\n{whole.removeprefix(begun)}\n")
    shown = (await connected("history", "show", "1", "--json")).value["messages"]
    assert [m["text"] for m in shown] == ["count", whole]


async def test_where_nothing_was_answered_there_is_nothing_to_continue(connected: Aica) -> None:
    result = await connected("chat", stdin=b"/continue\n")
    assert "There is no answer yet." in result.err


async def test_a_setting_that_the_server_refuses_is_told_once_an_answer(connected: Aica, server: MockServer) -> None:
    server.script.refused_fields = ["temperature"]
    assert (await connected("config", "set", "chat.temperature", "0.5")).status == 0
    result = await connected("chat", stdin=b"hello\n")
    assert result.out == f"{ANSWER}\n"
    told = [line for line in result.err.splitlines() if "Not sent" in line]
    assert told == ["aica: Not sent, since lm_studio does not accept it: temperature."]


async def test_a_server_that_drops_turns_is_told(connected: Aica, server: MockServer) -> None:
    server.script.keeps_tokens = 40
    prompt = "word " * 400
    result = await connected("chat", stdin=f"{prompt}\n".encode())
    assert (result.status, result.out) == (0, f"{ANSWER}\n")
    told = [line for line in result.err.splitlines() if "dropped" in line]
    assert told == ["aica: The server dropped ≈ 473 tokens from the start of this chat."]


TWIN = "simulated/twin-1b"
WORDS = b"word " * 1_500


def sent(server: MockServer) -> list[list[str]]:
    """The texts of each request for an answer."""
    bodies = [r.body for r in server.stats.recorded if r.path.endswith("/chat/completions")]
    return [[m["content"] for m in body["messages"]] for body in bodies]


async def test_a_chat_that_fits_is_not_shortened(connected: Aica) -> None:
    result = await connected("chat", "--model", TWIN, stdin=b"hello\n/shorten\n/summarise\n")
    assert result.err.count("This chat fits") == 2
    assert "not sent any more" not in result.err and "sent as this summary" not in result.err


async def test_in_a_script_what_does_not_fit_is_told_and_can_be_shortened_after_the_server_refused_it(
    connected: Aica, server: MockServer
) -> None:
    server.script.enforce_context = True
    turns = b"".join(b"turn %d %s\n" % (turn, WORDS) for turn in range(5))
    result = await connected("chat", "--model", TWIN, stdin=turns + b"/shorten\n")
    assert "This does not fit the model's window: " in result.err
    assert "/shorten leaves the oldest messages out" in result.err
    assert "earlier messages are not sent any more" in result.err
    assert result.out == f"{ANSWER}\n" * 5, "the refused one is asked again"
    assert result.status == 0
    assert sent(server)[-1][-1].startswith("turn 4") and len(sent(server)[-1]) < len(sent(server)[-2])


async def test_the_model_puts_the_beginning_of_a_chat_into_a_summary(connected: Aica, server: MockServer) -> None:
    server.script.enforce_context = True
    turns = b"".join(b"turn %d %s\n" % (turn, WORDS) for turn in range(5))
    result = await connected("chat", "--model", TWIN, stdin=turns + b"/summarise\nand on\n/whole\n")
    assert "earlier messages are sent as this summary" in result.err
    assert "The whole chat is sent again." in result.err
    assert result.status == 0
    last = sent(server)[-1]
    assert last[0].startswith("Summary of our conversation so far:") and ANSWER in last[0]
    assert last[-1] == "and on"


async def test_a_summary_that_cannot_be_had_leaves_the_chat_as_it_is(connected: Aica, server: MockServer) -> None:
    server.script.enforce_context = True
    server.script.answer = ""
    turns = b"".join(b"turn %d %s\n" % (turn, WORDS) for turn in range(5))
    result = await connected("chat", "--model", TWIN, stdin=turns + b"/summarise\n/whole\n")
    assert "The model wrote no summary." in result.err
    assert "The whole chat is sent already." in result.err
    assert result.status != 0


async def test_there_is_nothing_to_leave_out_of_a_chat_that_fits(connected: Aica, server: MockServer) -> None:
    result = await connected("chat", "--model", TWIN, stdin=b"/shorten\nhello %s\n/summarise\n" % WORDS)
    assert "There is nothing to leave out yet." in result.err
    assert "This chat fits: " in result.err
    assert len(sent(server)) == 1


async def test_commands(connected: Aica, server: MockServer) -> None:
    script = b"/model\n/model 2\nhello\n/new\n//slash\n/history\n/nonsense\n/help\n/exit\nnever sent\n"
    result = await connected("chat", stdin=script)
    assert result.status == 0
    bodies = [r.body for r in server.stats.recorded if r.path.endswith("/chat/completions")]
    assert [b["messages"][-1]["content"] for b in bodies] == ["hello", "/slash"]
    assert [len(b["messages"]) for b in bodies] == [1, 1]
    assert bodies[0]["model"] == "simulated/thinker-4b"
    assert "  2  simulated/thinker-4b  lm_studio (simulated)" in result.out
    assert "/model NAME" in result.out
    assert "There is no command '/nonsense'" in result.err


async def test_choosing_a_model_says_what_will_answer_and_a_number_is_one_of_the_list(
    connected: Aica, server: MockServer
) -> None:
    script = b"/history\n/model 9\n/model 2\nhello\n/model simulated/twin-1b\n/model nope\n/model auto\n"
    result = await connected("chat", stdin=script)
    assert [line for line in result.err.splitlines() if "Simulated answers" not in line and "aica: " in line] == [
        "aica: No chats yet.",
        "aica: There is no model 9 in the list. /model shows it.",
        "aica: simulated/thinker-4b through lm_studio answers from now on. Simulated: no model is running.",
        "aica: simulated/twin-1b through lm_studio answers from now on. Simulated: no model is running.",
        "aica: No provider lists 'nope'; asked for anyway.",
        "aica: auto answers from now on.",
    ]
    bodies = [r.body for r in server.stats.recorded if r.path.endswith("/chat/completions")]
    assert [body["model"] for body in bodies] == ["simulated/thinker-4b"]


async def test_models_of_a_provider_that_was_chosen_are_listed_though_it_is_not_switched_on(aica: Aica) -> None:
    result = await aica("chat", "--provider", "mock", stdin=b"/model\n")
    assert "  1  simulated/coder-7b  mock (simulated)" in result.out


async def test_without_a_server_the_list_ends_with_the_simulated_model_and_says_the_ways_out(aica: Aica) -> None:
    result = await aica("chat", stdin=b"/model\n/model 1\nhello\n")
    assert result.out.startswith("  1  simulated  mock (simulated)\n")
    assert "No provider lists a model." in result.err
    for way in ("start LM Studio's server or Ollama", "--base-url ADDRESS", "/model simulated"):
        assert way in result.err
    assert "simulated/coder-7b through mock answers from now on. Simulated: no model is running." in result.err
    assert (result.status, len(result.out.splitlines()) > 1) == (0, True)


@pytest.mark.parametrize("name", ["mock", "simulated"])
async def test_the_simulated_model_is_chosen_by_its_provider_s_name(connected: Aica, name: str) -> None:
    listed = await connected("chat", stdin=f"/model\n/model {name}\nhello\n".encode())
    numbered = [line for line in listed.out.splitlines() if line.strip()[:1].isdecimal() and "  simulated" in line]
    assert len(numbered) > 1
    assert numbered[-1] == f"{len(numbered):3}  simulated  mock (simulated)"
    assert "simulated/coder-7b through mock answers from now on. Simulated: no model is running." in listed.err
    assert listed.status == 0


async def test_a_provider_that_is_not_up_is_not_chosen(aica: Aica) -> None:
    result = await aica("chat", stdin=b"/model simulated\n/model ollama\nhello\n")
    assert "Ollama is not running." in result.err
    assert result.status == 0  # the simulated model still answers


@pytest.mark.parametrize("server_is_up", [True, False])
async def test_a_piece_of_one_model_s_name_chooses_it(aica: Aica, server: MockServer, server_is_up: bool) -> None:
    if server_is_up:
        aica.environment["LMSTUDIO_BASE_URL"] = server.base_url
    result = await aica("chat", stdin=b"/model TWIN\nhello\n")
    through = "lm_studio" if server_is_up else "mock"
    assert f"simulated/twin-1b through {through} answers from now on." in result.err
    assert result.status == 0


async def test_a_model_that_the_server_does_not_have_names_the_near_ones(connected: Aica) -> None:
    result = await connected("chat", "--model", "lm_studio:twin", stdin=b"hello\n")
    assert result.status == 5
    assert "Did you mean simulated/twin-1b? “/model” lists the models." in result.err


async def test_a_piece_of_several_names_is_asked_back_and_changes_nothing(connected: Aica, server: MockServer) -> None:
    server.script.extra_models = ["simulated/twin-2b"]
    result = await connected("chat", stdin=b"/model thinker\n/model twin\nhello\n/model thinkr-4b\n")
    asked = (
        "2 models match 'twin'. Which one? /model NAME, of lm_studio:simulated/twin-1b, lm_studio:simulated/twin-2b."
    )
    assert asked in result.err
    assert "No provider lists 'thinkr-4b'; asked for anyway. Did you mean simulated/thinker-4b?" in result.err
    bodies = [r.body for r in server.stats.recorded if r.path.endswith("/chat/completions")]
    assert [body["model"] for body in bodies] == ["simulated/thinker-4b"]


@pytest.mark.parametrize("before", [b"", b"a harmless line\n"])
async def test_binary_input_is_refused_and_nothing_is_stored(
    connected: Aica, server: MockServer, before: bytes
) -> None:
    result = await connected("chat", stdin=before + b"\x7fELF\x02\x01\0\0\n\x03\0>\0\n")
    assert result.status == 2
    assert result.err == "aica: standard input is binary, not text, so it was not sent.\n"
    latin = await connected("chat", stdin="gr\xfc\xdfe\n".encode("latin-1"))
    assert (latin.status, "is not UTF-8 text" in latin.err) == (2, True)
    assert (await connected("history", "list", "--json")).value["conversations"] == []
    assert not [r for r in server.stats.recorded if r.path.endswith("/chat/completions")]


async def test_lines_of_other_encodings_and_line_ends_are_read_as_ask_reads_them(
    connected: Aica, server: MockServer
) -> None:
    for data in ("gr\xfc\xdfe\r\nzwei".encode("utf-16"), "gr\xfc\xdfe\r\nzwei".encode("utf-8-sig")):
        server.stats.recorded.clear()
        assert (await connected("chat", stdin=data)).status == 0
        bodies = [r.body for r in server.stats.recorded if r.path.endswith("/chat/completions")]
        assert [body["messages"][-1]["content"] for body in bodies] == ["gr\xfc\xdfe", "zwei"]


async def test_an_earlier_chat_can_be_gone_on_with(connected: Aica, server: MockServer) -> None:
    await connected("chat", stdin=b"remember this\n")
    identifier = (await connected("history", "list", "--json")).value["conversations"][0]["id"]
    result = await connected("chat", stdin=f"/history {identifier}\nand now\n".encode())
    assert "> remember this" in result.out
    await connected("chat", "--continue", stdin=b"third\n")
    body = [r.body for r in server.stats.recorded if r.path.endswith("/chat/completions")][-1]
    assert [m["content"] for m in body["messages"] if m["role"] == "user"] == ["remember this", "and now", "third"]
    wrong = await connected("chat", stdin=b"/history 999\n/history x\n")
    assert wrong.err.count("There is no chat") == 2


async def test_system_prompt_and_settings_are_used(connected: Aica, server: MockServer) -> None:
    await connected("config", "set", "chat.temperature", "0.3")
    await connected("chat", "--system", "Be brief", stdin=b"hello\n")
    body = next(r.body for r in server.stats.recorded if r.path.endswith("/chat/completions"))
    assert body["messages"][0] == {"role": "system", "content": "Be brief"}
    assert body["temperature"] == 0.3


async def test_a_failure_is_told_the_loop_goes_on_and_the_last_message_decides_the_status(
    connected: Aica, server: MockServer
) -> None:
    server.script.update({"fault": "refuse_auth", "fault_times": 1})
    recovered = await connected("chat", "--model", "simulated/coder-7b", stdin=b"one\ntwo\n")
    assert (recovered.status, recovered.out) == (0, f"{ANSWER}\n")
    assert "aica: " in recovered.err
    server.script.update({"fault": "refuse_auth", "fault_times": None})
    failed = await connected("chat", "--model", "simulated/coder-7b", stdin=b"one\n")
    assert failed.status == 5


async def test_without_a_server_the_status_is_4(aica: Aica) -> None:
    result = await aica("chat", stdin=b"hello\n")
    assert result.status == 4
    assert "LM Studio server not running." in result.err


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
async def test_A9_ctrl_c_stops_the_answer_keeps_its_text_and_the_loop_goes_on(
    connected: Aica, server: MockServer
) -> None:
    server.script.update({"tokens": 100_000, "tokens_per_second": 100})
    child = await connected.start("chat", stdin=asyncio.subprocess.PIPE)
    assert child.stdin is not None
    child.stdin.write(b"long one\n")
    await eventually(lambda: server.stats.tokens_sent > 20)
    child.send_signal(signal.SIGINT)
    await eventually(lambda: server.stats.streams_aborted == 1)
    server.script.update({"tokens": None, "tokens_per_second": 0})
    async with asyncio.timeout(20):
        out, err = await child.communicate(b"short one\n")
    assert child.returncode == 0
    assert out.decode().endswith(f"\n{ANSWER}\n")
    assert b"Stopped." in err
    identifier = (await connected("history", "list", "--json")).value["conversations"][0]["id"]
    messages = (await connected("history", "show", "--json", str(identifier))).value["messages"]
    assert [m["status"] for m in messages if m["role"] == "assistant"] == ["stopped", "complete"]
    assert messages[1]["text"].startswith("one two three")


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
async def test_ctrl_c_while_waiting_for_a_line_leaves_at_once(connected: Aica, server: MockServer) -> None:
    child = await connected.start("chat", stdin=asyncio.subprocess.PIPE)
    assert child.stdin is not None
    child.stdin.write(b"hello\n")
    await eventually(lambda: server.stats.streams_completed == 1)
    assert child.stdout is not None
    await child.stdout.readline()
    child.send_signal(signal.SIGINT)
    async with asyncio.timeout(5):
        assert await child.wait() == 130
    await child.communicate()


@pytest.mark.skipif(sys.platform == "win32", reason="pipes")
@pytest.mark.parametrize("shared", [False, True], ids=["stdout", "stdout-and-stderr"])
async def test_a_reader_that_leaves_ends_the_chat_quietly_and_what_arrived_is_kept(
    connected: Aica, server: MockServer, tmp_path: Path, shared: bool
) -> None:
    server.script.update({"tokens": 100_000, "tokens_per_second": 500})
    read_end, write_end = os.pipe()
    remarks = tmp_path / "remarks"
    with remarks.open("wb") as file:
        child = await connected.start(
            "chat", stdin=asyncio.subprocess.PIPE, stdout=write_end, stderr=write_end if shared else file
        )
    os.close(write_end)
    assert child.stdin is not None
    child.stdin.write(b"long one\nnever sent\n")  # and it stays open, as a terminal would
    await eventually(lambda: server.stats.tokens_sent > 20)
    os.close(read_end)
    async with asyncio.timeout(10):
        assert await child.wait() == 141
    await eventually(lambda: server.stats.streams_aborted == 1)
    assert remarks.read_text() == ("" if shared else "aica: Simulated answers. No model is running.\n")
    listed = (await connected("history", "list", "--json")).value["conversations"]
    messages = (await connected("history", "show", "--json", str(listed[0]["id"]))).value["messages"]
    assert [(m["role"], m["status"]) for m in messages] == [("user", "complete"), ("assistant", "stopped")]
    assert messages[1]["text"].startswith("one two three")
    logs = Path(connected.environment["AICA_HOME"]).rglob("aica.log")
    assert not any("Traceback" in log.read_text(encoding="utf-8") for log in logs)


async def test_B8_hostile_answers_and_names_are_made_visible(connected: Aica, server: MockServer) -> None:
    server.script.update({"answer": "a\x1b[2Jb", "extra_models": ["simulated/x\x1b]0;t\x07"]})
    result = await connected("chat", stdin=b"/model\nhello\x1b[31m\n/history\n")
    assert "a␛[2Jb" in result.out
    assert "\x1b" not in result.out + result.err


#: prompt_toolkit switches bracketed paste on when it is ready for keys.
PROMPT = b"\x1b[?2004h"


class Terminal:
    """The far end of a pseudo-terminal: what the screen got, and keys to press."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.screen = b""

    async def until(self, text: bytes, timeout_s: float = 15) -> None:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(timeout_s):
            while text not in self.screen:
                self.screen += await loop.run_in_executor(None, os.read, self._descriptor, 65536)
                if b"\x1b[6n" in self.screen:  # it asks where the cursor is; a real terminal answers
                    self.screen = self.screen.replace(b"\x1b[6n", b"")
                    os.write(self._descriptor, b"\x1b[1;1R")

    def press(self, keys: bytes) -> None:
        self.screen = b""
        os.write(self._descriptor, keys)


@asynccontextmanager
async def at_terminal(aica: Aica, *arguments: str) -> AsyncIterator[tuple[Terminal, Any]]:
    import pty

    master, slave = pty.openpty()
    child = await aica.start(*arguments, stdin=slave, stdout=slave, stderr=slave, start_new_session=True)
    os.close(slave)
    try:
        yield Terminal(master), child
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()
        os.close(master)


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals")
async def test_at_a_terminal_it_says_who_answers_prompts_and_leaves_on_ctrl_d(
    connected: Aica, server: MockServer
) -> None:
    async with at_terminal(connected, "chat") as (terminal, child):
        await terminal.until(b"Simulated answers: no model is running.")
        await terminal.until(PROMPT)
        terminal.press(b"hello\r")
        await terminal.until(ANSWER.encode())
        await terminal.until(PROMPT)
        terminal.press(b"half a line\x03")
        await terminal.until(PROMPT)
        terminal.press(b"\x04")
        async with asyncio.timeout(10):
            assert await child.wait() == 0
    assert server.stats.streams_completed == 1


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals")
@pytest.mark.parametrize("named", [TWIN, f"lm_studio:{TWIN}"])
async def test_at_a_terminal_a_model_that_was_named_is_marked_as_simulated_too(connected: Aica, named: str) -> None:
    async with at_terminal(connected, "chat", "--model", named) as (terminal, child):
        await terminal.until(PROMPT)
        assert f"{TWIN} through lm_studio. Simulated answers: no model is running.".encode() in terminal.screen
        terminal.press(b"/model simulated/coder-7b\r")
        await terminal.until(b"answers from now on. Simulated: no model is running.")
        await terminal.until(PROMPT)
        terminal.press(b"\x04")
        await child.wait()


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals")
async def test_at_a_terminal_a_server_whose_model_s_name_does_not_say_that_it_is_simulated_is_told_once(
    connected: Aica, server: MockServer
) -> None:
    server.script.extra_models = ["like-a-real-one"]
    assert (await connected("config", "set", "provider_configurations.ollama.is_enabled", "false")).status == 0
    assert (await connected("config", "set", "provider_configurations.embedded.is_enabled", "false")).status == 0
    async with at_terminal(connected, "chat", "--model", "like-a-real-one") as (terminal, child):
        await terminal.until(PROMPT)
        told = terminal.screen.count(b"Simulated answers")
        for _ in range(2):
            terminal.press(b"hello\r")
            await terminal.until(ANSWER.encode())
            await terminal.until(PROMPT)
            told += terminal.screen.count(b"Simulated answers")
        assert told == 1
        terminal.press(b"\x04")
        await child.wait()


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals")
async def test_at_a_terminal_a_message_that_does_not_fit_waits_for_a_decision(
    connected: Aica, server: MockServer
) -> None:
    turns = b"".join(b"turn %d %s\n" % (turn, WORDS) for turn in range(5))
    assert (await connected("chat", "--model", TWIN, stdin=turns)).status == 0
    server.script.enforce_context = True
    async with at_terminal(connected, "chat", "--model", TWIN, "--continue") as (terminal, child):
        await terminal.until(PROMPT)
        terminal.press(b"and on\r")
        await terminal.until(b"It was not sent.")
        await terminal.until(PROMPT)
        assert len(sent(server)) == 5
        terminal.press(b"/shorten\r")
        await terminal.until(b"earlier messages are not sent any more")
        await terminal.until(ANSWER.encode())
        await terminal.until(PROMPT)
        assert sent(server)[-1][-1] == "and on" and len(sent(server)[-1]) < 11
        terminal.press(b"/whole\r")
        await terminal.until(b"The whole chat is sent again.")
        await terminal.until(PROMPT)
        terminal.press(b"/send\r")
        await terminal.until(b"No message waits.")
        terminal.press(b"/exit\r")
        await child.wait()


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals")
async def test_at_a_terminal_without_a_server_it_says_the_ways_out_and_leaving_is_no_failure(aica: Aica) -> None:
    async with at_terminal(aica, "chat") as (terminal, child):
        await terminal.until(b"/model simulated")
        await terminal.until(PROMPT)
        terminal.press(b"hello\r")
        await terminal.until(b"LM Studio server not running.")
        await terminal.until(PROMPT)
        terminal.press(b"/exit\r")
        async with asyncio.timeout(10):
            assert await child.wait() == 0


def test_no_saved_prompt_can_have_the_name_of_a_command() -> None:
    from app.cli.chat import HELP
    from app.services.conversations.saved_prompts import TAKEN_NAMES

    commands = {line.split()[0].removeprefix("/") for line in HELP.splitlines() if line.startswith("/")}
    assert commands <= TAKEN_NAMES


def everything_below(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


async def test_nothing_of_a_temporary_chat_reaches_the_disk_until_it_is_kept(
    connected: Aica, server: MockServer
) -> None:
    home = Path(connected.environment["AICA_HOME"])
    server.script.update({"answer": "canary answer"})
    await connected("prompt", "save", "plan", "Plan {{input}}.")
    result = await connected("chat", "--temporary", stdin=b"canary question\n/plan the canary\n")
    assert result.status == 0 and result.out.count("canary answer") == 2
    assert "temporary" in result.err
    assert b"canary" not in everything_below(home)
    kept = await connected("chat", "--temporary", stdin=b"canary question\n/keep\nother words\n")
    assert "Kept as chat 1." in kept.err
    listed = (await connected("history", "list", "--json")).value["conversations"]
    assert [one["title"] for one in listed] == ["canary question"]
    assert b"other words" not in everything_below(home)
    already = await connected("chat", stdin=b"hello\n/keep\n")
    assert "kept already" in already.err
    assert (await connected("chat", "--temporary", "--continue")).status == 2
