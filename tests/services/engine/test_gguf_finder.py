"""Where model files are looked for, what they are called, and how far a look goes."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from pathlib import Path

import pytest

from app.services.engine import gguf_finder
from app.services.engine.gguf_finder import Found, GgufFinder
from tests.services.engine.conftest import needs_generator
from tests.services.engine.test_gguf import head, number, said

pytestmark = [needs_generator, pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")]


def placed(source: Path, *places: Path) -> None:
    for place in places:
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, place)


def names(found: Found) -> list[str]:
    return [model.name for model in found.models]


@pytest.fixture
def person() -> Path:
    """This test's own home folder (tests/conftest.py)."""
    home = Path.home()
    assert home.name == "person"
    home.mkdir()
    return home


def test_a_computer_without_models_has_none() -> None:
    assert GgufFinder().find() == Found()


def test_lm_studios_models_are_found_in_both_of_its_folders(person: Path, tmp_path: Path, tiny: Path) -> None:
    elsewhere = tmp_path / "disk"
    placed(tiny, person / ".lmstudio/models/maker/repo-GGUF/coder-7b-Q4_K_M.gguf", elsewhere / "maker/other/b.gguf")
    (person / ".lmstudio/settings.json").write_text(json.dumps({"downloadsFolder": str(elsewhere)}))
    found = GgufFinder().find()
    assert names(found) == ["maker/other/b", "maker/repo-GGUF/coder-7b-Q4_K_M"]
    assert {model.source for model in found.models} == {"LM Studio"}
    assert found.models[0].size_bytes == tiny.stat().st_size


def ollama_model(folder: Path, manifest: str, blob: bytes, digest: str, media: str = "model") -> None:
    path = folder / "manifests" / manifest
    path.parent.mkdir(parents=True, exist_ok=True)
    layer = {"mediaType": f"application/vnd.ollama.image.{media}", "digest": digest}
    path.write_text(json.dumps({"schemaVersion": 2, "layers": [{"mediaType": "x", "digest": "y"}, layer]}))
    (folder / "blobs").mkdir(exist_ok=True)
    (folder / "blobs" / digest.replace(":", "-")[:80]).write_bytes(blob)


def test_ollamas_blobs_have_the_names_people_know(person: Path, tiny: Path) -> None:
    folder, data = person / ".ollama/models", tiny.read_bytes()
    ollama_model(folder, "registry.ollama.ai/library/qwen2.5-coder/7b", data, f"sha256:{'a' * 64}")
    ollama_model(folder, "registry.ollama.ai/someone/llama/latest", data + b" ", f"sha256:{'b' * 64}")
    ollama_model(folder, "hf.co/maker/repo-GGUF/Q4_K_M", data + b"  ", f"sha256:{'c' * 64}")
    ollama_model(folder, "registry.ollama.ai/library/notes/1", b"text", f"sha256:{'d' * 64}", media="template")
    found = GgufFinder().find()
    assert names(found) == ["hf.co/maker/repo-GGUF:Q4_K_M", "qwen2.5-coder:7b", "someone/llama:latest"]
    assert found.unusable == ()


def test_a_manifest_cannot_lead_out_of_ollamas_folder(person: Path, tiny: Path) -> None:
    folder = person / ".ollama/models"
    placed(tiny, person / "secret.gguf")
    ollama_model(folder, "registry.ollama.ai/library/evil/1", b"", f"sha256:{'a' * 64}")
    for digest in ("sha256:../../../secret.gguf", "../../secret.gguf", "sha256:" + "A" * 64, 5, None):
        layer = {"mediaType": "application/vnd.ollama.image.model", "digest": digest}
        (folder / "manifests/registry.ollama.ai/library/evil/1").write_text(json.dumps({"layers": [layer, 7]}))
        assert GgufFinder().find() == Found()


def test_hugging_faces_cache_gives_the_newest_revision_once(tmp_path: Path, tiny: Path) -> None:
    repository = tmp_path / "hugging_face/hub/models--maker--repo-GGUF"
    for age, revision in enumerate(("new", "old")):
        blob = repository / "blobs" / revision
        placed(tiny, blob)
        blob.write_bytes(tiny.read_bytes() + revision.encode())
        link = repository / "snapshots" / revision / "sub" / "model-Q8_0.gguf"
        link.parent.mkdir(parents=True)
        link.symlink_to(blob)
        os.utime(repository / "snapshots" / revision, (1_000_000 - age, 1_000_000 - age))
    found = GgufFinder().find()
    assert names(found) == ["maker/repo-GGUF/sub/model-Q8_0"]
    assert found.models[0].path.resolve().name == "new"


def test_two_files_of_one_name_are_both_there_and_a_linked_one_once(person: Path, tmp_path: Path, tiny: Path) -> None:
    mine = tmp_path / "mine"
    placed(tiny, mine / "maker/repo/a.gguf", person / ".lmstudio/models/maker/repo/a.gguf")
    (mine / "again.gguf").symlink_to(mine / "maker/repo/a.gguf")
    assert names(GgufFinder([mine]).find()) == ["again", "maker/repo/a"]
    (mine / "again.gguf").unlink()
    assert names(GgufFinder([mine]).find()) == ["maker/repo/a", "maker/repo/a (LM Studio)"]


def test_vision_parts_and_adapters_are_no_models(tmp_path: Path, tiny: Path) -> None:
    placed(tiny, tmp_path / "m/model.gguf")
    (tmp_path / "m/mmproj-model.gguf").write_bytes(head(said("general.architecture", "clip")))
    assert names(GgufFinder([tmp_path / "m"]).find()) == ["model"]


@pytest.mark.parametrize("ending", ["gguf", "GGUF"])
def test_a_split_model_is_one_with_the_size_of_all_its_parts(tmp_path: Path, ending: str) -> None:
    def part(at: int) -> bytes:
        return head(said("general.architecture", "llama"), number("split.no", at), number("split.count", 3)) + bytes(at)

    for at in range(3):
        (tmp_path / f"big-{at + 1:05d}-of-00003.{ending}").write_bytes(part(at))
    (model,) = GgufFinder([tmp_path]).find().models
    assert (model.name, model.size_bytes) == ("big", 3 * len(part(0)) + 3)
    (tmp_path / f"big-00002-of-00003.{ending}").unlink()
    found = GgufFinder([tmp_path]).find()
    assert found.models == ()
    assert [one.reason for one in found.unusable] == ["Part 2 of 3 is missing."]


def test_a_damaged_file_is_kept_out_and_told_and_tried_again_once_it_changed(tmp_path: Path, tiny: Path) -> None:
    path = tmp_path / "m/model.gguf"
    placed(tiny, path)
    path.write_bytes(tiny.read_bytes()[:9_000])
    finder = GgufFinder([tmp_path / "m"])
    found = finder.find()
    assert found.models == ()
    assert [(one.path, "cut off" in one.reason or "missing" in one.reason) for one in found.unusable] == [(path, True)]
    placed(tiny, path)
    assert names(finder.find()) == ["model"]


def test_loops_of_links_and_folders_in_folders_end(tmp_path: Path, tiny: Path) -> None:
    placed(tiny, tmp_path / "m/a/b/model.gguf")
    (tmp_path / "m/a/b/up").symlink_to(tmp_path / "m")
    (tmp_path / "m/self.gguf").symlink_to(tmp_path / "m/self.gguf")
    (tmp_path / "m/nothing.gguf").symlink_to(tmp_path / "gone")
    found = GgufFinder([tmp_path / "m", tmp_path / "m/a"]).find()
    assert names(found) == ["a/b/model"]
    assert [one.path.name for one in found.unusable] == ["nothing.gguf"], "told, not raised; a circle is nothing at all"


def test_folders_that_cannot_be_read_are_passed_over(tmp_path: Path, tiny: Path) -> None:
    placed(tiny, tmp_path / "m/open/model.gguf", tmp_path / "m/shut/other.gguf")
    (tmp_path / "m/shut").chmod(0)
    try:
        found = names(GgufFinder([tmp_path / "m", tmp_path / "not there", tiny]).find())
    finally:
        (tmp_path / "m/shut").chmod(0o700)
    assert "open/model" in found
    assert len(found) == (2 if os.geteuid() == 0 else 1)


def test_names_that_could_not_be_shown_are_left_out(tmp_path: Path, tiny: Path) -> None:
    placed(tiny, tmp_path / "m/good.gguf", tmp_path / "m/bad\x1b[2J.gguf", tmp_path / "m/.hidden.gguf")
    assert names(GgufFinder([tmp_path / "m"]).find()) == ["good"]


def test_thousands_of_files_are_looked_through_within_the_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = head(said("general.architecture", "llama"))
    for number_ in range(3_000):
        folder = tmp_path / "m" / f"{number_ % 50:02d}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number_}.gguf").write_bytes(small)
    finder = GgufFinder([tmp_path / "m"], look_s=30)
    began = time.monotonic()
    assert len(finder.find().models) == 3_000
    assert time.monotonic() - began < 15
    monkeypatch.setattr(gguf_finder, "MAX_FILES", 100)
    found = GgufFinder([tmp_path / "m"]).find()
    assert (len(found.models), found.complete) == (100, False)


def test_a_look_that_runs_out_of_time_shows_what_it_has(tmp_path: Path, tiny: Path) -> None:
    placed(tiny, *(tmp_path / "m" / f"{number_}.gguf" for number_ in range(50)))
    found = GgufFinder([tmp_path / "m"], look_s=0.0).find()
    assert not found.complete
    assert len(found.models) < 50


def test_a_look_stops_in_time_among_thousands_of_manifests(person: Path) -> None:
    folder = person / ".ollama/models/manifests/registry.ollama.ai/library/m"
    folder.mkdir(parents=True)
    (folder / "t0").write_text('{"layers":[' + ",".join(['{"mediaType":"x","digest":"y"}'] * 8_000) + "]}")
    for number_ in range(1, 3_000):
        os.link(folder / "t0", folder / f"t{number_}")
    began = time.monotonic()
    assert not GgufFinder(look_s=0.3).find().complete
    assert time.monotonic() - began < 3, "all of them take a quarter of a minute"


def test_a_head_that_the_look_had_no_time_for_is_read_by_the_next_one(tmp_path: Path, tiny: Path) -> None:
    placed(tiny, tmp_path / "m/model.gguf")
    finder = GgufFinder([tmp_path / "m"], look_s=0.0)
    found = finder.find()
    assert (found.models, found.unusable, found.complete) == ((), (), False)
    finder._look_s = 30.0
    assert names(finder.find()) == ["model"]


@pytest.mark.parametrize("name", ["HF_HOME", "HF_HUB_CACHE", "XDG_CACHE_HOME"])
def test_a_relative_folder_of_hugging_face_is_not_taken_for_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for other in ("HF_HOME", "HF_HUB_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(name, "caches")
    monkeypatch.chdir(tmp_path)
    assert gguf_finder.hugging_face_folder() == Path.home() / ".cache/huggingface/hub"


def test_the_folder_of_this_program_comes_first_and_halves_in_it_are_not_seen(tmp_path: Path, tiny: Path) -> None:
    own = tmp_path / "own"
    for place in ("maker/repo/tiny-Q4_K_M.gguf", ".incoming/abc/half.gguf", "maker/repo/later.gguf.part"):
        (own / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(tiny, own / place)
    (found,) = GgufFinder(own=own).find().models
    assert (found.name, found.source) == ("maker/repo/tiny-Q4_K_M", "AI Coder Assistant")
