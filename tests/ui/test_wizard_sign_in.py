"""Signing in with Microsoft as a person does it: one way there, and a way out of every wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QWidget

from laifaxin_desktop.engine.draft import Reason, Step
from laifaxin_desktop.model.microsoft import Permission, SignIn, with_granted
from laifaxin_desktop.model.problem import Evidence, Fault, MailError, Stage
from laifaxin_desktop.model.provider import AuthWay, Side
from laifaxin_desktop.model.report import Status, status_of
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.model.text import Language
from laifaxin_desktop.ui import browser, loop
from laifaxin_desktop.ui.wizard import sign_in
from laifaxin_desktop.ui.wizard.sign_in import Phase, SignInPage
from tests.engine.sign_in import CLIENT, SEGMENTS, ScriptedOAuth, Waiting, refused

from .person import Person, use
from .sample_sign_in import LINE, signed_account
from .sample_wizard import PRESET, Servers, until

ADDRESS = "someone@outlook.com"
TOKEN = "M.C5" + "x" * 400


@pytest.fixture(autouse=True)
def bugs(dressed):
    """An error of ours anywhere fails the test; a closed window does not end the loop."""
    seen: list[BaseException] = []
    loop.on_bug(seen.append)
    dressed.setQuitOnLastWindowClosed(False)
    yield seen
    loop.on_bug(None)
    dressed.setQuitOnLastWindowClosed(True)
    assert seen == []


@pytest.fixture(autouse=True)
def pages(monkeypatch):
    """The pages that a browser was told to open; none opens."""
    opened: list[str] = []
    monkeypatch.setattr(browser, "open_page", lambda url, failed=None: opened.append(url))
    return opened


@dataclass
class SlowOAuth(ScriptedOAuth):
    """A platform that can be made to hang before it answers, and that counts its open doors."""

    gate: asyncio.Event = field(default_factory=asyncio.Event)
    most_open: int = 0
    hints: list[str] = field(default_factory=list)
    secrets: list[Secret | None] = field(default_factory=list)
    closes_after: float = 0.0  # seconds that a door takes to close
    redeemed: list[Secret] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.gate.set()

    @asynccontextmanager
    async def browser(
        self,
        sign_in: SignIn,
        permissions: Collection[Permission],
        *,
        hint: str = "",
        client_secret: Secret | None = None,
    ) -> AsyncIterator[Waiting]:
        self.hints.append(hint)
        self.secrets.append(client_secret)
        async with self._opened(), super().browser(sign_in, permissions) as flow:
            flow.url += f"&number={len(self.flows)}"
            yield flow

    @asynccontextmanager
    async def device(
        self, sign_in: SignIn, permissions: Collection[Permission]
    ) -> AsyncIterator[Waiting]:
        async with self._opened(), super().device(sign_in, permissions) as flow:
            yield flow

    async def redeem(
        self,
        sign_in: SignIn,
        permissions: Collection[Permission],
        refresh_token: Secret,
        *,
        client_secret: Secret | None = None,
    ):
        self.redeemed.append(refresh_token)
        async with self._opened():
            return await super().redeem(sign_in, permissions, refresh_token)

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[None]:
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            await self.gate.wait()
            self.open -= 1  # whoever follows counts himself
            try:
                yield
            finally:
                self.open += 1
                if self.closes_after:
                    await asyncio.sleep(self.closes_after)
        finally:
            self.open -= 1


async def to_sign_in(person: Person, address: str = ADDRESS) -> SignInPage:
    """Up to the page, by one click on the first way."""
    person.type(address)
    await person.next()
    await person.next()
    await person.reach(Step.SIGN_IN)
    return person.wizard.current


async def browsing(person: Person) -> SignInPage:
    """Until the browser is waited for."""
    page = person.wizard.current
    await until(lambda: page.signing.url and person.button("复制链接"))
    return page


async def coded(person: Person) -> SignInPage:
    """Until a code is shown."""
    page = person.wizard.current
    await until(lambda: page.signing.code and person.button("复制代码"))
    return page


async def to_code(person: Person) -> SignInPage:
    await to_sign_in(person)
    await browsing(person)
    person.click("改用设备代码")
    return await coded(person)


# --- there ------------------------------------------------------------------------------------


def test_an_address_and_three_clicks_to_normal(tmp_path, languages, pages):
    """添加邮箱 in the main window is the first."""
    oauth = ScriptedOAuth()

    async def walk(person: Person) -> None:
        person.clicks = 1
        await to_sign_in(person)
        page = await browsing(person)
        assert pages == [page.signing.url]
        assert not person.button("下一步").isEnabled()
        oauth.come_back()
        await person.reach(Step.DONE)
        assert person.clicks <= 3
        assert "正常" in person.seen()
        [account] = await person.wizard.app.accounts.all()
        assert account.settings.auth is AuthWay.MICROSOFT
        assert account.settings.sign_in.client_id == CLIENT
        assert account.settings.sign_in.identity == ADDRESS
        assert status_of((await person.wizard.app.accounts.reports())[account.id]) is Status.OK
        assert oauth.open == 0

    use(tmp_path, languages, walk, oauth=oauth, preset=PRESET)


def test_three_clicks_re_authorise_in_place(tmp_path, languages, pages):
    oauth = SlowOAuth()

    async def walk(person: Person) -> None:
        [before] = await person.wizard.app.accounts.all()
        person.clicks = 1  # 重新授权… in the list
        assert person.step is Step.SIGN_IN
        await browsing(person)
        oauth.come_back()
        await person.reach(Step.DONE)
        assert person.clicks <= 3
        [after] = await person.wizard.app.accounts.all()
        assert (after.id, after.settings) == (before.id, before.settings)
        assert after.revision == before.revision + 1
        assert oauth.hints[-1] == ADDRESS
        assert len(pages) == 1

    use(
        tmp_path,
        languages,
        walk,
        oauth=oauth,
        preset=PRESET,
        reason=Reason.REAUTHORIZE,
        account=signed_account,
    )


def test_a_code_on_another_device(tmp_path, languages, pages):
    oauth = ScriptedOAuth()

    async def walk(person: Person) -> None:
        page = await to_code(person)
        code = page.device.code
        assert (code.text(), code.accessibleName()) == ("HJ7K-QM2P", "代码 HJ7K-QM2P")
        assert code.accessibleDescription() == "H J 7 K 连字符 Q M 2 P"
        assert page.device.page.text() == "https://microsoft.com/devicelogin"
        assert "代码还有 15 分钟有效。" in person.seen()
        await until(lambda: person.wizard.focusWidget() is person.button("复制代码"))
        person.click("复制代码")
        assert QGuiApplication.clipboard().text() == "HJ7K-QM2P"
        person.click("打开网页")
        assert pages[-1] == "https://microsoft.com/devicelogin"
        oauth.come_back()
        await person.reach(Step.DONE)
        assert QGuiApplication.clipboard().text() == ""  # the code is over
        assert oauth.open == 0

    use(tmp_path, languages, walk, oauth=oauth, preset=PRESET)


def test_a_second_code_where_one_does_not_do(tmp_path, languages):
    """Receiving by IMAP and sending through Graph are two resources."""

    @dataclass
    class OneResource(ScriptedOAuth):
        asked_for: list[set[Permission]] = field(default_factory=list)

        def device(self, sign_in, permissions):
            self.asked_for.append(set(permissions))
            return super().device(sign_in, permissions)

        def of(self, sign_in):
            allowed = {SEGMENTS[Permission.IMAP]} if not sign_in.granted else self.granted
            whole = super().of(sign_in)
            identified = replace(sign_in, identity=self.identity)
            return replace(whole, sign_in=with_granted(identified, frozenset(allowed)))

    oauth = OneResource()

    async def walk(person: Person) -> None:
        page = await to_code(person)
        oauth.come_back()
        await until(lambda: page.signing.codes == 2)
        await coded(person)
        assert any(words.startswith("还差一步") for words in person.seen())
        assert oauth.asked_for[1] == oauth.asked_for[0]  # what it gave before is not forgotten
        oauth.come_back()
        await person.reach(Step.DONE)
        assert len(oauth.flows) == 3  # the browser's, which was given up, and two codes
        assert oauth.open == 0

    use(tmp_path, languages, walk, oauth=oauth, preset=PRESET)


def test_the_codes_minutes_run_down(tmp_path, languages):
    oauth = ScriptedOAuth()

    async def walk(person: Person) -> None:
        page = await to_code(person)
        page.device._ends = datetime.now(UTC) + timedelta(seconds=40)
        page.device._clock.timeout.emit()
        assert "代码快要过期了；过期后可以再要一个。" in person.seen()

    use(tmp_path, languages, walk, oauth=oauth, preset=PRESET)


def test_an_app_with_a_secret_has_no_device_code(tmp_path, languages):
    oauth = SlowOAuth()

    async def account(app):
        return await signed_account(app, confidential=True, client_id=CLIENT.replace("1", "a"))

    async def walk(person: Person) -> None:
        await browsing(person)
        assert "改用设备代码" not in person.seen()
        assert any("公共应用" in words for words in person.seen())
        [stored] = await person.wizard.app.accounts.all()
        kept = await person.wizard.app.accounts.secret(stored.id)
        assert oauth.secrets[-1] == kept  # the app's secret is in there, and is not asked again
        person.click("取消登录")
        assert "改用设备代码" not in person.seen()

    use(
        tmp_path,
        languages,
        walk,
        oauth=oauth,
        reason=Reason.REAUTHORIZE,
        account=account,
    )


# --- who --------------------------------------------------------------------------------------


def test_somebody_else_is_said_and_still_checked(tmp_path, languages):
    oauth = ScriptedOAuth(identity="boss@contoso.com")

    async def walk(person: Person) -> None:
        await to_sign_in(person)
        await browsing(person)
        oauth.come_back()
        await person.reach(Step.DONE)
        note = f"登录身份：boss@contoso.com；检测时会确认它能打开 {ADDRESS}。"
        assert note in person.seen()

    use(tmp_path, languages, walk, oauth=oauth, preset=PRESET)


def test_coming_back_does_not_ask_again_and_another_can_sign_in(tmp_path, languages, pages):
    oauth = SlowOAuth(identity="boss@contoso.com")
    servers = Servers(fails={Side.SEND: Evidence(Stage.LOGIN, Fault.REJECTED)})

    async def walk(person: Person) -> None:
        page = await to_sign_in(person)
        await browsing(person)
        oauth.come_back()
        await person.reach(Step.CHECK)
        await person.fail()
        person.click("上一步")
        await until(lambda: page.phase is Phase.SIGNED)
        assert "已登录为 boss@contoso.com" in person.seen()
        assert f"检测时会确认它能打开 {ADDRESS}。" in person.seen()
        assert len(pages) == 1
        assert person.button("下一步").isEnabled()
        person.click("上一步")
        assert person.step is Step.WAY
        await person.next()
        assert page.phase is Phase.SIGNED
        assert len(pages) == 1
        oauth.identity = ADDRESS
        person.click("换一个账号登录")
        await browsing(person)
        assert len(pages) == 2
        assert oauth.hints == [ADDRESS, ""]  # the browser asks who it is to be
        oauth.come_back()
        await person.reach(Step.CHECK)
        await person.fail()
        assert person.wizard.draft.sign_in.identity == ADDRESS

    use(tmp_path, languages, walk, oauth=oauth, preset=PRESET, servers=servers)


def test_a_shared_mailbox_expects_nobody_by_its_name(tmp_path, languages, pages):
    oauth = SlowOAuth(identity="li@contoso.com")

    async def walk(person: Person) -> None:
        page = await to_sign_in(person)
        await browsing(person)
        first = page.signing.url
        person.click("这个邮箱由别人授权给我使用")
        await until(lambda: page.signing.url and page.signing.url != first)
        assert oauth.hints == [ADDRESS, ""]
        assert oauth.most_open == 1
        oauth.come_back()
        await person.reach(Step.DONE)
        [account] = await person.wizard.app.accounts.all()
        assert account.settings.sign_in.shared
        assert account.settings.sign_in.identity == "li@contoso.com"

    use(tmp_path, languages, walk, oauth=oauth, preset=PRESET)


# --- out --------------------------------------------------------------------------------------


async def _none_left(oauth: ScriptedOAuth) -> None:
    await until(lambda: oauth.open == 0)
    await until(lambda: len(asyncio.all_tasks()) == 1)  # this one


WAITS = ["opening", "browser", "asking", "code"]


async def _wait_at(person: Person, oauth: SlowOAuth, wait: str) -> SignInPage:
    """Up to one of the waits."""
    if wait == "opening":
        oauth.gate.clear()
    page = await to_sign_in(person)
    if wait == "opening":
        await until(lambda: oauth.open)
        return page
    await browsing(person)
    if wait == "browser":
        return page
    if wait == "asking":
        oauth.gate.clear()
    person.click("改用设备代码")
    if wait == "asking":
        await until(lambda: "正在向微软要一个设备代码…" in person.seen() and oauth.open)
        return page
    return await coded(person)


@pytest.mark.parametrize("wait", WAITS)
@pytest.mark.parametrize("how", ["取消登录", "上一步", "close"])
def test_every_wait_can_be_left(tmp_path, languages, wait, how):
    oauth = SlowOAuth()

    async def walk(person: Person) -> None:
        page = await _wait_at(person, oauth, wait)
        assert oauth.open == 1
        if how == "close":
            person.wizard.close()
            person.wizard.findChild(QAbstractButton, "discard").click()
            await until(lambda: not person.wizard.isVisible())
        else:
            person.click(how)
            assert person.step is Step.WAY
            assert not page.busy
        await _none_left(oauth)
        if oauth.flows:
            oauth.come_back()  # too late
        await asyncio.sleep(0.02)  # nothing happens
        if how != "close":
            assert person.step is Step.WAY
            assert person.wizard.draft.tokens is None

    use(tmp_path, languages, walk, oauth=oauth, preset=PRESET)


def test_where_it_is_the_first_page_cancelling_only_stops(tmp_path, languages, pages):
    oauth = ScriptedOAuth()

    async def walk(person: Person) -> None:
        await browsing(person)
        person.click("取消登录")
        await _none_left(oauth)
        assert person.step is Step.SIGN_IN
        assert "还没有登录" in person.seen()
        await until(lambda: person.wizard.focusWidget() is person.button("重新打开浏览器"))
        person.click("重新打开浏览器")
        await browsing(person)
        assert len(pages) == 2
        person.wizard.close()  # nothing was typed: nothing is asked
        await until(lambda: not person.wizard.isVisible())
        await _none_left(oauth)

    use(
        tmp_path,
        languages,
        walk,
        oauth=oauth,
        preset=PRESET,
        reason=Reason.REAUTHORIZE,
        account=signed_account,
    )


def test_nothing_starts_by_itself_once_it_was_stopped(tmp_path, languages, pages):
    oauth = SlowOAuth()

    async def walk(person: Person) -> None:
        await browsing(person)
        person.click("取消登录")
        await person.press("这个邮箱由别人授权给我使用")
        await asyncio.sleep(0.02)  # nothing happens
        assert len(pages) == 1
        person.click("重新打开浏览器")
        await browsing(person)
        assert oauth.hints[-1] == ""
        assert person.wizard.draft.sign_in.shared

    use(
        tmp_path,
        languages,
        walk,
        oauth=oauth,
        preset=PRESET,
        reason=Reason.REAUTHORIZE,
        account=signed_account,
    )


def test_one_door_at_a_time_and_late_answers_are_not_heard(tmp_path, languages):
    """A registered address has one port: the next door waits until the last is closed."""
    oauth = SlowOAuth(closes_after=0.05)

    async def walk(person: Person) -> None:
        page = await to_sign_in(person)
        await browsing(person)
        first = oauth.flows[0]
        person.click("改用设备代码")
        await coded(person)
        first.outcome = oauth.of(first.sign_in)
        first.back.set()
        await asyncio.sleep(0.02)  # nothing happens
        assert page.phase is Phase.RUNNING
        person.click("改用浏览器")
        await browsing(person)
        person.click("上一步")
        await person.next()
        await browsing(person)
        assert oauth.most_open == 1
        oauth.come_back()
        await person.reach(Step.DONE)
        assert oauth.open == 0

    use(tmp_path, languages, walk, oauth=oauth, preset=PRESET)


def test_double_clicks_are_single_ones(tmp_path, languages, pages):
    oauth = SlowOAuth()

    async def walk(person: Person) -> None:
        page = await to_sign_in(person)
        await browsing(person)
        person.click("重新打开浏览器", twice=True)
        assert pages == [page.signing.url] * 2  # at first, and once more
        person.click("复制链接", twice=True)
        assert QGuiApplication.clipboard().text() == page.signing.url
        person.click("改用设备代码", twice=True)
        await coded(person)
        assert len(oauth.flows) == 2
        person.click("复制代码", twice=True)
        person.click("改用浏览器", twice=True)
        await browsing(person)
        assert len(oauth.flows) == 3
        person.click("取消登录", twice=True)
        await _none_left(oauth)
        assert person.step is Step.WAY

    use(tmp_path, languages, walk, oauth=oauth, preset=PRESET)


def test_a_link_that_is_over_does_not_stay_on_the_clipboard(tmp_path, languages):
    oauth = ScriptedOAuth()

    async def walk(person: Person) -> None:
        await to_sign_in(person)
        await browsing(person)
        person.click("复制链接")
        person.click("上一步")
        assert QGuiApplication.clipboard().text() == ""

    use(tmp_path, languages, walk, oauth=oauth, preset=PRESET)


def test_what_is_asked_about_closing_is_answered_before_going_on(tmp_path, languages):
    oauth = ScriptedOAuth()

    async def walk(person: Person) -> None:
        await to_sign_in(person)
        await browsing(person)
        person.click("取消")
        oauth.come_back()
        await until(lambda: person.wizard.draft.tokens)
        await asyncio.sleep(0.02)  # nothing happens
        assert person.step is Step.SIGN_IN
        person.wizard.findChild(QAbstractButton, "keep_going").click()
        await person.reach(Step.DONE)

    use(tmp_path, languages, walk, oauth=oauth, preset=PRESET)


def test_after_minutes_of_silence_the_ways_out_are_plain(tmp_path, languages, monkeypatch):
    monkeypatch.setattr(sign_in, "PATIENCE", 30)
    oauth = ScriptedOAuth()

    async def walk(person: Person) -> None:
        page = await to_sign_in(person)
        await browsing(person)
        await until(lambda: any(words.startswith("已经等了 5 分钟") for words in person.seen()))
        assert page.waiting.reopen.property("kind") == "primary"
        person.click("改用设备代码")
        await coded(person)
        person.click("改用浏览器")
        await browsing(person)
        assert not any(words.startswith("已经等了 5 分钟") for words in person.seen()[:6])

    use(tmp_path, languages, walk, oauth=oauth, preset=PRESET)


# --- failures ---------------------------------------------------------------------------------


def test_a_refusal_is_named_and_mended_with_one_click(tmp_path, languages, pages):
    oauth = ScriptedOAuth()

    async def walk(person: Person) -> None:
        page = await to_sign_in(person)
        await browsing(person)
        oauth.come_back(refused("AADSTS65004", "ACCESS_DENIED"))
        await until(lambda: page.card is not None and page.card.isVisible())
        assert page.diagnosis.problem == "consent_declined"
        assert page.diagnosis.evidence.provider == "outlook"
        assert page.diagnosis.evidence.way is AuthWay.MICROSOFT
        assert oauth.open == 0
        await until(lambda: person.wizard.focusWidget() is page.card.fix)
        person.clicks = 0
        page.card.fix.click()
        await browsing(person)
        oauth.come_back()
        await person.reach(Step.DONE)
        assert person.wizard.saved.address.shown == ADDRESS
        assert len(pages) == 2

    use(tmp_path, languages, walk, oauth=oauth, preset=PRESET)


def test_another_way_keeps_the_address(tmp_path, languages):
    oauth = ScriptedOAuth()

    async def walk(person: Person) -> None:
        page = await to_sign_in(person)
        await browsing(person)
        oauth.come_back(refused())
        await until(lambda: page.card is not None and page.card.isVisible())
        await person.press("换一种登录方式")
        assert person.step is Step.WAY
        await person.press("应用密码")
        await person.next()
        assert person.step is Step.GUIDE
        assert person.wizard.draft.typed == ADDRESS

    use(tmp_path, languages, walk, oauth=oauth, preset=PRESET)


def test_a_port_that_another_program_has(tmp_path, languages):
    taken = Evidence(Stage.SIGN_IN, Fault.PORT_TAKEN, host="localhost", port=22345)
    oauth = ScriptedOAuth(begin_fails=MailError(taken))

    async def walk(person: Person) -> None:
        page = await to_sign_in(person)
        await until(lambda: page.card is not None and page.card.isVisible())
        assert page.diagnosis.evidence.fault is Fault.PORT_TAKEN
        oauth.begin_fails = None
        again = page.card.fix if page.diagnosis.fix == "retry" else page.ways_out.again
        again.click()
        await browsing(person)
        oauth.come_back()
        await person.reach(Step.DONE)

    use(tmp_path, languages, walk, oauth=oauth, preset=PRESET)


@pytest.mark.parametrize(
    "evidence",
    [
        Evidence(Stage.SIGN_IN, Fault.WAITED, host="login.microsoftonline.com"),
        Evidence(Stage.SIGN_IN, Fault.CANCELLED, host="login.microsoftonline.com"),
        Evidence(Stage.SIGN_IN, Fault.TIMEOUT, host="login.microsoftonline.com", port=443),
        Evidence(Stage.SIGN_IN, Fault.NAME_NOT_FOUND, host="login.microsoftonline.com", port=443),
    ],
)
def test_no_failure_is_a_dead_end(tmp_path, languages, evidence):
    oauth = ScriptedOAuth()

    async def walk(person: Person) -> None:
        page = await to_code(person)
        oauth.come_back(MailError(evidence))
        await until(lambda: page.card is not None and page.card.isVisible())
        buttons = {button.accessibleName() for button in person._buttons()}
        assert {"改用浏览器", "换一种登录方式", "上一步", "取消"} <= buttons
        page.card.fix.click()
        await coded(person)

    use(tmp_path, languages, walk, oauth=oauth, preset=PRESET)


def test_an_error_that_stays_on_the_page_is_named_by_its_number(tmp_path, languages):
    """Entra does not come back with it: the program would wait for ever."""
    oauth = ScriptedOAuth()

    async def walk(person: Person) -> None:
        page = await to_sign_in(person)
        await browsing(person)
        person.click("网页上显示错误？")
        await until(lambda: person.wizard.focusWidget().accessibleName() == "错误编号")
        person.type("Sorry")
        await asyncio.sleep(0.7)  # longer than the pause after which it is read
        assert page.phase is Phase.RUNNING
        person.type("AADSTS700016: Application with identifier")
        await until(lambda: page.card is not None and page.card.isVisible())
        assert page.diagnosis.problem == "app_not_found"
        await until(lambda: oauth.open == 0)
        await person.press("重新打开浏览器")
        await browsing(person)
        assert "错误编号" not in person.seen()

    use(tmp_path, languages, walk, oauth=oauth, preset=PRESET)


def test_a_mistake_of_ours_is_said_and_survived(tmp_path, languages, bugs):
    @dataclass
    class Broken(ScriptedOAuth):
        broken: bool = True

        def browser(self, *given, **more):
            if self.broken:
                raise RuntimeError("a mistake")
            return super().browser(*given, **more)

    oauth = Broken()

    async def walk(person: Person) -> None:
        page = await to_sign_in(person)
        await until(lambda: page.card is not None and page.card.isVisible())
        assert page.diagnosis.problem == "program_error"
        page.card.fix.click()
        copied = QGuiApplication.clipboard().text()
        assert "program_error" in copied
        assert ADDRESS not in copied
        oauth.broken = False
        person.click("重新打开浏览器")
        await browsing(person)
        assert [type(bug) for bug in bugs] == [RuntimeError]
        bugs.clear()

    use(tmp_path, languages, walk, oauth=oauth, preset=PRESET)


def test_no_browser_at_all_is_said(tmp_path, languages, monkeypatch):
    monkeypatch.setattr(browser, "open_page", lambda url, failed: failed())
    oauth = ScriptedOAuth()

    async def walk(person: Person) -> None:
        await to_sign_in(person)
        await browsing(person)
        assert "浏览器没有打开。请复制链接，粘贴到浏览器里。" in person.seen()
        person.click("复制链接")

    use(tmp_path, languages, walk, oauth=oauth, preset=PRESET)


# --- tokens from elsewhere ----------------------------------------------------------------------


async def to_line(person: Person) -> None:
    """Up to the field for a line."""
    person.type(ADDRESS)
    await person.next()
    await person.press("ClientId + RefreshToken")
    await person.next()
    if person.step is Step.GUIDE:
        person.click("跳过")
    assert person.step is Step.APP
    await until(lambda: isinstance(person.wizard.focusWidget(), QLineEdit))


def test_a_pasted_line_is_redeemed_at_once(tmp_path, languages, pages):
    oauth = SlowOAuth()

    async def walk(person: Person) -> None:
        await to_line(person)
        QGuiApplication.clipboard().setText(LINE)
        person.click("粘贴")
        await person.next()
        await person.reach(Step.DONE)
        assert oauth.redeemed == [Secret(TOKEN)]
        assert pages == []
        assert QGuiApplication.clipboard().text() == ""  # it held the token
        [account] = await person.wizard.app.accounts.all()
        assert account.settings.auth is AuthWay.REFRESH_TOKEN
        assert account.settings.sign_in.client_id == CLIENT

    use(tmp_path, languages, walk, oauth=oauth)


def test_redeeming_can_be_left_and_a_dead_token_pasted_anew(tmp_path, languages):
    oauth = SlowOAuth()
    oauth.gate.clear()

    async def walk(person: Person) -> None:
        await to_line(person)
        person.wizard.current.tokens.read(LINE)
        await person.next()
        await until(lambda: oauth.redeemed and "正在验证刷新令牌…" in person.seen())
        assert "改用设备代码" not in person.seen()
        person.click("取消登录")
        await _none_left(oauth)
        assert person.step is Step.APP
        assert person.wizard.current.tokens.token.text() == TOKEN
        oauth.begin_fails = refused("AADSTS700082")
        oauth.gate.set()
        await person.next()
        page = person.wizard.current
        await until(lambda: page.card is not None and page.card.isVisible())
        oauth.begin_fails = None
        assert "重新粘贴令牌" in person.seen()
        page.card.fix.click()  # 重新授权: not with the dead one
        assert person.step is Step.APP
        person.wizard.current.tokens.read(LINE.replace("xxx", "yyy"))
        await person.next()
        await person.reach(Step.DONE)
        assert [secret.reveal()[4:7] for secret in oauth.redeemed] == ["xxx", "xxx", "yyy"]

    use(tmp_path, languages, walk, oauth=oauth)


# --- what is said, and what is not --------------------------------------------------------------


def _words(wizard: QWidget) -> str:
    """Everything that any widget still holds, seen or not."""
    found = [QGuiApplication.clipboard().text()]
    for widget in wizard.findChildren(QWidget):
        found += [widget.accessibleName(), widget.accessibleDescription(), widget.toolTip()]
        if isinstance(widget, QLabel | QLineEdit | QAbstractButton):
            found.append(widget.text())
    return "\n".join(found)


def test_nothing_secret_is_left_in_a_widget_after_closing(tmp_path, languages):
    oauth = ScriptedOAuth()

    async def token(person: Person) -> None:
        await to_line(person)
        QGuiApplication.clipboard().setText("something else")
        person.wizard.current.tokens.read(LINE)
        assert "hunter2" not in _words(person.wizard)
        person.wizard.current.more.click()
        form = person.wizard.current.form
        form.secret.box.click()
        form.secret.entry.setText("~8Q.secret-value")
        assert "~8Q.secret-value" in _words(person.wizard)
        person.wizard.done(0)
        held = _words(person.wizard)
        assert TOKEN not in held
        assert "~8Q.secret-value" not in held
        assert CLIENT not in held
        assert person.wizard.draft.refresh_token is None

    async def code(person: Person) -> None:
        page = await to_code(person)
        person.click("复制代码")
        assert page.device.qr._rows
        person.wizard.done(0)
        assert "HJ7K" not in _words(person.wizard)
        assert page.device.qr._rows == []
        assert page.signing.url == ""

    use(tmp_path / "a", languages, token, oauth=oauth)
    use(tmp_path / "b", languages, code, oauth=oauth, preset=PRESET)


def _han(text: str) -> bool:
    return any("\u4e00" <= char <= "\u9fff" for char in text)


def test_a_switch_of_language_reaches_every_state(tmp_path, languages):
    oauth = SlowOAuth(identity="boss@contoso.com")
    servers = Servers(fails={Side.SEND: Evidence(Stage.LOGIN, Fault.REJECTED)})

    async def walk(person: Person) -> None:
        async def both() -> None:
            await asyncio.sleep(0.02)  # what is new comes into view
            title = person.wizard.current.heading.text()
            languages.switch(Language.EN)
            await until(lambda: person.wizard.current.heading.text() != title)
            person.wizard._toast.hide()  # said in the language of its time
            assert [words for words in person.seen() if _han(words)] == []
            languages.switch(Language.ZH_CN)
            await until(lambda: person.wizard.current.heading.text() == title)

        oauth.gate.clear()
        page = await to_sign_in(person)
        await both()
        oauth.gate.set()
        await browsing(person)
        page.waiting.show_slow(True)
        await both()
        person.click("改用设备代码")
        await coded(person)
        await both()
        assert page.device.code.text() == "HJ7K-QM2P"
        oauth.come_back(refused())
        await until(lambda: page.card is not None and page.card.isVisible())
        await both()
        page.card.fix.click()
        await coded(person)
        oauth.come_back()
        await person.reach(Step.CHECK)
        await person.fail()
        person.click("上一步")
        await both()

    use(tmp_path, languages, walk, oauth=oauth, preset=PRESET, servers=servers)


def test_by_the_keyboard_alone(tmp_path, languages, pages):
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    oauth = ScriptedOAuth()

    async def walk(person: Person) -> None:
        def press(key: Qt.Key) -> None:
            QTest.keyClick(person.wizard.focusWidget(), key)

        person.type(ADDRESS)
        await until(person.wizard.current.isComplete)
        press(Qt.Key.Key_Return)
        await person.reach(Step.WAY)
        await asyncio.sleep(0.02)  # the focus lands
        press(Qt.Key.Key_Return)
        await person.reach(Step.SIGN_IN)
        await browsing(person)
        await until(lambda: person.wizard.focusWidget() is person.button("重新打开浏览器"))
        press(Qt.Key.Key_Space)
        assert len(pages) == 2
        seen = set()
        for _ in range(12):
            seen.add(person.wizard.focusWidget().accessibleName())
            press(Qt.Key.Key_Tab)
        assert {"复制链接", "改用设备代码", "取消登录", "这个邮箱由别人授权给我使用"} <= seen
        oauth.come_back()
        await person.reach(Step.DONE)

    use(tmp_path, languages, walk, oauth=oauth, preset=PRESET)
