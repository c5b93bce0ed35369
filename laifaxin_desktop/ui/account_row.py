"""What one line of the list knows: an account, its last report, and the truth that follows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from laifaxin_desktop.app import App
from laifaxin_desktop.model.account import Account
from laifaxin_desktop.model.problem import Diagnosis, Explanation
from laifaxin_desktop.model.provider import Provider
from laifaxin_desktop.model.report import Report, Status, status_of
from laifaxin_desktop.model.text import Text


class Group(StrEnum):
    """What the chips over the list count."""

    ALL = "all"
    OK = "ok"
    ATTENTION = "attention"
    PAUSED = "paused"


_GROUPS = {
    Status.OK: Group.OK,
    Status.PAUSED: Group.PAUSED,
    Status.ACTION: Group.ATTENTION,
    Status.WAITING: Group.ATTENTION,
    Status.RECEIVE_ONLY: Group.ATTENTION,
    Status.SEND_ONLY: Group.ATTENTION,
}


@dataclass(frozen=True, slots=True)
class Row:
    """One account as the list shows it."""

    account: Account
    report: Report | None
    checking: bool
    provider: Provider

    @property
    def id(self) -> str:
        """The account's id."""
        return self.account.id

    @property
    def status(self) -> Status:
        """The truth now."""
        return status_of(self.report, paused=self.account.paused, checking=self.checking)

    @property
    def settled(self) -> Status:
        """The truth before the check that is running: groups and order do not jump meanwhile."""
        return status_of(self.report, paused=self.account.paused)

    @property
    def group(self) -> Group | None:
        """The chip that counts it beside 全部; None for one that was never checked."""
        return _GROUPS.get(self.settled)

    @property
    def diagnosis(self) -> Diagnosis | None:
        """The problem to show; a paused account's old problem is not shown."""
        if self.report is None or self.account.paused:
            return None
        return self.report.diagnosis

    @property
    def address(self) -> str:
        """The address as a person reads it."""
        return self.account.address.shown


def row_of(app: App, account: Account, report: Report | None) -> Row:
    """The row of an account, with what the watch says now."""
    return Row(account, report, app.watch.is_checking(account.id), app.provider_of(account))


def rows_of(app: App, accounts: Iterable[Account], reports: Mapping[str, Report]) -> list[Row]:
    """The rows of all accounts."""
    return [row_of(app, account, reports.get(account.id)) for account in accounts]


def explain(app: App, row: Row) -> Explanation | None:
    """The row's problem in words."""
    found = row.diagnosis
    return app.table.explain(found, row.provider) if found else None


def word(app: App, row: Row) -> Text:
    """The word in the list: the problem's own where it waits or a person must act."""
    status = row.status
    if status in (Status.WAITING, Status.ACTION) and (said := explain(app, row)) is not None:
        return said.word
    return app.words(f"status.{status}")


def way_name(app: App, row: Row) -> Text:
    """How the account signs in, in its provider's own words."""
    way = row.provider.way(row.account.settings.auth)
    return way.credential.name if way else app.words(f"way.{row.account.settings.auth}")
