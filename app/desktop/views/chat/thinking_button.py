"""The button in the composer that says how much the model thinks, with the choices it has as a menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QPoint, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from app.desktop.icons import set_icon_beside_text

if TYPE_CHECKING:
    from app.desktop.theme import Theme

#: What the model does by itself.
AUTO = ""


def tr(text: str) -> str:
    return QCoreApplication.translate("ThinkingButton", text)


def effort_name(effort: str) -> str:
    """ "Thinking: low" ends with this."""
    names = {AUTO: tr("auto"), "off": tr("off"), "low": tr("low"), "medium": tr("medium"), "high": tr("high")}
    return names.get(effort, effort)


class ThinkingButton(QPushButton):
    """Not there for models that do not think, or cannot be told how much.

    Signals:
        chosen(str): a choice, `AUTO` for none.
    """

    chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._choices: tuple[str, ...] = ()
        self._effort = AUTO
        self._menu: QMenu | None = None
        self.setObjectName("thinking")
        self.setAccessibleName(tr("Thinking"))
        self.setProperty("kind", "quiet")
        self.clicked.connect(self.open_menu)
        theme.changed.connect(self._restyle)
        self._restyle()
        self.hide()

    @property
    def effort(self) -> str:
        """The shown choice; one that this model lacks counts as `AUTO`."""
        return self._effort if self._effort in self._choices else AUTO

    def set_effort(self, choices: tuple[str, ...], effort: str | None) -> None:
        """Show what the model can be told, and what it is told in this chat."""
        self._choices = choices
        self._effort = effort or AUTO
        name = effort_name(self.effort)
        self.setText(tr("Thinking: {effort}").format(effort=name))
        self.setAccessibleDescription(name)
        self.setToolTip(tr("How much the model thinks before it answers"))
        self.setVisible(bool(choices))

    def open_menu(self) -> None:
        """Above the button, the present choice checked."""
        menu = self._menu = QMenu(self)
        menu.setAccessibleName(tr("Thinking"))
        group = QActionGroup(menu)
        for effort in (AUTO, *self._choices):
            name = effort_name(effort)
            action = menu.addAction(name[:1].upper() + name[1:])
            action.setCheckable(True)
            action.setChecked(effort == self.effort)
            action.setActionGroup(group)
            action.triggered.connect(lambda _checked=False, chosen=effort: self.chosen.emit(chosen))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.mapToGlobal(QPoint(0, -menu.sizeHint().height())))

    def _restyle(self) -> None:
        self.setFont(self._theme.font("small"))
        set_icon_beside_text(self, self._theme.icon("thinking", "text2"), self._theme)
