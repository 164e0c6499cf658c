"""Joins the help window to the documents that come with the program."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject

from app.paths import bundled
from app.services.tasks import TaskOwner

if TYPE_CHECKING:
    from app.desktop.core_wiring import CoreWiring
    from app.desktop.views.help.help_window import HelpWindow
    from app.services.help_pages import HelpPage, HelpPlace

MOST_BACK = 50


def tr(text: str) -> str:
    return QCoreApplication.translate("Window", text)


class HelpWiring(QObject):
    """One per window. Nothing of it is loaded before somebody asks."""

    def __init__(self, wiring: CoreWiring) -> None:
        super().__init__(wiring)
        self._wiring = wiring
        self._tasks = TaskOwner(wiring.session.on_task_error)
        self.window: HelpWindow | None = None
        self._pages: tuple[HelpPage, ...] = ()
        self._shown: HelpPlace | None = None
        #: What was shown before, the newest last.
        self._trail: list[HelpPlace] = []

    def open(self) -> None:
        """Bring the window to the front, where it was left."""
        self._tasks.start(self._open(), name="help.open")

    async def _open(self) -> None:
        from app.services.help_pages import HelpPlace, read_pages  # here: as said

        if not self._pages:
            try:
                self._pages = await asyncio.to_thread(read_pages, language=self._wiring.language.shown)
            except OSError as exc:
                text = tr("The help cannot be read: {why}. Installing the program again mends it.")
                self._wiring.window.chat.notice.tell(text.format(why=exc.strerror or exc), token="error")
                return
        window = self.window or self._build()
        if self._shown is None:
            self._list(self._pages)
            self.show(HelpPlace(self._pages[0].name, self._pages[0].sections[0].slug))
        window.show()
        window.raise_()
        window.activateWindow()
        window.search.setFocus()

    def _build(self) -> HelpWindow:
        from app.desktop.views.help.help_window import HelpWindow

        window = self.window = HelpWindow(self._wiring.theme, self._wiring.window)
        window.chosen.connect(self._on_chosen)
        window.searched.connect(self._on_searched)
        window.link_activated.connect(self._on_link)
        window.back_requested.connect(self._go_back)
        return window

    def show(self, place: HelpPlace) -> None:
        """Show a section, as soon as it is made; the newest wish wins."""
        if self._shown is not None and self._shown != place:
            self._trail = [*self._trail[-MOST_BACK:], self._shown]
        self._begin_showing(place)

    def _go_back(self) -> None:
        if self._trail:
            self._begin_showing(self._trail.pop())

    def _begin_showing(self, place: HelpPlace) -> None:
        self._shown = place
        if self.window is not None:
            self.window.back.setEnabled(bool(self._trail))
        self._tasks.start(self._show(place), name="help.show")

    async def _show(self, place: HelpPlace) -> None:
        from app.desktop.views.help.help_document import HelpLook, help_document

        assert self.window is not None
        theme = self._wiring.theme
        document = await asyncio.to_thread(
            help_document,
            await self._text_of(place),
            HelpLook.of(theme),
            self.window.picture_width,
            bundled("resources", "screenshots"),
            self.thread(),
        )
        if self._shown == place:
            self.window.show_section(place.page, place.section, document, self._heading_of(place))

    async def _text_of(self, place: HelpPlace) -> str:
        """Markdown."""
        from app.services.help_pages import text_beside

        if not place.page:
            missing = tr("{file} is not part of this installation. It lies with the program's sources.")
            return await asyncio.to_thread(text_beside, place.section) or missing.format(file=place.section)
        page = next(one for one in self._pages if one.name == place.page)
        section = next(one for one in page.sections if one.slug == place.section)
        return section.text(dark=self._wiring.theme.is_dark) + page.contents_of(section.slug)

    def _heading_of(self, place: HelpPlace) -> str:
        sections = [one for page in self._pages if page.name == place.page for one in page.sections]
        return next((one.title_of(place.heading) for one in sections if one.slug == place.section), "")

    def _on_chosen(self, page: str, section: str) -> None:
        from app.services.help_pages import HelpPlace

        self.show(HelpPlace(page, section))

    def _on_searched(self, typed: str) -> None:
        from app.services.help_pages import find

        assert self.window is not None
        if not typed.strip():
            self._list(self._pages)
            if self._shown is not None:
                self._begin_showing(self._shown)
            return
        places = find(self._pages, typed)
        hits = {(place.page, place.section) for place in places}
        names = list(dict.fromkeys(place.page for place in places))
        found = sorted((page for page in self._pages if page.name in names), key=lambda page: names.index(page.name))
        self._list(found, hits)
        if places:
            self._begin_showing(places[0])

    def _list(self, pages: tuple[HelpPage, ...] | list[HelpPage], only: set[tuple[str, str]] | None = None) -> None:
        assert self.window is not None
        rows = [
            (
                page.name,
                page.title,
                [(one.slug, one.title) for one in page.sections if only is None or (page.name, one.slug) in only],
            )
            for page in pages
        ]
        self.window.show_pages(rows)

    def _on_link(self, address: str) -> None:
        from app.services.help_pages import follow

        place = follow(self._pages, self._shown.page if self._shown is not None else "", address)
        if place is not None:
            if self.window is not None and self.window.search.text():
                self.window.search.clear()
                self._list(self._pages)
            self.show(place)
        elif "://" in address:
            self._wiring.open_link(address)

    async def aclose(self) -> None:
        await self._tasks.aclose()
        if self.window is not None:
            self.window.close()
