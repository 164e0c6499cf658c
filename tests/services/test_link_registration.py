"""Links are given to this program on demand: a real `xdg-mime` stand-in, a real desktop entry."""

from __future__ import annotations

import shlex
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from app.services import link_registration
from app.services.link_registration import RegistrationError, desktop_entry, register, registration
from tests.fakes.programs import FakeProgram, install

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="xdg-mime is of freedesktop.org"),
]

XDG_MIME = """
record = here + ".default"
if arguments[:1] == ["default"] and not behaviour.get("refuses") and "says" not in behaviour:
    open(record, "w").write(arguments[1])
if "says" in behaviour:
    print(behaviour["says"])
elif arguments[:1] == ["query"] and os.path.exists(record):
    print(open(record).read())
"""


@pytest.fixture
def xdg_mime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeProgram:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return install(tmp_path / "bin", "xdg-mime", XDG_MIME)


async def test_links_open_here_once_somebody_wants_that(xdg_mime: FakeProgram, tmp_path: Path) -> None:
    assert await registration() == "elsewhere"
    entry = tmp_path / "share" / "applications" / "ai-coder-assistant.desktop"
    assert not entry.exists(), "asking changes nothing"
    await register()
    assert await registration() == "here"
    lines = entry.read_text().splitlines()
    assert "MimeType=x-scheme-handler/aica;" in lines
    (command,) = [line.removeprefix("Exec=") for line in lines if line.startswith("Exec=")]
    assert Path(shlex.split(command)[0]).is_file() and command.endswith(" %u")
    assert ["default", entry.name, "x-scheme-handler/aica"] in [call["arguments"] for call in xdg_mime.calls]


async def test_an_entry_that_leads_to_another_copy_is_not_ours(xdg_mime: FakeProgram, tmp_path: Path) -> None:
    await register()
    entry = tmp_path / "share" / "applications" / "ai-coder-assistant.desktop"
    entry.write_text(desktop_entry(["/gone/ai-coder-assistant"]))
    assert await registration() == "elsewhere"


async def test_a_system_that_does_not_take_it_is_told(xdg_mime: FakeProgram, tmp_path: Path) -> None:
    xdg_mime.behave(refuses=True)
    with pytest.raises(RegistrationError, match="did not take it"):
        await register()
    (tmp_path / "share").rename(tmp_path / "away")
    (tmp_path / "share").write_text("in the way")
    with pytest.raises(RegistrationError, match="could not be written"):
        await register()
    xdg_mime.path.unlink()
    assert await registration() == "unknown"
    with pytest.raises(RegistrationError, match="xdg-utils"):
        await register()


@pytest.mark.parametrize(
    "behaviour",
    [
        {"hang": True},
        {"flood": 10_000_000},
        {"crash": True},
        {"says": "Anwendung nicht gefunden"},
        {"says": "\x1b[31m"},
    ],
    ids=["hangs", "floods for ever", "crashes", "speaks another language", "speaks to a terminal"],
)
async def test_E3_an_xdg_mime_that_does_not_do_its_work_is_told_in_time_and_nothing_is_believed(
    xdg_mime: FakeProgram, monkeypatch: pytest.MonkeyPatch, behaviour: dict[str, Any]
) -> None:
    monkeypatch.setattr(link_registration, "_ASK_S", 0.5)
    xdg_mime.behave(**behaviour)
    began = time.monotonic()
    assert await registration() == "elsewhere"
    with pytest.raises(RegistrationError) as caught:
        await register()
    assert "did not take it" in str(caught.value) and str(caught.value).isprintable()
    assert time.monotonic() - began < 10
    assert all(gone(call["pid"]) for call in xdg_mime.calls)


def gone(process_id: int) -> bool:
    try:
        return psutil.Process(process_id).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_command_with_strange_letters_is_one_word_of_the_entry() -> None:
    entry = desktop_entry(['/opt/a "b" $c/100%/program', "-m", "app"], Path("/opt"))
    assert r'Exec="/opt/a \\"b\\" \\$c/100%%/program" -m app %u' in entry.splitlines()


def test_the_entry_for_packagers_is_the_same() -> None:
    file = Path(__file__).parents[2] / "packaging" / "linux" / link_registration.DESKTOP_ENTRY
    assert file.read_text(encoding="utf-8") == desktop_entry(["ai-coder-assistant"])
