"""The real gnome-keyring: open, locked, frozen, gone; and the backends that are refused."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import keyring.backend
import keyring.errors
import pytest

from laifaxin_desktop.model.problem import Fault
from laifaxin_desktop.store.accounts import AccountStore
from laifaxin_desktop.store.keychain import ALLOWED, SERVICE, Keychain, find_backend
from tests.servers.keychain import Keychain as RealKeychain
from tests.store.parts import HUNTER, account, fails, with_store

# keyring 25.7 leaves its D-Bus connection open where the collection cannot be unlocked.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
real = pytest.mark.real
SHORT = 0.5  # seconds instead of 30


class PlaintextKeyring(keyring.backend.KeyringBackend):
    """What keyrings.alt is: it would write anything anywhere, and claims to be the best."""

    priority = 100

    def get_password(self, service: str, username: str) -> str | None:
        raise AssertionError("asked")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise AssertionError("written")


class SecretServiceLookalike(PlaintextKeyring):
    """Has an honest name in a foreign module."""


SecretServiceLookalike.__name__ = SecretServiceLookalike.__qualname__ = "Keyring"


@pytest.fixture(autouse=True)
def plain_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No keyringrc.cfg but the test's own; returns where it would be."""
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "config"))
    file = tmp_path / "config" / "python_keyring" / "keyringrc.cfg"
    file.parent.mkdir(parents=True)
    return file


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """What keyring left open goes while its warning is expected."""
    yield
    gc.collect()


# ---- which backends ----


@pytest.mark.parametrize(
    "name",
    [
        "keyring.backends.null.Keyring",
        "keyring.backends.fail.Keyring",
        "keyrings.alt.file.PlaintextKeyring",
        f"{__name__}.PlaintextKeyring",
        f"{__name__}.SecretServiceLookalike",
        "does.not.Exist",
        "nonsense",
    ],
)
@pytest.mark.parametrize("by", ["environment", "file"])
def test_a_backend_that_is_not_allowed_is_refused(
    name: str, by: str, plain_config: Path, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    if by == "environment":
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", name)
    else:
        plain_config.write_text(f"[backend]\ndefault-keyring={name}\nkeyring-path=/tmp\n")

    async def work(store: AccountStore) -> None:
        with fails(Fault.NO_KEYCHAIN, "backend_refused"):
            await store.save(account(), HUNTER, None)
        assert await store.all() == ()

    with_store(folder, work)


def test_a_foreign_backend_is_not_even_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Merely installed, and claiming priority 100."""
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
    assert PlaintextKeyring in keyring.backend.KeyringBackend._classes
    with fails(Fault.NO_KEYCHAIN, ""):
        find_backend()


@pytest.mark.parametrize("text", ["", "garbage", "[backend]\n", "[other]\nx=1\n", "\udcff"])
def test_a_file_that_says_nothing_changes_nothing(
    text: str, plain_config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
    plain_config.write_text(text, errors="surrogateescape")
    with fails(Fault.NO_KEYCHAIN, ""):
        find_backend()


@real
@pytest.mark.parametrize("name", ["", ALLOWED[2], "keyring.backends.chainer.ChainerBackend"])
def test_the_secret_service_is_found(
    in_session: RealKeychain, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    if name:
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", name)
    kind = type(find_backend())
    assert f"{kind.__module__}.{kind.__qualname__}" == "keyring.backends.SecretService.Keyring"


# ---- the real one ----


@real
def test_one_item_holds_one_key(in_session: RealKeychain, folder: Path) -> None:
    async def fill(store: AccountStore) -> None:
        for number in range(3):
            await store.save(account(number), HUNTER, None)

    with_store(folder, fill)
    [(attributes, secret)] = in_session.items()
    assert attributes["service"] == SERVICE
    assert len(attributes["username"]) == 32
    assert len(secret) == 44
    for number in range(3):
        of = f"id-{number}"
        assert with_store(folder, lambda store, of=of: store.secret(of)) == HUNTER  # type: ignore[misc]


@real
def test_rotation_leaves_one_item(in_session: RealKeychain, folder: Path) -> None:
    async def work(store: AccountStore) -> None:
        await store.save(account(), HUNTER, None)
        [before] = in_session.items()
        await store.rotate_key()
        [after] = in_session.items()
        assert before != after

    with_store(folder, work)
    assert with_store(folder, lambda store: store.secret("id-1")) == HUNTER


@real
def test_locked_and_opened_again(in_session: RealKeychain, folder: Path) -> None:
    async def fill(store: AccountStore) -> None:
        await store.save(account(), HUNTER, None)

    async def work(store: AccountStore) -> None:
        with fails(Fault.LOCKED):
            await store.secret("id-1")
        with fails(Fault.LOCKED):
            await store.save(account(2), HUNTER, None)
        assert await store.all() == (account(),)
        in_session.unlock()
        assert await store.secret("id-1") == HUNTER

    with_store(folder, fill)
    in_session.lock()
    with_store(folder, work)
    assert len(in_session.items()) == 1


@real
def test_locked_at_the_very_first_use(
    locked_keychain: RealKeychain, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in locked_keychain.environment.items():
        if name.startswith("DBUS_"):
            monkeypatch.setenv(name, value)

    async def work(store: AccountStore) -> None:
        with fails(Fault.LOCKED):
            await store.save(account(), HUNTER, None)
        assert await store.all() == ()

    with_store(folder, work)


@real
def test_gone_and_come_back(in_session: RealKeychain, folder: Path) -> None:
    async def work(store: AccountStore) -> None:
        in_session.stop()
        with fails(Fault.NO_KEYCHAIN):
            await store.save(account(), HUNTER, None)
        in_session.start(unlocked=True)
        await store.save(account(), HUNTER, None)
        assert await store.secret("id-1") == HUNTER

    with_store(folder, work)
    assert len(in_session.items()) == 1


@real
def test_an_item_that_was_deleted(in_session: RealKeychain, folder: Path) -> None:
    async def fill(store: AccountStore) -> None:
        await store.save(account(), HUNTER, None)

    async def work(store: AccountStore) -> None:
        with fails(Fault.MISSING, "key_lost"):
            await store.secret("id-1")

    with_store(folder, fill)
    in_session.clear()
    with_store(folder, work)


@real
def test_frozen_and_thawed(in_session: RealKeychain, folder: Path) -> None:
    """It takes the question and never answers: the limit ends the wait, not the question."""

    async def work() -> None:
        keychain = Keychain(limit=SHORT)
        store = await AccountStore.open(folder, keychain)
        await store.save(account(), HUNTER, None)
        await store.close()

        store = await AccountStore.open(folder, Keychain(limit=SHORT))
        in_session.freeze()
        for _ in range(2):
            with fails(Fault.LOCKED, "timeout"):
                await store.secret("id-1")
            assert await store.all() == (account(),)  # the database has its own thread
        in_session.thaw()
        assert await store.secret("id-1") == HUNTER
        await store.close()

    asyncio.run(work())


@real
def test_frozen_while_the_first_key_is_made(in_session: RealKeychain, folder: Path) -> None:
    async def work() -> None:
        class Freezing(Keychain):
            def put_now(self, key_id: str, key: str) -> None:
                in_session.freeze()
                super().put_now(key_id, key)

        store = await AccountStore.open(folder, Freezing(limit=SHORT))
        with fails(Fault.LOCKED, "timeout"):
            await store.save(account(), HUNTER, None)
        assert await store.all() == ()
        await store.close()

    asyncio.run(work())
    in_session.thaw()

    async def again(store: AccountStore) -> None:
        await store.save(account(), HUNTER, None)
        assert await store.secret("id-1") == HUNTER

    with_store(folder, again)


_QUIT = """
import asyncio, sys
from pathlib import Path
from laifaxin_desktop.model.problem import MailError
from laifaxin_desktop.store.accounts import AccountStore
from laifaxin_desktop.store.keychain import Keychain
async def main():
    store = await AccountStore.open(Path(sys.argv[1]), Keychain(limit=0.2))
    try:
        await store.secret("id-1")
    except MailError as error:
        print(error)
    await store.close()
asyncio.run(main())
"""


@real
def test_a_prompt_that_nobody_answers_does_not_keep_the_program_alive(
    in_session: RealKeychain, folder: Path
) -> None:
    async def fill(store: AccountStore) -> None:
        await store.save(account(), HUNTER, None)

    with_store(folder, fill)
    in_session.freeze()
    begin = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", _QUIT, str(folder)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout.strip(), done.stderr) == ("vault/locked", "")
    assert time.monotonic() - begin < 20  # D-Bus itself would wait 25 s


def test_an_item_that_is_deleted_while_it_is_read_is_not_there() -> None:
    """Another process has replaced the key just then: that does not mean no keychain at all."""
    gone = pytest.importorskip("secretstorage.exceptions").ItemNotFoundException

    class Deleted(PlaintextKeyring):
        def get_password(self, service: str, username: str) -> str | None:
            raise gone("Item does not exist!")

    async def look() -> str | None:
        keychain = Keychain(find=Deleted)
        try:
            return await keychain.get("id")
        finally:
            keychain.close()

    assert asyncio.run(look()) is None


def test_a_keychain_that_fails_once_is_asked_again() -> None:
    class Restarted(PlaintextKeyring):
        calls = 0

        def get_password(self, service: str, username: str) -> str | None:
            Restarted.calls += 1
            if Restarted.calls == 1:
                raise keyring.errors.KeyringError("the service has a new address")
            return "key"

    async def main() -> str | None:
        keychain = Keychain(find=Restarted)
        try:
            return await keychain.get("id")
        finally:
            keychain.close()

    assert asyncio.run(main()) == "key"
    assert Restarted.calls == 2
