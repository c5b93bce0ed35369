"""Given up at every turn of the loop: no task, no socket, no waiting thread is left."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest

from laifaxin_desktop.model.microsoft import Permission
from laifaxin_desktop.model.problem import Fault, MailError
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.oauth.thread import Sockets, in_thread
from tests.servers.browser import browse
from tests.servers.entra.cast import PERSON

from .knocking import knock
from .signing import MIXED, QUICK, Bench, seen, threads

TURNS = (*range(12), 0.002, 0.01, 0.03, 0.06, 0.1)  # of the loop, then seconds


async def after(turns: float) -> None:
    """That many turns of the loop, or that long."""
    if isinstance(turns, int):
        for _ in range(turns):
            await asyncio.sleep(0)
    else:
        await asyncio.sleep(turns)  # for the points that only time reaches


async def given_up(bench: Bench, flow: Callable[[], Coroutine[Any, Any, Any]]) -> int:
    """Cancel it at every point in turn; how often that came in time."""
    cancelled = 0
    for turns in TURNS:
        task = asyncio.create_task(flow())
        await after(turns)
        began = time.monotonic()
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            cancelled += 1
        except MailError as error:
            if error.evidence.fault not in (Fault.CLOSED, Fault.UNREACHABLE):
                raise
        assert time.monotonic() - began < 0.25
        while threads():
            await asyncio.sleep(0.005)  # those that were just reading
    return cancelled


def test_the_browser(bench: Bench) -> None:
    async def flow() -> None:
        async with bench.microsoft.browser(bench.app(), MIXED, hint=PERSON) as flow:
            asyncio.get_running_loop().run_in_executor(None, browse, flow.url, {})
            await flow.granted()

    async def main() -> None:
        assert await given_up(bench, flow) > 5

    knock(main())


def test_a_device(bench: Bench) -> None:
    bench.entra.state.device_interval = 1

    async def flow() -> None:
        async with bench.microsoft.device(bench.app(), MIXED) as flow:
            bench.entra.approve_device(bench.entra.user(PERSON), flow.code)
            await flow.granted()

    async def main() -> None:
        assert await given_up(bench, flow) > 5

    knock(main())


def test_redeeming(bench: Bench) -> None:
    token = bench.refresh_token(
        PERSON,
        "https://outlook.office.com/IMAP.AccessAsUser.All https://graph.microsoft.com/Mail.Send",
    )

    async def flow() -> None:
        await bench.microsoft.redeem(bench.app(), MIXED, token)

    async def main() -> None:
        assert await given_up(bench, flow) > 5

    knock(main())


def test_a_renewal_goes_on_and_is_not_lost(bench: Bench) -> None:
    bench.entra.state.strict_rotation = True

    async def main() -> None:
        given = await bench.by_browser()

        async def flow() -> None:
            await bench.access(given, force=True)

        assert await given_up(bench, flow) > 5
        await bench.access(given, force=True)

    knock(main())


def test_the_page_is_shown_even_if_the_block_is_left_at_once(bench: Bench) -> None:
    """A browser gets its page before the door is closed on it."""

    async def main() -> None:
        visit = None
        async with bench.microsoft.browser(bench.app(), MIXED, hint=PERSON) as flow:
            visit = asyncio.create_task(asyncio.to_thread(browse, flow.url, {"favicon": False}))
            await flow.granted()
        steps = (await visit)["steps"]
        assert 'class="done"' in steps[-1]["page"]

    knock(main())


def test_left_without_waiting(bench: Bench) -> None:
    async def main() -> None:
        async with bench.microsoft.browser(bench.app(), MIXED):
            pass
        async with bench.microsoft.device(bench.app(), MIXED):
            pass
        with pytest.raises(KeyError):
            async with bench.microsoft.browser(bench.app(), MIXED):
                raise KeyError

    knock(main())


def test_a_thread_that_hangs_is_left_behind() -> None:
    async def main() -> None:
        cuts: list[int] = []
        began = time.monotonic()
        with pytest.raises(MailError) as caught:
            await in_thread(lambda: time.sleep(0.6), 0.1, "h", cut=lambda: cuts.append(1))
        assert seen(caught).fault is Fault.TIMEOUT
        assert time.monotonic() - began < 0.5
        assert cuts == [1]

    knock(main())
    while threads():
        time.sleep(0.01)  # the sleeper


def test_a_mistake_of_ours_in_a_thread_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[object] = []
    monkeypatch.setattr(threading, "excepthook", lambda args: told.append(args.exc_type))

    async def main() -> None:
        with pytest.raises(RuntimeError, match="died"):
            await in_thread(lambda: [].pop(), 5, "h")

    knock(main())
    while threads():
        time.sleep(0.01)  # it tells before it ends
    assert told == [IndexError]


def test_ending_the_loop_does_not_wait_for_threads() -> None:
    began = time.monotonic()

    async def main() -> None:
        asyncio.create_task(in_thread(lambda: time.sleep(1.0), 9, "h"))  # noqa: RUF006
        await asyncio.sleep(0.05)

    asyncio.run(main())
    assert time.monotonic() - began < 0.9
    while threads():
        time.sleep(0.01)  # the sleeper


def test_a_connection_made_after_the_cut_is_cut_too(bench: Bench) -> None:
    sockets = Sockets()
    sockets.cut()

    async def main() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", bench.entra.http_port)
        sockets.add(writer.get_extra_info("socket"))
        assert await reader.read() == b""
        writer.close()

    knock(main())


def test_nobody_is_asked_twice_at_a_time_for_long(bench: Bench) -> None:
    """A sign-in service that hangs holds up four renewals, not the rest of the program."""
    bench.microsoft = bench.another(deadlines=replace(QUICK, work=0.2))

    async def main() -> None:
        given = await bench.by_browser()
        bench.entra.fail_next("token", delay=0.8, times=4)
        renewals = [asyncio.create_task(bench.access(given, force=True)) for _ in range(8)]
        done = await asyncio.gather(*renewals, return_exceptions=True)
        faults = [each.evidence.fault for each in done if isinstance(each, MailError)]
        assert faults == [Fault.TIMEOUT] * 4
        while threads():
            await asyncio.sleep(0.01)  # the late answers

    knock(main())


def test_secrets_given_are_left_alone(bench: Bench) -> None:
    """An app secret that happens to be JSON is not taken for what we store."""

    async def main() -> None:
        for value in ('{"a": "b"}', "[]", "5", "null"):
            with pytest.raises(MailError) as caught:
                await bench.microsoft.redeem(
                    bench.app(), (Permission.IMAP,), Secret("r" * 99), client_secret=Secret(value)
                )
            assert bench.entra.seen("token")[-1].values["client_secret"] == value
            assert seen(caught).fault is Fault.REJECTED

    knock(main())
