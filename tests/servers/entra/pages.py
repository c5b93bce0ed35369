"""The pages of a sign-in: forms that a browser fills in, and errors that stay on the page."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from .errors import RefusedError
from .web import Reply


def form(
    title: str,
    action: str,
    hidden: Mapping[str, str],
    *,
    fields: tuple[str, ...] = (),
    buttons: tuple[str, ...] = (),
    words: str = "",
) -> Reply:
    """A page with one form; `fields` are for typing, `buttons` are values of `answer`."""
    inputs = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in hidden.items()
    )
    typed = "".join(f'<input type="text" name="{escape(name)}">' for name in fields)
    pressed = "".join(
        f'<button type="submit" name="answer" value="{escape(each)}">{escape(each)}</button>'
        for each in buttons
    )
    return Reply.page(
        f"<!doctype html><title>{escape(title)}</title><h1>{escape(title)}</h1>"
        f"<p>{escape(words)}</p>"
        f'<form method="post" action="{escape(action)}">{inputs}{typed}{pressed}</form>'
    )


def posted_back(redirect: str, values: Mapping[str, str]) -> Reply:
    """`response_mode=form_post`: a page that sends itself to the program."""
    return form("Working…", redirect, values)


def error(refusal: RefusedError, host: str) -> Reply:
    """The page an error stays on; the program hears nothing of it."""
    words = refusal.described()
    return Reply.page(
        "<!doctype html><title>Sign in to your account</title>"
        "<h1>Sorry, but we’re having trouble signing you in.</h1>"
        f"<p>{escape(words)}</p><p>{escape(host)}</p>"
    )


def message(title: str, words: str = "") -> Reply:
    """A page that ends a way."""
    return Reply.page(
        f"<!doctype html><title>{escape(title)}</title><h1>{escape(title)}</h1>"
        f"<p>{escape(words)}</p>"
    )
