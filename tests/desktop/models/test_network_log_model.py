"""The table of connections."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from PySide6.QtGui import QFontMetrics

from app.desktop.models.network_log_model import PURPOSE_WORDS, Column, LogLine, NetworkLogModel
from app.desktop.theme import Theme
from app.desktop.views.settings.privacy_page import LogTable


def line(at: float, host: str = "127.0.0.1", **more: Any) -> LogLine:
    facts: dict[str, Any] = {
        "purpose": "models", "method": "GET", "port": 1234, "path": "/v1/models", "bytes_out": 112,
        "bytes_in": 3_700, "status": 200, "error": "", "took_ms": 3.2, "place": "here",
    }  # fmt: skip
    return LogLine(started_at=at, host=host, **{**facts, **more})


def hosts(model: NetworkLogModel) -> list[str]:
    return [model.index(row, Column.HOST).data() for row in range(model.rowCount())]


def test_model_keeps_the_rules_of_qt_item_models(qtmodeltester: Any) -> None:
    model = NetworkLogModel()
    model.set_lines([line(1.0), line(2.0, took_ms=None, status=None)])
    qtmodeltester.check(model)


def test_newest_connection_stands_on_top_and_is_inserted(qtbot: Any) -> None:
    model = NetworkLogModel()
    model.set_lines([line(1.0, "a")])
    with qtbot.waitSignal(model.rowsInserted):
        model.set_lines([line(1.0, "a"), line(2.0, "b")])
    assert hosts(model) == ["b:1234", "a:1234"]


def test_running_connection_is_repainted_when_it_ends(qtbot: Any) -> None:
    model = NetworkLogModel()
    model.set_lines([line(1.0, took_ms=None, status=None)])
    assert model.index(0, Column.STATUS).data() == "running"
    with qtbot.waitSignal(model.dataChanged):
        model.set_lines([line(1.0)])
    assert model.index(0, Column.STATUS).data() == "200"
    assert model.index(0, Column.TOOK).data() == "3 ms"


def test_paused_list_stands_still() -> None:
    model = NetworkLogModel()
    model.set_lines([line(1.0, "a")])
    model.paused = True
    model.set_lines([line(1.0, "a"), line(2.0, "b")])
    assert hosts(model) == ["a:1234"]
    model.paused = False
    model.set_lines([line(1.0, "a"), line(2.0, "b")])
    assert hosts(model) == ["b:1234", "a:1234"]


def test_filter_looks_at_host_purpose_and_status() -> None:
    model = NetworkLogModel()
    model.set_lines([line(1.0, "a", error="not_running"), line(2.0, "b")])
    model.set_filter("not running")
    assert hosts(model) == ["a:1234"]


def test_every_purpose_has_words_that_can_be_translated() -> None:
    sources = [path.read_text(encoding="utf-8") for path in Path("app").rglob("*.py")]
    found = {one for source in sources for one in re.findall(r'\b(?:purpose=|PURPOSE = )"([^"]+)"', source)}
    assert {"models", "chat", "connection check"} <= found
    assert found <= set(PURPOSE_WORDS), "what the Privacy page shows is translated there"


def test_words_are_wide_enough_and_the_host_takes_the_rest(qtbot: Any, theme: Theme) -> None:
    model = NetworkLogModel()
    table = LogTable(theme, model)
    qtbot.addWidget(table)
    table.resize(900, 400)
    table.show()
    model.set_lines([line(1.0, error="not_running", status=None), line(2.0, purpose="connection check")])
    metrics = QFontMetrics(theme.font("body", tabular=True))
    for column, text in ((Column.STATUS, "server not running"), (Column.PURPOSE, "connection check")):
        assert table.columnWidth(column) >= metrics.horizontalAdvance(text) + theme.px(20)
    widths = sum(table.columnWidth(column) for column in Column)
    assert widths == table.viewport().width()


def test_a_narrow_table_keeps_what_a_connection_was_for(qtbot: Any, theme: Theme) -> None:
    model = NetworkLogModel()
    table = LogTable(theme, model)
    qtbot.addWidget(table)
    model.set_lines([line(1.0, error="not_running", status=None), line(2.0, purpose="connection check")])
    for width, left in ((650, Column.TOOK), (500, Column.BYTES)):
        table.resize(width, 400)
        table.show()
        assert table.isColumnHidden(left)
        assert not any(table.isColumnHidden(column) for column in (Column.PURPOSE, Column.HOST, Column.STATUS))
