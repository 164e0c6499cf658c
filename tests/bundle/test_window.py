"""The packaged window on a real X server, and without one."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest

from tests.bundle.test_programs import PROMPT
from tests.end_to_end.conftest import Programs

pytestmark = pytest.mark.anyio


def colours_in(picture: Path) -> dict[str, int]:
    """Colour -> how many pixels have it."""
    from PySide6.QtGui import QImage

    image = QImage(str(picture)).convertToFormat(QImage.Format.Format_RGB32)
    assert (image.width(), image.height()) == (1200, 800)
    found: dict[str, int] = {}
    for y in range(image.height()):
        row = bytes(image.constScanLine(y))
        for x in range(0, len(row), 4):
            pixel = f"#{row[x + 2]:02X}{row[x + 1]:02X}{row[x]:02X}"
            found[pixel] = found.get(pixel, 0) + 1
    return found


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_window_shows_an_answer_with_coloured_code(
    packaged: Programs, window: str, screen: str, tmp_path: Path, theme: Literal["light", "dark"]
) -> None:
    from app.desktop.tokens import Tokens

    keyword = Tokens().resolve(theme)["syn-key"].name().upper()
    picture = tmp_path / "window.png"
    show = ("--theme", theme, "--provider", "mock", "--prompt", PROMPT, "--screenshot", str(picture))
    ended = await packaged.run(window, *show, environment={"DISPLAY": screen, "QT_QPA_PLATFORM": "xcb"})
    assert ended.status == 0, ended.err
    colours = colours_in(picture)
    assert len(colours) > 300, "text is drawn with its edges smoothed"
    assert colours.get(keyword, 0) > 20, "the child process that colours code has done so"


async def test_without_a_display_the_window_names_the_terminal(packaged: Programs, window: str, aica: str) -> None:
    ended = await packaged.run(window)
    assert ended.status == 3
    assert f"{aica} chat" in ended.err
