"""A user's file that cannot be used: explained to the character, left alone, and the app starts on defaults."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from app.paths import bundled
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.llm_manager import LLMManager
from app.services.llm.providers.base import BaseProvider
from app.services.settings.schema import AppConfig
from app.services.settings.store import SettingsStore, check_text

Open = Callable[..., SettingsStore]
SHIPPED = bundled("config", "llm_studio_config.json")


@pytest.mark.parametrize(
    ("text", "line", "column", "field"),
    [
        ('{\n  "default_model": "m",\n}', 3, 1, ""),
        ('{"chat": {"temperature": "warm"}}', 1, 26, "chat.temperature"),
        ('{\n  "network": {\n    "polling_interval": -1\n  }\n}', 3, 25, "network.polling_interval"),
        ("[1, 2]", 1, 1, ""),
        ('\n\n  "text"', 3, 3, ""),
        ('{"interface": {"theme": "pink"}}', 1, 25, "interface.theme"),
        (
            '{"provider_configurations": {"lm_studio": {"base_url": "ftp://x"}}}',
            1,
            56,
            "provider_configurations.lm_studio.base_url",
        ),
        (
            '{"provider_configurations": {"lm_studio": {"base_url": ""}}}',
            1,
            56,
            "provider_configurations.lm_studio.base_url",
        ),
        ('{"provider_configurations": {"lm_studio": 7}}', 1, 43, "provider_configurations.lm_studio"),
        ('{"provider_configurations": {"box": {"base_url": "x:1"}}}', 1, 37, "provider_configurations.box"),
    ],
)
def test_a_broken_file_is_named_with_line_column_and_field(
    open_settings: Open, user_file: Path, text: str, line: int, column: int, field: str
) -> None:
    store = open_settings(text)
    assert store.user_file_broken
    problem = store.problems[0]
    assert (problem.source, problem.line, problem.column, problem.field) == (user_file.name, line, column, field)
    assert f"line {line}, column {column}" in problem.place
    assert problem.reason
    assert store.config.default_provider == "lm_studio", "the app starts on defaults"
    assert user_file.read_text() == text


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe{}",
        b"",
        b"   \n",
        b"{" * 5_000,
        b'{"a": ' * 400 + b"1" + b"}" * 400,
        b'{"a":' * 150 + b"1" + b"}" * 150,
        b'{"n": ' + b"9" * 5_000 + b"}",
        b'{"provider_configurations": {"lmstudio": 5}}',
        b'{"provider_configurations": {"lmstudio": {}, "lm-studio": null}}',
        b'{"provider_configurations": []}',
        b'{"model_configurations": {"m": []}}',
        b'{"pricing": {"x": {"default": {"input": 1}}}}',
        b'{"default_provider": "\\ud800"}',
        b'{"\\ud800": 1}',
        b'{"chat": {"temperature": NaN}}',
        b'{"chat": {"temperature": 1e999}}',
        b'{"default_provider": null}',
        b'{"model_fields": 1, "model_config": 2, "__class__": 3, "copy": 4}',
    ],
)
def test_no_content_stops_the_start_or_is_overwritten(open_settings: Open, user_file: Path, content: bytes) -> None:
    store = open_settings(content)
    assert store.config.provider_configurations["lm_studio"].base_url == "http://localhost:1234/v1"
    assert store.user_file_broken == bool(store.problems)
    assert user_file.read_bytes() == content


def test_a_byte_order_mark_is_no_reason_to_refuse(open_settings: Open) -> None:
    store = open_settings(b"\xef\xbb\xbf" + b'{"default_model": "m"}')
    assert store.config.default_model == "m"
    assert not store.problems


def test_a_file_that_is_too_large_is_not_read(open_settings: Open) -> None:
    store = open_settings(b'{"x": "' + b"a" * (4 * 1024 * 1024) + b'"}')
    assert store.user_file_broken
    assert "4 MB" in store.problems[0].reason


def test_a_broken_file_is_not_overwritten_without_being_asked(open_settings: Open, user_file: Path) -> None:
    store = open_settings("{ not json")
    with pytest.raises(LLMError) as caught:
        store.save({("default_model",): "m"})
    assert caught.value.kind is ErrorKind.CONFIG
    assert user_file.read_text() == "{ not json"
    store.save({("default_model",): "m"}, overwrite_broken=True)
    assert json.loads(user_file.read_text()) == {"default_model": "m"}
    assert user_file.with_suffix(".json.bak").read_text() == "{ not json", "what was there is kept"
    assert not store.user_file_broken


def test_a_file_that_broke_after_it_was_read_is_not_overwritten(open_settings: Open, user_file: Path) -> None:
    store = open_settings({"default_model": "m"})
    user_file.write_text("{ half a sav")
    with pytest.raises(LLMError):
        store.save({("default_model",): "other"})
    assert user_file.read_text() == "{ half a sav"


def test_a_file_that_became_something_else_after_it_was_read_is_not_overwritten(
    open_settings: Open, user_file: Path
) -> None:
    store = open_settings({"default_model": "m"})
    user_file.write_text("[1, 2, 3]")
    with pytest.raises(LLMError):
        store.save({("default_model",): "other"})
    assert user_file.read_text() == "[1, 2, 3]"


def test_a_problem_never_repeats_the_value_because_it_may_be_a_key(open_settings: Open) -> None:
    secret = "sk-canary-0123456789abcdef"
    store = open_settings({"provider_configurations": {"openai": {"timeout": secret}}})
    assert store.problems
    assert secret not in str(store.problems)


def test_the_backup_can_be_put_back(open_settings: Open, user_file: Path) -> None:
    store = open_settings({"default_model": "old"})
    store.save({("default_model",): "new"})
    user_file.write_text("broken")
    store.load()
    assert store.user_file_broken
    store.restore_backup()
    assert store.config.default_model == "old"
    assert not store.user_file_broken


def test_the_broken_file_that_a_backup_replaces_is_kept_beside_it(open_settings: Open, user_file: Path) -> None:
    open_settings({"default_model": "old"}).save({("default_model",): "new"})
    kept = []
    for text in ("first { mistake", "second"):
        store = open_settings(text)
        kept.append(store.restore_backup())
    assert [path.name if path else None for path in kept] == [
        "llm_studio_config.json.broken",
        "llm_studio_config.json.broken.2",
    ]
    assert [path.read_text() for path in kept if path] == ["first { mistake", "second"]
    assert all(os.name == "nt" or stat.S_IMODE(path.stat().st_mode) == 0o600 for path in kept if path)


def test_what_is_not_broken_becomes_the_backup_when_the_backup_is_restored(
    open_settings: Open, user_file: Path
) -> None:
    store = open_settings({"default_model": "old"})
    store.save({("default_model",): "new"})
    assert store.restore_backup() is None
    assert store.config.default_model == "old"
    assert json.loads(store.backup_file.read_text()) == {"default_model": "new"}


def test_a_backup_that_is_broken_too_replaces_nothing(open_settings: Open, user_file: Path) -> None:
    store = open_settings("broken")
    with pytest.raises(LLMError, match="no backup"):
        store.restore_backup()
    store.backup_file.write_text("[]")
    with pytest.raises(LLMError, match="backup cannot be used either"):
        store.restore_backup()
    assert user_file.read_text() == "broken"
    assert sorted(path.name for path in user_file.parent.iterdir()) == [user_file.name, store.backup_file.name]


CLOUD_OFF = '{"provider_configurations": {"openai": {"is_enabled": false}},}'


async def _key(_provider: BaseProvider) -> SecretStr:
    return SecretStr("of the environment")


@pytest.mark.anyio
async def test_with_a_broken_file_a_key_alone_switches_no_cloud_service_on(open_settings: Open) -> None:
    store = open_settings(CLOUD_OFF)
    async with LLMManager(store.config, key_source=_key) as manager:
        assert {p.instance_id for p in await manager.enabled()} == {"lm_studio", "ollama", "embedded"}
    assert "cloud services are off" in store.problems[0].hint
    assert "cloud services are off" in store.problems[0].as_error().hint


@pytest.mark.parametrize(
    "named",
    [
        {"flags": {("default_provider",): "openai"}},
        {"flags": {("default_model",): "openai:gpt-5"}},
        {"env": {"LLM_PROVIDER": "openai"}},
    ],
)
@pytest.mark.anyio
async def test_with_a_broken_file_the_cloud_service_named_for_the_run_stays_on(
    open_settings: Open, named: dict[str, Any]
) -> None:
    store = open_settings(CLOUD_OFF, **named)
    async with LLMManager(store.config, key_source=_key) as manager:
        assert {p.instance_id for p in await manager.enabled()} == {"lm_studio", "ollama", "embedded", "openai"}


def test_that_cloud_services_were_off_is_not_written_when_a_broken_file_is_replaced(
    open_settings: Open, user_file: Path
) -> None:
    store = open_settings(CLOUD_OFF)
    store.save({("default_model",): "m"}, overwrite_broken=True)
    assert json.loads(user_file.read_text()) == {"default_model": "m"}
    assert store.config.provider_configurations["openai"].is_enabled is None


# -- properties

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
SECTIONS = st.sampled_from([*AppConfig.model_fields, "unknown"])
PROVIDER_KEYS = st.sampled_from(["lm_studio", "lmstudio", "LM-Studio", "openai", "box", "nobody", ""]) | st.text(
    max_size=5
)
ENTRY = st.dictionaries(
    st.sampled_from(["type", "base_url", "timeout", "priority", "api_key", "is_enabled", "name", "base_urls"]),
    JSON | st.sampled_from(["openai_compatible", "http://localhost:1", "ftp://x", "http://a:b@c", "mock"]),
    max_size=4,
)
SHAPED = st.dictionaries(SECTIONS, JSON | st.dictionaries(PROVIDER_KEYS, ENTRY | JSON, max_size=4), max_size=4)
TEXTS = st.one_of(
    SHAPED.map(json.dumps),
    JSON.map(json.dumps),
    st.text(st.characters(codec="utf-8"), max_size=60),
    SHAPED.map(json.dumps).flatmap(lambda text: st.integers(0, len(text)).map(lambda at: text[:at])),
)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXTS)
def test_whatever_the_file_holds_loading_never_raises_and_never_writes(text: str, tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_bytes(text.encode())
    store = SettingsStore(SHIPPED, file)
    store.load()
    assert file.read_bytes() == text.encode()
    assert list(tmp_path.iterdir()) == [file]
    assert store.user_file_broken == (check_text(text, "x", json.loads(SHIPPED.read_text())) is not None)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=SHAPED)
def test_whatever_was_loaded_a_save_changes_one_key_and_keeps_the_rest(values: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps(values))
    store = SettingsStore(SHIPPED, file)
    store.load()
    before = file.read_bytes()
    try:
        store.save({("chat", "temperature"): 0.5})
    except LLMError:
        assert file.read_bytes() == before
        return
    saved = json.loads(file.read_text(encoding="utf-8"))
    assert saved["chat"]["temperature"] == 0.5
    assert set(values) <= set(saved)
    assert not store.user_file_broken
