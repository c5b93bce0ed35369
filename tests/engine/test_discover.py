"""The order of the sources, their deadline, and what a result may be trusted with."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from typing import Any

import pytest

from laifaxin_desktop.engine.discover import Discoverer
from laifaxin_desktop.engine.found import names_in
from laifaxin_desktop.engine.sources import Heard, MayAsk
from laifaxin_desktop.model.account import Capabilities, Found, NotFound, Offline, Tried
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.offer import Offer
from laifaxin_desktop.model.problem import Evidence, Fault, MailError, Stage
from laifaxin_desktop.model.provider import (
    Branch,
    Endpoint,
    Protocol,
    Provider,
    Security,
    UsernameForm,
)
from tests.engine.test_setup import CODE

LI = Address("li", "corp.example")


def offer(receive: str, send: str = "", username: str = "") -> Offer:
    ends = [Endpoint(Protocol.IMAP, receive, 993, Security.TLS)]
    ends += [Endpoint(Protocol.SMTP, send, 465, Security.TLS)] if send else []
    return Offer(tuple(ends), username)


OWN = offer("imap.corp.example", "smtp.corp.example")
FOREIGN = offer("imap.hoster.example", "smtp.hoster.example")


@dataclass
class Book:
    """One provider, known by a domain, an exchanger and its servers."""

    provider: Provider = CODE

    def by_id(self, provider_id: str | None) -> Provider | None:
        return self.provider if provider_id == self.provider.id else None

    def by_domain(self, domain: str) -> Provider | None:
        return self.provider if domain == "x.cn" else None

    def by_mx(self, host: str) -> Provider | None:
        return self.provider if host.endswith(".mx.x.cn") else None

    def by_host(self, host: str) -> tuple[Provider, ...]:
        kinds = [self.provider.endpoints, *(b.endpoints for b in self.provider.branches)]
        return (self.provider,) if any(host == e.host for k in kinds for e in k) else ()


@dataclass
class World:
    """Every source, as a test wants it: an answer by domain, after a while."""

    autoconfigs: dict[str, Offer] = field(default_factory=dict)
    ispdbs: dict[str, Offer] = field(default_factory=dict)
    srvs: dict[str, Offer] = field(default_factory=dict)
    paccs: dict[str, Offer] = field(default_factory=dict)
    exchanges: str | None = None
    exchangers: tuple[str, ...] = ()
    tenants: str | None = None
    alive: frozenset[str] = frozenset()  # servers that greet
    selfmade: frozenset[str] = frozenset()  # servers with a certificate of their own
    after: dict[str, float] = field(default_factory=dict)  # seconds, by source
    asked: list[tuple[str, str]] = field(default_factory=list)
    allowed: dict[str, MayAsk] = field(default_factory=dict)
    running: int = 0

    async def _wait(self, source: str) -> None:
        self.running += 1
        try:
            await asyncio.sleep(self.after.get(source, 0))
        finally:
            self.running -= 1

    async def _published(
        self, source: str, table: dict[str, Offer], domain: str, heard: Heard, may_ask: MayAsk
    ) -> Offer | None:
        self.asked.append((source, domain))
        self.allowed[f"{source} {domain}"] = may_ask
        await self._wait(source)
        heard(domain, "found" if domain in table else "nothing")
        return table.get(domain)

    async def autoconfig(self, domain: str, heard: Heard, may_ask: MayAsk) -> Offer | None:
        return await self._published("autoconfig", self.autoconfigs, domain, heard, may_ask)

    async def ispdb(self, domain: str, heard: Heard, may_ask: MayAsk) -> Offer | None:
        return await self._published("ispdb", self.ispdbs, domain, heard, may_ask)

    async def srv(self, domain: str, heard: Heard, may_ask: MayAsk) -> Offer | None:
        return await self._published("srv", self.srvs, domain, heard, may_ask)

    async def pacc(self, domain: str, heard: Heard, may_ask: MayAsk) -> Offer | None:
        return await self._published("pacc", self.paccs, domain, heard, may_ask)

    async def exchange(self, domain: str, heard: Heard) -> str | None:
        await self._wait("exchange")
        heard(domain, self.exchanges or "nothing")
        return self.exchanges

    async def base(self, host: str) -> str | None:
        return ".".join(host.split(".")[-2:])

    async def mx(self, domain: str) -> tuple[str, ...]:
        await self._wait("mx")
        return self.exchangers

    async def tenant(self, domain: str, heard: Heard) -> str | None:
        await self._wait("tenant")
        heard(domain, self.tenants or "nothing")
        return self.tenants

    async def probe(self, endpoint: Endpoint, login: object, observe: object) -> Capabilities:
        assert login is None
        self.asked.append(("probe", str(endpoint)))
        await self._wait("probe")
        if str(endpoint) in self.selfmade:
            raise MailError(Evidence(Stage.TLS, Fault.CERTIFICATE_SELF_SIGNED))
        if str(endpoint) not in self.alive:
            raise MailError(Evidence(Stage.CONNECT, Fault.REFUSED))
        return Capabilities()


def discover(
    world: World,
    address: Address = LI,
    book: Book | None = None,
    on_tried: Callable[[Tried], None] = lambda tried: None,
    **more: Any,
) -> Any:
    finder = Discoverer(
        book or Book(),
        world.mx,
        world.probe,  # type: ignore[arg-type]
        lambda: 0.0,
        world.tenant,
        sources=world,
        **more,
    )

    async def run() -> Any:
        found = await finder.discover(address, on_tried)
        assert world.running == 0  # whoever was not needed has been let go
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return found

    return asyncio.run(run())


def everything() -> World:
    """Every source has something else to say."""
    return World(
        {"corp.example": offer("imap1.corp.example")},
        {"corp.example": offer("imap2.corp.example")},
        {"corp.example": offer("imap4.corp.example")},
        {"corp.example": offer("imap5.corp.example")},
        "x",
        ("a.mx.x.cn",),
        "x",
        frozenset({"imap.corp.example:993"}),
    )


SILENCED = (
    ("autoconfig", {"autoconfigs": {}}),
    ("ispdb", {"ispdbs": {}}),
    ("mx", {"exchangers": ()}),
    ("srv", {"srvs": {}}),
    ("pacc", {"paccs": {}}),
    ("exchange", {"exchanges": None}),
    ("probe", {"alive": frozenset()}),
    ("tenant", {"tenants": None}),
)


@pytest.mark.parametrize("late", [False, True])
def test_the_order_whoever_answers_first(late: bool) -> None:
    """Each in turn wins once those above it have nothing; the better one may be the slower."""
    world = everything()
    for at, (source, without) in enumerate(SILENCED):
        after = {name: 0.01 * (len(SILENCED) - n) for n, (name, _) in enumerate(SILENCED)}
        world = replace(world, after=after if late else {}, asked=[], running=0)
        found = discover(world)
        assert isinstance(found, Found), source
        assert found.source == source
        assert found.trusted is (source in ("autoconfig", "ispdb", "pacc"))
        assert at < 2 or found.tried
        world = replace(world, **without)  # type: ignore[arg-type]
    assert isinstance(discover(world), NotFound)


def test_all_are_asked_at_once_and_cost_no_more_than_the_slowest() -> None:
    slow = dict.fromkeys((name for name, _ in SILENCED), 0.2)
    world = World(after=slow)

    async def run() -> float:
        loop = asyncio.get_running_loop()
        began = loop.time()
        finder = Discoverer(
            Book(), world.mx, world.probe, lambda: 0.0, world.tenant, sources=world  # type: ignore[arg-type]
        )  # fmt: skip
        assert isinstance(await finder.discover(LI), NotFound)
        return loop.time() - began

    # One after the other it would be more than a second and a half.
    assert asyncio.run(run()) < 1.0


def test_a_source_is_shown_as_it_answers() -> None:
    world = replace(everything(), after={"autoconfig": 0.05})
    seen: list[str] = []
    found = discover(world, on_tried=lambda tried: seen.append(tried.source))
    assert seen[0] == "book"
    assert seen[-1] == "autoconfig"
    assert [tried.source for tried in found.tried] == seen
    assert {"ispdb", "mx", "srv", "pacc", "exchange", "probe", "tenant"} <= set(seen)


def test_what_answered_in_time_is_used_and_the_late_are_named() -> None:
    world = replace(everything(), after={"autoconfig": 9, "ispdb": 9})
    found = discover(world, deadline=0.5)
    assert (found.source, found.trusted) == ("mx", False)
    late = {tried.source for tried in found.tried if tried.answer == "timeout"}
    assert late == {"autoconfig", "ispdb"}
    nothing = discover(World(after={"autoconfig": 9}), deadline=0.1)
    assert isinstance(nothing, NotFound)
    (deadline,) = (each for each in fields(Discoverer) if each.name == "deadline")
    assert deadline.default == 8.0


def test_the_silent_hold_nobody_up_for_long() -> None:
    world = replace(everything(), after={"autoconfig": 30})
    found = discover(world, patience=0.05)
    assert found.source == "ispdb"


def test_guesses_that_answered_are_used_when_the_others_are_late() -> None:
    world = World(alive=frozenset({"mail.corp.example:993"}), after={"pacc": 9})
    found = discover(world, patience=0.05)
    assert (found.source, str(found.settings.incoming)) == ("probe", "mail.corp.example:993")


@pytest.mark.parametrize("late", [{}, {"pacc": 9}])
def test_a_server_with_its_own_certificate_is_a_hint_and_nothing_more(late) -> None:
    selfmade = frozenset(
        {"mail.corp.example:993", "mail.corp.example:995", "smtp.corp.example:465"}
    )
    nothing = discover(World(selfmade=selfmade, after=late), deadline=0.1)
    assert isinstance(nothing, NotFound)
    assert nothing.hint is not None
    ends = [str(end) for end in nothing.hint.endpoints()]
    assert ends == ["mail.corp.example:993", "smtp.corp.example:465"]
    told = {t.url: t.answer for t in nothing.tried if t.source == "probe"}
    assert told["mail.corp.example:993"] == "certificate_self_signed"


def test_what_is_trusted_is_never_mixed_with_what_is_not() -> None:
    alive, selfmade = frozenset({"smtp.corp.example:465"}), frozenset({"imap.corp.example:993"})
    found = discover(World(alive=alive, selfmade=selfmade))
    assert isinstance(found, Found)
    assert [str(end) for end in found.settings.endpoints()] == ["smtp.corp.example:465"]


def test_without_any_answer_there_is_no_hint() -> None:
    assert discover(World()).hint is None


# --- the mail exchanger's domain ------------------------------------------------------------------


def test_the_exchanger_s_own_domain_is_asked_and_not_believed() -> None:
    world = World({"hoster.example": FOREIGN}, exchangers=("mx1.hoster.example",))
    found = discover(world)
    assert (found.source, found.provider, found.trusted) == ("mx", None, False)
    assert found.foreign == ("imap.hoster.example", "smtp.hoster.example")
    assert ("ispdb", "hoster.example") in world.asked
    may_ask = world.allowed["autoconfig hoster.example"]
    assert may_ask("autoconfig.hoster.example")
    assert not may_ask("autoconfig.evil.example")
    by_database = World(ispdbs={"hoster.example": FOREIGN}, exchangers=("mx1.hoster.example",))
    assert discover(by_database).foreign == found.foreign


def test_an_exchanger_of_the_domain_itself_leads_nowhere_new() -> None:
    world = World(exchangers=("mail.corp.example",))
    discover(world)
    assert {domain for source, domain in world.asked if source != "probe"} == {"corp.example"}


def test_the_exchanger_s_domain_may_be_in_the_book() -> None:
    found = discover(World(exchangers=("relay.x.cn",)))
    assert (found.source, found.provider, found.trusted, found.foreign) == ("mx", CODE, False, ())


# --- trust ----------------------------------------------------------------------------------------


def test_only_what_can_be_forged_makes_hosts_foreign() -> None:
    assert discover(World({"corp.example": FOREIGN})).foreign == ()
    assert discover(World(ispdbs={"corp.example": FOREIGN})).foreign == ()
    assert discover(World(paccs={"corp.example": FOREIGN})).foreign == ()
    by_dns = discover(World(srvs={"corp.example": FOREIGN}))
    assert by_dns.foreign == ("imap.hoster.example", "smtp.hoster.example")
    assert not by_dns.trusted
    own = discover(World(srvs={"corp.example": OWN}))
    assert (own.foreign, own.trusted) == ((), False)
    near = discover(World(srvs={"corp.example": offer("imap.evilcorp.example")}))
    assert near.foreign == ("imap.evilcorp.example",)


def test_servers_of_a_known_provider_are_its_own() -> None:
    known = Offer(CODE.endpoints)
    for where, trusted in (("autoconfigs", True), ("srvs", False)):
        found = discover(World(**{where: {"corp.example": known}}))  # type: ignore[arg-type]
        assert (found.provider, found.trusted, found.foreign) == (CODE, trusted, ())
        assert found.settings.auth is CODE.ways[0].way
    half = discover(
        World(srvs={"corp.example": offer(CODE.endpoints[0].host, "smtp.evil.example")})
    )
    assert half.provider is None
    assert "smtp.evil.example" in half.foreign


def test_a_provider_with_several_kinds_of_servers() -> None:
    other = (
        Endpoint(Protocol.IMAP, "imap.vip.x.cn", 993, Security.TLS),
        Endpoint(Protocol.SMTP, "smtp.vip.x.cn", 465, Security.TLS),
    )
    book = Book(replace(CODE, branches=(Branch(("vip.x.cn",), other),)))
    world = World({"corp.example": offer("imap.vip.x.cn", "smtp.vip.x.cn")})
    assert discover(world, book=book).settings.endpoints() == other


def test_hosts_that_a_redirect_may_lead_to() -> None:
    world = World()
    discover(world)
    may_ask = world.allowed["autoconfig corp.example"]
    for host in ("corp.example", "a.b.corp.example", "settings.x.cn", CODE.endpoints[0].host):
        assert may_ask(host), host
    for host in ("example", "xcorp.example", "corp.example.evil.com", "cn", "evil.cn"):
        assert not may_ask(host), host


def test_odd_user_names_are_filled_in_here() -> None:
    odd = replace(OWN, username="corp/%EMAILLOCALPART%")
    settings = discover(World({"corp.example": odd})).settings
    assert settings.username_for(settings.incoming, LI) == "corp/li"
    ends = tuple(replace(end, username=UsernameForm.LOCALPART) for end in OWN.endpoints)
    settings = discover(World({"corp.example": Offer(ends)})).settings
    assert settings.username_for(settings.incoming, LI) == "li"


def test_an_offer_without_a_way_to_receive_is_none() -> None:
    only = Offer((Endpoint(Protocol.SMTP, "smtp.corp.example", 465, Security.TLS),))
    assert isinstance(discover(World({"corp.example": only})), NotFound)


def test_pop3_is_offered_last() -> None:
    world = World(alive=frozenset({"pop.corp.example:995", "smtp.corp.example:587"}))
    found = discover(world)
    assert [str(end) for end in found.settings.endpoints()] == [
        "pop.corp.example:995", "smtp.corp.example:587"
    ]  # fmt: skip
    ports = {int(place.rpartition(":")[2]) for source, place in world.asked if source == "probe"}
    assert ports == {993, 143, 995, 110, 465, 587}
    better = World(alive=world.alive | {"imap.corp.example:143"})
    assert str(discover(better).settings.incoming) == "imap.corp.example:143"


def test_a_bug_is_not_taken_for_an_answer() -> None:
    class Broken(World):
        async def srv(self, domain: str, heard: Heard, may_ask: MayAsk) -> Offer | None:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        discover(Broken())


def test_without_a_network() -> None:
    class Cut(World):
        async def mx(self, domain: str) -> tuple[str, ...]:
            raise MailError(Evidence(Stage.LOOKUP, Fault.OFFLINE))

    assert isinstance(discover(Cut()), Offline)
    assert isinstance(discover(Cut(autoconfigs={"corp.example": OWN})), Found)


def test_names_that_a_person_may_misread() -> None:
    tried = (
        Tried("mx", "corp.example", 1, "mx.hoster.example"),
        Tried("exchange", "autodiscover.corp.example", 1, "mail.x.cn.network.example"),
        Tried("autoconfig", "https://autoconfig.corp.example/", 1, "found"),
    )
    assert names_in(LI, None) == ("corp.example",)
    assert names_in(LI, NotFound(tried)) == ("corp.example", "mx.hoster.example")
    found = discover(World(srvs={"corp.example": offer("imap.else.example", "smtp.corp.example")}))
    assert names_in(LI, found) == ("corp.example", "imap.else.example")
