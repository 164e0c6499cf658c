"""Text in a file for spreadsheets (reliability B10)."""

from __future__ import annotations

#: OWASP, "CSV Injection": also as East Asian keyboards write them.
_BEGINS_A_FORMULA = tuple("=+-@\t\r\n＝＋－＠")


def harmless(text: str) -> str:
    """With an apostrophe before what a spreadsheet would take for a formula."""
    return f"'{text}" if text.startswith(_BEGINS_A_FORMULA) else text
