"""How large a window opens: as its words want, and never larger than its screen."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget


def open_at(window: QWidget, width: int, height: int) -> None:
    """Give a window its size in px, nine tenths of the free screen at most."""
    room = window.screen().availableSize()
    window.resize(min(width, room.width() * 9 // 10), min(height, room.height() * 9 // 10))


def grow(window: QWidget, least: int) -> None:
    """Make a small window as high as its words are where they wrap; `least` is its width in px."""
    if layout := window.layout():
        width = max(window.width(), least, layout.minimumSize().width())
        height = layout.totalHeightForWidth(width)
        window.setMinimumSize(width, height)
        window.resize(width, height)
