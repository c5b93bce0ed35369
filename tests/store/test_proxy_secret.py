"""The password of an account's own proxy: sealed beside the account's own, gone with its proxy."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from laifaxin_desktop.model.account import Account, Settings
from laifaxin_desktop.model.problem import Doubt, Fault
from laifaxin_desktop.model.provider import AuthWay
from laifaxin_desktop.model.route import Pin, Proxy, ProxyKind
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.store import schema
from laifaxin_desktop.store.accounts import FILE, AccountStore
from laifaxin_desktop.store.sealed import Slot
from tests.store.parts import HUNTER, IMAP, DictPlace, account, fails, report, with_store

PROXY = Proxy(ProxyKind.SOCKS5, "proxy.example", 1080, "bob@corp")
OTHER = replace(PROXY, host="other.example")
PIN = Pin("imap.qq.com", 993, "0f" * 32, (Doubt.WRONG_HOST,))
AT_PROXY = Secret("proxy-hunter4-é-漢")


def behind(proxy: Proxy | None = PROXY, number: int = 1) -> Account:
    """An account with a proxy and an exception."""
    one = account(number)
    return replace(one, settings=one.settings.through(proxy).pinning(PIN))


def kinds(folder: Path) -> list[str]:
    """What is sealed in the file."""
    connection = sqlite3.connect(folder / FILE)
    try:
        return [kind for (kind,) in connection.execute("SELECT kind FROM secrets ORDER BY kind")]
    finally:
        connection.close()


def test_settings_and_both_secrets_come_back(folder: Path, place: DictPlace) -> None:
    async def fill(store: AccountStore) -> None:
        await store.save(behind(), HUNTER, report(behind()), AT_PROXY)

    async def look(store: AccountStore) -> None:
        assert await store.all() == (behind(),)
        assert await store.secret("id-1") == HUNTER
        assert await store.proxy_secret("id-1") == AT_PROXY
        assert await store.reports() == {"id-1": report(behind())}

    with_store(folder, fill, place)
    with_store(folder, look, place)
    assert kinds(folder) == ["password", "proxy"]


def test_each_stays_what_it_is_while_the_other_changes(folder: Path, place: DictPlace) -> None:
    async def work(store: AccountStore) -> None:
        await store.save(behind(), HUNTER, None, AT_PROXY)
        await store.save(behind(), Secret("another"), None)
        assert await store.proxy_secret("id-1") == AT_PROXY
        now = await store.get("id-1")
        assert now is not None
        await store.save(now, None, None, Secret("new at the proxy"))
        assert await store.secret("id-1") == Secret("another")
        assert await store.proxy_secret("id-1") == Secret("new at the proxy")
        signed_in = Settings(IMAP, None, AuthWay.MICROSOFT, proxy=PROXY)
        await store.save(replace(now, settings=signed_in), Secret("tokens"), None)
        assert await store.secret("id-1") == Secret("tokens")
        assert await store.proxy_secret("id-1") == Secret("new at the proxy")

    with_store(folder, work, place)
    assert kinds(folder) == ["proxy", "sign_in"]


@pytest.mark.parametrize("after", [None, OTHER, replace(PROXY, username="eve")], ids=str)
@pytest.mark.parametrize("typed_anew", [False, True])
@pytest.mark.parametrize("mode", ["sealed", "memory"])
def test_it_never_goes_on_to_another_proxy(
    folder: Path, place: DictPlace, after: Proxy | None, typed_anew: bool, mode: str
) -> None:
    async def work(store: AccountStore) -> None:
        if mode == "memory":
            await store.vault.use_memory()
        await store.save(behind(), HUNTER, None, AT_PROXY)
        now = await store.get("id-1")
        assert now is not None
        moved = replace(now, settings=now.settings.through(after))
        await store.save(moved, HUNTER if typed_anew else None, None)
        with fails(Fault.MISSING, "no_secret"):
            await store.proxy_secret("id-1")
        assert await store.secret("id-1") == HUNTER
        back = await store.get("id-1")
        assert back is not None
        await store.save(replace(back, settings=behind().settings), None, None)
        with fails(Fault.MISSING, "no_secret"):  # gone is gone
            await store.proxy_secret("id-1")

    with_store(folder, work, place)
    assert kinds(folder) == (["password"] if mode == "sealed" else [])


def test_a_new_way_is_a_new_revision_and_voids_the_report(folder: Path, place: DictPlace) -> None:
    async def work(store: AccountStore) -> None:
        one = account()
        await store.save(one, HUNTER, report(one))
        for way in (
            one.settings.through(PROXY),
            one.settings.through(None, directly=True),
            one.settings.pinning(PIN),
            one.settings,
        ):
            now = await store.get("id-1")
            assert now is not None
            await store.save(replace(now, settings=way), None, None)
            assert await store.reports() == {}
            await store.save_report(report(one), now.revision)  # of a check that began before
            assert await store.reports() == {}
            after = await store.get("id-1")
            assert after is not None
            assert (after.revision, after.settings) == (now.revision + 1, way)
            await store.save_report(report(one), after.revision)

    with_store(folder, work, place)


def test_it_goes_with_the_account(folder: Path, place: DictPlace) -> None:
    async def work(store: AccountStore) -> None:
        for way in ("sealed", "memory"):
            if way == "memory":
                await store.vault.use_memory()
            await store.save(behind(), HUNTER, None, AT_PROXY)
            await store.remove("id-1")
            assert not any(store.vault.holds("id-1", slot) for slot in Slot)
            with fails(Fault.MISSING):
                await store.proxy_secret("id-1")

    with_store(folder, work, place)
    assert kinds(folder) == []


def test_it_is_no_way_in(folder: Path, place: DictPlace) -> None:
    """An account that has only its proxy's password has no secret, and no good report."""

    async def work(store: AccountStore) -> None:
        await store.save(behind(), HUNTER, report(behind()), AT_PROXY)
        await store.forget_secret("id-1")
        with fails(Fault.MISSING, "no_secret"):
            await store.secret("id-1")
        assert await store.proxy_secret("id-1") == AT_PROXY  # the next sign-in goes through it
        now = await store.get("id-1")
        assert now is not None
        await store.save_report(report(behind()), now.revision)
        assert await store.reports() == {}

    with_store(folder, work, place)


def test_it_follows_the_others_from_place_to_place(folder: Path, place: DictPlace) -> None:
    async def work(store: AccountStore) -> None:
        async def both() -> None:
            assert await store.secret("id-1") == HUNTER
            assert await store.proxy_secret("id-1") == AT_PROXY

        await store.vault.use_memory()
        await store.save(behind(), HUNTER, None, AT_PROXY)
        await both()
        assert kinds(folder) == []
        await store.vault.use_keychain()
        await both()
        assert kinds(folder) == ["password", "proxy"]
        for _ in range(2):
            await store.rotate_key()
            await both()
        await store.vault.set_master_password(Secret("main"))
        await both()

    async def locked(store: AccountStore) -> None:
        with fails(Fault.LOCKED):
            await store.proxy_secret("id-1")
        assert await store.vault.unlock(Secret("main"))
        assert await store.proxy_secret("id-1") == AT_PROXY

    with_store(folder, work, place)
    with_store(folder, locked, place)
    assert kinds(folder) == ["password", "proxy"]


def test_swapped_with_the_accounts_own_it_is_noticed(folder: Path, place: DictPlace) -> None:
    async def fill(store: AccountStore) -> None:
        await store.save(behind(), HUNTER, None, AT_PROXY)

    async def look(store: AccountStore) -> None:
        for ask in (store.secret, store.proxy_secret):
            with fails(Fault.MISSING, "bad_seal"):
                await ask("id-1")

    with_store(folder, fill, place)
    with sqlite3.connect(folder / FILE) as connection:
        [(one,), (other,)] = connection.execute("SELECT sealed FROM secrets ORDER BY kind")
        for kind, value in (("password", other), ("proxy", one)):
            connection.execute("UPDATE secrets SET sealed = ? WHERE kind = ?", (value, kind))
    connection.close()
    with_store(folder, look, place)


def test_a_failure_between_stores_neither(folder: Path, place: DictPlace) -> None:
    async def work(store: AccountStore) -> None:
        await store.save(behind(), HUNTER, None, AT_PROXY)
        await store.remove("id-1")
        place.fault = None
        write = store._database.write

        async def fails_late(job: object) -> object:
            def broken(connection: sqlite3.Connection) -> object:
                job(connection)  # type: ignore[operator]
                raise sqlite3.OperationalError("disk I/O error")

            return await write(broken)

        store._database.write = fails_late  # type: ignore[method-assign, assignment]
        with pytest.raises(sqlite3.OperationalError):
            await store.save(behind(), HUNTER, None, AT_PROXY)
        store._database.write = write  # type: ignore[method-assign]
        assert await store.all() == ()

    with_store(folder, work, place)
    assert kinds(folder) == []


STRANGE = {
    "a proxy that is no table": {"proxy": "socks5://p:1"},
    "an unknown kind": {"proxy": {"kind": "socks4", "host": "p", "port": 1, "username": ""}},
    "a port that cannot be": {"proxy": {"kind": "http", "host": "p", "port": 70000}},
    "a line break in its name": {"proxy": {"kind": "http", "host": "p\r\nx", "port": 1}},
    "nobody's name": {"proxy": {"kind": "http", "host": "", "port": 1}},
    "a colon in a user name": {
        "proxy": {"kind": "http", "host": "p", "port": 1, "username": "a:b"}
    },
    "a fingerprint that is none": {"pins": [{"host": "h", "port": 993, "sha256": "0F"}]},
    "an exception for all ports": {"pins": [{"host": "h", "port": 0, "sha256": "0f" * 32}]},
    "an unknown doubt": {
        "pins": [{"host": "h", "port": 1, "sha256": "0f" * 32, "despite": ["all"]}]
    },
    "a way of tomorrow": {"vpn": True},
}


@pytest.mark.parametrize("strange", STRANGE.values(), ids=STRANGE)
def test_strange_ways_are_never_followed(
    folder: Path, place: DictPlace, strange: dict[str, object]
) -> None:
    """Not even as a way without them: the account stays, its servers are asked for anew."""

    async def fill(store: AccountStore) -> None:
        await store.save(behind(), HUNTER, None, AT_PROXY)

    async def look(store: AccountStore) -> None:
        [one] = await store.all()
        assert one.settings == Settings(None, None, AuthWay.PASSWORD)
        repaired = replace(one, settings=account().settings)
        await store.save(repaired, HUNTER, None)

    with_store(folder, fill, place)
    with sqlite3.connect(folder / FILE) as connection:
        [(settings,)] = connection.execute("SELECT settings FROM accounts")
        text = json.dumps(json.loads(settings) | strange)
        connection.execute("UPDATE accounts SET settings = ?", (text,))
    connection.close()
    with_store(folder, look, place)
    assert kinds(folder) == ["password"]


def test_the_version_before_opens(folder: Path, place: DictPlace) -> None:
    """Its settings know nothing of the way, and it must not open a file of today."""

    async def fill(store: AccountStore) -> None:
        await store.save(account(), HUNTER, report(account()))

    async def look(store: AccountStore) -> None:
        [one] = await store.all()
        assert (one, await store.secret("id-1")) == (account(), HUNTER)
        assert await store.reports() == {"id-1": report(account())}
        await store.save(replace(one, settings=behind().settings), None, None, AT_PROXY)
        assert await store.proxy_secret("id-1") == AT_PROXY

    with_store(folder, fill, place)
    with sqlite3.connect(folder / FILE) as connection:
        [(settings,)] = connection.execute("SELECT settings FROM accounts")
        plain = json.loads(settings)
        for new in ("pins", "proxy", "directly"):
            del plain[new]
        connection.execute("UPDATE accounts SET settings = ?", (json.dumps(plain),))
        connection.execute("PRAGMA user_version = 3")
    connection.close()
    with_store(folder, look, place)
    connection = sqlite3.connect(folder / FILE)
    assert schema.version_of(connection) == schema.VERSION > 3
    connection.close()


def test_two_stores_on_one_file(folder: Path, place: DictPlace) -> None:
    """The window keeps a proxy's password that the command line has just replaced."""

    async def work() -> None:
        window = await AccountStore.open(folder, place)
        line = await AccountStore.open(folder, place)
        try:
            await window.save(behind(), HUNTER, None, AT_PROXY)
            seen = await line.get("id-1")
            assert seen is not None
            await line.save(seen, None, None, Secret("newer"))
            with fails(Fault.MISSING, "changed_elsewhere"):
                await window.save(seen, None, None, Secret("too late"))
            assert await window.proxy_secret("id-1") == Secret("newer")
        finally:
            await line.close()
            await window.close()

    asyncio.run(work())
