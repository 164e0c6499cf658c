"""Auto's line at the top of the picker."""

from __future__ import annotations

from app.desktop.controllers.chat_state import AUTO
from app.desktop.models.model_list_model import PickerEntry, tr


def auto_entry(proposed: str, reason: str) -> PickerEntry:
    """`proposed`: the name of the model that it would choose now, "" where that is not known; `reason` for it, or why
    there is none."""
    note = " · ".join(part for part in (proposed, reason) if part)
    return PickerEntry("auto", "auto", tr("Auto"), "", AUTO, note=note or tr("Proposes a model for each message"))
