"""The preset that a flag names, and its values as words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.cli import output

if TYPE_CHECKING:
    from app.services.container import Services
    from app.services.conversations.records import Preset


async def preset_named(services: Services, name: str) -> Preset:
    """The preset with this name.

    Raises:
        UsageError: there is none.
    """
    from app.services.conversations import presets

    found = await services.store.read(presets.preset_called, name)
    if found is None:
        raise output.UsageError(f"There is no preset {name!r}. “preset list” names them.")
    return found


def sent_by(preset: Preset) -> dict[str, Any]:
    """Those of its values that can be sent: a store may hold what another version, or another program, wrote."""
    from app.services.conversations.chat_settings import known_values

    return known_values(preset.parameters)


def loaded_by(preset: Preset) -> dict[str, Any]:
    """What it says about how a model is loaded, as far as a backend could be told."""
    from app.services.runtimes.load_values import known_load_values

    return known_load_values(preset.load)
