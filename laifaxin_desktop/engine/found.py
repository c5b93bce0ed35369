"""Turns what a source said into settings, and says which hosts a person must accept first."""

from __future__ import annotations

from dataclasses import replace

from laifaxin_desktop.engine.draft import Draft, settings_of
from laifaxin_desktop.engine.ports import Book
from laifaxin_desktop.model.account import Discovery, Found, Settings
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.offer import Offer, is_within
from laifaxin_desktop.model.provider import AuthWay, Endpoint, Provider, Side


def found_by(provider: Provider, source: str) -> Found:
    """The servers of a provider that a source, which can be forged, has named."""
    return Found(settings_of(provider, provider.ways[0]), provider, source, trusted=False)


def found_in(
    offer: Offer | None, source: str, address: Address, book: Book, *, vouched: bool
) -> Found | None:
    """The servers that a source offered; None where mail could not even be fetched.

    `vouched` says that the source is the domain's own, or ours, and that the network cannot forge
    it. Servers of a provider that we know are used as its file describes them.
    """
    incoming = offer.first(Side.RECEIVE) if offer else None
    if offer is None or incoming is None:
        return None
    outgoing = offer.first(Side.SEND)
    settings = Settings(incoming, outgoing, AuthWay.PASSWORD, offer.username_of(address))
    if provider := _owner(settings, book):
        return replace(found_by(provider, source), trusted=vouched)
    hosts = dict.fromkeys(end.host for end in settings.endpoints())
    foreign = tuple(host for host in hosts if not is_within(host, address.domain))
    return Found(settings, None, source, vouched, foreign=() if vouched else foreign)


def names_in(address: Address, discovery: Discovery | None) -> tuple[str, ...]:
    """The names that a person may misread: the mail domain, who receives its mail, its servers.

    Not whatever else was named and is not used: names of delivery networks hold others' names.
    """
    if discovery is None:
        return (address.domain,)
    hosts = [tried.answer for tried in discovery.tried if tried.source == "mx"]
    if isinstance(discovery, Found):
        hosts += [end.host for end in discovery.settings.endpoints()]
    strangers = (h for h in hosts if "." in h and not is_within(h, address.domain))
    return tuple(dict.fromkeys((address.domain, *strangers)))


def as_published(draft: Draft) -> bool:
    """Whether the draft's servers are as strangers named them, by the system's own way."""
    found, settings = draft.discovery, draft.settings
    if not isinstance(found, Found) or found.provider or settings is None:
        return False
    own_way = settings.proxy is not None or settings.directly
    return settings.endpoints() == found.settings.endpoints() and not own_way


def is_in_book(host: str, book: Book) -> bool:
    """Whether a host is a server of a provider that we know, or lies in a domain of one."""
    if book.by_host(host):
        return True
    labels = host.split(".")
    parents = (".".join(labels[at:]) for at in range(len(labels) - 1))
    return any(book.by_domain(parent) for parent in parents)


def _owner(settings: Settings, book: Book) -> Provider | None:
    """The provider that all servers are of.

    Several may share them (Microsoft's serve people and companies): a domain that no file lists is
    then a customer's, so it is the one that has the fewest domains of its own.
    """
    owners = [book.by_host(end.host) for end in settings.endpoints()]
    shared = [one for one in owners[0] if all(one in others for others in owners[1:])]
    provider = min(shared, key=lambda one: len(one.domains), default=None)
    return _branch(provider, settings.endpoints()) if provider else None


def _branch(provider: Provider, ends: tuple[Endpoint, ...]) -> Provider:
    """The provider with the very servers that were named, where it has several kinds."""
    hosts = {end.host for end in ends}
    kinds = [provider, *(replace(provider, endpoints=b.endpoints) for b in provider.branches)]
    return next((k for k in kinds if hosts <= {end.host for end in k.endpoints}), provider)
