"""What the wizard does for each fix: one row each, nothing is checked again without a click."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication

from laifaxin_desktop.engine.draft import Reason, Step
from laifaxin_desktop.engine.setup import asks_way, route
from laifaxin_desktop.model.account import Account, Settings
from laifaxin_desktop.model.problem import Diagnosis, Fix
from laifaxin_desktop.model.provider import Endpoint, Side, Standing
from laifaxin_desktop.ui.account_row import Row
from laifaxin_desktop.ui.certificate_dialog import CertificateDialog
from laifaxin_desktop.ui.diagnostics import markdown

if TYPE_CHECKING:
    from laifaxin_desktop.ui.wizard.window import SetupWizard


def check_again(flow: SetupWizard, diagnosis: Diagnosis) -> None:
    """Once more, because a person asked."""
    flow.check_again()


def edit_secret(flow: SetupWizard, diagnosis: Diagnosis | None = None) -> None:
    """The secret's page, the secret still in it."""
    if Step.SECRET in route(flow.draft):
        flow.go(Step.SECRET)
        return
    # Mending servers never asks for the secret: go on as a re-authorisation, servers kept.
    flow.start_over(replace(flow.draft, reason=Reason.REAUTHORIZE, guide_done=True, report=None))


def open_guide(flow: SetupWizard, diagnosis: Diagnosis) -> None:
    """The steps that mend it, beside the check: from there on to the secret or to a check."""
    if found := flow.app.book.guide(
        flow.draft.provider.id if flow.draft.provider else None, diagnosis.guide
    ):
        flow.show_guide(*found)
    else:
        edit_secret(flow, diagnosis)


def edit_servers(flow: SetupWizard, diagnosis: Diagnosis) -> None:
    """The form, with the corrected server filled in where one is known."""
    draft = replace(flow.draft, edit_servers=True)
    if diagnosis.suggestion and draft.settings:
        settings = with_endpoint(draft.settings, diagnosis.suggestion)
        draft = replace(draft, settings=settings, report=None)
    flow.replace(draft)
    flow.go(Step.SERVERS)


def switch_way(flow: SetupWizard, diagnosis: Diagnosis) -> None:
    """The ways of signing in; where there is no other, what can be done instead."""
    if other_ways(flow):
        flow.go(Step.WAY)
    else:
        open_guide(flow, diagnosis)


def open_link(flow: SetupWizard, diagnosis: Diagnosis) -> None:
    """The provider's page in the browser, over https only; copied where no browser opens."""
    link = QUrl(diagnosis.link or "")
    if link.scheme() == "https" and QDesktopServices.openUrl(link):
        return
    _copy(
        flow, link.toString(), QCoreApplication.translate("Mending", "浏览器没有打开；网址已复制。")
    )


def show_certificate(flow: SetupWizard, diagnosis: Diagnosis) -> None:
    """What the server presented, in words."""
    seen = diagnosis.evidence
    if seen.certificate is None:
        _copy_diagnostics(flow, diagnosis)
        return
    said = flow.app.table.explain(diagnosis, flow.draft.provider)
    dialog = CertificateDialog(
        seen.certificate, f"{seen.host}:{seen.port}", flow.say(said.meaning), flow
    )
    dialog.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(dialog.text()))
    dialog.open()


def ask_admin(flow: SetupWizard, diagnosis: Diagnosis) -> None:
    """The problem in full, ready to be sent to an administrator."""
    said = flow.app.table.explain(diagnosis, flow.draft.provider)
    address = flow.draft.address
    lines = [address.shown if address else "", flow.say(said.title), flow.say(said.meaning)]
    lines += [f"{n}. {flow.say(step)}" for n, step in enumerate(said.steps, 1)]
    if diagnosis.evidence.host:
        lines.append(f"{diagnosis.evidence.host}:{diagnosis.evidence.port}")
    if diagnosis.evidence.reply:
        lines += ["", diagnosis.evidence.reply]
    _copy(flow, "\n".join(lines), QCoreApplication.translate("Mending", "已复制，可以发给管理员。"))


def _copy_diagnostics(flow: SetupWizard, diagnosis: Diagnosis) -> None:
    """Everything a helper needs, without a secret."""
    if row := _row(flow):
        _copy(
            flow,
            markdown(row),
            QCoreApplication.translate("Mending", "已复制诊断信息，其中没有密码，地址已缩短。"),
        )


def _nothing(flow: SetupWizard, diagnosis: Diagnosis) -> None:
    """For a problem without a button."""


MEND: Mapping[Fix, Callable[[SetupWizard, Diagnosis], None]] = {
    Fix.RETRY: check_again,
    Fix.WAIT: check_again,
    Fix.REAUTHORIZE: edit_secret,
    Fix.EDIT_PASSWORD: edit_secret,
    Fix.OPEN_GUIDE: open_guide,
    Fix.EDIT_SERVERS: edit_servers,
    Fix.EDIT_SENDER: edit_servers,  # the user name stands there
    Fix.SWITCH_WAY: switch_way,
    Fix.OPEN_LINK: open_link,
    Fix.SHOW_CERTIFICATE: show_certificate,
    Fix.ASK_ADMIN: ask_admin,
    Fix.REPORT_BUG: _copy_diagnostics,
    Fix.NONE: _nothing,
}


def mend(flow: SetupWizard, diagnosis: Diagnosis) -> None:
    """Do what the problem asks for."""
    MEND[diagnosis.fix](flow, diagnosis)


def other_ways(flow: SetupWizard) -> bool:
    """Whether there is another way of signing in that still works."""
    draft = flow.draft
    ways = draft.provider.ways if draft.provider else ()
    works = any(w.way is not draft.way and w.standing is not Standing.BROKEN for w in ways)
    return works and asks_way(draft) and Step.WAY in route(draft)


def with_endpoint(settings: Settings, endpoint: Endpoint) -> Settings:
    """The settings with one server replaced."""
    if endpoint.side is Side.RECEIVE:
        return replace(settings, incoming=endpoint)
    return replace(settings, outgoing=endpoint)


def account_of(flow: SetupWizard) -> Account | None:
    """The draft as an account, stored or not yet; None while it is not whole."""
    draft = flow.draft
    if draft.address is None or draft.settings is None:
        return None
    if draft.editing is not None:
        return replace(draft.editing, settings=draft.settings)
    provider = draft.provider or flow.app.other
    at = draft.report.at if draft.report else flow.app.checker.now()
    return Account("", draft.address, provider.id, draft.settings, at)


def _row(flow: SetupWizard) -> Row | None:
    """The draft as a line of the list, for the diagnostics."""
    report, account = flow.draft.report, account_of(flow)
    if report is None or account is None:
        return None
    return Row(account, report, False, flow.draft.provider or flow.app.other)


def _copy(flow: SetupWizard, text: str, note: str) -> None:
    QGuiApplication.clipboard().setText(text)
    flow.note(note)
