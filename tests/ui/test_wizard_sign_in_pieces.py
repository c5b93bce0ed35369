"""Small pieces of the sign-in pages: the QR picture, the tick, a field's complaints."""

from __future__ import annotations

import pytest
import segno
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from laifaxin_desktop.ui import theme
from laifaxin_desktop.ui.qr import QrPicture
from laifaxin_desktop.ui.tokens import LIGHT
from laifaxin_desktop.ui.wizard.copied import Copied
from laifaxin_desktop.ui.wizard.field import Field
from laifaxin_desktop.ui.wizard.tenant_box import TenantBox
from laifaxin_desktop.ui.wizard.tick import Tick

PAGE = "https://login.partner.microsoftonline.cn/common/oauth2/deviceauth"


@pytest.fixture(params=["light", "dark"])
def look(request, monkeypatch, dressed):
    """Both looks, and light again at the end."""
    monkeypatch.setenv("LAIFAXIN_THEME", request.param)
    theme.theme().apply()
    yield request.param
    monkeypatch.setenv("LAIFAXIN_THEME", "light")
    theme.theme().apply()


def test_the_picture_is_the_code_with_its_quiet_zone_dark_on_light(qtbot, look):
    picture = QrPicture("qr")
    qtbot.addWidget(picture)
    picture.resize(picture.sizeHint())
    picture.show_text(PAGE)
    image = picture.grab().toImage()
    light, dark = QColor(LIGHT.card), QColor(LIGHT.text)
    matrix = [[bool(module) for module in row] for row in segno.make(PAGE, micro=False).matrix]
    modules = len(matrix) + 8
    one = image.width() // modules
    assert one >= 2  # px a module: a camera can read it
    left = (image.width() - one * modules) // 2
    for y in range(modules):
        for x in range(modules):
            inside = 4 <= x < modules - 4 and 4 <= y < modules - 4
            wanted = dark if inside and matrix[y - 4][x - 4] else light
            at = QPoint(left + x * one + one // 2, left + y * one + one // 2)
            assert image.pixelColor(at) == wanted, (x, y)


def test_nothing_is_drawn_where_there_is_nothing(qtbot, dressed):
    picture = QrPicture("qr")
    qtbot.addWidget(picture)
    picture.show_text(PAGE)
    picture.show_text("")
    assert picture._rows == []
    picture.grab()


def test_the_words_of_a_tick_are_the_tick(qtbot, dressed):
    tick = Tick("shared")
    qtbot.addWidget(tick)
    tick.put("words", "a hint")
    tick.resize(300, 60)
    tick.show()
    words = next(label for label in tick.findChildren(QLabel) if label.text() == "words")
    QTest.mouseClick(words, Qt.MouseButton.LeftButton)
    assert tick.box.isChecked()
    QTest.mouseClick(tick.box, Qt.MouseButton.LeftButton, pos=QPoint(10, 10))
    assert not tick.box.isChecked()
    assert (tick.box.accessibleName(), tick.box.accessibleDescription()) == ("words", "a hint")


def test_a_field_complains_after_a_pause_and_forgives_at_once(qtbot, dressed):
    entry = QLineEdit()
    entry.setObjectName("entry")
    field = Field(entry)
    qtbot.addWidget(field)
    field.judge = lambda: "" if entry.text() == "right" else "wrong"
    field._patience.setInterval(10)
    field.put("label", "hint")
    wrong = field.findChild(QLabel, "entry_wrong")
    entry.setText("r")
    assert wrong.isHidden()
    qtbot.waitUntil(lambda: not wrong.isHidden())
    entry.setText("right")
    assert wrong.isHidden()


def test_a_button_named_while_out_of_view_has_room_for_its_words(qtbot, dressed):
    entry, beside = QLineEdit(), QPushButton()
    field = Field(entry, beside)
    home = QWidget()
    qtbot.addWidget(home)
    QVBoxLayout(home).addWidget(field)
    field.hide()
    home.resize(600, 120)
    home.show()
    beside.setText("a few words")
    field.show()
    qtbot.waitUntil(lambda: beside.width() >= beside.sizeHint().width())


def test_the_directory_stays_while_its_entries_come_and_go(qtbot, dressed):
    box = TenantBox("tenant")
    heard: list[str] = []
    box.editTextChanged.connect(heard.append)
    qtbot.addWidget(box)
    box.put("contoso.com")
    heard.clear()
    for _ in range(2):
        box.show()
        assert box.count() == 3
        assert box.text == "contoso.com"
        box.hide()
        assert box.count() == 0  # a screen reader hears of entries that are there
        assert box.text == "contoso.com"
    assert heard == []


def test_only_ones_own_copy_is_taken_back(qtbot, dressed):
    clipboard = dressed.clipboard()
    copied = Copied()
    copied.put("a link")
    copied.take_back()
    assert clipboard.text() == ""
    copied.put("a link")
    clipboard.setText("something else")
    copied.take_back()
    assert clipboard.text() == "something else"
