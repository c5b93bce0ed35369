"""Killed at any moment, two at once: every account is whole or absent, and nothing is left over."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.store.accounts import FILE, AccountStore
from laifaxin_desktop.store.sealed import Kind, kind_of
from tests.servers.keychain import Keychain as RealKeychain
from tests.store.parts import account, report
from tests.store.zygote import RENEWALS, at_proxy, renewed_for, secret_for

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="the children are forked"),
]
TOP = Path(__file__).resolve().parents[2]


class Zygote:
    """The process that forks; every child is ours to kill."""

    def __init__(self, log: Path) -> None:
        self._pulse, pulse = os.pipe()
        with log.open("wb") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.store.zygote", str(pulse)],
                cwd=TOP,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                pass_fds=[pulse],
            )
        os.close(pulse)

    def start(self, verb: str, folder: Path, number: int = 1) -> int:
        """A new child; its process id."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{verb} {number} {folder}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def wait(self, mark: bytes) -> None:
        """Until a child says that it has begun (``.``) or ended (``!``)."""
        assert os.read(self._pulse, 1) == mark

    def close(self) -> None:
        """End it."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(10)
        os.close(self._pulse)


@pytest.fixture
def zygote(in_session: RealKeychain, tmp_path: Path) -> Iterator[Zygote]:
    """Forks in the session of the real keychain."""
    log = tmp_path / "zygote.log"
    zygote = Zygote(log)
    try:
        yield zygote
    finally:
        zygote.close()
    assert log.read_text() == ""


def kill(process: int) -> None:
    """As the power cut does, and wait until it is gone."""
    os.kill(process, signal.SIGKILL)
    end = time.monotonic() + 10
    while Path(f"/proc/{process}").exists():
        assert time.monotonic() < end
        time.sleep(0.001)  # no child of ours: nothing tells when it is gone


async def whole(folder: Path, in_session: RealKeychain) -> int:
    """Every account with its own secret and report; one key; the number of accounts."""
    store = await AccountStore.open(folder)
    database = store._database
    accounts, reports = await store.all(), await store.reports()
    for one in accounts:
        own = (secret_for(one.id, one.label), renewed_for(one.id, one.label))
        assert await store.secret(one.id) in own
        assert reports[one.id] == report(one)
        kinds = {kind_of(one.settings.auth)}
        if one.settings.proxy:
            kinds.add(Kind.PROXY)
            assert await store.proxy_secret(one.id) == at_proxy(one.id, one.label)
        found = await database.rows("SELECT kind FROM secrets WHERE account = ?", one.id)
        assert sorted(found) == sorted((kind,) for kind in kinds)
    owners = await database.rows("SELECT DISTINCT account FROM secrets")
    assert len(owners) == len(accounts)
    assert await database.rows("PRAGMA integrity_check") == [("ok",)]
    assert await database.rows("PRAGMA foreign_key_check") == []
    # The next save is made with whatever keys were found; then nothing is left over.
    probe = account(99, "probe")
    await store.save(probe, secret_for(probe.id, probe.label), report(probe))
    await store.vault._ring.tidy()
    [(key_id, standing)] = await database.rows("SELECT id, standing FROM keys")
    assert standing == "current"
    assert [attributes["username"] for attributes, _ in in_session.items()] == [key_id]
    await store.remove(probe.id)
    await store.close()
    assert not [p.name for p in folder.iterdir() if p.name != FILE and ".new-" not in p.name]
    return len(accounts)


def test_killed_while_saving_renewing_replacing_removing_and_rotating(
    zygote: Zygote, in_session: RealKeychain, folder: Path
) -> None:
    chance = random.Random(20261120)
    saved = 0
    for _ in range(50):
        child = zygote.start("from_first", folder)
        zygote.wait(b".")
        time.sleep(chance.uniform(0, 0.15))  # the moment of the kill is the point
        kill(child)
        saved += asyncio.run(whole(folder, in_session))
    assert saved > 50


def test_killed_at_the_very_beginning(
    zygote: Zygote, in_session: RealKeychain, tmp_path: Path
) -> None:
    """While the file and the first key are made."""
    chance = random.Random(20261121)
    for number in range(30):
        folder = tmp_path / str(number) / "data"
        in_session.clear()
        child = zygote.start("for_ever", folder)
        zygote.wait(b".")
        time.sleep(chance.uniform(0, 0.05))  # the moment of the kill is the point
        kill(child)
        asyncio.run(whole(folder, in_session))


def test_processes_that_make_the_first_key_at_once_make_one(
    zygote: Zygote, in_session: RealKeychain, tmp_path: Path
) -> None:
    for number in range(8):
        folder = tmp_path / str(number) / "data"
        in_session.clear()
        for child in range(4):
            zygote.start("once", folder, child)
        for _ in range(8):
            assert os.read(zygote._pulse, 1) in b".!"
        assert len(in_session.items()) == 1
        assert asyncio.run(whole(folder, in_session)) == 4


def test_processes_that_renew_at_once_lose_no_renewal(
    zygote: Zygote, in_session: RealKeychain, folder: Path
) -> None:
    """Each counts up from what it has read: one that overwrote another's would be missing."""
    rivals = 4

    async def begin() -> None:
        store = await AccountStore.open(folder)
        await store.save(account(1), Secret("0"), None)
        await store.close()

    async def counted() -> str:
        store = await AccountStore.open(folder)
        try:
            return (await store.secret("id-1")).reveal()
        finally:
            await store.close()

    asyncio.run(begin())
    for rival in range(rivals):
        zygote.start("count_up", folder, rival)
    for _ in range(2 * rivals):
        assert os.read(zygote._pulse, 1) in b".!"
    assert asyncio.run(counted()) == str(rivals * RENEWALS)
    assert len(in_session.items()) == 1
