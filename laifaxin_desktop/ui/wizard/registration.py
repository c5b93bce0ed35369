"""A registered app as a form: its id, where it lives, its secret, its redirect address.

Holds what is typed, whole or not; gives a sign-in only when every field can be what it should be.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QCheckBox, QLineEdit, QVBoxLayout, QWidget

from laifaxin_desktop.model.microsoft import LOCALHOST, CloudId, SignIn
from laifaxin_desktop.oauth.redirect import RedirectSlip
from laifaxin_desktop.ui.choice_box import ChoiceBox
from laifaxin_desktop.ui.wizard.app_slips import (
    Slip,
    client_id_slip,
    redirect_slip,
    tenant_slip,
)
from laifaxin_desktop.ui.wizard.field import Field
from laifaxin_desktop.ui.wizard.parts import WrappingButton, put, words
from laifaxin_desktop.ui.wizard.tenant_box import TenantBox

if TYPE_CHECKING:
    from laifaxin_desktop.ui.wizard.window import SetupWizard

_MOST = 400  # characters of any field; what is longer is no id


class RegistrationForm(QWidget):
    """The fields of an app that signs people in."""

    changed = Signal()

    def __init__(self, flow: SetupWizard) -> None:
        super().__init__()
        self.flow = flow
        self._given = SignIn("")
        self.client_id = QLineEdit()
        self.tenant = TenantBox("tenant")
        self.cloud = ChoiceBox("cloud", tuple(CloudId))
        self.redirect = QLineEdit()
        for entry, name in ((self.client_id, "client_id"), (self.redirect, "redirect")):
            entry.setObjectName(name)
            entry.setMaxLength(_MOST)
        self.copy = WrappingButton("copy_redirect")
        self.shared = QCheckBox()
        self.shared.setObjectName("shared_mailbox")
        self._shared_hint = words("small")
        self.id_field = Field(self.client_id)
        self.cloud_field = Field(self.cloud)
        self.tenant_field = Field(self.tenant)
        self.redirect_field = Field(self.redirect, self.copy)
        self.id_field.judge = self._judge_id
        self.tenant_field.judge = self._judge_tenant
        self.redirect_field.judge = self._judge_redirect
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        for widget in (
            self.id_field,
            self.cloud_field,
            self.tenant_field,
            self.redirect_field,
            self.shared,
            self._shared_hint,
        ):
            column.addWidget(widget)
        for line in (self.client_id, self.redirect):
            line.textChanged.connect(self.changed)
        self.tenant.editTextChanged.connect(self.changed)
        self.cloud.currentIndexChanged.connect(self._clouded)
        self.shared.toggled.connect(self.changed)
        self.copy.clicked.connect(self._copy)

    def retranslate(self) -> None:
        """The words of every field."""
        clouds = self.flow.app.clouds
        self.id_field.put(self.tr("应用程序(客户端) ID"), self.tr("在应用的“概述”页上。"))
        self.cloud_field.put(self.tr("微软云"))
        self.cloud.put_words([self.flow.say(clouds.cloud(each).name) for each in CloudId])
        self.tenant_field.put(
            self.tr("目录(租户)"),
            self.tr(
                "common 个人和工作账户都行；organizations 只限工作账户；也可以填目录 ID 或域名。"
            ),
        )
        self.redirect_field.put(
            self.tr("重定向地址"),
            self.tr("和应用“身份验证”页上登记的一样。只写 http://localhost 时，端口由程序挑选。"),
        )
        self.copy.put(self.tr("复制"))
        put(self.shared, self.tr("这个邮箱由别人授权给我使用"))
        self._shared_hint.setText(
            self.tr("例如共享邮箱。登录时用您自己的账户，检测时会确认它能打开这个邮箱。")
        )

    def show_app(self, app: SignIn) -> None:
        """Fill the fields."""
        self._given = app
        self.client_id.setText(app.client_id)
        self.tenant.put(app.tenant)
        self.cloud.choose(app.cloud)
        self.redirect.setText(app.redirect)
        self.shared.setChecked(app.shared)

    def app(self) -> SignIn | None:
        """The app, None while a field is not whole."""
        if self._id_slip() or self._tenant_slip() or self._redirect_slip():
            return None
        return self._typed()

    @property
    def typed_cloud(self) -> CloudId:
        """The cloud chosen."""
        return CloudId(self.cloud.chosen)

    def _typed(self) -> SignIn:
        given = self._given
        app = replace(
            given,
            client_id=self.client_id.text().strip().strip("{}").lower(),
            cloud=self.typed_cloud,
            tenant=self.tenant.text.strip().lower(),
            redirect=self.redirect.text().strip() or LOCALHOST,
            shared=self.shared.isChecked(),
        )
        same = (app.client_id, app.cloud, app.tenant) == (
            given.client_id,
            given.cloud,
            given.tenant,
        )
        # Who signed in, and what was granted, was at the other app.
        return app if same else replace(app, identity="", granted=())

    def _clouded(self) -> None:
        self.tenant_field.complain()
        self.changed.emit()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.redirect.text().strip() or LOCALHOST)
        self.flow.note(self.tr("已复制。"))

    # --- what is wrong ---

    def _id_slip(self) -> Slip | None:
        return client_id_slip(self.client_id.text())

    def _tenant_slip(self) -> Slip | None:
        return tenant_slip(self.tenant.text, self.flow.app.clouds.cloud(self.typed_cloud))

    def _redirect_slip(self) -> RedirectSlip | None:
        return redirect_slip(self.redirect.text()) if self.redirect.text().strip() else None

    def _judge_id(self) -> str:
        if self._id_slip() is Slip.NOT_A_GUID:
            return self.tr(
                "客户端 ID 是 8-4-4-4-12 位的一串字符，像 6731de76-14a6-49ae-97bc-6eba6914391e。"
            )
        return ""

    def _judge_tenant(self) -> str:
        match self._tenant_slip():
            case Slip.SPACES:
                return self.tr("目录里不能有空格。请填目录 ID 或域名，不是组织的名称。")
            case Slip.PERSONAL:
                return self.tr("这个云里没有个人账户，不能用 consumers。")
            case Slip.TENANT:
                return self.tr("请填 common、organizations、consumers、目录 ID 或域名。")
        return ""

    def _judge_redirect(self) -> str:
        match self._redirect_slip():
            case RedirectSlip.SCHEME:
                return self.tr(
                    "重定向地址要以 http:// 开头：浏览器要回到这台电脑上的程序，没有 https。"
                )
            case RedirectSlip.HOST:
                return self.tr("重定向地址只能是 localhost：登录结果不能送到别的电脑。")
            case RedirectSlip.SHAPE:
                return self.tr("请写成 http://localhost:端口/路径；端口和路径可以不写。")
        return ""
