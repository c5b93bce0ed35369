"""How large a window opens: as its words want, and never larger than its screen."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QMessageBox, QWidget


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


def align(box: QMessageBox, least: int) -> None:
    """Let the words of a box without an icon begin and end where its row of buttons does.

    Qt indents them by 15 px and wraps them as narrow as the buttons; `least` is their width in px.
    To be called after all of its texts, which lay it out anew.
    """
    grid = box.layout()
    if isinstance(grid, QGridLayout):
        first = grid.itemAtPosition(0, 0)
        if first is not None and (indent := first.spacerItem()):
            indent.changeSize(0, 1)
        grid.setHorizontalSpacing(0)
        grid.setContentsMargins(24, 20, 24, 16)
        grid.setVerticalSpacing(12)
        grid.setColumnMinimumWidth(1, least)
