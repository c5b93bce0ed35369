"""Reads a domain's SRV records as servers (RFC 6186, RFC 8314); believes none of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from laifaxin_desktop.model.address import AddressError, ascii_host
from laifaxin_desktop.model.offer import Offer
from laifaxin_desktop.model.problem import MailError
from laifaxin_desktop.model.provider import Endpoint, Protocol, Security

from .call import Heard, told
from .dns import Service

# The most secure first: what starts encrypted goes before what is upgraded (RFC 8314 section 3).
SERVICES = (
    ("_imaps._tcp", Protocol.IMAP, Security.TLS),
    ("_imap._tcp", Protocol.IMAP, Security.STARTTLS),
    ("_pop3s._tcp", Protocol.POP3, Security.TLS),
    ("_pop3._tcp", Protocol.POP3, Security.STARTTLS),
    ("_submissions._tcp", Protocol.SMTP, Security.TLS),
    ("_submission._tcp", Protocol.SMTP, Security.STARTTLS),
)
_MOST_SERVERS = 4  # of one service

Ask = Callable[[str], Awaitable[tuple[Service, ...]]]


async def services(domain: str, heard: Heard, ask: Ask) -> Offer | None:
    """The servers that a domain's SRV records name; None where they name none."""
    rows = await asyncio.gather(*(_service(row, domain, heard, ask) for row in SERVICES))
    ends = tuple(end for row in rows for end in row)
    return Offer(ends) if ends else None


async def _service(
    service: tuple[str, Protocol, Security],
    domain: str,
    heard: Heard,
    ask: Ask,
) -> list[Endpoint]:
    prefix, protocol, security = service
    name = f"{prefix}.{domain}"
    try:
        with told(name, heard):
            found = await ask(name)
    except MailError as error:
        heard(name, error.evidence.fault)
        return []
    ends = []
    for one in found[:_MOST_SERVERS]:
        try:
            host = ascii_host(one.host, dots=1)
        except AddressError:  # the root: the service is not there (RFC 6186 section 3.4)
            continue
        if one.port:
            ends.append(Endpoint(protocol, host, one.port, security))
    heard(name, str(ends[0]) if ends else "nothing")
    return ends
