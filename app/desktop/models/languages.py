"""The languages that the window speaks."""

from __future__ import annotations

SYSTEM, ENGLISH = "system", "en"
#: Code → its name in itself.
LANGUAGES = {ENGLISH: "English", "es": "Español"}
