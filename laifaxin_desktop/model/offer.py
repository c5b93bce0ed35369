"""Servers as somebody outside published them; only encrypted ones, and nothing is believed yet."""

from __future__ import annotations

from dataclasses import dataclass

from .address import Address
from .provider import Endpoint, Side

# What a published user name may hold in the place of the person's own
# (draft-ietf-mailmaint-autoconfig, "Placeholders").
_PLACES = ("%EMAILADDRESS%", "%EMAILLOCALPART%", "%EMAILDOMAIN%")


@dataclass(frozen=True, slots=True)
class Offer:
    """What one source published about one domain."""

    endpoints: tuple[Endpoint, ...]  # the publisher's order, IMAP before POP3
    username: str = ""  # with placeholders; empty: derived from the address by each endpoint's form

    def first(self, side: Side) -> Endpoint | None:
        """The server that the publisher likes best for one half."""
        return next((end for end in self.endpoints if end.side is side), None)

    def username_of(self, address: Address) -> str:
        """The user name of one person; filled in here, on this computer."""
        name = self.username
        for place, value in zip(
            _PLACES, (str(address), address.local, address.domain), strict=True
        ):
            name = name.replace(place, value)
        return name


def is_within(host: str, domain: str) -> bool:
    """Whether a host is a domain itself or lies below it (both ASCII, lower case)."""
    return host == domain or host.endswith(f".{domain}")
