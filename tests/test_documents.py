"""The documents: generated parts equal the code, links and commands work, examples run, nothing private is named."""

from __future__ import annotations

import ast
import asyncio
import importlib
import importlib.util
import inspect
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pydantic import SecretStr

from app import __version__
from app.cli import chat
from app.cli import main as cli
from app.desktop import main as desktop
from app.desktop.pane_names import TABS
from app.services.licences import licence_of
from app.services.llm import limits, registry
from app.services.llm.errors import LLMError
from app.services.llm.llm_manager import LLMManager
from app.services.llm.models import ChatRequest, Message
from app.services.llm.stream_events import Finished, Started, TextDelta
from app.services.mock_server import MockServer, Script
from app.services.provider_keys import ProviderKeys
from app.services.secrets import SecretStore
from app.services.settings.environment import read_environment
from app.services.settings.schema import AppConfig
from tests.fakes import raw_http
from tests.fakes.raw_http import Exchange, RawServer
from tests.tools import describe_dependencies, describe_promises, markdown
from tests.tools.write_documents import HELP, PARTS, ROOT, documents, generated, translations

README = ROOT / "README.md"
REFERENCE = HELP / "reference.md"
PYTHON_API = HELP / "python-api.md"


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


# -- generated parts


@pytest.mark.parametrize("document", [*documents(), *translations()], ids=name_of)
def test_generated_parts_are_what_the_code_says(document: Path) -> None:
    assert text_of(document) == generated(document), "run: python -m tests.tools.write_documents"


def test_every_generated_part_stands_in_some_document() -> None:
    placed = [name for document in [*documents(), *translations()] for name in markdown.part_names(text_of(document))]
    assert sorted(placed) == sorted(PARTS)


def test_the_promises_are_all_there_and_name_their_tests() -> None:
    rows = describe_promises.promises(text_of(describe_promises.PROMISES))
    sizes = {"A": 17, "B": 10, "C": 11, "D": 13, "E": 13}
    assert list(rows) == [f"{part}{number}" for part, count in sizes.items() for number in range(1, count + 1)]
    tests = describe_promises.tests_by_promise()
    assert not set(tests) - set(rows), "tests of promises that nobody made"
    for promise, proof in rows.items():
        assert proof == describe_promises.proof(promise, tests.get(promise, [])), promise
    unproven = set(rows) - set(tests)
    assert unproven <= set(describe_promises.NOT_BUILT), "neither proven nor unbuilt"
    assert not set(describe_promises.NOT_BUILT) & set(tests), "built after all"


def test_licences_that_can_be_missing_here_are_told_as_their_packages_state_them() -> None:
    for name, licence in describe_dependencies.NOT_EVERYWHERE.items():
        assert licence_of(name) in (licence, None), name


# -- links, pictures


@pytest.mark.parametrize("document", documents(), ids=name_of)
def test_every_relative_link_leads_somewhere(document: Path) -> None:
    assert markdown.broken_links(document) == []


def test_the_reader_of_links_sees_a_broken_one(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# One two\n[a](#one-two) [b](#three) [c](gone.md) ![d](gone.png) `[e](gone)`\n", encoding="utf-8")
    assert markdown.broken_links(page) == ["#three", "gone.md", "gone.png"]


def test_pictures_are_small_and_all_used() -> None:
    used = {
        (document.parent / target).resolve()
        for document in documents()
        for target in markdown.links(text_of(document))
        if target.endswith(".png")
    }
    pictures = set((ROOT / "resources" / "screenshots").glob("*.png"))
    assert used == {picture.resolve() for picture in pictures}
    for picture in pictures:
        assert picture.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n", picture
        assert picture.stat().st_size < 200_000, picture


# -- commands

#: Programs of others that our documents tell people to use.
FOREIGN = {"git", "sudo", "pipx", "uv", "ollama", "lms", "curl", "llm", "aider", "docker", "export", "cp"}


def shown_commands() -> list[tuple[str, list[str]]]:
    """(place, words) of every command in a shell block; of a pipe each part."""
    found = []
    for document in [*documents(), *translations()]:
        for block in markdown.code_blocks(text_of(document)):
            if block.language != "sh":
                continue
            for number, line in enumerate(block.text.splitlines(), block.line + 1):
                lexer = shlex.shlex(line, posix=True, punctuation_chars="|")
                lexer.whitespace_split = True
                words: list[str] = []
                for word in [*lexer, "|"]:
                    if word != "|":
                        words.append(word)
                    elif words:
                        found.append((f"{name_of(document)}:{number}", words))
                        words = []
    return found


def bootstrap() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bootstrap", ROOT / "packaging" / "bootstrap.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def check_command(words: list[str]) -> None:
    """Raises: SystemExit, AssertionError: the command would not be understood."""
    match words:
        case ["aica", *arguments] | [".venv/bin/python", "-m", "app.cli.main", *arguments]:
            assert hasattr(cli._parser(cli._command_in(arguments)).parse_args(arguments), "run")
        case ["ai-coder-assistant", *arguments] | [".venv/bin/python", "-m", "app", *arguments]:
            desktop.parser().parse_args(arguments)
        case ["python3", "packaging/bootstrap.py", job, *_]:
            assert job in bootstrap().JOBS
        case ["python3", "packaging/build.py", job, *_]:
            assert f"packaging/build.py {job} " in text_of(ROOT / "packaging" / "build.py")
        case [".venv/bin/python", "-m", "tests.benchmarks", name, *_]:
            assert (ROOT / "tests" / "benchmarks" / f"{name}.py").exists()
        case [".venv/bin/python", "-m", module]:
            assert importlib.util.find_spec(module) is not None
        case [program, *arguments] if program in (".venv/bin/ruff", ".venv/bin/mypy", ".venv/bin/pytest"):
            assert importlib.util.find_spec(Path(program).name) is not None
            assert all((ROOT / argument).exists() for argument in arguments if argument.startswith(("app", "tests")))
        case [program, *_]:
            assert program in FOREIGN


def test_every_command_shown_is_understood() -> None:
    commands = shown_commands()
    assert len(commands) > 40, "the reader of commands has stopped reading"
    wrong = []
    for place, words in commands:
        try:
            check_command(words)
        except (SystemExit, AssertionError):
            wrong.append(f"{place}: {shlex.join(words)}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("line", ["aica fly", "aica ask --colour red Hi", "python3 packaging/bootstrap.py fly", "rm x"])
def test_the_reader_of_commands_sees_a_wrong_one(line: str) -> None:
    with pytest.raises((SystemExit, AssertionError)):
        check_command(line.split())


@pytest.mark.parametrize("document", [*documents(), *translations()], ids=name_of)
def test_commands_named_in_the_text_exist(document: Path) -> None:
    named = set(re.findall(r"`aica (?!-)([\w-]+)", text_of(document)))
    assert not named - set(cli.COMMANDS) - {"COMMAND"}


# -- what else is told and could be wrong


def test_the_guide_names_the_tabs_of_settings_in_their_order() -> None:
    section = text_of(HELP / "guide.md").partition("| tab | what is there |")[2].partition("\n\n")[0]
    named = [line.split("|")[1].strip() for line in section.splitlines()[2:]]
    assert named == list(TABS)


def test_the_guide_names_the_commands_of_the_terminal_chat() -> None:
    section = text_of(HELP / "guide.md").partition("## The terminal")[2]
    assert set(re.findall(r"(?:^|`)(/\w+)", section)) == set(re.findall(r"^(/\w+)", chat.HELP, re.MULTILINE))


def test_the_architecture_names_files_that_exist() -> None:
    names = set(re.findall(r"[\w/]+\.py\b", text_of(HELP / "architecture.md"))) - {"services/llm/providers/x.py"}
    there = [
        path.relative_to(ROOT).as_posix() for folder in ("app", "packaging") for path in (ROOT / folder).rglob("*")
    ]
    tests = [path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").glob("*.py")]
    assert not [name for name in names if not any(f"/{path}".endswith(f"/{name}") for path in [*there, *tests])]


def test_the_reference_tells_the_limits_that_hold() -> None:
    text = text_of(REFERENCE)
    local, cloud = limits.FIRST_TOKEN_TIMEOUT_LOCAL_S, limits.FIRST_TOKEN_TIMEOUT_CLOUD_S
    for line in (
        f"| connecting | {limits.CONNECT_TIMEOUT_S:g} s |",
        f"| first token | {local:g} s for local providers, {cloud:g} s for the cloud (`first_token_timeout`) |",
        f"| silence between two pieces | {limits.SILENCE_TIMEOUT_S:g} s (`timeout`) |",
        f"{limits.PROGRESS_FACTOR:g} times the silence |",
        f"| listing models | {limits.LIST_TIMEOUT_S:g} s |",
        f"`Retry-After` is obeyed up to {limits.BACKOFF_MAX_S:g} s",
    ):
        assert line in text, line


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("models", ["models", "--json", "--provider", "mock"]),
        ("backend status", ["backend", "status", "--json"]),
        ("config get", ["config", "get", "--json", "default_provider"]),
        ("key list", ["key", "list", "--json"]),
    ],
)
def test_the_reference_tells_the_fields_of_json(command: str, told: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app.cli.main", *told], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True
    )
    value = json.loads(done.stdout)
    row = next(line for line in text_of(REFERENCE).splitlines() if line.startswith(f"| `{command}` | `"))
    row = re.sub(r"\([^)]*\)", "", row.partition("` |")[2])
    fields = set(value)
    for inner in value.values():
        fields |= set(inner[0]) if isinstance(inner, list) and inner else set()
    assert set(re.findall(r"`(\w+)`", row)) == fields


# -- the environment


class Watched(Mapping[str, str]):
    """An empty environment that remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


#: Variables that are read where they are needed.
_ELSEWHERE = "AICA_[A-Z]+|AICA_GATEWAY_TOKEN|DATABASE_URL|REDIS_URL"


def test_the_readme_names_the_variables_that_work_and_no_others() -> None:
    environment = Watched()
    read_environment(environment)
    works = environment.asked | {name for cls in registry.all_classes().values() for name in cls.key_environment}
    for folder in ("app", "packaging"):
        for path in (ROOT / folder).rglob("*.py"):
            works |= set(
                re.findall(r"[\"'](AICA_[A-Z]+|AICA_GATEWAY_TOKEN|DATABASE_URL|REDIS_URL)[\"']", text_of(path))
            )
    section = text_of(README).partition("## Environment variables")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`([A-Z][A-Z_]+)`", row.split("|")[1])}
    assert named == works


# -- examples


def python_blocks(document: Path) -> list[str]:
    return [block.text for block in markdown.code_blocks(text_of(document)) if block.language == "python"]


@pytest.fixture
async def simulator() -> Any:
    script = Script(ttft=0, tokens_per_second=0, answer="one two three")
    async with MockServer(script) as server:
        yield server


@pytest.mark.anyio
async def test_the_readme_example_runs(simulator: MockServer, tmp_path: Path) -> None:
    (example,) = python_blocks(README)
    script = tmp_path / "example.py"
    script.write_text(example, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LMSTUDIO_BASE_URL": simulator.base_url}
    async with asyncio.timeout(30):
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            str(script),
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await child.communicate()
    assert (child.returncode, err.decode()) == (0, "")
    assert out.decode().split() == ["one", "two", "three"] * 2


@pytest.mark.anyio
async def test_the_examples_of_the_python_api_run(
    simulator: MockServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LMSTUDIO_BASE_URL", simulator.base_url)
    monkeypatch.setenv("OLLAMA_HOST", "http://127.0.0.1:9")
    examples = python_blocks(PYTHON_API)
    assert len(examples) == 6
    for example in examples:
        text = example.replace("http://127.0.0.1:1234", simulator.base_url)
        model = "simulated/vision-8b" if "load_model" in text else "simulated/coder-7b"  # the other is loaded already
        text = text.replace("qwen/qwen3-4b", model)
        code = compile(text, PYTHON_API.name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        namespace: dict[str, Any] = {}
        running = eval(code, namespace)
        async with asyncio.timeout(20):
            if inspect.isawaitable(running):
                await running
        if "loaded" in namespace:
            assert namespace["loaded"].instance_id == "simulated/vision-8b"
        if "reply" in namespace:
            assert namespace["reply"].content == "one two three"
            assert namespace["health"] and namespace["models"] and namespace["raw"]
        if "CodeResponse" in namespace:
            assert isinstance(namespace["result"].value, namespace["CodeResponse"])
            assert (namespace["result"].mode, namespace["result"].repairs) == ("schema", 0)
        elif "result" in namespace:
            assert namespace["text"] == "one two three"
            assert str(namespace["result"].provider) == "lmstudio"
    printed = capsys.readouterr().out
    assert "Started(" in printed and "Finished(" in printed
    assert "not_running Ollama is not running." in printed


@pytest.mark.anyio
async def test_the_guide_s_example_steers_the_simulator(simulator: MockServer, tmp_path: Path) -> None:
    (example,) = python_blocks(HELP / "guide.md")
    assert "http://127.0.0.1:1235" in example
    script = tmp_path / "example.py"
    script.write_text(example.replace("http://127.0.0.1:1235", simulator.base_url), encoding="utf-8")
    async with asyncio.timeout(30):
        child = await asyncio.create_subprocess_exec(
            sys.executable, str(script), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        out, err = await child.communicate()
    assert (child.returncode, err.decode()) == (0, "")
    assert out.decode() == "rate_limited\n"
    assert simulator.script.answer == "Hello from a script."
    assert (simulator.script.fault, simulator.script.fault_times) == ("rate_limited", 1)


@pytest.fixture
def plug_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Imports an example provider as an installed package would be; forgotten after the test."""
    registry.load_all()
    monkeypatch.setattr(registry, "_classes", dict(registry._classes))
    monkeypatch.setattr(registry, "_aliases", dict(registry._aliases))
    monkeypatch.syspath_prepend(str(tmp_path))

    def plug(number: int, name: str) -> None:
        (tmp_path / f"example_{name}.py").write_text(python_blocks(HELP / "providers.md")[number], encoding="utf-8")
        importlib.import_module(f"example_{name}")
        monkeypatch.delitem(sys.modules, f"example_{name}")

    return plug


async def answer_of(manager: LLMManager, model: str) -> list[Any]:
    request = ChatRequest(model=model, messages=(Message(role="user", content="Hello"),))
    return [event async for event in manager.stream(request)]


@pytest.mark.anyio
async def test_the_worked_provider_answers_without_any_other_edit(plug_in: Any) -> None:
    plug_in(1, "parrot")

    async def say(exchange: Exchange) -> None:
        told = exchange.request.json
        words = f"{told['bird']} says {told['text']} ä".encode()
        await raw_http.pieces([words[:-1], words[-1:]], content_type="text/plain")(exchange)

    routes = {"/birds": raw_http.answer({"birds": ["polly", 7, "kiki"]}), "/say": say}
    async with RawServer(raw_http.answer("gone", 404), routes) as server:
        entry = {"base_url": server.url, "is_enabled": True}
        config = AppConfig.model_validate({"provider_configurations": {"parrot": entry}})
        async with LLMManager.from_config(config) as manager:
            assert [model.name for model in await manager.list_models()] == ["polly", "kiki"]
            events = await answer_of(manager, "polly:kiki")
            assert events[0] == Started("parrot", "kiki", True)
            assert "".join(e.text for e in events if isinstance(e, TextDelta)) == "kiki says Hello ä"
            assert isinstance(events[-1], Finished)
            server.routes["/say"] = raw_http.answer("No such bird", 404)
            with pytest.raises(LLMError, match="did not answer") as caught:
                await answer_of(manager, "parrot:dodo")
            assert caught.value.kind == "model_not_found"
            server.routes["/birds"] = raw_http.answer("<html>", content_type="text/html")
            with pytest.raises(LLMError, match="not a list of models"):
                await manager.list_models("parrot")


@pytest.mark.anyio
async def test_the_openai_shaped_example_answers_and_keeps_its_key_from_other_hosts(plug_in: Any) -> None:
    plug_in(0, "acme")
    assert registry.find("acme").key_hosts == ("api.acme.example",)
    body = raw_http.events(raw_http.delta("Hi"), raw_http.delta(finish="stop"))
    routes = {
        "/v1/models": raw_http.answer({"data": [{"id": "anvil"}, {}]}),
        "/v1/chat/completions": raw_http.stream(body),
    }
    async with RawServer(raw_http.answer("gone", 404), routes) as server:
        entry = {"base_url": server.url, "is_enabled": True}
        config = AppConfig.model_validate({"provider_configurations": {"acme": entry}})
        secrets = SecretStore(keyring_allowed=False, environment={"ACME_API_KEY": "sk-of-the-environment"})
        async with LLMManager.from_config(config, key_source=ProviderKeys(secrets).of) as manager:
            with pytest.raises(LLMError, match="No key for Acme"):
                await answer_of(manager, "acme:anvil")
            assert not server.requests
            manager.use_key("acme", SecretStr("sk-of-this-address"))
            assert [model.name for model in await manager.list_models("acme")] == ["anvil"]
            events = await answer_of(manager, "acme:anvil")
            assert TextDelta("Hi") in events
        assert {request.headers["authorization"] for request in server.requests} == {"Bearer sk-of-this-address"}


# -- the papers themselves


def test_no_document_names_this_machine_or_a_host_of_packages() -> None:
    private = [str(ROOT), str(Path.home()) + "/", "sha" + "red/", "localdomain"]
    hosts = [r"pypi\.org", r"files\.pythonhosted", r"registry\.", r"index-url", r"artifactory", r"nexus\."]
    pattern = re.compile("|".join([*map(re.escape, private), *hosts]), re.IGNORECASE)
    papers = [*documents(), *translations(), ROOT / "LICENSE", ROOT / ".pre-commit-config.yaml", ROOT / ".editorconfig"]
    found = [f"{name_of(paper)}: {match.group()}" for paper in papers for match in pattern.finditer(text_of(paper))]
    assert not found, "\n".join(found)


def test_the_licence_is_the_one_the_package_states() -> None:
    assert text_of(ROOT / "LICENSE").startswith("MIT License\n")
    assert 'license = "MIT"' in text_of(ROOT / "pyproject.toml")
    font = text_of(ROOT / "resources" / "fonts" / "LICENSE-JetBrainsMono.txt")
    assert "SIL OPEN FONT LICENSE Version 1.1" in font and "Apache License" in font
    for file in (ROOT / "resources" / "fonts").glob("*.ttf"):
        assert file.name in font


def test_the_changes_begin_with_this_version() -> None:
    first = re.search(r"^## (\S+)", text_of(ROOT / "CHANGELOG.md"), re.MULTILINE)
    assert first is not None and first[1] == __version__


def test_the_hooks_fetch_nothing_and_run_tools_that_are_here() -> None:
    text = text_of(ROOT / ".pre-commit-config.yaml")
    assert set(re.findall(r"repo: (\S+)", text)) == {"local"} and "://" not in text
    entries = re.findall(r"entry: python -m (\w+)", text)
    assert len(entries) == text.count("entry:") == 4
    assert all(importlib.util.find_spec(module) for module in entries)
