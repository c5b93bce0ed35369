"""Whose mailbox it is: the real program's parts, a real Dovecot and Postfix, tokens of others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from laifaxin_desktop.app import App, open_app
from laifaxin_desktop.engine.draft import Draft, Reason, with_settings
from laifaxin_desktop.knowledge.clouds import CloudBook
from laifaxin_desktop.model.account import Account, Settings
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.microsoft import Granted, Permission, SignIn
from laifaxin_desktop.model.problem import Fault, MailError
from laifaxin_desktop.model.provider import AuthWay, Endpoint, Protocol, Security, Side
from laifaxin_desktop.model.report import Report, Status, status_of
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.places import Places
from laifaxin_desktop.ui.wizard.signing import Means, Signing
from tests.servers.authority import ServerCertificate
from tests.servers.dialogue import parse
from tests.servers.dovecot import Dovecot
from tests.servers.entra import GLOBAL, Entra
from tests.servers.entra.cast import CLIENT_ID, PERSON, SHARED, WORKER
from tests.servers.entra.tokens import client_info
from tests.servers.postfix import Postfix
from tests.servers.scripted import ScriptedServer
from tests.store.parts import AT, DictPlace

RESOURCES = Path(__file__).parents[1] / "resources"
BOSS = "boss@corp.example"
IMAP = Endpoint(Protocol.IMAP, "outlook.office365.com", 993, Security.TLS)
POP3 = Endpoint(Protocol.POP3, "outlook.office365.com", 995, Security.TLS)
SMTP = Endpoint(Protocol.SMTP, "smtp.office365.com", 587, Security.STARTTLS)
READS = Endpoint(Protocol.GRAPH, "graph.microsoft.com", 443, Security.TLS, half=Side.RECEIVE)
SENDS = replace(READS, half=Side.SEND)


@pytest.fixture
def program(
    tmp_path: Path, entra: Entra, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Callable[[App], Coroutine[Any, Any, Any]]], Any]:
    """Runs something with the program's own parts, over a keychain made of a dict."""
    place = DictPlace()
    monkeypatch.setattr("laifaxin_desktop.store.accounts.Keychain", lambda: place)
    places = Places(RESOURCES, tmp_path / "data", tmp_path / "config", tmp_path / "logs")
    places.data.mkdir()
    entra.add_user(BOSS)

    def run(work: Callable[[App], Coroutine[Any, Any, Any]]) -> Any:
        async def main() -> Any:
            async with opened(places) as app:
                return await work(app)

        return asyncio.run(main())

    return run


@asynccontextmanager
async def opened(places: Places) -> AsyncIterator[App]:
    """The program's parts."""
    app = await open_app(places)
    try:
        yield app
    finally:
        await app.close()


def refresh_token(entra: Entra, name: str) -> Secret:
    """From another program, in which the person agreed to everything."""
    user, app = entra.user(name), entra.state.directory.apps[CLIENT_ID]
    user.consents[CLIENT_ID] = {
        *(("https://outlook.office.com", f"{each}.AccessAsUser.All") for each in ("IMAP", "POP")),
        ("https://outlook.office.com", "SMTP.Send"),
        *(("https://graph.microsoft.com", f"Mail.{each}") for each in ("Send", "ReadBasic")),
    }
    return Secret(entra.state.tokens.new_refresh(user, app, app.platform))


def without_a_name(entra: Entra, name: str, permission: str) -> None:
    """The next answer holds good tokens, and nothing that says whose they are."""
    user, app = entra.user(name), entra.state.directory.apps[CLIENT_ID]
    root = "https://graph.microsoft.com"
    body = {
        "token_type": "Bearer",
        "access_token": entra.state.tokens.new_access(
            user, app, root, frozenset({permission}), GLOBAL
        ),
        "expires_in": 3600,
        "scope": f"{root}/{permission}",
        "refresh_token": refresh_token(entra, name).reveal(),
        "client_info": client_info(user),
    }
    entra.fail_next("token", status=200, body=body)


async def redeemed(
    app: App, token: Secret, wanted: set[Permission] | None = None, **more: Any
) -> Granted:
    """A sign-in by a refresh token."""
    return await app.oauth.redeem(SignIn(CLIENT_ID, **more), wanted or set(Permission), token)


async def checked(
    app: App, address: str, given: Granted, incoming: Endpoint | None, outgoing: Endpoint | None
) -> Report:
    """A check of a mailbox with a sign-in."""
    settings = Settings(incoming, outgoing, AuthWay.REFRESH_TOKEN, sign_in=given.sign_in)
    return await app.checker.check(
        Address.parse(address), settings, given.secret, provider=app.book.by_id("m365_global")
    )


def problems(report: Report) -> dict[Side, str | None]:
    """What is wrong with each half."""
    return {leg.side: leg.diagnosis.problem if leg.diagnosis else None for leg in report.legs}


BUSY = """# m365_global, imap -> throttled
S: * OK The Microsoft Exchange IMAP4 service is ready.
C: a1 CAPABILITY
S: * CAPABILITY IMAP4 IMAP4rev1 AUTH=XOAUTH2 SASL-IR
S: a1 OK CAPABILITY completed.
C: a2 AUTHENTICATE XOAUTH2 ••••
S: a2 {said}
"""
OTHER = {Side.RECEIVE: "signed_in_as_other", Side.SEND: "signed_in_as_other"}


def test_nobody_knows_whose_tokens_they_are(program: Any, entra: Entra) -> None:
    """They are the boss's, and Graph opens the boss's inbox to them."""

    async def main(app: App) -> Report:
        without_a_name(entra, BOSS, "Mail.ReadBasic")
        given = await redeemed(app, Secret("x" * 80), {Permission.GRAPH_RECEIVE})
        assert given.sign_in.identity == ""
        return await checked(app, WORKER, given, READS, None)

    assert status_of(program(main)) is Status.ACTION


def test_a_name_of_before_is_not_the_name_of_new_tokens(program: Any, entra: Entra) -> None:
    async def main(app: App) -> Report:
        without_a_name(entra, BOSS, "Mail.ReadBasic")
        given = await redeemed(app, Secret("x" * 80), {Permission.GRAPH_RECEIVE}, identity=WORKER)
        return await checked(app, WORKER, given, READS, None)

    assert status_of(program(main)) is Status.ACTION


def test_nobody_knows_whose_tokens_they_are_but_the_mailbox_opens(
    program: Any, entra: Entra
) -> None:
    async def main(app: App) -> Report:
        without_a_name(entra, WORKER, "Mail.ReadBasic")
        given = await redeemed(app, Secret("x" * 80))
        return await checked(app, WORKER, given, READS, SENDS)

    assert program(main).ok


def test_a_personal_account_of_the_same_name(program: Any, entra: Entra) -> None:
    """Graph would open the mailbox of that one; the directory for work does not let it in."""
    entra.add_user(WORKER, personal=True)

    async def main(app: App) -> MailError:
        user, ours = entra.user(WORKER, personal=True), entra.state.directory.apps[CLIENT_ID]
        provider = app.book.by_id("m365_global")
        known = CloudBook.load(
            RESOURCES / "microsoft.toml",
            Path("nothing"),
            {"LAIFAXIN_MICROSOFT_CLIENT_ID": CLIENT_ID},
        )
        sign_in = known.one_click_at(provider) if provider else None
        assert sign_in is not None
        token = Secret(entra.state.tokens.new_refresh(user, ours, ours.platform))
        with pytest.raises(MailError) as caught:
            await app.oauth.redeem(sign_in, {Permission.GRAPH_RECEIVE}, token)
        return caught.value

    assert program(main).evidence.fault is Fault.REJECTED


def test_graph_for_both_halves_and_another_person(program: Any, entra: Entra) -> None:
    async def main(app: App) -> Report:
        given = await redeemed(app, refresh_token(entra, BOSS))
        return await checked(app, WORKER, given, READS, SENDS)

    report = program(main)
    assert problems(report) == OTHER
    for leg in report.legs:
        assert leg.diagnosis.evidence.mailbox == WORKER
        assert leg.diagnosis.evidence.identity == BOSS


@pytest.mark.real
@pytest.mark.parametrize("incoming", [IMAP, POP3])
@pytest.mark.parametrize("outgoing", [SMTP, SENDS])
@pytest.mark.parametrize("mailbox", [WORKER, PERSON, SHARED])
def test_another_person_never_passes(
    program: Any, entra: Entra, microsoft_dovecot: Dovecot, microsoft_postfix: Postfix,
    incoming: Endpoint, outgoing: Endpoint, mailbox: str,
) -> None:  # fmt: skip
    async def main(app: App) -> Report:
        given = await redeemed(app, refresh_token(entra, BOSS))
        return await checked(app, mailbox, given, incoming, outgoing)

    assert problems(program(main)) == OTHER


@pytest.mark.real
def test_the_mailbox_opens_under_another_name(
    program: Any, entra: Entra, microsoft_dovecot: Dovecot
) -> None:
    entra.user(WORKER).upn = "u1234@corp.example"

    async def main(app: App) -> list[Report]:
        given = await redeemed(app, refresh_token(entra, "u1234@corp.example"))
        assert given.sign_in.identity == "u1234@corp.example"
        return [await checked(app, WORKER, given, end, SENDS) for end in (IMAP, POP3, READS)]

    assert [problems(report) for report in program(main)] == [
        {Side.RECEIVE: None, Side.SEND: None}
    ] * 3


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("BAD Request is throttled. Suggested Backoff Time: 12345 milliseconds", "throttled"),
        ("NO Server Unavailable. 15", "server_busy"),
    ],
)
def test_a_busy_server_does_not_make_somebody_another(
    program: Any,
    entra: Entra,
    certificate: ServerCertificate,
    rerouted: dict[tuple[str, int], tuple[str, int]],
    said: str,
    problem: str,
) -> None:
    """Until the mailbox can be asked, nobody knows whether sending is in its name: both wait."""
    entra.user(WORKER).upn = "u1234@corp.example"
    [dialogue] = parse(BUSY.format(said=said))

    async def main(app: App) -> Report:
        given = await redeemed(app, refresh_token(entra, "u1234@corp.example"))
        return await checked(app, WORKER, given, IMAP, SENDS)

    with ScriptedServer(dialogue, context=certificate.context(), implicit=True) as server:
        rerouted["outlook.office365.com", 993] = ("127.0.0.1", server.port)
        assert problems(program(main)) == {Side.RECEIVE: problem, Side.SEND: problem}


def test_stored_tokens_are_not_tried_as_a_password(program: Any, entra: Entra) -> None:
    """Whatever a draft says: its servers would be given all that opens the mailbox."""

    async def main(app: App) -> None:
        given = await redeemed(app, refresh_token(entra, WORKER))
        settings = Settings(READS, SENDS, AuthWay.MICROSOFT, sign_in=given.sign_in)
        account = Account("7", Address.parse(WORKER), "m365_global", settings, AT)
        await app.accounts.save(account, given.secret, None)
        draft = replace(app.begin(Reason.REPAIR, account), way=AuthWay.PASSWORD)
        draft = with_settings(draft, Settings(IMAP, SMTP, AuthWay.PASSWORD))
        with pytest.raises(ValueError, match="password"):
            await app.check(draft)
        assert (await app.check(app.begin(Reason.REPAIR, account))).ok

    program(main)


def test_the_program_ends_while_tokens_are_renewed(program: Any, entra: Entra) -> None:
    """The answer on its way holds the only refresh token that is still good."""
    entra.state.strict_rotation = True

    async def begin(app: App) -> Account:
        given = await redeemed(app, refresh_token(entra, WORKER))
        settings = Settings(READS, None, AuthWay.MICROSOFT, sign_in=given.sign_in)
        account = Account("7", Address.parse(WORKER), "m365_global", settings, AT)
        await app.accounts.save(account, given.secret, None)
        return account

    async def end(app: App) -> None:
        entra.fail_next("folder", 0, status=401, body={"error": {"code": "x", "message": "y"}})
        asked = len(entra.seen("token"))
        entra.fail_next("token", 0, delay=0.5)
        check = asyncio.create_task(app.checker.check_stored(account, app.accounts))
        while len(entra.seen("token")) == asked:
            await asyncio.sleep(0.01)  # nothing tells when the question has arrived
        check.cancel()

    async def begin_again(app: App) -> Report:
        renewed = await app.oauth.access(
            account.settings.sign_in, Permission.GRAPH_RECEIVE,
            await app.accounts.secret("7"), force=True,
        )  # fmt: skip
        await app.accounts.renew_secret("7", 0, await app.accounts.secret("7"), renewed.secret)
        return await app.checker.check_stored(account, app.accounts)

    account = program(begin)
    program(end)
    assert program(begin_again).ok


def test_what_two_codes_gave_together(program: Any, entra: Entra) -> None:
    """The second sign-in holds for the first resource, too, and is not forgotten to."""
    entra.state.device_interval = 1
    codes: list[str] = []

    async def main(app: App) -> tuple[bool, ...]:
        settings = Settings(IMAP, SENDS, AuthWay.MICROSOFT)
        draft = with_settings(Draft(typed=PERSON, way=AuthWay.MICROSOFT), settings)

        def changed() -> None:
            if signing.code is not None:
                codes.append(signing.code.code)
                entra.approve_device(entra.user(PERSON), signing.code.code)

        signing = Signing(app, changed)
        given = await signing.run(Means.DEVICE, draft, SignIn(CLIENT_ID))
        assert isinstance(given, Granted)
        cloud = app.clouds.cloud(given.sign_in.cloud)
        wanted = (Permission.IMAP, Permission.GRAPH_SEND)
        return tuple(given.sign_in.allows(cloud, each) for each in wanted)

    assert program(main) == (True, True)
    assert len(codes) == 2


def test_two_programs_renew_one_account_at_once(program: Any, entra: Entra) -> None:
    """One is told that the token is used up, and the other has not stored the new one yet."""
    entra.state.strict_rotation = True

    async def main(app: App) -> list[Status]:
        given = await redeemed(app, refresh_token(entra, WORKER))
        settings = Settings(READS, SENDS, AuthWay.MICROSOFT, sign_in=given.sign_in)
        account = Account("7", Address.parse(WORKER), "m365_global", settings, AT)
        await app.accounts.save(account, given.secret, None)
        found = []
        async with opened(app.places) as other:
            for _ in range(5):
                entra.expire_access_tokens()
                reports = await asyncio.gather(
                    *(each.checker.check_stored(account, each.accounts) for each in (app, other))
                )
                found += map(status_of, reports)
        return found

    assert program(main) == [Status.OK] * 10
