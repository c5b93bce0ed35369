"""Every string of the window has its English, and a switch reaches every open window."""

from __future__ import annotations

import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import PySide6
from PySide6.QtCore import QEvent, QLocale
from PySide6.QtWidgets import QWidget

from laifaxin_desktop.model.text import Language
from laifaxin_desktop.ui.languages import Languages

from .conftest import RESOURCES, ROOT


def _contexts(path: Path) -> dict[tuple[str, str, str], ElementTree.Element]:
    found = {}
    for context in ElementTree.parse(path).getroot().iter("context"):
        for message in context.iter("message"):
            key = (
                context.findtext("name", ""),
                message.findtext("source", ""),
                message.findtext("comment", ""),
            )
            found[key] = message
    return found


def test_every_source_string_has_a_finished_english_translation(tmp_path):
    fresh = tmp_path / "laifaxin_en.ts"
    home = Path(PySide6.__file__).parent
    lupdate = next(
        home / tool
        for tool in ("Qt/libexec/lupdate", "lupdate", "lupdate.exe")
        if (home / tool).is_file()
    )
    sources = [str(p) for p in sorted((ROOT / "laifaxin_desktop" / "ui").rglob("*.py"))]
    options = ["-silent", "-source-language", "zh_CN", "-target-language", "en_US"]
    subprocess.run([str(lupdate), *options, *sources, "-ts", str(fresh)], check=True)
    wanted = _contexts(fresh)
    kept = _contexts(RESOURCES / "i18n" / "laifaxin_en.ts")
    missing = sorted(set(wanted) - set(kept))
    unfinished = sorted(
        key
        for key in set(wanted) & set(kept)
        if (translation := kept[key].find("translation")) is None
        or translation.get("type") is not None
        or not "".join(translation.itertext()).strip()
    )
    assert missing == []
    assert unfinished == []
    assert sorted(set(kept) - set(wanted)) == []


def test_the_remembered_language_goes_before_the_system_s(dressed):
    made = Languages(dressed, RESOURCES)
    made.start("en")
    assert made.current is Language.EN
    made.switch(Language.ZH_CN)
    made.deleteLater()


def test_an_unknown_remembered_word_falls_back_to_the_system(dressed):
    made = Languages(dressed, RESOURCES)
    made.start("klingon")
    assert made.current is Language.of(QLocale.system().name())
    made.switch(Language.ZH_CN)
    made.deleteLater()


def test_a_switch_reaches_open_windows_at_once(dressed, languages, qtbot):
    heard: list[QEvent.Type] = []

    class Listening(QWidget):
        def changeEvent(self, event: QEvent) -> None:
            heard.append(event.type())

    window = Listening()
    qtbot.addWidget(window)
    with qtbot.waitSignal(languages.changed) as said:
        languages.switch(Language.EN)
    qtbot.waitUntil(lambda: QEvent.Type.LanguageChange in heard)
    assert said.args == ["en"]
    languages.switch(Language.ZH_CN)
