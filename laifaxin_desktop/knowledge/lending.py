"""What a provider's page has from others: ways, guides and words; refuses to borrow of nobody."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any

from laifaxin_desktop.model.microsoft import SIGNED_IN
from laifaxin_desktop.model.provider import Guide, Provider, Way
from laifaxin_desktop.model.text import Text

from .decode import ResourceError

BY_HAND = "other"  # the file for every mailbox that nobody knows; its guides serve everybody

_PLACE = re.compile(r"\{(\w+)\}")

Page = Callable[[str], Provider | None]  # the page with this id, as its file has it
Places = dict[str, Text | str]


def refuse_nobody(provider: Provider, page: Page, file: str) -> None:
    """Look for everybody whom the provider borrows from, and for the guides of its ways.

    :raises ResourceError: there is no such provider or guide
    """
    for key, lender in (("guides_of", provider.guides_of), ("ways_of", provider.ways_of)):
        if lender is not None and page(lender) is None:
            raise ResourceError(f"{file}: {key}: no provider {lender!r}")
    for number, guide in enumerate(provider.guides):
        if guide.ends_like is not None and _end_of(guide, page) is None:
            where = f"{file}.guides[{number}].ends_like"
            raise ResourceError(f"{where}: no guide for everybody is called {guide.ends_like!r}")
    guides = {guide.id for guide in guides_of(provider, page)}
    for number, way in enumerate(provider.ways):
        if way.guide is not None and way.guide not in guides:
            raise ResourceError(f"{file}.ways[{number}].guide: no guide {way.guide!r}")


def ways_of(provider: Provider, page: Page) -> tuple[Way, ...]:
    """The provider's ways, after those of signing in with Microsoft that it borrows."""
    lender = page(provider.ways_of) if provider.ways_of else None
    if lender is None:
        return provider.ways
    own = {(way.way, way.own_app) for way in provider.ways}
    lent = (way for way in lender.ways if way.way in SIGNED_IN)
    return (*(way for way in lent if (way.way, way.own_app) not in own), *provider.ways)


def guides_of(provider: Provider, page: Page) -> tuple[Guide, ...]:
    """The provider's guides and those it borrows; of two with the same id its own."""
    guides: dict[str, Guide] = {}
    for owner, guide in _guides(provider, page):
        guides.setdefault(guide.id, _with_pictures(guide, owner.id))
    return tuple(guides.values())


def whole(provider: Provider, page: Page, places: Places) -> Provider:
    """The provider with its own ways and guides and those it borrows, in its own name.

    NetEase's mailboxes differ in name and address alone: one guide, one set of pictures. So do
    Microsoft's clouds in how one signs in. `places` are filled besides {provider} and {site}.
    """
    places = {"provider": provider.name, "site": provider.site, **places}
    ways = filled(ways_of(provider, page), places)
    guides = []
    for guide in guides_of(provider, page):
        led = next((way for way in ways if way.guide == guide.id), None)
        called = {"credential": _in_a_sentence(led.credential.name)} if led else {}
        guides.append(filled(_ended(guide, page), {**places, **called}))
    return replace(provider, ways=ways, guides=tuple(guides))


def filled(value: Any, places: Places) -> Any:
    """A value with the places in all its words and addresses filled; the same where it has none."""
    kind: Any = type(value)
    if kind is Text:
        return _fill(value, places) if "{" in value.zh_CN or "{" in value.en else value
    if kind is str:
        return _fill(Text(value, value), places).en if "{" in value else value
    if kind is tuple:
        items = [filled(item, places) for item in value]
        same = all(new is old for new, old in zip(items, value, strict=True))
        return value if same else tuple(items)
    if names := _names(kind):
        parts = [getattr(value, name) for name in names]
        done = [filled(part, places) for part in parts]
        if any(new is not old for new, old in zip(done, parts, strict=True)):
            return kind(*done)
    return value


def _fill(text: Text, places: Places) -> Text:
    named = set(_PLACE.findall(text.zh_CN)) | set(_PLACE.findall(text.en))
    return text.fill({name: places[name] for name in named & places.keys()})


def _guides(provider: Provider, page: Page) -> Iterator[tuple[Provider, Guide]]:
    """The provider's own guides, then those it borrows, each with its owner.

    With Microsoft's ways come all guides but those to the lender's passwords.
    """
    yield from ((provider, guide) for guide in provider.guides)
    if provider.guides_of and (lender := page(provider.guides_of)):
        yield from ((lender, guide) for guide in lender.guides)
    if provider.ways_of and (lender := page(provider.ways_of)):
        passwords = {way.guide for way in lender.ways if way.way not in SIGNED_IN}
        yield from ((lender, guide) for guide in lender.guides if guide.id not in passwords)


def _with_pictures(guide: Guide, folder: str) -> Guide:
    """The guide with each picture below guides/: beside its provider's others, or anybody's."""
    steps = (
        step if "/" in step.picture else replace(step, picture=f"{folder}/{step.picture}")
        for step in guide.steps
    )
    return replace(guide, steps=tuple(steps))


def _end_of(guide: Guide, page: Page) -> Guide | None:
    everybody = page(BY_HAND)
    return everybody.guide(guide.ends_like) if everybody else None


def _ended(guide: Guide, page: Page) -> Guide:
    """The guide with what all guides of its kind answer and advise at their end."""
    if guide.ends_like is None or (end := _end_of(guide, page)) is None:
        return guide
    return replace(
        guide,
        questions=(*guide.questions, *end.questions),
        habits=guide.habits or end.habits,
    )


def _in_a_sentence(name: Text) -> Text:
    """A name as it stands inside a sentence: small in English, apart from Chinese where Latin."""
    zh = name.zh_CN
    zh = f"{' ' if zh[:1].isascii() else ''}{zh}{' ' if zh[-1:].isascii() else ''}"
    return Text(zh, name.en[:1].lower() + name.en[1:])


@cache
def _names(kind: Any) -> tuple[str, ...]:
    """The fields of a dataclass, in the order of its arguments; none of anything else."""
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()
