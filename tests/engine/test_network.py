"""What several reports together say of the network: a banner once, or this server only."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from laifaxin_desktop.engine.hosts import domain_of, is_here, mail_hosts
from laifaxin_desktop.engine.network import (
    RECENT,
    Network,
    is_portal,
    network_now,
    network_of,
    only_here,
    speaks_for,
    unreached,
    without_stand_in,
)
from laifaxin_desktop.engine.ways import may_except
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.problem import (
    Certificate,
    Diagnosis,
    Doubt,
    Evidence,
    Fault,
    Fix,
    Look,
    Stage,
)
from laifaxin_desktop.model.provider import Endpoint, Protocol, Security
from laifaxin_desktop.model.report import Leg, Report
from tests.engine.test_check import diagnose
from tests.knowledge.knowledge import WORDS

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
QQ, CORP, NETEASE = "imap.qq.com", "mail.corp.com.cn", "imap.163.com"


def leg(
    host: str,
    stage: Stage | None = None,
    fault: Fault = Fault.TIMEOUT,
    port: int = 993,
    **more: object,
) -> Leg:
    end = Endpoint(Protocol.IMAP, host, port, Security.TLS)
    if stage is None:
        return Leg(end)
    seen = Evidence(stage, fault, Protocol.IMAP, host, port, Security.TLS, **more)  # type: ignore[arg-type]
    return Leg(end, (), Diagnosis(str(fault), Fix.RETRY, seen))


def report(*legs: Leg, account: str = "1", minutes: float = 0) -> Report:
    return Report(Address("a", "b.cn"), NOW + timedelta(minutes=minutes), 1, legs, account)


def shown(print_of: str, *doubts: Doubt) -> Certificate:
    return Certificate(("x.example",), "", "", NOW, NOW, print_of, doubts=doubts)


DOWN = (Stage.CONNECT, Fault.TIMEOUT)
HTTP = {"stage": Stage.GREETING, "fault": Fault.NOT_MAIL, "spoken": "http"}
FOREIGN = {"stage": Stage.TLS, "fault": Fault.CERTIFICATE_WRONG_HOST}


def test_one_banner_when_nobody_is_reached() -> None:
    reports = [
        report(leg(QQ, *DOWN), leg("smtp.qq.com", Stage.CONNECT, Fault.REFUSED), account="1"),
        report(leg(CORP, Stage.LOOKUP, Fault.LOOKUP_FAILED), account="2"),
        report(leg(NETEASE, Stage.TLS, Fault.CLOSED), account="3"),
    ]
    assert network_of(reports) is Network.UNREACHABLE
    assert all(map(unreached, reports))
    offline = [report(leg(host, Stage.LOOKUP, Fault.OFFLINE)) for host in (QQ, CORP)]
    assert network_of(offline) is Network.OFFLINE
    assert network_of(offline[:1]) is Network.OFFLINE
    assert network_of([*offline, reports[0]]) is Network.UNREACHABLE


def test_no_banner() -> None:
    down = report(leg(QQ, *DOWN), leg("smtp.qq.com", *DOWN))
    assert network_of([]) is Network.FINE
    # One owner's servers are down, however many accounts there are.
    assert network_of([replace(down, account=str(one)) for one in range(100)]) is Network.FINE
    # Somebody is reached, and be it to be told no.
    for other in (leg(CORP), leg(CORP, Stage.LOGIN, Fault.REJECTED), leg(CORP, Stage.LOGIN)):
        assert network_of([down, report(other, account="2")]) is Network.FINE
    blocked = leg(CORP, Stage.CONNECT, Fault.PORT_BLOCKED)  # its other port has answered
    assert network_of([down, report(blocked)]) is Network.FINE
    open_port = Endpoint(Protocol.IMAP, CORP, 143, Security.STARTTLS)
    refused = leg(CORP, Stage.CONNECT, Fault.REFUSED, looks=(Look(open_port),))
    assert network_of([down, report(refused)]) is Network.FINE
    # A password that cannot be read asks nobody.
    locked = report(leg(CORP, Stage.VAULT, Fault.LOCKED))
    assert network_of([down, locked]) is Network.FINE
    assert network_of([locked]) is Network.FINE
    assert network_of([report()]) is Network.FINE


def test_what_was_seen_long_ago_says_nothing_of_now() -> None:
    before = report(leg(QQ), account="2", minutes=-RECENT.total_seconds() / 60 - 1)
    now = [report(leg(CORP, *DOWN)), report(leg(NETEASE, *DOWN), account="3")]
    assert network_of([before, *now]) is Network.UNREACHABLE
    assert network_of([replace(before, at=NOW), *now]) is Network.FINE


def test_a_banner_lasts_while_one_account_is_asked_for_all() -> None:
    """The others' reports grow old meanwhile, and still hold."""
    old = [report(leg(host, *DOWN), account=host) for host in (CORP, NETEASE)]
    asked = report(leg(QQ, *DOWN), minutes=45)
    now = asked.at + timedelta(minutes=1)
    assert network_of([*old, asked]) is Network.FINE
    assert network_now([*old, asked], now) is Network.UNREACHABLE
    # Somebody was reached since, or is now.
    for minutes in (30, 45):
        reached = report(leg("imap.x.cn", Stage.LOGIN, Fault.REJECTED), account="4")
        reached = replace(reached, at=NOW + timedelta(minutes=minutes))
        assert network_now([*old, asked, reached], now) is Network.FINE
    # A refusal of long before says nothing of now.
    before = report(leg("imap.x.cn"), account="4", minutes=-60)
    assert network_now([*old, asked, before], now) is Network.UNREACHABLE


def test_no_banner_from_another_day_or_by_a_clock_that_was_wrong() -> None:
    dead = [report(leg(host, *DOWN), account=host) for host in (CORP, NETEASE)]
    assert network_now(dead, NOW + timedelta(minutes=9)) is Network.UNREACHABLE
    assert network_now(dead, NOW + timedelta(hours=12)) is Network.FINE
    assert network_now(dead, NOW - timedelta(days=3650)) is Network.FINE
    assert network_now([], NOW) is Network.FINE


def test_a_wrong_clock_is_wrong_for_everybody() -> None:
    wrong = report(leg(QQ, Stage.TLS, Fault.CLOCK_WRONG, clock_off=9 * 86400))
    fine = report(leg(CORP), account="2")
    assert network_of([wrong, fine]) is Network.CLOCK_WRONG
    assert speaks_for(Network.CLOCK_WRONG, wrong)
    assert not speaks_for(Network.CLOCK_WRONG, fine)
    refused = leg(QQ, Stage.LOGIN, Fault.REJECTED)
    assert not speaks_for(Network.CLOCK_WRONG, report(*wrong.legs, refused))


def test_whom_a_banner_speaks_for() -> None:
    dead = report(leg(QQ, *DOWN))
    assert speaks_for(Network.UNREACHABLE, dead)
    assert not speaks_for(Network.FINE, dead)
    assert not speaks_for(Network.OFFLINE, report(leg(QQ, Stage.LOGIN, Fault.REJECTED)))


def test_a_bridge_on_this_computer_says_nothing_of_the_network() -> None:
    bridge = report(leg("127.0.0.1", port=1143), account="2")
    stopped = report(leg("localhost", Stage.CONNECT, Fault.REFUSED, port=1143), account="2")
    for other in (bridge, stopped):
        assert network_of([report(leg(QQ, *DOWN)), other]) is Network.FINE
        both = [report(leg(QQ, *DOWN)), report(leg(CORP, *DOWN)), other]
        assert network_of(both) is Network.UNREACHABLE
    assert network_of([stopped]) is Network.FINE


@pytest.mark.parametrize("how", [HTTP, {**FOREIGN, "certificate": shown("aa", Doubt.WRONG_HOST)}])
def test_a_portal_is_told_from_servers_that_are_down(how: dict[str, object]) -> None:
    one, other = report(leg(QQ, **how)), report(leg(CORP, **how), account="2")  # type: ignore[arg-type]
    assert network_of([one, other]) is Network.CAPTIVE_PORTAL
    assert network_of([one]) is Network.FINE
    assert unreached(one)
    # One more that is reached: then it is no portal.
    assert network_of([one, other, report(leg(NETEASE))]) is Network.FINE


def test_the_same_fault_is_not_the_same_stranger() -> None:
    two = [
        report(leg(host, certificate=shown(sha, Doubt.WRONG_HOST), **FOREIGN))  # type: ignore[arg-type]
        for host, sha in ((QQ, "aa"), (CORP, "bb"))
    ]
    assert network_of(two) is Network.FINE
    # An antivirus program or a company signs for every host by its name.
    company = {"stage": Stage.TLS, "fault": Fault.CERTIFICATE_UNKNOWN_AUTHORITY}
    same = [
        report(leg(host, certificate=shown("aa", Doubt.UNKNOWN_AUTHORITY), **company))  # type: ignore[arg-type]
        for host in (QQ, CORP)
    ]
    assert network_of(same) is Network.FINE
    # Web servers typed in by hand are what they are.
    web = [report(leg(host, port=443, **HTTP)) for host in (QQ, CORP)]  # type: ignore[arg-type]
    assert network_of(web) is Network.FINE


def test_a_known_portal_speaks_for_all() -> None:
    portal = leg(QQ, Stage.GREETING, Fault.CAPTIVE_PORTAL)
    assert network_of([report(portal)]) is Network.CAPTIVE_PORTAL
    assert unreached(report(portal))


def test_what_was_reached_before_a_portal_is_no_reason_to_trust_it() -> None:
    """At home, a few minutes ago; the exception would be for the café's certificate."""
    how = {**FOREIGN, "certificate": shown("aa", Doubt.WRONG_HOST, Doubt.SELF_SIGNED)}
    one, other = (
        report(leg(host, **how), account=host, minutes=at)  # type: ignore[arg-type]
        for host, at in ((QQ, 5), (CORP, 6))
    )
    seen = one.legs[0].diagnosis.evidence if one.legs[0].diagnosis else None
    assert seen is not None
    seen = replace(seen, fault=Fault.CERTIFICATE_SELF_SIGNED)
    for at, may in ((0, False), (4.9, True), (5.5, True), (7, True)):
        fine = report(leg(NETEASE), account="home", minutes=at)
        assert network_of([one, other, fine]) is Network.FINE
        assert is_portal([fine, one, other]) is not may
        assert may_except(seen, [fine, one, other]) is may
    assert may_except(seen, [one])
    assert not may_except(seen, [one, other])


def test_both_servers_of_one_account() -> None:
    wrong = {"certificate": shown("aa", Doubt.WRONG_HOST), **FOREIGN}

    def named(*legs: Leg, known: bool = False) -> list[str]:
        found = without_stand_in(legs, lambda host: known, diagnose)
        return [each.diagnosis.problem if each.diagnosis else "ok" for each in found]

    mine = leg("imap.corp.cn", **wrong), leg("smtp.corp.cn", **wrong)  # type: ignore[arg-type]
    assert named(*mine) == ["certificate_wrong_host"] * 2  # one machine, badly set up
    assert named(*mine, known=True) == ["captive_portal"] * 2
    assert named(leg(QQ, **wrong), leg(CORP, **wrong)) == ["captive_portal"] * 2  # type: ignore[arg-type]
    assert named(leg(QQ, **HTTP), leg("smtp.qq.com", **HTTP)) == ["captive_portal"] * 2  # type: ignore[arg-type]
    assert named(leg(QQ, **HTTP), leg(QQ, port=465, **HTTP)) == ["not_mail"] * 2  # type: ignore[arg-type]
    assert named(leg(QQ, **HTTP), leg("smtp.qq.com")) == ["not_mail", "ok"]  # type: ignore[arg-type]
    here = leg("127.0.0.1", **HTTP), leg("localhost", **HTTP)  # type: ignore[arg-type]
    assert named(*here, known=True) == ["not_mail"] * 2


def test_only_this_server() -> None:
    down = report(leg(QQ, *DOWN), leg("smtp.qq.com"))
    fine = report(leg(CORP), account="2")
    told_no = report(leg(NETEASE, Stage.LOGIN, Fault.REJECTED), account="3")
    assert only_here(down, [down, fine, told_no])
    assert not only_here(down, [down])
    assert not only_here(down, [down, report(leg("smtp.qq.com"), account="2")])  # the same owner
    assert not only_here(down, [fine, report(leg(NETEASE, *DOWN), account="3")])
    assert not only_here(down, [replace(fine, at=NOW - 2 * RECENT)])
    assert not only_here(fine, [fine, told_no])
    assert not only_here(told_no, [fine, told_no])
    bridge = report(leg("127.0.0.1", Stage.CONNECT, Fault.REFUSED))
    assert not only_here(bridge, [bridge, fine])
    by_proxy = report(leg(QQ, Stage.CONNECT, Fault.PROXY_UNREACHABLE))
    assert not only_here(by_proxy, [by_proxy, fine])  # the server was not even asked


def test_every_state_has_its_words() -> None:
    for state in Network:
        if state is not Network.FINE:
            assert WORDS(f"network.{state}").zh_CN.endswith("。")
    assert WORDS("learned.only_here").en.endswith(".")


# --- hosts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("imap.qq.com", "qq.com"),
        ("a.b.imap.exmail.qq.com.", "qq.com"),
        ("mail.corp.com.cn", "corp.com.cn"),
        ("mail.uni.ac.uk", "uni.ac.uk"),
        ("com.cn", "com.cn"),
        ("corp.cn", "corp.cn"),
        ("LOCALHOST", "localhost"),
        ("192.0.2.7", "192.0.2.7"),
        ("[2001:db8::1]", "2001:db8::1"),
    ],
)
def test_domains(host: str, domain: str) -> None:
    assert domain_of(host) == domain


def test_this_computer() -> None:
    for host in ("127.0.0.1", "127.1.2.3", "::1", "[::1]", "localhost"):
        assert is_here(host)
    assert not any(map(is_here, ("10.0.0.1", "imap.qq.com", "localhost.example")))


@pytest.mark.parametrize(
    ("name", "protocol", "hosts"),
    [
        ("IMAP.corp.cn", Protocol.IMAP, ("imap.corp.cn",)),
        ("imap2.corp.cn", Protocol.IMAP, ("imap2.corp.cn",)),
        ("smtp-mail.corp.cn", Protocol.SMTP, ("smtp-mail.corp.cn",)),
        ("mail.corp.cn", Protocol.POP3, ("mail.corp.cn",)),
        ("*.corp.cn", Protocol.POP3, ("pop.corp.cn", "mail.corp.cn")),
        ("smtp.corp.cn", Protocol.IMAP, ()),
        ("www.corp.cn", Protocol.IMAP, ()),
        ("corp.cn", Protocol.IMAP, ()),
        ("*.cn", Protocol.IMAP, ()),
        ("mail.*.cn", Protocol.IMAP, ()),
        ("192.0.2.7", Protocol.IMAP, ()),
        ("imap.corp.cn", Protocol.GRAPH, ()),
        ("*.corp.cn", Protocol.GRAPH, ()),
    ],
)
def test_names_that_sound_like_mail(name: str, protocol: Protocol, hosts: tuple[str, ...]) -> None:
    assert mail_hosts(name, protocol) == hosts
