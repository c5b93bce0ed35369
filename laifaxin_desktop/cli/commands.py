"""The commands themselves; each returns whether something needs attention."""

from __future__ import annotations

import getpass
import sys
from argparse import Namespace
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import cast

from laifaxin_desktop.app import App
from laifaxin_desktop.cli.arguments import InputError, address_of, endpoint_of
from laifaxin_desktop.cli.output import Output, Plain
from laifaxin_desktop.engine import setup
from laifaxin_desktop.engine.setup import Draft, Reason
from laifaxin_desktop.model.account import Account, Offline, Settings
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.problem import MailError
from laifaxin_desktop.model.provider import AuthWay, Protocol
from laifaxin_desktop.model.report import Report
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.store.vault import VaultMode


class Session:
    """One run of the command line: the program, the options, the printer."""

    def __init__(self, app: App, options: object, out: Output) -> None:
        self.app, self.out = app, out
        self.options = cast(Namespace, options)

    @property
    def address(self) -> Address:
        """The address given.

        :raises InputError: it is none
        """
        return address_of(self.options.address or "", self.app.words)

    async def account(self) -> Account:
        """The stored account of the address given.

        :raises InputError: there is none
        """
        address = self.address
        if account := await self.app.accounts.find(address):
            return account
        raise InputError(self.app.words("cli.no_such_account").fill({"address": address.shown}))

    async def unlock(self) -> None:
        """Open the vault where it has a main password.

        :raises InputError: the password is wrong
        """
        vault = self.app.accounts.vault
        if await vault.mode() is not VaultMode.MASTER_PASSWORD:
            return
        if self.options.vault_password_stdin:
            password = _line()
        elif sys.stdin.isatty():
            password = Secret(getpass.getpass(self.out.say("cli.ask_vault_password") + " "))
        else:
            return
        if not await vault.unlock(password):
            raise InputError(self.app.words("cli.wrong_vault_password"))

    def secret(self) -> Secret:
        """The account's secret from standard input or the terminal.

        :raises InputError: there is none, or it can never be sent
        """
        if self.options.password_stdin:
            secret = _line()
        elif sys.stdin.isatty():
            secret = Secret(getpass.getpass(self.out.say("cli.ask_password") + " "))
        else:
            raise InputError(self.app.words("cli.password_wanted"))
        if not setup.is_sendable(secret):
            raise InputError(self.app.words("cli.bad_secret"))
        return secret

    async def draft(self) -> Draft:
        """What the options and the discovery say about the account to check or to add.

        :raises InputError: no servers are known and none were given
        """
        given = {
            protocol: endpoint_of(protocol, typed, self.app.words)
            for protocol in (Protocol.IMAP, Protocol.POP3, Protocol.SMTP)
            if (typed := getattr(self.options, protocol))
        }
        if Protocol.IMAP in given and Protocol.POP3 in given:
            raise InputError(self.app.words("cli.one_incoming"))
        address = self.address
        found = await self.app.discover(address, offline=bool(given))
        draft = setup.with_discovery(Draft(typed=str(address)), found, self.app.other)
        settings = draft.settings
        if given:
            incoming = given.get(Protocol.IMAP) or given.get(Protocol.POP3)
            way = draft.way or AuthWay.PASSWORD
            settings = Settings(incoming, given.get(Protocol.SMTP), way)
        if settings is None:
            words = "cli.offline_now" if isinstance(found, Offline) else "cli.not_found"
            raise InputError(self.app.words(words).fill({"address": address.shown}))
        settings = replace(settings, username=self.options.username)
        return setup.with_settings(draft, settings, plain_confirmed=True)


def _line() -> Secret:
    return Secret(sys.stdin.readline().rstrip("\r\n"))


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
        reports = [await _check_stored(session, a) for a in wanted if not a.paused]
        shapes = [out.report(report) for report in reports]
        lines = [line for report in reports for line in out.report_lines(report)]
        out.result({"reports": shapes}, lines or [out.say("cli.nothing_to_check")])
        return not all(report.ok for report in reports)
    draft = await session.draft()
    draft = setup.with_secret(draft, session.secret())
    report = await app.check(draft, out.stage)
    out.result(out.report(report), out.report_lines(report))
    return not report.ok


async def _check_stored(session: Session, account: Account) -> Report:
    app = session.app
    report = await app.checker.check_stored(account, app.accounts, session.out.stage)
    await app.accounts.save_report(report)
    return report


async def add(session: Session) -> bool:
    """Check and store an account; one that is already there keeps its id and gets the secret."""
    app, out = session.app, session.out
    stored = await app.accounts.find(session.address)
    draft = await session.draft()
    if stored:
        out.note(out.say("cli.already_there", address=stored.address.shown))
        draft = replace(draft, reason=Reason.REAUTHORIZE, editing=stored)
    await session.unlock()
    draft = setup.with_secret(draft, session.secret())
    report = await app.check(draft, out.stage)
    value: Plain = {"account": None, "report": out.report(report)}
    lines = out.report_lines(report)
    attention = not report.ok
    if report.ok or session.options.keep:
        try:
            account = await app.finish(replace(draft, report=report))
        except MailError as error:
            attention = True
            lines += _refusal(session, error, value)
        else:
            value["account"] = out.account(account, replace(report, account=account.id))
            lines.append(out.say("cli.stored_now"))
    else:
        lines.append(out.say("cli.not_stored"))
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
