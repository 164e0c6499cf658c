"""The fields of Settings by name, so that they can be found before a page is built. A test compares them with the
pages.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from app.desktop.models.settings_form import KeyPath, provider_path
from app.desktop.pane_names import ABOUT, CHAT, GATEWAY, GENERAL, LOCAL_MODELS, PRIVACY, PROVIDERS, SHORTCUTS


def tr(text: str) -> str:
    return QCoreApplication.translate("SettingsTabs", text)


def tab_words() -> dict[str, str]:
    """Tab → what stands on it."""
    return {
        GENERAL: tr("General"),
        PROVIDERS: tr("Providers"),
        LOCAL_MODELS: tr("Local Models"),
        CHAT: tr("Chat"),
        SHORTCUTS: tr("Shortcuts"),
        PRIVACY: tr("Privacy"),
        GATEWAY: tr("Gateway"),
        ABOUT: tr("About"),
    }


def _page(page: str, text: str) -> str:
    """In the words of the page."""
    return QCoreApplication.translate(page, text)


def settings_places() -> list[tuple[str, KeyPath, str]]:
    """(tab, path of the setting, label) of each field that is always there."""
    general, models, chat, gateway = "GeneralPage", "LocalModelsPage", "ChatPage", "GatewayPage"
    return [
        (GENERAL, ("interface", "theme"), _page(general, "Theme")),
        (GENERAL, ("interface", "language"), _page(general, "Language")),
        (GENERAL, ("interface", "zoom_percent"), _page(general, "Text size of chats")),
        (GENERAL, ("interface", "motion"), _page(general, "Motion")),
        (GENERAL, ("interface", "announce_answers"), _page(general, "Answers are announced")),
        (GENERAL, ("default_provider",), _page(general, "Default provider")),
        (GENERAL, ("default_model",), _page(general, "Default model")),
        (GENERAL, ("auto_may_use_cloud",), _page(general, "Auto may use the cloud")),
        (GENERAL, ("auto_budget_usd",), _page(general, "Budget for Auto, in USD")),
        (GENERAL, ("auto_budget_period",), _page(general, "That budget is for")),
        (LOCAL_MODELS, provider_path("lm_studio", "base_url"), _page(models, "LM Studio server URL")),
        (LOCAL_MODELS, provider_path("ollama", "base_url"), _page(models, "Ollama server URL")),
        (LOCAL_MODELS, provider_path("ollama", "context_length"), _page(models, "Context window, Ollama")),
        (LOCAL_MODELS, provider_path("embedded", "folders"), _page(models, "Folders with GGUF files")),
        (LOCAL_MODELS, provider_path("embedded", "executable"), _page(models, "Your own llama-server")),
        (
            LOCAL_MODELS,
            provider_path("embedded", "idle_minutes"),
            _page(models, "Unload a model after, Built-in engine"),
        ),
        (CHAT, ("chat", "system_prompt"), _page(chat, "System prompt")),
        (CHAT, ("chat", "temperature"), _page(chat, "Temperature")),
        (CHAT, ("chat", "top_p"), _page(chat, "Top P")),
        (CHAT, ("chat", "max_tokens"), _page(chat, "Longest answer, in tokens")),
        (CHAT, ("chat", "show_reasoning"), _page(chat, "Show thinking")),
        (CHAT, ("chat", "line_numbers"), _page(chat, "Line numbers")),
        (CHAT, ("chat", "send_with"), _page(chat, "Send with")),
        (CHAT, ("chat", "find_word_parts"), _page(chat, "Find parts of words and identifiers")),
        (GATEWAY, ("gateway", "port"), _page(gateway, "Port")),
        (GATEWAY, ("gateway", "allow_lan"), _page(gateway, "Reachable from other computers")),
        (GATEWAY, ("gateway", "rate_limit"), _page(gateway, "Requests a minute")),
        (GATEWAY, ("gateway", "start_with_window"), _page(gateway, "Start the gateway with the window")),
    ]
