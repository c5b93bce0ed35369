"""Whoever reads the diagnostics can help, and learns no secret and nobody's address."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from laifaxin_desktop.engine.diagnostics import Subject, markdown, without_addresses, without_names
from laifaxin_desktop.engine.network import Network
from laifaxin_desktop.model.account import Settings
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.microsoft import CloudId, SignIn
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
from laifaxin_desktop.model.provider import AuthWay, Endpoint, Protocol, Security
from laifaxin_desktop.model.report import Leg, Report, StageResult
from laifaxin_desktop.model.route import Pin, Proxy, ProxyKind

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
ZHANG = Address("zhang.wei", "qq.com")
IMAP = Endpoint(Protocol.IMAP, "imap.qq.com", 993, Security.TLS)
SMTP = Endpoint(Protocol.SMTP, "smtp.qq.com", 587, Security.STARTTLS)
OTHER = replace(SMTP, port=465, security=Security.TLS)
SHOWN = Certificate(
    ("mail.qq.com", "*.mail.qq.com"),
    "CN=mail.qq.com, emailAddress=postmaster@corp.example",
    "CN=Corp CA, emailAddress=wang.fang@corp.example",
    NOW - timedelta(days=400),
    NOW - timedelta(days=10),
    "ab" * 32,
    key="RSA 1024",
    digest="SHA1",
    doubts=(Doubt.EXPIRED, Doubt.WEAK_KEY),
)
SIGNED = SignIn(
    "11111111-2222-3333-4444-555555555555", CloudId.WORLDWIDE, identity="lisi@contoso.example"
)
PROXY = Proxy(ProxyKind.SOCKS5, "proxy.corp.example", 1080, "zhangwei01")
SETTINGS = Settings(
    IMAP,
    SMTP,
    AuthWay.MICROSOFT,
    username="zhangwei@corp.example",
    sign_in=SIGNED,
    pins=(Pin("imap.qq.com", 993, "cd" * 32, (Doubt.WRONG_HOST,)),),
    proxy=PROXY,
)


def told(leg: Endpoint, seen: Evidence, **more: object) -> Leg:
    seen = replace(seen, protocol=leg.protocol, host=leg.host, port=leg.port, security=leg.security)
    stages = (StageResult(Stage.LOOKUP, True, 12), StageResult(seen.stage, False, 3456))
    return Leg(leg, stages, Diagnosis("too_many_attempts", Fix.WAIT, seen, **more))  # type: ignore[arg-type]


REFUSED = Evidence(
    Stage.LOGIN,
    Fault.REJECTED,
    codes=("454", "4.7.0"),
    reply="Too many attempts by ZHANG.WEI@qq.com (zhang.wei, zhangwei01, 用户zhang.wei),\n"
    "try again in 15 minutes; ask helpdesk.li@corp.example",
    identity="lisi@contoso.example",
    mailbox="zhang.wei@qq.com",
    detail="user zhangwei@corp.example",
    proxy="proxy.corp.example:1080",
)
BLOCKED = Evidence(
    Stage.CONNECT,
    Fault.PORT_BLOCKED,
    first=Fault.TIMEOUT,
    looks=(
        Look(OTHER, ms=31),
        Look(replace(OTHER, port=25), Fault.REFUSED, Stage.CONNECT, ms=4),
    ),
    clock_off=86400 * 40,
    certificate=SHOWN,
    pinned="cd" * 32,
)


def subject(**more: object) -> Subject:
    legs = (told(IMAP, REFUSED), told(SMTP, BLOCKED, suggestion=OTHER))
    report = Report(ZHANG, NOW, 3500, legs, "7", NOW - timedelta(hours=2))
    known = Subject(ZHANG, SETTINGS, "qq", "waiting", report, Network.UNREACHABLE)
    return replace(known, **more)  # type: ignore[arg-type]


NAMES = ("zhang.wei", "zhangwei", "lisi", "wang.fang", "helpdesk", "postmaster")


def test_nobody_s_name_is_in_it() -> None:
    said = markdown(subject())
    for name in NAMES:
        assert name not in said.lower(), name
    assert "z***@qq.com" in said
    assert "l***@contoso.example" in said
    assert "11111111-2222" not in said


def test_it_is_enough_to_help() -> None:
    said = markdown(subject(), "Qt 6.11")
    for wanted in (
        "### z***@qq.com",
        "Qt 6.11, OpenSSL",
        "provider: qq; way: microsoft; status: waiting",
        "proxy: socks5 proxy.corp.example:1080, logs in as z***",
        f"exception to trust: imap.qq.com:993 SHA-256 {'cd' * 32}, despite wrong_host",
        "network: unreachable",
        "checked: 2026-11-20 09:00:00 UTC, 3500 ms",
        "last passed: 2026-11-20 07:00:00 UTC",
        "**receive**: imap imap.qq.com:993/tls",
        "| lookup | yes | 12 ms |",
        "| login | no | 3456 ms |",
        "problem: `too_many_attempts`, fix: `wait`, locked until 2026-11-20 09:15:00 UTC",
        "seen: login/rejected, codes 454 4.7.0",
        "through the proxy proxy.corp.example:1080",
        "    Too many attempts by z***@qq.com",
        "    try again in 15 minutes",
        "suggested: smtp.qq.com:465/tls",
        "seen: connect/port_blocked (at first timeout)",
        "| smtp.qq.com:587/starttls | connect/timeout | - |",
        "| smtp.qq.com:465/tls | answers | 31 ms |",
        "| smtp.qq.com:25/tls | connect/refused | 4 ms |",
        "| this computer's clock | +40.0 days | - |",
        "- certificate: mail.qq.com, *.mail.qq.com",
        "- valid: 2025-10-16 to 2026-11-10",
        "- key: RSA 1024; digest: SHA1; doubts: expired weak_key",
        f"- SHA-256: {'ab' * 32}",
        f"- excepted before: {'cd' * 32}",
    ):
        assert wanted in said, wanted


def test_a_table_stays_a_table() -> None:
    """Markdown wants an empty line before a table and after it."""
    lines = markdown(subject()).splitlines()
    for at, line in enumerate(lines):
        if line.startswith("| ---"):
            assert lines[at - 1].startswith("| ")
            assert lines[at - 2] == ""
        if line.startswith("    "):
            assert lines[at - 1] == "" or lines[at - 1].startswith("    ")


def test_the_way_without_a_proxy() -> None:
    plain = replace(SETTINGS, proxy=None, pins=(), username="")
    assert "- proxy: as the system says" in markdown(subject(settings=plain))
    assert "- proxy: none" in markdown(subject(settings=replace(plain, directly=True)))
    assert "never checked" in markdown(subject(report=None))
    assert "way: -" in markdown(subject(settings=None))


@pytest.mark.parametrize(
    ("said", "short"),
    [
        ("no such user <a.b+c@mail.corp.cn>.", "no such user <a***@mail.corp.cn>."),
        ("user=li@qq.com;", "user=l***@qq.com;"),
        ("z***@qq.com", "z***@qq.com"),
        ("@home user@ localhost a@b", "@home user@ localhost a@b"),
        ("张三@例子.中国", "张***@例子.中国"),
    ],
)
def test_anybody_s_address_is_shortened(said: str, short: str) -> None:
    assert without_addresses(said) == short


def test_names_are_words_of_their_own() -> None:
    assert without_names("LOGIN zhang: Zhang zhangs 用户zhang", {"zhang"}) == (
        "LOGIN z***: z*** zhangs 用户z***"
    )
    assert without_names(r"\g<0> a\1b", {r"a\1b"}) == r"\g<0> a***"


def test_an_address_typed_where_a_server_belongs() -> None:
    typed = replace(IMAP, host="zhang.wei@qq.com")
    seen = Evidence(Stage.LOOKUP, Fault.BAD_HOST_NAME)
    report = Report(ZHANG, NOW, 0, (told(typed, seen),), "7")
    assert "zhang.wei@" not in markdown(subject(report=report))


def test_ten_thousand_characters_take_no_time() -> None:
    assert len(without_addresses("a@" * 5000 + "." * 5000 + "a" * 5000)) >= 15000
