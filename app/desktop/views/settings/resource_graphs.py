"""Graphs of this computer, painted from tokens: a line in `accent` over a base in `outline`, figures at hover."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from app.desktop.mirror import Mirror
from app.desktop.models.plain_tooltip import plain_tooltip
from app.desktop.models.resource_facts import GraphFacts, Point, ago_words
from app.desktop.views.settings.controls import text_label
from app.desktop.views.watched_frame import WatchedFrame

if TYPE_CHECKING:
    from app.desktop.theme import Theme

HEAD, PLOT, GAP = 18, 40, 4
LEAST_WIDTH, COLUMN_GAP, ROW_GAP = 208, 24, 12
#: Less of a name says nothing.
LEAST_NAME = 40
FILL_ALPHA = 0.12
LINE = 1.5


class ResourceGraph(QWidget):
    """One figure over the last minutes; the arrows walk through it while it has the focus."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._facts: GraphFacts | None = None
        #: Seconds before now that are looked at, None for none.
        self._at: float | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    @property
    def facts(self) -> GraphFacts | None:
        return self._facts

    def show_facts(self, facts: GraphFacts) -> None:
        self._facts = facts
        self.setAccessibleName(facts.name)
        self.setAccessibleDescription(facts.spoken())
        self.setToolTip(plain_tooltip(facts.note))
        self.update()

    def words(self) -> str:
        """What stands at the right: the figure that is looked at with its time, else the newest."""
        if self._facts is None:
            return ""
        point = self._looked_at()
        if point is None:
            return self._facts.now
        return f"{self._facts.words(point.value)} · {ago_words(point.ago_s)}"

    def sizeHint(self) -> QSize:
        px = self._theme.px
        return QSize(px(LEAST_WIDTH), px(HEAD) + px(GAP) + px(PLOT))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(120), self.sizeHint().height())

    # -- looking at a point

    def _looked_at(self) -> Point | None:
        return self._facts.nearest(self._at) if self._facts is not None and self._at is not None else None

    def _look(self, ago_s: float | None) -> None:
        self._at = ago_s
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._facts is None or not self.width():
            return
        share = event.position().x() / self.width()
        if not self.isRightToLeft():
            share = 1 - share
        self._look(max(0.0, share) * self._facts.span_s)

    def leaveEvent(self, event: QEvent) -> None:
        self._look(None)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._look(None)
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: 1, Qt.Key.Key_Right: -1}
        step = steps.get(Qt.Key(event.key()), 0) if self._facts is not None and self._facts.points else 0
        if not step or self._facts is None:
            super().keyPressEvent(event)
            return
        points = self._facts.points
        now = self._looked_at()
        place = points.index(now) if now is not None else len(points)
        step = -step if self.isRightToLeft() else step
        self._look(points[min(len(points) - 1, max(0, place - step))].ago_s)
        self.setAccessibleDescription(self.words())

    # -- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._facts is None:
            return
        theme, px = self._theme, self._theme.px
        painter = QPainter(self)
        self._paint_words(painter)
        plot = QRectF(0, px(HEAD) + px(GAP), self.width(), px(PLOT))
        hair = theme.hairline(self.devicePixelRatioF())
        painter.fillRect(QRectF(plot.left(), plot.top(), plot.width(), hair), theme.color("line"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for run in self._runs(plot):
            self._paint_run(painter, plot, run)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.fillRect(QRectF(plot.left(), plot.bottom() - hair, plot.width(), hair), theme.color("outline"))
        point = self._looked_at()
        if point is not None:
            spot = self._place(plot, point)
            painter.fillRect(QRectF(spot.x(), plot.top(), hair, plot.height()), theme.color("outline"))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("accent"))
            painter.drawEllipse(spot, px(3), px(3))

    def _paint_words(self, painter: QPainter) -> None:
        assert self._facts is not None
        theme, px = self._theme, self._theme.px
        font = theme.font("small", tabular=True)
        words = self.words()
        width = QFontMetrics(font).horizontalAdvance(words)
        box = QRectF(0, 0, self.width(), px(HEAD))
        painter.setFont(font)
        painter.setPen(theme.color("text"))
        mirror = Mirror(box, self.layoutDirection())
        mirror.text(painter, box, words, end=True)
        name_font = theme.font("small")
        room = int(self.width() - width - px(8))
        if room < px(LEAST_NAME):
            return
        name = QFontMetrics(name_font).elidedText(self._facts.name, Qt.TextElideMode.ElideRight, room)
        painter.setFont(name_font)
        painter.setPen(theme.color("text2"))
        mirror.text(painter, box, name)

    def _runs(self, plot: QRectF) -> list[list[QPointF]]:
        """Points that belong together: where nobody looked for a while the line is broken."""
        assert self._facts is not None
        runs: list[list[QPointF]] = []
        before: Point | None = None
        for point in self._facts.points:
            if before is None or before.ago_s - point.ago_s > self._facts.gap_s:
                runs.append([])
            runs[-1].append(self._place(plot, point))
            before = point
        return runs

    def _place(self, plot: QRectF, point: Point) -> QPointF:
        assert self._facts is not None
        share = min(1.0, point.ago_s / self._facts.span_s)
        across = share if self.isRightToLeft() else 1 - share
        height = min(1.0, max(0.0, point.value / self._facts.most)) if self._facts.most else 0.0
        inner = plot.height() - self._theme.px(LINE)
        return QPointF(plot.left() + across * plot.width(), plot.bottom() - height * inner)

    def _paint_run(self, painter: QPainter, plot: QRectF, run: list[QPointF]) -> None:
        accent = self._theme.color("accent")
        if len(run) == 1:
            run = [run[0] - QPointF(1, 0), run[0]]
        ground = QColor(accent)
        ground.setAlphaF(FILL_ALPHA)
        area = QPainterPath(QPointF(run[0].x(), plot.bottom()))
        for spot in run:
            area.lineTo(spot)
        area.lineTo(run[-1].x(), plot.bottom())
        painter.fillPath(area, ground)
        pen = QPen(accent, LINE * self._theme.scale)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.drawPolyline(QPolygonF(run))


class ResourceGraphs(WatchedFrame):
    """The card with all of them, in as many columns as have room."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setProperty("card", True)
        self.graphs: dict[str, ResourceGraph] = {}
        self._columns = self._room = 0
        px = theme.px
        box = QVBoxLayout(self)
        box.setContentsMargins(px(16), px(12), px(16), px(12))
        box.setSpacing(px(8))
        self.setAccessibleName(self.tr("This computer, last 5 minutes"))
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(px(COLUMN_GAP))
        self._grid.setVerticalSpacing(px(ROW_GAP))
        box.addLayout(self._grid)
        self.missing = text_label(theme, "", "small", "text3", wrap=True, parent=self)
        self.missing.hide()
        box.addWidget(self.missing)

    def show_graphs(self, facts: Sequence[GraphFacts], missing: str) -> None:
        """What is known now; graphs that have no figure any more leave."""
        gone = self.graphs.keys() - {one.key for one in facts}
        for key in gone:
            self.graphs.pop(key).deleteLater()
        order = [one.key for one in facts]
        known = list(self.graphs)
        for one in facts:
            if one.key not in self.graphs:
                self.graphs[one.key] = ResourceGraph(self._theme, self)
            self.graphs[one.key].show_facts(one)
        self.graphs = {key: self.graphs[key] for key in order}
        if known != order:
            self._columns = 0
            self._arrange()
        self.missing.setText(missing)
        self.missing.setVisible(bool(missing))

    def fit(self, width: int) -> None:
        """Arrange them for so many pixels. Not by the width it has: a scroll bar, which comes with more lines and goes
        with fewer, would change that again."""
        self._room = width
        self._arrange()

    def _arrange(self) -> None:
        """Columns of one width; as many as keep their least width."""
        px = self._theme.px
        room = self._room - px(32) + px(COLUMN_GAP)
        columns = max(1, min(len(self.graphs), room // (px(LEAST_WIDTH) + px(COLUMN_GAP))))
        if columns == self._columns:
            return
        for column in range(self._grid.columnCount()):
            self._grid.setColumnStretch(column, 0)
        self._columns = columns
        before: QWidget | None = None
        for place, graph in enumerate(self.graphs.values()):
            self._grid.removeWidget(graph)
            self._grid.addWidget(graph, place // columns, place % columns)
            self._grid.setColumnStretch(place % columns, 1)
            if before is not None:
                QWidget.setTabOrder(before, graph)
            before = graph
