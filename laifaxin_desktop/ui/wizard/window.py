"""The wizard's window: QWizard draws the table of `engine/setup.py` over one frozen draft.

Pages are leaves: each shows the draft and calls `replace`. `registerField` is not used, because its
clean-up would empty the fields on 上一步.
"""

from __future__ import annotations

import contextlib
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QWidget,
)

from laifaxin_desktop.app import App
from laifaxin_desktop.engine.draft import Draft, Reason, Step, start
from laifaxin_desktop.engine.setup import NEXT, first_step, route
from laifaxin_desktop.model.account import Account
from laifaxin_desktop.model.microsoft import SignIn
from laifaxin_desktop.model.problem import Diagnosis, MailError
from laifaxin_desktop.model.provider import AuthWay, Guide, Provider
from laifaxin_desktop.ui.guide_dialog import GuideDialog
from laifaxin_desktop.ui.languages import Languages
from laifaxin_desktop.ui.loop import spawn
from laifaxin_desktop.ui.notice import Toast
from laifaxin_desktop.ui.theme import theme
from laifaxin_desktop.ui.wizard.address import AddressPage
from laifaxin_desktop.ui.wizard.app import AppPage
from laifaxin_desktop.ui.wizard.check import CheckPage
from laifaxin_desktop.ui.wizard.done import DonePage
from laifaxin_desktop.ui.wizard.frame import Frame, Which
from laifaxin_desktop.ui.wizard.guide import GuidePage
from laifaxin_desktop.ui.wizard.leaving import Leaving
from laifaxin_desktop.ui.wizard.listening import Listening
from laifaxin_desktop.ui.wizard.mending import after_guide
from laifaxin_desktop.ui.wizard.page import Page
from laifaxin_desktop.ui.wizard.parts import spaced
from laifaxin_desktop.ui.wizard.secret import SecretPage
from laifaxin_desktop.ui.wizard.servers import ServersPage
from laifaxin_desktop.ui.wizard.sign_in import SignInPage
from laifaxin_desktop.ui.wizard.way import WayPage

PAGES: Mapping[Step, type[Page]] = {
    page.step: page
    for page in (
        AddressPage,
        WayPage,
        GuidePage,
        AppPage,
        SignInPage,
        SecretPage,
        ServersPage,
        CheckPage,
        DonePage,
    )
}
_NUMBER = {step: number for number, step in enumerate(Step)}


class SetupWizard(Frame):
    """Adds an account, re-authorises one, or mends its servers."""

    finished_with = Signal(str)  # the stored account's id, when the window is done with it

    def __init__(
        self,
        app: App,
        languages: Languages,
        reason: Reason,
        account: Account | None = None,
        parent: QWidget | None = None,
        *,
        begin: Step | None = None,
        led_by: Diagnosis | None = None,
    ) -> None:
        """`begin` is the first page, where it is not the reason's own; `led_by`: see there."""
        super().__init__(app, languages, parent)
        self.led_by = led_by  # the problem that is being mended, until the next check
        self.saved: Account | None = None
        self._asking: Leaving | None = None
        self._ended = False
        self._toast = Toast(self, lift=theme().px(52))
        self.draft = app.begin(reason, account, begin=begin)
        self.pages_by_step = {step: make(self) for step, make in PAGES.items()}
        for step, page in self.pages_by_step.items():
            self.setPage(_NUMBER[step], page)
        self.setStartId(_NUMBER[first_step(self.draft)])
        self._listening = Listening(self)
        self._shown: Page | None = None
        self.currentIdChanged.connect(self._turned)
        self.customButtonClicked.connect(self._save_anyway)
        self.retranslate()

    # --- for the pages ---

    def replace(self, draft: Draft) -> None:
        """Another draft: the rail, the buttons and 下一步 follow."""
        self.draft = draft
        if page := self.current:
            page.completeChanged.emit()
            self.dress_forward(page.forward_words())
        self._draw_rail()

    @property
    def current(self) -> Page | None:
        """The page in view."""
        page = self.currentPage()
        return page if isinstance(page, Page) else None

    @property
    def asking(self) -> bool:
        """Whether 要放弃吗 waits for its answer."""
        return self._asking is not None

    def go(self, step: Step) -> None:
        """Turn to a step of the route, back or forward over pages that have their answer."""
        if step not in route(self.draft):
            return
        while (page := self.current) and page.step is not step:
            steps = route(self.draft)
            if page.step in steps and steps.index(page.step) < steps.index(step):
                self.next()
            else:
                self.back()
            if self.current is page:
                return

    def start_over(self, draft: Draft) -> None:
        """Begin again with another draft, at its own first step."""
        for page in self.pages_by_step.values():
            page.leave()
            page.forget()
        self.draft, self.saved = draft, None
        self.setStartId(_NUMBER[first_step(draft)])
        self._shown = None
        self.restart()
        self.retranslate()

    def reauthorize(self, account: Account) -> None:
        """Mend a stored account instead."""
        self.start_over(self.app.begin(Reason.REAUTHORIZE, account))

    def add_another(self) -> None:
        """One is done, the next begins in the same window."""
        if self.saved is not None:
            self.finished_with.emit(self.saved.id)
        self.start_over(start(Reason.ADD))

    def account_saved(self, account: Account) -> None:
        """The account is stored: the last page shows how it stands."""
        self.saved = account
        self.go(Step.DONE)

    def keep(self, work: Coroutine[Any, Any, None]) -> None:
        """Store something small now, even if the window closes in the same moment."""

        async def quietly() -> None:
            with contextlib.suppress(MailError):  # what cannot be kept is asked again next time
                await work

        owner = QApplication.instance()
        if owner is not None:
            spawn(quietly(), owner)

    def check_again(self, *, anew: bool = False) -> None:
        """Log in once more; only on the page of the check. `anew`: not as before, so end that."""
        if isinstance(page := self.current, CheckPage):
            page.check(anew=anew)

    @property
    def found(self) -> tuple[Diagnosis, ...]:
        """What the check in view has found so far."""
        page = self.current
        return tuple(page.found.values()) if isinstance(page, CheckPage) else ()

    def check_on_return(self) -> None:
        """Log in once more when the person comes back from the browser."""
        if isinstance(page := self.current, CheckPage):
            page.check_on_return()

    def show_guide(self, provider: Provider, guide: Guide) -> None:
        """The steps in a window of their own; nothing of the draft changes."""
        draft = self.draft
        name = draft.credential.name if draft.credential else None
        dialog = GuideDialog(
            self.app, self.languages, provider, guide, self, way=draft.way, credential=name
        )
        dialog.secret_wanted.connect(lambda: after_guide(self, guide))
        dialog.check_wanted.connect(self.check_again)
        dialog.check.setVisible(isinstance(self.current, CheckPage))
        dialog.open()

    def check_app(self) -> None:
        """One real sign-in, which says what is wrong with the app; nothing of the draft changes."""
        from laifaxin_desktop.ui.app_check_dialog import AppCheckDialog

        draft = self.draft
        if draft.sign_in is not None:
            AppCheckDialog(self.app, self.languages, draft, draft.sign_in, self).open()

    def note(self, words: str) -> None:
        """A short note that goes by itself."""
        self._toast.say(words)

    def refresh_buttons(self) -> None:
        """The page in view wants its buttons looked at again."""
        page = self.current
        self.lay_out_buttons(saving=isinstance(page, CheckPage) and page.may_save_anyway)
        if page is not None:
            page.completeChanged.emit()
        saving = isinstance(page, CheckPage) and page.saving
        # Whether it is stored is then out of our hands: nobody is asked what cannot be answered.
        self.button(Which.CancelButton).setEnabled(not saving)
        if saving:
            self.button(Which.BackButton).setEnabled(False)

    # --- Qt's side ---

    def nextId(self) -> int:
        page = self.current
        following = NEXT[page.step](self.draft) if page else None
        return -1 if following is None else _NUMBER[following]

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._draw_rail()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.LanguageChange and hasattr(self, "_shown"):
            self.retranslate()
        if event.type() is QEvent.Type.ActivationChange and hasattr(self, "_shown"):
            page = self.current
            if isinstance(page, CheckPage):
                page.turned_to(active=self.isActiveWindow())

    def reject(self) -> None:
        """取消, Esc and the cross: asks only when something typed would be lost."""
        page = self.current
        if self._ended or (isinstance(page, CheckPage) and page.saving):
            return
        if self.saved is not None or not self._typed_something():
            self.done(0)
        elif self._asking is None:
            self._ask()

    def done(self, result: int) -> None:
        """Cancel what runs, forget the secret, close; say which account is stored."""
        if self._ended:
            return
        self._ended = True
        for page in self.pages_by_step.values():
            page.leave()
            page.forget()
        self.draft = Draft()
        saved = self.saved
        super().done(result)
        if saved is not None:
            self.finished_with.emit(saved.id)

    def retranslate(self) -> None:
        """Every word of the frame again; the pages follow."""
        titles = {
            Reason.ADD: self.tr("添加邮箱"),
            Reason.REAUTHORIZE: self.tr("重新授权"),
            Reason.REPAIR: self.tr("编辑服务器设置"),
        }
        self.setWindowTitle(titles[self.draft.reason])
        self.name_buttons()
        for page in self.pages_by_step.values():
            page.retranslate()
        if now := self.current:
            self.dress_forward(now.forward_words())
        self._draw_rail()

    def _turned(self, number: int) -> None:
        if self._shown is not None:
            self._shown.leave()
        page = self.page(number)
        self._shown = page if isinstance(page, Page) else None
        if self._shown is None:
            return
        self.refresh_buttons()
        self._draw_rail()
        self._shown.enter()
        self._listening.turned(self._shown.step)
        self.dress_forward(self._shown.forward_words())

    def _draw_rail(self) -> None:
        page = self.current
        steps = route(self.draft)
        if page is None or page.step not in steps:
            return
        names = [self._step_name(step) for step in steps]
        self.rail.show_route(names, steps.index(page.step), self.tr("已完成"))

    def _step_name(self, step: Step) -> str:
        match step:
            case Step.ADDRESS:
                return self.tr("邮箱地址")
            case Step.WAY:
                return self.tr("登录方式")
            case Step.GUIDE:
                return self.tr("准备")
            case Step.APP:
                redeems = self.draft.way is AuthWay.REFRESH_TOKEN
                return self.tr("粘贴令牌") if redeems else self.tr("应用信息")
            case Step.SIGN_IN:
                redeems = self.draft.way is AuthWay.REFRESH_TOKEN
                return self.tr("验证令牌") if redeems else self.tr("登录微软")
            case Step.SECRET:
                credential = self.draft.credential
                name = self.inside(
                    credential.name if credential else self.app.words("way.password")
                )
                pasted = self.draft.way is AuthWay.APP_PASSWORD
                title = self.tr("粘贴{0}") if pasted else self.tr("填写{0}")
                return spaced(title.format(name))
            case Step.SERVERS:
                return self.tr("服务器设置")
            case Step.CHECK:
                return self.tr("检测")
            case Step.DONE:
                return self.tr("完成", "a step, not a button")

    def _save_anyway(self, which: int) -> None:
        page = self.current
        if which == Which.CustomButton1.value and isinstance(page, CheckPage):
            page.save()

    def _typed_something(self) -> bool:
        draft = self.draft
        secrets = (
            draft.secret,
            draft.client_secret,
            draft.refresh_token,
            draft.tokens,
            draft.proxy_secret,
        )
        if draft.reason is Reason.ADD:
            return bool(draft.typed.strip()) or any(secrets)
        stored = draft.editing.settings if draft.editing else None
        apps = {_bare(draft.sign_in), _bare(stored.sign_in if stored else None)}
        return any(secrets) or draft.settings != stored or len(apps) > 1

    def _ask(self) -> None:
        self._asking = Leaving(self)
        self._asking.confirmed.connect(self._give_up)
        self._asking.finished.connect(self._answered)
        self._asking.open()

    def _give_up(self) -> None:
        below = self.parentWidget()
        self.done(0)
        if below is not None:
            # Question and wizard go at once, and not every desktop then finds the window below.
            below.window().activateWindow()

    def _answered(self) -> None:
        self._asking = None
        if isinstance(page := self.current, CheckPage | SignInPage):
            page.go_on()


def _bare(app: SignIn | None) -> SignIn | None:
    """An app without who signed in: nobody typed that."""
    return replace(app, identity="", granted=()) if app else None
