"""Every window test runs without a screen, in Chinese and light, whatever this computer prefers."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["LAIFAXIN_THEME"] = "light"
os.environ.pop("LAIFAXIN_TEXT_SCALE", None)

from PySide6.QtWidgets import QApplication

from laifaxin_desktop.model.text import Language
from laifaxin_desktop.ui import loop, theme
from laifaxin_desktop.ui.languages import Languages

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[2]
RESOURCES = ROOT / "resources"


def drive(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on the window's own loop."""
    result: list[T] = []

    async def main() -> int:
        result.append(await work)
        return 0

    loop.run(main())
    return result[0]


@pytest.fixture(scope="session")
def dressed(qapp: QApplication) -> QApplication:
    """The application in our look, with its translations compiled."""
    where = ROOT / "packaging" / "compile_translations.py"
    spec = importlib.util.spec_from_file_location("compile_translations", where)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.compile_translations(RESOURCES / "i18n")
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
