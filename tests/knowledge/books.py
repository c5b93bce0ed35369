"""The real files of providers and clouds, read once, as on a computer without a preset."""

from __future__ import annotations

from pathlib import Path

from laifaxin_desktop.knowledge.clouds import CloudBook
from laifaxin_desktop.knowledge.providers import ProviderBook

RESOURCES = Path(__file__).parents[2] / "resources"
NOWHERE = Path("/nonexistent/microsoft.toml")  # no administrator's preset
CLOUDS = CloudBook.load(RESOURCES / "microsoft.toml", NOWHERE, {})
BOOK = ProviderBook.load(RESOURCES / "providers", CLOUDS)
