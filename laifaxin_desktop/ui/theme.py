"""The look: palette, style sheet, text sizes and icons, for light and dark, at any text size."""

from __future__ import annotations

import os
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from string import Template

from PySide6.QtCore import QByteArray, QObject, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontInfo, QIcon, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from laifaxin_desktop.model.text import Language

from .drawings import draw, recolour
from .tokens import DARK, LIGHT, Tokens

# Body text in pixels, and the steps relative to it; a system with larger text moves all of them.
_BODY, _SIZES = 14, {"small": 12, "body": 14, "heading": 16, "title": 20, "display": 28}
_CHINESE = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "PingFang SC",
    "Microsoft YaHei UI",
    "Microsoft YaHei",
    "WenQuanYi Micro Hei",
)
# A Chinese font draws ’ as wide as a character. The Korean face of Noto does not, and its Latin
# letters are those of the Chinese one.
_LATIN = ("Segoe UI", ".AppleSystemUIFont", "Noto Sans", "Noto Sans CJK KR")
_ICON_SCALES = (1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0)


class Theme(QObject):
    """The look now: follows the system's colour scheme unless LAIFAXIN_THEME says light or dark."""

    changed = Signal()

    def __init__(self, app: QApplication, resources: Path) -> None:
        super().__init__(app)
        self._app, self._resources = app, resources
        self.tokens = LIGHT
        self.scale = _text_scale(app)
        app.setStyle("Fusion")
        self.speak(Language.ZH_CN)
        app.styleHints().colorSchemeChanged.connect(self.apply)
        self.apply()

    @property
    def dark(self) -> bool:
        """Whether the dark tokens are in use."""
        return self.tokens is DARK

    def speak(self, language: Language) -> None:
        """Use the fonts of a language."""
        latin = () if language is Language.ZH_CN else _LATIN
        font = QFont()
        font.setFamilies([*latin, *_CHINESE, *_LATIN, "sans-serif"])
        font.setPixelSize(self.px(_BODY))
        self._app.setFont(font)
        if sheet := self._app.styleSheet():
            # Widgets dressed by a style sheet keep the font they had, until they are dressed anew.
            # Another text does that; an empty one would destroy the style under open windows, and
            # the next style sheet would crash.
            self._app.setStyleSheet(f"{sheet.partition(_SPOKEN)[0]}{_SPOKEN}{language} */")

    def px(self, at_ordinary_size: int) -> int:
        """A length that grows with the text."""
        return round(at_ordinary_size * self.scale)

    def apply(self) -> None:
        """Take on the wanted colours, in every open window at once."""
        wanted = os.environ.get("LAIFAXIN_THEME", "")
        scheme = self._app.styleHints().colorScheme()
        dark = wanted == "dark" or (wanted != "light" and scheme is Qt.ColorScheme.Dark)
        self.tokens = DARK if dark else LIGHT
        self._app.setPalette(palette(self.tokens))
        sheet = (self._resources / "style.qss").read_text("utf-8")
        sizes = {name: self.px(size) for name, size in _SIZES.items()}
        # Qt drops a radius of more than half the height: a chip is a line of text and 12 px high.
        sizes["chip"] = (self.px(20) + 12) // 2
        self._app.setStyleSheet(fill(sheet, self.tokens, sizes, self._resources))
        _pixmap.cache_clear()
        for widget in self._app.allWidgets():
            if isinstance(widget, QAbstractButton) and widget.property("icon_name"):
                set_icon(widget, widget.property("icon_name"), widget.property("icon_colour"))
        self.changed.emit()

    def file(self, name: str) -> Path:
        """An icon's file."""
        return self._resources / "icons" / f"{name}.svg"


_SPOKEN = "/* spoken: "
_theme: list[Theme] = []


def dress(app: QApplication, resources: Path) -> Theme:
    """Give the program its look; once, before the first window."""
    _theme[:] = [Theme(app, resources)]
    return _theme[0]


def theme() -> Theme:
    """The look that `dress` made."""
    return _theme[0]


def tokens() -> Tokens:
    """The colours now."""
    return _theme[0].tokens if _theme else LIGHT


def _text_scale(app: QApplication) -> float:
    """How much larger than ordinary the system wants its text; never smaller."""
    if forced := os.environ.get("LAIFAXIN_TEXT_SCALE"):
        return float(forced)
    system = QFontInfo(app.font()).pixelSize()
    return max(1.0, system / _BODY) if system > _BODY + 1 else 1.0


def fill(sheet: str, colours: Tokens, sizes: dict[str, int], resources: Path) -> str:
    """The style sheet with its ``$token`` places filled; an unknown one is a KeyError."""
    suffix = "dark" if colours is DARK else "light"
    places = asdict(colours) | {f"{k}_px": f"{v}px" for k, v in sizes.items()}
    return Template(sheet).substitute(places, icons=(resources / "icons").as_posix(), scheme=suffix)


def palette(colours: Tokens) -> QPalette:
    """For what the style sheet does not reach: item views, tool tips, selections."""
    made, role = QPalette(), QPalette.ColorRole
    for which, colour in {
        role.Window: colours.ground,
        role.Base: colours.card,
        role.AlternateBase: colours.ground,
        role.Button: colours.card,
        role.WindowText: colours.text,
        role.Text: colours.text,
        role.ButtonText: colours.text,
        role.BrightText: colours.action,
        role.PlaceholderText: colours.secondary,
        role.ToolTipBase: colours.card,
        role.ToolTipText: colours.text,
        role.Highlight: colours.accent,
        role.HighlightedText: colours.on_accent,
        role.Link: colours.accent,
        role.LinkVisited: colours.accent,
        role.Accent: colours.accent,
        role.Mid: colours.line,
        role.Light: colours.card,
        role.Dark: colours.edge,
    }.items():
        made.setColor(which, QColor(colour))
    for which in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, which, QColor(colours.disabled))
    return made


def picture(path: Path, width: int, ratio: float) -> QPixmap:
    """A guide's drawing in the theme's colours, as wide as asked for."""
    svg = recolour(path.read_bytes(), tokens())
    size = QSvgRenderer(QByteArray(svg)).defaultSize()
    return draw(svg, width, round(width * size.height() / max(1, size.width())), ratio)


@lru_cache(maxsize=512)
def _pixmap(name: str, colour: str, side: int, ratio: float) -> QPixmap:
    svg = theme().file(name).read_bytes()
    return draw(svg.replace(b"currentColor", getattr(tokens(), colour).encode()), side, side, ratio)


def pixmap(name: str, colour: str = "text", side: int = 16, ratio: float = 1.0) -> QPixmap:
    """One of our icons in a token's colour, for painting."""
    return _pixmap(name, colour, side, ratio)


def icon(name: str, colour: str = "text", side: int = 16) -> QIcon:
    """One of our icons in a token's colour, crisp from 100 to 400 %."""
    made = QIcon()
    for scale in _ICON_SCALES:
        made.addPixmap(_pixmap(name, colour, side, scale))
    return made


def set_icon(button: QAbstractButton, name: str, colour: str = "text", side: int = 16) -> None:
    """Give a button one of our icons; it follows the theme by itself."""
    button.setProperty("icon_name", name)
    button.setProperty("icon_colour", colour)
    button.setIcon(icon(name, colour, theme().px(side)))
    button.setIconSize(QSize(theme().px(side), theme().px(side)))


def set_kind(widget: QWidget, kind: str) -> None:
    """Give a widget its kind from the style sheet (primary, link, card, failure, title, …)."""
    if widget.property("kind") != kind:
        widget.setProperty("kind", kind)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
