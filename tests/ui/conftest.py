"""Every window test runs without a screen, in Chinese and light, whatever this computer prefers."""

from __future__ import annotations

import asyncio
import gc
import importlib.util
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import pytest

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["LAIFAXIN_THEME"] = "light"
os.environ.pop("LAIFAXIN_TEXT_SCALE", None)

from PySide6.QtWidgets import QApplication

from laifaxin_desktop.app import App, open_app
from laifaxin_desktop.model.text import Language
from laifaxin_desktop.places import Places
from laifaxin_desktop.ui import loop, theme
from laifaxin_desktop.ui.languages import Languages
from laifaxin_desktop.ui.main_window import MainWindow

T = TypeVar("T")
_LONGEST = 120  # seconds; a test that waits for what never comes must fail, not hang
ROOT = Path(__file__).resolve().parents[2]
RESOURCES = ROOT / "resources"


def drive(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on the window's own loop."""
    result: list[T] = []

    async def main() -> int:
        async with asyncio.timeout(_LONGEST):  # no task of its own: `end_others` would end it
            result.append(await work)
        return 0

    try:
        loop.run(main())
    finally:
        # Here, in Qt's thread: another test's thread must not find objects of Qt among the garbage.
        gc.collect()
    return result[0]


def _module(name: str) -> ModuleType:
    """A module of packaging/, which is no package."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "packaging" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def dressed(qapp: QApplication) -> QApplication:
    """The application in our look, with its translations compiled."""
    _module("compile_translations").compile_translations(RESOURCES / "i18n")
    theme.dress(qapp, RESOURCES)
    return qapp


@pytest.fixture
def languages(dressed: QApplication):
    """The translators, Chinese at the start and gone at the end."""
    made = Languages(dressed, RESOURCES)
    made.start(Language.ZH_CN)
    yield made
    made.switch(Language.ZH_CN)
    made.deleteLater()


@pytest.fixture
def samples():
    """The accounts of the README's pictures (packaging/sample_accounts.py)."""
    return _module("sample_accounts")


@asynccontextmanager
async def main_window(
    folder: Path,
    languages: Languages,
    put: Callable[[App], Awaitable[object]] | None = None,
    make: Callable[[Places], Awaitable[App]] = open_app,
) -> AsyncIterator[MainWindow]:
    """The main window over a store in a new folder, shown, filled and closed well."""
    places = Places(RESOURCES, folder / "data", folder / "config", folder / "logs")
    app = await make(places)
    if put is not None:
        await put(app)
    window = MainWindow(places, languages)
    try:
        window.show()
        window.show_app(app)
        await until(lambda: window.middle.currentWidget() is not window.middle.opening)
        yield window
    finally:
        await window.finish()
        await loop.end_others()
        window.hide()
        window.deleteLater()
        await asyncio.sleep(0)
        await app.close()


async def until(true: Callable[[], object], seconds: float = 10) -> None:
    """Wait until something is true; the clock only ends a test that would never."""
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.01)  # nothing tells when Qt has done it
