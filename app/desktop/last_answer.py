"""The newest answer of the open chat, for commands without a place: copy it, copy its code, ask for it again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication

if TYPE_CHECKING:
    from app.desktop.models.transcript_model import TranscriptModel

#: Of a run of marks no shorter one is tried: a line of a hundred thousand took as many looks through it.
CODE_FENCE = re.compile(r"^ {0,3}(`{3,}+|~{3,}+)[^\n]*+\n(.*?)(?:^ {0,3}\1[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
#: Messages from the end in which code is looked for.
MOST_LOOKED_AT = 20


class LastAnswer:
    """Looks into the transcript each time it is asked."""

    def __init__(self, transcript: TranscriptModel) -> None:
        self._transcript = transcript

    def message_id(self) -> int | None:
        """None where neither of the last two messages is an answer in memory."""
        transcript = self._transcript
        for index in range(transcript.count - 1, max(-1, transcript.count - 3), -1):
            message = transcript.message(index)
            if message is not None and message.role == "assistant":
                return message.message_id
        return None

    def copy(self) -> None:
        """Its source text."""
        transcript = self._transcript
        for index in range(transcript.count - 1, -1, -1):
            if not transcript.is_user(index):
                QGuiApplication.clipboard().setText(transcript.text(index) or "")
                return

    def copy_code(self) -> None:
        """The last fenced block of the newest message that has one."""
        transcript = self._transcript
        for index in range(transcript.count - 1, max(-1, transcript.count - MOST_LOOKED_AT), -1):
            blocks = CODE_FENCE.findall(transcript.text(index) or "")
            if blocks:
                QGuiApplication.clipboard().setText(blocks[-1][1])
                return
