"""Fixtures for every test; the real peers are in fixtures_real."""

from __future__ import annotations

from collections.abc import Generator

import pytest

pytest_plugins = ["tests.fixtures_real"]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What a test logged goes from process to process as UTF-8, which has no lone surrogates."""
    report = yield
    report.sections = [
        (title, text.encode("utf-8", "backslashreplace").decode())
        for title, text in report.sections
    ]
    return report
