"""A place for the store, a keychain of dict, and the real one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures_real import keychain, keychain_server, locked_keychain, session
from tests.servers.keychain import Keychain as RealKeychain
from tests.store.parts import DictPlace

__all__ = ["keychain", "keychain_server", "locked_keychain", "session"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A home folder as people have them."""
    return tmp_path / "张 三" / "étage" / "data"


@pytest.fixture
def place() -> DictPlace:
    """An empty keychain."""
    return DictPlace()


@pytest.fixture
def in_session(keychain: RealKeychain, monkeypatch: pytest.MonkeyPatch) -> RealKeychain:
    """The real keychain, as this very process's own."""
    for name, value in keychain.environment.items():
        if name.startswith(("DBUS_", "XDG_")):
            monkeypatch.setenv(name, value)
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND", raising=False)
    return keychain
