"""The way to the log: its folder in the menu, and a detailed one on demand."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QAction, QDesktopServices

from laifaxin_desktop import __main__, cli
from laifaxin_desktop.model.text import Language
from laifaxin_desktop.ui import run

from .conftest import drive, main_window


def test_the_menu_opens_the_folder_of_the_log(tmp_path, languages, monkeypatch):
    opened: list[str] = []
    monkeypatch.setattr(
        QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()) or True
    )

    async def main():
        async with main_window(tmp_path, languages) as window:
            action = window.toolbar.main_menu.findChild(QAction, "open_logs_action")
            chinese = action.text()
            languages.switch(Language.EN)
            window.toolbar.retranslate()
            action.trigger()
            return chinese, action.text()

    assert drive(main()) == ("打开日志文件夹", "Open log folder")
    assert opened == [str(tmp_path / "logs")]


@pytest.mark.parametrize(
    ("words", "called"),
    [
        ([], ("window", False)),
        (["--debug"], ("window", True)),
        (["--debug", "accounts"], ("words", ["--debug", "accounts"])),
        (["accounts", "--debug"], ("words", ["accounts", "--debug"])),
    ],
)
def test_debug_alone_is_the_window(monkeypatch, words, called):
    seen: list[tuple[str, object]] = []
    monkeypatch.setattr(run, "main", lambda *, debug: seen.append(("window", debug)) or 0)
    monkeypatch.setattr(cli, "main", lambda given: seen.append(("words", given)) or 0)
    assert __main__.main(words) == 0
    assert seen == [called]
