"""`laifaxin discover` for domains of one's own: what each source said, and whom it asked."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from laifaxin_desktop.model.offer import is_within
from tests.cli.test_directory import CommandLine, laifaxin
from tests.fixtures_real import World
from tests.lookup.net import Net, both_xml
from tests.servers.nameserver import LOOPBACK, LOOPBACK_ADDRESS

__all__ = ["laifaxin"]  # a fixture

DOMAIN = "custom.example"
OWN = f"https://autoconfig.{DOMAIN}/mail/config-v1.1.xml"
ISPDB_HOST = "autoconfig.thunderbird.net"
ISPDB = f"https://{ISPDB_HOST}/v1.1/{DOMAIN}"
ADDRESS = f"li.unusual@{DOMAIN}"


@pytest.fixture(scope="module")
def web_server(world_server: World) -> Iterator[Net]:
    """Web servers where the names of the world lead to."""
    names = (DOMAIN, f"autoconfig.{DOMAIN}", f"autodiscover.{DOMAIN}", ISPDB_HOST)
    listener = world_server.names.inside(
        lambda: socket.create_server((LOOPBACK_ADDRESS, 443), backlog=64)
    )
    net = Net(world_server.authority.issue(*names), listener)
    yield net
    net.close()


class Discover:
    """The command line of somebody with a domain of their own."""

    def __init__(self, world: World, web: Net, home: Path) -> None:
        self.world, self.web, self.home = world, web, home
        self.stderr = ""

    def __call__(self, *words: str, secret: str = "", exits: int = 0) -> dict[str, Any]:
        """Run one command; what it printed on standard output."""
        argv = [sys.executable, "-m", "laifaxin_desktop", *words, "--json", "--lang", "en"]
        done = self.world.run(argv, self.home, input=secret)
        self.stderr = done.stderr
        assert done.returncode == exits, done.stdout + done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def asked(self) -> set[str]:
        """Every name that the DNS was asked about."""
        return {name for name, _ in self.world.names.dns.asked()}


@pytest.fixture
def discover(world: World, web_server: Net, tmp_path: Path) -> Discover:
    web_server.forget()
    for host in (DOMAIN, f"autoconfig.{DOMAIN}", ISPDB_HOST):
        world.names.dns.set(host, LOOPBACK)
    return Discover(world, web_server, tmp_path / "home")


def test_the_domain_s_own_file_explained(discover: Discover) -> None:
    discover.web.serve(OWN, both_xml(f"imap.{DOMAIN}", f"smtp.{DOMAIN}"))
    found = discover("discover", ADDRESS, "--explain")
    assert (found["provider"], found["source"], found["trusted"]) == (None, "autoconfig", True)
    assert [(end["host"], end["port"], end["security"]) for end in found["incoming"]] == [
        (f"imap.{DOMAIN}", 993, "tls")
    ]
    assert found["outgoing"][0]["username"] == ADDRESS
    assert {"source": "autoconfig", "url": OWN, "answer": "found"}.items() <= next(
        tried for tried in found["tried"] if tried["url"] == OWN
    ).items()
    assert f"The domain’s own settings  {OWN}" in discover.stderr
    assert "Found" in discover.stderr
    strangers = {
        name for name in discover.asked() if not is_within(name, DOMAIN) and name != ISPDB_HOST
    } - {"login.microsoftonline.com", "login.microsoftonline.us"}
    assert strangers <= {"login.partner.microsoftonline.cn"}  # Microsoft's directory
    for request in discover.web.requests:
        assert "unusual" not in request.url + str(request.headers)


def test_nothing_is_said_of_everything_that_was_asked(discover: Discover) -> None:
    found = discover("discover", ADDRESS, "--explain", exits=1)
    told = " ".join(tried["url"] for tried in found["tried"])
    assert [name for name in discover.asked() if name not in told] == []
    assert ISPDB in told
    sources = {tried["source"] for tried in found["tried"]}
    assert sources == {
        "book", "autoconfig", "ispdb", "mx", "srv", "pacc", "exchange", "probe", "tenant"
    }  # fmt: skip
    for tried in found["tried"]:
        assert tried["url"] in discover.stderr
    discover.world.names.dns.forget()
    offline = discover("discover", ADDRESS, "--offline", exits=1)
    assert [tried["source"] for tried in offline["tried"]] == ["book"]
    assert discover.asked() == set()


def test_strangers_get_no_secret_before_they_are_named(discover: Discover) -> None:
    for service, port in (("_imaps", 993), ("_submissions", 465)):
        name = f"{service}._tcp.{DOMAIN}"
        discover.world.names.dns.set(name, {"SRV": [f"0 1 {port} mail.hoster.example."]})
    found = discover("discover", ADDRESS)
    assert (found["source"], found["trusted"]) == ("srv", False)
    assert found["incoming"][0]["host"] == "mail.hoster.example"
    assert found["foreign"] == ["mail.hoster.example"]
    words = ("add", ADDRESS, "--password-stdin")
    answer = discover(*words, secret="not for strangers\n", exits=1)
    assert answer["problem"] == "cli.strangers"
    assert "mail.hoster.example" in answer["meaning"]
    assert "mail.hoster.example" not in discover.asked()
    named = ("--imap", "mail.hoster.example:993/tls", "--smtp", "mail.hoster.example:465/tls")
    report = discover(*words, *named, secret="for them\n", exits=1)["report"]
    assert report["legs"][0]["problem"] == "host_not_found"
    assert "mail.hoster.example" in discover.asked()


def test_an_exchanger_that_looks_like_a_provider_s(discover: Discover) -> None:
    discover.world.names.dns.set(
        DOMAIN, {"A": ["127.0.0.1"], "MX": ["5 outlook.com.evil.example."]}
    )
    found = discover("discover", ADDRESS, exits=1)
    assert found["provider"] is None
    assert found["alike"] == [
        {"name": "outlook.com.evil.example", "known": "outlook.com", "kind": "holds"}
    ]
    assert "outlook.com.evil.example" not in discover.asked()


# --- in this process, without a network -----------------------------------------------------------


def test_a_domain_that_looks_like_another_is_only_told(laifaxin: CommandLine) -> None:
    found = laifaxin("discover", "li@gmаil.com", "--offline", "--json", exits=1)
    assert found["alike"] == [{"name": "xn--gmil-63d.com", "known": "gmail.com", "kind": "script"}]
    laifaxin("discover", "li@gmаil.com", "--offline", "--lang", "zh_CN", exits=1)
    assert "它看起来像 gmail.com，但不是。\n请再看一遍地址有没有写错" in laifaxin.out
    laifaxin("discover", "li@gmai1.com", "--offline", "--lang", "en", exits=1)
    assert "gmai1.com looks much like gmail.com" in laifaxin.out
    for address in ("li@gmail.com", "li@corp.example"):
        status = int("corp" in address)
        assert "alike" not in laifaxin("discover", address, "--offline", "--json", exits=status)


def test_where_the_servers_come_from_is_said(laifaxin: CommandLine) -> None:
    laifaxin("discover", "li@qq.com", "--offline", "--lang", "en")
    assert "  Source: Built-in directory\n" in laifaxin.out
    laifaxin("discover", "li@corp.example", "--offline", "--lang", "zh_CN", exits=1)
    assert laifaxin.out == "内置目录里没有 corp.example。去掉 --offline 就会上网查找。\n"
