"""Where resources, accounts, settings and logs are; refuses to guess when resources are missing."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import platformdirs

NAME = "laifaxin-desktop"
HOME = "LAIFAXIN_HOME"  # environment: everything that is written stands below it
_PACKAGE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Places:
    """Four folders; the last three are made (0700) by whoever first writes into them."""

    resources: Path
    data: Path
    config: Path
    logs: Path

    @classmethod
    def find(
        cls,
        environ: Mapping[str, str] = os.environ,
        package: Path = _PACKAGE,
        frozen: str | None = getattr(sys, "_MEIPASS", None),
    ) -> Self:
        """The folders of this installation and this person.

        :param package: the folder of `laifaxin_desktop`
        :param frozen: where PyInstaller unpacked the program; None when it is not frozen
        :raises FileNotFoundError: the program was installed without its resources
        """
        resources = _resources(package, frozen)
        if home := environ.get(HOME, "").strip():
            root = Path(home).expanduser().absolute()
            return cls(resources, root / "data", root / "config", root / "logs")
        folders = platformdirs.PlatformDirs(NAME, appauthor=False)
        return cls(
            resources, folders.user_data_path, folders.user_config_path, folders.user_log_path
        )


def make(folder: Path) -> Path:
    """The folder, made with its parents when it is not there; new ones are 0700.

    :raises OSError: it cannot be made
    """
    missing = [f for f in (folder, *folder.parents) if not f.exists()]
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)
    return folder


def _resources(package: Path, frozen: str | None) -> Path:
    """A frozen program, then an installed wheel, then a checkout."""
    candidates = [package / "resources", package.parent / "resources"]
    if frozen is not None:
        candidates = [Path(frozen) / "resources", Path(frozen) / package.name / "resources"]
    for folder in candidates:
        if (folder / "providers").is_dir():
            return folder
    raise FileNotFoundError(f"no resources in {', '.join(map(str, candidates))}")
