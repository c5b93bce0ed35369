"""Signing in in the browser, with the real msal."""

from __future__ import annotations

import pytest

from laifaxin_desktop.model.microsoft import Permission

from .knocking import knock
from .signing import MIXED, Bench


def test_one_sign_in_for_two_resources(bench: Bench) -> None:
    async def main() -> None:
        given = await bench.by_browser(permissions=MIXED)
        assert given.sign_in.identity == "someone@outlook.com"
        assert given.sign_in.granted == ("imap.accessasuser.all", "mail.send")
        imap = await bench.access(given, Permission.IMAP)
        assert bench.audience(imap) == "https://outlook.office.com"
        send = await bench.access(given, Permission.GRAPH_SEND)
        assert bench.audience(send) == "https://graph.microsoft.com"

    knock(main())
