"""The sources on the net that a search asks, as shapes; `app.py` plugs the real ones in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol as Shape

from laifaxin_desktop.model.offer import Offer

Heard = Callable[[str, str], None]  # what was asked, its answer
MayAsk = Callable[[str], bool]  # whether a host may be asked


class Published(Shape):
    """One source that publishes servers."""

    async def __call__(self, domain: str, heard: Heard, may_ask: MayAsk) -> Offer | None:
        """What it publishes about a domain; None where that is nothing of use."""
        ...


class Sources(Shape):
    """What may know a domain's servers; each tells `heard` of every question and its answer.

    They are given the domain, never an address, and fail by answering nothing.
    """

    async def base(self, host: str) -> str | None:
        """The registered domain that a host lies in, by the public suffix list; asks nobody."""
        ...

    async def autoconfig(self, domain: str, heard: Heard, may_ask: MayAsk) -> Offer | None:
        """What the domain itself publishes, over HTTPS and from hosts that `may_ask` allows."""
        ...

    async def ispdb(self, domain: str, heard: Heard, may_ask: MayAsk) -> Offer | None:
        """What Thunderbird's database knows of it."""
        ...

    async def srv(self, domain: str, heard: Heard, may_ask: MayAsk) -> Offer | None:
        """What its SRV records name (RFC 6186, RFC 8314)."""
        ...

    async def pacc(self, domain: str, heard: Heard, may_ask: MayAsk) -> Offer | None:
        """What it publishes for user agents (draft-ietf-mailmaint-pacc)."""
        ...

    async def exchange(self, domain: str, heard: Heard) -> str | None:
        """The id of the provider that its autodiscover name leads to."""
        ...


class NoSources:
    """A search that asks the DNS and the mail servers only."""

    async def base(self, host: str) -> str | None:
        """Nobody knows."""
        return None

    async def autoconfig(self, domain: str, heard: Heard, may_ask: MayAsk) -> Offer | None:
        """Nothing."""
        return None

    async def ispdb(self, domain: str, heard: Heard, may_ask: MayAsk) -> Offer | None:
        """Nothing."""
        return None

    async def srv(self, domain: str, heard: Heard, may_ask: MayAsk) -> Offer | None:
        """Nothing."""
        return None

    async def pacc(self, domain: str, heard: Heard, may_ask: MayAsk) -> Offer | None:
        """Nothing."""
        return None

    async def exchange(self, domain: str, heard: Heard) -> str | None:
        """Nothing."""
        return None
