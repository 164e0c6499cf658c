"""A process that does all that can be done with chats, at random, until it is killed; and says what it showed.

Three kinds of lines: those of `chat_child` for an answer that streams all the while; `{"doing": N, "touches": [WORD]}`
before an act; `{"done": N, "states": {WORD: STATE}}` once the store has said that it happened. Each chat, message and
file holds a word of its own, by which it is found again: numbers of what is destroyed are given anew.
"""

from __future__ import annotations

import argparse
import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from app.paths import user_paths
from app.services.attachments.attachment import Attachment
from app.services.container import Overrides, Services, open_services
from app.services.conversations.importing import import_chats
from app.services.conversations.portable import PortableChat, PortableMessage
from app.services.conversations.store import ConversationStore
from tests.end_to_end.chat_child import say, show

#: The chat that is only talked in.
TALK = "killed"
MOST_CHATS = 12


@dataclass
class Chat:
    """A chat of the acts: the words of its messages by their number, those of its files."""

    number: int
    word: str
    messages: dict[int, str] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    in_trash: bool = False

    @property
    def words(self) -> list[str]:
        return [self.word, *self.messages.values(), *self.files]


class Acts:
    """One act after the other, each said before and after."""

    def __init__(self, store: ConversationStore, dice: random.Random) -> None:
        self._store = store
        self._dice = dice
        self._number = 0
        self._chats: list[Chat] = []

    async def take_stock(self) -> None:
        """The chats of the runs before."""
        rows = await self._store.read(
            lambda db: db.execute(
                "SELECT id, title, deleted_at FROM conversation WHERE title GLOB 'chat[0-9a-f]*'"
            ).fetchall()
        )
        for number, word, deleted_at in rows:
            messages = await self._store.read(
                lambda db, number=number: db.execute(
                    "SELECT id, text FROM message WHERE conversation_id = ? AND deleted_at IS NULL", (number,)
                ).fetchall()
            )
            files = await self._store.draft_attachments(number)
            self._chats.append(Chat(number, word, dict(messages), [one.name for one in files], deleted_at is not None))

    async def go_on(self) -> None:
        acts: list[Callable[[], Awaitable[None]]] = [
            *(self._send, self._send, self._edit, self._delete_message, self._import, self._attach),
            *(self._trash, self._restore, self._destroy),
        ]
        while True:
            act = self._destroy if len(self._chats) > MOST_CHATS else self._dice.choice(acts)
            await act()
            await asyncio.sleep(self._dice.uniform(0, 0.004))

    def _word(self, kind: str) -> str:
        return f"{kind}{self._dice.getrandbits(64):016x}"

    def _pick(self, *, in_trash: bool = False) -> Chat | None:
        found = [one for one in self._chats if one.in_trash == in_trash]
        return self._dice.choice(found) if found else None

    def _doing(self, *touches: str) -> None:
        self._number += 1
        say(doing=self._number, touches=touches)

    def _done(self, **states: str) -> None:
        say(done=self._number, states=states)

    async def _send(self) -> None:
        chat = self._pick() if self._dice.random() < 0.6 else None
        word = self._word("message")
        if chat is None:
            chat = Chat(0, self._word("chat"))
            self._doing(chat.word, word)
            chat.number = await self._store.create_conversation(title=chat.word)
            self._chats.append(chat)
        else:
            self._doing(word)
        chat.messages[await self._store.add_user_message(chat.number, None, word)] = word
        self._done(**{chat.word: "here", word: "here"})

    async def _edit(self) -> None:
        chat = self._pick()
        if chat is None or not chat.messages:
            return
        word = self._word("message")
        before = await self._store.message(self._dice.choice(list(chat.messages)))
        assert before is not None
        self._doing(word)
        chat.messages[await self._store.add_user_message(chat.number, before.parent_id, word)] = word
        self._done(**{word: "here", before.text: "here"})

    async def _delete_message(self) -> None:
        chat = self._pick()
        if chat is None or not chat.messages:
            return
        number = self._dice.choice(list(chat.messages))
        word = chat.messages.pop(number)
        self._doing(word)
        await self._store.delete_message(number)
        self._done(**{word: "trash"})

    async def _import(self) -> None:
        chats = [
            PortableChat(
                title=self._word("chat"),
                messages=tuple(
                    PortableMessage(number=n, parent=n - 1 or None, role="user", text=self._word("message"))
                    for n in (1, 2)
                ),
            )
            for _ in range(2)
        ]
        words = [word for one in chats for word in (one.title, *(message.text for message in one.messages))]
        self._doing(*words)
        for number in await import_chats(self._store, chats):
            messages = await self._store.messages(number)
            about = await self._store.conversation(number)
            assert about is not None
            self._chats.append(Chat(number, about.title, {message.id: message.text for message in messages}))
        self._done(**dict.fromkeys(words, "here"))

    async def _attach(self) -> None:
        chat = self._pick()
        if chat is None:
            return
        word = self._word("file")
        self._doing(word)
        text = f"{word} " * self._dice.choice((1, 500, 20_000))
        await self._store.attach(chat.number, Attachment(word, "text", "text/plain", text.encode(), text))
        chat.files.append(word)
        self._done(**{word: "here"})

    async def _trash(self) -> None:
        chat = self._pick()
        if chat is not None:
            self._doing(chat.word)
            await self._store.delete_conversations([chat.number])
            chat.in_trash = True
            self._done(**{chat.word: "trash"})

    async def _restore(self) -> None:
        chat = self._pick(in_trash=True)
        if chat is not None:
            self._doing(chat.word)
            await self._store.restore_conversations([chat.number])
            chat.in_trash = False
            self._done(**{chat.word: "here"})

    async def _destroy(self) -> None:
        chat = self._pick(in_trash=self._dice.random() < 0.5) or self._pick()
        if chat is None:
            return
        deleted = await self._store.read(
            lambda db: db.execute("SELECT text FROM message WHERE conversation_id = ?", (chat.number,)).fetchall()
        )
        words = {*chat.words, *(row[0] for row in deleted)}
        self._doing(*words)
        await self._store.destroy_conversation(chat.number)
        self._chats.remove(chat)
        self._done(**dict.fromkeys(words, "gone"))


async def talk(services: Services) -> None:
    """Ask again and again in a chat of its own."""
    conversation = await services.store.create_conversation(title=TALK)
    for turn in range(1_000_000):
        answer = await services.chats.send(conversation, f"Question {turn} of this chat", provider="lm_studio")
        await answer.wait()


async def live(home: Path, base_url: str, seed: int) -> None:
    overrides = Overrides(provider="lm_studio", base_url=base_url, environment={"AICA_KEYRING": "off"})
    say(opening=True)
    async with await open_services(user_paths(home), overrides) as services:
        services.chats.events.subscribe(show)
        acts = Acts(services.store, random.Random(seed))
        await acts.take_stock()
        say(ready=True, saved=services.store.state.saved, reason=services.store.state.reason)
        async with asyncio.TaskGroup() as both:
            both.create_task(talk(services))
            both.create_task(acts.go_on())


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--home", required=True, type=Path)
    parser.add_argument("--base-url", required=True)
    parser.add_argument("--seed", required=True, type=int)
    options = parser.parse_args()
    asyncio.run(live(options.home, options.base_url, options.seed))


if __name__ == "__main__":
    main()
