"""Signing in on another device."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from laifaxin_desktop.model.microsoft import CloudId, Granted, Permission, SignIn
from laifaxin_desktop.model.problem import Fault, MailError
from tests.servers.entra.cast import CUSTOMER, PERSON, WORKER

from .knocking import knock
from .signing import MAIL, MIXED, QUICK, Bench, kept, seen

OWN = "0d1f3c55-9a0b-4c67-8e7d-2f4f5a6b7c8d"


async def signed_in(bench: Bench, sign_in: SignIn, login: str) -> Granted:
    """Somebody types the code after the program has asked for it a few times."""
    async with bench.device(sign_in, MIXED) as flow:
        waiting = asyncio.create_task(flow.granted())
        while len(bench.entra.seen("token")) < 2:
            await asyncio.sleep(0.01)  # the program asks in its own rhythm
        bench.entra.approve_device(bench.entra.user(login), flow.code)
        return await waiting


@pytest.mark.parametrize(
    ("cloud", "login", "page"),
    [
        (CloudId.WORLDWIDE, PERSON, "https://login.microsoft.com/device"),
        (CloudId.CHINA, CUSTOMER, "https://microsoft.com/deviceloginchina"),
    ],
)
def test_a_code_a_resource(bench: Bench, cloud: CloudId, login: str, page: str) -> None:
    """The second code is for what the first was not for; then both are granted."""
    bench.entra.state.device_interval = 1

    async def main() -> None:
        async with bench.device(bench.app(cloud), MIXED) as flow:
            assert flow.page == page
            assert len(flow.code) == 9
            until = datetime.now(UTC) + timedelta(minutes=15)
            assert abs((flow.expires_at - until).total_seconds()) < 5
        given = await signed_in(bench, bench.app(cloud), login)
        assert given.sign_in.identity == login
        assert given.sign_in.granted == ("imap.accessasuser.all",)
        with pytest.raises(MailError) as caught:
            await bench.access(given, Permission.GRAPH_SEND)
        evidence = seen(caught)
        assert (evidence.fault, evidence.detail) == (Fault.UNGRANTED, "graph_send")
        assert evidence.codes == ("INVALID_GRANT", "AADSTS65001", "CONSENT_REQUIRED")
        given = await signed_in(bench, given.sign_in, login)
        assert given.sign_in.granted == ("imap.accessasuser.all", "mail.send")
        for permission in MIXED:
            given = kept(given, await bench.access(given, permission, force=True))

    knock(main())
    codes = [each.values["scope"] for each in bench.entra.seen("devicecode")]
    assert ["IMAP.AccessAsUser.All" in scope for scope in codes] == [True, True, False]


def test_what_was_agreed_to_before_needs_no_second_code(bench: Bench) -> None:
    bench.entra.state.device_interval = 1

    async def main() -> None:
        await bench.by_browser(permissions=MIXED)
        bench.entra.requests.clear()
        given = await signed_in(bench, bench.app(), PERSON)
        assert given.sign_in.granted == ("imap.accessasuser.all", "mail.send")

    knock(main())


def test_the_interval_is_kept_and_grows(bench: Bench) -> None:
    bench.entra.state.device_interval = 2
    bench.entra.fail_next("token", status=400, body={"error": "slow_down"}, times=1)
    times: list[float] = []

    async def main() -> None:
        async with bench.device() as flow:
            waiting = asyncio.create_task(flow.granted())
            while len(times) < 3:
                await asyncio.sleep(0.005)  # looks when the program asks
                times.extend([time.monotonic()] * (len(bench.entra.seen("token")) - len(times)))
            bench.entra.approve_device(bench.entra.user(PERSON), flow.code)
            await waiting

    knock(main())
    assert times[1] - times[0] > 7 * QUICK.second * 0.9  # 2 and 5 more
    assert times[2] - times[1] > 7 * QUICK.second * 0.9


def test_refusals_end_the_asking(bench: Bench) -> None:
    async def main() -> None:
        bench.entra.decline_consent()
        async with bench.device() as flow:
            bench.entra.approve_device(bench.entra.user(PERSON), flow.code)
            with pytest.raises(MailError) as caught:
                await flow.granted()
        assert seen(caught).codes == ("AUTHORIZATION_DECLINED", "AADSTS65004")
        async with bench.device() as flow:
            bench.entra.expire_codes()
            with pytest.raises(MailError) as caught:
                await flow.granted()
        assert seen(caught).codes == ("EXPIRED_TOKEN", "AADSTS70020")
        bench.entra.fail_next("token", 70018)
        async with bench.device() as flow:
            with pytest.raises(MailError) as caught:
                await flow.granted()
        assert seen(caught).codes == ("BAD_VERIFICATION_CODE", "AADSTS70018")
        bench.entra.register_app(OWN, device_allowed=False)
        async with bench.device(SignIn(OWN)) as flow:
            bench.entra.approve_device(bench.entra.user(PERSON), flow.code)
            with pytest.raises(MailError) as caught:
                await flow.granted()
        assert seen(caught).codes == ("INVALID_CLIENT", "AADSTS7000218")
        bench.entra.fail_next("devicecode", 700016)
        with pytest.raises(MailError) as caught:
            async with bench.device():
                pass
        assert seen(caught).codes == ("UNAUTHORIZED_CLIENT", "AADSTS700016")

    knock(main())


def test_a_code_that_runs_out_here(bench: Bench) -> None:
    answer = {
        "user_code": "ABC",
        "device_code": "d" * 40,
        "verification_uri": "http://evil.example",
        "interval": "1",
        "expires_in": "3",
    }
    bench.entra.fail_next("devicecode", status=200, body=answer)
    bench.entra.fail_next("token", 70016, times=100)

    async def main() -> None:
        async with bench.device() as flow:
            assert flow.page == "https://microsoft.com/devicelogin"  # the cloud's own
            with pytest.raises(MailError) as caught:
                await flow.granted()
        assert seen(caught).fault is Fault.WAITED

    knock(main())


def test_short_troubles_are_outlived_long_ones_not(bench: Bench) -> None:
    bench.entra.state.device_interval = 1

    async def main() -> None:
        bench.entra.fail_next("token", cut=True)
        bench.entra.fail_next("token", status=503, body="<html>busy", headers={"Retry-After": "1"})
        bench.entra.fail_next("token", 90033, error="temporarily_unavailable", status=500)
        async with bench.device() as flow:
            bench.entra.approve_device(bench.entra.user(PERSON), flow.code)
            assert (await flow.granted()).sign_in.identity == PERSON
        bench.entra.fail_next("token", cut=True, times=100)
        async with bench.device() as flow:
            with pytest.raises(MailError) as caught:
                await flow.granted()
        assert seen(caught).fault is Fault.CLOSED
        bench.entra.state.faults.clear()
        bench.entra.fail_next("token", status=200, body="<html>Sign in to the hotel")
        async with bench.device() as flow:
            with pytest.raises(MailError) as caught:
                await flow.granted()
        assert (seen(caught).fault, seen(caught).spoken) == (Fault.NOT_MAIL, "http")

    knock(main())


@pytest.mark.parametrize(
    "answer",
    [
        {"user_code": "ABC", "verification_uri": "https://microsoft.com/devicelogin"},
        {"user_code": "", "device_code": "x"},
        {"user_code": "x" * 300, "device_code": "x"},
        {"user_code": ["A"], "device_code": "x"},
        {"user_code": "A", "device_code": 5},
        {"user_code": "\u202e", "device_code": "x"},
        {"error": ""},
        {"error": ["x"]},
    ],
)
def test_codes_that_cannot_be(bench: Bench, answer: dict[str, object]) -> None:
    bench.entra.fail_next("devicecode", status=200, body=answer)

    async def main() -> None:
        with pytest.raises(MailError) as caught:
            async with bench.device():
                pass
        assert seen(caught).fault is Fault.GARBLED

    knock(main())


def test_intervals_that_cannot_be(bench: Bench) -> None:
    for interval in (0, -1, "x", None, 1e9, True):
        answer = {"user_code": "A", "device_code": "x", "interval": interval, "expires_in": -5}
        bench.entra.fail_next("devicecode", status=200, body=answer)

        async def main() -> None:
            async with bench.device() as flow:
                assert flow._flow["interval"] == 5
                assert flow._flow["expires_in"] == 900

        knock(main())


def test_cancelling_is_immediate(bench: Bench) -> None:
    """Between two questions, and in the middle of one."""
    bench.microsoft = bench.another(deadlines=replace(QUICK, second=60.0))

    async def main() -> None:
        for slow in (False, True):
            if slow:
                bench.microsoft = bench.another()
                bench.entra.fail_next("token", delay=1.0)
            async with bench.device() as flow:
                waiting = asyncio.create_task(flow.granted())
                await asyncio.sleep(0.3)  # until it sleeps, or its question hangs
                began = time.monotonic()
                waiting.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await waiting
            assert time.monotonic() - began < 0.25
        while not bench.entra.seen("token"):
            await asyncio.sleep(0.01)  # the platform has yet to notice

    knock(main())


def test_work_accounts(bench: Bench) -> None:
    bench.entra.state.device_interval = 1

    async def main() -> None:
        async with bench.device(permissions=MAIL) as flow:
            bench.entra.approve_device(bench.entra.user(WORKER), flow.code)
            given = await flow.granted()
        assert given.sign_in.granted == ("imap.accessasuser.all", "smtp.send")
        assert not given.sign_in.confidential
        imap = await bench.access(given, Permission.IMAP)
        smtp = await bench.access(given, Permission.SMTP)
        assert imap.access.token == smtp.access.token  # one token a resource

    knock(main())
