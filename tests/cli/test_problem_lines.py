"""A problem on the command line: the window's words, and what to write instead of a click."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from laifaxin_desktop import __main__
from laifaxin_desktop.cli.output import Output
from laifaxin_desktop.knowledge.diagnoses import DiagnosisTable
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
from laifaxin_desktop.model.text import Language
from tests.knowledge.books import BOOK, RESOURCES
from tests.knowledge.knowledge import WORDS

TABLE = DiagnosisTable.load(RESOURCES / "diagnoses.toml", BOOK, WORDS)
HOST = "mail.corp.example"
AT = datetime(2026, 11, 20, tzinfo=UTC)


def lines(stage: Stage, fault: Fault, port: int = 993, **more: object) -> list[str]:
    seen = Evidence(stage, fault, Protocol.IMAP, HOST, port, Security.TLS, **more)  # type: ignore[arg-type]
    out = Output(WORDS, TABLE, BOOK, Language.ZH_CN, as_json=False)
    return out.problem_lines(TABLE.diagnose(seen))


def shown(*doubts: Doubt) -> Certificate:
    return Certificate((HOST,), "CN=a", "CN=a", AT, AT, "ab" * 32, self_signed=True, doubts=doubts)


def test_a_port_that_works_is_said_as_an_option() -> None:
    works = Look(Endpoint(Protocol.IMAP, HOST, 993, Security.TLS))
    said = lines(Stage.CONNECT, Fault.REFUSED, 994, looks=(works,))
    assert said[-1] == f"在命令里这样写：--imap {HOST}:993/tls"


def test_how_to_except_a_certificate_is_said_where_one_may_be() -> None:
    own = lines(Stage.TLS, Fault.CERTIFICATE_SELF_SIGNED, certificate=shown(Doubt.SELF_SIGNED))
    assert own[-1].endswith(f"--trust-certificate {'ab' * 32}")
    weak = shown(Doubt.SELF_SIGNED, Doubt.WEAK_KEY)
    unfit = lines(Stage.TLS, Fault.CERTIFICATE_UNFIT, certificate=weak)
    assert not any("--trust-certificate" in line for line in unfit)


def report(*found: Diagnosis) -> Report:
    legs = [
        Leg(Endpoint(Protocol.IMAP, HOST, 993, Security.TLS), (), found[0]),
        Leg(Endpoint(Protocol.SMTP, HOST, 465, Security.TLS), (), found[1]),
    ]
    return Report(Address.parse(f"wang@{HOST}"), AT, 1, tuple(legs))


def refused(protocol: Protocol, reply: str = "", *codes: str) -> Diagnosis:
    seen = Evidence(Stage.LOGIN, Fault.REJECTED, protocol, HOST, 993, Security.TLS, codes=codes)
    return TABLE.diagnose(replace(seen, reply=reply))


@pytest.mark.parametrize(
    ("language", "both"),
    [(Language.ZH_CN, "收信和发信："), (Language.EN, "Receiving and sending: ")],
)
def test_a_problem_that_both_servers_have_stands_once(language: Language, both: str) -> None:
    out = Output(WORDS, TABLE, BOOK, language, as_json=False)
    found = (
        refused(Protocol.IMAP, "NO a", "NO", "AUTHENTICATIONFAILED"),
        refused(Protocol.SMTP, "535 b", "535", "5.7.8"),
    )
    said = out.report_lines(report(*found))
    meaning = out.problem_lines(found[0])[1]
    assert [meaning in line for line in said].count(True) == 1
    assert [line[4:].startswith(both) for line in said] == [False] * 3 + [True] + [False] * (
        len(said) - 4
    )
    for side, reply in (("receive", "NO a"), ("send", "535 b")):
        [line] = [line for line in said if reply in line]
        assert out.say(f"side.{side}") in line


def test_two_problems_stand_each_under_its_server() -> None:
    out = Output(WORDS, TABLE, BOOK, Language.ZH_CN, as_json=False)
    found = (
        refused(Protocol.IMAP),
        TABLE.diagnose(
            Evidence(Stage.CONNECT, Fault.REFUSED, Protocol.SMTP, HOST, 465, Security.TLS)
        ),
    )
    said = out.report_lines(report(*found))
    assert not any("收信和发信" in line for line in said)
    for one in found:
        assert [f"    {line}" in said for line in out.problem_lines(one)].count(False) == 0


@pytest.mark.parametrize("language", list(Language))
def test_no_step_speaks_of_the_window(language: Language) -> None:
    """“接受” is a button of Microsoft's page, and “自动设置时间” one of the system."""
    out = Output(WORDS, TABLE, BOOK, language, as_json=False)
    here = Evidence(Stage.CONNECT, Fault.REFUSED, Protocol.IMAP, HOST, 994, Security.TLS)
    clicks = "(?:点|[Pp]ress )“|粘贴到这里|paste it here"
    for problem in TABLE.problems:
        for fix in (problem.fix, Fix.RETRY):
            said = out.problem_lines(Diagnosis(problem.id, fix, here))
            bad = [line for line in said if re.search(clicks, line) and "“接受”" not in line]
            assert bad == []


def test_steps_without_a_window_are_numbered_from_one() -> None:
    here = Evidence(Stage.SIGN_IN, Fault.REJECTED, Protocol.IMAP, HOST, 993, Security.TLS)
    out = Output(WORDS, TABLE, BOOK, Language.ZH_CN, as_json=False)
    said = out.problem_lines(Diagnosis("sign_in_needed", Fix.REAUTHORIZE, here))
    assert said[2].startswith("1. ")
    assert said[3] == "在命令里这样写：laifaxin sign-in ADDRESS"
    graph = Endpoint(Protocol.GRAPH, "graph.microsoft.com", 443, Security.TLS)
    other = Diagnosis("smtp_auth_disabled_tenant", Fix.SWITCH_WAY, here, suggestion=graph)
    assert out.problem_lines(other)[-1].endswith("laifaxin sign-in ADDRESS --send graph")
    password = Diagnosis("basic_auth_disabled", Fix.SWITCH_WAY, here)
    assert out.problem_lines(password)[-1].endswith("laifaxin sign-in ADDRESS")


@pytest.mark.parametrize(("lang", "word"), [("zh_CN", "没有桌面"), ("en", "no desktop")])
def test_without_a_desktop_one_sentence_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], lang: str, word: str
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    for name in __main__._DESKTOPS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LC_ALL", f"{lang}.UTF-8")
    assert __main__.main([]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert word in err
    assert "laifaxin --help" in err
