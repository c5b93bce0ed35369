"""What a discovery looks like for people: servers, where they come from, what to look at again."""

from __future__ import annotations

import pytest

from laifaxin_desktop.cli import discovery
from laifaxin_desktop.cli.output import Output
from laifaxin_desktop.engine.found import names_in
from laifaxin_desktop.knowledge.diagnoses import DiagnosisTable
from laifaxin_desktop.model.account import Discovery, Found, NotFound, Offline, Settings, Tried
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.provider import AuthWay, Endpoint, Protocol, Security
from laifaxin_desktop.model.text import Language
from tests.knowledge.books import BOOK, RESOURCES
from tests.knowledge.knowledge import WORDS

LI = Address.parse("li@corp.example")
TABLE = DiagnosisTable.load(RESOURCES / "diagnoses.toml", BOOK, WORDS)


def named(at: str, *, foreign: bool) -> Found:
    """What SRV records say."""
    imap = Endpoint(Protocol.IMAP, f"imap.{at}", 993, Security.TLS)
    smtp = Endpoint(Protocol.SMTP, f"smtp.{at}", 465, Security.TLS)
    hosts = (imap.host, smtp.host) if foreign else ()
    return Found(Settings(imap, smtp, AuthWay.PASSWORD), None, "srv", False, foreign=hosts)


def out(language: Language = Language.EN) -> Output:
    return Output(WORDS, TABLE, BOOK, language, as_json=False)


def said(found: Discovery, language: Language = Language.EN, *, offline: bool = False) -> list[str]:
    alike = BOOK.alike(names_in(LI, found))
    return discovery.lines(LI, found, alike, out(language), offline=offline)


def test_servers_that_only_a_record_names() -> None:
    lines = said(named("hoster.example", foreign=True))
    assert lines[1] == "  Receiving  IMAP  imap.hoster.example:993/tls  li@corp.example"
    assert lines[3] == (
        "  Source: SRV records; nobody vouches for it, so please check the servers."
    )
    assert lines[4].endswith(": imap.hoster.example, smtp.hoster.example")
    assert "corp.example" in lines[4]
    own = said(named("corp.example", foreign=False), Language.ZH_CN)
    assert own[-1] == "  来源：SRV 记录；没有谁能担保，请核对服务器。"


def test_servers_that_look_like_a_provider_s() -> None:
    *_, what, look = said(named("0utlook.com", foreign=True))
    assert what == "imap.0utlook.com looks much like outlook.com, but is another name."
    assert look == "Please look again: is it a server of your mail provider?"


@pytest.mark.parametrize("language", list(Language))
def test_nothing_found_says_what_to_do(language: Language) -> None:
    whole, book_only = said(NotFound(), language), said(NotFound(), language, offline=True)
    assert "--imap" in whole[0]
    assert "--offline" in book_only[0]
    cut_off = said(Offline(), language)
    assert cut_off == [WORDS("cli.offline_now").say(language)]


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        ("found", "Found"),
        ("imap.corp.example:993", "imap.corp.example:993"),
        ("cut", "Asked; not waited for"),
        ("starttls_missing", "Failed"),  # a fault without a word of its own
    ],
)
def test_one_source(answer: str, word: str) -> None:
    line = discovery.tried_line(Tried("srv", "_imaps._tcp.corp.example", 12, answer), out())
    assert line == f"  SRV records  _imaps._tcp.corp.example  12 ms  {word}"
