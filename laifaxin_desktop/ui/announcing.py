"""Tells a screen reader what has appeared without the keyboard going there; says nothing twice."""

from __future__ import annotations

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget


def announce(widget: QWidget, sentence: str) -> None:
    """Have a sentence read out, where a screen reader listens."""
    QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, sentence))
