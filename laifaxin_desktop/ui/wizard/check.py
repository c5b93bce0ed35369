"""The check: a real login on both sides as soon as the page opens, then the truth, then it is kept.

One entry is one submission to each server: nothing is tried again without a click.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from enum import Enum, auto
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget

from laifaxin_desktop.engine.draft import Step
from laifaxin_desktop.engine.setup import may_keep
from laifaxin_desktop.model.account import Account
from laifaxin_desktop.model.problem import Diagnosis, Evidence, Fault, MailError, Stage
from laifaxin_desktop.model.provider import Side
from laifaxin_desktop.model.report import Report, StageResult
from laifaxin_desktop.ui.wizard.elsewhere import Elsewhere, ElsewhereCard, changed_elsewhere
from laifaxin_desktop.ui.wizard.failure import FailureCard, wants_password
from laifaxin_desktop.ui.wizard.flow_row import SideBySide
from laifaxin_desktop.ui.wizard.keeping import KeepingCard
from laifaxin_desktop.ui.wizard.lane import Lane
from laifaxin_desktop.ui.wizard.mending import account_of, copy_diagnostics, mend
from laifaxin_desktop.ui.wizard.other_ways import OtherWays
from laifaxin_desktop.ui.wizard.page import Page
from laifaxin_desktop.ui.wizard.problems import ProblemCards
from laifaxin_desktop.ui.wizard.proxy_entry import clear_clipboard_of_proxy
from laifaxin_desktop.ui.wizard.secret_field import clear_clipboard

if TYPE_CHECKING:
    from laifaxin_desktop.ui.wizard.window import SetupWizard


_LAID_OUT = 50  # ms after which new words have their place: that takes several turns of the loop


class Return(Enum):
    """Somebody was sent to the browser, and where they are now."""

    HERE = auto()
    AWAY = auto()


class CheckPage(Page):
    """Two lanes side by side; below them what went wrong and what mends it."""

    step = Step.CHECK

    def __init__(self, flow: SetupWizard) -> None:
        super().__init__(flow)
        self._saving = False
        self._unkept: MailError | None = None
        self._first: dict[Side, Diagnosis] = {}  # before there is a report
        self._run = 0  # the check whose words count
        self._led = False  # whether its first words have brought the keyboard to a button
        self._returns: Return | None = None
        self.lanes = {side: Lane(side, flow.app.words) for side in Side}
        lanes = SideBySide(*self.lanes.values(), least=380, stretch=(1, 1))
        self.problems = ProblemCards(flow)
        self.keeping = KeepingCard(flow)
        self.keeping.hide()
        self.elsewhere = ElsewhereCard(flow)
        self.ways_out = OtherWays(flow)
        for part in (lanes, self.problems, self.keeping, self.elsewhere, self.ways_out):
            self.body.addWidget(part)
        self.body.addStretch(1)
        self.problems.fix_wanted.connect(lambda diagnosis: mend(flow, diagnosis))
        self.keeping.kept.connect(self._kept)
        self.keeping.asked.connect(self._show_cards)
        self.ways_out.again.clicked.connect(lambda: self.check())
        self.ways_out.copy.clicked.connect(lambda: copy_diagnostics(flow))

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
        self.ways_out.retranslate()
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
        self._run += 1  # what was cancelled may say a last word, when these widgets are gone
        self._first, self._returns = {}, None
        for lane in self.lanes.values():
            lane.stop()

    def first_field(self) -> QWidget | None:
        """The button that mends, once there is one."""
        if self._unkept is not None:
            return self.keeping.first_field()
        if not self.elsewhere.isHidden():
            return self.elsewhere.begin
        buttons = (card.button for card in self.cards)
        return next((button for button in buttons if button and button.isEnabled()), None)

    def isComplete(self) -> bool:
        return self.flow.saved is not None  # a passed check that is not kept is not the end

    @property
    def cards(self) -> list[FailureCard]:
        """The problems shown."""
        return self.problems.cards

    @property
    def found(self) -> dict[Side, Diagnosis]:
        """What is wrong with each half, as far as is known by now."""
        report = self.draft.report
        if report is None:
            return dict(self._first)
        return {leg.side: leg.diagnosis for leg in report.legs if leg.diagnosis}

    def check(self, *, anew: bool = False) -> None:
        """Log in on both sides, once; a click while that runs does nothing.

        `anew` ends what runs: it speaks of servers that are no longer those of the draft.
        """
        draft = self.draft
        if self.busy and anew and not self._saving:
            super().leave()
        if self.busy or draft.settings is None:
            return
        self._unkept, self._first, self._led, self._returns = None, {}, False, None
        self.flow.led_by = None
        self.keeping.hide()
        self.elsewhere.hide()
        self.flow.replace(replace(draft, report=None))
        for side, lane in self.lanes.items():
            end, route = draft.settings.endpoint(side), draft.settings.route()
            lane.start(end, signed_in=draft.signs_in, route=route)
        self._run += 1
        self.begin(self._check(self._run), lambda seen: self._checked(*seen))
        self._refresh()

    def check_on_return(self) -> None:
        """Once more when the person comes back from the browser."""
        self._returns = Return.HERE

    def turned_to(self, *, active: bool) -> None:
        """The window got the keyboard, or lost it to another."""
        if self._returns is Return.HERE and not active:
            self._returns = Return.AWAY
        elif self._returns is Return.AWAY and active:
            self._returns = None
            self.check()

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

    async def _check(self, run: int) -> tuple[Report, Elsewhere | None]:
        def see(side: Side, result: StageResult) -> None:
            if run == self._run:
                self._see(side, result)

        def first(side: Side, diagnosis: Diagnosis) -> None:
            if run == self._run and self.busy:
                self._say_first(side, diagnosis)

        report = await self.flow.app.check(self.draft, see, first)
        found = report.diagnosis
        return report, await changed_elsewhere(self.flow, found.evidence) if found else None

    def _see(self, side: Side, result: StageResult) -> None:
        self.lanes[side].see(result)

    def _say_first(self, side: Side, diagnosis: Diagnosis) -> None:
        """What is known of a failure at once; the report may know more, seconds later."""
        self._first[side] = diagnosis
        if self._draw_failure():
            self._show_cards()
            self._led = self._led or self.first_field() is not None

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
        self._refined()

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
        clear_clipboard_of_proxy(self.draft.proxy_secret)
        self.flow.account_saved(result)

    def _refresh(self) -> None:
        self.retranslate()
        self.flow.refresh_buttons()

    def _draw_failure(self) -> bool:
        """The cards, as far as is known; True where one is new."""
        told = self._saving or self._unkept is not None or not self.elsewhere.isHidden()
        found = {} if told else self.found
        new = self.problems.show_found(found.items(), running=self.busy)
        self.ways_out.show_beside([] if self.busy else list(found.values()))
        for card in self.cards:
            card.tell()
        return new

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
        QTimer.singleShot(_LAID_OUT, self, self._keep_in_view)

    def _refined(self) -> None:
        """The report is there: nothing jumps, and what has the keyboard keeps it."""
        before = QApplication.focusWidget()
        seen = before is not None and self._in_view(before)
        self._first = {}
        self._refresh()
        if not (self._led and before is not None and before.isVisible()):
            self._show_cards()
        elif seen:
            QTimer.singleShot(_LAID_OUT, self, self._keep_in_view)

    def _in_view(self, widget: QWidget) -> bool:
        inside = self.area.isAncestorOf(widget)
        return inside and widget.visibleRegion().boundingRect().height() == widget.height()

    def _keep_in_view(self) -> None:
        """What has the keyboard: longer sentences above it may have moved it out of view."""
        widget = self.focusWidget()
        if widget is not None and self.area.isAncestorOf(widget) and not self._in_view(widget):
            self.area.ensureWidgetVisible(widget, 0, 24)
