"""Real servers in a thread of their own for the wizard's tests, and the probe that goes to them."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from laifaxin_desktop.engine.hosts import is_here
from laifaxin_desktop.engine.ports import Observe
from laifaxin_desktop.mail.probe import MailProbe
from laifaxin_desktop.model.account import Capabilities, Login
from laifaxin_desktop.model.problem import Evidence, Fault, MailError, Stage
from laifaxin_desktop.model.provider import Endpoint, Protocol, Side
from laifaxin_desktop.model.route import DIRECT, Route
from tests.cli.test_way import beside, imap_server
from tests.engine.world import mail
from tests.mail.peers import Peer, serving
from tests.servers.authority import Authority
from tests.servers.bad_servers import QUICK

HOST = "localhost"


@dataclass
class RealProbe:
    """The program's own probe; without a login it leaves this computer only through a proxy."""

    authority: Authority
    logins: list[tuple[Endpoint, Login]] = field(default_factory=list)

    async def __call__(
        self, endpoint: Endpoint, login: Login | None, observe: Observe, route: Route = DIRECT
    ) -> Capabilities:
        if login is not None:
            self.logins.append((endpoint, login))
        elif route.proxy is None and not is_here(endpoint.host):
            raise MailError(Evidence(Stage.LOOKUP, Fault.NAME_NOT_FOUND))
        probe = MailProbe(self.authority.client_context(), QUICK)
        return await probe(endpoint, login, observe, route)


@contextmanager
def real_servers(
    imap: ssl.SSLContext, smtp: ssl.SSLContext | None = None
) -> Iterator[dict[Side, Peer]]:
    """An IMAP and an SMTP server that let everybody in, each over its TLS."""

    @contextlib.asynccontextmanager
    async def both() -> AsyncIterator[dict[Side, Peer]]:
        async with (
            serving(imap_server, tls=imap) as receiving,
            serving(mail(Protocol.SMTP), tls=smtp or imap) as sending,
        ):
            yield {Side.RECEIVE: receiving, Side.SEND: sending}

    with beside(partial(both)) as peers:
        yield peers
