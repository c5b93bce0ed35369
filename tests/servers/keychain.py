"""A real gnome-keyring in a session of its own: open, locked, or gone."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Literal

import secretstorage
from jeepney.io.blocking import (  # type: ignore[import-untyped]
    DBusConnection,
    open_dbus_connection,
)

from .processes import Process, wait_until
from .session import Session, run_session

State = Literal["open", "locked", "never opened"]


class Keychain:
    """The keychain of one session; made by `run_keychain`."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._daemon: Process | None = None

    @property
    def environment(self) -> dict[str, str]:
        """For a program that is to find this keychain."""
        return dict(self.session.environment)

    def start(self, *, unlocked: bool) -> None:
        """Start the daemon; the first time an unlocked one makes the collection."""
        how = ["--unlock"] if unlocked else ["--start"]
        with ExitStack() as stack:
            # The password of the collection is what stands on standard input: an empty line.
            password = stack.enter_context(self._password_file().open("rb"))
            self._daemon = self.session.start(
                ["gnome-keyring-daemon", "--foreground", "--components=secrets", *how],
                stdin=password if unlocked else subprocess.DEVNULL,
            )
        wait_until(self._ready, 15, f"gnome-keyring\n{self._daemon.words()}")

    def stop(self) -> None:
        """From now on there is no keychain at all."""
        if self._daemon is not None:
            self._daemon.stop()
            self._daemon = None

    def reset(self) -> None:
        """Running, open and empty, whatever happened before."""
        if self._daemon is None or not self._daemon.alive() or self.locked():
            self.unlock()
        self.clear()

    def freeze(self) -> None:
        """From now on it takes questions and answers none, until `thaw` or `stop`."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It answers again."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._daemon is not None:
            os.kill(self._daemon.pid, number)

    def lock(self) -> None:
        """As when the screen has been locked: reading needs a prompt, and nobody can answer it."""
        with closing(self._connect()) as connection:
            secretstorage.get_default_collection(connection).lock()

    def unlock(self) -> None:
        """Opens it again (by a new start: unlocking an open daemon would need a prompt)."""
        self.stop()
        self.start(unlocked=True)

    def locked(self) -> bool:
        """Whether reading needs a prompt."""
        with closing(self._connect()) as connection:
            return secretstorage.get_default_collection(connection).is_locked()

    def items(self) -> list[tuple[dict[str, str], bytes]]:
        """Everything stored, as attributes and secret."""
        with closing(self._connect()) as connection:
            collection = secretstorage.get_default_collection(connection)
            return [
                (dict(item.get_attributes()), item.get_secret())
                for item in collection.get_all_items()
            ]

    def clear(self) -> None:
        """Delete everything stored."""
        with closing(self._connect()) as connection:
            for item in secretstorage.get_default_collection(connection).get_all_items():
                item.delete()

    def _connect(self) -> DBusConnection:
        return open_dbus_connection(self.session.environment["DBUS_SESSION_BUS_ADDRESS"])

    def _ready(self) -> bool:
        assert self._daemon is not None
        self._daemon.check_alive()
        with closing(self._connect()) as connection:
            if not secretstorage.check_service_availability(connection):
                return False
            return any(secretstorage.get_all_collections(connection))

    def _password_file(self) -> Path:
        path = self.session.folder / "password"
        path.write_bytes(b"\n")
        return path


@contextmanager
def run_keychain(session: Session | None = None, *, state: State = "open") -> Iterator[Keychain]:
    """Run one until the block ends, in this session or in a new one of its own.

    `locked`: it was opened once and is closed now; `never opened`: there is no collection yet.
    In both, whoever asks for a secret is refused at once, since nobody answers a prompt.
    """
    with ExitStack() as stack:
        keychain = Keychain(session or stack.enter_context(run_session()))
        stack.callback(keychain.stop)
        keychain.start(unlocked=state != "never opened")
        if state == "locked":
            keychain.lock()
        yield keychain
