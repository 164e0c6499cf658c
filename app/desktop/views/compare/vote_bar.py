"""The foot of a comparison: what goes on, the vote, what was voted, and going on with an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from app.desktop.views.chat.header import ElidedLabel
from app.desktop.views.focus import pass_focus
from app.desktop.views.settings.controls import push_button, text_label
from app.desktop.views.wrap_row import WrapRow
from app.lean_dataclass import dataclass

if TYPE_CHECKING:
    from app.desktop.theme import Theme

LETTERS = "ABCD"
BAR = 56


@dataclass(frozen=True, slots=True)
class VoteFacts:
    """`letters`: of the answers. `asks`: the vote can be given; `voted`: it was. `said`, `more`: about that, or what
    goes on. `votes`: on earlier ones. `winner`: the letter to go on with, "" for none."""

    letters: str = ""
    runs: bool = False
    asks: bool = False
    voted: bool = False
    hidden: bool = False
    said: str = ""
    more: str = ""
    votes: str = ""
    winner: str = ""


class VoteBar(QWidget):
    """Signals:
    voted(vote): a letter, tie or bad. undo_requested(), stop_requested(), reveal_requested().
    continue_requested(letter): a chat with that answer.
    """

    voted = Signal(str)
    undo_requested = Signal()
    stop_requested = Signal()
    reveal_requested = Signal()
    continue_requested = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._facts = VoteFacts()
        self._is_low = False
        self.setMinimumHeight(theme.px(BAR))
        self.check = QLabel(self)
        self.check.setFixedSize(theme.px(16), theme.px(32))
        self.said = text_label(theme, "", "body-bold", parent=self)
        self.more = text_label(theme, "", "body", "text2", parent=self)
        self.undo = push_button(theme, self.tr("Undo vote"), kind="quiet", parent=self)
        self.undo.clicked.connect(self.undo_requested)
        self.stop_all = push_button(theme, self.tr("Stop all"), icon="stop", parent=self)
        self.stop_all.clicked.connect(self.stop_requested)
        self.votes = self._vote_buttons()
        self.reveal = push_button(theme, self.tr("Show names without a vote"), kind="quiet", parent=self)
        self.reveal.clicked.connect(self.reveal_requested)
        self.keys = text_label(theme, "", "small", "text3", parent=self)
        self.tally = ElidedLabel(self)
        self.tally.setFont(theme.font("body"))
        self.tally.setProperty("tone", "text2")
        self.tally.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.tally.setMinimumWidth(1)  # it may be cut, and never makes the bar wider
        self.go_on = push_button(theme, "", kind="primary", parent=self)
        self.go_on.clicked.connect(lambda: self.continue_requested.emit(self._facts.winner))
        self._arrange()
        theme.changed.connect(self._restyle)
        self._restyle()

    def _restyle(self) -> None:
        self.check.setPixmap(self._theme.pixmap("check", "ok", self._theme.px(16), self.devicePixelRatioF()))

    def _vote_buttons(self) -> dict[str, QPushButton]:
        """In the order they stand in: the tie between the first two, as in a match."""
        made = {}
        for vote in ("A", "tie", "B", "C", "D", "bad"):
            button = made[vote] = push_button(self._theme, "", parent=self)
            button.clicked.connect(lambda _checked=False, v=vote: self.voted.emit(v))
        return made

    def _arrange(self) -> None:
        px = self._theme.px
        wrap = WrapRow(px(8))
        wrap.setContentsMargins(0, 0, 0, 0)
        wrap.addWidget(self.check)
        for widget in (self.said, self.more, self.undo, *self.votes.values(), self.reveal, self.keys, self.tally):
            wrap.addWidget(widget)
        inside = QWidget(self)
        inside.setLayout(wrap)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        inside.setSizePolicy(policy)
        row = QHBoxLayout(self)
        row.setContentsMargins(px(24), px(12), px(24), px(12))
        row.setSpacing(px(8))
        row.addWidget(inside, 1)
        row.addWidget(self.stop_all)
        row.addWidget(self.go_on)
        for label in (self.said, self.more, self.keys, self.tally):
            label.setFixedHeight(px(32))

    def show_facts(self, facts: VoteFacts) -> None:
        self._facts = facts
        self.said.setText(facts.said)
        self.more.setText(facts.more)
        count = len(facts.letters)
        words = {letter: self.tr("{letter} is better").format(letter=letter) for letter in facts.letters}
        words |= {"tie": self.tr("Tie"), "bad": self.tr("Both bad") if count == 2 else self.tr("All bad")}
        shown: dict[QWidget, object] = dict.fromkeys((self.check, self.undo), facts.voted)
        shown |= {self.said: facts.said, self.more: facts.more}
        for vote, button in self.votes.items():
            button.setText(words.get(vote, ""))
            shown[button] = facts.asks and vote in words
        self.keys.setText(self.tr("Keys {keys}, T, X").format(keys=", ".join(facts.letters)))
        self.tally.setText(facts.votes)
        self.tally.setToolTip(facts.votes)
        self.go_on.setText(self.tr("Continue with {letter}").format(letter=facts.winner))
        shown |= {
            self.reveal: facts.asks and facts.hidden,
            self.keys: facts.asks,
            self.tally: bool(facts.votes) and not self._is_low,
            self.stop_all: facts.runs,
            self.go_on: facts.winner,
        }
        for widget, wanted in shown.items():
            if not wanted and widget.hasFocus():
                pass_focus(widget, self.parentWidget() or self)
            widget.setVisible(bool(wanted))
        self.updateGeometry()

    def set_low(self, low: bool) -> None:
        """In a low window the answers need the room of a second line."""
        self._is_low = low
        self.tally.setVisible(bool(self._facts.votes) and not low)

    def vote_of_key(self, text: str) -> str:
        """The vote that a typed letter means now, "" for none."""
        if not self._facts.asks:
            return ""
        key = text.upper()
        return {"T": "tie", "X": "bad"}.get(key, key if key and key in self._facts.letters else "")

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        line = self._theme.hairline(self.devicePixelRatioF())
        painter.fillRect(QRectF(0, 0, self.width(), line), self._theme.color("line"))
