"""What a check found, and the status that follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .address import Address
from .problem import Diagnosis, Fix, Stage
from .provider import Endpoint, Protocol, Security, Side


@dataclass(frozen=True, slots=True)
class StageResult:
    """One stage of one leg: passed or not, after how many milliseconds."""

    stage: Stage
    ok: bool
    ms: int


@dataclass(frozen=True, slots=True)
class Leg:
    """One half of a check against one server."""

    endpoint: Endpoint
    stages: tuple[StageResult, ...] = ()
    diagnosis: Diagnosis | None = None

    @property
    def side(self) -> Side:
        """Receiving or sending."""
        return self.endpoint.side

    @property
    def ok(self) -> bool:
        """Whether every stage passed."""
        return self.diagnosis is None


@dataclass(frozen=True, slots=True)
class Report:
    """One check of one account."""

    address: Address
    at: datetime  # UTC
    ms: int
    legs: tuple[Leg, ...]
    account: str | None = None  # the account's id, None before it is stored
    good_at: datetime | None = None  # of one that failed: when the account last passed, UTC

    def leg(self, side: Side) -> Leg | None:
        """The half that was checked, None when it was not."""
        return next((leg for leg in self.legs if leg.side is side), None)

    @property
    def ok(self) -> bool:
        """Whether every leg passed; a report without legs proves nothing."""
        return bool(self.legs) and all(leg.ok for leg in self.legs)

    @property
    def last_good(self) -> datetime | None:
        """When every leg was last seen to pass; None where nobody knows of such a time."""
        return self.at if self.ok else self.good_at

    @property
    def diagnosis(self) -> Diagnosis | None:
        """The problem to show first: one that a person must mend goes before one that waits."""
        found = [leg.diagnosis for leg in self.legs if leg.diagnosis]
        return min(found, key=lambda d: d.fix in _WAITS, default=None)


class Status(StrEnum):
    """The truth about an account, computed by `status_of` and by nobody else."""

    OK = "ok"
    RECEIVE_ONLY = "receive_only"
    SEND_ONLY = "send_only"
    WAITING = "waiting"
    ACTION = "action"
    CHECKING = "checking"
    NEW = "new"
    PAUSED = "paused"


_WAITS = (Fix.RETRY, Fix.WAIT)


def status_of(report: Report | None, *, paused: bool = False, checking: bool = False) -> Status:
    """The status that follows from the last report."""
    if paused:
        return Status.PAUSED
    if checking:
        return Status.CHECKING
    if report is None or not report.legs:
        return Status.NEW
    if report.ok:
        return Status.OK
    passed = [leg.side for leg in report.legs if leg.ok]
    if passed:
        return Status.RECEIVE_ONLY if Side.RECEIVE in passed else Status.SEND_ONLY
    diagnosis = report.diagnosis
    return Status.WAITING if diagnosis and diagnosis.fix in _WAITS else Status.ACTION


def stages_of(endpoint: Endpoint, *, signed_in: bool = False) -> tuple[Stage, ...]:
    """The stages a check of this server passes through, in the order a person sees them.

    With STARTTLS the greeting comes before the encryption; `signed_in` begins with a token.
    """
    first = (Stage.SIGN_IN,) if signed_in or endpoint.protocol is Protocol.GRAPH else ()
    last = (Stage.MAILBOX,) if endpoint.side is Side.RECEIVE else ()
    if endpoint.protocol is Protocol.GRAPH:
        return (*first, Stage.CONNECT, Stage.TLS, Stage.LOGIN, *last)
    if endpoint.security is Security.TLS:
        middle: tuple[Stage, ...] = (Stage.TLS, Stage.GREETING)
    elif endpoint.security is Security.STARTTLS:
        middle = (Stage.GREETING, Stage.TLS)
    else:
        middle = (Stage.GREETING,)
    return (*first, Stage.LOOKUP, Stage.CONNECT, *middle, Stage.LOGIN, *last)
