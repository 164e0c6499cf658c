"""The real program, killed or closed as soon as it stands: `safe_mode_child.py HOME kill|close`.

Prints what its notice says.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ["AICA_KEYRING"] = "off"

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLabel

from app.desktop import application
from app.desktop.main import parser

prepare = application.prepare


def prepared(options: Any) -> Any:
    session = prepare(options)
    QTimer.singleShot(100, lambda: asyncio.ensure_future(end(session)))
    return session


async def end(session: Any) -> None:
    while session._opening is None or not session._opening.done():
        await asyncio.sleep(0.02)
    print(" ".join(label.text() for label in session.window.chat.notice.findChildren(QLabel)), flush=True)
    if sys.argv[2] == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    session.close_soon()


application.prepare = prepared
sys.exit(application.run(parser().parse_args(["--home", sys.argv[1], "--provider", "mock"])))
