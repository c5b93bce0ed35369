"""The directory holds what is known of the world's providers and finds it asking nobody."""

from __future__ import annotations

import asyncio
import re
import time
from pathlib import Path
from typing import NoReturn

import pytest

from laifaxin_desktop.engine.discover import Discoverer
from laifaxin_desktop.model.account import Found
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.problem import Evidence, Fault, Fix, Stage
from laifaxin_desktop.model.provider import (
    AuthWay,
    Endpoint,
    Protocol,
    Provider,
    Security,
    Standing,
)
from tests.knowledge.books import BOOK
from tests.knowledge.knowledge import TABLE

HERE = Path(__file__).parent
PROTOCOLS = (Protocol.IMAP, Protocol.POP3, Protocol.SMTP)

# Where the directory knows better than the table's one server for all domains, and why.
BETTER = {
    ("outlook", Protocol.SMTP): "smtp.office365.com comes first on purpose",
    ("inboxlv", Protocol.IMAP): "each domain has its own name for the servers",
    ("inboxlv", Protocol.POP3): "each domain has its own name for the servers",
    ("inboxlv", Protocol.SMTP): "each domain has its own name for the servers",
    ("tim_it", Protocol.IMAP): "alice.it and tin.it have servers of their own",
    ("tim_it", Protocol.POP3): "alice.it has servers of its own, tin.it none that is known",
    ("tim_it", Protocol.SMTP): "alice.it and tin.it have servers of their own",
    ("yahoo_jp", Protocol.POP3): "ybb.ne.jp has servers of its own",
    ("yahoo_jp", Protocol.SMTP): "ybb.ne.jp has servers of its own",
    ("aws_workmail", Protocol.IMAP): "the region stands in the exchanger's name",
    ("aws_workmail", Protocol.SMTP): "the region stands in the exchanger's name",
}
# Exchangers that several share: the one that is found, and why.
SHARED_MX = {
    ("m365_dod", ".mail.protection.office365.us"): "m365_gcchigh",  # told apart by discovery
    ("gmail", ".google.com"): "google_workspace",  # a domain of one's own has administrators
    ("gmail", ".googlemail.com"): "google_workspace",
    ("gmx_com", ".gmx.net"): "gmx_de",
    ("mailcom", ".gmx.net"): "gmx_de",
    ("aws_workmail", ".amazonaws.com"): None,  # mail of all kinds is received there
}


def table(name: str) -> list[list[str]]:
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]


FACTS = {row[0]: row[1:] for row in table("directory_facts.tsv")}
ISPDB = table("directory_ispdb.tsv")


def words(cell: str) -> list[str]:
    return [] if cell == "-" else cell.split()


def page(provider: str) -> Provider:
    found = BOOK.by_id(provider)
    assert found is not None
    return found


def of(provider: Provider, protocol: Protocol) -> list[str]:
    """Its servers as the table has them, the best first."""
    ends = (end for end in provider.endpoints if end.protocol is protocol)
    return [f"{end}/{end.security}" for end in ends]


@pytest.mark.parametrize("provider", FACTS)
def test_every_domain_has_its_provider_and_servers(provider: str) -> None:
    assert BOOK.by_id(provider) is not None
    for domain in words(FACTS[provider][4]):
        found = BOOK.by_domain(domain)
        assert found is not None, domain
        assert found.id == provider, domain
        for protocol, known in zip(PROTOCOLS, FACTS[provider], strict=False):
            servers = of(found, protocol)
            if known == "-":
                assert servers == [] or protocol is Protocol.IMAP, domain
            elif (provider, protocol) not in BETTER:
                assert servers[:1] == [known], domain
        assert found.closed or found.endpoint(Protocol.SMTP) is not None


@pytest.mark.parametrize("provider", FACTS)
def test_every_exchanger_leads_to_its_provider(provider: str) -> None:
    for mx in words(FACTS[provider][3]):
        found = BOOK.by_mx(f"mx1{mx}" if mx.startswith(".") else mx)
        wanted = SHARED_MX.get((provider, mx), provider)
        assert (found.id if found else None) == wanted, mx


def test_what_is_said_to_be_better_still_is() -> None:
    for provider, protocol in BETTER:
        known = FACTS[provider][PROTOCOLS.index(protocol)]
        domains = words(FACTS[provider][4])
        found = [of(book, protocol) for d in domains if (book := BOOK.by_domain(d))]
        assert any(servers[:1] != [known] for servers in found), (provider, protocol)


def test_of_thunderbird_s_database_hardly_anything_is_missing() -> None:
    """A server of theirs for every domain that is found; what is missing is no mail domain."""
    missing, elsewhere, all_domains = [], [], 0
    for cell, domains in ISPDB:
        for domain in domains.split():
            all_domains += 1
            found = BOOK.by_domain(domain)
            if found is None:
                missing.append(domain)
                continue
            hosts = {f"{end.protocol}={end}" for end in found.endpoints}
            theirs = set(cell.replace("{domain}", domain).split())
            if not hosts & theirs:
                elsewhere.append(domain)
    assert all_domains == 962
    assert elsewhere == []
    assert len(missing) <= 9, missing
    exchangers = ("yahoodns.net", "protection.outlook.com", "office365.com", "mit.edu", ".ccv")
    assert all(domain.endswith(exchangers) for domain in missing), missing


def test_discovery_finds_every_domain_without_asking_anybody() -> None:
    async def never(*asked: object) -> NoReturn:
        raise AssertionError(asked)

    discoverer = Discoverer(BOOK, never, never, time.monotonic)
    known = {domain for row in FACTS.values() for domain in words(row[4])}
    theirs = {domain for _, domains in ISPDB for domain in domains.split()}

    async def main() -> list[str]:
        missing = []
        for domain in sorted(known | theirs):
            found = await discoverer.discover(Address("li", domain), offline=True)
            if not isinstance(found, Found):
                missing.append(domain)
                continue
            assert found.trusted
            assert found.provider is not None
            assert found.settings.outgoing or found.provider.closed, domain
        return missing

    missing = asyncio.run(main())
    assert not known & set(missing)
    assert len(missing) <= len(theirs) // 20


# --- what matters most ----------------------------------------------------------------------------


def test_personal_microsoft_keeps_its_order() -> None:
    found = BOOK.by_domain("hotmail.com")
    assert found is not None
    assert of(found, Protocol.SMTP) == [
        "smtp.office365.com:587/starttls",
        "smtp-mail.outlook.com:587/starttls",
    ]
    assert of(found, Protocol.IMAP)[0] == "outlook.office365.com:993/tls"


@pytest.mark.parametrize(
    ("host", "provider"),
    [
        ("mx-aol.mail.gm0.yahoodns.net", "aol"),
        ("mail.gm0.yahoodns.net", "aol"),
        ("mta7.am0.yahoodns.net", "yahoo"),
        ("mxbiz1.qq.com", "exmail"),
        ("mx3.qq.com", "qq"),
        ("outlook-com.olc.protection.outlook.com", "outlook"),
        ("contoso-com.mail.protection.outlook.com", "m365_global"),
        ("contoso-cn.mail.protection.partner.outlook.cn", "m365_21vianet"),
        ("qiye163mx01.mxmail.netease.com", "netease_qiye"),
        ("mx1.qiye.aliyun.com", "aliyun_qiye"),
        ("mxn.mxhichina.com", "aliyun_qiye"),
        ("mx1.feishu.cn", "feishu"),
        ("mx.zoho.com.cn", "zoho_cn"),
        ("mx2.zoho.eu", "zoho_eu"),
        ("mx.yandex.net", "yandex"),
        ("in1-smtp.messagingengine.com", "fastmail"),
        ("inbound-smtp.eu-west-1.amazonaws.com", "aws_workmail_eu_west_1"),
        ("mx00.gmx.net", "gmx_de"),
        ("mx00.kundenserver.de", "ionos"),
    ],
)
def test_exchangers_in_their_order(host: str, provider: str) -> None:
    found = BOOK.by_mx(host)
    assert found is not None
    assert found.id == provider


@pytest.mark.parametrize(
    "host",
    [
        "outlook.com.evil.example",
        "contoso-com.mail.protection.outlook.com.evil.example",
        "mail.protection.outlook.com",  # Microsoft's own, nobody's mailbox
        "mx1.qq.com.example",
        "aspmx.l.google.com.example",
        "xn--utlook-sxc.com",
        "evilqq.com",
        "mxbiz1.qq.com.cn",
        "com",
        "",
    ],
)
def test_a_look_alike_is_nobody(host: str) -> None:
    assert BOOK.by_mx(host) is None


def test_what_has_no_open_protocol_says_so_before_anything_is_asked() -> None:
    for provider in ("tuta", "hey"):
        closed = page(provider)
        assert closed.closed
        assert closed.standing is Standing.BROKEN
        assert closed.endpoints == ()
        (way,) = closed.ways
        assert way.standing is Standing.BROKEN
        assert way.reason is not None
        assert "IMAP" in way.reason.zh_CN
        assert "IMAP" in way.reason.en
    assert [p.id for p in BOOK.all if p.closed] == ["hey", "tuta"]
    assert not page("other").closed


# What a guide was promised for, with pictures of its own pages.
PROMISED = words("""
    outlook m365_global m365_21vianet gmail google_workspace icloud qq exmail netease163 netease126
    netease_yeah netease_vip163 netease_vip126 netease_188 netease_qiye sina sohu mail139 mail189
    aliyun_personal aliyun_qiye feishu yahoo aol zoho fastmail yandex mailru gmx_de gmx_com webde
    tonline naver proton
""")


@pytest.mark.parametrize("provider", PROMISED)
def test_the_guides_that_were_promised_show_the_provider_s_own_pages(provider: str) -> None:
    best = next(way for way in page(provider).ways if way.standing is not Standing.BROKEN)
    guide = page(provider).guide(best.guide)
    assert guide is not None
    assert not any(step.picture.startswith("other/") for step in guide.steps)
    for text in (guide.title, guide.intro, *(step.body for step in guide.steps)):
        assert re.search(r"[\u4e00-\u9fff]", text.zh_CN), text
        assert text.en.strip()
        assert not re.search(r"\{\w+\}", text.zh_CN + text.en), text


def test_the_code_that_is_for_imap_is_named() -> None:
    for provider in ("qq", "netease163", "netease126", "netease_yeah", "netease_qiye"):
        found = page(provider)
        guide = found.guide(found.ways[0].guide)
        assert guide is not None
        assert "IMAP/SMTP" in guide.intro.zh_CN
        assert "IMAP/SMTP" in guide.intro.en
    turn_on = page("netease163").guides[0].steps[1].body
    assert "不是 POP3/SMTP" in turn_on.zh_CN
    assert "not POP3/SMTP" in turn_on.en


def test_how_sure_we_are_follows_from_the_sources() -> None:
    """One good source makes "medium"; what differs from it or is hearsay is "low"."""
    for provider in BOOK.all:
        if provider.id in ("other", "yahoo_jp") or provider.confidence == "high":
            continue
        published = all("thunderbird/autoconfig" in source for source in provider.sources)
        changed = any("without encryption" in note for note in provider.notes)
        if published:
            assert (provider.confidence == "low") is changed, provider.id


def test_company_gmail_has_administrators() -> None:
    found = page("google_workspace")
    (way,) = found.ways
    guide = found.guide(way.guide)
    assert guide is not None
    assert guide.steps[0].link.url.startswith("https://support.google.com/a/")
    assert "管理员" in guide.steps[0].title.zh_CN
    assert way.reason is not None
    assert "2025" in way.reason.en
    off = Evidence(
        Stage.LOGIN,
        Fault.REJECTED,
        provider=found.id,
        reply="IMAP access is disabled for your domain.",
    )
    assert TABLE.diagnose(off).problem == "service_not_enabled"
    assert TABLE.diagnose(off).fix is Fix.ASK_ADMIN
    assert BOOK.guide(found.id, "turn_on_pop") is not None
    assert page("gmail").mx == ()


def test_proton_goes_through_its_bridge() -> None:
    proton = page("proton")
    imap, smtp = proton.endpoint(Protocol.IMAP), proton.endpoint(Protocol.SMTP)
    assert imap == Endpoint(Protocol.IMAP, "127.0.0.1", 1143, Security.STARTTLS)
    assert smtp == Endpoint(Protocol.SMTP, "127.0.0.1", 1025, Security.STARTTLS)
    (way,) = proton.ways
    assert way.reason is not None
    assert "Bridge" in way.reason.zh_CN
    assert way.credential.name.zh_CN == "Bridge 密码"
    assert proton.guide(way.guide) is not None


def test_no_password_goes_in_the_clear_unasked() -> None:
    """Where others publish servers without encryption, STARTTLS is demanded of them here."""
    for provider in BOOK.all:
        everywhere = [provider.endpoints, *(branch.endpoints for branch in provider.branches)]
        for end in (end for ends in everywhere for end in ends):
            assert end.security is not Security.PLAIN, (provider.id, end)
    found = BOOK.by_domain("goo.jp")
    assert found is not None
    assert found.ways[0].reason is not None
    assert "加密" in found.ways[0].reason.zh_CN


def test_domains_with_servers_of_their_own() -> None:
    for domain, host in (
        ("tim.it", "imap.tim.it"),
        ("alice.it", "in.alice.it"),
        ("inbox.eu", "mail.inbox.eu"),
        ("inbox.lv", "mail.inbox.lv"),
        ("bay.wind.jp", "bay.wind.ne.jp"),
        ("mx3.tiki.ne.jp", "mx3.tiki.ne.jp"),
        ("ml.shibata.ne.jp", "ml.shibata.ne.jp"),
    ):
        found = BOOK.by_domain(domain)
        assert found is not None, domain
        receiving = found.endpoint(Protocol.IMAP) or found.endpoint(Protocol.POP3)
        assert receiving is not None
        assert receiving.host == host


def test_what_must_be_prepared_has_a_guide_and_a_reason() -> None:
    for provider in BOOK.all:
        for way in provider.ways:
            if way.standing is Standing.NEEDS_PREPARATION:
                assert way.guide is not None, (provider.id, way.way)
            if way.way is AuthWay.APP_PASSWORD and way is provider.ways[0]:
                known_without = {"sina", "sina_vip", "mail189"}  # some take the sign-in password
                assert way.reason or provider.id in known_without, provider.id
    for provider in FACTS:
        best = page(provider).ways[0]
        if best.standing is Standing.NEEDS_PREPARATION and best.way is AuthWay.PASSWORD:
            assert best.reason or provider == "aliyun_personal", provider


def test_the_best_way_is_the_first_and_alone_is_recommended() -> None:
    for provider in BOOK.all:
        if not provider.closed:
            assert [way.recommended for way in provider.ways] == [
                number == 0 for number in range(len(provider.ways))
            ], provider.id
        order = [Standing.OK, Standing.NEEDS_PREPARATION, Standing.BROKEN]
        assert provider.standing in order


def test_everything_says_where_it_comes_from_and_when() -> None:
    for provider in BOOK.all:
        assert provider.checked_on.year == 2026
        if provider.id != "other":
            assert provider.sources, provider.id
