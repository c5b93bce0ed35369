"""A certificate that was refused: why it is not trusted, and what a person may decide about it.

Decides nothing by itself: whoever opens it makes the exception, or takes the old one away.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from laifaxin_desktop.engine.hosts import is_here
from laifaxin_desktop.engine.network import is_portal
from laifaxin_desktop.knowledge.words import Words
from laifaxin_desktop.model.problem import UNFIT, Certificate, Evidence, MailError
from laifaxin_desktop.model.report import Report
from laifaxin_desktop.model.route import Pin, despite, may_pin, pin_of
from laifaxin_desktop.model.text import Text

if TYPE_CHECKING:
    from laifaxin_desktop.app import App


@dataclass(frozen=True, slots=True)
class Decision:
    """One certificate at the servers of one account that show it, and what may be done about it."""

    seen: tuple[Evidence, ...]  # at least one, each with this certificate
    portal: bool = False  # the network answers in place of servers: nothing may be excepted

    @property
    def shown(self) -> Certificate:
        """The certificate."""
        found = self.seen[0].certificate
        if found is None:
            raise ValueError("nothing to decide about")
        return found

    @property
    def places(self) -> tuple[str, ...]:
        """Where it was shown: ``host:port``."""
        return tuple(f"{one.host}:{one.port}" for one in self.seen)

    @property
    def here(self) -> bool:
        """Whether a program on this very computer showed it: a bridge."""
        return all(is_here(one.host) for one in self.seen)

    @property
    def pins(self) -> tuple[Pin, ...]:
        """The exceptions that may be made; none where a person may not decide."""
        if self.portal or not all(map(may_pin, self.seen)):
            return ()
        return tuple(map(pin_of, self.seen))

    @property
    def old(self) -> str:
        """The fingerprint that was excepted before and was not shown this time; else empty."""
        before = {one.pinned for one in self.seen if one.pinned} - {self.shown.sha256}
        return next(iter(before), "")

    def replaced(self, pins: Iterable[Pin]) -> tuple[Pin, ...]:
        """Which exceptions are for these servers."""
        spots = {(one.host.lower(), one.port) for one in self.seen}
        return tuple(pin for pin in pins if (pin.host.lower(), pin.port) in spots)

    @property
    def vouched(self) -> bool:
        """Whether it is a good one, and only differs from the exception."""
        return not self.shown.doubts

    @property
    def unfit(self) -> bool:
        """Whether nobody may except it, whoever vouches for it."""
        return bool(UNFIT & {*self.shown.doubts})


def decision(seen: Evidence, others: Iterable[Evidence], *, portal: bool) -> Decision:
    """What is to be decided about this; the account's other servers with the same are included."""
    same = [
        one
        for one in others
        if one.certificate == seen.certificate and (one.host, one.port) != (seen.host, seen.port)
    ]
    return Decision((seen, *(one for one in same if one.fault is seen.fault)), portal)


async def portal_seen(app: App, report: Report | None) -> bool:
    """Whether this report, or those of the other accounts with it, show a captive portal."""
    reports: list[Report] = [report] if report else []
    with contextlib.suppress(MailError):  # a list that cannot be read tells nothing
        paused = {account.id for account in await app.accounts.all() if account.paused}
        kept = await app.accounts.reports()
        mine = report.account if report else None
        reports += [one for key, one in kept.items() if key not in paused and key != mine]
    return is_portal(reports)


def doubts_of(seen: Evidence, words: Words) -> tuple[Text, ...]:
    """Every reason not to trust what was shown, each a sentence."""
    shown = seen.certificate
    if shown is None:
        return ()
    places = {
        "host": seen.host,
        "names": ", ".join(shown.names[:3]) or words("place.names"),
        "issuer": shown.issuer or words("place.issuer"),
        "expires": f"{shown.not_after:%Y-%m-%d}",
        "starts": f"{shown.not_before:%Y-%m-%d}",
        "key": shown.key or words("place.key"),
        "digest": shown.digest or words("place.digest"),
    }
    return tuple(words(f"doubt.{doubt}").fill(places) for doubt in shown.doubts)


def in_spite_of(seen: Evidence, words: Words) -> tuple[Text, ...]:
    """What an exception accepts besides that nobody vouches for the certificate."""
    shown = seen.certificate
    return tuple(words(f"despite.{doubt}") for doubt in (despite(shown) if shown else ()))


def grouped(sha256: str, pairs: int = 8) -> str:
    """A fingerprint as people compare it: pairs of digits, some of them a line."""
    digits = [sha256[at : at + 2].upper() for at in range(0, len(sha256), 2)]
    lines: Sequence[list[str]] = [digits[at : at + pairs] for at in range(0, len(digits), pairs)]
    return "\n".join(" ".join(line) for line in lines)
