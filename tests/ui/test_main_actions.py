"""What a person does to accounts: mend, check, pause, copy, delete and undo."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from laifaxin_desktop.model.problem import Diagnosis, Evidence, Fault, Fix, Stage
from laifaxin_desktop.model.provider import Protocol, Security
from laifaxin_desktop.model.report import Leg, Report
from laifaxin_desktop.ui import actions as actions_module
from laifaxin_desktop.ui import loop
from laifaxin_desktop.ui.account_row import row_of
from laifaxin_desktop.ui.account_wizards import with_suggestion
from laifaxin_desktop.ui.actions import AccountActions
from laifaxin_desktop.ui.deletions import Deletions
from laifaxin_desktop.ui.diagnostics import markdown
from laifaxin_desktop.ui.fixes import FIXES
from laifaxin_desktop.ui.times import Times, took

from .conftest import drive, main_window, until

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def put(samples):
    return partial(samples.put_samples, now=datetime.now(UTC))


def test_every_fix_leads_somewhere():
    assert set(FIXES) == set(Fix)
    assert [fix for fix, act in FIXES.items() if act is None] == [Fix.NONE]


@pytest.mark.parametrize("fix", [fix for fix in Fix if fix is not Fix.NONE])
def test_every_fix_calls_a_verb_that_the_window_has(fix):
    called = []

    class Window:
        def __getattr__(self, name):
            assert callable(getattr(AccountActions, name))
            return lambda row: called.append((name, row))

    FIXES[fix](Window(), "row")
    assert len(called) == 1


def test_the_pane_names_the_problem_and_its_button_mends_it(tmp_path, languages, put, monkeypatch):
    mended = []

    async def main():
        async with main_window(tmp_path, languages, put) as window:
            window.accounts.table.select("sample1")
            pane = window.accounts.pane
            button = pane.findChild(QPushButton, "fix_button")
            monkeypatch.setattr(window.acts, "show_guide", mended.append)
            QTest.mouseClick(button, Qt.MouseButton.LeftButton)
            words = pane._title.accessibleName(), pane._meaning.text(), button.accessibleName()
            reply = pane.more.quoted
            hidden = reply.isVisible()
            QTest.mouseClick(pane.more.reply, Qt.MouseButton.LeftButton)
            return words, hidden, reply.isVisible(), reply.text()

    (title, meaning, button), hidden, visible, reply = drive(main())
    assert title.endswith("li@qq.com")
    assert "QQ 邮箱" in meaning
    assert button == "查看步骤"
    assert (hidden, visible) == (False, True)
    assert "Login fail. Account is abnormal" in reply
    assert [row.id for row in mended] == ["sample1"]


def test_both_legs_are_spoken_stage_by_stage(tmp_path, languages, put):
    async def main():
        async with main_window(tmp_path, languages, put) as window:
            window.accounts.table.select("sample3")
            return [line.accessibleName() for line in window.accounts.pane._legs.lines.values()]

    receive, send = drive(main())
    assert receive.startswith("收信 IMAP: 取得授权 通过 6 ms, 查找服务器 通过 15 ms")
    assert receive.endswith("打开收件箱 通过 53 ms")
    assert "登录 失败 1.2 s" in send


def test_diagnostics_hold_no_address_and_everything_else(tmp_path, languages, put):
    async def main():
        async with main_window(tmp_path, languages, put) as window:
            row = window.accounts.model.row("sample5")
            refused = window.accounts.model.row("sample1")
            window.acts.copy_rows([row])
            return markdown(row), markdown(refused), QGuiApplication.clipboard().text()

    expired, refused, copied = drive(main())
    assert copied == expired
    assert "l***@example.org" in expired
    assert "liu" not in expired
    assert "certificate: mail.example.org" in expired
    assert "SHA-256: 9f86d081" in expired
    assert "| tls | no | 1026 ms |" in expired
    assert "problem: `certificate_expired`, fix: `show_certificate`" in expired
    assert "li@qq.com" not in refused
    assert "    Login fail. Account is abnormal" in refused


def test_pausing_stops_and_resuming_checks_again(tmp_path, languages, put):
    async def main():
        async with main_window(tmp_path, languages, put) as window:
            model, checked = window.accounts.model, []
            await window.app.accounts.forget_secret("sample0")  # nobody is asked
            watch_check = window.app.watch.check

            async def check(ids):
                checked.extend(ids)
                await watch_check(checked)

            window.acts._app = replace_watch(window.app, check)
            window.acts.pause([model.row("sample0")], True)
            await until(lambda: model.row("sample0").account.paused)
            paused = model.index_of("sample0").siblingAtColumn(1).data()
            window.acts.pause([model.row("sample0")], False)
            await until(lambda: not model.row("sample0").account.paused and checked)
            return paused, checked

    def replace_watch(app, check):
        class Watch:
            def __getattr__(self, name):
                return check if name == "check" else getattr(app.watch, name)

        return replace(app, watch=Watch())

    assert drive(main()) == ("已暂停", ["sample0"])


@pytest.mark.parametrize("key", [True, False])
def test_what_is_paused_is_not_checked_and_that_is_said(tmp_path, languages, put, key):
    async def main():
        async with main_window(tmp_path, languages, put) as window:
            model = window.accounts.model
            if key:
                window.accounts.table.select("sample8")
                window._check_selected()
            else:
                window.deletions.delete([one for one in model.ids() if one != "sample8"])
                window._check_all()
            return window.toast.words.text(), window.app.watch.checking

    assert drive(main()) == ("已暂停的邮箱不检测；先恢复。", frozenset())


def test_a_double_click_on_a_fix_counts_once(tmp_path, languages, put, monkeypatch):
    async def main():
        async with main_window(tmp_path, languages, put) as window:
            mended = []
            monkeypatch.setattr(window.acts, "show_guide", lambda row: mended.append(row.id))
            table, left = window.accounts.table, Qt.MouseButton.LeftButton
            window.resize(1400, 700)
            table.select("sample1")
            await asyncio.sleep(0)
            cell = table.visualRect(window.accounts.model.index_of("sample1").siblingAtColumn(6))
            link = QPoint(cell.left() + 24, cell.center().y())

            def twice(widget, where):
                QTest.mouseClick(widget, left, pos=where)
                QTest.mouseDClick(widget, left, pos=where)
                QTest.mouseRelease(widget, left, pos=where)
                count = len(mended)
                mended.clear()
                return count

            fix = window.accounts.pane.findChild(QPushButton, "fix_button")
            bar = window.bars.bug.button("double_button", lambda: mended.append("bar"))
            window.bars.bug.show()
            await asyncio.sleep(0)
            in_cell = twice(table.viewport(), link)
            return in_cell, twice(fix, fix.rect().center()), twice(bar, bar.rect().center())

    assert drive(main()) == (1, 1, 1)


def test_the_menu_offers_what_makes_sense(tmp_path, languages, put):
    async def main():
        async with main_window(tmp_path, languages, put) as window:
            model = window.accounts.model

            def words(*ids):
                menu = window.acts.menu([model.row(one) for one in ids], QPoint(0, 0))
                found = [a.text() for a in menu.actions() if not a.isSeparator()]
                menu.close()
                return found

            return words("sample2"), words("sample1"), words("sample8"), words("sample0", "sample8")

    fine, broken, paused, both = drive(main())
    always = ["重新授权…", "立即检测", "编辑服务器设置…", "暂停", "复制诊断信息", "删除…"]
    assert fine == always
    assert broken == ["查看步骤", *always]
    other_ways = "换一种登录方式…"
    assert paused == ["重新授权…", "编辑服务器设置…", other_ways, "恢复", "复制诊断信息", "删除…"]
    assert both == ["立即检测", "暂停", "恢复", "复制诊断信息", "删除…"]


def test_delete_asks_hides_and_can_be_undone(tmp_path, languages, put):
    async def main():
        async with main_window(tmp_path, languages, put) as window:
            table = window.accounts.table
            table.setFocus()
            table.select("sample2")
            QTest.keyClick(table, Qt.Key.Key_Delete)
            asked = window.bars.delete.words.text()
            QTest.keyClick(window.bars.delete, Qt.Key.Key_Escape)
            kept = len(window.accounts.model.ids())
            QTest.keyClick(table, Qt.Key.Key_Delete)
            QTest.mouseClick(window.bars.delete._delete, Qt.MouseButton.LeftButton)
            hidden = len(window.accounts.model.ids())
            told = window.toast.words.text()
            stored = await window.app.accounts.get("sample2")
            QTest.mouseClick(window.toast.action, Qt.MouseButton.LeftButton)
            return asked, kept, hidden, told, stored is not None, len(window.accounts.model.ids())

    asked, kept, hidden, told, stored, undone = drive(main())
    assert asked == "删除 chen@163.com？邮箱和保存的密码都会从这台电脑上删除。"
    assert told == "已删除 chen@163.com 和保存的密码。"
    assert (kept, hidden, stored, undone) == (10, 9, True, 10)


def test_another_note_leaves_the_undo_where_it_is(tmp_path, languages, put):
    async def main():
        async with main_window(tmp_path, languages, put) as window:
            model = window.accounts.model
            window.deletions.delete_rows([model.row("sample2")])
            window.acts.copy_rows([model.row("sample1")])
            lower, upper = window.toast, window.toast._above
            said = lower.words.text(), upper.words.text(), upper.isVisible()
            apart = not lower.geometry().intersects(upper.geometry())
            QTest.mouseClick(lower.action, Qt.MouseButton.LeftButton)
            back = model.row("sample2") is not None and len(model.ids())
            window.acts.copy_rows([model.row("sample1")])
            return said, apart, back, lower.words.text()

    said, apart, back, after = drive(main())
    copied = "已复制诊断信息，其中没有密码，地址已缩短。"
    assert said == ("已删除 chen@163.com 和保存的密码。", copied, True)
    assert (apart, back, after) == (True, 10, copied)


def test_what_was_deleted_is_removed_when_the_window_closes(tmp_path, languages, put):
    async def main():
        async with main_window(tmp_path, languages, put) as window:
            window.deletions.delete(["sample2"])
        async with main_window(tmp_path, languages) as window:
            return window.accounts.model.ids()

    left = drive(main())
    assert len(left) == 9
    assert "sample2" not in left


def test_a_removal_that_runs_is_seen_to_its_end_before_the_program_ends(dressed):
    removed = []

    async def remove(account_id):
        await asyncio.sleep(0.05 if account_id == "a" else 0)  # a busy file takes its time
        removed.append(account_id)

    async def main():
        waiting = Deletions(remove, dressed, seconds=60)
        waiting.delete(["a"])
        waiting.delete(["b"])  # "a" is being removed from here on
        await asyncio.sleep(0)
        await waiting.finish()
        await loop.end_others()
        return waiting.hidden

    assert drive(main()) == frozenset()
    assert sorted(removed) == ["a", "b"]


def test_after_the_time_to_undo_it_is_removed_for_good(dressed):
    removed = []

    async def remove(account_id):
        removed.append(account_id)

    async def main():
        waiting = Deletions(remove, dressed, seconds=0.01)
        waiting.delete(["a", "b"])
        await until(lambda: removed == ["a", "b"] and not waiting.hidden)
        waiting.undo()
        return waiting.hidden

    assert drive(main()) == frozenset()


def test_a_second_deletion_ends_the_undo_of_the_first(dressed):
    removed = []

    async def remove(account_id):
        removed.append(account_id)

    async def main():
        waiting = Deletions(remove, dressed, seconds=60)
        waiting.delete(["a"])
        waiting.delete(["b"])
        await until(lambda: removed == ["a"])
        waiting.undo()
        await asyncio.sleep(0)
        return waiting.hidden, removed

    assert drive(main()) == (frozenset(), ["a"])


def test_the_wizard_gets_the_servers_that_the_diagnosis_suggests(tmp_path, languages, samples):
    async def main():
        async with main_window(tmp_path, languages) as window:
            app = window.app
            account = samples.sample_account(app, "x", "a@qq.com", "qq", NOW)
            end = account.settings.outgoing
            better = replace(end, port=587, security=Security.STARTTLS)
            seen = Evidence(Stage.CONNECT, Fault.TIMEOUT, Protocol.SMTP, end.host, end.port)
            diagnosis = Diagnosis("port_blocked", Fix.EDIT_SERVERS, seen, suggestion=better)
            legs = (Leg(end, (), diagnosis),)
            row = row_of(app, account, Report(account.address, NOW, 5, legs, account.id))
            return with_suggestion(row).settings, account.settings, better

    mended, old, better = drive(main())
    assert mended.outgoing == better
    assert mended.incoming == old.incoming


@pytest.mark.parametrize("link", ["http://example.com/", "file:///etc/passwd", "javascript:1", ""])
def test_only_our_own_links_are_opened(tmp_path, languages, put, monkeypatch, link):
    opened = []
    monkeypatch.setattr(actions_module, "open_page", lambda url, failed: opened.append(url))
    portal = "http://captive.apple.com/hotspot-detect.html"  # the one page without encryption

    async def main():
        async with main_window(tmp_path, languages, put) as window:
            row = window.accounts.model.row("sample1")
            leg = row.report.legs[0]
            for url in (link, "https://mail.qq.com/", portal):
                diagnosis = replace(leg.diagnosis, link=url, fix=Fix.OPEN_LINK)
                report = replace(row.report, legs=(replace(leg, diagnosis=diagnosis),))
                window.acts.open_link(replace(row, report=report))

    drive(main())
    assert opened == ["https://mail.qq.com/", portal]


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (timedelta(seconds=-30), "刚刚"),
        (timedelta(seconds=59), "刚刚"),
        (timedelta(minutes=2), "2 分钟前"),
        (timedelta(days=1), "昨天"),
        (timedelta(days=3), "3 天前"),
    ],
)
def test_times_as_a_person_says_them(dressed, languages, before, said):
    assert Times().ago(NOW - before, NOW) == said


def test_durations():
    assert [took(0), took(999), took(1000), took(1240)] == ["0 ms", "999 ms", "1.0 s", "1.2 s"]
