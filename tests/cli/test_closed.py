"""A provider without any open protocol, on the command line: its reason instead of servers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.test_commands import Laifaxin
from tests.fixtures_real import World


@pytest.fixture
def laifaxin(world: World, tmp_path: Path) -> Laifaxin:
    return Laifaxin(world, tmp_path / "home")


def test_discover_says_why(laifaxin: Laifaxin) -> None:
    found = laifaxin("discover", "a@tuta.com", "--offline", exits=1)
    assert (found["provider"], found["trusted"]) == ("tuta", True)
    assert found["incoming"] == found["outgoing"] == []
    (way,) = found["ways"]
    assert way["standing"] == "broken"
    assert "IMAP" in way["reason"]


def test_nothing_is_asked_for(laifaxin: Laifaxin, world: World) -> None:
    laifaxin("add", "a@tuta.com", "--password-stdin", secret="hunter2\n", exits=2)
    assert "Tuta" in laifaxin.stderr + laifaxin.stdout
    assert "--imap" not in laifaxin.stderr + laifaxin.stdout
    assert world.dovecot.attempts("imap") == []
