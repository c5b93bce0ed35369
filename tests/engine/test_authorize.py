"""Tokens for checks: rotation kept before use, races with others, nothing lost when cut off."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from laifaxin_desktop.engine.authorize import Authorizer
from laifaxin_desktop.engine.check import AS_OTHER, Checker
from laifaxin_desktop.engine.network import unreached
from laifaxin_desktop.engine.visit import CLAIMS
from laifaxin_desktop.model.account import Account, Capabilities, Login, Settings
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.microsoft import Permission, SignIn
from laifaxin_desktop.model.problem import Diagnosis, Evidence, Fault, Fix, MailError, Stage
from laifaxin_desktop.model.provider import AuthWay, Endpoint, Protocol, Security, Side
from laifaxin_desktop.model.report import Report, StageResult, Status, status_of
from laifaxin_desktop.model.secret import Secret
from tests.engine.sign_in import CLIENT, ScriptedOAuth, refused

NOW = datetime(2026, 11, 21, tzinfo=UTC)
ADDRESS = Address("someone", "outlook.com")
IMAP = Endpoint(Protocol.IMAP, "outlook.office365.com", 993, Security.TLS)
SMTP = Endpoint(Protocol.SMTP, "smtp.office365.com", 587, Security.STARTTLS)
GRAPH = Endpoint(Protocol.GRAPH, "graph.microsoft.com", 443, Security.TLS, half=Side.SEND)
SIGN_IN = SignIn(CLIENT, identity="someone@outlook.com")
SETTINGS = Settings(IMAP, SMTP, AuthWay.MICROSOFT, sign_in=SIGN_IN)
ACCOUNT = Account("7", ADDRESS, "outlook", SETTINGS, NOW, revision=3)


@dataclass
class Disk:
    """One account's secret; a test may make it fail or write behind our back."""

    secret_now: Secret
    account: Account | None = ACCOUNT
    vault_fails: int = 0
    renewed: list[tuple[Secret, Secret]] = field(default_factory=list)

    async def get(self, account_id: str) -> Account | None:
        return self.account

    async def secret(self, account_id: str) -> Secret:
        return self.secret_now

    async def renew_secret(self, account_id: str, revision: int, old: Secret, new: Secret) -> bool:
        await asyncio.sleep(0)
        if self.vault_fails:
            self.vault_fails -= 1
            raise MailError(Evidence(Stage.VAULT, Fault.LOCKED))
        if self.account is None or self.account.revision != revision or self.secret_now != old:
            return False
        self.secret_now = new
        self.renewed.append((old, new))
        return True


@dataclass
class Server:
    """Takes tokens, or refuses the next ones as told."""

    refuses: list[Evidence] = field(default_factory=list)
    logins: list[Login] = field(default_factory=list)

    async def __call__(self, endpoint: Endpoint, login: Login | None, observe: Any) -> Capabilities:
        assert login is not None
        self.logins.append(login)
        observe(StageResult(Stage.CONNECT, True, 1))
        if self.refuses:
            seen = self.refuses.pop(0)
            observe(StageResult(seen.stage, False, 1))
            raise MailError(seen)
        return Capabilities()


def diagnose(evidence: Evidence) -> Diagnosis:
    other = evidence.identity and evidence.codes == ("NO",)
    named = AS_OTHER if other else f"{evidence.stage}/{evidence.fault}"
    return Diagnosis(named, Fix.REAUTHORIZE, evidence)


def parts(secret: Secret | None = None, **given: Any) -> tuple[ScriptedOAuth, Disk, Authorizer]:
    oauth = ScriptedOAuth(**given)
    disk = Disk(secret or oauth.kept())
    return oauth, disk, Authorizer(oauth, disk)  # type: ignore[arg-type]


def checker(server: Server, authorizer: Authorizer) -> Checker:
    class Book:
        def by_id(self, provider_id: str | None) -> None:
            return None

        def by_host(self, host: str) -> tuple[()]:
            return ()

    return Checker(server, diagnose, Book(), lambda: NOW, lambda: 0.0, authorizer)  # type: ignore[arg-type]


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


def stored(
    server: Server, authorizer: Authorizer, disk: Disk, account: Account = ACCOUNT
) -> Report:
    report: Report = run(checker(server, authorizer).check_stored(account, disk))  # type: ignore[arg-type]
    return report


def test_each_leg_begins_with_a_token_of_its_own() -> None:
    oauth, disk, authorizer = parts()
    server = Server()
    report = stored(server, authorizer, disk)
    assert status_of(report) is Status.OK
    assert [leg.stages[0].stage for leg in report.legs] == [Stage.SIGN_IN, Stage.SIGN_IN]
    assert {asked[0] for asked in oauth.asked} == {Permission.IMAP, Permission.SMTP}
    assert all(login.bearer and login.username == str(ADDRESS) for login in server.logins)
    assert {login.secret.reveal().split("-")[1] for login in server.logins} == {"imap", "smtp"}


def test_what_was_rotated_is_stored_before_it_is_used() -> None:
    _, disk, authorizer = parts(strict=True)
    order: list[str] = []

    class Watching(Server):
        async def __call__(self, endpoint: Endpoint, login: Login | None, observe: Any) -> Any:
            order.append(f"use {len(disk.renewed)}")
            return await super().__call__(endpoint, login, observe)

    report = stored(Watching(), authorizer, disk)
    assert report.ok
    assert order[0] != "use 0"  # nothing was handed in before its successor was on disk
    assert [old for old, _ in disk.renewed[1:]] == [new for _, new in disk.renewed[:-1]]


def test_two_checks_of_one_account_never_use_one_token_twice() -> None:
    _, disk, authorizer = parts(strict=True)
    server = Server()

    async def both() -> tuple[Report, Report]:
        check = checker(server, authorizer)
        first, second = await asyncio.gather(
            check.check_stored(ACCOUNT, disk),  # type: ignore[arg-type]
            check.check_stored(ACCOUNT, disk),  # type: ignore[arg-type]
        )
        return first, second

    assert all(report.ok for report in run(both()))
    assert len(disk.renewed) == 4


def test_another_process_rotated_first() -> None:
    oauth, disk, authorizer = parts(strict=True)
    theirs = oauth.kept()
    mine = disk.secret_now

    def pause() -> asyncio.Future[None]:
        oauth.pause = None
        oauth._dead.add(mine.reveal())  # they have used it while we were about to
        disk.secret_now = theirs
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done

    oauth.pause = pause
    assert stored(Server(), authorizer, disk).ok
    assert theirs in [old for old, _ in disk.renewed]


def test_a_sign_in_that_is_newer_than_the_check_stays_as_it_is() -> None:
    oauth, disk, authorizer = parts()
    newer = Secret("newer")

    def pause() -> asyncio.Future[None]:
        disk.account = replace(ACCOUNT, revision=4)
        disk.secret_now = newer
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done

    oauth.pause = pause
    stored(Server(), authorizer, disk)
    assert disk.secret_now == newer
    assert disk.renewed == []


def test_a_vault_that_fails_between_rotation_and_store_loses_nothing() -> None:
    _, disk, authorizer = parts(strict=True)
    disk.vault_fails = 1
    account = replace(ACCOUNT, settings=replace(SETTINGS, outgoing=None))
    report = stored(Server(), authorizer, disk, account)
    assert report.diagnosis is not None
    assert report.diagnosis.evidence.stage is Stage.VAULT
    # The platform has thrown the old one away: only what is kept in memory still works.
    assert stored(Server(), authorizer, disk, account).ok


def test_cutting_a_check_off_does_not_cut_off_a_rotation() -> None:
    oauth, disk, authorizer = parts(strict=True)

    async def work() -> None:
        gate = asyncio.Event()
        oauth.pause = lambda: asyncio.ensure_future(gate.wait())  # type: ignore[assignment,return-value]
        task = asyncio.create_task(checker(Server(), authorizer).check_stored(ACCOUNT, disk))  # type: ignore[arg-type]
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        oauth.pause = None
        gate.set()
        await asyncio.wait(authorizer.storing)
        assert len(disk.renewed) == 1
        report = await checker(Server(), authorizer).check_stored(ACCOUNT, disk)  # type: ignore[arg-type]
        assert report.ok

    run(work())


def test_a_draft_keeps_what_its_checks_rotated() -> None:
    oauth, disk, authorizer = parts(strict=True)
    first = oauth.kept()

    async def work() -> None:
        check = checker(Server(), authorizer)
        assert (await check.check(ADDRESS, SETTINGS, first)).ok
        assert (await check.check(ADDRESS, SETTINGS, first)).ok  # 重新检测, the draft unchanged
        kept = await authorizer.latest(first)
        assert kept != first
        assert kept.reveal() not in oauth._dead

    run(work())
    assert disk.renewed == []  # nothing is stored before the draft is


def test_a_cached_token_that_is_refused_is_replaced_once() -> None:
    oauth, disk, authorizer = parts(fresh=False, rotates=False)
    refusal = Evidence(Stage.LOGIN, Fault.REJECTED, codes=("NO",), reply="AUTHENTICATE failed.")
    account = replace(ACCOUNT, settings=replace(SETTINGS, outgoing=None))
    server = Server([refusal])
    report = stored(server, authorizer, disk, account)
    assert report.ok
    assert [asked[1] for asked in oauth.asked] == [False, True]
    assert [result.stage for result in report.legs[0].stages] == [Stage.SIGN_IN, Stage.CONNECT]
    server = Server([refusal, refusal])
    report = stored(server, authorizer, disk, account)
    assert not report.ok
    assert len(server.logins) == 2


def test_a_fresh_token_that_is_refused_is_not_tried_again() -> None:
    _, disk, authorizer = parts()
    server = Server([Evidence(Stage.LOGIN, Fault.REJECTED, codes=("NO",))])
    account = replace(ACCOUNT, settings=replace(SETTINGS, outgoing=None))
    assert not stored(server, authorizer, disk, account).ok
    assert len(server.logins) == 1


def test_a_claims_challenge_is_met_with_a_token_that_holds_them() -> None:
    oauth, disk, authorizer = parts()
    wants = '{"access_token":{"nbf":{"essential":true}}}'
    seen = Evidence(Stage.LOGIN, Fault.REJECTED, codes=("401",), detail=CLAIMS + wants)
    account = replace(ACCOUNT, settings=replace(SETTINGS, incoming=None, outgoing=GRAPH))
    assert stored(Server([seen]), authorizer, disk, account).ok
    assert oauth.asked[-1] == (Permission.GRAPH_SEND, True, wants)


def test_a_revoked_sign_in_asks_each_resource_once_and_no_server() -> None:
    oauth, disk, authorizer = parts()
    oauth.fails = [refused(), refused()]
    server = Server()
    report = stored(server, authorizer, disk)
    assert server.logins == []
    assert [leg.diagnosis and leg.diagnosis.evidence.stage for leg in report.legs] == [
        Stage.SIGN_IN,
        Stage.SIGN_IN,
    ]
    assert report.legs[0].diagnosis is not None
    assert report.legs[0].diagnosis.evidence.host == "login.microsoftonline.com"


def test_a_proxy_that_refuses_its_password_is_told_it_once_in_a_check() -> None:
    seen = Evidence(Stage.SIGN_IN, Fault.PROXY_LOGIN, proxy="proxy.corp.example:8080")
    oauth, disk, authorizer = parts(fails=[MailError(seen), MailError(seen)])
    server = Server()
    report = stored(server, authorizer, disk)
    assert [leg.diagnosis and leg.diagnosis.problem for leg in report.legs] == [
        "sign_in/proxy_login"
    ] * 2
    assert len(oauth.asked) == 1
    assert server.logins == []


def test_somebody_else_signed_in() -> None:
    _, disk, authorizer = parts()
    settings = replace(SETTINGS, sign_in=replace(SIGN_IN, identity="boss@corp.example"))
    account = replace(ACCOUNT, settings=settings)
    server = Server([Evidence(Stage.LOGIN, Fault.REJECTED, codes=("NO",))])
    report = stored(server, authorizer, disk, account)
    assert report.diagnosis is not None
    seen = report.diagnosis.evidence
    assert (seen.mailbox, seen.identity) == ("someone@outlook.com", "boss@corp.example")
    assert {login.identity for login in server.logins} == {"boss@corp.example"}


def test_graph_does_not_send_for_somebody_whom_the_mailbox_does_not_know() -> None:
    _, disk, authorizer = parts()
    other = replace(SIGN_IN, identity="boss@corp.example")
    account = replace(ACCOUNT, settings=replace(SETTINGS, outgoing=GRAPH, sign_in=other))

    class Mailbox(Server):
        async def __call__(self, endpoint: Endpoint, login: Login | None, observe: Any) -> Any:
            if endpoint is IMAP:
                raise MailError(Evidence(Stage.LOGIN, Fault.REJECTED, codes=("NO",)))
            return await super().__call__(endpoint, login, observe)

    report = stored(Mailbox(), authorizer, disk, account)
    assert status_of(report) is Status.ACTION  # not "sends only": it would send as the other
    sending = report.leg(Side.SEND)
    assert sending is not None
    assert sending.diagnosis is not None
    assert sending.diagnosis.evidence.identity == "boss@corp.example"
    assert sending.diagnosis.evidence.protocol is Protocol.GRAPH
    # Under another name, but the mailbox opens: an alias or a sign-in name of its own.
    _, disk, authorizer = parts()
    assert stored(Server(), authorizer, disk, account).ok


class Split(Server):
    """Graph takes every token; the mailbox's own server meets this, after its first stages."""

    def __init__(self, met: Evidence | None, *passed: Stage) -> None:
        super().__init__()
        self.met, self.passed = met, passed

    async def __call__(self, endpoint: Endpoint, login: Login | None, observe: Any) -> Capabilities:
        if endpoint.protocol is Protocol.GRAPH or self.met is None:
            return await super().__call__(endpoint, login, observe)
        for stage in self.passed:
            observe(StageResult(stage, True, 1))
        observe(StageResult(self.met.stage, False, 1))
        raise MailError(self.met)


SILENT = Evidence(Stage.CONNECT, Fault.TIMEOUT)
NO_INBOX = Evidence(Stage.MAILBOX, Fault.REJECTED)


@pytest.mark.parametrize(
    ("identity", "shared", "server", "status"),
    [
        # Nobody knows whether Graph would send for this mailbox.
        ("boss@contoso.cn", False, Split(SILENT), Status.ACTION),
        ("someone@outlook.com", False, Split(SILENT), Status.SEND_ONLY),
        # The mailbox's own server knows who this is, or several people send from it.
        ("boss@contoso.cn", False, Split(NO_INBOX, Stage.LOGIN), Status.SEND_ONLY),
        ("boss@contoso.cn", True, Split(SILENT), Status.SEND_ONLY),
        ("boss@contoso.cn", False, Split(None), Status.OK),
    ],
)
def test_sends_only_is_said_where_it_was_proven(
    identity: str, shared: bool, server: Split, status: Status
) -> None:
    other = replace(SIGN_IN, identity=identity, shared=shared)
    account = replace(ACCOUNT, settings=replace(SETTINGS, outgoing=GRAPH, sign_in=other))
    _, disk, authorizer = parts()
    report = stored(server, authorizer, disk, account)
    assert status_of(report) is status
    if status is Status.ACTION:
        receiving, sending = (report.leg(side) for side in Side)
        assert receiving is not None
        assert sending is not None
        assert receiving.diagnosis is not None
        assert sending.diagnosis is not None
        assert sending.diagnosis.problem == receiving.diagnosis.problem
        # Graph itself was reached: this is no news of the network.
        assert not unreached(replace(report, legs=(sending,)))


def test_tokens_are_never_handed_in_as_a_password() -> None:
    """The account began to sign in with Microsoft between two reads."""
    oauth, disk, authorizer = parts()
    password = replace(ACCOUNT, settings=Settings(IMAP, SMTP, AuthWay.PASSWORD), revision=2)
    server = Server()
    report = stored(server, authorizer, disk, password)
    assert server.logins == []
    assert report.diagnosis is not None
    assert report.diagnosis.evidence.detail == "changed_elsewhere"
    assert oauth.asked == []


def test_a_sign_in_without_its_app_is_no_password_either() -> None:
    """Nobody knows whose tokens these are; they are not shown to a mail server."""
    oauth, disk, authorizer = parts()
    account = replace(ACCOUNT, settings=replace(SETTINGS, sign_in=None))
    server = Server()
    report = stored(server, authorizer, disk, account)
    assert (server.logins, oauth.asked) == ([], [])
    assert report.diagnosis is not None
    assert report.diagnosis.problem == "vault/missing"
    with pytest.raises(ValueError, match="app"):
        run(checker(server, authorizer).check(ADDRESS, account.settings, oauth.kept()))
    assert server.logins == []


def test_a_shared_mailbox_is_received_as_itself_and_sent_from_as_the_person() -> None:
    _, disk, authorizer = parts()
    shared = replace(SIGN_IN, identity="me@corp.example", shared=True)
    account = replace(ACCOUNT, settings=replace(SETTINGS, sign_in=shared))
    server = Server()
    assert stored(server, authorizer, disk, account).ok
    names = {login.secret.reveal().split("-")[1]: login.username for login in server.logins}
    assert names == {"imap": "someone@outlook.com", "smtp": "me@corp.example"}
    _, disk, authorizer = parts()
    server = Server([Evidence(Stage.LOGIN, Fault.REJECTED)])
    report = stored(server, authorizer, disk, account)
    assert report.diagnosis is not None
    assert report.diagnosis.evidence.identity == ""  # that it is another name is as it should be
