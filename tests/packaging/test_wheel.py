"""A wheel of the tracked files holds all that the program needs and nothing else, and it runs."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.servers.processes import wait_until

ROOT = Path(__file__).resolve().parents[2]


def run(argv: Sequence[object], cwd: Path, **more: str) -> str:
    """The standard output of a program that must succeed."""
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", **more}
    done = subprocess.run(
        [str(word) for word in argv],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a fresh clone holds: nothing that was built here."""
    copy = tmp_path_factory.mktemp("checkout")
    # Git refuses a folder of another user unless it is told to trust it.
    trust = ("-c", "safe.directory=*")
    for name in filter(None, run(["git", *trust, "ls-files", "-z"], ROOT).split("\0")):
        source, target = ROOT / name, copy / name
        if source.exists():  # deleted, and not committed yet
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    return copy


@pytest.fixture(scope="module")
def wheel(checkout: Path) -> Path:
    """Built without isolation: the pinned tools of the test environment."""
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--no-build-isolation", "--no-deps"]
    run([*pip, "--wheel-dir", checkout / "made", "."], checkout)
    (made,) = (checkout / "made").glob("*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs where the wheel is installed, apart from this checkout."""
    place = tmp_path_factory.mktemp("安装 here") / "venv"
    run([sys.executable, "-m", "venv", "--without-pip", place], wheel.parent)
    python = place / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-deps"]
    run([*pip, wheel], wheel.parent)
    # What it depends on comes from here. Lines of .pth files in a folder added like this are not
    # read, so the editable checkout stays out of sight.
    paths = sysconfig.get_paths(vars={"base": str(place), "platbase": str(place)})
    (Path(paths["purelib"]) / "tests.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python.parent


def test_resources_and_translations_are_inside(wheel: Path, checkout: Path) -> None:
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if "dist-info" not in name}
    resources = {
        f"laifaxin_desktop/resources/{path.relative_to(checkout / 'resources').as_posix()}"
        for path in (checkout / "resources").rglob("*")
        if path.is_file()
    }
    modules = {
        path.relative_to(checkout).as_posix()
        for path in (checkout / "laifaxin_desktop").rglob("*.py")
    }
    assert inside == resources | modules
    assert "laifaxin_desktop/resources/i18n/laifaxin_en.qm" in inside


def test_the_licence_goes_along(wheel: Path) -> None:
    assert any(name.endswith("/LICENSE") for name in zipfile.ZipFile(wheel).namelist())


def test_the_command_line_runs_from_it(installed: Path, tmp_path: Path) -> None:
    home = tmp_path / "家 home"
    home.mkdir()
    words = run([installed / "laifaxin", "discover", "li@qq.com", "--json"], home, **fresh(home))
    assert json.loads(words)["provider"] == "qq"
    script = "import laifaxin_desktop; print(laifaxin_desktop.__file__)"
    assert run([installed / "python", "-c", script], home).startswith(str(installed.parent))


def test_the_window_opens_from_it_and_closes_when_asked(installed: Path, tmp_path: Path) -> None:
    home = tmp_path / "家 home"
    home.mkdir()
    with (home / "output").open("w+") as output:
        window = subprocess.Popen(
            [installed / "laifaxin-desktop"],
            cwd=home,
            env={**os.environ, **fresh(home), "QT_QPA_PLATFORM": "offscreen"},
            stdout=output,
            stderr=output,
        )
        try:
            # The file of accounts is the last thing that opening makes.
            made = home / ".local" / "share" / "laifaxin-desktop" / "accounts.db"
            wait_until(lambda: made.exists() or window.poll() is not None, 30, "the window")
            window.send_signal(signal.SIGTERM)
            assert window.wait(15) == 0, (home / "output").read_text()
        finally:
            window.kill()
            window.wait()
    assert (home / "output").read_text() == ""


def fresh(home: Path) -> dict[str, str]:
    """Variables of a person who has just come; none of this machine's folders."""
    folders = {name: "" for name in os.environ if name.startswith("XDG_")}
    return {**folders, "HOME": str(home), "LAIFAXIN_HOME": "", "PYTHONPATH": ""}
