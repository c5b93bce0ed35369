"""The provider files: strict, complete, and findable by everything they claim."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from datetime import date

import pytest

from laifaxin_desktop.knowledge.providers import BY_HAND
from laifaxin_desktop.model.provider import (
    AuthWay,
    Guide,
    PasteRule,
    Protocol,
    Provider,
    Quirk,
    Security,
    Standing,
    UsernameForm,
)
from laifaxin_desktop.model.text import Text
from tests.knowledge.books import BOOK

GUIDES = [(p, g) for p in BOOK.all for g in p.guides]


def texts(value: object) -> list[Text]:
    """Every wording inside a value."""
    if isinstance(value, Text):
        return [value]
    if isinstance(value, tuple):
        return [text for item in value for text in texts(item)]
    if is_dataclass(value) and not isinstance(value, type):
        return [text for f in fields(value) for text in texts(getattr(value, f.name))]
    return []


def page(provider: str) -> Provider:
    found = BOOK.by_id(provider)
    assert found is not None
    return found


def test_every_domain_and_exchanger_leads_to_its_provider() -> None:
    for provider in BOOK.all:
        for domain in provider.domains:
            assert re.fullmatch(r"\.?[a-z0-9-]+(\.[a-z0-9-]+)+", domain), domain
            name = f"contoso{domain}" if domain.startswith(".") else domain
            found = BOOK.by_domain(name)
            assert found is not None, name
            assert found.id == provider.id, name
        for host in provider.mx:
            name = f"a-b{host}" if host.startswith(".") else host
            assert BOOK.by_mx(name.upper() + ".") is provider, name


def test_personal_and_work_exchangers_are_told_apart() -> None:
    assert BOOK.by_mx("outlook-com.olc.protection.outlook.com") is page("outlook")
    assert BOOK.by_mx("contoso-cn.mail.protection.outlook.com") is page("m365_global")
    assert BOOK.by_mx("protection.outlook.com") is None
    assert BOOK.by_mx("mx1.qq.com.evil.example") is None
    assert BOOK.by_domain("notqq.com") is None
    assert BOOK.by_id(None) is None
    assert BOOK.by_domain("") is None


def test_a_borrowed_guide_speaks_in_the_borrower_s_name() -> None:
    own = page("netease163").guides[0]
    for name, site in (("netease126", "mail.126.com"), ("netease_yeah", "mail.yeah.net")):
        borrower = page(name)
        (guide,) = borrower.guides
        assert [step.picture for step in guide.steps] == [step.picture for step in own.steps]
        assert guide.steps[0].link.url == f"https://{site}/" == borrower.site
        assert borrower.name.zh_CN in guide.steps[0].body.zh_CN
        assert borrower.name.en in guide.steps[0].link.label.en
        assert BOOK.guide(name, "authorization_code") == (borrower, guide)
        assert all("163" not in text.zh_CN + text.en for text in texts(guide))
    assert own.steps[0].link.url == "https://mail.163.com/"


def test_no_place_is_left_open() -> None:
    for provider in BOOK.all:
        assert not re.search(r"\{\w+\}", repr(provider.guides)), provider.id


def servers(provider: str, *protocols: Protocol) -> list[str]:
    """The best server for each protocol, as the command line writes it."""
    best = [page(provider).endpoint(protocol) for protocol in protocols]
    return [f"{end}/{end.security}" if end else "" for end in best]


@pytest.mark.parametrize(
    ("provider", "imap", "pop3", "smtp"),
    [
        ("gmail", "imap.gmail.com", "pop.gmail.com", "smtp.gmail.com:465/tls"),
        ("icloud", "imap.mail.me.com", "", "smtp.mail.me.com:587/starttls"),
        ("netease126", "imap.126.com", "pop.126.com", "smtp.126.com:465/tls"),
        ("netease_yeah", "imap.yeah.net", "pop.yeah.net", "smtp.yeah.net:465/tls"),
        ("exmail", "imap.exmail.qq.com", "pop.exmail.qq.com", "smtp.exmail.qq.com:465/tls"),
        ("aliyun_personal", "imap.aliyun.com", "pop3.aliyun.com", "smtp.aliyun.com:465/tls"),
        ("sina", "imap.sina.com", "pop.sina.com", "smtp.sina.com:465/tls"),
        ("yahoo", "imap.mail.yahoo.com", "pop.mail.yahoo.com", "smtp.mail.yahoo.com:465/tls"),
    ],
)
def test_servers(provider: str, imap: str, pop3: str, smtp: str) -> None:
    wanted = [f"{imap}:993/tls", f"{pop3}:995/tls" if pop3 else "", smtp]
    assert servers(provider, Protocol.IMAP, Protocol.POP3, Protocol.SMTP) == wanted


def test_user_names_of_icloud() -> None:
    forms = {end.protocol: end.username for end in page("icloud").endpoints}
    assert forms == {Protocol.IMAP: UsernameForm.LOCALPART, Protocol.SMTP: UsernameForm.EMAIL}
    local = {p.id for p in BOOK.all for e in p.endpoints if e.username is UsernameForm.LOCALPART}
    assert {"icloud", "webde", "free_fr", "yahoo_jp"} <= local
    assert not local & {"qq", "gmail", "outlook", "gmx_de", "yahoo", "aol", "fastmail"}


def test_exchangers_of_company_mail() -> None:
    assert BOOK.by_mx("mxbiz1.qq.com") is page("exmail")
    assert BOOK.by_mx("mx3.qq.com") is page("qq")
    assert BOOK.by_mx("aspmx.l.google.com") is page("google_workspace")
    assert BOOK.by_mx("alt1.aspmx.l.google.com") is page("google_workspace")
    assert BOOK.by_mx("mx02.mail.icloud.com") is page("icloud")
    assert BOOK.by_mx("mta7.am0.yahoodns.net") is page("yahoo")
    # NetEase's company mail: other servers than those of the free mailboxes.
    assert BOOK.by_mx("qiye163mx01.mxmail.netease.com") is page("netease_qiye")
    assert BOOK.by_mx("mx-aol.mail.gm0.yahoodns.net") is page("aol")
    assert BOOK.by_domain("yahoo.co.jp") is page("yahoo_jp")


def test_what_a_provider_prints_for_readability_is_taken_out() -> None:
    gmail, icloud = page("gmail").ways[0].credential, page("icloud").ways[0].credential
    assert gmail.clean("xqvb twkz\u00a0mpla djrs ") == "xqvbtwkzmpladjrs"
    assert icloud.clean(" abcd-efgh-ijkl-mnop\n") == "abcd-efgh-ijkl-mnop"
    for shaped in ("abcd-efgh-ijkl-mnop", "abcdefghijklmnop"):
        assert icloud.fits(shaped)
    assert not icloud.fits("Abcd-efgh-ijkl-mnop")
    assert not gmail.fits("hunter2")
    assert page("aliyun_personal").ways[1].credential.fits("anything") is None


def test_what_is_doubtful_is_not_promised() -> None:
    yahoo = page("yahoo")
    assert yahoo.ways[0].reason is not None
    assert "不保证" in yahoo.ways[0].reason.zh_CN
    assert (page("sina").confidence, yahoo.confidence) == ("low", "medium")
    for name in ("exmail", "aliyun_personal", "sina"):
        ways = [way.way for way in page(name).ways]
        assert set(ways) == {AuthWay.APP_PASSWORD, AuthWay.PASSWORD}
        assert [way.recommended for way in page(name).ways] == [True, False]


def test_microsoft_servers_are_ours_first() -> None:
    for provider in (page("outlook"), page("m365_global")):
        imap, pop3 = provider.endpoint(Protocol.IMAP), provider.endpoint(Protocol.POP3)
        smtp = provider.endpoint(Protocol.SMTP)
        assert imap is not None
        assert pop3 is not None
        assert smtp is not None
        assert (str(imap), imap.security) == ("outlook.office365.com:993", Security.TLS)
        assert (str(pop3), pop3.security) == ("outlook.office365.com:995", Security.TLS)
        assert (str(smtp), smtp.security) == ("smtp.office365.com:587", Security.STARTTLS)
    others = [str(e) for e in page("outlook").endpoints if e.protocol is Protocol.SMTP]
    assert others == ["smtp.office365.com:587", "smtp-mail.outlook.com:587"]


def test_a_dying_way_is_never_dressed_up() -> None:
    for provider in BOOK.all:
        for way in provider.ways:
            if way.standing is Standing.BROKEN:
                assert not way.recommended
                if way.way is AuthWay.MICROSOFT:  # nobody ended it: this build has no app
                    assert way.reason is not None
                    assert "没有内置应用" in way.reason.zh_CN
                    continue
                assert way.since is not None or provider.closed  # never open, so it never ended
                assert way.reason is not None
                assert (way.source or "").startswith("https://")
    personal = page("outlook").way(AuthWay.APP_PASSWORD)
    assert personal is not None
    assert personal.reason is not None
    assert personal.since == date(2024, 9, 16)
    assert personal.reason.zh_CN == "微软已于 2024-09-16 停用个人邮箱的密码登录，多数账号会被拒绝"
    passwords = [page("m365_global").way(way) for way in (AuthWay.APP_PASSWORD, AuthWay.PASSWORD)]
    for way in filter(None, passwords):
        assert way.reason is not None
        assert "2022 年 10 月" in way.reason.zh_CN
        assert "2026 年 12 月底" in way.reason.zh_CN


def test_chinese_providers_take_a_code_and_netease_wants_id() -> None:
    for name in ("qq", "netease163", "netease126", "netease_yeah"):
        way = page(name).ways[0]
        assert way.way is AuthWay.APP_PASSWORD
        assert way.recommended
        assert way.standing is Standing.NEEDS_PREPARATION
        assert way.credential.name.zh_CN == "授权码"
        assert way.credential.clean(" abcd efgh ijkl\u3000mnop\n") == "abcdefghijklmnop"
    # QQ makes letters only; older 163 accounts may have a code that its owner made up.
    assert page("qq").ways[0].credential.clean("abcd-efgh") == "abcdefgh"
    assert page("netease163").ways[0].credential.clean("my-own code") == "my-owncode"
    for name in ("netease163", "netease126", "netease_yeah"):
        assert Quirk.IMAP_ID in page(name).quirks


def test_an_ordinary_password_is_never_touched() -> None:
    for provider in BOOK.all:
        if way := provider.way(AuthWay.PASSWORD):
            assert way.credential.paste is PasteRule.KEEP


def test_by_hand_has_both_ways_and_no_servers() -> None:
    other = page(BY_HAND)
    assert {way.way for way in other.ways} == {AuthWay.PASSWORD, AuthWay.APP_PASSWORD}
    assert other.endpoints == ()
    assert other.domains == ()


def test_ways_name_guides_that_exist() -> None:
    for provider in BOOK.all:
        for way in provider.ways:
            assert way.guide is None or provider.guide(way.guide) is not None
            if way.way is AuthWay.APP_PASSWORD:
                assert way.guide is not None


def test_a_guide_is_looked_for_at_the_provider_first() -> None:
    found = BOOK.guide("qq", "authorization_code")
    assert found is not None
    assert found[0].id == "qq"
    found = BOOK.guide("qq", "keychain")
    assert found is not None
    assert found[0].id == BY_HAND
    assert BOOK.guide(None, "keychain") is not None
    assert BOOK.guide("qq", "no_such_guide") is None


@pytest.mark.parametrize(("provider", "guide"), GUIDES, ids=[f"{p.id}-{g.id}" for p, g in GUIDES])
def test_every_step_has_its_link_and_two_lines(provider: Provider, guide: Guide) -> None:
    assert len({step.id for step in guide.steps}) == len(guide.steps) >= 1
    for step in guide.steps:
        assert re.match(r"https://[a-z0-9.-]+/?", step.link.url), step.id
        assert step.body.zh_CN.count("\n") == step.body.en.count("\n") == 1, step.id
        assert step.picture


def test_a_label_says_which_page_it_opens() -> None:
    """One label, one page; a page of another company is never passed off as the mailbox's own."""
    for provider in BOOK.all:
        steps = [step for guide in provider.guides for step in guide.steps]
        for language in ("zh_CN", "en"):
            pages: dict[str, str] = {}
            for step in steps:
                label = getattr(step.link.label, language)
                assert pages.setdefault(label, step.link.url) == step.link.url, label
    owners = {
        "service.mail.qq.com": "QQ",
        "support.apple.com": "Apple",
        "support.mozilla.org": "Thunderbird",
        "wiki.archlinux.org": "Arch Wiki",
        "proton.me": "Bridge",
    }
    for guide in page(BY_HAND).guides:
        for step in guide.steps:
            owner = owners[step.link.url.split("/")[2]]
            assert owner in step.link.label.zh_CN, step.id
            assert owner in step.link.label.en, step.id


def test_guides_that_lead_to_a_secret_answer_what_people_ask() -> None:
    for provider in BOOK.all:
        for way in provider.ways:
            if way.way is AuthWay.APP_PASSWORD and (guide := provider.guide(way.guide)):
                assert len(guide.habits) == 3
                assert guide.ready is not None
                asked = " ".join(question.ask.zh_CN for question in guide.questions)
                assert "什么是" in asked
                assert "双重验证" in asked
                assert "两次" in asked
    of_qq = [q.ask.zh_CN for g in page("qq").guides for q in g.questions]
    assert any("QQ 密码" in ask for ask in of_qq)


def test_both_languages_everywhere() -> None:
    for provider in BOOK.all:
        for text in texts(provider):
            assert text.zh_CN.strip()
            assert text.en.strip()
            assert not re.search("[\u3000-\u303f\uff00-\uffef]", text.en), text.en
