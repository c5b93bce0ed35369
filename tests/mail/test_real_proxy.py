"""Through real proxies to a real Dovecot and a real Postfix."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest

from laifaxin_desktop.model.problem import Fault, Stage
from laifaxin_desktop.model.provider import Protocol, Security
from laifaxin_desktop.model.route import Proxy, ProxyKind, Route
from laifaxin_desktop.model.secret import Secret
from tests.fixtures_real import USERS, real
from tests.servers.dovecot import Dovecot
from tests.servers.postfix import Postfix
from tests.servers.processes import free_port
from tests.servers.proxies import SECRET, USER, RealProxy, run_http, run_socks5

from .peers import PATIENT, Outcome, check, login

pytestmark = pytest.mark.real
SOCKS5, HTTP = ProxyKind.SOCKS5, ProxyKind.HTTP
KINDS = pytest.mark.parametrize("kind", list(ProxyKind))
LI = "li@qq.com"


def run(kind: ProxyKind, *, wants_login: bool = False) -> AbstractContextManager[RealProxy]:
    running = run_socks5 if kind is SOCKS5 else run_http
    return real(running(login=wants_login))


def route(kind: ProxyKind, proxy: RealProxy, username: str = "", secret: str = "") -> Route:
    through = Proxy(kind, "127.0.0.1", proxy.port, username)
    return Route(proxy=through, proxy_secret=Secret(secret) if username else None)


def ask(
    port: int,
    way: Route,
    trusting: ssl.SSLContext,
    protocol: Protocol = Protocol.IMAP,
    security: Security = Security.TLS,
    *,
    host: str = "localhost",
) -> Outcome:
    return asyncio.run(
        check(
            port,
            protocol,
            security,
            context=trusting,
            who=login(USERS[LI], user=LI),
            deadlines=replace(PATIENT, connect=4),
            route=way,
            host=host,
        )
    )


@contextlib.contextmanager
def any_server(dovecot: Dovecot, protocol: Protocol, security: Security) -> Iterator[int]:
    ports, tls = dovecot.ports, security is Security.TLS
    if protocol is Protocol.IMAP:
        yield ports.imaps if tls else ports.imap
    else:
        yield ports.pop3s if tls else ports.pop3


@KINDS
@pytest.mark.parametrize("wants_login", [False, True])
@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_a_check_passes(
    kind: ProxyKind,
    wants_login: bool,
    security: Security,
    dovecot: Dovecot,
    postfix: Postfix,
    trusting: ssl.SSLContext,
) -> None:
    smtp = postfix.ports.tls if security is Security.TLS else postfix.ports.starttls
    with run(kind, wants_login=wants_login) as proxy:
        way = route(kind, proxy, *((USER, SECRET) if wants_login else ()))
        for protocol in (Protocol.IMAP, Protocol.POP3):
            with any_server(dovecot, protocol, security) as port:
                outcome = ask(port, way, trusting, protocol, security)
            assert outcome.evidence is None
        outcome = ask(smtp, way, trusting, Protocol.SMTP, security)
        assert outcome.evidence is None


@KINDS
def test_what_a_real_proxy_refuses(
    kind: ProxyKind, dovecot: Dovecot, trusting: ssl.SSLContext
) -> None:
    port = dovecot.ports.imaps
    with run(kind, wants_login=True) as proxy:
        for way in (route(kind, proxy), route(kind, proxy, USER, "wrong")):
            outcome = ask(port, way, trusting)
            assert (outcome.fault, outcome.stage) == (Fault.PROXY_LOGIN, Stage.CONNECT)
    with run(kind) as proxy:
        way = route(kind, proxy)
        assert ask(free_port(), way, trusting).fault is Fault.PROXY_TARGET
        assert ask(port, way, trusting, host="no-such.invalid").fault is Fault.PROXY_TARGET
        other = HTTP if kind is SOCKS5 else SOCKS5
        assert ask(port, route(other, proxy), trusting).fault is Fault.PROXY_WRONG_TYPE
    assert ask(port, way, trusting).fault is Fault.PROXY_UNREACHABLE  # it has ended
    assert ask(port, route(kind, RealProxy(port)), trusting).fault is Fault.PROXY_WRONG_TYPE


def test_a_proxy_for_web_pages_only(dovecot: Dovecot, trusting: ssl.SSLContext) -> None:
    with real(run_http(only_port=443)) as proxy:
        outcome = ask(dovecot.ports.imaps, route(HTTP, proxy), trusting)
    assert outcome.fault is Fault.PROXY_TARGET
    assert outcome.codes == ("403",)
