"""Starting and ending: one window, signals, a crash before, a file that does not open."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from unittest.mock import Mock

import pytest
from PySide6.QtCore import QLockFile, Qt
from PySide6.QtWidgets import QPushButton

from laifaxin_desktop.app import Knowledge
from laifaxin_desktop.engine.watch import Watch
from laifaxin_desktop.model.text import Language
from laifaxin_desktop.places import Places
from laifaxin_desktop.store.accounts import AccountStore
from laifaxin_desktop.store.fault import StoreError, StoreFault
from laifaxin_desktop.store.schema import APPLICATION_ID
from laifaxin_desktop.ui import loop, run
from laifaxin_desktop.ui.main_window import MainWindow
from laifaxin_desktop.ui.single_instance import SingleInstance
from laifaxin_desktop.ui.window_state import kept

from .conftest import RESOURCES, ROOT, drive, main_window, until


@pytest.fixture
def home(tmp_path):
    """A start of the whole program in a folder of its own; what still runs is ended."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*words: str) -> subprocess.Popen[bytes]:
        environment = os.environ | {
            "LAIFAXIN_HOME": str(tmp_path),
            "QT_QPA_PLATFORM": "offscreen",
            # No keychain and no accounts: nothing outside this folder is asked.
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        }
        program = subprocess.Popen(
            [sys.executable, "-m", "laifaxin_desktop", *words],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        started.append(program)
        return program

    yield start
    for program in started:
        if program.poll() is None:
            program.kill()
        program.communicate()


def opened(folder: Path, program: subprocess.Popen[bytes]) -> None:
    """Wait until the window's program holds the lock and has its file."""
    wanted = (folder / "data" / "window.lock", folder / "data" / "accounts.db-wal")
    ends = time.monotonic() + 30
    while not all(path.exists() for path in wanted):
        assert program.poll() is None, program.communicate()
        assert time.monotonic() < ends
        time.sleep(0.05)  # another process: nothing tells when it is ready


def handled(program: subprocess.Popen[bytes]) -> None:
    """Wait until SIGTERM has its handler (proc(5), SigCgt); Python itself gives it none."""
    status, ends = Path(f"/proc/{program.pid}/status"), time.monotonic() + 30
    while True:
        caught = re.search(r"^SigCgt:\s*(\w+)", status.read_text(), re.MULTILINE)
        if caught and int(caught[1], 16) >> (signal.SIGTERM - 1) & 1:
            return
        assert program.poll() is None, program.communicate()
        assert time.monotonic() < ends
        time.sleep(0.05)  # another process: nothing tells when it is ready


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_well(home, tmp_path, number):
    program = home()
    opened(tmp_path, program)
    handled(program)
    program.send_signal(number)
    out, errors = program.communicate(timeout=20)
    assert (program.returncode, out, errors) == (0, b"", b"")
    assert not (tmp_path / "data" / "window.lock").exists()
    assert not (tmp_path / "data" / "accounts.db-wal").exists()


def test_a_second_start_shows_the_first_window_and_ends(home, tmp_path):
    first = home()
    opened(tmp_path, first)
    second = home()
    out, errors = second.communicate(timeout=20)
    assert (second.returncode, out, errors) == (0, b"", b"")
    assert first.poll() is None
    first.terminate()
    assert first.wait(20) == 0


def test_what_a_crash_left_behind_does_not_stop_the_next_start(home, tmp_path):
    first = home()
    opened(tmp_path, first)
    first.kill()
    first.wait()
    assert (tmp_path / "data" / "window.lock").exists()
    again = home()
    handled(again)
    assert str(again.pid) in (tmp_path / "data" / "window.lock").read_text(errors="replace")
    again.terminate()
    assert again.wait(20) == 0


def test_with_words_it_is_the_command_line(home):
    program = home("accounts", "--json")
    out, _ = program.communicate(timeout=30)
    assert program.returncode == 0
    assert out.strip() == b'{"accounts": []}' or b'"accounts"' in out


def test_the_command_line_imports_no_qt():
    code = (
        "import sys; from laifaxin_desktop import __main__, cli;"
        "sys.exit(any(name.startswith(('PySide6', 'qasync')) for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_the_window_is_there_before_the_store(dressed, languages, tmp_path):
    places = Places(RESOURCES, tmp_path, tmp_path, tmp_path)

    async def main():
        window = MainWindow(places, languages)
        window.show()
        said = window.middle.opening.text(), window.toolbar.add.isEnabled()
        window.hide()
        window.deleteLater()
        return said

    assert drive(main()) == ("正在打开邮箱列表…", False)


@pytest.mark.parametrize("fault", list(StoreFault))
def test_a_file_that_does_not_open_is_explained(dressed, languages, tmp_path, fault, qtbot):
    places = Places(RESOURCES, tmp_path, tmp_path, tmp_path)
    known = Knowledge.load(places)
    error = StoreError(fault, tmp_path / "accounts.db")

    def sentence():
        words = known.words(f"store.{fault}").fill({"path": str(error.path)})
        return words.say(languages.current)

    async def main():
        window = MainWindow(places, languages)
        window.show()
        window.show_store_problem(error, sentence)
        said = window.middle.store_problem.words.text()
        fresh = window.findChild(QPushButton, "store_new_list_button").isVisible()
        languages.switch(Language.EN)
        await until(lambda: window.middle.store_problem.words.text() != said)
        english = window.middle.store_problem.words.text()
        window.hide()
        window.deleteLater()
        return said, english, fresh

    said, english, fresh = drive(main())
    assert said == known.words(f"store.{fault}").fill({"path": str(error.path)}).zh_CN
    assert english != said
    assert fresh is (fault is StoreFault.CORRUPT)


def test_a_damaged_file_is_kept_and_a_new_list_begins_on_a_click(home, tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    (data / "accounts.db").write_bytes(b"not a database at all" * 500)
    program = home()
    handled(program)
    time.sleep(2)  # long enough to open, or to fail
    assert program.poll() is None
    assert (data / "accounts.db").read_bytes().startswith(b"not a database")
    program.terminate()
    assert program.wait(20) == 0


def test_size_columns_and_order_are_remembered(tmp_path, languages, samples):
    async def put(app):
        await samples.put_samples(app, samples.datetime.now(samples.UTC))

    async def main():
        async with main_window(tmp_path, languages, put) as window:
            window.resize(860, 640)  # the offscreen screen is small
            header = window.accounts.table.horizontalHeader()
            header.resizeSection(0, 333)
            window.accounts.table.sortByColumn(0, Qt.SortOrder.DescendingOrder)
        async with main_window(tmp_path, languages) as window:
            window.hide()
            remembered = await kept(window.app.accounts)
            window.restore_geometry(remembered)
            window.restore_columns(remembered)
            header = window.accounts.table.horizontalHeader()
            return window.size().toTuple(), header.sectionSize(0), header.sortIndicatorSection()

    assert drive(main()) == ((860, 640), 333, 0)


def test_an_order_alone_leaves_the_widths_to_the_words(tmp_path, languages, samples):
    async def put(app):
        await samples.put_samples(app, samples.datetime.now(samples.UTC))

    async def main():
        async with main_window(tmp_path, languages, put) as window:
            window.accounts.table.sortByColumn(0, Qt.SortOrder.DescendingOrder)
        async with main_window(tmp_path, languages) as window:
            window.restore_columns(await kept(window.app.accounts))
            header = window.accounts.table.horizontalHeader()
            chinese = header.sectionSize(4)
            languages.switch(Language.EN)
            await until(lambda: header.sectionSize(4) != chinese, 3)
            return header.sortIndicatorSection(), window.accounts.table.by_hand

    assert drive(main()) == (0, False)


def test_a_second_start_that_nobody_answers_says_so(home, tmp_path):
    (tmp_path / "data").mkdir()
    held = QLockFile(str(tmp_path / "data" / "window.lock"))
    assert held.tryLock(0)
    try:
        program = home()
        out, errors = program.communicate(timeout=30)
    finally:
        held.unlock()
    assert (program.returncode, out) == (1, b"")
    assert len(errors.decode().splitlines()) == 1
    assert errors.strip()
    assert not (tmp_path / "data" / "window.show").exists()


def test_a_window_that_cannot_be_asked_to_the_front_is_in_the_log(dressed, tmp_path, caplog):
    first = SingleInstance(tmp_path)
    first._watcher = Mock(**{"addPath.return_value": False, "directories.return_value": []})
    assert first.is_first()
    first.release()
    assert "asked to the front" in caplog.text


def test_the_first_window_takes_every_wish_to_see_it(dressed, tmp_path):
    wish = tmp_path / "window.show"
    wish.touch()  # of one that was killed
    first, asked = SingleInstance(tmp_path), []
    first.shown_again.connect(lambda: asked.append(wish.exists()))
    assert first.is_first()
    assert not wish.exists()

    async def main():
        for number in (1, 2):
            (tmp_path / f"other{number}").touch()
            wish.touch()
            await until(lambda n=number: len(asked) == n)
        first.release()

    drive(main())
    assert asked == [False, False]


def test_the_file_is_a_database_of_ours_after_the_first_start(home, tmp_path):
    program = home()
    opened(tmp_path, program)
    program.terminate()
    assert program.wait(20) == 0
    with sqlite3.connect(tmp_path / "data" / "accounts.db") as connection:
        [(whose,)] = connection.execute("PRAGMA application_id").fetchall()
    connection.close()
    assert whose == APPLICATION_ID


def test_a_file_that_is_held_when_the_window_opens_is_no_error_of_ours(
    dressed, languages, tmp_path, monkeypatch
):
    places = Places(RESOURCES, tmp_path, tmp_path, tmp_path)
    held = StoreError(StoreFault.LOCKED, tmp_path / "accounts.db")

    async def cannot(*_arguments):
        raise held

    monkeypatch.setattr(run, "kept", cannot)
    monkeypatch.setattr(Watch, "at_start", cannot)
    first = SingleInstance(tmp_path)

    async def main():
        program = run.Program(places, languages, first)
        window, seen = program._window, []

        async def look():
            try:
                await until(lambda: window.middle.currentWidget() is window.middle.store_problem)
                seen.append(window.bars.bug.isVisible())
            finally:
                window.close()

        loop.spawn(look(), program)
        await program.run()
        return seen

    assert drive(main()) == [False]


def test_an_opened_vault_that_meets_a_held_file_says_so(tmp_path, languages, monkeypatch):
    held = StoreError(StoreFault.LOCKED, tmp_path / "accounts.db")

    async def cannot(_watch):
        raise held

    async def main():
        async with main_window(tmp_path, languages) as window:
            bugs = []
            loop.on_bug(bugs.append)
            monkeypatch.setattr(Watch, "at_start", cannot)
            window.bars.vault.opened.emit()
            await until(
                lambda: bugs or window.middle.currentWidget() is window.middle.store_problem
            )
            loop.on_bug(None)
            return bugs

    assert drive(main()) == []


def test_a_mistake_while_the_program_ends_is_logged_and_asks_no_window(
    dressed, languages, tmp_path, monkeypatch, caplog
):
    """The window is deleted before the store is closed."""
    places, closing = Places(RESOURCES, tmp_path, tmp_path, tmp_path), AccountStore.close
    gone = []

    async def close(store):
        await until(lambda: gone)
        loop.report(ZeroDivisionError("late"))
        await closing(store)

    monkeypatch.setattr(AccountStore, "close", close)
    first = SingleInstance(tmp_path)

    async def main():
        program = run.Program(places, languages, first)
        program._window.destroyed.connect(lambda: gone.append(True))
        loop.spawn(until(lambda: program._app), program, lambda _: program._window.close())
        return await program.run()

    assert drive(main()) == 0
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [
        ZeroDivisionError
    ]
