"""How a failure looks: which note an error becomes and which buttons it offers. One table for the whole window."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QLocale

from app.desktop.models.transcript_model import Note, NoteAction
from app.services.wording import later

if TYPE_CHECKING:
    from app.services.conversations.routed import Unanswered

logger = logging.getLogger(__name__)


def tr(text: str, n: int = -1) -> str:
    """`n` chooses the plural form in languages that have them."""
    return QCoreApplication.translate("Errors", text, None, n)


def _action(name: str) -> NoteAction:
    """The button for an action's name."""
    buttons = {
        "start_server": NoteAction("start_server", tr("Start server"), primary=True, icon="play"),
        "retry": NoteAction("retry", tr("Try again")),
        "choose_model": NoteAction("choose_model", tr("Choose another model")),
        "test_connection": NoteAction("test_connection", tr("Test connection")),
        "enter_key": NoteAction("enter_key", tr("Enter key"), primary=True),
        "continue": NoteAction("continue", tr("Continue")),
        "regenerate": NoteAction("regenerate", tr("Regenerate")),
        "keep": NoteAction("keep", tr("Keep as it is"), quiet=True),
        "refresh_models": NoteAction("refresh_models", tr("Refresh models")),
        "open_website": NoteAction("open_website", tr("Open website")),
        "open_settings": NoteAction("open_settings", tr("Open setting"), primary=True),
        "edit": NoteAction("edit", tr("Edit the message")),
        "wait_longer": NoteAction("wait_longer", tr("Wait longer"), primary=True),
        "stop": NoteAction("stop", tr("Stop")),
        "shorten": NoteAction("shorten", tr("Leave out earlier messages")),
        "summarise": NoteAction("summarise", tr("Summarise earlier messages")),
        "unload_model": NoteAction("unload_model", tr("Unload the model")),
    }
    return buttons[name]


def _actions(*names: str) -> tuple[NoteAction, ...]:
    return tuple(map(_action, names))


#: Kind → the buttons of its note, the most useful first; a note shows three of those that its provider has.
_ACTIONS: dict[str, tuple[str, ...]] = {
    "not_installed": ("open_website", "retry"),
    "not_running": ("start_server", "test_connection", "retry", "choose_model"),
    "unreachable": ("test_connection", "retry"),
    "timeout": ("retry", "test_connection", "choose_model"),
    "auth": ("enter_key", "choose_model"),
    "model_not_found": ("choose_model", "refresh_models"),
    "rate_limited": ("retry", "choose_model"),
    "overloaded": ("retry", "choose_model"),
    "context_length": ("shorten", "summarise", "choose_model"),
    "bad_request": ("retry",),
    "content_filter": ("edit", "choose_model"),
    "protocol": ("test_connection", "retry"),
    "interrupted": ("regenerate", "keep"),
    "server_error": ("retry", "choose_model"),
    "cancelled": ("regenerate",),
    "config": ("open_settings",),
    "too_large": ("keep",),
    "unsupported": ("choose_model",),
}

#: What the core stores, in English always, for an answer that our own quit cut off (kind `interrupted`).
APP_CLOSED = "The app closed while this was being written."

#: Providers whose program can be started from here, or fetched from its website.
_STARTABLE = frozenset({"lm_studio", "ollama"})
#: Those of them whose program is not on this computer, as far as it was looked at.
_missing: set[str] = set()
#: Providers that are part of this program: there is no connection to test.
_WITHOUT_ADDRESS = frozenset({"embedded", "mock"})


def tell_missing_programs(providers: Iterable[str]) -> None:
    """Notes from now on offer to fetch these instead of starting them."""
    _missing.clear()
    _missing.update(providers)


def told_failure(exc: BaseException) -> tuple[str, str]:
    """Message and hint of something that failed; what nobody foresaw goes to the log."""
    message = getattr(exc, "message", None)
    if message is None:
        logger.error("unexpected error", exc_info=exc)
        return unexpected(exc)
    return str(message), str(getattr(exc, "hint", ""))


def unexpected(exc: BaseException) -> tuple[str, str]:
    """Message and hint of a bug."""
    return tr("Unexpected error: {name}.").format(name=type(exc).__name__), tr("The log has the details.")


#: Kind of error → what a model did that was asked first.
_UNANSWERED = {
    "not_installed": later("Errors", "{name} was not reachable."),
    "not_running": later("Errors", "{name} was not reachable."),
    "unreachable": later("Errors", "{name} was not reachable."),
    "timeout": later("Errors", "{name} was silent."),
    "auth": later("Errors", "{name} refused the key."),
    "model_not_found": later("Errors", "{name} was not found."),
    "rate_limited": later("Errors", "{name} allowed no more requests."),
    "overloaded": later("Errors", "{name} was overloaded."),
}
_FAILED = later("Errors", "{name} failed.")


def note_for_fallback(failed: Sequence[Unanswered], answering: str, *, is_over: bool = True) -> Note:
    """Auto asked others first; `answering`: the one that answered, or, not `is_over`, is asked now."""
    instead = tr("{name} answered instead.") if is_over else tr("{name} is asked instead.")
    said = [
        (tr(_UNANSWERED[one.kind]) if one.kind in _UNANSWERED else tr("{name} failed.")).format(name=one.name)
        for one in failed
    ]
    title = " ".join([*said, instead.format(name=answering)])
    return Note("info", title, details="\n".join(one.message for one in failed))


def note_for_silence(server: str, seconds: int) -> Note:
    """A running answer whose first token is overdue; the request goes on until the person decides otherwise."""
    return Note(
        "warn",
        tr("{server} has been silent for {n} s.").format(server=server, n=seconds),
        tr("It accepted the request but sent nothing. Large prompts can take minutes on local models."),
        (_action("wait_longer"), _action("stop")),
    )


def note_for_answer(
    error: Mapping[str, Any] | None,
    status: str,
    *,
    provider: str | None,
    tokens: int | None,
    estimated: bool = False,
    dismissed: bool = False,
    still_computing: bool = False,
    dropped_tokens: int | None = None,
    has_text: bool = False,
    finish_reason: str | None = None,
) -> Note | None:
    """The note under an answer that did not end well or whose chat was cut; None for others, and where it was put away.

    `estimated`: `tokens` was counted here, not reported by the server. `still_computing`: it was stopped, but its
    server goes on. `has_text`: there is something to go on with.
    """
    if dismissed:
        return None
    again = ("continue", "regenerate") if has_text else ("regenerate",)
    if status == "stopped":
        text = tr("Stopped.")
        if tokens:
            text = tr("Stopped after {n} token.") if tokens == 1 else tr("Stopped after {n} tokens.", tokens)
            text = text.format(n=_count(tokens, estimated))
        if not still_computing:
            return Note("info", text, actions=_actions(*again))
        offered = ("unload_model", *again) if provider in _STARTABLE else again
        why = tr("The server has not confirmed the stop. It may still be computing.")
        return Note("warn", text, why, _actions(*offered))
    if error is None:
        if finish_reason == "length" and has_text:
            return Note("warn", tr("The answer reached its limit of tokens."), actions=_actions("continue", "keep"))
        return _cut(dropped_tokens) if dropped_tokens else None
    if status == "interrupted":
        return _interrupted(error, tokens, estimated, _actions(*again, "keep"))
    kind = str(error.get("kind", "server_error"))
    names = tuple(_ACTIONS.get(kind, ("retry",)))
    if provider not in _STARTABLE:
        names = tuple(n for n in names if n not in ("start_server", "open_website"))
    if provider in _missing:
        names = tuple("open_website" if n == "start_server" else n for n in names)
    if provider in _WITHOUT_ADDRESS:
        names = tuple(n for n in names if n != "test_connection")
    return Note(
        "error",
        str(error.get("message", "")),
        str(error.get("hint", "")),
        _actions(*names),
        str(error.get("details", "")),
    )


def _cut(tokens: int) -> Note:
    text = tr("The server dropped ≈ {n} tokens from the start of this chat.", tokens)
    return Note("warn", text.format(n=QLocale().toString(tokens)), actions=_actions("shorten", "summarise", "keep"))


def _count(tokens: int, estimated: bool) -> str:
    return ("≈ " if estimated else "") + QLocale().toString(tokens)


def _interrupted(
    error: Mapping[str, Any], tokens: int | None, estimated: bool, actions: tuple[NoteAction, ...]
) -> Note:
    kind = str(error.get("kind", "interrupted"))
    if error.get("after_crash") or (kind == "interrupted" and error.get("message") == APP_CLOSED):
        text = tr("The app closed while this was being written. What arrived is saved.")
    elif kind == "interrupted":
        after = tr("after {n} token") if tokens == 1 else tr("after {n} tokens", tokens or 0)
        after = after.format(n=_count(tokens, estimated)) if tokens else tr("early")
        text = tr("The connection closed {after}, before the server said it was done. What arrived is saved.").format(
            after=after
        )
    else:
        text = tr("{message} {hint} What arrived is saved.").format(
            message=error.get("message", ""), hint=error.get("hint", "")
        )
    details = str(error.get("details", "")) or str(error.get("message", ""))
    return Note("warn", tr("Interrupted"), " ".join(text.split()), actions, details)
