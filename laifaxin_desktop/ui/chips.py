"""The chips over the list: how many accounts are in each state, and which of them to show."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QWidget

from .account_row import Group
from .theme import set_kind


class Chips(QWidget):
    """One chip a group; exactly one is chosen."""

    chosen = Signal(str)  # the Group's word

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._counts: dict[Group, int] = dict.fromkeys(Group, 0)
        self._chips: dict[Group, QPushButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        only_one = QButtonGroup(self)
        for group in Group:
            chip = QPushButton(self)
            chip.setObjectName(f"chip_{group}")
            chip.setCheckable(True)
            set_kind(chip, "chip")
            only_one.addButton(chip)
            chip.clicked.connect(lambda _checked=False, g=group: self.chosen.emit(g.value))
            row.addWidget(chip)
            self._chips[group] = chip
        self._chips[Group.ALL].setChecked(True)
        self.retranslate()

    def count(self, counts: Mapping[Group, int]) -> None:
        """Show these numbers."""
        if dict(counts) != self._counts:
            self._counts = dict(counts)
            self.retranslate()

    def choose(self, group: Group) -> None:
        """Choose one as if it were clicked."""
        self._chips[group].setChecked(True)
        self.chosen.emit(group.value)

    def retranslate(self) -> None:
        """The language or a number changed."""
        names = {
            Group.ALL: self.tr("全部"),
            Group.OK: self.tr("正常"),
            Group.ATTENTION: self.tr("需要处理"),
            Group.PAUSED: self.tr("已暂停"),
        }
        for group, chip in self._chips.items():
            chip.setText(f"{names[group]} {self._counts[group]}")
            chip.setAccessibleName(chip.text())
