"""Runs asyncio inside Qt's own loop and starts tasks that die with their owner; no nested loops.

The only module that knows qasync. Its ``asyncSlot`` (hides its task) and ``asyncClose`` (spins the
event loop) are not used.
"""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QTimerEvent
from PySide6.QtWidgets import QApplication
from qasync import QEventLoop
from shiboken6 import isValid

T = TypeVar("T")
ShowBug = Callable[[BaseException], object]

_COLLECT = 1000  # ms between two looks for garbage
_GRACE = 3.0  # seconds for tasks to clean up when the program ends
_log = logging.getLogger(__name__)
_show: list[ShowBug] = []


def run(main: Coroutine[Any, Any, int]) -> int:
    """Run `main` to its end on the existing QApplication; what it left running is cancelled."""
    loop = QEventLoop(QApplication.instance())
    asyncio.set_event_loop(loop)
    collector = _Collector()
    # qasync's own executor starts ten QThreads at the first use.
    loop.set_default_executor(ThreadPoolExecutor(4, thread_name_prefix="laifaxin"))
    loop.set_exception_handler(lambda _loop, context: _stray(context))
    try:
        task = loop.create_task(main)
        task.add_done_callback(lambda _task: loop.stop())
        while not task.done():
            # Again, when Qt left its loop by itself: the session ends, or a Dock's Quit closed the
            # windows. `main` hears of that from its window, and still has things to put away.
            loop.run_forever()
        return int(task.result())
    finally:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.close()
        asyncio.set_event_loop(None)
        collector.stop()


def spawn(
    work: Coroutine[Any, Any, T],
    owner: QObject,
    done: Callable[[T], object] | None = None,
    broke: ShowBug | None = None,
) -> asyncio.Task[T | None]:
    """Start `work`; it is cancelled when `owner` is destroyed.

    The result is given to `done` only while `owner` lives. An expected failure (`MailError`) is
    handled inside `work`; whatever else gets out is our bug: logged, shown once, and survived.
    `broke` hears of it too, for an owner that would otherwise wait for ever.
    """

    async def guarded() -> T | None:
        try:
            result = await work
            if done is not None and isValid(owner):
                done(result)
            return result
        except Exception as bug:
            report(bug)
            if broke is not None and isValid(owner):
                broke(bug)
            return None
        finally:
            if isValid(owner):
                QObject.disconnect(tie)

    task = asyncio.get_running_loop().create_task(guarded())
    tie = owner.destroyed.connect(lambda: task.cancel())
    task.add_done_callback(lambda _task: work.close())  # when cancelled before it began
    return task


class _Collector(QObject):
    """Collects garbage in Qt's own thread, and nowhere else.

    Python collects in whichever thread happens to allocate. An object of Qt that the store's thread
    destroys leaves its timers behind, and Qt then calls into freed memory.
    """

    def __init__(self) -> None:
        super().__init__()
        self._was_on, self._whole = gc.isenabled(), False
        gc.disable()
        self.startTimer(_COLLECT)

    def stop(self) -> None:
        """Back to Python's own ways."""
        gc.unfreeze()
        if self._was_on:
            gc.enable()
        self.deleteLater()

    def timerEvent(self, event: QTimerEvent) -> None:
        counts, limits = gc.get_count(), gc.get_threshold()
        for generation in (2, 1, 0):
            if limits[generation] and counts[generation] > limits[generation]:
                gc.collect(generation)
                if generation == 2 and not self._whole:
                    # What stands by now stays: modules, knowledge, the window. Looked through
                    # again each time, fifty thousand objects hold the loop up for 20 ms.
                    self._whole = True
                    gc.freeze()
                break


async def end_others() -> None:
    """Cancel every other task and wait until they have ended, a few seconds at most."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    if others:
        await asyncio.wait(others, timeout=_GRACE)


def report(bug: BaseException) -> None:
    """Log an error of ours (the log's own filter hides secrets) and show it once."""
    _log.error("unexpected error", exc_info=bug)
    for show in _show:
        show(bug)


def on_bug(show: ShowBug | None) -> None:
    """Set the one place where errors of ours are shown; None takes it away."""
    _show[:] = [show] if show else []


def _stray(context: dict[str, Any]) -> None:
    bug = context.get("exception")
    if isinstance(bug, BaseException):
        report(bug)
    else:
        _log.error("%s", context.get("message"))
