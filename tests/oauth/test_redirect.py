"""Redirect addresses: what may be listened on, and what is refused with which word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laifaxin_desktop.oauth.redirect import Redirect, RedirectError, RedirectSlip, parse_redirect


@pytest.mark.parametrize(
    ("text", "port", "path"),
    [
        ("http://localhost", None, ""),
        (" http://localhost/ ", None, "/"),
        ("HTTP://LOCALHOST:8400", 8400, ""),
        ("http://localhost:80/", 80, "/"),
        ("http://localhost:65535", 65535, ""),
        (
            "http://localhost:22345/api/v1/outlook-authorization/code",
            22345,
            "/api/v1/outlook-authorization/code",
        ),
    ],
)
def test_addresses_of_this_computer(text: str, port: int | None, path: str) -> None:
    redirect = parse_redirect(text)
    assert redirect == Redirect(port, path)
    assert parse_redirect(str(redirect)) == redirect
    assert redirect.url(4711) == f"http://localhost:4711{path}"


@pytest.mark.parametrize(
    ("text", "slip"),
    [
        ("", RedirectSlip.SCHEME),
        ("localhost:8400", RedirectSlip.SCHEME),
        ("https://localhost", RedirectSlip.SCHEME),
        ("ms-appx-web://Microsoft.AAD.BrokerPlugin/x", RedirectSlip.SCHEME),
        ("urn:ietf:wg:oauth:2.0:oob", RedirectSlip.SCHEME),
        ("https://login.microsoftonline.com/common/oauth2/nativeclient", RedirectSlip.SCHEME),
        ("http://127.0.0.1:8400", RedirectSlip.HOST),
        ("http://[::1]:8400", RedirectSlip.HOST),
        ("http://localhost.evil.example", RedirectSlip.HOST),
        ("http://evil.example/localhost", RedirectSlip.HOST),
        ("http://localhost@evil.example", RedirectSlip.HOST),
        ("http://", RedirectSlip.HOST),
        ("http://evil.example@localhost", RedirectSlip.SHAPE),
        ("http://localhost:0", RedirectSlip.SHAPE),
        ("http://localhost:65536", RedirectSlip.SHAPE),
        ("http://localhost:-1", RedirectSlip.SHAPE),
        ("http://localhost:08400", RedirectSlip.SHAPE),
        ("http://localhost:", RedirectSlip.SHAPE),
        ("http://localhost:port", RedirectSlip.SHAPE),
        ("http://localhost/a?b=c", RedirectSlip.SHAPE),
        ("http://localhost/?", RedirectSlip.SHAPE),
        ("http://localhost/#x", RedirectSlip.SHAPE),
        ("http://localhost/a b", RedirectSlip.SHAPE),
        ("http://localhost/回来", RedirectSlip.SHAPE),
        ("http://localhost/a\\b", RedirectSlip.SHAPE),
        ("http://[localhost", RedirectSlip.SHAPE),
    ],
)
def test_all_others_are_refused(text: str, slip: RedirectSlip) -> None:
    with pytest.raises(RedirectError) as caught:
        parse_redirect(text)
    assert caught.value.slip is slip


@given(st.text() | st.text().map("http://localhost".__add__))
def test_whatever_is_typed_is_read_or_refused(text: str) -> None:
    try:
        redirect = parse_redirect(text)
    except RedirectError:
        return
    assert parse_redirect(str(redirect)) == redirect
    assert "\r" not in redirect.path
    assert redirect.url(1).isascii()
