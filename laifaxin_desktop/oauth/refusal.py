"""Turns what the sign-in service says no with into Evidence; lets no secret and no id through."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

from laifaxin_desktop.model.problem import MOST_REPLY, Evidence, Fault, Stage

_MARK = "••••"
_MOST_CODES = 8
_NUMBER = re.compile(r"\bAADSTS([0-9]{1,10})\b")
_WORD = re.compile(r"[A-Z0-9_.-]{1,64}")
# What stands behind the words of every error_description, in one line or several.
_TRAILER = re.compile(r"\s*(?:Trace ID|Correlation ID|Timestamp):.*", re.S | re.I)
# Codes, tokens and verifiers have no blanks and no slashes but in personal access tokens.
_LONG = re.compile(r"[A-Za-z0-9_\-.+=~!*$]{60,}|[A-Za-z0-9+/=]{80,}")
_SHORTEST = 8  # characters of a secret that are worth hiding


def refused(answer: Mapping[str, Any], host: str, secrets: Iterable[str] = ()) -> Evidence:
    """An OAuth error, as the token endpoint (RFC 6749 section 5.2) or the browser brings it.

    Codes: the OAuth word, AADSTS numbers, the suberror; upper case. Microsoft says that programs
    should decide by the word and explain by the number.
    """
    error, said = _text(answer.get("error")), _text(answer.get("error_description"))
    suberror = _text(answer.get("suberror")) or _text(answer.get("error_subcode"))
    codes = [error.upper(), *_numbers(answer.get("error_codes"), said), suberror.upper()]
    given_up = error == "access_denied" and suberror == "cancel"
    return Evidence(
        Stage.SIGN_IN,
        Fault.CANCELLED if given_up else Fault.REJECTED,
        host=host,
        port=443,
        codes=tuple(dict.fromkeys(filter(_WORD.fullmatch, codes)))[:_MOST_CODES],
        reply=scrub(said, secrets),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _numbers(codes: object, said: str) -> list[str]:
    # The text comes first: error_codes may hold several, and the browser brings none.
    found = _NUMBER.findall(said)
    if isinstance(codes, list):
        found += [str(code) for code in codes if type(code) is int and code > 0]
    return [f"AADSTS{number}" for number in dict.fromkeys(found)]


def scrub(said: str, secrets: Iterable[str] = ()) -> str:
    """Words to show: one line, no control or direction marks, no secret, no ids of the request."""
    text = _TRAILER.sub("", said)[: 64 * MOST_REPLY]
    text = " ".join("".join(map(_harmless, text)).split())
    for form in sorted(_forms(secrets), key=len, reverse=True):
        text = text.replace(form, _MARK)
    return _LONG.sub(_MARK, text)[:MOST_REPLY]  # cut last: half a secret is not found


def _forms(secrets: Iterable[str]) -> set[str]:
    known = {secret for secret in secrets if len(secret) >= _SHORTEST}
    return known | {quote(each, safe="") for each in known} | {quote_plus(each) for each in known}


def _harmless(char: str) -> str:
    if char.isspace():
        return " "
    return "" if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") else char
