"""Joins the Gateway page of Settings to its controller, and starts the gateway with the window where that is wished."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QObject

from app.desktop.controllers.gateway_controller import GatewayController
from app.desktop.main import user_config
from app.desktop.models.settings_form import KeyPath
from app.desktop.own_host import own_host
from app.desktop.pane_names import GATEWAY
from app.paths import expanded

if TYPE_CHECKING:
    from app.desktop.core_wiring import CoreWiring
    from app.desktop.views.settings.gateway_page import GatewayPage
    from app.services.tasks import OnError

#: Of the notice about a gateway that could not be started, or ended.
SUBJECT = "gateway"
PORT: KeyPath = ("gateway", "port")


def tr(text: str) -> str:
    return QCoreApplication.translate("Window", text)


class GatewayWiring(QObject):
    """The page is made when its tab is first shown; the gateway runs without it, too."""

    def __init__(
        self,
        wiring: CoreWiring,
        *,
        save: Callable[[dict[KeyPath, Any]], None],
        open_settings: Callable[[str], object],
        on_error: OnError,
        parent: QObject,
    ) -> None:
        """`save` writes settings; `on_saved` or `on_refused` is called afterwards, whoever saved."""
        super().__init__(parent)
        self._wiring = wiring
        self._save = save
        self._open_settings = open_settings
        self._page: GatewayPage | None = None
        #: A save is under way, after which the gateway is to be started.
        self.starts_after_saving = False
        options = wiring.session.options
        self.controller = GatewayController(
            wiring.engine,
            home=str(expanded(options.home).absolute()) if options.home else None,
            config_file=user_config(options),
            others_host=own_host,
            parent=self,
            on_error=on_error,
        )
        self.controller.failed_unseen.connect(self._tell)

    def begin(self) -> None:
        """The window is open; a picture of it needs no gateway, and a temporary window is the second one."""
        wished = self._wiring.engine.services.settings.config.gateway.start_with_window
        options = self._wiring.session.options
        if wished and not (options.screenshot or options.temporary or options.safe_mode):
            self.controller.start()

    def make_page(self) -> GatewayPage:
        from app.desktop.views.settings.gateway_page import GatewayPage  # here: with the first opening of its tab

        controller = self.controller
        page = self._page = GatewayPage(self._wiring.theme, controller.model)
        page.start_requested.connect(self._on_start)
        page.stop_requested.connect(controller.stop)
        page.restart_requested.connect(controller.restart)
        page.port_requested.connect(lambda port: self._save_and_start({PORT: port}))
        page.create_token_requested.connect(controller.create_token)
        page.revoke_token_requested.connect(controller.revoke_token)
        page.tokens_requested.connect(controller.refresh_tokens)
        page.watched.connect(controller.watch)
        page.watched.connect(lambda watched: self._show_clients() if watched else None)
        controller.facts_changed.connect(page.show_facts)
        controller.facts_changed.connect(lambda _facts: self._show_clients())
        controller.tokens_changed.connect(page.tokens.show_tokens)
        controller.tokens_failed.connect(page.tokens.show_error)
        controller.token_made.connect(page.tokens.show_new)
        controller.token_refused.connect(page.tokens.show_refused)
        controller.requests_failed.connect(page.show_trouble)
        controller.refresh_facts()
        return page

    def _show_clients(self) -> None:
        if self._page is not None:
            self._page.clients.show_clients(self.controller.clients(self._wiring.models.chosen().model))

    # -- starting with what is typed

    def _on_start(self) -> None:
        """What is typed on the page and not saved yet is what the person wants started."""
        assert self._page is not None
        changes = self._page.changes()
        if self._page.problem():
            self._page.show_problem()
        elif changes:
            self._save_and_start(changes)
        else:
            self.controller.start()

    def _save_and_start(self, changes: dict[KeyPath, Any]) -> None:
        self.starts_after_saving = True
        self._save(changes)

    def on_saved(self) -> None:
        """Settings were saved and are in force."""
        starts, self.starts_after_saving = self.starts_after_saving, False
        if starts:
            self.controller.start()
        else:
            self.controller.refresh_facts()

    def on_refused(self) -> None:
        """Nothing was saved."""
        self.starts_after_saving = False

    def _tell(self, text: str) -> None:
        self._wiring.window.chat.notice.tell(
            tr("The gateway does not run. {why}").format(why=text),
            token="error",
            action=tr("Open Settings"),
            run=lambda: self._open_settings(GATEWAY),
            subject=SUBJECT,
        )

    async def aclose(self) -> None:
        await self.controller.aclose()
