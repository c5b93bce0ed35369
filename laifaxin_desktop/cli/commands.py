"""The commands themselves; each returns whether something needs attention."""

from __future__ import annotations

import asyncio
import getpass
import sys
from argparse import Namespace
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import cast

from laifaxin_desktop.app import App
from laifaxin_desktop.cli.arguments import AttentionError, InputError, address_of, endpoint_of
from laifaxin_desktop.cli.output import Output, Plain
from laifaxin_desktop.engine import setup
from laifaxin_desktop.engine.draft import (
    Draft,
    Reason,
    start,
    with_discovery,
    with_secret,
    with_settings,
    with_way,
)
from laifaxin_desktop.engine.watch import AT_ONCE
from laifaxin_desktop.model.account import Account, Offline, Settings
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.problem import MailError
from laifaxin_desktop.model.provider import AuthWay, Endpoint, Protocol, Side
from laifaxin_desktop.model.report import Report
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.store.vault import VaultMode


class Session:
    """One run of the command line: the program, the options, the printer, the secrets given."""

    def __init__(self, app: App, options: object, out: Output) -> None:
        self.app, self.out = app, out
        self.options = cast(Namespace, options)
        self._corrected = ""
        # All at once and in the order of the contract: a line that one command has no use for
        # must never be taken for the next secret.
        self._vault_password = self._line() if self.options.vault_password_stdin else None
        given = getattr(self.options, "password_stdin", False)
        self._secret = self._line() if given else None

    @property
    def address(self) -> Address:
        """The address given.

        :raises InputError: it is none
        """
        typed = self.options.address or ""
        address = address_of(typed, self.app.words)
        if typed.strip() not in (str(address), address.shown, self._corrected):
            self._corrected = typed.strip()  # said once
            self.out.note(self.out.say("cli.corrected", address=address.shown))
        return address

    async def account(self) -> Account:
        """The stored account of the address given.

        :raises InputError: there is none
        """
        address = self.address
        if account := await self.app.accounts.find(address):
            return account
        raise InputError(self.app.words, "cli.no_such_account", address=address.shown)

    async def unlock(self) -> None:
        """Open the vault where it has a main password.

        :raises InputError: the password is wrong
        """
        vault = self.app.accounts.vault
        if await vault.mode() is not VaultMode.MASTER_PASSWORD:
            return
        password = self._vault_password
        if password is None and sys.stdin.isatty():
            password = Secret(getpass.getpass(self.out.say("cli.ask_vault_password") + " "))
        if password is not None and not await vault.unlock(password):
            raise InputError(self.app.words, "cli.wrong_vault_password")

    def with_secret(self, draft: Draft) -> Draft:
        """The draft with the account's secret, cleaned by the rules of its kind.

        Where the provider takes ordinary passwords too, one that does not look like its app
        password is taken for one, and left as it is.

        :raises InputError: there is none, or it can never be sent
        """
        secret = self._secret
        if secret is None and sys.stdin.isatty():
            secret = Secret(getpass.getpass(self.out.say("cli.ask_password") + " "))
        if secret is None:
            raise InputError(self.app.words, "cli.password_wanted")
        whole = with_secret(draft, secret)
        ordinary = draft.provider.way(AuthWay.PASSWORD) if draft.provider else None
        if ordinary and whole.secret and _looks_ordinary(draft, whole.secret):
            whole = with_secret(with_way(draft, AuthWay.PASSWORD), secret)
        if not setup.is_sendable(whole.secret):
            text = whole.secret.reveal() if whole.secret else ""
            which = "long" if len(text) > setup.MOST_SECRET else "broken" if text else "empty"
            raise InputError(self.app.words, f"cli.secret_{which}")
        return whole

    async def draft(self, stored: Account | None = None) -> Draft:
        """What the options, the stored account or the discovery say about the account.

        :raises InputError: no servers are known and none were given
        :raises AttentionError: they could not be looked up
        """
        app, address = self.app, self.address
        given = self._servers()
        if stored:
            draft = start(Reason.REAUTHORIZE, stored, app.provider_of(stored))
        else:
            whole = {endpoint.side for endpoint in given} == set(Side)
            found = await app.discover(address, offline=whole)
            draft = with_discovery(Draft(typed=str(address)), found, app.other)
            if isinstance(found, Offline) and not given:
                raise AttentionError(app.words, "cli.offline_now")
        settings = draft.settings or Settings(None, None, draft.way or AuthWay.PASSWORD)
        for endpoint in given:
            settings = settings.having(endpoint)
        if not settings.endpoints():
            raise InputError(app.words, "cli.not_found", address=address.shown)
        if self.options.username:
            settings = replace(settings, username=self.options.username)
        return with_settings(draft, settings, plain_confirmed=True)

    def only_given(self, draft: Draft) -> Draft:
        """Without the servers that were not named, where any was: for a check of one leg."""
        given, settings = self._servers(), draft.settings
        if not given or settings is None:
            return draft
        incoming = settings.incoming if settings.incoming in given else None
        outgoing = settings.outgoing if settings.outgoing in given else None
        settings = replace(settings, incoming=incoming, outgoing=outgoing)
        return with_settings(draft, settings, plain_confirmed=True)

    def _servers(self) -> tuple[Endpoint, ...]:
        given = {
            protocol: endpoint_of(protocol, typed, self.app.words)
            for protocol in (Protocol.IMAP, Protocol.POP3, Protocol.SMTP)
            if (typed := getattr(self.options, protocol))
        }
        if Protocol.IMAP in given and Protocol.POP3 in given:
            raise InputError(self.app.words, "cli.one_incoming")
        return tuple(given.values())

    def _line(self) -> Secret:
        """The next line of standard input, which is UTF-8 whatever the system's encoding is."""
        try:
            return Secret(sys.stdin.buffer.readline(_MOST_LINE).decode().rstrip("\r\n"))
        except UnicodeDecodeError:
            raise InputError(self.app.words, "cli.secret_encoding") from None


_MOST_LINE = 64 * 1024  # bytes of a secret's line; what is longer is no secret


def _looks_ordinary(draft: Draft, cleaned: Secret) -> bool:
    return draft.credential is not None and draft.credential.fits(cleaned.reveal()) is False


async def discover(session: Session) -> bool:
    """Find the servers of an address."""
    address, out = session.address, session.out
    found = await session.app.discover(
        address,
        out.tried if session.options.explain else lambda tried: None,
        offline=session.options.offline,
    )
    shape = out.discovery(address, found)
    out.result(shape, out.discovery_lines(shape))
    return not shape["incoming"] and not shape["outgoing"]


async def check(session: Session) -> bool:
    """Check an address with a secret from standard input, or stored accounts."""
    app, out = session.app, session.out
    if session.options.all or session.options.stored:
        wanted = await app.accounts.all() if session.options.all else (await session.account(),)
        await session.unlock()
        reports = await _check_stored(session, [a for a in wanted if not a.paused])
        for report in reports if session.options.explain else ():
            out.evidence(report)
        shapes = [out.report(report) for report in reports]
        lines = [line for report in reports for line in out.report_lines(report)]
        out.result({"reports": shapes}, lines or [out.say("cli.nothing_to_check")])
        return not all(report.ok for report in reports)
    draft = session.with_secret(session.only_given(await session.draft()))
    report = await app.check(draft, out.stage)
    if session.options.explain:
        out.evidence(report)
    out.result(out.report(report), out.report_lines(report))
    return not report.ok


async def _check_stored(session: Session, accounts: Sequence[Account]) -> list[Report]:
    app, free = session.app, asyncio.Semaphore(AT_ONCE)

    async def one(account: Account) -> Report:
        async with free:
            report = await app.checker.check_stored(account, app.accounts, session.out.stage)
            await app.accounts.save_report(report, account.revision)
            return report

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(account)) for account in accounts]
    return [task.result() for task in tasks]


async def add(session: Session) -> bool:
    """Check and store an account; one that is already there keeps its id and gets the secret."""
    app, out = session.app, session.out
    stored = await app.accounts.find(session.address)
    draft = await session.draft(stored)
    settings = draft.settings
    if settings is None or settings.incoming is None or settings.outgoing is None:
        missing = "--smtp" if settings and settings.incoming else "--imap"
        raise InputError(app.words, "cli.server_wanted", option=missing)
    if stored:
        out.note(out.say("cli.already_there", address=stored.address.shown))
    await session.unlock()
    draft = session.with_secret(draft)
    report = await app.check(draft, out.stage)
    draft = replace(draft, report=report)
    if session.options.explain:
        out.evidence(report)
    value: Plain = {"account": None, "report": out.report(report)}
    lines = out.report_lines(report)
    attention = not report.ok
    if report.ok or (session.options.keep and setup.may_keep(draft)):
        try:
            account = await app.finish(draft)
        except MailError as error:
            attention = True
            lines += _refusal(session, error, value)
        else:
            value["account"] = out.account(account, replace(report, account=account.id))
            lines.append(out.say("cli.stored_now"))
    else:
        lines.append(out.say("cli.old_one_kept" if stored else "cli.not_stored"))
    out.result(value, lines)
    return attention


def _refusal(session: Session, error: MailError, value: Plain) -> list[str]:
    """The secret could not be kept: named like any other problem."""
    diagnosis = session.app.table.diagnose(error.evidence)
    said = session.app.table.explain(diagnosis, None)
    language = session.out.language
    value |= {"problem": diagnosis.problem, "fix": diagnosis.fix}
    return [said.title.say(language), said.meaning.say(language)]


async def accounts(session: Session) -> bool:
    """List the stored accounts."""
    app, out = session.app, session.out
    reports = await app.accounts.reports()
    stored = await app.accounts.all()
    out.result(
        {"accounts": [out.account(a, reports.get(a.id)) for a in stored]},
        [
            f"{a.address.shown}  {out.status_word(reports.get(a.id), paused=a.paused)}"
            for a in stored
        ],
    )
    return any(not a.paused and (r := reports.get(a.id)) is not None and not r.ok for a in stored)


async def remove(session: Session) -> bool:
    """Delete an account and its secret."""
    account = await session.account()
    await session.app.accounts.remove(account.id)
    line = session.out.say("cli.removed", address=account.address.shown)
    session.out.result({"removed": account.id}, [line])
    return False


async def pause(session: Session) -> bool:
    """Stop the checks of an account."""
    return await _set_paused(session, True)


async def resume(session: Session) -> bool:
    """Take the checks of an account up again."""
    return await _set_paused(session, False)


async def _set_paused(session: Session, paused: bool) -> bool:
    account = await session.account()
    await session.app.accounts.set_paused(account.id, paused)
    report = (await session.app.accounts.reports()).get(account.id)
    account = replace(account, paused=paused)
    line = f"{account.address.shown}  {session.out.status_word(report, paused=paused)}"
    session.out.result({"account": session.out.account(account, report)}, [line])
    return False


COMMANDS: dict[str, Callable[[Session], Awaitable[bool]]] = {
    "discover": discover,
    "check": check,
    "add": add,
    "accounts": accounts,
    "remove": remove,
    "pause": pause,
    "resume": resume,
}
