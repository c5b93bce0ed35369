"""The tokens keep their contrast, nothing else names a colour, drawings follow the theme."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel, QPushButton

from laifaxin_desktop.model.text import Language
from laifaxin_desktop.ui import theme
from laifaxin_desktop.ui.drawings import recolour
from laifaxin_desktop.ui.tokens import DARK, LIGHT, Tokens

from .conftest import RESOURCES, ROOT

_TEXTS = ("text", "secondary", "accent", "ok", "action", "network", "paused")
_GROUNDS = ("ground", "card", "selected", "hover")


def luminance(hexed: str) -> float:
    """WCAG 2.2 relative luminance."""
    parts = [int(hexed[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_every_text_can_be_read_on_every_ground_it_stands_on(tokens: Tokens):
    pairs = [(t, g) for t in _TEXTS for g in _GROUNDS]
    pairs += [("text", "failure"), ("action", "failure"), ("accent", "failure")]
    pairs += [("text", "pressed"), ("secondary", "failure")]
    pairs += [("on_accent", g) for g in ("accent", "accent_hover", "accent_pressed")]
    pairs += [("card", "text"), ("accent_hover", "card"), ("accent_pressed", "card")]
    low = {
        (text, ground): round(contrast(getattr(tokens, text), getattr(tokens, ground)), 2)
        for text, ground in pairs
        if contrast(getattr(tokens, text), getattr(tokens, ground)) < 4.5
    }
    assert low == {}


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_edges_of_fields_and_focus_rings_are_seen(tokens: Tokens):
    for ground in (tokens.card, tokens.ground):
        assert contrast(tokens.edge, ground) >= 3
        assert contrast(tokens.accent, ground) >= 3


def test_no_other_file_names_a_colour():
    where = [RESOURCES / "style.qss", *(ROOT / "laifaxin_desktop" / "ui").rglob("*.py")]
    named = {
        path.name: found
        for path in where
        if path.name != "tokens.py"
        and (found := re.findall(r"#[0-9A-Fa-f]{6}\b|rgba?\(", path.read_text("utf-8")))
    }
    assert named == {}


def test_the_style_sheet_is_filled_completely():
    sheet = (RESOURCES / "style.qss").read_text("utf-8")
    sizes = {"small": 12, "body": 14, "heading": 16, "title": 20, "display": 28, "chip": 16}
    for colours in (LIGHT, DARK):
        filled = theme.fill(sheet, colours, sizes, Path("/r"))
        assert "$" not in filled
        for name in re.findall(r'url\("/r/icons/([^"]+)"\)', filled):
            assert (RESOURCES / "icons" / name).is_file()
    with pytest.raises(KeyError):
        theme.fill("QLabel { color: $nothing; }", LIGHT, sizes, Path("/r"))


def test_a_drawing_in_the_light_tokens_turns_dark(dressed, monkeypatch):
    svg = b'<rect fill="#F7F8FA" stroke="#1f5ae8"/><rect fill="#FFFFFF"/><path fill="#12AB7F"/>'
    assert recolour(svg, theme.tokens()).upper() == svg.upper()
    monkeypatch.setenv("LAIFAXIN_THEME", "dark")
    theme.theme().apply()
    try:
        dark = recolour(svg, theme.tokens()).decode()
        assert theme.theme().dark
    finally:
        monkeypatch.setenv("LAIFAXIN_THEME", "light")
        theme.theme().apply()
    assert dark == (
        f'<rect fill="{DARK.ground}" stroke="{DARK.accent}"/>'
        f'<rect fill="{DARK.card}"/><path fill="#12AB7F"/>'
    )


def test_every_icon_draws_in_the_colour_asked_for(dressed):
    icons = [p for p in (RESOURCES / "icons").glob("*.svg") if "currentColor" in p.read_text()]
    assert len(icons) > 15
    for path in icons:
        image = theme.pixmap(path.stem, "action", 32, 2.0).toImage()
        assert (image.width(), image.devicePixelRatio()) == (64, 2.0)
        colours = {
            image.pixelColor(x, y).name().upper()
            for x in range(64)
            for y in range(64)
            if image.pixelColor(x, y).alpha() == 255
        }
        assert QColor(LIGHT.action).name().upper() in colours, path.name


def test_a_button_keeps_its_icon_through_a_change_of_theme(dressed, qtbot, monkeypatch):
    button = QPushButton()
    qtbot.addWidget(button)
    theme.set_icon(button, "dot", "text")

    def centre() -> str:
        return button.icon().pixmap(16, 16).toImage().pixelColor(8, 8).name().upper()

    assert centre() == LIGHT.text
    monkeypatch.setenv("LAIFAXIN_THEME", "dark")
    theme.theme().apply()
    try:
        assert centre() == DARK.text
    finally:
        monkeypatch.setenv("LAIFAXIN_THEME", "light")
        theme.theme().apply()


def test_the_tokens_of_the_two_themes_are_told_apart():
    for field in fields(Tokens):
        assert re.fullmatch(r"#[0-9A-F]{6}", getattr(LIGHT, field.name))
        assert re.fullmatch(r"#[0-9A-F]{6}", getattr(DARK, field.name))
        assert getattr(LIGHT, field.name) != getattr(DARK, field.name)


def test_another_language_changes_the_fonts_of_what_is_open(dressed, qtbot):
    """A Chinese font's ’ is as wide as a letter: English needs its own from the first moment."""
    label, look = QLabel("account’s"), theme.theme()
    qtbot.addWidget(label)
    label.show()
    try:
        for language in (Language.EN, Language.ZH_CN, Language.EN):
            look.speak(language)
            assert label.font().families() == dressed.font().families()
        width = label.fontMetrics().horizontalAdvance
        assert width("’") < width("漢") / 2
    finally:
        look.speak(Language.ZH_CN)
