"""What is killed: processes that work on the real store without end and keep a ledger of it.

Imports everything once, then forks a worker for every line of standard input, a `Task` as JSON;
the answer is the worker's process id. The ledger outlives the kill: one `write` a line.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import cryptography.hazmat.primitives.ciphers.aead
import keyring.backends.SecretService

from laifaxin_desktop.engine import setup
from laifaxin_desktop.engine.draft import Draft, Reason
from laifaxin_desktop.model.account import Account, Settings
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.problem import MailError, Stage
from laifaxin_desktop.model.provider import AuthWay, Endpoint, Protocol, Security
from laifaxin_desktop.model.report import Leg, Report, StageResult
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.store.accounts import AccountStore

__all__ = ["cryptography", "keyring"]  # imported for the workers

IMAP = Endpoint(Protocol.IMAP, "imap.qq.com", 993, Security.TLS)
SMTP = Endpoint(Protocol.SMTP, "smtp.qq.com", 465, Security.TLS)


class Kind(StrEnum):
    """What a worker does."""

    ADD = "add"
    REAUTHORIZE = "reauthorize"
    DELETE = "delete"
    ROTATE = "rotate"


@dataclass(frozen=True, slots=True)
class Task:
    """One worker's work; `names` are the accounts it may replace or delete, `folder` is the data.

    `mark` makes what it writes its own: no two workers write the same.
    """

    kind: Kind
    mark: int
    names: tuple[str, ...]
    folder: str
    ledger: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One piece of work; `token` is what the account holds afterwards, 0 for nothing."""

    kind: Kind
    name: str
    token: int
    begun: int  # ns, of the clock that all processes share
    ended: int = 0  # 0: it was under way at the kill
    refusal: str = ""  # it was told no: nothing may have changed

    def line(self) -> bytes:
        """For the ledger."""
        return json.dumps(asdict(self)).encode() + b"\n"


def read_ledger(path: Path) -> list[Entry]:
    """What was done and, last, what was under way."""
    done: list[Entry] = []
    for line in path.read_text().splitlines():
        words = json.loads(line)
        entry = Entry(**(words | {"kind": Kind(words["kind"])}))
        if done and done[-1].begun == entry.begun:
            done.pop()
        done.append(entry)
    return done


# ---- what an account looks like: all of it follows from its name and its token ----


def address_of(name: str) -> Address:
    """The address of an account."""
    return Address(name, "qq.com")


def secret_of(name: str, token: int) -> Secret:
    """Its secret."""
    return Secret(f"secret of {name} {token} é漢")


def settings_of(token: int) -> Settings:
    """Its servers; the user name tells the tokens apart. Every other one signed in."""
    way = AuthWay.MICROSOFT if token % 2 else AuthWay.APP_PASSWORD
    return Settings(IMAP, SMTP, way, f"user {token}")


def report_of(name: str, token: int, account: str | None) -> Report:
    """A good check of just this secret; the duration tells the tokens apart."""
    legs = tuple(Leg(end, (StageResult(Stage.LOGIN, True, 1),)) for end in (IMAP, SMTP))
    return Report(address_of(name), datetime(2026, 11, 20, tzinfo=UTC), token, legs, account)


def draft_of(name: str, token: int, stored: Account | None) -> Draft:
    """The wizard at its end."""
    settings, secret = settings_of(token), secret_of(name, token)
    return Draft(
        Reason.REAUTHORIZE if stored else Reason.ADD,
        typed=str(address_of(name)),
        way=settings.auth,
        settings=settings,
        secret=secret,
        tokens=secret,
        report=report_of(name, token, None),
        editing=stored,
    )


async def put(store: AccountStore, name: str, token: int) -> None:
    """Add the account, or give it a new secret, as the window does."""
    stored = await store.find(address_of(name))
    draft, now = draft_of(name, token, stored), datetime.now(UTC)
    await setup.finish(draft, store, account_id=f"id {name}", now=now, proof=draft.proof)


# ---- the worker ----


class Worker:
    """Works until it is killed or told to stop, which it does after a whole piece of work."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._ledger = os.open(task.ledger, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._stop = False
        self._parent = os.getppid()

    @property
    def _over(self) -> bool:
        """Told to stop, or left behind: a script that was killed tells nobody."""
        return self._stop or os.getppid() != self._parent

    async def run(self) -> None:
        """Open the store and work."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self._told)
        store = await AccountStore.open(Path(self._task.folder))
        for name, token in self._pieces():
            if self._over:
                break
            await self._do(store, name, token)
        while not self._over:  # noqa: ASYNC110 - nothing left to do but to be killed
            await asyncio.sleep(0.01)
        await store.close()

    def _told(self) -> None:
        self._stop = True

    def _pieces(self) -> Iterator[tuple[str, int]]:
        task = self._task
        tokens = itertools.count(task.mark * 10_000 + 1)
        if task.kind is Kind.ADD:
            return ((f"a{token}", token) for token in tokens)
        if task.kind is Kind.REAUTHORIZE:
            return zip(itertools.cycle(task.names), tokens, strict=False)
        if task.kind is Kind.DELETE:
            return ((name, 0) for name in task.names)
        return (("", token) for token in tokens)

    async def _do(self, store: AccountStore, name: str, token: int) -> None:
        entry = Entry(self._task.kind, name, token, time.monotonic_ns())
        os.write(self._ledger, entry.line())
        refusal = ""
        try:
            match self._task.kind:
                case Kind.ADD | Kind.REAUTHORIZE:
                    await put(store, name, token)
                case Kind.DELETE:
                    account = await store.find(address_of(name))
                    await store.remove(account.id if account else "")
                case Kind.ROTATE:
                    await store.rotate_key()
        except MailError as error:
            refusal = f"{error} {error.evidence.detail}"
        ended = time.monotonic_ns()
        whole = Entry(entry.kind, entry.name, entry.token, entry.begun, ended, refusal)
        os.write(self._ledger, whole.line())


def main() -> None:
    """Fork until standard input ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the workers
    for line in sys.stdin:
        words = json.loads(line)
        words |= {"kind": Kind(words["kind"]), "names": tuple(words["names"])}
        child = os.fork()
        if child == 0:
            asyncio.run(Worker(Task(**words)).run())
            os._exit(0)
        print(child, flush=True)


if __name__ == "__main__":
    main()
