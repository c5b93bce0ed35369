"""Files of accounts that cannot be used, each as it really comes about."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from laifaxin_desktop.store import schema
from laifaxin_desktop.store.accounts import FILE, AccountStore
from laifaxin_desktop.store.fault import StoreFault
from tests.fixtures_real import cannot_run


@dataclass(frozen=True)
class BadFile:
    """One of them; `made` puts it into a folder that is not there yet."""

    name: str
    fault: StoreFault
    made: Callable[[Path], AbstractContextManager[None]]

    def __str__(self) -> str:
        return self.name


def _good(folder: Path) -> Path:
    async def begin() -> None:
        await (await AccountStore.open(folder)).close()

    asyncio.run(begin())
    return folder / FILE


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    other = sqlite3.connect(_good(folder), isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        other.close()


@contextmanager
def _newer(folder: Path) -> Iterator[None]:
    other = sqlite3.connect(_good(folder))
    other.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    other.close()
    yield


def _written(content: bytes, at: int = 0) -> Callable[[Path], AbstractContextManager[None]]:
    @contextmanager
    def made(folder: Path) -> Iterator[None]:
        with _good(folder).open("rb+") as file:
            file.seek(at)
            file.write(content)
        yield

    return made


@contextmanager
def _emptied(folder: Path) -> Iterator[None]:
    os.truncate(_good(folder), 0)
    yield


@contextmanager
def _cut(folder: Path) -> Iterator[None]:
    os.truncate(_good(folder), 5000)
    yield


def _mounted(*, full: bool) -> Callable[[Path], AbstractContextManager[None]]:
    """On a small disk of its own: root may write into any folder that is not read-only as such."""

    @contextmanager
    def made(folder: Path) -> Iterator[None]:
        folder.mkdir(parents=True)
        where = str(folder)
        _mount("mount", "-t", "tmpfs", "-o", "size=256k,mode=0700", "tmpfs", where)
        try:
            if full:
                with (folder / "film").open("wb", buffering=0) as file:
                    while True:
                        try:
                            file.write(b"x" * 4096)
                        except OSError:
                            break
            else:
                _good(folder)
                _mount("mount", "-o", "remount,ro", where)
            yield
        finally:
            _mount("umount", where)

    return made


def _mount(*words: str) -> None:
    try:
        subprocess.run(words, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        cannot_run(f"mounting a small disk: {error}")


BAD_FILES = (
    BadFile("locked", StoreFault.LOCKED, _locked),
    BadFile("newer", StoreFault.NEWER, _newer),
    BadFile("no database", StoreFault.CORRUPT, _written(b"a letter to my aunt")),
    BadFile("a damaged page", StoreFault.CORRUPT, _written(b"x" * 5000, at=4096)),
    BadFile("emptied", StoreFault.CORRUPT, _emptied),
    BadFile("cut", StoreFault.CORRUPT, _cut),
    BadFile("read-only", StoreFault.READ_ONLY, _mounted(full=False)),
    BadFile("full", StoreFault.FULL, _mounted(full=True)),
)
