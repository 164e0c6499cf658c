"""The language of the window: which one is meant, what is translated, and changing it while the window is open."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from string import Formatter

import pytest
from PySide6.QtCore import QCoreApplication, QLocale, Qt
from PySide6.QtWidgets import QApplication

from app.desktop import language
from app.desktop.theme import Theme
from app.services import wording
from tests.desktop.session_window import arguments, laid_out, named, open_session, open_tab, until
from tests.tools.collect_texts import Found, Text, collect
from tests.tools.write_translations import PLURALS, read, release, ts_file, written

CHILD = Path(__file__).parents[1] / "end_to_end" / "language_child.py"


@pytest.fixture(scope="module")
def source() -> Found:
    """All texts of the source; reading it takes seconds."""
    return collect()


def fields(text: str) -> set[str]:
    return {name for _literal, name, _spec, _conversion in Formatter().parse(text) if name is not None}


def test_what_the_system_speaks_is_taken_where_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    class Spoken:
        def __init__(self, *names: str) -> None:
            self._names = list(names)

        def uiLanguages(self) -> list[str]:
            return self._names

    monkeypatch.setattr(language.QLocale, "system", lambda: Spoken("de-DE", "es-MX", "en"))
    assert language.language_of("system") == "es"
    monkeypatch.setattr(language.QLocale, "system", lambda: Spoken("de-DE"))
    assert language.language_of("system") == "en"
    assert language.language_of("es") == "es"
    assert language.language_of("xx") == "en"


def test_every_text_of_the_source_is_in_the_files_and_none_is_asked_for_too_early(source: Found) -> None:
    assert source.problems == []
    assert len(source.texts) > 1_000
    for code in PLURALS:
        wanted = written(code, read(code), list(source.texts))
        assert ts_file(code).read_text(encoding="utf-8") == wanted, "run python -m tests.tools.write_translations"


@pytest.mark.parametrize("code", PLURALS)
def test_the_file_that_the_window_reads_is_made_from_the_one_that_people_edit(code: str, tmp_path: Path) -> None:
    release(ts_file(code), tmp_path / "made.qm")
    shipped = ts_file(code).with_suffix(".qm")
    assert shipped.read_bytes() == (tmp_path / "made.qm").read_bytes(), "run python -m tests.tools.write_translations"


@pytest.mark.parametrize("code", PLURALS)
def test_translations_keep_every_place_for_a_value(code: str) -> None:
    for text, forms in read(code).items():
        assert len(forms) == (PLURALS[code] if text.numerus else 1), text
        for form in forms:
            if text.context == language.CORE_CONTEXT or fields(text.source):
                assert fields(form) == fields(text.source), f"{text.source!r} became {form!r}"
            assert re.findall(r"%L?n", form) == re.findall(r"%L?n", text.source) or text.numerus, text
            assert form.strip() == form or text.source.strip() != text.source, f"blanks around {form!r}"


@pytest.mark.parametrize("code", PLURALS)
def test_every_text_is_translated(code: str, source: Found) -> None:
    translated = read(code)
    missing = [text for text in source.texts if text not in translated]
    assert not missing, f"{len(missing)} are not, such as {missing[:3]}"


def test_sentences_of_the_core_follow_and_english_is_as_it_was(spanish: None, qapp: QApplication) -> None:
    wording.speak(lambda text: {"{n} things": "{n} cosas"}.get(text, text))
    assert wording.say("{n} things", n=3) == "3 cosas"
    assert wording.say("100 % {sure}") == "100 % {sure}", "without values nothing is put in"
    language.use(qapp, "en")
    assert wording.say("{n} things", n=3) == "3 things"


def test_spanish_is_read_from_its_file(spanish: None) -> None:
    assert QCoreApplication.translate("GeneralPage", "Language") == "Idioma"
    assert QCoreApplication.translate("QLineEdit", "&Copy") != "&Copy", "Qt's own words, too"
    assert QLocale().language() == QLocale.Language.Spanish


@pytest.mark.anyio
async def test_a_saved_language_makes_the_window_anew(theme: Theme, home: Path) -> None:
    async with open_session(theme, home, *arguments()) as session:
        ended: list[bool] = []
        session.closed.connect(lambda: ended.append(True))
        await open_tab(session, "General")
        services = session.engine.services
        await session.engine.run(_save(services, "es"))
        session.parts.take_settings()
        assert session.opens_again, "it closes to be made again"
        await until(lambda: ended)


@pytest.mark.anyio
async def test_what_runs_is_not_ended_without_a_click(theme: Theme, home: Path) -> None:
    async with open_session(theme, home, *arguments()) as session:
        session.parts.language._is_at_work = lambda: True
        await session.engine.run(_save(session.engine.services, "es"))
        session.parts.take_settings()
        assert not session.opens_again
        assert named(session.window.chat, "Change now").isVisible()
        await session.engine.run(_save(session.engine.services, "system"))
        session.parts.take_settings()
        assert not session.window.chat.notice.isVisible(), "what was said is settled"


@pytest.mark.anyio
async def test_an_edit_that_is_being_written_is_not_lost_without_a_click(theme: Theme, home: Path) -> None:
    async with open_session(theme, home, *arguments()) as session:
        session.chat.send("Hello")
        await until(lambda: session.chat.transcript.count == 2 and not session.chat.is_busy)
        session.composing.begin_edit(1, "Hello, changed")
        await session.engine.run(_save(session.engine.services, "es"))
        session.parts.take_settings()
        assert not session.opens_again
        assert named(session.window.chat, "Change now").isVisible()
        assert session.window.chat.composer.text() == "Hello, changed"


async def _save(services: object, choice: str) -> None:
    services.settings.save({("interface", "language"): choice})  # type: ignore[attr-defined]
    await services.apply_settings()  # type: ignore[attr-defined]


def test_the_real_program_goes_on_in_the_other_language_with_the_same_chat(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, str(CHILD), str(tmp_path / "home")], capture_output=True, text=True, timeout=120, check=False
    )
    assert run.returncode == 0, run.stderr
    first, second = json.loads(run.stdout.splitlines()[-1])
    assert (first["general"], second["general"]) == ("General", "General")
    assert (first["save"], second["save"]) == ("Save Settings", "Guardar ajustes")
    assert first["draft"] == second["draft"] == "half a question"
    assert second["settings_open"], "where the language was chosen"
    assert second["conversation"] == first["conversation"]


@pytest.mark.anyio
@pytest.mark.parametrize("width", [700, 1200])
async def test_from_right_to_left_nothing_is_outside_of_the_window(
    theme: Theme, home: Path, qapp: QApplication, width: int
) -> None:
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    try:
        async with open_session(theme, home, *arguments(), width=width) as session:
            session.chat.send("1234")
            await until(lambda: session.chat.transcript.count == 2 and not session.chat.is_busy)
            composer, window = session.window.chat.composer, session.window
            await laid_out(session)
            if width > 1000:
                assert window.sidebar.mapTo(window, window.sidebar.rect().center()).x() > window.width() / 2
            hairline = 1
            for widget in (composer, session.window.chat.transcript, session.window.chat.header):
                corner = widget.mapTo(window, widget.rect().topLeft())
                assert corner.x() >= 0 and corner.x() + widget.width() <= window.width() + hairline
    finally:
        qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


def test_a_text_is_known_by_its_context_and_words(source: Found) -> None:
    assert Text("GeneralPage", "Language") in source.texts
    assert Text("SettingsTabs", "Local Models") in source.texts
    assert Text("NetworkLog", "this computer") in source.texts
    assert Text("Transcript", "Transcript") in source.texts
