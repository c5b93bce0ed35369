"""A problem on the command line: the window's words, and what to write instead of a click."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from laifaxin_desktop import __main__
from laifaxin_desktop.cli.output import Output
from laifaxin_desktop.knowledge.diagnoses import DiagnosisTable
from laifaxin_desktop.model.problem import Certificate, Doubt, Evidence, Fault, Look, Stage
from laifaxin_desktop.model.provider import Endpoint, Protocol, Security
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
