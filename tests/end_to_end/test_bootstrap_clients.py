"""`bootstrap.py test --clients`: other people's clients, each in its own environment, or a line that says why not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from tests.end_to_end.test_bootstrap import load_bootstrap

#: Makes what the real programs make: uv an environment, npm a folder of modules.
UV = '#!/bin/sh\necho "uv $@" >> {calls}\nfor last; do :; done\n[ "$1" = venv ] && mkdir -p "$last/bin"\nexit 0\n'
NPM = '#!/bin/sh\necho "npm $@" >> {calls}\nexit 0\n'
BROKEN = "#!/bin/sh\necho 'error: no network here'\nexit 1\n"


@pytest.fixture
def computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[ModuleType, Path]]:
    """The script on a computer with these programs and no others; and their calls."""

    def made(**programs: str) -> tuple[ModuleType, Path]:
        folder, calls = tmp_path / "programs", tmp_path / "calls"
        folder.mkdir()
        calls.touch()
        for name, text in programs.items():
            (folder / name).write_text(text.format(calls=calls), encoding="utf-8")
            (folder / name).chmod(0o755)
        for name in ("sh", "mkdir"):
            (folder / name).symlink_to(f"/bin/{name}")
        monkeypatch.setenv("PATH", str(folder))
        bootstrap = load_bootstrap()
        monkeypatch.setattr(bootstrap, "CLIENTS", tmp_path / ".clients")
        return bootstrap, calls

    return made


def test_each_client_is_installed_once_with_a_line(
    computer: Callable[..., tuple[ModuleType, Path]], capfd: pytest.CaptureFixture[str]
) -> None:
    bootstrap, calls = computer(uv=UV, npm=NPM, node=NPM)
    bootstrap.ensure_clients()

    said = capfd.readouterr().err.splitlines()
    names = ["openai", "anthropic", "llm", "openai-node"]
    assert said == [f"[setup] installing the client {name}" for name in names]
    assert all((bootstrap.CLIENTS / name / bootstrap.CLIENT_STAMP).exists() for name in names)
    npm = next(line for line in calls.read_text().splitlines() if line.startswith("npm"))
    assert "--no-package-lock" in npm and "--ignore-scripts" in npm
    calls.write_text("")
    bootstrap.ensure_clients()
    assert (capfd.readouterr().err, calls.read_text()) == ("", "")


def test_a_client_of_another_version_is_installed_anew(computer: Callable[..., tuple[ModuleType, Path]]) -> None:
    bootstrap, calls = computer(uv=UV, npm=NPM, node=NPM)
    bootstrap.ensure_clients()
    calls.write_text("")
    bootstrap.PYTHON_CLIENTS["llm"] = "llm>=99"
    bootstrap.ensure_clients()

    assert next(line for line in calls.read_text().splitlines() if "pip" in line).endswith("llm>=99")
    assert calls.read_text().count("uv venv") == 1


def test_clients_that_cannot_be_installed_are_left_out_with_a_line(
    computer: Callable[..., tuple[ModuleType, Path]], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    bootstrap, _calls = computer(uv=BROKEN)

    def no_venv(command: list[str], what: str, *, announced: bool = False) -> None:
        raise bootstrap.SetupError(f"{what} failed:\nerror: no network here")

    monkeypatch.setattr(bootstrap, "run_quietly", no_venv)
    bootstrap.ensure_clients()

    said = capfd.readouterr().err
    for name, why in (("openai", "no network here"), ("llm", "no network here"), ("openai-node", "there is no npm")):
        assert f"so its tests are skipped: the client {name} (" in said and why in said
        assert not (bootstrap.CLIENTS / name).exists()


def test_the_plain_run_does_not_see_the_tests_of_clients(pytestconfig: pytest.Config) -> None:
    from tests import conftest  # the hook that leaves them out

    folder = Path(conftest.ROOT) / "tests" / "clients"
    left_out = conftest.pytest_ignore_collect(folder, pytestconfig)
    assert left_out is (None if pytestconfig.getoption("--clients") else True)
    assert conftest.pytest_ignore_collect(folder.parent / "cli", pytestconfig) is None
