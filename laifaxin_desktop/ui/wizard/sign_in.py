"""Signing in with Microsoft: begins by itself, goes on by itself, and has a way out at any time."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from shiboken6 import isValid

from laifaxin_desktop.engine.draft import Step, with_granted, with_sign_in
from laifaxin_desktop.engine.setup import asks_app, whom_to_expect
from laifaxin_desktop.model.microsoft import Granted
from laifaxin_desktop.model.problem import (
    PROXY_FAULTS,
    Diagnosis,
    Evidence,
    Fault,
    Fix,
    MailError,
    Stage,
)
from laifaxin_desktop.model.provider import AuthWay
from laifaxin_desktop.ui import browser
from laifaxin_desktop.ui.wizard.copied import Copied
from laifaxin_desktop.ui.wizard.device import DeviceCard
from laifaxin_desktop.ui.wizard.failure import FailureCard
from laifaxin_desktop.ui.wizard.keeping import KeepingCard, asks_main_password
from laifaxin_desktop.ui.wizard.mending import mend
from laifaxin_desktop.ui.wizard.page import Page
from laifaxin_desktop.ui.wizard.parts import empty, words
from laifaxin_desktop.ui.wizard.proxy_dialog import ProxyDialog
from laifaxin_desktop.ui.wizard.secret_field import clear_clipboard_of
from laifaxin_desktop.ui.wizard.sign_in_cards import SharedBox, SignedCard, WaitingCard, WaysOut
from laifaxin_desktop.ui.wizard.sign_in_report import copy_report
from laifaxin_desktop.ui.wizard.signing import Means, Signing, app_of
from laifaxin_desktop.ui.wizard.turning import choose_way, edit_app, other_ways

if TYPE_CHECKING:
    from laifaxin_desktop.ui.wizard.window import SetupWizard

PATIENCE = 300_000  # ms of silence before the ways out are pressed upon the person
_UNREACHABLE = "authority_unreachable"
_AGAIN = (Fix.RETRY, Fix.WAIT, Fix.REAUTHORIZE, Fix.EDIT_PASSWORD)


class Phase(StrEnum):
    """What the page shows."""

    IDLE = "idle"  # nothing runs: it was stopped
    RUNNING = "running"
    SIGNED = "signed"
    FAILED = "failed"


class SignInPage(Page):
    """Asks nothing where somebody is signed in already."""

    step = Step.SIGN_IN

    def __init__(self, flow: SetupWizard) -> None:
        super().__init__(flow)
        self.phase, self.means = Phase.IDLE, Means.BROWSER
        self.diagnosis: Diagnosis | None = None
        self.signing = Signing(flow.app, self._moved)
        self._copied = Copied()
        self.waiting = WaitingCard()
        self.device = DeviceCard()
        self.signed = SignedCard()
        self.shared = SharedBox()
        self.keeping = KeepingCard(flow)  # a stored app's secret may need the main password
        self.keeping.hide()
        self.keeping.kept.connect(lambda: self.start(self.means))
        self.ways_out = WaysOut()
        self._stopped = words("", "sign_in_stopped")
        self._cards = QVBoxLayout()
        for widget in (self.waiting, self.device, self.signed):
            self.body.addWidget(widget)
        self.body.addLayout(self._cards)
        self.body.addWidget(self.keeping)
        self.body.addWidget(self._stopped)
        self.body.addWidget(self.ways_out)
        self.body.addWidget(self.shared)
        self.body.addStretch(1)
        self._patience = QTimer(self, interval=PATIENCE, singleShot=True)
        self._patience.timeout.connect(lambda: self.waiting.show_slow(True))
        for button in (self.waiting.cancel, self.device.cancel):
            button.clicked.connect(self._stop)
        for button in (self.waiting.device, self.ways_out.device):
            button.clicked.connect(lambda: self.start(Means.DEVICE))
        for button in (self.device.browser, self.ways_out.browser):
            button.clicked.connect(lambda: self.start(Means.BROWSER))
        self.ways_out.again.clicked.connect(lambda: self.start(self.means))
        self.ways_out.app.clicked.connect(lambda: edit_app(flow))
        self.ways_out.way.clicked.connect(lambda: choose_way(flow))
        self.ways_out.proxy.clicked.connect(lambda: self._ask_way(None))
        self.waiting.reopen.clicked.connect(lambda: self._open(self.signing.url))
        self.waiting.copy.clicked.connect(lambda: self._copy(self.signing.url))
        self.device.copy.clicked.connect(lambda: self._copy(self.device.code.text()))
        self.device.open.clicked.connect(lambda: self._open(self.device.page.text()))
        self.signed.another.clicked.connect(lambda: self.sign_in_anew())
        self.waiting.numbered.connect(self._read_in_the_browser)
        self.shared.box.clicked.connect(self._share)

    # --- the page ---

    def retranslate(self) -> None:
        """The title says what is waited for."""
        address = self.draft.address
        whose = self.tr("用于 {0}").format(address.shown) if address else ""
        self.show_title(self._title(), whose)
        self.waiting.retranslate()
        self.waiting.show_means(self.means, ready=self.signing.waits, app=self.draft.sign_in)
        self.device.retranslate()
        self.signed.show_signed(self.draft)
        self.keeping.retranslate()
        self.shared.retranslate()
        self._stopped.setText(self.tr("登录停下了；填过的内容都还在。"))
        self.ways_out.retranslate(self.means, redeems=self.draft.way is AuthWay.REFRESH_TOKEN)
        self._draw()

    def enter(self) -> None:
        """Begin at once, unless somebody is signed in already."""
        if self.draft.tokens is not None:
            self.phase = Phase.SIGNED
        else:
            redeems = self.draft.way is AuthWay.REFRESH_TOKEN and self.draft.refresh_token
            self.start(Means.REDEEM if redeems else Means.BROWSER)
        super().enter()

    def leave(self) -> None:
        """The door closes, the code is dropped; whoever comes back too late is not heard."""
        self.signing.end(self._tasks)
        super().leave()
        self._patience.stop()
        self.device.forget()
        self._copied.take_back()  # a link or a code that is over
        self.phase = Phase.IDLE

    def forget(self) -> None:
        """Names and replies go with the draft."""
        self.diagnosis = None
        self.signed.forget()
        empty(self._cards)

    def first_field(self) -> QWidget | None:
        """What is most likely wanted next."""
        match self.phase:
            case Phase.SIGNED:
                return self.flow.forward_button
            case Phase.RUNNING if self.signing.code is not None:
                return self.device.copy
            case Phase.RUNNING:
                return self.waiting.reopen if self.signing.waits else self.waiting.cancel
            case Phase.FAILED if self._locked:
                return self.keeping.first_field()
        card = self.card
        return (card.button if card else None) or self.ways_out.again

    def on_bug(self, bug: BaseException) -> None:
        """A mistake of ours is shown as such, and can be tried again."""
        self._fail(MailError(Evidence(Stage.SIGN_IN, Fault.BUG, detail=type(bug).__name__)))

    @property
    def card(self) -> FailureCard | None:
        """What went wrong, where something did."""
        item = self._cards.itemAt(0)
        widget = item.widget() if item is not None else None
        return widget if isinstance(widget, FailureCard) else None

    @property
    def _locked(self) -> bool:
        """Whether the main password has to be typed first."""
        found = self.diagnosis
        return found is not None and asks_main_password(found.evidence)

    # --- signing in ---

    def start(self, means: Means, *, anyone: bool = False) -> None:
        """Sign in by these means; whatever runs is ended first.

        `anyone` lets the browser ask who it is to be.
        """
        self.leave()
        self.means, self.phase, self.diagnosis = means, Phase.RUNNING, None
        app = app_of(self.flow.app, self.draft)
        if app is None:
            self._fail(MailError(Evidence(Stage.SIGN_IN, Fault.UNEXPECTED, detail="no app")))
            return
        self.flow.replace(with_sign_in(self.draft, app))
        self.waiting.show_slow(False)
        self.signing.hint = "" if anyone else whom_to_expect(self.draft)
        self.begin(self.signing.run(means, self.draft, app), self._over)
        self._refresh()

    def sign_in_anew(self, *, anyone: bool = True) -> None:
        """Somebody else is to sign in."""
        app = self.draft.sign_in
        anew = replace(app, identity="", granted=()) if app else None
        self.flow.replace(replace(self.draft, sign_in=anew, tokens=None, report=None))
        means = Means.BROWSER if self.means is Means.REDEEM else self.means
        self.start(means, anyone=anyone)

    def go_on(self) -> None:
        """Signed in: the next question, unless 要放弃吗 waits for its answer."""
        if self.draft.tokens is not None and self.flow.current is self and not self.flow.asking:
            self.flow.next()

    def _moved(self) -> None:
        """There is a page to open, or a code to show: from now on a person is waited for."""
        code, app = self.signing.code, self.draft.sign_in
        if code is not None and app is not None:
            page = self.flow.app.clouds.cloud(app.cloud).device_page
            self.device.show_flow(code, page, again=self.signing.codes > 1)
        self._patience.start()
        self._refresh()
        if self.signing.url:
            self._open(self.signing.url)

    def _over(self, result: Granted | MailError) -> None:
        if isinstance(result, MailError):
            self._fail(result)
            return
        self.leave()
        clear_clipboard_of(self.draft.client_secret, self.draft.refresh_token)
        self.flow.replace(with_granted(self.draft, result))
        self.phase = Phase.SIGNED
        self._refresh()
        QApplication.alert(self.flow)  # the browser stands before it
        if said := self.signed.said:
            self.flow.note(said)
        self.go_on()

    def _fail(self, error: MailError) -> None:
        self.leave()
        draft = self.draft
        provider = draft.provider.id if draft.provider else ""
        seen = replace(error.evidence, provider=provider, way=draft.way)
        self.phase, self.diagnosis = Phase.FAILED, self.flow.app.table.diagnose(seen)
        if self._locked:
            self.keeping.show_error(error)
        self._refresh()
        QApplication.alert(self.flow)

    def _read_in_the_browser(self, code: str) -> None:
        self._fail(MailError(Evidence(Stage.SIGN_IN, Fault.REJECTED, codes=(code,))))

    def _stop(self) -> None:
        """取消登录: back to where it was chosen; where this is the first page, stop."""
        self.leave()
        if len(self.flow.visitedIds()) > 1:
            self.flow.back()
        else:
            self._refresh()

    def _share(self, shared: bool) -> None:
        """The mailbox is another's, or is not: that changes who is expected to sign in."""
        app, running = self.draft.sign_in, self.phase is Phase.RUNNING
        if app is not None:
            anew = replace(app, shared=shared, identity="", granted=())
            self.flow.replace(replace(self.draft, sign_in=anew))
        if running:
            self.sign_in_anew(anyone=False)

    # --- what is shown ---

    def _title(self) -> str:
        match self.phase:
            case Phase.SIGNED:
                return self.tr("已登录微软账户")
            case Phase.FAILED:
                return self.tr("没有登录成功")
            case Phase.IDLE:
                return self.tr("还没有登录")
        titles = {
            Means.BROWSER: self.tr("在浏览器中登录"),
            Means.DEVICE: self.tr("用设备代码登录"),
            Means.REDEEM: self.tr("验证刷新令牌"),
        }
        return titles[self.means]

    def _draw(self) -> None:
        running, stopped = self.phase is Phase.RUNNING, self.phase in (Phase.IDLE, Phase.FAILED)
        coded = running and self.signing.code is not None
        self.waiting.setVisible(running and not coded)
        self.device.setVisible(coded)
        self.signed.setVisible(self.phase is Phase.SIGNED)
        empty(self._cards)
        diagnosis = self.diagnosis if self.phase is Phase.FAILED else None
        self.keeping.setVisible(diagnosis is not None and self._locked)
        if diagnosis is not None and not self._locked:
            card = FailureCard(self.flow, diagnosis)
            card.fix_wanted.connect(lambda: self._mend(diagnosis))
            self._cards.addWidget(card)
        app = self.draft.sign_in
        self.shared.show_app(app if running or stopped else None, asked=asks_app(self.draft))
        self._stopped.setVisible(self.phase is Phase.IDLE)
        self.ways_out.setVisible(stopped)
        self.ways_out.offer(
            self.means,
            app=asks_app(self.draft),
            way=other_ways(self.flow),
            again=not self._locked and (diagnosis is None or diagnosis.fix not in _AGAIN),
            proxy=diagnosis is not None and diagnosis.problem == _UNREACHABLE,
            public=app is not None and not app.confidential,
        )

    def _refresh(self) -> None:
        self.retranslate()
        self.flow.refresh_buttons()
        QTimer.singleShot(0, self, self._look)

    def _look(self) -> None:
        """What is new comes into view, and the keyboard to its button: a page may be higher."""
        self.take_focus()
        code = self.signing.code
        keeping = self.keeping if self._locked else None
        for widget in (self.card, keeping, self.device.code if code else None, self.first_field()):
            if widget is not None and widget.isVisible() and self.isAncestorOf(widget):
                self.area.ensureWidgetVisible(widget, 0, 24)

    def _mend(self, diagnosis: Diagnosis) -> None:
        dead = self.means is Means.REDEEM and diagnosis.fix is Fix.REAUTHORIZE
        if diagnosis.fix in _AGAIN and not dead:  # a dead token is not tried twice
            self.start(self.means)
        elif diagnosis.evidence.fault in PROXY_FAULTS and self.draft.settings:
            self._ask_way(diagnosis)
        elif diagnosis.fix is Fix.REPORT_BUG:
            copy_report(self.flow, diagnosis)
        else:
            mend(self.flow, diagnosis)

    def _ask_way(self, diagnosis: Diagnosis | None) -> None:
        """How to get to Microsoft at all: the servers' page comes after this one."""
        dialog = ProxyDialog(self.flow, diagnosis)
        dialog.taken.connect(lambda: self.start(self.means))
        dialog.open()

    def _open(self, url: str) -> None:
        def failed() -> None:
            if isValid(self) and self.flow.current is self:  # a browser ends when it likes
                self.flow.note(self.tr("浏览器没有打开。请复制链接，粘贴到浏览器里。"))

        if url:
            browser.open_page(url, failed)

    def _copy(self, text: str) -> None:
        if text:
            self._copied.put(text)
            self.flow.note(self.tr("已复制。"))
