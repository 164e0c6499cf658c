"""The demo: one prompt through the real window, offscreen, answered by the simulated server.

Run where there is neither a display nor a terminal to type in. The answer is streamed to stdout, a picture of the
window is written, and both say that the model is simulated.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

PROMPT = "Write a Python function that cuts a text into pieces, and say how to run it."


def main(arguments: list[str] | None = None) -> int:
    """Run the demo; 0 when the simulated answer came and the picture was written."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from app.desktop.main import load_application, parser

    application = load_application()
    given = parser().parse_args(arguments)
    picture = Path(given.screenshot) if given.screenshot else _picture_file()
    with tempfile.TemporaryDirectory(prefix="aica-demo-") as home:
        # A folder of its own: the demo neither reads nor writes the user's chats and settings.
        options = parser().parse_args(
            ["--home", given.home or home, "--provider", "mock", "--prompt", PROMPT, "--screenshot", str(picture)]
        )
        print("AI Coder Assistant, demo. No model is running: the answer is simulated.", flush=True)  # noqa: T201
        print(f"\n> {PROMPT}\n", flush=True)  # noqa: T201 - the demo's output
        session = application.prepare(options)
        session.chat.transcript.text_appended.connect(_write)
        status: int = application.run_until_closed(session)
    print(f"\n\nThe window, with the simulated answer: {picture}", flush=True)  # noqa: T201 - as above
    return status


def _picture_file() -> Path:
    """Beside the caller where that is possible, else in the temporary folder."""
    here = Path.cwd()
    return (here if os.access(here, os.W_OK) else Path(tempfile.gettempdir())) / "demo-screenshot.png"


def _write(_index: int, text: str) -> None:
    """The text as the window shows it; the simulator's words, so nothing in it can steer a terminal."""
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
