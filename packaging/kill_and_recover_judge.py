"""The next start after a kill: opens the store as the program does and says what is not whole."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from kill_and_recover_work import address_of, put, report_of, secret_of, settings_of

from laifaxin_desktop.model.account import Account
from laifaxin_desktop.model.problem import MailError
from laifaxin_desktop.store.accounts import FILE, AccountStore
from laifaxin_desktop.store.seal import MAGIC
from tests.servers.keychain import Keychain

LEAST, MOST = 8, 40
_ID_BYTES = 16


@dataclass(slots=True)
class Found:
    """What the start found; tokens by name."""

    before: dict[str, int] = field(default_factory=dict)
    tokens: dict[str, int] = field(default_factory=dict)  # after the start has set to work itself
    key: str = ""
    leftovers: Counter[str] = field(default_factory=Counter)


async def judge(folder: Path, keychain: Keychain, mark: int) -> tuple[Found, list[str]]:
    """What is there, and everything that is wrong with it; then `LEAST` to `MOST` accounts are.

    `mark` tells what is added here from everything else.
    """
    found, wrong = Found(), list[str]()
    try:
        store = await AccountStore.open(folder)
    except MailError as error:
        return found, [f"the database does not open: {error.evidence.detail}"]
    try:
        await _look(store, keychain, found, wrong)
        for name in list(found.tokens)[MOST:]:
            if account := await store.find(address_of(name)):
                await store.remove(account.id)
            del found.tokens[name]
        for number in range(LEAST - len(found.tokens)):
            name, token = f"j{mark}-{number}", mark * 10_000 + number
            await put(store, name, token)
            found.tokens[name] = token
    except MailError as error:
        wrong.append(f"the next start fails: {error} {error.evidence.detail}")
    finally:
        await store.close()
    wrong += _files(folder, len(found.tokens), found.key)
    return found, wrong


async def _look(store: AccountStore, keychain: Keychain, found: Found, wrong: list[str]) -> None:
    database = store._database
    for table in ("PRAGMA integrity_check", "PRAGMA foreign_key_check"):
        if (answer := await database.rows(table)) not in ([("ok",)], []):
            wrong.append(f"{table}: {answer}")
    rows = {str(i): str(s) for i, s in await database.rows("SELECT id, standing FROM keys")}
    items = {attributes["username"] for attributes, _ in keychain.items()}
    wrong.extend(f"a keychain item that no row names: {item}" for item in items - set(rows))
    found.leftovers += Counter(f"keys {s}" for s in rows.values() if s != "current")
    found.leftovers["keychain items"] += max(0, len(items) - 1)

    accounts = await store.all()
    for account in accounts:
        wrong += await _whole(store, account)
    found.before = {a.address.local: _token(a) for a in accounts}
    found.tokens = dict(found.before)
    ids = {account.id for account in accounts}
    for table in ("secrets", "reports"):
        kept = [row[0] for row in await database.rows(f"SELECT account FROM {table}")]
        if sorted(kept) != sorted(ids):
            wrong.append(f"{table} of {sorted(set(kept) ^ ids)} without the other")

    if not accounts:  # then nothing has asked for a key yet: the first thing that is added does
        await put(store, "probe", 1)
        probe = await store.find(address_of("probe"))
        wrong += await _whole(store, probe) if probe else ["what is added is not there"]
        await store.remove(probe.id if probe else "")
    keys = await database.rows("SELECT id, standing FROM keys")
    items = {attributes["username"] for attributes, _ in keychain.items()}
    if [standing for _, standing in keys] != ["current"]:
        wrong.append(f"keys after the start: {keys}")
    elif items != {keys[0][0]}:
        wrong.append(f"keychain items after the start: {items}, the key is {keys[0][0]}")
    found.key = next((str(i) for i, standing in keys if standing == "current"), "")


async def _whole(store: AccountStore, account: Account) -> list[str]:
    """What is wrong with one account: it must be all of one token."""
    name, token = account.address.local, _token(account)
    wrong = []
    if account.settings != settings_of(token):
        wrong.append(f"{name}: servers of another token")
    try:
        if await store.secret(account.id) != secret_of(name, token):
            wrong.append(f"{name}: another secret than {token}")
    except MailError as error:
        wrong.append(f"{name}: no secret ({error.evidence.detail})")
    if (await store.reports()).get(account.id) != report_of(name, token, account.id):
        wrong.append(f"{name}: no report of {token}")
    return wrong


def _token(account: Account) -> int:
    return int(account.settings.username.removeprefix("user "))


def _files(folder: Path, accounts: int, key: str) -> list[str]:
    """What else lies in the folder, and sealed values of the past inside the file."""
    wrong = [f"a file is left: {p.name}" for p in sorted(folder.iterdir()) if p.name != FILE]
    content = (folder / FILE).read_bytes()
    sealed = content.split(MAGIC)[1:]
    ids = Counter(value[:_ID_BYTES].hex() for value in sealed)
    if others := {key_id: n for key_id, n in ids.items() if key_id != key}:
        wrong.append(f"sealed values of former keys in the file: {others}")
    if ids[key] > accounts:
        wrong.append(f"{ids[key]} sealed values in the file for {accounts} accounts")
    return wrong
