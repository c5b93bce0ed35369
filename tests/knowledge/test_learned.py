"""What a closer look adds to a problem: its server, words and button; and what it never does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from laifaxin_desktop.knowledge.decode import ResourceError
from laifaxin_desktop.knowledge.diagnoses import DiagnosisTable
from laifaxin_desktop.knowledge.microsoft_errors import MicrosoftErrors
from laifaxin_desktop.knowledge.rules import Catalogue, Rule
from laifaxin_desktop.model.problem import Evidence, Explanation, Fault, Fix, Look, Stage
from laifaxin_desktop.model.provider import AuthWay, Endpoint, Protocol, Security
from tests.knowledge.books import BOOK
from tests.knowledge.knowledge import SHOWN, TABLE, WORDS, seen

HERE = Endpoint(Protocol.SMTP, "smtp.example.org", 587, Security.STARTTLS)
OTHER_PORT = replace(HERE, port=465, security=Security.TLS)
OTHER_HOST = replace(HERE, host="mail.example.org")


def failed(stage: Stage, fault: Fault, *looks: Look, **more: object) -> Evidence:
    known: dict[str, object] = {
        "protocol": HERE.protocol,
        "host": HERE.host,
        "port": HERE.port,
        "security": HERE.security,
    }
    return seen(stage, fault, looks=looks, **{**known, **more})


def said(evidence: Evidence) -> Explanation:
    return TABLE.explain(TABLE.diagnose(evidence))


@pytest.mark.parametrize(
    ("stage", "fault", "problem"),
    [
        (Stage.CONNECT, Fault.REFUSED, "connection_refused"),
        (Stage.CONNECT, Fault.UNREACHABLE, "network_unreachable"),
        (Stage.CONNECT, Fault.PORT_BLOCKED, "port_blocked"),
        (Stage.CONNECT, Fault.CLOSED, "connection_lost"),
        (Stage.GREETING, Fault.TIMEOUT, "server_silent"),
        (Stage.GREETING, Fault.NOT_MAIL, "not_a_mail_server"),
        (Stage.GREETING, Fault.WRONG_PROTOCOL, "wrong_protocol"),
        (Stage.TLS, Fault.TLS_FAILED, "tls_failed"),
        (Stage.TLS, Fault.TLS_VERSION, "tls_too_old"),
        (Stage.TLS, Fault.STARTTLS_MISSING, "starttls_missing"),
        (Stage.TLS, Fault.CERTIFICATE_EXPIRED, "certificate_expired"),
        (Stage.TLS, Fault.CERTIFICATE_SELF_SIGNED, "certificate_untrusted"),
        (Stage.TLS, Fault.CERTIFICATE_UNFIT, "certificate_unfit"),
    ],
)
def test_the_server_that_works_is_one_button_away(stage: Stage, fault: Fault, problem: str) -> None:
    found = TABLE.diagnose(failed(stage, fault, Look(OTHER_PORT)))
    assert (found.problem, found.fix, found.suggestion) == (problem, Fix.EDIT_SERVERS, OTHER_PORT)
    words = TABLE.explain(found)
    assert (words.button.zh_CN, words.button.en) == ("改用 465 端口", "Use port 465")
    assert "465" in words.meaning.zh_CN + words.steps[0].zh_CN
    assert len(words.steps) <= 4
    assert words.title == TABLE.explain(replace(found, evidence=failed(stage, fault))).title


def test_another_host_is_named_in_the_button() -> None:
    words = said(failed(Stage.CONNECT, Fault.TIMEOUT, Look(OTHER_HOST)))
    assert words.button.zh_CN == "改用 mail.example.org"
    assert words.steps[0].en == "Press “Use mail.example.org”."
    assert words.meaning.en.endswith("We tried: port 587 of mail.example.org (STARTTLS) works.")


def test_the_port_that_was_blocked_says_it_once() -> None:
    """Its own words name the port that answers, also where that is no usual one."""
    odd = replace(OTHER_PORT, port=2525)
    words = said(failed(Stage.CONNECT, Fault.PORT_BLOCKED, Look(odd)))
    assert words.meaning.zh_CN.count("2525") == 1
    assert "2525" in words.steps[0].zh_CN


def test_a_corrected_mode_needs_no_more_words() -> None:
    same = replace(HERE, security=Security.TLS)
    evidence = failed(Stage.GREETING, Fault.WRONG_MODE, Look(same), spoken="tls")
    found = TABLE.diagnose(evidence)
    assert found.suggestion == same
    words = TABLE.explain(found)
    assert (words.button.zh_CN, words.button.en) == ("改用 SSL/TLS", "Use SSL/TLS")
    assert words.steps[0].zh_CN == "点“改用 SSL/TLS”。"
    assert words.steps[1:] == TABLE.problem("tls_wrong_mode").steps


def test_what_the_directory_corrects_is_named_in_the_button_too() -> None:
    missing = TABLE.diagnose(failed(Stage.TLS, Fault.STARTTLS_MISSING))
    assert TABLE.explain(missing).button.zh_CN == "改用 465 端口"


def test_what_was_tried_in_vain_is_not_suggested() -> None:
    refused = Look(OTHER_PORT, Fault.REFUSED, Stage.CONNECT)
    missing = failed(Stage.TLS, Fault.STARTTLS_MISSING)
    assert TABLE.diagnose(missing).suggestion == OTHER_PORT
    assert TABLE.diagnose(replace(missing, looks=(refused,))).suggestion is None
    slow = replace(refused, fault=Fault.TIMEOUT)
    assert TABLE.diagnose(replace(missing, looks=(slow,))).suggestion is None
    # The right place, but for its certificate: that is the next question, not a dead end.
    own = replace(refused, fault=Fault.CERTIFICATE_SELF_SIGNED, stage=Stage.TLS)
    assert TABLE.diagnose(replace(missing, looks=(own,))).suggestion == OTHER_PORT
    # This very port has just shown what it speaks: being slow now is no reason against it.
    mode = failed(Stage.GREETING, Fault.WRONG_MODE, spoken="tls")
    here = replace(HERE, security=Security.TLS)
    again = Look(here, Fault.TIMEOUT, Stage.GREETING)
    assert TABLE.diagnose(replace(mode, looks=(again,))).suggestion == here


def test_a_stranger_s_certificate_fills_nothing_in() -> None:
    """Whoever writes a certificate could lead the password to a server of his own."""
    name = replace(HERE, host="mail.elsewhere.example")
    evidence = failed(
        Stage.TLS, Fault.CERTIFICATE_WRONG_HOST, Look(name, foreign=True), certificate=SHOWN
    )
    found = TABLE.diagnose(evidence)
    assert (found.fix, found.suggestion) == (Fix.EDIT_SERVERS, None)
    words = TABLE.explain(found)
    assert words.button == TABLE.problem("certificate_wrong_host").button
    assert "mail.elsewhere.example" in words.meaning.zh_CN
    assert "mail.elsewhere.example" in words.meaning.en
    silent = replace(evidence, looks=(Look(name, Fault.TIMEOUT, foreign=True),))
    assert "elsewhere" not in said(silent).meaning.en


@pytest.mark.parametrize("fault", [Fault.CLOCK_WRONG, Fault.CAPTIVE_PORTAL])
def test_no_other_server_helps_against_clock_or_portal(fault: Fault) -> None:
    found = TABLE.diagnose(failed(Stage.TLS, fault, Look(OTHER_PORT)))
    assert found.suggestion is None
    assert found.fix is TABLE.problem(str(fault)).fix


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [
        (86_400, "快了 1 天", "1 day ahead"),
        (-3 * 86_400, "慢了 3 天", "3 days behind"),
        (400 * 86_400, "快了 400 天", "400 days ahead"),
        (-3653 * 86_400, "慢了 10 年", "10 years behind"),
        (0, "差了一天以上", "more than a day off"),
    ],
)
def test_how_far_the_clock_is_off(seconds: int, zh: str, en: str) -> None:
    words = said(failed(Stage.TLS, Fault.CLOCK_WRONG, clock_off=seconds)).meaning
    assert zh in words.zh_CN
    assert en in words.en
    found = TABLE.diagnose(failed(Stage.TLS, Fault.CLOCK_WRONG))
    assert (found.fix, found.guide) == (Fix.OPEN_GUIDE, "clock")


def test_one_page_only_may_be_opened_unencrypted() -> None:
    link = TABLE.diagnose(failed(Stage.GREETING, Fault.CAPTIVE_PORTAL)).link
    assert link is not None
    assert link.startswith("http://")
    assert TABLE.opens(link)
    assert TABLE.opens("https://mail.qq.com/")
    for other in (
        None,
        "",
        "http://mail.qq.com/",
        link + "x",
        "file:///etc/passwd",
        "javascript:0",
    ):
        assert not TABLE.opens(other)
    row = replace(TABLE.problem("mailbox_full"), fix=Fix.OPEN_LINK)
    rules = (Rule(row.id, link="http://mail.qq.com/"), Rule(row.id))
    with pytest.raises(ResourceError, match="unencrypted"):
        DiagnosisTable(Catalogue((row,), rules), BOOK, WORDS, MicrosoftErrors(()))


def test_a_lockout_says_until_when_where_the_server_does() -> None:
    locked = seen(
        Stage.LOGIN,
        Fault.REJECTED,
        codes=("454", "4.7.0"),
        reply="454 4.7.0 Too many login attempts, please try again in 90 minutes",
        protocol=Protocol.SMTP,
        way=AuthWay.PASSWORD,
    )
    assert TABLE.diagnose(locked).problem == "too_many_attempts"
    assert "等 90 分钟再检测" in said(locked).steps[0].zh_CN
    unknown = replace(locked, reply="454 4.7.0 Too many login attempts, please try again later")
    assert "等半小时再检测" in said(unknown).steps[0].zh_CN


PAST = datetime(2026, 11, 20, 7, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("stage", "fault", "problem"),
    [
        (Stage.LOOKUP, Fault.NAME_NOT_FOUND, "host_not_found"),
        (Stage.CONNECT, Fault.REFUSED, "connection_refused"),
        (Stage.CONNECT, Fault.PROXY_UNREACHABLE, "proxy_unreachable"),
        (Stage.CONNECT, Fault.PROXY_TARGET, "proxy_target_failed"),
        (Stage.TLS, Fault.STARTTLS_MISSING, "starttls_missing"),
        (Stage.GREETING, Fault.NOT_MAIL, "not_a_mail_server"),
    ],
)
def test_settings_that_worked_until_now_are_left_alone(
    stage: Stage, fault: Fault, problem: str
) -> None:
    now = failed(stage, fault, worked=PAST)
    found, words = TABLE.diagnose(now), said(now)
    assert (found.problem, found.fix, found.suggestion) == (problem, Fix.RETRY, None)
    assert f"{PAST.astimezone():%Y-%m-%d %H:%M}" in words.meaning.zh_CN
    assert "写错" not in words.meaning.zh_CN
    assert words.button.zh_CN == "重新检测"
    before = TABLE.diagnose(failed(stage, fault))
    assert (before.problem, before.fix) == (problem, Fix.EDIT_SERVERS)
    assert TABLE.explain(before).title == words.title
    better = TABLE.diagnose(replace(now, looks=(Look(OTHER_PORT),)))
    assert (better.fix, better.suggestion) == (Fix.EDIT_SERVERS, OTHER_PORT)


def test_what_no_waiting_mends_stays_the_form() -> None:
    """A port that speaks another mode, or another's certificate: somebody has to look at it."""
    for stage, fault in (
        (Stage.TLS, Fault.WRONG_MODE),
        (Stage.TLS, Fault.CERTIFICATE_WRONG_HOST),
        (Stage.CONNECT, Fault.PROXY_LOGIN),
    ):
        assert TABLE.diagnose(failed(stage, fault, worked=PAST)).fix is Fix.EDIT_SERVERS


def test_a_server_that_is_away_is_waited_for_and_a_proxy_is_looked_at() -> None:
    away = said(failed(Stage.CONNECT, Fault.REFUSED, worked=PAST))
    assert away.steps[0].en == "Leave the settings as they are, and check again later."
    proxy = said(failed(Stage.CONNECT, Fault.PROXY_UNREACHABLE, worked=PAST))
    assert proxy.steps == said(failed(Stage.CONNECT, Fault.PROXY_UNREACHABLE)).steps
