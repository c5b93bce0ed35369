"""What types cannot tell of a provider's page: shapes of names, references, what must stand
together; names file and key, repairs nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from laifaxin_desktop.model.provider import (
    Endpoint,
    Guide,
    Protocol,
    Provider,
    Security,
    Standing,
    Way,
)

from .decode import ResourceError

_ID = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(\.{_LABEL})+")  # an address of four numbers, too
_CLAIM = re.compile(rf"\.?{_LABEL}(\.{_LABEL})+")
_URL = re.compile(r"https://[^\s{}]+|\{\w+\}\S*")  # or a place that is filled later
_COLOR = re.compile(r"#[0-9A-F]{6}")
_PICTURE = re.compile(r"([a-z0-9_]+/)?[a-z0-9_]+")
_CONFIDENCE = ("high", "medium", "low")

Mistakes = Iterator[tuple[str, str]]  # key, what is wrong


def proofread(provider: Provider, file: str) -> None:
    """Look through one page.

    :raises ResourceError: the first mistake, with file and key
    """
    parts = (_page(provider), _branches(provider), _ways(provider), _guides(provider))
    for key, mistake in chain(*parts):
        raise ResourceError(f"{file}.{key}: {mistake}")


def _page(provider: Provider) -> Mistakes:
    if not _ID.fullmatch(provider.id):
        yield "id", f"{provider.id!r}: small letters, digits and _ only"
    for key, claims in (("domains", provider.domains), ("mx", provider.mx)):
        for number, claim in enumerate(claims):
            if not _CLAIM.fullmatch(claim):
                yield f"{key}[{number}]", f"{claim!r} is no domain or .suffix in small ASCII"
    yield from _endpoints("endpoints", provider.endpoints)
    if provider.site and not _URL.fullmatch(provider.site):
        yield "site", f"{provider.site!r} does not begin with https://"
    if not _COLOR.fullmatch(provider.color):
        yield "color", f"{provider.color!r} is not # and six digits, A to F in capitals"
    if provider.confidence not in _CONFIDENCE:
        yield "confidence", f"{provider.confidence!r} is not one of {', '.join(_CONFIDENCE)}"


def _endpoints(key: str, endpoints: tuple[Endpoint, ...]) -> Mistakes:
    for number, end in enumerate(endpoints):
        where = f"{key}[{number}]"
        if not _HOST.fullmatch(end.host):
            yield f"{where}.host", f"{end.host!r} is no host name in small ASCII"
        if not 0 < end.port < 65536:
            yield f"{where}.port", f"{end.port} is no port"
        if end.security is Security.PLAIN and not end.host.startswith("127."):
            yield f"{where}.security", "no password goes through a network in the clear"
        if end.half is not None and end.protocol is not Protocol.GRAPH:
            yield f"{where}.half", f"{end.protocol} serves one half only"
        if end in endpoints[:number]:
            yield where, "is there twice"


def _branches(provider: Provider) -> Mistakes:
    seen: set[str] = set()
    for number, branch in enumerate(provider.branches):
        for at, domain in enumerate(branch.domains):
            if domain not in provider.domains or domain in seen:
                where = f"branches[{number}].domains[{at}]"
                yield where, f"{domain!r} must be one of domains, and of one branch only"
            seen.add(domain)
        if not branch.endpoints:
            yield f"branches[{number}].endpoints", "a branch has servers of its own"
        yield from _endpoints(f"branches[{number}].endpoints", branch.endpoints)


def _ways(provider: Provider) -> Mistakes:
    if not provider.ways and not provider.ways_of:
        yield "ways", "at least one, and be it a broken one that says why"
    for number, way in enumerate(provider.ways):
        where = f"ways[{number}]"
        if (way.way, way.own_app) in [(w.way, w.own_app) for w in provider.ways[:number]]:
            yield f"{where}.way", f"{way.way} is there twice"
        for key, mistake in _way(way):
            yield f"{where}.{key}", mistake
    if sum(way.recommended for way in provider.ways) > 1:
        yield "ways", "only one can be recommended"


def _way(way: Way) -> Mistakes:
    if way.source is not None and not _URL.fullmatch(way.source):
        yield "source", f"{way.source!r} does not begin with https://"
    if way.standing is Standing.BROKEN and way.reason is None:
        yield "reason", "a broken way says why"
    if way.standing is Standing.BROKEN and way.recommended:
        yield "recommended", "a broken way is not recommended"
    shape = way.credential
    if shape.length is not None and shape.length < 1:
        yield "credential.length", f"{shape.length} is no length"
    if shape.alphabet is not None:
        try:
            re.compile(f"[{shape.alphabet}]")
        except re.error:
            yield "credential.alphabet", f"{shape.alphabet!r} is no character class"


def _guides(provider: Provider) -> Mistakes:
    ids = [guide.id for guide in provider.guides]
    for number, guide in enumerate(provider.guides):
        where = f"guides[{number}]"
        if guide.id in ids[:number]:
            yield f"{where}.id", f"{guide.id!r} is there twice"
        for key, mistake in _guide(guide):
            yield f"{where}.{key}", mistake


def _guide(guide: Guide) -> Mistakes:
    if not guide.steps:
        yield "steps", "at least one"
    for number, step in enumerate(guide.steps):
        where = f"steps[{number}]"
        if step.id in [other.id for other in guide.steps[:number]]:
            yield f"{where}.id", f"{step.id!r} is there twice"
        if not _URL.fullmatch(step.link.url):
            yield f"{where}.link.url", f"{step.link.url!r} does not begin with https://"
        if not _PICTURE.fullmatch(step.picture):
            yield f"{where}.picture", f"{step.picture!r} is no name of a picture"
