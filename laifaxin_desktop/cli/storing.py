"""The end of adding and of signing in: check the draft, and store it when it is worth it."""

from __future__ import annotations

from dataclasses import replace

from laifaxin_desktop.cli.output import Plain
from laifaxin_desktop.cli.session import Session
from laifaxin_desktop.engine import setup
from laifaxin_desktop.engine.draft import Draft
from laifaxin_desktop.model.problem import MailError


async def check_and_store(session: Session, draft: Draft) -> bool:
    """Log in for real, store and answer; whether something needs attention.

    A stored account whose new secret does not pass keeps its old one.
    """
    app, out = session.app, session.out
    report = await app.check(draft, out.stage)
    draft = replace(draft, report=report)
    if session.options.explain:
        out.evidence(report, draft.settings)
    value: Plain = {"account": None, "report": out.report(report, draft.settings)}
    lines = out.report_lines(report) + out.way_lines(draft.settings)
    attention = not report.ok
    if report.ok or (session.options.keep and setup.may_keep(draft)):
        try:
            account = await app.finish(draft)
        except MailError as error:
            attention = True
            lines += refusal(session, error, value)
        else:
            value["account"] = out.account(account, replace(report, account=account.id))
            lines.append(out.say("cli.stored_now"))
    elif draft.editing:
        key = "cli.old_sign_in_kept" if draft.signs_in else "cli.old_one_kept"
        lines.append(out.say(key))
    else:
        lines.append(out.say("cli.not_stored"))
    out.result(value, lines)
    return attention


def refusal(session: Session, error: MailError, value: Plain) -> list[str]:
    """The secret cannot be kept: named like any other problem."""
    diagnosis = session.app.table.diagnose(error.evidence)
    value |= {"problem": diagnosis.problem, "fix": diagnosis.fix}
    return session.out.problem_lines(diagnosis)
