"""Text in a file for spreadsheets (reliability B10)."""

from __future__ import annotations


def harmless(text: str) -> str:
    """With an apostrophe before what a spreadsheet would take for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
