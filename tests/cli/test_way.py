"""A proxy and excepted certificates on the command line: judged, used, stored, and told."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import ssl
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar

import pytest

from laifaxin_desktop import app, cli, log
from laifaxin_desktop.mail.probe import MailProbe
from laifaxin_desktop.model.provider import Protocol
from laifaxin_desktop.model.route import ProxyKind
from laifaxin_desktop.store import accounts
from tests.bad_input import are_sentences
from tests.engine.world import mail
from tests.mail.peers import Peer, serving
from tests.mail.proxies import PROXY_SECRET, PROXY_USER, Carrier
from tests.servers.authority import Authority
from tests.servers.bad_servers import QUICK
from tests.store.parts import DictPlace

T = TypeVar("T")
SECRET = "hunter2-é-漢"
IMAP, SMTP = "imap.corp.example", "smtp.corp.example"
SERVERS = ("--imap", f"{IMAP}:993/tls", "--smtp", f"{SMTP}:465/tls")
WHO = "li@corp.example"
ADD = ("add", WHO, "--password-stdin")


async def imap_server(
    peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Lets everybody in who asks by AUTHENTICATE PLAIN."""
    writer.write(b"* OK IMAP4rev1 ready\r\n")
    while line := (await reader.readline()).decode().rstrip("\r\n"):
        tag, _, rest = line.partition(" ")
        if rest == "CAPABILITY":
            writer.write(b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n")
        if rest == "AUTHENTICATE PLAIN":
            writer.write(b"+ \r\n")
            await reader.readline()
        writer.write(f"{tag} OK done\r\n".encode())
        if rest == "LOGOUT":
            return


class CommandLine:
    """Runs commands in this process; keeps all that was ever said."""

    def __init__(self, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self._capsys, self._patch = capsys, patch
        self.said = ""

    def __call__(self, *words: str, lines: str = "", exits: int = 0) -> dict[str, Any]:
        """Run one command; the object it printed."""
        stdin = SimpleNamespace(buffer=io.BytesIO(lines.encode()), isatty=bool)
        self._patch.setattr("sys.stdin", stdin)
        status = cli.main([*words, "--json"])
        out, err = self._capsys.readouterr()
        self.said += out + err
        assert status == exits, out + err
        answer: dict[str, Any] = json.loads(out)
        return answer


@pytest.fixture
def laifaxin(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    authority: Authority,
) -> Iterator[CommandLine]:
    monkeypatch.setenv("LAIFAXIN_HOME", str(tmp_path))
    for name, value in authority.environment().items():
        monkeypatch.setenv(name, value)
    place = DictPlace()
    monkeypatch.setattr(app, "MailProbe", partial(MailProbe, deadlines=QUICK))
    monkeypatch.setattr(accounts, "Keychain", lambda: place)
    command = CommandLine(capsys, monkeypatch)
    yield command
    log.stop()
    everything = command.said.encode() + b"".join(
        path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()
    )
    for secret in (SECRET, PROXY_SECRET):
        assert secret.encode() not in everything
        assert json.dumps(secret)[1:-1].encode() not in everything


@contextmanager
def beside(making: Callable[[], AbstractAsyncContextManager[T]]) -> Iterator[T]:
    """Servers in a thread of their own, while the command line runs in this one."""
    loop, made, over = asyncio.new_event_loop(), [], asyncio.Event()
    ready = threading.Event()

    async def main() -> None:
        async with making() as servers:
            made.append(servers)
            ready.set()
            await over.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(main(),))
    thread.start()
    try:
        assert ready.wait(10)
        yield made[0]
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(10)
        loop.close()


class Crossing(Carrier):
    """Carries each port to a server of its own."""

    to: dict[int, int]

    @property
    def port(self) -> int:  # type: ignore[override]
        return self.to[self.asked[-1][1]]

    @port.setter
    def port(self, _: int) -> None:
        """Not one port."""


@contextlib.asynccontextmanager
async def behind(
    kind: ProxyKind, tls: ssl.SSLContext
) -> AsyncIterator[tuple[Crossing, int, tuple[Peer, Peer]]]:
    """Two mail servers and the only way to them."""
    proxy = Crossing(login=True)
    async with (
        serving(imap_server, tls=tls) as imap,
        serving(mail(Protocol.SMTP), tls=tls) as smtp,
        serving(proxy.handler(kind)) as door,
    ):
        proxy.to = {993: imap.port, 465: smtp.port}
        yield proxy, door.port, (imap, smtp)


@contextlib.asynccontextmanager
async def both(
    imap: ssl.SSLContext, smtp: ssl.SSLContext
) -> AsyncIterator[tuple[tuple[str, ...], tuple[Peer, Peer]]]:
    """Two mail servers on this computer, and the options that name them."""
    async with (
        serving(imap_server, tls=imap) as one,
        serving(mail(Protocol.SMTP), tls=smtp) as other,
    ):
        options = (f"--imap=localhost:{one.port}/tls", f"--smtp=localhost:{other.port}/tls")
        yield options, (one, other)


# ---- proxies ----


@pytest.mark.parametrize("kind", list(ProxyKind))
def test_an_account_behind_a_proxy(
    laifaxin: CommandLine, authority: Authority, kind: ProxyKind
) -> None:
    tls = authority.issue(IMAP, SMTP).context()
    with beside(partial(behind, kind, tls)) as (proxy, port, peers):
        way = (f"--proxy={kind}://{PROXY_USER}@127.0.0.1:{port}", "--proxy-password-stdin")
        refused = laifaxin(*ADD, *SERVERS, *way, lines=f"{SECRET}\nwrong\n", exits=1)
        assert refused["account"] is None
        for leg in refused["report"]["legs"]:
            assert (leg["problem"], leg["fix"]) == ("proxy_login_failed", "edit_servers")
            assert leg["proxy"] == f"127.0.0.1:{port}"
        assert not any(peer.connections for peer in peers)

        added = laifaxin(*ADD, *SERVERS, *way, lines=f"{SECRET}\n{PROXY_SECRET}\n")
        account = added["account"]
        told = {"kind": kind, "host": "127.0.0.1", "port": port, "username": PROXY_USER}
        assert account["proxy"] == told
        assert not {"directly", "pins"} & {*account}
        assert {(IMAP, 993), (SMTP, 465)} == set(proxy.asked)
        assert laifaxin("accounts") == {"accounts": [account]}
        [report] = laifaxin("check", WHO, "--stored")["reports"]
        assert (report["status"], report["proxy"]) == ("ok", told)

        # Its password is stored and stays; to another proxy it never goes.
        laifaxin(*ADD, *SERVERS, lines=f"{SECRET}\n")
        assert laifaxin("accounts")["accounts"][0]["proxy"] == told
        other = f"--proxy={kind}://{PROXY_USER}@localhost:{port}"
        said = laifaxin(*ADD, *SERVERS, other, "--lang=en", lines=f"{SECRET}\n", exits=2)
        assert said["problem"] == "cli.proxy_password_wanted"
        # With none it is not used; nobody else knows those names.
        direct = laifaxin(*ADD, *SERVERS, "--proxy=none", lines=f"{SECRET}\n", exits=1)
        assert {leg["problem"] for leg in direct["report"]["legs"]} == {"host_not_found"}
        assert direct["report"]["directly"]
        assert "proxy" not in direct["report"]
        assert laifaxin("check", WHO, "--stored")["reports"][0]["status"] == "ok"


def test_the_systems_proxy_unless_the_account_says_otherwise(
    laifaxin: CommandLine, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls = authority.issue(IMAP, SMTP).context()
    with beside(partial(behind, ProxyKind.SOCKS5, tls)) as (proxy, port, _):
        address = f"socks5://{PROXY_USER}:{PROXY_SECRET}@127.0.0.1:{port}"
        monkeypatch.setenv("all_proxy", address)
        added = laifaxin(*ADD, *SERVERS, lines=f"{SECRET}\n")
        assert added["report"]["status"] == "ok"
        assert "proxy" not in added["account"]
        assert proxy.asked
        monkeypatch.setenv("no_proxy", "corp.example")  # noticed with the next check
        [report] = laifaxin("check", WHO, "--stored", exits=1)["reports"]
        assert {leg["problem"] for leg in report["legs"]} == {"host_not_found"}
        monkeypatch.delenv("no_proxy")
        direct = laifaxin(*ADD, *SERVERS, "--proxy", "none", lines=f"{SECRET}\n", exits=1)
        assert {leg["problem"] for leg in direct["report"]["legs"]} == {"host_not_found"}


BAD_WAYS: dict[tuple[str, ...], str] = {
    ("--proxy=",): "proxy.empty",
    ("--proxy=127.0.0.1:1080",): "proxy.malformed",
    ("--proxy=socks4://h:1",): "proxy.bad_kind",
    ("--proxy=socks5://-h-:1",): "proxy.bad_host",
    ("--proxy=socks5://h:0",): "proxy.bad_port",
    ("--proxy=socks5://h:99999",): "proxy.bad_port",
    ("--proxy=http://a%3Ab@h:1",): "proxy.bad_username",
    ("--proxy=socks5://h\n:1",): "proxy.malformed",
    ("--proxy=socks5://" + "x" * 100_000,): "proxy.too_long",
    (f"--proxy=socks5://bob:{SECRET}@h:1",): "cli.proxy_secret_shown",
    ("--proxy=socks5://bob@h:1",): "cli.proxy_password_wanted",
    ("--proxy-password-stdin",): "cli.proxy_wanted",
    ("--proxy=none", "--proxy-password-stdin"): "cli.proxy_wanted",
    ("--proxy=socks5://h:1", "--proxy-password-stdin"): "cli.proxy_wanted",
    ("--trust-certificate=",): "cli.bad_fingerprint",
    ("--trust-certificate=xyz",): "cli.bad_fingerprint",
    ("--trust-certificate=" + "0f" * 20,): "cli.bad_fingerprint",  # SHA-1
    ("--trust-certificate=" + "0f" * 31 + "\x00f",): "cli.bad_fingerprint",
    ("--trust-certificate=" + "0f" * 50_000,): "cli.bad_fingerprint",
}


@pytest.mark.parametrize("given", BAD_WAYS, ids=lambda given: given[0][:30].strip())
def test_what_can_be_no_way_is_named(laifaxin: CommandLine, given: tuple[str, ...]) -> None:
    words = ("check", WHO, *SERVERS, "--password-stdin", *given)
    lines = f"{SECRET}\n{PROXY_SECRET}\n"
    zh, en = (laifaxin(*words, "--lang", lang, lines=lines, exits=2) for lang in ("zh_CN", "en"))
    assert zh["problem"] == en["problem"] == BAD_WAYS[given]
    are_sentences(zh["meaning"], en["meaning"])
    assert len(en["meaning"]) < 300


BAD_PASSWORDS = {
    "\n": "proxy.secret_empty",
    "x" * 256 + "\n": "proxy.secret_long",
    "a\0b\n": "proxy.secret_broken",
}


@pytest.mark.parametrize("line", BAD_PASSWORDS, ids=lambda line: repr(line[:8]))
def test_what_can_be_no_password_of_a_proxy(laifaxin: CommandLine, line: str) -> None:
    words = ("check", WHO, *SERVERS, "--proxy=socks5://bob@h:1", "--proxy-password-stdin")
    said = laifaxin(*words, "--password-stdin", lines=f"{line}{SECRET}\n", exits=2)
    assert said["problem"] == BAD_PASSWORDS[line]


def test_stored_accounts_are_checked_by_what_is_stored(laifaxin: CommandLine) -> None:
    for words in (("--all",), (WHO, "--stored")):
        said = laifaxin("check", *words, "--proxy=none", exits=2)
        assert said["problem"] == "cli.stored_way"


# ---- certificates ----


def test_a_certificate_is_excepted_by_its_fingerprint(
    laifaxin: CommandLine, authority: Authority
) -> None:
    one, other = authority.self_signed("localhost"), authority.self_signed("localhost")
    with beside(partial(both, one.context(), other.context())) as (servers, peers):
        refused = laifaxin(*ADD, *servers, lines=f"{SECRET}\n", exits=1)
        legs = refused["report"]["legs"]
        assert {leg["problem"] for leg in legs} == {"certificate_untrusted"}
        shown = [leg["certificate"]["sha256"] for leg in legs]
        assert shown == [one.sha256(), other.sha256()]
        assert legs[0]["certificate"]["doubts"] == ["self_signed"]

        spelled = ":".join(shown[0][n : n + 2].upper() for n in range(0, 64, 2))
        trusting = ("--trust-certificate", f"sha256 Fingerprint={spelled}")
        half = laifaxin(*ADD, *servers, *trusting, lines=f"{SECRET}\n", exits=1)
        assert half["problem"] == "cli.other_certificate"
        assert shown[1] in half["meaning"]
        assert laifaxin("accounts") == {"accounts": []}
        assert not any(SECRET.encode() in peer.received for peer in peers)

        trusting += ("--trust-certificate", shown[1])
        added = laifaxin(*ADD, *servers, *trusting, lines=f"{SECRET}\n")["account"]
        assert [pin["sha256"] for pin in added["pins"]] == shown
        assert [pin["host"] for pin in added["pins"]] == ["localhost"] * 2
        [report] = laifaxin("check", WHO, "--stored")["reports"]
        assert (report["status"], report["pins"]) == ("ok", added["pins"])

        # Taken back, and asked for again: nothing passes, and the stored one stays as it was.
        back = laifaxin(*ADD, *servers, "--trust-certificate=none", lines=f"{SECRET}\n", exits=1)
        assert "pins" not in back["report"]
        assert laifaxin("accounts")["accounts"][0]["pins"] == added["pins"]


def test_what_may_not_be_excepted(laifaxin: CommandLine, authority: Authority) -> None:
    weak, good = authority.self_signed_weak_key("localhost"), authority.issue("localhost")
    with beside(partial(both, good.context(), weak.context())) as (servers, peers):
        trusting = ("--trust-certificate", weak.sha256())
        words = (*ADD, *servers, *trusting, "--lang")
        zh, en = (laifaxin(*words, lang, lines=f"{SECRET}\n", exits=1) for lang in ("zh_CN", "en"))
        assert zh["problem"] == en["problem"] == "cli.no_exception"
        are_sentences(zh["meaning"], en["meaning"])
        assert not any(SECRET.encode() in peer.received for peer in peers)


def test_a_portal_in_place_of_a_known_provider_is_not_excepted(
    laifaxin: CommandLine, authority: Authority
) -> None:
    """Both of QQ's servers show the hotel's certificate, whose fingerprint somebody copied."""
    hotel = authority.self_signed("login.hotel.example")
    with beside(partial(behind, ProxyKind.SOCKS5, hotel.context())) as (_, port, peers):
        words = ("add", "li@qq.com", "--password-stdin", "--trust-certificate", hotel.sha256())
        way = (f"--proxy=socks5://{PROXY_USER}@127.0.0.1:{port}", "--proxy-password-stdin")
        said = laifaxin(*words, *way, lines=f"{SECRET}\n{PROXY_SECRET}\n", exits=1)
        assert said["problem"] == "cli.no_exception"
        assert all(peer.connections for peer in peers)
        assert not any(SECRET.encode() in peer.received for peer in peers)


def test_what_needs_no_exception(laifaxin: CommandLine, authority: Authority) -> None:
    good = authority.issue("localhost")
    with beside(partial(both, good.context(), good.context())) as (servers, peers):
        trusting = ("--trust-certificate", good.sha256())
        said = laifaxin(*ADD, *servers, *trusting, lines=f"{SECRET}\n", exits=1)
        assert said["problem"] == "cli.no_certificate"
        assert not any(SECRET.encode() in peer.received for peer in peers)
