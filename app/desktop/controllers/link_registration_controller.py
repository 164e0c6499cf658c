"""Where `aica://` links open, and letting them open here, for Settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.services.tasks import OnError, TaskOwner

if TYPE_CHECKING:
    from app.desktop.engine import Engine


class LinkRegistrationController(QObject):
    """Signals:
    told(place, problem): "here", "elsewhere" or "unknown"; why registering did not work, "" where it did.
    """

    told = Signal(str, str)

    def __init__(self, engine: Engine, parent: QObject | None = None, *, on_error: OnError | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._tasks = TaskOwner(on_error)

    def ask(self) -> None:
        """Ask the system; changes nothing."""
        self._tasks.start(self._ask(), name="links.ask")

    async def _ask(self) -> None:
        from app.services import link_registration  # here: no start needs it

        self.told.emit(await self._engine.run(link_registration.registration()), "")

    def register(self) -> None:
        """Somebody wants links to open here."""
        self._tasks.start(self._register(), name="links.register")

    async def _register(self) -> None:
        from app.services import link_registration  # here: as above

        problem = ""
        try:
            await self._engine.run(link_registration.register())
        except link_registration.RegistrationError as exc:
            problem = str(exc)
        self.told.emit(await self._engine.run(link_registration.registration()), problem)

    async def aclose(self) -> None:
        await self._tasks.aclose()
