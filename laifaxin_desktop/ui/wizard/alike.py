"""Asks to look again where a name could be taken for a known one; forbids and blocks nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout

from laifaxin_desktop.model.account import Discovery
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.ui.wizard.flow_row import FlowRow
from laifaxin_desktop.ui.wizard.parts import WrappingButton, folded, words

if TYPE_CHECKING:
    from laifaxin_desktop.ui.wizard.window import SetupWizard


class AlikeCard(QFrame):
    """What the domain or the servers look like; for a mistyped domain the address as it may be."""

    corrected = Signal(str)  # the address

    def __init__(self, *, typed: bool) -> None:
        """`typed`: it speaks of the domain that was typed, else of servers that were found."""
        super().__init__()
        self._typed, self._instead = typed, ""
        self.setProperty("kind", "notice")
        self.setObjectName("alike_address" if typed else "alike_servers")
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(6)
        self._what = words("strong", "alike_what")
        self._look = words("", "alike_look")
        self.correct = WrappingButton("alike_correct")
        actions = FlowRow()
        actions.add(self.correct)
        for part in (self._what, self._look, actions):
            column.addWidget(part)
        actions.setVisible(typed)
        self.correct.clicked.connect(lambda: self.corrected.emit(self._instead))
        self.hide()

    def show_names(
        self, flow: SetupWizard, address: Address | None, found: Discovery | None
    ) -> None:
        """What an address and an answer could be taken for; out of view where nothing is."""
        domain = address.domain if address else ""
        alike = flow.app.alike(address, found) if address else ()
        alike = tuple(each for each in alike if (each.name == domain) is self._typed)
        self.setVisible(bool(alike))
        if address is None or not alike:
            return
        said = [flow.say(each.text(flow.app.words)) for each in alike]
        self._what.setText(folded("\n".join(said)))
        self._look.setText(flow.word(f"alike.{'typed' if self._typed else 'server'}"))
        known = alike[0].known
        self._instead = f"{address.local}@{known}" if flow.app.book.by_domain(known) else ""
        correct = self.tr("改为 {0}").format(self._instead)
        self.correct.put(folded(correct), correct)
        self.correct.setVisible(bool(self._instead))
