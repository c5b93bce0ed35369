"""Where a check is, how long it may still take, and what its failures look like."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, fields

from laifaxin_desktop.model.account import Login
from laifaxin_desktop.model.problem import Evidence, Fault, MailError, Stage
from laifaxin_desktop.model.provider import Endpoint
from laifaxin_desktop.model.report import StageResult
from laifaxin_desktop.model.route import Route

from .faults import WORLD, detail_of, fault_of
from .words import Scrubber

_STANDARD = re.compile(r"OK|NO|BAD|BYE|-ERR|[2-5][0-9]{2}|[245]\.[0-9]{1,3}\.[0-9]{1,3}")
_MOST_CODES = 24  # a refusal has a handful
Observe = Callable[[StageResult], None]


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds; each an absolute limit for its whole step, however busy the peer looks."""

    lookup: float = 10
    connect: float = 15  # over all addresses
    stagger: float = 0.25  # RFC 8305: before the next address is tried as well
    tls: float = 15
    greeting: float = 15
    hint: float = 4  # of silence before a greeting, until TLS is suspected
    reply: float = 20
    auth: float = 45  # Dovecot answers a wrong password after up to 16 s
    moment: float = 2  # for words that should be there already
    certificate: float = 5  # to look at a refused certificate
    total: float = 90

    def scaled(self, factor: float) -> Deadlines:
        """All of them, longer or shorter."""
        return Deadlines(*(getattr(self, field.name) * factor for field in fields(self)))


class Course:
    """One check of one server: its stages and their times, its deadlines, its errors."""

    def __init__(
        self,
        endpoint: Endpoint,
        observe: Observe,
        deadlines: Deadlines,
        login: Login | None,
        route: Route,
    ) -> None:
        self.endpoint = endpoint
        self.deadlines = deadlines
        self.route = route
        self.pin = route.pin_for(endpoint)
        self.at = Stage.LOOKUP
        self._observe = observe
        self._scrub = Scrubber(*(each for each in (login, _at_proxy(route)) if each))
        self._clock = asyncio.get_running_loop().time
        self._end = self._clock() + deadlines.total

    @contextlib.contextmanager
    def stage(self, stage: Stage) -> Iterator[None]:
        """What happens inside belongs to this stage; its result is told when it ends."""
        self.at = stage
        began = self._clock()
        try:
            yield
        except MailError:
            self._tell(began, ok=False)
            raise
        self._tell(began, ok=True)

    def _tell(self, began: float, *, ok: bool) -> None:
        self._observe(StageResult(self.at, ok, round((self._clock() - began) * 1000)))

    @contextlib.asynccontextmanager
    async def within(self, seconds: float) -> AsyncIterator[None]:
        """Give what happens inside so long in all; what the world does becomes MailError."""
        try:
            async with asyncio.timeout_at(min(self._clock() + seconds, self._end)):
                yield
        except WORLD as error:
            # "from None": an error's text or traceback may quote what was sent.
            raise self.failure(fault_of(error), detail=detail_of(error)) from None

    def failure(
        self,
        fault: Fault,
        *,
        reply: bytes | str = b"",
        codes: Sequence[str] = (),
        spoken: str = "",
        detail: str = "",
    ) -> MailError:
        """The error to raise for what was seen here and now, scrubbed of the secret."""
        return MailError(
            Evidence(
                stage=self.at,
                fault=fault,
                protocol=self.endpoint.protocol,
                host=self.endpoint.host,
                port=self.endpoint.port,
                security=self.endpoint.security,
                codes=self._codes(codes),
                reply=self._scrub(reply),
                spoken=spoken,
                detail="" if self._scrub.finds(detail) else detail,
                proxy=str(self.route.proxy or ""),
                pinned=self.pin.sha256 if self.pin else "",
            )
        )

    def _codes(self, said: Sequence[str]) -> tuple[str, ...]:
        safe = dict.fromkeys(code for code in said[:_MOST_CODES] if self._is_safe(code))
        return tuple(safe)

    def _is_safe(self, code: str) -> bool:
        # A password may happen to be "bad": the protocols' own words stay, a stranger's may quote.
        if _STANDARD.fullmatch(code):
            return True
        # Without an @: it would be an address, which no log is to hold.
        return re.fullmatch("[!-?A-~]{1,40}", code) is not None and self._scrub(code) == code


def _at_proxy(route: Route) -> Login | None:
    if route.proxy is None or route.proxy_secret is None:
        return None
    return Login(route.proxy.username, route.proxy_secret)
