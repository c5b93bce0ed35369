"""The app to sign in with: one that the person registered, or one whose token is pasted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QWidget

from laifaxin_desktop.engine.draft import Draft, Step, with_sign_in
from laifaxin_desktop.model.microsoft import CloudId, SignIn
from laifaxin_desktop.model.provider import AuthWay
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.ui.wizard.field import Field
from laifaxin_desktop.ui.wizard.page import Page
from laifaxin_desktop.ui.wizard.registration import RegistrationForm
from laifaxin_desktop.ui.wizard.secret_field import SecretField

if TYPE_CHECKING:
    from laifaxin_desktop.ui.wizard.window import SetupWizard


class AppPage(Page):
    """What is half typed stays in the form; the draft only ever holds a whole app."""

    step = Step.APP

    def __init__(self, flow: SetupWizard) -> None:
        super().__init__(flow)
        self._given: SignIn | None = None
        self._filled = False
        self.form = RegistrationForm(flow)
        self.token = SecretField("refresh_token")
        self.token_field = Field(self.token)
        for widget in (self.form, self.token_field):
            self.body.addWidget(widget)
        self.body.addStretch(1)
        self.form.changed.connect(self._edited)
        self.token.textChanged.connect(self._edited)
        self.token.pasted.connect(lambda text: self.token.put("".join(text.split())))

    def retranslate(self) -> None:
        """The words of the form, and what is wanted."""
        address = self.draft.address
        whose = self.tr("用于 {0}").format(address.shown) if address else ""
        redeems = self.draft.way is AuthWay.REFRESH_TOKEN
        self.show_title(self.tr("粘贴令牌") if redeems else self.tr("应用信息"), whose)
        self.form.retranslate()
        self.token_field.put(self.tr("刷新令牌"))

    def show_draft(self) -> None:
        """The app as it was left; at first an administrator's, or an empty one."""
        draft = self.draft
        self.token_field.setVisible(draft.way is AuthWay.REFRESH_TOKEN)
        if not self._filled or (draft.sign_in and draft.sign_in != self._given):
            self._given = draft.sign_in or self._empty(draft)
            with QSignalBlocker(self.form):
                self.form.show_app(self._given)
            self._filled = True
        with QSignalBlocker(self.token):
            self.token.put(draft.refresh_token.reveal() if draft.refresh_token else "")
        self._edited()

    def first_field(self) -> QWidget | None:
        """The id."""
        return self.form.client_id

    def forget(self) -> None:
        """The next draft fills the form anew; the token must not outlive the wizard."""
        self._given, self._filled = None, False
        for field in (self.form, self.token):
            field.blockSignals(True)
        self.form.show_app(SignIn(""))
        self.token.clear()
        for field in (self.form, self.token):
            field.blockSignals(False)

    def _empty(self, draft: Draft) -> SignIn:
        known = draft.provider.cloud if draft.provider else ""
        cloud = CloudId(known) if known in list(CloudId) else CloudId.WORLDWIDE
        personal = self.flow.app.clouds.cloud(cloud).personal
        return SignIn("", cloud, "common" if personal else "organizations")

    def _edited(self) -> None:
        draft, app = self.draft, self.form.app()
        token = Secret(self.token.text()) if self.token.text() else None
        if draft.way is AuthWay.REFRESH_TOKEN and token != draft.refresh_token:
            draft = replace(draft, refresh_token=token, tokens=None, report=None)
        if app is None:
            draft = replace(draft, sign_in=None, tokens=None)
        else:
            self._given = app
            draft = with_sign_in(draft, app)
        if draft != self.draft:
            self.flow.replace(draft)
