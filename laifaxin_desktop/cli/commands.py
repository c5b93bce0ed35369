"""The commands themselves; each returns whether something needs attention."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from laifaxin_desktop.cli import discovery
from laifaxin_desktop.cli.arguments import InputError
from laifaxin_desktop.cli.providers import providers
from laifaxin_desktop.cli.session import Session
from laifaxin_desktop.cli.sign_in import sign_in
from laifaxin_desktop.cli.storing import check_and_store
from laifaxin_desktop.cli.way import GivenWay, excepting
from laifaxin_desktop.engine.past import knowing
from laifaxin_desktop.engine.watch import AT_ONCE
from laifaxin_desktop.model.account import Account, Tried
from laifaxin_desktop.model.microsoft import SIGNED_IN
from laifaxin_desktop.model.report import Report


async def discover(session: Session) -> bool:
    """Find the servers of an address."""
    address, out, options = session.address, session.out, session.options

    def tried(entry: Tried) -> None:
        if options.explain:
            out.note(discovery.tried_line(entry, out))

    found = await session.app.discover(address, tried, offline=options.offline)
    alike = session.app.alike(address, found)
    shape = discovery.shape(address, found, alike, out)
    out.result(shape, discovery.lines(address, found, alike, out, offline=options.offline))
    return not shape["incoming"] and not shape["outgoing"]


async def check(session: Session) -> bool:
    """Check an address with a secret from standard input, or stored accounts."""
    app, out = session.app, session.out
    if session.options.all or session.options.stored or await _needs_no_password(session):
        if session.way != GivenWay():
            raise InputError(app.words, "cli.stored_way")
        wanted = await app.accounts.all() if session.options.all else (await session.account(),)
        await session.unlock()
        reports = await _check_stored(session, [a for a in wanted if not a.paused])
        ways = {a.id: a.settings for a in wanted}
        for report in reports if session.options.explain else ():
            out.evidence(report, ways.get(report.account or ""))
        out.network(reports)
        shapes = [out.report(report, ways.get(report.account or "")) for report in reports]
        lines = [line for report in reports for line in out.report_lines(report)]
        out.result({"reports": shapes}, lines or [out.say("cli.nothing_to_check")])
        return not all(report.ok for report in reports)
    draft = session.with_secret(session.only_given(await session.draft()))
    draft = await excepting(app, out, session.way, draft)
    report = await app.check(draft, out.stage)
    if session.options.explain:
        out.evidence(report, draft.settings)
    out.result(out.report(report, draft.settings), out.report_lines(report))
    return not report.ok


async def _needs_no_password(session: Session) -> bool:
    """Whether just a stored account is named that signs in with Microsoft: it has its tokens."""
    if session.given is not None or session.names_servers():
        return False
    stored = await session.app.accounts.find(session.address)
    return stored is not None and stored.settings.auth in SIGNED_IN


async def _check_stored(session: Session, accounts: Sequence[Account]) -> list[Report]:
    app, free = session.app, asyncio.Semaphore(AT_ONCE)

    async def one(account: Account) -> Report:
        async with free:
            checker = knowing(app.checker, await app.accounts.last_good(account.id))
            report = await checker.check_stored(account, app.accounts, session.out.stage)
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
    draft = await excepting(app, out, session.way, session.with_secret(draft))
    return await check_and_store(session, draft)


async def accounts(session: Session) -> bool:
    """List the stored accounts."""
    app, out = session.app, session.out
    reports = await app.accounts.reports()
    stored = await app.accounts.all()
    if not stored:
        out.note(out.say("cli.no_accounts"))
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
    "sign-in": sign_in,
    "accounts": accounts,
    "remove": remove,
    "pause": pause,
    "resume": resume,
    "providers": providers,
}
