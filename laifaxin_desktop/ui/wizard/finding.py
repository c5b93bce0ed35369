"""The card under the address: who the provider is, how one signs in, what was asked so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from laifaxin_desktop.engine.draft import Draft
from laifaxin_desktop.engine.setup import asks_servers
from laifaxin_desktop.model.account import Discovery, Found, NotFound, Offline, Tried
from laifaxin_desktop.model.problem import MailError
from laifaxin_desktop.model.provider import Standing
from laifaxin_desktop.store.fault import StoreError
from laifaxin_desktop.ui import browser
from laifaxin_desktop.ui.theme import set_kind
from laifaxin_desktop.ui.wizard.asked import AskedFold
from laifaxin_desktop.ui.wizard.flow_row import FlowRow
from laifaxin_desktop.ui.wizard.parts import (
    Letter,
    Mark,
    Spinner,
    WrappingButton,
    button,
    folded,
    put,
    words,
)

if TYPE_CHECKING:
    from laifaxin_desktop.ui.wizard.window import SetupWizard

# Answers that may be others in a while.
_PASSING = ("timeout", "lookup_failed", "unreachable")
_BOOK = "book"


class FindingCard(QFrame):
    """Shows a discovery while it runs and when it is done."""

    def __init__(self) -> None:
        super().__init__()
        self._tried: list[Tried] = []
        self.setProperty("kind", "card")
        self.setObjectName("finding_card")
        across = QHBoxLayout(self)
        across.setContentsMargins(16, 14, 16, 14)
        across.setSpacing(12)
        self._letter, self._spinner = Letter(), Spinner(20)
        self._mark = Mark("", "text", 20)
        left = QVBoxLayout()
        for widget in (self._letter, self._spinner, self._mark):
            left.addWidget(widget)
        left.addStretch(1)
        self._name = words("heading", "finding_name")
        self._how = words("secondary", "finding_how")
        self._caution = words("warning", "finding_caution")
        self._state = words("ok", "finding_state")
        self.asked = AskedFold()
        self.again = button("retry_lookup", icon="refresh")
        self.by_hand = WrappingButton("fill_in_by_hand")
        self._web = WrappingButton("open_web_mail")
        self._site = ""
        right = QVBoxLayout()
        right.setSpacing(6)
        for part in (self._name, self._how, self._caution, self._state, self.asked):
            right.addWidget(part)
        choices = FlowRow()  # side by side, or one below the other where words are large
        for choice in (self.again, self.by_hand, self._web):
            choices.add(choice)
        right.addWidget(choices)
        right.addStretch(1)
        across.addLayout(left)
        across.addLayout(right, 1)
        self._web.clicked.connect(self._open_web)
        self.hide()

    def start(self, flow: SetupWizard) -> None:
        """A look-up has begun."""
        self._tried.clear()
        self.show_waiting(flow)

    def add(self, flow: SetupWizard, entry: Tried) -> None:
        """One source has answered."""
        self._tried.append(entry)
        self.asked.show_running(flow, self._tried)

    def show_waiting(self, flow: SetupWizard) -> None:
        """What a running look-up shows."""
        self._show_picture(spinner=True)
        self._name.setText(self.tr("正在查找服务器…"))
        self._how.setText(self.tr("只查询域名，不会发送您的地址和密码。"))
        self._say("", "")
        for part in (self._caution, self.again, self.by_hand, self._web):
            part.hide()
        self.asked.show_running(flow, self._tried)
        self.show()

    def show_found(self, flow: SetupWizard, draft: Draft) -> None:
        """The answer; what was tried stays unfolded only where nothing was found."""
        put(self.again, self.tr("重试"))
        found, provider = draft.discovery, draft.provider
        sure = isinstance(found, Found) and (draft.closed or not asks_servers(draft))
        elsewhere = any(one.source != _BOOK for one in self._tried)  # else there is no news in it
        tried = self._tried if elsewhere else ()
        self.asked.show_over(flow, tried, unfold=not isinstance(found, Found))
        self.again.setVisible(isinstance(found, Offline) or _in_vain(found))
        self.by_hand.put(self.tr("手动填写"))
        self.by_hand.setVisible(isinstance(found, Offline))
        self._show_picture()
        self._caution.hide()
        self._web.hide()
        if isinstance(found, Found) and found.provider and provider:
            way = next((w for w in provider.ways if w.recommended), provider.ways[0])
            self._show_picture(letter=(flow.say(provider.name), provider.color))
            self._name.setText(flow.say(provider.name))
            how = self.tr("登录方式：{0}").format(flow.say(way.title))
            self._how.setText(flow.say(way.why) if provider.closed else how)
            broken = all(w.standing is Standing.BROKEN for w in provider.ways)
            warned = (broken or provider.bridged) and way.reason is not None
            self._caution.setText(flow.say(way.reason) if warned and way.reason else "")
            self._caution.setVisible(warned)
            self._site = provider.site
            self._web.put(self.tr("打开它的网页邮箱"))
            self._web.setVisible(provider.closed and bool(provider.site))
            sentence = (
                self.tr("服务器已自动填写 ✓")
                if sure
                else self.tr("服务器已填写；来自域名的邮件记录，后面请核对。")
            )
            self._say("" if provider.closed else sentence, "ok" if sure else "warning")
        elif isinstance(found, Found):
            self._mark.show_icon("info", "accent")
            self._name.setText(self.tr("找到了可用的服务器"))
            guessed = self.tr("按常见名称试探得到，没有发送密码。")
            named = self.tr("来源：{0}").format(_origin(flow, found.source))
            self._how.setText(guessed if found.source == "probe" else named)
            sure_words = self.tr("服务器已自动填写 ✓")
            check_words = self.tr("后面请核对服务器设置。")
            self._say(sure_words if sure else check_words, "ok" if sure else "warning")
            typed = draft.address
            if typed and "xn--" in typed.domain and not flow.app.alike(typed, None):
                # A name in another script may look like somebody's whom we do not know.
                real = self.tr("这个域名的真实写法是 {0}。如果它看起来像别的网站，请先核对。")
                self._caution.setText(folded(real.format(typed.domain)))
                self._caution.show()
        elif isinstance(found, NotFound):
            self._mark.show_icon("info", "network")
            self._name.setText(self.tr("没有找到这个邮箱的服务器"))
            self._how.setText(self.tr("请检查地址有没有写错；没有错就点“下一步”，手动填写服务器。"))
            self._say("", "")
        elif isinstance(found, Offline):
            self._mark.show_icon("warning", "network")
            self._name.setText(self.tr("这台电脑没有连上网络"))
            self._how.setText(
                self.tr(
                    "连上网络后点“重试”，填好的地址不会丢。要经过代理才能上网，就手动填写服务器和代理。"
                )
            )
            self._say("", "")
        self.show()

    def show_trouble(self, flow: SetupWizard, error: MailError) -> None:
        """Nothing could be looked up, for a reason that lies on this computer."""
        put(self.again, self.tr("重试"))
        self._show_picture()
        self._mark.show_icon("warning", "action")
        if isinstance(error, StoreError):
            self._name.setText(self.tr("邮箱列表现在不能读取"))
            text = flow.app.words(f"store.{error.kind}").fill({"path": str(error.path)})
            self._how.setText(flow.say(text))
        else:
            self._name.setText(self.tr("程序出错了"))
            self._how.setText(self.tr("没有查到服务器。填好的地址还在；请点“重试”。"))
        self._say("", "")
        for part in (self._caution, self.asked, self.by_hand, self._web):
            part.hide()
        self.again.show()
        self.show()

    def _open_web(self) -> None:
        sentence = self.tr("浏览器没有打开。网址是 {0}").format(self._site)
        browser.open_page(self._site, lambda: self._say(sentence, "warning"))

    def _say(self, sentence: str, kind: str) -> None:
        self._state.setText(sentence)
        self._state.setVisible(bool(sentence))
        if kind:
            set_kind(self._state, kind)

    def _show_picture(
        self, *, spinner: bool = False, letter: tuple[str, str] | None = None
    ) -> None:
        self._spinner.setVisible(spinner)
        self._letter.setVisible(letter is not None)
        self._mark.setVisible(not spinner and letter is None)
        if letter:
            self._letter.show_letter(*letter)


def _origin(flow: SetupWizard, source: str) -> str:
    """A source in plain words; its exact name stands among those that were asked."""
    plain = f"origin.{source}"
    return flow.word(plain if plain in flow.app.words else f"source.{source}")


def _in_vain(found: Discovery | None) -> bool:
    """Whether nothing was found while the DNS or the network failed: it may pass."""
    passing = (tried.answer in _PASSING for tried in found.tried) if found else ()
    return isinstance(found, NotFound) and any(passing)
