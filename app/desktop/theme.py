"""The look of the whole program: colours, fonts, measures, icons. One object, made at start, given to every view."""

from __future__ import annotations

import sys
from typing import Literal, get_args

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QIcon, QPalette, QPixmap
from PySide6.QtWidgets import QApplication, QStyleFactory, QWidget

from app.desktop.fonts import Fonts
from app.desktop.icons import IconStore, TokenIconEngine
from app.desktop.motion import Motion
from app.desktop.palette import build_palette
from app.desktop.stylesheet import build_stylesheet
from app.desktop.tokens import Scheme, Tokens

SchemeChoice = Literal["light", "dark", "system"]

#: Qt's own style, the same on every system, which our style sheet and palette dress.
STYLE = "Fusion"
#: Set on an application that was started with the style.
STYLE_PROPERTY = "aica_style"


class Theme(QObject):
    """Tokens resolved for one scheme, and the one place that applies them to the application.

    Usable before `apply` (light colours, the application's font), so that widgets can be built in any order.

    Signals:
        changed(): colours, fonts or measures differ; painters repaint, caches of formats are made anew.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tokens = Tokens()
        self.motion = Motion(self)
        self._choice: SchemeChoice = "system"
        self._scheme: Scheme = "light"
        self._high_contrast = False
        self._colours = self._tokens.resolve("light")
        self._fonts = Fonts(QApplication.font())
        self._mono_family: str | None = None
        self._icons = IconStore()
        #: One for each name and token: Qt never gives an engine back, and rows with icons come and go all day.
        self._followers: dict[tuple[str, str], QIcon] = {}
        self._app: QApplication | None = None
        self._system_is_dark = QApplication.palette().color(QPalette.ColorRole.Window).lightness() < 128

    @property
    def reduced_motion(self) -> bool:
        """Durations 0, and arcs that stand still."""
        return self.motion.reduced

    # -- applying

    def apply(self, app: QApplication, scheme: SchemeChoice = "system") -> None:
        """Dress the application. May be called again at any time with another scheme.

        Raises:
            ValueError: `scheme` is none of the three.
        """
        if scheme not in get_args(SchemeChoice):
            raise ValueError(f"scheme is one of {get_args(SchemeChoice)}, not {scheme!r}")
        self._choice = scheme
        if self._app is None:
            self._app = app
            if app.property(STYLE_PROPERTY) != STYLE:
                app.setStyle(QStyleFactory.create(STYLE))
            app.styleHints().colorSchemeChanged.connect(self._on_system_scheme_changed)
        wanted = {
            "light": Qt.ColorScheme.Light,
            "dark": Qt.ColorScheme.Dark,
            "system": Qt.ColorScheme.Unknown,
        }[scheme]
        app.styleHints().setColorScheme(wanted)
        self._refresh()

    def set_mono_family(self, family: str | None) -> None:
        """The user's choice for code; None is the packaged JetBrains Mono."""
        self._mono_family = family
        self._refresh()

    def set_system_font(self, font: QFont) -> None:
        """The base font changed (system text size, or the user's choice): everything scales with it."""
        if self._app is not None:
            self._app.setFont(font)
        self._refresh()

    def _refresh(self) -> None:
        app = self._app
        self._scheme = self._resolved_scheme()
        self._high_contrast = self._system_wants_contrast()
        self._colours = self._tokens.resolve(self._scheme, high_contrast=self._high_contrast)
        self._fonts = Fonts(QApplication.font(), self._mono_family)
        self._icons.clear()
        if app is not None:
            # Taken off first: a sheet in place of another makes Qt polish every widget once for each of its ancestors.
            # With all panes built, 1,800 widgets, that took 1.2 s instead of 0.2 s (6.11).
            app.setStyleSheet("")
            app.setPalette(build_palette(self._colours))
            app.setStyleSheet(
                build_stylesheet(self._colours, self.px, native_scrollbars=sys.platform == "darwin"),
            )
        self.changed.emit()

    def _resolved_scheme(self) -> Scheme:
        if self._choice != "system":
            return self._choice
        reported = self._app.styleHints().colorScheme() if self._app is not None else Qt.ColorScheme.Unknown
        if reported == Qt.ColorScheme.Unknown:  # the platform does not say: its first palette does
            return "dark" if self._system_is_dark else "light"
        return "dark" if reported == Qt.ColorScheme.Dark else "light"

    def _system_wants_contrast(self) -> bool:
        if self._app is None:
            return False
        hints = self._app.styleHints()  # kept: the accessibility object dies with this wrapper
        accessibility = hints.accessibility()
        return accessibility.contrastPreference() == Qt.ContrastPreference.HighContrast

    def _on_system_scheme_changed(self, scheme: Qt.ColorScheme) -> None:
        if self._choice == "system" and self._resolved_scheme() != self._scheme:
            self._refresh()

    # -- asking

    @property
    def scheme(self) -> Scheme:
        """The scheme in use, "system" resolved."""
        return self._scheme

    @property
    def is_dark(self) -> bool:
        return self._scheme == "dark"

    @property
    def high_contrast(self) -> bool:
        return self._high_contrast

    @property
    def scale(self) -> float:
        """u: the system's text size over the 13 px the design is drawn for."""
        return self._fonts.scale

    @property
    def tokens(self) -> Tokens:
        return self._tokens

    def px(self, n: float) -> int:
        """Design pixels to logical pixels: `round(n * u)`. Hairlines are not scaled; see `hairline`."""
        return round(n * self._fonts.scale)

    @staticmethod
    def hairline(ratio: float) -> float:
        """One device pixel in logical pixels."""
        return 1.0 / ratio if ratio > 0 else 1.0

    def color(self, name: str) -> QColor:
        """The colour of a token.

        Raises:
            KeyError: there is no such token.
        """
        return QColor(self._colours[name])

    def font(self, role: str, *, tabular: bool = False, zoom: float = 1.0) -> QFont:
        """The font of a type role (`fonts.ROLES`). Set it with `setFont`; the sheet holds no fonts.

        Raises:
            KeyError: there is no such role.
        """
        return self._fonts.font(role, tabular=tabular, zoom=zoom)

    def line_height(self, role: str, *, zoom: float = 1.0) -> int:
        """Line step of a type role, logical pixels."""
        return self._fonts.line_height(role, zoom=zoom)

    def icon(self, name: str, token: str = "text2") -> QIcon:  # a colour token, not a secret
        """An icon that follows theme, state (disabled) and screen ratio by itself.

        Raises:
            FileNotFoundError: there is no icon of that name.
            KeyError: there is no such token.
        """
        if token not in self._colours:
            raise KeyError(token)
        made = self._followers.get((name, token))
        if made is None:
            self._icons.require(name)  # an unknown name must fail here, not in a paint event; it is drawn when it shows
            made = self._followers[name, token] = QIcon(TokenIconEngine(self, name, token))
        return made

    def pixmap(self, name: str, token: str = "text2", size: int = 16, ratio: float = 1.0) -> QPixmap:  # as above
        """An icon as a pixmap: `size` logical pixels, `ratio` device pixels each."""
        return self._icons.pixmap(name, self._colours[token], size, ratio)

    @staticmethod
    def restyle(widget: QWidget) -> None:
        """Make the style sheet look again at a widget whose dynamic property changed."""
        style = widget.style()
        style.unpolish(widget)
        style.polish(widget)
        widget.update()
