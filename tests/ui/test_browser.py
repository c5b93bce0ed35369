"""The page opens in the browser that the person named, and in no other."""

from __future__ import annotations

import asyncio
import os
import shlex
from pathlib import Path

import pytest

from laifaxin_desktop.ui import browser
from tests.servers.processes import wait_until

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the browsers here are shell scripts")
URL = "https://login.example/authorize?state=a&scope=b%20c"


def program(folder: Path, name: str, *, exits: int = 0, stays: float = 0) -> Path:
    """A browser that writes down each of its visits."""
    made = folder / name
    made.write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$1" >> "{made}.seen"\nsleep {stays}\nexit {exits}\n'
    )
    made.chmod(0o755)
    return made


def visits(made: Path) -> list[str]:
    told = Path(f"{made}.seen")
    return told.read_text().splitlines() if told.exists() else []


def opened(monkeypatch: pytest.MonkeyPatch, named: str, until: float = 5) -> bool:
    """Open the page by $BROWSER; whether nobody heard of a no in this time."""
    monkeypatch.setenv("BROWSER", named)

    async def run() -> bool:
        refused = asyncio.Event()
        browser.open_page(URL, refused.set)
        try:
            async with asyncio.timeout(until):
                await refused.wait()
        except TimeoutError:
            return True
        return False

    return asyncio.run(run())


@pytest.mark.parametrize(
    "form", ["{path}", "{quoted}", "{quoted} %s", "{quoted} %s &", ":{quoted}"]
)
def test_the_named_browser(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, form: str) -> None:
    named = program(tmp_path, "a browser")
    variable = form.format(path=named, quoted=shlex.quote(str(named)))
    assert opened(monkeypatch, variable, until=0.5)
    wait_until(lambda: visits(named) == [URL], 10, "the visit")


def test_the_next_one_where_the_first_is_missing_or_fails(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bad, good = program(tmp_path, "bad", exits=1), program(tmp_path, "good")
    assert opened(monkeypatch, f"/no/such/browser:{bad}:{good}", until=1)
    wait_until(lambda: visits(good) == [URL], 10, "the visit")
    assert visits(bad) == [URL]


@pytest.mark.parametrize("named", ["/no/such/browser", "false", "'", "&"])
def test_who_asked_hears_of_a_no(monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    assert not opened(monkeypatch, named)


def test_a_browser_ended_by_force_is_not_followed_by_another(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It had shown the page: nobody wants to see it again, or to be told that none opened."""
    monkeypatch.setattr(browser, "_AT_ONCE", 0.1)
    ended, other = program(tmp_path, "ended", exits=143, stays=0.3), program(tmp_path, "other")
    assert opened(monkeypatch, f"{ended}:{other}", until=1)
    assert visits(ended) == [URL]
    assert visits(other) == []
