"""The check: a real login on both sides as soon as the page opens, then the truth, then it is kept.

One entry is one submission to each server: nothing is tried again without a click.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from laifaxin_desktop.engine.setup import Step, may_keep
from laifaxin_desktop.model.account import Account
from laifaxin_desktop.model.problem import Diagnosis, Fix, MailError, Stage
from laifaxin_desktop.model.provider import Side
from laifaxin_desktop.model.report import Leg, Report, StageResult
from laifaxin_desktop.ui.wizard.failure import FailureCard
from laifaxin_desktop.ui.wizard.flow_row import FlowRow, SideBySide
from laifaxin_desktop.ui.wizard.keeping import KeepingCard
from laifaxin_desktop.ui.wizard.lane import Lane
from laifaxin_desktop.ui.wizard.mending import edit_servers, mend, other_ways
from laifaxin_desktop.ui.wizard.page import Page
from laifaxin_desktop.ui.wizard.parts import WrappingButton, empty
from laifaxin_desktop.ui.wizard.secret_field import clear_clipboard

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
        self.keeping.kept.connect(self._kept)
        self.keeping.asked.connect(self._show_cards)
        self._ways_out = FlowRow()
        self.again = WrappingButton("check_again")
        self.servers = WrappingButton("edit_servers")
        self.way = WrappingButton("switch_way")
        for button in (self.again, self.servers, self.way):
            self._ways_out.add(button)
        self._ways_out.hide()
        self.body.addWidget(lanes)
        self.body.addLayout(self._cards)
        self.body.addWidget(self.keeping)
        self.body.addWidget(self._ways_out)
        self.body.addStretch(1)
        self.again.clicked.connect(self.check)
        self.servers.clicked.connect(self._edit_servers)
        self.way.clicked.connect(lambda: flow.go(Step.WAY))

    @property
    def may_save_anyway(self) -> bool:
        """Whether the forward button is 仍然保存: something failed, and nothing runs."""
        return may_keep(self.draft) and not self.busy and self._unkept is None

    @property
    def saving(self) -> bool:
        """Whether the account is being stored: that is never left half-way."""
        return self._saving

    def retranslate(self) -> None:
        """The title says how far it is; lanes and cards follow."""
        report = self.draft.report
        lead = self.tr("真实登录收信和发信服务器；不会改动任何邮件。")
        if self._saving:
            self.show_title(self.tr("正在保存"), self.tr("检测已通过；正在等待系统钥匙串…"))
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
        self.keeping.retranslate()
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
        self.flow.replace(replace(draft, report=None))
        for side, lane in self.lanes.items():
            lane.start(draft.settings.endpoint(side))
        self.begin(self.flow.app.check(self.draft, self._see), self._checked)
        self._refresh()

    def save(self) -> None:
        """Keep the account as it is now; asked for by 仍然保存, or by a passed check."""
        if not self._saving:
            self._saving = True
            self.keeping.hide()
            self.begin(self._save(), self._saved)
            self._refresh()

    def _see(self, side: Side, result: StageResult) -> None:
        self.lanes[side].see(result)

    def _checked(self, report: Report) -> None:
        self.flow.replace(replace(self.draft, report=report))
        for side, lane in self.lanes.items():
            lane.end(report.leg(side))
        if report.ok:
            self.save()
            return
        locked = next((leg.diagnosis for leg in report.legs if _wants_password(leg)), None)
        if locked is not None:
            self._unkept = MailError(locked.evidence)
            self.keeping.show_error(self._unkept)
        self._refresh()
        self._show_cards()

    def _kept(self) -> None:
        """The vault is open now: go on where it stopped, without a second login."""
        report = self.draft.report
        if report is not None and any(_wants_password(leg) for leg in report.legs):
            self.check()
        else:
            self.save()

    async def _save(self) -> Account | MailError:
        # Shielded: closing the window now must not leave it open whether the account is stored.
        work = asyncio.ensure_future(self.flow.app.finish(self.draft))
        work.add_done_callback(lambda over: over.cancelled() or over.exception())
        try:
            return await asyncio.shield(work)
        except MailError as error:
            return error

    def _saved(self, result: Account | MailError) -> None:
        self._saving = False
        if isinstance(result, MailError):
            self._unkept = result
            self.keeping.show_error(result)
            self._refresh()
            self._show_cards()
            return
        clear_clipboard(self.draft.secret, self.draft.credential)
        self.flow.account_saved(result)

    def _refresh(self) -> None:
        self.retranslate()
        self.flow.refresh_buttons()

    def _problems(self) -> list[tuple[Diagnosis, tuple[Leg, ...]]]:
        """One entry a problem; legs that share it share the card."""
        found: dict[str, tuple[Diagnosis, tuple[Leg, ...]]] = {}
        report = self.draft.report
        for leg in report.legs if report and not self.busy else ():
            if leg.diagnosis:
                first, legs = found.get(leg.diagnosis.problem, (leg.diagnosis, ()))
                found[leg.diagnosis.problem] = (first, (*legs, leg))
        waits = (Fix.RETRY, Fix.WAIT)
        return sorted(found.values(), key=lambda entry: entry[0].fix in waits)

    def _draw_failure(self) -> None:
        empty(self._cards)
        problems = self._problems() if self._unkept is None else []
        for diagnosis, legs in problems:
            card = FailureCard(self.flow, diagnosis, legs if len(problems) > 1 else ())
            card.fix_wanted.connect(lambda one=diagnosis: mend(self.flow, one))
            self._cards.addWidget(card)
        fixes = {diagnosis.fix for diagnosis, _ in problems}
        self._ways_out.setVisible(bool(problems))
        self.again.setVisible(not fixes & {Fix.RETRY, Fix.WAIT})
        self.servers.setVisible(Fix.EDIT_SERVERS not in fixes)
        self.way.setVisible(Fix.SWITCH_WAY not in fixes and other_ways(self.flow))

    def _show_cards(self) -> None:
        """Bring what went wrong into view, and the keyboard to the button that mends it."""

        def look() -> None:
            shown: QWidget | None = self.keeping if self._unkept else next(iter(self.cards), None)
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


def _wants_password(leg: Leg) -> bool:
    """Whether only the main password keeps this leg from being checked."""
    seen = leg.diagnosis.evidence if leg.diagnosis else None
    return seen is not None and seen.stage is Stage.VAULT and seen.detail == "main_password"
