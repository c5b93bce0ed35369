"""One daemon thread for blocking work; refuses to hold up the loop or the end of the program."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, ParamSpec, TypeVar

T = TypeVar("T")
P = ParamSpec("P")


class Worker:
    """Runs jobs one after another in one thread, which starts with the first of them.

    Not a ThreadPoolExecutor: the interpreter joins those threads when it ends, and a keychain
    whose prompt nobody answers would keep the program alive for ever.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._guard = threading.Lock()
        self._closed = False

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    def submit(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Put a job in the queue; the future answers in the worker's own thread.

        :raises RuntimeError: after `close`
        """
        answer: Future[T] = Future()

        def job() -> None:
            if not answer.set_running_or_notify_cancel():
                return
            with _Handing(answer):
                answer.set_result(work(*args, **kwargs))

        with self._guard:
            if self._closed:
                raise RuntimeError(f"{self._name} is closed")
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
                self._thread.start()
            self._jobs.put(job)
        return answer

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The job's answer, awaited; cancelling takes back a job that has not begun."""
        answer = self.submit(work, *args, **kwargs)
        try:
            return await answer_of(answer)
        except asyncio.CancelledError:
            answer.cancel()
            raise

    def close(self) -> None:
        """Accept nothing more; what is queued is still done. Does not wait."""
        with self._guard:
            self._closed = True
            self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()
            del job  # its closure holds what it worked on, secrets among it


class _Handing:
    """Hands whatever a job raises to whoever waits for it: the thread itself must live on."""

    def __init__(self, answer: Future[Any]) -> None:
        self._answer = answer

    def __enter__(self) -> None:
        """Nothing yet."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: object
    ) -> bool:
        if error is not None:
            self._answer.set_exception(error)
        return True


async def answer_of(answer: Future[T], limit: float | None = None) -> T:
    """Wait for a worker's answer without cancelling it when the wait ends first.

    Not `asyncio.wrap_future`: several may wait for one answer, and one that comes after the limit,
    or after the loop was closed, is nobody's error.

    :param limit: seconds
    :raises TimeoutError: when the limit passed
    """
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()

    def wake(_: Future[T]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(ended.set)

    answer.add_done_callback(wake)
    async with asyncio.timeout(limit):
        await ended.wait()
    return answer.result()
