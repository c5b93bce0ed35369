"""Tokens that rotate: put in the place of the old ones and of nothing else, whoever is faster."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from laifaxin_desktop.model.account import Account, Settings
from laifaxin_desktop.model.microsoft import SignIn
from laifaxin_desktop.model.problem import Fault
from laifaxin_desktop.model.provider import AuthWay
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.store import accounts
from laifaxin_desktop.store.accounts import FILE, AccountStore
from laifaxin_desktop.store.database import Database
from laifaxin_desktop.store.fault import StoreError, StoreFault
from laifaxin_desktop.store.keychain import vault_error
from laifaxin_desktop.store.sealed import MOST_BYTES
from tests.store.parts import (
    HUNTER,
    IMAP,
    SETTINGS,
    SMTP,
    DictPlace,
    account,
    fails,
    report,
    with_store,
)

OLD, NEW, NEWER = Secret("old tokens é漢"), Secret("new tokens é漢"), Secret("newer tokens")
SIGNED_IN = Settings(IMAP, SMTP, AuthWay.MICROSOFT, sign_in=SignIn("client", identity="li@a.cn"))
MODES = ("keychain", "memory", "main password")


def signed_in(number: int = 1, way: AuthWay = AuthWay.MICROSOFT) -> Account:
    """An account that signed in with Microsoft."""
    return replace(account(number), settings=replace(SIGNED_IN, auth=way))


def kinds(folder: Path) -> list[tuple[str, str]]:
    """What stands in the closed file."""
    connection = sqlite3.connect(folder / FILE)
    try:
        return connection.execute("SELECT account, kind FROM secrets ORDER BY account").fetchall()
    finally:
        connection.close()


async def choose(store: AccountStore, mode: str) -> None:
    """Where secrets are kept."""
    if mode == "memory":
        await store.vault.use_memory()
    if mode == "main password":
        await store.vault.set_master_password(Secret("main"))


# ---- the kind ----


@pytest.mark.parametrize("way", [AuthWay.MICROSOFT, AuthWay.REFRESH_TOKEN])
@pytest.mark.parametrize("mode", MODES)
def test_an_account_has_one_secret_whatever_its_way_was(
    folder: Path, place: DictPlace, mode: str, way: AuthWay
) -> None:
    async def work(store: AccountStore) -> None:
        await choose(store, mode)
        for settings, secret in (
            (SETTINGS, HUNTER),
            (replace(SIGNED_IN, auth=way), OLD),
            (SETTINGS, HUNTER),
            (replace(SIGNED_IN, auth=way), NEW),
        ):
            await store.save(replace(account(), settings=settings), secret, report(account()))
            assert await store.secret("id-1") == secret
            assert await store._database.rows("SELECT count(*) FROM secrets") == [
                (int(mode != "memory"),)
            ]
            assert set(await store.reports()) == {"id-1"}
            await store.rotate_key()
            assert await store.secret("id-1") == secret

    with_store(folder, work, place)
    assert kinds(folder) == ([] if mode == "memory" else [("id-1", "sign_in")])


def test_both_kinds_go_everywhere_together(folder: Path, place: DictPlace) -> None:
    """From memory to the keychain, under a main password, and back."""

    async def work(store: AccountStore) -> None:
        await store.vault.use_memory()
        await store.save(account(1), HUNTER, None)
        await store.save(signed_in(2), OLD, None)
        for move in (
            store.vault.use_keychain,
            partial(store.vault.set_master_password, Secret("main")),
            store.vault.use_keychain,
            store.rotate_key,
        ):
            await move()
            assert (await store.secret("id-1"), await store.secret("id-2")) == (HUNTER, OLD)

    with_store(folder, work, place)
    assert kinds(folder) == [("id-1", "password"), ("id-2", "sign_in")]


@pytest.mark.parametrize("mode", MODES)
def test_tokens_never_become_a_password(folder: Path, place: DictPlace, mode: str) -> None:
    """Servers may be changed without a new secret, but not the kind of secret."""

    async def work(store: AccountStore) -> None:
        await choose(store, mode)
        await store.save(signed_in(1), OLD, None)
        await store.save(account(2), HUNTER, None)
        with fails(Fault.MISSING, "no_secret"):
            await store.save(account(1), None, None)
        with fails(Fault.MISSING, "no_secret"):
            await store.save(signed_in(2), None, None)
        assert await store.all() == (signed_in(1), account(2))
        other = signed_in(1, AuthWay.REFRESH_TOKEN)
        await store.save(other, None, None)
        assert await store.get("id-1") == replace(other, revision=1)
        assert await store.secret("id-1") == OLD

    with_store(folder, work, place)


@pytest.mark.parametrize("mode", MODES)
def test_tokens_of_an_account_that_no_longer_decodes_are_no_password(
    folder: Path, place: DictPlace, mode: str
) -> None:
    """Its servers are asked for anew; a check with them must not be given the tokens."""

    async def work(store: AccountStore) -> None:
        await choose(store, mode)
        await store.save(signed_in(), OLD, None)
        await store._database.execute("""UPDATE accounts SET settings = '{"auth": "telepathy"}'""")
        now = await store.get("id-1")
        assert now is not None
        assert now.settings.auth is AuthWay.PASSWORD
        with fails(Fault.MISSING, "no_secret"):
            await store.secret("id-1")

    with_store(folder, work, place)


def test_a_sealed_password_does_not_open_as_tokens(folder: Path, place: DictPlace) -> None:
    async def work(store: AccountStore) -> None:
        await store.save(account(), HUNTER, None)
        await store._database.execute("UPDATE secrets SET kind = 'sign_in'")
        with fails(Fault.MISSING, "bad_seal"):
            await store.secret("id-1")
        with fails(Fault.MISSING, "bad_seal"):
            await store.renew_secret("id-1", 0, HUNTER, NEW)

    with_store(folder, work, place)


@pytest.mark.parametrize("mode", MODES)
def test_a_secret_can_be_dropped_and_the_account_kept(
    folder: Path, place: DictPlace, mode: str
) -> None:
    async def work(store: AccountStore) -> None:
        await choose(store, mode)
        await store.save(signed_in(), OLD, report(account()))
        await store.forget_secret("id-1")
        with fails(Fault.MISSING, "no_secret"):
            await store.secret("id-1")
        now = await store.get("id-1")
        assert now == replace(signed_in(), revision=1)
        assert not await store.renew_secret("id-1", 1, OLD, NEW)
        await store.save_report(report(account(), ok=False), 0)  # of a check that was under way
        assert await store.reports() == {}
        assert now is not None
        await store.save(now, NEW, None)
        assert await store.secret("id-1") == NEW

    with_store(folder, work, place)


# ---- renewing ----


@pytest.mark.parametrize("mode", MODES)
def test_renewing_changes_the_secret_and_nothing_else(
    folder: Path, place: DictPlace, mode: str
) -> None:
    async def work(store: AccountStore) -> None:
        await choose(store, mode)
        await store.save(signed_in(), OLD, report(account()))
        assert await store.renew_secret("id-1", 0, OLD, NEW)
        assert await store.secret("id-1") == NEW
        assert await store.get("id-1") == signed_in()
        assert await store.reports() == {"id-1": report(account())}
        assert not await store.renew_secret("id-1", 0, OLD, NEWER)
        assert not await store.renew_secret("id-1", 1, NEW, NEWER)
        assert not await store.renew_secret("nobody", 0, NEW, NEWER)
        assert await store.secret("id-1") == NEW
        assert await store.renew_secret("id-1", 0, NEW, NEW)  # as good as before
        await store.rotate_key()
        assert await store.renew_secret("id-1", 0, NEW, NEWER)
        assert await store.secret("id-1") == NEWER

    with_store(folder, work, place)
    if mode == "keychain":
        assert with_store(folder, lambda store: store.secret("id-1"), place) == NEWER
    if mode == "memory":
        assert kinds(folder) == []


def test_a_sealed_secret_stays_sealed_also_when_new_ones_are_kept_in_memory(
    folder: Path, place: DictPlace
) -> None:
    """A renewal that nobody sees takes no account out of the file."""

    async def work(store: AccountStore) -> None:
        await store.save(signed_in(), OLD, None)
        await store.vault.use_memory()
        assert await store.renew_secret("id-1", 0, OLD, NEW)

    with_store(folder, work, place)
    assert with_store(folder, lambda store: store.secret("id-1"), place) == NEW


def test_what_only_a_former_key_opens_is_renewed_with_it(folder: Path, place: DictPlace) -> None:
    with_store(folder, lambda store: store.save(signed_in(), OLD, None), place)
    place.fault = vault_error(Fault.NO_KEYCHAIN)

    async def work(store: AccountStore) -> None:
        await store.vault.set_master_password(Secret("main"))
        with fails(Fault.MISSING, "out_of_reach"):
            await store.renew_secret("id-1", 0, OLD, NEW)
        place.fault = None
        assert await store.renew_secret("id-1", 0, OLD, NEW)
        assert await store.secret("id-1") == NEW

    with_store(folder, work, place)


@pytest.mark.parametrize("size", [7_400, 12_000, 100_000, MOST_BYTES])
def test_long_tokens(folder: Path, place: DictPlace, size: int) -> None:
    old, new = Secret("a" * size), Secret("b" * size)

    async def work(store: AccountStore) -> None:
        await store.save(signed_in(), old, None)
        assert await store.renew_secret("id-1", 0, old, new)
        assert await store.secret("id-1") == new

    with_store(folder, work, place)


@pytest.mark.parametrize("mode", ["keychain", "memory"])
def test_what_is_too_long_is_refused_and_changes_nothing(
    folder: Path, place: DictPlace, mode: str
) -> None:
    huge = Secret("漢" * (MOST_BYTES // 3 + 1))

    async def work(store: AccountStore) -> None:
        await choose(store, mode)
        await store.save(signed_in(), OLD, None)
        for attempt in (
            store.save(signed_in(), huge, None),
            store.save(signed_in(2), huge, None),
            store.renew_secret("id-1", 0, OLD, huge),
        ):
            with pytest.raises(StoreError) as caught:
                await attempt
            assert caught.value.kind is StoreFault.TOO_LARGE
        assert await store.all() == (signed_in(),)
        assert await store.secret("id-1") == OLD

    with_store(folder, work, place)


def test_a_burst_of_renewals_does_not_empty_the_log_each_time(
    folder: Path, place: DictPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work(store: AccountStore) -> None:
        for number in range(20):
            await store.save(signed_in(number), OLD, None)
        scrubs: list[None] = []

        async def counted() -> None:
            scrubs.append(None)

        monkeypatch.setattr(store._database, "scrub", counted)
        renewals = (store.renew_secret(f"id-{n}", 0, OLD, NEW) for n in range(20))
        assert all(await asyncio.gather(*renewals))
        assert not scrubs

    with_store(folder, work, place)
    assert not [path.name for path in folder.iterdir() if path.name != FILE]


# ---- races ----


@pytest.mark.parametrize("mode", MODES)
def test_of_two_tasks_exactly_one_wins(folder: Path, place: DictPlace, mode: str) -> None:
    async def work(store: AccountStore) -> None:
        await choose(store, mode)
        await store.save(signed_in(), Secret("0"), None)
        for turn in range(20):
            old = await store.secret("id-1")
            rivals = [Secret(f"{turn + 1} {rival}") for rival in range(4)]
            won = await asyncio.gather(*(store.renew_secret("id-1", 0, old, r) for r in rivals))
            assert sorted(won) == [False, False, False, True]
            assert await store.secret("id-1") == rivals[won.index(True)]

    with_store(folder, work, place)


Rival = Callable[[AccountStore], Awaitable[Any]]


async def repairs(rival: AccountStore) -> None:
    now = await rival.get("id-1")
    assert now is not None
    await rival.save(replace(now, settings=replace(SIGNED_IN, incoming=None)), None, None)


@pytest.mark.parametrize(
    ("rival_does", "wins", "left"),
    [
        pytest.param(lambda r: r.renew_secret("id-1", 0, OLD, NEWER), False, NEWER, id="renews"),
        pytest.param(lambda r: r.save(signed_in(), NEWER, None), False, NEWER, id="re-authorises"),
        pytest.param(lambda r: r.save(signed_in(), OLD, None), False, OLD, id="the same tokens"),
        pytest.param(lambda r: r.save(account(), HUNTER, None), False, HUNTER, id="a password"),
        pytest.param(lambda r: r.remove("id-1"), False, None, id="removes"),
        pytest.param(lambda r: r.forget_secret("id-1"), False, None, id="disconnects"),
        pytest.param(repairs, False, OLD, id="repairs"),
        pytest.param(lambda r: r.rotate_key(), True, NEW, id="rotates the key"),
        pytest.param(lambda r: r.set_paused("id-1", True), True, NEW, id="pauses"),
    ],
)
def test_another_process_between_reading_and_writing(
    folder: Path,
    place: DictPlace,
    monkeypatch: pytest.MonkeyPatch,
    rival_does: Rival,
    wins: bool,
    left: Secret | None,
) -> None:
    async def work(store: AccountStore) -> None:
        await store.save(signed_in(), OLD, None)
        rival = await AccountStore.open(folder, place)
        write, overtaken = store._database.write, False

        async def late(work: Callable[[sqlite3.Connection], Any]) -> Any:
            nonlocal overtaken
            if not overtaken:
                overtaken = True
                await rival_does(rival)
            return await write(work)

        monkeypatch.setattr(store._database, "write", late)
        assert await store.renew_secret("id-1", 0, OLD, NEW) is wins
        assert overtaken
        if left is None:
            with fails(Fault.MISSING, "no_secret"):
                await store.secret("id-1")
        else:
            assert await store.secret("id-1") == await rival.secret("id-1") == left
        await rival.close()

    with_store(folder, work, place)
    assert len(kinds(folder)) == int(left is not None)


def test_a_key_that_is_replaced_again_and_again(
    folder: Path, place: DictPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work(store: AccountStore) -> None:
        await store.save(signed_in(), OLD, None)
        rival = await AccountStore.open(folder, place)
        write = store._database.write

        async def late(work: Callable[[sqlite3.Connection], Any]) -> Any:
            await rival.rotate_key()
            return await write(work)

        with monkeypatch.context() as patch:
            patch.setattr(store._database, "write", late)
            with fails(Fault.LOCKED, "key_replaced"):
                await store.renew_secret("id-1", 0, OLD, NEW)
        assert await store.secret("id-1") == OLD
        await rival.close()

    with_store(folder, work, place)


def test_re_authorised_elsewhere_what_is_in_memory_is_outdated(
    folder: Path, place: DictPlace
) -> None:
    async def work(window: AccountStore) -> None:
        await window.vault.use_memory()
        await window.save(signed_in(), OLD, None)
        command_line = await AccountStore.open(folder, place)
        now = await command_line.get("id-1")
        assert now is not None
        await command_line.save(now, NEWER, None)
        await command_line.close()
        assert not await window.renew_secret("id-1", 0, OLD, NEW)
        assert not await window.renew_secret("id-1", 1, OLD, NEW)
        assert await window.secret("id-1") == NEWER
        assert await window.renew_secret("id-1", 1, NEWER, NEW)
        await window.vault.use_keychain()  # takes along what is in memory, but nothing outdated
        assert await window.secret("id-1") == NEW

    with_store(folder, work, place)
    assert with_store(folder, lambda store: store.secret("id-1"), place) == NEW


def test_renewed_while_moving_from_memory_to_the_keychain(folder: Path, place: DictPlace) -> None:
    """Whichever is first, the rotated tokens are the ones that end in the file."""

    async def work(store: AccountStore) -> None:
        for number in range(10):
            await store.vault.use_memory()
            await store.save(signed_in(number), OLD, None)
            renewal = asyncio.create_task(store.renew_secret(f"id-{number}", 0, OLD, NEW))
            for _ in range(number):
                await asyncio.sleep(0)  # another place to begin
            await store.vault.use_keychain()
            assert await renewal
            assert await store.secret(f"id-{number}") == NEW

    async def look(store: AccountStore) -> None:
        for number in range(10):
            assert await store.secret(f"id-{number}") == NEW

    with_store(folder, work, place)
    with_store(folder, look, place)


# ---- failures between the rotation and the storing ----


@pytest.mark.parametrize("fault", [Fault.LOCKED, Fault.NO_KEYCHAIN, Fault.TIMEOUT])
def test_the_keychain_fails_just_then(folder: Path, place: DictPlace, fault: Fault) -> None:
    """Another process has replaced the key, and the new one cannot be fetched now."""

    async def work(store: AccountStore) -> None:
        await store.save(signed_in(), OLD, report(account()))
        rival = await AccountStore.open(folder, place)
        await rival.rotate_key()
        await rival.close()
        place.fault = vault_error(fault)
        with fails(fault):
            await store.renew_secret("id-1", 0, OLD, NEW)
        place.fault = None
        assert await store.secret("id-1") == OLD
        assert await store.get("id-1") == signed_in()
        assert await store.reports() == {"id-1": report(account())}
        assert await store.renew_secret("id-1", 0, OLD, NEW)

    with_store(folder, work, place)
    assert with_store(folder, lambda store: store.secret("id-1"), place) == NEW


def test_the_file_is_held_just_then(
    folder: Path, place: DictPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "Database", partial(Database, patience=0.1))

    async def work(store: AccountStore) -> None:
        await store.save(signed_in(), OLD, None)
        other = sqlite3.connect(folder / FILE, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError) as caught:
            await store.renew_secret("id-1", 0, OLD, NEW)
        assert caught.value.kind is StoreFault.LOCKED
        assert await store.secret("id-1") == OLD
        other.execute("ROLLBACK")
        other.close()
        assert await store.renew_secret("id-1", 0, OLD, NEW)

    with_store(folder, work, place)


@pytest.mark.parametrize("turns", range(12))
def test_cancelled_anywhere_it_is_the_old_or_the_new(
    folder: Path, place: DictPlace, turns: int
) -> None:
    async def work(store: AccountStore) -> None:
        await store.save(signed_in(), OLD, None)
        renewal = asyncio.create_task(store.renew_secret("id-1", 0, OLD, NEW))
        for _ in range(turns):
            await asyncio.sleep(0.0005)  # the place where it is cancelled is the point
        renewal.cancel()
        done = await asyncio.gather(renewal, return_exceptions=True)
        left = await store.secret("id-1")
        assert left == NEW if done[0] is True else left in (OLD, NEW)
        assert await store.renew_secret("id-1", 0, left, NEWER)

    with_store(folder, work, place)
    assert kinds(folder) == [("id-1", "sign_in")]
