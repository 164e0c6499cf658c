"""Joins the Compare pane to its controller, the model picker and the chats."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QObject, QPoint, QRect
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from app.desktop.compared_texts import ComparedTexts
from app.desktop.controllers.compare_controller import CompareController
from app.desktop.models.compared_columns import badge_words, column_facts, order_words, vote_sentence
from app.desktop.models.message_rows import clock_time
from app.desktop.models.model_list_model import ModelListModel
from app.desktop.pane_names import PROVIDERS

if TYPE_CHECKING:
    from app.desktop.core_wiring import CoreWiring
    from app.desktop.prompt_set_wiring import PromptSetWiring
    from app.desktop.views.chat.model_picker import ModelPicker
    from app.desktop.views.compare.pane import ComparePane
    from app.services.conversations.comparison_rows import Vote
    from app.services.conversations.kept_comparisons import KeptComparison

LETTERS = "ABCD"


def tr(text: str) -> str:
    return QCoreApplication.translate("Compare", text)


class CompareWiring(QObject):
    """One per window, with its core; the pane is built when somebody first compares."""

    def __init__(self, wiring: CoreWiring) -> None:
        super().__init__(wiring)
        self._wiring = wiring
        self._window = wiring.window
        self._engine = wiring.engine
        self._theme = wiring.theme
        self.controller = CompareController(wiring.engine, wiring.session.on_task_error, self)
        self.pane: ComparePane | None = None
        self._set: PromptSetWiring | None = None
        self._picker: ModelPicker | None = None
        self._picker_model = ModelListModel(self)
        #: Models were marked in the chat's picker since it was opened.
        self._marked = False
        wiring.picker.compare_toggled.connect(self._on_marked)
        wiring.picker.chosen.connect(lambda _provider, _model: self._forget_marks())
        wiring.picker.closed.connect(self._on_picker_closed)

    # -- opening

    def open(self) -> ComparePane:
        """Bring the pane to the front, as it was left."""
        pane = self.pane or self._build()
        self._window.close_overlay()
        self._window.show_pane(pane)
        self._window.sidebar.set_settings_open(False)
        self.controller.look_back()
        pane.take_focus()
        return pane

    def _build(self) -> ComparePane:
        from app.desktop.views.compare.pane import ComparePane  # here: no start needs it

        controller, panes = self.controller, self._wiring.panes
        pane = self.pane = ComparePane(
            self._theme, controller.transcripts, sidebar_hidden=panes.sidebar_hidden, parent=self._window
        )
        texts = ComparedTexts(
            self._window, self._theme, controller, self._start, lambda text: pane.tell(text, is_error=True)
        )
        pane.close_requested.connect(panes.leave)
        pane.sidebar_requested.connect(self._window.toggle_sidebar)
        pane.start_requested.connect(lambda prompt, blind, order: controller.start(prompt, blind=blind, together=order))
        pane.new_requested.connect(self._begin_anew)
        pane.add_requested.connect(self._open_picker)
        pane.texts_requested.connect(lambda: self._start(texts.compare()))
        pane.export_requested.connect(lambda: self._start(texts.export()))
        self._join_setup(pane)
        self._join_columns(pane)
        controller.rebuilt.connect(self._show_comparison)
        controller.appeared.connect(lambda position: pane.columns[position].transcript.scroll_to_message(0))
        controller.changed.connect(self._show_state)
        controller.contenders_changed.connect(self._show_contenders)
        controller.failed.connect(lambda message, hint: pane.tell(f"{message} {hint}".strip(), is_error=True))
        controller.listed.connect(self._show_earlier)
        controller.undoable.connect(pane.undo_bar.offer)
        controller.chat_made.connect(self._open_chat)
        self._wiring.models.rows_changed.connect(self._show_state)
        self._show_contenders()
        self._show_comparison()
        return pane

    def _join_setup(self, pane: ComparePane) -> None:
        controller, setup = self.controller, pane.setup
        setup.remove_requested.connect(self._remove)
        setup.edited.connect(self._show_state)
        setup.set_requested.connect(self._ask_a_set)
        setup.open_requested.connect(controller.open)
        setup.delete_requested.connect(controller.delete)
        bar = pane.vote_bar
        bar.voted.connect(self._vote)
        bar.undo_requested.connect(controller.undo_vote)
        bar.reveal_requested.connect(controller.reveal)
        bar.stop_requested.connect(lambda: controller.stop())
        bar.continue_requested.connect(lambda letter: controller.go_on_with(LETTERS.index(letter)))

    def _join_columns(self, pane: ComparePane) -> None:
        controller = self.controller
        for position, column in enumerate(pane.columns):
            column.stop_requested.connect(lambda n=position: controller.stop(n))
            column.continue_requested.connect(lambda n=position: controller.go_on_with(n))
            column.copy_requested.connect(lambda n=position: self._copy(n))
            column.note_action.connect(lambda name, n=position: self._run_note_action(n, name))
            view = column.transcript
            view.set_zoom(self._wiring.zoom)
            view.link_activated.connect(self._wiring.open_link)
            view.save_code_requested.connect(self._wiring.save_code_as)
            self._wiring.session.highlight.serve(view)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        self._wiring.start_task(work, "window.compare")

    # -- models

    def _on_marked(self, provider: str, model: str) -> None:
        """Ctrl+Enter in the chat's picker."""
        if self.controller.is_busy:
            self._tell_busy()
            return
        if self.controller.kept is not None:
            self.controller.clear()
            self.controller.contenders = []
        self._marked = True
        self.controller.toggle(provider, model, self._name_of(provider, model))
        self._wiring.picker.show_marked([one.name for one in self.controller.contenders])

    def _forget_marks(self) -> None:
        self._marked = False

    def _on_picker_closed(self) -> None:
        marked, self._marked = self._marked, False
        self._wiring.picker.show_marked([])
        if marked and self.controller.contenders:
            self.open()

    def _name_of(self, provider: str, model: str) -> str:
        rows = self._wiring.models.rows()
        found = next((row for row in rows if (row.provider, row.model) == (provider, model)), None)
        return found.config.display_name if found is not None else model or self.controller.provider_name(provider)

    def _open_picker(self) -> None:
        """The same list as the chat's, below the button that asks for it."""
        from app.desktop.views.chat.model_picker import ModelPicker  # here: as the pane

        pane = self.pane
        assert pane is not None, "its button is in the pane"
        anchor: QWidget = pane.setup.add_button if pane.setup.isVisible() else pane.add_button
        models = self._wiring.models
        self._picker_model.set_rows(models.rows(), models.server_lines(), models.simulated_entry(), keep_places=False)
        if self._picker is None:
            picker = self._picker = ModelPicker(self._theme, self._picker_model, pane.add_button, self._window)
            picker.chosen.connect(self._add)
            picker.compare_toggled.connect(self._mark_here)
            picker.closed.connect(lambda: picker.show_marked([]))
            picker.favourite_toggled.connect(models.toggle_favourite)
            picker.refresh_requested.connect(models.refresh)
        corner = anchor.mapTo(self._window, QPoint(0, anchor.height()))
        inside = pane.mapTo(self._window, QPoint(0, 0))
        room = QRect(inside.x(), corner.y(), pane.width(), self._window.height() - corner.y())
        self._picker.open_below(anchor, room.adjusted(self._theme.px(24), 0, -self._theme.px(24), 0))

    def _add(self, provider: str, model: str) -> None:
        self.controller.add(provider, model, self._name_of(provider, model))

    def _mark_here(self, provider: str, model: str) -> None:
        """Ctrl+Enter in the pane's own picker, which stays open for more."""
        if self.controller.kept is None:
            self.controller.toggle(provider, model, self._name_of(provider, model))
            assert self._picker is not None, "it said so"
            self._picker.show_marked([one.name for one in self.controller.contenders])

    def _remove(self, index: int) -> None:
        one = self.controller.contenders[index]
        self.controller.toggle(one.provider, one.model, one.name)

    # -- asking

    def _begin_anew(self) -> None:
        kept, pane = self.controller.kept, self.pane
        assert pane is not None, "its button is in the pane"
        if kept is not None:
            pane.setup.prompt.setPlainText(kept.prompt)
        self.controller.clear()
        pane.take_focus()

    def _ask_a_set(self) -> None:
        """All prompts of a file, of the chosen models."""
        pane, controller = self.pane, self.controller
        assert pane is not None, "its button is in the pane"
        if len(controller.contenders) < 2:
            pane.tell(tr("Add two models or more."), is_error=True)
            return
        self._start(self.prompt_set().ask(list(controller.contenders), together=pane.setup.order.currentData()))

    def prompt_set(self) -> PromptSetWiring:
        """What asks the prompts of a file."""
        assert self.pane is not None, "its page stands in the pane"
        if self._set is None:
            from app.desktop.prompt_set_wiring import PromptSetWiring  # here: as the pane

            made = self._set = PromptSetWiring(self._wiring, self.pane, self._start, self)
            self.controller.asks_a_set = lambda: made.controller.is_running
            made.controller.ended.connect(self.controller.look_back)
        return self._set

    async def take_prompt_of(self, message_id: int) -> None:
        """The prompt of an answer in the chat, asked of its model and others."""
        store = self._engine.store
        answer = await self._engine.run(store.message(message_id))
        if answer is None or answer.parent_id is None:
            return
        prompt = await self._engine.run(store.message(answer.parent_id))
        if prompt is None:
            return
        if self.controller.is_busy:
            self._tell_busy()
            return
        pane = self.open()
        self.controller.clear()
        self.controller.contenders = []
        if answer.provider and answer.model:
            self.controller.add(answer.provider, answer.model, answer.model_name or answer.model)
        pane.setup.prompt.setPlainText(prompt.text)
        files = tr(" Files that went with it are not sent.") if prompt.attachments else ""
        pane.setup.show_hint(tr("From a chat: what stands above the prompt there is not sent.") + files)
        pane.take_focus()

    def _tell_busy(self) -> None:
        self._wiring.session.chat.failed.emit(tr("A comparison is still running."), tr("Stop it, or wait for it."))

    def _vote(self, vote: Vote) -> None:
        self.controller.vote(vote)

    # -- showing

    def _show_contenders(self) -> None:
        assert self.pane is not None, "connected when it is built"
        names = [one.name for one in self.controller.contenders]
        self.pane.setup.show_models(names, can_add=len(names) < len(LETTERS))
        self._show_state()

    def _show_comparison(self) -> None:
        pane, kept = self.pane, self.controller.kept
        assert pane is not None, "connected when it is built"
        if kept is None:
            pane.show_setup()
        else:
            pane.setup.show_hint("")
            pane.show_comparison(kept.prompt, order_words(kept), len(kept.answers))
        self._show_state()

    def _show_state(self) -> None:
        from app.desktop.views.compare.vote_bar import VoteFacts  # here: as the pane

        pane, controller = self.pane, self.controller
        assert pane is not None, "connected when it is built"
        kept = controller.kept
        if kept is None:
            self._show_whether_it_can_start()
            return
        name = controller.provider_name
        facts = [column_facts(kept, n, name) for n in range(len(kept.answers))]
        free = kept.is_over and not kept.hidden and not controller.is_busy
        pane.show_columns(facts, hidden=kept.hidden, can_continue=[free and bool(one.text) for one in kept.answers])
        asks = kept.can_vote and kept.vote is None and not controller.is_busy
        said, more = (
            vote_sentence(kept) if kept.vote is not None else ("", tr("Which answer is better?") if asks else "")
        )
        if controller.is_busy or not kept.is_over:
            said, more = "", tr("Answers are being written.")
        voted = kept.vote is not None and not controller.is_busy
        vote = VoteFacts(
            letters=LETTERS[: len(kept.answers)],
            runs=controller.is_busy,
            asks=asks,
            voted=voted,
            hidden=kept.hidden,
            said=said,
            more=more,
            votes="" if kept.hidden or not voted else self._tally(kept),
            winner=kept.vote if voted and kept.vote is not None and kept.vote in LETTERS else "",
        )
        pane.show_state(
            vote, badge=badge_words(kept), can_add=controller.can_add, over=kept.is_over and not controller.is_busy
        )

    def _show_whether_it_can_start(self) -> None:
        pane, controller = self.pane, self.controller
        assert pane is not None, "connected when it is built"
        names, prompt = controller.contenders, pane.setup.prompt.toPlainText()
        if not self._wiring.models.rows() and not names:
            text = tr("No models yet. Start a model server, or add a provider in Settings.")
        elif len(names) < 2:
            text = tr("Add two models or more.")
        elif not prompt.strip():
            text = tr("Write a prompt.")
        else:
            text = tr("Asking…") if controller.is_busy else ""
        pane.start_button.setEnabled(not text)
        state = self._engine.store.state
        if not text and not state.saved:
            text = tr("Comparisons cannot be saved: {reason}. They are kept in memory.").format(reason=state.reason)
        pane.tell(text)

    def _tally(self, kept: KeptComparison) -> str:
        votes = self.controller.votes
        if not votes:
            return ""
        head = tr("Your votes on code: {votes}") if kept.kind == "code" else tr("Your other votes: {votes}")
        parts = [f"{one.name} {one.wins}" for one in votes]
        ties = max(one.ties for one in votes)
        return head.format(votes=", ".join([*parts, tr("ties {n}").format(n=ties)]))

    def _show_earlier(self) -> None:
        from app.desktop.views.compare.setup_page import EarlierRow  # here: as the pane

        if self.pane is not None:
            rows = [
                EarlierRow(
                    row.uid,
                    " ".join(row.prompt.split()),
                    " · ".join([", ".join(row.names) or tr("Blind, not voted"), clock_time(row.created_at)]),
                )
                for row in self.controller.earlier
            ]
            self.pane.setup.show_earlier(rows)

    # -- one answer

    def _copy(self, position: int) -> None:
        if self.controller.kept is not None:
            QGuiApplication.clipboard().setText(self.controller.kept.answers[position].text)

    def _run_note_action(self, position: int, name: str) -> None:
        kept, panes = self.controller.kept, self._wiring.panes
        if kept is None or kept.hidden:
            return
        provider = kept.answers[position].model.provider
        if name == "again":
            self.controller.ask_again(position)
        elif name == "key":
            panes.show_key(provider)
        elif name == "address" and provider in dict(panes.local_models.runtimes()):
            panes.show_address(provider)
        else:
            panes.open_settings(PROVIDERS)

    def _open_chat(self, conversation_id: int) -> None:
        async def show() -> None:
            await self._wiring.session.conversations.reload()
            self._wiring.session.open_chat(conversation_id)

        self._start(show())

    def set_zoom(self, zoom: float) -> None:
        for column in self.pane.columns if self.pane is not None else ():
            column.transcript.set_zoom(zoom)

    # -- closing

    async def aclose(self) -> None:
        if self._set is not None:
            await self._set.controller.aclose()
        await self.controller.aclose()

    def release(self) -> None:
        """Before the window is destroyed."""
        if self.pane is not None:
            self.pane.release()
