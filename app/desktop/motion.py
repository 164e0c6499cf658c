"""How much moves: the setting, and where it says "as the system" what the system was told.

Qt 6.11 tells the contrast that a person wants and not the motion, so the system is read here, after the window is on
the screen and off its thread. A system that does not say wants full motion.
"""

from __future__ import annotations

import sys
from typing import Literal

from PySide6.QtCore import QObject, Signal

MotionChoice = Literal["system", "reduced", "full"]

#: Steps a second of the arcs of what is busy.
ARC_STEPS_A_SECOND = 12
ARC_INTERVAL_MS = 1_000 // ARC_STEPS_A_SECOND
READ_TIMEOUT_S = 2.0


class Motion(QObject):
    """Asked by everything that moves.

    Signals:
        changed(): `reduced` differs.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._choice: MotionChoice = "system"
        self._system_reduces = False

    @property
    def reduced(self) -> bool:
        """Nothing slides or fades, and arcs stand still; seconds still count."""
        return self._choice == "reduced" or (self._choice == "system" and self._system_reduces)

    @property
    def follows_system(self) -> bool:
        return self._choice == "system"

    def duration_ms(self, full: int) -> int:
        """How long an animation takes that takes `full` milliseconds where all moves."""
        return 0 if self.reduced else full

    def choose(self, choice: MotionChoice) -> None:
        """Take the setting."""
        before, self._choice = self.reduced, choice
        self._tell(before)

    def set_system_reduces(self, reduces: bool) -> None:
        """What `system_reduces_motion` found."""
        before, self._system_reduces = self.reduced, reduces
        self._tell(before)

    def _tell(self, before: bool) -> None:
        if self.reduced != before:
            self.changed.emit()


async def system_reduces_motion() -> bool:
    """Whether the person asked their system for less motion. Runs on the core's loop; False where nobody says."""
    import asyncio  # here, as all below: nothing of it before the first paint

    if sys.platform == "win32":
        return await asyncio.to_thread(_windows_reduces)
    if sys.platform == "darwin":
        return await asyncio.to_thread(_macos_reduces)
    return await _gnome_reduces()


async def _gnome_reduces() -> bool:
    from app.services import process
    from app.services.llm.errors import LLMError

    program = process.find_program("gsettings")
    if program is None:
        return False
    arguments = ["get", "org.gnome.desktop.interface", "enable-animations"]
    try:
        result = await process.run(program, arguments, timeout_s=READ_TIMEOUT_S, max_output_bytes=1_024)
    except LLMError:  # it is there and cannot be started: then nobody says
        return False
    return result.succeeded and result.stdout.strip() == "false"


def _windows_reduces() -> bool:
    """ "Animation effects" of the accessibility settings (SystemParametersInfo, SPI_GETCLIENTAREAANIMATION)."""
    import ctypes

    get_client_area_animation = 0x1042
    animated = ctypes.c_int(1)
    user = getattr(ctypes, "windll").user32  # noqa: B009 - absent in the stubs of other systems
    understood = user.SystemParametersInfoW(get_client_area_animation, 0, ctypes.byref(animated), 0)
    return bool(understood) and not animated.value


def _macos_reduces() -> bool:
    """ "Reduce motion" of the accessibility settings (NSWorkspace, which Qt has loaded)."""
    import ctypes

    try:
        objc = ctypes.CDLL("/usr/lib/libobjc.A.dylib")
    except OSError:
        return False
    objc.objc_getClass.restype = objc.sel_registerName.restype = ctypes.c_void_p
    objc.objc_getClass.argtypes = objc.sel_registerName.argtypes = [ctypes.c_char_p]
    workspace_class = objc.objc_getClass(b"NSWorkspace")
    if not workspace_class:
        return False
    send = ctypes.cast(objc.objc_msgSend, ctypes.c_void_p).value or 0
    as_object = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)(send)
    as_bool = ctypes.CFUNCTYPE(ctypes.c_bool, ctypes.c_void_p, ctypes.c_void_p)(send)
    workspace = as_object(workspace_class, objc.sel_registerName(b"sharedWorkspace"))
    return bool(as_bool(workspace, objc.sel_registerName(b"accessibilityDisplayShouldReduceMotion")))
