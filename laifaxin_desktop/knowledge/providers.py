"""The directory of providers: one file each, found by id, domain or mail exchanger; no network."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from laifaxin_desktop.model.provider import Guide, Provider

from .clouds import CloudBook
from .compiled import open_directory
from .directory import Directory
from .lending import BY_HAND, whole

if TYPE_CHECKING:
    from .lookalikes import Lookalikes, Resemblance
    from .mistakes import PassedOver

__all__ = ["BY_HAND", "ProviderBook"]


class ProviderBook:
    """Every provider with what it borrows, dressed when it is first asked for."""

    def __init__(
        self, directory: Directory, clouds: CloudBook, passed_over: tuple[PassedOver, ...] = ()
    ) -> None:
        """`clouds` says where Microsoft's pages are, and by whose app one signs in there.

        `passed_over` are somebody's own files that are not used.
        """
        self._directory, self._index, self._clouds = directory, directory.index, clouds
        self.passed_over = passed_over
        self._dressed: dict[str, Provider] = {}
        self._lookalikes: Lookalikes | None = None

    @classmethod
    def load(cls, folder: Path, clouds: CloudBook, own: Path | None = None) -> ProviderBook:
        """The directory of a folder; compiled, where that was done and still holds.

        :param own: a folder of somebody's own files, which win; it may be missing
        :raises ResourceError: a file of ours is wrong, or two contradict each other
        """
        directory = open_directory(folder)
        if own is None or not os.path.lexists(own):  # as with nearly everybody
            return cls(directory, clouds)
        from .overlay import overlay

        directory, passed_over = overlay(directory, own, folder.parent / "guides")
        return cls(directory, clouds, passed_over)

    def own_file(self, provider_id: str) -> str | None:
        """The file in somebody's own folder that says what is known of this one; None: ours."""
        return self._directory.own_file(provider_id)

    @property
    def all(self) -> tuple[Provider, ...]:
        """Every provider, in the order of the files' names; slow when first asked for."""
        return tuple(filter(None, map(self.by_id, self._index.files)))

    def by_id(self, provider_id: str | None) -> Provider | None:
        """The provider with this id."""
        if provider_id is None:
            return None
        found = self._dressed.get(provider_id)
        if found is None and (page := self._directory.page(provider_id)):
            places = self._clouds.places(page.cloud)
            found = self._clouds.dress(whole(page, self._directory.lenders(provider_id), places))
            self._dressed[provider_id] = found
        return found

    def by_domain(self, domain: str) -> Provider | None:
        """The provider whose list names this domain (ASCII, lower case), or a ``.suffix`` of it.

        It has the servers of that domain, where the provider has several kinds.
        """
        found = self.by_id(self._directory.owner(self._index.domains, domain))
        return found.at(domain) if found else None

    def by_mx(self, host: str) -> Provider | None:
        """The provider whose mail exchangers this host belongs to."""
        name = host.lower().removesuffix(".")
        return self.by_id(self._directory.owner(self._index.mx, name))

    def by_host(self, host: str) -> tuple[Provider, ...]:
        """The providers one of whose servers this is."""
        owners = self._index.hosts.get(host.lower(), ())
        return tuple(filter(None, map(self.by_id, owners)))

    def alike(self, names: Iterable[str]) -> tuple[Resemblance, ...]:
        """Those of the names that could be taken for a known one; one for each that is known."""
        from .lookalikes import Lookalikes  # most domains are known: never needed

        found: dict[str, Resemblance] = {}
        for name in names:
            if self._directory.owner(self._index.domains, name):
                continue
            if self._lookalikes is None:
                self._lookalikes = Lookalikes(self._index)
            if alike := self._lookalikes.of(name):
                found.setdefault(alike.known, alike)
        return tuple(found.values())

    def guide(self, provider_id: str | None, guide_id: str | None) -> tuple[Provider, Guide] | None:
        """A guide of the provider or, where it has none of that id, of the file for everybody.

        Last, of anybody: the servers of a mailbox set up by hand may be a known provider's.
        """
        for owner in (provider_id, BY_HAND, self._index.guides.get(guide_id or "")):
            provider = self.by_id(owner)
            if provider and (guide := provider.guide(guide_id)):
                return provider, guide
        return None
