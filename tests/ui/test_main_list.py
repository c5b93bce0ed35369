"""The list: what it shows, counts, finds and orders; ten thousand rows cost one screenful."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from functools import partial

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog

from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.model.text import Language
from laifaxin_desktop.ui import account_row, live_rows, theme
from laifaxin_desktop.ui.account_row import Group, rows_of
from laifaxin_desktop.ui.cell_words import Column

from .conftest import RESOURCES, drive, main_window, until

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def put(samples):
    return partial(samples.put_samples, now=datetime.now(UTC))


def shown(window, column=Column.ADDRESS):
    model = window.accounts.model
    return [model.index(row, column).data() for row in range(model.rowCount())]


def test_every_account_is_listed_with_the_truth_of_its_report(tmp_path, languages, put):
    async def main():
        async with main_window(tmp_path, languages, put) as window:
            return dict(zip(shown(window), shown(window, Column.STATUS), strict=True))

    listed = drive(main())
    assert listed["zhang.wei@outlook.com"] == "正常"
    assert listed["sales@contoso.cn"] == "只能收信"
    assert listed["office@example.net"] == "网络或防火墙"
    assert listed["liu@example.org"] == "证书问题"
    assert listed["info@example.org"] == "已暂停"
    assert listed["new.colleague@outlook.com"] == "未检测"


def test_cells_speak_their_words(tmp_path, languages, put):
    async def main():
        async with main_window(tmp_path, languages, put) as window:
            table = QAccessible.queryAccessibleInterface(window.accounts.table)
            assert table.role() is QAccessible.Role.Table
            assert table.text(QAccessible.Text.Name) == "邮箱列表"
            wide = len(Column) + 1  # Qt counts the heads of rows and columns among the children
            texts = [table.child(i).text(QAccessible.Text.Name) for i in range(3 * wide)]
            return texts[2 * wide + 1 :], texts[1:wide]

    said, heads = drive(main())
    assert said[:5] == ["li@qq.com", "服务未开启", "IMAP 失败", "SMTP 失败", "授权码"]
    assert said[6] == "查看步骤"
    assert heads[:6] == ["邮箱", "状态", "收信", "发信", "登录方式", "最近检测"]


def test_chips_count_and_filter(tmp_path, languages, put):
    async def main():
        async with main_window(tmp_path, languages, put) as window:
            counts = window.accounts.model.counts()
            window.toolbar.chips.choose(Group.ATTENTION)
            attention = shown(window)
            window.toolbar.chips.choose(Group.PAUSED)
            return (
                counts,
                attention,
                shown(window),
                window.toolbar.chips.findChild(
                    type(window.toolbar.add), "chip_attention"
                ).accessibleName(),
            )

    counts, attention, paused, name = drive(main())
    assert counts == {Group.ALL: 10, Group.OK: 4, Group.ATTENTION: 4, Group.PAUSED: 1}
    assert attention == ["li@qq.com", "sales@contoso.cn", "liu@example.org", "office@example.net"]
    assert paused == ["info@example.org"]
    assert name == "需要处理 4"


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("QQ.com", ["li@qq.com", "wang.fang@qq.com"]),
        ("网易", ["chen@163.com", "support@163.com"]),
        ("  qq   fang ", ["wang.fang@qq.com"]),
        ("证书", ["liu@example.org"]),
        ("nobody", []),
    ],
)
def test_the_search_finds_address_provider_and_status(tmp_path, languages, put, typed, found):
    async def main():
        async with main_window(tmp_path, languages, put) as window:
            window.toolbar.search.setText(typed)
            await until(lambda: shown(window) == found)
            nothing = window.accounts._either.currentWidget() is not window.accounts.table
            listed = shown(window)
            window.accounts._clear.click()
            return listed, nothing, len(shown(window))

    assert drive(main()) == (found, not found, 10)


def test_a_click_on_a_head_sorts_and_the_chosen_account_stays_chosen(tmp_path, languages, put):
    async def main():
        async with main_window(tmp_path, languages, put) as window:
            table = window.accounts.table
            table.select("sample4")
            table.sortByColumn(Column.ADDRESS, Qt.SortOrder.AscendingOrder)
            up = shown(window)
            table.sortByColumn(Column.ADDRESS, Qt.SortOrder.DescendingOrder)
            down = shown(window)
            table.sortByColumn(Column.STATUS, Qt.SortOrder.AscendingOrder)
            worst = shown(window, Column.STATUS)
            return up, down, worst, table.current().id, [r.id for r in table.selected()]

    up, down, worst, current, selected = drive(main())
    assert up == sorted(up) == down[::-1]
    assert worst[-1] == "已暂停"
    assert set(worst[:2]) == {"服务未开启", "证书问题"}
    assert (current, selected) == ("sample4", ["sample4"])


def test_what_another_process_writes_is_seen(tmp_path, languages, put):
    async def main():
        async with main_window(tmp_path, languages, put) as window:
            window.accounts.table.select("sample4")
            await window.app.accounts.remove("sample0")
            window.app.watch.tell()
            await until(lambda: len(shown(window)) == 9)
            return shown(window), window.accounts.table.current().id

    listed, current = drive(main())
    assert "zhang.wei@outlook.com" not in listed
    assert current == "sample4"


def test_a_running_check_is_shown_stage_by_stage_and_ends_in_its_truth(tmp_path, languages, put):
    async def main():
        async with main_window(tmp_path, languages, put) as window:
            seen = []
            await window.app.accounts.forget_secret("sample0")  # nobody is asked
            window.app.watch.subscribe(lambda ids: seen.append(ids))
            await window.app.watch.check(["sample0"])
            model = window.accounts.model
            await until(lambda: model.row("sample0").report.ms == 0)
            await until(lambda: not model.row("sample0").checking)
            return seen, shown(window, Column.STATUS)[0]

    seen, status = drive(main())
    assert frozenset({"sample0"}) in seen
    assert status not in ("正常", "检测中")


def test_ten_thousand_rows_cost_no_more_than_a_screen(tmp_path, languages, samples):
    async def put(app):
        one = samples.sample_account(app, "x", "a@qq.com", "qq", NOW)
        put.rows = [
            (one.__class__)(
                f"id{n}", type(one.address)(f"user{n}", "qq.com"), "qq", one.settings, NOW
            )
            for n in range(10_000)
        ]
        await app.accounts.vault.use_memory()
        await app.accounts.save(one, Secret("x"), None)

    async def main():
        async with main_window(tmp_path, languages, put) as window:
            window.rows.stop()
            model, table = window.accounts.model, window.accounts.table
            asked = []
            words = model.words
            model.words = lambda row, column: asked.append(row.id) or words(row, column)
            model.replace(rows_of(window.app, put.rows, {}))
            table.grab()
            first = len(set(asked))
            table.scrollToBottom()
            table.grab()
            table.selectAll()
            chosen = len(table.selected())
            window.toolbar.search.setText("user9999")
            await until(lambda: model.rowCount() == 1)
            return first, len(set(asked)), chosen, shown(window)

    first, both, chosen, found = drive(main())
    assert 0 < first < 60
    assert both < 120
    assert chosen == 10_000
    assert found == ["user9999@qq.com"]


def test_a_row_that_goes_makes_room_for_its_neighbour(tmp_path, languages, put):
    async def main():
        async with main_window(tmp_path, languages, put) as window:
            table = window.accounts.table
            table.select("sample3")
            window.deletions.delete(["sample3"])
            current = table.current().id
            window.deletions.undo()
            return current, len(shown(window))

    assert drive(main()) == ("sample4", 10)


def test_several_rows_have_no_detail_pane(tmp_path, languages, put):
    async def main():
        async with main_window(tmp_path, languages, put) as window:
            table, pane = window.accounts.table, window.accounts.pane
            table.select("sample1")
            one = pane.isVisible()
            table.selectionModel().select(
                window.accounts.model.index_of("sample2"),
                QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows,
            )
            return one, pane.isVisible()

    assert drive(main()) == (True, False)


def test_the_list_speaks_english_at_once(tmp_path, languages, put):
    async def main():
        async with main_window(tmp_path, languages, put) as window:
            languages.switch(Language.EN)
            await until(lambda: window.windowTitle() != "来发信 · 邮箱助手")
            return (
                window.windowTitle(),
                shown(window, Column.STATUS)[:2],
                shown(window, Column.CHECKED)[0],
                window.toolbar.add.accessibleName(),
                window.accounts.model.headerData(0, Qt.Orientation.Horizontal),
            )

    title, statuses, ago, add, head = drive(main())
    assert title == "Laifaxin · Mail Assistant"
    assert statuses == ["Normal", "Service is off"]
    assert ago == "2 min ago"
    assert (add, head) == ("Add account", "Account")


def test_a_new_account_is_shown_whatever_is_looked_for(tmp_path, languages, put, samples):
    async def main():
        async with main_window(tmp_path, languages, put) as window:
            app, accounts = window.app, window.accounts
            window.toolbar.search.setText("nothing has this")
            window.toolbar.chips.choose(Group.PAUSED)
            await until(lambda: not accounts.model.rowCount())
            new = samples.sample_account(app, "new", "new@qq.com", "qq", datetime.now(UTC))
            await app.accounts.save(new, Secret("sample"), None)
            window._select_stored("new")
            await until(lambda: accounts.table.selected())
            return [row.id for row in accounts.table.selected()], window.toolbar.search.text()

    assert drive(main()) == (["new"], "")


def test_escape_leaves_the_search(tmp_path, languages, put):
    async def main():
        async with main_window(tmp_path, languages, put) as window:
            window.activateWindow()
            await until(window.isActiveWindow)
            window.toolbar.search.setFocus()
            QTest.keyClicks(window.toolbar.search, "li@qq")
            await until(lambda: window.accounts.model.rowCount() == 1)
            QTest.keyClick(window.toolbar.search, Qt.Key.Key_Escape)
            await until(lambda: window.accounts.model.rowCount() > 1)
            return window.toolbar.search.text()

    assert drive(main()) == ""


def test_an_empty_list_looks_for_nothing(tmp_path, languages, put):
    async def main():
        async with main_window(tmp_path, languages, put) as window:
            window.toolbar.search.setText("li@qq")
            window.deletions.delete(window.accounts.model.ids())
            return window.toolbar.search.text()

    assert drive(main()) == ""


def test_large_text_opens_no_window_larger_than_the_screen(
    tmp_path, languages, put, dressed, monkeypatch
):
    monkeypatch.setenv("LAIFAXIN_TEXT_SCALE", "2")
    theme.dress(dressed, RESOURCES)

    async def main():
        async with main_window(tmp_path, languages, put) as window:
            window.acts.show_guide(window.accounts.model.row("sample1"))
            guide = window.findChild(QDialog, "guide_dialog")
            room = window.screen().availableSize()
            sizes = [(one.width(), one.height(), one.minimumWidth()) for one in (window, guide)]
            guide.reject()
            return room, sizes

    try:
        room, sizes = drive(main())
    finally:
        monkeypatch.setenv("LAIFAXIN_TEXT_SCALE", "1")
        theme.dress(dressed, RESOURCES)
    for width, height, least in sizes:
        assert width <= max(least, room.width() * 0.9)
        assert height <= room.height() * 0.9


def test_little_room_cuts_the_address_and_never_the_button_that_mends(
    tmp_path, languages, put, dressed, monkeypatch
):
    monkeypatch.setenv("LAIFAXIN_TEXT_SCALE", "1.25")
    theme.dress(dressed, RESOURCES)

    async def main():
        async with main_window(tmp_path, languages, put) as window:
            table, found = window.accounts.table, []
            for width in (1400, 1024, 860):
                window.resize(width, 700)
                await asyncio.sleep(0.05)  # the layout follows
                [address, *_, fix] = map(table.columnWidth, Column)
                found.append((address, fix, table.horizontalScrollBar().maximum()))
            return found

    try:
        wide, usual, narrow = drive(main())
    finally:
        monkeypatch.setenv("LAIFAXIN_TEXT_SCALE", "1")
        theme.dress(dressed, RESOURCES)
    assert wide[0] > usual[0] > narrow[0]
    assert usual[1] >= theme.theme().px(80 * 1.25)
    assert usual[2] == 0  # nothing has to be scrolled for
    assert narrow[1] >= theme.theme().px(80 * 1.25)


def test_a_search_explains_no_row_anew_and_waits_for_the_typing(
    tmp_path, languages, put, monkeypatch
):
    explained = []
    of_row = account_row.word

    def word(app, row):
        explained.append(row.id)
        return of_row(app, row)

    async def main():
        async with main_window(tmp_path, languages, put) as window:
            window.rows.stop()
            monkeypatch.setattr(account_row, "word", word)
            for typed in ("证", "证书"):
                window.toolbar.search.setText(typed)
            at_once = len(shown(window))
            await until(lambda: len(shown(window)) == 1)
            window.toolbar.search.setText("qq.com")
            await until(lambda: len(shown(window)) == 2)
            languages.switch(Language.EN)
            window.toolbar.search.setText("certificate")
            await until(lambda: shown(window) == ["liu@example.org"])
            return at_once, explained

    assert drive(main()) == (10, [])


def test_rows_are_brought_up_to_date_in_slices(tmp_path, languages, put, monkeypatch):
    monkeypatch.setattr(live_rows, "_SLICE", 4)

    async def main():
        async with main_window(tmp_path, languages, put) as window:
            sizes = []
            model, update = window.accounts.model, window.accounts.model.update

            def look(rows):
                rows = list(rows)
                sizes.append(len(rows))
                update(rows)

            monkeypatch.setattr(model, "update", look)
            await until(lambda: not window.rows._reading)
            sizes.clear()
            window.app.watch.tell(*model.ids())
            await until(lambda: sum(sizes) == 10)
            return sizes

    assert drive(main()) == [4, 4, 2]


def test_whether_a_row_is_checked_is_asked_without_gathering_all_that_are(
    tmp_path, languages, put, monkeypatch
):
    async def main():
        async with main_window(tmp_path, languages, put) as window:
            window.rows.stop()
            app, gathered = window.app, []
            monkeypatch.setattr(
                type(app.watch), "checking", property(lambda _self: gathered.append(1) or set())
            )
            rows_of(app, [row.account for row in window.accounts.model.rows()], {})
            for one in window.accounts.model.ids():
                window.rows._only_further(one)
            return gathered

    assert drive(main()) == []
