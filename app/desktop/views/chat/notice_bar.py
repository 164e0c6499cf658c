"""A notice above the composer: a sentence, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QToolButton, QVBoxLayout, QWidget

from app.desktop.views.focus import pass_focus
from app.desktop.views.wrap_row import WrapRow
from app.lean_dataclass import dataclass

if TYPE_CHECKING:
    from app.desktop.theme import Theme

#: More would be a wall to read before one is pressed.
MOST_BUTTONS = 3


@dataclass(frozen=True, slots=True)
class NoticeAction:
    """A button under a notice. `spoken`: its accessible name where the text alone is another control's."""

    text: str
    run: Callable[[], object]
    spoken: str = ""


class NoticeBar(QWidget):
    """A sentence above the composer about something that has no place in the transcript; stays until closed.

    Each has a subject ("" for most), so that the end of one thing takes away no word about another.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setProperty("surface", "sunken")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._icon = QLabel(self)
        self._text = QLabel(self)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        self._text.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeading)
        self._text.setContentsMargins(0, theme.px(6), 0, theme.px(6))  # its first line at the middle of the buttons
        self._icon.setContentsMargins(0, theme.px(6), 0, 0)
        self._action = QPushButton(self)
        self._action.setProperty("small", True)
        close = QToolButton(self)
        close.setIcon(theme.icon("close"))
        close.setAccessibleName(self.tr("Close notice"))
        close.clicked.connect(self._on_close)
        row = QHBoxLayout()
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._text, 1)
        row.addWidget(self._action, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        # Several buttons have lines of their own, so that the sentence keeps its width.
        self._choices = WrapRow(theme.px(8))
        self._choices.setContentsMargins(theme.px(22), 0, 0, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.px(12), theme.px(6), theme.px(6), theme.px(6))
        column.addLayout(row)
        column.addLayout(self._choices)
        self._run: Callable[[], object] | None = None
        self._run_on_close: Callable[[], object] | None = None
        self._subject = ""
        self._is_passing = False
        self._others: tuple[NoticeAction, ...] = ()
        #: Gets the focus when the bar goes while it is on one of its buttons.
        self.heir: QWidget | None = None
        self._action.clicked.connect(self._on_action)
        self.hide()

    def tell(
        self,
        text: str,
        *,
        token: str = "warn",
        action: str = "",
        run: Callable[[], object] | None = None,
        choices: Sequence[NoticeAction] = (),
        on_close: Callable[[], object] | None = None,
        subject: str = "",
        passing: bool = False,
    ) -> None:
        """Show a sentence; `action` is the text of a button that calls `run`, `choices` are several such
        buttons, the most useful first: those after the third are in a menu.

        Closing it calls `on_close`. `passing`: it is about what was just done, and goes with the next chat.
        """
        self._is_passing = passing
        size = self._theme.px(16)
        name = {"error": "error", "ok": "check", "text2": "info"}.get(token, "warning")
        self._icon.setPixmap(self._theme.pixmap(name, token, size, self.devicePixelRatioF()))
        self._text.setFont(self._theme.font("body"))
        self._text.setText(text)
        self._text.setAccessibleName(text)
        self._action.setText(action)
        self._action.setVisible(bool(action))
        self._run = run
        self._run_on_close = on_close
        self._subject = subject
        self._show_choices(choices)
        self.show()

    @property
    def subject(self) -> str:
        """What the notice that was told last is about."""
        return self._subject

    def settle(self, subject: str) -> None:
        """Take the notice away if it is about this; what it said is no longer so."""
        if self._subject == subject:
            self.hide()

    def pass_by(self) -> None:
        """The person goes on: what was only about the moment goes."""
        if self._is_passing:
            self.hide()

    def hide(self) -> None:
        pass_focus(self, self.heir)
        super().hide()

    def text(self) -> str:
        """The sentence that is shown, "" while there is none."""
        return "" if self.isHidden() else self._text.text()

    def _show_choices(self, choices: Sequence[NoticeAction]) -> None:
        while (item := self._choices.takeAt(0)) is not None:
            before = item.widget()
            if before is not None:
                before.hide()
                before.deleteLater()
        for choice in choices[:MOST_BUTTONS]:
            button = self._choice_button(choice.text, choice.spoken)
            button.clicked.connect(lambda _checked=False, run=choice.run: self._choose(run))
        self._others = tuple(choices[MOST_BUTTONS:])
        if self._others:
            more = self._choice_button(self.tr("More…"), self.tr("More choices"))
            more.clicked.connect(lambda: self._open_others(more))

    def _choice_button(self, text: str, spoken: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setProperty("small", True)
        button.setFont(self._theme.font("small-medium"))
        button.setAccessibleName(spoken)
        self._choices.addWidget(button)
        button.show()  # the layout shows it one turn of the loop later: a sentence without its buttons
        return button

    def _open_others(self, button: QPushButton) -> None:
        """The choices without a button, above the one that stands for them."""
        menu = QMenu(self)
        menu.setAccessibleName(button.accessibleName())
        for choice in self._others:
            action = menu.addAction(choice.spoken or choice.text)
            action.triggered.connect(lambda _checked=False, run=choice.run: self._choose(run))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(button.mapToGlobal(QPoint(0, -menu.sizeHint().height())))
        menu.setActiveAction(menu.actions()[0])

    def rename_choice(self, text: str, new: str) -> None:
        """Another text for a button that is there; it keeps its place and the focus."""
        for number in range(self._choices.count()):
            item = self._choices.itemAt(number)
            button = item.widget() if item is not None else None
            if isinstance(button, QPushButton) and button.text() == text:
                button.setText(new)
        self._others = tuple(replace(one, text=new) if one.text == text else one for one in self._others)

    def _on_action(self) -> None:
        if self._run is not None:
            self._choose(self._run)
        else:
            self.hide()

    def _choose(self, run: Callable[[], object]) -> None:
        self.hide()
        run()

    def _on_close(self) -> None:
        self.hide()
        if self._run_on_close is not None:
            self._run_on_close()
