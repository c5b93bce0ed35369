"""Checks, discovery and the watch over parts given as plain functions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from laifaxin_desktop.engine.authorize import Authorizer
from laifaxin_desktop.engine.check import Checker
from laifaxin_desktop.engine.discover import Discoverer, no_tenant
from laifaxin_desktop.engine.retry import asks_a_person
from laifaxin_desktop.engine.watch import Watch
from laifaxin_desktop.model.account import (
    Account,
    Capabilities,
    Found,
    Login,
    NotFound,
    Offline,
    Settings,
)
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.problem import Diagnosis, Evidence, Fault, Fix, MailError, Stage
from laifaxin_desktop.model.provider import AuthWay, Endpoint, Protocol, Provider, Security, Side
from laifaxin_desktop.model.report import Leg, Report, StageResult, Status, status_of
from laifaxin_desktop.model.secret import Secret
from tests.engine.sign_in import ScriptedOAuth
from tests.engine.test_setup import CODE, IMAP, SMTP

NOW = datetime(2026, 11, 20, tzinfo=UTC)
ADDRESS = Address("li", "x.cn")
SETTINGS = Settings(IMAP, SMTP, AuthWay.APP_PASSWORD)
ACCOUNT = Account("7", ADDRESS, "x", SETTINGS, NOW)
Observe = Callable[[StageResult], None]


def diagnose(evidence: Evidence) -> Diagnosis:
    """Names each fault after itself."""
    fix = Fix.EDIT_PASSWORD if evidence.fault is Fault.REJECTED else Fix.RETRY
    return Diagnosis(str(evidence.fault), fix, evidence)


@dataclass
class Server:
    """Answers a probe as it is told to, and remembers what it was given."""

    fails: dict[Protocol, Evidence] = field(default_factory=dict)
    logins: list[Login | None] = field(default_factory=list)
    hosts: set[str] | None = None  # those that answer; None: all
    hangs: bool = False
    running: int = 0
    most: int = 0

    async def __call__(
        self, endpoint: Endpoint, login: Login | None, observe: Observe
    ) -> Capabilities:
        self.logins.append(login)
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await asyncio.sleep(0)
            if self.hosts is not None and str(endpoint) not in self.hosts:
                if self.hangs:
                    await asyncio.Event().wait()
                raise MailError(Evidence(Stage.LOOKUP, Fault.NAME_NOT_FOUND))
            observe(StageResult(Stage.CONNECT, True, 1))
            if failure := self.fails.get(endpoint.protocol):
                observe(StageResult(failure.stage, False, 2))
                raise MailError(failure)
            return Capabilities()
        finally:
            self.running -= 1


class Book:
    """A directory of one provider."""

    def by_id(self, provider_id: str | None) -> Provider | None:
        return CODE if provider_id == "x" else None

    def by_domain(self, domain: str) -> Provider | None:
        return CODE if domain == "x.cn" else None

    def by_mx(self, host: str) -> Provider | None:
        return CODE if host.endswith(".mx.x.cn") else None

    def by_host(self, host: str) -> tuple[Provider, ...]:
        return (CODE,) if any(end.host == host for end in CODE.endpoints) else ()


class Disk:
    """Accounts in memory."""

    def __init__(self, *accounts: Account, secret: Secret | None = None) -> None:
        self.rows = {a.id: a for a in accounts}
        self.kept: dict[str, Report] = {}
        self.known = secret
        self.full = False
        self.revisions: list[int] = []

    async def all(self) -> tuple[Account, ...]:
        return tuple(self.rows.values())

    async def get(self, account_id: str) -> Account | None:
        return self.rows.get(account_id)

    async def secret(self, account_id: str) -> Secret:
        if self.known is None:
            raise MailError(Evidence(Stage.VAULT, Fault.MISSING))
        return self.known

    async def reports(self) -> dict[str, Report]:
        return self.kept

    async def last_good(self, account_id: str) -> datetime | None:
        before = self.kept.get(account_id)
        return before.last_good if before else None

    async def save_report(self, report: Report, revision: int) -> None:
        if self.full:
            raise OSError("disk full")
        assert report.account is not None
        self.revisions.append(revision)
        self.kept[report.account] = report

    async def changed_elsewhere(self) -> bool:
        return False


def checker(server: Server) -> Checker:
    signing = Authorizer(ScriptedOAuth(), Disk())  # type: ignore[arg-type]
    return Checker(server, diagnose, Book(), lambda: NOW, lambda: 0.0, signing)


def watch(disk: Disk, server: Server, at_once: int = 8) -> Watch:
    return Watch(disk, checker(server), at_once)  # type: ignore[arg-type]


def test_a_keychain_that_stays_locked_asks_once_a_run_and_costs_no_last_word() -> None:
    """Its prompt comes for those that run side by side, and not once more for each that waits."""
    accounts = [replace(ACCOUNT, id=str(number)) for number in range(20)]

    class Locked(Disk):
        asked = 0

        async def secret(self, account_id: str) -> Secret:
            self.asked += 1
            await asyncio.sleep(0)
            raise MailError(Evidence(Stage.VAULT, Fault.LOCKED))

    disk = Locked(*accounts)
    for account in accounts:
        disk.kept[account.id] = Report(account.address, NOW, 1, (), account.id)
    truth = watch(disk, Server(), at_once=3)
    asyncio.run(truth.at_start())
    assert disk.asked == 3
    assert truth.checking == frozenset()
    assert sum(bool(report.legs) for report in disk.kept.values()) == 3
    asyncio.run(truth.check(["19"]))  # another click is another question
    assert disk.asked == 4


def test_both_legs_with_one_submission_each() -> None:
    server, seen = Server(), list[tuple[Side, StageResult]]()
    secret = Secret("abcdefghijklmnop")
    report = asyncio.run(
        checker(server).check(
            ADDRESS, SETTINGS, secret, provider=CODE, observe=lambda *stage: seen.append(stage)
        )
    )
    assert report.ok
    assert [login and login.secret for login in server.logins] == [secret, secret]
    assert {side for side, _ in seen} == {Side.RECEIVE, Side.SEND}
    assert report.leg(Side.RECEIVE).stages == (StageResult(Stage.CONNECT, True, 1),)  # type: ignore[union-attr]


def test_one_leg_fails_and_the_other_is_still_known() -> None:
    server = Server({Protocol.SMTP: Evidence(Stage.LOGIN, Fault.REJECTED, reply="535 no")})
    report = asyncio.run(
        checker(server).check(ADDRESS, SETTINGS, Secret("Passw0rd"), provider=CODE)
    )
    assert status_of(report) is Status.RECEIVE_ONLY
    leg = report.leg(Side.SEND)
    assert leg is not None
    assert leg.diagnosis is not None
    evidence = leg.diagnosis.evidence
    # The evidence names the server, the way and the shape: the rules look at them.
    assert (evidence.host, evidence.port, evidence.protocol) == ("smtp.x.cn", 465, Protocol.SMTP)
    assert (evidence.provider, evidence.way, evidence.shaped) == ("x", AuthWay.APP_PASSWORD, False)
    assert leg.stages[-1] == StageResult(Stage.LOGIN, False, 2)


def test_a_blocked_port_is_told_from_a_server_that_is_down() -> None:
    """The look at the other usual port (here 143) takes no secret along."""

    class Firewalled(Server):
        async def __call__(
            self, endpoint: Endpoint, login: Login | None, observe: Observe
        ) -> Capabilities:
            self.logins.append(login)
            if endpoint.port not in self.open:
                raise MailError(Evidence(Stage.CONNECT, Fault.TIMEOUT))
            return Capabilities()

        open: tuple[int, ...] = ()

    only = Settings(IMAP, None, AuthWay.PASSWORD)
    for ports, fault in (((143,), "port_blocked"), ((), "timeout")):
        server = Firewalled()
        server.open = ports
        report = asyncio.run(checker(server).check(ADDRESS, only, Secret("x")))
        assert report.legs[0].diagnosis is not None
        assert report.legs[0].diagnosis.problem == fault
        assert server.logins[1] is None


def test_a_secret_that_cannot_be_had_is_a_diagnosis() -> None:
    server = Server()
    report = asyncio.run(checker(server).check_stored(ACCOUNT, Disk(ACCOUNT)))  # type: ignore[arg-type]
    assert [leg.diagnosis and leg.diagnosis.problem for leg in report.legs] == ["missing"] * 2
    assert server.logins == []
    assert report.account == "7"


def test_a_failure_knows_that_the_settings_worked_until_now() -> None:
    """Not so for a draft, nor once it is so long ago that the server may be gone for good."""
    down = Evidence(Stage.CONNECT, Fault.REFUSED)

    def past(worked: datetime | None) -> set[datetime | None]:
        disk = Disk(ACCOUNT, secret=Secret("x"))
        if worked:
            disk.kept["7"] = Report(ADDRESS, worked, 1, (Leg(IMAP), Leg(SMTP)), "7")
        truth = watch(disk, Server({Protocol.IMAP: down, Protocol.SMTP: down}))
        asyncio.run(truth.check(["7"]))
        return {leg.diagnosis.evidence.worked for leg in disk.kept["7"].legs if leg.diagnosis}

    yesterday = NOW - timedelta(days=1)
    assert past(yesterday) == {yesterday}
    assert past(None) == past(NOW - timedelta(days=15)) == {None}
    draft = asyncio.run(
        checker(Server({Protocol.IMAP: down})).check(ADDRESS, SETTINGS, Secret("x"), account="7")
    )
    assert draft.diagnosis is not None
    assert draft.diagnosis.evidence.worked is None


def test_a_refused_credential_is_not_tried_again_by_the_machine() -> None:
    server = Server({Protocol.IMAP: Evidence(Stage.LOGIN, Fault.REJECTED)})
    disk = Disk(ACCOUNT, replace(ACCOUNT, id="8"), secret=Secret("x"))
    truth = watch(disk, server)

    async def twice() -> None:
        await truth.check(["7"])
        assert asks_a_person(disk.kept["7"])
        await truth.at_start()

    asyncio.run(twice())
    assert len(server.logins) == 4  # two legs of 7 by a person, two of 8 by the machine


def test_paused_accounts_are_left_alone() -> None:
    server, paused = Server(), replace(ACCOUNT, paused=True)
    disk = Disk(paused, secret=Secret("x"))
    asyncio.run(watch(disk, server).check(["7"]))
    asyncio.run(watch(disk, server).at_start())
    assert server.logins == []
    assert disk.kept == {}


def test_the_watch_tells_and_keeps() -> None:
    server = Server()
    accounts = [replace(ACCOUNT, id=str(i)) for i in range(20)]
    disk = Disk(*accounts, secret=Secret("x"))
    truth = watch(disk, server, at_once=3)
    told: list[frozenset[str]] = []
    checking: list[int] = []

    def changed(ids: frozenset[str]) -> None:
        told.append(ids)
        checking.append(len(truth.checking))

    end = truth.subscribe(changed)
    asyncio.run(truth.at_start())
    assert checking[0] == 20
    assert checking[-1] == 0
    assert server.most <= 6  # three accounts, two legs each
    assert set(disk.kept) == {a.id for a in accounts}
    assert frozenset().union(*told) == set(disk.kept)
    end()
    truth.tell("1")
    assert checking[-1] == 0


def test_a_mistake_of_ours_is_shown_and_the_rest_goes_on() -> None:
    class Broken(Server):
        async def __call__(
            self, endpoint: Endpoint, login: Login | None, observe: Observe
        ) -> Capabilities:
            if login and login.username.startswith("bug"):
                raise ZeroDivisionError
            return await super().__call__(endpoint, login, observe)

    bug = replace(ACCOUNT, id="8", address=Address("bug", "x.cn"))
    disk = Disk(bug, ACCOUNT, secret=Secret("x"))
    asyncio.run(watch(disk, Broken()).at_start())
    assert status_of(disk.kept["7"]) is Status.OK
    assert not disk.kept["8"].ok
    full = Disk(ACCOUNT, secret=Secret("x"))
    full.full = True
    truth = watch(full, Server())
    asyncio.run(truth.at_start())
    assert truth.checking == frozenset()


def test_a_cancelled_watch_checks_nothing_any_more() -> None:
    server = Server(hosts=set(), hangs=True)
    truth = watch(Disk(ACCOUNT, secret=Secret("x")), server)

    async def cancelled() -> None:
        task = asyncio.create_task(truth.check(["7"]))
        while len(server.logins) < 2:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    assert truth.checking == frozenset()
    assert server.running == 0


def test_a_report_names_the_revision_it_tried() -> None:
    disk = Disk(replace(ACCOUNT, revision=5), secret=Secret("x"))
    asyncio.run(watch(disk, Server()).check(["7", "7"]))
    assert disk.revisions == [5]


def test_a_lockout_is_left_alone_by_the_machine() -> None:
    locked = Evidence(Stage.LOGIN, Fault.REJECTED)
    for problem, alone in (("account_locked", True), ("server_busy", False)):
        diagnosis = Diagnosis(problem, Fix.WAIT, locked)
        report = Report(ADDRESS, NOW, 1, (Leg(IMAP, (), diagnosis),), "7")
        assert asks_a_person(report) is alone


# --- discovery ------------------------------------------------------------------------------------


async def no_mx(domain: str) -> tuple[str, ...]:
    return ()


def discoverer(
    server: Server, mx: object = no_mx, deadline: float = 8.0, tenant: object = no_tenant
) -> Discoverer:
    return Discoverer(Book(), mx, server, lambda: 0.0, tenant, deadline)  # type: ignore[arg-type]


async def tenant_of_code(domain: str, heard: object) -> str | None:
    return "x"


def test_a_directory_at_microsoft_helps_where_nothing_else_does() -> None:
    unknown = Address("a", "corp.cn")
    asked = discoverer(Server(hosts=set()), tenant=tenant_of_code)
    found = asyncio.run(asked.discover(unknown))
    assert isinstance(found, Found)
    assert (found.provider, found.source, found.trusted) == (CODE, "tenant", False)
    # A server of the domain's own that greets us says more about its mail.
    own = discoverer(Server(hosts={"imap.corp.cn:993"}), tenant=tenant_of_code)
    found = asyncio.run(own.discover(unknown))
    assert isinstance(found, Found)
    assert found.source == "probe"


def test_clouds_that_share_their_exchangers_are_told_apart_by_the_directory() -> None:
    high, dod = (replace(CODE, id=name, cloud=name) for name in ("gcc_high", "dod"))

    class Gov(Book):
        def by_id(self, provider_id: str | None) -> Provider | None:
            return dod if provider_id == "dod" else None

        def by_mx(self, host: str) -> Provider | None:
            return high

    async def mx(domain: str) -> tuple[str, ...]:
        return ("a.mail.protection.office365.us",)

    async def tenant(domain: str, heard: object) -> str | None:
        return "dod"

    silent = Server(hosts=set())
    for directory, provider in ((tenant, dod), (no_tenant, high)):
        asked = Discoverer(Gov(), mx, silent, lambda: 0.0, directory)
        found = asyncio.run(asked.discover(Address("a", "army.example")))
        assert isinstance(found, Found)
        assert found.provider == provider


def test_a_known_domain_asks_nobody() -> None:
    server = Server()
    found = asyncio.run(discoverer(server).discover(ADDRESS))
    assert isinstance(found, Found)
    assert (found.provider, found.source, found.trusted) == (CODE, "book", True)
    assert server.logins == []


def test_mx_names_the_provider_but_is_not_trusted() -> None:
    async def mx(domain: str) -> tuple[str, ...]:
        return ("a.mx.x.cn",)

    tried: list[str] = []
    found = asyncio.run(
        discoverer(Server(hosts=set()), mx).discover(
            Address("a", "corp.cn"), lambda t: tried.append(t.source)
        )
    )
    assert isinstance(found, Found)
    assert (found.provider, found.source, found.trusted) == (CODE, "mx", False)
    assert tried[0] == "book"
    assert "mx" in tried


def test_guesses_are_offered_only_when_they_answered_and_the_secure_first() -> None:
    hosts = {"mail.corp.cn:993", "imap.corp.cn:143", "smtp.corp.cn:587"}
    server = Server(hosts=hosts)
    found = asyncio.run(discoverer(server).discover(Address("a", "corp.cn")))
    assert isinstance(found, Found)
    assert not found.trusted
    incoming, outgoing = found.settings.endpoints()
    assert (str(incoming), incoming.security) == ("mail.corp.cn:993", Security.TLS)
    assert (str(outgoing), outgoing.security) == ("smtp.corp.cn:587", Security.STARTTLS)
    assert set(server.logins) == {None}  # no secret in a guess


def test_what_answered_before_the_deadline_is_used() -> None:
    server = Server(hosts={"mail.corp.cn:993"}, hangs=True)
    found = asyncio.run(discoverer(server, deadline=0.05).discover(Address("a", "corp.cn")))
    assert isinstance(found, Found)
    assert str(found.settings.incoming) == "mail.corp.cn:993"
    assert found.settings.outgoing is None
    assert server.running == 0


def test_nothing_and_offline() -> None:
    async def offline(domain: str) -> tuple[str, ...]:
        raise MailError(Evidence(Stage.LOOKUP, Fault.OFFLINE))

    silent = Server(hosts=set())
    unknown = Address("a", "corp.cn")
    assert isinstance(asyncio.run(discoverer(silent).discover(unknown)), NotFound)
    assert isinstance(asyncio.run(discoverer(silent, offline).discover(unknown)), Offline)
    asked = len(silent.logins)
    nothing = asyncio.run(discoverer(silent).discover(unknown, offline=True))
    assert isinstance(nothing, NotFound)
    assert len(silent.logins) == asked
