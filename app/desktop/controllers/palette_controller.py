"""What the command palette shows for what is typed: commands and settings at once, chats and messages as they come."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QDate, QDateTime, QLocale, QObject, QTimer, Signal

from app.desktop.controllers.chat_search import ChatsFound, look_for
from app.desktop.models.conversation_rows import found_words
from app.desktop.models.fuzzy_match import LEAST_WORD, fit, ranked
from app.desktop.models.palette_model import PaletteEntry, PaletteModel
from app.desktop.models.plain_snippet import plain_snippet
from app.services.tasks import OnError, TaskOwner

if TYPE_CHECKING:
    from app.desktop.engine import Engine
    from app.services.conversations.records import Conversation, SearchHit

DELAY_MS = 120
MOST_HITS = 100
#: Of each group in view at first.
FEW_MESSAGES, FEW_CHATS, FEW_COMMANDS, FEW_SETTINGS = 4, 4, 5, 4
RECENT_CHATS = 6
#: In front of what is typed: commands only.
COMMANDS_ONLY = ">"
LINK = "aica:"
#: Letters of a name that somebody has to have typed to mean it.
LEAST_OF_A_NAME = 3
Entries = Callable[[], Sequence[PaletteEntry]]


def tr(text: str) -> str:
    return QCoreApplication.translate("Palette", text)


class PaletteController(QObject):
    """Signals:
    settled(str): everything for what is typed is there; how much that is, in words.
    """

    settled = Signal(str)

    def __init__(
        self, engine: Engine, commands: Entries, settings: Entries, on_error: OnError, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._commands = commands
        self._settings = settings
        self._tasks = TaskOwner(on_error)
        self._looking: asyncio.Task[None] | None = None
        self._delay = QTimer(self, singleShot=True, interval=DELAY_MS)
        self._delay.timeout.connect(self._look)
        self.model = PaletteModel(self)
        self.text = ""
        self._all_messages = False
        self._found: ChatsFound | None = None
        self._recent: list[Conversation] = []
        #: Whether chats and messages of an earlier text still stand there.
        self.is_looking = False

    def look_for(self, text: str) -> None:
        """Show what fits. What an earlier text found stays until the new one is there, so that nothing jumps."""
        self.text = text.lstrip()
        self._all_messages = False
        self._delay.stop()
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None
        self.is_looking = not self.text.lower().startswith((COMMANDS_ONLY, LINK))
        self._show()
        if not self.is_looking:
            self._settle()
        elif self.text:
            self._delay.start()
        else:
            self._look()

    def show_all_messages(self) -> None:
        """Every message that was found, not the first few."""
        self._all_messages = True
        self._show()

    def stop(self) -> None:
        """Nobody looks any more."""
        self._delay.stop()
        if self._looking is not None:
            self._looking.cancel()
        self._looking, self._found, self._recent, self.is_looking = None, None, [], False
        self.model.set_groups([])

    def _look(self) -> None:
        self._looking = self._tasks.start(self._ask(self.text), name="palette.look")

    async def _ask(self, text: str) -> None:
        if text:
            self._found = await look_for(self._engine, text, MOST_HITS, FEW_CHATS)
        else:
            store = self._engine.store
            newest = await self._engine.run(store.conversations(2 * RECENT_CHATS))
            newest.sort(key=lambda chat: -chat.updated_at)
            recent = [c for c in newest if (c.message_count or c.draft) and c.archived_at is None]
            self._found, self._recent = None, recent[:RECENT_CHATS]
        if text == self.text:
            self.is_looking = False
            self._show()
            self._settle()

    def _settle(self) -> None:
        count = self.model.hits
        words = tr("Nothing found") if not count else tr("1 result") if count == 1 else tr("{n} results")
        self.settled.emit(words.format(n=count))

    # -- rows

    def _show(self) -> None:
        if self.text.lower().startswith(LINK):
            groups = [(tr("Link"), "", [PaletteEntry("link", tr("Open the chat of this link"), icon="link")])]
        elif self.text.startswith(COMMANDS_ONLY):
            typed = self.text.removeprefix(COMMANDS_ONLY)
            commands = self._commands()
            groups = [(tr("Commands"), "", _fitting(typed, commands, MOST_HITS, _best(typed, commands)))]
        elif not self.text:
            groups = [
                (tr("Recent chats"), "", [_chat_entry(one) for one in self._recent]),
                (tr("Commands"), "", list(self._commands())),
            ]
        else:
            groups = [*self._groups_of_chats(), *self._groups_of_names()]
            if _is_begun(self.text, self._commands()):  # who types the name of a command means it
                groups = [*self._groups_of_names(), *self._groups_of_chats()]
        if not self.is_looking and not any(entries or end for _title, end, entries in groups):
            groups = [(tr("Nothing found for “{q}”.").format(q=self.text.strip()), _took(self._found), [])]
            self.model.set_groups([(title, end or " ", entries) for title, end, entries in groups])
            return
        self.model.set_groups(groups)

    def _groups_of_names(self) -> list[tuple[str, str, list[PaletteEntry]]]:
        """Commands and settings, the group with the better fit first."""
        bests = [_best(self.text, self._commands()), _best(self.text, self._settings())]
        groups = [
            (tr("Commands"), "", _fitting(self.text, self._commands(), FEW_COMMANDS, max(bests))),
            (tr("Settings"), "", _fitting(self.text, self._settings(), FEW_SETTINGS, max(bests))),
        ]
        return groups if bests[0] >= bests[1] else groups[::-1]

    def _groups_of_chats(self) -> list[tuple[str, str, list[PaletteEntry]]]:
        looked = self._found
        if looked is None:
            return []
        hits = looked.messages.hits
        shown = hits if self._all_messages else hits[:FEW_MESSAGES]
        messages = [_hit_entry(hit) for hit in shown]
        if len(shown) < len(hits):
            messages.append(PaletteEntry("more", tr("Show all {n}").format(n=len(hits))))
        return [
            (tr("Messages"), _how_many(looked), messages),
            (tr("Chats"), "", [_chat_entry(one) for one in looked.titles]),
        ]

    async def aclose(self) -> None:
        self._delay.stop()
        await self._tasks.aclose()


def _is_begun(typed: str, entries: Sequence[PaletteEntry]) -> bool:
    """Whether a name begins with what was typed, and enough of it was."""
    words = typed.strip().casefold()
    return len(words) >= LEAST_OF_A_NAME and any(one.title.casefold().startswith(words) for one in entries)


def _best(typed: str, entries: Sequence[PaletteEntry]) -> float:
    return max((fit(typed, entry.title) or 0.0 for entry in entries), default=0.0)


def _fitting(typed: str, entries: Sequence[PaletteEntry], most: int, best: float) -> list[PaletteEntry]:
    """Those that fit. Scattered letters count only where nowhere a word does: `best` is the best fit of all."""
    found = ranked(typed, entries, lambda entry: entry.title, most)
    return found if best < LEAST_WORD else [one for one in found if (fit(typed, one.title) or 0.0) >= LEAST_WORD]


def _how_many(looked: ChatsFound) -> str:
    """How many messages and how long it took; what of the query was not understood; "" where nothing was found."""
    found = looked.messages
    if found.problem:
        return found.problem
    count = len(found.hits)
    if not count:
        return ""
    if count >= MOST_HITS:
        text = tr("{n} or more found")
    else:
        text = tr("{n} found in the newest that match") if found.partial else tr("{n} found")
    return f"{text.format(n=count)}, {_took(looked)}"


def _took(looked: ChatsFound | None) -> str:
    if looked is None:
        return ""
    return tr("{ms} ms").format(ms=f"{looked.took_ms:.0f}" if looked.took_ms >= 1 else f"{looked.took_ms:.1f}")


def _hit_entry(hit: SearchHit) -> PaletteEntry:
    return PaletteEntry(
        "message",
        hit.title or tr("Untitled"),
        _when(hit.created_at),
        plain_snippet(found_words(hit)),
        conversation_id=hit.conversation_id,
        message_id=hit.message_id,
    )


def _chat_entry(chat: Conversation) -> PaletteEntry:
    title = chat.title or " ".join(chat.draft.split())[:60] or tr("New chat")
    return PaletteEntry("chat", title, _when(chat.updated_at), icon="clock", conversation_id=chat.id)


def _when(seconds: float, now: datetime | None = None) -> str:
    """The time of today, the day of this week, the date of this year, else with its year."""
    moment, now = datetime.fromtimestamp(seconds), now or datetime.now()
    days = (now.date() - moment.date()).days
    if days <= 0:
        return moment.strftime("%H:%M")
    if days < 7:
        return QLocale().toString(QDateTime.fromSecsSinceEpoch(int(seconds)), "ddd HH:mm")
    date = QDate(moment.year, moment.month, moment.day)
    return QLocale().toString(date, "d MMM" if moment.year == now.year else "d MMM yyyy")
