"""A provider file that is wrong: a bar over the list says which and why, and nothing stops."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from laifaxin_desktop.model.text import Language
from tests.knowledge.test_directory_files import page

from .conftest import drive, main_window, until

LEFT = Qt.MouseButton.LeftButton


def test_a_wrong_file_is_said_until_it_was_read(tmp_path, languages):
    own = tmp_path / "config" / "providers"
    own.mkdir(parents=True)
    (own / "bad.toml").write_text("id = ", encoding="utf-8")
    (own / "good.toml").write_text(page("good", 'domains = ["x.example"]'), encoding="utf-8")

    async def main():
        async with main_window(tmp_path, languages) as window:
            bar = window.bars.own_files
            shown, zh = bar.isVisible(), bar.words.text()
            languages.switch(Language.EN)
            await until(lambda: bar.words.text() != zh)
            en, button = bar.words.text(), bar.heard.accessibleName()
            known = window.app.book.by_domain("x.example")
            QTest.mouseClick(bar.heard, LEFT)
            return shown, zh, en, button, known, bar.isVisible()

    shown, zh, en, button, known, after = drive(main())
    assert shown
    assert zh.splitlines() == [
        "没有使用服务商文件 bad.toml：第 1 行不符合 TOML 的写法。",
        "改好后，重新打开程序就会使用。",
    ]
    assert en.splitlines() == [
        "The provider file bad.toml is not used: line 1 is not TOML.",
        "Once corrected, it is used when the program is opened again.",
    ]
    assert button == "OK"
    assert known.id == "good"
    assert not after


def test_without_such_files_there_is_no_bar(tmp_path, languages):
    async def main():
        async with main_window(tmp_path, languages) as window:
            return window.bars.own_files.isVisible()

    assert not drive(main())
