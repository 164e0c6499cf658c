"""Saving: atomic, one backup, what is not ours is kept, and nothing is lost to a kill in the middle."""

from __future__ import annotations

import json
import os
import random
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app.services import atomic_file
from app.services.llm.errors import LLMError
from app.services.settings.store import SettingsStore

Open = Callable[..., SettingsStore]
ROOT = Path(__file__).resolve().parents[3]


def test_unknown_keys_are_kept_at_every_level(open_settings: Open, user_file: Path) -> None:
    content = {
        "from_a_newer_version": {"a": [1, 2]},
        "chat": {"temperature": 0.1, "mood": "calm"},
        "provider_configurations": {"lm_studio": {"colour": "teal"}, "gpu": {"type": "openai_compatible", "x": 1}},
    }
    store = open_settings(content)
    store.save({("chat", "temperature"): 0.4})
    content["chat"]["temperature"] = 0.4  # type: ignore[index]  # a literal of this test
    assert json.loads(user_file.read_text()) == content


def test_saving_writes_only_what_was_changed(open_settings: Open, user_file: Path) -> None:
    store = open_settings()
    store.save({("interface", "theme"): "dark", ("chat", "top_p"): 0.9})
    assert json.loads(user_file.read_text()) == {"interface": {"theme": "dark"}, "chat": {"top_p": 0.9}}
    store.save({("chat", "top_p"): None})
    assert json.loads(user_file.read_text()) == {"interface": {"theme": "dark"}, "chat": {}}
    assert store.config.chat.top_p is None


def test_saving_tells_those_who_listen(open_settings: Open) -> None:
    store = open_settings()
    told: list[str] = []
    store.changed.subscribe(lambda config: told.append(config.interface.theme))
    store.save({("interface", "theme"): "dark"})
    assert told == ["dark"]


def test_a_saved_provider_value_holds_though_the_file_spells_the_provider_by_an_alias(open_settings: Open) -> None:
    store = open_settings({"provider_configurations": {"lmstudio": {"base_url": "http://old:1/v1", "note": "mine"}}})
    store.save({("provider_configurations", "lm_studio", "base_url"): "http://new:2"})
    entry = store.config.provider_configurations["lm_studio"]
    assert entry.base_url == "http://new:2/v1"
    assert entry.model_dump()["note"] == "mine"


def test_a_key_under_an_alias_can_be_taken_out(open_settings: Open, user_file: Path) -> None:
    store = open_settings({"provider_configurations": {"LMStudio": {"api_key": "sk-canary-000111222"}}})
    store.save({("provider_configurations", "lm_studio", "api_key"): None})
    assert "canary" not in user_file.read_text()


def test_a_value_that_is_not_valid_is_refused_and_nothing_is_written(open_settings: Open, user_file: Path) -> None:
    store = open_settings({"chat": {"temperature": 0.3}})
    before = user_file.read_bytes()
    for path, value in (
        (("chat", "temperature"), 99),
        (("provider_configurations", "lm_studio", "base_url"), "http://me:pw@host"),
        (("provider_configurations", "lm_studio", "timeout"), 0),
    ):
        with pytest.raises(LLMError) as caught:
            store.save({path: value})
        assert path[-1] in caught.value.message or path[-2] in caught.value.message
    assert user_file.read_bytes() == before
    assert store.config.chat.temperature == 0.3


def test_what_another_program_saved_meanwhile_is_kept(open_settings: Open, user_file: Path) -> None:
    store = open_settings({"default_model": "a"})
    user_file.write_text(json.dumps({"default_model": "a", "chat": {"top_p": 0.5}}))
    store.save({("interface", "theme"): "dark"})
    assert store.config.chat.top_p == 0.5
    assert json.loads(user_file.read_text())["chat"] == {"top_p": 0.5}


def test_any_text_that_json_can_spell_survives_a_save(open_settings: Open, user_file: Path) -> None:
    store = open_settings('{"note": "\\ud800 and \\u0000 and \\u202e"}')
    store.save({("interface", "theme"): "dark"})
    saved = json.loads(user_file.read_text(encoding="utf-8"))
    assert saved["note"] == "\ud800 and \x00 and \u202e"


def test_a_saved_file_is_readable_for_people(open_settings: Open, user_file: Path) -> None:
    open_settings({"default_model": "größe"}).save({("interface", "theme"): "dark"})
    assert '"default_model": "größe",\n' in user_file.read_text(encoding="utf-8")


def test_C8_the_file_before_stays_as_backup(open_settings: Open, user_file: Path) -> None:
    store = open_settings({"default_model": "one"})
    for name in ("two", "three"):
        store.save({("default_model",): name})
    backup = json.loads(user_file.with_suffix(".json.bak").read_text())
    assert (json.loads(user_file.read_text()), backup) == ({"default_model": "three"}, {"default_model": "two"})
    assert sorted(p.name for p in user_file.parent.iterdir()) == [user_file.name, user_file.name + ".bak"]


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX")
def test_C4_the_file_and_its_backup_are_private(open_settings: Open, user_file: Path) -> None:
    before = os.umask(0)
    try:
        store = open_settings({"default_model": "one"})
        user_file.chmod(0o644)
        store.save({("default_model",): "two"})
        for path in (user_file, user_file.with_suffix(".json.bak")):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
    finally:
        os.umask(before)


def test_C8_temp_file_fsync_rename_and_fsync_of_the_folder_in_this_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    real_fsync, real_replace = os.fsync, Path.replace

    def fsync(descriptor: int) -> None:
        seen.append("fsync folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "fsync file")
        real_fsync(descriptor)

    def replace(self: Path, target: Path) -> Path:
        seen.append("rename")
        return real_replace(self, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", replace)
    atomic_file.write_atomically(tmp_path / "x.json", b"{}")
    assert seen == ["fsync file", "rename"] + (["fsync folder"] if os.name != "nt" else [])


def test_C8_a_disk_that_fails_leaves_the_old_file_and_no_litter(
    open_settings: Open, user_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_settings({"default_model": "one"})

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError):
        store.save({("default_model",): "two"})
    assert json.loads(user_file.read_text()) == {"default_model": "one"}
    assert [p.name for p in user_file.parent.iterdir()] == [user_file.name]


SAVER = """
import sys
from pathlib import Path
from app.paths import bundled
from app.services.settings.store import SettingsStore
store = SettingsStore(bundled("config", "llm_studio_config.json"), Path(sys.argv[1]))
store.load()
n = 0
print("ready", flush=True)
while True:
    n += 1
    store.save({("default_model",): f"model-{n}", ("chat", "system_prompt"): "x" * 200_000})
"""


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is POSIX")
def test_C8_a_kill_during_a_save_leaves_the_old_or_the_new_file(tmp_path: Path) -> None:
    dice = random.Random(8)
    file = tmp_path / "llm_studio_config.json"
    for _ in range(5):
        child = subprocess.Popen([sys.executable, "-c", SAVER, str(file)], cwd=ROOT, stdout=subprocess.PIPE)
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(dice.uniform(0.02, 0.25))
        child.kill()
        child.wait()
        child.stdout.close()
        for path in (file, file.with_suffix(".json.bak")):
            if path.exists():
                values = json.loads(path.read_text())
                assert len(values["chat"]["system_prompt"]) == 200_000
                assert values["default_model"].startswith("model-")
