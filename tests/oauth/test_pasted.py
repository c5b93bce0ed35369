"""What people paste: client ids, secrets, tokens and whole lines of them."""

from __future__ import annotations

import string
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.oauth.pasted import (
    Pasted,
    Slip,
    read_account,
    read_accounts,
    read_client_id,
    read_client_secret,
    read_redirect,
    read_refresh_token,
    read_tenant,
)

ID = "9e5f94bc-e8a4-4e73-b8be-63364c29d753"
TOKEN = "M.C532_BL2.0.U.-Cq" + "aB3!*$9-_x" * 20 + "$$"
LINE = f"someone@outlook.com----pass-word----{ID}----{TOKEN}"


@pytest.mark.parametrize("text", [ID, f" {ID}\n", ID.upper(), f"“{ID}”", f"{{{ID}}}", f"{ID}，"])
def test_client_ids(text: str) -> None:
    assert read_client_id(text) == ID


@pytest.mark.parametrize("text", ["9e5f94bc", ID[:-1], ID + "0", ID.replace("-", ""), "我的应用"])
def test_what_is_no_client_id(text: str) -> None:
    assert read_client_id(text) is Slip.CLIENT_ID
    assert read_client_id(" ") is Slip.EMPTY


def test_tenants() -> None:
    good = {"": "common", " Consumers ": "consumers", "Contoso.onmicrosoft.com": None, ID: None}
    for text, meant in good.items():
        assert read_tenant(text) == (meant or text.lower())
    for text in ("my tenant", "a/b", "a?b", "common/..", "公司.cn", "a@b.cn", ".", "-a", "x" * 300):
        assert read_tenant(text) is Slip.TENANT


def test_client_secrets() -> None:
    value = "abc8Q~dEf.ghIjKlMnOpQrStUvWxYz0123456_-~"
    assert read_client_secret(f" {value}\n") == Secret(value)
    assert read_client_secret("") is Slip.EMPTY
    for text in (ID, ID.upper(), f" {ID} ", f'"{ID}"'):
        assert read_client_secret(text) is Slip.SECRET_ID
    for text in ("two words", "a\nb", "密码", "a\x00b"):
        assert read_client_secret(text) is Slip.SECRET


def test_redirects() -> None:
    assert read_redirect("") == "http://localhost"
    assert read_redirect(" http://localhost:8400/x ") == "http://localhost:8400/x"
    assert read_redirect("https://localhost") is Slip.REDIRECT_SCHEME
    assert read_redirect("http://evil.example") is Slip.REDIRECT_HOST
    assert read_redirect("http://localhost:99999") is Slip.REDIRECT_SHAPE


def test_refresh_tokens() -> None:
    broken = "\n".join(TOKEN[at : at + 76] for at in range(0, len(TOKEN), 76))
    for text in (TOKEN, f"  {TOKEN}\r\n", f'"{TOKEN}"', broken):
        assert read_refresh_token(text) == Secret(TOKEN)
    assert read_refresh_token("") is Slip.EMPTY
    for text in (ID, "short", TOKEN + "é", "刷新令牌" * 40):
        assert read_refresh_token(text) is Slip.REFRESH_TOKEN


WHOLE = Pasted(ID, Secret(TOKEN), "someone@outlook.com")


@pytest.mark.parametrize(
    "text",
    [
        LINE,
        f"someone@outlook.com----pass-word----{TOKEN}----{ID}",
        f"  {LINE}\r\n",
        LINE.replace("----", "————"),
        LINE.replace("----", "——"),
        f"someone@outlook.com----pass----word----{ID}----{TOKEN}",
        f"someone@outlook.com--------{ID}----{TOKEN}",
        f"someone@outlook.com----{ID}----{ID.upper()}----{TOKEN}",
        LINE.replace("----", " ---- "),
        f"someone@outlook.com----pass-word----{ID}----{TOKEN[:99]}\n{TOKEN[99:]}",
    ],
)
def test_whole_lines(text: str) -> None:
    assert read_account(text) == WHOLE


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (ID, Pasted(ID)),
        (TOKEN, Pasted("", Secret(TOKEN))),
        (f"{ID}\n{TOKEN}", Pasted(ID, Secret(TOKEN))),
        (f"{TOKEN}\n\n{ID}\n", Pasted(ID, Secret(TOKEN))),
        (f"{ID}----{TOKEN}", Pasted(ID, Secret(TOKEN))),
        (f"{TOKEN}----{ID}", Pasted(ID, Secret(TOKEN))),
        (f"{ID} {TOKEN}", Pasted(ID, Secret(TOKEN))),
        ("", Slip.EMPTY),
        (" \n ", Slip.EMPTY),
        ("hunter2", Slip.LINE),
        (f"{ID}----hunter2", Slip.REFRESH_TOKEN),
        (f"{ID}\n{ID[:-1]}0\n{TOKEN}", Slip.LINE),
        ("someone@outlook.com----pass-word", Slip.LINE),
        (f"someone@outlook.com----pass-word----{TOKEN}", Slip.LINE),
        (f"someone@outlook.com----pass-word----{ID}", Slip.LINE),
        (f"someone@outlook.com----pass-word----x----{TOKEN}", Slip.CLIENT_ID),
        (f"someone@outlook.com----pass-word----{ID}----short", Slip.REFRESH_TOKEN),
        (f"@outlook.com----pass-word----{ID}----{TOKEN}", Slip.LINE),
    ],
)
def test_parts_and_misfits(text: str, meant: Pasted | Slip) -> None:
    assert read_account(text) == meant


def test_several_lines() -> None:
    other = LINE.replace("someone", "zhang")
    assert read_accounts(f"{LINE}\n\n{other}\nhunter2\n") == (
        WHOLE,
        Pasted(ID, Secret(TOKEN), "zhang@outlook.com"),
        Slip.LINE,
    )
    assert read_accounts("") == ()
    assert read_account(f"{LINE}\n{other}") is Slip.SEVERAL


def test_nothing_secret_shows() -> None:
    assert TOKEN not in repr(read_account(LINE))
    assert "pass-word" not in repr(read_account(LINE))


TOKENS = st.text(string.ascii_letters + string.digits + "-_.!*$~", min_size=64, max_size=300)
PASSWORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Z", "C")), max_size=20)


@given(PASSWORDS, TOKENS, st.booleans())
@example("a----b", "x" * 60 + "----yyyyyyyyy", False)
@example("-", "-" * 64, True)
def test_dashes_of_passwords_and_tokens(password: str, token: str, token_first: bool) -> None:
    assume(token == token.strip("-"))  # a token's end dashes and the line's cannot be told apart
    assume(not token_first or "--" not in password)
    assume(not set("—–―") & set(password))
    assume(not password.startswith("-") and not password.endswith("-"))
    last = (token, ID) if token_first else (ID, token)
    assume(token_first is False or "----" not in password)
    read = read_account("----".join(("someone@outlook.com", password, *last)))
    assert read == Pasted(ID, Secret(token), "someone@outlook.com")


@pytest.mark.parametrize(
    "read",
    [
        read_account,
        read_accounts,
        read_client_id,
        read_client_secret,
        read_redirect,
        read_refresh_token,
        read_tenant,
    ],
)
@given(st.text() | st.lists(st.sampled_from(["a@b.c", ID, TOKEN, "----", "\n", " "])).map("".join))
def test_whatever_is_pasted_is_read_or_refused(read: Callable[[str], Any], text: str) -> None:
    read(text)
