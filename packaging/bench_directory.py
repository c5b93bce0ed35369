"""The directory of providers: reading all of it, recognising a domain of each the first time."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench_figures import Figure, Runs, within

from laifaxin_desktop.knowledge.clouds import CloudBook
from laifaxin_desktop.knowledge.diagnoses import DiagnosisTable
from laifaxin_desktop.knowledge.directory import Directory
from laifaxin_desktop.knowledge.providers import ProviderBook
from laifaxin_desktop.knowledge.words import Words

_RESOURCES = Path(__file__).resolve().parent.parent / "resources"
_PROVIDERS = _RESOURCES / "providers"
_RUNS = 7


def figures() -> list[Figure]:
    """Each run in a program of its own, as a start is; the files themselves only for comparison."""
    runs = [json.loads(subprocess.check_output([sys.executable, __file__])) for _ in range(_RUNS)]
    read = Runs(tuple(run["read"] for run in runs), "ms")
    # One of two hundred is disturbed by something in every run, but never the same one.
    looks = [Runs(row, "µs") for row in zip(*(run["looks"] for run in runs), strict=True)]
    looks.sort(key=lambda look: look.median)
    usual, slowest = looks[len(looks) // 2], looks[-1]
    files = Runs((_timed(lambda: Directory.read(_PROVIDERS)) * 1000,), "ms")
    count, domains = runs[0]["providers"], runs[0]["domains"]
    print(f"        {count} providers, {domains} domains; a domain the first time usually {usual}")
    print(f"        where nothing was compiled the files are read in {files}")
    return [
        within(f"the whole directory is read, {count} providers", read, 60),
        within("a known domain is recognised, the slowest of all", slowest, 1000),
    ]


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _measure() -> dict[str, Any]:
    clouds = CloudBook.load(_RESOURCES / "microsoft.toml", Path("/nonexistent"), {})
    books: list[ProviderBook] = []
    read = _timed(lambda: books.append(ProviderBook.load(_PROVIDERS, clouds)))
    (book,) = books
    # A start goes on with the diagnoses, which ask for everybody whom they name.
    DiagnosisTable.load(_RESOURCES / "diagnoses.toml", book, Words.load(_RESOURCES / "words.toml"))
    index = Directory.read(_PROVIDERS).index
    first = {provider: domain for domain, provider in index.domains.items() if domain[0] != "."}
    looks = [_timed(lambda d=domain: book.by_domain(d)) for domain in first.values()]
    return {
        "read": read * 1000,
        "looks": [look * 1_000_000 for look in looks],
        "providers": len(index.files),
        "domains": len(index.domains),
    }


if __name__ == "__main__":
    print(json.dumps(_measure()))
