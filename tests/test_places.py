"""The four folders, for each way the program can be installed."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import platformdirs
import pytest

from laifaxin_desktop.places import HOME, NAME, Places, make


def with_resources(folder: Path) -> Path:
    """Resources as they are recognised."""
    (folder / "resources" / "providers").mkdir(parents=True)
    return folder / "resources"


def test_this_checkout() -> None:
    places = Places.find({})
    assert (places.resources / "words.toml").is_file()
    assert places.resources == Path(__file__).resolve().parents[1] / "resources"


def test_an_installed_wheel_has_them_inside_the_package(tmp_path: Path) -> None:
    package = tmp_path / "site-packages" / "laifaxin_desktop"
    expected = with_resources(package)
    with_resources(tmp_path / "site-packages")  # another package's: not ours
    assert Places.find({}, package, None).resources == expected


def test_a_checkout_has_them_beside_the_package(tmp_path: Path) -> None:
    expected = with_resources(tmp_path)
    assert Places.find({}, tmp_path / "laifaxin_desktop", None).resources == expected


@pytest.mark.parametrize("inside", ["", "laifaxin_desktop"])
def test_a_frozen_program(tmp_path: Path, inside: str) -> None:
    unpacked = tmp_path / "_MEI123"
    expected = with_resources(unpacked / inside)
    with_resources(tmp_path / "elsewhere")
    package = tmp_path / "elsewhere" / "laifaxin_desktop"
    assert Places.find({}, package, str(unpacked)).resources == expected


@pytest.mark.parametrize("frozen", [None, "/nonexistent"])
def test_without_resources_it_says_where_it_looked(tmp_path: Path, frozen: str | None) -> None:
    with pytest.raises(FileNotFoundError, match="resources"):
        Places.find({}, tmp_path / "laifaxin_desktop", frozen)


def test_the_folders_of_the_platform() -> None:
    places = Places.find({HOME: "  "})
    folders = platformdirs.PlatformDirs(NAME, appauthor=False)
    assert places.data == Path(folders.user_data_dir)
    assert places.config == Path(folders.user_config_dir)
    assert places.logs == Path(folders.user_log_dir)
    assert all(NAME in str(p) for p in (places.data, places.config, places.logs))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="XDG folders")
def test_a_home_with_spaces_and_other_letters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "家 — étage 1"
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    places = Places.find({})
    assert places.data == home / ".local" / "share" / NAME
    assert make(places.data).is_dir()


def test_everything_below_one_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "U 盘"
    places = Places.find({HOME: str(home)})
    assert (places.data, places.config, places.logs) == (
        home / "data",
        home / "config",
        home / "logs",
    )
    assert not home.exists()  # looking makes nothing
    monkeypatch.chdir(tmp_path)
    assert Places.find({HOME: "U 盘"}) == places
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert Places.find({HOME: "~/U 盘"}) == places


@pytest.mark.skipif(os.name != "posix", reason="permission bits")
def test_new_folders_are_the_owners_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    before = os.umask(0)
    try:
        made = make(tmp_path / "a" / "b")
    finally:
        os.umask(before)
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    assert stat.S_IMODE(made.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755
    assert make(made) == made
