"""Whatever can be wrong with the file: one clear reason, and nothing of it changed."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from laifaxin_desktop.model.problem import Fault, MailError, Stage
from laifaxin_desktop.store import schema
from laifaxin_desktop.store.accounts import FILE, AccountStore
from laifaxin_desktop.store.database import Database, StoreError, StoreFault
from tests.store.parts import AT, HUNTER, DictPlace, account, report, with_store


async def nothing(store: AccountStore) -> None:
    """Only open and close."""


async def fill(store: AccountStore) -> None:
    """Enough for several pages."""
    for number in range(40):
        await store.save(account(number), HUNTER, report(account(number), ok=False))


def refused(folder: Path, kind: StoreFault) -> StoreError:
    """Opening fails for this reason and leaves every byte where it was."""
    before = contents(folder)
    with pytest.raises(StoreError) as caught:
        with_store(folder, nothing, DictPlace())
    assert caught.value.kind is kind
    assert caught.value.path == folder / FILE
    assert contents(folder) == before
    return caught.value


def contents(folder: Path) -> dict[str, bytes]:
    """Every file that holds something; the -shm is only an index of the log."""
    files = {p.name: p.read_bytes() for p in folder.iterdir() if not p.name.endswith("-shm")}
    return {name: data for name, data in files.items() if data or name == FILE}


def test_a_store_error_is_a_failure_of_the_world() -> None:
    error = StoreError(StoreFault.FULL, Path("x"))
    assert isinstance(error, MailError)
    assert error.evidence.stage is Stage.VAULT
    assert error.evidence.fault is Fault.UNEXPECTED
    assert error.evidence.detail == "store.full"


@pytest.mark.skipif(os.name != "posix", reason="permission bits")
def test_only_the_owner_may_look(tmp_path: Path, place: DictPlace) -> None:
    before = os.umask(0)
    try:

        async def work(store: AccountStore) -> None:
            await store.save(account(), HUNTER, None)
            await store.set_paused(account().id, True)
            modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in folder.iterdir()}
            assert modes == {FILE: 0o600, f"{FILE}-wal": 0o600, f"{FILE}-shm": 0o600}

        folder = tmp_path / "new" / "data"
        with_store(folder, work, place)
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700
        (folder / FILE).chmod(0o644)
        with_store(folder, nothing, place)
        assert stat.S_IMODE((folder / FILE).stat().st_mode) == 0o600
    finally:
        os.umask(before)


def test_nothing_stays_beside_the_file(folder: Path, place: DictPlace) -> None:
    with_store(folder, fill, place)
    assert [p.name for p in folder.iterdir()] == [FILE]


@pytest.mark.parametrize("name", ["a?b#c%41", "家 & co", "'quoted' \"x\"", ":memory:"])
def test_folders_with_odd_names(tmp_path: Path, place: DictPlace, name: str) -> None:
    if os.name != "posix" and set(name) & set('?:"'):
        pytest.skip("no such name on this system")
    with_store(tmp_path / name, fill, place)
    assert len(with_store(tmp_path / name, lambda store: store.all(), place)) == 40
    assert [p.name for p in (tmp_path / name).iterdir()] == [FILE]


def test_who_comes_second_at_the_beginning_finds_the_first_ones_file(
    folder: Path, place: DictPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = os.link

    def late(source: str, target: Path) -> None:
        monkeypatch.setattr(os, "link", link)
        with_store(folder, fill, place)
        link(source, target)

    monkeypatch.setattr(os, "link", late)
    assert len(with_store(folder, lambda store: store.all(), place)) == 40
    assert [p.name for p in folder.iterdir()] == [FILE]


def test_a_file_system_without_links(
    folder: Path, place: DictPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(source: str, target: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    with_store(folder, fill, place)
    assert [p.name for p in folder.iterdir()] == [FILE]


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOSPC, StoreFault.FULL),
        (errno.EROFS, StoreFault.READ_ONLY),
        (errno.EIO, StoreFault.DISK),
    ],
)
def test_the_file_system_says_no_at_the_beginning(
    folder: Path, monkeypatch: pytest.MonkeyPatch, number: int, kind: StoreFault
) -> None:
    def refuse(handle: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(StoreError) as caught:
        with_store(folder, nothing, DictPlace())
    assert caught.value.kind is kind
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("begun", [False, True])
def test_what_a_kill_at_the_beginning_left_goes(
    folder: Path, place: DictPlace, begun: bool
) -> None:
    """A new file is made beside its place; whoever is killed just then leaves it there."""
    folder.mkdir(parents=True)
    if begun:
        with_store(folder, nothing, place)
    (folder / f".{FILE}.new-abc123").write_bytes(schema.empty_file())
    with_store(folder, nothing, place)
    assert [path.name for path in folder.iterdir()] == [FILE]


def test_a_beginning_that_another_process_swept_away_finds_the_first_ones_file(
    folder: Path, place: DictPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, raced = os.link, Database(folder / FILE)

    def link(source: str, target: Path) -> None:
        monkeypatch.setattr(os, "link", real)
        asyncio.run(raced.read(lambda c: None))  # the other begins, opens, and sweeps
        assert not Path(source).exists()
        real(source, target)

    monkeypatch.setattr(os, "link", link)
    with_store(folder, nothing, place)
    asyncio.run(raced.close())
    assert [path.name for path in folder.iterdir()] == [FILE]


def test_closing_twice(folder: Path, place: DictPlace) -> None:
    with_store(folder, lambda store: store.close(), place)


def test_from_a_newer_version(folder: Path, place: DictPlace) -> None:
    with_store(folder, fill, place)
    connection = sqlite3.connect(folder / FILE)
    connection.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    connection.close()
    refused(folder, StoreFault.NEWER)


def test_what_a_crash_left_in_the_log_of_a_refused_file_stays(folder: Path, tmp_path: Path) -> None:
    """SQLite would fold the log into the file, or delete it, as soon as it closes."""
    other = tmp_path / "copy"

    async def work(store: AccountStore) -> None:
        await store.set_state("a", 1)
        await store._database.rows(f"PRAGMA user_version = {schema.VERSION + 1}")
        shutil.copytree(folder, other)
        await store._database.rows(f"PRAGMA user_version = {schema.VERSION}")

    with_store(folder, work, DictPlace())
    assert (other / f"{FILE}-wal").stat().st_size > 0
    refused(other, StoreFault.NEWER)


def test_not_ours(folder: Path) -> None:
    folder.mkdir(parents=True)
    connection = sqlite3.connect(folder / FILE)
    with connection:
        connection.execute("CREATE TABLE cookies (name TEXT)")
    connection.close()
    refused(folder, StoreFault.CORRUPT)


def test_not_a_database(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / FILE).write_bytes(b"hello\n" * 5000)
    refused(folder, StoreFault.CORRUPT)


@pytest.mark.parametrize("page", range(1, 12))
def test_a_damaged_page(folder: Path, place: DictPlace, page: int) -> None:
    with_store(folder, fill, place)
    with (folder / FILE).open("r+b") as file:
        file.seek(page * 4096)
        file.write(b"\xa5" * 4096)
    refused(folder, StoreFault.CORRUPT)


@pytest.mark.parametrize("size", [100, 4096, 10_000])
def test_cut_short(folder: Path, place: DictPlace, size: int) -> None:
    with_store(folder, fill, place)
    os.truncate(folder / FILE, size)
    refused(folder, StoreFault.CORRUPT)


def test_emptied(folder: Path, place: DictPlace) -> None:
    """SQLite would take it for a new database and say nothing."""
    with_store(folder, fill, place)
    os.truncate(folder / FILE, 0)
    refused(folder, StoreFault.CORRUPT)


@pytest.mark.parametrize("keep_file", [True, False])
def test_emptied_or_gone_beside_a_log(folder: Path, tmp_path: Path, keep_file: bool) -> None:
    """The log holds what may still be rescued; SQLite would delete it, or pour it in."""
    place = DictPlace()
    other = tmp_path / "copy"

    async def work(store: AccountStore) -> None:
        await store.set_state("a", 1)
        shutil.copytree(folder, other)

    with_store(folder, work, place)
    assert (other / f"{FILE}-wal").stat().st_size > 0
    os.truncate(other / FILE, 0)
    if not keep_file:
        (other / FILE).unlink()
    refused(other, StoreFault.CORRUPT)


def test_a_damaged_file_can_be_set_aside(folder: Path, place: DictPlace) -> None:
    with_store(folder, fill, place)
    (folder / FILE).write_bytes(b"broken")
    (folder / f"{FILE}-wal").write_bytes(b"log")

    async def work() -> None:
        store = AccountStore(folder / FILE, place)
        with pytest.raises(StoreError):
            await store.all()
        aside = await store.set_aside(AT)
        assert aside == folder / f"{FILE}.damaged-20261120-120000"
        assert aside.read_bytes() == b"broken"
        assert Path(f"{aside}-wal").read_bytes() == b"log"
        assert await store.all() == ()
        await store.save(account(), HUNTER, None)
        assert await store.secret(account().id) == HUNTER
        await store.close()

    asyncio.run(work())


def test_locked_by_another(folder: Path, place: DictPlace) -> None:
    with_store(folder, nothing, place)
    other = sqlite3.connect(folder / FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    async def work() -> None:
        database = Database(folder / FILE, patience=0.1)
        with pytest.raises(StoreError) as caught:
            await database.execute("DELETE FROM accounts")
        assert caught.value.kind is StoreFault.LOCKED
        assert await database.rows("SELECT * FROM accounts") == []  # reading goes on
        other.execute("ROLLBACK")
        await database.execute("DELETE FROM accounts")
        await database.close()

    asyncio.run(work())
    other.close()


def test_held_for_itself_by_another(folder: Path, place: DictPlace) -> None:
    with_store(folder, nothing, place)
    other = sqlite3.connect(folder / FILE, isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")

    async def work() -> None:
        database = Database(folder / FILE, patience=0.1)
        with pytest.raises(StoreError) as caught:
            await database.rows("SELECT * FROM accounts")
        assert caught.value.kind is StoreFault.LOCKED
        other.execute("ROLLBACK")
        other.close()
        assert await database.rows("SELECT * FROM accounts") == []
        await database.close()

    asyncio.run(work())


def test_a_full_disk_loses_nothing(folder: Path, place: DictPlace) -> None:
    async def work(store: AccountStore) -> None:
        await store.save(account(1), HUNTER, None)
        (pages,) = (await store._database.rows("PRAGMA page_count"))[0]
        await store._database.rows(f"PRAGMA max_page_count = {pages}")
        big = account(2, "x" * 100_000)
        with pytest.raises(StoreError) as caught:
            await store.save(big, HUNTER, None)
        assert caught.value.kind is StoreFault.FULL
        assert await store.all() == (account(1),)
        assert await store.secret("id-1") == HUNTER
        await store._database.rows(f"PRAGMA max_page_count = {pages + 1000}")
        await store.save(big, HUNTER, None)
        assert await store.secret("id-2") == HUNTER

    with_store(folder, work, place)


# Gives root's rights away after the imports: the interpreter itself may stand in root's own folder.
_OPEN = """
import asyncio, os, sys
from pathlib import Path
from laifaxin_desktop.store.accounts import AccountStore
from laifaxin_desktop.store.database import StoreError
if os.geteuid() == 0:
    os.setgroups([]), os.setgid(65534), os.setuid(65534)
try:
    asyncio.run(AccountStore.open(Path(sys.argv[1])))
except StoreError as error:
    print(error.kind)
"""


@pytest.mark.skipif(os.name != "posix", reason="permission bits")
@pytest.mark.parametrize("what", ["folder", "file", "parent"])
def test_read_only(place: DictPlace, what: str) -> None:
    """In a process without root's rights: for root nothing is read-only."""
    top = Path(tempfile.mkdtemp())  # pytest's own folder is closed to others
    folder = top / "data"
    try:
        if what != "parent":
            with_store(folder, nothing, place)
        for path in (top, *top.rglob("*")):
            if os.geteuid() == 0:
                os.chown(path, 65534, 65534)
        (folder if what == "folder" else folder / FILE if what == "file" else top).chmod(0o500)
        done = subprocess.run(
            [sys.executable, "-B", "-c", _OPEN, str(folder)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.stdout.strip(), done.stderr) == ("read_only", "")
    finally:
        for path in (top, folder):
            if path.exists():
                path.chmod(0o700)
        shutil.rmtree(top)


@pytest.mark.parametrize("version", range(1, schema.VERSION))
def test_migration_keeps_everything(
    folder: Path, tmp_path: Path, place: DictPlace, version: int
) -> None:
    """A file of each older version is filled by hand and opened."""
    folder.mkdir(parents=True)
    connection = sqlite3.connect(folder / FILE, isolation_level=None)
    connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
    for step in schema.MIGRATIONS[:version]:
        for statement in step:
            connection.execute(statement)
    connection.execute(
        """INSERT INTO accounts (id, local, domain, address_key, provider, settings, label, paused,
        added_at) VALUES ('id-1', 'Li1', 'qq.com', 'li1@qq.com', 'qq',
        '{"incoming":null,"outgoing":null,"auth":"password","username":"me"}', '旧', 0,
        '2026-01-01T00:00:00+00:00')"""
    )
    connection.execute(f"PRAGMA user_version = {version}")
    connection.close()

    async def look(store: AccountStore) -> None:
        [old] = await store.all()
        assert (old.label, old.settings.username) == ("旧", "me")
        await store.save(old, HUNTER, None)
        await store.set_guide_step("qq", "smtp", "open", True)
        await store.set_state("language", "en")
        assert await store.secret("id-1") == HUNTER

    with_store(folder, look, place)
    connection = sqlite3.connect(folder / FILE)
    assert schema.version_of(connection) == schema.VERSION
    new = tmp_path / "new.db"
    new.write_bytes(schema.empty_file())
    fresh = sqlite3.connect(new)
    tables = "SELECT type, name, sql FROM sqlite_schema ORDER BY name"
    assert connection.execute(tables).fetchall() == fresh.execute(tables).fetchall()
    connection.close()
    fresh.close()


def test_a_failed_migration_changes_nothing(
    folder: Path, place: DictPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_store(folder, fill, place)
    with monkeypatch.context() as patch:
        broken = ("CREATE TABLE half (id TEXT) STRICT", "INSERT INTO nowhere VALUES (1)")
        patch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, broken))
        patch.setattr(schema, "VERSION", schema.VERSION + 1)
        with pytest.raises(sqlite3.OperationalError):
            with_store(folder, nothing, place)
    with_store(folder, nothing, place)
    connection = sqlite3.connect(folder / FILE)
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema")]
    assert "half" not in names
    connection.close()


def test_the_loop_goes_on_while_the_disk_waits(folder: Path, place: DictPlace) -> None:
    with_store(folder, nothing, place)
    other = sqlite3.connect(folder / FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    async def work() -> int:
        database = Database(folder / FILE, patience=0.5)
        waiting = asyncio.create_task(database.execute("DELETE FROM accounts"))
        turns = 0
        while not waiting.done():
            await asyncio.sleep(0.01)
            turns += 1
        with pytest.raises(StoreError):
            await waiting
        await database.close()
        return turns

    assert asyncio.run(work()) > 10
    other.close()
