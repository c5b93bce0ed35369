"""What a person chooses about secrets, and what becomes of keys."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laifaxin_desktop.model.problem import Fault
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.store import seal
from laifaxin_desktop.store.accounts import FILE, AccountStore
from laifaxin_desktop.store.keychain import vault_error
from laifaxin_desktop.store.seal import SealError, Stretching
from laifaxin_desktop.store.sealed import Kind, Sealed
from laifaxin_desktop.store.vault import VaultMode, VaultState
from tests.store.parts import HUNTER, DictPlace, account, fails, report, with_store

RIGHT, WRONG = Secret("正确的 password é"), Secret("wrong")


async def save_two(store: AccountStore) -> None:
    await store.save(account(1), HUNTER, report(account(1)))
    await store.save(account(2), Secret("other"), None)


def rows(folder: Path, statement: str, *values: object) -> list[tuple[object, ...]]:
    """Run one statement on the closed file, past the store."""
    connection = sqlite3.connect(folder / FILE, isolation_level=None)
    try:
        return connection.execute(statement, values).fetchall()
    finally:
        connection.close()


def secret_of(folder: Path, place: DictPlace, account_id: str) -> Secret:
    """The secret as a new process finds it."""
    return with_store(folder, lambda store: store.secret(account_id), place)


# ---- sealing ----


@given(st.text(), st.text(max_size=40), st.sampled_from(["password", "cache"]))
def test_a_seal_opens_to_what_was_sealed(value: str, owner: str, kind: str) -> None:
    key, key_id = seal.new_key(), seal.new_key_id()
    sealed = seal.seal(key, key_id, owner, kind, Secret(value))
    assert seal.unseal(key, owner, kind, sealed) == Secret(value)
    assert seal.key_id_of(sealed) == key_id
    for other in (
        (key, owner + "x", kind),
        (key, owner, kind + "x"),
        (seal.new_key(), owner, kind),
    ):
        with pytest.raises(SealError):
            seal.unseal(*other, sealed)


def test_every_bit_counts() -> None:
    key = seal.new_key()
    sealed = seal.seal(key, seal.new_key_id(), "id", "password", HUNTER)
    for position in range(len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(SealError):
            seal.unseal(key, "id", "password", bytes(changed))
    for length in range(len(sealed)):
        with pytest.raises(SealError):
            seal.unseal(key, "id", "password", sealed[:length])


def test_a_key_fits_every_keychain() -> None:
    text = seal.key_to_text(seal.new_key())
    assert len(text) == 44
    assert len(seal.key_from_text(text)) == 32
    for broken in ("", text[:40], text + "AAAA", "漢" * 44, text[:-2] + "**"):
        with pytest.raises(SealError):
            seal.key_from_text(broken)


def test_the_costs_of_the_main_password() -> None:
    fresh = Stretching.fresh()
    assert fresh.memory_kib >= 64 * 1024
    assert fresh.passes >= 3
    assert len(fresh.salt) == 16
    assert fresh.salt != Stretching.fresh().salt
    composed, decomposed = Secret("é"), Secret("e\u0301")
    cheap = Stretching(b"s" * 16, 64, 1, 1)
    assert cheap.stretch(composed) == cheap.stretch(decomposed)
    for absurd in (Stretching(b"s" * 16, 2**40), Stretching(b"s" * 16, 64, 0, 1)):
        with pytest.raises(SealError):
            absurd.stretch(composed)


# ---- the keychain's key ----


def test_one_call_to_the_keychain_a_start(folder: Path, place: DictPlace) -> None:
    with_store(folder, save_two, place)
    assert len(place.items) == 1
    place.calls.clear()

    async def work(store: AccountStore) -> None:
        assert await store.vault.state() is VaultState.CLOSED
        assert await store.vault.mode() is VaultMode.KEYCHAIN
        assert place.calls == []
        for _ in range(3):
            assert await store.secret("id-1") == HUNTER
        await store.save(account(3), HUNTER, None)
        assert await store.vault.state() is VaultState.OPEN

    with_store(folder, work, place)
    assert place.calls == ["get", "close"]


def test_looking_at_the_list_asks_for_nothing(folder: Path, place: DictPlace) -> None:
    async def work(store: AccountStore) -> None:
        assert await store.vault.state() is VaultState.EMPTY
        await store.all()
        await store.reports()

    with_store(folder, work, place)
    assert place.calls == ["close"]


@pytest.mark.parametrize("fault", [Fault.NO_KEYCHAIN, Fault.LOCKED])
def test_without_the_keychain_nothing_is_stored(
    folder: Path, place: DictPlace, fault: Fault
) -> None:
    place.fault = vault_error(fault)

    async def work(store: AccountStore) -> None:
        for _ in range(3):
            with fails(fault):
                await store.save(account(), HUNTER, report(account()))
        assert await store.all() == ()
        place.fault = None
        await store.save(account(), HUNTER, None)
        assert await store.secret("id-1") == HUNTER

    with_store(folder, work, place)
    assert len(place.items) == 1
    assert len(rows(folder, "SELECT * FROM keys")) == 1


def test_a_keychain_that_fails_between_reading_and_writing(folder: Path, place: DictPlace) -> None:
    class Failing(DictPlace):
        def put_now(self, key_id: str, key: str) -> None:
            super().put_now(key_id, key)
            if self.fault is None:
                self.fault = vault_error(Fault.LOCKED, "timeout")
                raise self.fault

    failing = Failing()

    async def work(store: AccountStore) -> None:
        with fails(Fault.LOCKED):
            await store.save(account(), HUNTER, None)
        assert await store.all() == ()

    with_store(folder, work, failing)
    assert len(failing.items) == 1  # written, but never made current
    place.items = failing.items
    with_store(folder, save_two, place)
    [(current,)] = rows(folder, "SELECT id FROM keys")
    assert set(place.items) == {current}


def test_a_locked_keychain_only_closes_the_secrets(folder: Path, place: DictPlace) -> None:
    with_store(folder, save_two, place)

    async def work(store: AccountStore) -> None:
        place.fault = vault_error(Fault.LOCKED)
        assert len(await store.all()) == 2
        with fails(Fault.LOCKED):
            await store.secret("id-1")
        with fails(Fault.LOCKED):
            await store.save(account(1, "new"), Secret("new"), None)
        assert (await store.all())[0] == account(1)
        place.fault = None
        assert await store.secret("id-1") == HUNTER

    with_store(folder, work, place)


def test_a_lost_key_keeps_the_accounts_and_takes_new_secrets(
    folder: Path, place: DictPlace
) -> None:
    with_store(folder, save_two, place)
    kept = dict(place.items)
    place.items.clear()

    async def work(store: AccountStore) -> None:
        assert len(await store.all()) == 2
        with fails(Fault.MISSING, "key_lost"):
            await store.secret("id-1")
        await store.save(account(1), Secret("again"), None)
        assert await store.secret("id-1") == Secret("again")
        with fails(Fault.MISSING, "key_lost"):
            await store.secret("id-2")

    with_store(folder, work, place)
    assert len(place.items) == 1

    async def restored(store: AccountStore) -> None:
        assert await store.secret("id-2") == Secret("other")
        await store.save(account(2), Secret("other 2"), None)

    place.items.update(kept)  # the keychain came back from a backup
    with_store(folder, restored, place)
    secret_of(folder, place, "id-2")
    assert len(place.items) == 1  # what seals nothing any more was dropped


@pytest.mark.parametrize("cut", ["", "AAAA", "not base64 at all"])
def test_a_key_that_the_platform_cut(folder: Path, place: DictPlace, cut: str) -> None:
    with_store(folder, save_two, place)
    place.items = dict.fromkeys(place.items, cut)
    with fails(Fault.MISSING, "key_lost"):
        secret_of(folder, place, "id-1")


def test_swapped_rows_are_noticed(folder: Path, place: DictPlace) -> None:
    with_store(folder, save_two, place)
    first, second = (value for (value,) in rows(folder, "SELECT sealed FROM secrets"))
    for old, new in ((first, b"first"), (second, first), (b"first", second)):
        rows(folder, "UPDATE secrets SET sealed = ? WHERE sealed = ?", new, old)
    for each in ("id-1", "id-2"):
        with fails(Fault.MISSING, "bad_seal"):
            secret_of(folder, place, each)


@pytest.mark.parametrize("value", [b"", b"x" * 100, "header"])
def test_tampered_rows_are_noticed(folder: Path, place: DictPlace, value: bytes | str) -> None:
    with_store(folder, save_two, place)
    if value == "header":
        [(sealed,)] = rows(folder, "SELECT sealed FROM secrets WHERE account = 'id-1'")
        assert isinstance(sealed, bytes)
        value = sealed[:4] + b"\0" * 16 + sealed[20:]
    rows(folder, "UPDATE secrets SET sealed = ? WHERE account = 'id-1'", value)
    with fails(Fault.MISSING):
        secret_of(folder, place, "id-1")
    assert secret_of(folder, place, "id-2") == Secret("other")


# ---- rotation ----


def test_rotation_seals_everything_anew(folder: Path, place: DictPlace) -> None:
    with_store(folder, save_two, place)
    before = set(place.items)
    sealed = rows(folder, "SELECT sealed FROM secrets")

    async def work(store: AccountStore) -> None:
        await store.rotate_key()
        assert await store.secret("id-1") == HUNTER
        await store.save(account(3), HUNTER, None)

    with_store(folder, work, place)
    assert len(place.items) == 1
    assert not before & set(place.items)
    data = (folder / FILE).read_bytes()
    for (old,) in sealed:
        assert isinstance(old, bytes)
        assert old[4:40] not in data
    for number, secret in ((1, HUNTER), (2, Secret("other")), (3, HUNTER)):
        assert secret_of(folder, place, f"id-{number}") == secret


def test_rotation_of_nothing(folder: Path, place: DictPlace) -> None:
    with_store(folder, lambda store: store.rotate_key(), place)
    assert place.items == {}


@pytest.mark.parametrize("step", ["put", "drop", "get"])
def test_rotation_cut_short(folder: Path, place: DictPlace, step: str) -> None:
    """Whatever the keychain does in the middle, the database stays readable."""
    with_store(folder, save_two, place)

    class Cut(DictPlace):
        def _call(self, name: str) -> None:
            super()._call(name)
            if name == step and (step != "get" or self.calls.count("get") == 2):
                raise vault_error(Fault.NO_KEYCHAIN)

    cut = Cut()
    cut.items = place.items

    async def work(store: AccountStore) -> None:
        try:
            await store.rotate_key()
        finally:
            assert await store.secret("id-1") == HUNTER

    if step == "drop":
        with_store(folder, work, cut)
        assert len(place.items) == 2
    else:
        with fails(Fault.NO_KEYCHAIN):
            with_store(folder, work, cut)
    assert secret_of(folder, place, "id-1") == HUNTER
    assert secret_of(folder, place, "id-2") == Secret("other")
    assert len(place.items) == 1
    assert len(rows(folder, "SELECT * FROM keys")) == 1


def test_a_rotation_in_another_process(folder: Path, place: DictPlace) -> None:
    async def work(one: AccountStore) -> None:
        await save_two(one)
        two = await AccountStore.open(folder, place)
        assert await two.secret("id-1") == HUNTER
        await one.rotate_key()
        assert await two.secret("id-1") == HUNTER
        await two.save(account(2), Secret("by two"), None)
        assert await one.secret("id-2") == Secret("by two")
        await asyncio.gather(
            one.rotate_key(), two.save(account(3), HUNTER, None), one.secret("id-1")
        )
        assert await one.secret("id-3") == HUNTER
        await two.close()

    with_store(folder, work, place)
    assert len(place.items) == 1


@pytest.mark.parametrize("when", ["before the key is asked for", "while it is fetched"])
def test_a_rotation_between_reading_and_opening(
    folder: Path, place: DictPlace, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """The key that it was sealed with is gone: it has been sealed anew meanwhile."""

    async def work(store: AccountStore) -> None:
        same = DictPlace()
        same.items = place.items
        rival = await AccountStore.open(folder, same)
        await rival.save(account(1), HUNTER, None)
        rotations = 1
        asked: Any = store.vault._ring if when.startswith("before") else place
        name = "key" if when.startswith("before") else "get"
        answer = getattr(asked, name)

        async def overtaken(key_id: str) -> Any:
            nonlocal rotations
            if rotations:
                rotations -= 1
                await rival.rotate_key()
            return await answer(key_id)

        monkeypatch.setattr(asked, name, overtaken)
        assert await store.secret("id-1") == HUNTER
        rotations = 1
        store.vault._ring._keys.clear()
        assert await store.renew_secret("id-1", 0, HUNTER, Secret("renewed"))
        assert await rival.secret("id-1") == Secret("renewed")
        rotations = 1000
        store.vault._ring._keys.clear()
        with fails(Fault.LOCKED, "key_replaced"):
            await store.secret("id-1")
        rotations = 0
        await rival.close()

    with_store(folder, work, place)
    assert len(place.items) == 1


def test_a_rotation_between_sealing_and_writing(
    folder: Path, place: DictPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is sealed with a key that is no longer current is sealed again."""

    async def work(store: AccountStore) -> None:
        await store.save(account(1), HUNTER, None)
        rival = await AccountStore.open(folder, place)
        sealing, rotations = store.vault.sealing, 2

        @asynccontextmanager
        async def overtaken(
            of: str, secrets: Mapping[Kind, Secret]
        ) -> AsyncIterator[tuple[Sealed, ...] | None]:
            nonlocal rotations
            async with sealing(of, secrets) as done:
                if rotations:
                    rotations -= 1
                    await rival.rotate_key()
                yield done

        monkeypatch.setattr(store.vault, "sealing", overtaken)
        await store.save(account(2), Secret("new"), None)
        assert await rival.secret("id-2") == Secret("new")
        rotations = 1000
        with fails(Fault.LOCKED, "key_replaced"):
            await store.save(account(3), HUNTER, None)
        assert await store.get("id-3") is None
        await rival.close()

    with_store(folder, work, place)
    assert len(place.items) == 1


# ---- 只在本次使用 ----


def test_memory_only_leaves_nothing_on_disk(folder: Path, place: DictPlace) -> None:
    place.fault = vault_error(Fault.NO_KEYCHAIN)

    async def work(store: AccountStore) -> None:
        with fails(Fault.NO_KEYCHAIN):
            await store.save(account(), HUNTER, None)
        await store.vault.use_memory()
        assert await store.vault.mode() is VaultMode.MEMORY
        assert await store.vault.state() is VaultState.OPEN
        await store.save(account(), HUNTER, report(account()))
        assert await store.secret("id-1") == HUNTER
        assert set(await store.reports()) == {"id-1"}
        await store.save(account(2), HUNTER, None)
        await store.remove("id-2")
        with fails(Fault.MISSING):
            await store.secret("id-2")

    async def next_start(store: AccountStore) -> None:
        assert await store.vault.mode() is VaultMode.KEYCHAIN
        assert await store.all() == (account(1),)
        assert await store.reports() == {}  # a good report speaks of a secret that is gone
        with fails(Fault.MISSING, "no_secret"):  # not no_keychain: there is nothing to open
            await store.secret("id-1")

    with_store(folder, work, place)
    assert rows(folder, "SELECT * FROM secrets") == []
    with_store(folder, next_start, place)


def test_memory_only_replaces_a_sealed_secret(folder: Path, place: DictPlace) -> None:
    """Otherwise the next start would try an outdated password."""
    with_store(folder, save_two, place)

    async def work(store: AccountStore) -> None:
        await store.vault.use_memory()
        await store.save(account(1), Secret("new"), None)
        assert await store.secret("id-1") == Secret("new")
        assert await store.secret("id-2") == Secret("other")

    with_store(folder, work, place)
    with fails(Fault.MISSING, "no_secret"):
        secret_of(folder, place, "id-1")


@pytest.mark.parametrize("choice", ["memory", "main password"])
def test_what_only_a_lost_keychain_could_open_is_asked_anew_after_a_choice(
    folder: Path, place: DictPlace, choice: str
) -> None:
    with_store(folder, save_two, place)
    place.fault = vault_error(Fault.NO_KEYCHAIN)

    async def work(store: AccountStore) -> None:
        with fails(Fault.NO_KEYCHAIN):
            await store.secret("id-1")
        if choice == "memory":
            await store.vault.use_memory()
        else:
            await store.vault.set_master_password(RIGHT)
        with fails(Fault.MISSING, "out_of_reach"):
            await store.secret("id-1")
        place.fault = None
        assert await store.secret("id-1") == HUNTER  # the keychain is back

    with_store(folder, work, place)


def test_from_memory_to_the_keychain(folder: Path, place: DictPlace) -> None:
    async def work(store: AccountStore) -> None:
        await store.vault.use_memory()
        await save_two(store)
        await store.rotate_key()  # there is no key: nothing is sealed against the person's word
        place.fault = vault_error(Fault.NO_KEYCHAIN)
        with fails(Fault.NO_KEYCHAIN):
            await store.vault.use_keychain()
        assert await store.vault.mode() is VaultMode.MEMORY
        place.fault = None
        await store.vault.use_keychain()
        assert await store.vault.mode() is VaultMode.KEYCHAIN

    with_store(folder, work, place)
    assert secret_of(folder, place, "id-1") == HUNTER


def test_rotation_leaves_memory_alone(folder: Path, place: DictPlace) -> None:
    async def work(store: AccountStore) -> None:
        await store.save(account(1), HUNTER, None)
        await store.vault.use_memory()
        await store.save(account(2), HUNTER, None)
        await store.rotate_key()
        assert await store.secret("id-2") == HUNTER

    with_store(folder, work, place)
    assert rows(folder, "SELECT account FROM secrets") == [("id-1",)]


# ---- 主密码 ----


def test_a_main_password(folder: Path, place: DictPlace) -> None:
    place.fault = vault_error(Fault.NO_KEYCHAIN)

    async def work(store: AccountStore) -> None:
        await store.vault.use_memory()
        await store.save(account(3), Secret("three"), None)
        await store.vault.set_master_password(RIGHT)
        assert await store.vault.mode() is VaultMode.MASTER_PASSWORD
        assert await store.vault.state() is VaultState.OPEN
        await save_two(store)

    async def next_start(store: AccountStore) -> None:
        assert await store.vault.mode() is VaultMode.MASTER_PASSWORD
        assert await store.vault.state() is VaultState.LOCKED
        with fails(Fault.LOCKED, "main_password"):
            await store.secret("id-1")
        with fails(Fault.LOCKED, "main_password"):
            await store.save(account(4), HUNTER, None)
        with fails(Fault.LOCKED, "main_password"):
            await store.vault.set_master_password(WRONG)
        assert not await store.vault.unlock(WRONG)
        assert not await store.vault.unlock(Secret(""))
        assert await store.vault.state() is VaultState.LOCKED
        assert await store.vault.unlock(RIGHT)
        assert await store.vault.state() is VaultState.OPEN
        assert await store.secret("id-1") == HUNTER
        assert await store.secret("id-3") == Secret("three")
        await store.rotate_key()
        assert await store.secret("id-1") == HUNTER
        await store.vault.set_master_password(WRONG)

    async def third(store: AccountStore) -> None:
        assert not await store.vault.unlock(RIGHT)
        assert await store.vault.unlock(WRONG)
        assert await store.secret("id-2") == Secret("other")

    with_store(folder, work, place)
    with_store(folder, next_start, place)
    with_store(folder, third, place)
    assert place.items == {}
    assert len(rows(folder, "SELECT * FROM keys")) == 1


def test_an_empty_main_password_is_refused(folder: Path, place: DictPlace) -> None:
    with pytest.raises(ValueError, match="empty"):
        with_store(folder, lambda store: store.vault.set_master_password(Secret("")), place)


def test_nothing_to_unlock(folder: Path, place: DictPlace) -> None:
    assert with_store(folder, lambda store: store.vault.unlock(RIGHT), place)
    with_store(folder, save_two, place)
    assert with_store(folder, lambda store: store.vault.unlock(RIGHT), place)


def test_from_the_keychain_to_a_main_password_and_back(folder: Path, place: DictPlace) -> None:
    async def there(store: AccountStore) -> None:
        await save_two(store)
        await store.vault.set_master_password(RIGHT)

    async def back(store: AccountStore) -> None:
        with fails(Fault.LOCKED):
            await store.vault.use_keychain()
        assert await store.vault.unlock(RIGHT)
        await store.vault.use_keychain()
        assert await store.vault.mode() is VaultMode.KEYCHAIN

    with_store(folder, there, place)
    assert place.items == {}  # the keychain's key seals nothing any more
    with_store(folder, back, place)
    assert len(place.items) == 1
    assert secret_of(folder, place, "id-1") == HUNTER


def test_a_main_password_while_the_keychain_is_away(folder: Path, place: DictPlace) -> None:
    """What only the keychain can open waits for it."""
    with_store(folder, save_two, place)
    place.fault = vault_error(Fault.LOCKED)

    async def work(store: AccountStore) -> None:
        await store.vault.set_master_password(RIGHT)
        await store.save(account(2), Secret("new"), None)
        assert await store.secret("id-2") == Secret("new")
        with fails(Fault.LOCKED):
            await store.secret("id-1")
        place.fault = None
        assert await store.secret("id-1") == HUNTER

    with_store(folder, work, place)
    assert len(place.items) == 1


def test_the_main_password_of_another_process(folder: Path, place: DictPlace) -> None:
    async def work(one: AccountStore) -> None:
        await one.vault.set_master_password(RIGHT)
        await save_two(one)
        two = await AccountStore.open(folder, place)
        assert await two.vault.unlock(RIGHT)
        await one.rotate_key()
        assert await two.secret("id-1") == HUNTER  # the new key, by the password it was told
        await one.vault.set_master_password(WRONG)
        assert await two.secret("id-1") == HUNTER
        await two.close()

    with_store(folder, work, place)


def test_the_loop_goes_on_while_a_password_is_stretched(folder: Path, place: DictPlace) -> None:
    async def work(store: AccountStore) -> int:
        setting = asyncio.create_task(store.vault.set_master_password(RIGHT))
        turns = 0
        while not setting.done():
            await asyncio.sleep(0.005)
            turns += 1
        await setting
        return turns

    assert with_store(folder, work, place) >= 3
