"""The way of one check: its own proxy, and a proxy's password for that very proxy only."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from laifaxin_desktop.engine.draft import Draft, with_proxy, with_settings
from laifaxin_desktop.engine.ways import proxy_secret_for
from laifaxin_desktop.model.account import Settings
from laifaxin_desktop.model.problem import Fault, MailError, Stage
from laifaxin_desktop.model.provider import AuthWay
from laifaxin_desktop.model.route import Proxy, ProxyKind
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.store.accounts import AccountStore
from tests.store.parts import HUNTER, DictPlace, account

PROXY = Proxy(ProxyKind.HTTP, "proxy.example", 8080, "bob")
OTHER = replace(PROXY, host="other.example")
SETTINGS = replace(account().settings, proxy=PROXY)
OLD, NEW = Secret("of proxy.example"), Secret("of other.example")


def test_another_process_changes_the_proxy_while_its_password_is_read(tmp_path: Path) -> None:
    """The new one's password must not go to the old one."""
    place = DictPlace()

    async def work() -> None:
        stored = replace(account(), settings=SETTINGS)
        window, other = [await AccountStore.open(tmp_path, place) for _ in range(2)]
        await window.save(stored, HUNTER, None, OLD)
        read = window.proxy_secret

        async def late(account_id: str) -> Secret:
            changed = replace(stored, settings=replace(SETTINGS, proxy=OTHER))
            await other.save(changed, HUNTER, None, NEW)
            return await read(account_id)

        assert await proxy_secret_for(SETTINGS, None, stored.id, window) == OLD
        window.proxy_secret = late  # type: ignore[method-assign]
        with pytest.raises(MailError) as caught:
            await proxy_secret_for(SETTINGS, None, stored.id, window)
        seen = caught.value.evidence
        assert (seen.stage, seen.fault, seen.detail) == (
            Stage.VAULT, Fault.MISSING, "changed_elsewhere",
        )  # fmt: skip
        await window.close()
        await other.close()

    asyncio.run(work())


def test_a_typed_password_goes_when_other_settings_bring_another_proxy() -> None:
    draft = with_settings(Draft(), Settings(None, None, AuthWay.PASSWORD))
    draft = with_proxy(draft, PROXY, OLD)
    assert draft.settings is not None
    for proxy, kept in ((PROXY, OLD), (OTHER, None), (None, None)):
        changed = with_settings(draft, replace(draft.settings, proxy=proxy))
        assert changed.proxy_secret == kept
