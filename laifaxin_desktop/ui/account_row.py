"""What one line of the list knows: an account, its last report, and the truth that follows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from laifaxin_desktop.engine.network import Network, speaks_for
from laifaxin_desktop.model.account import Account
from laifaxin_desktop.model.problem import Diagnosis, Explanation
from laifaxin_desktop.model.provider import AuthWay, Provider, Side, Standing
from laifaxin_desktop.model.report import Leg, Report, Status, status_of
from laifaxin_desktop.model.text import Text

if TYPE_CHECKING:
    from laifaxin_desktop.app import App


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


_ORDER = {
    status: place
    for place, status in enumerate(
        (
            Status.ACTION,
            Status.RECEIVE_ONLY,
            Status.SEND_ONLY,
            Status.WAITING,
            Status.NEW,
            Status.OK,
            Status.PAUSED,
        )
    )
}
# The problem that a network's state is for one account: its words and what mends it.
PROBLEMS = {
    Network.OFFLINE: "offline",
    Network.UNREACHABLE: "connection_timeout",
    Network.CAPTIVE_PORTAL: "captive_portal",
    Network.CLOCK_WRONG: "clock_wrong",
}
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Keys:
    """What the columns sort by."""

    address: str
    status: tuple[int, str]
    receive: tuple[int, str]
    send: tuple[int, str]
    checked: datetime


@dataclass(frozen=True, slots=True)
class Row:
    """One account as the list shows it.

    What filtering and sorting ask of ten thousand rows is worked out once, when a row is made.
    """

    account: Account
    report: Report | None
    checking: bool
    provider: Provider
    # What is wrong with the network, where a bar says it for this account too.
    network: Network = Network.FINE
    heap: str = field(default="", compare=False)  # what a search looks into, in both languages
    id: str = field(init=False, compare=False)
    # The truth before the check that is running: groups and order do not jump meanwhile.
    settled: Status = field(init=False, compare=False)
    # The chip that counts it beside 全部; None for one that was never checked, or is held.
    group: Group | None = field(init=False, compare=False)
    # The problem to show; neither a paused account's old one nor what a bar says already.
    diagnosis: Diagnosis | None = field(init=False, compare=False)
    keys: Keys = field(init=False, compare=False)

    def __post_init__(self) -> None:
        report = None if self.account.paused else self.report
        settled = status_of(report, paused=self.account.paused)
        diagnosis = report.diagnosis if report and not self.held else None
        keys = Keys(
            self.address.casefold(),
            (_ORDER[settled], diagnosis.problem if diagnosis else ""),
            _leg_key(report, Side.RECEIVE),
            _leg_key(report, Side.SEND),
            self.report.at if self.report else _LONG_AGO,
        )
        for name, value in (
            ("id", self.account.id),
            ("settled", settled),
            ("group", None if self.held else _GROUPS.get(settled)),
            ("diagnosis", diagnosis),
            ("keys", keys),
        ):
            object.__setattr__(self, name, value)

    @property
    def status(self) -> Status:
        """The truth now."""
        return status_of(self.report, paused=self.account.paused, checking=self.checking)

    @property
    def held(self) -> bool:
        """Whether it only waits for the network, as a bar over the list says."""
        return self.network is not Network.FINE

    @property
    def address(self) -> str:
        """The address as a person reads it."""
        return self.account.address.shown


def _leg_key(report: Report | None, side: Side) -> tuple[int, str]:
    leg = report.leg(side) if report else None
    return (2, "") if leg is None else (int(leg.ok), leg.endpoint.protocol.value)


def row_of(
    app: App, account: Account, report: Report | None, network: Network = Network.FINE
) -> Row:
    """The row of an account, with what the watch says now; `network` is what a bar says of all."""
    if report is None or account.paused or not speaks_for(network, report):
        network = Network.FINE
    checking, provider = app.watch.is_checking(account.id), app.provider_of(account)
    row = Row(account, report, checking, provider, network)
    name, said = row.provider.name, word(app, row)
    words = (row.address, account.label, name.zh_CN, name.en, said.zh_CN, said.en)
    return replace(row, heap=" ".join(words).casefold())


def rows_of(
    app: App,
    accounts: Iterable[Account],
    reports: Mapping[str, Report],
    network: Network = Network.FINE,
) -> list[Row]:
    """The rows of all accounts."""
    return [row_of(app, account, reports.get(account.id), network) for account in accounts]


def as_seen(app: App, row: Row) -> Row:
    """The row with the first words of its running check, once there are: what a person acts on."""
    said = app.watch.problems(row.id) if row.checking else {}
    if not said:
        return row
    seen, ends = app.watch.stages(row.id), row.account.settings.endpoints()
    legs = tuple(
        Leg(end, seen.get(end.side, ()), said[end.side]) for end in ends if end.side in said
    )
    now = Report(row.account.address, app.checker.now(), 0, legs, row.id)
    return replace(row, report=now, network=Network.FINE)


def explain(app: App, row: Row) -> Explanation | None:
    """The row's problem in words."""
    found = row.diagnosis
    return app.table.explain(found, row.provider) if found else None


def word(app: App, row: Row) -> Text:
    """The word in the list: the problem's own where it waits or a person must act."""
    status = row.status
    if row.held and not row.checking:
        problem = app.table.problem(PROBLEMS[row.network])
        return problem.word or problem.title
    if status in (Status.WAITING, Status.ACTION) and (said := explain(app, row)) is not None:
        return said.word
    return app.words(f"status.{status}")


def way_name(app: App, row: Row) -> Text:
    """How the account signs in, in its provider's own words."""
    way = row.provider.way(row.account.settings.auth)
    return way.credential.name if way else app.words(f"way.{row.account.settings.auth}")


def has_ended(row: Row) -> bool:
    """Whether the account signs in by a way that no longer works."""
    if row.account.settings.sign_in is not None:
        return False  # by an app of one's own, also where the program itself has none
    way = row.provider.way(row.account.settings.auth)
    return way is not None and way.standing is Standing.BROKEN and has_other_ways(row)


def has_other_ways(row: Row) -> bool:
    """Whether the account could sign in otherwise."""
    auth = row.account.settings.auth
    works = (way for way in row.provider.ways if way.standing is not Standing.BROKEN)
    return any(way.way is not auth for way in works)


def has_own_app(app: App, row: Row) -> bool:
    """Whether the account signs in by an app that the person registered."""
    settings = row.account.settings
    signed = settings.sign_in if settings.auth is AuthWay.MICROSOFT else None
    known = app.one_click(row.provider)
    return signed is not None and (known is None or known.client_id != signed.client_id)
