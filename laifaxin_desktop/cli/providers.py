"""The command that shows the directory: all of it, one provider, or how to write a file of one's
own; asks no server."""

from __future__ import annotations

from laifaxin_desktop.cli.arguments import InputError
from laifaxin_desktop.cli.output import Output, Plain, ways_of
from laifaxin_desktop.cli.session import Session
from laifaxin_desktop.model.provider import Endpoint, Guide, Provider

EXAMPLE = "provider_example.toml"


async def providers(session: Session) -> bool:
    """Print the directory, or one provider of it, or an example of a file.

    :raises InputError: no provider has this id
    """
    app, out, wanted = session.app, session.out, session.options.id
    if session.options.example:
        text = (app.places.resources / EXAMPLE).read_text(encoding="utf-8")
        folder = app.places.config / "providers"
        out.note(out.say("cli.example_goes_to", folder=str(folder)))
        out.result({"example": text, "folder": str(folder)}, [text.rstrip("\n")])
        return False
    found = app.book.by_id(wanted.strip().lower()) if wanted else None
    if wanted and found is None:
        raise InputError(app.words, "cli.no_such_provider", id=wanted[:80])
    if found:
        file = app.book.own_file(found.id)
        out.result({"providers": [_shape(found, out)]}, _detail(found, out, file))
        return False
    everybody = app.book.all
    out.result(
        {"providers": [_shape(each, out) for each in everybody]},
        [_line(each, out, app.book.own_file(each.id)) for each in everybody],
    )
    return False


def _shape(provider: Provider, out: Output) -> Plain:
    """One provider, as the contract has it."""
    return {
        "id": provider.id,
        "name": provider.name.say(out.language),
        "standing": provider.standing,
        "domains": list(provider.domains),
        "endpoints": [
            {"protocol": e.protocol, "host": e.host, "port": e.port, "security": e.security}
            for e in provider.endpoints
        ],
        "ways": ways_of(provider, out.language),
        "checked_on": provider.checked_on.isoformat(),
    }


def _line(provider: Provider, out: Output, file: str | None) -> str:
    name, standing = provider.name.say(out.language), out.say(f"standing.{provider.standing}")
    first = " ".join(provider.domains[:3]) + (" …" if len(provider.domains) > 3 else "")
    own = out.say("cli.own_file", file=file) if file else ""
    return "  ".join(filter(None, (provider.id, name, standing, first, own)))


def _detail(provider: Provider, out: Output, file: str | None) -> list[str]:
    """Everything that a person may want to know of one provider."""
    language = out.language
    lines = [f"{provider.id}  {provider.name.say(language)}"]
    lines += [f"  {_server(end, out)}" for end in provider.endpoints]
    for branch in provider.branches:
        lines.append(f"  {' '.join(branch.domains)}")
        lines += [f"    {_server(end, out)}" for end in branch.endpoints]
    for way in provider.ways:
        standing = out.say(f"standing.{way.standing}")
        since = f"  {way.since.isoformat()}" if way.since else ""
        lines.append(f"  {way.title.say(language)}  {standing}{since}")
        for text in filter(None, (way.why, way.reason)):
            lines.append(f"    {text.say(language)}")
        if way.source:
            lines.append(f"    {way.source}")
        if guide := provider.guide(way.guide):
            lines += [f"    {line}" for line in _steps(guide, out)]
    if provider.domains:
        lines.append(f"  {' '.join(provider.domains)}")
    if file:
        lines.append(f"  {out.say('cli.own_file', file=file)}")
        return lines
    date, sure = provider.checked_on.isoformat(), out.say(f"confidence.{provider.confidence}")
    lines.append(f"  {out.say('cli.checked_on', date=date, sure=sure)}")
    return lines


def _server(end: Endpoint, out: Output) -> str:
    side = out.say(f"side.{end.side}")
    return f"{side}  {end.protocol.upper()}  {end}/{end.security}"


def _steps(guide: Guide, out: Output) -> list[str]:
    language = out.language
    lines = []
    for number, step in enumerate(guide.steps, 1):
        lines.append(f"{number}. {step.title.say(language)}")
        lines += [f"   {step.menu_path.say(language)}", f"   {step.link.url}"]
    return lines
