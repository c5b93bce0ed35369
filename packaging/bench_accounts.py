"""Fills a folder of accounts for packaging/bench; reads what is wanted as JSON from standard input.

{"count": 1000} makes that many accounts in every state, without secrets.
{"users": {address: secret}, "imap": port, "smtp": port} makes accounts that can be checked, of
servers on this computer.
{"client": id, "tokens": {address: refresh token}} makes Microsoft accounts of that app.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bench_routes import routed
from sample_accounts import put_samples

from laifaxin_desktop.app import App, open_app
from laifaxin_desktop.engine.draft import settings_of
from laifaxin_desktop.model.account import Account, Settings
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.microsoft import SignIn, permission_for
from laifaxin_desktop.model.provider import AuthWay, Endpoint, Protocol, Security
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.places import Places


async def fill(wanted: dict[str, Any]) -> None:
    """Do what is wanted below LAIFAXIN_HOME."""
    app = await open_app(Places.find())
    try:
        if count := wanted.get("count"):
            await put_samples(app, datetime.now(UTC))
            await multiply(app, count)
        elif "tokens" in wanted:
            await put_signed_in(app, wanted["client"], wanted["tokens"])
        else:
            await put_users(app, wanted)
    finally:
        await app.close()


async def multiply(app: App, count: int) -> None:
    """The samples again and again under other addresses."""
    stored, reports = await app.accounts.all(), await app.accounts.reports()
    for number in range(count - len(stored)):
        sample = stored[number % len(stored)]
        address = Address(f"{sample.address.local}.{number}", sample.address.domain)
        account = replace(sample, id=f"copy{number}", address=address)
        report = reports.get(sample.id)
        report = report and replace(report, account=account.id, address=address)
        await app.accounts.save(account, Secret("sample"), report)


async def put_users(app: App, wanted: dict[str, Any]) -> None:
    """One account a user, with its secret, never checked yet."""
    now = datetime.now(UTC)
    settings = Settings(
        Endpoint(Protocol.IMAP, "localhost", wanted["imap"], Security.TLS),
        Endpoint(Protocol.SMTP, "localhost", wanted["smtp"], Security.STARTTLS),
        AuthWay.PASSWORD,
    )
    for number, (user, secret) in enumerate(wanted["users"].items()):
        added = now + timedelta(seconds=number)
        account = Account(f"user{number}", Address.parse(user), "other", settings, added)
        await app.accounts.save(account, Secret(secret), None)


async def put_signed_in(app: App, client: str, tokens: Mapping[str, str]) -> None:
    """One work account a refresh token, never checked yet."""
    provider = app.book.by_id("m365_global")
    way = provider and provider.way(AuthWay.REFRESH_TOKEN)
    if provider is None or way is None:
        raise LookupError("Microsoft 365 has no file, or no refresh tokens")
    plain = settings_of(provider, way)
    wanted = [permission_for(end) for end in plain.endpoints()]
    now = datetime.now(UTC)
    for number, (user, token) in enumerate(tokens.items()):
        granted = await app.oauth.redeem(SignIn(client), wanted, Secret(token))
        settings = replace(plain, sign_in=granted.sign_in)
        added = now + timedelta(seconds=number)
        address = Address.parse(user)
        account = Account(f"user{number}", address, provider.id, settings, added)
        await app.accounts.save(account, granted.secret, None)


if __name__ == "__main__":
    with routed():
        asyncio.run(fill(json.load(sys.stdin)))
