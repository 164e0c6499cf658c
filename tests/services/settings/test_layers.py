"""Which layer wins, where a value came from, and how each variable of the environment is read."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.services.llm.errors import ErrorKind, LLMError
from app.services.settings.environment import parse_interval
from app.services.settings.schema import AppConfig
from app.services.settings.store import Origin, SettingsStore

Open = Callable[..., SettingsStore]
LM_STUDIO = ("provider_configurations", "lm_studio", "base_url")


def address(store: SettingsStore, provider: str = "lm_studio") -> str | None:
    return store.config.provider_configurations[provider].base_url


def test_without_a_file_the_shipped_defaults_hold(open_settings: Open) -> None:
    store = open_settings()
    assert store.config.default_provider == "lm_studio"
    assert store.config.default_model is None
    assert address(store) == "http://localhost:1234/v1"
    assert store.config.provider_configurations["lm_studio"].max_retries == 2
    assert store.problems == []
    assert store.origin(*LM_STUDIO).kind == "shipped"
    assert store.origin("chat", "temperature") == Origin("default")


def test_priorities_are_local_before_named_servers_before_cloud(open_settings: Open) -> None:
    entries = open_settings().config.provider_configurations
    assert [entries[name].priority for name in ("lm_studio", "ollama", "openai")] == [5, 6, 20]
    assert entries["openai"].is_enabled is None, "a cloud provider is on once it has a key"


def test_the_users_file_is_merged_key_by_key_over_the_shipped_one(open_settings: Open) -> None:
    store = open_settings({"provider_configurations": {"lm_studio": {"timeout": 7}}})
    entry = store.config.provider_configurations["lm_studio"]
    assert (entry.timeout, entry.max_retries, entry.base_url) == (7, 2, "http://localhost:1234/v1")


def test_every_layer_wins_over_the_one_before_and_says_so(open_settings: Open) -> None:
    file = {"provider_configurations": {"lm_studio": {"base_url": "http://file:1/v1"}}}
    env = {"LMSTUDIO_BASE_URL": "http://env:2"}
    flags = {LM_STUDIO: "http://flag:3"}
    assert address(open_settings(file)) == "http://file:1/v1"
    assert address(open_settings(env=env)) == "http://env:2/v1"
    store = open_settings(env=env, flags=flags)
    assert address(store) == "http://flag:3/v1"
    assert store.origin(*LM_STUDIO) == Origin("flag", "--base-url")
    assert open_settings(env=env).origin(*LM_STUDIO) == Origin("environment", "LMSTUDIO_BASE_URL")


def test_an_origin_in_the_file_has_its_line(open_settings: Open) -> None:
    store = open_settings('{\n  "chat": {\n    "top_p": 0.9,\n    "temperature": 0.2\n  }\n}')
    assert store.origin("chat", "temperature").line == 4
    assert store.origin("chat", "temperature").kind == "file"


def test_aliases_of_a_provider_are_one_provider(open_settings: Open) -> None:
    store = open_settings(
        {
            "default_provider": "LMStudio",
            "provider_configurations": {"lm-studio": {"timeout": 9}, "OpenAI": {"timeout": 8}},
        }
    )
    entries = store.config.provider_configurations
    assert store.config.default_provider == "lm_studio"
    assert (entries["lm_studio"].timeout, entries["openai"].timeout) == (9, 8)
    assert "lm-studio" not in entries


def test_the_environment_wins_over_a_file_that_spells_the_provider_by_an_alias(open_settings: Open) -> None:
    file = {"provider_configurations": {"lmstudio": {"base_url": "http://file:1/v1"}}}
    store = open_settings(file, env={"LMSTUDIO_BASE_URL": "http://env:2"})
    assert address(store) == "http://env:2/v1"
    assert store.origin(*LM_STUDIO).kind == "environment"


def test_a_value_under_an_alias_is_the_users_value(open_settings: Open) -> None:
    store = open_settings({"provider_configurations": {"lmstudio": {"api_key": "sk-in-the-file-0001"}}})
    assert store.user_value("provider_configurations", "lm_studio", "api_key") == "sk-in-the-file-0001"


def test_capabilities_are_a_synonym_of_supported_features(open_settings: Open) -> None:
    store = open_settings({"model_configurations": {"m": {"capabilities": ["chat", "vision"]}}})
    assert store.config.model_configurations["m"].supported_features == ["chat", "vision"]


def test_a_named_server_is_an_entry_with_a_type(open_settings: Open) -> None:
    store = open_settings(
        {
            "provider_configurations": {
                "gpu-box": {"type": "openai_compatible", "name": "GPU box", "base_url": "192.168.1.13:8080"}
            }
        }
    )
    assert address(store, "gpu-box") == "http://192.168.1.13:8080/v1"


@pytest.mark.parametrize("key", ["a b", "ümlaut", "-first", "x/y", ""])
def test_a_key_that_is_no_server_name_is_refused(open_settings: Open, key: str) -> None:
    store = open_settings({"provider_configurations": {key: {"type": "openai_compatible"}}})
    assert store.user_file_broken
    assert "provider_configurations" in store.problems[0].field


# -- the environment (contract, section 3)


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({"LLM_PROVIDER": "ollama"}, "ollama"),
        ({"BACKEND": "lmstudio"}, "lm_studio"),
        ({"LLM_PROVIDER": "ollama", "BACKEND": "lm_studio"}, "ollama"),
        ({"LLM_PROVIDER": "  ", "BACKEND": "openai"}, "openai"),
    ],
)
def test_the_default_provider_from_the_environment(open_settings: Open, env: dict[str, str], expected: str) -> None:
    assert open_settings(env=env).config.default_provider == expected


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({"LMSTUDIO_URL": "http://c:3"}, "http://c:3/v1"),
        ({"LM_STUDIO_BASE_URL": "http://b:2", "LMSTUDIO_URL": "http://c:3"}, "http://b:2/v1"),
        (
            {"LMSTUDIO_BASE_URL": "http://a:1", "LM_STUDIO_BASE_URL": "http://b:2", "LMSTUDIO_URL": "http://c:3"},
            "http://a:1/v1",
        ),
    ],
)
def test_the_first_address_variable_that_is_set_wins(open_settings: Open, env: dict[str, str], expected: str) -> None:
    assert address(open_settings(env=env)) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("192.168.1.13:1234", "http://192.168.1.13:1234/v1"),
        ("192.168.1.13:1234/", "http://192.168.1.13:1234/v1"),
        ("http://192.168.1.13:1234/v1", "http://192.168.1.13:1234/v1"),
        ("http://192.168.1.13:1234/v1/", "http://192.168.1.13:1234/v1"),
        ("HTTP://LocalHost:1234", "http://localhost:1234/v1"),
        ("https://models.example.org/v1/chat/completions", "https://models.example.org/v1"),
        ("localhost:1234/api/v0", "http://localhost:1234/v1"),
        ("[::1]:1234", "http://[::1]:1234/v1"),
    ],
)
def test_an_address_is_accepted_in_every_form_and_stored_in_one(open_settings: Open, typed: str, expected: str) -> None:
    assert address(open_settings({"provider_configurations": {"lm_studio": {"base_url": typed}}})) == expected
    assert address(open_settings({}, env={"LMSTUDIO_BASE_URL": typed})) == expected


@pytest.mark.parametrize(
    "typed",
    ["ftp://localhost:1234", "http://me:secretword@localhost:1234", "http://169.254.169.254/", "file:///etc/passwd"],
)
def test_a_refused_address_in_the_environment_is_told_and_left_out(open_settings: Open, typed: str) -> None:
    store = open_settings(env={"LMSTUDIO_BASE_URL": typed})
    assert address(store) == "http://localhost:1234/v1"
    assert [p.source for p in store.problems] == ["LMSTUDIO_BASE_URL"]
    assert "secretword" not in str(store.problems)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", "http://127.0.0.1:11434"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:8000", "http://127.0.0.1:8000"),
        (":8000", "http://127.0.0.1:8000"),
        ("https://ollama.lan", "https://ollama.lan"),
        ("http://ollama.lan:99", "http://ollama.lan:99"),
        ("ollama.lan", "http://ollama.lan:11434"),
        ('"10.0.0.5"', "http://10.0.0.5:11434"),
        ("[::1]:7000", "http://[::1]:7000"),
    ],
)
def test_ollama_host_is_read_as_its_own_client_reads_it(open_settings: Open, host: str, expected: str) -> None:
    store = open_settings(env={"OLLAMA_HOST": host})
    assert address(store, "ollama") == expected
    assert store.problems == []


def test_a_model_from_the_environment_is_only_a_fallback(open_settings: Open) -> None:
    env = {"MODEL_NAME": "from-env"}
    assert open_settings(env=env).config.default_model == "from-env"
    assert open_settings(env=env).origin("default_model") == Origin("environment", "MODEL_NAME")
    store = open_settings({"default_model": "from-file"}, env=env)
    assert store.config.default_model == "from-file"
    assert store.origin("default_model").kind == "file"
    assert open_settings(env=env, flags={("default_model",): "flag"}).config.default_model == "flag"


def test_lmstudio_model_goes_before_model_name(open_settings: Open) -> None:
    env = {"LMSTUDIO_MODEL": "first", "MODEL_NAME": "second"}
    assert open_settings(env=env).config.default_model == "first"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30s", 30), ("2m", 120), ("500ms", 0.5), ("45", 45), ("1.5s", 1.5), ("1h", 3600), (" 10 S ", 10), ("1ms", 0.2)],
)
def test_intervals(open_settings: Open, text: str, seconds: float) -> None:
    assert parse_interval(text) == seconds
    assert open_settings(env={"LMSTUDIO_POLLING_INTERVAL": text}).config.network.polling_interval == seconds


@pytest.mark.parametrize("text", ["soon", "-3s", "30 parsecs", "1e3", "nan"])
@pytest.mark.parametrize("variable", ["LMSTUDIO_POLLING_INTERVAL", "LM_STUDIO_TIMEOUT"])
def test_an_interval_that_is_none_is_told_and_left_out(open_settings: Open, variable: str, text: str) -> None:
    store = open_settings(env={variable: text})
    assert [p.field for p in store.problems] == [variable]
    assert store.config.network.polling_interval == 30
    assert store.config.provider_configurations["lm_studio"].timeout == 60


def test_the_timeout_from_the_environment(open_settings: Open) -> None:
    assert open_settings(env={"LM_STUDIO_TIMEOUT": "90"}).config.provider_configurations["lm_studio"].timeout == 90


def test_the_model_source_of_ollama(open_settings: Open) -> None:
    entry = open_settings(env={"MODEL_SOURCE": "HuggingFace"}).config.provider_configurations["ollama"]
    assert entry.model_dump()["model_source"] == "huggingface"
    assert open_settings(env={"MODEL_SOURCE": "torrent"}).problems[0].field == "MODEL_SOURCE"


def test_a_flag_that_is_not_valid_is_an_error(open_settings: Open) -> None:
    with pytest.raises(LLMError) as caught:
        open_settings(flags={LM_STUDIO: "ftp://x"})
    assert caught.value.kind is ErrorKind.CONFIG
    assert "lm_studio.base_url" in caught.value.message


def test_the_defaults_of_the_schema_are_those_of_the_shipped_file(open_settings: Open) -> None:
    shipped, plain = open_settings().config, AppConfig()
    assert (shipped.default_provider, shipped.default_model) == (plain.default_provider, plain.default_model)
    assert shipped.network == plain.network
