"""Opens the wizard for an account, where its problem wants it; nothing is lost if it is left."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from laifaxin_desktop.engine.draft import Reason, Step
from laifaxin_desktop.model.account import Account
from laifaxin_desktop.model.problem import PROXY_FAULTS, Diagnosis, Stage
from laifaxin_desktop.model.provider import Protocol

from .account_row import Row
from .account_trust import ask_about_certificate
from .languages import Languages

if TYPE_CHECKING:
    from laifaxin_desktop.app import App

    from .wizard.window import SetupWizard


class AccountWizards(QObject):
    """Each verb is one click; the wizard checks before it stores."""

    stored = Signal(str)  # the id of an account that the wizard stored

    def __init__(self, app: App, languages: Languages, window: QWidget) -> None:
        super().__init__(window)
        self._app, self._languages, self._window = app, languages, window

    def open_wizard(
        self,
        reason: Reason,
        account: Account | None = None,
        *,
        begin: Step | None = None,
        led_by: Diagnosis | None = None,
    ) -> SetupWizard:
        """Add, re-authorise or repair; `begin` is the first page, where not the reason's own.

        `led_by` is the problem to be mended there: its field comes first.
        """
        from .wizard.window import SetupWizard

        window = self._window
        wizard = SetupWizard(
            self._app, self._languages, reason, account, window, begin=begin, led_by=led_by
        )
        wizard.finished_with.connect(self.stored)
        wizard.open()
        return wizard

    def reauthorize(self, row: Row) -> None:
        """Started at the secret, or at the browser where Microsoft signs in."""
        self.open_wizard(Reason.REAUTHORIZE, row.account)

    def choose_way(self, row: Row) -> None:
        """Started at the ways of signing in."""
        self.open_wizard(Reason.REAUTHORIZE, row.account, begin=Step.WAY)

    def switch_way(self, row: Row) -> None:
        """Turned to another way into the mailbox; that is one click."""
        from .wizard import turning

        wizard = self.open_wizard(Reason.REAUTHORIZE, row.account, begin=Step.WAY)
        if row.diagnosis is not None:
            turning.switch_way(wizard, row.diagnosis)

    def edit_app(self, row: Row) -> None:
        """Started at the app that signs in."""
        from .wizard import turning

        wizard = self.open_wizard(Reason.REAUTHORIZE, row.account, begin=Step.WAY)
        turning.edit_app(wizard)

    def renew_app_secret(self, row: Row) -> None:
        """A new secret of the app, then the browser: the account keeps the rest."""
        self.open_wizard(Reason.REAUTHORIZE, row.account, begin=Step.APP)

    def repair(self, row: Row) -> None:
        """Started at the servers; what the diagnosis suggests is filled in."""
        self.open_wizard(Reason.REPAIR, with_suggestion(row), led_by=row.diagnosis)

    def correct(self, row: Row) -> None:
        """What was filled in wrongly: the servers; of a sign-in, the app.

        Where the right server is known that is all: it is tried at once, and stored when it works.
        """
        from .wizard.foreign_host import ForeignHost, stranger_in

        found, corrected = row.diagnosis, with_suggestion(row)
        stranger = stranger_in(found) if found else None
        if found is not None and is_about_app(found):
            self.edit_app(row)
        elif corrected != row.account:
            self.try_out(corrected)
        elif found is not None and stranger is not None:
            other = replace(row.account, settings=row.account.settings.having(stranger))
            question = ForeignHost(found.evidence.host, stranger, self._window)
            question.accepted_host.connect(lambda: self.try_out(other))
            question.open()
        else:
            self.repair(row)

    def show_certificate(self, row: Row) -> None:
        """What the server presented; an exception that a person makes is tried at once."""
        ask_about_certificate(self._app, self._languages, self._window, row, self.try_out)

    def try_out(self, account: Account) -> None:
        """These settings with the stored secret, by the wizard: nothing is lost if they fail."""
        self.open_wizard(Reason.REPAIR, account, begin=Step.CHECK)


def is_about_app(found: Diagnosis) -> bool:
    """Whether what was filled in wrongly is the app that signs in, and no server nor proxy."""
    seen = found.evidence
    return seen.stage is Stage.SIGN_IN and seen.fault not in PROXY_FAULTS


def with_suggestion(row: Row) -> Account:
    """The account with the servers that its diagnoses suggest; Graph has a button of its own."""
    settings = row.account.settings
    for leg in row.report.legs if row.report else ():
        better = leg.diagnosis.suggestion if leg.diagnosis else None
        if better is None or settings.endpoint(leg.side) != leg.endpoint:
            continue
        if better.protocol is not Protocol.GRAPH:
            settings = settings.having(better)
    return replace(row.account, settings=settings)
