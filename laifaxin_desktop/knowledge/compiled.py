"""The directory in one file that is read at once: made at build time, never needed, and refused as
soon as it differs from the files it was made from."""

from __future__ import annotations

import hashlib
import json
import os
import time
from datetime import date
from pathlib import Path
from typing import Any

from .decode import read_toml
from .directory import Directory, Index

# Below the folder, so that whoever copies the tree in order writes it after what it is made from.
PLACE = Path("compiled", "directory.jsonl")
FORMAT = 1  # goes up with every change of what the lines mean

_LAG = 2_000_000_000  # nanoseconds by which the dates of files may lag behind the clock

_KEYS = ("files", "domains", "mx", "hosts", "guides")


def open_directory(folder: Path) -> Directory:
    """The directory of a folder: compiled where that is fresh, else read from its files.

    :raises ResourceError: a file is wrong, or two contradict each other
    """
    return load_compiled(folder) or Directory.read(folder)


def load_compiled(folder: Path) -> Directory | None:
    """What was compiled; None where there is nothing, or nothing that can be trusted.

    It is trusted when the same files are there with the same sizes, none newer than it. A newer
    one is compared by content: installing gives every file a new date.
    """
    place = folder / PLACE
    try:
        lines = place.read_bytes().split(b"\n")
        head = json.loads(lines[0])
        if head["format"] != FORMAT or head["lines"] != [len(line) for line in lines[1:]]:
            return None
        if not _fresh(folder, head["sources"], place.stat().st_mtime_ns):
            return None
        index = Index(**{key: head[key] for key in _KEYS})
        return Directory(index, dict(zip(index.files, lines[1:], strict=True)))
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError):
        return None  # absent, cut off or of another version: its sources are there


def compile_directory(folder: Path) -> Path:
    """Read the folder's files, strictly, and write the compiled one; the same when it is fresh.

    :raises ResourceError: a file is wrong, or two contradict each other
    """
    place, began = folder / PLACE, time.time_ns() - _LAG
    if not load_compiled(folder):
        _write(place, Directory.read(folder).index, folder)
    os.utime(place, ns=(began, began))  # what is edited from now on is newer
    return place


def _write(place: Path, index: Index, folder: Path) -> None:
    pages = [_json(read_toml(folder / file)) for file in index.files.values()]
    sources = {
        file.name: [len(text := file.read_bytes()), hashlib.sha256(text).hexdigest()]
        for file in sorted(folder.glob("*.toml"))
    }
    head = {
        "format": FORMAT,
        "sources": sources,
        "lines": [len(page) for page in pages],
        **{key: getattr(index, key) for key in _KEYS},
    }
    place.parent.mkdir(exist_ok=True)
    new = place.with_suffix(f".{os.getpid()}")
    new.write_bytes(b"\n".join([_json(head), *pages]))
    new.replace(place)  # whole or not at all: somebody may be reading


def _fresh(folder: Path, sources: dict[str, Any], made: int) -> bool:
    with os.scandir(folder) as entries:
        files = {entry.name: entry.stat() for entry in entries if entry.name.endswith(".toml")}
    if {name: known.st_size for name, known in files.items()} != {
        name: size for name, (size, _) in sources.items()
    }:
        return False
    return all(
        hashlib.sha256((folder / name).read_bytes()).hexdigest() == sources[name][1]
        for name, known in files.items()
        if known.st_mtime_ns > made
    )


def _json(plain: object) -> bytes:
    def word(value: object) -> str:
        if isinstance(value, date):
            return value.isoformat()
        raise TypeError(f"{type(value).__name__} in a provider's file")

    return json.dumps(plain, default=word, ensure_ascii=False, separators=(",", ":")).encode()
