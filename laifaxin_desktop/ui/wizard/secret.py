"""The secret: pasted or typed into one field; cleaned, hinted at, never refused for its shape."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from laifaxin_desktop.engine.draft import Reason, Step, with_secret
from laifaxin_desktop.engine.setup import MOST_SECRET
from laifaxin_desktop.model.problem import Fix
from laifaxin_desktop.model.provider import AuthWay, Standing
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.model.text import Text
from laifaxin_desktop.ui.theme import set_icon, set_kind
from laifaxin_desktop.ui.wizard.flow_row import FlowRow, SideBySide
from laifaxin_desktop.ui.wizard.page import Page
from laifaxin_desktop.ui.wizard.parts import Mark, WrappingButton, button, put, row, spaced, words
from laifaxin_desktop.ui.wizard.secret_field import SecretField

if TYPE_CHECKING:
    from laifaxin_desktop.ui.wizard.window import SetupWizard


class SecretPage(Page):
    """One field, named as the provider names it."""

    step = Step.SECRET

    def __init__(self, flow: SetupWizard) -> None:
        super().__init__(flow)
        self._label = QLabel()
        self.entry = SecretField("secret_field")
        self._label.setBuddy(self.entry)
        self.paste = button("paste", icon="paste")
        self.shown = button("show_secret", icon="eye")
        self._hint = words("secondary", "secret_hint")
        self._refused = words("warning", "secret_refused")  # by the servers, as they say today
        self.guide = WrappingButton("secret_guide", "link")
        actions = FlowRow()
        actions.add(self.paste)
        actions.add(self.shown)
        line = SideBySide(self.entry, actions, least=380, stretch=(1, 0))
        self._promise = words("small", "secret_promise")
        self.body.setSpacing(8)
        self.body.addWidget(self._refused)
        self.body.addWidget(self._label)
        self.body.addWidget(line)
        self.body.addWidget(self._hint)
        self.body.addLayout(row(self.guide))
        self.body.addSpacing(16)
        promise = QHBoxLayout()
        promise.setSpacing(6)
        promise.addWidget(Mark("lock", "secondary", 14), 0, Qt.AlignmentFlag.AlignTop)
        promise.addWidget(self._promise, 1)
        self.body.addLayout(promise)
        self.body.addStretch(1)
        self.entry.textChanged.connect(self._typed)
        self.entry.pasted.connect(self.take)
        self.paste.clicked.connect(self.entry.paste_now)
        self.shown.clicked.connect(lambda: self._reveal(not self.entry.revealed))
        self.guide.clicked.connect(self._open_guide)

    @property
    def name(self) -> str:
        """What this provider calls its secret, inside a sentence."""
        return self.flow.inside(self._named)

    @property
    def _named(self) -> Text:
        credential = self.draft.credential
        return credential.name if credential else self.flow.app.words("way.password")

    def retranslate(self) -> None:
        """Every word names the secret as its provider does."""
        name, address = self.name, self.draft.address
        pasted = self.draft.way is AuthWay.APP_PASSWORD
        title = self.tr("粘贴{0}") if pasted else self.tr("填写{0}")
        whose = self.tr("用于 {0}").format(address.shown) if address else ""
        self.show_title(spaced(title.format(name)), whose)
        label = self.flow.say(self._named)
        self._label.setText(label)
        self.entry.setAccessibleName(label)
        put(self.paste, self.tr("粘贴"))
        self._reveal(self.entry.revealed)
        guide = self.draft.guide
        self.guide.setVisible(guide is not None and bool(guide.steps))
        self.guide.put(spaced(self.tr("还没有{0}？查看步骤").format(name)))
        self._promise.setText(
            self.tr("加密后只保存在这台电脑上；只发送给这个邮箱自己的收信和发信服务器。")
        )
        refused = self._refusal()
        self.say_error(self._refused, self.flow.say(refused) if refused else "")
        self._judge()

    def _refusal(self) -> Text | None:
        """Why the servers will not take it, where the directory knows nothing of that."""
        draft, row = self.draft, self.draft.chosen
        if draft.provider is None or row is None or row.standing is not Standing.BROKEN:
            return None
        known = self.flow.app.book.by_id(draft.provider.id)
        before = known.way(row.way, own_app=row.own_app) if known else None
        return row.reason if before and before.standing is not Standing.BROKEN else None

    def show_draft(self) -> None:
        """The secret, hidden, as it was left."""
        secret = self.draft.secret
        self.entry.put(secret.reveal() if secret else "")
        self.entry.selectAll()  # what is typed now is another one, not the end of the old one
        self.retranslate()

    def first_field(self) -> QWidget:
        """The field."""
        return self.entry

    def leave(self) -> None:
        """Hidden again whenever the page goes out of view."""
        super().leave()
        self._reveal(False)

    def forget(self) -> None:
        """The field must not outlive the wizard."""
        self.entry.blockSignals(True)
        self.entry.clear()
        self.entry.blockSignals(False)
        self._reveal(False)

    def _reveal(self, shown: bool) -> None:
        self.entry.reveal(shown)
        put(self.shown, self.tr("隐藏") if shown else self.tr("显示"))
        set_icon(self.shown, "eye-off" if shown else "eye")

    def take(self, clipboard: str) -> None:
        """What was pasted, without what the provider only prints for readability."""
        if not clipboard.strip():
            self._say(
                self.tr("剪贴板里没有文字。请先复制{0}，再点“粘贴”。").format(self.name), "warning"
            )
            return
        credential = self.draft.credential
        self.entry.put(credential.clean(clipboard) if credential else clipboard.strip("\r\n"))
        self.entry.setFocus()

    def _typed(self, text: str) -> None:
        draft = with_secret(self.draft, Secret(text)) if text else self.draft
        if not text:
            draft = replace(draft, secret=None, report=None)
        self.flow.replace(draft)
        self._judge()

    def _judge(self) -> None:
        """A sentence about what is in the field; only what can never be sent holds one back."""
        secret = self.draft.secret
        text = secret.reveal() if secret else ""
        credential = self.draft.credential
        if not text:
            if self.entry.text():
                self._say(self.tr("这里只有空格。"), "warning")
            else:
                self._say("", "secondary")
        elif len(text) > MOST_SECRET:
            self._say(
                self.tr("内容太长，像是粘贴了整段文字。请只复制{0}。").format(self.name), "error"
            )
        elif set(text) & set("\r\n\0"):
            self._say(self.tr("中间有换行。请只复制{0}这一行。").format(self.name), "error")
        elif self.draft.address and text.lower() == self.draft.address.key:
            self._say(self.tr("这是邮箱地址，不是{0}。").format(self.name), "warning")
        elif self.draft.way is AuthWay.APP_PASSWORD and not text.isascii():
            self._say(
                self.tr("里面有中文或全角字符，{0}一般没有，请再复制一次。").format(self.name),
                "warning",
            )
        elif text != text.strip():
            self._say(self.tr("开头或结尾有空格；如果不是密码的一部分，请删掉。"), "warning")
        elif self._failed:
            self._say(self.tr("刚才没有通过的就是这个{0}；请换一个。").format(self.name), "warning")
        elif credential is None or (fits := credential.fits(text)) is None:
            self._say("", "secondary")
        elif fits:
            self._say(self._looks_right(), "ok")
        elif len(text) >= 4:
            expected = self.tr(
                "这更像是登录密码。{0}一般是 {1} 位，请确认没有复制错；也可以直接继续。"
            )
            self._say(expected.format(self.name, credential.length), "warning")
        else:
            self._say("", "secondary")

    @property
    def _failed(self) -> bool:
        """Whether a server has just refused what is in the field: it must not be praised then."""
        report = self.draft.report  # goes with the first letter that changes
        legs = report.legs if report else ()
        return any(leg.diagnosis and leg.diagnosis.fix is Fix.EDIT_PASSWORD for leg in legs)

    def _looks_right(self) -> str:
        provider = self.draft.provider
        known = provider is not None and provider.id != "other"
        if provider is not None and known:
            sentence = self.tr("看起来是{0}的{1} ✓")
            return spaced(sentence.format(self.flow.say(provider.name), self.name))
        return self.tr("看起来是{0} ✓").format(self.name)

    def _say(self, sentence: str, kind: str) -> None:
        set_kind(self._hint, kind)
        self._hint.setText(spaced(sentence))
        self._hint.setVisible(bool(sentence))

    def _open_guide(self) -> None:
        provider, guide = self.draft.provider, self.draft.guide
        if provider is None or guide is None:
            return
        if self.draft.reason is Reason.ADD:
            self.flow.go(Step.GUIDE)
        else:
            self.flow.show_guide(provider, guide)
