"""Accounts, secrets and reports, as the engine asks for them."""

from __future__ import annotations

import asyncio
import gc
import json
import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from laifaxin_desktop.engine import ports
from laifaxin_desktop.model.account import Settings
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.problem import Fault
from laifaxin_desktop.model.provider import AuthWay
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.store.accounts import FILE, AccountStore
from laifaxin_desktop.store.rows import Decoder
from laifaxin_desktop.store.sealed import Kind, kind_of
from tests.store.parts import (
    HUNTER,
    IMAP,
    DictPlace,
    account,
    fails,
    report,
    with_store,
)

if TYPE_CHECKING:  # mypy proves that the store is what the engine asks for

    def _fits(store: AccountStore) -> ports.Accounts:
        return store


def test_the_kinds_are_the_engines_words() -> None:
    assert {str(kind) for kind in Kind} == {str(kind) for kind in ports.SecretKind}
    signed_in = {AuthWay.MICROSOFT, AuthWay.REFRESH_TOKEN}
    assert {way for way in AuthWay if kind_of(way) is Kind.SIGN_IN} == signed_in


def test_everything_comes_back_in_a_new_process(folder: Path, place: DictPlace) -> None:
    first = replace(account(1, "工作"), paused=True, provider=None)
    second = account(2)
    failed = report(second, ok=False)

    async def fill(store: AccountStore) -> None:
        await store.save(first, HUNTER, report(first))
        await store.save(second, Secret("x" * 5000), failed)

    async def look(store: AccountStore) -> None:
        assert await store.all() == (first, second)
        assert await store.get(first.id) == first
        assert await store.get("nobody") is None
        assert await store.find(Address("lI1", "qq.com")) == first
        assert await store.find(Address("li9", "qq.com")) is None
        assert await store.reports() == {first.id: report(first), second.id: failed}
        assert await store.secret(first.id) == HUNTER
        assert await store.secret(second.id) == Secret("x" * 5000)

    with_store(folder, fill, place)
    with_store(folder, look, place)


def test_the_order_is_the_one_of_adding_also_after_a_change(folder: Path, place: DictPlace) -> None:
    async def work(store: AccountStore) -> list[str]:
        for number in (3, 1, 2):
            await store.save(account(number), HUNTER, None)
        await store.save(account(3, "changed"), None, None)
        return [a.id for a in await store.all()]

    assert with_store(folder, work, place) == ["id-3", "id-1", "id-2"]


def test_no_secret_given_keeps_the_stored_one(folder: Path, place: DictPlace) -> None:
    async def work(store: AccountStore) -> None:
        await store.save(account(), HUNTER, None)
        repaired = replace(account(), settings=Settings(IMAP, None, AuthWay.PASSWORD))
        await store.save(repaired, None, report(account()))
        assert await store.secret(account().id) == HUNTER
        assert await store.reports() == {account().id: report(account())}

    with_store(folder, work, place)


def test_a_report_that_failed_knows_when_the_account_last_passed(
    folder: Path, place: DictPlace
) -> None:
    good, failed = report(account()), report(account(), ok=False)
    later = replace(failed, at=failed.at + timedelta(hours=1))

    async def work(store: AccountStore) -> None:
        await store.save(account(), HUNTER, failed)
        assert (await store.reports())[account().id].last_good is None
        assert await store.last_good(account().id) is None
        for one in (good, later, replace(later, at=later.at + timedelta(hours=1))):
            await store.save_report(one, 0)
            assert (await store.reports())[account().id].last_good == good.at
            assert await store.last_good(account().id) == good.at
        await store.save_report(replace(good, at=later.at), 0)
        assert (await store.reports())[account().id].last_good == later.at

    with_store(folder, work, place)


def test_a_report_never_outlives_what_it_speaks_of(folder: Path, place: DictPlace) -> None:
    """正常 is never a lie: another secret or other servers have not been checked yet."""
    other = Settings(IMAP, None, AuthWay.PASSWORD)

    async def work(store: AccountStore) -> None:
        good = report(account())
        await store.save(account(), HUNTER, good)
        assert await store.reports() == {account().id: good}
        checked = await store.get(account().id)
        assert checked is not None
        await store.save(checked, Secret("new"), None)  # meanwhile, by another process perhaps
        await store.save_report(good, checked.revision)
        assert await store.reports() == {}
        checked = await store.get(account().id)
        assert checked is not None
        await store.save(replace(checked, settings=other), None, None)
        await store.save_report(good, checked.revision)
        assert await store.reports() == {}
        now = await store.get(account().id)
        assert now is not None
        assert now.settings == other
        await store.save_report(good, now.revision)
        assert await store.reports() == {account().id: good}

    with_store(folder, work, place)


def test_servers_proven_with_an_older_secret_are_refused(folder: Path, place: DictPlace) -> None:
    other = Settings(IMAP, None, AuthWay.PASSWORD)

    async def work(store: AccountStore) -> None:
        await store.save(account(), HUNTER, None)
        opened = await store.get(account().id)
        assert opened is not None
        await store.save(account(), Secret("new"), None)
        with fails(Fault.MISSING, "changed_elsewhere"):
            await store.save(replace(opened, settings=other), None, report(opened))
        assert (await store.get(account().id)).settings == account().settings  # type: ignore[union-attr]
        await store.remove(account().id)
        with fails(Fault.MISSING, "changed_elsewhere"):
            await store.save(replace(opened, settings=other), None, report(opened))
        assert await store.all() == ()

    with_store(folder, work, place)


def test_a_pause_survives_what_an_older_snapshot_writes(folder: Path, place: DictPlace) -> None:
    async def work(store: AccountStore) -> None:
        await store.save(account(), HUNTER, None)
        await store.set_paused(account().id, True)
        await store.save(account(), Secret("new"), None)
        assert (await store.get(account().id)).paused  # type: ignore[union-attr]
        await store.set_paused(account().id, False)
        assert not (await store.get(account().id)).paused  # type: ignore[union-attr]

    with_store(folder, work, place)


def test_remove_takes_secret_and_report_along(folder: Path, place: DictPlace) -> None:
    async def work(store: AccountStore) -> None:
        await store.save(account(1), HUNTER, report(account(1)))
        await store.save(account(2), HUNTER, None)
        await store.remove(account(1).id)
        await store.remove("nobody")
        assert [a.id for a in await store.all()] == ["id-2"]
        with fails(Fault.MISSING):
            await store.secret("id-1")
        await store.save_report(report(account(1)), 0)  # a check that ended too late
        assert await store.reports() == {}

    with_store(folder, work, place)
    with sqlite3.connect(folder / FILE) as connection:
        assert connection.execute("SELECT account FROM secrets").fetchall() == [("id-2",)]
    connection.close()


def test_one_address_is_one_account_however_many_add_it(folder: Path, place: DictPlace) -> None:
    async def work(store: AccountStore) -> None:
        await store.save(account(), Secret("first"), None)
        again = replace(account(), id="again", address=Address("LI1", "qq.com"))
        await store.save(again, Secret("second"), None)
        assert await store.all() == (again,)
        assert await store.secret("again") == Secret("second")

    with_store(folder, work, place)


def test_an_older_vocabulary_loses_the_report_and_asks_for_servers_but_keeps_the_account(
    folder: Path, place: DictPlace
) -> None:
    async def fill(store: AccountStore) -> None:
        await store.save(account(1), HUNTER, report(account(1)))
        await store.save(account(2), HUNTER, report(account(2)))

    async def look(store: AccountStore) -> None:
        empty = Settings(None, None, AuthWay.PASSWORD)
        assert await store.all() == (replace(account(1), settings=empty), account(2))
        assert await store.reports() == {"id-2": report(account(2))}
        assert await store.secret("id-1") == HUNTER

    with_store(folder, fill, place)
    connection = sqlite3.connect(folder / FILE)
    with connection:
        for table, column, key in (
            ("accounts", "settings", "id"),
            ("reports", "report", "account"),
        ):
            (text,) = connection.execute(
                f"SELECT {column} FROM {table} WHERE {key} = 'id-1'"
            ).fetchone()
            older = json.loads(text) | {"carrier_pigeon": 1}
            connection.execute(
                f"UPDATE {table} SET {column} = ? WHERE {key} = 'id-1'", (json.dumps(older),)
            )
    connection.close()
    with_store(folder, look, place)


def test_rows_are_decoded_once_and_forgotten_when_gone() -> None:
    decoded: list[tuple[str, ...]] = []

    def decode(row: tuple[str, ...]) -> str:
        assert not gc.isenabled()
        decoded.append(row)
        return row[0]

    decoder = Decoder(decode)
    assert decoder.decode([("b", "1"), ("a", "1")]) == ["b", "a"]
    assert decoder.decode([("a", "1"), ("b", "2")]) == ["a", "b"]
    assert decoded == [("b", "1"), ("a", "1"), ("b", "2")]
    assert decoder.decode([]) == []
    assert decoder.decode([("a", "1")]) == ["a"]
    assert len(decoded) == 4
    assert gc.isenabled()


def test_two_stores_on_one_file_see_each_other(folder: Path, place: DictPlace) -> None:
    async def work(window: AccountStore) -> None:
        command_line = await AccountStore.open(folder, place)
        assert not await window.changed_elsewhere()
        await window.save(account(1), HUNTER, None)
        assert not await window.changed_elsewhere()
        await command_line.save(account(2), HUNTER, None)
        assert await window.changed_elsewhere()
        assert not await window.changed_elsewhere()
        assert [a.id for a in await window.all()] == ["id-1", "id-2"]
        assert await window.secret("id-2") == HUNTER
        assert await command_line.secret("id-1") == HUNTER
        assert await command_line.changed_elsewhere()
        await command_line.close()
        assert len(place.items) == 1

    with_store(folder, work, place)


def test_many_writers_at_once(folder: Path, place: DictPlace) -> None:
    async def work(one: AccountStore) -> None:
        two = await AccountStore.open(folder, place)
        saves = [
            store.save(account(number), Secret(str(number)), None)
            for number, store in enumerate([one, two] * 20)
        ]
        await asyncio.gather(*saves)
        assert len(await one.all()) == 40
        assert [await two.secret(f"id-{n}") for n in range(40)] == [
            Secret(str(n)) for n in range(40)
        ]
        await two.close()

    with_store(folder, work, place)
    assert len(place.items) == 1


def test_guide_progress_and_window_state(folder: Path, place: DictPlace) -> None:
    async def fill(store: AccountStore) -> None:
        await store.set_guide_step("qq", "smtp", "open", True)
        await store.set_guide_step("qq", "smtp", "open", True)
        await store.set_guide_step("qq", "smtp", "copy", True)
        await store.set_guide_step("qq", "smtp", "copy", False)
        await store.set_state("language", "zh_CN")
        await store.set_state("columns", [10, 2.5, None, {"a": True}])
        await store.set_state("language", "en")
        with pytest.raises(TypeError):
            await store.set_state("bad", object())

    async def look(store: AccountStore) -> None:
        assert await store.guide_done("qq", "smtp") == {"open"}
        assert await store.guide_done("qq", "other") == frozenset()
        assert await store.state("language") == "en"
        assert await store.state("columns") == [10, 2.5, None, {"a": True}]
        assert await store.state("nothing") is None

    with_store(folder, fill, place)
    with_store(folder, look, place)
