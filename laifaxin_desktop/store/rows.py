"""Accounts and reports as rows and back; an old vocabulary loses a report, never an account."""

from __future__ import annotations

import gc
import hashlib
import json
import logging
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, Generic, TypeVar

from laifaxin_desktop.model.account import Account, Settings
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.plain import PlainError, from_plain, to_plain
from laifaxin_desktop.model.provider import AuthWay
from laifaxin_desktop.model.report import Report
from laifaxin_desktop.model.route import Proxy
from laifaxin_desktop.model.typed_proxy import refuse_strange

from .sealed import Slot, drop_sealed

T = TypeVar("T")
Row = tuple[Any, ...]

_LOG = logging.getLogger(__name__)
_COLUMNS = "id, local, domain, provider, settings, label, paused, added_at, revision"


class Decoder(Generic[T]):
    """Decodes a whole table again and again, but only the rows that have changed since.

    Ten thousand reports take two seconds to decode, and the window asks after every change.
    """

    def __init__(self, decode: Callable[[Row], T]) -> None:
        self._decode = decode
        self._known: dict[bytes, T] = {}  # by a digest: the rows themselves are kilobytes each

    def decode(self, rows: Iterable[Row]) -> list[T]:
        """Every row decoded, in its order; rows that are gone are forgotten."""
        known, decode = self._known, self._decode
        # Fetched whole: SQLite lets go of the interpreter's lock at every row and takes it back at
        # once, and each time the window's thread begins to wait anew (seen: 0.9 s without a paint).
        fetched = list(rows)
        fetched.reverse()
        now: dict[bytes, T] = {}
        with _uncollected():
            while fetched:  # each row is let go as soon as it is decoded: they are megabytes
                row = fetched.pop()
                key = _digest(row)
                now[key] = known[key] if key in known else decode(row)
        self._known = now
        return list(self._known.values())


def _digest(row: Row) -> bytes:
    """Tells rows apart, as git tells files; a row holds its account's id."""
    return hashlib.blake2b("\0".join(map(str, row)).encode(), digest_size=16).digest()


@contextmanager
def _uncollected() -> Iterator[None]:
    """No full collection meanwhile: over many new values one holds every thread for 0.1 s."""
    wanted = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if wanted:
            gc.enable()


def to_json(value: object) -> str:
    """A value of the model as it stands in a column; equal values read the same."""
    return json.dumps(to_plain(value), ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def select(connection: sqlite3.Connection, where: str, *values: str) -> Iterable[Row]:
    """Rows of accounts for `account`; `where` is a constant of ours."""
    return connection.execute(f"SELECT {_COLUMNS} FROM accounts WHERE {where}", values)  # noqa: S608


def account(row: Row) -> Account:
    """The account of a row."""
    account_id, local, domain, provider, settings, label, paused, added_at, revision = row
    decoded = _settings(account_id, settings)
    added = datetime.fromisoformat(added_at)
    address = Address(local, domain)
    return Account(account_id, address, provider, decoded, added, label, bool(paused), revision)


def _settings(account: str, stored: str) -> Settings:
    try:
        decoded = from_plain(Settings, json.loads(stored))
        refuse_strange(decoded.route())
    except (PlainError, ValueError):
        # The account stays, and its servers are asked for anew. So it is where only its proxy or
        # its exceptions make no sense: it must not go on without them as if nothing were.
        _LOG.warning("servers of an account no longer decode", extra={"account": account})
        return Settings(None, None, AuthWay.PASSWORD)
    return decoded


def proxy_of(connection: sqlite3.Connection, account: str) -> Proxy | None:
    """The proxy that an account has, and whose password is stored with it."""
    found = connection.execute("SELECT settings FROM accounts WHERE id = ?", (account,)).fetchone()
    return _settings(account, found[0]).proxy if found else None


def report(row: Row) -> tuple[str, Report | None]:
    """The account's id and its report; None for a vocabulary no longer spoken: checked again."""
    account_id, plain = row
    try:
        return account_id, from_plain(Report, json.loads(plain))
    except (PlainError, ValueError):
        return account_id, None


def revision(connection: sqlite3.Connection, account: str) -> int | None:
    """The revision of an account; None when it is gone."""
    found = connection.execute("SELECT revision FROM accounts WHERE id = ?", (account,)).fetchone()
    return int(found[0]) if found else None


def write_account(connection: sqlite3.Connection, account: Account) -> int:
    """Add an account with a new secret, or replace it, instead of any other with its address.

    Whether it is paused stays as it is: that may have changed since the writer read it. The old
    report is void. Returns the new revision.
    """
    key = account.address.key
    connection.execute("DELETE FROM accounts WHERE address_key = ? AND id <> ?", (key, account.id))
    connection.execute("DELETE FROM reports WHERE account = ?", (account.id,))
    written = connection.execute(
        f"""INSERT INTO accounts ({_COLUMNS}, address_key) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET local = excluded.local, domain = excluded.domain,
            provider = excluded.provider, settings = excluded.settings, label = excluded.label,
            address_key = excluded.address_key, revision = accounts.revision + 1
        RETURNING revision""",  # noqa: S608 - constants
        (
            account.id,
            account.address.local,
            account.address.domain,
            account.provider,
            to_json(account.settings),
            account.label,
            int(account.paused),
            account.added_at.isoformat(),
            account.revision,
            key,
        ),
    )
    return int(written.fetchall()[0][0])


def write_servers(connection: sqlite3.Connection, account: Account) -> int | None:
    """Replace the servers of an account whose secret stays; the old report is void.

    Returns the new revision; None when the account is gone, or its secret or servers are no
    longer those of its revision: then nothing was proven of what is stored now.
    """
    written = connection.execute(
        """UPDATE accounts SET provider = ?, settings = ?, revision = revision + 1
        WHERE id = ? AND revision = ? RETURNING revision""",
        (account.provider, to_json(account.settings), account.id, account.revision),
    ).fetchall()
    if not written:
        return None
    connection.execute("DELETE FROM reports WHERE account = ?", (account.id,))
    return int(written[0][0])


def drop_secret(connection: sqlite3.Connection, account: str) -> None:
    """Delete what lets an account in, and the report that spoke of it; it is of a new revision.

    The proxy's password stays: the next sign-in goes through it.
    """
    connection.execute("UPDATE accounts SET revision = revision + 1 WHERE id = ?", (account,))
    drop_sealed(connection, account, Slot.ACCOUNT)
    connection.execute("DELETE FROM reports WHERE account = ?", (account,))


def write_report(
    connection: sqlite3.Connection, account: str, report: Report, revision: int
) -> None:
    """Keep the last report; nothing when the account is gone or of another revision by now.

    One that failed goes on knowing when the account last passed.
    """
    if not report.ok:
        report = replace(report, good_at=last_good(connection, account))
    connection.execute(
        """INSERT INTO reports (account, report)
        SELECT id, ?2 FROM accounts WHERE id = ?1 AND revision = ?3
        ON CONFLICT (account) DO UPDATE SET report = excluded.report""",
        (account, to_json(report), revision),
    )


def last_good(connection: sqlite3.Connection, account: str) -> datetime | None:
    """When the account passed, as its report so far knows."""
    found = connection.execute("SELECT account, report FROM reports WHERE account = ?", (account,))
    before = next((old for _, old in map(report, found)), None)
    return before.last_good if before else None
