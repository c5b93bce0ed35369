"""Fixtures for every test; the real peers are in fixtures_real."""

pytest_plugins = ["tests.fixtures_real"]
