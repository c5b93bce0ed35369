"""What people type for a proxy: read where it is one, refused with a named reason where not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laifaxin_desktop.model.route import Pin, Proxy, ProxyKind, Route
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.model.typed_proxy import (
    ProxyError,
    ProxyFault,
    make_proxy,
    read_proxy,
    refuse_strange,
    secret_fault,
)

SOCKS5, HTTP = ProxyKind.SOCKS5, ProxyKind.HTTP

READ = {
    "socks5://p.example": Proxy(SOCKS5, "p.example", 1080),
    "SOCKS5H://bob@P.example.:9050": Proxy(SOCKS5, "p.example", 9050, "bob"),
    " http://10.0.0.1/ ": Proxy(HTTP, "10.0.0.1", 8080),
    "http://[::1]:3128": Proxy(HTTP, "::1", 3128),
    "socks5://代理.例子:1080": Proxy(SOCKS5, "xn--mnq481g.xn--fsqu00a", 1080),
    "socks5：／／p:1": Proxy(SOCKS5, "p", 1),
    "http://bob%40corp@p:1": Proxy(HTTP, "p", 1, "bob@corp"),
    "socks5://a%3Ab@p:1": Proxy(SOCKS5, "p", 1, "a:b"),
}


@pytest.mark.parametrize("typed", READ)
def test_what_is_a_proxy(typed: str) -> None:
    assert read_proxy(typed) == (READ[typed], None)


def test_a_password_that_was_pasted_along_is_taken_off() -> None:
    proxy, secret = read_proxy("socks5://bob:hunter2-%C3%A9@p:1")
    assert (proxy, secret) == (Proxy(SOCKS5, "p", 1, "bob"), Secret("hunter2-é"))


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("", ProxyFault.EMPTY),
        ("   ", ProxyFault.EMPTY),
        ("socks5://", ProxyFault.MALFORMED),
        ("p.example:1080", ProxyFault.MALFORMED),
        ("socks5://p:1\r\nX: y", ProxyFault.MALFORMED),
        ("socks5://p\u202eexample:1", ProxyFault.MALFORMED),
        ("socks5://p example:1", ProxyFault.MALFORMED),
        ("http://p:1/path", ProxyFault.MALFORMED),
        ("http://p:1?x", ProxyFault.MALFORMED),
        ("socks5://" + "a" * 1100, ProxyFault.TOO_LONG),
        ("socks5://" + "b" * 256 + "@p", ProxyFault.TOO_LONG),
        ("socks4://p:1", ProxyFault.BAD_KIND),
        ("https://p:1", ProxyFault.BAD_KIND),
        ("://p:1", ProxyFault.BAD_KIND),
        ("socks5://:1", ProxyFault.EMPTY),
        ("socks5://-p-:1", ProxyFault.BAD_HOST),
        ("socks5://[::1:1", ProxyFault.BAD_HOST),
        ("socks5://" + "a" * 64 + ".example", ProxyFault.BAD_HOST),
        ("socks5://p:0", ProxyFault.BAD_PORT),
        ("socks5://p:70000", ProxyFault.BAD_PORT),
        ("socks5://p:port", ProxyFault.BAD_PORT),
        ("http://a%3Ab@p:1", ProxyFault.BAD_USERNAME),
        ("http://a%0D%0Ab@p:1", ProxyFault.BAD_USERNAME),
        ("http://%ff@p:1", ProxyFault.BAD_USERNAME),
    ],
)
def test_what_is_none(typed: str, fault: ProxyFault) -> None:
    with pytest.raises(ProxyError) as caught:
        read_proxy(typed)
    assert caught.value.fault is fault


@given(st.text(max_size=60) | st.text(max_size=60).map("socks5://{}".format))
def test_whatever_is_typed_is_read_or_named(typed: str) -> None:
    try:
        proxy, _ = read_proxy(typed)
    except ProxyError:
        return
    refuse_strange(Route(proxy=proxy))  # what is read can be stored and comes back
    assert make_proxy(proxy.kind, proxy.host, proxy.port, proxy.username) == proxy


@pytest.mark.parametrize(
    ("username", "secret", "fault"),
    [
        ("", None, None),
        ("bob", "hunter2-é-漢", None),
        ("bob", None, ProxyFault.SECRET_EMPTY),
        ("bob", "", ProxyFault.SECRET_EMPTY),
        ("bob", "漢" * 86, ProxyFault.SECRET_LONG),
        ("bob", "a\nb", ProxyFault.SECRET_BROKEN),
        ("bob", "a\ud800", ProxyFault.SECRET_BROKEN),
    ],
)
def test_its_password(username: str, secret: str | None, fault: ProxyFault | None) -> None:
    proxy = Proxy(SOCKS5, "p", 1, username)
    assert secret_fault(proxy, None if secret is None else Secret(secret)) is fault


@pytest.mark.parametrize(
    "route",
    [
        Route(proxy=Proxy(SOCKS5, "P.example", 1)),
        Route(proxy=Proxy(SOCKS5, "", 1)),
        Route(proxy=Proxy(HTTP, "p", 1, "a:b")),
        Route((Pin("h", 993, "0F" * 32),)),
        Route((Pin("h", 993, "0f" * 31),)),
        Route((Pin("h", -1, "0f" * 32),)),
        Route((Pin("", 993, "0f" * 32),)),
        Route((Pin("a\nb", 993, "0f" * 32),)),
    ],
)
def test_what_this_program_never_wrote(route: Route) -> None:
    with pytest.raises(ValueError, match=r"."):
        refuse_strange(route)
