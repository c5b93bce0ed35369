"""The wizard's window: QWizard draws the table of `engine/setup.py` over one frozen draft.

Pages are leaves: each shows the draft and calls `replace`. `registerField` is not used, because its
clean-up would empty the fields on 上一步.
"""

from __future__ import annotations

import contextlib
from collections.abc import Coroutine, Mapping
from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QMessageBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
    QWizard,
)

from laifaxin_desktop.app import App
from laifaxin_desktop.engine.setup import NEXT, Draft, Reason, Step, first_step, route, start
from laifaxin_desktop.model.account import Account
from laifaxin_desktop.model.problem import MailError
from laifaxin_desktop.model.provider import AuthWay, Guide, Provider
from laifaxin_desktop.model.text import Language, Text
from laifaxin_desktop.ui import theme
from laifaxin_desktop.ui.guide_dialog import GuideDialog
from laifaxin_desktop.ui.languages import Languages
from laifaxin_desktop.ui.loop import spawn
from laifaxin_desktop.ui.notice import Toast
from laifaxin_desktop.ui.wizard.address import AddressPage
from laifaxin_desktop.ui.wizard.check import CheckPage
from laifaxin_desktop.ui.wizard.done import DonePage
from laifaxin_desktop.ui.wizard.guide import GuidePage
from laifaxin_desktop.ui.wizard.mending import edit_secret
from laifaxin_desktop.ui.wizard.page import Page
from laifaxin_desktop.ui.wizard.parts import guard_double_click
from laifaxin_desktop.ui.wizard.rail import Rail
from laifaxin_desktop.ui.wizard.secret import SecretPage
from laifaxin_desktop.ui.wizard.servers import ServersPage
from laifaxin_desktop.ui.wizard.way import WayPage

PAGES: Mapping[Step, type[Page]] = {
    page.step: page
    for page in (
        AddressPage,
        WayPage,
        GuidePage,
        SecretPage,
        ServersPage,
        CheckPage,
        DonePage,
    )
}
_NUMBER = {step: number for number, step in enumerate(Step)}
_Which = QWizard.WizardButton


class SetupWizard(QWizard):
    """Adds an account, re-authorises one, or mends its servers."""

    finished_with = Signal(str)  # the stored account's id, when the window is done with it

    def __init__(
        self,
        app: App,
        languages: Languages,
        reason: Reason,
        account: Account | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.app, self.languages = app, languages
        self.saved: Account | None = None
        self._asking: QMessageBox | None = None
        self._ended = False
        self._toast = Toast(self)
        self.draft = start(reason, account, app.provider_of(account) if account else None)
        self.setObjectName("setup_wizard")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWizardStyle(QWizard.WizardStyle.ClassicStyle)
        self.setMinimumSize(760, 580)
        self.resize(900, 700)
        for option in (
            QWizard.WizardOption.NoBackButtonOnStartPage,
            QWizard.WizardOption.NoBackButtonOnLastPage,
            QWizard.WizardOption.NoCancelButtonOnLastPage,
            QWizard.WizardOption.HaveCustomButton1,
        ):
            self.setOption(option)
        self.rail = Rail()
        side = QWidget(self)  # with a parent: QWizard takes it, PySide would not know
        around = QVBoxLayout(side)
        around.setContentsMargins(6, 6, 0, 0)
        around.addWidget(self.rail)
        self.setSideWidget(side)
        self.pages_by_step = {step: make(self) for step, make in PAGES.items()}
        for step, page in self.pages_by_step.items():
            self.setPage(_NUMBER[step], page)
        self.setStartId(_NUMBER[first_step(self.draft)])
        self._shown: Page | None = None
        for which, name, kind in (
            (_Which.CancelButton, "cancel", ""),
            (_Which.BackButton, "back", ""),
            (_Which.NextButton, "next", "primary"),
            (_Which.CustomButton1, "save_anyway", "primary"),
            (_Which.FinishButton, "finish", "primary"),
        ):
            button = self.button(which)
            button.setObjectName(name)
            guard_double_click(button)
            theme.set_kind(button, kind)  # also makes Qt look at the new name
        self.currentIdChanged.connect(self._turned)
        self.customButtonClicked.connect(self._save_anyway)
        self._lay_out_buttons()
        self.retranslate()

    # --- for the pages ---

    def say(self, text: Text) -> str:
        """Words about mail in the language of now."""
        return text.say(self.languages.current)

    def inside(self, name: Text) -> str:
        """A name as it stands inside a sentence: English writes it small there."""
        said = self.say(name)
        return said if self.languages.current is Language.ZH_CN else said[:1].lower() + said[1:]

    def word(self, name: str) -> str:
        """A wording of resources/words.toml in the language of now."""
        return self.say(self.app.words(name))

    def answer(self, word: str) -> str:
        """What a source answered: a known word in our words, anything else as it is."""
        name = f"answer.{word}"
        return self.word(name) if name in self.app.words else word

    @property
    def forward_button(self) -> QAbstractButton:
        """下一步, whatever it is called on this page."""
        return self.button(_Which.NextButton)

    def replace(self, draft: Draft) -> None:
        """Another draft: the rail, the buttons and 下一步 follow."""
        self.draft = draft
        if page := self.current:
            page.completeChanged.emit()
            self._dress_forward(page)
        self._draw_rail()

    @property
    def current(self) -> Page | None:
        """The page in view."""
        page = self.currentPage()
        return page if isinstance(page, Page) else None

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
        provider = self.app.provider_of(account)
        self.start_over(start(Reason.REAUTHORIZE, account, provider))

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

    def check_again(self) -> None:
        """Log in once more; only on the page of the check."""
        if isinstance(page := self.current, CheckPage):
            page.check()

    def show_guide(self, provider: Provider, guide: Guide) -> None:
        """The steps in a window of their own; nothing of the draft changes."""
        dialog = GuideDialog(self.app, self.languages, provider, guide, self)
        dialog.secret_wanted.connect(lambda: edit_secret(self))
        dialog.check_wanted.connect(self.check_again)
        if not isinstance(self.current, CheckPage):
            for button in dialog.findChildren(QPushButton, "guide_check_button"):
                button.hide()
        dialog.open()

    def note(self, words: str) -> None:
        """A short note that goes by itself."""
        self._toast.say(words)

    def refresh_buttons(self) -> None:
        """The page in view wants its buttons looked at again."""
        self._lay_out_buttons()

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

    def reject(self) -> None:
        """取消, Esc and the cross: asks only when something typed would be lost."""
        if self._ended:
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
        for which, text in (
            (_Which.CancelButton, self.tr("取消")),
            (_Which.BackButton, self.tr("上一步")),
            (_Which.NextButton, self.tr("下一步")),
            (_Which.CustomButton1, self.tr("仍然保存")),
            (_Which.FinishButton, self.tr("完成")),
        ):
            self.setButtonText(which, text)
            self.button(which).setAccessibleName(text)
        for page in self.pages_by_step.values():
            page.retranslate()
        if now := self.current:
            self._dress_forward(now)
        self._draw_rail()

    def _turned(self, number: int) -> None:
        if self._shown is not None:
            self._shown.leave()
        page = self.page(number)
        self._shown = page if isinstance(page, Page) else None
        if self._shown is None:
            return
        self._lay_out_buttons()
        self._draw_rail()
        self._shown.enter()
        self._dress_forward(self._shown)

    def _lay_out_buttons(self) -> None:
        page = self.current
        forward = [_Which.NextButton, _Which.FinishButton]
        if isinstance(page, CheckPage) and page.may_save_anyway:
            forward = [_Which.CustomButton1]
        layout = [_Which.CancelButton, _Which.Stretch, _Which.BackButton, *forward]
        self.setButtonLayout(layout)
        if page is not None:
            page.completeChanged.emit()

    def _dress_forward(self, page: Page) -> None:
        button = self.button(_Which.NextButton)
        text = page.forward_words() or self.tr("下一步")
        if button.text() != text:
            self.setButtonText(_Which.NextButton, text)
        button.setAccessibleName(self.tr("下一步"))

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
            case Step.SECRET:
                credential = self.draft.credential
                name = self.inside(credential.name) if credential else self.tr("密码")
                pasted = self.draft.way is AuthWay.APP_PASSWORD
                return (self.tr("粘贴{0}") if pasted else self.tr("填写{0}")).format(name)
            case Step.SERVERS:
                return self.tr("服务器设置")
            case Step.CHECK:
                return self.tr("检测")
            case Step.DONE:
                return self.tr("完成", "a step, not a button")

    def _save_anyway(self, which: int) -> None:
        page = self.current
        if which == _Which.CustomButton1.value and isinstance(page, CheckPage):
            page.save()

    def _typed_something(self) -> bool:
        draft = self.draft
        if draft.reason is Reason.ADD:
            return bool(draft.typed.strip() or draft.secret)
        stored = draft.editing.settings if draft.editing else None
        return bool(draft.secret) or draft.settings != stored

    def _ask(self) -> None:
        box = QMessageBox(self)
        box.setObjectName("discard_question")
        box.setWindowTitle(self.windowTitle())
        box.setText(self.tr("要放弃这次设置吗？"))
        box.setInformativeText(self.tr("已经填写的内容不会保存。"))
        stay = QPushButton(self.tr("继续设置"))
        leave = QPushButton(self.tr("放弃"))
        for button, name in ((stay, "keep_going"), (leave, "discard")):
            button.setObjectName(name)
            button.setAccessibleName(button.text())
        box.addButton(leave, QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(stay, QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(stay)
        box.setEscapeButton(stay)
        self._asking = box

        def answered() -> None:
            discard = box.clickedButton() is leave
            self._asking = None
            box.deleteLater()
            if discard:
                self.done(0)

        box.finished.connect(answered)
        box.open()
