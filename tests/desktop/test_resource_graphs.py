"""Graphs of this computer: what is known is drawn and can be read off, what is not known is left out and named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest

from app.desktop.controllers.resources_controller import graphs_of, missing_words
from app.desktop.models.resource_facts import GraphFacts, Point, ago_words
from app.desktop.theme import Theme
from app.desktop.views.settings.resource_graphs import ResourceGraph, ResourceGraphs
from app.services.engine.graphics_memory import GraphicsCard
from app.services.engine.memory import SystemMemory
from app.services.resources.monitor import Sample

GIGABYTE = 10**9


def percent(value: float) -> str:
    return f"{round(value * 100)} %"


def facts(values: Sequence[float], key: str = "processor", name: str = "Processor") -> GraphFacts:
    """One point every two seconds, the last one now."""
    points = tuple(Point(2.0 * (len(values) - 1 - place), value) for place, value in enumerate(values))
    return GraphFacts(key, name, points, percent, 1.0, 300.0, 4.0)


def sample(at: float, processor: float | None, **more: Any) -> Sample:
    return Sample(at, processor, SystemMemory(16 * GIGABYTE, 12 * GIGABYTE), **more)


@pytest.fixture
def graph(qtbot: Any, theme: Theme) -> ResourceGraph:
    made = ResourceGraph(theme)
    qtbot.addWidget(made)
    made.resize(300, made.sizeHint().height())
    made.show()
    return made


def columns_with(image: QImage, color: QColor) -> list[int]:
    """Where the picture has about this colour: edges of lines are smoothed."""

    def is_like(found: QColor) -> bool:
        pairs = ((found.red(), color.red()), (found.green(), color.green()), (found.blue(), color.blue()))
        return sum(abs(a - b) for a, b in pairs) < 160

    height = range(image.height() // 3, image.height())  # under the words
    return [x for x in range(image.width()) if any(is_like(image.pixelColor(x, y)) for y in height)]


# --- what is known


def test_only_what_the_newest_sample_knows_has_a_graph() -> None:
    history = [sample(0.0, None), sample(2.0, 0.5, runtimes={"ollama": 3 * GIGABYTE})]
    graphs = graphs_of(history, {"ollama": "Ollama"})
    assert [(one.name, one.now) for one in graphs] == [
        ("Processor", "50 %"),
        ("Memory", "4.0 of 16.0 GB"),
        ("Memory, Ollama", "3.0 GB"),
    ]
    assert [point.ago_s for point in graphs[1].points] == [2.0, 0.0]
    assert len(graphs[0].points) == 1, "of the first look nobody knows how busy it was"
    assert graphs[2].most == 16 * GIGABYTE, "of the whole memory, so that servers can be compared"
    assert graphs_of([Sample(0.0)], {}) == [] and graphs_of([], {}) == []


def test_what_is_not_readable_is_named_once_there_was_time_to_read_it() -> None:
    card = (GraphicsCard(GIGABYTE, 8 * GIGABYTE, "Radeon"),)
    assert missing_words([Sample(0.0)]) == ""
    assert missing_words([Sample(0.0), Sample(2.0)]) == (
        "Not readable on this computer: how busy the processor is, memory, graphics memory."
    )
    known = [sample(0.0, None, graphics=card), sample(2.0, 0.1, graphics=card)]
    assert missing_words(known) == ""
    assert graphs_of(known, {})[-1].note == "Radeon"


def test_several_cards_have_numbers() -> None:
    cards = (GraphicsCard(1, 8 * GIGABYTE), GraphicsCard(2, 8 * GIGABYTE))
    names = [one.name for one in graphs_of([sample(0.0, None, graphics=cards)], {})]
    assert names == ["Memory", "Graphics memory 1", "Graphics memory 2"]


def test_a_graph_is_said_in_a_sentence() -> None:
    assert facts([0.1, 0.6, 0.3] * 30).spoken() == "30 % now, between 10 % and 60 % in the last 3 min"
    assert facts([]).spoken() == ""
    assert [ago_words(seconds) for seconds in (0, 80, 299.6)] == ["now", "1:20 ago", "5:00 ago"]


# --- how it is drawn


def test_the_line_is_drawn_in_the_accent_and_breaks_where_nobody_looked(theme: Theme, graph: ResourceGraph) -> None:
    theme_line = theme.color("accent")
    old = tuple(Point(200.0 + 2 * place, 0.5) for place in range(20, 0, -1))
    new = tuple(Point(2.0 * place, 0.5) for place in range(20, -1, -1))
    graph.show_facts(GraphFacts("processor", "Processor", old + new, percent, 1.0, 300.0, 4.0))
    drawn = columns_with(graph.grab().toImage().copy(0, 0, graph.width(), graph.height() - 4), theme_line)
    assert drawn, "there is a line"
    ratio = graph.devicePixelRatioF()
    assert max(drawn) >= 295 * ratio, "now is at the right"
    between = [x for x in drawn if 110 * ratio < x < 250 * ratio]
    assert not between, "nobody looked between them"


def test_the_pointer_reads_off_the_figure_of_that_time(graph: ResourceGraph) -> None:
    graph.show_facts(facts([0.1] * 50 + [0.9] * 10))
    assert graph.words() == "90 %"
    QTest.mouseMove(graph, QPoint(300 - 60, 30))  # a fifth of five minutes
    assert graph.words() == "10 % · 1:00 ago"
    QTest.mouseMove(graph, QPoint(20, 30))
    assert graph.words() == "90 %", "nothing was measured then"
    QTest.mouseMove(graph, QPoint(240, 30))
    graph.leaveEvent(QEvent(QEvent.Type.Leave))
    assert graph.words() == "90 %"


def test_the_arrows_read_off_one_figure_after_the_other(qtbot: Any, graph: ResourceGraph) -> None:
    graph.show_facts(facts([0.1, 0.2, 0.3]))
    graph.setFocus()
    QTest.keyClick(graph, Qt.Key.Key_Left)
    assert graph.words() == "30 % · now"
    QTest.keyClick(graph, Qt.Key.Key_Left)
    assert graph.words() == "20 % · 0:02 ago" == graph.accessibleDescription()
    for _ in range(5):
        QTest.keyClick(graph, Qt.Key.Key_Left)
    assert graph.words() == "10 % · 0:04 ago"
    QTest.keyClick(graph, Qt.Key.Key_Right)
    assert graph.words() == "20 % · 0:02 ago"


def test_graphs_come_and_go_with_what_is_known_and_stand_in_as_many_columns_as_fit(qtbot: Any, theme: Theme) -> None:
    graphs = ResourceGraphs(theme)
    qtbot.addWidget(graphs)
    seen: list[bool] = []
    graphs.watched.connect(seen.append)
    four = [facts([0.5], key, key.title()) for key in ("a", "b", "c", "d")]
    graphs.show_graphs(four, "")
    graphs.fit(1_000)
    graphs.resize(1_000, 200)
    graphs.show()
    assert seen == [True]
    tops = {graph.y() for graph in graphs.graphs.values()}
    assert len(tops) == 1 and [graph.accessibleName() for graph in graphs.graphs.values()] == ["A", "B", "C", "D"]
    graphs.fit(500)
    graphs.resize(500, 300)
    qtbot.waitUntil(lambda: len({graph.y() for graph in graphs.graphs.values()}) == 2)
    graphs.show_graphs([four[3], four[0]], "Not readable on this computer: memory.")
    assert list(graphs.graphs) == ["d", "a"]
    assert graphs.missing.isVisible()
    graphs.hide()
    assert seen == [True, False]
