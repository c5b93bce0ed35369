"""What a search has asked so far and what it was answered: one line a source, never two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from laifaxin_desktop.model.account import Tried
from laifaxin_desktop.ui.wizard.parts import folded, words

if TYPE_CHECKING:
    from laifaxin_desktop.ui.wizard.window import SetupWizard

# Answers that tell nothing of a source, as long as it has another.
_POOR = ("nothing", "name_not_found", "skipped", "cut", "refused", "redirected")


class AskedList(QWidget):
    """The lines; each stays in its place when its source tells more."""

    def __init__(self) -> None:
        super().__init__()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 4, 0, 0)
        self._column.setSpacing(4)
        self._lines: list[QLabel] = []

    def show_tried(self, flow: SetupWizard, tried: Sequence[Tried]) -> None:
        """The best answer of each source; nothing to show leaves nothing in view."""
        entries = by_source(tried)
        while len(self._lines) < len(entries):
            line = words("small")
            self._lines.append(line)
            self._column.addWidget(line)
        for at, line in enumerate(self._lines):
            line.setVisible(at < len(entries))
            if at < len(entries):
                line.setText(folded(_sentence(flow, entries[at])))
        self.setVisible(bool(entries))


def by_source(tried: Sequence[Tried]) -> list[Tried]:
    """One answer of each source, the one that tells most: many are asked under several names."""
    best: dict[str, Tried] = {}
    for entry in tried:
        known = best.get(entry.source)
        if known is None or _tells(entry) > _tells(known):
            best[entry.source] = entry
    return list(best.values())


def _tells(entry: Tried) -> int:
    if entry.answer == "found" or "." in entry.answer:  # a host
        return 2
    return entry.answer not in _POOR


def _sentence(flow: SetupWizard, entry: Tried) -> str:
    """What was asked, and what it answered."""
    source = flow.word(f"source.{entry.source}")
    answer = entry.answer
    if f"answer.{answer}" not in flow.app.words and "." not in answer:  # a host is its own word
        answer = "failed"
    host = entry.url.split("/")[2] if "://" in entry.url else entry.url
    return f"{source} · {host} — {flow.answer(answer)}"
