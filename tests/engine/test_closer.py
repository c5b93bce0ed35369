"""A closer look at servers that were not met as expected: on real sockets, and without a secret."""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from laifaxin_desktop.engine.closer import Closer, nobody_knows, tried
from laifaxin_desktop.engine.visit import unobserved
from laifaxin_desktop.model.account import Capabilities, Login, Settings
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.plain import from_plain, to_plain
from laifaxin_desktop.model.problem import (
    Certificate,
    Diagnosis,
    Evidence,
    Fault,
    Fix,
    Look,
    MailError,
    Stage,
)
from laifaxin_desktop.model.provider import AuthWay, Endpoint, Protocol, Security, Side
from laifaxin_desktop.model.report import Report, StageResult
from laifaxin_desktop.model.secret import Secret
from tests.engine.world import SECRET, World, mail, page, silent
from tests.knowledge.books import BOOK
from tests.servers.authority import Authority

CORP = Address("li", "corp.example")
IMAP = Endpoint(Protocol.IMAP, "imap.corp.example", 993, Security.TLS)
POP3 = Endpoint(Protocol.POP3, "pop.corp.example", 995, Security.TLS)
SUBMISSION = Endpoint(Protocol.SMTP, "smtp.corp.example", 587, Security.STARTTLS)
NAMES = (IMAP.host, POP3.host, SUBMISSION.host, "mail.corp.example")


@pytest.fixture(scope="module")
def good(authority: Authority) -> ssl.SSLContext:
    return authority.issue(*NAMES).context()


@pytest.fixture
def world(authority: Authority) -> World:
    return World(authority.client_context())


async def check(world: World, *ends: Endpoint, **given: Any) -> Report:
    """A whole check of these servers by the program's own parts."""
    incoming = next((end for end in ends if end.side is Side.RECEIVE), None)
    outgoing = next((end for end in ends if end.side is Side.SEND), None)
    settings = Settings(incoming, outgoing, AuthWay.PASSWORD)
    first = given.pop("first", lambda side, diagnosis: None)
    return await world.checker(**given).check(CORP, settings, Secret(SECRET), first=first)


def found_of(report: Report) -> Diagnosis:
    diagnosis = report.legs[0].diagnosis
    assert diagnosis is not None
    return diagnosis


# --- other ports ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("failing", "answers", "blocked"),
    [
        (SUBMISSION, 465, True),
        (SUBMISSION, 465, False),
        (replace(SUBMISSION, port=465, security=Security.TLS), 587, True),
        (IMAP, 143, True),
        (replace(IMAP, port=143, security=Security.STARTTLS), 993, False),
        (POP3, 110, True),
        (replace(POP3, port=1110), 995, False),
    ],
    ids=str,
)
def test_the_other_usual_port_answers(
    failing: Endpoint, answers: int, blocked: bool, world: World, good: ssl.SSLContext
) -> None:
    implicit = answers in (465, 993, 995)
    upgrade = {"tls": good} if implicit else {"starttls": good}

    async def work() -> Report:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(
                world.at(failing.host, answers, mail(failing.protocol), **upgrade)
            )
            if blocked:
                stack.enter_context(world.silent_at(failing.host, failing.port))
            return await check(world, failing)

    found = found_of(asyncio.run(work()))
    assert found.problem == ("port_blocked" if blocked else "connection_refused")
    assert found.fix is Fix.EDIT_SERVERS
    security = Security.TLS if implicit else Security.STARTTLS
    assert found.suggestion == replace(failing, port=answers, security=security)
    assert found.evidence.first is (Fault.TIMEOUT if blocked else None)
    assert world.heard() == 0


def test_nothing_else_answers(world: World) -> None:
    async def work(port: int) -> Report:
        world.places = {(IMAP.host, 1): 1}
        with world.silent_at(IMAP.host, port):
            return await check(world, IMAP)

    found = found_of(asyncio.run(work(993)))
    assert (found.problem, found.fix, found.suggestion) == ("connection_timeout", Fix.RETRY, None)
    [look] = found.evidence.looks
    assert (look.at.port, look.fault, look.stage) == (143, Fault.REFUSED, Stage.CONNECT)
    found = found_of(asyncio.run(work(2)))
    assert (found.problem, found.suggestion) == ("connection_refused", None)


def test_an_open_port_with_a_certificate_of_its_own_is_open(
    world: World, authority: Authority
) -> None:
    """Which port is blocked is known; whose certificate it is, is the next question."""
    own = authority.self_signed(*NAMES).context()

    async def work() -> Report:
        async with world.at(SUBMISSION.host, 465, mail(Protocol.SMTP), tls=own):
            with world.silent_at(SUBMISSION.host, 587):
                return await check(world, SUBMISSION)

    found = found_of(asyncio.run(work()))
    assert found.problem == "port_blocked"
    assert found.suggestion is not None
    assert found.suggestion.port == 465
    assert found.evidence.better is None


# --- modes, protocols, silence --------------------------------------------------------------------


def test_plain_where_tls_was_expected_and_the_reverse(world: World, good: ssl.SSLContext) -> None:
    """The very port is tried in the mode that it has shown, and keeps its number."""
    odd = replace(IMAP, port=11143)

    async def work(security: Security) -> Report:
        kind = {"tls": good} if security is not Security.TLS else {"starttls": good}
        async with world.at(IMAP.host, odd.port, mail(Protocol.IMAP), **kind):
            return await check(world, replace(odd, security=security))

    for chosen, right in (
        (Security.TLS, Security.STARTTLS),
        (Security.STARTTLS, Security.TLS),
        (Security.PLAIN, Security.TLS),
    ):
        found = found_of(asyncio.run(work(chosen)))
        assert found.problem == "tls_wrong_mode"
        assert found.suggestion == replace(odd, security=right)
        assert found.evidence.looks[0] == replace(
            Look(replace(odd, security=right)), ms=found.evidence.looks[0].ms
        )
    assert world.heard() == 0


def test_another_protocol_s_port(world: World, good: ssl.SSLContext) -> None:
    mixed = replace(IMAP, port=995)

    async def work() -> Report:
        async with (
            world.at(IMAP.host, 995, mail(Protocol.POP3), tls=good),
            world.at(IMAP.host, 993, mail(Protocol.IMAP), tls=good),
        ):
            return await check(world, mixed)

    found = found_of(asyncio.run(work()))
    assert (found.problem, found.evidence.spoken) == ("wrong_protocol", "pop3")
    assert found.suggestion == IMAP


@pytest.mark.parametrize(
    ("handler", "problem"), [(silent, "server_silent"), (page, "not_a_mail_server")]
)
def test_a_middlebox_sits_on_one_port_only(
    handler: Any, problem: str, world: World, good: ssl.SSLContext
) -> None:
    async def work() -> Report:
        async with (
            world.at(SUBMISSION.host, 587, handler),
            world.at(SUBMISSION.host, 465, mail(Protocol.SMTP), tls=good),
        ):
            return await check(world, SUBMISSION)

    found = found_of(asyncio.run(work()))
    assert (found.problem, found.fix) == (problem, Fix.EDIT_SERVERS)
    assert found.suggestion == replace(SUBMISSION, port=465, security=Security.TLS)


def test_nobody_is_sent_where_nothing_is_encrypted(world: World) -> None:
    """A server that refuses to encrypt is no answer, however friendly it is."""

    async def work() -> Report:
        async with world.at(IMAP.host, 143, mail(Protocol.IMAP)):
            return await check(world, IMAP)

    found = found_of(asyncio.run(work()))
    assert (found.problem, found.suggestion) == ("connection_refused", None)
    assert found.evidence.looks[0].fault is Fault.STARTTLS_MISSING
    plain = replace(IMAP, port=143, security=Security.PLAIN)
    seen = Evidence(Stage.CONNECT, Fault.REFUSED, Protocol.IMAP, IMAP.host, 143, Security.PLAIN)
    assert all(look.at.security is not Security.PLAIN for look in closer().places(plain, seen))


# --- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "right"),
    [
        (("www.corp.example", "mail.corp.example"), "mail.corp.example"),
        (("*.corp.example",), "imap.corp.example"),
        (("corp.example", "smtp.corp.example", "imap2.corp.example"), "imap2.corp.example"),
    ],
)
def test_the_right_host_by_the_certificate(
    names: tuple[str, ...], right: str, world: World, authority: Authority
) -> None:
    typed = replace(IMAP, host="box.example")  # CNAME of the person's own, or an old name
    shown = authority.issue(*names).context()

    async def work() -> Report:
        async with (
            world.at(typed.host, 993, mail(Protocol.IMAP), tls=shown),
            world.at(right, 993, mail(Protocol.IMAP), tls=shown),
        ):
            return await check(world, typed)

    found = found_of(asyncio.run(work()))
    assert (found.problem, found.fix) == ("certificate_wrong_host", Fix.EDIT_SERVERS)
    assert found.suggestion == replace(IMAP, host=right)
    assert world.heard() == 0


def test_a_name_of_strangers_is_only_shown(world: World, authority: Authority) -> None:
    """It greets with a good certificate, and belongs to whoever answered: never filled in."""
    shown = authority.issue("mail.attacker.example").context()

    async def work() -> Report:
        async with (
            world.at(IMAP.host, 993, mail(Protocol.IMAP), tls=shown),
            world.at("mail.attacker.example", 993, mail(Protocol.IMAP), tls=shown),
        ):
            return await check(world, IMAP)

    found = found_of(asyncio.run(work()))
    assert found.problem == "certificate_wrong_host"
    assert found.suggestion is None
    stranger = found.evidence.looks[-1]
    assert (stranger.at.host, stranger.fault, stranger.foreign) == (
        "mail.attacker.example",
        None,
        True,
    )


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("imap.alice.synology.me", "imap.mallory.synology.me"),
        ("alice.synology.me", "mail.synology.me"),
        ("alice.eu.org", "mail.mallory.eu.org"),
        ("mail.alice.github.io", "*.mallory.github.io"),
        ("mail.com.tw", "imap.com.tw"),
        ("mail.alice.com.cn", "mail.mallory.com.cn"),
    ],
)
def test_a_neighbour_below_one_rented_domain_is_a_stranger(typed: str, shown: str) -> None:
    """Whoever stands in between may have a good certificate for a name of its own there."""
    end = replace(IMAP, host=typed)
    seen = Evidence(
        Stage.TLS, Fault.CERTIFICATE_WRONG_HOST, end.protocol, end.host, end.port, end.security,
        certificate=replace(_shown(40), names=(shown,)),
    )  # fmt: skip
    found = closer(address=Address("alice", typed)).places(end, seen)
    named = [look for look in found if look.at.host != typed]
    assert named
    assert all(look.foreign for look in named)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("imap.hoster.example", "mail.hoster.example"),
        ("pop3.hoster.example", "*.hoster.example"),
        ("hoster.example", "imap.hoster.example"),
        ("imap-01.mx.hoster.example", "imap.mx.hoster.example"),
        ("mail.hoster.com.cn", "imap.hoster.com.cn"),
    ],
)
def test_the_server_s_own_other_names_are_no_strangers(typed: str, shown: str) -> None:
    end = replace(IMAP, host=typed)
    seen = Evidence(
        Stage.TLS, Fault.CERTIFICATE_WRONG_HOST, end.protocol, end.host, end.port, end.security,
        certificate=replace(_shown(40), names=(shown,)),
    )  # fmt: skip
    named = [look for look in closer().places(end, seen) if look.at.host != typed]
    assert named
    assert not any(look.foreign for look in named)


def test_no_token_goes_where_only_a_certificate_leads() -> None:
    """Not even within the mailbox's own domain: it would open the whole mailbox there."""
    end = Endpoint(Protocol.IMAP, "outlook.office365.com", 993, Security.TLS)
    seen = Evidence(
        Stage.TLS, Fault.CERTIFICATE_WRONG_HOST, end.protocol, end.host, end.port, end.security,
        certificate=replace(_shown(40), names=("imap.corp.example", "mail.evil.example")),
    )  # fmt: skip
    for way, hosts in (
        (AuthWay.MICROSOFT, set[str]()),
        (AuthWay.REFRESH_TOKEN, set[str]()),
        (AuthWay.PASSWORD, {"imap.corp.example", "mail.evil.example"}),
    ):
        found = closer().places(end, replace(seen, way=way))
        assert {look.at.host for look in found} - {end.host} == hosts


def test_a_provider_of_the_directory_is_no_stranger(world: World, authority: Authority) -> None:
    """mail.corp.example is a CNAME to a provider whose servers are known."""
    shown = authority.issue("imap.exmail.qq.com", "smtp.exmail.qq.com").context()

    async def work() -> Report:
        async with (
            world.at(IMAP.host, 993, mail(Protocol.IMAP), tls=shown),
            world.at("imap.exmail.qq.com", 993, mail(Protocol.IMAP), tls=shown),
        ):
            return await check(world, IMAP)

    found = found_of(asyncio.run(work()))
    assert found.suggestion is not None
    assert str(found.suggestion) == "imap.exmail.qq.com:993"


def closer(
    probe: Any = None, *, address: Address = CORP, provider: str = "", seconds: float = 1
) -> Closer:
    return Closer(
        probe,
        BOOK,
        lambda: datetime.now(UTC),
        time.monotonic,
        nobody_knows,
        address,
        BOOK.by_id(provider),
        seconds,
    )


def places(end: Endpoint, fault: Fault, stage: Stage = Stage.CONNECT, **more: Any) -> list[str]:
    provider = more.pop("provider", "")
    seen = Evidence(stage, fault, end.protocol, end.host, end.port, end.security, **more)
    found = closer(provider=provider).places(end, seen)
    return [f"{look.at}/{look.at.security}" for look in found]


def test_where_to_look() -> None:
    assert places(SUBMISSION, Fault.REFUSED) == ["smtp.corp.example:465/tls"]
    assert places(replace(SUBMISSION, port=25), Fault.TIMEOUT) == [
        "smtp.corp.example:465/tls",
        "smtp.corp.example:587/starttls",
    ]
    wrong = replace(IMAP, host="mail.qq.com")
    assert places(wrong, Fault.REFUSED, provider="qq") == [
        "mail.qq.com:143/starttls",
        "imap.qq.com:993/tls",
    ]
    # Typed by hand, the directory knows the host all the same.
    byhand = Endpoint(Protocol.SMTP, "smtp.qq.com", 25, Security.STARTTLS)
    assert "smtp.qq.com:465/tls" in places(byhand, Fault.TIMEOUT)
    # A bridge on this computer has its own ports, and nothing to do with its provider's servers.
    bridge = Endpoint(Protocol.SMTP, "127.0.0.1", 25, Security.STARTTLS)
    found = places(bridge, Fault.REFUSED)
    assert "127.0.0.1:1025/starttls" in found
    assert all(place.startswith("127.0.0.1:") for place in found)
    assert len(places(IMAP, Fault.CERTIFICATE_WRONG_HOST, Stage.TLS, certificate=_shown(40))) == 6


@pytest.mark.parametrize(
    ("stage", "fault"),
    [
        (Stage.LOOKUP, Fault.NAME_NOT_FOUND),
        (Stage.LOOKUP, Fault.OFFLINE),
        (Stage.CONNECT, Fault.OFFLINE),
        (Stage.CONNECT, Fault.PROXY_LOGIN),
        (Stage.TLS, Fault.INJECTION),
        (Stage.TLS, Fault.CERTIFICATE_CHANGED),
        (Stage.GREETING, Fault.REJECTED),
        (Stage.LOGIN, Fault.REJECTED),
        (Stage.LOGIN, Fault.TIMEOUT),
        (Stage.MAILBOX, Fault.CLOSED),
    ],
)
def test_where_no_look_helps(stage: Stage, fault: Fault) -> None:
    """After tampering above all: whoever does it would be asked what to do."""
    seen = Evidence(stage, fault, IMAP.protocol, IMAP.host, IMAP.port, IMAP.security)
    assert not closer().helps(seen)
    assert asyncio.run(closer().look(IMAP, seen)) is seen  # the probe, None, was not called


def _shown(count: int) -> Certificate:
    now = datetime.now(UTC)
    names = tuple(f"mail{number}.corp.example" for number in range(count))
    return Certificate(names, "", "", now - timedelta(days=9), now + timedelta(days=9), "00")


# --- time -----------------------------------------------------------------------------------------


def test_the_first_words_do_not_wait(world: World) -> None:
    """They are there while the look goes on, and are the same problem."""
    heard: list[tuple[Side, Diagnosis, bool]] = []

    async def work() -> Report:
        async with world.at(SUBMISSION.host, 465, silent):
            over = asyncio.Event()

            def first(side: Side, diagnosis: Diagnosis) -> None:
                heard.append((side, diagnosis, over.is_set()))

            report = await check(world, SUBMISSION, first=first, seconds=0.5)
            over.set()
            return report

    report = asyncio.run(work())
    [(side, diagnosis, late)] = heard
    assert (side, diagnosis.problem, late) == (Side.SEND, "connection_refused", False)
    assert diagnosis.evidence.looks == ()
    assert found_of(report).evidence.looks[0].fault is Fault.TIMEOUT
    assert report.ms >= 500


def test_a_wrong_password_is_told_at_once_too(world: World, good: ssl.SSLContext) -> None:
    async def no(peer: Any, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK ready\r\n")
        while line := await reader.readline():
            tag = line.split(b" ")[0]
            if b"CAPABILITY" in line:
                writer.write(b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n" + tag + b" OK\r\n")
            else:
                writer.write(tag + b" NO [AUTHENTICATIONFAILED] no\r\n")

    heard: list[str] = []

    async def work() -> Report:
        async with world.at(IMAP.host, 993, no, tls=good):
            return await check(world, IMAP, first=lambda _, told: heard.append(told.problem))

    assert heard == [found_of(asyncio.run(work())).problem] == ["wrong_password"]


def test_the_look_is_over_with_the_best_answer(world: World, good: ssl.SSLContext) -> None:
    """A place that comes later in the order, and never answers, is not waited for."""
    mixed = replace(IMAP, port=1993)

    async def work() -> float:
        async with (
            world.at(IMAP.host, 143, silent),
            world.at(IMAP.host, 993, mail(Protocol.IMAP), tls=good),
        ):
            began = time.monotonic()
            report = await check(world, mixed, seconds=30)
            assert [look.at.port for look in found_of(report).evidence.looks] == [993]
            return time.monotonic() - began

    assert asyncio.run(work()) < 15


def test_silence_everywhere_costs_the_limit_and_no_more() -> None:
    async def never(endpoint: Endpoint, login: Login | None, observe: Any) -> Capabilities:
        assert login is None
        await asyncio.Event().wait()
        raise AssertionError

    async def work() -> tuple[Evidence, float, int]:
        began = time.monotonic()
        seen = Evidence(Stage.CONNECT, Fault.TIMEOUT, Protocol.IMAP, IMAP.host, 1993)
        learned = await closer(never, seconds=0.2).look(replace(IMAP, port=1993), seen)
        return learned, time.monotonic() - began, len(asyncio.all_tasks())

    learned, took, tasks = asyncio.run(work())
    assert [look.fault for look in learned.looks] == [Fault.TIMEOUT] * 2
    assert (learned.fault, learned.first) == (Fault.TIMEOUT, None)
    assert 0.2 <= took < 5  # not the limit once for each place
    assert tasks == 1


def test_cancelled_in_the_middle_leaves_nothing(world: World) -> None:
    async def work() -> tuple[int, list[int]]:
        async with world.at(SUBMISSION.host, 465, silent) as peer:
            task = asyncio.create_task(check(world, SUBMISSION, seconds=30))
            while not peer.connections:
                await asyncio.sleep(0.01)  # until the look is there
            began = time.monotonic()
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            assert time.monotonic() - began < 2
            left = [t for t in asyncio.all_tasks() if "connected" not in repr(t)]
            return len(left), [peer.connections]

    assert asyncio.run(work())[0] == 1


# --- the clock ------------------------------------------------------------------------------------

DAYS = timedelta(days=1)


@asynccontextmanager
async def dated(world: World, authority: Authority, kind: str) -> AsyncIterator[None]:
    shown = getattr(authority, kind)(*NAMES).context()
    async with world.at(IMAP.host, 993, mail(Protocol.IMAP), tls=shown):
        yield


@pytest.mark.parametrize(
    ("kind", "off", "problem"),
    [
        ("expired", 3 * DAYS, "clock_wrong"),  # by the right clock it is still good
        ("expired", 3650 * DAYS, "certificate_expired"),  # by no clock
        ("expired", timedelta(hours=20), "certificate_expired"),
        ("expired", -3 * DAYS, "certificate_expired"),
        ("expired", None, "certificate_expired"),
        ("not_yet_valid", -30 * DAYS, "clock_wrong"),
        ("not_yet_valid", timedelta(hours=2), "certificate_not_yet_valid"),
    ],
)
def test_the_clock_is_blamed_only_where_it_is_to_blame(
    kind: str, off: timedelta | None, problem: str, world: World, authority: Authority
) -> None:
    async def work() -> Report:
        async with dated(world, authority, kind):
            return await check(world, IMAP, off=off)

    found = found_of(asyncio.run(work()))
    assert found.problem == problem
    assert found.evidence.clock_off == round((off or timedelta()).total_seconds())
    if problem == "clock_wrong":
        assert found.evidence.first is not None
        assert found.evidence.first.startswith("certificate_")
        assert (found.fix, found.guide) == (Fix.OPEN_GUIDE, "clock")


def test_the_clock_is_asked_about_dates_only() -> None:
    asked: list[Fault] = []

    def asking(fault: Fault) -> Callable[[], Any]:
        async def ask() -> timedelta | None:
            asked.append(fault)
            return None

        return ask

    async def no(endpoint: Endpoint, login: Login | None, observe: Any) -> Capabilities:
        raise MailError(Evidence(Stage.CONNECT, Fault.REFUSED))

    for stage in (Stage.TLS, Stage.SIGN_IN):
        for fault in Fault:
            if fault in (Fault.PORT_BLOCKED, Fault.CLOCK_WRONG, Fault.CAPTIVE_PORTAL):
                continue
            seen = Evidence(stage, fault, Protocol.IMAP, IMAP.host, 993, Security.TLS)
            looking = replace(closer(no), ask_clock=asking(fault))
            asyncio.run(looking.look(IMAP, seen))
            # Behind a proxy nobody is asked directly.
            asyncio.run(looking.look(IMAP, replace(seen, proxy="127.0.0.1:1080")))
    assert asked == [Fault.CERTIFICATE_EXPIRED, Fault.CERTIFICATE_NOT_YET_VALID] * 2


def test_a_clock_that_nobody_answers_for_is_waited_for_no_longer() -> None:
    async def never() -> timedelta | None:
        await asyncio.Event().wait()
        return None

    async def no(endpoint: Endpoint, login: Login | None, observe: Any) -> Capabilities:
        raise MailError(Evidence(Stage.CONNECT, Fault.REFUSED))

    seen = Evidence(Stage.TLS, Fault.CERTIFICATE_EXPIRED, Protocol.IMAP, IMAP.host, 993)
    looking = replace(closer(no, seconds=0.1), ask_clock=never)
    assert asyncio.run(looking.look(IMAP, seen)).fault is Fault.CERTIFICATE_EXPIRED


# --- somebody else answers ------------------------------------------------------------------------


def test_a_portal_in_place_of_both_servers(world: World) -> None:
    async def work() -> Report:
        async with (
            world.at(IMAP.host, 143, page),
            world.at(SUBMISSION.host, 587, page),
        ):
            return await check(
                world, replace(IMAP, port=143, security=Security.STARTTLS), SUBMISSION
            )

    report = asyncio.run(work())
    found = [leg.diagnosis for leg in report.legs if leg.diagnosis]
    assert [each.problem for each in found] == ["captive_portal"] * 2
    assert [each.evidence.first for each in found] == [Fault.NOT_MAIL] * 2
    assert [each.fix for each in found] == [Fix.OPEN_LINK] * 2
    assert world.heard() == 0


def test_a_portal_s_certificate_in_place_of_a_known_provider(
    world: World, authority: Authority
) -> None:
    shown = authority.issue("portal.hotel.example").context()
    qq = (
        Endpoint(Protocol.IMAP, "imap.qq.com", 993, Security.TLS),
        Endpoint(Protocol.SMTP, "smtp.qq.com", 465, Security.TLS),
    )

    async def work(*ends: Endpoint) -> list[str]:
        async with AsyncExitStack() as stack:
            for end in ends:
                await stack.enter_async_context(
                    world.at(end.host, end.port, mail(end.protocol), tls=shown)
                )
            report = await check(world, *ends)
            return [leg.diagnosis.problem for leg in report.legs if leg.diagnosis]

    assert asyncio.run(work(*qq)) == ["captive_portal"] * 2
    # A small host with one machine and somebody else's certificate is no portal.
    own = (IMAP, replace(SUBMISSION, port=465, security=Security.TLS))
    assert asyncio.run(work(*own)) == ["certificate_wrong_host"] * 2


# --- for the report -------------------------------------------------------------------------------


def test_what_was_tried_as_rows() -> None:
    other = replace(SUBMISSION, port=465, security=Security.TLS)
    stranger = replace(SUBMISSION, host="mail.elsewhere.example")
    seen = Evidence(
        Stage.CONNECT,
        Fault.PORT_BLOCKED,
        Protocol.SMTP,
        SUBMISSION.host,
        587,
        Security.STARTTLS,
        first=Fault.TIMEOUT,
        looks=(
            Look(other, ms=120),
            Look(stranger, Fault.NOT_MAIL, Stage.GREETING, "http", 31, foreign=True),
            Look(SUBMISSION, Fault.TIMEOUT, ms=3000),
        ),
        clock_off=-864_000,
    )
    assert tried(seen) == (
        ("smtp.corp.example:587/starttls", "connect/timeout", -1),
        ("smtp.corp.example:465/tls", "answers", 120),
        (
            "mail.elsewhere.example:587/starttls",
            "greeting/not_mail http (named by the certificate only)",
            31,
        ),
        ("smtp.corp.example:587/starttls", "look/timeout", 3000),
        ("this computer's clock", "-10.0 days", -1),
    )
    assert len(tried(Evidence(Stage.LOGIN, Fault.REJECTED))) == 1
    # As it comes back from the database.
    assert from_plain(Evidence, json.loads(json.dumps(to_plain(seen)))) == seen


def test_a_look_reports_no_stage_to_the_lanes(world: World, good: ssl.SSLContext) -> None:
    seen: list[tuple[Side, StageResult]] = []

    async def work() -> Report:
        async with world.at(SUBMISSION.host, 465, mail(Protocol.SMTP), tls=good):
            settings = Settings(None, SUBMISSION, AuthWay.PASSWORD)
            return await world.checker().check(
                CORP, settings, Secret(SECRET), observe=lambda *told: seen.append(told)
            )

    report = asyncio.run(work())
    assert [result.stage for _, result in seen] == [Stage.LOOKUP, Stage.CONNECT]
    assert report.legs[0].stages == tuple(result for _, result in seen)
    assert unobserved(Side.SEND, seen[0][1]) is None
