"""What the detail pane says besides the problem; what is said in passing covers nothing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QScrollArea, QWidget

from laifaxin_desktop.model.problem import Certificate, Doubt, Evidence, Fault, Stage
from laifaxin_desktop.model.provider import Side
from laifaxin_desktop.model.report import StageResult
from laifaxin_desktop.model.route import Pin, Proxy, ProxyKind
from laifaxin_desktop.model.text import Language
from laifaxin_desktop.ui import notice
from laifaxin_desktop.ui.account_row import row_of
from laifaxin_desktop.ui.notice import Toast

from .conftest import drive, main_window

MARK = "ab" * 32
OWN = Certificate(
    ("mail.example.org",),
    "CN=mail.example.org",
    "CN=mail.example.org",
    datetime(2025, 1, 1, tzinfo=UTC),
    datetime(2030, 1, 1, tzinfo=UTC),
    MARK,
    self_signed=True,
    doubts=(Doubt.SELF_SIGNED,),
)


@pytest.fixture
def put(samples):
    return partial(samples.put_samples, now=datetime.now(UTC))


def with_evidence(app, row, seen: Evidence):
    """The row, its servers having met this."""
    found = app.table.diagnose(seen)
    legs = tuple(replace(leg, diagnosis=found) for leg in row.report.legs)
    return row_of(app, row.account, replace(row.report, legs=legs))


def test_the_account_s_own_way_is_said_in_both_languages(tmp_path, languages, put):
    async def main():
        async with main_window(tmp_path, languages, put) as window:
            pane, row = window.accounts.pane, window.accounts.model.row("sample2")
            plain = row.account.settings
            proxied = plain.through(Proxy(ProxyKind.SOCKS5, "proxy.corp.example", 1080, "chen"))
            pinned = plain.pinning(Pin("imap.163.com", 993, MARK))
            pinned = pinned.pinning(Pin("smtp.163.com", 465, MARK))
            said = {}
            for language in Language:
                languages.switch(language)
                for name, settings in (
                    ("plain", plain),
                    ("proxy", proxied),
                    ("direct", plain.through(None, directly=True)),
                    ("pins", pinned),
                ):
                    account = replace(row.account, settings=settings)
                    pane.show_row(row_of(window.app, account, row.report))
                    label = pane.findChild(QLabel, "detail_way")
                    said[language, name] = label.text() if label.isVisible() else None
            return said

    said = drive(main())
    zh, en = Language.ZH_CN, Language.EN
    assert said == {
        (zh, "plain"): None,
        (zh, "proxy"): "通过代理 proxy.corp.example:1080（SOCKS5）连接。",
        (zh, "direct"): "直接连接，不用系统的代理。",
        (zh, "pins"): "您允许过证书的服务器：imap.163.com:993、smtp.163.com:465。",
        (en, "plain"): None,
        (en, "proxy"): "Connects through the proxy proxy.corp.example:1080 (SOCKS5).",
        (en, "direct"): "Connects directly, past the system’s proxy.",
        (en, "pins"): "You have accepted the certificate of imap.163.com:993, smtp.163.com:465.",
    }


def test_no_link_says_what_the_button_says_already(tmp_path, languages, put):
    untrusted = Evidence(Stage.TLS, Fault.CERTIFICATE_SELF_SIGNED, certificate=OWN)
    expired = Evidence(Stage.TLS, Fault.CERTIFICATE_WRONG_HOST, certificate=OWN)
    tampered = Evidence(Stage.TLS, Fault.INJECTION)

    async def main():
        async with main_window(tmp_path, languages, put) as window:
            pane, row = window.accounts.pane, window.accounts.model.row("sample5")
            found = []
            for seen in (untrusted, expired, tampered):
                pane.show_row(with_evidence(window.app, row, seen))
                buttons = pane.findChildren(QPushButton)
                found.append([b.accessibleName() for b in buttons if b.isVisible()])
            return found

    for names in drive(main()):
        assert len(names) == len(set(names))
        assert {"查看证书", "复制诊断信息"} & set(names)


def test_words_that_both_servers_said_are_shown_once(tmp_path, languages, put):
    async def main():
        async with main_window(tmp_path, languages, put) as window:
            window.accounts.table.select("sample1")
            more = window.accounts.pane.more
            more.reply.click()
            return more.quoted.text()

    said = drive(main())
    assert said.startswith("收信、发信  Login fail.")
    assert said.count("Login fail") == 1


def test_who_is_locked_out_is_not_invited_to_try(tmp_path, languages, put):
    reply = "454 4.7.0 Too many login attempts, try again in 15 minutes"
    locked = Evidence(Stage.LOGIN, Fault.REJECTED, codes=("454", "4.7.0"), reply=reply)

    async def main():
        async with main_window(tmp_path, languages, put) as window:
            app, pane = window.app, window.accounts.pane
            row = with_evidence(app, window.accounts.model.row("sample1"), locked)
            pane.show_row(row)
            fix = pane.findChild(QPushButton, "fix_button")
            now = fix.property("kind"), fix.isEnabled(), "之前不要再试" in pane._meaning.text()
            old = replace(row.report, at=datetime(2026, 1, 1, tzinfo=UTC))
            pane.show_row(row_of(app, row.account, old))
            window.accounts.model.aged.emit()
            return now, (fix.property("kind"), "之前不要再试" in pane._meaning.text())

    assert drive(main()) == (("", True, True), ("primary", False))


# ---- notes in passing ----


@pytest.fixture
def home(dressed, qtbot):
    """A window with a row of buttons at its lower edge."""
    made = QWidget()
    qtbot.addWidget(made)
    made.resize(900, 500)
    made.show()
    return made


def button_at(home: QWidget, *where: int) -> QPushButton:
    made = QPushButton("其他办法", home)
    made.setGeometry(*where)
    made.show()
    return made


@pytest.mark.parametrize(
    "places",
    [
        [],
        [(400, 440, 120, 32)],
        [(20, 440, 600, 32)],
        [(20, 440, 860, 32)],
        [(20, 440, 860, 32), (20, 380, 860, 50)],
    ],
)
def test_a_note_covers_nothing_that_can_be_clicked(home, places):
    buttons = [button_at(home, *place) for place in places]
    toast = Toast(home)
    toast.say("已复制诊断信息，其中没有密码，地址已缩短。")
    assert home.rect().contains(toast.geometry())
    assert not any(toast.geometry().intersects(each.geometry()) for each in buttons)
    if not places:
        assert abs(toast.geometry().center().x() - home.rect().center().x()) <= 1
        assert toast.geometry().bottom() == 500 - 24 - 1


def test_a_note_is_read_out(home, monkeypatch):
    told = []
    monkeypatch.setattr(notice, "announce", lambda _widget, words: told.append(words))
    toast = Toast(home)
    toast.say("已删除。", "撤销", lambda: None)
    toast.say("已复制。")
    assert told == ["已删除。", "已复制。"]


def test_what_is_scrolled_out_of_view_is_in_nobodys_way(home):
    area = QScrollArea(home)
    area.setGeometry(0, 0, 900, 200)
    inside = QWidget()
    inside.resize(880, 900)
    button_at(inside, 0, 400, 880, 400)
    area.setWidget(inside)
    area.show()
    toast = Toast(home)
    toast.say("已复制。")
    assert toast.geometry().bottom() == 500 - 24 - 1


def test_two_notes_stand_apart_wherever_the_first_had_to_go(home):
    button_at(home, 20, 440, 860, 32)
    toast = Toast(home)
    toast.say("已删除 chen@163.com 和保存的密码。", "撤销", lambda: None)
    toast.say("已复制诊断信息，其中没有密码，地址已缩短。")
    assert toast._above.isVisible()
    assert not toast.geometry().intersects(toast._above.geometry())


def test_a_note_without_a_button_lets_clicks_through(home):
    """Where there is room nowhere, what lies under it can still be used."""
    clicked = []
    whole = button_at(home, 0, 0, 900, 500)
    whole.clicked.connect(lambda: clicked.append(True))
    toast = Toast(home)
    toast.say("已复制。")
    where = toast.geometry().center()
    hit = home.childAt(where)
    QTest.mouseClick(hit, Qt.MouseButton.LeftButton, pos=hit.mapFrom(home, where))
    assert clicked == [True]
    toast.say("已删除。", "撤销", lambda: None)
    assert home.childAt(toast.geometry().center()) is not whole


def test_the_note_over_the_real_window_leaves_the_ways_out_alone(tmp_path, languages, put):
    async def main():
        async with main_window(tmp_path, languages, put) as window:
            window.resize(860, 560)
            window.accounts.table.select("sample3")
            window.accounts.pane.more.ways.click()
            await asyncio.sleep(0.05)  # layouts settle
            window.acts.copy_rows([window.accounts.model.row("sample3")])
            home = window.centralWidget()
            toast = window.toast.geometry()
            return [
                button.accessibleName()
                for button in home.findChildren(QPushButton)
                if button.isVisible()
                and button.parent() is not window.toast
                and not button.visibleRegion().isEmpty()
                and QRect(button.mapTo(home, QPoint(0, 0)), button.size()).intersects(toast)
            ]

    assert drive(main()) == []


def test_a_running_check_says_what_it_waits_for(tmp_path, languages, put, monkeypatch):
    passed = {Side.RECEIVE: (StageResult(Stage.LOOKUP, True, 12),)}

    async def main():
        async with main_window(tmp_path, languages, put) as window:
            pane, row = window.accounts.pane, window.accounts.model.row("sample2")
            monkeypatch.setattr(type(window.app.watch), "stages", lambda _self, _id: passed)
            pane.show_row(replace(row, checking=True))
            return [pane._legs.lines[side].text() for side in Side]

    receive, send = drive(main())
    assert receive.startswith("收信 IMAP: 查找服务器 通过 12 ms, 连接 …, 加密 –")
    assert send.startswith("发信 SMTP: 查找服务器 …, 连接 –")
