"""An account behind a proxy, in the wizard: real proxies, mended where they refuse."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import partial

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from laifaxin_desktop.app import App
from laifaxin_desktop.engine.draft import Draft, Reason, Step, with_discovery, with_secret
from laifaxin_desktop.model.account import Account, NotFound, Settings
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.problem import Evidence, Fault, MailError, Stage
from laifaxin_desktop.model.provider import AuthWay, Endpoint, Protocol, Security, Side
from laifaxin_desktop.model.report import Leg, Report
from laifaxin_desktop.model.route import Pin, Proxy, ProxyKind, Route
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.ui.wizard.proxy_dialog import ProxyDialog
from laifaxin_desktop.ui.wizard.proxy_entry import Choice
from laifaxin_desktop.ui.wizard.window import SetupWizard
from tests.engine.sign_in import ScriptedOAuth
from tests.mail.peers import Peer
from tests.servers.authority import Authority
from tests.servers.proxies import SECRET, USER, RealProxy, run_http, run_socks5

from .person import Person, use
from .real_servers import HOST, RealProbe, real_servers
from .sample_wizard import PRESET, Servers, stored_account, until
from .test_wizard_check import whole

__all__ = ["whole"]

WHO, CODE = "li@corp.example", "hunter2-é-漢"
Peers = dict[Side, Peer]
RUN: dict[ProxyKind, Callable[..., AbstractContextManager[RealProxy]]] = {
    ProxyKind.SOCKS5: run_socks5,
    ProxyKind.HTTP: run_http,
}


@contextmanager
def world(authority: Authority, kind: ProxyKind) -> Iterator[tuple[Peers, int]]:
    """Two mail servers, and a real proxy that wants a login."""
    with (
        real_servers(authority.issue(HOST).context()) as peers,
        RUN[kind](login=True) as proxy,
    ):
        yield peers, proxy.port


def settings_of(peers: Peers, proxy: Proxy | None = None) -> Settings:
    ends = {
        side: Endpoint(protocol, HOST, peers[side].port, Security.TLS)
        for side, protocol in ((Side.RECEIVE, Protocol.IMAP), (Side.SEND, Protocol.SMTP))
    }
    return Settings(ends[Side.RECEIVE], ends[Side.SEND], AuthWay.PASSWORD, proxy=proxy)


async def stored(app: App, *, peers: Peers, proxy: Proxy, word: str) -> Account:
    """An account whose proxy may have another password by now; kept by somebody who insisted."""
    draft = with_discovery(Draft(typed=WHO), NotFound(), app.other)
    draft = with_secret(replace(draft, settings=settings_of(peers, proxy)), Secret(CODE))
    draft = replace(draft, way=AuthWay.PASSWORD, proxy_secret=Secret(word))
    seen = app.table.diagnose(Evidence(Stage.CONNECT, Fault.PROXY_LOGIN))
    legs = tuple(Leg(end, (), seen) for end in draft.settings.endpoints())
    failed = Report(Address.parse(WHO), app.checker.now(), 0, legs)
    return await app.finish(replace(draft, report=failed))


def fill_in(person: Person, peers: Peers) -> None:
    """The servers, by hand."""
    for side, half in person.wizard.current.form.halves.items():
        half.host.setText(HOST)
        half.port.setText(str(peers[side].port))


def choose(person: Person, choice: Choice) -> None:
    form = person.wizard.current.proxy
    form.choice.setCurrentIndex(form.choice.findData(choice))


def paste(person: Person, text: str) -> None:
    QGuiApplication.clipboard().setText(text)
    field = person.wizard.current.proxy.host
    field.setFocus()
    field.selectAll()
    field.paste()


@pytest.mark.parametrize("kind", list(ProxyKind))
def test_a_wrong_password_of_the_proxy_is_mended_on_the_way_to_ok(
    tmp_path, languages, authority, kind
):
    with world(authority, kind) as (peers, port):

        async def walk(person: Person) -> None:
            await person.to_secret(WHO)
            person.wizard.current.take(CODE)
            await person.next()
            await person.reach(Step.SERVERS)
            page = person.wizard.current
            assert not page.proxy.choice.isVisible()  # nobody meets it who does not ask
            fill_in(person, peers)
            person.click("代理（一般不用设置）")
            choose(person, Choice(kind.value))
            assert not person.button("下一步").isEnabled()
            paste(person, f"127.0.0.1:{port}")
            assert person.button("下一步").isEnabled()
            page.proxy.username.setText(USER)
            assert not person.button("下一步").isEnabled()
            page.proxy.secret.setText("wrong")
            await person.next()
            await person.fail()
            [card] = person.wizard.current.cards
            assert card.diagnosis.problem == "proxy_login_failed"
            assert any(f"经过代理 127.0.0.1:{port}" in words for words in person.seen())
            person.click("复制诊断信息")
            copied = QGuiApplication.clipboard().text()
            assert f"127.0.0.1:{port}" in copied
            assert not any(word in copied for word in (CODE, "wrong", WHO))
            assert CODE.encode() not in b"".join(peer.received for peer in peers.values())

            card.fix.click()
            await person.reach(Step.SERVERS)
            await until(lambda: person.wizard.focusWidget() is page.proxy.secret)
            assert page.proxy.secret.text() == "wrong"  # nothing typed is lost
            assert page.proxy.secret.isVisible()
            assert any(f"127.0.0.1:{port}" in words for words in person.seen())
            person.type(SECRET)
            await person.next()
            await person.reach(Step.DONE)
            [account] = await person.wizard.app.accounts.all()
            assert account.settings.proxy == Proxy(kind, "127.0.0.1", port, USER)
            assert await person.wizard.app.accounts.proxy_secret(account.id) == Secret(SECRET)

        use(tmp_path, languages, walk, servers=RealProbe(authority))


@pytest.mark.parametrize("reason", [Reason.REPAIR, Reason.REAUTHORIZE])
def test_a_stored_account_is_mended_without_its_own_password(
    tmp_path, languages, authority, reason
):
    with world(authority, ProxyKind.SOCKS5) as (peers, port):
        proxy = Proxy(ProxyKind.SOCKS5, "127.0.0.1", port, USER)

        async def walk(person: Person) -> None:
            if reason is Reason.REAUTHORIZE:
                person.wizard.current.take(CODE)
            else:
                form = person.wizard.current.proxy
                assert form.secret.isVisible()  # an account's own proxy is in view
                assert form.secret.placeholderText() == "已保存，不用再填"
            await person.next()
            await person.fail()
            person.wizard.current.cards[0].fix.click()
            await person.reach(Step.SERVERS)
            page = person.wizard.current
            await until(lambda: person.wizard.focusWidget() is page.proxy.secret)
            assert page.proxy.secret.placeholderText() == ""  # the stored one was refused
            assert page.body.indexOf(page.proxy) < page.body.indexOf(page.form)
            person.type(SECRET)
            person.click("上一步") if reason is Reason.REAUTHORIZE else None
            await person.next()
            if reason is Reason.REAUTHORIZE:
                await person.reach(Step.SERVERS)
                assert person.wizard.current.proxy.secret.text() == SECRET
                await person.next()
            await person.reach(Step.DONE)
            [account] = await person.wizard.app.accounts.all()
            assert await person.wizard.app.accounts.proxy_secret(account.id) == Secret(SECRET)
            assert await person.wizard.app.accounts.secret(account.id) == Secret(CODE)

        make = partial(stored, peers=peers, proxy=proxy, word="old")
        probe = RealProbe(authority)
        use(tmp_path, languages, walk, servers=probe, reason=reason, account=make)


def test_the_stored_password_is_not_for_another_proxy(tmp_path, languages, authority):
    with world(authority, ProxyKind.HTTP) as (peers, port):
        proxy = Proxy(ProxyKind.HTTP, "127.0.0.1", port, USER)

        async def walk(person: Person) -> None:
            form = person.wizard.current.proxy
            assert person.button("下一步").isEnabled()
            form.host.setText("localhost")
            assert form.secret.placeholderText() == ""
            assert not person.button("下一步").isEnabled()
            form.host.setText("127.0.0.1")
            assert form.secret.placeholderText() == "已保存，不用再填"
            await person.next()
            await person.reach(Step.DONE)

        make = partial(stored, peers=peers, proxy=proxy, word=SECRET)
        probe = RealProbe(authority)
        use(tmp_path, languages, walk, servers=probe, reason=Reason.REPAIR, account=make)


def test_no_proxy_at_all_is_a_choice_that_stays(tmp_path, languages):
    async def walk(person: Person) -> None:
        person.click("代理（一般不用设置）")
        choose(person, Choice.NONE)
        await person.next()
        await person.reach(Step.DONE)
        [account] = await person.wizard.app.accounts.all()
        assert account.settings.directly
        assert account.settings.proxy is None

    use(tmp_path, languages, walk, servers=Servers(), reason=Reason.REPAIR, account=stored_account)


def test_what_unfolds_below_comes_into_view(tmp_path, languages):
    async def walk(person: Person) -> None:
        page = person.wizard.current

        def seen(field: QWidget) -> bool:
            return field.visibleRegion().boundingRect().height() == field.height()

        person.wizard.resize(860, 640)
        person.click("代理（一般不用设置）")
        await until(lambda: seen(page.proxy.choice))
        page.proxy.choice.setFocus()
        QTest.keyClick(page.proxy.choice, Qt.Key.Key_Down)
        QTest.keyClick(page.proxy.choice, Qt.Key.Key_Down)
        await until(lambda: seen(page.proxy.host))
        assert seen(page.proxy.choice)

    use(tmp_path, languages, walk, servers=Servers(), reason=Reason.REPAIR, account=stored_account)


def test_half_a_proxy_waits_and_is_kept_over_back_and_forth(tmp_path, languages):
    async def walk(person: Person) -> None:
        await person.to_secret("li@example.net")
        person.wizard.current.take(CODE)
        await person.next()
        await person.reach(Step.SERVERS)
        page = person.wizard.current
        for half in page.form.halves.values():
            half.host.setText("mail.example.net")
        person.click("代理（一般不用设置）")
        choose(person, Choice.HTTP)
        page.proxy.username.setText("bob")
        page.proxy.secret.setText("word")
        assert not person.button("下一步").isEnabled()
        person.click("上一步")
        await person.reach(Step.SECRET)
        await person.next()
        await person.reach(Step.SERVERS)
        assert page.proxy.username.text() == "bob"
        assert page.proxy.secret.text() == "word"
        assert page.proxy.secret.isVisible()
        assert not person.button("下一步").isEnabled()
        page.proxy.host.setText("proxy.example.net")
        assert person.button("下一步").isEnabled()

    use(tmp_path, languages, walk, servers=Servers())


def test_the_system_s_proxy_can_be_left_from_its_card(tmp_path, languages):
    seen = Evidence(Stage.CONNECT, Fault.PROXY_UNREACHABLE, proxy="10.0.0.1:3128")
    servers = Servers()

    async def walk(person: Person) -> None:
        servers.fails = dict.fromkeys(Side, seen)
        await person.next()
        await person.fail()
        person.wizard.current.cards[0].fix.click()
        await person.reach(Step.SERVERS)
        page = person.wizard.current
        await until(lambda: person.wizard.focusWidget() is page.proxy.choice)
        assert page.proxy.choice.isVisible()
        choose(person, Choice.NONE)
        servers.fails = {}
        await person.next()
        await person.reach(Step.DONE)

    use(tmp_path, languages, walk, servers=servers, reason=Reason.REPAIR, account=stored_account)


# ---- exceptions to trust ----

PINS = (Pin("imap.qq.com", 993, "ab" * 32), Pin("smtp.qq.com", 465, "0123456789abcdef" * 4))


async def trusting(app: App) -> Account:
    made = await stored_account(app)
    draft = app.begin(Reason.REPAIR, replace(made, settings=replace(made.settings, pins=PINS)))
    kept = await app.finish(replace(draft, report=await app.check(draft)))
    account = await app.accounts.get(kept.id)  # as the list has it
    assert account is not None
    return account


def test_each_exception_is_shown_and_taken_back(tmp_path, languages):
    servers = Servers()

    async def walk(person: Person) -> None:
        seen = "\n".join(person.seen())
        assert "smtp.qq.com:465" in seen
        assert "01 23 45 67 … 89 AB CD EF" in seen
        half = person.wizard.current.form.halves[Side.SEND]
        half.host.setText("smtp.exmail.qq.com")  # what is typed stays when one is taken back
        person.click("撤销对 imap.qq.com:993 的允许")
        assert "imap.qq.com:993" not in "\n".join(person.seen())
        assert half.host.text() == "smtp.exmail.qq.com"
        assert person.wizard.draft.report is None
        other = "撤销对 smtp.qq.com:465 的允许"
        await until(lambda: (at := person.wizard.focusWidget()) and at.accessibleName() == other)
        person.click(other)
        assert not person.wizard.current.exceptions.isVisible()
        await person.next()
        await person.reach(Step.DONE)
        [account] = await person.wizard.app.accounts.all()
        assert account.settings.pins == ()
        assert account.settings.outgoing.host == "smtp.exmail.qq.com"

    use(tmp_path, languages, walk, servers=servers, reason=Reason.REPAIR, account=trusting)


@pytest.mark.parametrize("changed", [False, True])
def test_what_is_taken_back_counts_at_once(tmp_path, languages, changed):
    """Without a check and without saving; but never over what somebody else has changed."""

    async def walk(person: Person) -> None:
        accounts = person.wizard.app.accounts
        [before] = await accounts.all()
        if changed:
            await accounts.save(before, None, None)
        person.click("撤销对 imap.qq.com:993 的允许")
        assert not person.button("下一步").isEnabled()  # until it is stored
        await until(lambda: person.button("下一步").isEnabled())
        [after] = await accounts.all()
        assert (len(before.settings.pins), len(after.settings.pins)) == (2, 2 if changed else 1)
        assert person.wizard.draft.editing == (before if changed else after)
        assert after.revision > before.revision
        assert after.id not in await accounts.reports()
        assert await accounts.secret(after.id)

    use(tmp_path, languages, walk, servers=Servers(), reason=Reason.REPAIR, account=trusting)


def test_typing_in_the_form_keeps_the_exceptions(tmp_path, languages):
    async def walk(person: Person) -> None:
        person.wizard.current.form.username.setText("li")
        await person.next()
        await person.reach(Step.DONE)
        [account] = await person.wizard.app.accounts.all()
        assert account.settings.pins == PINS

    use(tmp_path, languages, walk, servers=Servers(), reason=Reason.REPAIR, account=trusting)


# ---- signing in ----


def test_a_sign_in_that_a_proxy_stops_is_mended_where_it_stopped(tmp_path, languages):
    proxy = Evidence(Stage.SIGN_IN, Fault.PROXY_LOGIN, proxy="10.0.0.1:3128")
    oauth = ScriptedOAuth(begin_fails=MailError(proxy))

    async def walk(person: Person) -> None:
        person.type("someone@outlook.com")
        await person.next()
        await person.reach(Step.WAY)
        await person.next()
        while person.step is not Step.SIGN_IN:
            person.click("跳过") if person.step is Step.GUIDE else await person.next()
        page = person.wizard.current
        await until(lambda: page.card is not None and page.card.isVisible())
        page.card.fix.click()
        dialog = person.wizard.findChild(ProxyDialog)
        await until(dialog.isVisible)
        assert any("10.0.0.1:3128" in label.text() for label in dialog.findChildren(QLabel))
        form = dialog.form
        await until(lambda: dialog.focusWidget() is form.choice)
        form.choice.setCurrentIndex(form.choice.findData(Choice.SOCKS5))
        assert not dialog.take.isEnabled()
        form.host.setFocus()
        QTest.keyClicks(form.host, "h.example")
        assert dialog.take.isEnabled()
        oauth.begin_fails = None
        dialog.take.click()
        await until(lambda: len(oauth.flows) == 1)
        assert oauth.ways[-1] == Route(proxy=Proxy(ProxyKind.SOCKS5, "h.example", 1080))
        assert person.step is Step.SIGN_IN
        oauth.come_back()
        await person.reach(Step.DONE)
        [account] = await person.wizard.app.accounts.all()
        assert account.settings.proxy == Proxy(ProxyKind.SOCKS5, "h.example", 1080)

    use(tmp_path, languages, walk, servers=Servers(), oauth=oauth, preset=PRESET)


def test_a_proxy_can_be_set_where_the_service_is_out_of_reach(tmp_path, languages):
    gone = Evidence(Stage.SIGN_IN, Fault.TIMEOUT, host="login.microsoftonline.com")
    oauth = ScriptedOAuth(begin_fails=MailError(gone))

    async def walk(person: Person) -> None:
        person.type("someone@outlook.com")
        await person.next()
        await person.reach(Step.WAY)
        await person.next()
        while person.step is not Step.SIGN_IN:
            person.click("跳过") if person.step is Step.GUIDE else await person.next()
        await person.press("设置代理…")
        dialog = person.wizard.findChild(ProxyDialog)
        await until(dialog.isVisible)
        dialog.reject()
        await asyncio.sleep(0)
        assert person.wizard.draft.settings.proxy is None

    use(tmp_path, languages, walk, servers=Servers(), oauth=oauth, preset=PRESET)


def test_from_the_list_the_form_opens_at_the_proxy(tmp_path, languages):
    seen = Evidence(Stage.CONNECT, Fault.PROXY_UNREACHABLE, proxy="10.0.0.1:3128")

    async def walk(person: Person) -> None:
        app = person.wizard.app
        [account] = await app.accounts.all()
        problem = app.table.diagnose(seen)
        wizard = SetupWizard(app, languages, Reason.REPAIR, account, led_by=problem)
        wizard.show()
        wizard.activateWindow()
        await until(lambda: wizard.focusWidget() is wizard.pages_by_step[Step.SERVERS].proxy.choice)
        assert any("10.0.0.1:3128" in words for words in Person(wizard).seen())
        wizard.done(0)

    use(tmp_path, languages, walk, servers=Servers(), reason=Reason.REPAIR, account=stored_account)
