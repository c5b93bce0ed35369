"""The app to sign in with, and pasted tokens: what is wrong is said, nothing typed is lost."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QLineEdit

from laifaxin_desktop.engine.draft import Step
from laifaxin_desktop.engine.setup import is_complete
from laifaxin_desktop.model.microsoft import CloudId, SignIn
from laifaxin_desktop.model.provider import AuthWay
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.model.text import Language
from laifaxin_desktop.ui import browser, loop
from laifaxin_desktop.ui.wizard.app import AppPage
from laifaxin_desktop.ui.wizard.app_secret import day_of
from tests.engine.sign_in import CLIENT, ScriptedOAuth

from .person import Person, use
from .sample_sign_in import LINE, signed_account
from .sample_wizard import PRESET, contoso_mx, until

ADDRESS = "someone@outlook.com"
OWN = "6731de76-14a6-49ae-97bc-6eba6914391e"
VALUE = "~8Q.abcdefghijklmnopqrstuvwxyz0123456789"


@pytest.fixture(autouse=True)
def whole(dressed, monkeypatch):
    """An error of ours anywhere fails the test; no browser opens."""
    bugs: list[BaseException] = []
    loop.on_bug(bugs.append)
    dressed.setQuitOnLastWindowClosed(False)
    monkeypatch.setattr(browser, "open_page", lambda url, failed=None: None)
    yield
    loop.on_bug(None)
    dressed.setQuitOnLastWindowClosed(True)
    assert bugs == []


async def to_app(person: Person, way: str = "自己的应用", address: str = ADDRESS) -> AppPage:
    """Up to the page, the guide skipped."""
    person.type(address)
    await person.next()
    await person.press(way)
    await person.next()
    if person.step is Step.GUIDE:
        person.click("跳过")
    assert person.step is Step.APP
    await until(lambda: isinstance(person.wizard.focusWidget(), QLineEdit))
    return person.wizard.current


def test_an_id_is_enough_for_a_public_app(tmp_path, languages):
    oauth = ScriptedOAuth()

    async def walk(person: Person) -> None:
        page = await to_app(person)
        assert not person.button("下一步").isEnabled()
        assert page.form.redirect.text() == "http://localhost"
        person.type(f"  {{{OWN.upper()}}} ")  # as some pages print it
        assert person.wizard.draft.sign_in == SignIn(OWN)
        await person.next()
        await person.reach(Step.SIGN_IN)
        await until(lambda: oauth.flows)
        oauth.come_back()
        await person.reach(Step.DONE)
        [account] = await person.wizard.app.accounts.all()
        assert account.settings.sign_in.client_id == OWN

    use(tmp_path, languages, walk, oauth=oauth)


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("client_id", "6731de76", "这不是客户端 ID"),
        ("client_id", "someone@outlook.com", "这不是客户端 ID"),
        ("tenant", "my company", "目录里不能有空格"),
        ("tenant", "https://contoso.com", "请填 common"),
        ("redirect", "https://localhost/back", "要以 http:// 开头"),
        ("redirect", "http://example.com/back", "只能是 localhost"),
        ("redirect", "http://localhost:99999/", "请写成 http://localhost"),
        ("client_secret", OWN, "这是密码的 ID，不是密码本身"),
        ("client_secret", "密码 一", "里面有空格或中文"),
        ("secret_expires", "soon", "请写成 2028-11-20"),
    ],
)
def test_what_is_wrong_is_said_and_stays(tmp_path, languages, field, typed, said):
    async def walk(person: Person) -> None:
        page = await to_app(person)
        form = page.form
        form.client_id.setText(OWN)
        form.secret.box.click()
        form.secret.entry.setText(VALUE)
        assert person.button("下一步").isEnabled()
        entries = {
            "client_id": (form.client_id, form.id_field),
            "tenant": (form.tenant.lineEdit(), form.tenant_field),
            "redirect": (form.redirect, form.redirect_field),
            "client_secret": (form.secret.entry, form.secret.field),
            "secret_expires": (form.secret.day, form.secret.day_field),
        }
        entry, judged = entries[field]
        whole = entry.text()
        entry.setText(typed)
        assert not person.button("下一步").isEnabled()
        assert not is_complete(Step.APP, person.wizard.draft)
        entry.editingFinished.emit()
        assert any(said in words for words in person.seen())
        languages.switch(Language.EN)
        await asyncio.sleep(0.02)  # every word again
        assert entry.text() == typed
        assert not any(said in words for words in person.seen())
        languages.switch(Language.ZH_CN)
        await until(lambda: "取消" in person.seen())
        for _ in range(2):
            person.click("上一步")
        while person.step is not Step.APP:
            await person.next()
        assert entry.text() == typed
        judged.complain()
        entry.setText(whole)  # forgiven at once
        assert not any(said in words for words in person.seen())
        assert person.button("下一步").isEnabled()

    use(tmp_path, languages, walk)


def test_nothing_is_called_wrong_while_it_is_typed(tmp_path, languages):
    async def walk(person: Person) -> None:
        await to_app(person)
        person.type("6731")
        await asyncio.sleep(0.05)  # a letter every now and then
        assert not any("这不是客户端 ID" in words for words in person.seen())

    use(tmp_path, languages, walk)


def test_an_app_with_a_secret(tmp_path, languages):
    oauth = ScriptedOAuth()

    async def walk(person: Person) -> None:
        page = await to_app(person)
        form = page.form
        person.type(OWN)
        assert not form.secret.field.isVisible()
        person.click("应用有密码")
        assert form.secret.field.isVisible()
        assert not person.button("下一步").isEnabled()
        QGuiApplication.clipboard().setText(f" {VALUE}\n")
        person.click("粘贴")
        assert form.secret.entry.text() == VALUE
        assert form.secret.entry.echoMode() is QLineEdit.EchoMode.Password
        person.click("显示")
        assert form.secret.entry.echoMode() is QLineEdit.EchoMode.Normal
        form.secret.day.setText("11/20/2028")
        app = person.wizard.draft.sign_in
        assert (app.confidential, app.secret_expires) == (True, date(2028, 11, 20))
        assert person.wizard.draft.client_secret == Secret(VALUE)
        await person.next()
        assert form.secret.entry.echoMode() is QLineEdit.EchoMode.Password
        await until(lambda: oauth.flows)
        oauth.come_back()
        await person.reach(Step.DONE)
        assert QGuiApplication.clipboard().text() == ""

    use(tmp_path, languages, walk, oauth=oauth)


def test_a_day_that_is_over_is_warned_of(tmp_path, languages):
    async def walk(person: Person) -> None:
        page = await to_app(person)
        page.form.client_id.setText(OWN)
        page.form.secret.box.click()
        page.form.secret.entry.setText(VALUE)
        page.form.secret.day.setText("2020-01-31")
        page.form.secret.day_field.complain()
        assert "这一天已经过去，密码已经失效。请到门户新建一个密码。" in person.seen()
        assert person.button("下一步").isEnabled()  # the platform has the last word

    use(tmp_path, languages, walk)


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2028-11-20", date(2028, 11, 20)),
        (" 2028/1/2 ", date(2028, 1, 2)),
        ("2028年11月20日", date(2028, 11, 20)),
        ("11/20/2028", date(2028, 11, 20)),
        ("2028-02-30", None),
        ("20/11/2028", None),
        ("730", None),
        ("28-11-20", None),
        ("", None),
    ],
)
def test_days_as_portals_write_them(typed, day):
    assert day_of(typed) == day


def test_a_stored_secret_need_not_be_typed_again(tmp_path, languages):
    async def account(app):
        return await signed_account(app, client_id=OWN, confidential=True)

    async def walk(person: Person) -> None:
        wizard = person.wizard
        [stored] = await wizard.app.accounts.all()
        wizard.start_over(wizard.app.begin(wizard.draft.reason, stored, begin=Step.APP))
        form = wizard.current.form
        assert form.client_id.text() == OWN
        assert form.secret.entry.placeholderText() == "沿用已保存的密码"
        assert person.button("下一步").isEnabled()
        form.client_id.setText(CLIENT)  # another app has another secret
        assert form.secret.entry.placeholderText() == ""
        assert not person.button("下一步").isEnabled()
        form.client_id.setText(OWN)
        form.secret.entry.setText(VALUE)
        assert wizard.draft.client_secret == Secret(VALUE)
        assert person.button("下一步").isEnabled()

    from laifaxin_desktop.engine.draft import Reason

    use(tmp_path, languages, walk, reason=Reason.REAUTHORIZE, account=account)


def test_the_cloud_of_the_mailbox_is_meant(tmp_path, languages):
    async def walk(person: Person) -> None:
        page = await to_app(person, address="sales@contoso.cn")
        form = page.form
        assert form.typed_cloud is CloudId.WORLDWIDE
        form.client_id.setText(OWN)
        form.tenant.put("consumers")
        assert person.button("下一步").isEnabled()
        form.cloud.setCurrentIndex(list(CloudId).index(CloudId.CHINA))
        said = person.seen()
        assert any(words.startswith("按邮件记录，这个邮箱在“微软国际版") for words in said)
        assert "这个云里没有个人账户，不能用 consumers。" in said
        assert not person.button("下一步").isEnabled()
        form.tenant.put("contoso.partner.onmschina.cn")
        assert person.button("下一步").isEnabled()
        assert person.wizard.draft.sign_in.cloud is CloudId.CHINA

    use(tmp_path, languages, walk, mx=contoso_mx)


def test_a_work_mailbox_asks_for_a_work_account(tmp_path, languages):
    """A personal account may have the same name; Graph would let it pass."""

    async def walk(person: Person) -> None:
        page = await to_app(person, address="li@contoso.onmicrosoft.com")
        assert page.form.tenant.text == "organizations"

    use(tmp_path, languages, walk)


def test_the_redirect_address_is_copied_as_it_is_to_be_registered(tmp_path, languages):
    async def walk(person: Person) -> None:
        page = await to_app(person)
        person.click("复制")
        assert QGuiApplication.clipboard().text() == "http://localhost"
        address = "http://localhost:22345/api/v1/outlook-authorization/code"
        page.form.client_id.setText(OWN)
        page.form.redirect.setText(address)
        person.click("复制")
        assert QGuiApplication.clipboard().text() == address
        assert person.wizard.draft.sign_in.redirect == address

    use(tmp_path, languages, walk)


def test_another_way_and_back_keeps_every_field(tmp_path, languages):
    async def walk(person: Person) -> None:
        page = await to_app(person)
        page.form.client_id.setText("half an id")
        page.form.redirect.setText("http://localhost:22345")
        person.click("上一步")
        person.click("上一步")
        await person.press("ClientId + RefreshToken")
        await person.next()
        person.click("跳过")
        page.tokens.read(f"M.C5{'x' * 400}")
        person.click("上一步")
        person.click("上一步")
        await person.press("自己的应用")
        await person.next()
        person.click("跳过")
        assert page.form.client_id.text() == "half an id"
        assert page.form.redirect.text() == "http://localhost:22345"
        assert not page.tokens.isVisible()
        person.click("上一步")
        person.click("上一步")
        await person.press("ClientId + RefreshToken")
        await person.next()
        person.click("跳过")
        assert page.tokens.token.text() == f"M.C5{'x' * 400}"

    use(tmp_path, languages, walk)


def test_the_programs_own_app_is_nobodys_to_fill_in(tmp_path, languages):
    """It was chosen before, then one's own: its id is not offered as if it were."""

    async def walk(person: Person) -> None:
        person.type(ADDRESS)
        await person.next()
        await person.next()
        await person.reach(Step.SIGN_IN)
        await until(lambda: person.wizard.current.signing.url)
        assert person.wizard.draft.sign_in.client_id == CLIENT
        person.click("上一步")
        await person.press("自己的应用")
        await person.next()
        person.click("跳过")
        page = person.wizard.current
        assert page.form.client_id.text() == ""
        assert not person.button("下一步").isEnabled()
        page.form.client_id.setText(OWN)
        person.click("上一步")
        person.click("上一步")
        await person.press("微软登录")
        await person.next()
        await person.reach(Step.SIGN_IN)
        assert person.wizard.draft.sign_in.client_id == CLIENT
        person.click("上一步")
        await person.press("自己的应用")
        await person.next()
        person.click("跳过")
        assert page.form.client_id.text() == OWN
        assert person.wizard.draft.sign_in.client_id == OWN

    use(tmp_path, languages, walk, oauth=ScriptedOAuth(), preset=PRESET)


def test_the_app_is_looked_at_before_anybody_signs_in(tmp_path, languages):
    oauth = ScriptedOAuth()

    async def walk(person: Person) -> None:
        page = await to_app(person)
        assert not person.button("检查我的应用").isEnabled()
        page.form.client_id.setText(OWN)
        person.click("检查我的应用")
        await until(lambda: person.wizard.findChild(QDialog, "app_check_dialog"))
        await until(lambda: oauth.open)
        person.wizard.findChild(QDialog, "app_check_dialog").reject()
        await until(lambda: oauth.open == 0)
        assert person.step is Step.APP
        assert person.wizard.draft.tokens is None

    use(tmp_path, languages, walk, oauth=oauth)


# --- tokens ---------------------------------------------------------------------------------------

TOKEN = LINE.rpartition("----")[2]
WAY = "ClientId + RefreshToken"


@pytest.mark.parametrize(
    "pasted",
    [
        LINE,
        f"{ADDRESS}----hunter2----{TOKEN}----{CLIENT}",
        f"{CLIENT}\n{TOKEN}",
        f"other@outlook.com----x----{OWN}----{TOKEN[::-1]}\n{LINE}\n",
    ],
)
def test_a_line_is_taken_apart_and_forgotten(tmp_path, languages, pasted):
    async def walk(person: Person) -> None:
        page = await to_app(person, WAY)
        QGuiApplication.clipboard().setText(pasted)
        person.click("粘贴")
        said = next(words for words in person.seen() if words.startswith("已识别"))
        assert said.replace("\u200b", "") == f"已识别：客户端 ID {CLIENT}，刷新令牌 404 个字符。"
        assert page.tokens.line.text() == ""
        assert page.tokens.token.echoMode() is QLineEdit.EchoMode.Password
        draft = person.wizard.draft
        assert draft.refresh_token == Secret(TOKEN)
        assert (draft.sign_in.client_id, draft.way) == (CLIENT, AuthWay.REFRESH_TOKEN)
        assert person.button("下一步").isEnabled()
        for field in person.wizard.findChildren(QLineEdit):
            assert "hunter2" not in field.text()

    use(tmp_path, languages, walk)


def test_a_typed_line_is_read_when_the_typing_stops(tmp_path, languages):
    async def walk(person: Person) -> None:
        page = await to_app(person, WAY)
        assert person.wizard.focusWidget() is page.tokens.line
        page.tokens.line.setText(LINE)
        await until(lambda: page.tokens.line.text() == "")
        assert person.wizard.draft.refresh_token == Secret(TOKEN)

    use(tmp_path, languages, walk)


@pytest.mark.parametrize(
    ("pasted", "said"),
    [
        ("nothing of the kind", "没有认出来"),
        (f"{ADDRESS}----hunter2----not-a-guid----{TOKEN}", "没有客户端 ID"),
        (f"{ADDRESS}----hunter2----{CLIENT}----short", "刷新令牌不完整"),
        (f"a@b.cn----x----{CLIENT}----{TOKEN}\nc@d.cn----x----{CLIENT}----{TOKEN}", "粘贴了 2 行"),
    ],
)
def test_what_is_not_recognised_is_said(tmp_path, languages, pasted, said):
    async def walk(person: Person) -> None:
        page = await to_app(person, WAY)
        QGuiApplication.clipboard().setText(pasted)
        person.click("粘贴")
        assert any(said in words for words in person.seen())
        assert not person.button("下一步").isEnabled()
        assert page.tokens.line.echoMode() is QLineEdit.EchoMode.Password
        QGuiApplication.clipboard().setText(LINE)
        person.click("粘贴")
        assert not any(said in words for words in person.seen())
        assert person.button("下一步").isEnabled()

    use(tmp_path, languages, walk)


def test_a_line_of_another_mailbox_is_warned_of(tmp_path, languages):
    async def walk(person: Person) -> None:
        page = await to_app(person, WAY)
        page.tokens.read(LINE.replace("someone", "another"))
        warning = "这一行是 another@outlook.com 的，不是这个邮箱的；登录后会核对。"
        assert warning in person.seen()
        page.tokens.read(LINE)
        assert warning not in person.seen()

    use(tmp_path, languages, walk)


def test_both_fields_can_be_filled_by_hand(tmp_path, languages):
    async def walk(person: Person) -> None:
        page = await to_app(person, WAY)
        page.form.client_id.setText(CLIENT)
        page.tokens.token.setText("short")
        page.tokens.token_field.complain()
        assert "刷新令牌不完整：它有几百到几千个字符。请再复制一次。" in person.seen()
        assert not person.button("下一步").isEnabled()
        page.tokens.token.setText(TOKEN)
        assert person.button("下一步").isEnabled()
        assert not page.form.isVisible()
        person.click("更多设置")
        assert page.form.isVisible()
        assert not page.form.redirect.isVisible()  # nobody comes back from a browser

    use(tmp_path, languages, walk)


def test_an_administrators_app_is_filled_in_and_named(tmp_path, languages):
    async def walk(person: Person) -> None:
        page = await to_app(person, WAY)
        assert page.form.client_id.text() == CLIENT
        assert "由管理员预先填写：Contoso Mail" in person.seen()
        page.tokens.token.setText(TOKEN)
        assert person.button("下一步").isEnabled()
        page.form.client_id.setText(OWN)
        assert "由管理员预先填写：Contoso Mail" not in person.seen()

    use(tmp_path, languages, walk, preset=PRESET)


def test_an_administrators_directory_and_address_serve_ones_own_app(tmp_path, languages):
    preset = 'tenant = "contoso.com"\nredirect = "http://localhost:8000/back"\n'

    async def walk(person: Person) -> None:
        page = await to_app(person)
        assert page.form.client_id.text() == ""
        assert page.form.tenant.text == "contoso.com"
        assert page.form.redirect.text() == "http://localhost:8000/back"

    use(tmp_path, languages, walk, preset=preset)
