"""Joins the window over the saved prompts to the store."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QObject

from app.desktop.models.prompt_rows import PromptRow
from app.desktop.views.library.prompts_dialog import PromptsDialog
from app.services.conversations import saved_prompts
from app.services.llm.errors import LLMError

if TYPE_CHECKING:
    from app.desktop.core_wiring import CoreWiring


def tr(text: str) -> str:
    return QCoreApplication.translate("Prompts", text)


class PromptLibrary(QObject):
    """Made when somebody first wants to see it."""

    def __init__(self, wiring: CoreWiring, parent: QObject) -> None:
        super().__init__(parent)
        self._wiring = wiring
        self.dialog = PromptsDialog(wiring.theme, wiring.window)
        self.dialog.save_requested.connect(lambda old, name, text: self._start(self._save(old, name, text)))
        self.dialog.delete_requested.connect(lambda name: self._start(self._delete(name)))

    def open(self) -> None:
        """Show it, or bring it to the front."""
        self._start(self._read())
        self.dialog.show()
        self.dialog.raise_()
        self.dialog.activateWindow()
        self.dialog.list.setFocus()

    async def _read(self, chosen: str = "") -> None:
        found = await self._wiring.engine.run(self._wiring.engine.store.read(saved_prompts.prompts))
        shipped = {one.name for one in saved_prompts.BUILT_IN}
        self.dialog.show_prompts([PromptRow(p.name, p.text, p.own, p.name in shipped) for p in found], chosen)

    async def _save(self, old: str, name: str, text: str) -> None:
        if await self._write(saved_prompts.replace_prompt, old, name, text) is None:
            return
        kept = saved_prompts.clean_name(name)
        self.dialog.saved(old)
        await self._read(kept)
        if self._wiring.engine.store.state.saved:
            return
        self.dialog.say(tr("It is kept until the program ends: the store cannot be saved."))

    async def _delete(self, name: str) -> None:
        gone = await self._write(saved_prompts.delete_prompt, name)
        if not gone or gone[0] is None:
            return
        prompt = gone[0]
        is_back = any(one.name == name for one in saved_prompts.BUILT_IN)
        self.dialog.saved(name)
        await self._read(name if is_back else "")
        words = tr("/{name} is as it came with the program") if is_back else tr("/{name} deleted")
        self.dialog.undo_bar.offer(
            words.format(name=name), lambda: self._start(self._put_back(prompt.name, prompt.text))
        )

    async def _put_back(self, name: str, text: str) -> None:
        # A new one that was given its name meanwhile stays.
        if await self._write(saved_prompts.replace_prompt, "", name, text) is not None:
            await self._read(name)

    async def _write(self, change: Callable[..., Any], *arguments: str) -> tuple[Any] | None:
        """What the change returned; None where it could not be made, which is told."""
        self.dialog.say("")
        try:
            return (await self._wiring.engine.run(self._wiring.engine.store.write(change, *arguments)),)
        except LLMError as exc:
            self.dialog.say(f"{exc.message} {exc.hint}")
            return None

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        self._wiring.start_task(work, "window.prompt_library")
