"""Joins the commands about one answer to the core: its rest, another model's version, its request, its differences."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QObject, QTimer
from PySide6.QtGui import QGuiApplication

from app.desktop.error_display import told_failure
from app.desktop.models.message_rows import clock_time
from app.services.conversations import queries

if TYPE_CHECKING:
    from app.desktop.core_wiring import CoreWiring
    from app.desktop.views.ledger.difference_dialog import DifferenceDialog
    from app.services.conversations.records import StoredMessage
    from app.services.conversations.replay import SentRequest
    from app.services.llm.models import Message


def tr(text: str) -> str:
    return QCoreApplication.translate("Ledger", text)


class LedgerWiring(QObject):
    """One per window, with its core."""

    def __init__(self, wiring: CoreWiring) -> None:
        super().__init__(wiring)
        self._wiring = wiring
        #: The answer that is to be asked again of the model that is being chosen.
        self._for_other_model: int | None = None
        wiring.picker.chosen.connect(self._on_model_chosen)
        wiring.picker.closed.connect(lambda: QTimer.singleShot(0, self, self._forget))

    def run(self, message_id: int, command: str) -> None:
        """A command of an answer's menu."""
        commands: dict[str, Callable[[int], None]] = {
            "continue": self._wiring.context.go_on,
            "other_model": self._ask_other_model,
            "request": lambda answer: self._start(self._show_request(answer)),
            "compare": lambda answer: self._start(self._compare(answer)),
            "compare_models": lambda answer: self._start(self._wiring.compare.take_prompt_of(answer)),
        }
        commands[command](message_id)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        self._wiring.start_task(self._told(work), "window.ledger")

    async def _told(self, work: Coroutine[Any, Any, None]) -> None:
        """What can fail is said where the chat is."""
        from app.services.llm.errors import LLMError

        try:
            await work
        except LLMError as exc:
            self._wiring.session.chat.failed.emit(*told_failure(exc))

    # -- another model

    def _ask_other_model(self, message_id: int) -> None:
        self._wiring.open_picker()
        self._for_other_model = message_id

    def _on_model_chosen(self, _provider: str, _model: str) -> None:
        message_id, self._for_other_model = self._for_other_model, None
        if message_id is not None:
            # After whoever else hears of it: the chat has its new model then.
            QTimer.singleShot(0, self, lambda: self._wiring.context.regenerate(message_id))

    def _forget(self) -> None:
        self._for_other_model = None

    # -- its request

    async def _show_request(self, message_id: int) -> None:
        from app.desktop.views.ledger.request_dialog import RequestDialog, RequestFacts  # here: no start needs it
        from app.services.conversations.replay import sent_request

        engine = self._wiring.engine
        sent = await engine.run(engine.store.read(sent_request, message_id))
        if sent is None:
            self._wiring.session.chat.failed.emit(
                tr("It is not known what this answer was asked with."), tr("It was imported from another program.")
            )
            return
        curl, python, problem = await engine.run(self._repeatable(sent))
        facts = RequestFacts(
            f"{sent.model} · {sent.answer.provider}",
            [_setting(name, entry) for name, entry in sent.parameters.items()],
            [(message.role, _shown(message)) for message in sent.messages],
            curl,
            python,
            problem,
        )
        RequestDialog(self._wiring.theme, facts, QGuiApplication.clipboard().setText, self._wiring.window).show()

    async def _repeatable(self, sent: SentRequest) -> tuple[str, str, str]:
        """As curl, as Python, and why neither can be had. On the core's loop."""
        from app.services.conversations.replay import wire_request
        from app.services.llm.errors import LLMError
        from app.services.llm.wire_request import as_curl, as_python

        try:
            wire = await wire_request(self._wiring.engine.services.manager, sent)
        except LLMError as exc:
            return "", "", f"{exc.message} {exc.hint}"
        return await asyncio.to_thread(as_curl, wire), await asyncio.to_thread(as_python, wire), ""

    # -- its differences

    async def _compare(self, message_id: int) -> None:
        from app.desktop.views.ledger.difference_dialog import DifferenceDialog, Version

        engine = self._wiring.engine
        stored = await engine.run(engine.store.read(queries.versions, message_id))
        here = next((i for i, one in enumerate(stored) if one.id == message_id), None)
        if here is None or len(stored) < 2:
            return
        before = stored[here - 1] if here else stored[1]
        versions = [Version(one.id, _version_label(number, one)) for number, one in enumerate(stored, 1)]
        texts = {one.id: one.text for one in stored}
        first, second = sorted((before.id, message_id))
        dialog = DifferenceDialog(self._wiring.theme, versions, first, second, self._wiring.window)
        dialog.chosen.connect(lambda a, b: self._start(self._fill(dialog, texts, a, b)))
        await self._fill(dialog, texts, first, second)
        dialog.show()

    async def _fill(self, dialog: DifferenceDialog, texts: Mapping[int, str], first: int, second: int) -> None:
        from app.services.conversations.answer_diff import differences

        pieces = await asyncio.to_thread(differences, texts[first], texts[second])
        try:
            if dialog.versions() == (first, second):  # others may have been chosen meanwhile
                dialog.show_pieces([(piece.kind, piece.text) for piece in pieces])
        except RuntimeError:  # the window was closed meanwhile
            return


def _shown(message: Message) -> str:
    """Its words, and behind them what pictures went along."""
    pictures = [
        tr("[picture: {type}, {n} kB]").format(type=image.media_type, n=round(len(image.data_base64) * 3 / 4 / 1_000))
        for image in message.images
    ]
    return "\n".join([*([message.content] if message.content else []), *pictures])


def _setting(name: str, entry: Any) -> str:
    said = entry if isinstance(entry, dict) else {"value": entry}
    text = tr("{name} = {value} (from: {origin})").format(
        name=name, value=said.get("value"), origin=said.get("origin", "chat")
    )
    return text if said.get("sent", True) else tr("{setting}, not sent").format(setting=text)


def _version_label(number: int, stored: StoredMessage) -> str:
    return " · ".join((str(number), stored.model_name or stored.model or tr("Answer"), clock_time(stored.created_at)))
