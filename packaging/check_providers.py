"""Connects to every server of the directory, without any secret, and prints what is otherwise than
the directory has it; for a computer with internet. Ends with 1 when something differs."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from laifaxin_desktop.engine.mechanisms import refusal
from laifaxin_desktop.knowledge.clouds import CloudBook
from laifaxin_desktop.knowledge.providers import ProviderBook
from laifaxin_desktop.mail.probe import MailProbe
from laifaxin_desktop.mail.tls import client_context
from laifaxin_desktop.model.account import Capabilities
from laifaxin_desktop.model.problem import Evidence, Fault, MailError
from laifaxin_desktop.model.provider import (
    Endpoint,
    Protocol,
    Provider,
    Quirk,
    Standing,
    Way,
)

RESOURCES = Path(__file__).resolve().parent.parent / "resources"
AT_ONCE, AT_ONE_HOST = 24, 2  # connections: a provider may count them
ENOUGH = 30  # hosts: when not one of so many can be reached, none will be
_NOWHERE = Path("/nonexistent")  # no preset and no files of anybody's own
_UNMET = (Fault.OFFLINE, Fault.UNREACHABLE, Fault.LOOKUP_FAILED, Fault.NAME_NOT_FOUND)


@dataclass
class Server:
    """One server of the directory, who names it, and how it was met."""

    endpoint: Endpoint
    providers: list[Provider] = field(default_factory=list)
    ms: int = 0
    said: Capabilities | None = None
    failed: Evidence | None = None

    @property
    def differs(self) -> list[str]:
        """What is otherwise than the directory has it; empty when nothing is."""
        if self.failed is not None:
            return [str(self.failed.fault)]
        if self.said is None or not self.said.words:
            return []
        wanted = {
            f"{why} ({provider.id}, {way.way})"
            for provider in self.providers
            for way in _ways(provider, self.endpoint)
            if (why := refusal(self.endpoint, self.said, way.way))
        }
        named = self.endpoint.protocol is Protocol.IMAP and "ID" not in self.said.words
        quirky = (p.id for p in self.providers if named and Quirk.IMAP_ID in p.quirks)
        return sorted(wanted | {f"no_id ({provider})" for provider in quirky})

    def plain(self) -> dict[str, Any]:
        """For --json."""
        end, seen = self.endpoint, self.failed
        shown = seen.certificate if seen else None
        return {
            "protocol": end.protocol,
            "host": end.host,
            "port": end.port,
            "security": end.security,
            "providers": [provider.id for provider in self.providers],
            "ms": self.ms,
            "differs": self.differs,
            "stage": seen.stage if seen else None,
            "reply": seen.reply if seen else None,
            "certificate": list(shown.names) if shown else None,
            "capabilities": sorted(self.said.words) if self.said else None,
        }

    def line(self) -> str:
        """For people."""
        end, seen = self.endpoint, self.failed
        whose = ", ".join(provider.id for provider in self.providers)
        line = f"{end.protocol}  {end}/{end.security}  {'; '.join(self.differs)}  [{whose}]"
        if seen and seen.certificate:
            line += f"  shown: {', '.join(seen.certificate.names[:4])}"
        elif seen and (seen.reply or (seen.detail and seen.fault not in _UNMET)):
            line += f"  {seen.reply or seen.detail}"
        return line

    @property
    def unmet(self) -> bool:
        """Whether there was nobody to talk to."""
        return self.failed is not None and self.failed.fault in _UNMET


def servers(providers: Iterable[Provider]) -> list[Server]:
    """Every server once, whoever names it; not Graph, and none on this computer."""
    found: dict[Endpoint, Server] = {}
    for provider in providers:
        everywhere = (provider.endpoints, *(branch.endpoints for branch in provider.branches))
        for end in dict.fromkeys(end for ends in everywhere for end in ends):
            if end.protocol is Protocol.GRAPH or end.host.startswith("127."):
                continue
            bare = Endpoint(end.protocol, end.host, end.port, end.security)
            found.setdefault(bare, Server(bare)).providers.append(provider)
    return list(found.values())


async def visit(
    every: Sequence[Server], probe: MailProbe, at_once: int, met: Callable[[Server], None]
) -> list[Server]:
    """Meet all of them, some at a time, and few of one host; give up where nobody is there.

    :param met: told of each, as it is met
    :return: those that were tried, in the order given
    """
    free = asyncio.Semaphore(at_once)
    hosts = {server.endpoint.host: asyncio.Semaphore(AT_ONE_HOST) for server in every}
    tried: set[int] = set()
    unmet: set[str] = set()
    somebody = False

    async def one(number: int, server: Server) -> None:
        nonlocal somebody
        async with hosts[server.endpoint.host], free:
            if not somebody and len(unmet) >= ENOUGH:
                return
            began = time.perf_counter()
            try:
                server.said = await probe(server.endpoint, None, lambda result: None)
            except MailError as error:
                server.failed = error.evidence
            server.ms = round((time.perf_counter() - began) * 1000)
        tried.add(number)
        if server.unmet:
            unmet.add(server.endpoint.host)
        somebody = somebody or not server.unmet
        met(server)
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{len(every) - len(tried)} left ")

    async with asyncio.TaskGroup() as group:
        for number, server in enumerate(every):
            group.create_task(one(number, server))
    return [server for number, server in enumerate(every) if number in tried]


def main(arguments: Sequence[str] | None = None) -> int:
    """Look, print, judge."""
    given = argparse.ArgumentParser(prog="packaging/check-providers", description=__doc__)
    given.add_argument(
        "--only", metavar="ID", action="append", help="this provider; may be given again"
    )
    given.add_argument("--json", action="store_true", help="print one JSON object: every server")
    given.add_argument("--at-once", type=int, default=AT_ONCE, metavar="N", help="connections")
    options = given.parse_args(arguments)
    clouds = CloudBook.load(RESOURCES / "microsoft.toml", _NOWHERE, {})
    book = ProviderBook.load(RESOURCES / "providers", clouds)
    wanted = book.all
    if options.only:
        wanted = tuple(filter(None, map(book.by_id, options.only)))
        if missing := set(options.only) - {provider.id for provider in wanted}:
            given.error(f"no provider has the id {', '.join(sorted(missing))}")

    def met(server: Server) -> None:
        if server.differs and not options.json:
            print(server.line(), flush=True)

    every = servers(wanted)
    probe = MailProbe(client_context())
    tried = asyncio.run(visit(every, probe, max(1, options.at_once), met))
    differing = [server for server in tried if server.differs]
    if options.json:
        at = datetime.now(UTC).isoformat(timespec="seconds")
        rows = [server.plain() for server in tried]
        print(json.dumps({"at": at, "servers": rows}, ensure_ascii=False))
    kinds = Counter(word.partition(" ")[0] for server in differing for word in server.differs)
    told = ", ".join(f"{kind} {count}" for kind, count in kinds.most_common())
    print(f"{len(tried)} servers, {len(differing)} differ: {told or 'none'}", file=sys.stderr)
    if tried and all(server.unmet for server in tried):
        untried = f"; {len(every) - len(tried)} were not tried" if len(every) > len(tried) else ""
        print(f"none could be reached: is this computer online?{untried}", file=sys.stderr)
    return 1 if differing else 0


def _ways(provider: Provider, end: Endpoint) -> list[Way]:
    """The ways that are said to work and would begin at this protocol."""
    rows = (way for way in provider.ways if way.standing is not Standing.BROKEN)
    return [way for way in rows if end.protocol in (way.receive or end.protocol, way.send)]


if __name__ == "__main__":
    sys.exit(main())
