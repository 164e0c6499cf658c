"""The real program, whose language is changed in Settings while it runs: `language_child.py HOME`.

Prints what the window showed before and after, as one line of JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["AICA_KEYRING"] = "off"

from PySide6.QtCore import QTimer

from app.desktop import application
from app.desktop.main import parser

seen: list[dict[str, Any]] = []
made: list[Any] = []
prepare = application.prepare


def prepared(options: Any) -> Any:
    session = prepare(options)
    made.append(session)
    QTimer.singleShot(300, lambda: asyncio.ensure_future(use(session)))
    return session


async def use(session: Any) -> None:
    while session.parts is None or not session.parts.models.all_looked_at:
        await asyncio.sleep(0.02)
    panes = session.parts.panes
    if len(made) == 1:
        session.window.chat.composer.set_text("half a question")
        await session.chat.flush_draft("half a question")
        panes.open_settings("General")
    while panes.pane is None or not panes.pane.is_loaded:
        await asyncio.sleep(0.02)
    pane = panes.pane
    seen.append(
        {
            "general": pane.tabs.tabText(0),
            "save": pane.bar.save.text(),
            "draft": session.window.chat.composer.text(),
            "settings_open": panes.settings_open,
            "conversation": session.chat.conversation_id,
        }
    )
    if len(made) == 1:
        panes.settings.save({("interface", "language"): "es"})
    else:
        session.close_soon()


application.prepare = prepared
options = parser().parse_args(["--home", sys.argv[1], "--provider", "mock", "--language", "en"])
options.language = None  # as started without the flag, on a system that speaks English
os.environ["LANG"] = "C"
status = application.run(options)
print(json.dumps(seen))
sys.exit(status)
