"""Which endpoint a request is for; keeps the log and lets the ordered faults happen."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from . import authorize, discovery, grants, graph
from .clouds import DEVICE_HOSTS, GRAPH_HOSTS, LOGIN_HOSTS
from .errors import RefusedError
from .faults import Fault
from .introspect import introspect
from .state import State
from .web import Reply, Request

_LOGIN = re.compile(
    r"/(?P<tenant>[^/]+)/(?:"
    r"(?P<discovery>v2\.0/\.well-known/openid-configuration)"
    r"|(?P<instance>discovery/instance)"
    r"|(?P<authorize>oauth2/v2\.0/authorize)"
    r"|(?P<token>oauth2/v2\.0/token)"
    r"|(?P<devicecode>oauth2/v2\.0/devicecode)"
    r"|(?P<login>login))"
)
_NOT_FOUND = Reply(404, b"", "text/plain")


@dataclass(frozen=True, slots=True)
class Seen:
    """One request, as the log keeps it."""

    host: str
    method: str
    path: str
    endpoint: str
    status: int  # 0: the connection was cut
    agent: str
    values: Mapping[str, str] = field(repr=False)  # of query and form, secrets included

    @property
    def keys(self) -> frozenset[str]:
        """The names of the fields."""
        return frozenset(self.values)


class Routes:
    """Answers for both servers, one request at a time."""

    def __init__(self, state: Callable[[], State]) -> None:
        self._state = state
        self.lock = threading.RLock()
        self.seen: list[Seen] = []

    def over_https(self, request: Request) -> Reply | None:
        """Sign-in, device pages and Graph, by host name."""
        endpoint, tenant = _endpoint(request)
        state = self._state()
        return self._answer(
            state, request, endpoint, lambda: _reply(state, request, endpoint, tenant)
        )

    def over_http(self, request: Request) -> Reply | None:
        """Dovecot's question about a token, without TLS on this computer."""
        state = self._state()
        return self._answer(state, request, "introspect", lambda: introspect(state, request))

    def _answer(
        self, state: State, request: Request, endpoint: str, right: Callable[[], Reply]
    ) -> Reply | None:
        # /authorize takes its refusals itself: they come back by way of the browser.
        fault = state.faults.take(endpoint, request.host, refusals=endpoint != "authorize")
        if fault is not None and fault.delay:
            state.over.wait(fault.delay)
        with self.lock:
            if state.over.is_set():
                return None  # of a test that has ended
            try:
                reply = _faulty(fault, right)
            except RefusedError as refusal:
                correlation = request.headers.get("client-request-id", "")
                reply = Reply.json(refusal.body(request.host, correlation), refusal.status)
            self.seen.append(
                Seen(
                    request.host,
                    request.method,
                    request.path,
                    endpoint,
                    reply.status if reply else 0,
                    request.headers.get("user-agent", ""),
                    {**request.query, **request.form},
                )
            )
        return reply


def _reply(state: State, request: Request, endpoint: str, tenant: str) -> Reply:
    match endpoint:
        case "discovery":
            return discovery.openid_configuration(request, tenant, state.directory)
        case "instance":
            return discovery.instance_discovery(request)
        case "authorize":
            return authorize.authorize(state, request, tenant)
        case "login":
            return authorize.signed_in(state, request)
        case "token":
            return grants.token(state, request, tenant)
        case "devicecode":
            return grants.device_code(state, request, tenant)
        case "device":
            return authorize.device_page(state, request)
        case "":
            return _NOT_FOUND
    return graph.answer(state, request, endpoint)


def _faulty(fault: Fault | None, right: Callable[[], Reply]) -> Reply | None:
    if fault is not None:
        if fault.cut:
            return None
        if fault.reply is not None:
            return fault.reply
        if fault.refusal is not None:
            raise fault.refusal
    return right()


def _endpoint(request: Request) -> tuple[str, str]:
    if request.host in GRAPH_HOSTS:
        return graph.endpoint(request.path), ""
    if request.host in DEVICE_HOSTS:
        return "device", ""
    # msal writes two slashes after an authority that ends in one.
    path = re.sub("/+", "/", request.path)
    found = _LOGIN.fullmatch(path) if request.host in LOGIN_HOSTS else None
    if found is None:
        return "", ""
    return found.lastgroup or "", found["tenant"]
