"""The rooms and the one direction between them, read from the source; what a start may load, seen in a real process."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APP = ROOT / "app"

LLM = "app.services.llm"
PROVIDERS = f"{LLM}.providers"
#: In the place of the standard library's decorator, everywhere; it imports none of ours.
DATACLASS = "app.lean_dataclass"
#: Where sentences for people are made; it imports none of ours.
WORDING = "app.services.wording"
#: Shapes everybody shares; they import none of ours.
VOCABULARY = tuple(f"{LLM}.{name}" for name in ("models", "stream_events", "errors", "profiles", "limits"))
#: What a provider may use besides the vocabulary, `base` and the helpers that begin with `_`.
PROVIDER_TOOLS = tuple(
    f"{LLM}.{name}"
    for name in (
        "http",
        "outgoing",
        "event_stream",
        "registry",
        "address",
        "local_products",
        "reasoning",
        "retries",
        "safe_json",
        "relay_target",
        "wire_request",
        "transport_errors",
    )
)
#: What runs beside us: children, and calls that may hang.
PROCESSES = ("app.services.process", "app.services.blocking_call")
#: Fronts that are a command of `aica`; imported inside the command's function.
STARTED_BY_COMMANDS = ("app.gateway.run", "app.mcp_server.run")
FRONTS = ("app.desktop", "app.gateway", "app.mcp_server", "app.cli")
#: The doors of other fronts that a command opens, inside its function.
STARTED_BY_COMMANDS = ("app.gateway.run", "app.mcp_server.run")
#: Modules of the desktop that a view may use: the way things look, and questions to the person.
LOOK = tuple(
    f"app.desktop.{name}"
    for name in (
        *("theme", "tokens", "palette", "icons", "glyphs", "mirror", "motion", "fonts", "focus_ring", "stylesheet"),
        "questions",
    )
)
#: Plain values of the core that a view may know by type.
VALUE_TYPES = (f"{LLM}.models", f"{LLM}.server_presets", "app.services.conversations.records")

#: Library -> the only places that may import it.
LIBRARY_HOMES = {
    "httpx2": (f"{LLM}.http",),
    "keyring": ("app.services.secrets",),
    "genai_prices": (f"{LLM}.pricing",),
    "jsonschema": (f"{LLM}.structured",),
    "sqlite3": (
        "app.services.conversations",
        "app.services.statistics",
        "app.services.routing.evidence",
        "app.services.shared_database.failures",
    ),
    "sqlalchemy": ("app.services.shared_database",),
    "psycopg": (),
    "qasync": ("app.desktop",),
    "PySide6": ("app.desktop",),
    "shiboken6": ("app.desktop",),
    "argparse": ("app.cli", "app.desktop.main", "app.desktop.application", "app.desktop.session"),
    "prompt_toolkit": ("app.cli",),
    "markdown_it": ("app.desktop.views.transcript", "app.services.conversations.readable"),
    "pypdf": ("app.services.attachments.document_worker",),
    "pygments": ("app.services.highlighting.worker",),
    "ziamath": ("app.services.highlighting.worker",),
    "xllamacpp": ("app.services.engine.worker",),
    "openai": (),
    "anthropic": (),
    "aiohttp": (f"{LLM}.relay_client",),
    "starlette": ("app.gateway",),
    "fastapi": ("app.gateway",),
    "mcp": ("app.mcp_server",),
    "mcp_types": ("app.mcp_server",),
}

#: Imports that break the table knowingly: (importing module, imported module) -> why.
ALLOWED = {
    (LLM, f"{PROVIDERS}.lm_studio"): "the public Python API names the class; it is imported when first used",
    (
        "app.services.settings.environment",
        f"{PROVIDERS}.ollama",
    ): "OLLAMA_HOST is spelled as Ollama's own client reads it",
    ("app.desktop.main", "app.cli.main"): "a frozen window is the only program there is to run `aica serve` with",
}

#: Every `except Exception` (and `BaseException` without a plain `raise` at its end): place -> how many and why.
BROAD_EXCEPTS = {
    "app/services/blocking_call.py": (1, "carried from its thread to whoever waits, and raised there"),
    "app/services/attachments/document_worker.py": (1, "a hostile document costs itself, not the process"),
    "app/services/conversations/answer_figures.py": (1, "a figure that cannot be had must not cost the text"),
    "app/gateway/guard.py": (1, "outermost edge of a request: a bug is answered without details and logged"),
    "app/cli/running.py": (1, "outermost edge of every command"),
    "app/mcp_server/tool.py": (1, "outermost edge of a tool: whoever asked gets a sentence, the log the traceback"),
    "app/desktop/closing.py": (1, "what fails while closing must not keep a hidden process"),
    "app/desktop/controllers/chat_controller.py": (2, "edges of tasks: what went wrong is shown to the person"),
    "app/services/conversations/chat_service.py": (1, "a bug of ours must not lose the text that arrived"),
    "app/services/conversations/store_file.py": (1, "whatever a migration meets, the chats stay and can be read"),
    "app/services/highlighting/worker.py": (1, "a lexer's bug costs one block its colours, not the process"),
    "app/services/llm/llm_manager.py": (1, "a plug-in's settings that raise cost that provider, not the program"),
    "app/services/llm/pricing.py": (1, "a price is worth no answer: whatever the library meets, the cost is unknown"),
    "app/services/llm/registry.py": (1, "a plug-in that fails to import is noted, never fatal"),
    "app/services/mock_server/http.py": (1, "outermost edge of a connection"),
    "app/services/observe.py": (1, "an observer's bug must not break the emitter"),
    "app/services/secrets.py": (1, "each key store has its own exceptions, and none may carry the key outward"),
}


@dataclass(frozen=True)
class Import:
    """One imported module, wherever the statement stands (`if TYPE_CHECKING` and function bodies included)."""

    file: Path
    line: int
    importer: str
    imported: str

    def __str__(self) -> str:
        return f"{self.file.relative_to(ROOT)}:{self.line}: {self.importer} imports {self.imported}"


def source_files(*folders: str) -> list[Path]:
    return sorted(
        path for folder in folders for path in (ROOT / folder).rglob("*.py") if "__pycache__" not in path.parts
    )


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def imports_of(path: Path) -> Iterator[Import]:
    importer = module_name(path)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(path, node.lineno, importer, alias.name)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute"
            assert node.module is not None
            for alias in node.names:
                # `from package import module` counts as an import of the module.
                inner = f"{node.module}.{alias.name}"
                yield Import(path, node.lineno, importer, inner if is_module(inner) else node.module)


@pytest.fixture(scope="module")
def imports() -> list[Import]:
    return [one for path in source_files("app") for one in imports_of(path)]


def below(name: str, *rooms: str) -> bool:
    return any(name == room or name.startswith(room + ".") for room in rooms)


def room_of(module: str) -> str:
    if module in VOCABULARY:
        return "vocabulary"
    if below(module, PROVIDERS):
        return "provider"
    for room in (LLM, "app.services", "app.desktop.views", *FRONTS):
        if below(module, room):
            return room
    return "root"


def is_concrete_provider(module: str) -> bool:
    last = module.rpartition(".")[2]
    return below(module, PROVIDERS) and module != PROVIDERS and last != "base" and not last.startswith("_")


def may_import(importer: str, imported: str) -> bool:
    """The table of the design: whether one module of ours may import another."""
    if imported == DATACLASS or (imported == WORDING and below(importer, "app.services")):
        return True
    match room_of(importer):
        case "vocabulary":
            return imported in VOCABULARY
        case "provider":
            return provider_may_import(importer, imported)
        case room if room == LLM:
            return below(imported, "app.services", "app.paths") and not is_concrete_provider(imported)
        case "app.services":
            return below(imported, "app.services", "app.paths") and not is_concrete_provider(imported)
        case "app.desktop.views":
            return below(
                imported, "app.desktop.views", "app.desktop.models", "app.desktop.controllers", *LOOK, *VALUE_TYPES
            )
        case "app.desktop" | "app.gateway" | "app.mcp_server" | "app.cli":
            own = room_of(importer).removesuffix(".views")
            if own == "app.cli" and imported in STARTED_BY_COMMANDS:
                return True
            return imported == "app" or below(imported, own, "app.services", "app.paths", "app.log")
        case _:
            begins = {"app.__main__": ("app.desktop.main",), "app.frozen": ("app.desktop.main", "app.cli.main")}
            return imported in begins.get(importer, ())


def provider_may_import(importer: str, imported: str) -> bool:
    small = (*PROCESSES, "app.services.terminal_command")
    if imported in (LLM, PROVIDERS, f"{PROVIDERS}.base", *small, *VOCABULARY, *PROVIDER_TOOLS):
        return True
    if importer == f"{PROVIDERS}.mock" and below(imported, "app.services.mock_server"):
        return True
    if importer == f"{PROVIDERS}.embedded" and below(imported, "app.services.engine"):
        return True
    return below(imported, PROVIDERS) and imported.rpartition(".")[2].startswith("_")


def test_every_import_goes_in_the_direction_of_the_table(imports: list[Import]) -> None:
    ours = [one for one in imports if below(one.imported, "app")]
    assert len(ours) > 300, "the reader of imports has stopped reading"
    wrong = [
        str(one)
        for one in ours
        if not may_import(one.importer, one.imported) and (one.importer, one.imported) not in ALLOWED
    ]
    assert not wrong, "\n".join(wrong)


def test_every_exception_to_the_table_is_still_needed(imports: list[Import]) -> None:
    pairs = {(one.importer, one.imported) for one in imports}
    assert not [pair for pair in ALLOWED if pair not in pairs]


def test_heavy_libraries_stay_in_their_rooms(imports: list[Import]) -> None:
    wrong = []
    for one in imports:
        library = one.imported.partition(".")[0]
        if library in LIBRARY_HOMES and not below(one.importer, *LIBRARY_HOMES[library]):
            wrong.append(str(one))
    assert not wrong, "\n".join(wrong)


def test_E9_nothing_unpickles_and_no_template_is_run_in_this_program(imports: list[Import]) -> None:
    """A model file may hold both; llama.cpp alone reads it, in a process of its own."""
    dangerous = ("pickle", "_pickle", "marshal", "shelve", "dill", "cloudpickle", "jinja2", "torch", "numpy", "gguf")
    assert not [str(one) for one in imports if below(one.imported, *dangerous)]


def test_the_rule_about_imports_sees_a_violation() -> None:
    assert not may_import("app.services.llm.llm_manager", "app.services.llm.providers.ollama")
    assert not may_import("app.services.llm.providers.openai", "app.services.llm.providers.ollama")
    assert not may_import("app.services.observe", "app.desktop.window")
    assert not may_import("app.desktop.views.chat.header", "app.services.container")
    assert not may_import("app.cli.ask", "app.desktop.window")
    assert not may_import("app.cli.serve", "app.gateway.relay")
    assert may_import("app.cli.serve", "app.gateway.run")
    assert may_import("app.services.llm.providers.openai", "app.services.llm.providers._openai_wire")
    assert not may_import("app.cli.mcp", "app.mcp_server.tool")
    assert not may_import("app.desktop.session", "app.mcp_server.run")
    assert may_import("app.cli.mcp", "app.mcp_server.run")


def test_the_core_never_prints() -> None:
    found = []
    for path in source_files("app/services"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
                found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert not found, "\n".join(found)


def test_providers_are_told_apart_in_their_own_files_only() -> None:
    """`if provider == "ollama"` elsewhere would mean ten edits for every new provider."""
    ids = {"lm_studio", "lmstudio", "ollama", "openai", "anthropic", "google_gemini", "openai_compatible", "embedded"}
    allowed = {
        # The contract's spelling on the outside: it prints as `lmstudio`.
        "app/services/llm/factory.py",
        # "Stays on this computer" may be said of Ollama alone: its list names the models that run elsewhere.
        "app/desktop/controllers/models_controller.py",
    }
    found = []
    for path in source_files("app"):
        place = path.relative_to(ROOT).as_posix()
        if place in allowed or place.startswith(("app/services/llm/providers/", "app/services/runtimes/")):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Compare):
                continue
            sides = [node.left, *node.comparators]
            values = {side.value for side in sides if isinstance(side, ast.Constant) and isinstance(side.value, str)}
            names = ast.dump(node)
            if values & ids and ("provider" in names or "instance" in names):
                found.append(f"{place}:{node.lineno}: {ast.unparse(node)}")
    assert not found, "\n".join(found)


# -- broad handlers


def broad_handlers(path: Path) -> Iterator[int]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.ExceptHandler):
            continue
        names = {n.id for n in ast.walk(node.type) if isinstance(n, ast.Name)} if node.type else {"everything"}
        cleans_up = isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None
        if "Exception" in names or (names & {"BaseException", "everything"} and not cleans_up):
            yield node.lineno


def test_broad_exception_handlers_are_the_known_ones() -> None:
    found = {
        path.relative_to(ROOT).as_posix(): lines
        for path in source_files("app")
        if (lines := list(broad_handlers(path)))
    }
    expected = {place: count for place, (count, _reason) in BROAD_EXCEPTS.items()}
    wrong = {place: lines for place, lines in found.items() if len(lines) != expected.get(place, 0)}
    assert not wrong, f"broad handlers that the list does not know, or more than it knows: {wrong}"
    assert not set(expected) - set(found), "the list names handlers that are gone"


def test_no_exception_is_passed_over_in_silence() -> None:
    found = []
    for path in source_files("app", "packaging"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ExceptHandler) and all(isinstance(one, ast.Pass) for one in node.body):
                found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert not found, "\n".join(found)


# -- what is exported


def test_the_public_names_are_exactly_the_ones_that_can_be_imported() -> None:
    package = importlib.import_module(LLM)
    for name in package.__all__:
        assert getattr(package, name) is not None
    tree = ast.parse(inspect.getsource(package))
    offered = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.If)
        for inner in node.body
        if isinstance(inner, ast.ImportFrom) and inner.module and inner.module.startswith("app.")
        for alias in inner.names
    }
    functions = {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}
    assert set(package.__all__) == offered | {name for name in functions if not name.startswith("_")}
    assert sorted(package.__all__) == package.__all__ == sorted(set(package.__all__))


@pytest.mark.parametrize("name", ["app.services.mock_server"])
def test_all_names_what_a_package_exports(name: str) -> None:
    package = importlib.import_module(name)
    exported = {key for key, value in vars(package).items() if not key.startswith("_") and not inspect.ismodule(value)}
    assert set(package.__all__) == exported


# -- what a start loads


def loaded_after(code: str, *names: str) -> list[str]:
    """Which of these libraries a fresh interpreter has loaded after running `code`."""
    ending = (
        f"import sys; found = [n for n in {list(names)!r} if n in sys.modules]; import json; print(json.dumps(found))"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{ending}"],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    loaded: list[str] = json.loads(done.stdout.splitlines()[-1])
    return loaded


def test_the_command_line_loads_nothing_heavy() -> None:
    heavy = ("PySide6", "openai", "mcp", "pydantic", "httpx2", "asyncio", "argparse", "keyring", "platformdirs")
    assert loaded_after("import app.cli.main", *heavy) == []


def test_the_version_is_told_without_loading_anything() -> None:
    heavy = ("PySide6", "pydantic", "httpx2", "asyncio", "argparse", "json", "logging", "pathlib")
    code = "import app.cli.main as m; assert m.main(['--version']) == 0"
    assert loaded_after(code, *heavy) == []


def test_the_shared_database_s_library_is_loaded_only_where_it_is_opened() -> None:
    code = "import app.services.container, app.services.llm.factory, app.cli.token"
    assert loaded_after(code, "sqlalchemy", "psycopg") == []


def test_the_public_api_costs_nothing_until_it_is_used() -> None:
    assert loaded_after("import app.services.llm", "pydantic", "httpx2", "PySide6", "sqlite3") == []


def test_the_shell_is_painted_before_anything_heavy_is_loaded(tmp_path: Path) -> None:
    heavy = ("openai", "keyring", "httpx2", "pydantic", "markdown_it", "pygments", "asyncio", "sqlite3", "ssl")
    code = (
        "from app.desktop.main import parser\n"
        "from app.desktop.application import paint_shell\n"
        f"options = parser().parse_args(['--home', {str(tmp_path)!r}])\n"
        "window, theme, paths = paint_shell(options)\n"
        "assert window.isVisible()"
    )
    assert loaded_after(code, *heavy) == []


def test_the_last_chat_is_drawn_before_anything_heavy_is_loaded(tmp_path: Path) -> None:
    code = (
        "import asyncio\n"
        "from pathlib import Path\n"
        "import app.desktop.session, app.desktop.views.transcript.view\n"
        "from app.services.conversations.store import ConversationStore\n"
        "async def main():\n"
        f"    store = ConversationStore(Path({str(tmp_path / 'chats.db')!r}))\n"
        "    await store.open()\n"
        "    chat = await store.create_conversation()\n"
        "    await store.import_messages(chat, [('user', 'a'), ('assistant', 'b')])\n"
        "    await store.open_conversation(chat)\n"
        "    await store.aclose()\n"
        "asyncio.run(main())"
    )
    assert loaded_after(code, "openai", "keyring", "httpx2", "pydantic", "pygments") == []


def test_the_core_runs_without_qt() -> None:
    code = "import app.services.container, app.services.runtimes, app.services.mock_server"
    assert loaded_after(code, "PySide6", "qasync", "argparse") == []


# -- what the repository may not say

#: Written by tools and not part of the repository, like the files below.
SKIPPED_FOLDERS = {".git", ".venv", ".hypothesis", ".mypy_cache", ".ruff_cache", ".pytest_cache", "__pycache__"}
SKIPPED_FOLDERS |= {"build", "dist"}
SKIPPED_FILES = {"uv.lock"}


def repository_texts() -> Iterator[tuple[Path, str]]:
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in SKIPPED_FOLDERS]
        for name in files:
            path = Path(folder) / name
            if name in SKIPPED_FILES or path.stat().st_size > 4_000_000:
                continue
            try:
                yield path, path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue  # pictures and fonts


def words_of_this_machine() -> list[str]:
    """Where this checkout and this user's home are: nothing in the repository may name them.

    A place just below the root (`/app`, `/src`) says nothing about a machine, and stands in many texts.
    """
    places = (ROOT, ROOT.parent, Path.home())
    return sorted({f"{place}/" for place in places if len(place.parts) > 2})


def test_no_file_names_this_machine_or_a_private_package_index() -> None:
    words = [re.escape(word) for word in words_of_this_machine()]
    pattern = re.compile("|".join([*words, r"--(?:extra-)?index-url", r"/home/(?!someone|user|me)\w+/"]))
    found = []
    for path, text in repository_texts():
        if path == Path(__file__).resolve():
            continue
        for match in pattern.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            found.append(f"{path.relative_to(ROOT)}:{line}: {match.group()}")
    assert not found, "\n".join(found)


def texts_of(path: Path) -> Iterator[tuple[int, str]]:
    """Strings that are values, not documentation, with what is filled into them as `…`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            skipped |= {id(part) for part in node.values}
            yield node.lineno, "".join(str(p.value) if isinstance(p, ast.Constant) else "…" for p in node.values)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
            yield node.lineno, node.value


def test_messages_and_hints_are_plain_text_and_name_commands_without_backticks() -> None:
    markdown = {APP / "services" / "mock_server" / "answers.py"}  # answers of a model
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text}"
        for path in source_files("app")
        if path not in markdown
        for line, text in texts_of(path)
        if re.search(r"`[\w-][^`\n]*`", text)
    ]
    assert not found, "\n".join(found)


def test_modules_are_named_for_what_they_hold() -> None:
    empty_words = {"utils", "util", "helpers", "helper", "common", "misc", "stuff"}
    assert not [path for path in source_files("app", "tests") if path.stem.strip("_") in empty_words]


def test_no_file_has_become_two_rooms() -> None:
    """500 lines ask "two things?"; the ones that answered no stand here with their number of lines then."""
    answered = {
        "app/services/llm/http.py": 530,
    }
    too_long = []
    for path in source_files("app"):
        lines = path.read_text(encoding="utf-8").count("\n")
        place = path.relative_to(ROOT).as_posix()
        if lines > answered.get(place, 500):
            too_long.append(f"{place}: {lines} lines")
    assert not too_long, "\n".join(too_long)


def test_text_files_are_opened_with_an_encoding() -> None:
    found = []
    for path in source_files("app", "packaging"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        awaited = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Await)}  # answers, not files
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or id(node) in awaited:
                continue
            given = len(node.args) - {"read_text": 0, "write_text": 1}.get(node.func.attr, 99)
            if given == 0 and not any(k.arg == "encoding" for k in node.keywords):
                found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert not found, "\n".join(found)


def test_the_tab_order_is_asked_for_in_one_place() -> None:
    """What Qt's own calls do to Python's view of the widgets stands there."""
    calls = re.compile(r"\.(next|previous)InFocusChain\(")
    found = [path for path in source_files("app") if calls.search(path.read_text(encoding="utf-8"))]
    assert [path.relative_to(ROOT).as_posix() for path in found] == ["app/desktop/views/focus.py"]
