"""Reports of unexpected errors: private, without keys, bounded."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from app.desktop.crash_care import NATIVE_FILE
from app.desktop.crash_reports import FOLDER, MOST_KEPT, native_report, report_of

KEY = "sk-canary0123456789abcdef"


def failed(message: str) -> ValueError:
    secret_local = KEY
    try:
        raise ValueError(message)
    except ValueError as exc:
        assert secret_local
        return exc


def test_a_report_says_what_happened_where_and_is_private(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        report = report_of(tmp_path, "chat.send", failed("no such thing"), about=["Qt: 6"])
    finally:
        os.umask(before)
    assert report.file is not None
    assert stat.S_IMODE(report.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(report.file.parent.stat().st_mode) == 0o700
    text = report.file.read_text(encoding="utf-8")
    assert text == report.text
    for said in ("ValueError: no such thing", "While: chat.send", "Qt: 6", "test_crash_reports.py"):
        assert said in text


def test_C2_no_key_is_in_a_report_whether_in_the_message_the_locals_or_the_log(tmp_path: Path) -> None:
    (tmp_path / "aica.log").write_text(f"2026 ERROR x: Authorization: Bearer {KEY}\n", encoding="utf-8")
    report = report_of(tmp_path, f"fetch with {KEY}", failed(f"401 for https://me:{KEY}@host/v1, api_key={KEY}"))
    assert KEY not in report.text
    assert "Last lines of the log:" in report.text
    assert KEY not in "".join(path.read_text() for path in (tmp_path / FOLDER).iterdir())


def test_a_long_message_is_cut_since_it_quotes(tmp_path: Path) -> None:
    report = report_of(tmp_path, "x", failed("begin " + "private " * 1_000))
    assert report.text.count("private") < 60
    assert "characters)" in report.text


def test_the_errors_of_a_group_are_cut_too(tmp_path: Path) -> None:
    group = ExceptionGroup("two tasks", [failed("begin " + "private " * 1_000)])
    assert report_of(tmp_path, "x", group).text.count("private") < 60


def test_what_the_log_quotes_of_an_error_is_not_in_the_report(tmp_path: Path) -> None:
    """The log has the whole words of an exception, over several lines."""
    quoted = "2026 ERROR x: failed\n    Traceback:\n    ValueError: private\n    private\n2026 INFO x: " + "wide " * 500
    (tmp_path / "aica.log").write_text(quoted, encoding="utf-8")
    text = report_of(tmp_path, "x", failed("short")).text
    assert "2026 ERROR x: failed" in text
    assert "private" not in text
    assert text.count("wide") < 70


def test_the_newest_report_stays_after_the_clock_was_set_back(tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir()
    for number in range(MOST_KEPT):
        (tmp_path / FOLDER / f"report-29990101-0000{number:02d}-1.txt").write_text("later")
    report = report_of(tmp_path, "x", failed("now"))
    assert report.file is not None and report.file.exists()
    assert len(list((tmp_path / FOLDER).iterdir())) == MOST_KEPT


def test_the_home_folder_is_not_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    report = report_of(tmp_path, "x", failed(f"{tmp_path}/notes.txt is missing"))
    assert "~/notes.txt" in report.text


def test_control_characters_of_a_message_are_shown(tmp_path: Path) -> None:
    report = report_of(tmp_path, "x", failed("\x1b[31mred\x07"))
    assert "\x1b" not in report.text and "\\x1b" in report.text


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    for number in range(MOST_KEPT + 5):
        report_of(tmp_path, f"number {number}", failed("x"))
    assert len(list((tmp_path / FOLDER).iterdir())) == MOST_KEPT


def test_a_folder_that_cannot_be_written_costs_the_file_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    report = report_of(tmp_path / "file", "x", failed("still told"))
    assert report.file is None
    assert "still told" in report.text


def test_a_fault_of_the_system_becomes_a_report_of_the_next_run(tmp_path: Path) -> None:
    program = (
        "import faulthandler, os, signal, sys\n"
        "faulthandler.enable(open(sys.argv[1], 'wb'))\n"
        "os.kill(os.getpid(), signal.SIGSEGV)\n"
    )
    ended = subprocess.run([sys.executable, "-c", program, str(tmp_path / NATIVE_FILE)], check=False, timeout=30)
    assert ended.returncode == -signal.SIGSEGV
    report = native_report(tmp_path, tmp_path / NATIVE_FILE)
    assert report is not None and report.file is not None
    assert "Segmentation fault" in report.title
    assert "the system ended the program" in report.text
    assert native_report(tmp_path, tmp_path / NATIVE_FILE) is None, "it is told once"


def test_nothing_is_told_after_a_run_without_a_fault(tmp_path: Path) -> None:
    assert native_report(tmp_path, tmp_path / NATIVE_FILE) is None
    (tmp_path / NATIVE_FILE).write_bytes(b"")
    assert native_report(tmp_path, tmp_path / NATIVE_FILE) is None
