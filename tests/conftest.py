"""Fixtures for every test; the real peers are in fixtures_real."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

pytest_plugins = ["tests.fixtures_real"]


def pytest_configure(config: pytest.Config) -> None:
    """The programs that tests start are run as users run them, not in Python's development mode.

    The processes of the tests have to inherit it: it is too late for a change of their own.
    """
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", None):
        for name in ("PYTHONDEVMODE", "PYTHONWARNINGS"):
            os.environ.pop(name, None)


# The files that take longest, as a glob: begun last, they would be waited for alone.
_LONG = ("ui/test_bad_input.py", "cli/test_sign_in.py", "ui/test_wizard.py", "test_black_box*.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first; the order is otherwise as it was."""
    items.sort(key=lambda item: not any(item.path.match(name) for name in _LONG))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What a test logged goes from process to process as UTF-8, which has no lone surrogates."""
    report = yield
    report.sections = [
        (title, text.encode("utf-8", "backslashreplace").decode())
        for title, text in report.sections
    ]
    return report
