"""The panes by name: the tabs of Settings in their order, and what `--pane` may say."""

from __future__ import annotations

GENERAL, PROVIDERS, LOCAL_MODELS, CHAT = "General", "Providers", "Local Models", "Chat"
SHORTCUTS, PRIVACY, GATEWAY, ABOUT = "Shortcuts", "Privacy", "Gateway", "About"
STATISTICS = "Statistics"
TABS = (GENERAL, PROVIDERS, LOCAL_MODELS, CHAT, SHORTCUTS, PRIVACY, GATEWAY, ABOUT)
CHAT_PANE, SETTINGS = "chat", "Settings"


def tab_named(text: str) -> str:
    """The tab that `--pane TEXT` means, `STATISTICS` for that pane, "" for the chat.

    A tab may stand alone, but for the one that is called as the chat is.

    Raises:
        ValueError: there is no such pane.
    """
    name = "/".join(part.strip() for part in text.split("/")).casefold()
    known = {CHAT_PANE: "", SETTINGS.casefold(): GENERAL, STATISTICS.casefold(): STATISTICS}
    for tab in TABS:
        known[f"{SETTINGS}/{tab}".casefold()] = tab
        known.setdefault(tab.casefold(), tab)
    if name not in known:
        names = ", ".join([CHAT_PANE, STATISTICS, *(f"{SETTINGS}/{tab}" for tab in TABS)])
        raise ValueError(f"there is no pane {text!r}; known are: {names}")
    return known[name]
