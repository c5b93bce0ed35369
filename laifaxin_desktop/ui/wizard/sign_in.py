"""Signing in with Microsoft: in the browser, on another device, or by a pasted refresh token.

One flow at a time: what ran before is cancelled and its door closed before the next one begins.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from laifaxin_desktop.engine.draft import Step, permissions, with_granted, with_sign_in
from laifaxin_desktop.engine.ports import DeviceFlow
from laifaxin_desktop.engine.setup import asks_app, route
from laifaxin_desktop.model.microsoft import CloudId, Granted, SignIn
from laifaxin_desktop.model.problem import Diagnosis, Evidence, Fault, Fix, MailError, Stage
from laifaxin_desktop.model.provider import AuthWay
from laifaxin_desktop.ui import browser
from laifaxin_desktop.ui.wizard.device import DeviceCard
from laifaxin_desktop.ui.wizard.failure import FailureCard
from laifaxin_desktop.ui.wizard.flow_row import FlowRow
from laifaxin_desktop.ui.wizard.mending import mend
from laifaxin_desktop.ui.wizard.page import Page
from laifaxin_desktop.ui.wizard.parts import WrappingButton, empty
from laifaxin_desktop.ui.wizard.sign_in_cards import SignedCard, WaitingCard

if TYPE_CHECKING:
    from laifaxin_desktop.ui.wizard.window import SetupWizard

PATIENCE = 300_000  # ms of silence before the ways out are pressed upon the person
_AGAIN = (Fix.RETRY, Fix.WAIT, Fix.REAUTHORIZE, Fix.EDIT_PASSWORD)


class Means(StrEnum):
    """How the sign-in is done."""

    BROWSER = "browser"
    DEVICE = "device"
    REDEEM = "redeem"  # a pasted refresh token


class Phase(StrEnum):
    """What the page is doing."""

    IDLE = "idle"  # nothing: it was stopped
    OPENING = "opening"  # the platform is asked; nothing to open yet
    WAITING = "waiting"  # for a person
    SIGNED = "signed"
    FAILED = "failed"


class SignInPage(Page):
    """Begins by itself, goes on by itself; asks nothing where somebody is signed in already."""

    step = Step.SIGN_IN

    def __init__(self, flow: SetupWizard) -> None:
        super().__init__(flow)
        self.phase, self.means = Phase.IDLE, Means.BROWSER
        self.diagnosis: Diagnosis | None = None
        self._url = ""
        self._copied = ""  # what we put on the clipboard
        self._ending: set[asyncio.Task[Any]] = set()
        self.waiting = WaitingCard()
        self.device = DeviceCard(flow)
        self.signed = SignedCard()
        self._cards = QVBoxLayout()
        self._ways_out = FlowRow()
        self.again = WrappingButton("sign_in_again")
        self.by_browser = WrappingButton("by_browser")
        self.by_device = WrappingButton("by_device_code")
        self.app = WrappingButton("edit_app")
        self.way = WrappingButton("switch_way")
        for button in (self.again, self.by_browser, self.by_device, self.app, self.way):
            self._ways_out.add(button)
        for widget in (self.waiting, self.device, self.signed):
            self.body.addWidget(widget)
        self.body.addLayout(self._cards)
        self.body.addWidget(self._ways_out)
        self.body.addStretch(1)
        self._patience = QTimer(self, interval=PATIENCE, singleShot=True)
        self._patience.timeout.connect(lambda: self.waiting.show_slow(True))
        for button in (self.waiting.cancel, self.device.cancel):
            button.clicked.connect(self._stop)
        for button in (self.waiting.device, self.by_device):
            button.clicked.connect(lambda: self.start(Means.DEVICE))
        for button in (self.device.browser, self.by_browser):
            button.clicked.connect(lambda: self.start(Means.BROWSER))
        self.again.clicked.connect(lambda: self.start(self.means))
        self.waiting.reopen.clicked.connect(self._open_browser)
        self.waiting.copy.clicked.connect(self._copy_link)
        self.device.copy.clicked.connect(lambda: self._copy(self.device.code.text()))
        self.device.open.clicked.connect(lambda: self._open(self.device.page.text()))
        self.signed.another.clicked.connect(self.sign_in_anew)
        self.app.clicked.connect(lambda: flow.go(Step.APP))
        self.way.clicked.connect(lambda: flow.go(Step.WAY))

    # --- the page ---

    def retranslate(self) -> None:
        """The title says what is waited for."""
        address = self.draft.address
        whose = self.tr("用于 {0}").format(address.shown) if address else ""
        self.show_title(self._title(), whose)
        self.waiting.retranslate()
        self.device.retranslate()
        self.signed.show_signed(self.flow)
        self._say_waiting()
        again = {
            Means.BROWSER: self.tr("重新打开浏览器"),
            Means.DEVICE: self.tr("再要一个代码"),
            Means.REDEEM: self.tr("再验证一次"),
        }
        self.again.put(again[self.means])
        self.by_browser.put(self.tr("改用浏览器"))
        self.by_device.put(self.tr("改用设备代码"))
        redeems = self.draft.way is AuthWay.REFRESH_TOKEN
        self.app.put(self.tr("重新粘贴令牌") if redeems else self.tr("修改应用信息"))
        self.way.put(self.tr("换一种登录方式"))
        self._draw()

    def enter(self) -> None:
        """Begin at once, unless somebody is signed in already."""
        signed = self.draft.tokens is not None
        self.phase = Phase.SIGNED if signed else Phase.IDLE
        if not signed:
            redeems = self.draft.way is AuthWay.REFRESH_TOKEN and self.draft.refresh_token
            self.start(Means.REDEEM if redeems else Means.BROWSER)
        super().enter()

    def leave(self) -> None:
        """The door closes, the code is dropped, whoever comes back too late is not heard."""
        self._ending |= self._tasks
        super().leave()
        self._ending = {task for task in self._ending if not task.done()}
        self._patience.stop()
        self._url = ""
        self.device.forget()
        self._take_back()
        self.phase = Phase.IDLE

    def forget(self) -> None:
        """Names and replies go with the draft."""
        self.diagnosis = None
        empty(self._cards)

    def first_field(self) -> QWidget | None:
        """What is most likely wanted next."""
        if self.phase is Phase.SIGNED:
            return self.flow.forward_button
        if self.phase is Phase.WAITING:
            browses = self.means is Means.BROWSER
            return self.waiting.reopen if browses else self.device.first_field()
        if self.phase is Phase.OPENING:
            return self.waiting.cancel
        card = self.card
        return card.fix if card and card.fix else self.again

    def on_bug(self, bug: BaseException) -> None:
        """A mistake of ours is shown as such, and can be tried again."""
        self._fail(MailError(Evidence(Stage.SIGN_IN, Fault.BUG, detail=type(bug).__name__)))

    @property
    def card(self) -> FailureCard | None:
        """What went wrong, where something did."""
        item = self._cards.itemAt(0)
        widget = item.widget() if item is not None else None
        return widget if isinstance(widget, FailureCard) else None

    # --- the flows ---

    def start(self, means: Means) -> None:
        """Sign in by these means; whatever runs is ended first."""
        self.leave()
        self.means, self.phase, self.diagnosis = means, Phase.OPENING, None
        app = self._app()
        if app is None:
            self._fail(MailError(Evidence(Stage.SIGN_IN, Fault.UNEXPECTED, detail="no app")))
            return
        self.flow.replace(with_sign_in(self.draft, app))
        flows = {
            Means.BROWSER: self._by_browser,
            Means.DEVICE: self._by_device,
            Means.REDEEM: self._redeem,
        }
        self.begin(self._alone(flows[means](app)), self._over)
        self._refresh()

    def sign_in_anew(self) -> None:
        """Somebody else is to sign in."""
        app = self.draft.sign_in
        anew = replace(app, identity="", granted=()) if app else None
        self.flow.replace(replace(self.draft, sign_in=anew, tokens=None, report=None))
        self.start(Means.BROWSER if self.means is Means.REDEEM else self.means)

    def go_on(self) -> None:
        """Signed in: the next question, unless 要放弃吗 waits for its answer."""
        if self.draft.tokens is not None and self.flow.current is self and not self.flow.asking:
            self.flow.next()

    async def _alone(self, work: Coroutine[Any, Any, Granted | MailError]) -> Granted | MailError:
        """Wait until the doors before are closed: they may be wanted on the same port."""
        try:
            if self._ending:
                await asyncio.wait(self._ending)
            return await work
        except MailError as error:
            return error
        finally:
            work.close()

    async def _by_browser(self, app: SignIn) -> Granted:
        draft = self.draft
        async with self.flow.app.oauth.browser(
            app, permissions(draft), hint=self._hint(app), client_secret=draft.client_secret
        ) as door:
            self._url = door.url
            self._wait()
            self._open_browser()
            return await door.granted()

    async def _by_device(self, app: SignIn) -> Granted:
        async with self.flow.app.oauth.device(app, permissions(self.draft)) as device:
            self._show_code(app, device)
            return await device.granted()

    async def _redeem(self, app: SignIn) -> Granted:
        draft = self.draft
        if draft.refresh_token is None:
            raise MailError(Evidence(Stage.SIGN_IN, Fault.UNEXPECTED, detail="no token"))
        return await self.flow.app.oauth.redeem(
            app, permissions(draft), draft.refresh_token, client_secret=draft.client_secret
        )

    def _over(self, result: Granted | MailError) -> None:
        if isinstance(result, MailError):
            self._fail(result)
            return
        self.leave()
        self.flow.replace(with_granted(self.draft, result))
        self.phase = Phase.SIGNED
        self._refresh()
        QApplication.alert(self.flow)  # the browser stands before it
        self._tell_who()
        self.go_on()

    def _fail(self, error: MailError) -> None:
        self.leave()
        draft = self.draft
        seen = replace(
            error.evidence, provider=draft.provider.id if draft.provider else "", way=draft.way
        )
        self.phase, self.diagnosis = Phase.FAILED, self.flow.app.table.diagnose(seen)
        self._refresh()
        QApplication.alert(self.flow)

    def _stop(self) -> None:
        """取消登录: back to where it was chosen; where it is the first page, stop."""
        self.leave()
        if len(self.flow.visitedIds()) > 1:
            self.flow.back()
        else:
            self._refresh()

    def _app(self) -> SignIn | None:
        """The app to sign in with: as typed, as stored, else the program's own."""
        draft, kept = self.draft, self.draft.sign_in
        if asks_app(draft):
            return kept
        cloud = draft.provider.cloud if draft.provider else ""
        known = cloud in list(CloudId)
        ours = self.flow.app.clouds.one_click(CloudId(cloud)) if known else None
        if kept is None or ours is None or draft.editing is not None:
            return kept or ours
        return kept if (kept.client_id, kept.cloud) == (ours.client_id, ours.cloud) else ours

    def _hint(self, app: SignIn) -> str:
        """Whom to expect: the one who signed in last time, else the mailbox's own name."""
        if app.identity or app.shared:
            return app.identity
        return str(self.draft.address or "")

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

    def _say_waiting(self) -> None:
        confidential = bool(self.draft.sign_in and self.draft.sign_in.confidential)
        ready = self.phase is Phase.WAITING
        if self.means is Means.REDEEM:
            self.waiting.say(
                self.tr("正在验证刷新令牌…"), self.tr("微软会把它换成本程序自己的授权。")
            )
        elif self.means is Means.DEVICE:
            self.waiting.say(self.tr("正在向微软要一个设备代码…"), "")
        elif ready:
            self.waiting.say(
                self.tr("正在等待浏览器…"),
                self.tr(
                    "请在浏览器里登录微软账户并同意授权；密码不经过本程序。完成后这里会自己继续。"
                ),
            )
        else:
            self.waiting.say(self.tr("正在准备登录页…"), "")
        browses = self.means is Means.BROWSER
        self.waiting.offer(
            link=ready and browses, device=browses and not confidential, confidential=confidential
        )

    def _draw(self) -> None:
        waits, code = self.phase in (Phase.OPENING, Phase.WAITING), self.means is Means.DEVICE
        shows_code = self.phase is Phase.WAITING and code
        self.waiting.setVisible(waits and not shows_code)
        self.device.setVisible(shows_code)
        self.signed.setVisible(self.phase is Phase.SIGNED)
        empty(self._cards)
        diagnosis = self.diagnosis if self.phase is Phase.FAILED else None
        if diagnosis is not None:
            card = FailureCard(self.flow, diagnosis)
            card.fix_wanted.connect(lambda: self._mend(diagnosis))
            self._cards.addWidget(card)
        steps, app = route(self.draft), self.draft.sign_in
        public = app is not None and not app.confidential
        redeems = self.means is Means.REDEEM
        self._ways_out.setVisible(self.phase in (Phase.IDLE, Phase.FAILED))
        self.again.setVisible(diagnosis is None or diagnosis.fix not in _AGAIN)
        self.by_browser.setVisible(code)
        self.by_device.setVisible(public and not code and not redeems)
        self.app.setVisible(Step.APP in steps)
        self.way.setVisible(Step.WAY in steps)

    def _wait(self) -> None:
        self.phase = Phase.WAITING
        self.waiting.show_slow(False)
        self._patience.start()
        self._refresh()

    def _show_code(self, app: SignIn, device: DeviceFlow) -> None:
        self.device.show_flow(device, self.flow.app.clouds.cloud(app.cloud).device_page)
        self._wait()

    def _refresh(self) -> None:
        self.retranslate()
        self.flow.refresh_buttons()
        QTimer.singleShot(0, self, self.take_focus)

    def _tell_who(self) -> None:
        app, address = self.draft.sign_in, self.draft.address
        if app is None or address is None or not app.identity:
            return
        if app.is_other_than(str(address)):
            self.flow.note(self.signed.note(app.identity, address.shown))
        else:
            self.flow.note(self.tr("已登录为 {0}").format(app.identity))

    # --- buttons ---

    def _mend(self, diagnosis: Diagnosis) -> None:
        if diagnosis.fix in _AGAIN:
            self.start(self.means)
        elif diagnosis.fix is Fix.EDIT_SERVERS and Step.APP in route(self.draft):
            self.flow.go(Step.APP)  # of a sign-in, what is filled in is the app
        else:
            mend(self.flow, diagnosis)

    def _open_browser(self) -> None:
        if self._url:
            self._open(self._url)

    def _open(self, url: str) -> None:
        def failed() -> None:
            if self.flow.current is self:
                self.flow.note(self.tr("浏览器没有打开。请复制链接，粘贴到浏览器里。"))

        browser.open_page(url, failed)

    def _copy_link(self) -> None:
        self._copy(self._url)

    def _copy(self, text: str) -> None:
        if text:
            self._copied = text
            QGuiApplication.clipboard().setText(text)
            self.flow.note(self.tr("已复制。"))

    def _take_back(self) -> None:
        """A link or a code that is over does not stay on the clipboard."""
        clipboard = QGuiApplication.clipboard()
        if self._copied and clipboard.text() == self._copied:
            clipboard.clear()
        self._copied = ""
