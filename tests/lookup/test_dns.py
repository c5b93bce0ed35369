"""MX look-ups against a name server of our own."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator

import dns.resolver
import pytest

from laifaxin_desktop.lookup import dns as lookup
from laifaxin_desktop.model.problem import Fault, MailError, Stage
from tests.servers.nameserver import SERVFAIL, SILENCE, Answer, NameServer

RECORDS: dict[str, Answer] = {
    "corp.example": {"MX": ["20 Second.Example.", "10 first.example.", "20 also.example."]},
    "null.example": {"MX": ["0 ."]},
    "only-a.example": {"A": ["127.0.0.1"]},
    "broken.example": SERVFAIL,
    "refused.example": "REFUSED",
    "silent.example": SILENCE,
    "xn--fiqs8s.example": {"MX": ["10 mx.example."]},
}


@pytest.fixture(scope="module")
def server() -> Iterator[NameServer]:
    with NameServer(RECORDS) as running:
        yield running


@pytest.fixture
def resolver(server: NameServer) -> Callable[[], dns.resolver.Resolver]:
    def make() -> dns.resolver.Resolver:
        made = dns.resolver.Resolver(configure=False)
        made.nameservers = ["127.0.0.1"]
        made.port = server.port
        return made

    return make


Make = Callable[[], dns.resolver.Resolver]


@pytest.mark.parametrize(
    ("domain", "hosts"),
    [
        ("corp.example", ("first.example", "also.example", "second.example")),
        ("null.example", ()),  # RFC 7505: takes no mail
        ("only-a.example", ()),
        ("nowhere.example", ()),
        ("xn--fiqs8s.example", ("mx.example",)),
    ],
)
def test_mail_exchangers(domain: str, hosts: tuple[str, ...], resolver: Make) -> None:
    assert asyncio.run(lookup.mx(domain, resolver=resolver)) == hosts


@pytest.mark.parametrize(
    ("domain", "fault"),
    [
        ("broken.example", Fault.LOOKUP_FAILED),
        ("refused.example", Fault.LOOKUP_FAILED),
        ("silent.example", Fault.LOOKUP_FAILED),
        ("a" * 64 + ".example", Fault.BAD_HOST_NAME),
        ("a..example", Fault.BAD_HOST_NAME),
    ],
)
@pytest.mark.parametrize("route", [True, False])
def test_failures_are_not_taken_for_an_empty_answer(
    domain: str, fault: Fault, route: bool, resolver: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookup, "has_route", lambda: route)
    with pytest.raises(MailError) as caught:
        asyncio.run(lookup.mx(domain, seconds=0.5, resolver=resolver))
    evidence = caught.value.evidence
    if not route and fault is Fault.LOOKUP_FAILED:
        fault = Fault.OFFLINE
    assert (evidence.stage, evidence.fault, evidence.host) == (Stage.LOOKUP, fault, domain)


def test_the_system_without_a_resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> dns.resolver.Resolver:
        raise dns.resolver.NoResolverConfiguration

    monkeypatch.setattr(lookup, "has_route", lambda: True)
    with pytest.raises(MailError) as caught:
        asyncio.run(lookup.mx("corp.example", resolver=none))
    assert caught.value.evidence.fault is Fault.LOOKUP_FAILED


def test_the_loop_goes_on_and_cancelling_is_prompt(resolver: Make) -> None:
    release = threading.Event()

    def stuck() -> dns.resolver.Resolver:
        release.wait(20)
        return resolver()

    async def run() -> None:
        asking = asyncio.create_task(lookup.mx("corp.example", resolver=stuck))
        await asyncio.sleep(0.1)  # the thread is stuck by now
        asking.cancel()
        async with asyncio.timeout(0.25):
            with pytest.raises(asyncio.CancelledError):
                await asking

    try:
        asyncio.run(run())  # returns although the thread is still there
        assert all(t.daemon for t in threading.enumerate() if t.name == "mx look-up")
    finally:
        release.set()
    deadline = time.monotonic() + 5
    for thread in threading.enumerate():
        if thread.name == "mx look-up":
            thread.join(deadline - time.monotonic())
