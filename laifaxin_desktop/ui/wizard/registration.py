"""A registered app as a form: its id, where it lives, its secret, its redirect address.

Holds what is typed, whole or not; gives an app only when every field can be what it should be.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from laifaxin_desktop.model.microsoft import CloudId, SignIn
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.oauth.pasted import Slip, read_client_id, read_redirect, read_tenant
from laifaxin_desktop.ui.choice_box import ChoiceBox
from laifaxin_desktop.ui.wizard.app_secret import AppSecret
from laifaxin_desktop.ui.wizard.field import Field
from laifaxin_desktop.ui.wizard.parts import WrappingButton, breakable
from laifaxin_desktop.ui.wizard.sign_in_cards import SharedBox
from laifaxin_desktop.ui.wizard.tenant_box import TenantBox

if TYPE_CHECKING:
    from laifaxin_desktop.ui.wizard.window import SetupWizard

_EXAMPLE = "6731de76-14a6-49ae-97bc-6eba6914391e"
_MOST = 400  # characters of any field; what is longer is no id


class RegistrationForm(QWidget):
    """The fields of an app that signs people in.

    The id is the page's to place (`id_field`), and the redirect address (`redirect_field`) to hide.
    """

    changed = Signal()

    def __init__(self, flow: SetupWizard) -> None:
        super().__init__()
        self.flow = flow
        self._given = SignIn("")
        self._home: CloudId | None = None
        self._stored: SignIn | None = None  # the app whose secret is kept
        self.client_id, self.redirect = QLineEdit(), QLineEdit()
        for entry, name in ((self.client_id, "client_id"), (self.redirect, "redirect")):
            entry.setObjectName(name)
            entry.setMaxLength(_MOST)
        self.tenant = TenantBox("tenant")
        self.cloud = ChoiceBox("cloud", tuple(CloudId))
        self.copy = WrappingButton("copy_redirect")
        self.secret = AppSecret()
        self.shared = SharedBox()
        self.id_field = Field(self.client_id)
        self.cloud_field = Field(self.cloud)
        self.tenant_field = Field(self.tenant)
        self.redirect_field = Field(self.redirect, self.copy)
        self.id_field.judge = self._judge_id
        self.cloud_field.judge = self._judge_cloud
        self.tenant_field.judge = self._judge_tenant
        self.redirect_field.judge = self._judge_redirect
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        for widget in (
            self.cloud_field,
            self.tenant_field,
            self.secret,
            self.redirect_field,
            self.shared,
        ):
            column.addWidget(widget)
        for line in (self.client_id, self.redirect):
            line.textChanged.connect(self.changed)
        self.tenant.editTextChanged.connect(self.changed)
        self.cloud.currentIndexChanged.connect(self._clouded)
        self.secret.changed.connect(self.changed)
        self.shared.box.toggled.connect(self.changed)
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
        self.secret.retranslate()
        self.shared.retranslate()

    def show_app(
        self,
        app: SignIn,
        secret: Secret | None = None,
        *,
        stored: SignIn | None = None,
        home: CloudId | None = None,
    ) -> None:
        """Fill the fields.

        `stored` is the app whose secret is kept already, `home` the cloud that the mailbox is known
        to live in.
        """
        self._given, self._home = app, home
        self._stored = stored if stored and stored.confidential else None
        with QSignalBlocker(self):
            self.client_id.setText(app.client_id)
            self.tenant.put(app.tenant)
            self.cloud.choose(app.cloud)
            self.redirect.setText(app.redirect)
            self.shared.show_app(app, asked=False)
            self.secret.show_secret(
                confidential=app.confidential, expires=app.secret_expires, secret=secret
            )

    def app(self) -> SignIn | None:
        """The app, None while a field is not whole."""
        client_id = read_client_id(self.client_id.text())
        tenant, redirect = read_tenant(self.tenant.text), read_redirect(self.redirect.text())
        if any(isinstance(read, Slip) for read in (client_id, tenant, redirect)):
            return None
        kept = self._stored
        same = kept is not None and (kept.client_id, kept.cloud) == (client_id, self.typed_cloud)
        if not self.secret.whole(stored=same) or self._judge_tenant():
            return None
        given = self._given
        app = replace(
            given,
            client_id=client_id,
            cloud=self.typed_cloud,
            tenant=tenant,
            redirect=redirect,
            confidential=self.secret.box.isChecked(),
            secret_expires=self.secret.expires,
            shared=self.shared.box.isChecked(),
        )
        same = (app.client_id, app.cloud) == (given.client_id, given.cloud)
        # Who signed in, and what was granted, was at the other app.
        return app if same else replace(app, identity="", granted=())

    @property
    def typed_cloud(self) -> CloudId:
        """The cloud chosen."""
        return CloudId(self.cloud.chosen)

    def _clouded(self) -> None:
        self.cloud_field.complain()
        self.tenant_field.complain()
        self.changed.emit()

    def _copy(self) -> None:
        read = read_redirect(self.redirect.text())
        QGuiApplication.clipboard().setText(
            self.redirect.text() if isinstance(read, Slip) else read
        )
        self.flow.note(self.tr("已复制。"))

    # --- what is wrong, a sentence each ---

    def _judge_id(self) -> str:
        if read_client_id(self.client_id.text()) is not Slip.CLIENT_ID:
            return ""
        said = self.tr("这不是客户端 ID：它是 8-4-4-4-12 位的一串，像 {0}。")
        return said.format(breakable(_EXAMPLE))

    def _judge_cloud(self) -> str:
        """Not wrong, but seldom meant: the mailbox is known to live elsewhere."""
        if self._home is None or self.typed_cloud is self._home:
            return ""
        name = self.flow.say(self.flow.app.clouds.cloud(self._home).name)
        return self.tr("按邮件记录，这个邮箱在“{0}”；别的云里的应用打不开它。").format(name)

    def _judge_tenant(self) -> str:
        text = self.tenant.text.strip()
        read = read_tenant(text)
        if isinstance(read, Slip):
            if any(letter.isspace() for letter in text):
                return self.tr("目录里不能有空格。请填目录 ID 或域名，不是组织的名称。")
            return self.tr("请填 common、organizations、consumers、目录 ID 或域名。")
        if read == "consumers" and not self.flow.app.clouds.cloud(self.typed_cloud).personal:
            return self.tr("这个云里没有个人账户，不能用 consumers。")
        return ""

    def _judge_redirect(self) -> str:
        match read_redirect(self.redirect.text()):
            case Slip.REDIRECT_SCHEME:
                return self.tr(
                    "重定向地址要以 http:// 开头：浏览器要回到这台电脑上的程序，没有 https。"
                )
            case Slip.REDIRECT_HOST:
                return self.tr("重定向地址只能是 localhost：登录结果不能送到别的电脑。")
            case Slip.REDIRECT_SHAPE:
                return self.tr("请写成 http://localhost:端口/路径；端口和路径可以不写。")
        return ""
