"""The decision about a certificate over real TLS servers: what is allowed, kept, asked again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import pytest
from PySide6.QtWidgets import QLabel, QPushButton

from laifaxin_desktop.app import App
from laifaxin_desktop.engine.draft import Draft, Reason, Step, with_discovery, with_secret
from laifaxin_desktop.model.account import Account, NotFound, Settings
from laifaxin_desktop.model.problem import Doubt
from laifaxin_desktop.model.provider import AuthWay, Endpoint, Protocol, Security, Side
from laifaxin_desktop.model.route import Pin, ProxyKind
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.ui.certificate_page import CertificatePage
from laifaxin_desktop.ui.wizard.proxy_entry import Choice
from tests.cli.test_way import IMAP, SMTP, behind, beside
from tests.mail.peers import Peer
from tests.mail.proxies import PROXY_SECRET, PROXY_USER
from tests.servers.authority import Authority, ServerCertificate

from .person import Person, use
from .real_servers import HOST, RealProbe, real_servers
from .sample_wizard import until
from .test_wizard_check import whole

__all__ = ["whole"]

WHO, CODE = "li@corp.example", "hunter2-é-漢"
Peers = dict[Side, Peer]


@contextmanager
def showing(certificate: ServerCertificate) -> Iterator[Peers]:
    """Both servers show this."""
    with real_servers(certificate.context()) as peers:
        yield peers


def unheard(peers: Peers) -> bool:
    """Whether no server got the password, plain or coded."""
    return not any(b"AUTH" in bytes(peer.received).upper() for peer in peers.values())


async def to_check(person: Person, peers: Peers) -> None:
    """Set up by hand, up to a check that does not pass."""
    await person.to_secret(WHO)
    person.wizard.current.take(CODE)
    await person.next()
    await person.reach(Step.SERVERS)
    for side, half in person.wizard.current.form.halves.items():
        half.host.setText(HOST)
        half.port.setText(str(peers[side].port))
    await person.next()
    await person.fail()


async def look(person: Person) -> CertificatePage:
    """查看证书, on the card."""
    person.click("查看证书")
    await until(lambda: person.wizard.findChild(CertificatePage))
    page = person.wizard.findChild(CertificatePage)
    await until(page.isVisible)
    return page


def said(page: CertificatePage) -> str:
    labels = page.findChildren(QLabel)
    return "\n".join(label.text() for label in labels if label.isVisibleTo(page))


def accept(page: CertificatePage) -> QPushButton | None:
    return page.accept_button if page.accept_button.isVisibleTo(page) else None


async def pins_of(person: Person) -> set[tuple[str, int, str, tuple[Doubt, ...]]]:
    [account] = await person.wizard.app.accounts.all()
    return {(pin.host, pin.port, pin.sha256, pin.despite) for pin in account.settings.pins}


@pytest.mark.parametrize(
    ("make", "despite", "words"),
    [
        (Authority.self_signed, (), "服务器自己签发的"),
        (Authority.unknown_authority, (), "不在这台电脑信任的机构里"),
        (Authority.incomplete, (), "少发了一张中间证书"),
        (Authority.self_signed_and_expired, (Doubt.EXPIRED,), "到期"),
    ],
    ids=["self-signed", "private", "incomplete", "self-signed, expired"],
)
def test_what_nobody_known_vouches_for_may_be_allowed(
    tmp_path, languages, authority, make, despite, words
):
    certificate = make(authority, HOST)
    with showing(certificate) as peers:

        async def walk(person: Person) -> None:
            await to_check(person, peers)
            assert unheard(peers)
            page = await look(person)
            assert words in said(page)
            assert "不离开这台电脑" in said(page)  # a program on this computer shows it
            accept(page).click()
            await person.reach(Step.DONE)
            assert await pins_of(person) == {
                (HOST, peers[side].port, certificate.sha256(), despite) for side in Side
            }

        use(tmp_path, languages, walk, servers=RealProbe(authority))


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda zoo: zoo.expired(HOST), "certificate_expired"),
        (lambda zoo: zoo.not_yet_valid(HOST), "certificate_not_yet_valid"),
        (lambda zoo: zoo.other_host(), "certificate_wrong_host"),
        (lambda zoo: zoo.weak_key(HOST), "certificate_unfit"),
        (lambda zoo: zoo.weak_digest(HOST), "certificate_unfit"),
        (lambda zoo: zoo.wrong_purpose(HOST), "certificate_unfit"),
        (lambda zoo: zoo.self_signed_weak_key(HOST), "certificate_unfit"),
        (lambda zoo: zoo.self_signed_for_clients(HOST), "certificate_unfit"),
    ],
    ids=[
        "expired",
        "not yet",
        "other host",
        "weak key",
        "weak digest",
        "purpose",
        "own, weak key",
        "own, purpose",
    ],
)
def test_what_is_wrong_in_itself_is_never_allowed(tmp_path, languages, authority, make, problem):
    certificate = make(authority)
    with showing(certificate) as peers:

        async def walk(person: Person) -> None:
            await to_check(person, peers)
            [card] = person.wizard.current.cards
            assert card.diagnosis.problem == problem
            if "查看证书" in person.seen():
                page = await look(person)
                assert accept(page) is None
                assert "不能允许" in said(page)
                page.close_button.click()
            assert unheard(peers)
            assert person.wizard.draft.settings.pins == ()

        use(tmp_path, languages, walk, servers=RealProbe(authority))


async def trusting(app: App, *, peers: Peers, sha256: str) -> Account:
    """An account that once excepted a certificate."""
    ends = [
        Endpoint(protocol, HOST, peers[side].port, Security.TLS)
        for side, protocol in ((Side.RECEIVE, Protocol.IMAP), (Side.SEND, Protocol.SMTP))
    ]
    pins = tuple(Pin(end.host, end.port, sha256) for end in ends)
    draft = with_discovery(Draft(typed=WHO), NotFound(), app.other)
    settings = Settings(ends[0], ends[1], AuthWay.PASSWORD, pins=pins)
    draft = with_secret(replace(draft, settings=settings), Secret(CODE))
    draft = replace(draft, way=AuthWay.PASSWORD)
    return await app.finish(replace(draft, report=await app.check(draft)))


async def trusting_another(app: App, *, peers: Peers, sha256: str) -> Account:
    """The same, but the servers show another one by now."""
    account = await trusting(app, peers=peers, sha256=sha256)
    settings = replace(
        account.settings,
        pins=tuple(replace(pin, sha256="ab" * 32) for pin in account.settings.pins),
    )
    await app.accounts.save(replace(account, settings=settings), None, None, None)
    found = await app.accounts.get(account.id)
    assert found is not None
    return found


@pytest.mark.parametrize("reason", [Reason.REPAIR, Reason.REAUTHORIZE])
def test_a_changed_one_asks_again_and_shows_both(tmp_path, languages, authority, reason):
    certificate = authority.self_signed(HOST)
    with showing(certificate) as peers:

        async def walk(person: Person) -> None:
            if reason is Reason.REAUTHORIZE:
                person.wizard.current.take(CODE)
            for peer in peers.values():
                peer.received.clear()
            await person.next()
            await person.fail()
            [card] = person.wizard.current.cards
            assert card.diagnosis.problem == "certificate_changed"
            assert any("只认您允许过的那张证书" in words for words in person.seen())
            assert unheard(peers)
            page = await look(person)
            assert "AB AB AB AB AB AB AB AB" in page.findChild(QLabel, "old_fingerprint").text()
            accept(page).click()
            await person.reach(Step.DONE)
            assert await pins_of(person) == {
                (HOST, peers[side].port, certificate.sha256(), ()) for side in Side
            }

        make = partial(trusting_another, peers=peers, sha256=certificate.sha256())
        probe = RealProbe(authority)
        use(tmp_path, languages, walk, servers=probe, reason=reason, account=make)


def test_a_good_one_in_the_place_of_an_exception_needs_none(tmp_path, languages, authority):
    good = authority.issue(HOST)
    with showing(good) as peers:

        async def walk(person: Person) -> None:
            await person.next()
            await person.fail()
            page = await look(person)
            assert accept(page) is None
            page.drop.click()
            await person.reach(Step.DONE)
            assert await pins_of(person) == set()

        make = partial(trusting_another, peers=peers, sha256=good.sha256())
        probe = RealProbe(authority)
        use(tmp_path, languages, walk, servers=probe, reason=Reason.REPAIR, account=make)


def test_what_is_taken_back_is_asked_again(tmp_path, languages, authority):
    certificate = authority.self_signed(HOST)
    with showing(certificate) as peers:

        async def walk(person: Person) -> None:
            for side in Side:
                await until(lambda: person.wizard.current.exceptions.isEnabled())
                await person.press(f"撤销对 {HOST}:{peers[side].port} 的允许")
            for peer in peers.values():
                peer.received.clear()
            await person.next()
            await person.fail()
            [card] = person.wizard.current.cards
            assert card.diagnosis.problem == "certificate_untrusted"
            assert unheard(peers)
            accept(await look(person)).click()
            await person.reach(Step.DONE)
            assert len(await pins_of(person)) == 2

        async def make(app: App) -> Account:
            made = await trusting(app, peers=peers, sha256=certificate.sha256())
            found = await app.accounts.get(made.id)
            assert found is not None
            return found

        probe = RealProbe(authority)
        use(tmp_path, languages, walk, servers=probe, reason=Reason.REPAIR, account=make)


def test_a_company_s_own_server_behind_its_proxy(tmp_path, languages, authority):
    """Not on this computer: the fingerprint is to be compared, and both stay with the account."""
    certificate = authority.self_signed(IMAP, SMTP)
    way = partial(behind, ProxyKind.SOCKS5, certificate.context())
    with beside(way) as (proxy, port, (imap, smtp)):
        peers = {Side.RECEIVE: imap, Side.SEND: smtp}

        async def walk(person: Person) -> None:
            await person.to_secret(WHO)
            person.wizard.current.take(CODE)
            await person.next()
            await person.reach(Step.SERVERS)
            servers = person.wizard.current
            for side, host in ((Side.RECEIVE, IMAP), (Side.SEND, SMTP)):
                servers.form.halves[side].host.setText(host)
            person.click("代理（一般不用设置）")
            form = servers.proxy
            form.choice.setCurrentIndex(form.choice.findData(Choice.SOCKS5))
            form.host.setText("127.0.0.1")
            form.port.setText(str(port))
            form.username.setText(PROXY_USER)
            form.secret.setText(PROXY_SECRET)
            await person.next()
            await person.fail()
            assert unheard(peers)
            page = await look(person)
            assert "向管理员核对指纹" in said(page)
            assert f"{IMAP}:993、{SMTP}:465" in said(page)
            accept(page).click()
            await person.reach(Step.DONE)
            [account] = await person.wizard.app.accounts.all()
            assert account.settings.proxy.port == port
            assert {pin.host for pin in account.settings.pins} == {IMAP, SMTP}
            assert {(IMAP, 993), (SMTP, 465)} <= set(proxy.asked)

        use(tmp_path, languages, walk, servers=RealProbe(authority))
