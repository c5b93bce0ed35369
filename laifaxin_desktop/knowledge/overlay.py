"""Provider files of a person or a company: read as strictly as our own, they win over those; a
wrong one is passed over and named, and never stops the program."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from laifaxin_desktop.model.provider import Provider
from laifaxin_desktop.model.text import Language

from .decode import ResourceError, build
from .directory import Directory, Index
from .lending import BY_HAND, Page, guides_of, refuse_nobody
from .mistakes import PassedOver, mistake
from .proofreading import proofread

MOST_FILE, MOST_ALL = 256 * 1024, 1024 * 1024  # bytes of one file, and of all that are read
MOST_FILES = 200
_MOST_NAMED = 5  # wrong files that are named one by one


class _RefusedError(Exception):
    def __init__(self, kind: str, **places: object) -> None:
        super().__init__(kind)
        self.passed = PassedOver(kind, {key: _shown(value) for key, value in places.items()})


class Overlaid(Directory):
    """Our directory under somebody's own pages."""

    def __init__(self, built_in: Directory, own: Mapping[str, tuple[str, Provider]]) -> None:
        """`own` by id: the file's name and its page; none of them contradict each other."""
        self._built_in = built_in
        self._own = {name: self._with_our_guides(page) for name, (_, page) in own.items()}
        super().__init__(_index(built_in.index, own, self._own), self._own)

    def page(self, provider_id: str) -> Provider | None:
        """The own page, else ours without what an own one claims."""
        if provider_id in self._own:
            return self._own[provider_id]
        page = self._built_in.page(provider_id)
        if page is None:
            return None
        index = self.index
        domains = tuple(name for name in page.domains if index.domains.get(name) == page.id)
        mx = tuple(name for name in page.mx if index.mx.get(name) == page.id)
        if (domains, mx) == (page.domains, page.mx):
            return page
        return replace(page, domains=domains, mx=mx)

    def lenders(self, provider_id: str) -> Page:
        """What is built in borrows of what is built in: nobody's file takes its guides away."""
        return self.page if provider_id in self._own else self._built_in.page

    def own_file(self, provider_id: str) -> str | None:
        """The own file's name, where the page is one's own."""
        return self.index.files[provider_id] if provider_id in self._own else None

    def _with_our_guides(self, page: Provider) -> Provider:
        """A page in the place of ours keeps our guides besides its own: diagnoses lead to them."""
        ours = self._built_in.page(page.id)
        if ours is None:
            return page
        known = {guide.id for guide in page.guides}
        kept = (g for g in guides_of(ours, self._built_in.page) if g.id not in known)
        return replace(page, guides=(*page.guides, *kept))


def overlay(
    built_in: Directory, folder: Path, pictures: Path
) -> tuple[Directory, tuple[PassedOver, ...]]:
    """Our directory under the files of a folder, and what of them is not used and why.

    Of two files that claim the same the first one by name is used. A guide of theirs may show the
    program's own `pictures`.
    """
    passed: list[PassedOver] = []
    own: dict[str, tuple[str, Provider]] = {}
    claimed: dict[tuple[str, str], str] = {}
    try:
        for file in _files(folder, passed):
            try:
                page = _checked(file, built_in, own, claimed)
                _want_pictures(page, file, pictures)
            except _RefusedError as refused:
                passed.append(refused.passed)
            else:
                own[page.id] = (file.name, page)
                claimed.update(dict.fromkeys(_claims(page), file.name))
    except _RefusedError as refused:
        passed.append(refused.passed)
    problems = tuple(passed[:_MOST_NAMED])
    if more := len(passed) - len(problems):
        problems += (PassedOver("more", {"number": str(more), "folder": str(folder)}),)
    return Overlaid(built_in, own) if own else built_in, problems


def _files(folder: Path, passed: list[PassedOver]) -> Iterator[Path]:
    """The files to read, by name; too many of them, or too much, ends it."""
    try:
        with os.scandir(folder) as entries:
            names = sorted(e.name for e in entries if e.name.endswith(".toml") and e.name[0] != ".")
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise _RefusedError("no_folder", folder=folder, detail=_reason(error)) from error
    if len(names) > MOST_FILES:
        passed.append(PassedOver("too_many", {"folder": _shown(folder), "most": str(MOST_FILES)}))
    room = MOST_ALL
    for name in names[:MOST_FILES]:
        file = folder / name
        try:
            room -= min(_size(file), MOST_FILE)
        except _RefusedError as refused:
            passed.append(refused.passed)
            continue
        if room < 0:
            raise _RefusedError("too_much", folder=folder, most=MOST_ALL // 1024)
        yield file


def _size(file: Path) -> int:
    """How much there is to read; a pipe or device would never end."""
    try:
        found = file.stat()
    except OSError as error:
        raise _RefusedError("unreadable", file=file.name, detail=_reason(error)) from error
    if not stat.S_ISREG(found.st_mode):
        raise _RefusedError("no_file", file=file.name)
    return found.st_size


def _checked(
    file: Path,
    built_in: Directory,
    own: Mapping[str, tuple[str, Provider]],
    claimed: Mapping[tuple[str, str], str],
) -> Provider:
    """One page that is right in itself, and beside the others."""

    def page_of(provider_id: str) -> Provider | None:
        if provider_id == page.id:
            return page
        return own[provider_id][1] if provider_id in own else built_in.page(provider_id)

    plain = _tables(file)
    try:
        page = build(Provider, plain, "")
        proofread(page, "")
        if page.id == BY_HAND:
            raise _RefusedError("reserved", file=file.name, id=page.id)
        refuse_nobody(page, page_of, "")
    except ResourceError as error:
        raise _refused(file, str(error)) from error
    for kind, name in _claims(page):
        if first := claimed.get((kind, name)):
            raise _RefusedError("claimed", file=file.name, other=first, key=kind, value=name)
    return page


def _want_pictures(page: Provider, file: Path, pictures: Path) -> None:
    for number, guide in enumerate(page.guides):
        for at, step in enumerate(guide.steps):
            name = step.picture if "/" in step.picture else f"{page.id}/{step.picture}"
            if not all((pictures / f"{name}.{word}.svg").is_file() for word in Language):
                key = f"guides[{number}].steps[{at}].picture"
                raise _RefusedError("no_picture", file=file.name, key=key, value=step.picture)


def _claims(page: Provider) -> list[tuple[str, str]]:
    named = (("id", (page.id,)), ("domains", page.domains), ("mx", page.mx))
    return [(kind, name) for kind, names in named for name in names]


def _tables(file: Path) -> dict[str, object]:
    try:
        with file.open("rb") as opened:
            raw = opened.read(MOST_FILE + 1)
    except OSError as error:
        raise _RefusedError("unreadable", file=file.name, detail=_reason(error)) from error
    if len(raw) > MOST_FILE:
        raise _RefusedError("too_large", file=file.name, most=MOST_FILE // 1024)
    try:
        text = raw.decode("utf-8-sig")  # editors on Windows put a byte order mark first
    except UnicodeDecodeError as error:
        raise _RefusedError("not_utf8", file=file.name) from error
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # of a number that is too long, too
        at = re.search(r"at line (\d+)", str(error))
        line = at[1] if at else text.count("\n") + 1
        raise _RefusedError("not_toml", file=file.name, line=line) from error


def _refused(file: Path, message: str) -> _RefusedError:
    kind, places = mistake(message)
    return _RefusedError(kind, file=file.name, **{**places, "key": places["key"] or file.name})


def _index(
    ours: Index, files: Mapping[str, tuple[str, Provider]], own: Mapping[str, Provider]
) -> Index:
    """Who claims what now: a page in the place of ours claims nothing of what ours did."""
    index = Index(
        dict(ours.files),
        dict(ours.domains),
        dict(ours.mx),
        {host: list(owners) for host, owners in ours.hosts.items()},
        dict(ours.guides),
    )
    for claims in (index.domains, index.mx):
        for name in [name for name, owner in claims.items() if owner in own]:
            del claims[name]
    for host, owners in list(index.hosts.items()):
        index.hosts[host] = [owner for owner in owners if owner not in own]
        if not index.hosts[host]:
            del index.hosts[host]
    for name, page in own.items():
        index.files[name] = files[name][0]
        index.domains.update(dict.fromkeys(page.domains, name))
        index.mx.update(dict.fromkeys(page.mx, name))
        everywhere = (page.endpoints, *(branch.endpoints for branch in page.branches))
        for host in sorted({end.host for ends in everywhere for end in ends}):
            index.hosts.setdefault(host, []).insert(0, name)
        for guide in page.guides:
            index.guides.setdefault(guide.id, name)
    return index


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__


def _shown(value: object) -> str:
    """Harmless on a terminal and in a label: one short line, no direction marks."""
    text = "".join(char if char.isprintable() else "?" for char in str(value))
    return text if len(text) <= 160 else f"{text[:159]}…"
