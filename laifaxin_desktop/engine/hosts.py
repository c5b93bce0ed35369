"""Whose a host is, as far as its name tells; knows no list of registries, so it errs on purpose."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

from laifaxin_desktop.model.provider import Protocol

# Second levels that registries of countries sell names under: mail.example.com.cn, .co.uk.
_SOLD_UNDER = re.compile("ac|com?|edu|gen|gob?|govt?|gv|mil|net?|nom|org?|sch")
_NAMES = {
    Protocol.IMAP: ("imap", "imaps", "mail", "email", "mx"),
    Protocol.POP3: ("pop", "pop3", "pops", "mail", "email", "mx"),
    Protocol.SMTP: ("smtp", "smtps", "submission", "send", "out", "mail", "email", "mx"),
}


@lru_cache(maxsize=4096)  # asked for every account of a large list
def domain_of(host: str) -> str:
    """The part of a host name that somebody registered; an IP address is its own."""
    host = host.strip().lower().removesuffix(".")
    try:
        return str(ipaddress.ip_address(host.removeprefix("[").removesuffix("]")))
    except ValueError:
        pass
    labels = host.split(".")
    country = len(labels) > 2 and len(labels[-1]) == 2 and bool(_SOLD_UNDER.fullmatch(labels[-2]))
    return ".".join(labels[-3 if country else -2 :])


def zone_of(host: str) -> str:
    """What surely belongs to whoever runs this mail server: it errs towards too little.

    ``imap.corp.example`` lies in corp.example, but alice.synology.me only in itself: many rent a
    name below one domain, and one of them must not pass for another.
    """
    host = host.strip().lower().removesuffix(".")
    own, (_, _, above) = domain_of(host), host.partition(".")
    if not any(mail_hosts(host, protocol) for protocol in _NAMES):
        return host
    return max(own, above, key=len)


@lru_cache(maxsize=4096)  # asked for every account of a large list
def is_here(host: str) -> bool:
    """Whether it is this very computer: a bridge, which says nothing about the network."""
    name = domain_of(host)
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name in ("localhost", "localhost.localdomain")


def mail_hosts(name: str, protocol: Protocol) -> tuple[str, ...]:
    """The hosts that a name in a certificate may stand for, where they sound like this protocol's.

    A wildcard stands for the usual names below it.
    """
    name, usual = name.strip().lower().removesuffix("."), _NAMES.get(protocol, ())
    first, _, rest = name.partition(".")
    if "." not in rest or "*" in rest or not usual:
        return ()
    if first == "*":
        return (f"{usual[0]}.{rest}", f"mail.{rest}")
    sounds = first.partition("-")[0].rstrip("0123456789") in usual or first in usual
    return (name,) if sounds else ()
