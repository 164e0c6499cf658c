"""Settings, Chat: what is sent with every new chat, and the key that sends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from app.desktop.views.settings.controls import text_label
from app.desktop.views.settings.fields import ChoiceField, LongTextField, OptionalNumberField, SwitchField
from app.desktop.views.settings.page import SettingsPage

if TYPE_CHECKING:
    from app.desktop.theme import Theme


class ChatPage(SettingsPage):
    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        tr = self.tr
        own_default = tr("The server's own")
        self.section(
            tr("New chats"),
            self.add(
                LongTextField(
                    theme,
                    ("chat", "system_prompt"),
                    tr("System prompt"),
                    hint=tr("Sent at the start of every new chat. Empty: nothing is sent."),
                )
            ),
            self.add(
                OptionalNumberField(
                    theme,
                    ("chat", "temperature"),
                    tr("Temperature"),
                    least=0,
                    most=5,
                    placeholder=own_default,
                    hint=tr("0 repeats itself, 1 varies. Empty: the server decides."),
                )
            ),
            self.add(
                OptionalNumberField(
                    theme,
                    ("chat", "top_p"),
                    tr("Top P"),
                    least=0.001,
                    most=1,
                    placeholder=own_default,
                    hint=tr("Share of likely words that are considered."),
                )
            ),
            self.add(
                OptionalNumberField(
                    theme,
                    ("chat", "max_tokens"),
                    tr("Longest answer, in tokens"),
                    least=1,
                    most=10_000_000,
                    whole=True,
                    placeholder=tr("No limit of ours"),
                )
            ),
        )
        self.section(
            tr("Reading and writing"),
            self.add(
                SwitchField(
                    theme,
                    ("chat", "show_reasoning"),
                    tr("Show thinking"),
                    text=tr("Open a model's thinking by itself"),
                )
            ),
            self.add(
                ChoiceField(
                    theme,
                    ("chat", "send_with"),
                    tr("Send with"),
                    [
                        ("enter", tr("Enter (Shift+Enter: new line)")),
                        ("ctrl+enter", tr("Ctrl+Enter (Enter: new line)")),
                    ],
                )
            ),
        )
        self._index = text_label(theme, "", "small", "text2", wrap=True, parent=self)
        self._index.hide()
        self.section(
            tr("Search"),
            self.add(
                SwitchField(
                    theme,
                    ("chat", "find_word_parts"),
                    tr("Find parts of words and identifiers"),
                    hint=tr(
                        "Finds Handler in requestHandler, and words in text without blanks, such as Chinese. For this "
                        "a second index is made in the background; it takes about a fifth of the room of the chats."
                    ),
                )
            ),
            self._index,
        )
        self.finish()

    def show_index(self, done: int, total: int) -> None:
        """How many messages the second index holds; (0, 0) where there is none."""
        whole = self.tr("The index holds all messages.")
        text = whole if done >= total else self.tr("{done} of {total} messages are in the index.")
        self._index.setText(text.format(done=f"{done:,}", total=f"{total:,}"))
        self._index.setVisible(total > 0)
