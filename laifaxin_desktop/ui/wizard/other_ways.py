"""What else can be done where a check has failed; each button is left out where a card has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from laifaxin_desktop.engine.switching import Offer, offered_by, offers
from laifaxin_desktop.model.problem import Diagnosis, Fix
from laifaxin_desktop.ui.wizard.failure import WAITS
from laifaxin_desktop.ui.wizard.flow_row import FlowRow
from laifaxin_desktop.ui.wizard.foreign_host import stranger_in
from laifaxin_desktop.ui.wizard.mending import open_servers
from laifaxin_desktop.ui.wizard.parts import WrappingButton, words
from laifaxin_desktop.ui.wizard.turning import choose_way, keepers, other_ways, take_offer

if TYPE_CHECKING:
    from laifaxin_desktop.ui.wizard.window import SetupWizard


class OtherWays(QWidget):
    """其他办法: another way in, another check, the servers by hand, the facts for a helper."""

    def __init__(self, flow: SetupWizard) -> None:
        super().__init__()
        self._flow = flow
        self._title = words("strong", "other_ways")
        self._title.setWordWrap(False)
        self.again = WrappingButton("check_again")
        self.servers = WrappingButton("edit_servers")
        self.way = WrappingButton("switch_way")
        self.copy = WrappingButton("copy_diagnostics", "link")
        self.offers = {offer: WrappingButton(f"offer_{offer}") for offer in Offer}
        row = FlowRow()
        row.add(self._title)
        for button in (*self.offers.values(), self.again, self.servers, self.way, self.copy):
            row.add(button)
        for offer, button in self.offers.items():
            button.clicked.connect(lambda _=False, one=offer: take_offer(flow, one))
        self.way.clicked.connect(lambda: choose_way(flow))
        self.servers.clicked.connect(self._open_form)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(row)
        self.hide()

    def retranslate(self) -> None:
        """Every word again."""
        flow = self._flow
        self._title.setText(self.tr("其他办法"))
        self.again.put(flow.word("fix.retry"))
        self.servers.put(flow.word("fix.edit_servers"))
        self.way.put(flow.word("fix.switch_way"))
        self.copy.put(flow.word("fix.report_bug"))
        for offer, said in (
            (Offer.MICROSOFT, self.tr("改用微软登录")),
            (Offer.GRAPH_SEND, self.tr("改用 Graph 发信")),
            (Offer.GRAPH_RECEIVE, self.tr("改用 Graph 收信")),
        ):
            self.offers[offer].put(said)

    def show_beside(self, found: Sequence[Diagnosis]) -> None:
        """What there is beside the cards of these; nothing where nothing was found."""
        flow = self._flow
        self.setVisible(bool(found))
        self.again.setVisible(not any(one.fix in WAITS for one in found))
        self.servers.setVisible(not any(map(_opens_the_form, found)))
        fixes = {one.fix for one in found}
        self.copy.setVisible(Fix.REPORT_BUG not in fixes)
        self.way.setVisible(Fix.SWITCH_WAY not in fixes and other_ways(flow))
        switches = [one for one in found if one.fix is Fix.SWITCH_WAY]
        done = {offered_by(one, flow.draft) for one in switches}
        there = offers(flow.draft, keepers(flow.app)) if found else frozenset()
        for offer, button in self.offers.items():
            button.setVisible(offer in there - done)

    def _open_form(self) -> None:
        """What is wrong with a server is said there, also where its card knows the right one."""
        wrong = (one for one in self._flow.found if one.fix is Fix.EDIT_SERVERS)
        open_servers(self._flow, next(wrong, None))


def _opens_the_form(diagnosis: Diagnosis) -> bool:
    """Whether a card's button leads to the servers, instead of correcting one by itself."""
    by_itself = diagnosis.suggestion or stranger_in(diagnosis)
    return diagnosis.fix is Fix.EDIT_SERVERS and not by_itself
