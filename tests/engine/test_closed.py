"""A provider that lets no mail program in: nothing is asked after the address."""

from __future__ import annotations

import asyncio

import pytest

from laifaxin_desktop.engine.discover import Discoverer
from laifaxin_desktop.engine.draft import Draft, Step, with_discovery, with_typed
from laifaxin_desktop.engine.setup import is_complete
from laifaxin_desktop.model.account import Found
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.provider import Provider
from tests.knowledge.books import BOOK


async def nobody(*_: object) -> tuple[str, ...]:
    raise AssertionError("nobody is to be asked about a known domain")


def found(address: str) -> Draft:
    """The draft after the address was found."""
    finder = Discoverer(BOOK, nobody, nobody, lambda: 0.0)  # type: ignore[arg-type]
    discovery = asyncio.run(finder.discover(Address.parse(address)))
    assert isinstance(discovery, Found)
    other = BOOK.by_id("other")
    assert isinstance(other, Provider)
    return with_discovery(with_typed(Draft(), address), discovery, other)


@pytest.mark.parametrize("address", ["a@tuta.com", "a@keemail.me", "a@hey.com"])
def test_it_ends_at_the_address(address: str) -> None:
    draft = found(address)
    assert draft.closed
    assert not is_complete(Step.ADDRESS, draft)
    assert draft.settings is not None
    assert draft.settings.endpoints() == ()


@pytest.mark.parametrize("address", ["a@proton.me", "a@qq.com", "a@rediffmail.com"])
def test_what_can_be_set_up_goes_on(address: str) -> None:
    draft = found(address)
    assert not draft.closed
    assert is_complete(Step.ADDRESS, draft)
    assert draft.settings is not None
    assert len(draft.settings.endpoints()) == 2
