"""The directory of providers: one file each, found by id, domain or mail exchanger; no network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from laifaxin_desktop.model.microsoft import SIGNED_IN
from laifaxin_desktop.model.provider import Guide, Provider, Way
from laifaxin_desktop.model.text import Text

from .clouds import CloudBook
from .decode import ResourceError, decode

BY_HAND = "other"  # the file for every mailbox that nobody knows; its guides serve everybody


class ProviderBook:
    """Every provider, indexed once; two files that claim the same thing are refused."""

    def __init__(self, pages: Iterable[tuple[str, Provider]], clouds: CloudBook) -> None:
        """Index providers, each with the name of its file.

        `clouds` says where Microsoft's pages are, and by whose app one signs in there.

        :raises ResourceError: two files share an id, a domain or a mail exchanger, or one borrows
            the guides or ways of nobody
        """
        pages = _whole(list(pages), clouds)
        self._by_id: dict[str, Provider] = {}
        self._domains: dict[str, Provider] = {}
        self._mx: dict[str, Provider] = {}
        claimed: dict[tuple[str, str], str] = {}
        for file, provider in pages:
            rows: list[tuple[str, tuple[str, ...], dict[str, Provider]]] = [
                ("id", (provider.id,), self._by_id),
                ("domain", provider.domains, self._domains),
                ("mx", provider.mx, self._mx),
            ]
            for kind, keys, index in rows:
                for key in keys:
                    if first := claimed.get((kind, key)):
                        raise ResourceError(f"{first} and {file}: both claim {kind} {key!r}")
                    claimed[kind, key] = file
                    index[key] = provider

    @classmethod
    def load(cls, folder: Path, clouds: CloudBook) -> ProviderBook:
        """Read every file of the folder.

        :raises ResourceError: a file is wrong, or two contradict each other
        """
        files = sorted(folder.glob("*.toml"))
        return cls(((file.name, decode(Provider, file)) for file in files), clouds)

    @property
    def all(self) -> tuple[Provider, ...]:
        """Every provider, in the order of the files' names."""
        return tuple(self._by_id.values())

    def by_id(self, provider_id: str | None) -> Provider | None:
        """The provider with this id."""
        return self._by_id.get(provider_id or "")

    def by_domain(self, domain: str) -> Provider | None:
        """The provider whose list names this domain (ASCII, lower case), or a ``.suffix`` of it."""
        return _closest(self._domains, domain)

    def by_mx(self, host: str) -> Provider | None:
        """The provider whose mail exchangers this host belongs to."""
        return _closest(self._mx, host.lower().removesuffix("."))

    def guide(self, provider_id: str | None, guide_id: str | None) -> tuple[Provider, Guide] | None:
        """A guide of the provider or, where it has none of that id, of the file for everybody.

        Last, of anybody: the servers of a mailbox set up by hand may be a known provider's.
        """
        for provider in (self.by_id(provider_id), self.by_id(BY_HAND), *self.all):
            if provider and (guide := provider.guide(guide_id)):
                return provider, guide
        return None


def _whole(pages: list[tuple[str, Provider]], clouds: CloudBook) -> list[tuple[str, Provider]]:
    """Every provider with its own ways and guides and those it borrows, in its own name.

    NetEase's mailboxes differ in name and address alone: one guide, one set of pictures. So do
    Microsoft's clouds in how one signs in.
    """
    known = {provider.id: provider for _, provider in pages}
    whole = []
    for file, provider in pages:
        for key, lender in (("guides_of", provider.guides_of), ("ways_of", provider.ways_of)):
            if lender is not None and lender not in known:
                raise ResourceError(f"{file}: {key}: no provider {lender!r}")
        places: dict[str, Text | str] = {
            "provider": provider.name,
            "site": provider.site,
            **clouds.places(provider.cloud),
        }
        guides: dict[str, Guide] = {}
        for owner, guide in _guides(provider, known):
            guides.setdefault(guide.id, _filled(_with_pictures(guide, owner.id), places))
        ways = _filled(_ways(provider, known), places)
        provider = replace(provider, ways=ways, guides=tuple(guides.values()))
        whole.append((file, clouds.dress(provider)))
    return whole


def _ways(provider: Provider, known: dict[str, Provider]) -> tuple[Way, ...]:
    """The provider's own ways, after those Microsoft ones of its lender that it has not itself."""
    if provider.ways_of is None:
        return provider.ways
    own = {(way.way, way.own_app) for way in provider.ways}
    lent = (way for way in known[provider.ways_of].ways if way.way in SIGNED_IN)
    return (*(way for way in lent if (way.way, way.own_app) not in own), *provider.ways)


def _guides(provider: Provider, known: dict[str, Provider]) -> Iterator[tuple[Provider, Guide]]:
    """The provider's own guides, then those it borrows, each with its owner.

    With Microsoft's ways come all guides but those to the lender's passwords.
    """
    yield from ((provider, guide) for guide in provider.guides)
    if provider.guides_of:
        lender = known[provider.guides_of]
        yield from ((lender, guide) for guide in lender.guides)
    if provider.ways_of:
        lender = known[provider.ways_of]
        passwords = {way.guide for way in lender.ways if way.way not in SIGNED_IN}
        yield from ((lender, guide) for guide in lender.guides if guide.id not in passwords)


def _with_pictures(guide: Guide, folder: str) -> Guide:
    steps = (replace(step, picture=f"{folder}/{step.picture}") for step in guide.steps)
    return replace(guide, steps=tuple(steps))


def _filled(value: Any, places: dict[str, Text | str]) -> Any:
    """A value with the places in all its words and addresses filled; the same where it has none."""
    if isinstance(value, Text):
        return value.fill(places) if "{" in value.zh_CN or "{" in value.en else value
    if isinstance(value, str):
        return Text(value, value).fill(places).en if "{" in value else value
    if isinstance(value, tuple):
        items = [_filled(item, places) for item in value]
        same = all(new is old for new, old in zip(items, value, strict=True))
        return value if same else tuple(items)
    if is_dataclass(value) and not isinstance(value, type):
        inside = {name: getattr(value, name) for name in _names(type(value))}
        filled = {name: _filled(part, places) for name, part in inside.items()}
        changed = {name: part for name, part in filled.items() if part is not inside[name]}
        return replace(value, **changed) if changed else value
    return value


@cache
def _names(shape: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(shape))


def _closest(index: dict[str, Provider], name: str) -> Provider | None:
    """An exact entry, else the longest ``.suffix``.

    The longest wins because exchangers are nested: personal Outlook lives beside work mail under
    protection.outlook.com, AOL below Yahoo's suffix.
    """
    if found := index.get(name):
        return found
    labels = name.split(".")
    suffixes = ("." + ".".join(labels[at:]) for at in range(1, len(labels)))
    return next((index[suffix] for suffix in suffixes if suffix in index), None)
