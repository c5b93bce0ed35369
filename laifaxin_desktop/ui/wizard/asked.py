"""What a search has asked and what it was answered: one line a source; folded when it is over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from laifaxin_desktop.model.account import Tried
from laifaxin_desktop.ui.wizard.parts import WrappingButton, folded, row, words

if TYPE_CHECKING:
    from laifaxin_desktop.ui.wizard.window import SetupWizard

# Answers that tell nothing of a source, as long as it has another.
_POOR = ("nothing", "name_not_found", "skipped", "cut", "refused", "redirected")
_UNTRUSTED = "certificate_"


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


class AskedFold(QWidget):
    """The lines as they come; once there is an answer a link folds them away and back."""

    def __init__(self) -> None:
        super().__init__()
        self.toggle = WrappingButton("asked_toggle", "link")
        self.toggle.setCheckable(True)  # a screen reader tells whether it is on
        self._list = AskedList()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row(self.toggle))
        column.addWidget(self._list)
        self.toggle.toggled.connect(self._turn)

    def show_running(self, flow: SetupWizard, tried: Sequence[Tried]) -> None:
        """Each source with its answer as it comes; there is nothing to fold yet."""
        self.toggle.hide()
        self._list.show_tried(flow, tried)
        self.setVisible(bool(tried))

    def show_over(self, flow: SetupWizard, tried: Sequence[Tried], *, unfold: bool) -> None:
        """The link above the lines; `unfold` decides at first, then whoever turns it."""
        if self.toggle.isHidden():
            self.toggle.setChecked(unfold)
            self.toggle.show()
        self._list.show_tried(flow, tried)
        self._turn()
        self.setVisible(bool(tried))

    def _turn(self) -> None:
        unfolded = self.toggle.isChecked()
        self._list.setVisible(unfolded)
        name = self.tr("查了哪里")
        self.toggle.put(f"{name} {'▾' if unfolded else '▸'}", name)
        state = self.tr("已展开") if unfolded else self.tr("已收起")
        self.toggle.setAccessibleDescription(state)


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
        return 3
    if entry.answer.startswith(_UNTRUSTED):
        return 2  # somebody is there
    return entry.answer not in _POOR


def _sentence(flow: SetupWizard, entry: Tried) -> str:
    """What was asked, and what it answered."""
    source = flow.word(f"source.{entry.source}")
    answer = entry.answer
    if answer.startswith(_UNTRUSTED):
        answer = "untrusted"
    if f"answer.{answer}" not in flow.app.words and "." not in answer:  # a host is its own word
        answer = "failed"
    host = entry.url.split("/")[2] if "://" in entry.url else entry.url
    return f"{source} · {host} — {flow.answer(answer)}"
