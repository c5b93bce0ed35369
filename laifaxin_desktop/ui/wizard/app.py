"""The app to sign in with: one that the person registered, or one whose token is pasted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from laifaxin_desktop.engine.draft import Draft, Reason, Step, with_sign_in
from laifaxin_desktop.engine.setup import app_complete
from laifaxin_desktop.model.microsoft import CloudId, SignIn
from laifaxin_desktop.model.provider import AuthWay
from laifaxin_desktop.oauth.pasted import Slip, read_client_id
from laifaxin_desktop.ui.wizard.flow_row import FlowRow
from laifaxin_desktop.ui.wizard.page import Page
from laifaxin_desktop.ui.wizard.parts import WrappingButton, card, row, words
from laifaxin_desktop.ui.wizard.registration import RegistrationForm
from laifaxin_desktop.ui.wizard.token_form import TokenForm

if TYPE_CHECKING:
    from laifaxin_desktop.ui.wizard.window import SetupWizard

_PRESET = "microsoft.toml"  # an administrator's, in the folder of the settings


class AppPage(Page):
    """What is half typed stays in the forms; the draft only ever holds a whole app."""

    step = Step.APP

    def __init__(self, flow: SetupWizard) -> None:
        super().__init__(flow)
        self._whose: str | None = None  # mailbox that the forms were filled for
        self._given: SignIn | None = None  # what they were filled with, or hold now
        self._more = False
        self._preset, column = card("notice")
        self._preset.setObjectName("preset")
        self._preset_words = words("", "preset_words")
        column.addWidget(self._preset_words)
        self.form = RegistrationForm(flow)
        self.tokens = TokenForm(flow)
        self.more = WrappingButton("more_app_fields", "link")
        self.check = WrappingButton("check_app")
        self.guide = WrappingButton("app_guide", "link")
        links = FlowRow()
        for button in (self.check, self.guide):
            links.add(button)
        self.body.setSpacing(14)
        for widget in (self._preset, self.tokens, self.form.id_field, self.tokens.token_field):
            self.body.addWidget(widget)
        self.body.addLayout(row(self.more))
        self.body.addWidget(self.form)
        self.body.addWidget(links)
        self.body.addStretch(1)
        self.form.changed.connect(self._edited)
        self.tokens.changed.connect(self._edited)
        self.tokens.recognised.connect(self.form.client_id.setText)
        self.more.clicked.connect(self._turn)
        self.check.clicked.connect(flow.check_app)
        self.guide.clicked.connect(self._open_guide)

    @property
    def redeems(self) -> bool:
        """Whether a token from elsewhere is wanted, and not a registration."""
        return self.draft.way is AuthWay.REFRESH_TOKEN

    def retranslate(self) -> None:
        """The words of the forms, and what is wanted."""
        address = self.draft.address
        whose = self.tr("用于 {0}").format(address.shown) if address else ""
        self.show_title(self.tr("粘贴令牌") if self.redeems else self.tr("应用信息"), whose)
        self.form.retranslate()
        self.tokens.retranslate()
        guide = self.draft.guide
        self.guide.setVisible(guide is not None and bool(guide.steps))
        self.guide.put(
            self.tr("这些从哪里来？查看步骤") if self.redeems else self.tr("还没有应用？查看步骤")
        )
        self.check.put(self.tr("检查我的应用"))
        name = self.tr("更多设置")
        self.more.put(f"{'▾' if self._more else '▸'} {name}", name)
        self._name_preset()

    def show_draft(self) -> None:
        """The app as it was left; at first an administrator's, a stored one, or an empty one."""
        draft, typed = self.draft, self._typed_app()
        whose = str(draft.address or "")
        if whose != self._whose or typed not in (None, self._given):
            self._whose, self._given = whose, typed or self._first(draft)
            stored = draft.editing.settings.sign_in if draft.editing else None
            home = draft.provider.cloud if draft.provider else ""
            self.form.show_app(
                self._given,
                draft.client_secret,
                stored=stored,
                home=CloudId(home) if home in list(CloudId) else None,
            )
            self._more = False
        if self.redeems and not self.form.client_id.text():
            self.form.client_id.setText(self._preset_id())
        self.tokens.show_token(draft.refresh_token)
        self._draw()
        self.retranslate()
        self._edited()

    def first_field(self) -> QWidget | None:
        """Where the first thing that is missing goes."""
        if self.redeems and not self.draft.refresh_token:
            return self.tokens.line
        return self.form.client_id

    def leave(self) -> None:
        """Hidden again whenever the page goes out of view."""
        super().leave()
        self.form.secret.reveal(False)

    def forget(self) -> None:
        """The next draft fills the forms anew; no secret outlives the wizard."""
        self._whose = self._given = None
        self.form.show_app(SignIn(""))
        self.tokens.forget()

    def _typed_app(self) -> SignIn | None:
        """The draft's app, unless it is the one that comes with the program."""
        app, ours = self.draft.sign_in, self.flow.app.one_click(self.draft.provider)
        if app is None or self.draft.editing is not None or ours is None:
            return app
        return None if app.client_id == ours.client_id else app

    def _first(self, draft: Draft) -> SignIn:
        """What stands in the form at first; the id is the person's own to give."""
        clouds = self.flow.app.clouds
        known = draft.provider.cloud if draft.provider else ""
        cloud = CloudId(known) if known in list(CloudId) else CloudId.WORLDWIDE
        # A personal account may have the very name of a work mailbox: work asks for work.
        work = draft.provider is not None and draft.provider.id == clouds.cloud(cloud).provider
        tenant = "common" if clouds.cloud(cloud).personal and not work else "organizations"
        preset = clouds.preset
        if preset is None or preset.cloud is not cloud:
            return SignIn("", cloud, tenant)
        return SignIn("", cloud, preset.tenant or tenant, preset.redirect)

    def _preset_id(self) -> str:
        """The app that an administrator filled in for this cloud."""
        preset = self.flow.app.clouds.preset
        fits = preset is not None and preset.cloud is self.form.typed_cloud
        return preset.client_id if preset is not None and fits else ""

    def _name_preset(self) -> None:
        preset = self.flow.app.clouds.preset
        given = self._preset_id()
        filled = bool(given) and given == read_client_id(self.form.client_id.text())
        self._preset.setVisible(filled)
        if preset is not None and filled:
            name = preset.name or _PRESET
            self._preset_words.setText(self.tr("由管理员预先填写：{0}").format(name))

    def _draw(self) -> None:
        redeems = self.redeems
        self.tokens.setVisible(redeems)
        self.tokens.token_field.setVisible(redeems)
        self.more.setVisible(redeems)
        self.form.setVisible(self._more or not redeems)
        self.form.redirect_field.setVisible(not redeems)
        self.check.setVisible(not redeems)

    def _turn(self) -> None:
        self._more = not self._more
        self._draw()
        self.retranslate()

    def _edited(self) -> None:
        draft, app = self.draft, self.form.app()
        secret = self.form.secret.secret
        token = self.tokens.refresh_token if self.redeems else draft.refresh_token
        if (secret, token) != (draft.client_secret, draft.refresh_token):
            draft = replace(
                draft, client_secret=secret, refresh_token=token, tokens=None, report=None
            )
        if app is None:
            draft = replace(draft, sign_in=None, tokens=None, report=None)
        else:
            self._given = app
            draft = with_sign_in(draft, app)
        typed = read_client_id(self.form.client_id.text())
        self.tokens.show_client_id("" if isinstance(typed, Slip) else typed)
        self._name_preset()
        self.check.setEnabled(app_complete(draft))
        if draft != self.draft:
            self.flow.replace(draft)

    def _open_guide(self) -> None:
        provider, guide = self.draft.provider, self.draft.guide
        if provider is None or guide is None:
            return
        if self.draft.reason is Reason.ADD:
            self.flow.go(Step.GUIDE)
        else:
            self.flow.show_guide(provider, guide)
