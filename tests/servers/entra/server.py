"""The platform as a test holds it: people and applications to make, faults to order, a log."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Literal

from tests.servers.authority import ServerCertificate

from . import authorize
from .clouds import GLOBAL, Cloud
from .directory import App, Audience, Mailbox, Platform, User
from .errors import RefusedError
from .faults import Endpoint, Fault, odd_reply
from .routes import Routes, Seen
from .state import State
from .web import WebServer


class Entra:
    """The running platform; made by `run_entra`.

    `https_port` is where all its names are served, `http_port` where Dovecot asks about tokens.
    """

    def __init__(self) -> None:
        self.state = State()
        self._routes = Routes(lambda: self.state)
        self._lock = self._routes.lock
        self._servers: list[WebServer] = []
        self.https_port = 0
        self.http_port = 0

    @property
    def tokens_url(self) -> str:
        """Where a Dovecot of the same network asks about tokens."""
        return f"http://127.0.0.1:{self.http_port}/tokens"

    # What there is

    def reset(self) -> None:
        """Nobody and nothing, and no request counted."""
        with self._lock:
            self.state.over.set()
            self.state = State()
            self._routes.seen.clear()

    def register_app(
        self,
        client_id: str,
        *,
        redirects: Sequence[str] = ("http://localhost",),
        platform: Platform = "public",
        audience: Audience = "all",
        cloud: Cloud = GLOBAL,
        tenant: str = "",
        secret: str = "",
        secret_expired: bool = False,
        permissions: Sequence[str] | None = None,
        device_allowed: bool = True,
        admin_consent: int = 0,
    ) -> App:
        """Register an application.

        `platform` is what the redirects are registered as; `audience` "tenant" needs `tenant` (its
        domain); `permissions` limits what may be asked for; `admin_consent` (90094 or 90095) keeps
        people of work accounts from agreeing themselves.
        """
        app = App(
            client_id, tuple(redirects), platform, audience, cloud, tenant, secret, secret_expired,
            None if permissions is None else frozenset(permissions), device_allowed, admin_consent,
        )  # fmt: skip
        with self._lock:
            if tenant:
                self.state.directory.add_tenant(tenant, cloud)
            if secret:
                self.state.tokens.client_secrets.append(secret)
            self.state.directory.apps[client_id.casefold()] = app
        return app

    def add_user(
        self,
        address: str,
        *,
        upn: str = "",
        tenant: str = "",
        cloud: Cloud = GLOBAL,
        personal: bool = False,
        aliases: Sequence[str] = (),
        mailbox: bool = True,
    ) -> User:
        """Somebody with a mailbox at `address`.

        `upn` is the name they sign in with (the address, unless told otherwise); `tenant` the
        organisation's domain (the address's, unless told otherwise); `aliases` further addresses.
        """
        with self._lock:
            directory = self.state.directory
            domain = tenant or address.rpartition("@")[2]
            home = directory.personal if personal else directory.add_tenant(domain, cloud)
            return directory.add_user(address, upn or address, home, aliases, mailbox)

    def add_tenant(self, domain: str, cloud: Cloud = GLOBAL) -> str:
        """An organisation; gives its id."""
        with self._lock:
            return self.state.directory.add_tenant(domain, cloud).id

    def add_shared_mailbox(
        self, address: str, *, members: Sequence[User] = (), send_as: Sequence[User] | None = None
    ) -> Mailbox:
        """A mailbox that `members` open and `send_as` (the members too) may send as."""
        with self._lock:
            cloud = members[0].tenant.cloud if members else GLOBAL
            box = Mailbox(address, cloud)
            box.members |= {user.oid for user in members}
            box.send_as |= {user.oid for user in (members if send_as is None else send_as)}
            self.state.directory.mailboxes.append(box)
            return box

    def user(self, name: str, *, personal: bool | None = None) -> User:
        """Somebody by address or sign-in name."""
        return self.state.directory.user(name, personal=personal)

    # What happens

    def signs_in(self, user: User | None) -> None:
        """This person answers the sign-in pages from now on, whatever the hint; None: the hint."""
        self.state.person = user

    def decline_consent(self, times: int = 1) -> None:
        """The next pages that ask for consent are answered with no."""
        self.state.declines = times

    def revoke(self, user: User) -> None:
        """As after a changed password: every refresh token of theirs is dead (50173)."""
        self._kill(user, "revoked")

    def expire_refresh_tokens(self, user: User) -> None:
        """As after 90 idle days: 700082."""
        self._kill(user, "expired")

    def expire_access_tokens(self) -> None:
        """Every access token handed out so far is over, whatever its answer said."""
        with self._lock:
            for token in self.state.tokens.access.values():
                token.expires = 0.0

    def expire_codes(self) -> None:
        """Every authorization code and device code handed out so far is too old."""
        with self._lock:
            for code in self.state.tokens.codes.values():
                code.expires = 0.0
            for device in self.state.tokens.devices.values():
                device.expires = 0.0

    def approve_device(self, user: User, user_code: str = "") -> None:
        """Type the code of the latest (or that) device in and sign in as `user`."""
        with self._lock:
            codes = [each.user_code for each in self.state.tokens.devices.values()]
            before, self.state.person = self.state.person, user
            authorize.enter_code(self.state, user_code or codes[-1], user.upn, "")
            self.state.person = before

    def fail_next(
        self,
        endpoint: Endpoint,
        aadsts: int = 0,
        *,
        error: str = "",
        suberror: str = "",
        claims: str = "",
        status: int = 0,
        body: Mapping[str, object] | str | None = None,
        headers: Mapping[str, str] | None = None,
        delay: float = 0.0,
        cut: bool = False,
        times: int = 1,
        host: str = "",
    ) -> None:
        """The next request to `endpoint` (of `host`) goes wrong.

        By AADSTS number (with another OAuth word, suberror or claims if wanted; at /authorize it
        comes back to the program), by HTTP status with a body (text is a page), after `delay`
        seconds (alone: the right answer, late), or with a cut connection.
        """
        refusal = (
            RefusedError(aadsts, error=error, suberror=suberror, claims=claims, status=status)
            if aadsts
            else None
        )
        reply = odd_reply(status, body, headers or {}) if status and not aadsts else None
        self.state.faults.add(Fault(endpoint, refusal, reply, delay, cut, times, host))

    def secrets(self) -> list[str]:
        """Every token, code, verifier and client secret so far."""
        with self._lock:
            return self.state.tokens.secrets()

    @property
    def requests(self) -> list[Seen]:
        """Every request so far, in order."""
        with self._lock:
            return list(self._routes.seen)

    def seen(self, endpoint: Endpoint) -> list[Seen]:
        """The requests to one endpoint, in order."""
        return [each for each in self.requests if each.endpoint == endpoint]

    def check(self) -> None:
        """Fail if the platform itself has failed."""
        for server in self._servers:
            if server.errors:
                raise AssertionError("the test platform failed") from server.errors[0]

    def _kill(self, user: User, state: Literal["revoked", "expired"]) -> None:
        with self._lock:
            for token in self.state.tokens.refresh.values():
                if token.user is user and token.state == "good":
                    token.state = state

    @contextmanager
    def serving(
        self, certificate: ServerCertificate, https: socket.socket, http: socket.socket
    ) -> Iterator[Entra]:
        """Answer on these listening sockets until the block ends."""
        self._servers = [
            WebServer(https, self._routes.over_https, certificate.context()),
            WebServer(http, self._routes.over_http),
        ]
        self.https_port, self.http_port = (each.port for each in self._servers)
        with self._servers[0], self._servers[1]:
            try:
                yield self
            finally:
                self.state.over.set()


def listening(address: str = "127.0.0.1", port: int = 0) -> socket.socket:
    """A listening socket; to be made inside the network namespace it shall be in."""
    return socket.create_server((address, port), backlog=256)


@contextmanager
def run_entra(
    certificate: ServerCertificate,
    *,
    https: socket.socket | None = None,
    http: socket.socket | None = None,
) -> Iterator[Entra]:
    """Run one until the block ends, on free ports of loopback or the given listening sockets."""
    with Entra().serving(certificate, https or listening(), http or listening()) as entra:
        yield entra
