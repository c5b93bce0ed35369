"""Imports everything once, then forks a process for every line it is told; killed by the tests.

A line is ``verb folder number``; the answer is the child's process id. A child writes one byte
to the pipe named by the first argument when it begins, so that a test knows from when on it is
worth killing, and one when it ends: ``!`` when all went well, ``x`` after an exception.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import signal
import sys
import traceback
from dataclasses import replace
from functools import partial
from pathlib import Path

import cryptography.hazmat.primitives.ciphers.aead
import keyring.backends.SecretService

import laifaxin_desktop.store.accounts
from laifaxin_desktop.model.account import Settings
from laifaxin_desktop.model.problem import MailError
from laifaxin_desktop.model.provider import AuthWay
from laifaxin_desktop.model.route import Proxy, ProxyKind
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.store.accounts import AccountStore
from tests.store.parts import IMAP, account, report

__all__ = ["cryptography", "keyring", "laifaxin_desktop"]  # imported for the children


def secret_for(account_id: str, label: str) -> Secret:
    """The secret that belongs to this label: both are saved together or not at all."""
    return Secret(f"secret of {account_id} {label} é漢")


def renewed_for(account_id: str, label: str) -> Secret:
    """What it is renewed to, as long as a cache of tokens."""
    return Secret(secret_for(account_id, label).reveal() + " renewed" * 1000)


PROXY = Proxy(ProxyKind.SOCKS5, "proxy.example", 1080, "bob")


def at_proxy(account_id: str, label: str) -> Secret:
    """What the proxy of an account wants."""
    return Secret(f"proxy of {account_id} {label} é漢")


async def save_for_ever(folder: Path, number: int, *, from_first: bool = False) -> None:
    """Save, renew, replace, remove and rotate without end; the label counts.

    Every other account signed in: what it held before may have been a password.

    :param from_first: say that it has begun when the first account is saved
    """
    store = await AccountStore.open(folder)
    for turn in itertools.count():
        one = account(number + turn % 5, f"{os.getpid()}-{turn}")
        if turn % 2:
            one = replace(one, settings=Settings(IMAP, None, AuthWay.MICROSOFT))
        proxy = None
        if turn % 4 < 3:  # of the same host, its password changes with each label
            one = replace(one, settings=one.settings.through(PROXY))
            proxy = at_proxy(one.id, one.label)
        secret = secret_for(one.id, one.label)
        await store.save(one, secret, report(one), proxy)
        if from_first and turn == 0:
            os.write(int(sys.argv[1]), b".")
        stored = await store.get(one.id)
        if stored and turn % 3:
            renewed = renewed_for(one.id, one.label)
            await store.renew_secret(one.id, stored.revision, secret, renewed)
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


RENEWALS = 25  # won by each process of `count_up`


async def count_up(folder: Path, number: int) -> None:
    """Renew the first account's secret, a number, to the next one, against all rivals.

    The one with number 0 replaces the key all the while.
    """
    store = await AccountStore.open(folder)
    won = 0
    while won < RENEWALS:
        old = await store.secret("id-1")
        new = Secret(str(int(old.reveal()) + 1))
        won += await store.renew_secret("id-1", 0, old, new)
        if number == 0:
            with contextlib.suppress(MailError):  # a rival was faster
                await store.rotate_key()
    await store.close()


LATER = "from_first"  # says itself when it has begun
VERBS = {
    "for_ever": save_for_ever,
    LATER: partial(save_for_ever, from_first=True),
    "once": save_once,
    "count_up": count_up,
}


def main() -> None:
    """Fork until standard input ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children
    pulse = int(sys.argv[1])
    for line in sys.stdin:
        verb, number, folder = line.rstrip("\n").split(" ", 2)
        child = os.fork()
        if child == 0:
            if verb != LATER:
                os.write(pulse, b".")
            try:
                asyncio.run(VERBS[verb](Path(folder), int(number)))
            except BaseException:
                traceback.print_exc()
                os.write(pulse, b"x")
                os._exit(1)
            os.write(pulse, b"!")
            os._exit(0)
        print(child, flush=True)


if __name__ == "__main__":
    main()
