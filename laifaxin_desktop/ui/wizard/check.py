"""The check: a real login on both sides as soon as the page opens, then the truth, then it is kept.

One entry is one submission to each server: nothing is tried again without a click.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from laifaxin_desktop.engine.draft import Step
from laifaxin_desktop.engine.setup import may_keep
from laifaxin_desktop.engine.switching import Offer, offered_by, offers
from laifaxin_desktop.model.account import Account
from laifaxin_desktop.model.problem import Evidence, Fault, Fix, MailError, Stage
from laifaxin_desktop.model.provider import Side
from laifaxin_desktop.model.report import Report, StageResult
from laifaxin_desktop.ui.wizard.elsewhere import Elsewhere, ElsewhereCard, changed_elsewhere
from laifaxin_desktop.ui.wizard.failure import FailureCard, problems_of, wants_password
from laifaxin_desktop.ui.wizard.flow_row import FlowRow, SideBySide
from laifaxin_desktop.ui.wizard.keeping import KeepingCard
from laifaxin_desktop.ui.wizard.lane import Lane
from laifaxin_desktop.ui.wizard.mending import account_of, edit_servers, mend
from laifaxin_desktop.ui.wizard.page import Page
from laifaxin_desktop.ui.wizard.parts import WrappingButton, empty
from laifaxin_desktop.ui.wizard.secret_field import clear_clipboard
from laifaxin_desktop.ui.wizard.turning import choose_way, keepers, other_ways, take_offer

if TYPE_CHECKING:
    from laifaxin_desktop.ui.wizard.window import SetupWizard


class CheckPage(Page):
    """Two lanes side by side; below them what went wrong and what mends it."""

    step = Step.CHECK

    def __init__(self, flow: SetupWizard) -> None:
        super().__init__(flow)
        self._saving = False
        self._unkept: MailError | None = None
        self.lanes = {side: Lane(side, flow.app.words) for side in Side}
        lanes = SideBySide(*self.lanes.values(), least=380, stretch=(1, 1))
        self._cards = QVBoxLayout()
        self._cards.setSpacing(12)
        self.keeping = KeepingCard(flow)
        self.keeping.hide()
        self.elsewhere = ElsewhereCard(flow)
        self.keeping.kept.connect(self._kept)
        self.keeping.asked.connect(self._show_cards)
        self._ways_out = FlowRow()
        self.again = WrappingButton("check_again")
        self.servers = WrappingButton("edit_servers")
        self.way = WrappingButton("switch_way")
        self.offers = {offer: WrappingButton(f"offer_{offer}") for offer in Offer}
        for button in (*self.offers.values(), self.again, self.servers, self.way):
            self._ways_out.add(button)
        for offer, button in self.offers.items():
            button.clicked.connect(lambda _=False, one=offer: take_offer(flow, one))
        self._ways_out.hide()
        self.body.addWidget(lanes)
        self.body.addLayout(self._cards)
        self.body.addWidget(self.keeping)
        self.body.addWidget(self.elsewhere)
        self.body.addWidget(self._ways_out)
        self.body.addStretch(1)
        self.again.clicked.connect(self.check)
        self.servers.clicked.connect(self._edit_servers)
        self.way.clicked.connect(lambda: choose_way(flow))

    @property
    def may_save_anyway(self) -> bool:
        """Whether the forward button is 仍然保存: something failed, and nothing runs."""
        free = not self.busy and self.elsewhere.isHidden()
        return may_keep(self.draft) and free and self._unkept is None

    @property
    def saving(self) -> bool:
        """Whether the account is being stored: that is never left half-way."""
        return self._saving

    def retranslate(self) -> None:
        """The title says how far it is; lanes and cards follow."""
        report = self.draft.report
        lead = self.tr("真实登录收信和发信服务器；不会改动任何邮件。")
        if self._saving:
            passed = report is not None and report.ok
            waiting = self.tr("正在等待系统钥匙串…")
            ok = self.tr("检测已通过；正在等待系统钥匙串…")
            self.show_title(self.tr("正在保存"), ok if passed else waiting)
        elif self.busy or report is None:
            self.show_title(self.tr("正在检测"), lead)
        elif report.ok:
            self.show_title(self.tr("检测通过"), lead)
        else:
            self.show_title(
                self.tr("检测没有通过"), self.tr("下面是原因和办法；填过的内容都还在。")
            )
        language = self.flow.languages.current
        for lane in self.lanes.values():
            lane.retranslate(language)
        self.again.put(self.flow.word("fix.retry"))
        self.servers.put(self.flow.word("fix.edit_servers"))
        self.way.put(self.flow.word("fix.switch_way"))
        for offer, words in (
            (Offer.MICROSOFT, self.tr("改用微软登录")),
            (Offer.GRAPH_SEND, self.tr("改用 Graph 发信")),
            (Offer.GRAPH_RECEIVE, self.tr("改用 Graph 收信")),
        ):
            self.offers[offer].put(words)
        self.keeping.retranslate()
        self.elsewhere.retranslate()
        self._draw_failure()

    def enter(self) -> None:
        """A check starts by itself, once for each entry."""
        self.check()
        super().enter()

    def leave(self) -> None:
        """The connections are closed, the lights stop."""
        super().leave()
        self._saving = False
        for lane in self.lanes.values():
            lane.stop()

    def first_field(self) -> QWidget | None:
        """The button that mends, once there is one."""
        if self._unkept is not None:
            return self.keeping.first_field()
        if not self.elsewhere.isHidden():
            return self.elsewhere.begin
        cards = self.cards
        return cards[0].fix if cards else None

    def isComplete(self) -> bool:
        return self.flow.saved is not None  # a passed check that is not kept is not the end

    @property
    def cards(self) -> list[FailureCard]:
        """The problems shown."""
        items = (self._cards.itemAt(at) for at in range(self._cards.count()))
        widgets = (item.widget() for item in items if item is not None)
        return [widget for widget in widgets if isinstance(widget, FailureCard)]

    def check(self) -> None:
        """Log in on both sides, once; a click while that runs does nothing."""
        draft = self.draft
        if self.busy or draft.settings is None:
            return
        self._unkept = None
        self.keeping.hide()
        self.elsewhere.hide()
        self.flow.replace(replace(draft, report=None))
        for side, lane in self.lanes.items():
            lane.start(draft.settings.endpoint(side), signed_in=draft.signs_in)
        self.begin(self._check(), lambda seen: self._checked(*seen))
        self._refresh()

    def save(self) -> None:
        """Keep the account as it is now; asked for by 仍然保存, or by a passed check.

        Not while 要放弃吗 is asked: the answer may be yes.
        """
        if not self._saving and not self.flow.asking:
            self._saving = True
            self.keeping.hide()
            self.begin(self._save(), self._saved)
            self._refresh()

    def go_on(self) -> None:
        """Nothing is to be discarded: keep what has passed meanwhile."""
        report = self.draft.report
        if report is not None and report.ok and not self.busy and self._unkept is None:
            self.save()

    def on_bug(self, bug: BaseException) -> None:
        """Nobody waits for what broke: it is shown as such, and can be tried again."""
        name, account = type(bug).__name__, account_of(self.flow)
        if self._saving:
            self._saved(MailError(Evidence(Stage.VAULT, Fault.BUG, detail=name)))
        elif self.flow.saved is None and account is not None:
            self._checked(self.flow.app.checker.of_bug(account, name))

    async def _check(self) -> tuple[Report, Elsewhere | None]:
        report = await self.flow.app.check(self.draft, self._see)
        found = report.diagnosis
        return report, await changed_elsewhere(self.flow, found.evidence) if found else None

    def _see(self, side: Side, result: StageResult) -> None:
        self.lanes[side].see(result)

    def _checked(self, report: Report, elsewhere: Elsewhere | None = None) -> None:
        self.flow.replace(replace(self.draft, report=report))
        for side, lane in self.lanes.items():
            lane.end(report.leg(side))
        if report.ok:
            self.save()
            self._refresh()
            return
        if elsewhere is not None:
            self.elsewhere.show_found(elsewhere)
        locked = next((leg.diagnosis for leg in report.legs if wants_password(leg)), None)
        if locked is not None:
            self._unkept = MailError(locked.evidence)
            self.keeping.show_error(self._unkept)
        self._refresh()
        self._show_cards()

    def _kept(self) -> None:
        """The vault is open now: go on where it stopped, without a second login."""
        report = self.draft.report
        if report is not None and any(wants_password(leg) for leg in report.legs):
            self.check()
        else:
            self.save()

    async def _save(self) -> Account | MailError | Elsewhere:
        # Shielded: closing the window now must not leave it open whether the account is stored.
        work = asyncio.ensure_future(self.flow.app.finish(self.draft))
        work.add_done_callback(lambda over: over.cancelled() or over.exception())
        try:
            return await asyncio.shield(work)
        except MailError as error:
            return await changed_elsewhere(self.flow, error.evidence) or error

    def _saved(self, result: Account | MailError | Elsewhere) -> None:
        self._saving = False
        if not isinstance(result, Account):
            if isinstance(result, MailError):
                self._unkept = result
                self.keeping.show_error(result)
            else:
                self.elsewhere.show_found(result)
            self._refresh()
            self._show_cards()
            return
        clear_clipboard(self.draft.secret, self.draft.credential)
        self.flow.account_saved(result)

    def _refresh(self) -> None:
        self.retranslate()
        self.flow.refresh_buttons()

    def _draw_failure(self) -> None:
        empty(self._cards)
        told = self._unkept is not None or not self.elsewhere.isHidden()
        report = self.draft.report
        problems = problems_of(report) if report and not told and not self.busy else []
        for diagnosis, legs in problems:
            card = FailureCard(self.flow, diagnosis, legs if len(problems) > 1 else ())
            card.fix_wanted.connect(lambda one=diagnosis: mend(self.flow, one))
            self._cards.addWidget(card)
        fixes = {diagnosis.fix for diagnosis, _ in problems}
        self._ways_out.setVisible(bool(problems))
        self.again.setVisible(not fixes & {Fix.RETRY, Fix.WAIT})
        self.servers.setVisible(Fix.EDIT_SERVERS not in fixes)
        self.way.setVisible(Fix.SWITCH_WAY not in fixes and other_ways(self.flow))
        switches = [one for one, _ in problems if one.fix is Fix.SWITCH_WAY]
        done = {offered_by(one, self.draft) for one in switches}
        there = offers(self.draft, keepers(self.flow.app)) if problems else frozenset()
        for offer, button in self.offers.items():
            button.setVisible(offer in there - done)

    def _show_cards(self) -> None:
        """Bring what went wrong into view, and the keyboard to the button that mends it."""

        def look() -> None:
            shown: QWidget | None = self.keeping if self._unkept else next(iter(self.cards), None)
            if not self.elsewhere.isHidden():
                shown = self.elsewhere
            if shown is not None:
                self.area.ensureWidgetVisible(shown, 0, 12)
                button = self.first_field()
                if button is not None:  # a card may be higher than the page
                    self.area.ensureWidgetVisible(button, 0, 24)
            self.take_focus()

        QTimer.singleShot(0, self, look)

    def _edit_servers(self) -> None:
        report = self.draft.report
        if report is not None and report.diagnosis is not None:
            edit_servers(self.flow, replace(report.diagnosis, suggestion=None))
