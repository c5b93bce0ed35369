"""Every control has a name, a label and the keyboard; nothing is clipped at 200 % or in English."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from functools import partial

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QWidget,
)

from laifaxin_desktop.engine.network import Network
from laifaxin_desktop.model.problem import Fault
from laifaxin_desktop.model.text import Language
from laifaxin_desktop.ui import theme
from laifaxin_desktop.ui.focus_ring import FocusRing, _Ring
from laifaxin_desktop.ui.main_password import MainPasswordDialog

from .conftest import RESOURCES, drive, main_window, until


@pytest.fixture
def put(samples):
    return partial(samples.put_samples, now=datetime.now(UTC))


@pytest.fixture
def twice_the_text(dressed, monkeypatch):
    monkeypatch.setenv("LAIFAXIN_TEXT_SCALE", "2")
    theme.dress(dressed, RESOURCES)
    yield
    monkeypatch.setenv("LAIFAXIN_TEXT_SCALE", "1")
    theme.dress(dressed, RESOURCES)


def controls(window: QWidget) -> list[QWidget]:
    """What a person can operate, our own only."""
    found = window.findChildren(QAbstractButton) + window.findChildren(QLineEdit)
    inner = ("qt_", "QToolButton", "ScrollLeftButton", "ScrollRightButton")
    return [
        one
        for one in found
        if not one.objectName().startswith(inner)
        and type(one).__name__ not in ("QLineEditIconButton", "QTableCornerButton")
        and one.metaObject().className() not in ("QLineEditIconButton", "QTableCornerButton")
    ]


async def every_state(window):
    """The window with everything in it that can be there."""
    window.show_bug(ValueError())
    window.bars.vault._want = Fault.NO_KEYCHAIN
    window.bars.vault.retranslate()
    window.bars.network.look(Network.UNREACHABLE)
    window.accounts.table.select("sample1")
    window.bars.delete.ask(window.accounts.table.selected())
    window.toast.say("…", "撤销")
    MainPasswordDialog(window).open()
    window.acts.show_certificate(window.accounts.model.row("sample5"))
    window.acts.show_guide(window.accounts.model.row("sample1"))
    window.toolbar.about_wanted.emit()
    await until(lambda: len([d for d in window.findChildren(QDialog) if d.isVisible()]) == 4)


def test_every_control_has_a_name_and_speaks_its_label(tmp_path, languages, put):
    async def main():
        async with main_window(tmp_path, languages, put) as window:
            await every_state(window)
            return [
                (one.objectName(), one.accessibleName(), getattr(one, "text", str)())
                for one in controls(window)
                if isinstance(one, QAbstractButton)
            ]

    found = drive(main())
    assert len(found) > 30
    for name, spoken, shown in found:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", name), (name, shown)
        if shown:
            assert spoken.strip(), name
            assert spoken == shown.replace("&", "").removesuffix(" ↗"), name
        elif name != "toast_action":
            assert spoken.strip(), name


def test_the_labels_of_the_contract(tmp_path, languages, put):
    async def main():
        async with main_window(tmp_path, languages, put) as window:
            names = {one.accessibleName() for one in controls(window) if one.isVisible()}
            return window.windowTitle(), names

    title, names = drive(main())
    assert title == "来发信 · 邮箱助手"
    assert {"添加邮箱", "检测全部", "搜索邮箱"} <= names


@pytest.mark.parametrize("language", list(Language))
def test_nothing_is_clipped_at_200_percent(
    tmp_path, languages, put, twice_the_text, language, dressed
):
    async def main():
        clipped = []
        async with main_window(tmp_path, languages, put) as window:
            languages.switch(language)
            window.resize(window.minimumSize())
            window.accounts.table.select("sample1")
            await asyncio.sleep(0.2)  # layouts settle in the loop, and nothing tells when
            window.grab()
            for one in window.findChildren(QPushButton):
                wanted = one.sizeHint()
                if one.isVisible() and (
                    one.width() < wanted.width() or one.height() < wanted.height()
                ):
                    clipped.append((one.objectName(), one.size().toTuple(), wanted.toTuple()))
            for one in window.findChildren(QLabel):
                if (
                    one.isVisible()
                    and one.wordWrap()
                    and one.height() < one.heightForWidth(one.width())
                ):
                    clipped.append((one.objectName(), one.text()))
            rows = window.accounts.table.rowHeight(0)
            tall = QFontMetrics(window.accounts.table.font()).height()
            room = window.accounts.table.height(), window.accounts.pane.height()
        return clipped, rows - tall, min(room)

    clipped, spare, least = drive(main())
    assert clipped == []
    assert spare >= 0
    assert least >= 80


@pytest.fixture
def half_more_text(dressed, monkeypatch):
    monkeypatch.setenv("LAIFAXIN_TEXT_SCALE", "1.5")
    theme.dress(dressed, RESOURCES)
    yield
    monkeypatch.setenv("LAIFAXIN_TEXT_SCALE", "1")
    theme.dress(dressed, RESOURCES)


def test_at_150_percent_the_pane_leaves_the_list_half_the_height(
    tmp_path, languages, put, half_more_text
):
    async def main():
        async with main_window(tmp_path, languages, put) as window:
            window.resize(1080, 680)
            accounts = window.accounts
            shares = []
            for row in accounts.model.rows():
                accounts.table.select(row.id)
                await asyncio.sleep(0.05)  # layouts settle in the loop, and nothing tells when
                pane = accounts.pane.height()
                shares.append((pane / accounts.height(), accounts.table.height() / pane))
            return shares

    shares = drive(main())
    assert max(pane for pane, _table in shares) <= 0.46
    assert min(table for _pane, table in shares) >= 1


def test_the_keyboard_reaches_everything(tmp_path, languages, put):
    async def main():
        async with main_window(tmp_path, languages, put) as window:
            window.activateWindow()
            window.accounts.table.select("sample1")
            window.toolbar.add.setFocus()
            seen = []
            for _ in range(30):
                now = QApplication.focusWidget()
                if now is None or now.objectName() in seen:
                    break
                seen.append(now.objectName())
                QTest.keyClick(now, Qt.Key.Key_Tab)
            return seen

    reached = drive(main())
    for name in (
        "add_button",
        "check_all_button",
        "chip_all",
        "search_field",
        "menu_button",
        "account_table",
        "fix_button",
        "detail_check_button",
        "show_reply_button",
        "copy_diagnostics_button",
    ):
        assert name in reached, (name, reached)
    assert reached.index("account_table") < reached.index("fix_button")


def test_keys_do_what_they_say(tmp_path, languages, put, monkeypatch):
    async def main():
        async with main_window(tmp_path, languages, put) as window:
            window.activateWindow()
            table, done = window.accounts.table, []
            monkeypatch.setattr(
                window.acts, "check", lambda rows: done.append([r.id for r in rows])
            )
            monkeypatch.setattr(window.acts, "menu", lambda rows, where: done.append("menu"))
            table.setFocus()
            table.select("sample1")
            QTest.keyClick(window, Qt.Key.Key_F5)
            QTest.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
            done.append(QApplication.focusWidget().objectName())
            table.setFocus()
            QTest.keyClick(table, Qt.Key.Key_Return)
            done.append(QApplication.focusWidget().objectName())
            table.setFocus()
            QTest.keyClick(table, Qt.Key.Key_Delete)
            done.append(QApplication.focusWidget().objectName())
            return done

    assert drive(main()) == [["sample1"], "search_field", "fix_button", "delete_button"]


def test_ctrl_q_closes_the_window(tmp_path, languages, put):
    async def main():
        async with main_window(tmp_path, languages, put) as window:
            closed = []
            window.closed.connect(lambda: closed.append(True))
            window.activateWindow()
            await until(window.isActiveWindow)
            QTest.keyClick(window, Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
            return closed

    assert drive(main()) == [True]


def test_the_ring_is_there_for_keys_and_not_for_the_mouse(dressed, qtbot):
    ring = FocusRing(dressed)
    window = QWidget()
    qtbot.addWidget(window)
    row = QHBoxLayout(window)
    one, two = QPushButton("1"), QPushButton("2")
    row.addWidget(one)
    row.addWidget(two)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    ring._watch(window.windowHandle())
    qtbot.mouseClick(window.windowHandle(), Qt.MouseButton.LeftButton)
    one.setFocus()
    assert window.findChildren(_Ring) == []
    qtbot.keyClick(window.windowHandle(), Qt.Key.Key_Tab)
    [drawn] = window.findChildren(_Ring)
    assert two.hasFocus()
    assert drawn.geometry().contains(two.geometry())
    window.resize(400, 100)
    assert drawn.geometry().contains(two.geometry())
    qtbot.mouseClick(window.windowHandle(), Qt.MouseButton.LeftButton)
    assert window.findChildren(_Ring) == []
    ring.deleteLater()


def test_the_ring_stands_round_what_is_drawn_of_a_button_with_margins(dressed, qtbot):
    ring = FocusRing(dressed)
    window = QWidget()
    qtbot.addWidget(window)
    row = QHBoxLayout(window)
    plain, margined = QPushButton("1"), QPushButton("2")
    plain.setStyleSheet("QPushButton { border: 1px solid black; }")
    margined.setStyleSheet("QPushButton { border: 1px solid black; margin: 6px 15px 9px 2px; }")
    row.addWidget(plain)
    row.addWidget(margined)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    ring._watch(window.windowHandle())
    plain.setFocus()
    qtbot.keyClick(window.windowHandle(), Qt.Key.Key_Tab)
    [drawn] = window.findChildren(_Ring)
    assert drawn.geometry() == margined.geometry().adjusted(2 - 4, 6 - 4, 4 - 15, 4 - 9)
    qtbot.keyClick(window.windowHandle(), Qt.Key.Key_Tab, Qt.KeyboardModifier.ShiftModifier)
    [drawn] = window.findChildren(_Ring)
    assert drawn.geometry() == plain.geometry().adjusted(-4, -4, 4, 4)
    ring.deleteLater()


def test_the_ring_of_a_box_without_words_does_not_touch_the_label_beside_it(dressed, qtbot):
    ring = FocusRing(dressed)
    window = QWidget()
    qtbot.addWidget(window)
    row = QHBoxLayout(window)
    boxes = QCheckBox(), QRadioButton()
    for box in boxes:
        row.addWidget(box)
    row.addStretch(1)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    ring._watch(window.windowHandle())
    qtbot.keyClick(window.windowHandle(), Qt.Key.Key_Tab)
    for box in boxes:
        box.setFocus()
        drawn = ring._ring.geometry()
        assert drawn.width() == drawn.height()
        assert drawn.right() <= box.geometry().right() + 4
    ring.deleteLater()


def test_enter_clicks_the_button_that_has_the_keyboard(dressed, qtbot):
    ring = FocusRing(dressed)
    window = QWidget()
    qtbot.addWidget(window)
    row = QHBoxLayout(window)
    one, two, field = QPushButton("1"), QPushButton("2"), QLineEdit()
    for widget in (one, two, field):
        row.addWidget(widget)
    done = []
    one.clicked.connect(lambda: done.append("one"))
    two.clicked.connect(lambda: done.append("two"))
    field.returnPressed.connect(lambda: done.append("field"))
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    handle = window.windowHandle()
    ring._watch(handle)
    two.setEnabled(False)
    one.setFocus()
    qtbot.keyClick(handle, Qt.Key.Key_Return)
    qtbot.keyClick(handle, Qt.Key.Key_Enter, Qt.KeyboardModifier.KeypadModifier)
    qtbot.keyClick(handle, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    field.setFocus()
    qtbot.keyClick(handle, Qt.Key.Key_Return)
    ring.deleteLater()
    assert done == ["one", "one", "field"]


def test_enter_on_a_button_goes_before_the_default_of_a_dialog(dressed, qtbot):
    ring = FocusRing(dressed)
    dialog = MainPasswordDialog()
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    with qtbot.waitActive(dialog):
        dialog.show()
        dialog.activateWindow()
    ring._watch(dialog.windowHandle())
    cancel = dialog.findChild(QPushButton, "cancel_main_password_button")
    cancel.setAutoDefault(False)
    cancel.setFocus()
    with qtbot.waitSignal(dialog.rejected):
        qtbot.keyClick(dialog.windowHandle(), Qt.Key.Key_Return)
    ring.deleteLater()


def test_enter_opens_the_menu_from_its_button(tmp_path, languages, put, dressed):
    async def main():
        async with main_window(tmp_path, languages, put) as window:
            ring = FocusRing(dressed)
            window.activateWindow()
            await until(window.isActiveWindow)
            ring._watch(window.windowHandle())
            window.toolbar.menu.setFocus()
            QTest.keyClick(window.windowHandle(), Qt.Key.Key_Return)
            opened = window.toolbar.main_menu.isVisible()
            window.toolbar.main_menu.close()
            ring.deleteLater()
            return opened

    assert drive(main())
