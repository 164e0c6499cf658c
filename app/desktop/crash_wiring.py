"""Joins crash care to the window: the notice, the page, and what is left out in safe mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication

from app.desktop.crash_care import CrashCare

if TYPE_CHECKING:
    from app.desktop.crash_reports import CrashReport
    from app.desktop.session import Session
    from app.desktop.views.crash_page import CrashPage

SUBJECT, SAFE = "crash", "safe mode"


def tr(text: str) -> str:
    return QCoreApplication.translate("Crash", text)


class CrashWiring(QObject):
    """One per window, from its first paint on."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._page: CrashPage | None = None
        self._report: CrashReport | None = None
        self.care = CrashCare(session.paths.logs, self)
        self.care.happened.connect(self._on_happened)

    def tell_safe_mode(self) -> None:
        """What is different in this run, and the way back."""
        text = tr(
            "Safe mode: no chat is opened, the gateway is not started, code has no colours, and the window speaks "
            "English. Your chats are in the list."
        )
        if self._session.options.safe_mode_by_itself:
            text = tr("The last starts ended within half a minute.") + " " + text
        self._session.window.chat.notice.tell(
            text,
            action=tr("Start normally"),
            run=self._session.open_anew,
            subject=SAFE,
        )

    def _on_happened(self, report: CrashReport) -> None:
        """The page at once where nobody is in the middle of something; else a notice that leads to it."""
        self._report = report
        session = self._session
        notice = session.window.chat.notice
        notice.tell(
            tr("Unexpected error: {title}. A report is kept on this computer.").format(title=report.title),
            token="error",
            action=tr("Show report"),
            run=self.open,
            subject=SUBJECT,
        )
        composer = session.window.chat.composer
        files = composer.attachments.chips if composer.attachments is not None else ()
        composing = composer.text().strip() or files or session.chat.is_busy
        if not composing and session.window.panes.currentWidget() is session.window.chat:
            self.open()

    def open(self) -> None:
        """Show the newest report."""
        report, window = self._report, self._session.window
        if report is None:
            return
        if self._page is None:
            from app.desktop.views.crash_page import CrashPage  # here: hopefully never

            page = self._page = CrashPage(self._session.theme, sidebar_hidden=self._sidebar_hidden, parent=window)
            page.closed.connect(self.close)
            page.sidebar_requested.connect(window.toggle_sidebar)
            page.copy_requested.connect(lambda text: QGuiApplication.clipboard().setText(text))
            page.folder_requested.connect(self._show_folder)
        self._page.show_report(report.title, report.text, str(report.file or ""), ended=report.ended_program)
        window.show_pane(self._page)
        self._page.go_on.setFocus()

    @property
    def is_open(self) -> bool:
        """Whether the page is in front."""
        return self._page is not None and self._session.window.panes.currentWidget() is self._page

    def close(self) -> None:
        """Back to the chat."""
        self._session.window.chat.notice.settle(SUBJECT)
        self._session.window.show_pane(self._session.window.chat)
        self._session.window.chat.composer.focus()

    def _sidebar_hidden(self) -> bool:
        return self._session.parts is not None and self._session.parts.panes.sidebar_hidden()

    def _show_folder(self) -> None:
        if self._report is not None and self._report.file is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._report.file.parent)))
