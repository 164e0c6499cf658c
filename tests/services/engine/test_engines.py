"""The child processes of loaded models: the real llama.cpp, ended in every way there is."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
from pydantic import SecretStr

from app.services.engine import gguf, worker
from app.services.engine.engine_process import EngineOrder, EngineProcess
from app.services.engine.engines import MOST_LOADED, Engines
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.http import HttpDoor, JsonAnswer
from tests.fakes.programs import gone
from tests.services.engine.conftest import needs_engine

pytestmark = [pytest.mark.anyio, needs_engine]

PATIENCE_S = 30.0
HANGS = "import time; time.sleep(60)"


@pytest.fixture
async def door() -> AsyncIterator[HttpDoor]:
    made = HttpDoor()
    yield made
    await made.aclose()


@pytest.fixture
async def engines(door: HttpDoor) -> AsyncIterator[Engines]:
    made = Engines(door, idle_s=60)
    yield made
    await made.aclose()


def order(model: Path, context: int = 512, executable: Path | None = None) -> EngineOrder:
    return EngineOrder(model.stem, model, context, executable)


def worker_with(code: str) -> tuple[str, ...]:
    """The worker, with something done in its process before it runs."""
    path = str(Path(worker.__file__).resolve())
    return ("-I", "-c", f"import runpy, sys\n{code}\nrunpy.run_path({path!r}, run_name='__main__')")


async def failure_of(process: EngineProcess, timeout_s: float = PATIENCE_S) -> LLMError:
    with pytest.raises(LLMError) as caught:
        await process.start(timeout_s)
    assert process.process_id is None, "nothing is left behind"
    return caught.value


async def use(engines: Engines, model: Path) -> None:
    async with engines.using(order(model), PATIENCE_S):
        pass


async def loading_child(engines: Engines, model: Path) -> int:
    async with asyncio.timeout(10):
        while (process := engines.process_of(model)) is None or process.process_id is None:
            await asyncio.sleep(0.01)
    return process.process_id


async def test_a_model_is_served_on_loopback_behind_a_key_that_no_argument_shows(
    engines: Engines, door: HttpDoor, tiny: Path
) -> None:
    async with engines.using(order(tiny), PATIENCE_S) as engine:
        url = f"{engine.address}/v1/models"
        assert engine.address.startswith("http://127.0.0.1:")
        assert (await door.request_json("GET", url, purpose="test")).status == 401
        answer = await door.request_json("GET", url, purpose="test", key=SecretStr(engines.key))
        assert answer.value["data"][0]["meta"]["n_ctx"] == 512
        foreign = {"Origin": "http://evil.example"}
        answer = await door.request_json("GET", url, purpose="test", headers=foreign)
        assert answer.headers.get("access-control-allow-origin", "") == "", "no page of a browser may read it"
        assert engine.process_id is not None
        child = psutil.Process(engine.process_id)
        assert engines.key not in " ".join(child.cmdline())
        assert engines.key not in str(child.environ())
        listening = {one.laddr.ip for one in child.net_connections("tcp") if one.status == psutil.CONN_LISTEN}
        assert listening == {"127.0.0.1"}


async def test_two_who_ask_share_one_child_and_two_models_have_two(engines: Engines, tiny: Path, endless: Path) -> None:
    async with (
        engines.using(order(tiny), PATIENCE_S) as one,
        engines.using(order(tiny), PATIENCE_S) as same,
        engines.using(order(endless), PATIENCE_S) as other,
    ):
        assert one is same
        assert one.process_id != other.process_id
        assert (engines.loaded(tiny), engines.loaded(endless)) == (order(tiny), order(endless))


async def test_those_who_ask_at_once_start_one_child(engines: Engines, tiny: Path) -> None:
    async def ask() -> int | None:
        async with engines.using(order(tiny), PATIENCE_S) as engine:
            return engine.process_id

    assert len(set(await asyncio.gather(*(ask() for _ in range(5))))) == 1


async def test_the_model_idle_longest_makes_room_and_busy_ones_are_left_alone(
    engines: Engines, tiny: Path, tmp_path: Path
) -> None:
    models = [tmp_path / f"m{n}.gguf" for n in range(MOST_LOADED + 1)]
    for model in models:
        model.write_bytes(tiny.read_bytes())
        await use(engines, model)
    assert [engines.loaded(model) is not None for model in models] == [False, True, True]
    async with engines.using(order(models[1]), PATIENCE_S), engines.using(order(models[2]), PATIENCE_S):
        with pytest.raises(LLMError) as caught:
            await use(engines, models[0])
    assert caught.value.kind is ErrorKind.OVERLOADED


async def test_another_window_loads_an_idle_model_anew_and_leaves_a_busy_one(engines: Engines, tiny: Path) -> None:
    async with engines.using(order(tiny), PATIENCE_S) as first:
        async with engines.using(order(tiny, 256), PATIENCE_S) as busy:
            assert busy is first
    async with engines.using(order(tiny, 256), PATIENCE_S) as anew:
        assert anew is not first
        assert first.process_id is None
    assert engines.loaded(tiny) == order(tiny, 256)


async def test_a_model_nobody_asks_for_is_unloaded_and_loaded_again_when_asked(door: HttpDoor, tiny: Path) -> None:
    engines = Engines(door, idle_s=0.05)
    async with engines.using(order(tiny), PATIENCE_S) as engine:
        process_id = engine.process_id
        assert process_id is not None
        assert not await engine.ended_within(0.2), "not while it is used"
    await gone(process_id)
    assert engines.loaded(tiny) is None
    async with engines.using(order(tiny), PATIENCE_S) as again:
        assert again.ready
    await engines.aclose()


async def test_engines_that_were_replaced_finish_what_runs_and_keep_nothing(engines: Engines, tiny: Path) -> None:
    async with engines.using(order(tiny), PATIENCE_S) as engine:
        process_id = engine.process_id
        assert process_id is not None
        engines.retire()
        assert not await engine.ended_within(0.2)
    await gone(process_id)


async def test_a_killed_child_is_noticed_and_another_one_started(engines: Engines, tiny: Path) -> None:
    async with engines.using(order(tiny), PATIENCE_S) as engine:
        assert engine.process_id is not None
        os.kill(engine.process_id, signal.SIGKILL)
        assert await engine.ended_within(5)
        assert engine.exit_status == -signal.SIGKILL
    async with engines.using(order(tiny), PATIENCE_S) as again:
        assert again.ready


async def test_closing_ends_all_children_also_one_that_is_loading(door: HttpDoor, tiny: Path) -> None:
    engines = Engines(door, idle_s=60, command=worker_with(HANGS))
    loading = asyncio.ensure_future(use(engines, tiny))
    process_id = await loading_child(engines, tiny)
    await engines.aclose()
    await gone(process_id)
    with pytest.raises(LLMError):
        await loading


async def test_who_stops_waiting_for_a_load_ends_it(door: HttpDoor, tiny: Path) -> None:
    engines = Engines(door, idle_s=60, command=worker_with(HANGS))
    loading = asyncio.ensure_future(use(engines, tiny))
    process_id = await loading_child(engines, tiny)
    loading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loading
    await gone(process_id)
    assert engines.process_of(tiny) is None
    await engines.aclose()


# -- what can go wrong


async def test_E9_a_damaged_file_is_told_in_the_engines_own_words(door: HttpDoor, tiny: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(tiny.read_bytes()[:200_000])
    error = await failure_of(EngineProcess(order(cut), door, key="k"))
    assert (error.kind, error.retryable) == (ErrorKind.SERVER_ERROR, False)
    assert "not within the file bounds" in error.hint


#: What a chat template tries that belongs to a model somebody else made; `%s` is a file to be made.
HOSTILE_TEMPLATES = {
    "python's way out": "{{ ''.__class__.__mro__[1] }}{{ cycler.__init__.__globals__.os.system('touch %s') }}",
    "a function's globals": "{{ raise_exception.__globals__['__builtins__']['open']('%s', 'w') }}",
    "an import": "{%% import '%s' as x %%}{{ x.run() }}",
    "a file": "{%% include '%s' %%}",
    "a loop without end": "{%% for i in range(10000000000) %%}{{ i }}{%% endfor %%}",
    "itself in itself": "{%% macro m() %%}{{ m() }}{%% endmacro %%}{{ m() }}",
    "no template": "{%% for",
    "zeros": "\x00\x00{{",
}


async def test_a_models_own_template_answers(engines: Engines, door: HttpDoor, tiny: Path) -> None:
    """What the test below asks of hostile ones."""
    async with engines.using(order(tiny), PATIENCE_S) as engine:
        answer = await ask_shortly(door, engine.address, engines.key)
    assert answer.status == 200 and answer.value["choices"][0]["message"]["content"]


async def ask_shortly(door: HttpDoor, address: str, key: str) -> JsonAnswer:
    question = {"messages": [{"role": "user", "content": "hello"}], "max_tokens": 4}
    url = f"{address}/v1/chat/completions"
    return await door.request_json("POST", url, purpose="test", key=SecretStr(key), json=question)


@pytest.mark.skipif(sys.platform != "linux", reason="the limit of address space is Linux's")
@pytest.mark.parametrize("template", HOSTILE_TEMPLATES.values(), ids=HOSTILE_TEMPLATES)
async def test_E9_a_hostile_chat_template_runs_nothing_and_ends_with_its_process(
    engines: Engines, door: HttpDoor, tmp_path: Path, template: str
) -> None:
    """It is read by llama.cpp's own small interpreter in the child, never by Python: there it gets no further than an
    error, or the end of that child."""
    from tests.fakes.tiny_gguf import write_tiny_model

    made = tmp_path / "made by the template"
    model = tmp_path / "hostile.gguf"
    write_tiny_model(model, template=template.replace("%s", str(made)).replace("%%", "%"))
    assert gguf.read_header(model).has_template
    code = "import resource; resource.setrlimit(resource.RLIMIT_AS, (6_000_000_000, 6_000_000_000))"
    process = EngineProcess(order(model), door, key="k", command=worker_with(code))
    try:
        await process.start(3)
        async with asyncio.timeout(5):
            await ask_shortly(door, process.address, "k")
    except (LLMError, TimeoutError):
        pass  # the engine said no, ended, or was at it for ever: all that matters is what it could reach
    finally:
        await process.aclose()
    assert not made.exists()
    assert process.process_id is None, "whatever it was at is over"


async def test_an_unknown_kind_of_model_is_unsupported(door: HttpDoor, tiny: Path, tmp_path: Path) -> None:
    odd = tmp_path / "odd.gguf"
    odd.write_bytes(tiny.read_bytes().replace(b"llama", b"zebra"))
    error = await failure_of(EngineProcess(order(odd), door, key="k"))
    assert error.kind is ErrorKind.UNSUPPORTED
    assert "zebra" in error.hint


@pytest.mark.skipif(sys.platform != "linux", reason="the limit of address space is Linux's")
async def test_too_little_memory_is_overloaded_with_the_engines_reason(door: HttpDoor, tiny: Path) -> None:
    limit = "import resource; resource.setrlimit(resource.RLIMIT_AS, (3_000_000_000, 3_000_000_000))"
    process = EngineProcess(order(tiny, 50_000_000), door, key="k", command=worker_with(limit))
    error = await failure_of(process)
    assert (error.kind, error.retryable) == (ErrorKind.OVERLOADED, False)
    assert "alloc" in error.hint or "memory" in error.hint


async def test_E3_an_engine_killed_while_it_loads_ran_out_of_memory(door: HttpDoor, tiny: Path) -> None:
    suicide = worker_with("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    error = await failure_of(EngineProcess(order(tiny), door, key="k", command=suicide))
    assert error.kind is ErrorKind.OVERLOADED
    assert "SIGKILL" in error.hint


async def test_E3_without_the_library_the_way_to_install_it_is_told(door: HttpDoor, tiny: Path) -> None:
    blocked = worker_with("sys.modules['xllamacpp'] = None")
    error = await failure_of(EngineProcess(order(tiny), door, key="k", command=blocked))
    assert error.kind is ErrorKind.NOT_INSTALLED
    assert "pip install" in error.hint


async def test_a_missing_library_of_the_system_is_named(door: HttpDoor, tiny: Path) -> None:
    code = (
        "import importlib.abc\n"
        "class Blocker(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'xllamacpp':\n"
        "            raise ImportError('libgomp.so.1: cannot open shared object file')\n"
        "sys.meta_path.insert(0, Blocker())"
    )
    error = await failure_of(EngineProcess(order(tiny), door, key="k", command=worker_with(code)))
    assert error.kind is ErrorKind.NOT_INSTALLED
    assert "libgomp1" in error.hint


async def test_E3_a_load_that_takes_too_long_is_ended_and_told(door: HttpDoor, tiny: Path) -> None:
    error = await failure_of(EngineProcess(order(tiny), door, key="k", command=worker_with(HANGS)), timeout_s=0.3)
    assert error.kind is ErrorKind.TIMEOUT


async def test_E3_a_flood_of_words_is_kept_to_its_end(door: HttpDoor, tiny: Path) -> None:
    code = "sys.stderr.write('x' * 5_000_000 + '\\n0.00.1 E the very end failed\\n'); sys.exit(3)"
    process = EngineProcess(order(tiny), door, key="k", command=worker_with(code))
    error = await failure_of(process)
    assert "the very end failed" in error.hint
    assert sum(map(len, process.last_words)) <= 40_000


# -- the user's own llama-server


@pytest.fixture
def llama_server(tmp_path: Path) -> Path:
    """A program that takes llama-server's arguments and is llama.cpp behind them."""
    source = Path(__file__).resolve().parents[2] / "fakes" / "llama_server.py"
    path = tmp_path / "bin" / "llama-server"
    path.parent.mkdir()
    path.write_text(f"#!{sys.executable}\n{source.read_text(encoding='utf-8')}", encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.mark.skipif(sys.platform == "win32", reason="a script is no program there")
async def test_the_users_executable_serves_in_place_of_the_library(
    engines: Engines, door: HttpDoor, tiny: Path, llama_server: Path
) -> None:
    async with engines.using(order(tiny, 256, llama_server), PATIENCE_S) as engine:
        assert (await door.request_json("GET", f"{engine.address}/v1/models", purpose="test")).status == 401
        assert engine.process_id is not None
        (server,) = psutil.Process(engine.process_id).children()
        assert engines.key not in " ".join(server.cmdline())
        assert server.cmdline()[-2:] == ["-m", str(tiny)]
    await engines.aclose()
    await gone(server.pid)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel sees to it on Linux")
async def test_the_users_executable_ends_with_its_watcher(engines: Engines, tiny: Path, llama_server: Path) -> None:
    async with engines.using(order(tiny, 256, llama_server), PATIENCE_S) as engine:
        assert engine.process_id is not None
        (server,) = psutil.Process(engine.process_id).children()
        os.kill(engine.process_id, signal.SIGKILL)
        await gone(server.pid)


WRAPPED = """
import asyncio, sys
from pathlib import Path
from app.services.engine.engine_process import EngineOrder
from app.services.engine.engines import Engines
from app.services.llm.http import HttpDoor, JsonAnswer

async def main():
    engines = Engines(HttpDoor(), idle_s=60)
    async with engines.using(EngineOrder("m", Path(sys.argv[1]), 256, Path(sys.argv[2])), 30) as process:
        print(process.process_id, flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a script is no program there")
async def test_A17_a_server_behind_a_wrapper_script_ends_with_the_killed_program(
    tiny: Path, tmp_path: Path, llama_server: Path
) -> None:
    """The wrapper does not `exec`, so the server is a child of the watcher's child."""
    wrapper = tmp_path / "wrapper"
    wrapper.write_text(f'#!/bin/sh\n{llama_server} "$@"\necho over\n', encoding="utf-8")
    wrapper.chmod(0o755)
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRAPPED, str(tiny), str(wrapper),
        stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).resolve().parents[3],
    )  # fmt: skip
    assert parent.stdout is not None
    async with asyncio.timeout(PATIENCE_S):
        watcher = int(await parent.stdout.readline())
    family = [watcher, *(child.pid for child in psutil.Process(watcher).children(recursive=True))]
    assert len(family) == 3, "watcher, wrapper, server"
    parent.kill()
    await parent.wait()
    for process_id in family:
        await gone(process_id)


@pytest.mark.skipif(sys.platform == "win32", reason="a script is no program there")
async def test_E3_an_executable_that_is_no_server_is_told_with_its_words(
    door: HttpDoor, tiny: Path, tmp_path: Path
) -> None:
    program = tmp_path / "llama-server"
    program.write_text("#!/bin/sh\necho 'error: invalid argument: -np' >&2\nexit 1\n", encoding="utf-8")
    program.chmod(0o755)
    error = await failure_of(EngineProcess(order(tiny, 512, program), door, key="k"))
    assert error.kind is ErrorKind.SERVER_ERROR
    assert "invalid argument: -np" in error.hint
    program.chmod(0o644)
    error = await failure_of(EngineProcess(order(tiny, 512, program), door, key="k"))
    assert error.kind is ErrorKind.NOT_INSTALLED


# -- the end of the program


PARENT = """
import asyncio, sys
from pathlib import Path
from app.services.engine.engine_process import EngineOrder, EngineProcess
from app.services.llm.http import HttpDoor, JsonAnswer

async def main():
    code = (
        "import time, types\\n"
        "fake = types.ModuleType('xllamacpp')\\n"
        "fake.CommonParams = lambda: types.SimpleNamespace(model=types.SimpleNamespace(path=''))\\n"
        "fake.Server = lambda _parameters: time.sleep(60)\\n"
        "sys.modules['xllamacpp'] = fake"
    )
    command = ("-I", "-c", f"import runpy, sys\\n{code}\\nrunpy.run_path({sys.argv[1]!r}, run_name='__main__')")
    process = EngineProcess(EngineOrder("m", Path(sys.argv[2]), 512), HttpDoor(), key="k", command=command)
    loading = asyncio.ensure_future(process.start(60))
    while process.process_id is None:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.5)
    print(process.process_id, flush=True)
    await loading

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a load is finished first, then the child ends")
async def test_A17_an_engine_that_is_loading_ends_with_its_killed_parent(tiny: Path) -> None:
    """Loading holds Python's lock, so the child cannot see that its input ended."""
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, str(Path(worker.__file__).resolve()), str(tiny),
        stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).resolve().parents[3],
    )  # fmt: skip
    assert parent.stdout is not None
    async with asyncio.timeout(PATIENCE_S):
        process_id = int(await parent.stdout.readline())
    assert psutil.pid_exists(process_id)
    parent.kill()
    await parent.wait()
    await gone(process_id)
