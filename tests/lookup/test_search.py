"""Each source of a search, asked of real servers; what it may ask, and of whom."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator

import pytest

from laifaxin_desktop.lookup import web
from laifaxin_desktop.lookup.addresses import InsideError, is_inside, is_public_name, may_reach
from laifaxin_desktop.lookup.search import Search
from laifaxin_desktop.lookup.suffixes import registered
from laifaxin_desktop.model.offer import Offer, is_within
from laifaxin_desktop.model.provider import Security
from tests.lookup.net import Net, Reply, both_xml, server_xml, settings_xml
from tests.servers.nameserver import SERVFAIL

DOMAIN = "corp.example"
OWN = f"https://autoconfig.{DOMAIN}/mail/config-v1.1.xml"
WELL_KNOWN = f"https://{DOMAIN}/.well-known/autoconfig/mail/config-v1.1.xml"
ISPDB = f"https://autoconfig.thunderbird.net/v1.1/{DOMAIN}"
XML = {"Content-Type": "text/xml"}


@pytest.fixture(autouse=True)
def _no_thread_stays() -> Iterator[None]:
    """Whatever a host does, nothing waits for it longer than the caller."""
    yield
    until = time.monotonic() + 5
    for thread in threading.enumerate():
        if thread.name.endswith((" look-up", " reading")):
            thread.join(max(0.0, until - time.monotonic()))
            assert not thread.is_alive()


class Heard(list[tuple[str, str]]):
    """What a search has told."""

    def __call__(self, asked: str, answer: str) -> None:
        self.append((asked, answer))


def own(host: str) -> bool:
    return is_within(host, DOMAIN)


def autoconfig(search: Search) -> tuple[Offer | None, Heard]:
    heard = Heard()
    return asyncio.run(search.autoconfig(DOMAIN, heard, own)), heard


def hosts(offer: Offer | None) -> list[str]:
    return [str(end) for end in offer.endpoints] if offer else []


# --- the domain's own file ------------------------------------------------------------------------


def test_the_domain_s_own_file(net: Net, search: Search) -> None:
    net.serve(OWN, both_xml())
    offer, heard = autoconfig(search)
    assert hosts(offer) == ["imap.corp.example:993", "smtp.corp.example:465"]
    assert (OWN, "found") in heard
    assert set(net.looked_up) <= {f"autoconfig.{DOMAIN}", DOMAIN}
    # Not a word of who asks.
    (request,) = net.requests
    assert request.url == OWN
    assert set(request.headers) == {
        "Host", "Accept", "Accept-Encoding", "Connection", "User-Agent"
    }  # fmt: skip
    assert request.headers["User-Agent"].startswith("laifaxin-desktop/")


def test_the_second_place_serves_where_the_first_has_nothing(net: Net, search: Search) -> None:
    net.serve(WELL_KNOWN, both_xml("mail.corp.example"))
    net.web_host(f"autoconfig.{DOMAIN}")
    offer, heard = autoconfig(search)
    assert hosts(offer)[0] == "mail.corp.example:993"
    assert (OWN, "nothing") in heard
    net.serve(OWN, both_xml())
    assert hosts(autoconfig(search)[0])[0] == "imap.corp.example:993"  # both: the first


HTML = Reply(b"<html><title>Wi-Fi</title>Sign in</html>", headers={"Content-Type": "text/html"})
BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "&%c;&%c;">' % (98 + i, 97 + i, 97 + i) for i in range(20))
    + b"]>"
    + both_xml()[21:].replace(b"993", b"&u;")
)
EXTERNAL = both_xml().replace(
    b"<clientConfig", b'<!DOCTYPE c [<!ENTITY x SYSTEM "file:///etc/hostname">]><clientConfig'
)
REMOTE_DTD = both_xml().replace(
    b"<clientConfig", b'<!DOCTYPE c SYSTEM "https://evil.example/c.dtd"><clientConfig'
)


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        (HTML, "not_settings"),
        (Reply(HTML.body), "not_settings"),  # a captive portal that calls it XML
        (Reply(both_xml(), headers={"Content-Type": "image/png"}), "not_settings"),
        (Reply(both_xml(), headers={**XML, "Content-Encoding": "gzip"}), "not_settings"),
        (Reply(b""), "not_settings"),
        (Reply(both_xml()[:-20]), "malformed"),
        (Reply(both_xml().replace(b"clientConfig", b"other")), "not_settings"),
        (Reply(BOMB), "not_settings"),
        (Reply(EXTERNAL), "not_settings"),
        (Reply(REMOTE_DTD), "not_settings"),
        (Reply(b"<clientConfig>" + b"<a>" * 200_00), "malformed"),  # deep
        (Reply(b"<clientConfig>" + b"<a/>" * 10_000 + b"</clientConfig>"), "malformed"),
        (Reply(b'<?xml version="1.0" encoding="utf-7"?>' + both_xml()[21:]), "not_settings"),
        (Reply(b"<clientConfig>" + b"x" * (10 << 20)), "too_big"),
        (Reply(settings_xml()), "nothing"),
        (Reply(settings_xml(server_xml(security="plain", port="143"))), "plain_only"),
        (Reply(status=404), "nothing"),
        (Reply(status=503), "failed"),
        (Reply(status=204), "failed"),
        (lambda line: line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"), None),
        (lambda line: line.sendall(b"\0" * 100), "failed"),
        (lambda line: line.sendall(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000), "failed"),
        (lambda line: line.close(), "failed"),
    ],
)  # fmt: skip
def test_what_is_no_file_of_settings(
    reply: Reply, answer: str | None, net: Net, search: Search
) -> None:
    net.serve(OWN, reply)
    offer, heard = autoconfig(search)
    assert offer is None
    told = dict(heard)
    assert set(told) == {OWN, WELL_KNOWN}
    assert answer in (told[OWN], None)
    assert set(net.looked_up) == {f"autoconfig.{DOMAIN}", DOMAIN}  # nobody else, whatever it says


@pytest.mark.parametrize("kind", ["text/xml; charset=utf-8", "application/xml", "text/plain", ""])
def test_types_that_servers_give_such_files(kind: str, net: Net, search: Search) -> None:
    net.serve(OWN, Reply(both_xml(), headers={"Content-Type": kind} if kind else {}))
    assert autoconfig(search)[0]


@pytest.mark.parametrize(
    ("location", "answer"),
    [
        (f"http://autoconfig.{DOMAIN}/other.xml", "redirect_refused"),
        ("file:///etc/passwd", "redirect_refused"),
        ("https://localhost/", "redirect_refused"),
        ("https://10.0.0.1/", "redirect_refused"),
        ("https://[::1]/", "redirect_refused"),
        ("https://evil.example/", "redirect_refused"),
        (f"https://{DOMAIN}.evil.example/", "redirect_refused"),
        (f"https://{DOMAIN}@evil.example/", "redirect_refused"),
        (f"https://me@{DOMAIN}/", "redirect_refused"),
        (f"https://{DOMAIN}:8443/", "redirect_refused"),
        (f"https://{DOMAIN}:x/", "redirect_refused"),
        ("https://", "redirected"),
        ("//evil.example/config.xml", "redirect_refused"),
        ("\\\\evil.example\\config.xml", "redirected"),  # a path of its own host
        ("ftp://evil.example", "redirect_refused"),
        ("", "redirected"),  # to itself, again and again
        (OWN, "redirected"),
        ("https://xn--crp-0ye.example/", "redirect_refused"),  # о of another script
        ("https://cоrp.example/", "redirect_refused"),
    ],
)  # fmt: skip
def test_a_redirect_leads_nowhere_else(
    location: str, answer: str, net: Net, search: Search
) -> None:
    where = location.encode().decode("latin-1")  # as http.server writes headers
    net.serve(OWN, Reply(status=302, headers={"Location": where}))
    net.serve("https://evil.example/", both_xml())
    offer, heard = autoconfig(search)
    assert offer is None
    assert heard[0 if heard[0][0] == OWN else 1] == (OWN, answer)
    assert set(net.looked_up) == {f"autoconfig.{DOMAIN}", DOMAIN}
    assert len(net.requests) <= 5


def test_a_redirect_within_the_domain_is_followed(net: Net, search: Search) -> None:
    target = f"https://settings.{DOMAIN}/mail.xml?v=1"
    net.serve(OWN, Reply(status=301, headers={"Location": target}))
    net.serve(target, both_xml())
    offer, heard = autoconfig(search)
    assert hosts(offer)[0] == "imap.corp.example:993"
    told = [each for each in heard if each[0] != WELL_KNOWN]
    assert told == [(OWN, "redirected"), (target, "found")]


def test_a_long_chain_ends(net: Net, search: Search) -> None:
    for at in range(9):
        url = OWN if at == 0 else f"{OWN}?{at}"
        net.serve(url, Reply(status=307, headers={"Location": f"{OWN}?{at + 1}"}))
    offer, heard = autoconfig(search)
    assert offer is None
    assert [answer for url, answer in heard if url != WELL_KNOWN].count("redirected") == 4
    assert (f"{OWN}?4", "redirect_refused") in heard
    assert len([each for each in net.requests if each.url != WELL_KNOWN]) == 4


def drip(line: socket.socket) -> None:
    """Each byte in time, the whole never."""
    line.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n")
    while True:
        line.sendall(b" ")
        time.sleep(0.02)  # much less than any limit of the reader


def test_a_slow_drip_is_cut_off(
    net: Net, trusting: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    net.serve(OWN, drip)
    heard = Heard()
    assert asyncio.run(web.fetch(OWN, trusting, heard, own, seconds=0.5)) is None
    assert heard == [(OWN, "timeout")]


def test_certificates_are_verified(net: Net, search: Search) -> None:
    net.serve("https://autoconfig.strange.example/mail/config-v1.1.xml", both_xml())
    heard = Heard()
    offer = asyncio.run(search.autoconfig("strange.example", heard, own))
    assert offer is None
    assert ("https://autoconfig.strange.example/mail/config-v1.1.xml", "certificate") in heard
    assert net.requests == []


# --- addresses ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.8", "127.0.0.1", "192.168.1.1", "172.16.9.9", "169.254.1.1", "100.64.0.1",
        "0.0.0.0", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%1", "fd00::1",
        "::ffff:10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "ff02::1",
    ],
)  # fmt: skip
def test_a_public_name_leads_to_no_inside_address(address: str, net: Net, search: Search) -> None:
    assert is_inside(address)
    net.addresses["autoconfig.firm.com"] = address
    heard = Heard()
    assert asyncio.run(search.autoconfig("firm.com", heard, lambda host: False)) is None
    url = "https://autoconfig.firm.com/mail/config-v1.1.xml"
    assert (url, "inside") in heard
    assert net.connected in ([], ["127.0.0.1"])  # the DNS of the tests
    assert address not in net.connected or address == "127.0.0.1"
    with pytest.raises(InsideError):
        may_reach("autoconfig.firm.com", 993)


def test_outside_addresses() -> None:
    for address in ("8.8.8.8", "198.18.0.7", "2606:4700::1", "64:ff9b::808:808", "172.32.0.1"):
        assert not is_inside(address)
    for name in ("corp.com", "x.cn", "xn--fiqs8s.cn", "a.b.museum"):
        assert is_public_name(name)
    for name in ("corp", "mail.lan", "x.example", "srv.corp.internal", "printer.local"):
        assert not is_public_name(name)


# --- Thunderbird's database -----------------------------------------------------------------------


def test_the_database_is_told_the_domain_only(net: Net, search: Search) -> None:
    net.serve(ISPDB, both_xml())
    heard = Heard()
    offer = asyncio.run(search.ispdb(DOMAIN, heard, own))
    assert hosts(offer)[0] == "imap.corp.example:993"
    assert heard == [(ISPDB, "found")]
    assert set(net.looked_up) == {"autoconfig.thunderbird.net"}
    net.serve(ISPDB, Reply(status=302, headers={"Location": f"https://{DOMAIN}/"}))
    assert asyncio.run(search.ispdb(DOMAIN, heard, own)) is None
    assert heard[-1] == (ISPDB, "redirect_refused")


# --- SRV ------------------------------------------------------------------------------------------


def srv(search: Search) -> tuple[Offer | None, dict[str, str]]:
    heard = Heard()
    return asyncio.run(search.srv(DOMAIN, heard, own)), dict(heard)


def test_services_of_the_dns(net: Net, search: Search) -> None:
    net.records(
        {
            f"_imaps._tcp.{DOMAIN}": {
                "SRV": ["20 0 993 second.corp.example.", "10 5 993 b.corp.example.",
                        "10 9 9930 Imap.Corp.Example."]
            },
            f"_imap._tcp.{DOMAIN}": {"SRV": ["0 0 0 ."]},
            f"_pop3s._tcp.{DOMAIN}": {"SRV": ["0 1 995 pop.corp.example."]},
            f"_submission._tcp.{DOMAIN}": {"SRV": ["0 1 587 smtp.corp.example."]},
            f"_submissions._tcp.{DOMAIN}": {"SRV": ["9 1 465 smtp.corp.example."]},
            f"_pop3._tcp.{DOMAIN}": SERVFAIL,
        }
    )  # fmt: skip
    offer, told = srv(search)
    assert hosts(offer) == [
        "imap.corp.example:9930", "b.corp.example:993", "second.corp.example:993",
        "pop.corp.example:995", "smtp.corp.example:465", "smtp.corp.example:587",
    ]  # fmt: skip
    assert offer
    assert [end.security for end in offer.endpoints][-2:] == [Security.TLS, Security.STARTTLS]
    assert told[f"_imaps._tcp.{DOMAIN}"] == "imap.corp.example:9930"
    assert told[f"_imap._tcp.{DOMAIN}"] == "nothing"
    assert told[f"_pop3._tcp.{DOMAIN}"] in ("lookup_failed", "offline")
    assert net.looked_up == []  # nobody whom the DNS names was asked for anything


@pytest.mark.parametrize("target", [".", "10.0.0.1.", "localhost.", "a_b.example.", "-.example."])
def test_targets_that_are_no_hosts(target: str, net: Net, search: Search) -> None:
    net.records({f"_imaps._tcp.{DOMAIN}": {"SRV": [f"0 1 993 {target}"]}})
    assert srv(search)[0] is None


def test_two_hundred_services(net: Net, search: Search) -> None:
    rows = [f"{at} 1 993 i{at}.corp.example." for at in range(200)]
    net.records({f"_imaps._tcp.{DOMAIN}": {"SRV": rows}})
    offer, _ = srv(search)
    assert offer is None or len(offer.endpoints) <= 4  # too long for UDP, or bounded


def test_two_hundred_servers_of_a_file(net: Net, search: Search) -> None:
    servers = [server_xml(host=f"i{at}.corp.example") for at in range(200)]
    net.serve(OWN, settings_xml(*servers))
    offer, _ = autoconfig(search)
    assert hosts(offer)[:2] == ["i0.corp.example:993", "i1.corp.example:993"]
    assert len(hosts(offer)) == 50
    assert set(net.looked_up) == {f"autoconfig.{DOMAIN}", DOMAIN}  # none of them was asked


# --- PACC -----------------------------------------------------------------------------------------

PACC = f"https://ua-auto-config.{DOMAIN}/.well-known/user-agent-configuration.json"
TXT = f"_ua-auto-config.{DOMAIN}"


def pacc_file(**changes: object) -> bytes:
    settings = {
        "protocols": {
            "imap": {"host": "imap.corp.example"},
            "submit": {"host": "smtp.corp.example"},
            "jmap": {"url": "https://jmap.corp.example/"},
        },
        "authentication": {"password": True},
        "info": {"provider": {"name": "Corp"}},
    }
    return json.dumps(settings | changes).encode()


def digest(body: bytes) -> str:
    text = base64.b64encode(hashlib.sha256(body).digest()).decode()
    return f'"v=UAAC1; a=sha256; d={text[:20]}" "{text[20:]}"'  # long ones come in pieces


def pacc(search: Search) -> tuple[Offer | None, dict[str, str]]:
    heard = Heard()
    return asyncio.run(search.pacc(DOMAIN, heard, own)), dict(heard)


def test_pacc_with_its_digest(net: Net, search: Search) -> None:
    body = pacc_file()
    net.serve(PACC, Reply(body, headers={"Content-Type": "application/json"}))
    net.records({TXT: {"TXT": ['"v=spf1 -all"', digest(b"older"), digest(body)]}})
    offer, told = pacc(search)
    assert hosts(offer) == ["imap.corp.example:993", "smtp.corp.example:465"]
    assert offer
    assert {end.security for end in offer.endpoints} == {Security.TLS}
    assert told == {TXT: "found", PACC: "found"}


@pytest.mark.parametrize("record", ["", '"v=UAAC1; a=md5; d=AA=="', '"v=UAAC1; a=sha256; d=%%"'])
def test_without_a_digest_nobody_is_asked(record: str, net: Net, search: Search) -> None:
    net.serve(PACC, pacc_file())
    net.records({TXT: {"TXT": [record]}} if record else {})
    assert pacc(search) == (None, {TXT: "nothing"})
    assert net.looked_up == []


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (b"", "malformed"),
        (b"[]", "malformed"),
        (b"[" * 100_000, "malformed"),
        (b"{}", "malformed"),
        (pacc_file(protocols=[]), "malformed"),
        (pacc_file(authentication={"password": False}), "nothing"),
        (pacc_file(authentication={"password": "true"}), "nothing"),
        (pacc_file(protocols={"imap": "imap.corp.example"}), "nothing"),
        (pacc_file(protocols={"imap": {"host": "127.0.0.1"}}), "nothing"),
        (pacc_file(protocols={"imap": {"host": "a\r\nb.example"}}), "nothing"),
        (pacc_file(protocols={"imap": {"host": 5}, "smtp": None}), "nothing"),
        (b"\xff\xfe", "malformed"),
    ],
)
def test_pacc_files_that_say_nothing(body: bytes, answer: str, net: Net, search: Search) -> None:
    net.serve(PACC, body)
    net.records({TXT: {"TXT": [digest(body)]}})
    assert pacc(search) == (None, {TXT: "found", PACC: answer})


def test_pacc_that_was_changed_on_the_way(net: Net, search: Search) -> None:
    net.serve(PACC, pacc_file(protocols={"imap": {"host": "evil.example"}}))
    net.records({TXT: {"TXT": [digest(pacc_file())]}})
    assert pacc(search) == (None, {TXT: "found", PACC: "digest"})


# --- Exchange -------------------------------------------------------------------------------------

AUTODISCOVER = f"https://autodiscover.{DOMAIN}/autodiscover/autodiscover.xml"


def exchange(search: Search) -> tuple[str | None, dict[str, str]]:
    heard = Heard()
    return asyncio.run(search.exchange(DOMAIN, heard)), dict(heard)


def test_exchange_by_name(net: Net, search: Search) -> None:
    net.records({f"autodiscover.{DOMAIN}": {"CNAME": ["Autodiscover.Outlook.com."]}})
    found, told = exchange(search)
    assert found == "m365_global"
    assert told == {f"autodiscover.{DOMAIN}": "autodiscover.outlook.com"}
    assert net.looked_up == []


def test_exchange_by_a_name_that_only_looks_like_it(net: Net, search: Search) -> None:
    net.records({f"autodiscover.{DOMAIN}": {"CNAME": ["autodiscover.outlook.com.evil.example."]}})
    net.web_host(f"autodiscover.{DOMAIN}")
    found, told = exchange(search)
    assert found is None
    assert told[f"autodiscover.{DOMAIN}"] == "autodiscover.outlook.com.evil.example"
    assert set(net.looked_up) == {f"autodiscover.{DOMAIN}"}


def test_exchange_by_redirect_that_is_not_followed(net: Net, search: Search) -> None:
    where = {"Location": "https://autodiscover.outlook.com/autodiscover/autodiscover.xml"}
    net.serve(AUTODISCOVER, Reply(status=302, headers=where))
    found, told = exchange(search)
    assert found == "m365_global"
    assert told[AUTODISCOVER] == "autodiscover.outlook.com"
    assert set(net.looked_up) == {f"autodiscover.{DOMAIN}"}
    (request,) = net.requests
    assert "Authorization" not in request.headers


@pytest.mark.parametrize(
    "where",
    [
        "https://autodiscover.outlook.com.evil.example/", "http://autodiscover.outlook.com/",
        "https://autodiscover.outlook.com@evil.example/", "", "https://localhost/",
    ],
)  # fmt: skip
def test_exchange_redirects_that_name_nobody(where: str, net: Net, search: Search) -> None:
    net.serve(AUTODISCOVER, Reply(status=302, headers={"Location": where}))
    assert exchange(search)[0] is None
    assert set(net.looked_up) == {f"autodiscover.{DOMAIN}"}


# --- registered domains ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "base"),
    [
        ("mx1.a.b.co.uk", "b.co.uk"),
        ("mxbiz1.qq.com", "qq.com"),
        ("outlook.com.evil.example", "evil.example"),
        ("mx.me.github.io", "me.github.io"),
        ("com", None),
        ("co.uk", None),
        ("mx.xn--55qx5d.cn", "mx.xn--55qx5d.cn"),  # 公司.cn
    ],
)
def test_the_registered_domain(host: str, base: str | None, search: Search) -> None:
    assert registered(host) == base
    assert asyncio.run(search.base(host)) == base


# --- what a file may say --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "imap.corp.example:993 tls email"),
        ({"host": "imap.%EMAILDOMAIN%"}, "imap.corp.example:993 tls email"),
        ({"security": "STARTTLS", "port": " 143 "}, "imap.corp.example:143 starttls email"),
        ({"username": "%EMAILLOCALPART%"}, "imap.corp.example:993 tls localpart"),
        ({"username": "%EMAILLOCALPART%.%EMAILDOMAIN%"}, "imap.corp.example:993 tls dotted"),
        ({"username": ""}, "imap.corp.example:993 tls email"),
        ({"host": "IMAP.Corp.Example."}, "imap.corp.example:993 tls email"),
        ({"host": "іmap.corp.example"}, "xn--map-ihd.corp.example:993 tls email"),
        ({"host": "%EMAIL%EMAILDOMAIN%%"}, None),
        ({"host": "%EMAILLOCALPART%.corp.example"}, None),
        ({"host": "%MX%"}, None),
        ({"host": "127.0.0.1"}, None),
        ({"host": "[::1]"}, None),
        ({"host": "localhost"}, None),
        ({"host": ""}, None),
        ({"host": "a b.example"}, None),
        ({"host": "-x.example"}, None),
        ({"host": "evil.example/x"}, None),
        ({"port": "imaps"}, None),
        ({"port": "９９３"}, None),
        ({"port": "0"}, None),
        ({"port": "-993"}, None),
        ({"port": "99999"}, None),
        ({"port": "9" * 5000}, None),
        ({"port": ""}, None),
        ({"security": "plain"}, None),
        ({"security": ""}, None),
        ({"security": "none"}, None),
        ({"kind": "exchange"}, None),
        ({"kind": ""}, None),
        ({"logins": ["OAuth2"]}, None),
        ({"logins": ["GSSAPI", "NTLM"]}, None),
        ({"logins": []}, "imap.corp.example:993 tls email"),
        ({"logins": ["OAuth2", "password-encrypted"]}, "imap.corp.example:993 tls email"),
        ({"username": "everybody"}, None),
        ({"username": "%EMAIL%EMAILADDRESS%%"}, None),
        ({"username": "a\nb%EMAILLOCALPART%"}, None),
    ],
)  # fmt: skip
def test_a_server_of_a_file(
    changes: dict[str, str], expected: str | None, net: Net, search: Search
) -> None:
    net.serve(OWN, settings_xml(server_xml(**changes)))  # type: ignore[arg-type]
    offer, _ = autoconfig(search)
    if expected is None:
        assert offer is None
        return
    assert offer
    (end,) = offer.endpoints
    assert f"{end} {end.security} {end.username}" == expected
