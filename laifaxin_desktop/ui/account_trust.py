"""Opens the decision about a certificate for an account of the list; trusts nothing by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from laifaxin_desktop.model.account import Account, Settings
from laifaxin_desktop.model.problem import Diagnosis
from laifaxin_desktop.model.route import Pin

from .account_row import Row
from .certificate_decision import decision, portal_seen
from .certificate_page import CertificatePage
from .languages import Languages
from .loop import spawn

if TYPE_CHECKING:
    from laifaxin_desktop.app import App


def shows_certificate(row: Row) -> Diagnosis | None:
    """The problem whose certificate is to be shown: the one spoken of first, if it has one."""
    legs = row.report.legs if row.report else ()
    found = [leg.diagnosis for leg in legs if leg.diagnosis and leg.diagnosis.evidence.certificate]
    return row.diagnosis if row.diagnosis in found else next(iter(found), None)


def ask_about_certificate(
    app: App, languages: Languages, window: QWidget, row: Row, wanted: Callable[[Account], object]
) -> None:
    """Show what was presented; `wanted` gets the account with the exceptions as decided.

    Whether the network answers in place of the servers is read first: behind a captive portal
    nothing may be excepted.
    """
    found = shows_certificate(row)
    if found is None or row.report is None:
        return

    def show(portal: bool) -> None:
        if window.findChild(CertificatePage) is None:  # not two of them for two clicks
            _open(app, languages, window, row, found, wanted, portal=portal)

    spawn(portal_seen(app, row.report), window, show)


def _open(
    app: App,
    languages: Languages,
    window: QWidget,
    row: Row,
    found: Diagnosis,
    wanted: Callable[[Account], object],
    *,
    portal: bool,
) -> None:
    account, language = row.account, languages.current
    settings = account.settings
    legs = row.report.legs if row.report else ()
    asked = decision(
        found.evidence,
        [leg.diagnosis.evidence for leg in legs if leg.diagnosis],
        portal=portal,
    )
    meaning = app.table.explain(found, row.provider).meaning.say(language)
    page = CertificatePage(asked, meaning, app.words, language, window)

    def pin(pins: Sequence[Pin]) -> None:
        wanted(replace(account, settings=reduce(Settings.pinning, pins, settings)))

    def unpin() -> None:
        kept = reduce(Settings.unpinned, asked.replaced(settings.pins), settings)
        wanted(replace(account, settings=kept))

    page.pins_wanted.connect(pin)
    page.old_unwanted.connect(unpin)
    page.open()
