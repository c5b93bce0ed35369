"""The door and the threads inside Qt's own loop, as the window runs them."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from laifaxin_desktop.model.microsoft import Permission
from laifaxin_desktop.ui.loop import run
from tests.servers.browser import browse
from tests.servers.processes import wait_until

from .knocking import descriptors
from .signing import MIXED, Bench, threads


@pytest.fixture(autouse=True)
def collected_here() -> Iterator[None]:
    """The loop's Qt objects must not be collected in a thread of the platform afterwards."""
    gc.disable()
    yield
    gc.collect()
    gc.enable()


def test_a_sign_in(bench: Bench, qapp: QApplication) -> None:
    async def main() -> int:
        async with bench.microsoft.browser(bench.app(), MIXED, hint="someone@outlook.com") as flow:
            visiting = asyncio.get_running_loop().run_in_executor(None, browse, flow.url, {})
            given = await flow.granted()
            await visiting
        await bench.access(given, Permission.GRAPH_SEND, force=True)
        return 0

    assert run(main()) == 0


@pytest.mark.parametrize("seconds", [0.0, 0.02, 0.2])
def test_giving_up(bench: Bench, qapp: QApplication, seconds: float) -> None:
    async def main() -> int:
        before = descriptors()

        async def flow() -> None:
            async with bench.microsoft.browser(bench.app(), MIXED) as flow:
                await flow.granted()

        task = asyncio.create_task(flow())
        await asyncio.sleep(seconds)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.to_thread(wait_until, lambda: not threads(), 10, "the thread")
        await asyncio.sleep(0)
        assert descriptors() <= before + 2  # the executor's and the platform's own
        return 0

    assert run(main()) == 0
