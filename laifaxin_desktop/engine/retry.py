"""When the machine checks a failed account again by itself; never one whose credential was refused.

Only what passes without anybody doing something is tried again, each time later, and no sooner
than the server asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice

from laifaxin_desktop.engine.network import Network, network_of, unreached
from laifaxin_desktop.model.patience import asked_to_wait
from laifaxin_desktop.model.problem import Diagnosis, Fault, Fix, Stage
from laifaxin_desktop.model.report import Leg, Report

# Problems that pass by themselves, but sooner when nobody tries.
LOCKOUTS = ("too_many_attempts", "account_locked")
# After the first failure, the second, and so on; the last one for all that follow.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))

_NOT_OPENED = (Fault.LOCKED, Fault.TIMEOUT)  # of the keychain, or the main password is wanted
_PASSES = (Fix.RETRY, Fix.WAIT)
_NEVER = datetime.max.replace(tzinfo=UTC)  # by itself; only when the network comes back
_MOST_HEARD = 200  # accounts that tell whether anybody gets through; ten thousand tell no more


def asks_a_person(report: Report | None) -> bool:
    """Whether a credential was refused: the machine never tries that one again by itself.

    Trying again could lock the mailbox, and would not help; a locked one stays locked for longer.
    Nor does it go back to where somebody tampers with the connection.
    """
    found = [leg.diagnosis for leg in report.legs if leg.diagnosis] if report else []
    return any(
        each.problem in LOCKOUTS
        or each.evidence.fault is Fault.INJECTION
        or (
            each.evidence.stage in (Stage.LOGIN, Stage.SIGN_IN)
            and each.evidence.fault is Fault.REJECTED
            and each.fix not in _PASSES
        )
        for each in found
    )


def refused_at_proxy(report: Report | None) -> bool:
    """Whether a proxy has refused its own login: that may be a whole company's account.

    The account's own proxy is not asked again by the machine; the system's may be another by now.
    """
    found = [leg.diagnosis for leg in report.legs if leg.diagnosis] if report else []
    # One that only fell silent may have lost its network; those that hang up mean it.
    return any(
        each.evidence.fault is Fault.PROXY_LOGIN
        and not each.evidence.detail.startswith(Fault.TIMEOUT)
        for each in found
    )


def stays_locked(report: Report) -> bool:
    """Whether the keychain was not opened for this account, so that no other's would be either."""
    found = [leg.diagnosis.evidence for leg in report.legs if leg.diagnosis]
    return any(seen.stage is Stage.VAULT and seen.fault in _NOT_OPENED for seen in found)


def next_try(report: Report, failures: int = 0) -> datetime | None:
    """When the machine may check again; None: not by itself.

    :param failures: how often it has failed in a row before this report
    """
    passing = [leg.diagnosis for leg in report.legs if leg.diagnosis and _passes(leg.diagnosis)]
    if not passing or asks_a_person(report):
        return None
    if failures >= len(PAUSES) and any(map(_may_be_refused, passing)):
        return None
    pause = PAUSES[min(failures, len(PAUSES) - 1)]
    return report.at + max(pause, *(_wanted(each) for each in passing))


def may_retry(report: Report) -> bool:
    """Whether the machine may check it again some time: what passes, and what nobody answered.

    A server that is not found may only be out of reach: it is asked again once others are reached.
    """
    return next_try(report) is not None or (unreached(report) and not asks_a_person(report))


def not_before(report: Report | None) -> datetime | None:
    """Until when a server has asked to be left alone; None where none did."""
    found = [leg.diagnosis for leg in report.legs if leg.diagnosis] if report else []
    longest = max((_wanted(each) for each in found), default=timedelta())
    return report.at + longest if report and longest else None


def locked_until(report: Report, leg: Leg) -> datetime | None:
    """Until when a lockout lasts, where the server said so; None for every other problem."""
    found = leg.diagnosis
    if found is None or found.problem not in LOCKOUTS or not _wanted(found):
        return None
    return report.at + _wanted(found)


def lockout_ends(report: Report | None) -> datetime | None:
    """Until when this account is locked out, the longest of its halves; None: not known to be."""
    legs = report.legs if report else ()
    ends = (locked_until(report, leg) for leg in legs) if report else ()
    return max((end for end in ends if end), default=None)


def _passes(found: Diagnosis) -> bool:
    seen = found.evidence
    if seen.stage is Stage.VAULT:
        return False  # a keychain that asks again and again would be no help
    return found.fix in _PASSES or seen.fault is Fault.CAPTIVE_PORTAL  # signed in to meanwhile


def _may_be_refused(found: Diagnosis) -> bool:
    """Whether the server fell silent or hung up once it had the credential.

    That is no wrong password; but some servers say no in this way, and would lock the mailbox.
    """
    seen = found.evidence
    return seen.stage is Stage.LOGIN and seen.fault in (Fault.CLOSED, Fault.TIMEOUT)


def _wanted(found: Diagnosis) -> timedelta:
    return timedelta(seconds=asked_to_wait(found.evidence))


def _just_now(at: datetime, now: datetime) -> bool:
    return timedelta() <= now - at < PAUSES[0]  # not what a clock that has been set back says


@dataclass(frozen=True, slots=True)
class _Waiting:
    report: Report
    at: datetime
    failures: int


class Retries:
    """Which accounts wait for another try, and when it is their turn."""

    def __init__(self) -> None:
        self._waiting: dict[str, _Waiting] = {}
        self._reached: datetime | None = None  # when a server of any account was
        self._asked: datetime | None = None  # when one account was asked for all

    def note(self, account_id: str, report: Report) -> bool:
        """An account was checked, by whomever; True: the network is back, and others are due."""
        before = self._waiting.pop(account_id, None)
        failures = before.failures if before else 0
        if may_retry(report):
            at = next_try(report, failures) or _NEVER
            self._waiting[account_id] = _Waiting(report, at, failures + 1)
        return bool(report.legs) and not unreached(report) and self._back(report.at)

    def drop(self, ids: Iterable[str]) -> None:
        """These are gone, or wait for nothing any more."""
        for account_id in tuple(ids):
            self._waiting.pop(account_id, None)

    def due(self, now: datetime) -> list[str]:
        """Whose turn it is, the longest overdue first.

        While no account gets through, one is asked for all of them; as soon as it is answered,
        the others need not wait any longer.
        """
        turns = sorted(self._waiting, key=lambda one: self._waiting[one].at)
        if not self._all_dead():
            return [one for one in turns if self._waiting[one].at <= now]
        if self._asked is not None and _just_now(self._asked, now):
            return []
        first = [one for one in turns if unreached(self._waiting[one].report)][:1]
        if first and _just_now(self._waiting[first[0]].report.at, now):
            return []
        self._asked = now
        return first

    def _all_dead(self) -> bool:
        reports = [one.report for one in islice(self._waiting.values(), _MOST_HEARD)]
        newest = max((report.at for report in reports), default=None)
        if newest is None or (self._reached is not None and self._reached >= newest):
            return False
        # As if they were of one moment: nobody was reached since, and they wait longer and longer.
        return network_of(replace(one, at=newest) for one in reports) is not Network.FINE

    def _back(self, at: datetime) -> bool:
        """A server was reached: whoever waited for the network has waited long enough."""
        if was_dead := self._all_dead():
            for one, waiting in tuple(self._waiting.items()):
                if unreached(waiting.report):
                    self._waiting[one] = _Waiting(waiting.report, at, 0)
        self._reached = max(at, self._reached or at)
        return was_dead
