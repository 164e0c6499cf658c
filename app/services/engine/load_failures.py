"""Why a model could not be loaded, or stopped answering: the engine's last words → `LLMError`."""

from __future__ import annotations

import re
import signal
import sys

from app.services.llm.errors import ErrorKind, LLMError
from app.services.terminal_command import in_terminal
from app.services.wording import capitalised, say

MAX_REASON_CHARACTERS = 300
DETAIL_LINES = 12

#: `0.00.004.942 E llama_model_load: …`, as llama.cpp begins its lines.
_PREFIX = re.compile(r"^[\d.]*\s*[EWI]?\s*(?:\w+ +)?\w*: ?")
_ERROR_LINE = re.compile(r"^[\d.]+ E |error|fail|insufficient|unable|cannot|invalid", re.IGNORECASE)
_MEMORY = re.compile(
    r"insufficient memory|failed to allocate|bad_alloc|out of memory|cudamalloc|erroroutof\w*memory|not enough memory",
    re.IGNORECASE,
)
_LOAD_ERROR = re.compile(r"error loading model: (.+)", re.IGNORECASE)
_UNKNOWN_FORM = re.compile(r"unknown (model architecture|pre-tokenizer type)|unsupported model", re.IGNORECASE)


def reason_in(lines: list[str]) -> str:
    """The line that says most, cleaned; "" where none says anything. What ran out of memory comes first."""
    text = ["".join(c if c.isprintable() else " " for c in line).strip() for line in lines]
    for pattern in (_MEMORY, _LOAD_ERROR, _ERROR_LINE):
        for line in text:
            match = pattern.search(line)
            if match is not None:
                said = match[1] if pattern is _LOAD_ERROR else _PREFIX.sub("", line)
                return said.strip()[:MAX_REASON_CHARACTERS]
    return text[-1][:MAX_REASON_CHARACTERS] if text else ""


def load_error(model: str, lines: list[str], exit_status: int | None) -> LLMError:
    """The error for a model that could not be loaded. `exit_status`: negative for a signal, as Popen has it."""
    reason = reason_in(lines)
    if _MEMORY.search(reason) or _was_killed(exit_status):
        return too_little_memory(model, reason or how_it_ended(exit_status))
    if _UNKNOWN_FORM.search(reason):
        return LLMError(
            ErrorKind.UNSUPPORTED,
            say("The built-in engine cannot run {model}.", model=model),
            say("It said: “{reason}” A newer version of it may.", reason=reason),
            model=model,
        )
    return LLMError(
        ErrorKind.SERVER_ERROR,
        say("{model} could not be loaded.", model=model),
        say(
            "The engine said: “{reason}” If the file is damaged, download it again.",
            reason=reason or how_it_ended(exit_status),
        ),
        model=model,
        retryable=False,
        details="\n".join(lines[-DETAIL_LINES:]),
    )


def too_little_memory(model: str, reason: str) -> LLMError:
    """Loading would need, or needed, more memory than there is."""
    return LLMError(
        ErrorKind.OVERLOADED,
        say("There is too little memory for {model}.", model=model),
        say("{reason}. Take a smaller model or window, or close other programs.", reason=reason.rstrip(".")),
        model=model,
        retryable=False,
    )


def not_installed(reason: str = "") -> LLMError:
    """There is no engine to run."""
    said = say("It cannot be used: {reason}. ", reason=reason.rstrip(".")) if reason else ""
    library = say("On Debian and Ubuntu: sudo apt-get install libgomp1. ") if "libgomp" in reason else ""
    return LLMError(
        ErrorKind.NOT_INSTALLED, say("The built-in engine is not installed."), said + (library or _install_hint())
    )


def crashed(model: str, lines: list[str], exit_status: int | None, *, began: bool) -> LLMError:
    """The engine ended under an answer, and again after it was started anew; `began`: part of the answer is there."""
    reason, end = reason_in(lines), how_it_ended(exit_status)
    said = say(" It said: “{reason}”", reason=reason) if reason else ""
    kept = say(" What arrived is kept.") if began else ""
    return LLMError(
        ErrorKind.INTERRUPTED if began else ErrorKind.SERVER_ERROR,
        say("The built-in engine ended while it answered."),
        say("{end}.{said}{kept} The next message starts it again.", end=capitalised(end), said=said, kept=kept),
        model=model,
        retryable=False,
        details="\n".join([end, *lines[-DETAIL_LINES:]]),
    )


def how_it_ended(exit_status: int | None) -> str:
    """A phrase for a child's end."""
    if exit_status is None:
        return say("it did not answer")
    if exit_status < 0:
        try:
            name = signal.Signals(-exit_status).name
        except ValueError:
            name = say("signal {exit_status}", exit_status=-exit_status)
        return say("it was ended by {name}", name=name)
    return say("it ended with status {exit_status}", exit_status=exit_status)


def _was_killed(exit_status: int | None) -> bool:
    """By the system for its memory, in all likelihood: nobody else kills a program that is loading."""
    return exit_status is not None and hasattr(signal, "SIGKILL") and exit_status == -signal.SIGKILL


def _install_hint() -> str:
    command = in_terminal("config set provider_configurations.embedded.executable PATH")
    if getattr(sys, "frozen", False):  # a package cannot be added to afterwards
        return say(
            "This package of the program was made without it; there is another one with it, “with-engine” in its name. "
            "Or name your own llama-server: {command}",
            command=command,
        )
    return say(
        "Install it with: pip install xllamacpp (or install this program with its extra: ai-coder-assistant[embedded])."
        " Or name your own llama-server: {command}",
        command=command,
    )
