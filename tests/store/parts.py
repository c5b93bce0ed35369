"""What the tests of the store build with: accounts, reports, and a keychain made of a dict."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import pytest

from laifaxin_desktop.model.account import Account, Settings
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.problem import (
    Certificate,
    Diagnosis,
    Evidence,
    Fault,
    Fix,
    MailError,
    Stage,
)
from laifaxin_desktop.model.provider import AuthWay, Endpoint, Protocol, Security, UsernameForm
from laifaxin_desktop.model.report import Leg, Report, StageResult
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.store.accounts import AccountStore

T = TypeVar("T")

HUNTER = Secret("hunter2-é-漢")
IMAP = Endpoint(Protocol.IMAP, "imap.qq.com", 993, Security.TLS)
SMTP = Endpoint(Protocol.SMTP, "smtp.qq.com", 465, Security.TLS, UsernameForm.LOCALPART)
SETTINGS = Settings(IMAP, SMTP, AuthWay.APP_PASSWORD)
AT = datetime(2026, 11, 20, 12, 0, 0, 123456, UTC)


def account(number: int = 1, label: str = "") -> Account:
    """One of many accounts."""
    address = Address(f"Li{number}", "qq.com")
    return Account(f"id-{number}", address, "qq", SETTINGS, AT, label)


def report(of: Account, *, ok: bool = True) -> Report:
    """A check of this account; when not ok, with everything that a diagnosis can hold."""
    diagnosis = None
    if not ok:
        certificate = Certificate(("a.cn",), "CN=a", "CN=b", AT, AT, "00" * 32, True, "http://x/")
        evidence = Evidence(
            Stage.TLS,
            Fault.CERTIFICATE_EXPIRED,
            Protocol.IMAP,
            "imap.qq.com",
            993,
            Security.TLS,
            ("NO", "AUTHENTICATIONFAILED"),
            "登录失败",
            "http",
            certificate,
            "qq",
            AuthWay.APP_PASSWORD,
            True,
            "SSLError",
        )
        diagnosis = Diagnosis(
            "certificate_expired", Fix.SHOW_CERTIFICATE, evidence, "guide", "https://x/", IMAP
        )
    legs = (
        Leg(IMAP, (StageResult(Stage.LOOKUP, True, 3), StageResult(Stage.TLS, ok, 40)), diagnosis),
        Leg(SMTP, (StageResult(Stage.LOGIN, True, 12),)),
    )
    return Report(of.address, AT, 55, legs, of.id)


class DictPlace:
    """Keeps keys as the keychain would; `fault` makes it fail."""

    def __init__(self) -> None:
        self.items: dict[str, str] = {}
        self.calls: list[str] = []
        self.fault: MailError | None = None

    async def get(self, key_id: str) -> str | None:
        self._call("get")
        return self.items.get(key_id)

    def put_now(self, key_id: str, key: str) -> None:
        self._call("put")
        self.items[key_id] = key

    def drop_now(self, key_id: str) -> None:
        self._call("drop")
        self.items.pop(key_id, None)

    def close(self) -> None:
        self._call("close")

    def _call(self, name: str) -> None:
        self.calls.append(name)
        if self.fault and name != "close":
            raise self.fault


def with_store(
    folder: Path,
    work: Callable[[AccountStore], Awaitable[T]],
    place: DictPlace | None = None,
) -> T:
    """Open the store of a folder, as a new process would, do the work and close it."""

    async def run() -> T:
        store = await AccountStore.open(folder, place)
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(run())


@contextmanager
def fails(fault: Fault, detail: str | None = None) -> Iterator[None]:
    """The block fails in the vault with this fault."""
    with pytest.raises(MailError) as caught:
        yield
    evidence = caught.value.evidence
    assert (evidence.stage, evidence.fault) == (Stage.VAULT, fault)
    if detail is not None:
        assert evidence.detail == detail
