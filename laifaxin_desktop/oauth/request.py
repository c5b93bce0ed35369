"""Reads one HTTP request of a browser that comes back; refuses everything that no browser sends."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

MOST_HEAD = 8 * 1024  # bytes, request line included
MOST_BODY = 16 * 1024
_MOST_FIELDS = 32
_START = re.compile(r"([A-Z]{1,16}) (/[!-~]*) HTTP/1\.[01]")
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00\r\n]*?)[ \t]*")
_ONCE = ("host", "content-length", "content-type", "transfer-encoding", "sec-fetch-mode")
_FORM = "application/x-www-form-urlencoded"


class BadRequestError(Exception):
    """Not a request that is answered with what it asks for; `status` says why."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True, slots=True)
class Request:
    """The head of one request."""

    method: str
    path: str
    query: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)  # names in lower case

    @property
    def body_length(self) -> int:
        """How many bytes follow the head.

        :raises BadRequestError: a form of unknown length, of another type, or too long
        """
        if "transfer-encoding" in self.headers:
            raise BadRequestError(411)
        length = self.headers.get("content-length", "0")
        if not re.fullmatch("[0-9]{1,10}", length):
            raise BadRequestError(400)
        if int(length) > MOST_BODY:
            raise BadRequestError(413)
        return int(length)


def parse_head(head: bytes) -> Request:
    """Take a head apart, the empty line at its end included.

    :raises BadRequestError: broken, or said twice
    """
    start, *lines = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    found = _START.fullmatch(start)
    if found is None:
        # CONNECT host:port, OPTIONS *, an absolute address as a proxy gets it
        raise BadRequestError(405 if re.match("(CONNECT|OPTIONS) ", start) else 400)
    headers: dict[str, str] = {}
    for line in lines:
        header = _HEADER.fullmatch(line)
        if header is None:
            raise BadRequestError(400)
        name = header[1].lower()
        if name in headers and name in _ONCE:
            raise BadRequestError(400)
        headers[name] = header[2]
    path, _, query = found[2].partition("?")
    return Request(found[1], path, query, headers)


def admit(request: Request, hosts: frozenset[str], path: str) -> None:
    """Let only a browser's own navigation to our address in.

    Another `Host` is a page elsewhere whose name was pointed at this computer (DNS rebinding); a
    request by script or for an image cannot be a person who comes back.

    :raises BadRequestError:
    """
    if request.headers.get("host", "").lower() not in hosts:
        raise BadRequestError(421)
    if request.headers.get("sec-fetch-mode", "navigate").lower() != "navigate":
        raise BadRequestError(403)
    if request.method not in ("GET", "POST"):
        raise BadRequestError(405)
    if request.path != (path or "/"):
        raise BadRequestError(404)
    if request.method == "POST" and _type(request) != _FORM:
        raise BadRequestError(415)


def _type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def form(encoded: str) -> dict[str, str]:
    """The fields of a query or form.

    :raises BadRequestError: a field twice (which of the two would count?), or too many
    """
    try:
        pairs = parse_qsl(encoded, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise BadRequestError(400) from None
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise BadRequestError(400)
    return fields
