"""`aica ask` against the simulator: text, JSON lines, every error kind and its exit status, cancelling."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from app.services.mock_server import MockServer
from app.services.terminal_command import in_terminal
from tests.cli.conftest import ROOT, Aica, Result, eventually, home_without_programs, install_programs
from tests.fakes.pdf import pdf

pytestmark = pytest.mark.anyio

ANSWER = "one two three four five six"
CODER = "simulated/coder-7b"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


def documented_as_retryable(kind: str) -> bool:
    """What the reference's table of errors promises."""
    reference = (ROOT / "resources" / "help" / "reference.md").read_text(encoding="utf-8")
    row = next(line for line in reference.splitlines() if line.startswith(f"| `{kind}` |") and line.count("|") == 5)
    word = row.split("|")[3].strip()
    assert word == "no" or word.startswith("yes")
    return word != "no"


def asked(server: MockServer) -> Any:
    """The body of the newest chat request the server saw."""
    return next(r.body for r in reversed(server.stats.recorded) if r.path.endswith("/chat/completions"))


# --- answers ---


async def test_help_says_that_nothing_is_kept_and_what_keeps_it(aica: Aica) -> None:
    said = " ".join((await aica("ask", "--help")).out.split())
    assert "This is not kept in the history; aica chat keeps its chats." in said


async def test_the_answer_goes_to_stdout_and_the_simulated_mark_to_stderr(connected: Aica) -> None:
    result = await connected("ask", "hello")
    assert (result.status, result.out) == (0, f"{ANSWER}\n")
    assert "Simulated answers. No model is running." in result.err


async def test_the_answer_is_printed_as_it_arrives(connected: Aica, server: MockServer) -> None:
    server.script.update({"tokens": 100, "tokens_per_second": 20, "ttft": 0})
    child = await connected.start("ask", "hello")
    assert child.stdout is not None
    async with asyncio.timeout(20):
        assert await child.stdout.readexactly(3) == b"one"
    assert server.stats.streams_open == 1
    child.kill()
    await child.communicate()


async def test_no_stream_prints_the_same_at_the_end(connected: Aica) -> None:
    assert (await connected("ask", "--no-stream", "hello")).out == f"{ANSWER}\n"


async def test_reasoning_goes_to_stderr_and_can_be_hidden(connected: Aica, server: MockServer) -> None:
    shown = await connected("ask", "--model", "simulated/thinker-4b", "hello")
    assert server.script.reasoning_text in shown.err
    assert shown.out == f"{ANSWER}\n"
    hidden = await connected("ask", "--model", "simulated/thinker-4b", "--no-reasoning", "hello")
    assert server.script.reasoning_text not in hidden.err


async def test_json_lines_are_those_of_the_contract(connected: Aica, server: MockServer) -> None:
    server.script.update({"tokens": 40, "tokens_per_second": 200})
    result = await connected("ask", "--json", "--model", "simulated/thinker-4b", "hello")
    lines = result.lines
    assert lines[0] == {
        "type": "start", "provider": "lm_studio", "model": "simulated/thinker-4b", "local": True, "simulated": True,
    }  # fmt: skip
    assert {line["type"] for line in lines[1:-2]} == {"reasoning", "text"}
    assert "".join(line["text"] for line in lines if line["type"] == "text").startswith(ANSWER)
    usage, done = lines[-2:]
    assert set(usage) == {"type", "input_tokens", "output_tokens", "reasoning_tokens", "cost_usd", "estimated"}
    assert (usage["type"], usage["estimated"], usage["cost_usd"]) == ("usage", False, 0.0)
    assert usage["output_tokens"] == 40 + usage["reasoning_tokens"]
    assert set(done) == {"type", "finish_reason", "ttft_ms", "duration_ms", "tokens_per_second"}
    assert done["finish_reason"] == "stop"
    assert 0 < done["ttft_ms"] < done["duration_ms"]
    assert done["tokens_per_second"] == pytest.approx(200, rel=0.3)
    assert result.err == ""


async def test_json_without_usage_from_the_server_is_marked_as_estimated(connected: Aica, server: MockServer) -> None:
    server.script.usage = "never"
    usage = (await connected("ask", "--json", "hello there")).lines[-2]
    assert usage["estimated"] is True
    assert usage["input_tokens"] > 0
    assert usage["output_tokens"] > 0


async def test_A15_json_tool_calls_come_whole_and_broken_arguments_as_they_are(
    connected: Aica, server: MockServer
) -> None:
    broken = '{"word": "do\u202eg\x1b[2J'
    server.script.tool_calls = [
        {"name": "look_up", "arguments": '{"word": "cat"}'},
        {"name": "look\x1b]0;up\x07", "arguments": broken, "id": "2"},
    ]
    tools = [{"type": "function", "function": {"name": "look_up", "parameters": {"type": "object"}}}]
    result = await connected("ask", "--json", "--param", f"tools={json.dumps(tools)}", "hello")
    calls = [line for line in result.lines if line["type"] == "tool_call"]
    assert calls == [
        {"type": "tool_call", "id": "814890118", "name": "look_up", "arguments": '{"word": "cat"}'},
        {"type": "tool_call", "id": "2", "name": "look\x1b]0;up\x07", "arguments": broken},
    ]
    assert result.lines[-1]["finish_reason"] == "tool_calls"
    assert "\x1b" not in result.out
    plain = await connected("ask", "--param", f"tools={json.dumps(tools)}", "hello")
    assert "wants to call 'look_up'; tools are not run here" in plain.err
    assert "\x1b" not in plain.out + plain.err


async def test_flags_and_parameters_reach_the_server(connected: Aica, server: MockServer) -> None:
    result = await connected(
        "ask", "--system", "Be brief", "--temperature", "0.25", "--top-p", "0.5", "--seed", "7", "--max-tokens", "3",
        "--param", "top_k=40", "--param", "stop=[\"x\"]", "--param", "custom=plain text", "--", "--hello",
    )  # fmt: skip
    assert result.status == 0
    body = asked(server)
    expected = {"temperature": 0.25, "top_p": 0.5, "seed": 7, "max_tokens": 3, "top_k": 40, "custom": "plain text"}
    assert {key: body.get(key) for key in expected} == expected
    assert body["stop"] == ["x"]
    assert body["messages"] == [{"role": "system", "content": "Be brief"}, {"role": "user", "content": "--hello"}]
    assert "token limit" in result.err


async def test_what_the_server_refused_is_told_as_left_out(connected: Aica, server: MockServer, tmp_path: Path) -> None:
    server.script.refused_fields = ["temperature", "mirostat"]
    flags = ("--temperature", "0.5", "--seed", "3", "--param", "mirostat=2", "hello")
    found = await connected("ask", "--json", *flags)
    assert found.lines[0]["type"] == "start" and "left_out" not in found.lines[0], "told before the server answers"
    told_later = [line for line in found.lines if line["type"] == "left_out"]
    assert told_later == [{"type": "left_out", "fields": ["temperature", "mirostat"]}]
    plain = await connected("ask", *flags)
    assert plain.out == found_text(found) + "\n"
    told = [line for line in plain.err.splitlines() if "Not sent" in line]
    assert told == ["aica: Not sent, since lm_studio does not accept it: temperature, mirostat."]
    server.script.refused_fields = []
    untouched = await connected("ask", "--json", *flags)
    assert "left_out" not in [key for line in untouched.lines for key in (line["type"], *line)]


def found_text(result: Result) -> str:
    return "".join(line["text"] for line in result.lines if line["type"] == "text")


async def test_a_schema_is_sent_and_answered(connected: Aica, server: MockServer, tmp_path: Path) -> None:
    file = tmp_path / "schema.json"
    file.write_text('{"type": "object", "properties": {"n": {"type": "integer"}}}', encoding="utf-8")
    result = await connected("ask", "--schema", str(file), "hello")
    assert json.loads(result.out) == {"n": 1}
    assert asked(server)["response_format"]["type"] == "json_schema"


# --- prompts ---


async def test_piped_input_is_added_to_the_prompt_and_a_dash_is_standard_input(
    connected: Aica, server: MockServer
) -> None:
    await connected("ask", "explain", "this:", stdin="grüße\r\nzeile\n".encode())
    assert asked(server)["messages"][-1]["content"] == "explain this:\n\ngrüße\nzeile"
    await connected("ask", "-", stdin=b"only this")
    assert asked(server)["messages"][-1]["content"] == "only this"


@pytest.mark.parametrize("stdin", [b"\x89PNG\r\n\x1a\n\x00\x00", b"text\x00text", b"caf\xe9"])
async def test_binary_standard_input_is_refused(connected: Aica, server: MockServer, stdin: bytes) -> None:
    result = await connected("ask", "what is this?", stdin=stdin)
    assert result.status == 2
    assert "standard input is" in result.err
    assert server.stats.requests == 0


@pytest.mark.parametrize("stdin", [None, b"", b" \n\n"])
async def test_an_empty_prompt_is_refused(connected: Aica, server: MockServer, stdin: bytes | None) -> None:
    result = await connected("ask", "  ", stdin=stdin)
    assert (result.status, result.out) == (2, "")
    assert "there is no prompt" in result.err
    assert server.stats.requests == 0


@pytest.mark.skipif(os.name == "nt", reason="closing standard input is a matter of POSIX shells")
async def test_a_closed_standard_input_is_no_input(connected: Aica, server: MockServer) -> None:
    child = await asyncio.create_subprocess_exec(
        "sh", "-c", 'exec "$0" -m app.cli.main ask hi <&-', sys.executable, cwd=ROOT, env=connected.environment,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(30):
        out, err = await child.communicate()
    assert b"Traceback" not in err
    assert (child.returncode, out.decode()) == (0, f"{ANSWER}\n")
    assert asked(server)["messages"][-1]["content"] == "hi"


async def test_a_prompt_of_one_megabyte_arrives_whole(connected: Aica, server: MockServer) -> None:
    prompt = "ab\u00e9\n" * 200_000
    result = await connected("ask", "-", stdin=prompt.encode())
    assert result.status == 0
    assert asked(server)["messages"][-1]["content"] == prompt.strip("\n")


async def test_attached_text_is_inlined_with_a_fence_it_cannot_close_and_pictures_are_sent_as_such(
    connected: Aica, server: MockServer, tmp_path: Path
) -> None:
    (tmp_path / "a.md").write_text("```\ncode\n```\n", encoding="utf-8")
    (tmp_path / "b.png").write_bytes(PNG)
    attached = ("--attach", str(tmp_path / "a.md"), "--attach", str(tmp_path / "b.png"))
    result = await connected("ask", "--model", "simulated/vision-8b", *attached, "look")
    assert result.status == 0
    content = asked(server)["messages"][-1]["content"]
    text = next(part["text"] for part in content if part["type"] == "text")
    assert text == "File 'a.md':\n````\n```\ncode\n```\n````\n\nlook"
    image = next(part for part in content if part["type"] == "image_url")
    assert image["image_url"]["url"] == f"data:image/png;base64,{base64.b64encode(PNG).decode()}"


async def test_a_long_file_is_cut_and_both_sides_are_told(connected: Aica, server: MockServer, tmp_path: Path) -> None:
    (tmp_path / "big.log").write_text("a line of the log\n" * 40_000, encoding="utf-8")
    result = await connected("ask", "--attach", str(tmp_path / "big.log"), "why?")
    assert result.status == 0
    heading = asked(server)["messages"][-1]["content"].split("\n", 1)[0]
    assert heading == "File 'big.log' (first 22,222 of 40,000 lines):"
    assert "first 22,222 of 40,000 lines" in result.err


async def test_the_text_of_a_pdf_is_sent(connected: Aica, server: MockServer, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf("Hello from page one"))
    result = await connected("ask", "--attach", str(tmp_path / "a.pdf"), "sum up")
    assert result.status == 0
    content = asked(server)["messages"][-1]["content"]
    assert content == "File 'a.pdf':\n```\n[page 1]\nHello from page one\n```\n\nsum up"


async def test_a_picture_for_a_model_that_sees_none_is_refused_before_anything_is_sent(
    connected: Aica, server: MockServer, tmp_path: Path
) -> None:
    (tmp_path / "b.png").write_bytes(PNG)
    result = await connected("ask", "--model", "simulated/writer-13b", "--attach", str(tmp_path / "b.png"), "look")
    assert result.status == 5
    assert "cannot read pictures" in result.err
    assert not any("chat/completions" in one.path for one in server.stats.recorded)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--attach", "missing.txt"),
        ("--attach", sys.executable),
        ("--schema", "missing.json"),
        ("--param", "novalue"),
        ("--param", "temperature=warm"),
        ("--timeout", "0"),
    ],
)
async def test_unusable_arguments_are_status_2_before_anything_is_sent(
    connected: Aica, server: MockServer, arguments: tuple[str, ...]
) -> None:
    result = await connected("ask", *arguments, "hello")
    assert result.status == 2
    assert server.stats.requests == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--max-tokens", "0"), "--max-tokens 0: it must be above 0."),
        (("--max-tokens", "-5"), "--max-tokens -5: it must be above 0."),
        (("--temperature", "9"), "--temperature 9.0: it must be from 0 to 5."),
        (("--temperature", "nan"), "--temperature nan: it must be from 0 to 5."),
        (("--top-p", "3"), "--top-p 3.0: it must be above 0 and at most 1."),
        (("--param", "temperature=9"), "--param temperature=9: it must be from 0 to 5."),
    ],
)
async def test_what_the_settings_refuse_is_refused_here_with_its_range(
    connected: Aica, server: MockServer, arguments: tuple[str, ...], told: str
) -> None:
    result = await connected("ask", *arguments, "hello")
    assert (result.status, result.err) == (2, f"aica: {told}\n")
    assert server.stats.requests == 0


# --- failures: kind and exit status ---


@pytest.mark.parametrize(
    ("script", "status", "kind"),
    [
        ({"fault": "refuse_auth"}, 5, "auth"),
        ({"fault": "rate_limited", "retry_after": "0"}, 5, "rate_limited"),
        ({"fault": "overloaded", "retry_after": "0"}, 5, "overloaded"),
        ({"fault": "server_error"}, 5, "server_error"),
        ({"fault": "bad_request"}, 5, "bad_request"),
        ({"fault": "crash"}, 5, "server_error"),
        ({"fault": "context_length"}, 5, "context_length"),
        ({"fault": "error_first"}, 5, "context_length"),
        ({"fault": "error_200"}, 5, "unsupported"),
        ({"fault": "html"}, 6, "protocol"),
        ({"fault": "not_json"}, 6, "protocol"),
        ({"fault": "redirect"}, 6, "protocol"),
        ({"fault": "no_finish"}, 6, "interrupted"),
        ({"fault": "cut", "cut_after_bytes": 700}, 6, "interrupted"),
    ],
)
async def test_each_failure_has_its_kind_and_exit_status(
    connected: Aica, server: MockServer, tmp_path: Path, script: dict[str, Any], status: int, kind: str
) -> None:
    config = tmp_path / "config.json"
    config.write_text('{"provider_configurations": {"lm_studio": {"max_retries": 0}}}', encoding="utf-8")
    server.script.update(script)
    result = await connected("--config", str(config), "ask", "--json", "--model", "simulated/coder-7b", "hello")
    assert (result.lines[-1]["type"], result.lines[-1]["kind"]) == ("error", kind)
    assert result.status == status
    assert set(result.lines[-1]) == {"type", "kind", "message", "hint", "retryable"}
    assert result.lines[-1]["retryable"] is documented_as_retryable(kind)
    assert sum(line["type"] in ("done", "error") for line in result.lines) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="a program made of a script")
async def test_a_server_that_is_not_there_is_status_4_with_a_way_out(aica: Aica, tmp_path: Path) -> None:
    install_programs(home_without_programs(aica, tmp_path / "person"))
    result = await aica("ask", "--json", "hello")
    assert (result.status, result.lines[-1]["kind"]) == (4, "not_running")
    assert result.lines[-1]["retryable"] is documented_as_retryable("not_running")
    plain = await aica("ask", "hello")
    assert plain.status == 4
    assert plain.err.startswith("aica: LM Studio server not running.\nNothing answers at http://127.0.0.1:9. ")
    assert "lms server start --port 9" in plain.err
    assert in_terminal("doctor") in plain.err
    ollama = await aica("ask", "--provider", "ollama", "hello")
    assert ollama.err.startswith("aica: Ollama is not running.\nNothing answers at http://127.0.0.1:9. ")
    assert "OLLAMA_HOST=127.0.0.1:9" in ollama.err
    assert plain.out == ""


@pytest.mark.skipif(sys.platform == "win32", reason="another person's folder")
@pytest.mark.skipif(Path("/usr/bin/ollama").exists() or Path("/usr/local/bin/ollama").exists(), reason="it is here")
async def test_nobody_is_told_to_start_a_program_that_is_not_installed(aica: Aica, tmp_path: Path) -> None:
    home_without_programs(aica, tmp_path / "person")
    for provider, product, website, start in (
        ("lm_studio", "LM Studio", "https://lmstudio.ai", "server start"),
        ("ollama", "Ollama", "https://ollama.com", "ollama serve"),
    ):
        way = f"Nothing answers at http://127.0.0.1:9. {product} is not installed on this computer: {website}."
        commands = [
            ("ask", "--provider", provider, "hello"),
            ("chat", "--provider", provider),
            ("models", "--provider", provider),
            ("ls", provider),
            ("load", "anything", "--backend", provider),
        ]
        for command in commands:
            result = await aica(*command, stdin=b"hello\n")
            assert result.status == 4
            assert way in result.err
            assert start not in result.err and "backend start" not in result.err
        result = await aica("ask", "--json", "--provider", provider, "hello")
        assert way in result.lines[-1]["hint"]
    both = (await aica("chat", stdin=b"/model ollama\n")).err + (await aica("models")).err + (await aica("ls")).err
    assert "ollama serve" not in both and "backend start" not in both and "server start" not in both


@pytest.mark.parametrize("model", [(), ("--model", "gpt-5")])
async def test_a_service_without_its_key_is_not_contacted(
    aica: Aica, server: MockServer, model: tuple[str, ...]
) -> None:
    flags = ("--provider", "openai", "--base-url", server.base_url, *model)
    result = await aica("ask", "--json", *flags, "hello")
    assert (result.status, [line["type"] for line in result.lines]) == (5, ["error"])
    assert (result.lines[0]["kind"], result.lines[0]["message"]) == ("auth", "No key for OpenAI.")
    chat = await aica("chat", *flags, stdin=b"hello\n")
    models = await aica("models", "--provider", "openai", "--base-url", server.base_url)
    for one in (await aica("ask", *flags, "hello"), chat, models):
        assert (one.status, one.out) == (5, "")
        assert "No key for OpenAI." in one.err
        assert in_terminal("key set openai") in one.err
    assert server.stats.requests == 0


async def test_a_host_that_cannot_be_reached_is_status_4(aica: Aica) -> None:
    result = await aica("ask", "--json", "--base-url", "http://no-such-host.invalid:1234", "--model", "m", "hello")
    assert (result.status, result.lines[-1]["kind"]) == (4, "unreachable")
    assert result.lines[-1]["hint"].count(in_terminal("doctor")) == 1


async def test_a_timeout_is_status_4_before_and_6_after_the_first_token(connected: Aica, server: MockServer) -> None:
    server.script.update({"fault": "hang"})
    before = await connected("ask", "--json", "--timeout", "0.5", "--model", "simulated/coder-7b", "hello")
    assert (before.status, before.lines[-1]["kind"]) == (4, "timeout")
    assert before.lines[-1]["retryable"] is documented_as_retryable("timeout")
    tries = [r for r in server.stats.recorded if r.path.endswith("/chat/completions")]
    assert len(tries) == 1, "worth another try, but not unasked"
    server.script.update({"fault": "stall"})
    after = await connected("ask", "--json", "--timeout", "0.5", "--model", "simulated/coder-7b", "hello")
    assert (after.status, after.lines[-1]["kind"]) == (6, "timeout")
    assert after.lines[-1]["retryable"] is documented_as_retryable("timeout")
    assert [line["type"] for line in after.lines[:-1]] == ["start", "text", "text", "text"]


async def test_a_missing_model_is_status_5(connected: Aica) -> None:
    result = await connected("ask", "--json", "--model", "lm_studio:nope", "hello")
    assert (result.status, result.lines[-1]["kind"]) == (5, "model_not_found")
    assert result.lines[-1]["retryable"] is documented_as_retryable("model_not_found")
    assert result.lines[-1]["message"] == "Model 'nope' not found."


async def test_a_missing_model_names_those_that_were_probably_meant(connected: Aica) -> None:
    fixed = "Download it in LM Studio or check MODEL_NAME."
    hints = [
        (await connected("ask", "--json", "--model", model, "hello")).lines[-1]["hint"]
        for model in ("lm_studio:twin", "lm_studio:codr-7b", "lm_studio:nope")
    ]
    assert hints == [
        f"{fixed} Did you mean simulated/twin-1b? “{in_terminal('models')}” lists the models.",
        f"{fixed} Did you mean simulated/coder-7b? “{in_terminal('models')}” lists the models.",
        f"{fixed} “{in_terminal('models')}” lists the models.",
    ]


@pytest.mark.parametrize(
    "arguments", [("--provider", "nonsense"), ("--base-url", "ftp://127.0.0.1"), ("--base-url", "http://u:p@127.0.0.1")]
)
async def test_wrong_settings_are_status_3(connected: Aica, arguments: tuple[str, ...]) -> None:
    result = await connected("ask", "--json", *arguments, "hello")
    assert (result.status, result.lines[-1]["kind"]) == (3, "config")


async def test_stream_cut_in_mid_answer_keeps_the_text_and_says_so(connected: Aica, server: MockServer) -> None:
    server.script.fault = type(server.script.fault)("no_finish")
    result = await connected("ask", "--model", "simulated/coder-7b", "hello")
    assert (result.status, result.out) == (6, "one two three\n")
    assert result.err.splitlines()[-2].startswith("aica: ")


async def test_A12_failures_before_the_first_token_are_tried_again(connected: Aica, server: MockServer) -> None:
    server.script.update({"fault": "server_error", "fault_times": 1})
    result = await connected("ask", "--model", "simulated/coder-7b", "hello")
    assert (result.status, result.out) == (0, f"{ANSWER}\n")


async def test_a_broken_configuration_is_told_and_the_defaults_are_used(connected: Aica, tmp_path: Path) -> None:
    folder = Path(connected.environment["AICA_HOME"]) / "config"
    folder.mkdir(parents=True)
    file = folder / "llm_studio_config.json"
    file.write_text('{"default_provider": \n oops}', encoding="utf-8")
    result = await connected("ask", "hello")
    assert (result.status, result.out) == (0, f"{ANSWER}\n")
    assert "line 2" in result.err
    assert file.read_text(encoding="utf-8") == '{"default_provider": \n oops}'


# --- cancelling ---


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("json_lines", [False, True])
async def test_A9_ctrl_c_ends_with_130_and_stops_the_generation_upstream(
    connected: Aica, server: MockServer, json_lines: bool
) -> None:
    server.script.update({"tokens": 100_000, "tokens_per_second": 100})
    child = await connected.start("ask", *(["--json"] if json_lines else []), "hello")
    await eventually(lambda: server.stats.tokens_sent > 5)
    pressed = time.monotonic()
    child.send_signal(signal.SIGINT)
    async with asyncio.timeout(10):
        out, err = await child.communicate()
    assert child.returncode == 130
    await eventually(lambda: server.stats.streams_aborted == 1)
    assert server.stats.last_disconnect_at is not None
    assert server.stats.last_disconnect_at - pressed < 1
    assert b"Traceback" not in err
    if json_lines:
        last = json.loads(out.splitlines()[-1])
        assert (last["type"], last["kind"]) == ("error", "cancelled")


@pytest.mark.parametrize(
    ("model", "named"),
    [((), True), (("--model", "auto"), True), (("--model", "local-model"), True), (("--model", CODER), False)],
    ids=["none", "auto", "local-model", "named"],
)
async def test_who_answered_is_told_at_the_end_where_nobody_named_the_model(
    connected: Aica, model: tuple[str, ...], named: bool
) -> None:
    for stream in ((), ("--no-stream",)):
        result = await connected("ask", *model, *stream, "hello")
        assert (result.status, result.out) == (0, f"{ANSWER}\n")
        assert (f"aica: Answered by lm_studio:{CODER}." == result.err.splitlines()[-1]) is named


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
async def test_ctrl_c_before_the_first_token_ends_with_130(connected: Aica, server: MockServer) -> None:
    server.script.ttft = 60
    child = await connected.start("ask", "hello")
    await eventually(lambda: server.stats.streams_open == 1)
    child.send_signal(signal.SIGINT)
    async with asyncio.timeout(10):
        await child.communicate()
    assert child.returncode == 130


async def test_a_reader_that_leaves_ends_the_generation(connected: Aica, server: MockServer) -> None:
    server.script.update({"tokens": 100_000, "tokens_per_second": 500})
    read_end, write_end = os.pipe()
    child = await connected.start("ask", "hello", stdout=write_end)
    os.close(write_end)
    await eventually(lambda: server.stats.tokens_sent > 5)
    os.close(read_end)
    async with asyncio.timeout(10):
        _, err = await child.communicate()
    assert child.returncode == 141
    assert err.count(b"\n") == 1, "nothing but the remark that it is simulated"
    await eventually(lambda: server.stats.streams_aborted == 1)


# --- the terminal ---

HOSTILE = "a\x1b[2Jb\x1b]0;title\x07c\x9b31md\x7fe\rf\r\ng\ttab\x08\u202eevil\u2066 end\x85 \x00 ü 漢 🎉"
UNSAFE = [bytes([n]) for n in range(32) if n not in (9, 10)] + [b"\x7f"]


@pytest.mark.parametrize("flags", [(), ("--no-stream",), ("--json",)])
async def test_B8_no_control_character_of_a_model_reaches_the_output(
    connected: Aica, server: MockServer, flags: tuple[str, ...]
) -> None:
    server.script.update({"answer": HOSTILE, "reasoning": "reasoning_content", "reasoning_text": HOSTILE})
    result = await connected("ask", *flags, "hello")
    assert result.status == 0
    for text in (result.out, result.err):
        data = text.encode()
        assert not [byte for byte in UNSAFE if byte in data]
        assert not [c for c in text if "\x80" <= c <= "\x9f" or c in "\u202e\u2066"]
    if not flags:
        assert "␛[2Jb" in result.out
        assert "\\u202eevil" in result.out
        assert "f\ng\ttab" in result.out
        assert "ü 漢 🎉" in result.out
    if flags == ("--json",):
        assert "".join(line["text"] for line in result.lines if line["type"] == "text") == HOSTILE


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals")
@pytest.mark.parametrize("no_color", [False, True])
async def test_B8_at_a_terminal_only_our_own_codes_appear_and_none_with_no_color(
    connected: Aica, server: MockServer, no_color: bool
) -> None:
    import pty
    import re

    server.script.update({"answer": HOSTILE, "reasoning": "reasoning_content", "reasoning_text": HOSTILE})
    if no_color:
        connected.environment["NO_COLOR"] = "1"
    master, slave = pty.openpty()
    child = await connected.start("ask", "hello", stdout=slave, stderr=slave)
    os.close(slave)
    output = b""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(20):
        while True:
            try:
                data = await loop.run_in_executor(None, os.read, master, 65536)
            except OSError:  # the other end is closed: Linux says EIO
                break
            if not data:
                break
            output += data
        await child.wait()
    os.close(master)
    ours = re.findall(rb"\x1b\[(?:0|2|31)m", output)
    assert bool(ours) != no_color
    rest = re.sub(rb"\x1b\[(?:0|2|31)m", b"", output).replace(b"\r\n", b"\n")
    assert not [byte for byte in UNSAFE if byte in rest]


async def test_B8_names_and_errors_from_servers_are_made_visible(connected: Aica, server: MockServer) -> None:
    server.script.update({"fault": "error_first", "error_message": "bad \x1b]0;x\x07 thing"})
    result = await connected("ask", "--model", "simulated/coder-7b", "hello")
    assert result.status == 5
    assert "\x1b" not in result.err


async def test_an_answer_to_a_schema_is_printed_whole_and_the_json_says_how_it_was_had(
    connected: Aica, tmp_path: Path
) -> None:
    file = tmp_path / "schema.json"
    file.write_text(json.dumps({"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}))
    plain = await connected("ask", "--schema", str(file), "hello")
    assert plain.status == 0 and set(json.loads(plain.out)) == {"n"}
    lines = [
        json.loads(line) for line in (await connected("ask", "--json", "--schema", str(file), "hello")).out.splitlines()
    ]
    assert [line["type"] for line in lines] == ["start", "text", "usage", "done"]
    assert json.loads(lines[1]["text"]) == json.loads(plain.out)
    assert (lines[-1]["mode"], lines[-1]["repairs"]) == ("schema", 0)


async def test_a_schema_that_no_answer_fits_ends_with_the_reason(connected: Aica, tmp_path: Path) -> None:
    file = tmp_path / "schema.json"
    file.write_text('{"type": "object", "properties": {"n": {"const": 1}}, "required": ["n"], "not": {}}')
    failed = await connected("ask", "--schema", str(file), "hello")
    assert failed.status == 6 and "does not fit the schema, also after 2 corrections" in failed.err
    file.write_text('{"type": "nonsense"}')
    assert (await connected("ask", "--schema", str(file), "hello")).status == 3
