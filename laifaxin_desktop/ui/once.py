"""A double click counts as one click; whoever wants two of them clicks twice."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget


class _Once(QObject):
    """Swallows the second press of a double click."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        return event.type() is QEvent.Type.MouseButtonDblClick


def guard_double_click(widget: QWidget) -> None:
    """A double click on `widget` counts as one click.

    The second press may even be meant for another button: the one that a click has just replaced.
    """
    widget.installEventFilter(_Once(widget))
