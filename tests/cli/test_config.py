"""`aica config` and `aica key`."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from app.services.terminal_command import in_terminal
from tests.cli.conftest import ROOT, Aica

pytestmark = pytest.mark.anyio


def user_file(aica: Aica) -> Path:
    return Path(aica.environment["AICA_HOME"]) / "config" / "llm_studio_config.json"


async def test_set_then_get_and_remove(aica: Aica) -> None:
    assert (await aica("config", "path")).out.strip() == str(user_file(aica))
    assert (await aica("config", "set", "chat.temperature", "0.5")).status == 0
    assert json.loads(user_file(aica).read_text(encoding="utf-8")) == {"chat": {"temperature": 0.5}}
    assert (await aica("config", "get", "chat.temperature")).out == "0.5\n"
    origin = (await aica("config", "get", "chat.temperature", "--json")).value
    assert (origin["value"], origin["origin"]) == (0.5, "file")
    assert (await aica("config", "set", "chat.temperature", "null")).status == 0
    assert (await aica("config", "get", "chat.temperature")).out == "null\n"
    assert user_file(aica).with_suffix(".json.bak").exists()


async def test_a_broken_file_is_replaced_by_its_backup_and_kept(aica: Aica) -> None:
    await aica("config", "set", "chat.temperature", "0.5")
    await aica("config", "set", "chat.temperature", "0.7")
    user_file(aica).write_text('{"chat": ,}', encoding="utf-8")
    refused = await aica("config", "set", "chat.temperature", "0.9")
    assert refused.status == 3
    assert in_terminal("config restore") in refused.err
    restored = await aica("config", "restore")
    kept = user_file(aica).with_name("llm_studio_config.json.broken")
    assert (restored.status, restored.err) == (0, f"aica: The broken file is kept as {kept}\n")
    assert kept.read_text(encoding="utf-8") == '{"chat": ,}'
    assert (await aica("config", "get", "chat.temperature")).out == "0.5\n"
    user_file(aica).with_suffix(".json.bak").unlink()
    assert (await aica("config", "restore")).status == 3


async def test_show_prints_the_settings_of_a_provider_that_no_layer_mentions(aica: Aica) -> None:
    providers = (await aica("config", "show")).value["provider_configurations"]
    assert providers["ollama"]["context_length"] == 16384
    assert providers["ollama"]["timeout"] == 60
    assert providers["lm_studio"]["max_retries"] == 2
    await aica("config", "set", "provider_configurations.ollama.context_length", "4096")
    assert (await aica("config", "show")).value["provider_configurations"]["ollama"]["context_length"] == 4096
    await aica("config", "set", "provider_configurations.box.type", "openai_compatible")
    shown = (await aica("config", "get", "provider_configurations.box.priority", "--json")).value
    assert (shown["value"], shown["origin"]) == (10, "default")


async def test_an_empty_address_is_refused_with_the_name_of_the_setting(aica: Aica) -> None:
    key = "provider_configurations.lm_studio.base_url"
    refused = await aica("config", "set", key, "")
    assert refused.status == 3
    assert key in refused.err
    assert "empty" in refused.err
    assert not user_file(aica).exists()


async def test_text_values_need_no_quotes_and_addresses_come_back_canonical(aica: Aica) -> None:
    del aica.environment["LMSTUDIO_BASE_URL"]
    await aica("config", "set", "provider_configurations.lm_studio.base_url", "192.168.1.13:1234/")
    shown = await aica("config", "get", "provider_configurations.lm_studio.base_url")
    assert shown.out == "http://192.168.1.13:1234/v1\n"


async def test_name_that_is_no_setting_is_kept_and_told_with_the_closest_one(aica: Aica) -> None:
    near = await aica("config", "set", "chat.temprature", "0.5")
    assert (near.status, near.out) == (0, "")
    assert near.err == "aica: Saved, but no setting 'chat.temprature' is known here. Did you mean chat.temperature?\n"
    far = await aica("config", "set", "some.unknown.key", "1")
    assert (far.status, far.err) == (0, "aica: Saved, but no setting 'some.unknown.key' is known here.\n")
    kept = json.loads(user_file(aica).read_text(encoding="utf-8"))
    assert kept == {"chat": {"temprature": 0.5}, "some": {"unknown": {"key": 1}}}
    inside = await aica("config", "set", "interface", '{"theme": "dark", "colour": "red"}')
    assert "'interface.colour'" in inside.err
    assert (await aica("config", "set", "some.unknown.key", "null")).err == ""
    assert (await aica("config", "set", "chat.temperature", "0.5")).err == ""


async def test_what_only_a_part_of_the_program_refuses_is_kept_and_told(aica: Aica, tmp_path: Path) -> None:
    missing = str(tmp_path / "no such.pem")
    told = await aica("config", "set", "network.ca_file", missing)
    assert told.status == 0
    assert told.err.startswith("aica: Saved, but: ") and missing in told.err and "network.ca_file" in told.err
    assert (await aica("config", "set", "chat.temperature", "0.5")).err == "", "only what was set is told about"
    assert (await aica("config", "set", "network.ca_file", "null")).err == ""
    nobody = await aica("config", "set", "default_provider", "nobody")
    assert nobody.status == 0 and "There is no provider 'nobody'" in nobody.err
    assert (await aica("config", "validate")).status == 3
    assert (await aica("config", "set", "default_provider", "ollama")).err == ""
    whole = await aica("config", "set", "network", json.dumps({"ca_file": missing}))
    assert missing in whole.err


async def test_get_answers_for_every_setting_and_says_what_was_probably_meant(aica: Aica) -> None:
    unset = (await aica("config", "get", "--json", "provider_configurations.ollama.context_length")).value
    assert (unset["value"], unset["origin"]) == (16384, "default")
    wrong = await aica("config", "get", "temperature")
    assert (wrong.status, wrong.out) == (2, "")
    assert "Did you mean chat.temperature?" in wrong.err


async def test_an_alias_names_the_provider_it_stands_for(aica: Aica) -> None:
    del aica.environment["LMSTUDIO_BASE_URL"]
    result = await aica("config", "set", "provider_configurations.lm-studio.base_url", "192.168.1.13:1234")
    assert (result.status, result.err) == (0, "")
    shown = await aica("config", "get", "provider_configurations.lmstudio.base_url")
    assert shown.out == "http://192.168.1.13:1234/v1\n"
    assert list(json.loads(user_file(aica).read_text(encoding="utf-8"))["provider_configurations"]) == ["lm_studio"]


async def test_wrong_address_is_refused_in_one_sentence_wherever_it_stands(aica: Aica) -> None:
    flag = await aica("models", "--base-url", "nonsense:99999")
    assert (flag.status, flag.err.count("is not valid")) == (3, 1)
    assert "its port is not a number" in flag.err
    aica.environment["LMSTUDIO_BASE_URL"] = "nonsense:99999"
    variable = await aica("config", "get", "default_provider")
    assert variable.err.startswith("aica: LMSTUDIO_BASE_URL: Refused because its port is not a number")


async def test_server_of_ones_own_is_made_by_its_type_first_and_the_error_says_so(aica: Aica) -> None:
    early = await aica("config", "set", "provider_configurations.workshop.base_url", "127.0.0.1:8080")
    assert early.status == 3
    assert "set provider_configurations.workshop.type to openai_compatible first" in early.err
    for field, value in (("type", "openai_compatible"), ("base_url", "127.0.0.1:8080"), ("name", "Workshop")):
        result = await aica("config", "set", f"provider_configurations.workshop.{field}", value)
        assert (result.status, result.err) == (0, "")


async def test_a_value_that_the_environment_overrides_is_said_to_be(aica: Aica) -> None:
    result = await aica("config", "set", "provider_configurations.lm_studio.base_url", "http://127.0.0.1:7")
    assert result.status == 0
    assert "LMSTUDIO_BASE_URL overrides it" in result.err


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("get", "nothing.here"), 2),
        (("get", "chat..x"), 2),
        (("set", "chat.temperature", "hot"), 3),
        (("set", "provider_configurations.lm_studio.base_url", "ftp://x"), 3),
        (("set", "provider_configurations.openai.api_key", "sk-canary-4711-canary"), 2),
    ],
)
async def test_wrong_keys_and_values_change_nothing(aica: Aica, arguments: tuple[str, ...], status: int) -> None:
    result = await aica("config", *arguments)
    assert result.status == status
    assert not user_file(aica).exists()
    assert "canary" not in result.out + result.err


async def test_show_masks_secrets_and_keeps_what_only_sounds_like_one(aica: Aica) -> None:
    user_file(aica).parent.mkdir(parents=True)
    text = '{"provider_configurations": {"openai": {"api_key": "sk-canary-4711-canary"}}, "chat": {"max_tokens": 77}}'
    user_file(aica).write_text(text, encoding="utf-8")
    result = await aica("config", "show")
    assert result.status == 0
    assert "canary" not in result.out + result.err
    assert result.value["provider_configurations"]["openai"]["api_key"] == "…"
    assert result.value["chat"]["max_tokens"] == 77
    shown = await aica("config", "get", "provider_configurations.openai.api_key")
    assert shown.out == "…\n"


async def test_validate_says_file_line_and_field(aica: Aica, tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_text('{"chat":\n {"temperature": 99}}', encoding="utf-8")
    result = await aica("config", "validate", str(file))
    assert result.status == 3
    assert "line 2" in result.out
    assert "chat.temperature" in result.out
    file.write_text("{}", encoding="utf-8")
    assert (await aica("config", "validate", str(file))).status == 0
    assert (await aica("config", "validate")).out.endswith("is valid.\n")
    assert (await aica("config", "validate", "missing.json")).status == 2
    user_file(aica).parent.mkdir(parents=True)
    user_file(aica).write_text("{", encoding="utf-8")
    assert (await aica("config", "validate")).status == 3
    assert (await aica("config", "show")).status == 3


async def test_validate_names_keys_that_are_no_settings_and_keeps_them(aica: Aica, tmp_path: Path) -> None:
    text = json.dumps(
        {
            "$schema": "llm_studio_config.schema.json",
            "defualt_provider": "ollama",
            "chat": {"temperture": 0.3},
            "provider_configurations": {"lmstudio": {"base_ulr": "http://localhost:1"}},
            "of_a_newer_version": {"x": 1},
        }
    )
    file = tmp_path / "x.json"
    user_file(aica).parent.mkdir(parents=True)
    for path in (file, user_file(aica)):
        path.write_text(text, encoding="utf-8")
        result = await aica("config", "validate", *([str(file)] if path == file else []))
        assert (result.status, result.out) == (0, f"{path} is valid.\n")
        assert result.err.splitlines() == [
            "aica: no setting 'defualt_provider' is known here. Did you mean default_provider?",
            "aica: no setting 'chat.temperture' is known here. Did you mean chat.temperature?",
            "aica: no setting 'provider_configurations.lm_studio.base_ulr' is known here. "
            "Did you mean provider_configurations.lm_studio.base_url?",
            "aica: no setting 'of_a_newer_version' is known here.",
        ]
        assert path.read_text(encoding="utf-8") == text
    shipped = await aica("config", "validate", str(ROOT / "config" / "llm_studio_config.json"))
    assert (shipped.status, shipped.err) == (0, "")


async def test_a_key_in_the_file_is_named_as_one_and_not_shown(aica: Aica) -> None:
    user_file(aica).parent.mkdir(parents=True)
    text = json.dumps({"provider_configurations": {"claude": {"api_key": "sk-ant-canary-123456"}}})
    user_file(aica).write_text(text, encoding="utf-8")
    result = await aica("config", "validate")
    assert result.status == 0
    assert "provider_configurations.anthropic.api_key is a key" in result.err
    assert "key list" in result.err
    assert "is known here" not in result.err
    assert "canary" not in result.out + result.err
    assert user_file(aica).read_text(encoding="utf-8") == text
    other = user_file(aica).with_name("other.json")
    other.write_text(text, encoding="utf-8")
    elsewhere = await aica("config", "validate", str(other))
    assert "is a key" in elsewhere.err
    assert "moved" not in elsewhere.err, "nobody reads that file"
    user_file(aica).write_text(text.replace("claude", "nosuch"), encoding="utf-8")
    unknown = await aica("config", "validate")
    assert unknown.status == 3
    assert "moved" not in unknown.err, "nobody is asked with it"


@pytest.mark.parametrize("value", ["", "  ", None, 5, {"a": 1}])
async def test_what_is_no_key_is_not_said_to_be_used(aica: Aica, value: object) -> None:
    user_file(aica).parent.mkdir(parents=True)
    text = json.dumps({"provider_configurations": {"openai": {"api_key": value}}})
    user_file(aica).write_text(text, encoding="utf-8")
    result = await aica("config", "validate")
    assert "is used" not in result.err


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('{"provider_configurations": {"embedded": {"folders": ["~no-such-user/x"]}}}', "embedded.folders"),
        ('{"provider_configurations": {"embedded": {"executable": "~no-such-user/x"}}}', "embedded.executable"),
        ('{"network": {"ca_file": "~no-such-user/x"}}', "network.ca_file"),
    ],
)
async def test_validate_names_paths_that_lead_nowhere(aica: Aica, tmp_path: Path, text: str, named: str) -> None:
    file = tmp_path / "x.json"
    file.write_text(text, encoding="utf-8")
    result = await aica("config", "validate", str(file))
    assert result.status == 3
    assert named in result.out
    user_file(aica).parent.mkdir(parents=True)
    user_file(aica).write_text(text, encoding="utf-8")
    result = await aica("config", "validate")
    assert result.status == 3
    assert named in result.out
    assert (await aica("config", "show")).status == 0, "the rest goes on"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs a folder that cannot be made")
async def test_a_folder_that_cannot_be_written_is_a_sentence(aica: Aica, tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("", encoding="utf-8")
    result = await aica("--config", str(blocker / "config.json"), "config", "set", "chat.temperature", "0.5")
    assert result.status == 3
    assert "could not be" in result.err


async def test_C1_without_a_key_store_a_key_is_not_taken_and_never_shown(aica: Aica) -> None:
    result = await aica("key", "set", "openai", stdin=b"sk-canary-4711-canary\n")
    assert result.status == 3
    assert "was not stored" in result.err
    assert "Set OPENAI_API_KEY in the environment instead." in result.err
    assert "canary" not in result.out + result.err
    listed = (await aica("key", "list", "--json")).value["keys"]
    assert all(not row["present"] for row in listed)


async def test_C2_keys_of_the_environment_are_listed_masked(aica: Aica) -> None:
    aica.environment["OPENAI_API_KEY"] = "sk-canary-4711-canary"
    row = next(r for r in (await aica("key", "list", "--json")).value["keys"] if r["provider"] == "openai")
    assert (row["present"], row["source"], row["masked"]) == (True, "environment", "sk-…nary")
    table = await aica("key", "list", "openai")
    assert "sk-canary" not in table.out
    assert "environment" in table.out


async def test_a_key_as_an_argument_is_refused(aica: Aica) -> None:
    assert (await aica("key", "set", "openai", "sk-canary")).status == 2


async def test_unknown_and_keyless_providers(aica: Aica) -> None:
    assert (await aica("key", "set", "nonsense", stdin=b"x")).status == 3
    assert "takes no key" in (await aica("key", "set", "mock", stdin=b"x")).err
    assert (await aica("key", "delete", "openai")).out == "The key for OpenAI was not there.\n"
