"""One secret, searched for in everything that is written while it is kept, replaced and removed."""

from __future__ import annotations

import base64
import logging
import sqlite3
import traceback
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote

import pytest

from laifaxin_desktop import log
from laifaxin_desktop.model.account import Settings
from laifaxin_desktop.model.problem import Fault, MailError
from laifaxin_desktop.model.provider import AuthWay
from laifaxin_desktop.model.route import Proxy, ProxyKind
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.store import seal
from laifaxin_desktop.store.accounts import AccountStore
from laifaxin_desktop.store.keychain import vault_error
from tests.store.parts import HUNTER, IMAP, DictPlace, account, report, with_store

MAIN_PASSWORD = Secret("main-hunter3-é-漢")
AT_PROXY = Secret("proxy-hunter4-é-漢")
PROXY = Proxy(ProxyKind.SOCKS5, "proxy.example", 1080, "bob")


def encodings(secret: Secret) -> dict[str, bytes]:
    """The six forms in which it could slip out."""
    value = secret.reveal()
    raw = value.encode()
    return {
        "raw": raw,
        "base64": base64.b64encode(raw).rstrip(b"="),
        "SASL PLAIN": base64.b64encode(b"\0Li1@qq.com\0" + raw).rstrip(b"="),
        "URL": quote(value, safe="").encode(),
        "repr": ascii(value)[1:-1].encode(),
        "UTF-16": value.encode("utf-16-le"),
    }


def assert_silent(what: str, data: bytes) -> None:
    """None of the secrets is in it."""
    for secret in (HUNTER, MAIN_PASSWORD, AT_PROXY):
        for name, form in encodings(secret).items():
            assert form not in data, f"{name} in {what}"


@pytest.fixture
def logs(tmp_path: Path) -> Iterator[Path]:
    """A log at its most talkative."""
    path = log.start(SimpleNamespace(logs=tmp_path / "logs"), debug=True)
    assert path is not None
    for name in ("", *log.QUIET):
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield path
    log.stop()
    for name in ("", *log.QUIET, "laifaxin_desktop"):
        logging.getLogger(name).setLevel(logging.NOTSET if name else logging.WARNING)


def test_the_search_would_find_it(tmp_path: Path) -> None:
    """The search itself is worth something: the plainest of stores is found out."""
    connection = sqlite3.connect(tmp_path / "plain.db")
    with connection:
        connection.execute("CREATE TABLE t (x)")
        connection.execute("INSERT INTO t VALUES (?)", (HUNTER.reveal(),))
    connection.close()
    with pytest.raises(AssertionError, match="raw"):
        assert_silent("it", (tmp_path / "plain.db").read_bytes())


@pytest.mark.parametrize("mode", ["keychain", "memory", "master_password"])
def test_the_secret_is_nowhere(folder: Path, place: DictPlace, logs: Path, mode: str) -> None:
    def search(when: str) -> None:
        for path in folder.iterdir():
            assert_silent(f"{path.name} {when}", path.read_bytes())

    async def work(store: AccountStore) -> None:
        if mode == "memory":
            await store.vault.use_memory()
        if mode == "master_password":
            await store.vault.set_master_password(MAIN_PASSWORD)
        behind = replace(account(), settings=account().settings.through(PROXY))
        await store.save(behind, HUNTER, report(account(), ok=False), AT_PROXY)
        assert await store.proxy_secret("id-1") == AT_PROXY
        search("after saving")
        await store.save(account(), Secret("x"), None)
        await store.save(account(), HUNTER, None)
        search("after replacing")
        signed_in = replace(account(), settings=Settings(IMAP, None, AuthWay.MICROSOFT))
        await store.save(signed_in, Secret("x"), None)
        revision = getattr(await store.get("id-1"), "revision", 0)
        assert await store.renew_secret("id-1", revision, Secret("x"), HUNTER)
        search("after signing in")
        assert await store.renew_secret("id-1", revision, HUNTER, MAIN_PASSWORD)
        search("after renewing")
        assert await store.renew_secret("id-1", revision, MAIN_PASSWORD, HUNTER)
        await store.rotate_key()
        search("after rotating")
        await store.save(replace(behind, settings=signed_in.settings.through(PROXY)), HUNTER, None)
        revision = getattr(await store.get("id-1"), "revision", 0)
        now = replace(behind, settings=signed_in.settings.through(PROXY), revision=revision)
        await store.save(now, None, None, AT_PROXY)
        await store.rotate_key()
        search("with a proxy again")
        kept = [await store.get("id-1"), await store.secret("id-1"), store, store.vault]
        kept.append(await store.proxy_secret("id-1"))
        assert_silent("repr", repr(kept).encode())
        assert_silent("attributes", repr(vars(store.vault)).encode())
        await store.remove("id-1")
        search("after removing")

    with_store(folder, work, place)
    assert_silent("the log", logs.read_bytes())


def test_no_failure_tells_it(folder: Path, place: DictPlace, logs: Path) -> None:
    failures: list[BaseException] = []

    def caught(error: BaseException) -> None:
        failures.append(error)
        logging.getLogger("laifaxin_desktop").error("it broke", exc_info=error)

    async def work(store: AccountStore) -> None:
        place.fault = vault_error(Fault.LOCKED)
        with pytest.raises(MailError) as locked:
            await store.save(account(), HUNTER, None)
        caught(locked.value)
        place.fault = None
        await store.save(account(), HUNTER, None)
        await store._database.execute("UPDATE secrets SET sealed = x'00'")
        with pytest.raises(MailError) as tampered:
            await store.secret("id-1")
        caught(tampered.value)
        with pytest.raises(MailError) as unreadable:
            await store.renew_secret("id-1", 0, HUNTER, MAIN_PASSWORD)
        caught(unreadable.value)
        with pytest.raises(MailError) as huge:
            await store.save(account(), Secret(HUNTER.reveal() * 100_000), None)
        caught(huge.value)
        await store._database.execute(
            "CREATE TRIGGER full BEFORE INSERT ON secrets BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
        with pytest.raises(sqlite3.IntegrityError) as refused:
            await store.save(account(2), HUNTER, None)
        caught(refused.value)
        await store.vault.set_master_password(MAIN_PASSWORD)

    with_store(folder, work, place)
    key = seal.new_key()
    sealed = seal.seal(key, seal.new_key_id(), "id", "password", HUNTER)
    with pytest.raises(seal.SealError) as other:
        seal.unseal(key, "other", "password", sealed)
    caught(other.value)
    assert len(failures) == 6
    for error in failures:
        assert_silent("a traceback", "".join(traceback.format_exception(error)).encode())
        assert_silent("arguments", repr(error.args).encode())
    assert_silent("the log", logs.read_bytes())


def test_a_replaced_or_removed_seal_leaves_no_trace(folder: Path, place: DictPlace) -> None:
    """Not in the file, not in its log: a later thief of the key finds nothing old."""

    async def sealed(store: AccountStore) -> bytes:
        [(value,)] = await store._database.rows("SELECT sealed FROM secrets WHERE account = 'id-1'")
        return bytes(value[20:])  # without the header, which others share

    async def work(store: AccountStore) -> None:
        def lingers(value: bytes) -> bool:
            return any(value in path.read_bytes() for path in folder.iterdir())

        await store.save(account(1), HUNTER, None)
        await store.save(account(2), HUNTER, None)
        first = await sealed(store)
        assert lingers(first)
        await store.save(account(1), Secret("new"), None)
        second = await sealed(store)
        assert not lingers(first)
        await store.rotate_key()
        third = await sealed(store)
        assert not lingers(second)
        assert lingers(third)
        await store.remove("id-1")
        assert not lingers(third)
        assert await store.secret("id-2") == HUNTER

    with_store(folder, work, place)


def test_renewed_tokens_leave_no_trace_once_the_log_is_emptied(
    folder: Path, place: DictPlace
) -> None:
    """A renewal itself empties nothing: what lingers is sealed, until the next save or closing."""
    signed_in = replace(account(), settings=Settings(IMAP, None, AuthWay.MICROSOFT))
    long = "x" * 12_000  # over several pages

    async def work(store: AccountStore) -> list[bytes]:
        seals = []
        await store.save(signed_in, Secret(f"{long} 0"), None)
        for turn in range(9):
            [(value,)] = await store._database.rows(
                "SELECT sealed FROM secrets WHERE account = 'id-1'"
            )
            # Somewhere in the middle: a page's own bytes stand between two pages' of a value.
            seals += [value[at : at + 64] for at in range(100, len(value) - 64, 3000)]
            old, new = Secret(f"{long} {turn}"), Secret(f"{long} {turn + 1}")
            assert await store.renew_secret("id-1", 0, old, new)
            if turn == 4:
                await store.save(account(2), HUNTER, None)
                left = [path.read_bytes() for path in folder.iterdir()]
                assert not [seal for seal in seals if any(seal in data for data in left)]
        return seals

    seals = with_store(folder, work, place)
    [path] = folder.iterdir()
    assert not [seal for seal in seals if seal in path.read_bytes()]


def test_a_reader_in_the_way_only_delays_the_scrubbing(folder: Path, place: DictPlace) -> None:
    async def work(store: AccountStore) -> None:
        await store.save(account(1), HUNTER, None)
        [(value,)] = await store._database.rows("SELECT sealed FROM secrets")
        reader = sqlite3.connect(store.path, isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM secrets").fetchall()
        await store.remove("id-1")
        assert any(value[20:] in path.read_bytes() for path in folder.iterdir())
        reader.execute("ROLLBACK")
        reader.close()
        await store.set_state("anything", 1)
        assert not any(value[20:] in path.read_bytes() for path in folder.iterdir())

    with_store(folder, work, place)
