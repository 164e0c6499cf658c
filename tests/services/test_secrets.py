"""API keys: where they may lie, whom they may go to, and that none is ever lost or shown."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from keyring.backends import chainer, fail, null
from pydantic import SecretStr

from app.paths import Paths, user_paths
from app.services import secrets
from app.services.container import Overrides, Services, open_services
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.models import ChatRequest, Message
from app.services.llm.providers.openai_compatible import OpenAICompatibleProvider
from app.services.mock_server import MockServer, Script
from app.services.provider_keys import WithheldKey
from app.services.secrets import KeyStatus, SecretStore, check_key, mask
from tests.fakes.key_stores import FakeKeyStore, install, of_module

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).resolve().parents[2]
KEY = "sk-canary-5f0c9a7e31d24b86"
HERE = "http://127.0.0.1:1234"
SECRET_SERVICE = "keyring.backends.SecretService"


@pytest.fixture
def key_store(monkeypatch: pytest.MonkeyPatch) -> FakeKeyStore:
    """The system's key store, working."""
    made: FakeKeyStore = of_module(SECRET_SERVICE)
    install(monkeypatch, made)
    return made


def quick_server() -> MockServer:
    """The simulator without its pauses."""
    return MockServer(Script(ttft=0, tokens_per_second=0))


# -- which key stores are trusted (C1)


@pytest.mark.parametrize(
    "backend",
    [
        null.Keyring(),
        fail.Keyring(),
        of_module("keyrings.alt.file"),
        of_module("keyrings.alt.file.PlaintextKeyring"),
        of_module("somebody.elses.backend"),
    ],
    ids=lambda backend: type(backend).__module__,
)
async def test_C1_a_key_store_that_keeps_no_secrets_is_refused_with_its_name(
    backend: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, backend)
    store = SecretStore()
    assert not await store.available()
    assert type(backend).__module__ in store.unavailable_reason
    status = await store.set("openai", HERE, KEY)
    assert status == KeyStatus(True, "memory", mask(KEY))
    assert not getattr(backend, "entries", {}), "the refused store was never written"
    assert await store.get("openai", HERE) == SecretStr(KEY)


async def test_C1_of_several_key_stores_the_trusted_one_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, trusted = of_module("keyrings.alt.file"), of_module(SECRET_SERVICE)
    chain = chainer.ChainerBackend()
    monkeypatch.setattr(chainer.ChainerBackend, "backends", [plain, trusted])
    install(monkeypatch, chain)
    store = SecretStore()
    assert (await store.set("openai", HERE, KEY)).source == "keyring"
    assert list(trusted.entries.values()) == [KEY]
    assert not plain.entries


async def test_C1_a_locked_key_store_is_an_error_with_a_way_out_never_an_empty_answer(key_store: FakeKeyStore) -> None:
    store = SecretStore(environment={"OPENAI_API_KEY": "sk-another-key-0001"})
    await store.set("openai", HERE, KEY)
    key_store.locked = True
    for call in (
        store.get("openai", HERE, environment_names=("OPENAI_API_KEY",)),
        store.set("openai", HERE, "sk-new-key-00000000"),
        store.status("openai", HERE),
        store.delete("openai", HERE),
    ):
        with pytest.raises(LLMError) as caught:
            await call
        assert caught.value.kind is ErrorKind.CONFIG
        assert "nlock" in caught.value.hint
        assert "sk-" not in f"{caught.value.message}{caught.value.hint}{caught.value.details}"
        assert caught.value.__suppress_context__, "the library's words, which may hold the key, are not shown"
    key_store.locked = False
    assert await store.get("openai", HERE) == SecretStr(KEY), "the earlier key is still there"


async def test_C1_a_key_store_that_waits_for_ever_ends_as_an_error(
    key_store: FakeKeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secrets, "READ_TIMEOUT_S", 0.05)
    key_store.hangs = True
    try:
        with pytest.raises(LLMError) as caught:
            await SecretStore().get("openai", HERE)
        assert "did not answer" in caught.value.message
    finally:
        key_store.release.set()


async def test_C1_a_key_that_is_not_given_back_is_kept_for_this_run_and_told(key_store: FakeKeyStore) -> None:
    key_store.forgets = True
    store = SecretStore()
    with pytest.raises(LLMError) as caught:
        await store.set("openai", HERE, KEY)
    assert "does not give it back" in caught.value.message
    assert KEY not in str(caught.value)
    assert await store.get("openai", HERE) == SecretStr(KEY)


async def test_a_key_in_memory_gives_way_to_the_key_store_once_it_works(key_store: FakeKeyStore) -> None:
    key_store.forgets = True
    store = SecretStore()
    with pytest.raises(LLMError):
        await store.set("openai", HERE, KEY)
    key_store.forgets = False
    assert await store.set("openai", HERE, KEY) == KeyStatus(True, "keyring", mask(KEY))
    assert (await store.status("openai", HERE)).source == "keyring"


async def test_switched_off_means_that_the_key_store_is_never_asked(key_store: FakeKeyStore) -> None:
    key_store.locked = True
    store = SecretStore(keyring_allowed=False)
    assert not await store.available()
    assert "AICA_KEYRING" in store.unavailable_reason
    assert (await store.set("openai", HERE, KEY)).source == "memory"
    assert await SecretStore(keyring_allowed=False).get("openai", HERE) is None, "memory ends with the run"


async def test_keys_outlive_the_run_and_can_be_deleted(key_store: FakeKeyStore) -> None:
    await SecretStore().set("openai", HERE, f"  {KEY}\n")
    again = SecretStore()
    assert await again.get("openai", HERE) == SecretStr(KEY)
    assert await again.delete("openai", HERE)
    assert not await again.delete("openai", HERE)
    assert await again.status("openai", HERE) == KeyStatus(False)
    assert key_store.entries == {}


# -- what a key is


@pytest.mark.parametrize("text", ["", "   ", "two words", "line\nbreak", "größe", "x" * 5_000, "a\x07b", "“sk-1234”"])
def test_what_cannot_be_a_key_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(LLMError) as caught:
        check_key(text)
    assert caught.value.kind is ErrorKind.CONFIG
    assert not text.strip() or text.strip() not in str(caught.value) + caught.value.hint


def test_C2_a_masked_key_shows_seven_characters_at_most() -> None:
    assert mask(KEY) == "sk-…4b86"
    assert mask("short-key") == "…"
    assert KEY not in repr(SecretStr(KEY))


# -- whom a key may go to (C3)


async def test_C3_a_key_belongs_to_the_origin_it_was_stored_for(key_store: FakeKeyStore) -> None:
    store = SecretStore()
    await store.set("box", "https://models.example.org", KEY)
    for other in ("http://models.example.org", "https://models.example.org:8443", "https://example.org", HERE):
        assert await store.get("box", other) is None
    assert await store.get("openai", "https://models.example.org") is None, "nor to another provider there"


@asynccontextmanager
async def core(paths: Paths, *, config: dict[str, object] | None = None, **environment: str) -> AsyncIterator[Services]:
    """The whole core on this folder, with this user's file and environment."""
    if config is not None:
        paths.config.mkdir(parents=True, exist_ok=True)
        paths.config_file.write_text(json.dumps(config))
    async with await open_services(paths, Overrides(environment=environment, keep_history=False)) as services:
        yield services


async def ask(services: Services, provider: str) -> None:
    request = ChatRequest(model="local-model", messages=(Message(role="user", content="hi"),))
    async for _event in services.manager.stream(request, provider):
        pass


def keys_seen(server: MockServer) -> set[str | None]:
    return {request.headers.get("authorization") for request in server.stats.recorded}


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return user_paths(tmp_path / "home")


def box(server: MockServer) -> dict[str, object]:
    """A user's file with one named server."""
    return {"provider_configurations": {"box": {"type": "openai_compatible", "base_url": server.base_url}}}


async def test_C3_after_the_address_changed_the_key_is_not_sent(paths: Paths, key_store: FakeKeyStore) -> None:
    async with quick_server() as first, quick_server() as second, core(paths, config=box(first)) as services:
        await services.keys.set(services.manager.provider("box"), KEY)
        await ask(services, "box")
        assert keys_seen(first) == {f"Bearer {KEY}"}
        services.settings.save({("provider_configurations", "box", "base_url"): second.base_url})
        await services.apply_settings()
        await ask(services, "box")
        assert second.stats.requests
        assert keys_seen(second) == {None}


@pytest.mark.parametrize("base_url", ["https://api.openai.com.evil.example/v1", "http://127.0.0.1:8080/v1"])
async def test_C3_a_key_of_the_environment_goes_to_the_services_own_host_only(paths: Paths, base_url: str) -> None:
    config: dict[str, object] = {"provider_configurations": {"openai": {"base_url": base_url}}}
    async with core(paths, config=config, OPENAI_API_KEY=KEY, AICA_KEYRING="off") as services:
        assert (await services.manager.ready("openai")).key is None
        assert "openai" not in [p.instance_id for p in await services.manager.enabled()]
    async with core(paths, config={}, OPENAI_API_KEY=KEY, AICA_KEYRING="off") as services:
        assert (await services.manager.ready("openai")).key == SecretStr(KEY)


async def test_C3_lm_studios_token_goes_to_the_configured_server(paths: Paths) -> None:
    async with quick_server() as server:
        env = {"LMSTUDIO_BASE_URL": server.base_url, "LM_API_TOKEN": KEY, "AICA_KEYRING": "off"}
        async with core(paths, **env) as services:
            await services.manager.list_models("lm_studio")
            assert keys_seen(server) == {f"Bearer {KEY}"}


async def test_C3_a_key_that_an_address_change_left_behind_is_known_and_used_there_only_after_a_yes(
    paths: Paths, key_store: FakeKeyStore
) -> None:
    async with quick_server() as first, quick_server() as second, core(paths, config=box(first)) as services:
        provider = services.manager.provider("box")
        assert await services.keys.withheld(provider) is None
        await services.keys.set(provider, KEY)
        assert await services.keys.withheld(provider) is None
        services.settings.save({("provider_configurations", "box", "base_url"): second.base_url})
        await services.apply_settings()
        provider = await services.manager.ready("box")
        withheld = await services.keys.withheld(provider)
        assert withheld == WithheldKey(stored_for=first.base_url, address=second.base_url)
        await ask(services, "box")
        assert keys_seen(second) == {None}, "knowing of it is not using it"
        status = await services.keys.use_withheld(provider, withheld)
        assert status == KeyStatus(True, "keyring", mask(KEY))
        second.stats.recorded.clear()
        await ask(services, "box")
        assert keys_seen(second) == {f"Bearer {KEY}"}
        assert await services.keys.withheld(provider) is None
        assert await services.secrets.get("box", first.base_url) == SecretStr(KEY), "the way back stays open"


async def test_C3_a_yes_counts_for_the_address_that_was_shown_only(paths: Paths, key_store: FakeKeyStore) -> None:
    """Another address was saved between the question and the answer."""
    async with quick_server() as first, quick_server() as second, core(paths, config=box(first)) as services:
        await services.keys.set(services.manager.provider("box"), KEY)
        shown = WithheldKey(stored_for=first.base_url, address=HERE)
        services.settings.save({("provider_configurations", "box", "base_url"): second.base_url})
        await services.apply_settings()
        provider = await services.manager.ready("box")
        with pytest.raises(LLMError) as caught:
            await services.keys.use_withheld(provider, shown)
        assert caught.value.kind is ErrorKind.CONFIG
        assert KEY not in str(caught.value)
        assert provider.key is None
        await ask(services, "box")
        assert keys_seen(second) == {None}


async def test_C3_a_left_key_that_is_gone_meanwhile_is_told(paths: Paths) -> None:
    async with quick_server() as first, core(paths, config=box(first), AICA_KEYRING="off") as services:
        provider = services.manager.provider("box")
        with pytest.raises(LLMError, match="no longer there"):
            await services.keys.use_withheld(provider, WithheldKey(stored_for=HERE, address=first.base_url))


async def test_C3_of_several_left_keys_the_newest_is_named_and_other_providers_keys_never(
    key_store: FakeKeyStore, tmp_path: Path
) -> None:
    store = SecretStore(index_file=tmp_path / "stored_keys.json")
    await store.set("box", "http://one.example", KEY)
    await store.set("box", "http://two.example", KEY)
    await store.set("boxes", "http://three.example", KEY)
    assert await store.origins("box") == ["http://one.example", "http://two.example"]
    await store.set("box", "http://one.example", KEY)
    assert await store.origins("box") == ["http://two.example", "http://one.example"]
    await store.delete("box", "http://one.example")
    assert await store.origins("box") == ["http://two.example"]


async def test_C3_without_a_key_store_only_this_runs_keys_are_offered(tmp_path: Path) -> None:
    index = tmp_path / "stored_keys.json"
    index.write_text(json.dumps({"box http://one.example": SECRET_SERVICE}), encoding="utf-8")
    store = SecretStore(keyring_allowed=False, index_file=index)
    assert await store.origins("box") == []
    await store.set("box", "http://two.example", KEY)
    assert await store.origins("box") == ["http://two.example"]


async def test_a_server_without_a_key_gets_no_authorization_header(paths: Paths) -> None:
    async with quick_server() as server, core(paths, config=box(server), AICA_KEYRING="off") as services:
        await ask(services, "box")
        assert keys_seen(server) == {None}


# -- keys found in the configuration


def with_key(server: MockServer) -> dict[str, object]:
    return {
        "provider_configurations": {
            "box": {"type": "openai_compatible", "name": "Box", "base_url": server.base_url, "api_key": KEY}
        }
    }


async def test_a_key_in_the_file_is_moved_once_it_was_read_back(paths: Paths, key_store: FakeKeyStore) -> None:
    async with quick_server() as server:
        async with core(paths, config=with_key(server)) as services:
            assert any("moved" in notice and "Box" in notice for notice in services.notices)
            assert KEY not in str(services.notices)
            await ask(services, "box")
            assert keys_seen(server) == {f"Bearer {KEY}"}
        assert KEY in key_store.entries.values()
        assert KEY not in paths.config_file.read_text()
        assert json.loads(paths.config_file.read_text())["provider_configurations"]["box"]["name"] == "Box"
        async with core(paths) as services:
            await ask(services, "box")
        assert keys_seen(server) == {f"Bearer {KEY}"}


async def test_C2_a_moved_key_is_not_left_in_the_backup(paths: Paths, key_store: FakeKeyStore) -> None:
    async with quick_server() as server, core(paths, config=with_key(server)):
        assert paths.config_file.with_suffix(".json.bak").exists()
        left = [path.name for path in paths.config.iterdir() if KEY.encode() in path.read_bytes()]
        assert left == []


@pytest.mark.parametrize("trouble", ["locked", "forgets"])
async def test_a_key_that_could_not_be_moved_stays_in_the_file_and_is_used(
    paths: Paths, key_store: FakeKeyStore, trouble: str
) -> None:
    setattr(key_store, trouble, True)
    async with quick_server() as server:
        async with core(paths, config=with_key(server)) as services:
            before = json.dumps(with_key(server))
            assert paths.config_file.read_text() == before
            assert any("could not be moved" in notice for notice in services.notices)
            assert KEY not in str(services.notices)


async def test_without_a_key_store_the_file_stays_as_it_is_and_the_notice_says_so(paths: Paths) -> None:
    async with quick_server() as server:
        async with core(paths, config=with_key(server), AICA_KEYRING="off") as services:
            assert paths.config_file.read_text() == json.dumps(with_key(server))
            assert any("no key store" in notice for notice in services.notices)
            await ask(services, "box")
            assert keys_seen(server) == {f"Bearer {KEY}"}


async def test_C2_a_providers_texts_never_hold_its_key(paths: Paths) -> None:
    async with quick_server() as server:
        server.script.token = "another-token"  # so ours is refused, and LM Studio repeats a part of it
        provider = OpenAICompatibleProvider(OpenAICompatibleProvider.Config(base_url=server.base_url + "/v1"), key=KEY)
        async with provider:
            with pytest.raises(LLMError) as caught:
                await provider.list_models()
        assert caught.value.kind is ErrorKind.AUTH
        assert KEY[:8] not in f"{caught.value!r}{caught.value.hint}{caught.value.details}"


# -- a real Secret Service

IN_A_SESSION = textwrap.dedent(
    """
    import asyncio, sys
    from app.services.secrets import SecretStore

    async def main():
        store = SecretStore()
        assert await store.available(), store.unavailable_reason
        assert (await store.set("openai", "https://api.openai.com", "sk-real-service-0001")).source == "keyring"
        again = SecretStore()
        key = await again.get("openai", "https://api.openai.com")
        assert key is not None and key.get_secret_value() == "sk-real-service-0001"
        assert await again.get("openai", "https://elsewhere.example") is None
        assert await again.delete("openai", "https://api.openai.com")
        assert await again.get("openai", "https://api.openai.com") is None
        print("works")

    asyncio.run(main())
    """
)


@pytest.mark.keyring
async def test_C1_keys_live_in_a_real_secret_service(tmp_path: Path) -> None:
    needed = ("dbus-run-session", "gnome-keyring-daemon")
    missing = [name for name in needed if shutil.which(name) is None]
    if missing:
        pytest.skip(f"a private session needs {' and '.join(missing)}")
    script = tmp_path / "in_a_session.py"
    script.write_text(IN_A_SESSION)
    # The daemon unlocks a new collection with the password on its standard input, then goes to the background.
    unlock = "echo password | gnome-keyring-daemon --unlock --components=secrets >/dev/null"
    commands = f'{unlock}; exec "{sys.executable}" "{script}"'
    environment = {
        **{
            name: value
            for name, value in os.environ.items()
            if name not in ("AICA_KEYRING", "DBUS_SESSION_BUS_ADDRESS")
        },
        "HOME": str(tmp_path),
        "XDG_RUNTIME_DIR": str(tmp_path),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "PYTHONPATH": str(ROOT),
    }
    done = await asyncio.to_thread(
        subprocess.run,
        ["dbus-run-session", "--", "sh", "-c", commands],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.strip().endswith("works"), done.stderr[-2000:]


async def test_the_key_store_is_not_even_asked_for_a_key_that_was_never_stored(
    key_store: FakeKeyStore, tmp_path: Path
) -> None:
    store = SecretStore(index_file=tmp_path / "stored.json")
    key_store.locked = True
    assert await store.get("lm_studio", HERE) is None
    key_store.locked = False
    await store.set("openai", HERE, KEY)
    again = SecretStore(index_file=tmp_path / "stored.json")
    found = await again.get("openai", HERE)
    assert found is not None
    assert found.get_secret_value() == KEY
    assert KEY not in (tmp_path / "stored.json").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("now", "told"),
    [
        ("emptied", "It is not there any more."),
        ("keyring.backends.kwallet", "It is not there any more."),
        ("keyring.backends.null", "no key store that keeps secrets (found: keyring.backends.null)"),
        ("keyring.backends.fail", "no key store that keeps secrets (found: keyring.backends.fail)"),
        ("keyrings.alt.file", "no key store that keeps secrets (found: keyrings.alt.file)"),
    ],
)
async def test_C1_a_key_store_that_changed_between_two_runs_is_told_with_the_way_back_never_silently(
    key_store: FakeKeyStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, now: str, told: str
) -> None:
    """Another session, another desktop, another system: a key of the environment does not take its place unseen."""
    index = tmp_path / "stored.json"
    await SecretStore(index_file=index).set("openai", HERE, KEY)
    if now == "emptied":
        key_store.entries.clear()
    else:
        install(monkeypatch, of_module(now))
    store = SecretStore(index_file=index, environment={"OPENAI_API_KEY": "sk-another-key-0001"})
    for _ in range(2):  # and it goes on being told
        with pytest.raises(LLMError) as caught:
            await store.get("openai", HERE, environment_names=("OPENAI_API_KEY",))
        assert caught.value.kind is ErrorKind.CONFIG
        assert told in caught.value.message
        assert "It was stored in SecretService. Enter it again" in caught.value.hint
    await store.set("openai", HERE, "sk-entered-again-0001")  # the way that the hint names
    assert await store.get("openai", HERE) == SecretStr("sk-entered-again-0001")
    await store.delete("openai", HERE)
    assert await store.get("openai", HERE) is None
    if now not in ("emptied", "keyring.backends.kwallet"):
        install(monkeypatch, key_store)  # back where it was stored: nothing was lost there
        assert list(key_store.entries.values()) == [KEY]


@pytest.mark.parametrize(("flag", "sent"), [("http://127.0.0.1:4321", False), ("http://127.0.0.1:1234", True)])
async def test_C3_lm_studios_token_does_not_follow_a_flag_to_another_server(
    paths: Paths, flag: str, sent: bool
) -> None:
    environment = {"AICA_KEYRING": "off", "LM_API_TOKEN": KEY, "LMSTUDIO_BASE_URL": HERE}
    overrides = Overrides(provider="lm_studio", base_url=flag, environment=environment)
    async with await open_services(paths, overrides) as opened:
        provider = await opened.manager.ready("lm_studio")
        assert (provider.key is not None) is sent
