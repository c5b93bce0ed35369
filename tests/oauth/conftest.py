"""The program's sign-in against the platform on this computer."""

from __future__ import annotations

from pathlib import Path

import pytest

from laifaxin_desktop.knowledge.clouds import CloudBook
from tests.oauth.signing import Bench
from tests.servers.entra import Entra

RESOURCES = Path(__file__).parents[2] / "resources"


@pytest.fixture(scope="session")
def clouds() -> CloudBook:
    """As the program reads them."""
    return CloudBook.load(RESOURCES / "microsoft.toml", Path("nothing"), {})


@pytest.fixture
def bench(entra: Entra, clouds: CloudBook) -> Bench:
    """Everything a test of signing in needs."""
    return Bench(entra, clouds)
