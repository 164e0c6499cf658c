"""Write the generated parts of our documents: `python -m tests.tools.write_documents`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.tools import (
    describe_commands,
    describe_dependencies,
    describe_gateway,
    describe_promises,
    describe_settings,
    describe_shortcuts,
    describe_simulator,
    markdown,
)

ROOT = Path(__file__).resolve().parents[2]
HELP = ROOT / "resources" / "help"

PARTS: dict[str, Callable[[], str]] = {
    "commands": describe_commands.overview,
    "command-reference": describe_commands.reference,
    "flags-everywhere": describe_commands.everywhere,
    "window-arguments": describe_commands.window,
    "settings": describe_settings.settings,
    "provider-settings": describe_settings.provider_settings,
    "providers": describe_settings.providers,
    "errors": describe_settings.errors,
    "exit-statuses": describe_settings.exit_statuses,
    "shortcuts": describe_shortcuts.shortcuts,
    "shortcuts-es": describe_shortcuts.shortcuts_in_spanish,
    "simulator-script": describe_simulator.settings,
    "simulator-faults": describe_simulator.faults,
    "gateway-routes": describe_gateway.routes,
    "dependencies": describe_dependencies.dependencies,
}


def documents() -> list[Path]:
    """Every document of the repository that people read, in English."""
    return sorted([*ROOT.glob("*.md"), *HELP.glob("*.md"), describe_promises.PROMISES])


def translations() -> list[Path]:
    """Pages of the help in other languages. Their links are those of the English pages, as the window follows them."""
    return sorted(HELP.glob("*/*.md"))


def generated(document: Path) -> str:
    """The document as it should be."""
    text = document.read_text(encoding="utf-8")
    if document == describe_promises.PROMISES:
        return describe_promises.fill(text)
    return markdown.fill(text, PARTS)


if __name__ == "__main__":
    for path in [*documents(), *translations()]:
        wanted = generated(path)
        if wanted != path.read_text(encoding="utf-8"):
            path.write_text(wanted, encoding="utf-8")
            print(f"{path.relative_to(ROOT)} written")
