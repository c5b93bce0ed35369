"""Imports everything once, then forks a process for every line it is told; killed by the tests.

A line is ``verb folder number``; the answer is the child's process id. A child writes one byte
to the pipe named by the first argument when it begins, so that a test knows from when on it is
worth killing, and one when it ends.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import sys
from pathlib import Path

import cryptography.hazmat.primitives.ciphers.aead
import keyring.backends.SecretService

import laifaxin_desktop.store.accounts
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.store.accounts import AccountStore
from tests.store.parts import account, report

__all__ = ["cryptography", "keyring", "laifaxin_desktop"]  # imported for the children


def secret_for(account_id: str, label: str) -> Secret:
    """The secret that belongs to this label: both are saved together or not at all."""
    return Secret(f"secret of {account_id} {label} é漢")


async def save_for_ever(folder: Path, number: int) -> None:
    """Save, replace, remove and rotate without end; the label counts."""
    store = await AccountStore.open(folder)
    for turn in itertools.count():
        one = account(number + turn % 5, f"{os.getpid()}-{turn}")
        await store.save(one, secret_for(one.id, one.label), report(one))
        if turn % 7 == 3:
            await store.remove(account(number + (turn + 2) % 5).id)
        if turn % 9 == 4:
            await store.rotate_key()


async def save_once(folder: Path, number: int) -> None:
    """Open, save one account and close."""
    store = await AccountStore.open(folder)
    one = account(number, "once")
    await store.save(one, secret_for(one.id, one.label), report(one))
    await store.close()


VERBS = {"for_ever": save_for_ever, "once": save_once}


def main() -> None:
    """Fork until standard input ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children
    pulse = int(sys.argv[1])
    for line in sys.stdin:
        verb, number, folder = line.rstrip("\n").split(" ", 2)
        child = os.fork()
        if child == 0:
            os.write(pulse, b".")
            asyncio.run(VERBS[verb](Path(folder), int(number)))
            os.write(pulse, b"!")
            os._exit(0)
        print(child, flush=True)


if __name__ == "__main__":
    main()
