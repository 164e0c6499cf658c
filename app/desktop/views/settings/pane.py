"""The Settings pane: header, tabs, the page of the chosen tab, and the bar that saves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QStackedWidget,
    QWidget,
)

from app.desktop.models.plain_tooltip import plain_tooltip
from app.desktop.models.settings_form import BrokenFile, KeyPath, SettingsForm
from app.desktop.models.settings_places import tab_words
from app.desktop.views.chat.header import ElidedLabel
from app.desktop.views.focus import next_in_tab_order, pass_focus
from app.desktop.views.pane_header import PaneHeader, begin_pane
from app.desktop.views.settings.controls import Column, TabBar, push_button, set_tone, text_label
from app.desktop.views.settings.page import NARROW_PANE, SettingsPage

if TYPE_CHECKING:
    from app.desktop.theme import Theme

#: Title of a tab → what makes its page.
PageMakers = Mapping[str, Callable[[], SettingsPage]]


class SaveBar(QWidget):
    """56 high: what is not saved yet, *Discard*, and the one primary button.

    Signals:
        discard_requested(), save_requested().
    """

    discard_requested = Signal()
    save_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setFixedHeight(theme.px(56))
        self.text = ElidedLabel(self)
        self.text.setFont(theme.font("body"))
        self.text.setProperty("tone", "text2")
        self.discard = push_button(theme, self.tr("Discard"), kind="quiet", parent=self)
        self.discard.clicked.connect(self.discard_requested)
        self.save = push_button(theme, self.tr("Save Settings"), kind="primary", parent=self)
        self.save.setAccessibleName(self.tr("Save Settings"))
        self.save.clicked.connect(self.save_requested)
        self._row = QHBoxLayout(self)
        self._row.setSpacing(theme.px(8))
        self._row.addWidget(self.text, 1)
        self._row.addWidget(self.discard)
        self._row.addWidget(self.save)
        self.set_inset(32)

    def set_inset(self, inset: int) -> None:
        self._row.setContentsMargins(self._theme.px(inset), 0, self._theme.px(inset), 0)

    def show_state(
        self, text: str, *, tone: str, can_discard: bool, can_save: bool, focus_to: Sequence[QWidget | None] = ()
    ) -> None:
        """`focus_to`: where the focus goes from a button that is switched off or hidden by this."""
        if not can_discard:
            pass_focus(self.discard, *focus_to)
        if not can_save:
            pass_focus(self.save, *focus_to)
        self.text.setText(text)
        self.text.setToolTip(plain_tooltip(text))
        self.text.setAccessibleName(text)
        set_tone(self._theme, self.text, tone)
        self.discard.setVisible(can_discard)
        self.save.setEnabled(can_save)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        line = self._theme.hairline(self.devicePixelRatioF())
        painter.fillRect(QRectF(0, 0, self.width(), line), self._theme.color("line"))


class BrokenFileCard(QFrame):
    """The user's file could not be read; it stays as it is until somebody chooses.

    Signals:
        open_requested(), backup_requested().
    """

    open_requested = Signal()
    backup_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        icon = QLabel(self)
        icon.setPixmap(theme.pixmap("error", "error", theme.px(16), self.devicePixelRatioF()))
        self._text = text_label(theme, "", "body", wrap=True, parent=self)
        open_button = push_button(theme, self.tr("Open the file"), small=True, parent=self)
        open_button.clicked.connect(self.open_requested)
        self._backup = push_button(theme, self.tr("Use the backup"), small=True, parent=self)
        self._backup.clicked.connect(self.backup_requested)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.px(16), theme.px(12), theme.px(16), theme.px(12))
        row.setSpacing(theme.px(8))
        row.addWidget(icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._text, 1)
        row.addWidget(open_button)
        row.addWidget(self._backup)
        self.hide()

    def show_file(self, broken: BrokenFile | None) -> None:
        self.setVisible(broken is not None)
        if broken is not None:
            self._text.setText(broken.text)
            self._text.setAccessibleName(broken.text)
            self._backup.setVisible(broken.has_backup)


class SettingsPane(QWidget):
    """Tabs in the order of the makers; a page is built when its tab is first shown.

    Signals:
        close_requested(), sidebar_requested().
        save_requested(dict of path → value).
        opened(): the pane came to the front. Pages are told by the pane.
        page_built(title, page).
        open_file_requested(), backup_requested(): the card of a broken file.
    """

    close_requested = Signal()
    sidebar_requested = Signal()
    save_requested = Signal(object)  # a dict whose keys are tuples cannot be converted for C++
    opened = Signal()
    page_built = Signal(str, QWidget)
    open_file_requested = Signal()
    backup_requested = Signal()

    def __init__(
        self,
        theme: Theme,
        makers: PageMakers,
        *,
        sidebar_hidden: Callable[[], bool] = lambda: False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._makers = makers
        self._sidebar_hidden = sidebar_hidden
        self._form: SettingsForm | None = None
        self._pages: dict[str, SettingsPage] = {}
        self._front: SettingsPage | None = None
        self._saving = False
        #: Somebody changed something since the pages were filled.
        self._edited = False
        #: The control of a page that was used last: from the bar the focus goes back there.
        self._last_used: QWidget | None = None
        self.header = PaneHeader(theme, self.tr("Settings"), self.tr("Close settings"), self)
        self.header.close_requested.connect(self.close_requested)
        self.header.sidebar_requested.connect(self.sidebar_requested)
        self.tabs = TabBar(theme, self)
        self.tabs.setAccessibleName(self.tr("Tabs of settings"))
        words = tab_words()
        for place, title in enumerate(makers):
            self.tabs.addTab(words[title])
            self.tabs.setAccessibleTabName(place, words[title])
        self.tabs.currentChanged.connect(self._on_tab)
        self.setFocusProxy(self.tabs)  # F6 comes to something that can be used, and shows it
        self.header.follow(self.tabs)
        self._tab_row = QHBoxLayout()
        self._tab_row.addWidget(self.tabs)
        self.broken_card = BrokenFileCard(theme, self)
        self.broken_card.open_requested.connect(self.open_file_requested)
        self.broken_card.backup_requested.connect(self.backup_requested)
        self._card_row = QHBoxLayout()
        self._card_row.addWidget(self.broken_card)
        self.stack = QStackedWidget(self)
        self._loading = Column(theme, self.stack)
        self._loading.box.addWidget(text_label(theme, self.tr("Loading…"), "body", "text3"))
        self._loading.box.addStretch(1)
        self.stack.addWidget(self._loading)
        self.bar = SaveBar(theme, self)
        self.bar.discard_requested.connect(self.discard)
        self.bar.save_requested.connect(self.save)
        column = begin_pane(self, "settingsPane", self.tr("Settings pane"), self.header)
        column.addLayout(self._tab_row)
        column.addLayout(self._card_row)
        column.addWidget(self.stack, 1)
        column.addWidget(self.bar)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._on_focus_changed)
        self._update_bar()

    # -- pages

    def page(self, title: str) -> SettingsPage:
        """The page of a tab, built and filled if it was not yet.

        Raises:
            KeyError: there is no such tab.
        """
        found = self._pages.get(title)
        if found is None:
            found = self._pages[title] = self._makers[title]()
            found.edited.connect(self._on_edited)
            self.stack.addWidget(found)
            if self._form is not None:
                found.load(self._form)
            self.page_built.emit(title, found)
        return found

    def built_page(self, title: str) -> SettingsPage | None:
        """The page of a tab where it exists already."""
        return self._pages.get(title)

    @property
    def current_title(self) -> str:
        return list(self._makers)[self.tabs.currentIndex()]

    def show_tab(self, title: str) -> SettingsPage:
        """Bring a tab to the front.

        Raises:
            KeyError: there is no such tab.
        """
        page = self.page(title)
        self.tabs.setCurrentIndex(list(self._makers).index(title))
        self._show_front()
        return page

    def _on_tab(self, _index: int) -> None:
        if self.isVisible():
            self._show_front()

    def _show_front(self) -> None:
        page = self.page(self.current_title)
        # Empty controls have values, too, and those are not the ones in force.
        self.stack.setCurrentWidget(page if self._form is not None else self._loading)
        self._put_bar_last(page)
        self._set_front(page if self.isVisible() else None)

    def _put_bar_last(self, page: SettingsPage) -> None:
        """Tab reaches *Discard* and *Save Settings* after the page, which was built after them."""
        widget, last = next_in_tab_order(self.tabs), None
        while widget is not None and widget is not self.tabs:
            if page.isAncestorOf(widget) and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
                last = widget
            widget = next_in_tab_order(widget)
        if last is not None:
            self.setTabOrder(last, self.bar.discard)
            self.setTabOrder(self.bar.discard, self.bar.save)

    def _set_front(self, page: SettingsPage | None) -> None:
        if page is self._front:
            return
        before, self._front = self._front, page
        if before is not None:
            before.closed()
        if page is not None:
            page.opened()

    # -- values

    @property
    def is_loaded(self) -> bool:
        """Whether everything that the page in front shows has been read."""
        return self._form is not None and self.page(self.current_title).is_loaded

    def load(self, form: SettingsForm) -> None:
        """Fill every built page; whatever was typed is gone."""
        first = self._form is None
        self._form = form
        self._edited = False
        self.broken_card.show_file(form.broken)
        for page in self._pages.values():
            page.load(form)
        self._update_bar()
        if first:
            self.stack.setCurrentWidget(self.page(self.current_title))

    def follow(self, instance_id: str, form: SettingsForm) -> None:
        """A provider's key came or went: what is not saved yet stays."""
        if self._form is None:
            return
        self._form = form
        for page in self._pages.values():
            page.follow(instance_id, form)
        self._update_bar()

    def changes(self) -> dict[KeyPath, Any]:
        """Everything that is not saved yet."""
        found: dict[KeyPath, Any] = {}
        for page in self._pages.values():
            found.update(page.changes())
        return found

    @property
    def has_changes(self) -> bool:
        """Whether anything would be lost; a value that is typed and not valid counts."""
        return self._form is not None and (bool(self.changes()) or (self._edited and bool(self._problem())))

    def unsaved_text(self) -> str:
        """What is not saved yet, as the bar says it."""
        names = [name for page in self._pages.values() for name in page.changed_names()]
        return self.tr("Unsaved: {fields}").format(fields=", ".join(names)) if names else self._problem()

    def _problem(self) -> str:
        return next((text for page in self._pages.values() if (text := page.problem())), "")

    def discard(self) -> None:
        """Back to what is in force."""
        if self._form is not None:
            self.load(self._form)

    def save(self) -> None:
        """Ask for everything to be saved; a value that is not valid is shown instead."""
        changes = self.changes()
        if self._problem():
            self._show_problem()
        elif changes and not self._saving:
            self._saving = True
            self._update_bar()
            self.save_requested.emit(changes)

    def show_saved(self, form: SettingsForm) -> None:
        """The changes are in the file and in force."""
        self._saving = False
        self.load(form)
        self._show_state(self.tr("Saved."), tone="ok", can_discard=False, can_save=False)

    def show_kept_aside(self, path: str) -> None:
        """The backup is in force; where the file is that it replaced."""
        text = self.tr("The backup is in use. The broken file is kept as {path}").format(path=path)
        self._show_state(text, tone="ok", can_discard=False, can_save=False)

    def show_refused(self, path: KeyPath, text: str) -> None:
        """Nothing was saved: show why, at the field where there is one."""
        self._saving = False
        self._update_bar()
        self._show_state(self.tr("Not saved: {why}").format(why=text), tone="error", can_discard=True, can_save=True)
        for title, page in self._pages.items():
            if path and page.show_error(path, text):
                self.show_tab(title)
                page.show_error(path, text)  # again: only a visible field can be scrolled to and take the focus
                return

    def _show_problem(self) -> None:
        title = next(title for title, page in self._pages.items() if page.problem())
        self.show_tab(title).show_problem()

    def _on_edited(self) -> None:
        self._edited = True
        self._update_bar()

    def _update_bar(self) -> None:
        unsaved, problem = self.unsaved_text(), self._problem()
        if self._saving:  # a moment; the button keeps its focus, and pressing it again does nothing
            self._show_state(self.tr("Saving"), tone="text2", can_discard=False, can_save=True)
        elif problem:
            self._show_state(problem, tone="error", can_discard=True, can_save=False)
        elif unsaved:
            self._show_state(unsaved, tone="text2", can_discard=True, can_save=True)
        else:
            self._show_state("", tone="text2", can_discard=False, can_save=False)

    def _show_state(self, text: str, *, tone: str, can_discard: bool, can_save: bool) -> None:
        back_to = (self._last_used, self.tabs)
        self.bar.show_state(text, tone=tone, can_discard=can_discard, can_save=can_save, focus_to=back_to)

    def _on_focus_changed(self, _old: QWidget | None, now: QWidget | None) -> None:
        if now is not None and self.stack.isAncestorOf(now):
            self._last_used = now

    # -- Qt

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.opened.emit()
        self._show_front()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._set_front(None)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        px = self._theme.px
        inset = 24 if self.width() < px(NARROW_PANE) else 32
        self.header.set_inset(inset)
        self.bar.set_inset(inset)
        self.tabs.fit(self.width() - 2 * px(inset))
        self._tab_row.setContentsMargins(px(inset) - self.tabs.gap // 2, 0, px(inset), 0)
        self._card_row.setContentsMargins(px(inset), px(16) if self.broken_card.isVisible() else 0, px(inset), 0)
        self.header.sidebar_button.setVisible(self._sidebar_hidden())

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        line = self._theme.hairline(self.devicePixelRatioF())
        y = self.tabs.geometry().bottom() + 1
        painter.fillRect(QRectF(0, y - line, self.width(), line), self._theme.color("line"))
