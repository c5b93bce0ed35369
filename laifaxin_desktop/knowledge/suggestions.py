"""The server as it should be, where what was seen or the directory tells; guesses none."""

from __future__ import annotations

from dataclasses import replace

from laifaxin_desktop.model.problem import Evidence, Fault, Fix, Look, Stage
from laifaxin_desktop.model.provider import USUAL_PORTS, Endpoint, Protocol, Security, Side

from .providers import ProviderBook

# Where the host itself was wrong, a server is only worth suggesting under another name.
_HOST_IS_WRONG = ("host_not_found", "bad_host_name", "certificate_wrong_host")
# Where it is not the server that has to be changed.
_PROXY_IS_WRONG = ("proxy_unreachable", "proxy_login_failed", "proxy_wrong_type")
# Where sending can go on by another protocol, with the same sign-in.
_GRAPH_SENDS = ("smtp_auth_disabled_tenant", "smtp_auth_disabled_mailbox")


def suggested(problem: str, fix: Fix, seen: Evidence, book: ProviderBook) -> Endpoint | None:
    """What to use instead: the corrected server for `edit_servers`, Graph for `switch_way`."""
    if fix is Fix.EDIT_SERVERS and seen.stage is not Stage.SIGN_IN:
        corrected = seen.better or _corrected(problem, seen, book)
        return None if corrected in _in_vain(seen) else corrected
    if fix is Fix.SWITCH_WAY and problem in _GRAPH_SENDS:
        return _graph(seen, book)
    return None


def _graph(seen: Evidence, book: ProviderBook) -> Endpoint | None:
    """Graph for sending: the provider's, else that of whose server it was."""
    for provider in (book.by_id(seen.provider), *book.by_host(seen.host)):
        if provider and (graph := provider.endpoint(Protocol.GRAPH, Side.SEND)):
            return graph
    return None


def _corrected(problem: str, seen: Evidence, book: ProviderBook) -> Endpoint | None:
    """The server as it should be, where what was seen or the directory tells."""
    if not seen.protocol or not seen.security or not seen.host or problem in _PROXY_IS_WRONG:
        return None
    provider = book.by_id(seen.provider)
    known = provider.endpoint(seen.protocol) if provider else None
    here = Endpoint(seen.protocol, seen.host, seen.port, seen.security)
    if known:
        here = replace(here, username=known.username)
    if problem == "login_needs_encryption" and seen.security is not Security.PLAIN:
        return None  # it is encrypted already: no setting of ours will please this server
    if problem in ("tls_wrong_mode", "login_needs_encryption"):
        # This very port just showed what it speaks: the port stays, the security changes.
        return replace(here, security=_spoken_security(seen))
    if problem == "port_blocked":
        return _at_usual_port(here, _other_security(seen.security))
    if problem == "starttls_missing":
        return _at_usual_port(here, Security.TLS)
    if problem == "wrong_protocol" and seen.port != USUAL_PORTS.get((seen.protocol, seen.security)):
        return _at_usual_port(here, seen.security)
    for other in provider.endpoints if provider else ():
        same = other.host == seen.host.lower()
        if other.protocol is not seen.protocol or (same and other.port == seen.port):
            continue
        if not (same and problem in _HOST_IS_WRONG):
            return other
    return None


def _in_vain(seen: Evidence) -> tuple[Endpoint, ...]:
    """Places that a closer look found to be no better; nobody is sent there."""

    def no_better(look: Look) -> bool:
        slow = look.fault is Fault.TIMEOUT and (look.at.host, look.at.port) == (
            seen.host,
            seen.port,
        )
        # Where only the certificate was wrong, it is the right place: a person decides the rest.
        only_certificate = look.fault is not None and look.fault.startswith("certificate_")
        return look.fault is not None and not slow and not only_certificate

    return tuple(look.at for look in seen.looks if no_better(look))


def _spoken_security(seen: Evidence) -> Security:
    """TLS where it answered with TLS or nothing but an upgrade is left; otherwise STARTTLS."""
    return Security.TLS if seen.spoken == "tls" else Security.STARTTLS


def _other_security(security: Security) -> Security:
    """That of the server's other usual port; never none at all."""
    return Security.STARTTLS if security is Security.TLS else Security.TLS


def _at_usual_port(endpoint: Endpoint, security: Security) -> Endpoint:
    port = USUAL_PORTS.get((endpoint.protocol, security), endpoint.port)
    return replace(endpoint, security=security, port=port)
