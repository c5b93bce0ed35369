"""The one place that names colours and text sizes: tokens, palette, style sheet, icons."""

from __future__ import annotations

import os
import re
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from pathlib import Path
from string import Template

from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontInfo, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from laifaxin_desktop.model.text import Language


@dataclass(frozen=True, slots=True)
class Tokens:
    """The colours of one theme; text on any ground named here has a contrast of at least 4.5:1."""

    ground: str  # of windows
    card: str
    line: str
    selected: str  # also the tint under accent text
    text: str
    secondary: str
    accent: str
    on_accent: str
    ok: str
    action: str
    network: str
    paused: str
    failure: str  # ground of a failure card
    hover: str  # ground under the pointer
    pressed: str
    accent_hover: str
    accent_pressed: str
    edge: str  # border of fields and boxes: 3:1 against the card (WCAG 1.4.11)
    disabled: str  # text of what cannot be used now


LIGHT = Tokens(
    ground="#F7F8FA",
    card="#FFFFFF",
    line="#E3E6EB",
    selected="#EEF3FF",
    text="#1F2329",
    secondary="#5B616B",
    accent="#1F5AE8",
    on_accent="#FFFFFF",
    ok="#14784A",
    action="#B92E27",
    network="#8F5500",
    paused="#686E78",
    failure="#FDECEA",
    hover="#F2F4F7",
    pressed="#E8EBF0",
    accent_hover="#1A4ECC",
    accent_pressed="#1643B0",
    edge="#8A909A",
    disabled="#9BA1AA",
)
DARK = Tokens(
    ground="#1B1D21",
    card="#24272C",
    line="#353A41",
    selected="#2A3142",
    text="#E8EAED",
    secondary="#A3A9B1",
    accent="#7AA5FF",
    on_accent="#10131A",
    ok="#4CC38A",
    action="#FF8A81",
    network="#F0B35A",
    paused="#A0A6AF",
    failure="#40272A",
    hover="#2C3036",
    pressed="#343940",
    accent_hover="#94B7FF",
    accent_pressed="#AEC8FF",
    edge="#767D87",
    disabled="#6C727B",
)

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
_HEX = re.compile(rb"#[0-9A-Fa-f]{6}\b")
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


def recolour(svg: bytes) -> bytes:
    """A drawing made in the light tokens, in the tokens of now; other colours stay."""
    now = tokens()
    turned: dict[bytes, bytes] = {}
    for field in fields(Tokens):  # white is the card's and the accent text's: the card wins
        light = getattr(LIGHT, field.name).upper().encode()
        turned.setdefault(light, getattr(now, field.name).encode())
    return _HEX.sub(lambda hit: turned.get(hit.group().upper(), hit.group()), svg)


def draw(svg: bytes, width: int, height: int, ratio: float) -> QPixmap:
    """A drawing at `width` × `height` device-independent pixels, crisp at `ratio`."""
    pixmap = QPixmap(round(width * ratio), round(height * ratio))
    pixmap.fill(Qt.GlobalColor.transparent)
    renderer = QSvgRenderer(QByteArray(svg))
    renderer.setAspectRatioMode(Qt.AspectRatioMode.KeepAspectRatio)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(pixmap.rect()))
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def picture(path: Path, width: int, ratio: float) -> QPixmap:
    """A guide's drawing in the theme's colours, as wide as asked for."""
    svg = recolour(path.read_bytes())
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


def letter_icon(letter: str, colour: str, side: int, ratio: float = 1.0) -> QPixmap:
    """A provider's icon: its first letter on its own colour, which its file names."""
    ground = QColor(colour)
    made = QPixmap(round(side * ratio), round(side * ratio))
    made.fill(Qt.GlobalColor.transparent)
    made.setDevicePixelRatio(ratio)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(QRectF(0, 0, side, side), side / 5, side / 5)
    font = QFont(QApplication.font())
    font.setPixelSize(round(side * 0.58))
    font.setWeight(QFont.Weight.DemiBold)
    painter.setFont(font)
    # Rec. 709 luma: white letters on all but light grounds.
    luma = 0.2126 * ground.redF() + 0.7152 * ground.greenF() + 0.0722 * ground.blueF()
    painter.setPen(QColor(LIGHT.on_accent if luma < 0.6 else DARK.on_accent))
    painter.drawText(QRectF(0, 0, side, side), Qt.AlignmentFlag.AlignCenter, letter[:1].upper())
    painter.end()
    return made
