"""Every guide step has its picture in both languages, in colours that a window can replace."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest
from PySide6.QtCore import QByteArray, QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from laifaxin_desktop.model.text import Language
from tests.knowledge.knowledge import BOOK, RESOURCES

FOLDER = RESOURCES / "guides"
PALETTE = {"#F7F8FA", "#FFFFFF", "#E3E6EB", "#1F2329", "#5B616B", "#1F5AE8", "#EEF3FF"}
WANTED = sorted(
    {
        f"{step.picture}.{language}.svg"
        for provider in BOOK.all
        for guide in provider.guides
        for step in guide.steps
        for language in Language
    }
)


def test_no_picture_is_left_over() -> None:
    assert sorted(f.relative_to(FOLDER).as_posix() for f in FOLDER.rglob("*.svg")) == WANTED


@pytest.mark.parametrize("name", WANTED)
def test_a_picture(name: str, qapp: object) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    root = ET.fromstring(text)
    assert root.get("viewBox") == "0 0 200 120"
    assert set(re.findall(r"#[0-9A-Fa-f]{3,8}\b", text)) <= PALETTE
    assert not re.search(r"<image|href=|url\(|<style|rgb\(", text)
    assert root.findtext("{http://www.w3.org/2000/svg}title")
    for element in root.iter("{http://www.w3.org/2000/svg}text"):
        assert float(element.get("font-size", "0")) >= 6, element.text
        assert element.get("font-family") == "sans-serif"
    renderer = QSvgRenderer(QByteArray(text.encode()))
    assert renderer.isValid()
    image = QImage(QSize(200, 120), QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    drawn = {image.pixelColor(x, y).name() for x in range(0, 200, 2) for y in range(0, 120, 2)}
    assert {"#f7f8fa", "#1f5ae8"} <= drawn


def test_no_two_steps_share_a_drawing() -> None:
    drawings: dict[str, str] = {}
    for name in WANTED:
        if name.endswith(".zh_CN.svg"):
            body = re.sub(r"<title>.*?</title>", "", (FOLDER / name).read_text(encoding="utf-8"))
            assert body not in drawings, (name, drawings.get(body))
            drawings[body] = name
