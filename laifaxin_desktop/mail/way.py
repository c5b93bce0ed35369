"""Finds the way to a server: its addresses and the first that answers, or a proxy that gets there.

Behind a proxy it asks nobody here for the server's name.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from laifaxin_desktop.model.problem import Fault, MailError

from . import reach
from .course import Course
from .link import Link
from .proxy import Passage, ProxyRefusal

_OF_A_PROXY = (
    Fault.OFFLINE,
    Fault.PROXY_UNREACHABLE,
    Fault.PROXY_LOGIN,
    Fault.PROXY_TARGET,
    Fault.PROXY_WRONG_TYPE,
)


class Way:
    """Where the connections of one check go to."""

    def __init__(self, course: Course, resolve: reach.Resolve) -> None:
        self.host = course.endpoint.host  # ASCII once it was looked up
        self.resolve = resolve
        self._course = course
        self._targets: Sequence[reach.Target] = ()
        self._silence = Fault.PROXY_UNREACHABLE  # what it means when a proxy says no more
        self._cut = Fault.PROXY_UNREACHABLE  # and when it hangs up

    def follow(self, other: Way) -> None:
        """Go where another went, without asking again."""
        self.host, self._targets = other.host, other._targets

    async def look_up(self) -> None:
        """Find the host's addresses; a proxy does that itself.

        :raises MailError: also for what can be no host name, before anybody is asked
        """
        if self._course.route.proxy is None:
            await self._find(self._course.endpoint.host, self._course.endpoint.port)
        async with self._course.within(self._course.deadlines.lookup):
            self.host = reach.host_name(self._course.endpoint.host)

    async def reach(self, link: Link) -> None:
        """Connect to the addresses that were found.

        :raises MailError:
        """
        course = self._course
        with self._of_the_proxy():
            if course.route.proxy:
                await self._find(course.route.proxy.host, course.route.proxy.port)
            with self._offline_when_so(Fault.UNREACHABLE):
                async with course.within(course.deadlines.connect):
                    await self.open(link)

    async def open(self, link: Link) -> None:
        """Connect to one of the addresses; call it inside a deadline.

        :raises OSError, EOFError, MailError:
        """
        course = self._course
        made, target = await reach.connect_first(self._targets, course.deadlines.stagger)
        self._targets = (target,)
        with contextlib.ExitStack() as closing:
            closing.enter_context(made)
            loop = asyncio.get_running_loop()
            await loop.create_connection(lambda: link, sock=made)
            closing.pop_all()  # the link's now
        if course.route.proxy:
            await self._pass(Passage(course.route.proxy, course.route), link)

    async def _pass(self, passage: Passage, link: Link) -> None:
        try:
            await passage.ask(link, self.host, self._course.endpoint.port)
        except ProxyRefusal as said:
            codes = (said.code,) if said.code else ()
            raise self._course.failure(
                said.fault, codes=codes, reply=said.words, detail=said.detail
            ) from None
        finally:
            self._cut, self._silence = passage.cut, passage.silence()

    async def _find(self, host: str, port: int) -> None:
        course = self._course
        unanswered = {Fault.TIMEOUT: Fault.LOOKUP_FAILED}
        with self._offline_when_so(Fault.LOOKUP_FAILED, Fault.TIMEOUT, otherwise=unanswered):
            async with course.within(course.deadlines.lookup):
                asked = functools.partial(self.resolve, reach.host_name(host), port)
                self._targets = await reach.in_thread(asked)

    @contextlib.contextmanager
    def _offline_when_so(
        self, *faults: Fault, otherwise: Mapping[Fault, Fault] = MappingProxyType({})
    ) -> Iterator[None]:
        try:
            yield
        except MailError as error:
            fault = error.evidence.fault
            if fault in faults and not reach.has_route():
                fault = Fault.OFFLINE
            fault = otherwise.get(fault, fault)
            raise MailError(replace(error.evidence, fault=fault)) from None

    @contextlib.contextmanager
    def _of_the_proxy(self) -> Iterator[None]:
        """Behind a proxy, failures to get through are the proxy's, and say of which kind."""
        try:
            yield
        except MailError as error:
            seen = error.evidence
            if self._course.route.proxy is None or seen.fault in _OF_A_PROXY:
                raise
            fault = self._silence if seen.fault is Fault.TIMEOUT else self._cut
            detail = f"{seen.fault} {seen.detail}".strip()
            raise MailError(replace(seen, fault=fault, detail=detail)) from None
