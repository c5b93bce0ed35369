"""The thread for blocking work: in order, honest about failures, never in the way of the end."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading

import pytest

from laifaxin_desktop.store.worker import Worker, answer_of


def test_jobs_run_in_order_in_one_other_thread() -> None:
    async def work() -> None:
        worker, seen = Worker("test"), list[tuple[int, str]]()

        def job(number: int) -> int:
            seen.append((number, threading.current_thread().name))
            return number * 2

        assert await asyncio.gather(*(worker.run(job, n) for n in range(20))) == [
            n * 2 for n in range(20)
        ]
        assert seen == [(n, "test") for n in range(20)]
        worker.close()

    asyncio.run(work())


def test_a_failing_job_fails_for_whoever_waits_and_the_thread_lives_on() -> None:
    class OddError(BaseException):
        pass

    def fail(error: BaseException) -> None:
        raise error

    async def work() -> None:
        worker = Worker("test")
        for error in (ValueError("x"), OddError()):
            with pytest.raises(type(error)) as caught:
                await worker.run(fail, error)
            assert caught.value is error
        assert await worker.run(lambda: 1) == 1
        worker.close()

    asyncio.run(work())


def test_cancelling_takes_back_what_has_not_begun() -> None:
    async def work() -> None:
        worker, gate, seen = Worker("test"), threading.Event(), list[str]()
        first = asyncio.create_task(worker.run(gate.wait, 10))
        second = asyncio.create_task(worker.run(seen.append, "second"))
        await asyncio.sleep(0.01)
        first.cancel()
        second.cancel()
        await asyncio.gather(first, second, return_exceptions=True)
        gate.set()
        await worker.run(seen.append, "third")
        assert seen == ["third"]
        worker.close()

    asyncio.run(work())


def test_the_limit_ends_the_wait_and_not_the_job() -> None:
    async def work() -> None:
        worker, gate = Worker("test"), threading.Event()
        answer = worker.submit(gate.wait, 10)
        for _ in range(2):
            with pytest.raises(TimeoutError):
                await answer_of(answer, 0.02)
        gate.set()
        assert await answer_of(answer, 5)
        worker.close()

    asyncio.run(work())


def test_closed_means_closed() -> None:
    async def work() -> None:
        worker = Worker("test")
        answer = worker.submit(int, "7")
        worker.close()
        assert await answer_of(answer) == 7
        with pytest.raises(RuntimeError):
            worker.submit(int)

    asyncio.run(work())


_END = """
import asyncio, threading
from laifaxin_desktop.store.worker import Worker, answer_of
async def main():
    worker = Worker("stuck")
    late = worker.submit(threading.Event().wait, 0.3)
    try:
        await answer_of(late, 0.05)
    except TimeoutError:
        print("late")
    worker.submit(threading.Event().wait)
asyncio.run(main())
threading.Event().wait(0.5)  # the first job answers when the loop is closed
"""


def test_a_stuck_job_does_not_keep_the_interpreter_alive() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _END], capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.stdout, done.stderr, done.returncode) == ("late\n", "", 0)
