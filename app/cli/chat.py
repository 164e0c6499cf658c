"""`aica chat`: a conversation in the terminal, kept in the same store as the window's."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from app.cli import output, running
from app.cli.chat_answer import AnswerPrinter, Stopping, interrupts
from app.cli.chat_lines import edited_lines, plain_lines
from app.cli.chat_size import OFFER, ChatSize
from app.cli.missing_model import suggest_names
from app.cli.model_choice import WAYS_OUT, ModelChoice
from app.cli.preset_choice import preset_named
from app.cli.start_hints import fit_way_to_start
from app.cli.store_actions import note_unsaved

if TYPE_CHECKING:
    from app.services.container import Services
    from app.services.conversations.records import Preset
    from app.services.conversations.running_answer import Answer

HELP = """\
/model          list the models; /model NAME, NUMBER or PROVIDER chooses one, a piece of the name is enough
/new            begin a new chat
/history        list the newest chats; /history ID goes on with one
/keep           keep a temporary chat with the others
/continue       let the newest answer be written on from where it stopped
/shorten        leave the oldest messages out of what is sent, until it fits the model's window
/summarise      the same, with a summary by the model in their place
/whole          send the whole chat again
/send           send a message that does not fit as it is
/prompts        list the saved prompts; /NAME sends one, with what stands behind it
/help           this text
/exit           leave (Ctrl-D, too)
Ctrl-C stops a running answer. Alt-Enter begins a new line. A message that starts with // is sent with one slash."""
#: After a refusal by the server.
SHORTER = "/shorten leaves the oldest messages out, /summarise puts them into a summary; then it is asked again."
SHOWN_CHATS = 15


def configure(parser: argparse.ArgumentParser, _common: argparse.ArgumentParser) -> None:
    running.add_choice_flags(parser)
    parser.add_argument("--system", metavar="S", help="system prompt of new chats")
    parser.add_argument("--preset", metavar="NAME", help="preset of new chats; aica preset list names them")
    parser.add_argument("--continue", dest="resume", action="store_true", help="go on with the newest chat")
    parser.add_argument("--temporary", action="store_true", help="keep nothing of it: no chat reaches the disk")
    parser.add_argument("--no-reasoning", action="store_true", help="do not show the model's thinking")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> Coroutine[Any, Any, int]:
    """Raises: UsageError: flags that exclude each other."""
    if arguments.temporary and arguments.resume:
        raise output.UsageError("--temporary begins a chat of its own; leave out --continue.")
    return _chat(arguments)


async def _chat(arguments: argparse.Namespace) -> int:
    at_terminal = sys.stdin is not None and sys.stdin.isatty()
    how = {"person_present": at_terminal, "temporary": arguments.temporary}
    async with await running.services_of(arguments, **how) as services:
        note_unsaved(services)
        if arguments.temporary:
            output.note("This chat is temporary: nothing of it is kept, but with /keep.")
        preset = await preset_named(services, arguments.preset) if arguments.preset is not None else None
        talk = Conversation(services, arguments, preset, person_present=at_terminal)
        if at_terminal:
            await talk.greet()
        if arguments.resume:
            await talk.go_on_with_newest()
        lines = edited_lines() if at_terminal else plain_lines()
        async for line in lines:
            if not await talk.take(line):
                break
        # A person saw each failure and left on purpose; a script learns of the last one.
        return 0 if at_terminal else talk.status


class Conversation:
    """One terminal's chat: what it answers with, where it is stored, and the commands."""

    def __init__(
        self,
        services: Services,
        arguments: argparse.Namespace,
        preset: Preset | None = None,
        *,
        person_present: bool = False,
    ) -> None:
        self._services = services
        self._system = arguments.system
        self._preset = preset
        self._show_reasoning = not arguments.no_reasoning
        self._is_temporary: bool = arguments.temporary
        self._choice = ModelChoice(services, arguments.provider, arguments.model)
        self._size = ChatSize(services, self._choice)
        self._person_present = person_present
        self._conversation_id: int | None = None
        #: A message that did not fit and waits for the person.
        self._held = ""
        #: An answer that the server refused since the chat does not fit.
        self._refused: int | None = None
        #: Provider and model that a person was told of, or that answered last.
        self._answered_by = ("", "")
        self.status = 0
        """Exit status of the newest message: 0, or what its failure means."""
        self._commands: dict[str, Callable[[str], Coroutine[Any, Any, None]]] = {
            "/help": self._help,
            "/prompts": self._prompts,
            "/model": self._choose_model,
            "/new": self._new,
            "/history": self._history,
            "/keep": self._keep,
            "/continue": self._go_on,
            "/shorten": self._shorten,
            "/summarise": self._summarise,
            "/whole": self._whole,
            "/send": self._send_held,
        }

    async def greet(self) -> None:
        """Say who will answer, or why nobody can yet."""
        from app.services.llm.errors import LLMError
        from app.services.llm.llm_manager import AUTO_MODEL

        if self._choice.model == AUTO_MODEL:
            output.say("Auto chooses a model for each message.")
            print("/help lists the commands.")
            return
        try:
            resolved = await self._services.manager.resolve(self._choice.provider, self._choice.model)
        except LLMError as exc:
            await fit_way_to_start(self._services, exc)
            output.report(exc)
            output.say(WAYS_OUT)
        else:
            self._answered_by = (resolved.provider, resolved.model)
            place = "" if resolved.local else " (not on this computer)"
            simulated = " Simulated answers: no model is running." if resolved.simulated else ""
            if simulated:
                self._choice.told_simulated.add(resolved.provider)
            output.say(f"{output.one_line(resolved.model)} through {resolved.provider}{place}.{simulated}")
        print("/help lists the commands.")

    async def take(self, line: str) -> bool:
        """One line of input; False when it was the last."""
        if not line.strip():
            return True
        if line.startswith("/") and not line.startswith("//"):
            return await self._command(line)
        await self._send(line[1:] if line.startswith("//") else line)
        return True

    async def _command(self, line: str) -> bool:
        name, _, rest = line.partition(" ")
        if name in ("/exit", "/quit"):
            return False
        action = self._commands.get(name)
        if action is not None:
            await action(rest.strip())
        elif not await self._send_prompt(name, rest.strip()):
            output.note(f"There is no command {name!r}, nor a prompt of that name. /help and /prompts list them.")
        return True

    async def _send_prompt(self, name: str, said: str) -> bool:
        """Send a saved prompt; False where none has this name."""
        from app.services.conversations import prompt_templates, saved_prompts

        found = await self._services.store.read(saved_prompts.prompt_called, name[1:])
        if found is None:
            return False
        text = prompt_templates.with_input(found.text, said)
        left = {place.name for place in prompt_templates.places(text)} & {
            place.name for place in prompt_templates.places(found.text)
        }
        if prompt_templates.INPUT in left:
            output.note(f"Not sent: write behind {name} what it is about.")
            return True
        if left:
            output.note(f"Sent as it stands there: {', '.join('{{' + one + '}}' for one in sorted(left))}.")
        await self._send(text)
        return True

    # --- commands ---

    async def _help(self, _rest: str) -> None:
        print(HELP)

    async def _prompts(self, _rest: str) -> None:
        from app.services.conversations import saved_prompts

        for prompt in await self._services.store.read(saved_prompts.prompts):
            print(f"/{prompt.name:14} {output.one_line(prompt.text, 60)}")

    async def _new(self, _rest: str) -> None:
        self._turn_to(None)
        output.note("New chat.")

    async def _keep(self, _rest: str) -> None:
        from app.services.conversations.keeping import keep_chat
        from app.services.llm.errors import LLMError

        if not self._is_temporary:
            output.note("This chat is kept already.")
        elif self._conversation_id is None:
            output.note("There is nothing to keep yet.")
        else:
            store, file = self._services.store, self._services.paths.store_file
            try:
                kept = await keep_chat(store, self._conversation_id, file)
            except LLMError as exc:
                output.report(exc)
            else:
                self._turn_to(None)
                output.note(f"Kept as chat {kept}. What you write now is a new temporary chat.")

    async def _choose_model(self, rest: str) -> None:
        if rest:
            await self._choice.choose(rest)
            self._answered_by = ("", "")
        else:
            await self._choice.show()

    async def _history(self, rest: str) -> None:
        if rest:
            await self._go_on_with(rest)
            return
        chats = await self._services.store.conversations(SHOWN_CHATS)
        if not chats:
            output.note("No chats yet.")
        for chat in chats:
            print(f"{chat.id:5}  {output.one_line(chat.title or 'New chat', 70)}")

    async def go_on_with_newest(self) -> None:
        newest = await self._services.store.conversations(1)
        if newest:
            await self._go_on_with(str(newest[0].id))
        else:
            output.note("No chats yet.")

    async def _go_on_with(self, text: str) -> None:
        chat = await self._services.store.conversation(int(text)) if text.isdecimal() and len(text) < 19 else None
        if chat is None or chat.deleted_at is not None:
            output.note(f"There is no chat {text!r}. /history lists them.")
            return
        self._turn_to(chat.id)
        for message in (await self._services.store.messages(chat.id))[-4:]:
            mark = "> " if message.role == "user" else ""
            print(output.visible(mark + message.text))

    def _turn_to(self, conversation_id: int | None) -> None:
        self._conversation_id = conversation_id
        self._held, self._refused = "", None

    # --- a chat that does not fit ---

    async def _shorten(self, _rest: str) -> None:
        await self._make_room(
            self._size.shorten(
                self._conversation_id, self._held, before=self._refused, refused=self._refused is not None
            )
        )

    async def _summarise(self, _rest: str) -> None:
        await self._make_room(
            self._size.summarise(
                self._conversation_id,
                self._held,
                before=self._refused,
                refused=self._refused is not None,
            )
        )

    async def _make_room(self, work: Coroutine[Any, Any, bool]) -> None:
        """Then go on with what did not fit before: the held message, or the answer that was refused."""
        from app.services.llm.errors import LLMError

        task = asyncio.ensure_future(work)
        try:
            with interrupts(task.cancel):
                done = await task
        except asyncio.CancelledError:
            if not task.cancelled():
                raise  # somebody ends us, not it
            output.note("Stopped. The chat is as it was.")
            return
        except LLMError as exc:
            output.report(exc)
            self.status = output.exit_status(exc)
            return
        if done and self._refused is not None:
            await self._ask_again(self._refused)
        elif done and self._held:
            await self._send_held("")

    async def _whole(self, _rest: str) -> None:
        await self._size.whole(self._conversation_id)

    async def _send_held(self, _rest: str) -> None:
        text, self._held = self._held, ""
        if text:
            await self._answer(text)
        else:
            output.note("No message waits.")

    # --- answering ---

    async def _send(self, text: str) -> None:
        """Send a message; one that does not fit is told of, and with a person there it waits for a decision."""
        self._held, self._refused = "", None
        use = await self._size.use(self._conversation_id, text, system=await self._system_prompt())
        if use.fits is False:
            self._size.tell(use)
            if self._person_present:
                output.note(f"It was not sent. {OFFER}")
                self._held = text
                return
        await self._answer(text)

    async def _answer(self, text: str) -> None:
        conversation_id = await self._conversation()
        await self._print(
            conversation_id,
            self._services.chats.send(
                conversation_id,
                text,
                provider=self._choice.provider,
                model=self._choice.model,
            ),
        )

    async def _ask_again(self, answer_id: int) -> None:
        assert self._conversation_id is not None, "an answer has a chat"
        again = self._services.chats.regenerate(answer_id, provider=self._choice.provider, model=self._choice.model)
        await self._print(self._conversation_id, again)

    async def _go_on(self, _rest: str) -> None:
        chat = self._conversation_id
        answers = [m for m in await self._services.store.messages(chat) if m.role == "assistant"] if chat else []
        if chat is None or not answers:
            output.note("There is no answer yet.")
            return
        more = self._services.chats.go_on(answers[-1].id, provider=self._choice.provider, model=self._choice.model)
        await self._print(chat, more)

    async def _print(self, conversation_id: int, asking: Coroutine[Any, Any, Answer]) -> None:
        from app.services.llm.errors import ErrorKind, LLMError

        stopping = Stopping(self._services.chats, conversation_id)
        printer = AnswerPrinter(conversation_id, self._show_reasoning, on_reader_left=stopping.stop)
        if self._person_present:
            printer.told_simulated = self._choice.told_simulated
        subscription = self._services.chats.events.subscribe(printer.see)
        self._refused = None
        try:
            answer = await asking
            with interrupts(stopping.stop):
                await answer.wait()
            printer.finish()
            if answer.error is not None:
                await suggest_names(self._services, answer.error, "/model")
                await fit_way_to_start(self._services, answer.error)
            self._judge(answer)
            self._tell_who_answered(answer)
            if answer.error is not None and answer.error.kind is ErrorKind.CONTEXT_LENGTH:
                self._refused = answer.message_id
                output.note(SHORTER)
        except LLMError as exc:
            printer.finish()
            output.report(exc)
            self.status = output.exit_status(exc)
        finally:
            subscription.close()

    def _tell_who_answered(self, answer: Answer) -> None:
        """Where nobody named the model, and it is another one than before."""
        who = (answer.provider, answer.model)
        if answer.error is None and not running.names_a_model(self._choice.model) and who != self._answered_by:
            output.note_who_answered(*who)
        self._answered_by = who

    def _judge(self, answer: Answer) -> None:
        self.status = 0
        if answer.status == "stopped":
            output.note("Stopped. What arrived is kept.")
            self.status = output.CANCELLED
        elif answer.error is not None:
            output.report(answer.error)
            answered = bool(answer.text_parts or answer.reasoning_parts)
            self.status = output.exit_status(answer.error, answered=answered)
        if answer.metrics is not None and answer.metrics.dropped_tokens:
            count = f"{answer.metrics.dropped_tokens:,}"
            output.note(f"The server dropped ≈ {count} tokens from the start of this chat.")

    async def _conversation(self) -> int:
        """The chat this goes to; made with its first message, so that looking around leaves none behind."""
        if self._conversation_id is None:
            prompt, parameters = self._beginning()
            self._conversation_id = await self._services.store.create_conversation(
                system_prompt=prompt, parameters=parameters
            )
        return self._conversation_id

    def _beginning(self) -> tuple[str, dict[str, Any]]:
        """System prompt and parameters that a new chat is stored with."""
        from app.services.conversations import chat_settings

        of_settings = self._services.settings.config.chat.system_prompt
        prompt, parameters = chat_settings.prompt_from_settings(of_settings)
        if self._preset is not None:
            prompt, parameters = chat_settings.with_preset(prompt, parameters, self._preset, of_settings)
        return (prompt, parameters) if self._system is None else chat_settings.with_own_prompt(parameters, self._system)

    async def _system_prompt(self) -> str:
        """What is sent at the start of a new chat."""
        found = await self._services.request_settings.of_new_chat(
            *self._beginning(), self._choice.provider or "", self._choice.model or ""
        )
        return found.system_prompt
