"""Twelve providers, the most used, from an address to 正常, by IMAP and by POP3."""

from __future__ import annotations

from pathlib import Path

import pytest

from laifaxin_desktop.knowledge.providers import BY_HAND
from laifaxin_desktop.model.provider import Protocol, Provider
from tests.cli.test_commands import Laifaxin
from tests.fixtures_real import USERS, World
from tests.knowledge.books import BOOK

PEOPLE = {
    "outlook": "someone@outlook.com",
    "m365_global": "wang@corp.example",
    "qq": "li@qq.com",
    "netease163": "chen@163.com",
    "netease126": "zhao@126.com",
    "netease_yeah": "sun@yeah.net",
    "gmail": "zhou@gmail.com",
    "icloud": "wu@icloud.com",
    "exmail": "zheng@company.example",
    "aliyun_personal": "feng@aliyun.com",
    "sina": "han@sina.com",
    "yahoo": "yang@yahoo.com",
}
# As the providers print them; the servers know them without the spaces, Apple's with the dashes.
PRINTED = {"gmail": "xqvb twkz mpla djrs", "yahoo": "hvnq zjwp kxot bmce"}
BY_POP3 = [p.id for p in BOOK.all if p.id in PEOPLE and p.endpoint(Protocol.POP3)]


@pytest.fixture
def laifaxin(world: World, tmp_path: Path) -> Laifaxin:
    return Laifaxin(world, tmp_path / "home")


def page(provider: str) -> Provider:
    found = BOOK.by_id(provider)
    assert found is not None
    return found


def add(laifaxin: Laifaxin, provider: str, *servers: str) -> list[str]:
    """Add the provider's person; the servers that were logged in to."""
    address = PEOPLE[provider]
    secret = PRINTED.get(provider, USERS[address]) + "\n"
    answer = laifaxin("add", address, *servers, "--password-stdin", secret=secret)
    account, report = answer["account"], answer["report"]
    # Where both servers were given nobody is asked whose they are.
    known = BY_HAND if len(servers) > 2 else provider
    assert (account["provider"], account["status"], report["status"]) == (known, "ok", "ok")
    assert {leg["side"]: leg["problem"] for leg in report["legs"]} == (
        {"receive": None, "send": None}
    )
    return [f"{leg['host']}:{leg['port']}/{leg['security']}" for leg in report["legs"]]


def user(provider: str, protocol: Protocol) -> str:
    """What the server has to be told: iCloud's IMAP wants the part before the @ alone."""
    address = PEOPLE[provider]
    local = provider == "icloud" and protocol is Protocol.IMAP
    return address.partition("@")[0] if local else address


def test_everybody_is_known() -> None:
    assert set(PEOPLE) <= {provider.id for provider in BOOK.all} - {BY_HAND}
    assert set(PEOPLE) - set(BY_POP3) == {"icloud"}


@pytest.mark.parametrize("provider", PEOPLE)
def test_by_imap(laifaxin: Laifaxin, world: World, provider: str) -> None:
    hosts = add(laifaxin, provider)
    ends = [page(provider).endpoint(protocol) for protocol in (Protocol.IMAP, Protocol.SMTP)]
    assert hosts == [f"{end}/{end.security}" for end in ends if end]
    [attempt] = world.dovecot.attempts("imap")
    assert (attempt.user, attempt.ok, attempt.encrypted) == (
        user(provider, Protocol.IMAP),
        True,
        True,
    )


@pytest.mark.parametrize("provider", BY_POP3)
def test_by_pop3(laifaxin: Laifaxin, world: World, provider: str) -> None:
    pop3 = page(provider).endpoint(Protocol.POP3)
    assert pop3 is not None
    servers = ["--pop3", f"{pop3}/{pop3.security}"]
    if PEOPLE[provider].endswith(".example"):  # a domain that no file names
        smtp = page(provider).endpoint(Protocol.SMTP)
        assert smtp is not None
        servers += ["--smtp", f"{smtp}/{smtp.security}"]
    hosts = add(laifaxin, provider, *servers)
    assert hosts[0] == f"{pop3}/{pop3.security}"
    assert [attempt.user for attempt in world.dovecot.attempts("pop3")] == [PEOPLE[provider]]
    assert world.dovecot.attempts("imap") == []
    # Seen by the server, which moves it, and still unread.
    assert world.dovecot.inbox(PEOPLE[provider]) == ("cur/letter-1:2,",)


def test_pop3_by_upgrade(laifaxin: Laifaxin, world: World) -> None:
    assert add(laifaxin, "qq", "--pop3", "pop.qq.com:110/starttls")[0] == "pop.qq.com:110/starttls"
    [attempt] = world.dovecot.attempts("pop3")
    assert attempt.encrypted


def test_a_company_s_domain_is_found_by_its_exchanger(laifaxin: Laifaxin) -> None:
    found = laifaxin("discover", PEOPLE["exmail"])
    assert (found["provider"], found["source"], found["trusted"]) == ("exmail", "mx", False)
    assert [way["way"] for way in found["ways"]] == ["app_password", "password"]


def test_where_the_sign_in_password_is_taken_it_is_not_changed(
    laifaxin: Laifaxin, world: World
) -> None:
    address, secret = PEOPLE["exmail"], "My pass-word 1"
    world.dovecot.change_password(address, secret)
    answer = laifaxin("add", address, "--password-stdin", secret=secret + "\n")
    assert (answer["account"]["way"], answer["account"]["status"]) == ("password", "ok")


@pytest.mark.parametrize(
    ("provider", "secret", "problem", "fix"),
    [
        ("gmail", "Zhou 1990!", "needs_app_password", "open_guide"),
        ("gmail", "aaaa bbbb cccc dddd", "wrong_app_password", "edit_password"),
        ("icloud", "Apple2026", "needs_app_password", "open_guide"),
        ("icloud", "aaaa-bbbb-cccc-dddd", "wrong_app_password", "edit_password"),
        ("aliyun_personal", "wrong", "wrong_password", "edit_password"),
    ],
)
def test_a_refusal_is_named(
    laifaxin: Laifaxin, provider: str, secret: str, problem: str, fix: str
) -> None:
    words = ("add", PEOPLE[provider], "--password-stdin")
    legs = laifaxin(*words, secret=secret + "\n", exits=1)["report"]["legs"]
    assert {(leg["problem"], leg["fix"]) for leg in legs} == {(problem, fix)}
