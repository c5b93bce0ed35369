"""What several servers together say of the network; pure functions over reports, asking nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import combinations

from laifaxin_desktop.engine.hosts import domain_of, is_here
from laifaxin_desktop.engine.ports import Diagnose
from laifaxin_desktop.model.problem import PROXY_FAULTS, Doubt, Evidence, Fault, Stage
from laifaxin_desktop.model.report import Leg, Report

RECENT = timedelta(minutes=10)  # what is older may speak of another network
_TOGETHER = timedelta(seconds=30)  # checks that began so soon after each other are of one network
_WEB_PORTS = (80, 443, 8080, 8443)
_MOST_STRANGERS = 40  # compared with each other
# The proxy on the way answers for every server: that it is down is no news of theirs.
_NOWHERE = frozenset(
    {
        Fault.OFFLINE,
        Fault.NAME_NOT_FOUND,
        Fault.LOOKUP_FAILED,
        Fault.REFUSED,
        Fault.UNREACHABLE,
        Fault.TIMEOUT,
        Fault.CLOSED,
        Fault.PROXY_UNREACHABLE,
        Fault.PROXY_TARGET,
    }
)
_BEFORE_TALK = (Stage.LOOKUP, Stage.CONNECT, Stage.TLS, Stage.GREETING, Stage.SIGN_IN)


class Network(StrEnum):
    """What is true of the network; the words of words.toml, table network."""

    FINE = "fine"
    OFFLINE = "offline"  # this computer has none
    UNREACHABLE = "unreachable"  # it has one, but no server of any account is reached
    CAPTIVE_PORTAL = "captive_portal"  # it wants a sign-in first
    CLOCK_WRONG = "clock_wrong"  # no network at all, but as true of every account


def network_of(reports: Iterable[Report]) -> Network:
    """What the last reports of all accounts say together; those that are paused left out.

    Only the newest and those of the ten minutes before it speak. One server that is down, however
    many accounts have it, is no network; nor is a bridge on this computer. A clock that a trusted
    host has proven wrong is wrong for everybody, also where some are reached.
    """
    reports = tuple(reports)
    newest = max((report.at for report in reports), default=None)
    if newest is None:
        return Network.FINE
    recent = [report for report in reports if newest - report.at <= RECENT]
    if any(map(_by_wrong_clock, recent)):
        return Network.CLOCK_WRONG
    failures: list[Evidence] = []
    for report in recent:
        for leg in report.legs:
            if is_here(leg.endpoint.host) or _kept_from_trying(leg):
                continue
            if leg.diagnosis is None:
                return Network.FINE
            failures.append(leg.diagnosis.evidence)
    if not failures:
        return Network.FINE
    if all(seen.fault is Fault.OFFLINE for seen in failures):
        return Network.OFFLINE
    strangers = [seen for seen in failures if _stands_in(seen)][:_MOST_STRANGERS]
    known = any(seen.fault is Fault.CAPTIVE_PORTAL for seen in strangers)
    if known or any(_same_stranger(*two, _never) for two in combinations(strangers, 2)):
        return Network.CAPTIVE_PORTAL
    if not all(map(_unreached, failures)):
        return Network.FINE
    owners = {domain_of(seen.host) for seen in failures}
    return Network.UNREACHABLE if len(owners) > 1 else Network.FINE


def is_portal(reports: Iterable[Report]) -> bool:
    """Whether something stands in for servers, for whoever is about to trust what it shows.

    Stricter than `network_of`: a server that was reached before it was seen, at home maybe, says
    nothing of the network that this computer is in by now.
    """
    reports = tuple(reports)
    reached = max((report.at for report in reports if _passed_somewhere(report)), default=None)
    since = [one for one in reports if reached is None or one.at > reached + _TOGETHER]
    return Network.CAPTIVE_PORTAL in (network_of(reports), network_of(since))


def network_now(reports: Iterable[Report], now: datetime) -> Network:
    """What is true of the network now, for a window that stays open.

    While nobody gets through one account is asked for all, so the others' reports grow old: they
    hold until a server of any account is reached. What is older altogether tells of another day,
    and what claims to be of a later time than now was written by a wrong clock.
    """
    known = [report for report in reports if report.at - now <= RECENT]
    newest = max((report.at for report in known), default=None)
    if newest is None or now - newest > RECENT:
        return Network.FINE
    reached = max((each.at for each in known if _reached_somebody(each)), default=None)
    still = (
        replace(each, at=newest)
        if unreached(each) and (reached is None or each.at >= reached)
        else each
        for each in known
    )
    return network_of(still)


def speaks_for(network: Network, report: Report) -> bool:
    """Whether a banner about the network says all that is wrong with this account."""
    if network is Network.CLOCK_WRONG:
        failed = [leg.diagnosis.evidence for leg in report.legs if leg.diagnosis]
        return bool(failed) and all(seen.fault is Fault.CLOCK_WRONG for seen in failed)
    return network is not Network.FINE and unreached(report)


def unreached(report: Report) -> bool:
    """Whether no server of this account was reached: one of those that a banner speaks for."""
    return bool(report.legs) and all(
        leg.diagnosis is not None and _not_met(leg.diagnosis.evidence) for leg in report.legs
    )


def only_here(report: Report, others: Iterable[Report]) -> bool:
    """Whether a server of this account is not reached while every other account's are.

    At least one of the others must have been checked about the same time, at another owner's.
    Where a proxy failed the server was not asked: nothing is said of it.
    """
    failed = [(leg.endpoint.host, leg.diagnosis.evidence) for leg in report.legs if leg.diagnosis]
    if any(seen.fault in PROXY_FAULTS for _, seen in failed):
        return False
    mine = {domain_of(host) for host, seen in failed if _unreached(seen)}
    if not mine or any(is_here(leg.endpoint.host) for leg in report.legs if not leg.ok):
        return False
    legs = [
        leg
        for other in others
        if other.account != report.account and abs(other.at - report.at) <= RECENT
        for leg in other.legs
        if domain_of(leg.endpoint.host) not in mine and not is_here(leg.endpoint.host)
    ]
    reached = [not (leg.diagnosis and _unreached(leg.diagnosis.evidence)) for leg in legs]
    return bool(reached) and all(reached)


def without_stand_in(
    legs: tuple[Leg, ...], is_known: Callable[[str], bool], diagnose: Diagnose
) -> tuple[Leg, ...]:
    """The legs of one account; a page or certificate in place of both servers gets its name.

    One machine with a certificate of its own is no portal: where a certificate tells, the servers
    must be known ones, or different owners'.

    :param is_known: whether a host is a server of the directory
    """
    failures = [leg.diagnosis.evidence for leg in legs if leg.diagnosis]
    pairs = (two for two in combinations(failures, 2) if _same_stranger(*two, is_known))
    guilty = {id(seen) for two in pairs for seen in two}

    def named(leg: Leg) -> Leg:
        if leg.diagnosis is None or id(leg.diagnosis.evidence) not in guilty:
            return leg
        seen = leg.diagnosis.evidence
        portal = replace(seen, fault=Fault.CAPTIVE_PORTAL, first=seen.first or seen.fault)
        return replace(leg, diagnosis=diagnose(portal))

    return tuple(map(named, legs))


def _by_wrong_clock(report: Report) -> bool:
    return any(
        leg.diagnosis is not None and leg.diagnosis.evidence.fault is Fault.CLOCK_WRONG
        for leg in report.legs
    )


def _passed_somewhere(report: Report) -> bool:
    return any(leg.ok and not is_here(leg.endpoint.host) for leg in report.legs)


def _reached_somebody(report: Report) -> bool:
    """Whether a server out there answered: no bridge, nor a check that asked nobody."""
    return any(
        not is_here(leg.endpoint.host)
        and not _kept_from_trying(leg)
        and not (leg.diagnosis and _not_met(leg.diagnosis.evidence))
        for leg in report.legs
    )


def _never(host: str) -> bool:
    return False


def _kept_from_trying(leg: Leg) -> bool:
    """Whether nothing was asked of any server."""
    return leg.diagnosis is not None and leg.diagnosis.evidence.stage is Stage.VAULT


def _unreached(seen: Evidence) -> bool:
    # Where a closer look was answered, the network gets through.
    return seen.stage in _BEFORE_TALK and seen.fault in _NOWHERE and seen.better is None


def _not_met(seen: Evidence) -> bool:
    return _unreached(seen) or _stands_in(seen)


def _stands_in(seen: Evidence) -> bool:
    """Whether something else than the server answered."""
    return seen.fault is Fault.CAPTIVE_PORTAL or _is_page(seen) or bool(_foreign(seen))


def _is_page(seen: Evidence) -> bool:
    page = seen.fault is Fault.NOT_MAIL and seen.spoken == "http"
    return page and seen.port not in _WEB_PORTS


def _foreign(seen: Evidence) -> str:
    """The fingerprint of a certificate that belongs to somebody else than the server."""
    shown = seen.certificate
    return shown.sha256 if shown and Doubt.WRONG_HOST in shown.doubts else ""


def _same_stranger(one: Evidence, other: Evidence, is_known: Callable[[str], bool]) -> bool:
    """Whether the same somebody answered in place of two different servers."""
    if one.host.lower() == other.host.lower() or is_here(one.host) or is_here(other.host):
        return False
    if _is_page(one) and _is_page(other):
        return True
    strangers = domain_of(one.host) != domain_of(other.host)
    known = is_known(one.host) and is_known(other.host)
    return bool(_foreign(one)) and _foreign(one) == _foreign(other) and (strangers or known)
