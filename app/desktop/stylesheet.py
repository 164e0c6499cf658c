"""The one generated application style sheet: colours from tokens, measures from u, never a font.

Widgets ask for a look through dynamic properties, so that no widget has a sheet of its own:

    QPushButton   kind = "primary" | "quiet" | "row" | "link" (none: secondary); small = True
    QToolButton   every one is an icon button; small has no meaning there
    QLineEdit     invalid = True
    QPlainTextEdit, QTextEdit   bare = True (a composer draws its own frame)
    QLabel        tone = any of TONES; badge = "neutral" | "ok" | "warn" | "error" | "cloud" | "simulated"
    QFrame        card = True
    QWidget       surface = "chrome" | "base" | "raised" | "sunken" | "user" (needs WA_StyledBackground)

After changing such a property call `Theme.restyle(widget)`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtGui import QColor

TONES = ("text", "text2", "text3", "disabled", "accent", "ok", "warn", "error", "cloud")
SURFACES = ("chrome", "base", "raised", "sunken", "user")

_TEMPLATE = """
QPushButton { min-height: [30]px; padding: 0 [12]px; border: 1px solid {outline}; border-radius: [6]px;
  background: {raised}; color: {text}; outline: 0; }
QPushButton:hover { background: {hover}; }
QPushButton:pressed, QPushButton:checked { background: {pressed}; }
QPushButton:disabled { color: {disabled}; border-color: {line}; background: transparent; }
QPushButton[small="true"] { min-height: [26]px; padding: 0 [10]px; }
QPushButton[kind="row"] { border-color: {line}; min-height: [26]px; padding: 0 [10]px; }
QPushButton[kind="quiet"] { border-color: transparent; background: transparent; color: {text2}; }
QPushButton[kind="quiet"]:hover { background: {hover}; color: {text}; }
QPushButton[kind="quiet"]:pressed, QPushButton[kind="quiet"]:checked { background: {pressed}; color: {text}; }
QPushButton[kind="quiet"]:disabled { color: {disabled}; background: transparent; }
QPushButton[kind="primary"] { border-color: {accent}; background: {accent}; color: {on-accent}; }
QPushButton[kind="primary"]:hover { border-color: {accent-h}; background: {accent-h}; }
QPushButton[kind="primary"]:pressed { border-color: {accent-p}; background: {accent-p}; }
QPushButton[kind="primary"]:disabled { border-color: {line}; background: transparent; color: {disabled}; }
QPushButton[kind="link"] { border: 0; min-height: [18]px; padding: 0; background: transparent; color: {accent}; }
QPushButton[kind="link"]:hover { color: {accent-h}; text-decoration: underline; }
QPushButton[kind="link"]:disabled { color: {disabled}; background: transparent; }
QToolButton { border: 1px solid transparent; border-radius: [6]px; background: transparent; color: {text2};
  min-width: [26]px; min-height: [26]px; padding: 0; outline: 0; }
QToolButton:hover { background: {hover}; color: {text}; }
QToolButton:pressed, QToolButton:checked { background: {pressed}; color: {text}; }
QToolButton:disabled { color: {disabled}; background: transparent; }
QToolButton::menu-indicator { image: none; }
QLineEdit { min-height: [30]px; padding: 0 [10]px; border: 1px solid {outline}; border-radius: [6]px;
  background: {raised}; color: {text}; selection-background-color: {textsel}; selection-color: {text}; }
QLineEdit:focus { border-color: {focus}; }
QLineEdit[plain="true"] { border-color: transparent; background: transparent; }
QLineEdit[invalid="true"] { border-color: {error}; }
QLineEdit:read-only { background: {sunken}; border-color: transparent; }
QLineEdit:disabled { color: {disabled}; border-color: {line}; background: transparent; }
QComboBox, QSpinBox, QDoubleSpinBox { min-height: [30]px; padding: 0 [10]px; border: 1px solid {outline};
  border-radius: [6]px; background: {raised}; color: {text}; selection-background-color: {textsel};
  selection-color: {text}; }
QComboBox:focus, QComboBox:on, QSpinBox:focus, QDoubleSpinBox:focus { border-color: {focus}; }
QComboBox[invalid="true"], QSpinBox[invalid="true"] { border-color: {error}; }
QComboBox:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled { color: {disabled}; border-color: {line};
  background: transparent; }
QAbstractSpinBox QLineEdit, QComboBox QLineEdit { min-height: 0; padding: 0; border: 0; border-radius: 0;
  background: transparent; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { width: 0; border: 0; }
QComboBox::drop-down { border: 0; width: [26]px; }
QComboBox::down-arrow { image: none; }
QComboBox QAbstractItemView { border: 1px solid {line}; background: {raised}; padding: [4]px; }
QComboBox QAbstractItemView::item { min-height: [26]px; padding: 0 [6]px; border-radius: [4]px; }
QComboBox QAbstractItemView::item:selected { background: {selected}; color: {text}; }
QPlainTextEdit, QTextEdit { border: 1px solid {outline}; border-radius: [6]px; background: {raised}; color: {text};
  padding: [4]px [6]px; selection-background-color: {textsel}; selection-color: {text}; }
QPlainTextEdit:focus, QTextEdit:focus { border-color: {focus}; }
QPlainTextEdit[bare="true"], QTextEdit[bare="true"] { border: 0; border-radius: 0; padding: 0;
  background: transparent; }
QListView, QTreeView, QTableView { border: 0; background: transparent; color: {text}; outline: 0;
  selection-background-color: {selected}; selection-color: {text}; }
QTableView { gridline-color: {line}; }
QHeaderView { background: {sunken}; border: 0; }
QHeaderView::section { background: {sunken}; color: {text3}; border: 0; border-bottom: 1px solid {line};
  padding: 0 [8]px; min-height: [30]px; }
QTableCornerButton::section { background: {sunken}; border: 0; }
QTabBar QToolButton, QTabBar QToolButton:disabled { margin-bottom: [2]px; border: 0; border-radius: 0; min-width: 0;
  min-height: 0; background: {base}; }
QTabWidget::pane { border: 0; border-top: 1px solid {line}; }
QSplitter::handle { background: {line}; }
QFrame[card="true"] { border: 1px solid {line}; border-radius: [8]px; background: {raised}; }
QProgressBar { border: 0; border-radius: [2]px; background: {pressed}; max-height: [4]px; min-height: [4]px;
  color: transparent; }
QProgressBar::chunk { border-radius: [2]px; background: {accent}; }
QLabel { background: transparent; }
QLabel[badge] { border-radius: [4]px; padding: 0 [6]px; min-height: [18]px; max-height: [18]px; }
QLabel[badge="neutral"] { background: {hover}; color: {text2}; }
QLabel[badge="simulated"] { border: 1px dashed {outline}; color: {text2}; min-height: [16]px; max-height: [16]px; }
QToolTip { background: {raised}; color: {text}; border: 1px solid {line}; padding: [4]px [8]px; }
"""

_SCROLLBARS = """
QScrollBar { background: transparent; border: 0; }
QScrollBar:vertical { width: 12px; margin: 0; }
QScrollBar:horizontal { height: 12px; margin: 0; }
QScrollBar::handle { background: {outline@60}; border-radius: 3px; }
QScrollBar::handle:hover, QScrollBar::handle:pressed { background: {outline}; border-radius: 4px; }
QScrollBar::handle:vertical { min-height: 32px; margin: 2px 3px; }
QScrollBar::handle:vertical:hover, QScrollBar::handle:vertical:pressed { margin: 2px; }
QScrollBar::handle:horizontal { min-width: 32px; margin: 3px 2px; }
QScrollBar::handle:horizontal:hover, QScrollBar::handle:horizontal:pressed { margin: 2px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; border: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
"""


def build_stylesheet(colours: Mapping[str, QColor], px: Callable[[float], int], *, native_scrollbars: bool) -> str:
    """The sheet for one scheme. `px` maps design pixels to logical pixels of this system."""
    parts = [_TEMPLATE]
    parts += [f'QWidget[surface="{name}"] {{ background: {{{name}}}; }}' for name in SURFACES]
    parts += [f'QLabel[tone="{name}"] {{ color: {{{name}}}; }}' for name in TONES]
    parts += [
        f'QLabel[badge="{name}"] {{ background: {{{name}-bg}}; color: {{{name}}}; }}'
        for name in ("ok", "warn", "error", "cloud")
    ]
    if not native_scrollbars:
        parts.append(_SCROLLBARS)
    return _fill("\n".join(parts), colours, px)


def _fill(sheet: str, colours: Mapping[str, QColor], px: Callable[[float], int]) -> str:
    for name, colour in colours.items():
        sheet = sheet.replace(f"{{{name}}}", colour.name())
    over = QColor(colours["outline"])
    over.setAlphaF(0.6)
    sheet = sheet.replace("{outline@60}", over.name(QColor.NameFormat.HexArgb))  # Qt reads alpha first
    for number in (2, 4, 6, 8, 10, 12, 16, 18, 26, 30):
        sheet = sheet.replace(f"[{number}]px", f"{px(number)}px")
    return sheet
