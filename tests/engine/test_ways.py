"""The way of one check: its own proxy, and a proxy's password for that very proxy only."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from laifaxin_desktop.engine.draft import Draft, with_proxy, with_settings
from laifaxin_desktop.engine.gates import Gates
from laifaxin_desktop.engine.ports import Observe
from laifaxin_desktop.engine.ways import ByRoute, proxy_secret_for
from laifaxin_desktop.model.account import Capabilities, Settings
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.problem import Evidence, Fault, MailError, Stage
from laifaxin_desktop.model.provider import AuthWay, Endpoint, Protocol, Security
from laifaxin_desktop.model.report import Report, StageResult
from laifaxin_desktop.model.route import Proxy, ProxyKind, Route
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.store.accounts import AccountStore
from tests.engine.world import World, mail
from tests.mail.peers import serving
from tests.mail.proxies import PROXY_SECRET, PROXY_USER, Carrier
from tests.servers.authority import Authority
from tests.store.parts import HUNTER, DictPlace, account

PROXY = Proxy(ProxyKind.HTTP, "proxy.example", 8080, "bob")
OTHER = replace(PROXY, host="other.example")
SETTINGS = replace(account().settings, proxy=PROXY)
OLD, NEW = Secret("of proxy.example"), Secret("of other.example")


@pytest.fixture
def world(authority: Authority) -> World:
    return World(authority.client_context())


def test_another_process_changes_the_proxy_while_its_password_is_read(tmp_path: Path) -> None:
    """The new one's password must not go to the old one."""
    place = DictPlace()

    async def work() -> None:
        stored = replace(account(), settings=SETTINGS)
        window, other = [await AccountStore.open(tmp_path, place) for _ in range(2)]
        await window.save(stored, HUNTER, None, OLD)
        read = window.proxy_secret

        async def late(account_id: str) -> Secret:
            changed = replace(stored, settings=replace(SETTINGS, proxy=OTHER))
            await other.save(changed, HUNTER, None, NEW)
            return await read(account_id)

        assert await proxy_secret_for(SETTINGS, None, stored.id, window) == OLD
        window.proxy_secret = late  # type: ignore[method-assign]
        with pytest.raises(MailError) as caught:
            await proxy_secret_for(SETTINGS, None, stored.id, window)
        seen = caught.value.evidence
        assert (seen.stage, seen.fault, seen.detail) == (
            Stage.VAULT, Fault.MISSING, "changed_elsewhere",
        )  # fmt: skip
        await window.close()
        await other.close()

    asyncio.run(work())


@pytest.mark.parametrize("kind", list(ProxyKind))
@pytest.mark.parametrize("good", [True, False])
def test_a_proxy_is_told_its_password_once_until_it_lets_us_through(
    world: World, kind: ProxyKind, good: bool
) -> None:
    """Two halves of an account at once would be two wrong tries."""

    async def work() -> tuple[Report, int, int]:
        async with (
            world.at("imap.corp.example", 143, mail(Protocol.IMAP)) as server,
            serving(Carrier(server.port, login=True).handler(kind)) as proxy,
        ):
            end = Endpoint(Protocol.IMAP, "imap.corp.example", 143, Security.PLAIN)
            other = replace(end, host="another.corp.example")  # what it speaks does not matter
            settings = Settings(end, other, AuthWay.PASSWORD).through(
                Proxy(kind, "127.0.0.1", proxy.port, PROXY_USER)
            )
            world.places["127.0.0.1", proxy.port] = proxy.port
            report = await world.checker(seconds=0.5).check(
                Address("li", "corp.example"), settings, HUNTER,
                proxy_secret=Secret(PROXY_SECRET if good else "wrong"),
            )  # fmt: skip
            return report, proxy.connections, server.connections

    report, asked, carried = asyncio.run(work())
    problems = [leg.diagnosis.problem if leg.diagnosis else "ok" for leg in report.legs]
    if good:  # as far as this server goes
        assert problems == ["garbled_reply"] * 2
        assert (asked, carried) == (2, 2)
        return
    assert problems == ["proxy_login_failed"] * 2
    assert asked == 1
    for leg in report.legs:
        seen = leg.diagnosis.evidence if leg.diagnosis else None
        assert seen is not None
        assert (seen.host, seen.port) == (leg.endpoint.host, leg.endpoint.port)


def test_whoever_gives_up_lets_the_next_one_ask(world: World) -> None:
    asked: list[str] = []

    async def probe(end: Endpoint, *_: object) -> Capabilities:
        asked.append(end.host)
        await asyncio.Event().wait()
        return Capabilities()

    async def work() -> None:
        way = ByRoute(probe, Route(proxy=PROXY, proxy_secret=OLD), {})  # type: ignore[arg-type]
        ends = [Endpoint(Protocol.IMAP, host, 993, Security.TLS) for host in "abc"]
        tasks = [asyncio.create_task(way(end, None, lambda _: None)) for end in ends]
        for number, task in enumerate(tasks):
            await asyncio.sleep(0.01)  # whoever may ask does
            assert asked == ["a", "b", "c"][: number + 1]
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(work())


def test_a_hundred_accounts_are_one_wrong_try() -> None:
    """They share their proxy, whose password was changed; later they are all asked again."""
    refusing, refused = [True], Evidence(Stage.CONNECT, Fault.PROXY_LOGIN, proxy=str(PROXY))
    asked: list[str] = []

    async def probe(end: Endpoint, _: object, observe: Observe, route: Route) -> Capabilities:
        asked.append(end.host)
        await asyncio.sleep(0.01)
        if refusing[0]:
            raise MailError(refused)
        observe(StageResult(Stage.CONNECT, True, 1))
        return Capabilities()

    async def everybody(gates: Gates, secret: Secret) -> list[object]:
        ends = [Endpoint(Protocol.IMAP, f"{n}.example", 993, Security.TLS) for n in range(100)]
        ways = [ByRoute(probe, Route((), PROXY, secret), {}, gates) for _ in ends]
        asking = (way(end, None, lambda _: None) for way, end in zip(ways, ends, strict=True))
        return await asyncio.gather(*asking, return_exceptions=True)

    async def work(patch: pytest.MonkeyPatch) -> None:
        gates = Gates()
        first = await everybody(gates, OLD)
        assert len(asked) == 1
        seen = [one.evidence for one in first if isinstance(one, MailError)]
        assert [one.host for one in seen[1:]] == [f"{n}.example" for n in range(1, 100)]
        assert {one.fault for one in seen} == {Fault.PROXY_LOGIN}
        refusing[0] = False
        assert all(isinstance(one, Capabilities) for one in await everybody(gates, NEW))
        asked.clear()
        await everybody(gates, OLD)
        assert asked == []  # this moment nobody tries the old one again
        now = asyncio.get_running_loop().time
        patch.setattr(asyncio.get_running_loop(), "time", lambda: now() + 60)
        assert all(isinstance(one, Capabilities) for one in await everybody(gates, OLD))

    with pytest.MonkeyPatch.context() as patch:
        asyncio.run(work(patch))


def test_a_proxy_that_only_does_not_get_through_is_asked_side_by_side() -> None:
    """It has taken the password; a closer look has three seconds for all its places."""
    asking: list[str] = []

    async def probe(end: Endpoint, *_: object) -> Capabilities:
        asking.append(end.host)
        if len(asking) > 1:
            await asyncio.Event().wait()
        raise MailError(Evidence(Stage.CONNECT, Fault.PROXY_TARGET))

    async def work() -> None:
        way = ByRoute(probe, Route(proxy=PROXY, proxy_secret=OLD), {})  # type: ignore[arg-type]
        ends = [Endpoint(Protocol.IMAP, host, 993, Security.TLS) for host in "abcd"]
        tasks = [asyncio.create_task(way(end, None, lambda _: None)) for end in ends]
        await asyncio.wait(tasks, timeout=0.1)
        assert asking == ["a", "b", "c", "d"]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(work())


def test_a_typed_password_goes_when_other_settings_bring_another_proxy() -> None:
    draft = with_settings(Draft(), Settings(None, None, AuthWay.PASSWORD))
    draft = with_proxy(draft, PROXY, OLD)
    assert draft.settings is not None
    for proxy, kept in ((PROXY, OLD), (OTHER, None), (None, None)):
        changed = with_settings(draft, replace(draft.settings, proxy=proxy))
        assert changed.proxy_secret == kept
