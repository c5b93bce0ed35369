"""What servers say of signing in, heard before a secret is typed: what it rules out, and how."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import replace

import pytest

from laifaxin_desktop.engine.draft import Draft, with_discovery, with_way
from laifaxin_desktop.engine.mechanisms import (
    Heard,
    Refusal,
    listen,
    refusal,
    servers,
    with_heard,
)
from laifaxin_desktop.engine.ports import Observe
from laifaxin_desktop.engine.setup import asks_way
from laifaxin_desktop.mail.probe import MailProbe
from laifaxin_desktop.model.account import Capabilities, Found, Login, Settings
from laifaxin_desktop.model.problem import Evidence, Fault, MailError, Stage
from laifaxin_desktop.model.provider import (
    USUAL_PORTS,
    AuthWay,
    Endpoint,
    Protocol,
    Security,
    Standing,
)
from laifaxin_desktop.model.secret import Secret
from tests.engine.world import FAST, World, mail, silent
from tests.knowledge.books import BOOK
from tests.knowledge.knowledge import WORDS
from tests.mail.peers import script
from tests.servers.authority import Authority

IMAP, POP3, SMTP = Protocol.IMAP, Protocol.POP3, Protocol.SMTP
PASSWORD, APP_PASSWORD, MICROSOFT = AuthWay.PASSWORD, AuthWay.APP_PASSWORD, AuthWay.MICROSOFT
REASONS = {each: WORDS(f"live.{each}") for each in Refusal}
NAMES = ("imap.corp.example", "smtp.corp.example", "pop3.corp.example")


def at(protocol: Protocol, security: Security = Security.TLS) -> Endpoint:
    return Endpoint(protocol, f"{protocol}.corp.example", USUAL_PORTS[protocol, security], security)


def said(words: str) -> Capabilities:
    return Capabilities(frozenset(words.split()))


# --- what a server says ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("protocol", "words", "password", "token"),
    [
        # As measured at Microsoft's personal mailboxes in 2026.
        (IMAP, "IMAP4REV1 AUTH=XOAUTH2 LOGINDISABLED", Refusal.PASSWORD, None),
        (IMAP, "IMAP4REV1 AUTH=PLAIN AUTH=XOAUTH2 SASL-IR", None, None),
        (IMAP, "IMAP4REV1 LOGINDISABLED AUTH=PLAIN", None, Refusal.TOKEN),
        (IMAP, "IMAP4REV1 LOGINDISABLED AUTH=OAUTHBEARER", Refusal.PASSWORD, None),
        (IMAP, "IMAP4REV1 LOGINDISABLED", Refusal.ANYTHING, Refusal.ANYTHING),
        (IMAP, "IMAP4REV1", None, Refusal.TOKEN),  # LOGIN needs no announcement
        (IMAP, "IMAP4REV1 AUTH=XOAUTH2", None, None),
        (IMAP, "", None, None),
        (POP3, "TOP UIDL USER", None, Refusal.TOKEN),
        (POP3, "SASL AUTH=PLAIN", None, Refusal.TOKEN),
        (POP3, "SASL AUTH=XOAUTH2", Refusal.PASSWORD, None),
        (POP3, "TOP UIDL", Refusal.ANYTHING, Refusal.ANYTHING),
        (POP3, "", None, None),
        (SMTP, "SIZE AUTH AUTH=LOGIN AUTH=XOAUTH2", None, None),
        (SMTP, "AUTH AUTH=LOGIN", None, Refusal.TOKEN),
        (SMTP, "AUTH AUTH=XOAUTH2", Refusal.PASSWORD, None),
        (SMTP, "AUTH AUTH=GSSAPI AUTH=NTLM", Refusal.ANYTHING, Refusal.ANYTHING),
        (SMTP, "SIZE PIPELINING", Refusal.ANYTHING, Refusal.ANYTHING),
        (SMTP, "", None, None),
        (Protocol.GRAPH, "ANYTHING", None, None),
    ],
)
def test_what_a_server_rules_out(
    protocol: Protocol, words: str, password: Refusal | None, token: Refusal | None
) -> None:
    end = Endpoint(protocol, "mail.corp.example", 993, Security.TLS)
    assert refusal(end, said(words), PASSWORD) is password
    assert refusal(end, said(words), APP_PASSWORD) is password
    assert refusal(end, said(words), MICROSOFT) is token
    assert refusal(end, said(words), AuthWay.REFRESH_TOKEN) is token


# --- what that makes of the ways ------------------------------------------------------------------


def drafted(provider_id: str, way: AuthWay | None = None, *, own_app: bool = False) -> Draft:
    provider = BOOK.by_id(provider_id)
    other = BOOK.by_id("other")
    assert provider is not None
    assert other is not None
    first = provider.ways[0]
    settings = Settings(provider.endpoint(IMAP), provider.endpoint(SMTP), first.way)
    found = Found(settings, provider, "book", trusted=True)
    draft = with_discovery(Draft(typed="li@corp.example"), found, other)
    return with_way(draft, way, own_app=own_app) if way else draft


def heard(draft: Draft, words: dict[Protocol, str]) -> Heard:
    return {end: said(words[end.protocol]) for end in servers(draft) if end.protocol in words}


def standings(draft: Draft) -> dict[AuthWay, Standing]:
    assert draft.provider is not None
    return {row.way: row.standing for row in draft.provider.ways}


def test_where_servers_agree_the_draft_is_the_same() -> None:
    draft = drafted("qq")
    agreed = {IMAP: "IMAP4REV1", SMTP: "AUTH AUTH=PLAIN"}
    assert with_heard(draft, heard(draft, agreed), REASONS, choose=True) is draft
    assert with_heard(draft, {}, REASONS, choose=True) is draft  # nobody answered


def test_a_way_that_is_ruled_out_stands_last_and_says_which_server() -> None:
    draft = replace(drafted("m365_global", APP_PASSWORD), secret=Secret("typed already"))
    assert draft.provider is not None
    passwords = [row.way for row in draft.provider.ways if row.way in (PASSWORD, APP_PASSWORD)]
    kept = [row for row in draft.provider.ways if row.standing is Standing.BROKEN]
    new = with_heard(draft, heard(draft, {SMTP: "AUTH AUTH=XOAUTH2"}), REASONS, choose=False)
    assert new.provider is not None
    for row in new.provider.ways:
        if row.way in passwords:
            assert row.standing is Standing.BROKEN
    assert [row for row in kept if row.reason not in [r.reason for r in new.provider.ways]] == []
    assert (new.way, new.secret) == (draft.way, draft.secret)


def test_the_best_way_left_is_taken_while_nobody_has_decided() -> None:
    draft = drafted("gmx_de")
    assert draft.provider is not None
    assert draft.way is PASSWORD
    # No server of GMX says so; it is the form that counts: both ways need a password.
    nobody = with_heard(draft, heard(draft, {SMTP: "SIZE"}), REASONS, choose=True)
    assert set(standings(nobody).values()) == {Standing.BROKEN}
    assert nobody.way is PASSWORD  # nothing is better: whoever insists may go on
    assert nobody.provider is not None
    assert not any(row.recommended for row in nobody.provider.ways)
    reason = nobody.provider.ways[0].reason
    assert reason is not None
    assert "mail.gmx.net" in reason.zh_CN
    assert "mail.gmx.net" in reason.en
    assert nobody.provider.ways[0].source is None
    assert asks_way(nobody)


def test_where_a_password_still_works_it_takes_the_place_of_a_refused_sign_in() -> None:
    known = drafted("m365_global")
    assert known.provider is not None
    rows = [
        replace(row, standing=Standing.OK, recommended=False) if row.way is PASSWORD else row
        for row in known.provider.ways
    ]
    draft = replace(known, provider=replace(known.provider, ways=tuple(rows)))
    assert draft.signs_in
    words = {IMAP: "IMAP4REV1 AUTH=PLAIN", SMTP: "AUTH AUTH=LOGIN"}
    decided = with_heard(draft, heard(draft, words), REASONS, choose=False)
    assert decided.way is draft.way
    new = with_heard(draft, heard(draft, words), REASONS, choose=True)
    assert new.provider is not None
    assert new.way is PASSWORD
    assert new.settings is not None
    assert new.settings.auth is PASSWORD
    first, *others = new.provider.ways
    assert (first.way, first.recommended) == (PASSWORD, True)
    assert {row.standing for row in others} == {Standing.BROKEN}
    assert not any(row.recommended for row in others)


def test_servers_of_a_domain_that_no_file_knows() -> None:
    other = BOOK.by_id("other")
    assert other is not None
    settings = Settings(at(IMAP), at(SMTP), PASSWORD)
    found = Found(settings, None, "probe", trusted=False)
    draft = with_discovery(Draft(typed="li@corp.example"), found, other)
    assert servers(draft) == (at(IMAP), at(SMTP))
    new = with_heard(draft, {at(SMTP): said("AUTH AUTH=XOAUTH2")}, REASONS, choose=True)
    assert set(standings(new).values()) == {Standing.BROKEN}
    assert new.settings == draft.settings


def test_only_mail_servers_are_listened_to_and_few() -> None:
    for provider in BOOK.all:
        if provider.endpoints:
            asked = servers(drafted(provider.id))
            assert 0 < len(asked) <= 6, provider.id
            assert all(end.protocol is not Protocol.GRAPH for end in asked)


# --- on the network -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def good(authority: Authority) -> ssl.SSLContext:
    return authority.issue(*NAMES).context()


def test_all_are_listened_to_at_once_and_none_gets_a_secret(
    authority: Authority, good: ssl.SSLContext
) -> None:
    world = World(authority.client_context())
    only_tokens = script(
        "S: 220 smtp.corp.example ESMTP\nC: EHLO *\nS: 250-smtp\nS: 250 AUTH XOAUTH2\nC: QUIT"
    )

    async def main() -> dict[Endpoint, Capabilities]:
        async with (
            world.at("imap.corp.example", 993, mail(IMAP), tls=good),
            world.at("smtp.corp.example", 465, only_tokens, tls=good),
            world.at("pop3.corp.example", 995, silent, tls=good),
        ):
            probe = MailProbe(world.context, FAST, world.resolve)
            return await listen((at(IMAP), at(SMTP), at(POP3)), probe, seconds=3)

    found = asyncio.run(main())
    assert set(found) == {at(IMAP), at(SMTP)}  # the silent one is left to the check
    assert refusal(at(SMTP), found[at(SMTP)], PASSWORD) is Refusal.PASSWORD
    assert refusal(at(IMAP), found[at(IMAP)], PASSWORD) is None
    heard_lines = [line.split()[-1] for peer in world.peers for line in peer.heard]
    assert set(heard_lines) <= {"CAPABILITY", "LOGOUT", "[127.0.0.1]", "QUIT"}


def test_nobody_waits_longer_than_the_limit_and_an_error_is_nothing() -> None:
    async def probe(endpoint: Endpoint, login: Login | None, observe: Observe) -> Capabilities:
        assert login is None
        if endpoint.protocol is SMTP:
            await asyncio.sleep(60)  # cut off
        if endpoint.protocol is POP3:
            raise MailError(Evidence(Stage.LOOKUP, Fault.OFFLINE))
        return said("IMAP4REV1")

    found = asyncio.run(listen((at(IMAP), at(SMTP), at(POP3)), probe, seconds=0.05))
    assert list(found) == [at(IMAP)]
