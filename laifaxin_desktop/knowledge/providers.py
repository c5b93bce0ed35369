"""The directory of providers: one file each, found by id, domain or mail exchanger; no network."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from laifaxin_desktop.model.provider import Guide, Provider

from .decode import ResourceError, decode

BY_HAND = "other"  # the file for every mailbox that nobody knows; its guides serve everybody


class ProviderBook:
    """Every provider, indexed once; two files that claim the same thing are refused."""

    def __init__(self, pages: Iterable[tuple[str, Provider]]) -> None:
        """Index providers, each with the name of its file.

        :raises ResourceError: two files share an id, a domain or a mail exchanger
        """
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
    def load(cls, folder: Path) -> ProviderBook:
        """Read every file of the folder.

        :raises ResourceError: a file is wrong, or two contradict each other
        """
        return cls((file.name, decode(Provider, file)) for file in sorted(folder.glob("*.toml")))

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
