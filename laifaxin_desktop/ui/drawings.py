"""Turns drawings and letters into pixels; knows no window and no file of ours."""

from __future__ import annotations

import re
from dataclasses import fields

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from .tokens import DARK, LIGHT, Tokens

_HEX = re.compile(rb"#[0-9A-Fa-f]{6}\b")


def recolour(svg: bytes, now: Tokens) -> bytes:
    """A drawing made in the light tokens, in those of another look; other colours stay."""
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
