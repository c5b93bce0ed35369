"""Reads a domain's settings as PACC publishes them; refuses a file whose digest the DNS lacks.

The format: draft-ietf-mailmaint-pacc-02 to -04. Hosts only: ports are the usual ones under TLS.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from typing import Any

from laifaxin_desktop.model.address import AddressError, ascii_host
from laifaxin_desktop.model.offer import Offer
from laifaxin_desktop.model.provider import USUAL_PORTS, Endpoint, Protocol, Security

_NAMES = {
    Protocol.IMAP: ("imap",),
    Protocol.POP3: ("pop3",),
    Protocol.SMTP: ("submit", "smtp"),  # -03 renamed it
}


def name_of(domain: str) -> str:
    """Where the DNS keeps the digest."""
    return f"_ua-auto-config.{domain}"


def url_of(domain: str) -> str:
    """Where the file is."""
    return f"https://ua-auto-config.{domain}/.well-known/user-agent-configuration.json"


def digests(records: tuple[str, ...]) -> tuple[bytes, ...]:
    """The SHA-256 digests that a domain's TXT records vouch for."""
    found = []
    for record in records:
        pairs = (part.partition("=") for part in record.split(";"))
        tags = {name.strip().lower(): value.strip() for name, _, value in pairs}
        if (tags.get("v", "").lower(), tags.get("a", "").lower()) != ("uaac1", "sha256"):
            continue
        try:
            digest = base64.b64decode(tags.get("d", ""), validate=True)
        except (binascii.Error, ValueError):
            continue
        if len(digest) == hashlib.sha256().digest_size:
            found.append(digest)
    return tuple(found)


def offer_of(body: bytes, vouched: tuple[bytes, ...]) -> Offer | str:
    """The servers that a file names, or in one word why it names none.

    Words: digest (the DNS vouches for another file), malformed, nothing.
    """
    digest = hashlib.sha256(body).digest()
    if not any(hmac.compare_digest(digest, each) for each in vouched):
        return "digest"
    try:
        settings = json.loads(body)
    except (ValueError, RecursionError):
        return "malformed"
    if not isinstance(settings, dict):
        return "malformed"
    logins, protocols = settings.get("authentication"), settings.get("protocols")
    if not isinstance(logins, dict) or not isinstance(protocols, dict):
        return "malformed"
    if logins.get("password") is not True:
        return "nothing"  # it wants a sign-in of its own
    offered = (_endpoint(protocol, protocols) for protocol in _NAMES)
    ends = tuple(end for end in offered if end)
    return Offer(ends) if ends else "nothing"


def _endpoint(protocol: Protocol, protocols: dict[str, Any]) -> Endpoint | None:
    server = next((protocols[name] for name in _NAMES[protocol] if name in protocols), None)
    named = server.get("host") if isinstance(server, dict) else None
    if not isinstance(named, str):
        return None
    try:
        host = ascii_host(named, dots=1)
    except AddressError:
        return None
    return Endpoint(protocol, host, USUAL_PORTS[protocol, Security.TLS], Security.TLS)
