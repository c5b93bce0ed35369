"""Tasks die with their owner, errors of ours are shown and survived, nothing leaks."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QLabel

from laifaxin_desktop.ui import loop

from .conftest import drive


@pytest.fixture
def bugs():
    seen: list[BaseException] = []
    loop.on_bug(seen.append)
    yield seen
    loop.on_bug(None)


def test_a_result_reaches_its_owner(dressed, bugs):
    got: list[int] = []
    owner = QObject()

    async def five() -> int:
        await asyncio.sleep(0)
        return 5

    async def main() -> None:
        await loop.spawn(five(), owner, got.append)

    drive(main())
    assert (got, bugs) == ([5], [])


def test_a_task_ends_with_its_owner_and_its_result_is_dropped(dressed, bugs):
    got: list[None] = []

    async def main() -> bool:
        owner = QObject()
        task = loop.spawn(asyncio.sleep(60), owner, got.append)
        await asyncio.sleep(0)
        owner.deleteLater()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, 5)
        return task.cancelled()

    assert drive(main())
    assert (got, bugs) == ([], [])


def test_a_task_cancelled_before_it_began_leaves_no_unawaited_coroutine(dressed, bugs):
    async def main() -> None:
        owner = QObject()
        task = loop.spawn(asyncio.sleep(60), owner)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    drive(main())
    assert bugs == []


def test_an_error_of_ours_is_shown_logged_and_survived(dressed, bugs, caplog):
    owner = QObject()

    async def broken() -> None:
        raise KeyError("ours")

    async def main() -> int:
        assert await loop.spawn(broken(), owner) is None
        return 7

    assert drive(main()) == 7
    assert [type(bug) for bug in bugs] == [KeyError]
    assert "unexpected error" in caplog.text


def test_an_error_in_what_takes_the_result_is_ours_too(dressed, bugs):
    owner = QObject()

    async def fine() -> int:
        return 1

    def clumsy(_: int) -> None:
        raise ZeroDivisionError

    async def main() -> None:
        await loop.spawn(fine(), owner, clumsy)

    drive(main())
    assert [type(bug) for bug in bugs] == [ZeroDivisionError]


def test_what_main_leaves_running_is_cancelled(dressed):
    ended: list[str] = []

    async def lingering() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("cancelled")

    async def main() -> None:
        ended.append("started")
        main.task = asyncio.create_task(lingering())  # type: ignore[attr-defined]
        await asyncio.sleep(0)

    drive(main())
    assert ended == ["started", "cancelled"]


def test_what_main_has_begun_is_finished_when_qt_is_told_to_quit(dressed):
    async def main() -> str:
        QApplication.quit()
        await asyncio.sleep(0.05)  # Qt leaves its loop meanwhile
        return "put away"

    assert drive(main()) == "put away"


def test_a_void_call_keeps_its_reference_to_none(dressed):
    # PySide6 6.12.0 on Python 3.11 drops one reference to None in each such call.
    label = QLabel()
    before = sys.getrefcount(None)
    for number in range(1000):
        label.setText(str(number))
    assert abs(sys.getrefcount(None) - before) < 100


def test_what_stands_once_is_looked_through_once(dressed):
    async def main() -> int:
        before = gc.get_freeze_count()
        collector = loop._Collector()
        try:
            threshold = gc.get_threshold()
            gc.set_threshold(1, 1, 1)
            for _ in range(2):
                keep = [[] for _ in range(100)]
                for generation in (0, 1, 0, 1):
                    gc.collect(generation)
                collector.timerEvent(None)
                counts.append(gc.get_freeze_count() - before)
                assert keep
        finally:
            gc.set_threshold(*threshold)
            collector.stop()
        return 0

    counts: list[int] = []
    assert drive(main()) == 0
    first, second = counts
    assert first > 1000
    assert second <= first, "only once: a window that is closed later must be collected"
    assert gc.get_freeze_count() == 0


def test_garbage_is_collected_in_qt_s_own_thread_only(dressed):
    where: list[int] = []

    class Loop:  # a cycle: only the collector can free it
        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            where.append(threading.get_ident())

    def churn() -> None:
        Loop()
        for _ in range(20_000):  # far beyond every threshold of the collector
            [[]].append([])

    async def main() -> None:
        await asyncio.gather(*(asyncio.to_thread(churn) for _ in range(4)))

    drive(main())
    assert len(where) == 4
    assert set(where) == {threading.get_ident()}
    assert gc.isenabled()
