"""Settings, Chat: what is sent with every new chat, the key that sends, and the way to what is kept under names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.desktop.views.settings.controls import push_button, text_label
from app.desktop.views.settings.fields import ChoiceField, LongTextField, OptionalNumberField, SwitchField
from app.desktop.views.settings.page import SettingsPage

if TYPE_CHECKING:
    from app.desktop.theme import Theme


class ChatPage(SettingsPage):
    """Signals:
    prompts_requested(), presets_requested(): the windows over them.
    """

    prompts_requested = Signal()
    presets_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._make_new_chats()
        self._make_reading_and_writing()
        self._make_search()
        self.section(self.tr("Prompts and presets"), self._ways())
        self.finish()

    def _make_new_chats(self) -> None:
        theme, tr = self.theme, self.tr
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

    def _make_reading_and_writing(self) -> None:
        theme, tr = self.theme, self.tr
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
                SwitchField(
                    theme,
                    ("chat", "line_numbers"),
                    tr("Line numbers"),
                    text=tr("Number the lines of code"),
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

    def _make_search(self) -> None:
        theme, tr = self.theme, self.tr
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

    def show_index(self, done: int, total: int) -> None:
        """How many messages the second index holds; (0, 0) where there is none."""
        whole = self.tr("The index holds all messages.")
        text = whole if done >= total else self.tr("{done} of {total} messages are in the index.")
        self._index.setText(text.format(done=f"{done:,}", total=f"{total:,}"))
        self._index.setVisible(total > 0)

    def _ways(self) -> QWidget:
        words = self.tr(
            "A prompt is typed behind a slash in the message field. A preset is a system prompt and values under a "
            "name, for a chat or for every chat with a model."
        )
        ways = QWidget(self)
        column = QVBoxLayout(ways)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(self.theme.px(8))
        column.addWidget(text_label(self.theme, words, "small", "text3", wrap=True, parent=ways))
        row = QHBoxLayout()
        row.setSpacing(self.theme.px(8))
        for text, signal in (
            (self.tr("Manage prompts…"), self.prompts_requested),
            (self.tr("Manage presets…"), self.presets_requested),
        ):
            button = push_button(self.theme, text, parent=ways)
            button.clicked.connect(signal)
            row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)
        return ways
