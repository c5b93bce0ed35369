"""What `laifaxin discover` prints: each source's answer, the servers, what to look at again."""

from __future__ import annotations

from collections.abc import Sequence

from laifaxin_desktop.cli.output import Output, Plain, ways_of
from laifaxin_desktop.knowledge.lookalikes import Resemblance
from laifaxin_desktop.model.account import Discovery, Found, Offline, Tried
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.provider import Endpoint, Side


def tried_line(tried: Tried, out: Output) -> str:
    """One source: what it was asked, when it had answered, and what."""
    source = out.say(f"source.{tried.source}")
    key = f"answer.{tried.answer}"
    if tried.answer.startswith("certificate_"):
        key = "answer.untrusted"
    if key not in out.words and "." not in tried.answer:  # a host is its own word
        key = "answer.failed"
    answer = out.say(key) if key in out.words else tried.answer
    return f"  {source}  {tried.url}  {tried.ms} ms  {answer}"


def shape(address: Address, found: Discovery, alike: Sequence[Resemblance], out: Output) -> Plain:
    """The object of the contract; hosts to accept and names like others only where there are."""
    known = found if isinstance(found, Found) else None
    provider = known.provider if known else None
    made: Plain = {
        "address": str(address),
        "provider": provider.id if provider else None,
        "name": provider.name.say(out.language) if provider else None,
        "source": known.source if known else None,
        "trusted": known is not None and known.trusted,
        "tried": [
            {"source": t.source, "url": t.url, "ms": t.ms, "answer": t.answer} for t in found.tried
        ],
        "ways": ways_of(provider, out.language) if provider else [],
        "incoming": _ends_of(known, Side.RECEIVE, address),
        "outgoing": _ends_of(known, Side.SEND, address),
    }
    if known and known.foreign:
        made["foreign"] = list(known.foreign)
    if alike:
        made["alike"] = [{"name": a.name, "known": a.known, "kind": a.kind} for a in alike]
    return made


def lines(
    address: Address,
    found: Discovery,
    alike: Sequence[Resemblance],
    out: Output,
    *,
    offline: bool,
) -> list[str]:
    """The same as a person reads it; `offline`: the network was not to be asked."""
    known = found if isinstance(found, Found) else None
    if known is None:
        which = "not_in_book" if offline else "not_found"
        which = "offline_now" if isinstance(found, Offline) else which
        place = {"address": address.shown, "domain": address.domain}
        return [out.say(f"cli.{which}", **place), *alike_lines(address, alike, out)]
    provider = known.provider
    name = provider.name.say(out.language) if provider else ""
    told = [f"{address.shown}  {name}".rstrip()]
    for side in Side:
        for end in _ends(known, side):
            word, user = out.say(f"side.{side}"), known.settings.username_for(end, address)
            told.append(f"  {word}  {end.protocol.upper()}  {end}/{end.security}  {user}")
    for way in provider.ways if provider else ():
        reason = way.reason.say(out.language) if way.reason else ""
        standing = out.say(f"standing.{way.standing}")
        told.append(f"  {way.title.say(out.language)}  {standing}  {reason}".rstrip())
    which = "source" if known.trusted else "source_unsure"
    told.append("  " + out.say(f"cli.{which}", source=_source(known, out)))
    if known.foreign:
        hosts = ", ".join(known.foreign)
        told.append("  " + out.say("cli.foreign", domain=address.domain, hosts=hosts))
    return told + alike_lines(address, alike, out)


def _source(known: Found, out: Output) -> str:
    """Where the servers come from; of the directory, whether it is a file of one's own."""
    own = out.book.own_file(known.provider.id) if known.provider else None
    if own and known.source == "book":
        return out.say("cli.own_file", file=own)
    return out.say(f"source.{known.source}")


def alike_lines(address: Address, alike: Sequence[Resemblance], out: Output) -> list[str]:
    """What each name could be taken for, and what to look at again."""
    told = []
    for each in alike:
        which = "typed" if each.name == address.domain else "server"
        sentences = (each.text(out.words), out.words(f"alike.{which}"))
        told += [text.say(out.language) for text in sentences]
    return told


def _ends(found: Found, side: Side) -> tuple[Endpoint, ...]:
    ends = found.provider.endpoints if found.provider else found.settings.endpoints()
    return tuple(end for end in ends if end.side is side)


def _ends_of(found: Found | None, side: Side, address: Address) -> list[Plain]:
    if found is None:
        return []
    return [
        {
            "protocol": end.protocol,
            "host": end.host,
            "port": end.port,
            "security": end.security,
            "username": found.settings.username_for(end, address),
        }
        for end in _ends(found, side)
    ]
