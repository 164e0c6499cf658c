"""The log: one record a line, no keys, private, bounded, and never a traceback because of itself."""

from __future__ import annotations

import logging
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import log

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def logger(tmp_path: Path) -> Iterator[logging.Logger]:
    """A logger with the product's file, apart from the root logger that the test run uses."""
    handler = log.LogFile(tmp_path / "aica.log")
    handler.setFormatter(log.RedactingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    made = logging.Logger("app.test")
    made.addHandler(handler)
    yield made
    handler.close()


def lines(folder: Path, name: str = "aica.log") -> list[str]:
    return (folder / name).read_text(encoding="utf-8").splitlines()


def test_D12_one_record_a_line_in_utc_with_control_characters_escaped(logger: logging.Logger, tmp_path: Path) -> None:
    logger.warning("a\rforged\x1b[31m\u2028line\n2026 %s", "größe")
    (line,) = lines(tmp_path)
    assert line[:4].isdigit() and line[10] == "T" and line[23] == "Z"
    assert line.endswith("WARNING app.test: a\\x0dforged\\x1b[31m\\x2028line\\x0a2026 größe")


def test_a_traceback_is_kept_below_its_record(logger: logging.Logger, tmp_path: Path) -> None:
    try:
        raise ValueError("sk-canary-1234567890 was refused\n2026 forged")
    except ValueError:
        logger.exception("it\nfailed")
    first, *rest = lines(tmp_path)
    assert first.endswith("ERROR app.test: it\\x0afailed")
    assert all(line.startswith("    ") for line in rest)
    assert "canary" not in "".join(rest)


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer sk-canary-0123456789",
        "authorization: token canary-0123456789",
        "Authorization=Basic canary0123456789",
        "SK-cAnary-0123456789",
        "AICA_canary0123456789-0123",
        "{'x-api-key': 'canary-0123456789'}",
        "api_key=canary-0123456789",
        "http://user:canary-0123456789@host/v1",
        "key sk-proj-canary_0123456789",
        "revoked aica_canary-0123456789_ABCDEFGHIJKLMNOPQRSTUV",
        "AIzaSyCanarycanary-0123456789abcdef",
    ],
)
def test_C2_what_looks_like_a_key_is_taken_out(logger: logging.Logger, tmp_path: Path, text: str) -> None:
    logger.warning("%s", text)
    assert "anary" not in lines(tmp_path)[0]


def test_full_files_move_back_and_the_oldest_goes(
    logger: logging.Logger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "MAX_BYTES", 200)
    monkeypatch.setattr(log, "_LOOK_EVERY", 1)
    for number in range(40):
        logger.warning("record %02d", number)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["aica.log", *(f"aica.log.{n}" for n in range(1, log.KEPT_FILES + 1))]
    kept = [line for n in reversed(names[1:]) for line in lines(tmp_path, n)] + lines(tmp_path)
    numbers = [int(line[-2:]) for line in kept]
    assert numbers == list(range(numbers[0], 40)), "nothing between the oldest kept and the newest is missing"
    assert all(path.stat().st_size < 300 for path in tmp_path.iterdir())


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX")
def test_C4_the_log_is_private(logger: logging.Logger, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        logger.warning("mine")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "aica.log").stat().st_mode) == 0o600


def test_a_log_that_cannot_be_written_is_silent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    handler = log.LogFile(tmp_path / "no folder" / "aica.log")
    made = logging.Logger("app.test")
    made.addHandler(handler)
    made.error("nobody will read this")
    assert capsys.readouterr() == ("", "")


def test_a_wrong_format_is_still_shown(logger: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    logger.warning("%d", "not a number")
    assert "not a number" in capsys.readouterr().err


def test_setting_up_goes_to_the_file_and_to_standard_error_when_asked(tmp_path: Path) -> None:
    code = (
        "import logging, sys; from pathlib import Path; from app import log;"
        "print(log.set_up(Path(sys.argv[1]), 'info', stderr=True)); logging.getLogger('app.x').info('hello')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "logs")], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str(tmp_path / "logs" / "aica.log")
    assert "INFO app.x: hello" in done.stderr
    assert lines(tmp_path / "logs")[0].endswith("INFO app.x: hello")
