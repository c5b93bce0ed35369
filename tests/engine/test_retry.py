"""When the machine tries again by itself: later and later, never a refused credential."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from laifaxin_desktop.engine.check import Checker
from laifaxin_desktop.engine.retry import (
    PAUSES,
    Retries,
    asks_a_person,
    locked_until,
    may_retry,
    next_try,
    not_before,
    refused_at_proxy,
)
from laifaxin_desktop.engine.watch import SLEPT, Watch
from laifaxin_desktop.model.account import Account, Capabilities, Login
from laifaxin_desktop.model.problem import Diagnosis, Evidence, Fault, Fix, MailError, Stage
from laifaxin_desktop.model.provider import Endpoint, Protocol, Security, Side
from laifaxin_desktop.model.report import Leg, Report
from laifaxin_desktop.model.route import DIRECT, Proxy, ProxyKind, Route
from laifaxin_desktop.model.secret import Secret
from tests.engine.test_check import ACCOUNT, ADDRESS, Disk, Server, checker
from tests.knowledge.knowledge import TABLE

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
BUSY = (Stage.GREETING, Fault.REJECTED)


def report(*found: Diagnosis | None, at: datetime = NOW, host: str = "imap.x.cn") -> Report:
    end = Endpoint(Protocol.IMAP, host, 993, Security.TLS)
    return Report(ADDRESS, at, 1, tuple(Leg(end, (), each) for each in found), "1")


def told(problem: str, fix: Fix, stage: Stage, fault: Fault, **more: Any) -> Diagnosis:
    known = {"host": "imap.x.cn", "port": 993, **more}
    return Diagnosis(problem, fix, Evidence(stage, fault, Protocol.IMAP, **known))


TIMEOUT = told("connection_timeout", Fix.RETRY, Stage.CONNECT, Fault.TIMEOUT)
SERVER_BUSY = told("server_busy", Fix.WAIT, *BUSY)
WRONG = told("wrong_password", Fix.EDIT_PASSWORD, Stage.LOGIN, Fault.REJECTED)


def dead(host: str, at: datetime = NOW) -> Report:
    seen = told("connection_timeout", Fix.RETRY, Stage.CONNECT, Fault.TIMEOUT, host=host)
    return report(seen, at=at, host=host)


def test_later_and_later() -> None:
    waits = [next_try(report(TIMEOUT), failures) for failures in range(6)]
    assert waits == [NOW + pause for pause in (*PAUSES, PAUSES[-1], PAUSES[-1])]
    assert next_try(report(TIMEOUT, None)) == NOW + PAUSES[0]
    assert next_try(report(None, None)) is None


@pytest.mark.parametrize("fault", [Fault.CLOSED, Fault.TIMEOUT])
def test_a_credential_that_may_be_refused_is_not_handed_in_without_end(fault: Fault) -> None:
    """Some servers hang up instead of saying no; hour after hour they would lock the mailbox."""
    found = told("connection_lost", Fix.RETRY, Stage.LOGIN, fault)
    assert [next_try(report(found), failures) for failures in range(6)] == [
        *(NOW + pause for pause in PAUSES), None, None,
    ]  # fmt: skip
    assert next_try(report(TIMEOUT), 5) is not None
    waiting = Retries()
    for _ in range(len(PAUSES) + 1):
        waiting.note("1", report(found))
    assert waiting.due(NOW + timedelta(days=9)) == []


@pytest.mark.parametrize(
    ("more", "minutes"),
    [
        ({"detail": "retry-after:600"}, 10),
        ({"detail": "retry-after:5"}, 1),  # not sooner than we would
        ({"reply": "BAD Request is throttled. Suggested Backoff Time: 299000 milliseconds"}, 4.983),
    ],
)
def test_no_sooner_than_the_server_asked(more: dict[str, str], minutes: float) -> None:
    found = told("throttled", Fix.WAIT, Stage.LOGIN, Fault.REJECTED, **more)
    wanted = next_try(report(found))
    assert wanted is not None
    assert (wanted - NOW).total_seconds() == pytest.approx(minutes * 60, abs=1)
    assert not_before(report(found)) is not None
    assert not_before(report(SERVER_BUSY)) is None
    assert not_before(None) is None


@pytest.mark.parametrize(
    "found",
    [
        WRONG,
        told("too_many_attempts", Fix.WAIT, Stage.LOGIN, Fault.REJECTED),
        told("account_locked", Fix.WAIT, Stage.SIGN_IN, Fault.REJECTED),
        told("sign_in_needed", Fix.REAUTHORIZE, Stage.SIGN_IN, Fault.REJECTED),
        told("tls_injection", Fix.REPORT_BUG, Stage.TLS, Fault.INJECTION),
    ],
)
def test_what_only_a_person_tries_again(found: Diagnosis) -> None:
    for legs in ((found,), (found, TIMEOUT), (SERVER_BUSY, found)):
        assert asks_a_person(report(*legs))
        assert next_try(report(*legs)) is None
        assert not may_retry(report(*legs))


@pytest.mark.parametrize(
    "found",
    [
        told("certificate_untrusted", Fix.SHOW_CERTIFICATE, Stage.TLS, Fault.TLS_FAILED),
        told("port_blocked", Fix.EDIT_SERVERS, Stage.CONNECT, Fault.PORT_BLOCKED),
        told("vault_locked", Fix.RETRY, Stage.VAULT, Fault.LOCKED),
        told("program_error", Fix.REPORT_BUG, Stage.LOOKUP, Fault.BUG),
    ],
)
def test_what_does_not_pass_by_itself(found: Diagnosis) -> None:
    assert next_try(report(found)) is None
    assert not asks_a_person(report(found))  # a start of the program may look again


def test_a_portal_passes_when_somebody_signs_in_to_it() -> None:
    portal = told("captive_portal", Fix.OPEN_LINK, Stage.GREETING, Fault.CAPTIVE_PORTAL)
    assert next_try(report(portal, portal)) == NOW + PAUSES[0]


def test_a_temporary_fault_is_not_taken_for_a_refusal() -> None:
    """RFC 5530 UNAVAILABLE, 454, SYS/TEMP: the password is not to blame."""
    for codes in (("NO", "UNAVAILABLE"), ("454", "4.3.0"), ("-ERR", "SYS/TEMP")):
        found = TABLE.diagnose(Evidence(Stage.LOGIN, Fault.REJECTED, codes=codes))
        assert next_try(report(found)) is not None, found.problem


def test_until_when_a_lockout_lasts() -> None:
    reply = "454 4.7.0 Too many login attempts, try again in 15 minutes"
    locked = told("too_many_attempts", Fix.WAIT, Stage.LOGIN, Fault.REJECTED, reply=reply)
    one = report(locked)
    assert locked_until(one, one.legs[0]) == NOW + 15 * MINUTE
    for found in (
        replace(locked, problem="server_busy"),
        replace(locked, evidence=BUSY_SEEN),
        None,
    ):
        other = report(found)
        assert locked_until(other, other.legs[0]) is None


BUSY_SEEN = SERVER_BUSY.evidence


# --- turns ----------------------------------------------------------------------------------------


def test_turns() -> None:
    turns = Retries()
    turns.note("a", report(SERVER_BUSY))
    turns.note("b", report(SERVER_BUSY, at=NOW - 9 * MINUTE))
    turns.note("c", report(WRONG))
    turns.note("d", report(None))
    assert turns.due(NOW) == ["b"]
    assert turns.due(NOW + MINUTE) == ["b", "a"]
    turns.note("b", report(SERVER_BUSY, at=NOW + MINUTE))  # the second time
    assert turns.due(NOW + 2 * MINUTE) == ["a"]
    assert turns.due(NOW + 6 * MINUTE) == ["a", "b"]
    turns.note("a", report(None, at=NOW + 6 * MINUTE))
    turns.drop(["b", "nobody"])
    assert turns.due(NOW + 99 * MINUTE) == []
    turns.note("a", report(SERVER_BUSY, at=NOW))  # counted anew after a success
    assert turns.due(NOW + MINUTE) == ["a"]


def test_one_account_is_asked_for_all_while_nobody_gets_through() -> None:
    turns = Retries()
    hosts = [f"imap.{number}.example" for number in range(100)]
    for number, host in enumerate(hosts):
        turns.note(str(number), dead(host))
    now = NOW
    for _ in range(30):
        now += MINUTE
        [one] = turns.due(now)
        assert turns.due(now + MINUTE / 2) == []
        turns.note(one, dead(hosts[int(one)], at=now))
    # The network is back: nobody waits for his hour.
    turns.note("5", report(None, at=now, host=hosts[5]))
    assert len(turns.due(now)) == 99


def test_a_server_that_is_not_found_is_asked_again_once_the_network_is_back() -> None:
    """Without a network the resolver of a router may deny every name there is."""

    def gone(host: str, at: datetime = NOW) -> Report:
        seen = (Stage.LOOKUP, Fault.NAME_NOT_FOUND)
        return report(told("host_not_found", Fix.EDIT_SERVERS, *seen, host=host), at=at, host=host)

    turns, now = Retries(), NOW
    for host in ("imap.x.cn", "imap.y.cn"):
        assert next_try(gone(host)) is None
        assert may_retry(gone(host))
        assert not turns.note(host, gone(host))
    for host in ("imap.x.cn", "imap.y.cn", "imap.x.cn"):  # one a minute, and each in its turn
        now += MINUTE
        assert turns.due(now) == [host]
        turns.note(host, gone(host, now))
    assert turns.note("z", report(None, at=now, host="imap.z.cn"))
    assert turns.due(now) == ["imap.y.cn", "imap.x.cn"]
    for host in turns.due(now):
        turns.note(host, gone(host, now))
    assert turns.due(now + 99 * MINUTE) == []  # the name is wrong: that does not pass


def test_a_clock_that_is_set_back_stops_no_turn() -> None:
    turns = Retries()
    for host in ("imap.x.cn", "imap.y.cn"):
        turns.note(host, dead(host))
    assert len(turns.due(NOW + MINUTE)) == 1
    assert len(turns.due(NOW - timedelta(days=3650))) == 1


def test_one_server_that_is_down_is_no_network() -> None:
    turns = Retries()
    for number in range(3):
        turns.note(str(number), dead("imap.x.cn"))
    assert len(turns.due(NOW + MINUTE)) == 3
    turns = Retries()
    turns.note("a", dead("imap.x.cn"))
    turns.note("b", dead("imap.y.cn"))
    turns.note("c", report(WRONG, at=NOW))  # somebody is there, and says no
    assert len(turns.due(NOW + MINUTE)) == 2


# --- the watch ------------------------------------------------------------------------------------


@dataclass
class Time:
    """A clock that is turned by hand."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Flaky(Server):
    """Fails as told, and turns the clock while it does."""

    time: Time = field(default_factory=Time)
    asleep: timedelta = timedelta()
    failure: Evidence | None = None

    async def __call__(
        self, endpoint: Endpoint, login: Login | None, observe: Any, route: Route = DIRECT
    ) -> Capabilities:
        if login is None:
            raise MailError(Evidence(Stage.CONNECT, Fault.TIMEOUT))
        self.logins.append(login)
        self.time.now += self.asleep
        await asyncio.sleep(0)
        if self.failure:
            raise MailError(self.failure)
        return Capabilities()


def parts(server: Flaky, disk: Disk) -> tuple[Watch, Checker]:
    made = replace(checker(server), now=server.time, diagnose=TABLE.diagnose)
    return Watch(disk, made, tick=0.01, waking=0.01), made  # type: ignore[arg-type]


def running(work: Callable[[], Coroutine[Any, Any, None]], watch: Watch) -> None:
    """Run `work` beside the watch's own turns."""

    async def both() -> None:
        turning = asyncio.create_task(watch.retry())
        try:
            await work()
        finally:
            turning.cancel()
            with suppress(asyncio.CancelledError):
                await turning

    asyncio.run(both())


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.005)  # the watch has no signal for its turns


TEMPORARY = Evidence(Stage.LOGIN, Fault.REJECTED, codes=("NO", "UNAVAILABLE"))


def test_the_watch_tries_again_when_it_is_time() -> None:
    server, disk = Flaky(failure=TEMPORARY), Disk(ACCOUNT, secret=Secret("x"))
    watch, _ = parts(server, disk)

    async def work() -> None:
        await watch.at_start()
        assert len(server.logins) == 2
        await asyncio.sleep(0.1)  # ten turns, none of them its own
        assert len(server.logins) == 2
        server.time.now += PAUSES[0]
        await until(lambda: len(server.logins) == 4)
        server.time.now += PAUSES[0]
        await asyncio.sleep(0.1)  # the second time it is longer
        assert len(server.logins) == 4
        server.failure = None
        server.time.now += SLEPT - MINUTE
        await asyncio.sleep(0.05)  # so that no turn sees more than a nap
        server.time.now += MINUTE
        await until(lambda: disk.kept["7"].ok)
        assert len(server.logins) == 6

    running(work, watch)


def test_a_server_that_asked_for_patience_is_left_alone_at_start() -> None:
    server, disk = Flaky(), Disk(ACCOUNT, secret=Secret("x"))
    seen = Evidence(Stage.LOGIN, Fault.REJECTED, codes=("429",), detail="retry-after:200")
    disk.kept["7"] = report(told("throttled", Fix.WAIT, seen.stage, seen.fault, detail=seen.detail))
    watch, _ = parts(server, disk)

    async def work() -> None:
        await watch.at_start()
        assert server.logins == []
        server.time.now += timedelta(seconds=200)
        await until(lambda: len(server.logins) == 2)

    running(work, watch)


def test_what_was_refused_meanwhile_is_not_tried_again() -> None:
    """The command line has tried the same secret since; its report counts."""
    server, disk = Flaky(failure=TEMPORARY), Disk(ACCOUNT, secret=Secret("x"))
    watch, _ = parts(server, disk)

    async def work() -> None:
        await watch.at_start()
        disk.kept["7"] = report(WRONG)
        server.time.now += PAUSES[0]
        await asyncio.sleep(0.1)  # ten turns
        assert len(server.logins) == 2

    running(work, watch)


def test_a_proxy_that_refused_its_login_is_not_asked_again_by_the_machine() -> None:
    """Behind it may be a person's account at work, which is locked after a few tries."""
    server, proxy = Flaky(), Proxy(ProxyKind.HTTP, "proxy.corp.example", 8080)
    own = replace(ACCOUNT, settings=ACCOUNT.settings.through(proxy))
    disk = Disk(own, replace(ACCOUNT, id="8"), secret=Secret("x"))
    refused = told("proxy_login_failed", Fix.EDIT_SERVERS, Stage.CONNECT, Fault.PROXY_LOGIN)
    disk.kept["7"] = disk.kept["8"] = report(refused, None)
    watch, _ = parts(server, disk)

    async def work() -> None:
        await watch.at_start()
        assert len(server.logins) == 2  # by the system's settings: they may have changed
        assert not disk.kept["7"].ok
        assert disk.kept["8"].ok
        server.time.now += timedelta(hours=1)
        await until(lambda: len(server.logins) == 4)  # everything, after a sleep
        await asyncio.sleep(0.05)
        assert len(server.logins) == 4
        await watch.check(["7"])  # a person asks
        assert disk.kept["7"].ok

    running(work, watch)


@pytest.mark.parametrize(
    ("more", "refused"),
    [
        ({"codes": ("407",)}, True),
        ({"codes": ("SOCKS-LOGIN1",)}, True),
        ({"detail": "closed EOFError"}, True),  # as RFC 1929 wants it
        ({"detail": "no_proxy_secret"}, True),
        ({"detail": "timeout TimeoutError"}, False),  # it may have lost its network
    ],
)
def test_what_counts_as_refused_by_a_proxy(more: dict[str, Any], refused: bool) -> None:
    found = told("proxy_login_failed", Fix.EDIT_SERVERS, Stage.CONNECT, Fault.PROXY_LOGIN, **more)
    assert refused_at_proxy(report(None, found)) is refused
    assert not refused_at_proxy(report(WRONG))


def test_everything_is_checked_after_a_sleep() -> None:
    server, disk = Flaky(), Disk(ACCOUNT, replace(ACCOUNT, id="8"), secret=Secret("x"))
    disk.kept["8"] = report(WRONG)
    watch, _ = parts(server, disk)

    async def work() -> None:
        await watch.at_start()
        assert len(server.logins) == 2
        server.time.now += timedelta(hours=1)
        await until(lambda: len(server.logins) == 4)
        await asyncio.sleep(0.05)  # once, and not the one that was refused
        assert len(server.logins) == 4

    running(work, watch)


def test_everybody_is_checked_at_once_when_the_network_is_back() -> None:
    server, others = Flaky(), [replace(ACCOUNT, id=str(one)) for one in range(20)]
    ends = [Endpoint(Protocol.IMAP, f"imap.{one}.example", 993, Security.TLS) for one in range(20)]
    others = [
        replace(one, settings=replace(one.settings, incoming=end, outgoing=None))
        for one, end in zip(others, ends, strict=True)
    ]
    disk = Disk(*others, secret=Secret("x"))
    server.failure = Evidence(Stage.CONNECT, Fault.UNREACHABLE)
    watch, _ = parts(server, disk)

    async def work() -> None:
        await watch.at_start()
        for minute in range(1, 4):  # one account is asked for all
            server.time.now += MINUTE
            await until(lambda minute=minute: len(server.logins) == 20 + minute)
            await until(lambda: not watch.checking)  # else the last one may still pass
        server.failure = None
        server.time.now += MINUTE
        await until(lambda: all(one.ok for one in disk.kept.values()))
        assert len(server.logins) == 43  # nobody but the one that was asked is checked twice

    running(work, watch)


def test_a_clock_that_is_set_right_has_everything_checked() -> None:
    server, disk = Flaky(), Disk(ACCOUNT, secret=Secret("x"))
    server.failure = Evidence(Stage.TLS, Fault.CLOCK_WRONG, clock_off=10**8)
    watch, _ = parts(server, disk)

    async def work() -> None:
        await watch.at_start()
        assert len(server.logins) == 2
        server.failure = None
        server.time.now -= timedelta(seconds=10**8)
        await until(lambda: disk.kept["7"].ok)

    running(work, watch)


def test_a_check_that_slept_raises_no_alarm() -> None:
    """The connection died meanwhile; it is made again before anything is said."""
    server, disk = Flaky(asleep=timedelta(hours=1)), Disk(ACCOUNT, secret=Secret("x"))
    server.failure = Evidence(Stage.CONNECT, Fault.TIMEOUT)
    watch, _ = parts(server, disk)
    reports: list[bool] = []
    watch.subscribe(lambda ids: reports.extend(r.ok for r in disk.kept.values()))

    async def work() -> None:
        check = asyncio.create_task(watch.check(["7"]))
        await until(lambda: len(server.logins) == 2)
        server.asleep, server.failure = timedelta(), None
        await check

    asyncio.run(work())
    assert disk.kept["7"].ok
    assert False not in reports
    # A refusal is a refusal, however long it took.
    server.asleep, server.logins = timedelta(hours=1), []
    server.failure = Evidence(Stage.LOGIN, Fault.REJECTED)
    asyncio.run(watch.check(["7"]))
    assert len(server.logins) == 2


def test_turns_go_on_after_a_mistake() -> None:
    server, disk = Flaky(failure=TEMPORARY), Disk(ACCOUNT, secret=Secret("x"))
    watch, _ = parts(server, disk)
    whole, broken = disk.reports, list[int]()

    async def breaking() -> dict[str, Report]:
        broken.append(1)
        raise OSError("busy")

    async def work() -> None:
        await watch.at_start()
        disk.reports = breaking  # type: ignore[method-assign]
        server.time.now += PAUSES[0]
        await until(lambda: len(broken) > 1)
        disk.reports = whole  # type: ignore[method-assign]
        await until(lambda: len(server.logins) == 4)

    running(work, watch)


def test_an_account_that_is_gone_or_paused_has_no_turn() -> None:
    server = Flaky(failure=TEMPORARY)
    disk = Disk(ACCOUNT, replace(ACCOUNT, id="8"), secret=Secret("x"))
    watch, _ = parts(server, disk)

    async def work() -> None:
        await watch.at_start()
        assert len(server.logins) == 4
        del disk.rows["7"]
        disk.rows["8"] = replace(disk.rows["8"], paused=True)
        server.time.now += PAUSES[0]
        await asyncio.sleep(0.1)  # ten turns
        assert len(server.logins) == 4
        assert watch.checking == frozenset()

    running(work, watch)


def test_the_first_words_are_there_while_the_check_goes_on() -> None:
    server, disk = Flaky(), Disk(ACCOUNT, secret=Secret("x"))
    server.failure = Evidence(Stage.CONNECT, Fault.TIMEOUT)
    watch, _ = parts(server, disk)
    early: list[str] = []

    def changed(ids: frozenset[str]) -> None:
        if watch.is_checking("7"):
            early.extend(found.problem for found in watch.problems("7").values())

    watch.subscribe(changed)
    account: Account = ACCOUNT
    asyncio.run(watch.check([account.id]))
    assert set(early) == {"connection_timeout"}
    assert watch.problems("7") == {}
    assert {leg.side for leg in disk.kept["7"].legs} == set(Side)
