"""What the wizard does for each fix: one row each, nothing is checked again without a click."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QGuiApplication

from laifaxin_desktop.engine.draft import Reason, Step
from laifaxin_desktop.engine.setup import route
from laifaxin_desktop.model.account import Account, Settings
from laifaxin_desktop.model.problem import PROXY_FAULTS, Diagnosis, Fault, Fix, Stage
from laifaxin_desktop.model.provider import Endpoint, Guide
from laifaxin_desktop.model.route import Pin
from laifaxin_desktop.ui.account_row import Row
from laifaxin_desktop.ui.admin_note import admin_note
from laifaxin_desktop.ui.browser import open_page
from laifaxin_desktop.ui.certificate_decision import decision, portal_seen
from laifaxin_desktop.ui.certificate_page import CertificatePage
from laifaxin_desktop.ui.diagnostics import markdown
from laifaxin_desktop.ui.guide_dialog import APP_GUIDES
from laifaxin_desktop.ui.loop import spawn
from laifaxin_desktop.ui.wizard import turning
from laifaxin_desktop.ui.wizard.foreign_host import ForeignHost, stranger_in
from laifaxin_desktop.ui.wizard.turning import edit_app, sign_in_again

if TYPE_CHECKING:
    from laifaxin_desktop.ui.wizard.window import SetupWizard


def check_again(flow: SetupWizard, diagnosis: Diagnosis) -> None:
    """Once more, because a person asked."""
    flow.check_again()


def edit_secret(flow: SetupWizard, diagnosis: Diagnosis | None = None) -> None:
    """The secret's page, the secret still in it; where Microsoft signs in, the browser again."""
    if flow.draft.signs_in:
        sign_in_again(flow, diagnosis.evidence if diagnosis else None)
    elif Step.SECRET in route(flow.draft):
        flow.go(Step.SECRET)
    else:
        # Mending servers never asks for the secret: go on as a re-authorisation, servers kept.
        again = replace(flow.draft, reason=Reason.REAUTHORIZE, begin=None)
        flow.start_over(replace(again, guide_done=True, report=None))


def open_guide(flow: SetupWizard, diagnosis: Diagnosis) -> None:
    """The steps that mend it, beside the check: from there on to the secret or to a check."""
    if found := flow.app.book.guide(
        flow.draft.provider.id if flow.draft.provider else None, diagnosis.guide
    ):
        flow.show_guide(*found)
    else:
        edit_secret(flow, diagnosis)


def after_guide(flow: SetupWizard, guide: Guide) -> None:
    """The steps are done: what they led to is typed, or the browser asked again."""
    if flow.draft.signs_in and guide.id in APP_GUIDES:
        edit_app(flow)
    else:
        edit_secret(flow)


def edit_servers(flow: SetupWizard, diagnosis: Diagnosis) -> None:
    """Correct the server and check again where the right one is known; else the form.

    Of a sign-in, what was filled in is the app.
    """
    stranger = stranger_in(diagnosis)
    of_proxy = diagnosis.evidence.fault in PROXY_FAULTS  # it stands in the form, too
    if diagnosis.evidence.stage is Stage.SIGN_IN and flow.draft.signs_in and not of_proxy:
        edit_app(flow)
    elif diagnosis.suggestion and flow.draft.settings:
        correct(flow, flow.draft.settings, *_corrections(flow, diagnosis))
    elif stranger and flow.draft.settings:
        settings = flow.draft.settings
        question = ForeignHost(diagnosis.evidence.host, stranger, flow)
        question.accepted_host.connect(lambda: correct(flow, settings, stranger))
        question.open()
    else:
        open_servers(flow, diagnosis)


def correct(flow: SetupWizard, settings: Settings, *ends: Endpoint) -> None:
    """These settings with other servers, and a check of them at once."""
    for end in ends:
        settings = settings.having(end)
    draft = replace(flow.draft, settings=settings, report=None)
    if Step.CHECK in route(draft) and flow.current and flow.current.step is Step.CHECK:
        flow.replace(draft)
        flow.check_again(anew=True)
    else:
        flow.start_over(replace(draft, begin=Step.CHECK))


def _corrections(flow: SetupWizard, diagnosis: Diagnosis) -> tuple[Endpoint, ...]:
    """What a card corrects: both halves where they share its problem."""
    same = (one.suggestion for one in flow.found if one.problem == diagnosis.problem)
    ends = {end.side: end for end in (diagnosis.suggestion, *same) if end}
    return tuple(ends.values())


def open_servers(flow: SetupWizard, diagnosis: Diagnosis | None = None) -> None:
    """The form with the servers as they are; what has led there is said, and its field first."""
    flow.led_by = diagnosis
    draft = replace(flow.draft, edit_servers=True)
    if Step.SERVERS in route(draft):
        flow.replace(draft)
        flow.go(Step.SERVERS)
    else:
        flow.start_over(replace(draft, reason=Reason.REPAIR, begin=None))


def switch_way(flow: SetupWizard, diagnosis: Diagnosis) -> None:
    """Another way in; where there is none, what can be done instead."""
    if not turning.switch_way(flow, diagnosis):
        open_guide(flow, diagnosis)


def open_link(flow: SetupWizard, diagnosis: Diagnosis) -> None:
    """The page in the browser; copied where no browser opens.

    After a network's own sign-in page it is checked again, since no password was sent yet.
    """
    link = diagnosis.link or ""
    if not flow.app.table.opens(link):
        return
    if diagnosis.evidence.fault is Fault.CAPTIVE_PORTAL:
        flow.check_on_return()

    def failed() -> None:
        said = QCoreApplication.translate("Mending", "浏览器没有打开；网址已复制。")
        _copy(flow, link, said)

    open_page(link, failed)


def show_certificate(flow: SetupWizard, diagnosis: Diagnosis) -> None:
    """What the server presented, and the decision about it, where a person may decide."""
    if diagnosis.evidence.certificate is None:
        copy_diagnostics(flow, diagnosis)
        return
    report = flow.draft.report
    spawn(portal_seen(flow.app, report), flow, lambda portal: _decide(flow, diagnosis, portal))


def _decide(flow: SetupWizard, diagnosis: Diagnosis, portal: bool) -> None:
    settings, seen = flow.draft.settings, diagnosis.evidence
    if settings is None or flow.findChild(CertificatePage) is not None:
        return
    said = flow.app.table.explain(diagnosis, flow.draft.provider)
    asked = decision(seen, [one.evidence for one in flow.found], portal=portal)
    words, language = flow.app.words, flow.languages.current
    page = CertificatePage(asked, flow.say(said.meaning), words, language, flow)

    def pin(pins: Sequence[Pin]) -> None:
        correct(flow, reduce(Settings.pinning, pins, settings))

    def unpin() -> None:
        correct(flow, reduce(Settings.unpinned, asked.replaced(settings.pins), settings))

    page.pins_wanted.connect(pin)
    page.old_unwanted.connect(unpin)
    page.open()


def ask_admin(flow: SetupWizard, diagnosis: Diagnosis) -> None:
    """The exact switch, command and link, ready to be sent to an administrator."""
    draft = flow.draft
    note = admin_note(
        flow.app,
        diagnosis,
        draft.provider,
        draft.address,
        draft.sign_in if draft.signs_in else None,
        flow.languages.current,
    )
    _copy(
        flow,
        note,
        QCoreApplication.translate("Mending", "已复制中文和英文的说明，可以发给管理员。"),
    )


def copy_diagnostics(flow: SetupWizard, diagnosis: Diagnosis | None = None) -> None:
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
    Fix.EDIT_SENDER: open_servers,  # the user name stands there
    Fix.SWITCH_WAY: switch_way,
    Fix.OPEN_LINK: open_link,
    Fix.SHOW_CERTIFICATE: show_certificate,
    Fix.ASK_ADMIN: ask_admin,
    Fix.REPORT_BUG: copy_diagnostics,
    Fix.NONE: _nothing,
}


def mend(flow: SetupWizard, diagnosis: Diagnosis) -> None:
    """Do what the problem asks for."""
    MEND[diagnosis.fix](flow, diagnosis)


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
