"""Every provider's page as its file has it, found by what it claims, decoded when first asked for;
refuses two files that claim the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from laifaxin_desktop.model.provider import Provider

from .decode import ResourceError, decode, parse
from .lending import Page, guides_of, refuse_nobody
from .proofreading import proofread


@dataclass(frozen=True, slots=True)
class Index:
    """Who claims what; each value is a provider's id."""

    files: dict[str, str] = field(default_factory=dict)  # by id, in the order of the names
    domains: dict[str, str] = field(default_factory=dict)
    mx: dict[str, str] = field(default_factory=dict)
    hosts: dict[str, list[str]] = field(default_factory=dict)  # servers may be shared
    guides: dict[str, str] = field(default_factory=dict)  # the first who has it or borrows it


class Directory:
    """The pages behind an index; those of a compiled file are decoded one by one."""

    def __init__(self, index: Index, pages: Mapping[str, Provider | bytes]) -> None:
        """`pages` by id: a provider, or its file's tables as JSON."""
        self.index = index
        self._pages = dict(pages)

    @classmethod
    def read(cls, folder: Path) -> Directory:
        """Read every file of the folder.

        :raises ResourceError: a file is wrong, or two contradict each other
        """
        files = sorted(folder.glob("*.toml"))
        return cls.of((file.name, decode(Provider, file)) for file in files)

    @classmethod
    def of(cls, pages: Iterable[tuple[str, Provider]]) -> Directory:
        """Index providers, each with the name of its file.

        :raises ResourceError: a page is wrong; two share an id, a domain or a mail exchanger, or
            one borrows the guides or ways of nobody
        """
        pages = list(pages)
        for file, provider in pages:
            proofread(provider, file)
        index, claimed = Index(), dict[tuple[str, str], str]()
        for file, provider in pages:
            for kind, keys in (
                ("id", (provider.id,)),
                ("domain", provider.domains),
                ("mx", provider.mx),
            ):
                for key in keys:
                    if first := claimed.get((kind, key)):
                        raise ResourceError(f"{first} and {file}: both claim {kind} {key!r}")
                    claimed[kind, key] = file
            index.files[provider.id] = file
            index.domains.update(dict.fromkeys(provider.domains, provider.id))
            index.mx.update(dict.fromkeys(provider.mx, provider.id))
            everywhere = (provider.endpoints, *(branch.endpoints for branch in provider.branches))
            for host in sorted({end.host for ends in everywhere for end in ends}):
                index.hosts.setdefault(host, []).append(provider.id)
        made = cls(index, {provider.id: provider for _, provider in pages})
        for file, provider in pages:
            refuse_nobody(provider, made.page, file)
            for guide in guides_of(provider, made.page):
                index.guides.setdefault(guide.id, provider.id)
        return made

    def page(self, provider_id: str) -> Provider | None:
        """The page with this id, as its file has it: nothing borrowed, no place filled.

        :raises ResourceError: the compiled page is damaged
        """
        page = self._pages.get(provider_id)
        if isinstance(page, bytes):
            page = parse(Provider, page, self.index.files[provider_id])
            self._pages[provider_id] = page
        return page

    def lenders(self, provider_id: str) -> Page:
        """Of whose pages this one borrows."""
        return self.page

    def own_file(self, provider_id: str) -> str | None:
        """The name of somebody's own file that this page comes from; none here."""
        return None

    def owner(self, claims: Mapping[str, str], name: str) -> str | None:
        """Who claims a name: an exact entry, else the longest ``.suffix``.

        The longest wins because exchangers are nested: personal Outlook lives beside work mail
        under protection.outlook.com, AOL below Yahoo's suffix.
        """
        if name in claims:
            return claims[name]
        labels = name.split(".")
        suffixes = ("." + ".".join(labels[at:]) for at in range(1, len(labels)))
        return next((claims[suffix] for suffix in suffixes if suffix in claims), None)
